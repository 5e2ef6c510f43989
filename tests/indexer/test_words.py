"""Captions and names in the full-text table; exchange of vectors and captions; forecast."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from indexer.captions import (
    CAPTIONER,
    NewCaption,
    add_captions,
    edit_caption,
    remove_caption,
    replace_captioner_text,
)
from indexer.catalogue import Catalogue
from indexer.errors import CaptionUnknown, ImportMismatch, ModelUnknown
from indexer.exchange import export, import_embeddings
from indexer.forecast import estimate
from indexer.pipeline import IndexOptions, index
from indexer.watch import WatchTimes, changed_folders, watch
from tests.indexer.conftest import Runner, draw, live_paths
from tests.indexer.encoder import GridEncoder


def matches(catalogue: Catalogue, words: str) -> list[int]:
    with catalogue.read() as connection:
        rows = connection.exec_driver_sql(
            "SELECT picture_id FROM picture_text WHERE picture_text MATCH ?", (f'"{words}"',)
        )
        return sorted(rows.scalars())


@pytest.fixture
def indexed(run: Runner, photos: Path) -> Path:
    draw(photos / "Holiday 2019" / "lighthouse.png", 1)
    draw(photos / "Holiday 2019" / "海滩日落.png", 2)
    run()
    return photos


def test_names_and_folders_are_searchable_at_once(catalogue: Catalogue, indexed: Path) -> None:
    assert matches(catalogue, "lighthouse") == [1]
    assert matches(catalogue, "Holiday 2019") == [1, 2]
    assert matches(catalogue, "海滩日") == [2]


def test_a_renamed_file_is_found_by_its_new_name(
    catalogue: Catalogue, indexed: Path, run: Runner
) -> None:
    (indexed / "Holiday 2019" / "lighthouse.png").rename(indexed / "faro.png")
    run()
    assert (matches(catalogue, "faro"), matches(catalogue, "lighthouse")) == ([1], [])


def test_captions_are_searchable_until_they_are_changed_or_gone(
    catalogue: Catalogue, indexed: Path
) -> None:
    first, second = add_captions(
        catalogue, [NewCaption(1, "a red tower", "en"), NewCaption(1, "ein roter Turm", "de")]
    )
    assert matches(catalogue, "red tower") == matches(catalogue, "roter Turm") == [1]
    edit_caption(catalogue, first, "a white tower")
    assert matches(catalogue, "red tower") == []
    remove_caption(catalogue, second)
    assert matches(catalogue, "roter Turm") == []
    with pytest.raises(CaptionUnknown):
        remove_caption(catalogue, second)


def test_a_captioner_replaces_only_its_own_words(catalogue: Catalogue, indexed: Path) -> None:
    add_captions(catalogue, [NewCaption(1, "by hand", "en")])
    for words in ("first try", "second try"):
        replace_captioner_text(catalogue, NewCaption(1, words, "en", CAPTIONER, "describer"))
    assert [matches(catalogue, w) for w in ("by hand", "first try", "second try")] == [[1], [], [1]]


def test_vectors_and_captions_travel_to_another_library(
    catalogue: Catalogue, indexed: Path, encoder: GridEncoder, tmp_path: Path
) -> None:
    add_captions(catalogue, [NewCaption(1, "a tower", "en")])
    written = export(catalogue, encoder.fingerprint, tmp_path / "out")
    assert (written.vectors, written.captions) == (2, 1)
    vectors = np.load(tmp_path / "out" / "vectors.npy")
    lines = (tmp_path / "out" / "pictures.jsonl").read_text().splitlines()
    assert vectors.shape == (2, 64) and vectors.dtype == np.float16
    assert json.loads(lines[0])["paths"] == [str(indexed / "Holiday 2019" / "lighthouse.png")]
    copy = shutil.copytree(indexed, tmp_path / "copy")
    other = GridEncoder(name="other", fingerprint="22" * 16)
    with Catalogue.open(tmp_path / "second" / "library.db", create=True) as second:
        index(second, tmp_path / "second", IndexOptions((Path(copy),), workers=1), other)
        taken = import_embeddings(second, tmp_path / "out", encoder)
        assert (taken.added, taken.known, taken.unknown, taken.captions) == (2, 0, 0, 1)
        again = import_embeddings(second, tmp_path / "out", encoder)
        assert (again.added, again.known, again.captions) == (0, 2, 0)
        assert matches(second, "a tower") == [1]
        _, imported = second.vector_source(encoder.fingerprint).fetch(np.array([1, 2]))
    assert np.array_equal(imported, vectors)


def test_foreign_vectors_are_refused(
    catalogue: Catalogue, indexed: Path, encoder: GridEncoder, tmp_path: Path
) -> None:
    with pytest.raises(ModelUnknown):
        export(catalogue, "ff", tmp_path / "out")
    export(catalogue, encoder.fingerprint, tmp_path / "out")
    with pytest.raises(ImportMismatch):
        import_embeddings(catalogue, tmp_path / "out", GridEncoder(fingerprint="33" * 16))
    with pytest.raises(ImportMismatch):
        import_embeddings(catalogue, tmp_path / "nowhere", encoder)


def test_a_forecast_counts_all_and_times_a_few(photos: Path, encoder: GridEncoder) -> None:
    for number in range(30):
        draw(photos / f"{number}.png", number)
    (photos / "bad.png").write_text("x")
    forecast = estimate(IndexOptions((photos,), workers=1), encoder, sample=31)
    assert (forecast.files, forecast.sampled, forecast.failed) == (31, 31, 1)
    assert forecast.seconds >= 31 * forecast.encode_seconds > 0
    assert set(forecast.index_bytes) == {16, 32, 64}
    assert not list(photos.parent.glob("library/*"))


def test_watching_sees_new_and_vanished_files_and_a_folder_that_comes_back(
    catalogue: Catalogue, library: Path, photos: Path, encoder: GridEncoder
) -> None:
    draw(photos / "first.png", 1)
    steps = [
        lambda: draw(photos / "second.png", 2),
        lambda: (photos / "first.png").unlink(),
        lambda: photos.rename(photos.with_name("gone")),
        lambda: photos.with_name("gone").rename(photos),
    ]
    seen: list[set[str]] = []

    def indexed(folders: tuple[Path, ...]) -> object:
        options = IndexOptions(folders, workers=1)
        return index(catalogue, library, options, encoder)

    def remember(_: object) -> None:
        seen.append(live_paths(catalogue))
        if len(seen) == len(expected) or seen[-1] == expected[len(seen) - 1]:
            if steps:
                steps.pop(0)()
        else:
            seen.pop()

    expected: list[set[str]] = [
        {"first.png"}, {"first.png", "second.png"}, {"second.png"}, set(), {"second.png"},
    ]  # fmt: skip
    watch(
        (photos,),
        indexed,  # type: ignore[arg-type]
        lambda: len(seen) >= len(expected),
        WatchTimes(settle=0.1, retry=0.1, rescan=2.0),
        remember,
    )
    assert seen == expected


def test_changed_paths_become_few_folders(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    root = (tmp_path,)
    assert changed_folders([f"{tmp_path}/a/b/1.jpg", f"{tmp_path}/a/2.jpg"], root) == (
        tmp_path / "a",
    )
    assert changed_folders([f"{tmp_path}/gone/deep/1.jpg"], root) == root
    assert changed_folders([f"{tmp_path}/{n}/x" for n in range(30)], root) == root
