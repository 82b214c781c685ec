"""`python -m benchmarks.prompt MODEL.h5`: what a user waits for, from prompt to prompt, and the memory for it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

import click

_SENTENCE = "a wonderful film"


@click.command()
@click.argument("model_file", type=click.Path(path_type=Path, exists=True))
@click.option(
    "--runs", type=click.IntRange(min=1), default=5, show_default=True, help="Of which the median counts."
)
def main(*, model_file: Path, runs: int) -> None:
    """Time lstm-predict on one sentence and lstm-eval on the model's test part, each in a process of its own."""
    for name, arguments in (("lstm-predict", [_SENTENCE]), ("lstm-eval", [])):
        command = [str(Path(sys.executable).parent / name), str(model_file), *arguments]
        run(command)  # the first finds nothing in the disk's cache
        seconds, megabytes = zip(*(run(command) for _ in range(runs)), strict=True)
        click.echo(f"{name}: {median(seconds):.2f} s, {median(megabytes):.0f} MB")


def run(command: Sequence[str]) -> tuple[float, float]:
    """Return a process' seconds and its largest memory in MB."""
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise click.ClickException(f"{' '.join(command)} failed with exit code {process.returncode}.")
    return seconds, usage.ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


if __name__ == "__main__":
    main()
