"""Trainings on several classes and on uneven ones: what Keras makes of them, and what helps the rare class."""

from __future__ import annotations

import csv
from dataclasses import replace

import numpy as np
import pytest
from mood_files import write_tweets
from sklearn import metrics

pytestmark = pytest.mark.usefixtures("keras_started")

_WEIGHTS = {"negative": 0.5, "neutral": 3.0}  # positive counts as ever
# A small model of reviews of 60 words, which a few epochs teach.
_UNEVEN = (
    "data.num_words=2000",
    "data.maxlen=60",
    "data.test_split=0",
    "model.embedding.output_dim=16",
    "model.recurrent[0].units=8",
    "training.optimizer.learning_rate=0.005",
    "training.epochs=6",
    "training.batch_size=32",
    "training.early_stopping.patience=6",
)


@pytest.fixture(scope="module")
def tweets(tmp_path_factory):
    """300 rows of three classes."""
    return write_tweets(tmp_path_factory.mktemp("tweets") / "tweets.csv", rows=300)


@pytest.fixture(scope="module")
def uneven(imdb, tmp_path_factory):
    """1,500 real reviews to learn from and 2,000 others to judge on, of both 5 % positive."""
    folder = tmp_path_factory.mktemp("uneven")
    negative, positive = ([review for review in imdb.reviews if review.label == label] for label in (0, 1))
    parts = {"known": (negative[:1425], positive[:75]), "new": (negative[5000:6900], positive[5000:5100])}
    for name, halves in parts.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["text", "label"])
            writer.writerows((review.text, review.label) for half in halves for review in half)
    return folder


@pytest.mark.parametrize(
    ("loss", "kernels"), [("binary_crossentropy", ("fast", "keras")), ("mean_squared_error", ("fast",))]
)
def test_weighted_classes_are_trained_as_keras_fit_trains_them(
    *, loss, kernels, train, tiny_config, tweets, read_weights, tmp_path
):
    """One softmax, one-hot labels, and fit's own `class_weight`."""
    import keras

    from lstm_cli.data.dataset import load_dataset
    from lstm_cli.training.batches import draw_order

    config = tiny_config(
        tweets,
        "training.early_stopping=null",
        # Linear in the gradients: fit gives a word that stands twice in a batch two of them.
        "training.optimizer={name: sgd, learning_rate: 0.1, momentum: 0.9}",
        f"training.class_weight={_WEIGHTS}",
        f"training.loss={loss}",
    )
    ours = [train(config, path=tmp_path / kernel, kernel=kernel) for kernel in kernels]
    dataset = load_dataset(config.data)
    keras.utils.set_random_seed(7)
    model = keras.Sequential(
        [
            keras.Input((12,), dtype="int32"),
            keras.layers.Embedding(60, 3),
            keras.layers.GRU(2),
            keras.layers.Dense(3, activation="softmax"),
        ]
    )
    name = {"binary_crossentropy": "categorical_crossentropy"}.get(loss, loss)
    model.compile(optimizer=keras.optimizers.SGD(0.1, momentum=0.9), loss=name, metrics=["accuracy"])
    weights = {place: _WEIGHTS.get(name, 1.0) for place, name in enumerate(dataset.classes.names)}
    one_hot = np.eye(3, dtype=np.float32)
    for epoch in range(2):
        order = draw_order(len(dataset.train), seed=7, epoch=epoch)
        history = model.fit(
            dataset.train.tokens[order],
            one_hot[dataset.train.labels[order]],
            validation_data=(dataset.validation.tokens, one_hot[dataset.validation.labels]),
            class_weight=weights,
            batch_size=36,
            shuffle=False,
            verbose=0,
        )
        for name, (value,) in history.history.items():
            if name != "loss":  # of which fit tells a mean by weight
                figures = [result.history.metrics[name][epoch] for _, result in ours]
                assert figures == pytest.approx([value] * len(kernels), abs=1e-5), name
    for folder, _ in ours:
        for weight, expected in zip(read_weights(folder / "last-tiny-model.h5"), model.get_weights(), strict=True):
            np.testing.assert_allclose(weight, expected, rtol=0, atol=1e-5)


def test_the_macro_f1_that_is_monitored_is_scikit_learns_and_chooses_the_epoch(train, tiny_config, tweets):
    import keras

    from lstm_cli.data.dataset import load_dataset

    config = tiny_config(
        tweets,
        "training.early_stopping={monitor: val_macro_f1, patience: 2}",
        "training.optimizer.learning_rate=0.05",
        "training.epochs=40",
    )
    folder, result = train(config)
    values = result.history.metrics["val_macro_f1"]
    best = result.record.best_epoch
    assert best == int(np.argmax(values)) + 1
    assert result.record.stopped_early
    assert len(values) == best + 2
    validation = load_dataset(config.data).validation
    predicted = keras.models.load_model(folder / "best-tiny-model.h5")(validation.tokens).numpy().argmax(axis=1)
    assert values[best - 1] == pytest.approx(metrics.f1_score(validation.labels, predicted, average="macro"))


def test_the_threshold_in_the_model_is_the_best_on_the_validation_part_and_scores_no_less(
    train, tiny_config, uneven
):
    from lstm_cli.data.dataset import load_dataset
    from lstm_cli.evaluation import find_threshold
    from lstm_cli.inference.classifier import load_classifier

    config = tiny_config(uneven / "known.csv", *_UNEVEN, "training.epochs=2", "training.threshold=macro_f1")
    folder, _ = train(config)
    classifier = load_classifier(folder / "best-tiny-model.h5")
    validation = load_dataset(config.data).validation
    probabilities = classifier.compute_probabilities(validation)
    assert classifier.threshold == find_threshold(validation.labels, probabilities) != 0.5


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_of_5_percent_positive_reviews_weights_and_a_threshold_of_their_own_find_more(
    *, seed, train, tiny_config, uneven, tmp_path
):
    """On reviews that neither the training nor the threshold has seen, where the plain run calls none positive."""
    from lstm_cli.config import SourceConfig
    from lstm_cli.data.selection import select_reviews
    from lstm_cli.inference.classifier import load_classifier
    from lstm_cli.inference.judgement import judge

    def train_classifier(setting):
        config = tiny_config(uneven / "known.csv", *_UNEVEN, f"training.seed={seed}", setting)
        folder, _ = train(config, path=tmp_path / "run")
        return load_classifier(folder / "best-tiny-model.h5")

    def judge_on(classifier, source):
        selection = select_reviews(
            source,
            split=None,
            config=classifier.data,
            encoder=classifier.encoder,
            classes=classifier.classes,
            fingerprint=classifier.provenance.fingerprint,
        )
        return judge(classifier, selection)

    new = SourceConfig(dataset=str(uneven / "new.csv"))
    weighted = train_classifier("training.class_weight=balanced")
    with_threshold = train_classifier("training.threshold=macro_f1")
    plain = replace(with_threshold, threshold=0.5)
    suggestion = judge_on(plain, None).suggestion
    # None where it gains so little on the validation part that chance may have done it.
    assert suggestion is None or suggestion.threshold == with_threshold.threshold
    before, *after = (judge_on(classifier, new) for classifier in (plain, weighted, with_threshold))
    assert before.accuracy == pytest.approx(before.largest_class_share, abs=0.005)
    for evaluation in after:
        assert evaluation.macro_f1 > before.macro_f1 + 0.01
        assert evaluation.balanced_accuracy > before.balanced_accuracy
        assert evaluation.accuracy < before.accuracy  # which tells the contrary
