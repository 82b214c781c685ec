"""A Python that has imported what takes seconds, and forks a process of its own for every command it is sent.

Run as a script by `forked_python`, from which requests and descriptors come over a socket, and whose end ends it.
TensorFlow survives a fork as long as it has computed nothing: here all is imported, nothing used. Our own commands
find of ours what describes, and not what looks at the environment as it is imported, as kernels do. What comes out
of a fork goes on as a fresh interpreter would: its arguments, folder, environment and streams are the command's,
its signals and its exit the interpreter's own.
"""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import gc
import importlib
import json
import os
import random
import runpy
import signal
import socket
import sys
import tempfile
import time
import warnings
from pathlib import Path
from types import ModuleType
from typing import Any

import forked_python

_HEAVY = (
    "tensorflow", "keras", "numba", "numpy", "h5py", "scipy.sparse", "matplotlib.figure",
    "matplotlib.backends.backend_agg", "optuna", "sqlalchemy", "pydantic", "yaml", "click", "rich.console",
    "charset_normalizer", "sklearn.feature_extraction.text", "sklearn.linear_model",
    "lstm_cli.config", "lstm_cli.cli.trainings",
)  # fmt: skip
_IMPORTED = {"commands": _HEAVY, "readers": ("h5py", "numpy")}  # the latter as `modelfile/child.py` does
_LARGEST_REQUEST = 2**18
_MOST_DESCRIPTORS = 64
_OUT_OF_THE_WAY = 128  # no descriptor that a command is to have is as high
_TOLD_TO_A_GROUP = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main() -> None:
    """Import, and fork until the tests have ended; in a fork, be the command."""
    del sys.path[0]  # this script's folder
    began = time.time()
    end = End()
    atexit.register(end.leave)  # the first to be registered is the last to be called
    import_silently(_IMPORTED[sys.argv[2]])
    request, descriptors, server = serve(socket.socket(fileno=int(sys.argv[1])))
    become(request, descriptors)
    if server:
        forked_python.take_server(server)
    if server and request["command"][1:3] != ["-m", "pytest"]:  # whose tests say themselves what may be forked
        forked_python.fork_workers()
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _TOLD_TO_A_GROUP)
    with end:
        run(request["command"], imported=began)


class End:
    """The end of a command, by the code that the interpreter would end with, when all else has been done.

    The interpreter would take apart what it has imported, object by object, and the system would first copy what
    it shares with the server: a third of a second. By a signal, a command ends as it would.
    """

    code: int | None = None

    def __enter__(self) -> None:
        """Begin the command."""

    def __exit__(self, _kind: object, error: BaseException | None, _traceback: object) -> None:
        """Take note of how it ended; the interpreter says what there is to say."""
        if isinstance(error, SystemExit):
            self.code = error.code if isinstance(error.code, int) else int(error.code is not None)
        elif not isinstance(error, KeyboardInterrupt):
            self.code = int(error is not None)

    def leave(self) -> None:
        """End the process, unless its streams fail, which the interpreter tells in its own way."""
        with contextlib.suppress(OSError, ValueError):
            for stream in (sys.stdout, sys.stderr):
                if stream is not None:
                    stream.flush()
            if self.code is not None:
                os._exit(self.code & 0xFF)


def import_silently(names: tuple[str, ...]) -> None:
    """Import what commands or readers import, as `lstm_cli/backend.py` does and without a word."""
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    for name in names:
        importlib.import_module(name)
    os.dup2(kept, 2)
    os.close(kept)
    os.close(nowhere)
    gc.collect()
    gc.freeze()  # what is never looked at again is never written to, and stays shared


