"""Reviews → a run folder, from Python: as `lstm-train` does it, in a process that is another program's."""

from __future__ import annotations

import random
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from lstm_cli.api.arguments import (
    Given,
    GivenData,
    Place,
    build_output,
    check_threads,
    give_place,
    list_settings,
    read_path,
)
from lstm_cli.api.models import load
from lstm_cli.cli.interrupts import raise_signals
from lstm_cli.cli.reading import format_setting
from lstm_cli.cli.trainings import TrainingDisplay, describe_stop
from lstm_cli.config import DEFAULT_CONFIG, Config, find_named_config, show_value
from lstm_cli.data.sources import locate_path
from lstm_cli.errors import ArgumentError, ConfigError
from lstm_cli.inference.classifier import Classifier
from lstm_cli.kernels.threads import keep_threads
from lstm_cli.sessions.configs import load_effective_config
from lstm_cli.sessions.run import Run as FinishedRun
from lstm_cli.sessions.session import Session


@dataclass(frozen=True, repr=False)
class Run:
    """A training that has come to its end.

    Attributes:
        folder: where all of it lies; the commands take it as one of theirs.
        config: the effective configuration.
        history: every epoch's figures by Keras' names, equally long; `pandas.DataFrame(run.history)` is a table.
        best_epoch: the one that the model is of; the first is 1.
        model_file: the model's.
    """

    folder: Path
    config: Config
    history: Mapping[str, tuple[float, ...]]
    best_epoch: int | None
    model_file: Path

    def __repr__(self) -> str:
        """Return it in a line."""
        epochs = len(next(iter(self.history.values()), ()))
        return f"Run({str(self.folder)!r}, epochs={epochs}, best_epoch={self.best_epoch})"

    @cached_property
    def model(self) -> Classifier:
        """The model, read from its file, as `load` reads it."""
        return load(self.model_file)


def train(
    data: Given | None = None,
    *,
    model: str | None = None,
    config: Place | None = None,
    settings: Mapping[str, object] | None = None,
    output: Place | None = None,
    force: bool = False,
    threads: int | None = None,
    verbose: int = 1,
) -> Run:
    """Train a classifier, and leave a run folder as `lstm-train` does.

    Args:
        data: a data set's name or path, several of them, a data frame, or pairs of text and label; by default what
            the configuration names. Reviews that lie nowhere are kept as `data.jsonl` in the run's folder.
        model: a configuration by name; by default the best one here, `ngram-lstm`.
        config: a configuration's file, in the place of a name.
        settings: values by their paths, which beat the configuration's: `{"training.epochs": 2}`.
        output: the run's folder; by default `runs/<model>`, then `runs/<model>-2`, …
        force: train in an `output` that holds a run already, anew.
        threads: cores to compute on; by default all.
        verbose: 0 shows neither progress nor notices.

    Raises:
        ArgumentError: an argument is none.
        ConfigError: a name or a setting is wrong, or `output` is in use and `force` is not given.
        DataError: the reviews cannot be read.
        TrainingError: the loss is no finite number any more, or another training is under way in the folder.
        OutputError: a file cannot be written.
        KeyboardInterrupt: Ctrl-C. The first ends the training after the batch under way; `resume` goes on.
    """
    path = _find_config(model, config)
    place = None if output is None else read_path(output, name="output")
    check_threads(threads)
    with give_place(data) as given:
        effective = load_effective_config(path, overrides=[*list_settings(settings), *_list_datasets(given)])
        return _train(
            lambda session: session.begin(effective, output=place, force=force, kept=given.kept),
            threads=threads,
            verbose=verbose,
        )


def resume(
    folder: Place,
    *,
    epochs: int | None = None,
    data: Place | None = None,
    threads: int | None = None,
    verbose: int = 1,
) -> Run:
    """Go on with a run where it stopped; it ends with the digits of one that was never stopped.

    Args:
        folder: the run's.
        epochs: how many in all, where it shall have more than it began with.
        data: where its reviews lie now, if they were moved.
        threads: cores to compute on; by default all.
        verbose: 0 shows neither progress nor notices.

    Raises:
        ArgumentError: an argument is none.
        ConfigError: the run's configuration is not what it began with.
        DataError: the reviews are others than those the run began with.
        TrainingError: the run is over, or cannot go on.
        OutputError: a file cannot be written.
        KeyboardInterrupt: as `train`.
    """
    path = read_path(folder, name="folder")
    check_threads(threads)
    if not path.is_dir():
        raise ConfigError(f"folder: expected a run's folder; {path} is none.")
    changes = [] if epochs is None else [format_setting("training.epochs", epochs)]
    if data is not None:
        changes.append(format_setting("data.dataset", locate_path(str(read_path(data, name="data")))))
    return _train(lambda session: session.resume(path, changes=changes), threads=threads, verbose=verbose)


def _find_config(model: str | None, config: Place | None) -> Path:
    if model is not None and config is not None:
        raise ArgumentError("model and config exclude each other: both name a configuration.")
    if config is not None:
        return read_path(config, name="config")
    if model is not None and not isinstance(model, str):
        raise ArgumentError(f"model: expected a configuration's name, got {show_value(model)}.")
    return find_named_config(model or DEFAULT_CONFIG)


def _list_datasets(given: GivenData) -> list[str]:
    return [format_setting("data.dataset", given.datasets)] if given.datasets else []


def _train(begin: Callable[[Session], FinishedRun], *, threads: int | None, verbose: int) -> Run:
    """Train, and leave the process as it was.

    Raises:
        KeyboardInterrupt: the user asked to stop.
    """
    _check_backend()
    # Somebody else's handler stays, and so does what was asked for by `nohup` and the like.
    is_ours = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    signals = [signal.SIGINT] if is_ours else []
    with (
        raise_signals(signals),
        keep_threads(),
        _keep_random_states(),
        TrainingDisplay(build_output(verbose), signals=signals) as display,
    ):
        run = begin(display.open_session(threads=threads, is_guest=True))
    folder, result = run.folder, run.result
    if result.interrupted:
        raise KeyboardInterrupt(f"{describe_stop(run)}\nGo on with: lstm_cli.resume({str(folder.path)!r})")
    return Run(folder.path, run.config, result.history.metrics, result.record.best_epoch, folder.best_model)


def _check_backend() -> None:
    """Refuse a process in which Keras runs already, on something else than TensorFlow.

    Raises:
        ConfigError: it is such a one.
    """
    keras = sys.modules.get("keras")
    if keras is not None and keras.backend.backend() != "tensorflow":
        raise ConfigError(
            f"Keras runs on {keras.backend.backend()} in this process, and models are trained on TensorFlow. "
            "Set KERAS_BACKEND=tensorflow before Keras is imported."
        )


@contextmanager
def _keep_random_states() -> Iterator[None]:
    """Let the program's own random numbers go on as if no training had seeded them."""
    states = random.getstate(), np.random.get_state()  # noqa: NPY002 - the very state that Keras seeds
    try:
        yield
    finally:
        random.setstate(states[0])
        np.random.set_state(states[1])  # noqa: NPY002 - as above
