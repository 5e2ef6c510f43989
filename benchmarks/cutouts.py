"""How often does its title find a cut-out picture, seen whole and as a centre square?

Cut-outs are the clip art of Debian's `openclipart-svg` (public domain), which has titles:

    apt-get download openclipart-svg && dpkg-deb -x openclipart-svg_*.deb FOLDER
    python -m benchmarks.cutouts FOLDER [--model bundled]

Needs the extra `train`, which has what renders SVG.
"""

import argparse
import io
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from indexer.pixels import flattened
from pd_clip.encoder import load_encoder
from pd_clip.preprocess import centre_square

# Folders of things; signs, icons, shapes, maps and playing cards have titles that say little.
THINGS = "animals buildings containers electronics food office people plants recreation tools"
NOT_THINGS = ("games/", "smilies/", "stickmen/")
TITLE = re.compile(r"<dc:title>\s*(?:Clipart by [^<]*? - )?([^<]*?)\s*</dc:title>")
ASIDE = re.compile(r"\([^)]*\)|[\d_-]+|\b(?:bw|contour|ganson|outline|simple|stylized)\b")
LONGEST = 3  # words of a title
WIDTH = 360


def titled(folder: Path) -> Iterator[tuple[str, Image.Image]]:
    """Title and picture (RGBA) of each clip art of a thing."""
    import resvg_py

    for path in sorted(folder.rglob("*.svg")):
        kind, _, rest = str(path.relative_to(folder)).partition("/")
        if kind not in THINGS.split() or path.is_symlink() or rest.startswith(NOT_THINGS):
            continue
        svg = path.read_text(encoding="utf-8", errors="replace")
        found = TITLE.search(svg)
        words = ASIDE.sub(" ", found[1].lower()).split() if found else []
        if not 1 <= len(words) <= LONGEST:
            continue
        try:
            png = resvg_py.svg_to_bytes(svg_string=svg, width=WIDTH, skip_system_fonts=True)
        except ValueError:  # not well-formed
            continue
        image = Image.open(io.BytesIO(bytes(png))).convert("RGBA")
        if image.getbbox():
            yield " ".join(words), image


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="where the package was unpacked")
    parser.add_argument("--model", default="bundled")
    options = parser.parse_args(argv)
    encoder = load_encoder(options.model)
    titles, pictures = zip(*titled(options.folder / "usr/share/openclipart/svg"), strict=True)
    asked = sorted(set(titles))
    wanted = np.array([[title == own for own in titles] for title in asked])
    texts = encoder.encode_texts(asked)
    print(f"{len(pictures)} pictures, {len(asked)} titles")
    on_white = [flattened(picture) for picture in pictures]
    squares = [np.asarray(centre_square(each, encoder.image_size)) for each in on_white]
    for name, batch in (
        ("centre square", squares),
        ("as the model sees it", [encoder.preprocess(each) for each in on_white]),
    ):
        cosines = texts @ encoder.encode_images(np.stack(batch)).T
        best = np.where(wanted, cosines, -1).max(axis=1, keepdims=True)
        places = (np.where(wanted, -1, cosines) >= best).sum(axis=1)
        print(f"{name}: R@1 {np.mean(places < 1):.3f} R@5 {np.mean(places < 5):.3f}")


if __name__ == "__main__":
    main()
