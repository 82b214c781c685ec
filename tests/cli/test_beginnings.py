"""What a user hears of a training before its first epoch, and when nothing is to be said."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lstm_cli.cli.beginnings import describe_beginning, describe_continuation, describe_parameters
from lstm_cli.data.dataset import load_dataset
from lstm_cli.history import History
from lstm_cli.modelfile.shapes import ParameterCounts
from lstm_cli.models.kernels import KernelChoice
from lstm_cli.sessions.facts import ModelContinued, TrainingBegan
from lstm_cli.text.languages import Language


def test_reviews_of_one_thing_in_two_parts_are_told_where_chance_does_not_explain_them(tiny_config, reviews_csv):
    config = tiny_config(reviews_csv)
    dataset = load_dataset(config.data)
    said = f"10 of the {len(dataset.validation)} reviews to validate speak of the same thing"
    for by_chance, is_told in ((9, False), (2, True)):
        repeats = replace(dataset.repeats, alike=10, alike_by_chance=by_chance)
        reviews = replace(dataset, repeats=repeats)
        began = TrainingBegan(config, reviews, KernelChoice("fast"), "CPU", History(), None)
        assert (said in "\n".join(describe_beginning(began))) == is_told


def test_what_was_found_of_the_language_is_told_where_it_was_asked_for(tiny_config, reviews_csv):
    config = tiny_config(reviews_csv)
    dataset = load_dataset(config.data)
    for code, said in (("de", "language de (script Latin)"), ("und", "language not known (script Latin)")):
        data = config.data.model_copy(update={"language": code})
        began = TrainingBegan(
            config.model_copy(update={"data": data}),
            replace(dataset, language=Language(code, "Latin")),
            KernelChoice("fast"),
            "CPU",
            History(),
            None,
        )
        assert said in "\n".join(describe_beginning(began))


def test_words_that_a_first_model_does_not_know_are_told_from_half_of_them_on(tiny_config, reviews_csv):
    config = tiny_config(reviews_csv)
    dataset = load_dataset(config.data)
    for initial, share, is_told in (("a.h5", 0.5, True), ("a.h5", 0.4, False), (None, 0.9, False)):
        training = config.training.model_copy(update={"initial_model": initial})
        train = replace(dataset.train, unknown_share=dataset.train.unknown_share * 0 + np.float32(share))
        began = TrainingBegan(
            config.model_copy(update={"training": training}),
            replace(dataset, train=train),
            KernelChoice("fast"),
            "CPU",
            History(),
            None,
        )
        said = f"the model with which this begins does not know {share:.0%} of the words"
        assert (said in "\n".join(describe_beginning(began))) == is_told


def test_what_keeps_an_embedding_from_learning_by_itself_is_told_of_the_fast_kernel_alone(
    tiny_config, reviews_csv
):
    large = ("data.num_words=10000", "model.embedding.output_dim=32", "training.optimizer.amsgrad=true")
    config = tiny_config(reviews_csv, *large)
    dataset = load_dataset(config.data)
    for kernel, is_told in (("fast", True), ("keras", False)):
        began = TrainingBegan(config, dataset, KernelChoice(kernel), "CPU", History(), None)
        assert ("because of training.optimizer.amsgrad" in "\n".join(describe_beginning(began))) == is_told


@pytest.mark.parametrize(
    ("counts", "models", "said"),
    [
        (ParameterCounts(8633, 0), 1, "8,633 parameters"),
        (ParameterCounts(8633, 0), 3, "25,899 parameters"),
        (ParameterCounts(809, 8000), 1, "809 trainable and 8,000 non-trainable parameters"),
        (ParameterCounts(809, 8000), 2, "1,618 trainable and 16,000 non-trainable parameters"),
    ],
)
def test_parameters_that_stay_as_they_are_are_told_apart(counts, models, said):
    assert describe_parameters(counts, models=models) == said
    assert models != 1 or describe_parameters(counts) == said


@pytest.mark.parametrize(
    ("settings", "part", "said"),
    [
        ((), 0, "Nothing is validated: all epochs are trained, none stops early, and the last one's weights are"),
        ((), 1, None),
        (("data.padding=post",), 1, "the last steps a layer reads are padding, which often keeps the accuracy"),
        (("data.padding=post", "model.embedding.mask_zero=true"), 1, None),
        (("training.kernel=keras",), 1, None),
    ],
)
def test_what_a_user_may_not_expect_is_told(settings, part, said, tiny_config, reviews_csv):
    config = tiny_config(reviews_csv, *settings)
    dataset = load_dataset(config.data)
    if not part:
        dataset = replace(dataset, validation=dataset.encoder.encode([]))
    began = TrainingBegan(config, dataset, KernelChoice("fast"), "CPU", History(), None)
    _, parts, *others = describe_beginning(began)
    assert f"{len(dataset.train):,} reviews to train, {len(dataset.validation):,} to validate" in parts
    assert [said in other for other in others] == ([True] if said else [])


@pytest.mark.parametrize(
    ("train", "validate", "said"),
    [
        (0, 0, ""),
        (1_200, 0, "; of these reviews it was trained on 1,200 of those to train before"),
        (0, 1, "; of these reviews it was trained on 1 of those to validate before, which flatters"),
        (9, 3, "; of these reviews it was trained on 9 of those to train and 3 of those to validate before, which "
         "flatters"),
    ],
)  # fmt: skip
def test_whether_a_model_knows_the_reviews_already_is_told(train, validate, said):
    told = describe_continuation(ModelContinued(Path("a.h5"), train, validate))
    assert told == f"a.h5: going on with its weights, words and classes{said}"


def test_what_keeps_from_the_fast_kernel_and_uneven_classes_are_told(tiny_config, reviews_csv):
    config = tiny_config(reviews_csv)
    dataset = load_dataset(config.data)
    labels = np.where(np.arange(len(dataset.train)) < 4, 0, 1).astype(dataset.train.labels.dtype)
    uneven = replace(dataset, train=replace(dataset.train, labels=labels))
    kernel = KernelChoice("keras", "a GPU")
    first, _, *others = describe_beginning(TrainingBegan(config, uneven, kernel, "CPU", History(), None))
    assert first.endswith(" parameters on CPU, keras kernel")
    assert others == [
        f"reviews.csv: to train negative: 4 · positive: {len(labels) - 4}",
        "Keras' own kernel, not the fast one, because of a GPU.",
    ]


@pytest.mark.parametrize(("seconds", "is_told"), [(19.4, False), (20.0, True)])
@pytest.mark.parametrize(("epochs", "word"), [(1, "1 epoch: about "), (7, "7 epochs: about ")])
def test_a_training_of_twenty_seconds_or_more_is_told_how_long_it_takes(
    *, seconds, is_told, epochs, word, tiny_config, reviews_csv, monkeypatch
):
    monkeypatch.setattr("lstm_cli.training.cost.estimate_seconds", lambda *_, **__: seconds)
    config = tiny_config(reviews_csv, f"training.epochs={epochs}")
    began = TrainingBegan(config, load_dataset(config.data), KernelChoice("fast"), "CPU", History(), None)
    assert (f"{word}20 seconds" in describe_beginning(began)) == is_told
