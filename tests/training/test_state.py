"""The state: bit for bit, or passed over."""

from __future__ import annotations

import hashlib
import io
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_cli.config import check_config
from lstm_cli.errors import OutputError, TrainingError
from lstm_cli.history import History
from lstm_cli.training.state import (
    TrainingState,
    discard_newest,
    list_changes,
    load_state,
    parse_state,
    restore_state,
    save_state,
    take_state,
)


def _make_state(epochs: int) -> TrainingState:
    history = History({"loss": tuple(0.1 * epoch for epoch in range(epochs))} if epochs else {})
    rng = np.random.default_rng(epochs)
    variables = (
        rng.normal(size=(3, 2)).astype(np.float32),
        np.array([2**32 - 1, epochs], dtype=np.uint32),
        np.array(2**40 + epochs, dtype=np.int64),
        np.zeros((0, 4), dtype=np.float32),
    )
    return TrainingState(history=history, variables=variables)


def _assert_equal(state: TrainingState, expected: TrainingState) -> None:
    assert state.history == expected.history
    assert [variable.dtype for variable in state.variables] == [item.dtype for item in expected.variables]
    assert [variable.shape for variable in state.variables] == [item.shape for item in expected.variables]
    assert [variable.tobytes() for variable in state.variables] == [item.tobytes() for item in expected.variables]


@pytest.mark.parametrize("epochs", [0, 1, 500])
def test_a_state_is_read_back_bit_for_bit(epochs, tmp_path):
    save_state(tmp_path, _make_state(epochs))
    state, is_newest = load_state(tmp_path)
    assert is_newest
    _assert_equal(state, _make_state(epochs))


def test_two_generations_are_kept_and_the_newest_is_read(tmp_path):
    for epochs in (1, 2, 3):
        save_state(tmp_path, _make_state(epochs))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["newest.state", "previous.state"]
    _assert_equal(load_state(tmp_path)[0], _make_state(3))
    (tmp_path / "newest.state").unlink()  # as after a power cut between the two renamings
    state, is_newest = load_state(tmp_path)
    assert not is_newest
    _assert_equal(state, _make_state(2))


def _build_keras_model(units: int = 2, *, steps: int = 0):
    """Build a model that has dropout and an optimiser which has taken so many steps."""
    import keras

    model = keras.Sequential([keras.Input((3,)), keras.layers.Dropout(0.5), keras.layers.Dense(units)])
    model.compile(optimizer=keras.optimizers.Adam(), loss="mean_squared_error")
    model.optimizer.build(model.trainable_variables)
    for _ in range(steps):
        model.train_on_batch(np.ones((4, 3)), np.ones((4, units)))
    return model


@pytest.mark.usefixtures("keras_started")
def test_a_model_and_its_optimiser_are_put_where_the_state_was_taken():
    history, config = (
        History({"loss": (0.5,)}),
        check_config({"model": {"recurrent": [{"cell": "gru", "units": 2}]}}, source="test"),
    )
    model, other = _build_keras_model(steps=2), _build_keras_model(steps=1)
    state = take_state(model, history=history, config=config)
    assert (state.history, state.config) == (history, config.model_dump(mode="json"))
    # A kernel, a bias and dropout's generator; the steps, the rate and two moments of both weights.
    assert len(state.variables) == 3 + 6
    assert int(other.optimizer.iterations) == 1
    restore_state(other, state)
    _assert_equal(take_state(other, history=history, config=config), state)
    assert int(other.optimizer.iterations) == 2


@pytest.mark.usefixtures("keras_started")
@pytest.mark.parametrize("units", [1, 3])
def test_the_state_of_another_model_is_refused_and_changes_nothing(units):
    config = check_config({"model": {"recurrent": [{"cell": "gru", "units": 2}]}}, source="test")
    state = take_state(_build_keras_model(steps=1), history=History(), config=config)
    model = _build_keras_model(units=units)
    before = take_state(model, history=History(), config=config)
    with pytest.raises(TrainingError, match=r"of another model than config\.yaml describes"):
        restore_state(model, state)
    _assert_equal(take_state(model, history=History(), config=config), before)


