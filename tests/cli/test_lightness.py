"""Only what trains needs TensorFlow: every other command does its work without."""

from __future__ import annotations

import json
import subprocess
import sys

_PROGRAM = """
import importlib, json, sys
for name, *words in json.loads(sys.argv[1]):
    command = getattr(importlib.import_module(f"lstm_cli.cli.{name}"), name)
    command(words, standalone_mode=False)
    found = sorted({"tensorflow", "keras"} & set(sys.modules))
    if found:
        sys.exit(f"lstm-{name} imports {found}")
"""


def test_all_but_training_goes_without_tensorflow(
    finished_run, model_file, reviews_csv, tmp_path, command_environment
):
    config = str(finished_run / "config.yaml")
    commands = [
        ["config", "ls"],
        ["config", "show", "ngram-lstm"],
        ["config", "validate", config],
        ["config", "schema"],
        ["data", str(reviews_csv)],
        ["plot", str(finished_run), "-o", str(tmp_path / "loss.png")],
        ["predict", str(model_file), "a wonderful film"],
        ["predict", str(model_file), "-f", str(reviews_csv), "-o", str(tmp_path / "scored.parquet")],
        ["evaluate", str(model_file), "-o", str(tmp_path / "judged")],
        ["compare", str(finished_run), "-o", str(tmp_path / "compared")],
        ["train", "-m", "gru", "-d", str(reviews_csv), "--dry-run"],
        ["train", "-m", "gru", "--print-config"],
    ]
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, json.dumps(commands)],
        env=command_environment,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "compared" / "comparison.json").is_file()
