"""One training's life: begun, gone on with, tried again by a sweep, or shared with other workers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from lstm_cli.config import Config, DataConfig, load_config
from lstm_cli.data.baseline import configure_baseline, measure_baseline
from lstm_cli.data.dataset import load_dataset
from lstm_cli.data.encoding import Dataset
from lstm_cli.data.sources import resolve_path
from lstm_cli.data.standard_input import move_for_configs
from lstm_cli.data.word_vectors import load_word_vectors
from lstm_cli.distributed.cluster import Cluster
from lstm_cli.errors import ConfigError, ModelFileError, TrainingError
from lstm_cli.sessions import facts
from lstm_cli.sessions.configs import check_apart, settle_config
from lstm_cli.sessions.continuation import check_continuation, check_reviews, load_located
from lstm_cli.sessions.ensemble import is_joined, list_members, load_first_record, plan_members, train_members
from lstm_cli.sessions.initial_model import InitialModel, load_initial_model
from lstm_cli.sessions.run import Run, is_over
from lstm_cli.sessions.start import prepare_kernels, start_keras_for
from lstm_cli.training.inputs import TrainingInputs
from lstm_cli.training.run_folder import (
    Background,
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
    load_state,
    parse_state,
)

if TYPE_CHECKING:
    from lstm_cli.distributed.replicas import Replicas
    from lstm_cli.training.trainer import TrainingResult


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
        with_baseline: learn the regression on n-grams as well, where the model does not begin with it.
        is_guest: whether the process is another program's: see `start_keras_for`.
    """

    listener: facts.Listener = lambda _: None
    stop_requested: Callable[[], bool] = lambda: False
    threads: int | None = None
    cluster: Cluster | None = None
    with_baseline: bool = False
    is_guest: bool = False
    _last: tuple[object, Dataset] | None = field(default=None, init=False)
    _told: list[object] = field(default_factory=list, init=False)
    _initial: InitialModel | None = field(default=None, init=False)

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
            OutputError: the model is larger than a file of ours may be.
        """
        prepare_kernels([config])
        inputs = self.prepare(config, self.read(config))
        config = inputs.config
        if output is not None:
            check_apart(config, output)
        folder = create_run_folder(output, model=config.name, force=force)
        with folder.lock():
            folder.prepare(force=force)
            try:
                if kept is not None:
                    (config,) = move_for_configs([config], kept, folder=folder.path, force=True)
                if config.members > 1:
                    return self._train_members(config, folder=folder)
                return Run(folder, config, self._train(replace(inputs, config=config), folder=folder))
            finally:
                remove_unused(folder, made=[] if kept is None else [folder.data])

    def resume(self, path: Path, *, changes: Sequence[str] = ()) -> Run:
        """Go on with a run, or begin one that is only planned; other workers than it began with do as well.

        Args:
            path: the run's folder.
            changes: how far it goes, and where its reviews and the model that it began with now lie:
                `training.epochs=N`, `data.dataset=PATH`, `training.initial_model=PATH`.

        Raises:
            ConfigError: the run's configuration is not what it began with.
            DataError: the reviews are others than those the run began with.
            TrainingError: the run is over, or cannot go on.
        """
        kept = path / "config.yaml"
        if kept.is_file() and load_config(kept, overrides=changes).members > 1:
            return self._resume_ensemble(path, changes=changes)
        record = None if is_planned(path) else load_record(path / "run.json")
        config = load_located(path, changes=changes, fingerprint=record.fingerprint if record else None)
        folder = RunFolder(path, config.name)
        with folder.lock():
            state = self._load_state(folder) if record else None
            if record and state:
                check_continuation(path, config, record=record, state=state)
            dataset = self.read(config)
            if record:
                self._check_beginning(dataset, config, record=record)
            inputs = self._prepare(settle_config(config, dataset), dataset, record=record, state=state)
            return Run(folder, inputs.config, self._train(inputs, folder=folder))

    def _resume_ensemble(self, path: Path, *, changes: Sequence[str]) -> Run:
        """Go on with the members that are not finished; `Session.resume` says more."""
        record = load_first_record(path)
        config = load_located(path, changes=changes, fingerprint=record.fingerprint if record else None)
        folder = RunFolder(path, config.name)
        with folder.lock():
            dataset = self.read(config)
            config = settle_config(config, dataset)
            if record:
                self._check_beginning(dataset, config, record=record)
            members = plan_members(config, folder=folder)
            if is_joined(folder, members) and all(is_over(member.path) for member in members):
                raise TrainingError(f"{path} has finished. To extend it, give more epochs with --epochs.")
            return self._train_members(config, folder=folder, changes=changes)

    def _check_beginning(self, dataset: Dataset, config: Config, *, record: RunRecord) -> None:
        """Check that a run goes on with the reviews and from the model with which it began."""
        initial = self._load_initial(config)
        if initial is None and record.initial_model is not None:
            raise ConfigError("training.initial_model has gone since the run began: it would be another run.")
        if initial and initial.sha256 != record.initial_model:
            raise ModelFileError(f"{initial.path} is not the model any more with which the run began.")
        check_reviews(dataset, config, record=record)

    def _train_members(self, config: Config, *, folder: RunFolder, changes: Sequence[str] = ()) -> Run:
        """Train the members of an ensemble that are not finished, and then write the model of all."""
        if self.cluster:
            raise ConfigError("Several workers train one model: leave training.ensemble out, or the workers.")
        stopped = train_members(
            config,
            folder=folder,
            resume=partial(self.resume, changes=changes),
            is_over=partial(is_over, changes=changes),
            listener=self.listener,
        )
        if stopped:
            return stopped
        start_keras_for([config], threads=self.threads, is_guest=self.is_guest)
        from lstm_cli.backend import in_single_precision
        from lstm_cli.training.ensemble import save_ensemble

        members = list_members(config, folder=folder)
        with in_single_precision():
            return Run(folder, config, save_ensemble(config, folder=folder, members=members))

    def attempt(self, config: Config, *, dataset: Dataset, folder: RunFolder) -> TrainingResult:
        """Train where an earlier attempt at the same training stopped; whatever else lies there is cleared away.

        Like `resume`, it knows reviews by what they hold, wherever they lie now.

        Args:
            config: all of it is followed.
            dataset: what `read(config)` gave.
            folder: locked by the caller.
        """
        if config.members > 1:
            raise ConfigError("A trial trains one model: leave training.ensemble out of the sweep.")
        record = state = None
        config = settle_config(config, dataset)
        with suppress(ConfigError, TrainingError):  # nothing there, or nothing whole
            record, kept = load_record(folder.record), load_config(folder.config)
            if _move(kept, to=config.data) == config and record.fingerprint == dataset.fingerprint:
                state = self._load_state(folder)
        if state is None:
            record = None
            folder.prepare(force=True)
        return self._train(self._prepare(config, dataset, record=record, state=state), folder=folder)

    def assist(self, config: Config | None, *, changes: Sequence[str] = ()) -> TrainingResult:
        """Train as a worker that is not the chief: nothing is written.

        Args:
            config: this worker's own, which must be the chief's; None to take the chief's.
            changes: of what the chief's says, where files lie on this machine, as for `resume`.
        """
        inputs = None
        if config:
            prepare_kernels([config])
            inputs = self.prepare(config, self.read(config))  # what is wrong shows before anyone waits
        return self._train(inputs, folder=None, changes=changes)

    def read(self, config: Config) -> Dataset:
        """Return the reviews, read once for all runs that share them.

        Raises:
            ConfigError: the model that the training begins with is of other settings.
            DataError: the reviews cannot be read, or are not of that model's classes.
            ModelFileError: that model cannot be read.
        """
        data, initial = config.data, self._load_initial(config)
        key = (data, config.training.initial_model)
        if self._last is None or self._last[0] != key:
            encoder = initial.stored.encoder if initial else None
            dataset = load_dataset(data, encoder=encoder, listener=self.listener)
            self._last = (key, dataset)
            # Nor by their place: what had none is moved into the runs' folder once it is read.
            of_all_folds = data.model_copy(update={"fold": None, "dataset": dataset.fingerprint, "ngrams": None})
            # The chief tells for all workers.
            if of_all_folds not in self._told and self._is_chief:
                self._told.append(of_all_folds)
                self.listener(facts.DataRead(dataset))
        if initial:
            initial.check_classes(self._last[1])
        return self._last[1]

    def prepare(self, config: Config, dataset: Dataset) -> TrainingInputs:
        """Return all that a new training is made from: what stands in its way is found before a folder is made.

        Args:
            config: with what the reviews settle still open.
            dataset: what `read(config)` gave.

        Raises:
            ConfigError: the reviews have not what the configuration is about, or a file of vectors is of another
                width.
            DataError: the file of vectors cannot be read.
            OutputError: the model is larger than a file of ours may be.
        """
        return self._prepare(settle_config(config, dataset), dataset)

    @property
    def _is_chief(self) -> bool:
        return self.cluster is None or self.cluster.is_chief

    def _load_initial(self, config: Config) -> InitialModel | None:
        """Return the model that a training begins with, read once, and checked to be of its settings."""
        path = config.training.initial_model
        if path is None:
            return None
        if self._initial is None or self._initial.path != Path(path):
            if not Path(path).exists():
                raise ModelFileError(
                    f"{path}, with which the training begins, is not there. Where it lies now, --from says, with "
                    "--resume too."
                )
            self._initial = load_initial_model(Path(path))
        self._initial.check(config)
        return self._initial

    def _prepare(
        self,
        config: Config,
        dataset: Dataset,
        *,
        record: RunRecord | None = None,
        state: TrainingState | None = None,
    ) -> TrainingInputs:
        """Return all that a training is made from; the chief tells of what it begins with.

        Args:
            config: settled.
            dataset: what `read(config)` gave.
            record: of a run that began, which knows its background; its state has the weights.
            state: where that stopped.
        """
        initial = self._load_initial(config)
        stored = initial.stored if initial else None
        if record:
            return TrainingInputs(config, dataset, record.background, initial=stored, state=state)
        if initial and initial.stored.seen and self._is_chief:
            seen = [initial.stored.seen.count(part.digests) for part in (dataset.train, dataset.validation)]
            self.listener(facts.ModelContinued(initial.path, *seen))
        vectors, path = None, config.model.embedding.vectors
        if path is not None:
            vocabulary, width = dataset.encoder.vocabulary, config.model.embedding.output_dim
            vectors = load_word_vectors(resolve_path(path), vocabulary=vocabulary, width=width)
            if self._is_chief:
                self.listener(facts.VectorsRead(path, vectors.used))
        judged = dataset
        if self.with_baseline and self._is_chief and len(dataset.validation) and dataset.encoder.ngrams is None:
            judged = load_dataset(configure_baseline(config.data), listener=self.listener)
        background = Background(
            baseline=measure_baseline(judged.validation),
            vectors=vectors.used if vectors else None,
            initial_model=initial.sha256 if initial else None,
        )
        return TrainingInputs(config, dataset, background, vectors, stored)

    def _load_state(self, folder: RunFolder) -> TrainingState:
        state, is_newest = load_state(folder.state)
        if not is_newest:
            self.listener(facts.StateSkipped())
            discard_newest(folder.state)
        return state

    def _train(
        self, inputs: TrainingInputs | None, *, folder: RunFolder | None, changes: Sequence[str] = ()
    ) -> TrainingResult:
        """Train, alone or as one of several workers; without inputs, from those of the chief, changed."""
        start_keras_for(
            [inputs.config] if inputs else [],
            threads=self.threads,
            connects=self.cluster is not None,
            is_guest=self.is_guest,
        )
        import keras

        from lstm_cli.backend import in_single_precision, name_device
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
        with in_single_precision(), replicas.explain_losses():
            if inputs is None or self.cluster:
                inputs = self._agree(inputs, replicas, changes=changes)
            config, dataset = inputs.config, inputs.dataset
            kernel = choose_kernel(config.model, kernel=config.training.kernel)
            began = facts.TrainingBegan(config, dataset, kernel, name_device(), inputs.history, self.cluster)
            try:
                self.listener(began)
                return train_model(
                    inputs,
                    folder=folder,
                    kernel=kernel.name,
                    callbacks=[reporter],
                    stop_requested=self.stop_requested,
                    replicas=replicas,
                )
            finally:
                self.listener(facts.TrainingEnded())

    def _agree(
        self, inputs: TrainingInputs | None, replicas: Replicas, *, changes: Sequence[str] = ()
    ) -> TrainingInputs:
        """Return what this worker trains from: its own reviews, and the chief's settings and state."""
        from lstm_cli.distributed.agreement import Agreement, change_places, share_agreement

        own = None
        if inputs:
            state = dump_state(inputs.state) if inputs.state else b""
            own = Agreement(inputs.config, inputs.fingerprints, state)
        chiefs = share_agreement(replicas, own)
        if inputs is None:
            config = change_places(chiefs.config, changes)
            inputs = self._prepare(config, self.read(config))
        chiefs.check_fingerprints(inputs.fingerprints)
        return replace(inputs, state=parse_state(chiefs.state))


def _move(config: Config, *, to: DataConfig) -> Config:
    """Return a configuration with the places of other data settings."""
    places = {name: getattr(to, name) for name in ("dataset", "validation", "test")}
    return config.model_copy(update={"data": config.data.model_copy(update=places)})
