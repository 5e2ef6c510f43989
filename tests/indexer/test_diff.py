"""What a scan is found to amount to, beside a plain comparison of two dictionaries."""

import os
import random
import shutil
from pathlib import Path

import pytest

from indexer import scan, stored_files
from indexer.catalogue import Catalogue
from indexer.diff import Diff
from indexer.scan import INODE_MASK, Scan
from indexer.work_list import NEW, WorkList
from tests.indexer.conftest import Runner, draw

State = dict[str, tuple[int, int, int]]

NAMES = ("a", "a-b", "a.b", "B", "é", "z", os.fsdecode(b"odd\xff"), "a b", "0")


def state(root: Path) -> State:
    """Size, time and inode of every file below, by relative path."""
    found: State = {}
    for folder, _, names in os.walk(root):
        for name in names:
            path = os.path.join(folder, name)
            seen = os.lstat(path)
            relative = os.path.relpath(path, root)
            found[relative] = (seen.st_size, seen.st_mtime_ns, seen.st_ino & INODE_MASK)
    return found


def grow(root: Path, chance: random.Random, count: int) -> None:
    for _ in range(count):
        folder = root.joinpath(*chance.choices(NAMES, k=chance.randrange(3)))
        draw(folder / f"{chance.choice(NAMES)}{chance.randrange(30)}.png", chance.randrange(10**6))


def disturb(root: Path, chance: random.Random) -> None:
    """Delete some files and one folder, touch some, add some."""
    paths = sorted(state(root))
    for path in chance.sample(paths, len(paths) // 6):
        os.unlink(root / path)
    for path in chance.sample(sorted(state(root)), len(paths) // 6):
        os.utime(root / path, ns=(0, chance.randrange(10**18)))
    folders = sorted(place for place in root.iterdir() if place.is_dir())
    if folders and chance.random() < 0.5:
        shutil.rmtree(chance.choice(folders))
    grow(root, chance, 6)


def compared(catalogue: Catalogue, root: Path, under: str = "") -> tuple[Diff, set[str], set[str]]:
    """The diff, the paths it calls new and those it calls changed."""
    work = WorkList()
    diff = Diff(1, work)
    with catalogue.read() as connection:
        for _ in diff.run(connection, Scan(str(root)).runs(under), under):
            pass
    items = list(work)
    work.close()
    new = {item.path for item in items if item.kind == NEW}
    return diff, new, {item.path for item in items} - new


@pytest.mark.parametrize("run_length", [1, 3, 1000])
@pytest.mark.parametrize("seed", range(4))
def test_agrees_with_a_plain_comparison(
    run: Runner,
    photos: Path,
    catalogue: Catalogue,
    monkeypatch: pytest.MonkeyPatch,
    run_length: int,
    seed: int,
) -> None:
    monkeypatch.setattr(scan, "RUN", run_length)
    monkeypatch.setattr(stored_files, "_FETCH", 2 * run_length)
    chance = random.Random(seed)
    grow(photos, chance, 40)
    assert run().failed == 0
    before = state(photos)
    diff, new, changed = compared(catalogue, photos)
    assert (diff.seen, diff.unchanged, diff.stored) == (len(before),) * 3
    assert not new and not changed and not diff.vanished

    disturb(photos, chance)
    after = state(photos)
    diff, new, changed = compared(catalogue, photos)
    assert new == after.keys() - before.keys()
    assert changed == {path for path in after.keys() & before.keys() if after[path] != before[path]}
    assert diff.unchanged == len(after) - len(new) - len(changed)
    assert len(diff.vanished) == len(before.keys() - after.keys())
    assert (diff.seen, diff.stored) == (len(after), len(before))

    for folder in sorted(place.name + "/" for place in photos.iterdir() if place.is_dir()):
        here = {path for path in after if path.startswith(folder)}
        diff, new_here, changed_here = compared(catalogue, photos, folder)
        assert diff.seen == len(here)
        assert (new_here, changed_here) == (new & here, changed & here)
        gone = {path for path in before.keys() - after.keys() if path.startswith(folder)}
        assert len(diff.vanished) == len(gone)


def test_a_file_that_failed_before_stays_failed_and_its_neighbours_unchanged(
    run: Runner, photos: Path
) -> None:
    for number in range(3):
        draw(photos / f"{number}.png", number)
    (photos / "1.jpg").write_bytes(b"not a picture")
    assert run().failed == 1
    again = run()
    assert (again.unchanged, again.failed, again.embedded) == (3, 1, 0)
    (photos / "1.jpg").unlink()
    assert run().failed == 0


def test_missing_files_come_back_among_unchanged_ones(run: Runner, photos: Path) -> None:
    for number in range(5):
        draw(photos / f"{number}.png", number)
    run()
    (photos / "2.png").rename(photos.parent / "kept.png")
    assert run().missing == 1
    again = run()
    assert (again.unchanged, again.missing) == (4, 0)
    (photos.parent / "kept.png").rename(photos / "2.png")
    back = run()
    assert (back.returned, back.unchanged, back.embedded) == (1, 5, 0)
