"""One training's life: begun, gone on with, tried again by a sweep, or shared with other workers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from lstm_cli.config import Config, DataConfig, load_config
from lstm_cli.data.dataset import load_dataset
from lstm_cli.data.encoding import Dataset
from lstm_cli.data.moved import find_kept, find_named
from lstm_cli.data.standard_input import move_for_configs
from lstm_cli.distributed.cluster import Cluster
from lstm_cli.errors import ConfigError, DataError, TrainingError
from lstm_cli.history import History
from lstm_cli.sessions import facts
from lstm_cli.sessions.start import prepare_kernels, start_keras_for
from lstm_cli.training.run_folder import (
    RunFolder,
    RunRecord,
    create_run_folder,
    is_planned,
    load_record,
    remove_unused,
)
from lstm_cli.training.state import (
    TrainingState,
    discard_newest,
    dump_state,
    list_changes,
    load_state,
    parse_state,
)

if TYPE_CHECKING:
    from lstm_cli.training.trainer import TrainingResult


@dataclass(frozen=True)
class Run:
    """A training that has come to some end.

    Attributes:
        folder: where all of it lies.
        config: the effective one.
        result: how it ended; the user may have asked for that.
    """

    folder: RunFolder
    config: Config
    result: TrainingResult


@dataclass(eq=False)
class Session:
    """Trains, and reports to a listener.

    Every way to begin raises TrainingError where another training is under way in the folder, the loss is no
    number any more or a worker is lost, DataError for reviews that cannot be read, OutputError for a file that
    cannot be written, and whatever the listener raises.

    Attributes:
        listener: hears every fact, in this thread.
        stop_requested: asked every few batches; true ends the training after them, nothing lost.
        threads: cores to compute on; by default all.
        cluster: the workers of a training; None where this process trains alone.
    """

    listener: facts.Listener = lambda _: None
    stop_requested: Callable[[], bool] = lambda: False
    threads: int | None = None
    cluster: Cluster | None = None
    _last: tuple[DataConfig, Dataset] | None = field(default=None, init=False)
    _told: list[DataConfig] = field(default_factory=list, init=False)

    def begin(
        self, config: Config, *, output: Path | None = None, force: bool = False, kept: Path | None = None
    ) -> Run:
        """Train in a folder of its own; if that never comes to anything, it is removed.

        Args:
            config: all of it is followed.
            output: the folder; by default `runs/<model>`, or `runs/<model>-2` and so on where that exists.
            force: what an earlier run left in `output` goes.
            kept: reviews without a place of their own, which are moved into the folder.

        Raises:
            ConfigError: `output` is in use and `force` is not given.
        """
        prepare_kernels([config])
        dataset = self.read(config.data)  # what is wrong with it is found before a folder is made
        config = _settle(config, dataset)
        folder = create_run_folder(output, model=config.name, force=force)
        with folder.lock():
            folder.prepare(force=force)
            try:
                if kept is not None:
                    (config,) = move_for_configs([config], kept, folder=folder.path, force=True)
                return Run(folder, config, self._train(config, dataset=dataset, folder=folder))
            finally:
                remove_unused(folder, made=[] if kept is None else [folder.data])

    def resume(self, path: Path, *, changes: Sequence[str] = ()) -> Run:
        """Go on with a run, or begin one that is only planned; other workers than it began with do as well.

        Args:
            path: the run's folder.
            changes: how far it goes and where its reviews now lie: `training.epochs=N` and `data.dataset=PATH`.

        Raises:
            ConfigError: the run's configuration is not what it began with.
            DataError: the reviews are others than those the run began with.
            TrainingError: the run is over, or cannot go on.
        """
        record = None if is_planned(path) else load_record(path / "run.json")
        config = _load_located(path, changes=changes, fingerprint=record.fingerprint if record else None)
        folder = RunFolder(path, config.name)
        with folder.lock():
            state = self._load_state(folder) if record else None
            if record and state:
                _check_continuation(path, config, record=record, state=state)
            dataset = self.read(config.data)
            if record and dataset.fingerprint != record.fingerprint:
                raise DataError(
                    f"{config.data.place} is not what the run began with. Name with --data where that lies now, "
                    "or train anew with --config."
                )
            config = _settle(config, dataset)
            return Run(folder, config, self._train(config, dataset=dataset, folder=folder, state=state))

    def attempt(self, config: Config, *, dataset: Dataset, folder: RunFolder) -> TrainingResult:
        """Train where an earlier attempt at the same training stopped; whatever else lies there is cleared away.

        Like `resume`, it knows reviews by what they hold, wherever they lie now.

        Args:
            config: all of it is followed.
            dataset: what `read(config.data)` gave.
            folder: locked by the caller.
        """
        state = None
        config = _settle(config, dataset)
        with suppress(ConfigError, TrainingError):  # nothing there, or nothing whole
            record, kept = load_record(folder.record), load_config(folder.config)
            if _move(kept, to=config.data) == config and record.fingerprint == dataset.fingerprint:
                state = self._load_state(folder)
        if state is None:
            folder.prepare(force=True)
        return self._train(config, dataset=dataset, folder=folder, state=state)

    def assist(self, config: Config | None) -> TrainingResult:
        """Train as a worker that is not the chief: nothing is written.

        Args:
            config: this worker's own, which must be the chief's; None to take the chief's.
        """
        dataset = None
        if config:
            prepare_kernels([config])
            dataset = self.read(config.data)  # what is wrong with it shows before anyone waits
            config = _settle(config, dataset)
        return self._train(config, dataset=dataset, folder=None)

    def read(self, config: DataConfig) -> Dataset:
        """Return the reviews, read once for all runs that share them."""
        if self._last is None or self._last[0] != config:
            self._last = (config, load_dataset(config, listener=self.listener))
            # Nor by their place: what had none is moved into the runs' folder once it is read.
            of_all_folds = config.model_copy(update={"fold": None, "dataset": self._last[1].fingerprint})
            # The chief tells for all workers.
            if of_all_folds not in self._told and (self.cluster is None or self.cluster.is_chief):
                self._told.append(of_all_folds)
                self.listener(facts.DataRead(self._last[1]))
        return self._last[1]

    def _load_state(self, folder: RunFolder) -> TrainingState:
        state, is_newest = load_state(folder.state)
        if not is_newest:
            self.listener(facts.StateSkipped())
            discard_newest(folder.state)
        return state

    def _train(
        self,
        config: Config | None,
        *,
        dataset: Dataset | None,
        folder: RunFolder | None,
        state: TrainingState | None = None,
    ) -> TrainingResult:
        """Train, alone or as one of several workers."""
        start_keras_for([config] if config else [], threads=self.threads, connects=self.cluster is not None)
        import keras

        from lstm_cli.backend import name_device
        from lstm_cli.distributed.agreement import share_config, share_state
        from lstm_cli.distributed.replicas import build_replicas
        from lstm_cli.models.kernels import choose_kernel
        from lstm_cli.training.trainer import train_model

        if self.cluster:
            self.listener(facts.WorkersAwaited(self.cluster))
        replicas = build_replicas(self.cluster)
        # Keras hands over `logs` by that name.
        reporter = keras.callbacks.LambdaCallback(
            on_epoch_begin=lambda epoch, logs: self.listener(facts.EpochBegan(epoch + 1)),  # noqa: ARG005
            on_train_batch_end=lambda batch, logs: self.listener(facts.BatchesTrained(batch + 1)),  # noqa: ARG005
            on_epoch_end=lambda epoch, logs: self.listener(facts.EpochEnded(epoch + 1, logs)),
        )
        with replicas.explain_losses():
            if config is None or self.cluster:
                config = share_config(replicas, config)
            dataset = dataset or self.read(config.data)
            kernel = choose_kernel(config.model, kernel=config.training.kernel)
            history = state.history if state else History()
            try:
                self.listener(facts.TrainingBegan(config, dataset, kernel, name_device(), history, self.cluster))
                if self.cluster:
                    own = dump_state(state) if state else b""
                    state = parse_state(share_state(replicas, own, fingerprint=dataset.fingerprint))
                return train_model(
                    config,
                    dataset=dataset,
                    folder=folder,
                    kernel=kernel.name,
                    callbacks=[reporter],
                    state=state,
                    stop_requested=self.stop_requested,
                    replicas=replicas,
                )
            finally:
                self.listener(facts.TrainingEnded())


def _settle(config: Config, dataset: Dataset) -> Config:
    parts = (dataset.train, dataset.validation, dataset.test)
    return config.settle(reviews=len(dataset.train), of_all=sum(map(len, parts)), language=dataset.language)


def _move(config: Config, *, to: DataConfig) -> Config:
    """Return a configuration with the places of other data settings."""
    places = {name: getattr(to, name) for name in ("dataset", "validation", "test")}
    return config.model_copy(update={"data": config.data.model_copy(update=places)})


def _load_located(path: Path, *, changes: Sequence[str], fingerprint: str | None) -> Config:
    """Return a run's configuration, changed, with the places at which its reviews lie now.

    Args:
        path: its folder.
        changes: as for `Session.resume`.
        fingerprint: of its reviews; None where it never began, and they are what the configuration names.
    """
    config = load_config(path / "config.yaml", overrides=changes)
    data = find_kept(config.data, folder=path)
    if fingerprint is not None:
        own = find_kept(load_config(path / "config.yaml").data, folder=path)
        data = find_named(own, data, fingerprint=fingerprint) or data
    return config.model_copy(update={"data": data})


def _check_continuation(path: Path, config: Config, *, record: RunRecord, state: TrainingState) -> None:
    changed = list_changes(state.config, config)
    if changed:
        raise ConfigError(
            f"{path / 'config.yaml'}: {', '.join(changed)} changed since the run began: "
            "it would be another run. Take it back, or train anew with --config."
        )
    if config.training.epochs == "auto":
        raise ConfigError(f"{path / 'config.yaml'}: expected as many epochs as the run began with, got auto.")
    epochs = state.history.epochs
    if config.training.most_epochs < epochs:
        raise ConfigError(f"The run has {epochs} epochs already; --epochs must be more to go on.")
    if record.stopped_early:
        raise TrainingError(f"{path} has finished by early stopping: its patience would end it again at once.")
    if record.finished and config.training.most_epochs == epochs:
        raise TrainingError(f"{path} has finished all its epochs. To extend it, give more with --epochs.")
