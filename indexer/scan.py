"""Walks a folder and lists its pictures in the catalogue's own order.

The order is that of the relative paths compared byte by byte, so that the result can be merged
with the catalogue's rows as they come, without holding either in memory.
"""

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from operator import itemgetter
from typing import NamedTuple

from indexer.exclusions import IGNORE_FILE, NO_MEDIA, IgnoreRules
from indexer.formats import picture_extensions

# SQLite and PostgreSQL integers are signed; some file systems use the 64th bit of an inode.
INODE_MASK = (1 << 63) - 1

Listed = tuple[str, "os.DirEntry[str]"]


class FoundFile(NamedTuple):
    """A file that looks like a picture: path relative to the root with `/`, and what stat says."""

    path: str
    size: int
    mtime_ns: int
    inode: int


@dataclass(frozen=True)
class ScanRules:
    """What a scan leaves out."""

    excludes: tuple[str, ...] = ()
    follow_symlinks: bool = False
    hidden: bool = False


@dataclass(frozen=True)
class Unreadable:
    """A folder (`path` ends in `/`, empty for the root) or ignore file that cannot be read."""

    path: str
    detail: str


@dataclass
class Scan:
    """One walk over a root. The tallies are complete once `files` is exhausted.

    skipped: files met and left out, by reason: `not_a_picture`, `hidden`, `excluded`, `symlink`,
        `special` (FIFO, socket, device), `vanished` (gone between listing and stat).
    folder: where the walk is now, for progress.
    """

    root: str
    rules: ScanRules = ScanRules()
    skipped: Counter[str] = field(default_factory=Counter)
    unreadable: list[Unreadable] = field(default_factory=list)
    folder: str = ""
    _extensions: frozenset[str] = field(default_factory=picture_extensions)
    _visited: set[tuple[int, int]] = field(default_factory=set)

    def files(self, under: str = "") -> Iterator[FoundFile]:
        """Pictures below the root, or only those below its sub-folder `under` ("a/b/")."""
        rules = self._rules_above(under)
        if rules is None:
            return
        follow = self.rules.follow_symlinks
        # An explicit stack: a tree may be deeper than Python recurses.
        stack = [self._open(under, rules)]
        while stack:
            entries, rules = stack[-1]
            for path, entry in entries:
                if path[-1] == "/":
                    stack.append(self._open(path, rules))
                    break
                try:
                    found = entry.stat(follow_symlinks=follow)
                except OSError:
                    self.skipped["vanished"] += 1
                    continue
                yield FoundFile(path, found.st_size, found.st_mtime_ns, found.st_ino & INODE_MASK)
            else:
                stack.pop()

    def _open(self, prefix: str, rules: IgnoreRules) -> tuple[Iterator[Listed], IgnoreRules]:
        """The sorted entries of one folder and the rules in force in it."""
        self.folder = prefix
        nothing: tuple[Iterator[Listed], IgnoreRules] = (iter(()), rules)
        try:
            if self.rules.follow_symlinks and not self._first_visit(prefix):
                return nothing
            with os.scandir(self._absolute(prefix)) as listing:
                entries = list(listing)
        except OSError as error:
            self.unreadable.append(Unreadable(prefix, error.strerror or str(error)))
            return nothing
        names = {entry.name for entry in entries if entry.name[0] == "."}
        if NO_MEDIA in names:
            return nothing
        if IGNORE_FILE in names:
            rules = self._with_ignore_file(prefix, rules)
        kept = self._kept(prefix, entries)
        if not rules.empty:
            kept = self._not_excluded(kept, rules)
        kept.sort(key=itemgetter(0))
        return iter(kept), rules

    def _kept(self, prefix: str, entries: list["os.DirEntry[str]"]) -> list[Listed]:
        extensions, skipped = self._extensions, self.skipped
        kept: list[Listed] = []
        for entry in entries:
            name = entry.name
            kind = self._kind(entry)
            if name[0] == "." and not self.rules.hidden:
                if kind != "folder" and name != IGNORE_FILE:
                    skipped["hidden"] += 1
            elif kind == "folder":
                kept.append((f"{prefix}{name}/", entry))
            elif kind != "file":
                skipped[kind] += 1
            elif name[name.rfind(".") + 1 or len(name) :].lower() in extensions:
                kept.append((prefix + name, entry))
            elif name != IGNORE_FILE:
                skipped["not_a_picture"] += 1
        return kept

    def _kind(self, entry: "os.DirEntry[str]") -> str:
        follow = self.rules.follow_symlinks
        try:
            if entry.is_file(follow_symlinks=follow):
                return "file"
            if entry.is_dir(follow_symlinks=follow):
                return "folder"
            return "symlink" if entry.is_symlink() else "special"
        except OSError:  # a link in a loop, or gone
            return "symlink"

    def _not_excluded(self, kept: list[Listed], rules: IgnoreRules) -> list[Listed]:
        remaining: list[Listed] = []
        for path, entry in kept:
            if not rules.exclude(path):
                remaining.append((path, entry))
            elif path[-1] != "/":
                self.skipped["excluded"] += 1
        return remaining

    def _rules_above(self, under: str) -> IgnoreRules | None:
        """The rules that reach the folder `under` from above; None if they leave it out."""
        rules = IgnoreRules.from_patterns(self.rules.excludes)
        prefix = ""
        for name in under.rstrip("/").split("/") if under else ():
            here = self._absolute(prefix)
            if os.path.lexists(os.path.join(here, NO_MEDIA)):
                return None
            if os.path.lexists(os.path.join(here, IGNORE_FILE)):
                rules = self._with_ignore_file(prefix, rules)
            prefix = f"{prefix}{name}/"
            if rules.exclude(prefix) or (name.startswith(".") and not self.rules.hidden):
                return None
        return rules

    def _with_ignore_file(self, prefix: str, rules: IgnoreRules) -> IgnoreRules:
        try:
            return rules.with_file(self._absolute(prefix + IGNORE_FILE), prefix)
        except (OSError, ValueError) as error:
            self.unreadable.append(Unreadable(prefix + IGNORE_FILE, str(error)))
            return rules

    def _first_visit(self, prefix: str) -> bool:
        found = os.stat(self._absolute(prefix))
        identity = (found.st_dev, found.st_ino)
        if identity in self._visited:
            return False
        self._visited.add(identity)
        return True

    def _absolute(self, relative: str) -> str:
        return os.path.join(self.root, relative)
