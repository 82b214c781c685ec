"""`validation_split: 0` trains on everything: no figure of a validation part, and nothing that needs one."""

from __future__ import annotations

import json

import pytest

from lstm_cli.modelfile.stored_model import load_model_file

_SETTINGS = ["training.optimizer.learning_rate=0.02", "training.batch_size=90", "data.maxlen=12"]
TINY = ["-m", "gru", *(word for setting in _SETTINGS for word in ("-s", setting))]
WITHOUT = ["-s", "data.validation_split=0"]


def read_history(folder):
    history = json.loads((folder / "history.json").read_text())
    return {name: values for name, values in history.items() if name != "seconds"}


@pytest.fixture(scope="module")
def unvalidated(run_command, reviews_csv, tmp_path_factory):
    """A run of five epochs that keeps a test part and validates nothing; and what it printed."""
    folder = tmp_path_factory.mktemp("unvalidated") / "run"
    options = [*TINY, *WITHOUT, "-d", reviews_csv, "--epochs", 5, "-s", "training.early_stopping.patience=0"]
    result = run_command("lstm-train", *options, "-o", folder)
    assert result.returncode == 0, result.stderr
    return folder, result


def test_every_epoch_is_trained_and_the_last_one_kept(unvalidated):
    folder, result = unvalidated
    assert read_history(folder).keys() == {"loss", "accuracy", "learning_rate"}
    record = json.loads((folder / "run.json").read_text())
    assert record["reviews"] == {"train": 270, "validation": 0, "test": 30}
    assert (record["epochs"], record["best_epoch"], record["stopped_early"]) == (5, 5, False)
    assert load_model_file(folder / "best-gru-model.h5").provenance.epoch == 5
    assert sorted(path.name for path in folder.iterdir()) == [
        "best-gru-model.h5", "config.yaml", "history.json", "loss.png", "run.json", "state",
    ]  # fmt: skip
    assert "Last epoch 5: loss" in result.stdout
    assert "Nothing is validated" in result.stderr
    assert "val_" not in result.stderr
    assert "best so far" not in result.stderr
    assert f"lstm-eval {folder / 'best-gru-model.h5'}\n" in result.stdout


def test_its_picture_and_its_plot_name_the_last_epoch(unvalidated, invoke, tmp_path):
    result = invoke("lstm-plot", unvalidated[0], "-o", tmp_path / "loss.png", "--json")
    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout)["histories"][0]["best_epoch"] == 5


def test_resuming_ends_with_the_same_digits(unvalidated, invoke, reviews_csv, tmp_path):
    folder = tmp_path / "resumed"
    options = [*TINY, *WITHOUT, "-d", reviews_csv, "-s", "training.early_stopping.patience=0", "-o", folder]
    assert invoke("lstm-train", *options, "--epochs", 2).exit_code == 0
    result = invoke("lstm-train", "--resume", folder, "--epochs", 5)
    assert result.exit_code == 0, result.stderr
    assert read_history(folder) == read_history(unvalidated[0])
    assert load_model_file(folder / "best-gru-model.h5").provenance.epoch == 5


def test_it_is_judged_on_its_test_part_and_compared(unvalidated, invoke, reviews_csv, tmp_path):
    model_file = unvalidated[0] / "best-gru-model.h5"
    judged = json.loads(invoke("lstm-eval", model_file, "--json").stdout)
    assert (judged["split"], judged["reviews"]) == ("test", 30)
    options = [*TINY, *WITHOUT, "-s", "model.recurrent[0].units=3", "-d", reviews_csv, "--epochs", 1]
    assert invoke("lstm-train", *options, "-o", tmp_path / "other").exit_code == 0
    result = invoke("lstm-compare", unvalidated[0], tmp_path / "other", "-o", tmp_path / "compared", "--json")
    assert result.exit_code == 0, result.stderr
    (table,) = json.loads(result.stdout)["tables"]
    figures = table["models"][0]["figures"]
    assert figures["val_loss"]["mean"] is None
    assert figures["test_accuracy"]["mean"] == judged["accuracy"]
    assert len(table["tests"]) == 2
    assert table["baseline"]["val_accuracy"] is None
    assert table["baseline"]["test_accuracy"] > 0.5


@pytest.fixture
def trained_on_all(invoke, reviews_csv, tmp_path):
    """A run that holds nothing back."""
    options = [
        *TINY,
        *WITHOUT,
        "-s",
        "data.test_split=0",
        "-d",
        reviews_csv,
        "--epochs",
        2,
        "-o",
        tmp_path / "all",
    ]
    result = invoke("lstm-train", *options)
    assert result.exit_code == 0, result.stderr
    assert "--data REVIEWS" in result.stdout
    return tmp_path / "all"


def test_without_any_part_to_judge_it_on_each_command_says_so(trained_on_all, invoke, assert_fails, tmp_path):
    model_file = trained_on_all / "best-gru-model.h5"
    assert "There is no validation part" in assert_fails(3, "lstm-eval", model_file)
    assert "There is no test part" in assert_fails(3, "lstm-eval", model_file, "--split", "test")
    assert invoke("lstm-eval", model_file, "--split", "train").exit_code == 0
    result = invoke("lstm-compare", trained_on_all, "-o", tmp_path / "compared", "--json")
    assert result.exit_code == 0, result.stderr
    (table,) = json.loads(result.stdout)["tables"]
    assert (table["judged_on"], table["baseline"], table["tests"]) == (None, None, [])
    assert "neither a test nor a validation part" in " ".join(table["notes"])
    assert "not judged" in (tmp_path / "compared" / "comparison.md").read_text()


def test_several_seeds_and_folds_need_no_validation_part(invoke, reviews_csv, tmp_path):
    options = [*TINY, *WITHOUT, "-d", reviews_csv, "--epochs", 1]
    for name, several in (("seeds", ["--seeds", 2]), ("folds", ["--folds", 2])):
        result = invoke("lstm-train", *options, *several, "-o", tmp_path / name)
        assert result.exit_code == 0, result.stderr
        assert "1 epoch, the last one kept, loss" in result.stdout
        compared = invoke("lstm-compare", tmp_path / name, "--json")
        assert compared.exit_code == 0, compared.stderr
        assert json.loads(compared.stdout)["tables"][0]["models"][0]["n"] == 2


def test_several_workers_train_alike_without_one(run_command, reviews_csv, unvalidated, tmp_path):
    options = [*TINY, *WITHOUT, "-d", reviews_csv, "--epochs", 2, "--local-workers", 2, "-o", tmp_path / "spread"]
    result = run_command("lstm-train", *options)
    assert result.returncode == 0, result.stderr
    history = read_history(tmp_path / "spread")
    assert history["loss"] == pytest.approx(read_history(unvalidated[0])["loss"][:2], rel=1e-3)
    assert history.keys() == {"loss", "accuracy", "learning_rate"}


def test_an_own_validation_file_validates_all_the_same(invoke, reviews_csv, tmp_path):
    own = tmp_path / "own.csv"
    own.write_text("text,label\nfine,1\ndull,0\n")
    options = [*TINY, *WITHOUT, "-d", reviews_csv, "--validation", own, "--epochs", 1, "-o", tmp_path / "run"]
    assert invoke("lstm-train", *options).exit_code == 0
    assert "val_loss" in read_history(tmp_path / "run")


def test_a_sweep_which_chooses_by_it_is_refused(assert_fails, reviews_csv, tmp_path):
    options = ["gru", *WITHOUT, "-d", reviews_csv, "-o", tmp_path / "sweep"]
    assert "A sweep chooses by the validation part" in assert_fails(2, "lstm-sweep", *options)
