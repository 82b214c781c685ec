"""Every known way into a model file is closed: nothing of it is run, read or fetched, by whichever command."""

from __future__ import annotations

import hashlib
import io
import json
import pickle
import shutil
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest
from hostile_files import ATTACKS, HARMLESS, Bomb, watch_canary
from model_files import reseal


@pytest.fixture
def canary(tmp_path):
    with watch_canary(tmp_path) as canary:
        yield canary
        canary.check()


@pytest.fixture
def hostile_path(tmp_path, foreign_bytes) -> Path:
    path = tmp_path / "hostile.h5"
    path.write_bytes(foreign_bytes)
    return path


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_is_refused_by_both_commands(*, name, hostile_path, canary, invoke, assert_fails, reviews_csv):
    ATTACKS[name](hostile_path, canary)
    settings = ["-s", f"data.dataset={reviews_csv}"]
    for command in (("lstm-predict", hostile_path, "a text"), ("lstm-eval", hostile_path)):
        if name in HARMLESS:
            assert invoke(*command, *settings).exit_code == 0
        else:
            assert str(hostile_path) in assert_fails(4, *command, *settings)
        canary.check()


def test_the_canary_sings(tmp_path):
    """Of what is run, imported, read and fetched."""
    import importlib
    import urllib.error
    import urllib.request

    with watch_canary(tmp_path) as canary:
        pickle.loads(pickle.dumps(Bomb(canary.song)))  # noqa: S301 - the one that is to go off
        with pytest.raises(AssertionError, match="code of the file ran"):
            canary.check()
        canary.song.unlink()
        importlib.import_module(canary.module)
        canary.song.unlink()
        with pytest.raises(AssertionError, match="was imported"):
            canary.check()
        del sys.modules[canary.module]
        with pytest.raises(urllib.error.HTTPError):
            urllib.request.urlopen(canary.url)  # noqa: S310 - its own
        with pytest.raises(AssertionError, match="was fetched"):
            canary.check()
        canary.requests.clear()
        canary.secret.read_bytes()
        with pytest.raises(AssertionError, match="was read"):
            canary.check()


def _change_config(path: Path, **data) -> None:
    with h5py.File(path, "a") as file:
        settings = json.loads(bytes(file["lstm_cli/config"][()]))
        settings["data"] |= data
        del file["lstm_cli/config"]
        file["lstm_cli/config"] = np.frombuffer(json.dumps(settings).encode(), np.uint8)
    reseal(path)


def test_a_model_that_names_a_pipe_for_its_data_is_refused(tmp_path, canary, model_file, assert_fails):
    """One of ours, sealed: whoever wrote it may have named any file."""
    path = Path(shutil.copy(model_file, tmp_path / "model.h5"))
    _change_config(path, dataset=str(canary.secret))
    assert "no ordinary file" in assert_fails(3, "lstm-eval", path)


@pytest.mark.parametrize("value", ["\ud800", "\0", "a" * 100_000, "~nobody/\ud800.csv", "/dev/zero", "/dev/stdin"])
def test_a_model_that_names_no_possible_data_is_refused(tmp_path, model_file, invoke, value):
    path = Path(shutil.copy(model_file, tmp_path / "model.h5"))
    _change_config(path, dataset=value)
    result = invoke("lstm-eval", path)
    assert result.exit_code in (3, 4)
    assert "fault of lstm-cli" not in result.stderr


MEASURED = """
import resource, sys, time
from lstm_cli.backend import start_keras
start_keras()
from pathlib import Path
from lstm_cli.errors import ModelFileError
from lstm_cli.inference.classifier import load_classifier
for path in sys.argv[1:]:
    before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic()
    try: load_classifier(Path(path))
    except ModelFileError: pass
    grown = max(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before,
                resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
    print(grown < 2**20, Path(path).name)
"""


def test_what_would_take_all_memory_takes_less_than_a_gibibyte(tmp_path, foreign_bytes, canary):
    paths = []
    for name in ("a giant array that was never written", "a giant array of one chunk", "a compressed bomb",
                 "one array under thousands of names", "huge JSON", "a terabyte of holes"):  # fmt: skip
        paths.append(tmp_path / f"{name}.h5")
        paths[-1].write_bytes(foreign_bytes)
        ATTACKS[name](paths[-1], canary)
    done = subprocess.run([sys.executable, "-c", MEASURED, *paths], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [f"True {path.name}" for path in paths]


class TestResume:
    def test_a_hostile_model_in_the_run_folder_is_never_opened(self, run_copy, canary, foreign_bytes, invoke):
        """Neither where it stands in the best model's place, nor what links to it."""
        best = run_copy / "best-gru-model.h5"
        best.write_bytes(foreign_bytes)
        ATTACKS["a Lambda of Keras 3"](best, canary)
        assert invoke("lstm-train", "--resume", run_copy, "--epochs", 5, "-q").exit_code in (0, 1, 4)
        canary.check()

    @pytest.mark.parametrize(
        "kind", ["a pickle", "a pickled array", "a bomb", "a giant shape", "a strange history"]
    )
    def test_a_hostile_state_is_passed_over(self, run_copy, canary, assert_fails, kind):
        """With a right checksum, which anyone can compute."""
        content = io.BytesIO()
        history = np.frombuffer(b'{"loss": [[]]}' if kind == "a strange history" else b"{}", np.uint8)
        if kind == "a pickle":
            content.write(pickle.dumps(Bomb(canary.song)))
        elif kind == "a pickled array":
            np.savez(content, history=history, variable_0=np.array([Bomb(canary.song)], dtype=object))
        elif kind == "a bomb":
            np.savez_compressed(content, history=history, variable_0=np.zeros(2**27, np.uint8))
        elif kind == "a giant shape":
            np.savez(content, history=history, variable_0=np.zeros(1, np.uint8))
            data = content.getvalue().replace(b"'shape': (1,), }" + b" " * 12, b"'shape': (4611686018427,), }")
            content = io.BytesIO(data)
        else:
            np.savez(content, history=history)
        data = content.getvalue()
        for name in ("newest", "previous"):
            (run_copy / "state" / f"{name}.state").write_bytes(hashlib.sha256(data).digest() + data)
        message = assert_fails(1, "lstm-train", "--resume", run_copy, "--epochs", 5)
        assert "holds no whole state" in message

    @pytest.mark.parametrize(
        "text",
        [
            "[" * 100_000,
            "[]",
            "{}",
            '{"model": ' + "9" * 5_000 + "}",
            '{"fingerprint": {}}',
            "\ufeff{}",
            "\0",
            "é",
        ],
    )
    def test_a_strange_record_is_refused(self, run_copy, assert_fails, text):
        (run_copy / "run.json").write_text(text, encoding="latin-1" if text == "é" else "utf-8")
        assert "run.json" in assert_fails(1, "lstm-train", "--resume", run_copy)
