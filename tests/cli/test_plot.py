"""`lstm-plot`: histories of ours and of Keras' → a figure."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

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
    for argument in (history_file, folder):
        result = invoke("lstm-plot", argument)
        assert result.stdout == f"{folder / 'loss.png'}\n"
        (folder / "loss.png").unlink()
    assert invoke("lstm-plot", folder, "--metric", "accuracy").stdout == f"{folder / 'accuracy.png'}\n"


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
