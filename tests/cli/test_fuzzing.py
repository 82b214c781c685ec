"""Whatever stands in a file or on a command line: a result or a clear error, no traceback, no wait without end.

Quick in the suite; `--hypothesis-profile=torture` makes it some ten thousand cases (docs/reliability.md).
"""

from __future__ import annotations

import csv
import faulthandler
import io
import json
import shutil

import h5py
import numpy as np
import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from model_files import reseal
from mutations import NUMBERS, TEXTS, VALUES, spoilt_bytes, spoilt_structures

from lstm_cli.config import SourceConfig, find_named_config, load_config
from lstm_cli.data.text_rows import open_text_rows
from lstm_cli.errors import DataError, HistoryError, LstmCliError, ModelFileError, TrainingError
from lstm_cli.history import load_history, save_history
from lstm_cli.modelfile import seal
from lstm_cli.modelfile.keras_description import read_keras_description
from lstm_cli.modelfile.seal import build_seal
from lstm_cli.modelfile.shapes import ModelSizes, list_weight_shapes
from lstm_cli.modelfile.stored_model import ForeignModel, StoredModel, load_model_file
from lstm_cli.text.tokenizers.words import split_words
from lstm_cli.training.run_folder import load_record
from lstm_cli.training.state import load_state

_CASES = settings.default.max_examples


def fuzz(share: float = 0.25, *, least: int = 10):
    """Settings of a test that takes this share of the profile's cases."""
    return settings(
        max_examples=max(least, int(_CASES * share)),
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow,
                               HealthCheck.data_too_large, HealthCheck.filter_too_much],
    )  # fmt: skip


def check_message(error: LstmCliError, *, longest: int = 2000) -> None:
    assert 0 < len(str(error)) < longest


@pytest.fixture(autouse=True)
def _no_wait_without_end():
    faulthandler.dump_traceback_later(3600 if _CASES > 1000 else 300, exit=True)
    yield
    faulthandler.cancel_dump_traceback_later()


@pytest.fixture
def expect(invoke):
    """A function: the exit codes that may come, and a command line → its result, which is no fault of ours."""

    def run(codes, *arguments, **options):
        result = invoke(*arguments, **options)
        assert result.exception is None or isinstance(result.exception, SystemExit)
        assert "Traceback" not in result.stderr
        assert "fault of lstm-cli" not in result.stderr, result.stderr
        assert result.exit_code in codes, (result.exit_code, result.stderr)
        assert (result.exit_code == 0) == ("Error: " not in result.stderr)
        assert len(result.stderr) < 50_000
        return result

    return run


GRU = find_named_config("gru").read_bytes()
SETTINGS = load_config(find_named_config("stacked-lstm")).model_dump(mode="json")
KEYS = [
    "data.maxlen", "data.dataset", "data.limit", "name", "model.recurrent", "model.recurrent[0].units",
    "model.recurrent[1].dropout", "model.dense", "model.pooling", "training.optimizer", "training.optimizer.name",
    "training.early_stopping", "training.epochs", "model.embedding.embeddings_regularizer.l2", "training",
]  # fmt: skip


class TestConfig:
    @fuzz()
    @given(text=spoilt_bytes(GRU))
    def test_yaml_text(self, expect, tmp_path, text):
        path = tmp_path / "fuzzed.yaml"
        path.write_bytes(text)
        expect({0, 2}, "lstm-config", "validate", path)

    @fuzz()
    @given(structure=spoilt_structures(SETTINGS) | VALUES)
    @example({"=": None})
    def test_structures(self, expect, tmp_path, structure):
        path = tmp_path / "fuzzed.yaml"
        path.write_text(yaml.safe_dump(structure, allow_unicode=False), encoding="utf-8")
        result = expect({0, 2}, "lstm-config", "validate", path)
        if result.exit_code == 0:
            printed = expect({0, 3}, "lstm-train", "-c", path, "--print-config")
            if printed.exit_code == 0:
                again = tmp_path / "again.yaml"
                again.write_text(printed.stdout, encoding="utf-8")
                assert load_config(again).model == load_config(path).model

    @fuzz()
    @given(
        overrides=st.lists(
            TEXTS | st.tuples(st.sampled_from(KEYS) | TEXTS, TEXTS | VALUES.map(json.dumps)).map("=".join),
            min_size=1,
            max_size=3,
        )
    )
    def test_overrides(self, expect, overrides):
        options = [word for override in overrides for word in ("--set", override)]
        expect({0, 2, 3}, "lstm-train", "-m", "gru", "--print-config", *options)


