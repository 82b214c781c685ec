"""`subprocess`' `Popen` and `run` for our commands, without the seconds that TensorFlow's import takes.

What is started here is a process like any other, this one's child: it has a number to send signals to, streams, an
exit code, a group if it is asked for; and so are the workers that it starts. It comes out of a Python that has
imported TensorFlow, Keras, numba and the like (`fork_server`), once a test process. All have one seed of hashes.
The process that reads a model file comes out of another, which has imported no more than that imports.

Tests of the start itself (what is imported, how quickly, in which locale) take `subprocess`, and so does by itself
what a fork could not give: other systems than Linux, other interpreters, shells, variables read at the start.
"""

from __future__ import annotations

import atexit
import ctypes
import inspect
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import util
from pathlib import Path
from typing import Any, ClassVar

SERVER_NAME = "fork-server"  # of the process beside a forked command, which forks its workers
_SERVER = Path(__file__).with_name("fork_server.py")
# The interpreter and the packages read these when they start: with other values, nothing can be forked.
_READ_AT_START = ("PYTHON", "LC_", "LANG", "LD_", "OMP_", "OPENBLAS_", "NUMBA_", "MPL", "TF_E", "KERAS_B")
# What commands set themselves before they import anything, and so does the server.
_SET_AT_START = {"KERAS_BACKEND": "tensorflow", "TF_ENABLE_ONEDNN_OPTS": "0", "MPLBACKEND": "agg"}
_SET_FOR_READERS = {"OPENBLAS_NUM_THREADS": "1", "HDF5_PLUGIN_PRELOAD": "::"}
_PR_SET_CHILD_SUBREAPER = 36

_Popen = subprocess.Popen


class Popen(_Popen):
    """A process that is forked where it can be.

    Attributes:
        is_forked: whether it is.
    """

    is_forked = False

    @staticmethod
    def _get_server() -> Server:
        return COMMANDS

    def _execute_child(self, *arguments: Any) -> None:
        given = inspect.signature(super()._execute_child).bind(*arguments).arguments
        command = [os.fspath(word) for word in given["args"]]
        environment = dict(os.environ if given["env"] is None else given["env"])
        server = self._get_server()
        if given["shell"] or given["preexec_fn"] or not server.can_fork(command, environment):
            super()._execute_child(*arguments)
            return
        ends = {0: given["p2cread"], 1: given["c2pwrite"], 2: given["errwrite"]}
        descriptors = {number: number if end == -1 else end for number, end in ends.items()}
        self.pid = _fork(
            command,
            server=server,
            environment=environment,
            folder=os.fspath(given["cwd"] or Path.cwd()),
            descriptors=descriptors | {number: number for number in given["pass_fds"]},
            starts_session=given["start_new_session"],
        )
        self.is_forked = self._child_created = True
        pipes = ("p2cread", "p2cwrite", "c2pread", "c2pwrite", "errread", "errwrite")
        self._close_pipe_fds(*(given[name] for name in pipes))


class ReaderPopen(Popen):
    """A process that reads a model file, forked; for test processes, as each has to start a server for it."""

    @staticmethod
    def _get_server() -> Server:
        return READERS


def run(
    command: list[Any], *, input: Any = None, capture_output: bool = False, check: bool = False,  # noqa: A002
    timeout: float | None = None, **options: Any,
) -> subprocess.CompletedProcess[Any]:  # fmt: skip
    """Do as `subprocess.run` does, in a forked process."""
    options |= {"stdin": subprocess.PIPE} if input is not None else {}
    options |= {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} if capture_output else {}
    with Popen(command, **options) as process:
        try:
            stdout, stderr = process.communicate(input, timeout=timeout)
        except BaseException:
            process.kill()
            raise
    done = subprocess.CompletedProcess(process.args, process.returncode, stdout, stderr)
    if check:
        done.check_returncode()
    return done


def is_server(number: int) -> bool:
    """Return whether a process is but there to fork the workers of its parent."""
    return Path(f"/proc/{number}/comm").read_text(encoding="utf-8").strip() == SERVER_NAME


