"""What the tests of the commands share: the commands, in a process of their own and in this one, and a run."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import forked_python
import pytest
from click.testing import CliRunner, Result

# Soon trained, and for as many epochs as are asked for; no batch is short, so that one step fewer is traced.
_SETTINGS = [
    "training.optimizer.learning_rate=0.02", "data.maxlen=30", "training.early_stopping.patience=30",
    "training.batch_size=72",
]  # fmt: skip
FAST = [word for setting in _SETTINGS for word in ("-s", setting)]

# These import TensorFlow; the others need no help to start soon.
_SLOW_TO_START = {"lstm-train", "lstm-sweep"}


def _list_runs() -> list[Path]:
    """Return what lies where a command that is told no other place writes, if it is run where the suite is."""
    folder = Path(__file__).parents[2] / "runs"
    return sorted(folder.iterdir()) if folder.is_dir() else []


def _find_command(name: str) -> Path:
    return Path(sys.executable).parent / name


def _build_environment(home: Path) -> dict[str, str]:
    return os.environ | {"XDG_CACHE_HOME": str(home), "KERAS_HOME": str(home / "keras"), "COLUMNS": "100"}


def _run_command(
    name: str,
    *arguments: object,
    environment: dict[str, str],
    stdin: str = "",
    cwd: Path | None = None,
    is_forked: bool = True,
) -> subprocess.CompletedProcess[str]:
    run_process = forked_python.run if is_forked and name in _SLOW_TO_START else subprocess.run
    return run_process(
        [_find_command(name), *map(str, arguments)],
        input=stdin,
        cwd=cwd,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )


@pytest.fixture(scope="module")
def command_environment(tmp_path_factory) -> dict[str, str]:
    """The environment of the commands: caches of a file's own, as what is cached is not told again."""
    return _build_environment(tmp_path_factory.mktemp("command-cache"))


@pytest.fixture(scope="session")
def command_path() -> Callable[[str], Path]:
    """A function: a command's name → its script, as installed."""
    return _find_command


@pytest.fixture(scope="module")
def run_command(command_environment) -> Callable[..., subprocess.CompletedProcess[str]]:
    """A function: an installed command and its arguments → what came of it, in a process of its own.

    A training's and a sweep's are forked, unless the start itself is to be seen.
    """
    return functools.partial(_run_command, environment=command_environment)


@pytest.fixture
def invoke() -> Callable[..., Result]:
    """A function: a command's name and its arguments → what came of it, in this process."""
    from lstm_cli.cli.compare import compare
    from lstm_cli.cli.config import config
    from lstm_cli.cli.data import data
    from lstm_cli.cli.evaluate import evaluate
    from lstm_cli.cli.plot import plot
    from lstm_cli.cli.predict import predict
    from lstm_cli.cli.sweep import sweep
    from lstm_cli.cli.train import train

    commands = {
        "lstm-train": train,
        "lstm-eval": evaluate,
        "lstm-data": data,
        "lstm-plot": plot,
        "lstm-predict": predict,
        "lstm-config": config,
        "lstm-compare": compare,
        "lstm-sweep": sweep,
    }

    def call(name: str, *arguments: object, stdin: str | bytes = "") -> Result:
        before = _list_runs()
        result = CliRunner().invoke(commands[name], [*map(str, arguments)], input=stdin, prog_name=name)
        assert _list_runs() == before, "the test leaves a run in the repository"
        return result

    return call


@pytest.fixture
def assert_fails(invoke) -> Callable[..., str]:
    """A function: a command line and what it must fail with → its message of one or two lines."""

    def check(exit_code: int, name: str, *arguments: object, stdin: str | bytes = "") -> str:
        result = invoke(name, *arguments, stdin=stdin)
        assert result.exit_code == exit_code, result.output
        assert result.stdout == ""
        errors = result.stderr[result.stderr.index("Error: ") :]
        assert "Traceback" not in result.stderr
        assert errors.count("\n") <= 2
        return errors

    return check


@pytest.fixture(scope="session")
def finished_run(reviews_csv, make_once, tmp_path_factory) -> Path:
    """The folder of a run that `lstm-train` made; tests that change it take a copy."""

    def train(folder: Path) -> None:
        options = ["-m", "gru", "-d", reviews_csv, "--epochs", 4, "--seed", 3, *FAST, "-o", folder, "-q"]
        environment = _build_environment(tmp_path_factory.mktemp("command-cache"))
        result = _run_command("lstm-train", *options, environment=environment, is_forked=False)
        assert result.returncode == 0, result.stderr
        assert result.stderr == ""  # quiet, and no noise of TensorFlow's

    return make_once("finished/gru", train)


@pytest.fixture(scope="session")
def model_file(finished_run) -> Path:
    """The best model of the finished run."""
    return finished_run / "best-gru-model.h5"


@pytest.fixture
def run_copy(finished_run, tmp_path) -> Path:
    """The finished run once more, to be changed."""
    return Path(shutil.copytree(finished_run, tmp_path / "copy"))
