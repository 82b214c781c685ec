"""The baseline learns from the training part alone, and its figures are what scikit-learn makes of it."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from lstm_cli.comparison.baseline import fit_baseline
from lstm_cli.data.review import Review
from lstm_cli.data.splits import Splits
from lstm_cli.errors import DataError
from lstm_cli.text.tokenizers.words import split_words


@pytest.fixture(scope="module")
def splits(imdb) -> Splits:
    """600 real reviews, half of them positive, 400 of them to learn from."""
    halves = ([review for review in imdb.reviews if review.label == label][:300] for label in (0, 1))
    reviews = [review for pair in zip(*halves, strict=True) for review in pair]
    return Splits(train=tuple(reviews[:400]), validation=tuple(reviews[400:500]), test=tuple(reviews[500:]))


def test_the_baseline_never_sees_validation_or_test_reviews(splits, monkeypatch):
    """Neither do their words reach its vocabulary, nor their labels its weights."""
    learnt: list[object] = []

    def spy(kind, name):
        original = getattr(kind, name)

        def call(self, data, labels=None, **arguments):
            learnt.append((list(data) if kind is TfidfVectorizer else None, labels))
            return original(self, data, labels, **arguments)

        monkeypatch.setattr(kind, name, call)

    spy(TfidfVectorizer, "fit_transform")
    spy(TfidfVectorizer, "fit")
    spy(LogisticRegression, "fit")
    fit_baseline(splits, part="test")
    texts = [review.text for review in splits.train]
    labels = [review.label for review in splits.train]
    assert [texts for texts, _ in learnt] == [texts, None]
    assert [seen.tolist() for _, seen in learnt] == [labels, labels]


def test_what_it_learns_does_not_depend_on_the_other_parts(splits):
    nonsense = tuple(Review(f"zyx wvu {number}", number % 2) for number in range(20))
    for part, others in (("test", {"validation": nonsense}), ("validation", {"test": nonsense})):
        changed = Splits(**{"train": splits.train, "validation": splits.validation, "test": splits.test} | others)
        first, second = fit_baseline(splits, part=part), fit_baseline(changed, part=part)
        assert first.parameters == second.parameters
        assert first.judgement.right.tolist() == second.judgement.right.tolist()


def test_its_figures_are_those_of_scikit_learn_put_together_by_hand(splits):
    baseline = fit_baseline(splits, part="test")

    def count(text):
        words = split_words(text)
        return [*words, *(" ".join(pair) for pair in pairwise(words))]

    vectorizer = TfidfVectorizer(analyzer=count, min_df=2, sublinear_tf=True)
    features = vectorizer.fit_transform([review.text for review in splits.train])
    model = LogisticRegression(C=10.0, max_iter=1000, tol=1e-6)
    model.fit(features, [review.label for review in splits.train])
    assert baseline.parameters == features.shape[1] + 1

    def agree(reviews):
        predicted = model.predict(vectorizer.transform([review.text for review in reviews]))
        return predicted == [review.label for review in reviews]

    # Another solver, which leaves the bias out of the penalty: a review on the edge may fall to either side.
    assert np.mean(baseline.judgement.right == agree(splits.test)) >= 0.97
    assert baseline.val_accuracy == pytest.approx(agree(splits.validation).mean(), abs=0.03)


@pytest.fixture(scope="module")
def splits_of_three(splits) -> Splits:
    """The same, those with `bad` in them a third class."""

    def regroup(reviews):
        return tuple(replace(review, label=2) if "bad" in review.text else review for review in reviews)

    return Splits(regroup(splits.train), regroup(splits.validation), regroup(splits.test))


def test_of_three_classes_each_is_learnt_against_the_rest(splits_of_three):
    """As one such regression a class says by hand, the surest of them the answer."""
    baseline = fit_baseline(splits_of_three, part="test")

    def count(text):
        words = split_words(text)
        return [*words, *(" ".join(pair) for pair in pairwise(words))]

    vectorizer = TfidfVectorizer(analyzer=count, min_df=2, sublinear_tf=True)
    features = vectorizer.fit_transform([review.text for review in splits_of_three.train])
    labels = np.array([review.label for review in splits_of_three.train])
    tested = vectorizer.transform([review.text for review in splits_of_three.test])
    scores = []
    for label in range(3):
        model = LogisticRegression(C=10.0, solver="liblinear", dual=True, max_iter=1000, random_state=0)
        scores.append(model.fit(features, labels == label).decision_function(tested))
    assert baseline.parameters == 3 * (features.shape[1] + 1)
    assert baseline.judgement.labels.tolist() == [review.label for review in splits_of_three.test]
    assert np.mean(baseline.judgement.predicted == np.argmax(scores, axis=0)) >= 0.99  # but for equals' rounding
    assert baseline.judgement.accuracy > baseline.judgement.largest_class_share
    assert set(baseline.judgement.predicted) == {0, 1, 2}


def test_it_learns_sentiment_from_a_few_hundred_reviews(splits):
    assert fit_baseline(splits, part="test").judgement.accuracy > 0.7


def test_where_there_is_no_test_part_it_is_judged_on_the_validation_part(splits):
    baseline = fit_baseline(Splits(splits.train, splits.validation, ()), part="validation")
    assert baseline.judgement.part == "validation"
    assert baseline.judgement.accuracy == baseline.val_accuracy


def test_reviews_that_share_no_word_are_refused_with_the_way_out():
    reviews = tuple(Review(f"word{number}", number % 2) for number in range(8))
    with pytest.raises(DataError, match="--no-baseline"):
        fit_baseline(Splits(reviews, reviews, reviews), part="test")
