"""A PostgreSQL server of the tests' own, where the machine has one."""

import os
import pwd
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def running(folder: Path) -> Iterator[str]:
    """The URL of a new, empty database; skips the test where there is no PostgreSQL."""
    pytest.importorskip("psycopg")
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    found = shutil.which("initdb") or (str(programs[-1]) if programs else None)
    if found is None:
        pytest.skip("no PostgreSQL here: install the package `postgresql`")
    bin_folder, user = Path(found).parent, None
    if os.geteuid() == 0:  # the server refuses to run as root
        try:
            user = pwd.getpwnam("postgres").pw_name
        except KeyError:
            pytest.skip("PostgreSQL does not run as root, and there is no user `postgres`")
        shutil.chown(folder, user)
        for parent in (folder, *folder.parents):
            if parent.stat().st_uid == 0 and parent != Path(parent.anchor):
                parent.chmod(parent.stat().st_mode | 0o011)
    data = folder / "data"

    def run(program: str, *arguments: str, check: bool = True) -> None:
        subprocess.run(
            [str(bin_folder / program), *arguments],
            check=check,
            user=user,
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.STDOUT,
            timeout=100,
        )

    run("initdb", "-D", str(data), "-U", "ada", "-A", "trust", "-E", "UTF8", "--no-sync")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    options = f"-p {port} -c listen_addresses=127.0.0.1 -k {folder} -c fsync=off"
    run("pg_ctl", "-D", str(data), "-w", "-l", str(folder / "log"), "-o", options, "start")
    try:
        yield f"postgresql+psycopg://ada@127.0.0.1:{port}/postgres"
    finally:
        # A busy machine may need longer than it waits for the end; the answers were right.
        run("pg_ctl", "-D", str(data), "-w", "-t", "60", "-m", "immediate", "stop", check=False)
