"""Keras' own files are read as their .h5 twins are, and those made to harm are refused."""

from __future__ import annotations

import io
import json
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from hostile_files import ATTACKS, HARMLESS, watch_canary
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from model_files import expect_refusal
from mutations import spoilt_bytes, spoilt_structures
from strategies import model_configs

from lstm_cli.errors import ModelFileError
from lstm_cli.inference.activations import ACTIVATIONS, KERAS_2_ACTIVATIONS
from lstm_cli.inference.network import Network
from lstm_cli.modelfile.foreign_model import ForeignModel
from lstm_cli.modelfile.shapes import ModelSizes
from lstm_cli.modelfile.stored_model import load_model_file

FOREIGN = Path(__file__).with_name("foreign")
"""Files of other versions, the models compiled and untrained, with random weights; and what they gave there."""

# Those attacks on an .h5 file that lie in the description.
DESCRIBED = [name for name, forge in ATTACKS.items() if forge.__qualname__.startswith("describe.")]
WEIGHTS = "model.weights.h5"
PLACE = "layers/embedding/vars/0"


def predict(model: ForeignModel, tokens: np.ndarray) -> np.ndarray:
    description = model.description
    activations = KERAS_2_ACTIVATIONS if description.is_keras_2 else ACTIVATIONS
    return Network(description.model, model.weights, description.outputs, activations).predict(tokens)


class TestReading:
    @pytest.mark.parametrize(
        ("name", "expected"), json.loads((FOREIGN / "probabilities.json").read_text()).items()
    )
    def test_files_of_other_versions_give_what_they_gave_there(self, name, expected):
        """Keras 2 with its own hard_sigmoid, 3.8 and 3.12; recurrences both ways, a mask, a softmax."""
        tokens = np.random.default_rng(0).integers(0, 12, (8, 6), dtype=np.int32)
        tokens[0, :3] = 0
        np.testing.assert_allclose(predict(load_model_file(FOREIGN / name), tokens), expected, atol=1e-6)

    @given(config=model_configs(), outputs=st.sampled_from([1, 2, 4]), functional=st.booleans())
    @settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_it_holds_what_the_h5_holds(self, keras_started, tmp_path, config, outputs, functional):  # noqa: ARG002
        """Whatever our configurations can describe, Sequential and Functional, and under other layers' names."""
        import keras

        from lstm_cli.models.builder import build_model

        model = build_model(config, sizes=ModelSizes(12, outputs=outputs), maxlen=6)

        def rename(layer):
            return type(layer).from_config({**layer.get_config(), "name": f"my_{layer.name}"})

        if not isinstance(model, keras.Sequential):
            model = keras.models.clone_model(model, clone_function=rename)
        elif functional:
            tokens = x = keras.Input((6,), dtype="int32")
            for layer in model.layers:
                x = rename(layer)(x)
            model = keras.Model(tokens, x)
        model.set_weights([np.random.default_rng(5).normal(size=weight.shape) for weight in model.weights])
        model.save(tmp_path / "model.keras")
        model.save(tmp_path / "model.h5")
        one, other = load_model_file(tmp_path / "model.keras"), load_model_file(tmp_path / "model.h5")
        assert one.description == other.description
        assert one.description.outputs == outputs
        for weight, expected in zip(one.weights, model.get_weights(), strict=True):
            np.testing.assert_array_equal(weight, expected)
        for weight, twin in zip(one.weights, other.weights, strict=True):
            np.testing.assert_array_equal(weight, twin)

    @pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
    def test_it_may_have_been_packed_again(self, keras_bytes, tmp_path, compression):
        path = tmp_path / "again.keras"
        repack(path, keras_bytes, compression=compression)
        assert load_model_file(path).description.num_words == 10

    def test_an_old_name_for_the_layers_is_known(self, keras_bytes, tmp_path):
        """As Keras 2.12 wrote it."""
        path = tmp_path / "old.keras"
        change_weights(path, keras_bytes, lambda file: file.move("layers", "_layer_checkpoint_dependencies"))
        assert len(load_model_file(path).weights) == 6


@pytest.fixture(scope="module")
def keras_bytes(keras_started, tmp_path_factory) -> bytes:  # noqa: ARG001 - it must have been
    """A valid .keras file."""
    from model_files import build, read_config

    path = tmp_path_factory.mktemp("keras") / "model.keras"
    build(read_config()).save(path)
    return path.read_bytes()


