"""A command line of `lstm-train` becomes the configuration of each run, in the order in which they are trained."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from lstm_cli.cli.effective_configs import load_effective_configs
from lstm_cli.cli.train import train
from lstm_cli.config import find_named_config, load_config
from lstm_cli.data.standard_input import KEPT_NAME
from lstm_cli.errors import ConfigError


def load(*words):
    """Return the configurations that a command line asks for."""
    return load_effective_configs(train.make_context("lstm-train", [*map(str, words)]).params)


def list_runs(*words):
    return [(config.name, config.training.seed, config.data.fold) for config in load(*words)]


@pytest.mark.parametrize(
    ("words", "runs"),
    [
        ("", [("ngram-lstm", 42, None)]),
        ("-m gru", [("gru", 42, None)]),
        ("-m gru -m lstm", [("gru", 42, None), ("lstm", 42, None)]),
        ("-m gru --seed 9", [("gru", 9, None)]),
        ("-m gru --seed 9 --seed 3", [("gru", 9, None), ("gru", 3, None)]),
        ("-m gru --seeds 3", [("gru", 42, None), ("gru", 43, None), ("gru", 44, None)]),
        ("-m gru --seeds 2 --seed 0", [("gru", 0, None), ("gru", 1, None)]),
        ("-m gru --seeds 1", [("gru", 42, None)]),
        ("-m gru --seeds 2 -s training.seed=5", [("gru", 5, None), ("gru", 6, None)]),
        ("-m gru -m lstm --seeds 2", [(name, seed, None) for name in ("gru", "lstm") for seed in (42, 43)]),
        ("-m gru --folds 3", [("gru", 42, 1), ("gru", 42, 2), ("gru", 42, 3)]),
        ("-m gru --folds 2 --seed 7", [("gru", 7, 1), ("gru", 7, 2)]),
        ("-m gru -m lstm --folds 2", [("gru", 42, 1), ("gru", 42, 2), ("lstm", 42, 1), ("lstm", 42, 2)]),
    ],
)  # fmt: skip
def test_each_model_has_a_run_for_each_of_its_seeds_or_folds(words, runs):
    assert list_runs(*words.split()) == runs


def test_every_fold_knows_how_many_there_are():
    assert [config.data.folds for config in load("-m", "gru", "--folds", 3)] == [3, 3, 3]


def test_the_command_line_beats_the_file_and_the_file_beats_the_default(tiny_config_file):
    options = ["--epochs", 9, "-s", "training.epochs=5", "-s", "training.seed=1", "-s", "training.seed=4"]
    [config] = load("-c", tiny_config_file, *options, "--batch-size", 16)
    assert config.name == "tiny"
    assert config.training.epochs == 9  # its own flag, beside --set
    assert config.training.seed == 4  # the last --set
    assert config.training.batch_size == 16
    assert config.data.maxlen == 12  # the file
    assert config.data.validation_split == 0.2  # the default
    assert load("-m", "gru", "--seed", 42)[0].training == load_config(find_named_config("gru")).training


def test_an_ensemble_is_one_run():
    [config] = load("-m", "gru", "--ensemble", 5)
    assert (config.training.ensemble, config.training.seed) == (5, 42)


def test_reviews_and_how_they_are_read_are_named_by_their_options(tmp_path, monkeypatch):
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text("text,label\n")
    monkeypatch.chdir(tmp_path)
    [config] = load("-m", "gru", "-d", "a.csv", "--label", "stars", "--test", "b.csv")
    assert (config.data.dataset, config.data.label) == (str(tmp_path / "a.csv"), "stars")
    assert config.data.test == str(tmp_path / "b.csv")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("-m gru -c x.yaml", "--model and --config exclude each other"),
        ("--from x.h5 -m gru", "leave --model and --config out"),
        ("--from x.h5 -c x.yaml", "leave --model and --config out"),
        ("-m gru -m gru", "--model names one of its values twice"),
        ("-m gru --seed 1 --seed 1", "--seed names one of its values twice"),
        ("-m gru --seed 1 --seed 2 --seeds 3", "--seeds N counts on from one seed"),
        ("-m gru --folds 3 --seeds 2", "--folds and several seeds exclude each other"),
        ("-m gru --folds 3 --seed 1 --seed 2", "--folds and several seeds exclude each other"),
        ("-m gru --ensemble 3 --seeds 2", "--ensemble and several seeds exclude each other"),
        ("-m gru --ensemble 3 --seed 1 --seed 2", "--ensemble and several seeds exclude each other"),
        ("-m gru --ensemble 3 --folds 2", "--ensemble and --folds exclude each other"),
    ],
)
def test_what_cannot_be_meant_is_refused(words, expected):
    with pytest.raises(click.UsageError, match=expected):
        load(*words.split())


@pytest.mark.parametrize("words", ["-m gur", "-m gru -s training.seed=-1", "-c nowhere.yaml"])
def test_what_is_no_configuration_is_refused(words):
    with pytest.raises(ConfigError):
        load(*words.split())


class TestWithAModelToBeginWith:
    """Its configuration takes a file's place."""

    def test_its_settings_are_changed_by_the_command_line(self, model_path):
        [config] = load("--from", model_path, "--epochs", 3)
        assert (config.name, config.data.maxlen, config.training.epochs) == ("model", 6, 3)
        assert config.training.initial_model == str(model_path)
        assert config.data.dataset == "imdb"

    def test_each_seed_and_each_fold_begins_with_it(self, model_path):
        runs = list_runs("--from", model_path, "--seeds", 2, "--seed", 5)
        assert runs == [("model", 5, None), ("model", 6, None)]
        assert list_runs("--from", model_path, "--folds", 2) == [("model", 42, 1), ("model", 42, 2)]

    @pytest.mark.parametrize(
        ("words", "positive"),
        [
            ((), ("positive",)),
            (("--classes", "negative=bad positive=good"), ("good",)),
        ],
    )
    def test_other_reviews_are_read_by_its_labels_or_by_those_that_are_named(self, model_path, words, positive):
        (model_path.parent / "a.csv").write_text("text,label\n")
        [config] = load("--from", model_path, "-d", model_path.parent / "a.csv", *words)
        assert config.data.dataset == str(model_path.parent / "a.csv")
        assert set(positive) <= set(config.data.classes["positive"])
        assert ("positive" in config.data.classes["positive"]) == (not words)

    def test_a_data_set_of_ours_has_its_own_labels(self, model_path):
        [config] = load("--from", model_path, "-d", "imdb")
        assert (config.data.dataset, config.data.classes) == ("imdb", None)

    def test_reviews_that_were_kept_beside_it_are_found(self, model_path):
        kept = model_path.parent / KEPT_NAME
        kept.write_text("{}\n")
        [config] = load("--from", model_path, "-s", f"data.dataset={Path('gone') / KEPT_NAME}")
        assert config.data.dataset == str(kept)
