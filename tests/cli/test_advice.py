"""What a user is advised to try next, and when nothing is to be said."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from lstm_cli.cli.advice import list_advice
from lstm_cli.config import load_config
from lstm_cli.data.baseline import BaselineFigures
from lstm_cli.history import History
from lstm_cli.sessions.run import Run
from lstm_cli.training.run_folder import RunFolder, RunRecord

GRU = ()
CONSTANT = ("training.optimizer={name: adam, learning_rate: 0.001}",)
NGRAMS = ("data.ngrams={}",)
SKIP = (*NGRAMS, "model.logit_skip={}")
SCHEDULE = ("training.optimizer={name: adam, learning_rate: {name: WarmupLinearDecay, warmup_target: 0.001}}",)


@pytest.fixture
def finish(tmp_path):
    """A function: settings, figures → a finished run."""
    (tmp_path / "mine.yaml").write_text("model: {recurrent: [{cell: gru, units: 8}]}\n")

    def call(
        *settings,
        accuracy=0.8,
        baseline=None,
        epochs=4,
        best_epoch=2,
        stopped_early=False,
        place="mine",
        largest=0.05,
        trained=None,
        classes=2,
    ):
        config = load_config(tmp_path / "mine.yaml", overrides=[*settings, f"training.epochs={epochs}"])
        losses = [0.5 + abs(number - best_epoch) / 10 for number in range(1, epochs + 1)]
        history = History({"val_loss": tuple(losses)})
        record = RunRecord(
            "mine", 1, "reviews.csv", "f", {"train": 200, "validation": 50, "test": 0}, 9, "fast", "CPU", {},
            finished=True, stopped_early=stopped_early, epochs=epochs, best_epoch=best_epoch,
            best={"val_loss": 0.5, "val_accuracy": accuracy},
            baseline=None if baseline is None else BaselineFigures(baseline, baseline),
        )  # fmt: skip
        told = {
            "interrupted": False,
            "largest_share": largest,
            "largest_trained_share": trained,
            "classes": classes,
        }
        result = SimpleNamespace(record=record, history=history, **told)
        return Run(RunFolder(tmp_path / place, "mine"), config, result)

    return call


def test_a_model_that_beats_the_regression_needs_no_advice(finish):
    assert list_advice([finish(*GRU, accuracy=0.8, baseline=0.7)]) == []
    assert list_advice([finish(*GRU, accuracy=0.8, baseline=0.8)]) == []
    assert list_advice([finish(*GRU, accuracy=0.1)]) == [], "nobody asked for the baseline"


@pytest.mark.parametrize(
    ("settings", "help_"),
    [
        (GRU, "--set training.class_weight=balanced"),
        (("training.class_weight=balanced",), "--model ngram-lstm"),
        ((*NGRAMS, "training.class_weight=balanced"), "do the labels say"),
    ],
)
def test_a_model_that_says_the_same_of_all_hears_it(finish, settings, help_):
    (line,) = list_advice([finish(*settings, accuracy=0.8475751, largest=0.8475750577)])
    assert "no more often than the largest class is there (0.8476 of the reviews to validate)" in line
    assert help_ in line
    assert list_advice([finish(*settings, accuracy=0.85, largest=0.8475)]) == []
    assert list_advice([finish(*settings, accuracy=0.8, largest=None)]) == [], "nothing is validated"


@pytest.mark.parametrize(
    ("settings", "help_"),
    [
        (GRU, "--model ngram-lstm"),
        (NGRAMS, "--set model.logit_skip={}"),
        ((*NGRAMS, "model.logit_skip={initial: 0.7}"), "--set model.logit_skip.initial=1.4"),
    ],
)
def test_a_model_that_loses_hears_the_setting_that_helps(finish, settings, help_):
    (line,) = list_advice([finish(*settings, accuracy=0.71, baseline=0.72)])
    assert help_ in line
    assert "0.7100 against 0.7200" in line


def test_of_several_runs_the_mean_loses_or_not(finish):
    runs = [finish(*GRU, accuracy=0.6, baseline=0.7), finish(*GRU, accuracy=0.8, baseline=0.69)]
    assert list_advice(runs) == []
    (line,) = list_advice([*runs, finish(*GRU, accuracy=0.5, baseline=0.7)])
    assert "0.6333 against 0.6967" in line


def test_a_model_whose_last_epoch_was_the_best_can_be_gone_on_with(finish, tmp_path):
    (line,) = list_advice([finish(*CONSTANT, best_epoch=4)])
    assert f"lstm-train --resume {tmp_path / 'mine'} --epochs 8" in line
    assert list_advice([finish(*CONSTANT, best_epoch=3)]) == []
    assert list_advice([finish(*CONSTANT, best_epoch=4, stopped_early=True)]) == []


def test_of_several_runs_all_must_be_improving_and_their_folder_is_named(finish, tmp_path):
    runs = [finish(*CONSTANT, best_epoch=4, place=f"all/seed-{seed}") for seed in (1, 2)]
    (line,) = list_advice(runs)
    assert f"--resume {tmp_path / 'all'} " in line
    assert list_advice([*runs, finish(*CONSTANT, best_epoch=3, place="all/seed-3")]) == []


def test_of_one_epoch_nobody_can_say_that_it_improves(finish):
    for settings, help_ in ((CONSTANT, "--epochs 2 goes on"), ((*SKIP, *SCHEDULE), "takes 20 epochs")):
        (line,) = list_advice([finish(*settings, epochs=1, best_epoch=1)])
        assert line.startswith("mine had one epoch only: ")
        assert help_ in line


def test_a_schedule_is_not_gone_on_with_and_fewer_epochs_than_usual_are_told(finish):
    assert list_advice([finish(*GRU, *SCHEDULE, best_epoch=4)]) == []
    (line,) = list_advice([finish(*SKIP, *SCHEDULE, best_epoch=4)])
    assert "--set training.epochs=auto takes 20 epochs" in line
    assert list_advice([finish(*SKIP, *SCHEDULE, epochs=20, best_epoch=20)]) == []


@pytest.mark.parametrize(("classes", "largest", "is_even"), [(2, 0.52, True), (2, 0.6, False), (5, 0.22, True)])
def test_classes_that_are_even_need_no_weights(classes, largest, is_even, finish):
    (line,) = list_advice([finish(*GRU, accuracy=0.2, largest=largest, classes=classes)])
    assert ("class_weight=balanced" in line) is not is_even
    assert ("--model ngram-lstm" in line) is is_even


def test_even_classes_of_which_the_few_validated_are_uneven_need_no_weights_either(finish):
    (line,) = list_advice([finish(*GRU, accuracy=0.2, largest=5 / 11, trained=16 / 43, classes=3)])
    assert "--model ngram-lstm" in line
    (line,) = list_advice([finish(*GRU, accuracy=0.2, largest=4 / 11, trained=30 / 43, classes=3)])
    assert "class_weight=balanced" in line
