"""The house stays as it is described: paths in the docs exist, sizes keep to their limits."""

import ast
import re
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.version import Version

import searchapp

PROJECT = Path(__file__).parents[1]
ROOMS = ("searchapp", "indexer", "pd_clip", "captioner", "ui")
MODULES = sorted(path for room in ROOMS for path in (PROJECT / room).rglob("*.py"))
LONGEST_MODULE, LONGEST_FUNCTION, MOST_PARAMETERS = 600, 80, 7

# Below these, known holes are open (advisories named in docs/reliability.md).
SAFE_VERSIONS = {
    "gradio": "6.25",
    "starlette": "1.3.1",
    "python-multipart": "0.0.30",
    "pillow": "12.0",
    "pillow-heif": "1.8",
    "huggingface-hub": "2.4",
}


def named(path: Path) -> str:
    return str(path.relative_to(PROJECT))


@pytest.mark.parametrize("module", MODULES, ids=named)
def test_sizes(module: Path) -> None:
    text = module.read_text()
    assert text.count("\n") <= LONGEST_MODULE
    is_command = module.is_relative_to(PROJECT / "searchapp" / "cli")
    is_route = module.is_relative_to(PROJECT / "searchapp" / "api")
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        assert node.end_lineno is not None
        # The options of a command or a route are its documentation and stand in its signature.
        if not (is_command or is_route):
            assert node.end_lineno - node.lineno < LONGEST_FUNCTION, node.name
            arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
            own = [name for name in arguments if name.arg not in ("self", "cls")]
            assert len(own) <= MOST_PARAMETERS, node.name


def test_the_house_has_modules() -> None:
    assert len(MODULES) > 50


@pytest.mark.parametrize("document", ["CONTRIBUTING.md", "README.md"])
def test_paths_in_the_documents_exist(document: str) -> None:
    text = (PROJECT / document).read_text()
    links = re.findall(r"\]\(([^)#:]+)\)", text)
    table = re.findall(r"^\| [^|]+ \| `([^`]+)` \|$", text, re.M) if "CONTR" in document else []
    assert links or table
    missing = [path for path in (*links, *table) if not (PROJECT / path).exists()]
    assert not missing


def test_the_changelog_begins_with_this_version() -> None:
    first = re.search(r"^## (\S+)", (PROJECT / "CHANGELOG.md").read_text(), re.M)
    metadata = tomllib.loads((PROJECT / "pyproject.toml").read_text())
    assert first is not None
    assert first[1] == searchapp.__version__ == metadata["project"]["version"]


@pytest.mark.parametrize(("package", "least"), SAFE_VERSIONS.items(), ids=SAFE_VERSIONS.keys())
def test_no_version_with_a_known_hole_is_installed(package: str, least: str) -> None:
    assert Version(version(package)) >= Version(least)


def test_core_install_brings_neither_torch_nor_cuda() -> None:
    locked = (PROJECT / "constraints.txt").read_text().lower()
    assert not re.search(r"^(torch|nvidia|cuda|tensorflow)", locked, re.M)
