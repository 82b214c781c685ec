"""What a regression on n-grams says by itself, and how good that is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, f1_score

from lstm_cli.config import find_named_config, load_config, load_data_config
from lstm_cli.data.baseline import configure_baseline, measure_baseline, predict_by_ngrams
from lstm_cli.text.encoder import EncodedTexts


def encode(logits, labels=None):
    count = len(logits) if logits is not None else 2
    labels = np.zeros(count, np.int32) if labels is None else np.array(labels, np.int32)
    nothing = np.zeros(count, np.float32)
    tokens, digests = np.zeros((count, 3), np.int32), np.zeros(count, np.uint64)
    logits = None if logits is None else np.array(logits, np.float32)
    return EncodedTexts(tokens, nothing, nothing.astype(bool), labels, digests, None, logits)


def test_of_two_classes_the_sign_decides_and_of_more_the_largest():
    assert predict_by_ngrams(encode([[-0.1], [0.2], [0.0]])).tolist() == [0, 1, 0]
    assert predict_by_ngrams(encode([[-0.1, -0.2, -0.3], [0, 1, 2]])).tolist() == [0, 2]


@given(st.data())
def test_its_figures_are_scikit_learns(data):
    classes = data.draw(st.integers(2, 4))
    count = data.draw(st.integers(1, 20))
    labels = data.draw(st.lists(st.integers(0, classes - 1), min_size=count, max_size=count))
    outputs = 1 if classes == 2 else classes
    of_text = st.lists(st.floats(-3, 3, width=32), min_size=outputs, max_size=outputs)
    texts = encode(data.draw(st.lists(of_text, min_size=count, max_size=count)), labels)
    predicted, figures = predict_by_ngrams(texts), measure_baseline(texts)
    assert figures.accuracy == pytest.approx(accuracy_score(labels, predicted))
    assert figures.macro_f1 == pytest.approx(f1_score(labels, predicted, average="macro"))


def test_one_text_of_the_last_of_many_classes_is_measured():
    figures = measure_baseline(encode([[0, 0, 0, 1]], [3]))
    assert (figures.accuracy, figures.macro_f1) == (1, 1)


def test_without_ngrams_or_texts_there_is_nothing_to_measure():
    assert measure_baseline(encode(None)) is None
    assert measure_baseline(encode(np.zeros((0, 1)))) is None
    with pytest.raises(ValueError, match="without n-grams"):
        predict_by_ngrams(encode(None))


def test_it_reads_the_same_reviews_as_the_model_and_as_ngram_lstm_does():
    """One cache then serves both: the settings are those of `ngram-lstm` on these reviews."""
    settings = ["data.dataset=mine.csv", "data.split_seed=7", "data.limit=50", "data.classes=a=1 b=2"]
    reading = load_config(find_named_config("ngram-lstm"), overrides=settings).data
    assert configure_baseline(load_data_config([*settings, "data.maxlen=9"])) == reading
