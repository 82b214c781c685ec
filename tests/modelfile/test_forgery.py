"""A model file that someone made to harm, or that plain Keras fills with more than numbers, is refused."""

from __future__ import annotations

import json
from typing import Any

import h5py
import numpy as np
import pytest
from model_files import expect_refusal, read_config, save

pytestmark = pytest.mark.usefixtures("keras_started")


def drop(file: h5py.File, name: str) -> None:
    del file[name]


def put(file: h5py.File, name: str, value: Any) -> None:
    if name in file:
        del file[name]
    file[name] = value


def put_text(file: h5py.File, name: str, text: str) -> None:
    put(file, f"lstm_cli/{name}", np.frombuffer(text.encode(), dtype=np.uint8))


def move_away(file: h5py.File, name: str, link: Any) -> None:
    """Put a link in the place of what stands at `name`, which stays in the file under another name."""
    file.move(name, "elsewhere")
    file[name] = link


def make_virtual(file: h5py.File, name: str) -> None:
    dataset = file[name]
    layout = h5py.VirtualLayout(shape=dataset.shape, dtype=dataset.dtype)
    layout[...] = h5py.VirtualSource(dataset)
    file.move(name, "elsewhere")
    file.create_virtual_dataset(name, layout)


def make_external(file: h5py.File, name: str) -> None:
    dataset = file[name]
    shape, dtype = dataset.shape, dataset.dtype
    del file[name]
    file.create_dataset(name, shape=shape, dtype=dtype, external=[("/etc/hostname", 0, h5py.h5f.UNLIMITED)])


def make_unwritten(file: h5py.File, name: str, **options: Any) -> None:
    dataset = file[name]
    shape, dtype = dataset.shape, dataset.dtype
    del file[name]
    file.create_dataset(name, shape=shape, dtype=dtype, **options)


def replace_by_group(file: h5py.File, name: str) -> None:
    del file[name]
    file.create_group(name)


def compress(file: h5py.File, name: str) -> None:
    del file[name]
    file.create_dataset(name, data=np.ones((10, 3)), compression="gzip")


def set_version(file: h5py.File, version: Any) -> None:
    file["lstm_cli"].attrs["format_version"] = version


def set_nan(file: h5py.File, name: str) -> None:
    file[name][0, 0] = np.nan


def edit(file: h5py.File, name: str, **values: Any) -> None:
    described = json.loads(bytes(file[f"lstm_cli/{name}"][()]))
    put_text(file, name, json.dumps(described | values))


def put_classes(file: h5py.File, names: list[Any], spellings: dict[str, int]) -> None:
    put_text(file, "classes", json.dumps({"names": names, "spellings": spellings, "threshold": 0.5}))


def edit_config(file: h5py.File, **data: Any) -> None:
    settings = json.loads(bytes(file["lstm_cli/config"][()]))
    settings["data"] |= data
    put_text(file, "config", json.dumps(settings))


def find_weight(file: h5py.File) -> str:
    """Return where Keras keeps the embedding; the model's name is part of it."""
    return f"model_weights/embedding/{file['model_weights/embedding'].attrs['weight_names'][0]}"


