"""The failing disk can fail: what is not written with care is found torn by it."""

from __future__ import annotations

import subprocess
import sys

import pytest

PROGRAM = """
import errno, sys
from pathlib import Path
from lstm_cli.whole_file import write_text_whole
from torture.disk import Disk, Fault
folder, how, at, error = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4]
disk = Disk(folder, fault=Fault(at, getattr(errno, error) if error else None) if at else None)
disk.install()
path = folder / "file.txt"
try:
    path.write_text("new!") if how == "carelessly" else write_text_whole(path, "new!")
except Exception as error:
    print(type(error).__name__, error)
print(disk.calls)
"""


@pytest.fixture
def write(tmp_path):
    """A function: how, where to strike and the error → the exit code, the file's text, what was printed."""
    path = tmp_path / "disk" / "file.txt"
    path.parent.mkdir()

    def run(how, *, at, error=""):
        path.write_text("old!")
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, path.parent, how, str(at), error],
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, path.read_text(), done.stdout

    return run


def test_a_careless_write_is_torn(write):
    assert write("carelessly", at=1) == (-9, "old!", "")
    assert write("carelessly", at=2) == (-9, "ne", "")
    status, text, printed = write("carelessly", at=2, error="ENOSPC")
    assert (status, text) == (0, "ne")
    assert "No space left on device" in printed


def test_a_careful_one_is_not_and_all_its_calls_are_counted(write):
    _, _, printed = write("carefully", at=0)
    assert printed.splitlines()[-1] == str(
        [
            "open .file.txt",
            "write .file.txt",
            "fsync .file.txt",
            "replace .file.txt",
            "fsync .",
        ]
    )
    for at in range(1, 6):
        status, text, _ = write("carefully", at=at)
        assert (status, text) == (-9, "new!" if at == 5 else "old!")
    for error in ("ENOSPC", "EIO"):
        _, text, printed = write("carefully", at=3, error=error)
        assert text == "old!"
        assert printed.startswith("OutputError Cannot write")
