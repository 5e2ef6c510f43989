"""Files and decoders that misbehave cost one file each, never the run."""

import os
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from indexer.decode import DecodePool, Request
from indexer.decode_worker import DecodeSettings
from indexer.errors import DecoderUnavailable
from tests.indexer.conftest import Runner, draw, live_count
from tests.indexer.encoder import GridEncoder, GridPreprocessing

MAGENTA, GREEN, BLUE = (255, 0, 255), (0, 255, 0), (0, 0, 255)


@dataclass(frozen=True)
class Misbehaving(GridPreprocessing):
    """Stands where a decoder with a defect would: crashes, hangs or eats memory by colour."""

    def __call__(self, image: Image.Image) -> np.ndarray:
        corner = image.getpixel((0, 0))
        if corner == MAGENTA:
            os.kill(os.getpid(), signal.SIGSEGV)
        if corner == GREEN:
            while True:
                time.monotonic()
        if corner == BLUE:
            hoard = [bytearray(64 * 1024**2) for _ in range(1000)]
            del hoard
        return super().__call__(image)


@dataclass(frozen=True)
class Unstartable(GridPreprocessing):
    """Ends the process before it is ready."""

    def __setstate__(self, state: object) -> None:
        os._exit(7)


def test_a_decoder_that_crashes_hangs_or_eats_memory_costs_one_file(
    run: Runner, photos: Path, catalogue: object
) -> None:
    for number in range(6):
        draw(photos / f"good{number}.png", number)
    for name, colour in (("crash", MAGENTA), ("hang", GREEN), ("memory", BLUE)):
        Image.new("RGB", (9, 9), colour).save(photos / f"{name}.png")
    report = run(
        model=GridEncoder(preprocessing=Misbehaving()),
        decode_seconds=6.0,
        decode_memory_bytes=300 * 1024**2,
        workers=2,
    )
    assert report.indexed == 6
    assert {(Path(f.path).stem, f.reason) for f in report.failures} == {
        ("crash", "decoder_died"),
        ("hang", "too_slow"),
        ("memory", "out_of_memory"),
    }


def test_decoders_that_do_not_start_are_said_so(run: Runner, photos: Path) -> None:
    draw(photos / "a.png", 1)
    with pytest.raises(DecoderUnavailable):
        run(model=GridEncoder(preprocessing=Unstartable()))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"just some text", "not_a_picture"),
        (b"\xff\xd8\xff" + bytes(100), "not_a_picture"),
        (b"GIF89a", "not_a_picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not_a_picture"),
    ],
)
def test_reasons(run: Runner, photos: Path, content: bytes, reason: str) -> None:
    (photos / "odd.jpg").write_bytes(content)
    assert [f.reason for f in run().failures] == [reason]


def test_a_truncated_picture(run: Runner, photos: Path) -> None:
    whole = draw(photos / "whole.jpg", 1, size=(400, 300)).read_bytes()
    (photos / "half.jpg").write_bytes(whole[: len(whole) // 2])
    assert [(Path(f.path).name, f.reason) for f in run().failures] == [("half.jpg", "truncated")]


def test_bombs_are_known_by_their_header(run: Runner, photos: Path) -> None:
    Image.new("1", (20_000, 20_000)).save(photos / "bomb.png")
    assert (photos / "bomb.png").stat().st_size < 100_000
    assert [f.reason for f in run().failures] == ["too_many_pixels"]
    assert [f.reason for f in run(retry_failed=True, pixel_limit=10**6).failures] == [
        "too_many_pixels"
    ]


def test_files_above_the_limit_are_not_read(run: Runner, photos: Path) -> None:
    with open(photos / "huge.jpg", "wb") as file:
        file.truncate(3_000_000_000)
    assert [f.reason for f in run().failures] == ["too_large"]


def test_a_wrong_ending_does_not_matter(run: Runner, photos: Path, catalogue: object) -> None:
    draw(photos / "a.png", 1).rename(photos / "a.jpg")
    assert run().indexed == 1


def test_five_hundred_damaged_files_are_all_accounted_for(
    run: Runner, photos: Path, catalogue: object
) -> None:
    """One bit, eight bytes, or the end of pictures in many formats, changed at random."""
    random = np.random.default_rng(3)
    originals = [
        draw(photos / f"whole.{ending}", number).read_bytes()
        for number, ending in enumerate(("jpg", "png", "webp", "gif", "bmp", "tif", "ppm", "ico"))
    ]
    for number in range(500):
        content = bytearray(originals[number % len(originals)])
        place = int(random.integers(len(content)))
        if number % 3 == 0:
            content[place] ^= 1 << int(random.integers(8))
        elif number % 3 == 1:
            content[place : place + 8] = random.bytes(8)
        else:
            del content[place:]
        (photos / f"odd{number}.png").write_bytes(content)
    report = run(workers=2)
    assert report.seen == 508 and report.failed > 50 and report.skipped == 0
    assert run().embedded == 0


def test_the_number_of_waiting_pictures_is_bounded(photos: Path) -> None:
    paths = [str(draw(photos / f"{number}.png", number)) for number in range(20)]
    asked: list[str] = []

    def requests() -> Iterator[Request[str]]:
        for path in paths:
            asked.append(path)
            yield Request(path, path)

    pool = DecodePool(DecodeSettings(32), GridPreprocessing(), requests(), workers=1, slots=3)
    try:
        results = [pool.next_result(30.0) for _ in range(3)]
        assert len(asked) <= 4
        done = 3
        pool.release([r.slot for r in results if r is not None and r.slot is not None])
        while (result := pool.next_result(30.0)) is not None:
            done += 1
            assert result.slot is not None
            pool.release([result.slot])
        assert done == 20
    finally:
        pool.close()


def test_the_end_is_known_though_every_slot_is_taken(photos: Path) -> None:
    paths = [str(draw(photos / f"{number}.png", number)) for number in range(3)]
    requests = (Request(path, path) for path in paths)
    pool = DecodePool(DecodeSettings(32), GridPreprocessing(), requests, workers=1, slots=3)
    try:
        results = [pool.next_result(30.0) for _ in range(4)]
        assert [result is None for result in results] == [False, False, False, True]
    finally:
        pool.close()


def test_a_file_replaced_by_a_fifo_is_not_waited_for(photos: Path) -> None:
    os.mkfifo(photos / "pipe.jpg")
    requests = iter([Request("x", str(photos / "pipe.jpg"))])
    pool = DecodePool(DecodeSettings(32), GridPreprocessing(), requests, workers=1, slots=1)
    try:
        result = pool.next_result(30.0)
        assert result is not None and result.skip == "vanished"
    finally:
        pool.close()


def test_originals_are_never_changed(run: Runner, photos: Path, catalogue: object) -> None:
    for number in range(4):
        draw(photos / f"{number}.jpg", number)
    (photos / "bad.png").write_text("x")
    before = {p: (p.read_bytes(), p.stat().st_mtime_ns, p.stat().st_mode) for p in photos.iterdir()}
    run()
    after = {p: (p.read_bytes(), p.stat().st_mtime_ns, p.stat().st_mode) for p in photos.iterdir()}
    assert before == after
    assert live_count(catalogue) == 4  # type: ignore[arg-type]