FORGERIES = {
    "another version": (lambda file: set_version(file, 5), "another version"),
    "an ensemble of one": (lambda file: set_version(file, 4), "not as many members"),
    "no version": (lambda file: file["lstm_cli"].attrs.__delitem__("format_version"), "another version"),
    "many versions": (lambda file: set_version(file, [1, 1]), "another version"),
    "no config": (lambda file: drop(file, "lstm_cli/config"), "expected the array 'config'"),
    "no vocabulary": (lambda file: drop(file, "lstm_cli/vocabulary"), "expected the array 'vocabulary'"),
    "no encoder": (lambda file: drop(file, "lstm_cli/encoder"), "expected the array 'encoder'"),
    "no classes": (lambda file: drop(file, "lstm_cli/classes"), "expected the array 'classes'"),
    "no fingerprints": (lambda file: drop(file, "lstm_cli/seen_texts"), "expected the array 'seen_texts'"),
    "no provenance": (lambda file: drop(file, "lstm_cli/provenance"), "expected the array 'provenance'"),
    "no weights": (lambda file: drop(file, "model_weights"), "expected the group 'model_weights'"),
    "no weight": (lambda file: drop(file, find_weight(file)), "expected the array"),
    "no names": (lambda file: file["model_weights"].attrs.__delitem__("layer_names"), "lists no layer_names"),
    "a number for names": (lambda file: file["model_weights"].attrs.__setitem__("layer_names", 3), "no readable"),
    "a group for a weight": (lambda file: replace_by_group(file, find_weight(file)), "expected the array"),
    "a weight for a group": (lambda file: put(file, "model_weights", 3), "expected the group|lists no"),
    "numbers for text": (lambda file: put(file, "lstm_cli/config", np.zeros(3)), "expected text, got float64"),
    "a table for text": (
        lambda file: put(file, "lstm_cli/config", np.zeros((2, 2), np.uint8)), r"expected text, got uint8\[2, 2\]"
    ),
    "no JSON": (lambda file: put_text(file, "config", "{"), "Expecting property name"),
    "deep JSON": (lambda file: put_text(file, "config", "[" * 100_000), "JSON of at most 64 levels"),
    "another JSON": (lambda file: put_text(file, "config", "[]"), "its configuration"),
    "an unknown key": (lambda file: edit_config(file, secret=1), "data.secret: unknown key"),
    "a NaN": (lambda file: edit_config(file, test_split=float("nan")), "expected a finite number"),
    "no UTF-8": (lambda file: put(file, "lstm_cli/vocabulary", np.full(3, 255, np.uint8)), "can't decode byte"),
    "too many words": (lambda file: put_text(file, "vocabulary", "a\n" * 8 + "b"), "not that of its"),
    "far too many words": (lambda file: put_text(file, "vocabulary", "a\n" * 10), "larger than the 10 of its"),
    "another encoder": (lambda file: put_text(file, "encoder", '{"secret": 1}'), "does not say how it encodes"),
    "another tokenizer": (lambda file: edit(file, "encoder", tokenizer={}), "does not say how it splits"),
    "a tokenizer of the future": (
        lambda file: edit(file, "encoder", tokenizer={"name": "words", "version": 99, "settings": {}}),
        "the tokenizer 'words', version 99, which is not here",
    ),
    "settings that no tokenizer has": (
        lambda file: edit(file, "encoder", tokenizer={"name": "words", "version": 1, "settings": []}),
        "does not say how it splits",
    ),
    "another maxlen": (lambda file: edit(file, "encoder", maxlen=7), "not that of its configuration"),
    "a maxlen past all bounds": (lambda file: edit(file, "encoder", maxlen=10**9), "not that of its"),
    "padding on no side": (lambda file: edit(file, "encoder", padding="both"), "does not say how it encodes"),
    "padding that is a word": (
        lambda file: edit(file, "encoder", special={"pad": 5, "start": 1, "unknown": 2, "first_word": 3}),
        "an index that is none of its own",
    ),
    "a special index below 0": (
        lambda file: edit(file, "encoder", special={"pad": 0, "start": -1, "unknown": 2, "first_word": 3}),
        "an index that is none of its own",
    ),
    "special indices of text": (
        lambda file: edit(file, "encoder", special={"pad": "0", "start": 1, "unknown": 2, "first_word": 3}),
        "cannot be read",
    ),
    "words past the embedding": (
        lambda file: edit(file, "encoder", special={"pad": 0, "start": 1, "unknown": 2, "first_word": 4}),
        "not that of its configuration",
    ),
    "one class": (lambda file: put_classes(file, ["a"], {}), "no two different names"),
    "two classes of one name": (lambda file: put_classes(file, ["a", "a"], {}), "no two different names"),
    "a class without a name": (lambda file: put_classes(file, ["a", ""], {}), "no two different names"),
    "classes of numbers": (lambda file: put_classes(file, [1, 2], {}), "its classes cannot be read"),
    "a spelling of no class": (lambda file: put_classes(file, ["a", "b"], {"x": 2}), "spelled for classes"),
    "more classes than outputs": (lambda file: put_classes(file, ["a", "b", "c"], {}), "weights of the shapes"),
    "no threshold": (
        lambda file: put_text(file, "classes", '{"names": ["a", "b"], "spellings": {}}'), "no threshold between"
    ),
    "a threshold past all bounds": (lambda file: edit(file, "classes", threshold=1.5), "no threshold between"),
    "half a fingerprint": (
        lambda file: put(file, "lstm_cli/seen_texts", np.zeros(20, np.uint8)), "fingerprints of its training"
    ),
    "no salt": (
        lambda file: put(file, "lstm_cli/seen_texts", np.zeros(9, np.uint8)), "fingerprints of its training"
    ),
    "fingerprints of nothing": (
        lambda file: put(file, "lstm_cli/seen_texts", np.full(25, 255, np.uint8)), "fingerprints of its training"
    ),
    "another provenance": (lambda file: put_text(file, "provenance", '{"secret": 1}'), "where it comes from"),
    "a larger vocabulary": (lambda file: edit_config(file, num_words=11), r"shapes \[\(11, 3\).* got \[\(10, 3\)"),
    "another shape": (
        lambda file: put(file, find_weight(file), np.zeros((10, 4), np.float32)), r"got \[\(10, 4\)"
    ),
    "integers": (
        lambda file: put(file, find_weight(file), np.zeros((10, 3), np.int32)), "expected floating-point weights"
    ),
    "objects": (
        lambda file: put(file, find_weight(file), np.full((10, 3), "x", h5py.string_dtype())), "written out"
    ),
    "not a number": (lambda file: set_nan(file, find_weight(file)), "no finite numbers"),
    "too large a number": (
        lambda file: put(file, find_weight(file), np.full((10, 3), 1e300)), "no finite numbers"
    ),
    "a soft link": (
        lambda file: move_away(file, find_weight(file), h5py.SoftLink("/elsewhere")), "expected the array"
    ),
    "a soft link for a group": (
        lambda file: move_away(file, "model_weights", h5py.SoftLink("/elsewhere")), "expected the group"
    ),
    "a soft link for ours": (
        lambda file: move_away(file, "lstm_cli", h5py.SoftLink("/elsewhere")), "expected the group"
    ),
    "an external link": (
        lambda file: move_away(file, find_weight(file), h5py.ExternalLink("x", "/elsewhere")), "expected the array"
    ),
    "an external link for ours": (
        lambda file: move_away(file, "lstm_cli", h5py.ExternalLink("model.h5", "/elsewhere")), "expected the group"
    ),
    "virtual data": (lambda file: make_virtual(file, find_weight(file)), "in the file itself"),
    "external data": (lambda file: make_external(file, find_weight(file)), "in the file itself"),
    "unwritten data": (lambda file: make_unwritten(file, find_weight(file)), "written out"),
    "unwritten chunks": (lambda file: make_unwritten(file, find_weight(file), chunks=(1, 1)), "written out"),
    "unwritten text": (lambda file: make_unwritten(file, "lstm_cli/vocabulary", chunks=(1,)), "written out"),
    "compressed data": (
        lambda file: compress(file, find_weight(file)), "not compressed",
    ),
    "an empty name": (
        lambda file: file["model_weights/embedding"].attrs.__setitem__("weight_names", [b""]), "expected the array"
    ),
    "a name upwards": (
        lambda file: file["model_weights/embedding"].attrs.__setitem__("weight_names", [b"../../lstm_cli/config"]),
        "expected the array",
    ),
    "endless names": (
        lambda file: file["model_weights/embedding"].attrs.__setitem__(
            "weight_names", [file["model_weights/embedding"].attrs["weight_names"][0]] * 2_001
        ),
        "more than 2000 weight arrays",
    ),
}  # fmt: skip