class Server:
    """A Python that can be forked.

    Attributes:
        name: of what it has imported.
        is_meant_for: whether a command is one that imports just that.
        variables: which those who come out of it have when they start.
        connection: to it, where it has been started.
        process: it, where this process has started it.
    """

    def __init__(self, name: str, *, is_meant_for: Callable[[list[str]], bool], variables: dict[str, str]) -> None:
        self.name = name
        self.is_meant_for = is_meant_for
        self.variables = variables
        self.connection: socket.socket | None = None
        self.process: subprocess.Popen[bytes] | None = None

    def can_fork(self, command: list[str], environment: dict[str, str]) -> bool:
        """Return whether a command is Python code that starts with what the server has started with."""
        started = _pick_read_at_start(_Start.environment | self.variables)
        return (
            sys.platform == "linux" and self.is_meant_for(command) and _pick_read_at_start(environment) == started
        )

    def connect(self) -> socket.socket:
        """Return the connection to the server, started where there is none; it ends with this process."""
        if self.connection is None:
            self.connection, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            quiet = {"KERAS_HOME": os.devnull, "TF_CPP_MIN_LOG_LEVEL": "3"}
            with theirs:
                self.process = _Popen(
                    [sys.executable, _SERVER, str(theirs.fileno()), self.name],
                    env=_SET_AT_START | _Start.environment | self.variables | quiet,
                    pass_fds=[theirs.fileno()],
                    stdin=subprocess.DEVNULL,
                )
            atexit.register(_end_server, self.process, self.connection)
        return self.connection


def _is_command(command: list[str]) -> bool:
    is_program = command[0] == sys.executable and command[1:2] in (["-c"], ["-m"])
    is_ours = Path(command[0]).parent == Path(sys.executable).parent and Path(command[0]).name.startswith("lstm-")
    return is_program or is_ours


def _is_reader(command: list[str]) -> bool:
    return command[:2] == [sys.executable, "-P"] and command[2].endswith("/lstm_cli/modelfile/child.py")


def _pick_read_at_start(environment: dict[str, str]) -> dict[str, str]:
    return {
        name: value for name, value in (_SET_AT_START | environment).items() if name.startswith(_READ_AT_START)
    }


class _Start:
    environment: ClassVar[dict[str, str]] = dict(os.environ)
    is_asked = threading.Lock()


COMMANDS = Server("commands", is_meant_for=_is_command, variables={})
READERS = Server("readers", is_meant_for=_is_reader, variables=_SET_FOR_READERS)


def _fork(
    command: list[str],
    *,
    server: Server,
    environment: dict[str, str],
    folder: str,
    descriptors: dict[int, int],
    starts_session: bool = False,
) -> int:
    """Have a command forked, the child of this process; return its id.

    Args:
        command: its words.
        server: which to fork.
        environment: all of its variables.
        folder: to be in.
        descriptors: the command's → those of this process that they are.
        starts_session: whether it is the first of a session of its own.
    """
    request = {
        "command": command,
        "descriptors": list(descriptors),
        "environment": environment,
        "folder": folder,
        "starts_session": starts_session,
        "cores": list(os.sched_getaffinity(0)),
        "has_workers": server is COMMANDS,
    }
    with _Start.is_asked, _adopt():
        connection = server.connect()
        socket.send_fds(connection, [json.dumps(request).encode()], list(descriptors.values()))
        # The command says its number, the server that its first parent has ended: either may be the first.
        answers = {connection.recv(32), connection.recv(32)}
    return int((answers - {b"adopted"}).pop())


def remember_environment() -> None:
    """Have the server start in the environment of now: when all tests are imported, and none has changed it."""
    _Start.environment = dict(os.environ)


def _end_server(process: subprocess.Popen[bytes], connection: socket.socket) -> None:
    connection.close()
    process.kill()
    process.wait()


@contextmanager
def _adopt() -> Iterator[None]:
    """Be the parent of all below whose parent ends meanwhile."""
    system = ctypes.CDLL(None)
    system.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    try:
        yield
    finally:
        system.prctl(_PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)


def take_server(server: socket.socket) -> None:
    """Ask this server for forks, which is the only one there is for a process that is a fork itself."""
    COMMANDS.connection = server


def fork_workers() -> None:
    """Let this process, a forked one, have its own workers forked, by whichever module it starts them."""
    subprocess.Popen = Popen
    spawn = util.spawnv_passfds

    def fork_or_spawn(path: bytes, words: list[str], descriptors: list[int]) -> int:
        if "--multiprocessing-fork" not in words:  # multiprocessing's own helper
            return spawn(path, words, descriptors)
        return _fork(
            [os.fsdecode(path), *words[words.index("-c") :]],  # what stands before is as this process has it
            server=COMMANDS,
            environment=dict(os.environ),
            folder=str(Path.cwd()),
            descriptors={number: number for number in (0, 1, 2, *descriptors)},
        )

    util.spawnv_passfds = fork_or_spawn