def repack(
    path: Path, content: bytes, changes: dict[str, bytes | None] | None = None, *, compression: int = 0
) -> None:
    """Write the archive `content` with other members in the place of some; None leaves one out."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()} | (changes or {})
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, data in members.items():
            if data is not None:
                archive.writestr(name, data)


def read_member(content: bytes, name: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.read(name)


def change_weights(path: Path, content: bytes, change: Callable[[h5py.File], Any]) -> None:
    weights = io.BytesIO(read_member(content, WEIGHTS))
    with h5py.File(weights, "a") as file:
        change(file)
    repack(path, content, {WEIGHTS: weights.getvalue()})


def set_unwritten(file: h5py.File) -> None:
    del file[PLACE]
    file.create_dataset(PLACE, shape=(10_000_000, 16_384), dtype="f4", chunks=(1000, 64))


def link(file: h5py.File, to: Any) -> None:
    file.move(PLACE, "elsewhere")
    file[PLACE] = to


def put_group(file: h5py.File) -> None:
    del file[PLACE]
    file.create_group(PLACE)


def replace(file: h5py.File, value: Any, **options: Any) -> None:
    del file[PLACE]
    file.create_dataset(PLACE, data=value, **options)


WEIGHT_FORGERIES = {
    "no layers": (lambda file: file.__delitem__("layers"), "expected the group 'layers'"),
    "no weight": (lambda file: file.__delitem__(PLACE), "expected the array 'embedding/vars/0'"),
    "a group for a weight": (put_group, "expected the array"),
    "another shape": (lambda file: replace(file, np.zeros((9, 3), "f4")), r"got \[\(9, 3\)"),
    "more dimensions": (lambda file: replace(file, np.zeros((10, 3, 1), "f4")), r"got \[\(10, 3, 1\)"),
    "whole numbers": (lambda file: replace(file, np.zeros((10, 3), "i4")), "floating-point weights"),
    "no finite number": (lambda file: replace(file, np.full((10, 3), np.nan, "f4")), "no finite numbers"),
    "compressed": (lambda file: replace(file, np.ones((10, 3), "f4"), compression="gzip"), "not compressed"),
    "a soft link": (lambda file: link(file, h5py.SoftLink("/elsewhere")), "expected the array"),
    "an external link": (lambda file: link(file, h5py.ExternalLink("x.h5", "/a")), "expected the array"),
    "never written": (set_unwritten, "not compressed"),
}  # fmt: skip


@pytest.mark.parametrize("name", WEIGHT_FORGERIES)
def test_forged_weights_are_refused(keras_bytes, tmp_path, name):
    change, message = WEIGHT_FORGERIES[name]
    path = tmp_path / "forged.keras"
    change_weights(path, keras_bytes, change)
    expect_refusal(path, message)


@pytest.mark.parametrize("name", DESCRIBED)
def test_a_hostile_description_is_refused(foreign_path, keras_bytes, tmp_path, name):
    """Each that is known of .h5 files; nothing of it is run, read or fetched."""
    path = tmp_path / "hostile.keras"
    with watch_canary(tmp_path) as canary:
        ATTACKS[name](foreign_path, canary)
        with h5py.File(foreign_path) as file:
            repack(path, keras_bytes, {"config.json": file.attrs["model_config"].encode()})
        if name in HARMLESS:
            load_model_file(path)
        else:
            expect_refusal(path, ".")
        canary.check()


def flag_encrypted(content: bytes) -> bytes:
    """Set the first bit of the flags of every entry in the list of members."""
    changed = bytearray(content)
    start = 0
    while (start := changed.find(b"PK\1\2", start)) >= 0:
        changed[start + 8] |= 1
        start += 4
    return bytes(changed)


def declare_size(content: bytes, size: int) -> bytes:
    """Let the list of members say another size, unfolded, of all of them."""
    changed = bytearray(content)
    start = 0
    while (start := changed.find(b"PK\1\2", start)) >= 0:
        changed[start + 24 : start + 28] = size.to_bytes(4, "little")
        start += 4
    return bytes(changed)


def change(name: str, data: bytes | None) -> Callable[[Path, bytes], None]:
    return lambda path, content: repack(path, content, {name: data})


def compress(compression: int) -> Callable[[Path, bytes], None]:
    return lambda path, content: repack(path, content, compression=compression)


def write(make: Callable[[bytes], bytes]) -> Callable[[Path, bytes], None]:
    def forge(path: Path, content: bytes) -> None:
        path.write_bytes(make(content))

    return forge


def move_weights(path: Path, content: bytes) -> None:
    repack(path, content, {WEIGHTS: None, f"../{WEIGHTS}": read_member(content, WEIGHTS), f"/{WEIGHTS}": b""})


def write_many(path: Path, content: bytes) -> None:
    repack(path, content, {f"assets/{number}": b"" for number in range(30_000)})


def write_arrays(path: Path, _: bytes) -> None:
    np.savez(path.with_suffix(".npz"), a=np.ones(3))
    path.with_suffix(".npz").rename(path)


def write_bomb(name: str) -> Callable[[Path, bytes], None]:
    """Let a member of zeros take a thousandth of its size."""

    def forge(path: Path, content: bytes) -> None:
        repack(path, content, {name: None})
        with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive, archive.open(name, "w") as member:
            for _ in range(64):
                member.write(bytes(2**20))

    return forge


ARCHIVE_FORGERIES = {
    "no description": (change("config.json", None), "expected config.json"),
    "no metadata": (change("metadata.json", None), "expected metadata.json"),
    "no weights": (change(WEIGHTS, None), f"expected {WEIGHTS}"),
    "another metadata": (change("metadata.json", b"[]"), "which Keras wrote"),
    "no version": (change("metadata.json", b'{"keras_version": 3}'), "which Keras wrote"),
    "metadata that is no JSON": (change("metadata.json", b"{"), "no .keras file that we read"),
    "deep JSON": (change("config.json", b"[" * 90_000), "64 levels"),
    "weights that are no HDF5": (change(WEIGHTS, b"x" * 999), "no readable"),
    "weights that are a zip": (change(WEIGHTS, b"PK\3\4" * 999), "no readable"),
    "paths upwards": (move_weights, f"expected {WEIGHTS}"),
    "encrypted": (write(flag_encrypted), "encrypted"),
    "bzip2": (compress(zipfile.ZIP_BZIP2), "another way than deflate"),
    "lzma": (compress(zipfile.ZIP_LZMA), "another way than deflate"),
    "a size too large": (write(lambda content: declare_size(content, 2**32 - 2)), "would unfold to 4,294,967,294"),
    "a size too small": (write(lambda content: declare_size(content, 1)), "no .keras file that we read"),
    "thousands of members": (write_many, "list of members is longer"),
    "cut off": (write(lambda content: content[:-40]), "no .keras file that we read"),
    "the beginning alone": (write(lambda content: content[:4]), "no .keras file that we read"),
    "another archive": (write_arrays, "expected metadata.json"),
    "a bomb for a description": (write_bomb("config.json"), "config.json would unfold to"),
    "a bomb for weights": (write_bomb(WEIGHTS), "would unfold to"),
    "a bomb for nothing": (write_bomb("assets/x"), None),
}


@pytest.mark.parametrize("name", ARCHIVE_FORGERIES)
def test_a_forged_archive_is_refused_soon(keras_bytes, tmp_path, name):
    forge, message = ARCHIVE_FORGERIES[name]
    path = tmp_path / "forged.keras"
    forge(path, keras_bytes)
    start = time.process_time()
    if message is None:
        load_model_file(path)  # what nothing reads does no harm
    else:
        expect_refusal(path, message)
    assert time.process_time() - start < 2


def test_nothing_is_left_behind(keras_bytes, tmp_path, monkeypatch):
    """Neither of a sound file nor of a refused one."""
    unpacked = tmp_path / "unpacked"
    unpacked.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(unpacked))
    path = tmp_path / "model.keras"
    path.write_bytes(keras_bytes)
    load_model_file(path)
    repack(path, keras_bytes, {WEIGHTS: b"x" * 999})
    expect_refusal(path, "no readable")
    assert not list(unpacked.iterdir())


@given(st.data())
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_file_does_anything_but_open_or_be_refused(keras_bytes, tmp_path, data):
    """Bytes changed in the archive or in its HDF5, and any value in the place of any part of its description."""
    path = tmp_path / "spoilt.keras"
    what = data.draw(st.sampled_from(["archive", "weights", "description"]))
    if what == "archive":
        path.write_bytes(data.draw(spoilt_bytes(keras_bytes)))
    elif what == "weights":
        repack(path, keras_bytes, {WEIGHTS: data.draw(spoilt_bytes(read_member(keras_bytes, WEIGHTS)))})
    else:
        description = json.loads(read_member(keras_bytes, "config.json"))
        repack(path, keras_bytes, {"config.json": json.dumps(data.draw(spoilt_structures(description))).encode()})
    try:
        model = load_model_file(path)
    except ModelFileError:
        expect_refusal(path, ".")  # in one line or two, with the file's name
        return
    assert all(np.isfinite(weight).all() for weight in model.weights)