def serve(connection: socket.socket) -> tuple[dict[str, Any], list[int], socket.socket | None]:
    """Fork a command for every request; return in the command alone.

    Twice: a command whose parent has ended becomes the child of who sent the request, as is agreed with him.

    Returns:
        The request, the descriptors, and the connection to a server for the command's own workers, if it has any.
    """
    for number in _TOLD_TO_A_GROUP:
        signal.signal(number, signal.SIG_IGN)
    while True:
        text, descriptors, _, _ = socket.recv_fds(connection, _LARGEST_REQUEST, _MOST_DESCRIPTORS)
        if not text:
            os._exit(0)
        parent = fork()
        if parent == 0:
            if fork():
                os._exit(0)
            request = json.loads(text)
            if request["starts_session"]:
                os.setsid()
            # Until the command begins they wait: in the midst of what makes it a command, one might be lost.
            signal.pthread_sigmask(signal.SIG_BLOCK, _TOLD_TO_A_GROUP)
            for number in _TOLD_TO_A_GROUP:
                signal.signal(number, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            connection.send(str(os.getpid()).encode())  # from now on it can be told
            connection.close()
            return serve_workers(request, descriptors) if request["has_workers"] else (request, descriptors, None)
        for descriptor in descriptors:
            os.close(descriptor)
        os.waitpid(parent, 0)
        connection.send(b"adopted")


def serve_workers(
    request: dict[str, Any], descriptors: list[int]
) -> tuple[dict[str, Any], list[int], socket.socket | None]:
    """Fork a server for the workers of a command, in its group; return in a command alone, as `serve` does."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    if fork() == 0:
        ours.close()
        for descriptor in descriptors:
            os.close(descriptor)
        take_name(forked_python.SERVER_NAME)
        return serve(theirs)
    theirs.close()
    return request, descriptors, ours


def take_name(name: str) -> None:
    """Have this process listed under a name."""
    Path("/proc/self/comm").write_text(name, encoding="utf-8")


def fork() -> int:
    """Fork; that NumPy has threads, which know how to survive it, is nothing to be warned of."""
    with warnings.catch_warnings(action="ignore"):
        return os.fork()


def become(request: dict[str, Any], descriptors: list[int]) -> None:
    """Take on the command's cores, folder, environment and streams."""
    high = [fcntl.fcntl(descriptor, fcntl.F_DUPFD, _OUT_OF_THE_WAY) for descriptor in descriptors]
    for descriptor in descriptors:
        os.close(descriptor)
    for given, wanted in zip(high, request["descriptors"], strict=True):
        os.dup2(given, wanted)
        os.close(given)
    os.sched_setaffinity(0, request["cores"])
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        old = getattr(sys, name)
        line_by_line = 1 if name == "stderr" else -1
        mode = "w" if number else "r"
        new = open(number, mode, line_by_line, encoding=old.encoding, errors=old.errors, closefd=False)  # noqa: SIM115
        setattr(sys, name, new)
        setattr(sys, f"__{name}__", new)
    take_name(Path(request["command"][0]).name)
    tempfile.tempdir = None
    random.seed()
    sys.modules["numpy"].random.seed()


def forget_package(*, imported: float, is_ours: bool) -> None:
    """Forget our package, unless it is one of our commands that begins, and nothing in it has changed.

    Args:
        imported: when it was, as `time.time()` has it.
        is_ours: whether a command of ours begins; another program may import another package.
    """
    ours = {name: module for name, module in sys.modules.items() if name.partition(".")[0] == "lstm_cli"}
    if not is_ours or any(Path(str(module.__file__)).stat().st_mtime > imported for module in ours.values()):
        for name in ours:
            del sys.modules[name]


def run(command: list[str], *, imported: float) -> None:
    """Run `python -c program …`, `python -m module …`, `python -P script …` or a script, as the main module.

    Args:
        command: its words.
        imported: as for `forget_package`.
    """
    is_ours = command[0] != sys.executable
    how, what, *arguments = ["", *command] if is_ours else command[1:]
    is_script = how in {"", "-P"}
    sys.argv = [what if is_script else how, *arguments]
    if how != "-P":  # which searches no folder but the installed packages'
        sys.path.insert(0, {"-c": "", "-m": str(Path.cwd())}.get(how, str(Path(what).parent)))
    forget_package(imported=imported, is_ours=is_ours)
    if how == "-m":
        runpy.run_module(what, run_name="__main__", alter_sys=True)
        return
    module = ModuleType("__main__")
    if is_script:
        module.__file__ = what
    sys.modules["__main__"] = module
    program = Path(what).read_text(encoding="utf-8") if is_script else what
    exec(compile(program, what if is_script else "<string>", "exec"), vars(module))  # noqa: S102 - what it is for


if __name__ == "__main__":
    main()
