"""`lstm-plot`: histories of ours and of Keras' → a figure."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys

import pytest

from lstm_cli.config import load_config
from lstm_cli.history import load_history

_BEGINNINGS = {".png": b"\x89PNG\r\n\x1a\n", ".svg": b"<?xml", ".pdf": b"%PDF-"}


@pytest.fixture
def history_file(finished_run, tmp_path):
    """A copy of the finished run's history in a folder of its own."""
    path = tmp_path / "first" / "history.json"
    path.parent.mkdir()
    path.write_bytes((finished_run / "history.json").read_bytes())
    return path


@pytest.mark.parametrize("suffix", _BEGINNINGS)
def test_the_figure_is_of_the_kind_that_its_name_says(suffix, invoke, history_file, tmp_path):
    figure = tmp_path / "figures" / f"loss{suffix}"
    result = invoke("lstm-plot", history_file, "-o", figure)
    assert (result.exit_code, result.stdout, result.stderr) == (0, f"{figure}\n", "")
    assert figure.read_bytes().startswith(_BEGINNINGS[suffix])


def test_the_figure_lies_beside_the_first_history_by_default(invoke, history_file):
    folder = history_file.parent
    assert "[default: loss]" in invoke("lstm-plot", "--help").stdout
    for argument in (history_file, folder):
        result = invoke("lstm-plot", argument)
        assert result.stdout == f"{folder / 'loss.png'}\n"
        (folder / "loss.png").unlink()
    assert invoke("lstm-plot", folder, "--metric", "accuracy").stdout == f"{folder / 'accuracy.png'}\n"


def test_several_histories_without_a_place_for_their_figure_leave_the_runs_as_they_are(
    invoke, finished_run, history_file, tmp_path, monkeypatch
):
    """Also where the command is given inside a run's folder."""
    run = tmp_path / "run"
    shutil.copytree(finished_run, run)
    before = {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}
    monkeypatch.chdir(run)
    for metric in ("loss", "val_accuracy"):
        result = invoke("lstm-plot", run, history_file, "--metric", metric)
        assert result.stdout == f"overlaid-{metric}.png\n"
        assert (run / f"overlaid-{metric}.png").read_bytes().startswith(_BEGINNINGS[".png"])
    assert {path: path.read_bytes() for path in before} == before


def test_a_log_beside_a_run_does_not_take_the_place_of_the_runs_figure(invoke, finished_run, tmp_path):
    run = tmp_path / "run"
    shutil.copytree(finished_run, run)
    before = (run / "loss.png").read_bytes()
    log = run / "log.csv"
    log.write_text("epoch,loss\n0,0.7\n1,0.5\n")
    assert invoke("lstm-plot", log).stdout == f"{run / 'log-loss.png'}\n"
    assert (run / "loss.png").read_bytes() == before
    alone = tmp_path / "log.csv"
    log.rename(alone)
    assert invoke("lstm-plot", alone).stdout == f"{tmp_path / 'loss.png'}\n"


@pytest.mark.parametrize("metric", ["loss", "accuracy"])
@pytest.mark.parametrize("rule", ["monitor: val_loss", "monitor: val_accuracy", "start_from_epoch: 3"])
def test_the_runs_best_epoch_is_marked_by_its_own_configuration(rule, metric, invoke, finished_run, tmp_path):
    run = tmp_path / "run"
    shutil.copytree(finished_run, run)
    config = run / "config.yaml"
    text = config.read_text()
    begin = text.index("  early_stopping:")
    end = re.compile(r"^  \w", re.MULTILINE).search(text, begin + 3).start()
    config.write_text(f"{text[:begin]}  early_stopping: {{{rule}, patience: 30}}\n{text[end:]}")
    expected = load_history(run).best_epoch(load_config(config).training.monitor)
    for path in (run, run / "history.json"):
        result = invoke("lstm-plot", path, "--metric", metric, "-o", tmp_path / "x.svg", "--json")
        assert json.loads(result.stdout)["histories"][0]["best_epoch"] == expected
        assert f"<!-- best epoch {expected}" in (tmp_path / "x.svg").read_text(encoding="utf-8")
    copy = tmp_path / "history.json"  # a bare history
    copy.write_bytes((run / "history.json").read_bytes())
    result = invoke("lstm-plot", copy, "--metric", metric, "-o", tmp_path / "x.svg")
    word = "lowest" if metric == "loss" else "highest"
    assert f"<!-- {word} " in (tmp_path / "x.svg").read_text(encoding="utf-8")


def test_a_run_whose_configuration_cannot_be_read_is_drawn_and_that_is_told(invoke, finished_run, tmp_path):
    run = tmp_path / "run"
    shutil.copytree(finished_run, run)
    (run / "config.yaml").write_text("model: [")
    result = invoke("lstm-plot", run)
    assert result.exit_code == 0
    assert "config.yaml" in result.stderr
    assert "not the run's best epoch" in result.stderr


