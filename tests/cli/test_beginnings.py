"""What a user hears of a training before its first epoch, and when nothing is to be said."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lstm_cli.cli.beginnings import describe_beginning
from lstm_cli.data.dataset import load_dataset
from lstm_cli.history import History
from lstm_cli.models.kernels import KernelChoice
from lstm_cli.sessions.facts import TrainingBegan
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
