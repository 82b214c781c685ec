"""A model from Python: loaded without TensorFlow, asked with whatever holds texts."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

import lstm_cli
from lstm_cli.errors import ArgumentError, ConfigError, ModelFileError

_TEXTS = ["a lovely film", "zzz", "a dull, awful plot"]


def test_a_model_answers_without_tensorflow_and_the_package_alone_loads_nothing(run):
    program = (
        "import sys, lstm_cli\n"
        "assert not {'numpy', 'click', 'pydantic'} & set(sys.modules)\n"
        "label = lstm_cli.load(sys.argv[1]).predict(['a lovely film'])[0].label\n"
        "heavy = {'tensorflow', 'keras', 'sklearn', 'matplotlib', 'pandas'} & set(sys.modules)\n"
        "sys.exit(f'{label} {sorted(heavy)}')"
    )
    done = subprocess.run([sys.executable, "-c", program, run.model_file], capture_output=True, check=False)
    assert done.stderr.decode().split(maxsplit=1) == [run.model.predict(_TEXTS)[0].label, "[]\n"]


def test_whatever_holds_texts_is_read(run):
    expected = run.model.predict(_TEXTS)
    assert [prediction.text for prediction in expected] == _TEXTS
    for texts in (tuple(_TEXTS), iter(_TEXTS), np.array(_TEXTS), np.array(_TEXTS, object), pd.Series(_TEXTS)):
        assert run.model.predict(texts) == expected
    assert run.model.predict([]) == []


def test_a_text_of_which_nothing_is_known_has_the_networks_numbers_where_they_are_asked_for(run):
    known, unknown, other = run.model.predict(_TEXTS)
    assert unknown.label is None
    probabilities = run.model.predict_proba(_TEXTS)
    assert probabilities.dtype == np.float32
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0, rtol=1e-6)
    assert probabilities[0].tolist() == list(known.probabilities.values())
    assert probabilities[2].tolist() == list(other.probabilities.values())
    assert run.model.predict_proba([]).shape == (0, 2)


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ("a lovely film", r"expected a list of texts, got 'a lovely film'. One text: \[text\]"),
        (None, "expected a list of texts, got None"),
        ({"a": "b"}, "expected a list of texts, got {'a': 'b'}"),
        (["a", None], "expected a list of texts, got None at 1"),
        (pd.Series(["a", np.nan], dtype=object), "expected a list of texts, got nan at 1"),
        (pd.DataFrame({"text": ["a"]}), "expected a list of texts, got "),
    ],
)
def test_what_is_no_list_of_texts_is_told(run, texts, message):
    with pytest.raises(ArgumentError, match=message) as caught:
        run.model.predict(texts)
    assert "\n" not in str(caught.value)
    with pytest.raises(TypeError):
        run.model.predict_proba(texts)


def test_a_model_can_be_copied_and_pickled(run):
    for twin in (copy.deepcopy(run.model), pickle.loads(pickle.dumps(run.model))):  # noqa: S301 - ours
        assert twin.predict(_TEXTS) == run.model.predict(_TEXTS)


def test_what_should_be_known_of_somebody_elses_file_is_told(foreign_path, capsys):
    with pytest.raises(ModelFileError, match="was written by plain Keras"):
        lstm_cli.load(foreign_path)
    settings = {"data.dataset": "rotten-tomatoes", "data.limit": 60}
    lstm_cli.load(str(foreign_path), settings=settings)
    assert "is a guess" in capsys.readouterr().err
    lstm_cli.load(foreign_path, settings=settings, verbose=0)
    assert capsys.readouterr() == ("", "")


def test_what_is_no_model_is_told(run):
    with pytest.raises(ModelFileError, match="it is not there"):
        lstm_cli.load("nowhere.h5")
    with pytest.raises(ArgumentError, match="file: expected a path, got None"):
        lstm_cli.load(None)
    with pytest.raises(ConfigError, match="carries its own data settings"):
        lstm_cli.load(run.model_file, settings={"data.maxlen": 3})
