"""`lstm-compare`: the table, the files and the figure, from run folders alone."""

from __future__ import annotations

import json
import re
import shlex
import shutil

import pandas as pd
import pytest

# Those of the finished run, so that another seed is another run of the same model.
_SETTINGS = (
    "training.optimizer.learning_rate=0.02", "data.maxlen=30", "training.early_stopping.patience=30",
    "training.batch_size=72",
)  # fmt: skip
_SHORT = [word for setting in _SETTINGS for word in ("-s", setting)]


@pytest.fixture(scope="module")
def runs(finished_run, run_command, reviews_csv, tmp_path_factory):
    """A folder with two seeds of the GRU and one LSTM, as `lstm-train` left them."""
    folder = tmp_path_factory.mktemp("compare") / "runs"
    shutil.copytree(finished_run, folder / "gru" / "seed-3")
    for model, seed in (("gru", 4), ("lstm", 3)):
        options = ["-d", reviews_csv, "--epochs", 4, "--seed", seed, *_SHORT, "-q"]
        result = run_command("lstm-train", "-m", model, *options, "-o", folder / model / f"seed-{seed}")
        assert result.returncode == 0, result.stderr
    return folder


@pytest.fixture(scope="module")
def compared(runs, run_command, command_environment, tmp_path_factory):
    """What the installed command printed, and the folder that it wrote; the baseline is not known yet."""
    folder = tmp_path_factory.mktemp("compared") / "out"
    fresh = command_environment | {"XDG_CACHE_HOME": str(tmp_path_factory.mktemp("cache"))}
    result = run_command("lstm-compare", runs, "-o", folder, environment=fresh)
    assert result.returncode == 0, result.stderr
    return result, folder


def test_the_promised_files_are_written(compared):
    result, folder = compared
    names = {"comparison.md", "comparison.csv", "comparison.json", "loss.png"}
    assert {path.name for path in folder.iterdir()} == names
    for name in names:
        assert f"Written {folder / name}\n" in result.stdout
    assert (folder / "loss.png").read_bytes().startswith(b"\x89PNG\r\n\x1a\n")


def test_the_table_fits_and_names_models_seeds_tests_and_baseline(compared):
    result, _ = compared
    lines = result.stdout.splitlines()
    assert lines[0] == "reviews.csv: judged on the test part, 30 reviews (216 to train)"
    assert any(line.startswith("n = 2") and line.count("±") == 8 for line in lines)
    for words in ("gru", "lstm", "n-gram", "McNemar's test", "exact", "p (Holm) allows"):
        assert words in result.stdout
    progress = result.stderr.splitlines()
    assert progress[0].startswith("Judging run 1 of 3: ")
    assert progress[-2] == "Judging the baseline on reviews.csv"
    assert progress[-1].startswith("Learning what n-grams say, from 216 reviews")


def test_every_runs_test_accuracy_is_lstm_evals(compared, runs, invoke):
    document = json.loads((compared[1] / "comparison.json").read_text())
    [table] = document["tables"]
    seen = {item["run"]: item["test_accuracy"] for model in table["models"] for item in model["runs"]}
    assert len(seen) == 3
    for folder, accuracy in seen.items():
        [model_file] = list((runs / folder).glob("best-*.h5"))
        judged = json.loads(invoke("lstm-eval", model_file, "--json").stdout)
        assert (judged["split"], judged["accuracy"]) == ("test", pytest.approx(accuracy))


def test_markdown_csv_json_and_terminal_agree(compared):
    result, folder = compared
    [table] = json.loads((folder / "comparison.json").read_text())["tables"]
    frame = pd.read_csv(folder / "comparison.csv")
    page = (folder / "comparison.md").read_text(encoding="utf-8")
    for model in table["models"]:
        mean = model["figures"]["val_loss"]["mean"]
        assert frame[(frame["kind"] == "model") & (frame["model"] == model["model"])]["val_loss"].item() == mean
        assert f"{mean:.4f}" in page
        assert f"{mean:.4f}" in result.stdout
    assert "lstm-compare" in page
    assert f"-o {folder}" in page