@given(data=st.data())
def test_a_damaged_state_is_passed_over_wherever_the_damage_is(data, tmp_path_factory):
    folder = tmp_path_factory.mktemp("state")
    save_state(folder, _make_state(1))
    save_state(folder, _make_state(2))
    newest = folder / "newest.state"
    content = bytearray(newest.read_bytes())
    position = data.draw(st.integers(0, len(content) - 1))
    if data.draw(st.booleans()):
        content[position] ^= data.draw(st.integers(1, 255))
    else:
        del content[position:]
    newest.write_bytes(content)
    state, is_newest = load_state(folder)
    assert not is_newest
    _assert_equal(state, _make_state(1))


def test_a_folder_without_a_whole_state_is_an_error_that_says_what_to_do(tmp_path):
    with pytest.raises(TrainingError, match=r"holds no whole state to go on from\. Train anew"):
        load_state(tmp_path)
    (tmp_path / "newest.state").write_bytes(b"")
    (tmp_path / "previous.state").write_bytes(b"x" * 100)
    with pytest.raises(TrainingError, match="holds no whole state"):
        load_state(tmp_path)


def test_a_pickle_inside_a_state_is_never_run(tmp_path):
    class Bomb:
        """Leaves a file where it is unpickled."""

        def __reduce__(self):
            return Path.touch, (tmp_path / "exploded",)

    content = io.BytesIO()
    np.savez(content, history=np.array([Bomb()], dtype=object))
    digest = hashlib.sha256(content.getvalue()).digest()
    (tmp_path / "newest.state").write_bytes(digest + content.getvalue())
    with pytest.raises(TrainingError, match="no whole state"):
        load_state(tmp_path)
    assert not (tmp_path / "exploded").exists()


def dump(*, compressed=False, **content) -> bytes:
    """Some JSON as a state's file would hold it, with a checksum that is right."""
    file = io.BytesIO()
    arrays = {name: np.frombuffer(json.dumps(value).encode(), np.uint8) for name, value in content.items()}
    (np.savez_compressed if compressed else np.savez)(file, **arrays)
    return hashlib.sha256(file.getvalue()).digest() + file.getvalue()


@pytest.mark.parametrize("losses", [[], [0.5, 0.25]])
def test_a_state_of_before_there_were_settings_in_it_is_read(losses):
    state = parse_state(dump(history={"loss": losses}))
    assert (state.history, state.variables, state.config) == (History({"loss": tuple(losses)}), (), {})


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"config": {}},
        {"history": [["loss", [0.5]]]},
        {"history": {"loss": 0.5}},
        {"history": {"loss": ["low"]}},
        {"history": {"loss": [0.5], "accuracy": []}},
        {"history": {}, "config": []},
        {"history": {}, "config": None},
        {"history": {"loss": [0.5]}, "compressed": True},
    ],
    ids=str,
)
def test_what_has_a_sound_checksum_and_is_no_state_is_none(content):
    """As someone makes it who knows how to; what is compressed could unfold to more than the memory holds."""
    assert parse_state(dump(**content)) is None


def test_a_damaged_state_that_cannot_be_removed_is_an_error_that_names_it(tmp_path):
    discard_newest(tmp_path)  # nothing there
    (tmp_path / "newest.state").mkdir()
    with pytest.raises(OutputError, match=r"^Cannot remove the damaged .*newest\.state: \w+"):
        discard_newest(tmp_path)


