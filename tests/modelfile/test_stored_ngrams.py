"""A model file holds what n-grams say, by hashes, and is refused where that cannot be a network's to read."""

from __future__ import annotations

import json

import h5py
import numpy as np
import pytest
from model_files import expect_refusal, learn, read_config, reseal, save

from lstm_cli.classes import SENTIMENT
from lstm_cli.modelfile.shapes import measure_model
from lstm_cli.modelfile.stored_model import load_model_file

pytestmark = pytest.mark.usefixtures("keras_started")

CONFIG = read_config(logit_skip=True)


@pytest.fixture(scope="module")
def model_bytes(tmp_path_factory, keras_started):  # noqa: ARG001 - it must have been
    path = tmp_path_factory.mktemp("ngrams") / "model.h5"
    save(path, CONFIG)
    return path.read_bytes()


@pytest.fixture
def path(tmp_path, model_bytes):
    path = tmp_path / "model.h5"
    path.write_bytes(model_bytes)
    return path


def put(file, name, content):
    del file[f"lstm_cli/{name}"]
    file[f"lstm_cli/{name}"] = np.frombuffer(content, np.uint8)


def edit(file, change):
    described = json.loads(bytes(file["lstm_cli/ngrams"][()]))
    change(described)
    put(file, "ngrams", json.dumps(described).encode())


def edit_settings(file, **ngrams):
    settings = json.loads(bytes(file["lstm_cli/config"][()]))
    settings["data"]["ngrams"] |= ngrams
    put(file, "config", json.dumps(settings).encode())


def overwrite(file, place, value):
    """Write a value over the tables' bytes, at a place counted from their end where it is below 0."""
    content = bytearray(file["lstm_cli/ngram_tables"][()])
    start = place % len(content)
    content[start : start + value.nbytes] = value.tobytes()
    put(file, "ngram_tables", bytes(content))


def test_it_comes_back_as_it_was_written_and_without_it_the_format_is_that_of_before(path, tmp_path):
    tables, found = learn(CONFIG), load_model_file(path).encoder.ngrams
    assert found.dump() == tables.dump()
    assert found.describe() == tables.describe()
    assert len(found.dump()) == sum(map(len, tables.keys)) * 12
    save(tmp_path / "plain.h5")
    versions = []
    for one in (path, tmp_path / "plain.h5"):
        with h5py.File(one) as file:
            versions.append(int(file["lstm_cli"].attrs["format_version"]))
    assert versions == [3, 2]


def save_ensemble(path):
    from lstm_cli.models.builder import build_ensemble

    config = CONFIG.model_copy(update={"training": CONFIG.training.model_copy(update={"ensemble": 2})})
    sizes = measure_model(config, classes=SENTIMENT)
    model = build_ensemble(config.model, members=2, sizes=sizes, maxlen=config.data.maxlen)
    model.compile(loss="binary_crossentropy")
    save(path, config, model=model)


@pytest.mark.parametrize("is_of_several", [False, True])
@pytest.mark.parametrize("is_sealed", [True, False])
def test_it_comes_back_with_a_seal_and_through_the_child_without_one(path, is_sealed, is_of_several):
    if is_of_several:
        save_ensemble(path)
    if not is_sealed:
        with h5py.File(path, "r+") as file:
            file.flush()
            end = file.id.get_filesize()
        path.write_bytes(path.read_bytes()[:end])
    assert load_model_file(path).encoder.ngrams.dump() == learn(CONFIG).dump()


_NAN, _HUGE = np.float16("nan"), np.float16("inf")
FORGERIES = {
    "no tables": (lambda file: file.__delitem__("lstm_cli/ngram_tables"), "expected the array 'ngram_tables'"),
    "no description": (lambda file: file.__delitem__("lstm_cli/ngrams"), "expected the array 'ngrams'"),
    "a table too short": (lambda file: put(file, "ngram_tables", bytes(11)), "not as many as it says"),
    "no JSON": (lambda file: put(file, "ngrams", b"{"), "Expecting property name"),
    "another JSON": (lambda file: put(file, "ngrams", b"[]"), "not as many as it says"),
    "more than all bounds": (
        lambda file: edit(file, lambda one: one["counts"].__setitem__(0, 2**62)), "not as many as it says"
    ),
    "fewer than nothing": (lambda file: edit(file, lambda one: one["counts"].__setitem__(0, -1)), "not as many"),
    "an unknown key": (lambda file: edit(file, lambda one: one.update(secret=1)), "what it knows of n-grams"),
    "an unknown channel": (
        lambda file: edit(file, lambda one: one.update(channels=["weight", "secret"])), "what it knows of n-grams"
    ),
    "no pattern": (lambda file: edit(file, lambda one: one["patterns"].__setitem__(0, "y")), "what it knows of"),
    "an intercept of text": (lambda file: edit(file, lambda one: one.update(intercepts=["0"])), "what it knows"),
    "keys out of order": (lambda file: overwrite(file, 0, np.uint64(2**64 - 1)), "not sorted"),
    "a weight that is none": (lambda file: overwrite(file, -2, _NAN), "no finite numbers"),
    "an endless weight": (lambda file: overwrite(file, -2, _HUGE), "no finite numbers"),
    "other patterns than its settings": (
        lambda file: edit_settings(file, patterns=["x", "xx", "xxx", "xxxx", "x__x"]), "not those of its config"
    ),
    "other channels than its settings": (
        lambda file: edit_settings(file, channels=["weight"]), "not those of its configuration"
    ),
    "settings without n-grams": (
        lambda file: file["lstm_cli"].attrs.__setitem__("format_version", 2), "not those of its configuration"
    ),
}  # fmt: skip


@pytest.mark.parametrize("is_sealed", [True, False])
@pytest.mark.parametrize(("forge", "message"), FORGERIES.values(), ids=FORGERIES)
def test_it_is_refused(path, forge, message, is_sealed):
    with h5py.File(path, "r+") as file:
        forge(file)
    if is_sealed:
        reseal(path)
    expect_refusal(path, message)
