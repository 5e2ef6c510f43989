"""Which files and folders a scan leaves out.

Order of decision, first match wins: `--exclude` patterns, then the `.searchappignore` of the
nearest folder upwards. Patterns are those of .gitignore, `!` included.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from pathspec import GitIgnoreSpec

IGNORE_FILE = ".searchappignore"
NO_MEDIA = ".nomedia"
# An ignore file is written by hand; one of megabytes is something else with that name.
_MAX_IGNORE_BYTES = 1_000_000


@dataclass(frozen=True)
class IgnoreRules:
    """Patterns in force in one folder.

    asked: those of the command line, relative to the root; they outrank all files.
    layers: those of ignore files from the root down, each with its folder as prefix ("a/b/").
    """

    asked: GitIgnoreSpec | None = None
    layers: tuple[tuple[str, GitIgnoreSpec], ...] = ()

    @classmethod
    def from_patterns(cls, patterns: Sequence[str]) -> "IgnoreRules":
        """Rules relative to the root. Raises `ValueError` for a pattern that is none."""
        return cls(GitIgnoreSpec.from_lines(patterns) if patterns else None)

    @property
    def empty(self) -> bool:
        """Whether nothing is left out."""
        return self.asked is None and not self.layers

    def with_file(self, path: str, prefix: str) -> "IgnoreRules":
        """These rules plus those of the ignore file at `path`, whose folder is `prefix`.

        Raises `OSError` if it cannot be read and `ValueError` for a pattern that is none.
        """
        with open(path, encoding="utf-8", errors="replace") as file:
            lines = file.read(_MAX_IGNORE_BYTES).splitlines()
        return IgnoreRules(self.asked, (*self.layers, (prefix, GitIgnoreSpec.from_lines(lines))))

    def exclude(self, relative_path: str) -> bool:
        """Whether this path (folders end in a slash) is left out."""
        if self.asked is not None:
            verdict = self.asked.check_file(relative_path).include
            if verdict is not None:
                return verdict
        for prefix, spec in reversed(self.layers):
            verdict = spec.check_file(relative_path[len(prefix) :]).include
            if verdict is not None:
                return verdict
        return False
