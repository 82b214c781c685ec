"""Judged runs become rows: what differs in seed and fold alone is one model, whatever else differs is another."""

from __future__ import annotations

import math

import pytest

from lstm_cli.comparison.rows import FIGURE_NAMES, build_rows, judge, put_nan_last
from lstm_cli.training.run_folder import MemberRecord

_FOLDS = "data.folds=3"


def list_labels(runs):
    return [row.label for row in build_rows(runs)]


class TestFigures:
    def test_a_run_without_an_epoch_has_none(self, draft_run):
        judged = judge(draft_run(finished=False))
        assert judged.judgement is None
        assert judged.figures.epochs == 0.0
        assert all(math.isnan(getattr(judged.figures, name)) for name in FIGURE_NAMES if name != "epochs")

    def test_a_run_that_holds_nothing_out_has_those_of_its_last_epoch(self, draft_run):
        reviews = {"train": 12, "validation": 0, "test": 0}
        figures = {"loss": [0.5, 0.25, 0.375], "seconds": [9.0, 1.0, 2.0]}
        judged = judge(draft_run("data.validation_split=0", reviews=reviews, figures=figures))
        assert judged.judgement is None
        assert (judged.figures.epochs, judged.figures.best_epoch, judged.figures.loss) == (3.0, 3.0, 0.375)
        assert judged.figures.seconds == 2.0
        for name in ("val_loss", "gap", "val_accuracy", "test_accuracy", "test_macro_f1"):
            assert math.isnan(getattr(judged.figures, name))

    def test_they_are_those_of_the_best_epoch_and_the_gap_is_what_was_learnt_by_heart(self, draft_run):
        figures = {"loss": [0.5, 0.25, 0.125], "val_loss": [0.875, 0.625, 0.75], "val_accuracy": [0.5, 0.75, 1.0]}
        run = draft_run(reviews={"train": 12}, figures=figures | {"seconds": [4.0, 1.0, 2.0]})
        judged = judge(run).figures
        assert (judged.best_epoch, judged.loss, judged.val_loss, judged.gap) == (2.0, 0.25, 0.625, 0.375)
        assert (judged.val_accuracy, judged.seconds) == (0.75, 2.0)

    def test_of_an_ensemble_they_are_those_of_all_members_together(self, draft_run):
        reviews = {"train": 12, "validation": 0, "test": 0}
        together = {"reviews": reviews, "best": {"loss": 0.125}, "figures": {"loss": [0.5], "seconds": [1.0]}}
        members = [MemberRecord("members/1", 7, 1, {"loss": 0.5})]
        assert judge(draft_run(**together, members=members)).figures.loss == 0.125
        assert judge(draft_run(**together)).figures.loss == 0.5


