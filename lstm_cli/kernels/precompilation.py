"""The kernels compiled by a process of its own, while this one reads the reviews and imports TensorFlow.

The first time on a machine numba compiles for six to nine seconds, and keeps the code on disk. In a thread it
would hold the interpreter's lock for the most of that time.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path

from lstm_cli.kernels.kernel_folder import find_kernel_folder, take_fingerprint
from lstm_cli.kernels.threads import count_cores

_PACKAGES = Path(__file__).parents[2]
_PROGRAM = "from lstm_cli.kernels.precompilation import compile_kernels; compile_kernels({cells!r})"


class _Compiler:
    process: subprocess.Popen[bytes] | None = None


def start_precompilation(cells: Iterable[str]) -> None:
    """Begin to compile the kernels of some cells (`lstm`, `gru`, …), unless that has been done; return at once."""
    folder = find_kernel_folder()
    if folder is None or _Compiler.process is not None or count_cores() == 1:  # nothing kept is nothing gained
        return
    missing = sorted(cell for cell in set(cells) if not _name_mark(folder, cell).exists())
    if not missing:
        return
    path = [str(_PACKAGES), *filter(None, [os.environ.get("PYTHONPATH")])]
    program = _PROGRAM.format(cells=missing)
    try:
        _Compiler.process = subprocess.Popen(  # noqa: S603 - our own code
            [sys.executable, "-P", "-c", program],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(path)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    except OSError:  # no process to be had: whoever needs the kernels compiles them
        return


def finish_precompilation() -> None:
    """Wait for what `start_precompilation` began; before the kernels are used, lest both compile."""
    process, _Compiler.process = _Compiler.process, None
    if process is not None:
        process.wait()


def compile_kernels(cells: Iterable[str]) -> None:
    """Compile the kernels of some cells, and leave a mark that it is done."""
    from lstm_cli.kernels import recurrence

    folder = find_kernel_folder()
    for cell in cells:
        recurrence.load_kernels(recurrence.CELLS[cell])
        if folder is not None:
            _name_mark(folder, cell).touch()


def _name_mark(folder: Path, cell: str) -> Path:
    """Return the file that says these kernels are compiled; it lies where numba keeps them, and goes with them."""
    return folder / f"kernels-{take_fingerprint()[:16]}-{version('numba')}-{cell}"
