"""How workers find each other before TensorFlow connects them.

TensorFlow waits for the others inside one call that no signal can end. So they meet here first: the chief
listens on its port, the others knock until they are heard, and when all are there TensorFlow gets the port.
"""

from __future__ import annotations

import json
import socket
import time
from contextlib import ExitStack, closing, suppress

from lstm_cli.distributed.cluster import Cluster
from lstm_cli.errors import TrainingError

_PATIENCE_SECONDS = 0.5  # between two looks: for those who knock, at a signal
_ANSWER_SECONDS = 10.0
_LONGEST_LINE = 1 << 20
_WELCOME = b"welcome\n"


def meet_workers(cluster: Cluster) -> None:
    """Wait until every worker of the cluster is there, however long that takes.

    Raises:
        TrainingError: the chief's port is taken, or this worker was started with another list than the chief.
    """
    if cluster.is_chief:
        _receive(cluster)
    else:
        while not _knock(cluster):
            time.sleep(_PATIENCE_SECONDS)


def _receive(cluster: Cluster) -> None:
    """Be the chief: collect all others, then welcome them at once."""
    port = int(cluster.chief.rpartition(":")[2])
    dual = socket.has_dualstack_ipv6()
    try:
        listener = socket.create_server(
            ("", port), family=socket.AF_INET6 if dual else socket.AF_INET, dualstack_ipv6=dual, backlog=128
        )
    except OSError as error:
        raise TrainingError(
            f"Cannot listen on port {port}: {error.strerror or error}. Give the chief a free port, on all workers."
        ) from error
    with ExitStack() as stack:
        stack.enter_context(closing(listener))
        listener.settimeout(_PATIENCE_SECONDS)
        arrived: dict[int, socket.socket] = {}
        while len(arrived) < len(cluster.workers) - 1:
            with suppress(TimeoutError):
                connection = stack.enter_context(listener.accept()[0])
                task = _read_hello(connection, cluster)
                if task is not None:
                    arrived[task] = connection
            arrived = {task: connection for task, connection in arrived.items() if _is_there(connection)}
        for connection in arrived.values():
            with suppress(OSError):  # who has gone now is missed by TensorFlow
                connection.sendall(_WELCOME)


def _read_hello(connection: socket.socket, cluster: Cluster) -> int | None:
    """Return the task of who knocks; None where it is no worker of ours, who is told so."""
    try:
        connection.settimeout(_ANSWER_SECONDS)
        hello = json.loads(_read_line(connection))
        task, workers = hello["task"], hello["workers"]
        if workers != list(cluster.workers):
            connection.sendall(f"the chief has the workers {','.join(cluster.workers)}\n".encode())
        elif type(task) is int and 0 < task < len(cluster.workers):
            return task
    except (OSError, ValueError, KeyError, TypeError):  # a port scanner, a health check
        return None
    return None


def _is_there(connection: socket.socket) -> bool:
    """Return whether the other end still waits: it says nothing, but has not hung up."""
    connection.setblocking(False)
    try:
        return connection.recv(1, socket.MSG_PEEK) != b""
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        connection.settimeout(_ANSWER_SECONDS)


def _knock(cluster: Cluster) -> bool:
    """Call on the chief; return whether it bade welcome, and not only is not there yet or has gone again."""
    host, _, port = cluster.chief.rpartition(":")
    try:
        with socket.create_connection((host.strip("[]"), int(port)), timeout=_ANSWER_SECONDS) as connection:
            hello = {"task": cluster.task, "workers": cluster.workers}
            connection.sendall(json.dumps(hello).encode() + b"\n")
            connection.settimeout(None)
            answer = _read_line(connection)
    except OSError:
        return False
    if answer and answer != _WELCOME:
        raise TrainingError(
            f"Expected the same --workers on all: {answer.decode(errors='replace').strip()[:300]}. "
            "Start this one with the same list."
        )
    return bool(answer)


def _read_line(connection: socket.socket) -> bytes:
    """Return what comes up to a line's end; nothing where the other end hangs up."""
    with connection.makefile("rb") as stream:
        return stream.readline(_LONGEST_LINE)
