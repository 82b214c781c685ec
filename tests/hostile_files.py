"""Model files made to harm, one for each known way in, and the canary that tells whether one got in."""

from __future__ import annotations

import base64
import http.server
import json
import marshal
import os
import pickle
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import h5py
import numpy as np


class Canary:
    """What an attack would run, read or fetch; it sings if one does.

    Attributes:
        module: a module that can be imported, and must not be.
        secret: a file that must not be read: a pipe, whose reader would wait and so be seen.
        url: an address that must not be fetched.
    """

    def __init__(self, folder: Path, port: int) -> None:
        self.song = folder / "song"
        self.secret = folder / "secret.csv"
        self.module = "canary_module"
        self.url = f"http://127.0.0.1:{port}/vocabulary.txt"
        self.requests: list[str] = []
        self.readers = 0
        source = f"open({str(self.song)!r}, 'w').close()\ndef run(*_, **__): pass\nclass Evil: pass\n"
        (folder / f"{self.module}.py").write_text(source)
        os.mkfifo(self.secret)

    def check(self) -> None:
        """Raise an error if anything was run, read or fetched."""
        assert not self.song.exists(), "code of the file ran"
        assert self.module not in sys.modules, "a module that the file names was imported"
        assert not self.readers, "another file was read"
        assert not self.requests, "an address was fetched"


class Bomb:
    """An object whose unpickling sings."""

    def __init__(self, song: Path) -> None:
        self.song = song

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return (Path.touch, (self.song,))