def test_what_is_left_out_and_what_is_not_drawn_is_told_unless_quiet(invoke, tmp_path):
    log = tmp_path / "log.csv"
    log.write_text("epoch,train_loss,val_loss,test_loss,time\n0,0.7,0.6,0.65,00:01\n1,0.6,0.5,0.6,00:01\n")
    result = invoke("lstm-plot", log)
    assert result.exit_code == 0
    assert "left out for want of numbers: 'time'" in result.stderr
    assert "not drawn: test_loss" in result.stderr
    assert invoke("lstm-plot", log, "-q").stderr == ""


def test_a_metric_goes_by_any_of_its_names(invoke, tmp_path):
    old, new = tmp_path / "old.json", tmp_path / "new.json"
    old.write_text('{"acc": [0.5, 0.6], "val_acc": [0.5, 0.55], "lr": [0.1, 0.1]}')
    new.write_text('{"accuracy": [0.5, 0.7], "val_accuracy": [0.5, 0.6], "learning_rate": [0.1, 0.1]}')
    for metric, keras_name in [("acc", "accuracy"), ("val_acc", "val_accuracy"), ("lr", "learning_rate")]:
        result = invoke("lstm-plot", old, new, "--metric", metric, "-o", tmp_path / "x.png", "--json")
        assert result.exit_code == 0, result.stderr
        assert json.loads(result.stdout)["metric"] == keras_name
    assert invoke("lstm-plot", new, "--metric", "acc").stdout == f"{tmp_path / 'accuracy.png'}\n"


def test_a_name_that_no_font_has_is_shown_in_latin_letters_and_that_is_told(invoke, tmp_path, monkeypatch):
    from matplotlib.font_manager import fontManager

    plain = [entry for entry in fontManager.ttflist if entry.name.startswith("DejaVu")]
    monkeypatch.setattr(fontManager, "ttflist", plain)
    log = tmp_path / "影评.json"
    log.write_text('{"loss": [0.5, 0.4]}')
    result = invoke("lstm-plot", log, "-o", tmp_path / "x.svg")
    assert result.exit_code == 0
    assert "No installed font has 影评: such letters are drawn as Latin ones" in result.stderr
    assert "<!-- YingPing: loss by epoch" in (tmp_path / "x.svg").read_text(encoding="utf-8")


def test_several_histories_share_a_figure_each_by_its_runs_name(invoke, history_file, tmp_path):
    other = tmp_path / "second" / "history.json"
    other.parent.mkdir()
    other.write_text('{"loss": [0.7, 0.5], "val_loss": [0.7, 0.6]}')
    dump = tmp_path / "dump.json"
    dump.write_text('{"loss": [0.9], "val_loss": [0.8]}')
    log = tmp_path / "log.csv"
    log.write_text("epoch,loss,val_loss\n0,0.7,0.6\n1,0.5,0.4\n2,0.4,0.3\n")
    figure = tmp_path / "all.svg"
    result = invoke("lstm-plot", history_file.parent, other, dump, log, "-o", figure, "--json")
    document = json.loads(result.stdout)
    assert [item["epochs"] for item in document["histories"]] == [4, 2, 1, 3]
    assert document["figure"] == str(figure)
    drawn = figure.read_text(encoding="utf-8")
    for name in ("first", "second", "dump", "log"):
        assert f"<!-- {name}" in drawn, name


def test_no_tensorflow_is_imported(run_command, finished_run, tmp_path, command_environment):
    program = (
        "import sys\n"
        "from lstm_cli.cli.plot import plot\n"
        "plot(sys.argv[1:], standalone_mode=False)\n"
        "print(sorted({'tensorflow', 'keras', 'numba', 'sklearn', 'pandas'} & set(sys.modules)))\n"
    )
    figure = tmp_path / "loss.png"
    result = subprocess.run(
        [sys.executable, "-c", program, finished_run, "-o", figure],
        env=command_environment,
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    assert result.stdout == f"{figure}\n[]\n"
    installed = run_command("lstm-plot", finished_run, "-o", figure, "-q")
    assert (installed.returncode, installed.stderr) == (0, "")


def test_failures_are_explained(assert_fails, history_file, tmp_path):
    folder = history_file.parent
    missing = assert_fails(4, "lstm-plot", tmp_path / "missing.json")
    assert "There is no history" in missing
    empty = tmp_path / "empty.json"
    for content in ("{}", '{"loss": []}'):
        empty.write_text(content)
        assert "holds no epochs" in assert_fails(4, "lstm-plot", empty)
    assert "There is no history" in assert_fails(4, "lstm-plot", tmp_path)
    message = assert_fails(4, "lstm-plot", history_file, "--metric", "acuracy")
    assert "Did you mean 'accuracy'?" in message
    assert ".png" in assert_fails(2, "lstm-plot", history_file, "-o", tmp_path / "loss.gif")
    assert not (folder / "loss.png").exists()
    (tmp_path / "file").write_text("")
    in_the_way = assert_fails(1, "lstm-plot", history_file, "-o", tmp_path / "file" / "loss.png")
    assert "Cannot write" in in_the_way