class TestForgery:
    """Files that are sound HDF5, made by someone who knows ours: no checksum stands in the way."""

    @pytest.mark.parametrize("name", FORGERIES)
    def test_it_is_refused(self, model_path, name):
        forge, message = FORGERIES[name]
        with h5py.File(model_path, "a") as file:
            forge(file)
        expect_refusal(model_path, message)

    def test_a_small_model_file_cannot_ask_for_much_memory(self, tmp_path):
        """A vocabulary of 10 million words, 16,384 numbers each, in a file of a few thousand bytes."""
        path = tmp_path / "model.h5"
        save(path)
        settings = {"embedding": {"output_dim": 16_384}, "recurrent": [{"cell": "gru", "units": 2}]}
        config = read_config(**settings)
        with h5py.File(path, "a") as file:
            put_text(file, "config", config.model_dump_json())
            edit_config(file, num_words=10_000_000)
            name = find_weight(file)
            drop(file, name)
            file.create_dataset(name, shape=(10_000_000, 16_384), dtype="f4", chunks=(1000, 64))
        assert path.stat().st_size < 100_000
        expect_refusal(path, "written out")

    def test_a_small_model_file_cannot_have_one_array_sent_many_times(self, tmp_path):
        """What is read may be no more than twice what the file holds."""
        path = tmp_path / "model.h5"
        save(path, config=read_config(embedding={"output_dim": 64}, recurrent=[{"cell": "gru", "units": 2}]))
        with h5py.File(path, "a") as file:
            names = file["model_weights/embedding"].attrs
            names["weight_names"] = [names["weight_names"][0]] * 1_900
        expect_refusal(path, "its weights are too large")
