"""Indexing as a user sees it: what is new, changed, moved, copied, gone."""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from indexer.catalogue import Catalogue
from indexer.errors import FolderMissing, NotAFolder, VectorsUnusable
from indexer.pipeline import IndexOptions, index
from indexer.thumbnails import thumbnail_path
from tests.indexer.conftest import Runner, draw, live_count, live_paths, scalar
from tests.indexer.encoder import GridEncoder


def test_new_pictures_are_indexed_and_a_second_run_embeds_nothing(
    run: Runner, photos: Path, encoder: GridEncoder
) -> None:
    for number in range(7):
        draw(photos / f"sub{number % 2}" / f"{number}.png", number)
    assert run().indexed == 7
    again = run()
    assert (again.unchanged, again.embedded, again.indexed) == (7, 0, 0)
    assert encoder.encoded == 7


def test_a_broken_file_is_one_line_with_its_reason(run: Runner, photos: Path) -> None:
    draw(photos / "good.png", 1)
    (photos / "bad.jpg").write_text("not a picture")
    (photos / "empty.png").touch()
    report = run()
    assert report.indexed == 1
    assert sorted((Path(f.path).name, f.reason) for f in report.failures) == [
        ("bad.jpg", "not_a_picture"),
        ("empty.png", "empty"),
    ]


def test_a_failed_file_is_tried_again_only_when_it_changed_or_asked(
    run: Runner, photos: Path
) -> None:
    bad = photos / "bad.png"
    bad.write_text("nothing")
    assert run().failed == 1
    again = run()
    assert again.failed == 1 and [f.reason for f in again.failures] == ["not_a_picture"]
    assert run(retry_failed=True).failed == 1
    draw(bad, 3)
    healed = run()
    assert (healed.indexed, healed.failed) == (1, 0)
    assert run().unchanged == 1


def test_a_changed_file_is_embedded_again(run: Runner, photos: Path, catalogue: Catalogue) -> None:
    picture = draw(photos / "a.png", 1)
    run()
    draw(picture, 2)
    report = run()
    assert (report.updated, report.embedded) == (1, 1)
    assert live_count(catalogue) == 1


def test_a_file_that_breaks_leaves_the_results(
    run: Runner, photos: Path, catalogue: Catalogue
) -> None:
    picture = draw(photos / "a.png", 1)
    run()
    picture.write_bytes(picture.read_bytes()[:60])
    report = run()
    assert (report.failed, live_count(catalogue)) == (1, 0)
    draw(picture, 1)
    assert run().embedded == 0
    assert live_count(catalogue) == 1


def test_touching_moving_and_copying_embed_nothing(
    run: Runner, photos: Path, catalogue: Catalogue
) -> None:
    for name in ("touched.png", "moved.png", "copied.png"):
        draw(photos / name, hash(name) % 1000)
    run()
    os.utime(photos / "touched.png", ns=(1, 1_000_000_000))
    (photos / "deep").mkdir()
    (photos / "moved.png").rename(photos / "deep" / "renamed.png")
    shutil.copy(photos / "copied.png", photos / "copy.png")
    report = run()
    assert (report.unchanged, report.moved, report.indexed) == (2, 1, 1)
    assert (report.embedded, report.missing) == (0, 0)
    assert live_paths(catalogue) == {
        "touched.png", "copied.png", "copy.png", "deep/renamed.png",
    }  # fmt: skip
    assert scalar(catalogue, "SELECT count(*) FROM location") == 4
    assert run().unchanged == 4


def test_duplicates_in_one_run_share_one_vector(
    run: Runner, photos: Path, catalogue: Catalogue
) -> None:
    first = draw(photos / "first.png", 1)
    for number in range(5):
        shutil.copy(first, photos / f"{number}.png")
    report = run()
    assert (report.indexed, report.embedded) == (6, 1)
    assert live_count(catalogue) == 1


def test_two_files_that_swap_names_keep_their_vectors(
    run: Runner, photos: Path, catalogue: Catalogue
) -> None:
    draw(photos / "a.png", 1)
    draw(photos / "b.png", 2)
    run()
    (photos / "a.png").rename(photos / "c")
    (photos / "b.png").rename(photos / "a.png")
    (photos / "c").rename(photos / "b.png")
    report = run()
    assert (report.updated, report.embedded) == (2, 0)


def test_a_vanished_picture_is_hidden_and_back_at_once(
    run: Runner, photos: Path, catalogue: Catalogue, tmp_path: Path
) -> None:
    draw(photos / "stays.png", 1)
    leaving = draw(photos / "leaves.png", 2)
    run()
    before = catalogue.generation()
    leaving.rename(tmp_path / "away.png")
    assert run().missing == 1
    assert live_count(catalogue) == 1
    added, removed = catalogue.vector_source("00" * 16).changes_since(before)
    assert (len(added), len(removed)) == (0, 1)
    before = catalogue.generation()
    (tmp_path / "away.png").rename(leaving)
    report = run()
    assert (report.returned, report.embedded, report.unchanged) == (1, 0, 2)
    assert len(catalogue.vector_source("00" * 16).changes_since(before)[0]) == 1


