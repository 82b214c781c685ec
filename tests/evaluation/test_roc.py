"""Areas and curves are those of scikit-learn; each class has its own."""

import numpy as np
import pytest
from hypothesis import given, settings
from predictions import count_classes, predictions

from lstm_cli.evaluation import compute_roc_auc, compute_roc_curves

untimed = settings(deadline=None)  # the first example imports scikit-learn


@untimed
@given(predictions())
def test_areas_are_those_of_scikit_learn_over_the_classes_that_have_a_curve(data):
    from sklearn.metrics import roc_auc_score

    labels, outputs = data
    columns = {1: outputs} if outputs.ndim == 1 else dict(enumerate(outputs.T))
    expected = [
        roc_auc_score(labels == label, column)
        for label, column in columns.items()
        if 0 < (labels == label).sum() < len(labels)
    ]
    area = compute_roc_auc(labels, outputs)
    assert (area is None) == (labels.min() == labels.max()) == (not expected)
    assert area is None or area == pytest.approx(np.mean(expected), abs=1e-12)


@untimed
@given(predictions())
def test_curves_pass_through_scikit_learns_points_and_end_at_both_corners(data):
    from sklearn.metrics import roc_curve

    labels, outputs = data
    curves = compute_roc_curves(labels, outputs)
    assert list(curves) == ([1] if count_classes(outputs) == 2 else list(range(count_classes(outputs))))
    for label, curve in curves.items():
        is_class = labels == label
        assert (curve is None) == (is_class.all() or not is_class.any())
        if curve:
            scores = outputs if outputs.ndim == 1 else outputs[:, label]
            false_rates, true_rates, _ = roc_curve(is_class, scores, drop_intermediate=False)
            assert curve.false_rates == pytest.approx(false_rates)
            assert curve.true_rates == pytest.approx(true_rates)
            assert (curve.false_rates[-1], curve.true_rates[-1]) == (1, 1)
            assert curve.area == pytest.approx(np.trapezoid(curve.true_rates, curve.false_rates))


def test_where_every_class_is_met_it_is_the_macro_one_against_the_rest():
    from sklearn.metrics import roc_auc_score

    generator = np.random.default_rng(0)
    labels = generator.integers(0, 4, 300).astype(np.int32)
    outputs = generator.dirichlet(np.ones(4), 300)
    expected = roc_auc_score(labels, outputs, multi_class="ovr", average="macro")
    assert compute_roc_auc(labels, outputs) == pytest.approx(expected, abs=1e-12)


def test_equal_scores_count_half():
    labels = np.array([0, 1, 0, 1], dtype=np.int32)
    assert compute_roc_auc(labels, np.full(4, 0.3, dtype=np.float32)) == 0.5
