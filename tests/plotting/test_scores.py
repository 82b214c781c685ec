"""Figures of predictions beside labels show counts, areas and shares as they are, of two classes or more."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from figures import check_look, curves, legend, texts
from hypothesis import given, settings
from predictions import count_classes, predictions

from lstm_cli.evaluation import compute_calibration, compute_roc_auc, compute_roc_curves, count_confusions
from lstm_cli.plotting import plot_calibration, plot_confusion_matrix, plot_roc, save_figure

LABELS = np.array([0, 0, 1, 1, 0, 1], dtype=np.int32)
PROBABILITIES = np.array([0.05, 0.4, 0.35, 0.8, 0.1, 0.95], dtype=np.float32)
TWO = ("negative", "positive")


def make_predictions(classes, *, reviews=200, present=None):
    """Return labels of the classes that are present, and better guesses than none."""
    generator = np.random.default_rng(classes)
    labels = generator.choice(classes if present is None else present, reviews).astype(np.int32)
    weights = generator.random((reviews, classes)) + np.eye(classes)[labels]
    return labels, (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)


def tick_labels(axis):
    return [tick.get_text() for tick in axis.get_ticklabels()]


class TestConfusionMatrix:
    def test_it_shows_counts_and_shares_of_the_rows(self):
        figure = plot_confusion_matrix([[1071, 179], [0, 0]], classes=TWO)
        axes = figure.axes[0]
        assert texts(axes) == ["1,071\n85.7%", "179\n14.3%", "0\nno reviews", "0\nno reviews"]
        assert tick_labels(axes.xaxis) == tick_labels(axes.yaxis) == ["negative", "positive"]
        assert (axes.get_xlabel(), axes.get_ylabel()) == ("predicted class", "true class")
        assert figure.get_suptitle() == "Confusion matrix of 1,250 reviews"
        assert (
            plot_confusion_matrix([[0, 1], [0, 0]], classes=TWO).get_suptitle() == "Confusion matrix of 1 review"
        )

    def test_of_many_classes_it_shows_what_is_not_zero_and_how_many_each_has(self):
        labels = np.array([0, 0, 9, 4], dtype=np.int32)
        matrix = count_confusions(labels, np.array([0, 3, 9, 4], dtype=np.int32), classes=10)
        axes = plot_confusion_matrix(matrix.tolist(), classes=[f"c{label}" for label in range(10)]).axes[0]
        assert texts(axes) == ["1"] * 4
        assert tick_labels(axes.yaxis)[:2] == ["c0 (2)", "c1 (0)"]
        assert axes.get_ylabel() == "true class (reviews)"

    @pytest.mark.parametrize("count", [7, 1234, 1_234_567])
    @pytest.mark.parametrize("classes", [2, 3, 5, 6, 7, 10, 30, 60])
    def test_no_text_runs_into_another(self, classes, count):
        names = [f"a rather long name, {label}" for label in range(classes)]
        matrix = np.full((classes, classes), count)
        matrix[0] = 0
        figure = plot_confusion_matrix(matrix.tolist(), classes=names)
        figure.draw_without_rendering()
        axes = figure.axes[0]
        for drawn in (axes.texts, axes.get_xticklabels(), axes.get_yticklabels()):
            boxes = [text.get_window_extent() for text in drawn if text.get_text()]
            assert not any(one.overlaps(other) for one, other in pairwise(boxes))

    def test_long_names_are_shortened_in_the_middle_and_nothing_in_them_is_read(self):
        names = ("a name of more characters than fit: one", "a name of more characters than fit: two", "$\\x$\n")
        ticks = tick_labels(plot_confusion_matrix(np.eye(3, dtype=int).tolist(), classes=names).axes[0].xaxis)
        assert max(map(len, ticks)) <= 20
        assert len(set(ticks)) == 3
        assert ticks[0].startswith("a name of")
        assert ticks[1].endswith("two")
        assert ticks[2] == r"\$\x\$ "


class TestRoc:
    def test_the_curve_names_its_area(self):
        # Of the 9 pairs of a positive and a negative review, 8 are in order.
        assert legend(plot_roc(LABELS, PROBABILITIES, classes=TWO))[0] == f"model, area {8 / 9:.3f}"

    def test_the_axes_name_the_two_classes(self):
        axes = plot_roc(LABELS, PROBABILITIES, classes=("ham", "spam")).axes[0]
        assert axes.get_xlabel() == "false positive rate (ham reviews called spam)"
        assert axes.get_ylabel() == "true positive rate (spam reviews found)"

    @pytest.mark.parametrize("outputs", [PROBABILITIES[:3], np.full((3, 4), 0.25, dtype=np.float32)])
    def test_that_of_one_class_says_why_there_is_no_curve(self, outputs):
        names = ("good", "bad") if outputs.ndim == 1 else ("good", "bad", "ugly", "late")
        figure = plot_roc(np.ones(3, dtype=np.int32), outputs, classes=names)
        assert texts(figure.axes[0]) == ["no curve: every review is bad"]
        assert legend(figure) == ["guessing, area 0.500"]

    @pytest.mark.parametrize("classes", [3, 7])
    def test_each_of_some_classes_has_its_curve_and_the_mean_its_area(self, classes):
        labels, outputs = make_predictions(classes, present=range(1, classes))
        names = [f"class {label}" for label in range(classes)]
        figure = plot_roc(labels, outputs, classes=names)
        areas = [curve.area for curve in list(compute_roc_curves(labels, outputs).values())[1:]]
        assert legend(figure) == [
            "class 0, no reviews",
            *(f"{name}, area {area:.3f}" for name, area in zip(names[1:], areas, strict=True)),
            f"macro mean, area {compute_roc_auc(labels, outputs):.3f}",
            "guessing, area 0.500",
        ]
        *drawn, mean, _ = curves(figure)
        assert len(drawn) == classes - 1
        rates, found = np.array(mean).T
        assert np.trapezoid(found, rates) == pytest.approx(np.mean(areas), abs=1e-6)

    def test_of_many_classes_the_best_and_the_worst_are_named(self):
        labels, outputs = make_predictions(10, present=range(8))
        figure = plot_roc(labels, outputs, classes=[f"class {label}" for label in range(10)])
        areas = {label: curve.area for label, curve in compute_roc_curves(labels, outputs).items() if curve}
        best, worst = max(areas, key=areas.get), min(areas, key=areas.get)
        assert legend(figure)[:3] == [
            "other classes: 6 (2 more have no reviews)",
            f"best: class {best}, area {areas[best]:.3f}",
            f"worst: class {worst}, area {areas[worst]:.3f}",
        ]
        assert len(curves(figure)) == 8 + 2


class TestCalibration:
    def test_each_point_stands_for_as_many_reviews_and_the_histogram_counts_them_all(self):
        generator = np.random.default_rng(0)
        probabilities = generator.random(1000, dtype=np.float32)
        labels = (generator.random(1000) < probabilities).astype(np.int32)
        figure = plot_calibration(labels, probabilities, classes=TWO)
        expected = compute_calibration(labels == 1, probabilities)
        points = np.array(curves(figure)[0])
        assert points == pytest.approx(np.column_stack((expected.probabilities, expected.shares)))
        assert len(points) == 10
        assert sum(bar.get_height() for bar in figure.axes[1].patches) == 1000
        brier_score = np.mean((probabilities - labels) ** 2)
        assert legend(figure) == [
            f"model, Brier score {brier_score:.3f}",
            "perfectly calibrated",
            "95 % interval (100 or more reviews each)",
        ]

    def test_one_review_apart_from_the_others_is_no_spike(self):
        probabilities = np.array([0.1] * 50 + [0.5], dtype=np.float32)
        figure = plot_calibration((probabilities == 0.5).astype(np.int32), probabilities, classes=TWO)
        assert np.array(curves(figure)[0]) == pytest.approx(np.array([(5.5 / 51, 1 / 51)]))

    def test_of_more_classes_it_is_that_of_the_class_predicted(self):
        labels, outputs = make_predictions(4)
        figure = plot_calibration(labels, outputs, classes=("a", "b", "c", "d"))
        expected = compute_calibration(outputs.argmax(axis=1) == labels, outputs.max(axis=1))
        assert np.array(curves(figure)[0])[:, 1] == pytest.approx(expected.shares)
        assert figure.axes[0].get_ylabel() == "share predicted rightly"
        assert figure.axes[1].get_xlabel() == "predicted probability of the class predicted"

    def test_that_of_one_class_is_drawn(self):
        figure = plot_calibration(np.zeros(6, dtype=np.int32), PROBABILITIES, classes=TWO)
        assert {y for _, y in curves(figure)[0]} == {0.0}


@settings(deadline=None, max_examples=12)  # drawing takes a while
@given(predictions(most=9))
def test_whatever_is_predicted_is_drawn(data):
    labels, outputs = data
    names = [f"class {label}" for label in range(count_classes(outputs))]
    for figure in (plot_roc(labels, outputs, classes=names), plot_calibration(labels, outputs, classes=names)):
        figure.draw_without_rendering()


def test_the_figures_are_written(tmp_path):
    labels, outputs = make_predictions(3)
    save_figure(plot_roc(labels, outputs, classes=("a", "b", "c")), tmp_path / "roc.svg")
    save_figure(plot_calibration(labels, outputs, classes=("a", "b", "c")), tmp_path / "calibration.pdf")
    assert {path.name for path in tmp_path.iterdir()} == {"roc.svg", "calibration.pdf"}


FIGURES = {
    "matrix of two": lambda: plot_confusion_matrix([[1071, 179], [0, 0]], classes=TWO),
    "matrix of seven": lambda: plot_confusion_matrix(
        (np.eye(7, dtype=int) * 1_234 + 3 * np.eye(7, k=1, dtype=int)).tolist(),
        classes=[f"a long name of number {number}" for number in range(7)],
    ),
    "matrix of thirty-one": lambda: plot_confusion_matrix(
        np.eye(31, dtype=int).tolist(), classes=[f"c{number}" for number in range(31)]
    ),
    "ROC of two": lambda: plot_roc(LABELS, PROBABILITIES, classes=TWO),
    "ROC of three": lambda: plot_roc(*make_predictions(3), classes=("a", "b", "c")),
    "ROC of nine": lambda: plot_roc(*make_predictions(9, present=range(1, 8)), classes=list("abcdefghi")),
    "ROC of one class": lambda: plot_roc(np.ones(3, np.int32), PROBABILITIES[:3], classes=TWO),
    "calibration of two": lambda: plot_calibration(LABELS, PROBABILITIES, classes=TWO),
    "calibration of four": lambda: plot_calibration(*make_predictions(4), classes=list("abcd")),
}


@pytest.mark.parametrize("name", FIGURES)
def test_scores_look_as_decided(name):
    check_look(name, FIGURES[name]())