@contextmanager
def watch_canary(folder: Path) -> Iterator[Canary]:
    """Yield a canary that listens for as long as the body runs."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            canary.requests.append(self.path)
            self.send_error(404)

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        canary = Canary(folder, server.server_port)
        done = threading.Event()

        def watch_secret() -> None:
            while not done.wait(0.02):
                # Only where someone has opened the other end for reading does this succeed.
                with suppress(OSError):
                    pipe = os.open(canary.secret, os.O_WRONLY | os.O_NONBLOCK)
                    canary.readers += 1  # before the reader is let go
                    os.close(pipe)

        threads = [
            threading.Thread(target=server.serve_forever, args=(0.02,)),
            threading.Thread(target=watch_secret),
        ]
        for thread in threads:
            thread.start()
        sys.path.insert(0, str(folder))
        try:
            yield canary
        finally:
            sys.path.remove(str(folder))
            done.set()
            server.shutdown()
            for thread in threads:
                thread.join()


Description = dict[str, Any]
ATTACKS: dict[str, Callable[[Path, Canary], None]] = {}
HARMLESS = set()  # attacks in parts that nothing reads: the file opens


def attack(name: str, *, harmless: bool = False) -> Callable[[Any], Any]:
    """Register a function that turns the plain Keras file at a path into the attack `name`."""

    def register(function: Any) -> Any:
        ATTACKS[name] = function
        if harmless:
            HARMLESS.add(name)
        return function

    return register


def describe(name: str, *, harmless: bool = False) -> Callable[[Any], Any]:
    """Register an attack by the description alone, which the function changes or returns anew."""

    def register(change: Callable[[Description, Canary], Any]) -> Any:
        def forge(path: Path, canary: Canary) -> None:
            with h5py.File(path, "a") as file:
                description = json.loads(file.attrs["model_config"])
                changed = change(description, canary)
                file.attrs["model_config"] = changed if isinstance(changed, str) else json.dumps(description)

        return attack(name, harmless=harmless)(forge)

    return register


def weigh(name: str) -> Callable[[Any], Any]:
    """Register an attack on the place where the embedding lies; the function is given the file and that place."""

    def register(change: Callable[[h5py.File, str, Canary], None]) -> Any:
        def forge(path: Path, canary: Canary) -> None:
            with h5py.File(path, "a") as file:
                group = file["model_weights/embedding"]
                place = f"model_weights/embedding/{group.attrs['weight_names'][0]}"
                change(file, place, canary)

        return attack(name)(forge)

    return register


def layers(description: Description) -> list[dict[str, Any]]:
    return description["config"]["layers"]


def insert(description: Description, class_name: str, **config: Any) -> None:
    layers(description).insert(2, {"class_name": class_name, "config": {"name": "evil", **config}})


def encode_code(canary: Canary) -> str:
    code = compile(f"lambda x: open({str(canary.song)!r}, 'w') and x", "evil", "eval").co_consts[0]
    return base64.b64encode(marshal.dumps(code)).decode()


# Code and classes.


@describe("a Lambda of Keras 3")
def _(description, canary):
    function = {"class_name": "__lambda__", "config": {"code": encode_code(canary), "defaults": None}}
    insert(description, "Lambda", function=function, arguments={})


@describe("a Lambda of Keras 2")
def _(description, canary):
    insert(description, "Lambda", function=[encode_code(canary), None, None], function_type="lambda",
           module=canary.module)  # fmt: skip


@describe("a Lambda by a function's name")
def _(description, canary):
    insert(description, "Lambda", function="run", function_type="function", module=canary.module)


@describe("a layer of another module")
def _(description, canary):
    layers(description)[2] |= {"module": canary.module, "class_name": "Evil"}


@describe("a known layer of another module")
def _(description, canary):
    layers(description)[2] |= {"module": canary.module}


@describe("a module that only begins like Keras")
def _(description, canary):
    layers(description)[2] |= {"module": f"keras_{canary.module}"}


@describe("a registered class")
def _(description, canary):
    layers(description)[2] |= {"registered_name": f"{canary.module}>Evil"}


@describe("a model of another class")
def _(description, canary):
    description |= {"class_name": "Evil", "module": canary.module, "registered_name": "Evil"}


@describe("a known model of another module")
def _(description, canary):
    description |= {"module": canary.module, "registered_name": f"{canary.module}>Sequential"}


@describe("a function for an activation")
def _(description, canary):
    function = {"module": canary.module, "class_name": "function", "config": "run", "registered_name": "run"}
    layers(description)[2]["config"]["activation"] = function


@describe("code for an activation")
def _(description, canary):
    code = {"class_name": "__lambda__", "config": {"code": encode_code(canary)}}
    layers(description)[2]["config"]["recurrent_activation"] = code


@describe("a function for a wrapped layer")
def _(description, canary):
    inner = {"class_name": "Evil", "module": canary.module, "config": {}}
    layers(description)[2] = {"class_name": "Bidirectional", "config": {"layer": inner}}


for _key in ("kernel_initializer", "kernel_regularizer", "kernel_constraint", "dtype"):

    @describe(f"a class for the {_key}", harmless=True)
    def _(description, canary, key=_key):
        evil = {"module": canary.module, "class_name": "Evil", "config": {}, "registered_name": "Evil"}
        layers(description)[2]["config"][key] = evil


@attack("a loss of another module", harmless=True)
def _(path, canary):
    with h5py.File(path, "a") as file:
        evil = {"module": canary.module, "class_name": "Evil", "config": {}, "registered_name": "Evil"}
        file.attrs["training_config"] = json.dumps({"loss": evil, "optimizer_config": evil, "metrics": [evil]})


@describe("a layer that calls TensorFlow")
def _(description, _canary):
    insert(description, "TFOpLambda", function="io.read_file")


@describe("a layer that loads a model")
def _(description, canary):
    insert(description, "TFSMLayer", filepath=str(canary.secret), call_endpoint="serve")


@describe("a layer that unpickles")
def _(description, canary):
    insert(description, "TorchModuleWrapper", module=base64.b64encode(pickle.dumps(Bomb(canary.song))).decode())


@describe("a vocabulary from a file")
def _(description, canary):
    insert(description, "StringLookup", vocabulary=str(canary.secret))


@describe("a vocabulary from an address")
def _(description, canary):
    insert(description, "TextVectorization", vocabulary=canary.url)


@describe("a class as a number of units")
def _(description, canary):
    layers(description)[2]["config"]["units"] = {"module": canary.module, "class_name": "Evil", "config": {}}


# The description as text.


@describe("deep JSON")
def _(_description, _canary):
    return '{"class_name": "Sequential", "config": ' + '{"layers": [' * 20_000 + "]}" * 20_000 + "}"


@describe("JSON as deep as the parser goes")
def _(description, _canary):
    deep: Any = 1
    for _ in range(450):
        deep = [deep]
    layers(description)[2]["config"]["units"] = deep


@describe("huge JSON")
def _(description, _canary):
    return json.dumps(description | {"padding": "x" * 5_000_000})


@describe("thousands of layers")
def _(description, _canary):
    description["config"]["layers"] = layers(description)[:2] + layers(description)[2:3] * 3_000


@describe("a number of thousands of digits")
def _(description, _canary):
    return json.dumps(description).replace('"units": 2', f'"units": {"9" * 5_000}')


@describe("numbers that are none")
def _(description, _canary):
    layers(description)[2]["config"]["units"] = float("nan")


@attack("a description that is an array")
def _(path, _canary):
    with h5py.File(path, "a") as file:
        file.attrs["model_config"] = np.zeros(3)


@attack("a description that is a reference")
def _(path, _canary):
    with h5py.File(path, "a") as file:
        file.attrs["model_config"] = file["model_weights"].ref


# Sizes.


for _words in (0, 1, 3, -5, 10_000_001, 10**30, True):

    @describe(f"an embedding of {_words!r} words")
    def _(description, _canary, words=_words):
        layers(description)[1]["config"]["input_dim"] = words


for _length in (0, -1, 100_001, 10**30, True, "6", [6]):

    @describe(f"reviews of {_length!r} tokens")
    def _(description, _canary, length=_length):
        layers(description)[0]["config"]["batch_shape"] = [None, length]


for _units in (0, -1, 16_385, 10**30):

    @describe(f"a layer of {_units!r} units")
    def _(description, _canary, units=_units):
        layers(description)[2]["config"]["units"] = units


@weigh("a giant array that was never written")
def _(file, place, _canary):
    del file[place]
    file.create_dataset(place, shape=(10_000_000, 16_384), dtype="f4")


@weigh("a giant array of one chunk")
def _(file, place, _canary):
    del file[place]
    file.create_dataset(place, shape=(2**40, 2**20), dtype="f4", chunks=(1, 1), fillvalue=1.0)


@weigh("a compressed bomb")
def _(file, place, _canary):
    del file[place]
    file.create_dataset(place, data=np.zeros((2_000_000, 3), "f4"), chunks=(100_000, 3), compression="gzip")


@weigh("one array under thousands of names")
def _(file, _place, _canary):
    group = file["model_weights/embedding"]
    group.attrs["weight_names"] = [group.attrs["weight_names"][0]] * 1_990


# Links and storage elsewhere.


@weigh("a soft link")
def _(file, place, _canary):
    file.move(place, "elsewhere")
    file[place] = h5py.SoftLink("/elsewhere")


@weigh("a soft link to itself")
def _(file, place, _canary):
    del file[place]
    file[place] = h5py.SoftLink(f"/{place}")


@weigh("an external link")
def _(file, place, canary):
    del file[place]
    file[place] = h5py.ExternalLink(str(canary.secret), "/weights")


@weigh("an external link for a group")
def _(file, _place, canary):
    del file["model_weights"]
    file["model_weights"] = h5py.ExternalLink(str(canary.secret), "/weights")


@weigh("an external link for our own group")
def _(file, _place, canary):
    file["lstm_cli"] = h5py.ExternalLink(str(canary.secret), "/weights")


@weigh("an external link to an address")
def _(file, place, canary):
    del file[place]
    file[place] = h5py.ExternalLink(canary.url, "/weights")


@weigh("external storage")
def _(file, place, canary):
    del file[place]
    file.create_dataset(place, shape=(10, 3), dtype="f4", external=[(str(canary.secret), 0, h5py.h5f.UNLIMITED)])


@weigh("virtual data of another file")
def _(file, place, canary):
    del file[place]
    layout = h5py.VirtualLayout(shape=(10, 3), dtype="f4")
    layout[...] = h5py.VirtualSource(str(canary.secret), "weights", shape=(10, 3))
    file.create_virtual_dataset(place, layout)


@weigh("a ring of groups")
def _(file, _place, _canary):
    file["model_weights/embedding/round"] = file["model_weights/embedding"]
    group = file["model_weights/embedding"]
    group.attrs["weight_names"] = ["round/" * 1_000 + group.attrs["weight_names"][0]] * 500


# Types.


def _retype(name: str, make: Callable[[h5py.File], Any], **options: Any) -> None:
    @weigh(f"weights that are {name}")
    def _(file, place, _canary):
        value = make(file)
        del file[place]
        file.create_dataset(place, data=value, **options)


_retype("references", lambda file: np.full((10, 3), file["model_weights"].ref, dtype=h5py.ref_dtype))
_retype("texts", lambda _: np.full((10, 3), "x", dtype=h5py.string_dtype()))
_retype("records", lambda _: np.zeros((10, 3), dtype=[("a", "f4"), ("b", "O")][:1]))
_retype("opaque", lambda _: np.zeros((10, 3), dtype="V8"))
_retype("choices", lambda _: np.zeros((10, 3), dtype=h5py.enum_dtype({"A": 0})))
_retype("complex", lambda _: np.zeros((10, 3), dtype="c8"))
_retype("whole numbers", lambda _: np.zeros((10, 3), dtype="i8"))
_retype("not finite", lambda _: np.full((10, 3), np.inf, dtype="f4"))
_retype("too large", lambda _: np.full((10, 3), 1e300))


@weigh("weights that are lists")
def _(file, place, _canary):
    del file[place]
    file.create_dataset(place, shape=(10, 3), dtype=h5py.vlen_dtype("f4"))[0, 0] = np.ones(100, "f4")


@weigh("a pickle for weights")
def _(file, place, canary):
    del file[place]
    file[place] = np.frombuffer(pickle.dumps(Bomb(canary.song)), dtype=np.uint8)


@weigh("an unknown filter")
def _(file, place, _canary):
    del file[place]
    plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plist.set_chunk((10, 3))
    plist.set_filter(32_015, h5py.h5z.FLAG_OPTIONAL, (1, 2))
    h5py.h5d.create(file.id, place.encode(), h5py.h5t.IEEE_F32LE, h5py.h5s.create_simple((10, 3)), dcpl=plist)


# What is no HDF5 at all.


@attack("a pickle")
def _(path, canary):
    path.write_bytes(pickle.dumps(Bomb(canary.song)))


@attack("NumPy's own format with a pickle")
def _(path, canary):
    with path.open("wb") as file:
        np.save(file, np.array([Bomb(canary.song)], dtype=object), allow_pickle=True)


@attack("a Keras archive")
def _(path, canary):
    with zipfile.ZipFile(path, "w") as archive:
        function = {"class_name": "__lambda__", "config": {"code": encode_code(canary)}}
        layer = {"class_name": "Lambda", "config": {"name": "evil", "function": function}}
        archive.writestr("config.json", json.dumps({"class_name": "Sequential", "config": {"layers": [layer]}}))
        archive.writestr("metadata.json", "{}")


@attack("a link to a device")
def _(path, _canary):
    path.unlink()
    path.symlink_to("/dev/zero")


@attack("a pipe")
def _(path, canary):
    path.unlink()
    path.symlink_to(canary.secret)


@attack("a link to itself")
def _(path, _canary):
    path.unlink()
    path.symlink_to(path)


@attack("a terabyte of holes")
def _(path, _canary):
    os.truncate(path, 2**40)