def test_json_is_the_file_and_nothing_is_written_without_output(compared, runs, invoke, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = invoke("lstm-compare", runs / "gru", runs / "lstm", "--json", "-q")
    assert (result.exit_code, result.stderr) == (0, "")
    assert list(tmp_path.iterdir()) == []
    document = json.loads(result.stdout)
    kept = json.loads((compared[1] / "comparison.json").read_text())
    for both in (document, kept):  # the one figure that is another each time
        both["tables"][0]["baseline"].pop("seconds")
    assert document == kept


def test_the_baseline_is_left_out_on_request(runs, invoke):
    result = invoke("lstm-compare", runs, "--no-baseline", "--json")
    [table] = json.loads(result.stdout)["tables"]
    assert table["baseline"] is None
    assert len(table["tests"]) == 1
    assert "baseline" not in result.stderr


def test_other_reviews_come_in_a_table_and_a_figure_of_their_own(runs, invoke, reviews_csv, tmp_path):
    options = ["-m", "gru", "-d", reviews_csv, "--epochs", 1, *_SHORT, "-q", "-s", "data.test_split=0.0"]
    assert invoke("lstm-train", *options, "-o", tmp_path / "other").exit_code == 0
    result = invoke("lstm-compare", runs, tmp_path / "other", "--no-baseline", "-o", tmp_path / "out")
    assert result.exit_code == 0, result.stderr
    assert "Table 1. reviews.csv: judged on the test part" in result.stdout
    assert "Table 2. reviews.csv: judged on the validation part" in result.stdout
    assert "Table 2 is of other reviews than table 1 (data.test_split 0.1 and 0.0)" in " ".join(
        result.stdout.split()
    )
    assert {path.name for path in (tmp_path / "out").glob("*.png")} == {"loss-1.png", "loss-2.png"}


def test_command_table_and_figures_name_one_best_epoch(run_command, invoke, reviews_csv, tmp_path, monkeypatch):
    """One that is neither the lowest loss nor the highest accuracy: nothing improves by so much."""
    import lstm_cli.plotting

    run = tmp_path / "run"
    rule = "training.early_stopping={monitor: val_accuracy, min_delta: 1, patience: 30}"
    options = ["-m", "gru", "-d", reviews_csv, "--epochs", 4, *_SHORT, "-s", rule]
    assert "Best epoch 1:" in run_command("lstm-train", *options, "-o", run).stdout
    drawn = []
    draw = lstm_cli.plotting.plot_seeds
    monkeypatch.setattr(lstm_cli.plotting, "plot_seeds", lambda models: drawn.append(draw(models)) or drawn[-1])
    result = invoke("lstm-compare", run, "--no-baseline", "-o", tmp_path / "out", "--json")
    [table] = json.loads(result.stdout)["tables"]
    assert table["models"][0]["runs"][0]["best_epoch"] == 1
    plotted = invoke("lstm-plot", run, "-o", tmp_path / "plot.svg", "--json")
    assert json.loads(plotted.stdout)["histories"][0]["best_epoch"] == 1
    [figure] = drawn
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert re.search(r", best epoch 1: 0\.\d+ \(by val_accuracy\)$", labels[0])


def test_failures_are_explained(assert_fails, runs, run_copy, tmp_path):
    assert "no run's folder" in assert_fails(4, "lstm-compare", tmp_path / "missing")
    (tmp_path / "empty").mkdir()
    assert "holds no run.json" in assert_fails(4, "lstm-compare", runs, tmp_path / "empty")
    assert "Its folder is" in assert_fails(4, "lstm-compare", runs / "lstm" / "seed-3" / "run.json")
    assert "Missing argument 'RUN" in assert_fails(2, "lstm-compare")
    (tmp_path / "file").write_text("")
    message = assert_fails(1, "lstm-compare", "--json", runs / "lstm", "--no-baseline", "-o", tmp_path / "file")
    assert "Cannot write" in message
    record = run_copy / "run.json"
    record.write_text(record.read_text().replace('"fingerprint": "', '"fingerprint": "0').rstrip())
    assert "has changed since" in assert_fails(3, "lstm-compare", run_copy)
    (run_copy / "config.yaml").write_text("model: 3\n")
    assert "config.yaml" in assert_fails(2, "lstm-compare", run_copy)
    record.write_text("{")
    assert "is no record of a run" in assert_fails(4, "lstm-compare", run_copy)


@pytest.mark.parametrize("options", [[], ["--no-baseline"]], ids=["", "no baseline"])
def test_the_command_in_the_markdown_repeats_the_comparison(options, invoke, finished_run, tmp_path):
    folder = tmp_path / "a folder"
    assert invoke("lstm-compare", finished_run, *options, "-o", folder).exit_code == 0
    text = (folder / "comparison.md").read_text()
    [words] = [shlex.split(line.strip(" `")) for line in text.splitlines() if "lstm-compare" in line]
    assert words == ["lstm-compare", str(finished_run), *options, "-o", str(folder)]
