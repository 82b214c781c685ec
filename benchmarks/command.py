"""The whole command, from prompt to prompt: lstm-train beside a stock Keras script on the same reviews."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.measurement import ROOT, build_environment
from benchmarks.results import CommandResult, CommandRun
from lstm_cli.config import find_named_config, load_config
from lstm_cli.data.dataset import load_dataset

# What `stock_script.py` trains.
MODEL = "gru"


def measure_command(*, folder: Path, epochs: int, rounds: int) -> CommandResult:
    """Run lstm-train with empty caches, then both commands in turn.

    Args:
        folder: an existing one, for what they write.
        epochs: of each training.
        rounds: how often both run.

    Raises:
        subprocess.CalledProcessError: a command failed; what it wrote is in the error.
    """
    arrays = folder / "arrays.npz"
    dataset = load_dataset(load_config(find_named_config(MODEL)).data)
    np.savez(
        arrays,
        train_tokens=dataset.train.tokens,
        train_labels=dataset.train.labels,
        validation_tokens=dataset.validation.tokens,
        validation_labels=dataset.validation.labels,
    )
    # Reviews and kernels are kept in these two; the first run finds both empty, the others what it has left there.
    environment = build_environment(XDG_CACHE_HOME=str(folder / "cache"), NUMBA_CACHE_DIR=str(folder / "kernels"))

    def run_ours(number: int) -> CommandRun:
        output = folder / f"ours-{number}"
        script = Path(sys.executable).with_name("lstm-train")
        command: list[str | Path] = [script, "--model", MODEL, "--epochs", str(epochs), "--output", output]
        seconds = _time(command, environment)
        history = json.loads((output / "history.json").read_text(encoding="utf-8"))
        return CommandRun(seconds, tuple(history["seconds"]))

    def run_stock(number: int) -> CommandRun:
        output = folder / f"stock-{number}"
        output.mkdir()
        command: list[str | Path] = [sys.executable, "-m", "benchmarks.stock_script", arrays, str(epochs), output]
        seconds = _time(command, environment)
        return CommandRun(seconds, tuple(json.loads((output / "seconds.json").read_text(encoding="utf-8"))))

    cold = run_ours(0)
    pairs = [(run_stock(number), run_ours(number)) for number in range(1, 1 + rounds)]
    stock, ours = zip(*pairs, strict=True)
    return CommandResult(MODEL, cold=cold, ours=ours, stock=stock)


def _time(command: Sequence[str | Path], environment: dict[str, str]) -> float:
    began = time.perf_counter()
    subprocess.run(command, check=True, cwd=ROOT, env=environment, capture_output=True)
    return time.perf_counter() - began
