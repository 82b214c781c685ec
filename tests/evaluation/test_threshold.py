"""The threshold found is as good as the best of all there are."""

import numpy as np
import pytest
from hypothesis import given, settings
from predictions import predictions

from lstm_cli.evaluation import find_threshold, predict_labels

untimed = settings(deadline=None)  # the first example imports scikit-learn


def score(labels, outputs, threshold):
    from sklearn.metrics import f1_score

    return f1_score(labels, predict_labels(outputs, threshold=threshold), average="macro", zero_division=0)


@untimed
@given(predictions(most=2))
def test_no_other_threshold_has_a_greater_macro_f1_and_none_as_good_is_nearer_to_half(data):
    labels, outputs = data
    found = find_threshold(labels, outputs)
    if labels.min() == labels.max():
        assert found is None
        return
    beside = np.concatenate((outputs, np.nextafter(outputs, np.float32(0)), outputs.astype(np.float64) / 2))
    candidates = [0.5, *beside[(beside > 0) & (beside < 1)].tolist()]
    scores = {candidate: score(labels, outputs, candidate) for candidate in candidates}
    best = max(scores.values())
    assert 0 < found < 1
    assert score(labels, outputs, found) == pytest.approx(best, abs=1e-12)
    if scores[0.5] == pytest.approx(best, abs=1e-12):
        assert found == 0.5
    nearest = min(abs(value - 0.5) for value in candidates if scores[value] == pytest.approx(best, abs=1e-12))
    # The nearest of its cut is as near as any.
    label_of = predict_labels(outputs, threshold=found).tolist()
    same_cut = [value for value in candidates if predict_labels(outputs, threshold=value).tolist() == label_of]
    assert min(abs(value - 0.5) for value in same_cut) == nearest


@untimed
@given(predictions(most=2))
def test_it_parts_the_reviews_alike_in_either_precision(data):
    labels, outputs = data
    found = find_threshold(labels, outputs)
    if found is not None:
        assert (outputs.astype(np.float64) > found).tolist() == (outputs > np.float32(found)).tolist()


@pytest.mark.parametrize("shape", [(4,), (4, 1)])
def test_it_has_no_more_decimals_than_it_needs(shape):
    labels = np.array([0, 0, 1, 1], dtype=np.int32)
    outputs = np.array([0.01, 0.1, 0.3, 0.4], dtype=np.float32)
    assert find_threshold(labels, outputs.reshape(shape)) == 0.2
    outputs[1:3] = [0.1234, 0.1239]
    assert find_threshold(labels, outputs.reshape(shape)) == pytest.approx(0.1236, abs=1e-4)
    assert len(str(find_threshold(labels, outputs))) <= len("0.1236")
    outputs[:] = [0.1, 0.55, 0.7, 0.8]
    assert find_threshold(labels, outputs.reshape(shape)) == 0.6


@pytest.mark.parametrize("low", [0.1, 0.016527636, 0.91275555])  # between the latter decimals round up in float32
def test_neighbours_in_float32_are_parted(low):
    outputs = np.array([low, np.nextafter(np.float32(low), np.float32(1))], dtype=np.float32)
    found = find_threshold(np.array([0, 1], dtype=np.int32), outputs)
    assert predict_labels(outputs, threshold=found).tolist() == [0, 1]


@pytest.mark.parametrize(
    ("labels", "outputs", "expected"),
    [
        ([0, 1, 1], [0.0, 0.03, 0.4], 0.01),
        ([0, 1, 1], [0.0, 2e-12, 0.4], 1e-12),
        ([0, 1, 1], [0.0, 1e-45, 0.4], 7e-46),
        ([1, 0, 0], [0.1, 1.0, 1.0], 0.05),  # above all it would have to be 1
    ],
)
def test_it_can_be_kept_in_a_model_file_which_holds_neither_0_nor_1(labels, outputs, expected):
    outputs = np.array(outputs, dtype=np.float32)
    found = find_threshold(np.array(labels, dtype=np.int32), outputs)
    assert found == pytest.approx(expected, rel=0.01)


def test_of_equally_good_cuts_on_either_side_of_a_probability_of_half_half_is_taken():
    labels, outputs = np.array([0, 0, 1, 1], dtype=np.int32), np.array([0.25, 0.5, 0.5, 0.75], dtype=np.float32)
    assert score(labels, outputs, 0.4) == score(labels, outputs, 0.5)
    assert find_threshold(labels, outputs) == 0.5


def test_cuts_that_differ_by_rounding_alone_are_equally_good():
    """Both have a macro F1 of 0.6, one of them with another last digit."""
    labels = np.array([1, 1, 1, 0, 0, 0, 1, 0, 0, 0], dtype=np.int32)
    outputs = np.array([0.9, *[0.8] * 5, *[0.1] * 4], dtype=np.float32)
    assert score(labels, outputs, 0.85) == pytest.approx(score(labels, outputs, 0.5), abs=1e-12)
    assert find_threshold(labels, outputs) == 0.5


def test_rare_reviews_are_found_with_a_lower_one():
    generator = np.random.default_rng(0)
    labels = (generator.random(2000) < 0.05).astype(np.int32)
    outputs = np.clip(0.1 + 0.2 * labels + generator.normal(0, 0.08, 2000), 0, 1).astype(np.float32)
    found = find_threshold(labels, outputs)
    assert 0.15 < found < 0.35
    assert score(labels, outputs, found) > score(labels, outputs, 0.5) + 0.2


def test_more_classes_have_none():
    with pytest.raises(ValueError, match="two classes, not 3"):
        find_threshold(np.array([0], dtype=np.int32), np.array([[0.2, 0.3, 0.5]], dtype=np.float32))