def test_only_prune_deletes_rows(run: Runner, photos: Path, catalogue: Catalogue) -> None:
    draw(photos / "stays.png", 1)
    draw(photos / "leaves.png", 2)
    run()
    (photos / "leaves.png").unlink()
    run()
    assert scalar(catalogue, "SELECT count(*) FROM picture") == 2
    before = catalogue.generation()
    assert run(prune=True).pruned == 1
    assert scalar(catalogue, "SELECT count(*) FROM embedding") == 1
    _, removed = catalogue.vector_source("00" * 16).changes_since(before)
    assert len(removed) == 1


def test_vectors_are_what_the_encoder_gave(
    run: Runner, photos: Path, catalogue: Catalogue, encoder: GridEncoder
) -> None:
    from PIL import Image

    path = draw(photos / "a.png", 5)
    run()
    ids, vectors = next(catalogue.vector_source(encoder.fingerprint).batches())
    assert ids.dtype == np.int64 and vectors.dtype == np.float16
    square = encoder.preprocessing(Image.open(path))  # type: ignore[operator]
    expected = encoder.encode_images(square[None])[0]
    assert np.abs(vectors[0].astype(np.float32) - expected).max() < 1e-3


def test_a_damaged_vector_is_left_out_not_searched(
    run: Runner, photos: Path, catalogue: Catalogue, encoder: GridEncoder
) -> None:
    for number in range(3):
        draw(photos / f"{number}.png", number)
    run()
    with catalogue.write() as connection:
        rows = connection.exec_driver_sql("SELECT picture_id, vector FROM embedding").fetchall()
        (first, vector), (second, other) = rows[0], rows[1]
        swap = "UPDATE embedding SET vector = ? WHERE picture_id = ?"
        connection.exec_driver_sql(swap, (bytes(other), first))
        connection.exec_driver_sql(swap, (bytes(vector), second))
    source = catalogue.vector_source(encoder.fingerprint)
    assert sum(len(ids) for ids, _ in source.batches()) == 1
    assert source.damaged == {first, second}


def test_folders_that_are_none_have_their_own_errors(run: Runner, tmp_path: Path) -> None:
    with pytest.raises(FolderMissing):
        run(tmp_path / "nowhere")
    (tmp_path / "file").touch()
    with pytest.raises(NotAFolder):
        run(tmp_path / "file")


def test_a_sub_folder_is_part_of_its_root(run: Runner, photos: Path, catalogue: Catalogue) -> None:
    draw(photos / "a" / "1.png", 1)
    draw(photos / "b" / "2.png", 2)
    run()
    (photos / "b" / "2.png").unlink()
    draw(photos / "a" / "3.png", 3)
    report = run(photos / "a")
    assert (report.indexed, report.unchanged, report.missing) == (1, 1, 0)
    assert scalar(catalogue, "SELECT count(*) FROM root") == 1


def test_a_folder_around_roots_takes_them_in(
    run: Runner, photos: Path, catalogue: Catalogue
) -> None:
    draw(photos / "a" / "1.png", 1)
    draw(photos / "b" / "2.png", 2)
    run(photos / "a", photos / "b")
    report = run(photos)
    assert (report.unchanged, report.embedded) == (2, 0)
    assert live_paths(catalogue) == {"a/1.png", "b/2.png"}


def test_thumbnails_lie_beside_the_catalogue(
    run: Runner, photos: Path, catalogue: Catalogue, library: Path
) -> None:
    draw(photos / "wide.png", 1, size=(900, 300))
    run()
    content_hash = bytes(scalar(catalogue, "SELECT content_hash FROM picture"))
    from PIL import Image

    with Image.open(thumbnail_path(library, content_hash)) as thumbnail:
        assert (thumbnail.format, thumbnail.size) == ("WEBP", (400, 133))


@pytest.mark.parametrize("fault", ["shape", "nan", "length"])
def test_unusable_vectors_are_never_stored(
    catalogue: Catalogue, library: Path, photos: Path, fault: str
) -> None:
    class Faulty(GridEncoder):
        def encode_images(self, batch: np.ndarray) -> np.ndarray:
            vectors = super().encode_images(batch)
            if fault == "shape":
                return vectors[:, :-1]
            return vectors * (np.nan if fault == "nan" else 3.0)

    draw(photos / "a.png", 1)
    with pytest.raises(VectorsUnusable):
        index(catalogue, library, IndexOptions((photos,), workers=1), Faulty())
    assert scalar(catalogue, "SELECT count(*) FROM picture") == 0


def test_stopping_keeps_what_is_done_and_the_next_run_goes_on(
    catalogue: Catalogue, library: Path, photos: Path, encoder: GridEncoder
) -> None:
    for number in range(30):
        draw(photos / f"{number}.png", number)
    options = IndexOptions((photos,), workers=1, batch_size=4)
    first = index(catalogue, library, options, encoder, stop=lambda: encoder.encoded >= 8)
    assert first.interrupted and 8 <= first.indexed < 30
    second = index(catalogue, library, options, encoder)
    assert not second.interrupted
    assert first.indexed + second.indexed == 30 == encoder.encoded


def test_progress_names_stage_and_time_left(
    catalogue: Catalogue, library: Path, photos: Path, encoder: GridEncoder
) -> None:
    for number in range(5):
        draw(photos / f"{number}.png", number)
    shown = []
    index(catalogue, library, IndexOptions((photos,), workers=1), encoder, shown.append)
    assert {p.stage for p in shown} == {"Scanning", "Indexing"}
    assert (shown[-1].done, shown[-1].total, shown[-1].remaining_seconds) == (5, 5, 0.0)
