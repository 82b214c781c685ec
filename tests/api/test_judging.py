"""How good a model is, from Python: the figures of `lstm-eval`, and what should be known of them."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from click.testing import CliRunner

import lstm_cli
from lstm_cli.cli.evaluate import evaluate
from lstm_cli.errors import ArgumentError, DataError


def test_the_figures_are_the_commands(run):
    done = CliRunner().invoke(evaluate, [str(run.model_file), "--json", "-q"])
    document = json.loads(done.stdout)
    judgement = lstm_cli.evaluate(run.model)
    assert judgement.to_dict() == {name: document[name] for name in judgement.to_dict()}
    assert judgement.accuracy == document["accuracy"]
    assert lstm_cli.evaluate(str(run.model_file)).to_dict() == judgement.to_dict()
    assert lstm_cli.evaluate(run.model, split="validation").reviews == 32


def test_reviews_in_memory_are_judged_and_those_learnt_from_are_told(run, pairs, capsys):
    """A frame with further columns is other data: what of it was learnt from shows by the texts."""
    frame = pd.DataFrame(pairs, columns=["body", "mood"])
    judgement = lstm_cli.evaluate(run.model, frame)
    assert (judgement.reviews, judgement.seen_in_training) == (178, 128)
    assert judgement.without_seen.reviews == 50
    told = capsys.readouterr().err
    assert "read as utf-8, JSON lines, text from 'body', labels from 'mood'" in told
    assert "The model was trained on 128 of these 178 texts. Without them: accuracy" in told
    lstm_cli.evaluate(run.model, frame, verbose=0)
    assert capsys.readouterr() == ("", "")
    swapped = frame.rename(columns={"body": "label", "mood": "text"})
    settings = {"data.text": "label", "data.label": "text"}
    assert lstm_cli.evaluate(run.model, swapped, settings=settings).accuracy == judgement.accuracy


def test_a_wrong_argument_is_told_in_a_line(run):
    with pytest.raises(ArgumentError, match=r"model: expected what load\(\) gives, or a model's path, got 3"):
        lstm_cli.evaluate(3)
    with pytest.raises(ArgumentError, match="split: expected one of test, validation, train, got 'all'"):
        lstm_cli.evaluate(run.model, split="all")
    with pytest.raises(ArgumentError, match="name the reviews with data"):
        lstm_cli.evaluate(run.model, settings={"data.text": "body"})
    with pytest.raises(DataError, match=r"^data: expected reviews, found none that can serve"):
        lstm_cli.evaluate(run.model, [("a lovely film", "sideways")])