class TestSet:
    """Whatever stands behind `--set`, on every command that takes it."""

    @fuzz()
    @given(
        text=TEXTS
        | st.tuples(
            st.sampled_from(KEYS)
            | TEXTS
            | st.from_regex(r"model\.recurrent\[[0-9٣²]{1,6000}\]\.units", fullmatch=True),
            TEXTS | st.from_regex(r"[0-9]{1,6000}", fullmatch=True),
        ).map("=".join)
    )
    @example("data.limit=")
    def test_it_is_followed_or_refused(self, expect, foreign_path, text):
        expect({0, 2, 3}, "lstm-train", "-m", "gru", "--print-config", "--set", text)
        expect({0, 2, 3}, "lstm-sweep", "gru", "--print-config", "--set", text)
        # What is followed and names no numbering of words leaves the file without one.
        expect({2, 3, 4}, "lstm-predict", foreign_path, "a film", "--set", text)
        expect({2, 3, 4}, "lstm-eval", foreign_path, "--set", text)


HISTORY = {"loss": [0.7, 0.6], "accuracy": [0.5, 0.6], "val_loss": [0.7, None], "learning_rate": [1e-4, 1e-4]}
LOG = b"epoch,accuracy,loss,val_loss\r\n0,0.5,0.7,0.69\r\n1,0.6,0.6,NA\r\n"


class TestHistory:
    @fuzz()
    @given(
        text=spoilt_bytes(json.dumps(HISTORY).encode()) | spoilt_bytes(LOG) | spoilt_bytes(LOG.replace(b",", b";"))
    )
    def test_text(self, tmp_path, text):
        path = tmp_path / "history"
        path.write_bytes(text)
        try:
            history = load_history(path)
        except HistoryError as error:
            check_message(error)
            return
        save_history(tmp_path / "again.json", history)
        assert load_history(tmp_path / "again.json").epochs == history.epochs

    @fuzz(0.1)
    @given(
        structure=spoilt_structures(HISTORY) | st.dictionaries(TEXTS, st.lists(NUMBERS, max_size=4), max_size=4)
    )
    def test_a_figure_of_any_structure(self, expect, tmp_path, structure):
        path = tmp_path / "history.json"
        path.write_text(json.dumps(structure))
        expect({0, 2, 4}, "lstm-plot", path, "-o", tmp_path / "loss.svg")


def _write_rows(delimiter: str) -> bytes:
    text = io.StringIO(newline="")
    rows = [(f"a {word} film, the {number}th", number % 2) for number, word in enumerate(["good", "bad"] * 20)]
    csv.writer(text, delimiter=delimiter).writerows([("text", "label"), *rows])
    return text.getvalue().encode()


DATA = {
    ".csv": _write_rows(","),
    ".tsv": _write_rows("\t"),
    ".jsonl": b"".join(b'{"text": "film %d", "label": %d}\n' % (number, number % 2) for number in range(40)),
}
ROW = st.fixed_dictionaries({}, optional={"text": TEXTS | VALUES, "label": st.sampled_from([0, 1]) | VALUES})
ROWS = st.lists(ROW, min_size=1, max_size=30)


