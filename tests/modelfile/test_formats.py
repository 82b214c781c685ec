"""Files of format 1 are read for ever: three lie here, with what the lstm-cli that wrote them made of texts."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from lstm_cli.classes import SENTIMENT
from lstm_cli.inference.classifier import load_classifier
from lstm_cli.modelfile.stored_model import StoredModel, load_model_file, save_model_file
from lstm_cli.text.seen import build_seen_texts

FOLDER = Path(__file__).with_name("format-1")
PREDICTIONS = json.loads((FOLDER / "predictions.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", PREDICTIONS)
def test_a_file_of_format_1_says_what_it_said(name):
    """The same labels, probabilities within 1e-5, the same shares of unknown words."""
    classifier = load_classifier(FOLDER / f"{name}.h5")
    assert (classifier.classes, classifier.seen) == (SENTIMENT, None)
    predictions = classifier.predict([then["text"] for then in PREDICTIONS[name]])
    for now, then in zip(predictions, PREDICTIONS[name], strict=True):
        assert now.label == SENTIMENT.names[then["label"]]
        assert now.probabilities["positive"] == pytest.approx(then["probability"], abs=1e-5)
        assert now.probability == now.probabilities[now.label]
        assert now.unknown_share == pytest.approx(then["unknown_share"])
        assert now.truncated == then["truncated"]


@pytest.mark.usefixtures("keras_started")
@pytest.mark.parametrize("name", PREDICTIONS)
def test_saved_anew_in_format_2_its_numbers_are_the_same_to_the_bit(name, tmp_path):
    from model_files import build

    old = load_model_file(FOLDER / f"{name}.h5")
    assert isinstance(old, StoredModel)
    model = build(old.config)
    model.set_weights(old.weights)
    save_model_file(
        tmp_path / "new.h5",
        model,
        config=old.config,
        encoder=old.encoder,
        classes=old.classes,
        threshold=old.threshold,
        provenance=old.provenance,
        seen=build_seen_texts(np.zeros(0, np.uint64), salt=b""),
    )
    texts = [then["text"] for then in PREDICTIONS[name]]
    one, other = (load_classifier(path) for path in (FOLDER / f"{name}.h5", tmp_path / "new.h5"))
    assert other.encoder == one.encoder
    assert other.predict(texts) == one.predict(texts)
    assert other.provenance == one.provenance
