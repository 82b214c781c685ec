"""Workers find each other, whoever comes first, and are told when they do not belong together."""

from __future__ import annotations

import socket
import threading
import time

import pytest

from lstm_cli.distributed.cluster import Cluster
from lstm_cli.distributed.rendezvous import meet_workers
from lstm_cli.errors import TrainingError


@pytest.fixture
def addresses():
    """Three addresses of this machine that are free."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(3)]
    names = tuple(f"127.0.0.1:{one.getsockname()[1]}" for one in sockets)
    for one in sockets:
        one.close()
    return names


def _start(cluster):
    """Return a thread in which a worker meets the others, and the list that gets its error."""
    errors = []

    def run():
        try:
            meet_workers(cluster)
        except TrainingError as error:
            errors.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread, errors


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0)])
def test_all_go_on_once_the_last_has_come(order, addresses):
    *early, last = order
    threads = [_start(Cluster(addresses, task)) for task in early]
    time.sleep(0.7)
    assert all(thread.is_alive() for thread, _ in threads)
    threads.append(_start(Cluster(addresses, last)))
    for thread, errors in threads:
        thread.join(timeout=30)
        assert not thread.is_alive()
        assert not errors


def test_strangers_and_those_who_hang_up_are_not_counted(addresses):
    chief, _ = _start(Cluster(addresses, 0))
    host, port = addresses[0].split(":")
    hello = b'{"task": 1, "workers": ["%s"]}\n' % b'", "'.join(name.encode() for name in addresses)
    for said in (b"GET / HTTP/1.1\r\n", b"\xff\n", b"", hello):
        connection = _connect(host, int(port))
        connection.sendall(said)
        connection.close()
    others = [_start(Cluster(addresses, 2))]
    time.sleep(0.7)
    assert chief.is_alive()
    others.append(_start(Cluster(addresses, 1)))
    for thread, errors in [(chief, []), *others]:
        thread.join(timeout=30)
        assert not thread.is_alive()
        assert not errors


def test_a_worker_with_another_list_is_told_the_chiefs(addresses):
    chief, _ = _start(Cluster(addresses[:2], 0))
    with pytest.raises(TrainingError, match=r"Expected the same --workers on all: the chief has the workers 127"):
        meet_workers(Cluster(addresses, 1))
    meet_workers(Cluster(addresses[:2], 1))
    chief.join(timeout=30)
    assert not chief.is_alive()


def test_a_chiefs_port_that_is_taken_is_named(addresses):
    port = int(addresses[0].split(":")[1])
    with (
        socket.create_server(("", port), family=socket.AF_INET6, dualstack_ipv6=True)
        if socket.has_dualstack_ipv6()
        else socket.create_server(("", port)),
        pytest.raises(TrainingError, match=f"Cannot listen on port {port}"),
    ):
        meet_workers(Cluster(addresses, 0))


def _connect(host, port):
    for _ in range(100):
        try:
            return socket.create_connection((host, port))
        except OSError:
            time.sleep(0.05)
    raise AssertionError("nobody listens")