class TestData:
    @fuzz()
    @given(
        case=st.sampled_from(sorted(DATA)).flatmap(
            lambda suffix: st.tuples(st.just(suffix), spoilt_bytes(DATA[suffix]))
        )
    )
    def test_files(self, expect, tmp_path, case):
        suffix, content = case
        path = tmp_path / f"reviews{suffix}"
        path.write_bytes(content)
        expect({0, 3}, "lstm-train", "-m", "gru", "-d", path, "--dry-run")

    @fuzz()
    @given(rows=ROWS)
    def test_rows(self, expect, tmp_path, rows):
        path = tmp_path / "reviews.jsonl"
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        expect({0, 3}, "lstm-train", "-m", "gru", "-d", path, "--dry-run")

    @fuzz(0.15)
    @given(
        files=st.dictionaries(
            st.tuples(st.sampled_from(["train", "test", ""]), st.sampled_from(["pos", "neg", "unsup"]),
                      st.sampled_from(["a.txt", "b.txt", "c.txt", "ä.txt", "d.csv", ".txt"])),
            st.binary(max_size=20) | st.sampled_from([b"a good film", b"a bad film", b"the"]) | st.none(),
            max_size=14,
        )
    )  # fmt: skip
    def test_folders(self, expect, tmp_path, files):
        folder = tmp_path / "reviews"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for parts, content in files.items():
            path = folder.joinpath(*parts)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.mkdir() if content is None else path.write_bytes(content)
        expect({0, 3}, "lstm-train", "-m", "gru", "-d", folder, "--dry-run")

    @fuzz()
    @given(case=st.sampled_from([*sorted(DATA), ".txt", ".doc"]).flatmap(
        lambda suffix: st.tuples(st.just(suffix), spoilt_bytes(DATA.get(suffix, b"one\ntwo\n")))))  # fmt: skip
    def test_texts_to_predict(self, tmp_path, case):
        suffix, content = case
        path = tmp_path / f"reviews{suffix}"
        path.write_bytes(content)
        try:
            texts = [row.text or "" for row in open_text_rows(path, SourceConfig())]
        except DataError as error:
            check_message(error)
            return
        for text in texts:
            text.encode()
            split_words(text)


def check_model_file(path) -> None:
    """Open a model file: numbers that are finite, or a refusal in a line or two."""
    try:
        stored = load_model_file(path)
    except ModelFileError as error:
        check_message(error)
        return
    assert isinstance(stored, StoredModel | ForeignModel)
    assert all(np.isfinite(weight).all() for weight in stored.weights)


@pytest.fixture(scope="session")
def sealed(small_model_file, tmp_path_factory):
    """A small model file of ours: its HDF5, and the index of its seal."""
    path = tmp_path_factory.mktemp("sealed") / "model.h5"
    path.write_bytes(small_model_file)
    with path.open("rb") as file:
        encoded = seal.read_sealed_index(file, size=len(small_model_file))
    return small_model_file[: -len(encoded) - seal._LENGTH_SIZE - seal._SIZE], json.loads(encoded)


class TestModelFile:
    @fuzz(0.5)
    @given(data=st.data())
    def test_ours_with_a_right_seal(self, tmp_path, sealed, data):
        """Bytes of the HDF5, the list of the arrays, or both."""
        content, index = sealed
        if data.draw(st.booleans()):
            content = data.draw(spoilt_bytes(content))
        if data.draw(st.booleans()):
            index = data.draw(spoilt_structures(index))
        path = tmp_path / "model.h5"
        path.write_bytes(content + build_seal(content, index))
        check_model_file(path)

    @fuzz(0.2)
    @given(data=st.data())
    def test_ours_with_other_texts(self, tmp_path, small_model_file, data):
        """Configuration, vocabulary and provenance: as structures, as bytes."""
        path = tmp_path / "model.h5"
        path.write_bytes(small_model_file)
        with h5py.File(path, "a") as file:
            name = data.draw(st.sampled_from(["config", "provenance", "vocabulary"]))
            text = bytes(file[f"lstm_cli/{name}"][()])
            if name == "vocabulary" or data.draw(st.booleans()):
                text = data.draw(spoilt_bytes(text))
            else:
                text = json.dumps(data.draw(spoilt_structures(json.loads(text)))).encode()
            del file[f"lstm_cli/{name}"]
            file[f"lstm_cli/{name}"] = np.frombuffer(text, np.uint8)
        reseal(path)
        check_model_file(path)

    @fuzz(0.5)
    @given(data=st.data())
    def test_descriptions(self, foreign_description, data):
        description = data.draw(spoilt_structures(foreign_description))
        if not isinstance(description, dict):
            return
        try:
            found = read_keras_description(description, keras_version=data.draw(TEXTS))
        except ModelFileError as error:
            check_message(error, longest=5000)
            return
        assert found.num_words >= 4
        assert list_weight_shapes(found.model, sizes=ModelSizes(found.num_words))

    @fuzz(0.1)
    @given(data=st.data())
    def test_foreign_structures(self, tmp_path, foreign_bytes, data):
        path = tmp_path / "foreign.h5"
        path.write_bytes(foreign_bytes)
        with h5py.File(path, "a") as file:
            names = ["model_weights", "model_weights/embedding"]
            file.visit(names.append)
            for _ in range(data.draw(st.integers(1, 3))):
                name = data.draw(st.sampled_from(names))
                try:
                    file[name]
                except (KeyError, RuntimeError):  # gone, or a link that leads nowhere
                    continue
                _change_object(file, name, data)
        check_model_file(path)

    @fuzz(0.25, least=40)
    @given(data=st.data())
    def test_flips_and_cuts_of_foreign_files(self, tmp_path, foreign_bytes, data):
        """Nothing tells a number of a foreign file from another, but each is finite and nothing takes for ever."""
        spoilt = bytearray(foreign_bytes)
        for _ in range(data.draw(st.integers(1, 4))):
            spoilt[data.draw(st.integers(0, len(spoilt) - 1))] ^= data.draw(st.integers(1, 255))
        if data.draw(st.integers(0, 3)) == 0:
            del spoilt[data.draw(st.integers(0, len(spoilt))) :]
        path = tmp_path / "foreign.h5"
        path.write_bytes(spoilt)
        check_model_file(path)