class TestModels:
    def test_seeds_and_folds_of_one_model_are_a_row(self, draft_judged):
        runs = [
            draft_judged("+", _FOLDS, f"data.fold={fold}", f"training.seed={seed}")
            for seed in (7, 8)
            for fold in (2, 1)
        ]
        [row] = build_rows(runs)
        assert (row.label, row.runs, row.repeats) == ("tiny", tuple(runs), ())
        assert [item.name for item in row.runs] == [
            "seed 7, fold 2", "seed 7, fold 1", "seed 8, fold 2", "seed 8, fold 1",
        ]  # fmt: skip
        assert draft_judged("+", "training.seed=9").name == "seed 9"

    @pytest.mark.parametrize(
        "settings",
        [
            ("training.seed=8",),
            ("data.ngrams={fold_seed: 1}", "training.seed=8"),
            ("data.dataset=elsewhere/reviews.csv", "training.seed=8"),
            ("data.validation=elsewhere.csv", "training.seed=8"),
            ("data.test=elsewhere.csv", "training.seed=8"),
        ],
    )
    def test_what_says_nothing_of_a_model_makes_no_other(self, draft_judged, settings):
        """Its seeds, those of its members' n-grams among them, and where its reviews lie."""
        first = draft_judged("+", *(["data.ngrams={}"] if "ngrams" in settings[0] else []))
        [row] = build_rows([first, draft_judged("+", *settings)])
        assert len(row.runs) == 2

    @pytest.mark.parametrize(
        ("settings", "told"),
        [
            (("data.maxlen=9",), ["data.maxlen=12", "data.maxlen=9"]),
            (("model.recurrent[0].units=3",), ["model.recurrent[0].units=2", "model.recurrent[0].units=3"]),
            (("training.early_stopping=null",), None),
            (
                ("training.ensemble=2", "data.maxlen=9", "training.seed=8"),
                ["data.maxlen=12, training.ensemble=null", "data.maxlen=9, training.ensemble=2"],
            ),
        ],
    )
    def test_another_setting_makes_another_model_which_it_tells_apart(self, draft_judged, settings, told):
        labels = list_labels([draft_judged("+"), draft_judged("+", *settings)])
        if told is None:  # a section on one side, nothing on the other
            assert labels[0].startswith("tiny (training.early_stopping.monitor=val_loss, ")
            assert labels[1] == "tiny (training.early_stopping=null)"
        else:
            assert labels == [f"tiny ({one})" for one in told]

    def test_what_differs_in_each_is_named_in_each_and_what_two_share_as_well(self, draft_judged):
        runs = [draft_judged("+"), draft_judged("+", "data.maxlen=9"), draft_judged("+", "training.batch_size=9")]
        assert list_labels(runs) == [
            "tiny (data.maxlen=12, training.batch_size=36)",
            "tiny (data.maxlen=9, training.batch_size=36)",
            "tiny (data.maxlen=12, training.batch_size=9)",
        ]

    def test_models_of_several_names_are_told_apart_by_these(self, draft_judged):
        runs = [
            draft_judged("+", "name=b", "data.maxlen=9"),
            draft_judged("+", "name=a"),
            draft_judged("+", "name=b"),
        ]
        assert list_labels(runs) == ["b (data.maxlen=9)", "a", "b (data.maxlen=12)"]

    def test_an_unfinished_run_has_a_row_of_its_own(self, draft_judged):
        finished, killed = build_rows([draft_judged("+"), draft_judged("+", "training.seed=8", finished=False)])
        assert (finished.label, finished.finished) == ("tiny", True)
        assert (killed.label, killed.finished) == ("tiny, unfinished", False)

    def test_the_first_of_two_alike_counts_and_the_others_stand_beside_it(self, draft_judged):
        runs = [
            draft_judged("+", "training.seed=7", path="a", loss=1.0),
            draft_judged("+", "training.seed=8", path="b", loss=3.0),
            draft_judged("+", "training.seed=7", path="c", loss=9.0),
        ]
        [row] = build_rows(runs)
        assert (row.runs, row.repeats) == ((runs[0], runs[1]), (runs[2],))
        assert (row.summaries["loss"].mean, row.summaries["loss"].n) == (2.0, 2)
        assert math.isnan(row.summaries["val_loss"].mean)
        assert tuple(row.summaries) == FIGURE_NAMES


class TestRow:
    def test_it_says_what_its_runs_have_in_common(self, draft_judged):
        [row] = build_rows([draft_judged("+", "training.loss=mean_squared_error")])
        assert (row.parameters, row.loss_function) == (99, "mean_squared_error")
        assert (row.folds, row.missing_folds) == (None, ())

    @pytest.mark.parametrize(("present", "missing"), [((1,), (2, 3)), ((2,), (1, 3)), ((3, 1, 2), ())])
    def test_the_folds_of_which_there_is_no_run_are_named(self, draft_judged, present, missing):
        [row] = build_rows([draft_judged("+", _FOLDS, f"data.fold={fold}") for fold in present])
        assert (row.folds, row.missing_folds) == (3, missing)

    @pytest.mark.parametrize(
        ("losses", "chosen"), [((0.5, 0.25, 0.75), 1), ((math.nan, 0.5), 1), ((0.5, 0.5), 0), ((math.nan,), 0)]
    )
    def test_the_lowest_validation_loss_stands_for_it(self, draft_judged, losses, chosen):
        runs = [
            draft_judged("+", f"training.seed={seed}", val_loss=loss) for seed, loss in enumerate(losses, start=1)
        ]
        [row] = build_rows(runs)
        assert row.chosen is runs[chosen]


def test_a_figure_that_is_not_there_is_the_worst():
    assert put_nan_last(math.nan) == math.inf
    assert put_nan_last(-3.0) == -3.0