def test_a_state_that_cannot_be_written_leaves_the_one_before(tmp_path, monkeypatch):
    save_state(tmp_path, _make_state(1))

    def fill_disk(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", fill_disk)
    with pytest.raises(OutputError, match="No space left on device"):
        save_state(tmp_path, _make_state(2))
    state, is_newest = load_state(tmp_path)
    assert is_newest
    _assert_equal(state, _make_state(1))
    assert [path.name for path in tmp_path.iterdir()] == ["newest.state"]


def test_a_damaged_newest_state_never_takes_the_place_of_the_sound_one(tmp_path, monkeypatch):
    """A kill between the two renamings of the next state leaves only what stands at `previous`."""
    save_state(tmp_path, _make_state(1))
    save_state(tmp_path, _make_state(2))
    (tmp_path / "newest.state").write_bytes(b"damaged")
    assert not load_state(tmp_path)[1]
    discard_newest(tmp_path)
    replace = Path.replace

    def die(self, target):
        if Path(target).name == "newest.state":
            raise KeyboardInterrupt
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", die)
    with pytest.raises(KeyboardInterrupt):
        save_state(tmp_path, _make_state(2))
    _assert_equal(load_state(tmp_path)[0], _make_state(1))


def test_settings_that_changed_are_named_but_for_the_epochs_and_the_place_of_the_reviews():
    model = {"recurrent": [{"cell": "gru", "units": 2}]}

    def build(**training):
        return check_config({"data": {"dataset": "imdb"}, "model": model, "training": training}, source="test")

    kept = build(seed=1, epochs=3).model_dump(mode="json")
    assert list_changes(kept, build(seed=1, epochs=9)) == []
    moved = check_config({"data": {"dataset": "a.csv"}, "model": model, "training": {"seed": 1}}, source="test")
    assert list_changes(kept, moved) == []
    assert list_changes(kept, build(seed=2, early_stopping=None)) == ["training.early_stopping", "training.seed"]
    kept["model"]["recurrent"][0]["units"] = 3
    assert list_changes(kept, build(seed=1)) == ["model.recurrent[0].units"]
    del kept["training"]["seed"]  # of a version that had no such setting
    kept["training"]["mood"] = "good"  # of a later one
    assert list_changes(kept, build(seed=5)) == ["model.recurrent[0].units"]


def test_where_the_optimiser_counts_in_shares_of_the_epochs_these_are_a_change_too():
    def build(**training):
        model = {"recurrent": [{"cell": "gru", "units": 2}]}
        rate = {"name": "CosineDecay", "initial_learning_rate": 0.1, "decay_steps": 0.5}
        optimizer = {"name": "sgd", "learning_rate": rate}
        return check_config({"model": model, "training": training | {"optimizer": optimizer}}, source="test")

    assert list_changes(build(epochs=3).model_dump(mode="json"), build(epochs=9)) == ["training.epochs"]


@pytest.mark.parametrize(
    ("section", "key", "kept", "now"),
    [
        ("training", "class_weight", {"negative": 2.0}, {"positive": 2.0}),
        ("training", "class_weight", {"negative": 2.0}, {"negative": 2.0, "positive": 1.5}),
        ("data", "classes", {"bad": ["1"], "good": ["5"]}, {"bad": ["1"], "fair": ["3"], "good": ["5"]}),
    ],
)
def test_names_of_classes_are_no_settings_of_another_version(section, key, kept, now):
    """A name that only one side has is a change, too."""
    settings = {"model": {"recurrent": [{"cell": "gru", "units": 2}]}}
    before, after = (check_config(settings | {section: {key: value}}, source="test") for value in (kept, now))
    assert list_changes(before.model_dump(mode="json"), after) == [f"{section}.{key}"]
    assert list_changes(before.model_dump(mode="json"), before) == []


def test_a_layer_more_or_less_is_a_change_of_all_layers():
    layers = [{"cell": "gru", "units": units} for units in (2, 3)]
    one, two = (check_config({"model": {"recurrent": layers[:count]}}, source="test") for count in (1, 2))
    for kept, now in ((one, two), (two, one)):
        assert list_changes(kept.model_dump(mode="json"), now) == ["model.recurrent"]