def _change_object(file, name, data) -> None:
    """Spoil what stands at a name: another thing in its place, or another attribute."""
    action = data.draw(st.sampled_from(["attribute", "attribute", "array", "link", "delete", "group"]))
    if action == "attribute":
        known = sorted(file[name].attrs) or ["weight_names"]
        value = data.draw(st.binary(max_size=9) | st.lists(TEXTS, max_size=3) | st.integers(-9, 9) | st.floats())
        try:
            file[name].attrs[data.draw(st.sampled_from(known))] = value
        except (ValueError, TypeError, UnicodeEncodeError):  # what h5py cannot write is no file
            return
        return
    del file[name]
    if action == "array":
        shape = tuple(data.draw(st.lists(st.integers(0, 12), max_size=3)))
        dtype = data.draw(st.sampled_from(["f2", "f4", ">f4", "f8", "i4", "u1", "S3", "V2", "c8", "?"]))
        file.create_dataset(name, shape=shape, dtype=dtype, data=np.zeros(shape, dtype))
    elif action == "link":
        target = data.draw(st.sampled_from(["/", f"/{name}", "/model_weights", "/nothing"]))
        file[name] = h5py.SoftLink(target)
    elif action == "group":
        file.create_group(name)


@pytest.fixture(scope="session")
def foreign_description(foreign_bytes):
    with h5py.File(io.BytesIO(foreign_bytes)) as file:
        return json.loads(file.attrs["model_config"])


class TestRunFolder:
    @fuzz(0.15)
    @given(data=st.data())
    def test_records(self, tmp_path, finished_run, data):
        record = (finished_run / "run.json").read_bytes()
        path = tmp_path / "run.json"
        spoilt = data.draw(spoilt_bytes(record) | spoilt_structures(json.loads(record)))
        path.write_bytes(spoilt if isinstance(spoilt, bytes) else json.dumps(spoilt).encode())
        try:
            load_record(path)
        except TrainingError as error:
            check_message(error)

    @fuzz(0.1)
    @given(data=st.data())
    def test_states_with_a_right_checksum(self, tmp_path, finished_run, data):
        import hashlib

        size = hashlib.sha256().digest_size
        content = data.draw(spoilt_bytes((finished_run / "state" / "newest.state").read_bytes()[size:]))
        for name in ("newest", "previous"):
            (tmp_path / f"{name}.state").write_bytes(hashlib.sha256(content).digest() + content)
        try:
            load_state(tmp_path)
        except TrainingError as error:
            check_message(error)
