"""A file is scored as a user scores it, beside a peer where that is installed."""

from __future__ import annotations

import sys

import pytest
from click.testing import CliRunner

from benchmarks import scoring
from lstm_cli.data.review import Review

_FAKE = """
class Model:
    def save_model(self, path): open(path, "w").close()
    def predict(self, lines): return [["__label__1"] for _ in lines], [[0.5] for _ in lines]
train_supervised = lambda path, **options: Model()
load_model = lambda path: Model()
"""


@pytest.mark.parametrize("has_peer", [True, False])
def test_both_are_timed_on_the_same_reviews(monkeypatch, tmp_path, model_path, has_peer):
    monkeypatch.setattr(
        scoring, "load_reviews", lambda count: [Review("a fine\nfilm", n % 2) for n in range(count)]
    )
    if has_peer:
        (tmp_path / "fasttext.py").write_text(_FAKE)
        monkeypatch.syspath_prepend(str(tmp_path))
        monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    else:
        monkeypatch.setitem(sys.modules, "fasttext", None)
        monkeypatch.setattr(scoring.importlib.util, "find_spec", lambda _: None)
    result = CliRunner().invoke(scoring.main, [str(model_path), "--reviews", "20", "--runs", "1"])
    assert result.exit_code == 0, result.output
    assert "lstm-predict: 20 reviews in " in result.output
    assert ("times as long as fastText" in result.output) == has_peer
    assert ("fastText is not installed" in result.output) != has_peer
