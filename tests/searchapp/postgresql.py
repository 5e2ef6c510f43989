"""A PostgreSQL server of the tests' own, where the machine has one."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def running() -> Iterator[str]:
    """The URL of a new, empty database; skips the test where there is no PostgreSQL."""
    pytest.importorskip("psycopg")
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    found = shutil.which("initdb") or (str(programs[-1]) if programs else None)
    if found is None:
        pytest.skip("no PostgreSQL here: install the package `postgresql`")
    user = None
    if os.geteuid() == 0:  # the server refuses to run as root
        try:
            user = pwd.getpwnam("postgres").pw_name
        except KeyError:
            pytest.skip("PostgreSQL does not run as root, and there is no user `postgres`")
    # Not in a folder of pytest's: those are closed to other users.
    with tempfile.TemporaryDirectory(
        prefix="searchapp-postgresql-", ignore_cleanup_errors=True
    ) as name:
        folder = Path(name)
        if user is not None:
            shutil.chown(folder, user)
        with _serving(Path(found).parent, folder, user) as url:
            yield url


@contextmanager
def _serving(programs: Path, folder: Path, user: str | None) -> Iterator[str]:
    data = folder / "data"

    def run(program: str, *arguments: str) -> None:
        subprocess.run(
            [str(programs / program), "-D", str(data), *arguments],
            check=True,
            user=user,
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.STDOUT,
            timeout=100,
        )

    run("initdb", "-U", "ada", "-A", "trust", "-E", "UTF8", "--no-sync")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    options = f"-p {port} -c listen_addresses=127.0.0.1 -k {folder} -c fsync=off"
    run("pg_ctl", "-w", "-l", str(folder / "log"), "-o", options, "start")
    server = int((data / "postmaster.pid").read_text().split()[0])
    try:
        yield f"postgresql+psycopg://ada@127.0.0.1:{port}/postgres"
    finally:
        os.kill(server, signal.SIGQUIT)
