"""`searchapp duplicates`: copies, edits and bursts of a library, from real pictures."""

import shutil
from pathlib import Path

import pytest
from PIL import Image

from searchapp.errors import LibraryEmpty, PictureUnknown
from searchapp.requests import DuplicateKind, IndexRequest
from searchapp.service import SearchService
from searchapp.settings import Settings

SAMPLES = Path(__file__).parents[2] / "sample_images"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory):  # type: ignore[no-untyped-def]
    """Four photographs: one copied, one edited, two frames of a burst."""
    folder = tmp_path_factory.mktemp("twice")
    photos = folder / "photos"
    (photos / "copies").mkdir(parents=True)
    first, second, third, fourth = sorted((SAMPLES / "places").glob("*.jpg"))[:4]
    shutil.copy(first, photos / "a.jpg")
    shutil.copy(first, photos / "copies" / "again.jpg")
    image = Image.open(second).convert("RGB")
    image.save(photos / "b.jpg", quality=95)
    image.resize((image.width // 2, image.height // 2)).save(photos / "b small.jpg", quality=40)
    Image.open(third).convert("RGB").save(photos / "c.jpg")
    frame = Image.open(fourth).convert("RGB")
    for number in (0, 1):
        exif = Image.Exif()
        exif[0x0110] = "Pixel 8"
        exif.get_ifd(0x8769)[0x9003] = f"2024:07:01 12:00:0{number}"
        # The hand moved a third of the picture on between the two.
        shift = number * frame.width // 3
        frame.crop((shift, 0, frame.width, frame.height)).save(
            photos / f"frame {number}.jpg", exif=exif
        )
    opened = SearchService(Settings(library=folder / "library"))
    opened.index(
        IndexRequest(paths=(photos,), model="bundled", workers=1), lambda _: None, lambda: False
    )
    yield opened
    opened.close()


def named(service: SearchService, kind: DuplicateKind) -> list[list[str]]:
    found = service.duplicates([kind])
    assert {group.kind for group in found.groups} <= {kind}
    return [[Path(file.path).name for file in group.files] for group in found.groups]


def test_the_same_bytes_are_exact(service: SearchService) -> None:
    assert named(service, DuplicateKind.EXACT) == [["a.jpg", "again.jpg"]]


def test_an_edit_is_near_and_the_larger_is_first(service: SearchService) -> None:
    assert named(service, DuplicateKind.NEAR) == [["b.jpg", "b small.jpg"]]


def test_frames_of_a_moment_are_a_burst(service: SearchService) -> None:
    assert named(service, DuplicateKind.BURST) == [["frame 0.jpg", "frame 1.jpg"]]


def test_the_bytes_that_could_be_spared_are_summed(service: SearchService) -> None:
    found = service.duplicates(tuple(DuplicateKind))
    extra = [
        file.byte_size
        for group in found.groups
        if group.kind is not DuplicateKind.BURST
        for file in group.files[1:]
    ]
    assert found.spare_bytes == sum(extra) > 0
    assert found.compared == 6


def test_an_empty_library_says_so(tmp_path: Path) -> None:
    with pytest.raises(LibraryEmpty):
        SearchService(Settings(library=tmp_path)).duplicates(tuple(DuplicateKind))


def test_the_edits_of_one_picture_are_told_without_itself(service: SearchService) -> None:
    pictures = {
        Path(file.path).name: file.id
        for group in service.duplicates([DuplicateKind.EXACT, DuplicateKind.NEAR]).groups
        for file in group.files
    }
    assert [Path(file.path).name for file in service.edits(pictures["b small.jpg"])] == ["b.jpg"]
    assert [Path(file.path).name for file in service.edits(pictures["b.jpg"])] == ["b small.jpg"]
    assert service.edits(pictures["a.jpg"]) == ()
    with pytest.raises(PictureUnknown):
        service.edits(10_000)
