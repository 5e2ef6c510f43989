"""Several processes and threads on one library: each is served or told in a sentence."""

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from indexer.catalogue import Catalogue
from indexer.errors import CatalogueBusy, LibraryLocked
from indexer.lock import library_lock
from indexer.pipeline import IndexOptions, index
from indexer.vectors import VectorIndex
from indexer.verify import verify
from searchapp.error_table import sentence_for
from tests.indexer.conftest import draw, live_count
from tests.indexer.encoder import GridEncoder


@contextmanager
def holding(library: Path, script: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process that takes something of the library, says so, and keeps it until killed."""
    process = subprocess.Popen([sys.executable, "-c", script, str(library)], stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None and process.stdout.readline() == b"held\n"
        yield process
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


LOCK = (
    "import sys, time; from pathlib import Path; from indexer.lock import library_lock\n"
    "with library_lock(Path(sys.argv[1])): print('held', flush=True); time.sleep(600)"
)
WRITE = (
    "import sys, time; from indexer.catalogue import Catalogue\n"
    "with Catalogue.open(sys.argv[1] + '/library.db') as c, c.write() as connection:\n"
    "    print('held', flush=True); time.sleep(600)"
)


def test_a_stopped_process_that_holds_the_library_is_named(
    catalogue: Catalogue, library: Path, photos: Path, encoder: GridEncoder
) -> None:
    with holding(library, LOCK) as process:
        process.send_signal(signal.SIGSTOP)
        with pytest.raises(LibraryLocked) as caught:
            index(catalogue, library, IndexOptions((photos,)), encoder)
        assert str(process.pid) in (sentence_for(caught.value) or "")
    with library_lock(library):
        pass


def test_a_writer_that_never_ends_is_one_sentence_and_readers_do_not_mind(
    library: Path, photos: Path, encoder: GridEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw(photos / "a.png", 1)
    monkeypatch.setattr("indexer.catalogue.engine.BUSY_SECONDS", 0.3)
    with Catalogue.open(library / "library.db", create=True) as catalogue:
        index(catalogue, library, IndexOptions((photos,), workers=1), encoder)
        draw(photos / "b.png", 2)
        with holding(library, WRITE):
            with pytest.raises(CatalogueBusy) as caught:
                index(catalogue, library, IndexOptions((photos,), workers=1), encoder)
            assert "database is locked" not in (sentence_for(caught.value) or "database is locked")
            assert live_count(catalogue) == 1
            assert verify(catalogue, library).problems == []
        assert index(catalogue, library, IndexOptions((photos,), workers=1), encoder).indexed == 1


def test_searches_and_checks_go_on_while_pictures_come_in(
    library: Path, photos: Path, encoder: GridEncoder
) -> None:
    for number in range(120):
        draw(photos / f"{number}.png", number)
    counts: list[int] = []
    errors: list[BaseException] = []
    ended = threading.Event()
    largest_wal = 0
    with Catalogue.open(library / "library.db", create=True) as catalogue:
        draw(photos / "first.png", 1000)
        first = IndexOptions((photos,), workers=1, excludes=("[0-9]*",))
        index(catalogue, library, first, encoder)

        def search() -> None:
            nonlocal largest_wal
            try:
                with Catalogue.open(library / "library.db") as mine:
                    source = mine.vector_source(encoder.fingerprint)
                    found = VectorIndex.open(library / "vectors", source)
                    while not ended.is_set():
                        found.refresh()
                        counts.append(found.count)
                        assert verify(mine, library).problems == []
                        wal = library / "library.db-wal"
                        largest_wal = max(largest_wal, wal.stat().st_size if wal.exists() else 0)
                    found.refresh()
                    counts.append(found.count)
                    found.close()
            except BaseException as error:
                errors.append(error)

        searcher = threading.Thread(target=search)
        searcher.start()
        options = IndexOptions((photos,), workers=1, batch_size=4)
        index(catalogue, library, options, encoder)
        ended.set()
        searcher.join(60)
    assert errors == []
    assert counts == sorted(counts) and (counts[0], counts[-1]) == (1, 121)
    # Finished batches were seen before the end.
    assert any(1 < count < 121 for count in counts)
    assert largest_wal < 64 * 1024**2
