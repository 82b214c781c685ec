"""Cross-validation by one command: a run a fold, resumed and compared as one model."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest
import yaml

from lstm_cli.comparison.runs import load_runs
from lstm_cli.comparison.table import build_tables
from lstm_cli.sessions.several import list_planned_runs

_SETTINGS = ["training.optimizer.learning_rate=0.02", "training.batch_size=80", "data.maxlen=12"]
TINY = [*(word for setting in _SETTINGS for word in ("-s", setting)), "--epochs", 2]


@pytest.fixture(scope="module")
def folds_folder(run_command, reviews_csv, tmp_path_factory):
    """Three folds of two models, trained by one command; and what it printed."""
    parent = tmp_path_factory.mktemp("folds") / "parent"
    models = ["-m", "gru", "-m", "tutorials/c-simple-rnn"]
    result = run_command("lstm-train", *models, *TINY, "-d", reviews_csv, "--folds", 3, "-o", parent)
    assert result.returncode == 0, result.stderr
    return parent, result


def test_each_fold_has_a_folder_and_says_which_it_is(folds_folder):
    parent, result = folds_folder
    assert [path.relative_to(parent).as_posix() for path in list_planned_runs(parent)] == [
        *(f"c-simple-rnn/fold-{n}" for n in (1, 2, 3)),
        *(f"gru/fold-{n}" for n in (1, 2, 3)),
    ]
    for fold in (1, 2, 3):
        folder = parent / "gru" / f"fold-{fold}"
        data = yaml.safe_load((folder / "config.yaml").read_text())["data"]
        assert (data["folds"], data["fold"]) == (3, fold)
        record = json.loads((folder / "run.json").read_text())
        assert (record["fold"], record["reviews"]["test"]) == (fold, 100)
    assert "gru, fold 2 of 3: 2 epochs, best" in result.stdout
    assert "gru, mean: validation loss" in result.stdout
    assert "Run 1 of 6: gru, fold 1 of 3" in result.stderr
    assert result.stderr.count("reviews.csv: read as") == 2  # once for each model, whose data settings differ


def test_a_fold_is_the_run_that_its_configuration_gives_alone(folds_folder, invoke, tmp_path):
    folder = folds_folder[0] / "gru" / "fold-2"
    result = invoke("lstm-train", "-c", folder / "config.yaml", "-o", tmp_path / "alone")
    assert result.exit_code == 0, result.stderr
    histories = [json.loads((each / "history.json").read_text()) for each in (folder, tmp_path / "alone")]
    assert histories[0]["val_loss"] == histories[1]["val_loss"]


def test_what_is_not_finished_goes_on(folds_folder, invoke, tmp_path):
    parent = tmp_path / "parent"
    shutil.copytree(folds_folder[0] / "gru", parent)
    before = (parent / "fold-2" / "history.json").read_text()
    for path in (parent / "fold-2").iterdir():
        if path.name != "config.yaml":
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    result = invoke("lstm-train", "--resume", parent, "--json")
    assert result.exit_code == 0, result.stderr
    assert [run["fold"] for run in json.loads(result.stdout)["runs"]] == [1, 2, 3]
    assert json.loads((parent / "fold-2" / "history.json").read_text())["loss"] == json.loads(before)["loss"]


def test_a_model_is_judged_on_its_own_fold(folds_folder, invoke):
    result = invoke("lstm-eval", folds_folder[0] / "gru" / "fold-3" / "best-gru-model.h5", "--json")
    document = json.loads(result.stdout)
    assert (document["split"], document["reviews"], document["seen_in_training"]) == ("test", 100, 0)


class TestCompare:
    @pytest.fixture(scope="class")
    @staticmethod
    def document(run_command, folds_folder, tmp_path_factory):
        folder = tmp_path_factory.mktemp("compared")
        result = run_command("lstm-compare", folds_folder[0], "-o", folder, "--json")
        assert result.returncode == 0, result.stderr
        return json.loads(result.stdout), folder

    def test_the_folds_of_a_model_are_a_row_of_mean_and_deviation(self, document):
        (table,) = document[0]["tables"]
        assert [(model["model"], model["n"]) for model in table["models"]] == [("c-simple-rnn", 3), ("gru", 3)]
        for model in table["models"]:
            accuracies = [run["test_accuracy"] for run in model["runs"]]
            assert [run["fold"] for run in model["runs"]] == [1, 2, 3]
            assert model["figures"]["test_accuracy"]["mean"] == pytest.approx(np.mean(accuracies))
            assert model["figures"]["test_accuracy"]["sd"] == pytest.approx(np.std(accuracies, ddof=1))
        assert table["drawing"]["folds"] == 3
        assert table["reviews"]["test"] == 300
        assert "of 3 folds" in " ".join(table["notes"]).lower()

    def test_the_paired_tests_are_over_all_folds_together(self, document, folds_folder):
        """Every text is judged once: the counts are those of the folds' models, added up."""
        (table,) = document[0]["tables"]
        assert [test["folds"] for test in table["tests"]] == [3, 3]
        (built,) = build_tables(load_runs([folds_folder[0]]), with_baseline=False)
        rnn, gru = ({item.fold: item.judgement.right for item in row.runs} for row in built.rows)
        only_rnn = sum(int((rnn[fold] & ~gru[fold]).sum()) for fold in (1, 2, 3))
        only_gru = sum(int((gru[fold] & ~rnn[fold]).sum()) for fold in (1, 2, 3))
        test = table["tests"][0]
        assert (test["only_first_right"], test["only_second_right"]) == (only_rnn, only_gru)

    def test_the_baseline_learns_anew_in_every_fold(self, document):
        (table,) = document[0]["tables"]
        accuracy = table["baseline"]["test_accuracy"]
        assert 0.6 < accuracy < 1
        assert 300 * accuracy == pytest.approx(round(300 * accuracy))  # the mean of three hundredths
        markdown = (document[1] / "comparison.md").read_text()
        assert "reviews.csv: judged on 3 folds, 300 reviews" in markdown
        row = next(line for line in markdown.splitlines() if line.startswith("| n-gram regression"))
        assert f"{accuracy:.4f} ±" in row

    def test_a_missing_fold_is_told_and_the_others_are_compared(self, folds_folder):
        paths = [folds_folder[0] / "c-simple-rnn", *(folds_folder[0] / "gru" / f"fold-{n}" for n in (1, 3))]
        (table,) = build_tables(load_runs(paths), with_baseline=False)
        assert [row.missing_folds for row in table.rows] == [(), (2,)]
        assert any(note.startswith("gru: of its 3 folds there is no 2") for note in table.notes)
        assert table.tests[0].folds == 2
        alone = [folds_folder[0] / "c-simple-rnn" / "fold-2", *paths[1:]]
        (table,) = build_tables(load_runs(alone), with_baseline=False)
        assert table.tests == ()  # no text that both have judged

    def test_folds_and_a_single_split_are_not_put_into_one_table(
        self, folds_folder, invoke, reviews_csv, tmp_path
    ):
        single = invoke("lstm-train", "-m", "gru", *TINY, "-d", reviews_csv, "-o", tmp_path / "single")
        assert single.exit_code == 0, single.stderr
        result = invoke("lstm-compare", folds_folder[0] / "gru", tmp_path / "single", "--no-baseline", "--json")
        document = json.loads(result.stdout)
        assert len(document["tables"]) == 2
        assert "data.folds 3 and null" in document["differences"][0]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--folds", 1], "--folds"),
        (["--folds", 3, "--dry-run"], "--dry-run is of one run"),
        (["--folds", 3, "--local-workers", 2], "Several workers train one run"),
        (["--folds", 3, "--test", "x.csv"], "folds and test exclude each other"),
    ],
    ids=lambda value: " ".join(map(str, value)) if isinstance(value, list) else "",
)
def test_what_cannot_be_meant_is_refused(options, message, assert_fails, reviews_csv):
    assert message in assert_fails(2, "lstm-train", "-m", "gru", "-d", reviews_csv, *options)
