"""How long does importing a file of captions take?

python -m benchmarks.caption_import [--pictures 1000] [--languages 11] [--out FILE]
"""

import argparse
import json
import platform
import tempfile
import time
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from indexer.catalogue import Catalogue
from indexer.catalogue.tables import Location, Picture, Root
from indexer.catalogue.text_rows import refresh_text
from searchapp.captioning import import_captions


def fill(catalogue: Catalogue, photos: Path, pictures: int) -> None:
    """Catalogue rows of pictures that need not exist: importing opens none."""
    photos.mkdir()
    ids = range(1, pictures + 1)
    with catalogue.write() as connection:
        connection.execute(sa.insert(Root).values(id=1, path=str(photos)))
        blank = {"width": 1, "height": 1, "format": "JPEG", "byte_size": 1}
        connection.execute(
            sa.insert(Picture),
            [
                {
                    **blank,
                    "id": number,
                    "content_hash": number.to_bytes(32, "big"),
                    "change": number,
                    "indexed_at": datetime(2026, 1, 1),
                }
                for number in ids
            ],
        )
        place = {"root_id": 1, "size": 1, "mtime_ns": 1, "inode": 1}
        connection.execute(
            sa.insert(Location),
            [{**place, "picture_id": number, "relative_path": f"{number}.jpg"} for number in ids],
        )
        refresh_text(connection, ids)


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=int, default=1000)
    parser.add_argument("--languages", type=int, default=11)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with Catalogue.open(folder / "library.db", create=True) as catalogue:
            fill(catalogue, folder / "photos", options.pictures)
            lines = [
                json.dumps(
                    {
                        "image": f"{number}.jpg",
                        "captions": {
                            f"q{chr(97 + language)}": [
                                f"caption {number} in {language}, a sentence"
                            ]
                            for language in range(options.languages)
                        },
                    }
                )
                for number in range(1, options.pictures + 1)
            ]
            source = folder / "photos" / "captions.jsonl"
            source.write_text("\n".join(lines), encoding="utf-8")
            seconds = []
            for _ in range(2):
                started = time.perf_counter()
                outcome = import_captions(catalogue, source)
                seconds.append(time.perf_counter() - started)
                print(f"{outcome.captioned:7} captions stored in {seconds[-1]:.2f} s")
    if options.out:
        report = {
            "python": platform.python_version(),
            "pictures": options.pictures,
            "languages": options.languages,
            "seconds": seconds,
        }
        options.out.write_text(json.dumps(report, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
