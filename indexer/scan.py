"""Walks a folder and lists its pictures in the catalogue's own order.

The order is that of the relative paths compared byte by byte, so that the result can be merged
with the catalogue's rows as they come, without holding either in memory.
"""

import os
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from operator import attrgetter
from typing import NamedTuple

from indexer.exclusions import IGNORE_FILE, NO_MEDIA, IgnoreRules
from indexer.formats import picture_extensions

# SQLite and PostgreSQL integers are signed; some file systems use the 64th bit of an inode.
INODE_MASK = (1 << 63) - 1

# Most files in one run: few enough that a slow disk is noticed between runs.
RUN = 1000

Entry = os.DirEntry[str]
# The fields of `FoundFile` as a plain tuple: making a named one costs as much as the rest of a
# file's comparison.
Found = tuple[str, int, int, int]


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
        for run in self.runs(under):
            yield from map(FoundFile._make, run)

    def runs(self, under: str = "") -> Iterator[list[Found]]:
        """The same in lists of up to `RUN` files that follow each other in one folder."""
        rules = self._rules_above(under)
        if rules is None:
            return
        # An explicit stack: a tree may be deeper than Python recurses.
        stack = [self._open(under, rules)]
        while stack:
            folder = stack[-1]
            piece = next(folder.pieces, None)
            if piece is None:
                stack.pop()
            elif isinstance(piece, str):
                stack.append(self._open(piece, folder.rules))
            else:
                yield self._looked_at(folder.prefix, piece)

    def _looked_at(self, prefix: str, entries: list[Entry]) -> list[Found]:
        follow = self.rules.follow_symlinks
        run: list[Found] = []
        for entry in entries:
            try:
                found = entry.stat(follow_symlinks=follow)
            except OSError:
                self.skipped["vanished"] += 1
                continue
            path = prefix + entry.name
            run.append((path, found.st_size, found.st_mtime_ns, found.st_ino & INODE_MASK))
        return run

    def _open(self, prefix: str, rules: IgnoreRules) -> "_Folder":
        """The content of one folder in order, and the rules in force in it."""
        self.folder = prefix
        nothing = _Folder(prefix, rules, iter(()))
        try:
            if self.rules.follow_symlinks and not self._first_visit(prefix):
                return nothing
            with os.scandir(self._absolute(prefix)) as listing:
                pictures, dotted, others = self._sorted_out(listing)
        except OSError as error:
            self.unreadable.append(Unreadable(prefix, error.strerror or str(error)))
            return nothing
        names = {entry.name for entry in dotted}
        if NO_MEDIA in names:
            return nothing
        if IGNORE_FILE in names:
            rules = self._with_ignore_file(prefix, rules)
        for entry in dotted:
            if entry.name != IGNORE_FILE and self._kind(entry) != "folder":
                self.skipped["hidden"] += 1
        folders: list[str] = []
        for entry in others:
            kind = self._kind(entry)
            if kind == "folder":
                folders.append(entry.name + "/")
            else:
                self.skipped["not_a_picture" if kind == "file" else kind] += 1
        if not rules.empty:
            folders = [name for name in folders if not rules.exclude(prefix + name)]
            kept = [entry for entry in pictures if not rules.exclude(prefix + entry.name)]
            if len(kept) < len(pictures):
                self.skipped["excluded"] += len(pictures) - len(kept)
            pictures = kept
        return _Folder(prefix, rules, _in_order(prefix, pictures, folders))

    def _sorted_out(self, listing: Iterable[Entry]) -> tuple[list[Entry], list[Entry], list[Entry]]:
        """Files with the names of pictures, entries of hidden names, and all others."""
        extensions, follow = self._extensions, self.rules.follow_symlinks
        hidden = self.rules.hidden
        pictures: list[Entry] = []
        dotted: list[Entry] = []
        others: list[Entry] = []
        for entry in listing:
            name = entry.name
            if name[0] == "." and (not hidden or name in (NO_MEDIA, IGNORE_FILE)):
                dotted.append(entry)
                continue
            try:
                picture = name[name.rfind(".") + 1 or len(name) :].lower() in extensions
                picture = picture and entry.is_file(follow_symlinks=follow)
            except OSError:  # a link in a loop
                picture = False
            (pictures if picture else others).append(entry)
        return pictures, dotted, others

    def _kind(self, entry: Entry) -> str:
        follow = self.rules.follow_symlinks
        try:
            if entry.is_file(follow_symlinks=follow):
                return "file"
            if entry.is_dir(follow_symlinks=follow):
                return "folder"
            return "symlink" if entry.is_symlink() else "special"
        except OSError:  # a link in a loop, or gone
            return "symlink"

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


@dataclass(frozen=True)
class _Folder:
    """An open folder. pieces: files to look at in one go, or the path of a folder to go into."""

    prefix: str
    rules: IgnoreRules
    pieces: Iterator[list[Entry] | str]


def _in_order(
    prefix: str, pictures: list[Entry], folders: list[str]
) -> Iterator[list[Entry] | str]:
    """Files and folders in byte order of their paths, where a folder's name ends in a slash."""
    name_of = attrgetter("name")
    pictures.sort(key=name_of)
    start = 0
    for folder in (*sorted(folders), None):
        end = len(pictures) if folder is None else bisect_left(pictures, folder, key=name_of)
        for first in range(start, end, RUN):
            yield pictures[first : min(first + RUN, end)]
        if folder is not None:
            yield prefix + folder
        start = end
