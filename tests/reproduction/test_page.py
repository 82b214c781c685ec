"""The page says what the runs say."""

from __future__ import annotations

from pathlib import Path

import pytest

from lstm_cli.config import load_config
from lstm_cli.config.files import find_named_config
from lstm_cli.history import History
from lstm_cli.training.run_folder import RunRecord
from reproduction.claims import judge_claims
from reproduction.page import (
    END,
    START,
    format_published,
    format_runs,
    format_settings,
    format_spread,
    format_stock,
    format_traces,
    insert_tables,
)
from reproduction.runs import Run
from reproduction.tutorials import DROPOUT, GRU, LSTM, SIMPLE_RNN, STACKED, Published


def build_run(model, *, seed=42, loss=0.4, val_loss=0.5, val_accuracy=(0.6, 0.7), parameters=100, judged=None):
    best = {"loss": loss, "accuracy": 0.8, "val_loss": val_loss, "val_accuracy": val_accuracy[-1]}
    record = RunRecord(
        model.rpartition("/")[2], seed, "imdb", "ab", {}, parameters, "fast", "CPU", {}, finished=True,
        epochs=len(val_accuracy), best_epoch=len(val_accuracy), best=best,
    )  # fmt: skip
    history = History({"val_loss": (0.6, val_loss), "val_accuracy": val_accuracy, "seconds": (1.0, 3.0)})
    return Run(model, Path("runs") / model / f"seed-{seed}", record, history, judged or {})


def test_a_spread_is_the_mean_and_the_sample_standard_deviation():
    assert format_spread([1.0, 2.0, 3.0], digits=2) == "2.00 ± 1.00"
    assert format_spread([0.5]) == "0.5000"


def test_published_figures_are_met_by_the_mean_or_missed_by_what_lacks():
    runs = {"m": [build_run("m", seed=seed, val_accuracy=(value, 0.9)) for seed, value in ((1, 0.7), (2, 0.8))]}
    table = format_published(runs, [Published("m", 1, 0.74), Published("m", 1, 0.76), Published("other", 1, 0.1)])
    assert "| m | validation accuracy after 1 epoch | 0.74 | 0.7500 ± 0.0707 | met |" in table
    assert "| **missed** by 0.0100 |" in table
    assert "other" not in table


def test_a_run_that_ended_sooner_gives_its_last_epochs_figure():
    table = format_published({"m": [build_run("m")]}, [Published("m", 10, 0.5)])
    assert "| 0.5 | 0.7000 | met |" in table


def test_a_test_figure_is_that_of_the_evaluation():
    run = build_run("m", judged={"test": {"accuracy": 0.72, "loss": 0.6}})
    assert "| test accuracy in the end | 0.717 | 0.7200 | met |" in format_published(
        {"m": [run]}, [Published("m", None, 0.717)]
    )
    assert format_runs({"m": [run]}).count("0.7200") == 1


def test_the_settings_are_those_of_the_configuration():
    names = (DROPOUT, "tutorials/b-lstm128-64")
    table = format_settings({name: load_config(find_named_config(name)) for name in names})
    assert f"| {DROPOUT} | 500 | 100 | 0, 0.2 | Embedding 16 → lstm 8 dropout 0.3 | rmsprop 0.0001 |" in table
    assert (
        "→ lstm 128 output dropout 0.5 → lstm 64 output dropout 0.5 | adadelta 1 | mean_squared_error |" in table
    )


def test_every_run_stands_beside_the_command_that_makes_it():
    table = format_traces({LSTM: [build_run(LSTM)]}, stock={}, root=Path("runs"), overrides=("data.limit=9",))
    assert (
        f"`lstm-train --model {LSTM} --seed 42 --output runs/{LSTM}/seed-42 --set data.limit=9` | 2 | 0.5" in table
    )


def test_stock_keras_stands_beside_ours_with_its_own_best_epoch():
    history = History({"val_loss": (0.5, 0.4, 0.45), "val_accuracy": (0.7, 0.79, 0.8)})
    table = format_stock({LSTM: [build_run(LSTM)]}, {LSTM: {42: history}})
    assert f"| {LSTM} | stock Keras | 1 | 3.0 | 0.4000 | 0.7900 |" in table
    assert f"| {LSTM} | lstm-train | 1 | 2.0 | 0.5000 | 0.7000 |" in table


def test_the_tables_take_the_place_of_the_old_ones_and_leave_the_rest():
    page = f"# Ours\n\n{START}\nold\n{END}\n\nBy hand.\n"
    assert insert_tables(page, "new") == page.replace("old", "new")
    assert insert_tables("", "new").startswith("# Results\n")
    assert insert_tables("# Mine\n", "new").startswith("# Mine\n\n" + START)


@pytest.fixture
def runs():
    """Three seeds of each model, whose differences hardly scatter."""
    figures = {
        LSTM: (0.40, 0.47, 0.790, 100, 0.40),
        DROPOUT: (0.46, 0.46, 0.780, 100, 0.42),
        STACKED: (0.45, 0.48, 0.785, 200, 0.41),
        GRU: (0.41, 0.46, 0.792, 80, 0.41),
        SIMPLE_RNN: (0.60, 0.65, 0.650, 50, 0.60),
    }
    return {
        model: [
            build_run(
                model,
                seed=seed,
                loss=loss,
                val_loss=val_loss + seed / 1e5,
                val_accuracy=(0.5, accuracy - seed / 1e5),
                parameters=parameters,
                judged={"train": {"loss": at_rest, "accuracy": 0.8}},
            )
            for seed in (1, 2, 3)
        ]
        for model, (loss, val_loss, accuracy, parameters, at_rest) in figures.items()
    }


def test_every_claim_gets_the_verdict_of_its_numbers(runs):
    reaches = {LSTM: {1: 60, 2: 61, 3: 62}, GRU: {1: 70, 2: 70, 3: 70}, SIMPLE_RNN: {1: 10, 2: 12, 3: 14}}
    claims = judge_claims(runs, reaches=reaches)
    assert [claim.verdict for claim in claims] == ["yes", "yes", "no", "no", "yes", "yes", "yes", "yes"]
    assert "-0.0700 (95 % interval" in claims[0].numbers
    assert "80 against 100" in claims[4].numbers
    assert "c-simple-rnn: 12, c-lstm: 61, c-gru: 70; SimpleRNN's less the LSTM's: -49.0" in claims[-1].numbers


def test_a_claim_without_its_runs_is_left_out(runs):
    assert judge_claims({GRU: runs[GRU]}, reaches={}) == []
    assert {claim.text for claim in judge_claims({LSTM: runs[LSTM], GRU: runs[GRU]}, reaches={})} == {
        "The GRU has fewer weights",
        "… and is no worse",
    }
