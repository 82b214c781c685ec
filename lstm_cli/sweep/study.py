"""Optuna's study behind a sweep: where it is kept, who proposes, who prunes, which trials still need work.

A trial that loses its worker is put into the queue again as a new trial of Optuna's with the same values. All
attempts at one trial share a slot; the first slot has the number 1. A slot's number follows from trials that were
there before, so all machines agree on it, and exactly as many slots as asked for are filled.
"""

from __future__ import annotations

import copy
import json
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import filelock
import optuna
import sqlalchemy
from optuna.distributions import BaseDistribution
from optuna.trial import FrozenTrial, TrialState

from lstm_cli.config import check_config
from lstm_cli.errors import ConfigError, TrainingError
from lstm_cli.sweep.definition import ASHA, TPE, Grid, Hyperband, Median, Sweep

MOST_RETRIES = 10
"""After that many lost workers a trial counts as failed: it may be the trial that kills them."""

_SECONDS_BETWEEN_ATTEMPTS = (0.2, 0.4, 0.6, 0.8)  # at the tables, which another machine may be making meanwhile
_SECONDS_FOR_A_LOCK = 60
# The drivers that our extras bring; SQLAlchemy would choose others.
_DRIVERS = {
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "mysql": "mysql+pymysql",
    "mariadb": "mysql+pymysql",
}
_DEFINITION = "definition"  # a study's attribute: what must be alike for a machine to join

optuna.logging.set_verbosity(optuna.logging.CRITICAL)


@dataclass(frozen=True)
class Slot:
    """A trial as the user counts it, with all attempts at it.

    Attributes:
        number: the first is 1.
        attempts: Optuna's trials, in order; at least one.
    """

    number: int
    attempts: tuple[FrozenTrial, ...]

    @property
    def trial(self) -> FrozenTrial:
        """The attempt that counts: one that came to an end, else the last."""
        ended = [trial for trial in self.attempts if trial.state in {TrialState.COMPLETE, TrialState.PRUNED}]
        return ended[0] if ended else self.attempts[-1]

    @property
    def is_finished(self) -> bool:
        """Whether nothing more will come of it."""
        return self.trial.state.is_finished()

    @property
    def was_lost(self) -> bool:
        """Whether its worker was killed just before it could be queued again."""
        is_failed = self.trial.state == TrialState.FAIL and "error" not in self.trial.user_attrs
        return is_failed and len(self.attempts) <= MOST_RETRIES


@dataclass(frozen=True)
class Storage:
    """Where a study is kept.

    Attributes:
        url: SQLAlchemy's, with the password.
        study_name: the study's in it.
        grace: seconds of silence after which a worker is taken for dead.
    """

    url: str
    study_name: str
    grace: int

    @property
    def shown(self) -> str:
        """The URL without the password."""
        return sqlalchemy.make_url(self.url).render_as_string(hide_password=True)


def locate_storage(url: str | None, *, folder: Path, study_name: str, grace: int) -> Storage:
    """Return where a study is kept: at the URL, or in a file of SQLite's in the sweep's folder.

    Raises:
        ConfigError: the URL is none of SQLAlchemy's.
    """
    if url is None:
        return Storage(f"sqlite:///{folder.absolute() / 'study.db'}", study_name, grace)
    try:
        parsed = sqlalchemy.make_url(url)
    except sqlalchemy.exc.ArgumentError as error:
        raise ConfigError(
            "--storage expects a URL such as postgresql://user:password@host/database or sqlite:///study.db."
        ) from error
    if parsed.drivername in {"sqlite", "sqlite+pysqlite"} and parsed.database in {None, "", ":memory:"}:
        raise ConfigError("--storage: SQLite needs a file, such as sqlite:///study.db: all workers share it.")
    parsed = parsed.set(drivername=_DRIVERS.get(parsed.drivername, parsed.drivername))
    return Storage(parsed.render_as_string(hide_password=False), study_name, grace)


def open_study(storage: Storage, sweep: Sweep, *, fingerprint: str, folder: Path) -> optuna.Study:
    """Create the study, or join it.

    Args:
        storage: where it is kept.
        sweep: what is searched.
        fingerprint: of the data.
        folder: the sweep's, on this machine.

    Raises:
        ConfigError: the study is there and searches something else, or a database driver is missing.
        TrainingError: the storage cannot be reached.
    """
    definition = _define(sweep, fingerprint=fingerprint)
    with explain_storage_errors(storage), filelock.FileLock(folder / "study.lock"):
        study = optuna.create_study(
            storage=_connect_patiently(storage),
            study_name=storage.study_name,
            direction=sweep.direction,
            sampler=build_sampler(sweep),
            pruner=build_pruner(sweep),
            load_if_exists=True,
        )
        known = study.user_attrs.get(_DEFINITION)
        if known is None:
            study.set_user_attr(_DEFINITION, json.dumps(definition, sort_keys=True))
        elif differing := _list_differences(json.loads(known), definition):
            raise ConfigError(
                f"The study {storage.study_name!r} in {storage.shown} has another {' and '.join(differing)}."
                " Repeat its own command, or take another --study-name and folder."
            )
    return study


def _define(sweep: Sweep, *, fingerprint: str) -> dict[str, Any]:
    """Return what makes a study this one, as JSON has it: what was chosen, and no default."""
    # The same reviews may lie elsewhere on another machine.
    place = {"dataset": fingerprint, "validation": None, "test": None}
    base = sweep.space.base.model_dump(mode="json", exclude_unset=True)
    return {
        "base": base | {"data": base.get("data", {}) | place},
        "search_space": {path: repr(dimension) for path, dimension in sweep.space.dimensions.items()},
        "objective": sweep.config.objective,
    }


def _list_differences(known: Mapping[str, Any], definition: Mapping[str, Any]) -> list[str]:
    """Return the keys in which a study's definition is another; what neither chose is today's default in both."""
    return [key for key in definition if _complete(key, known.get(key)) != _complete(key, definition[key])]


def _complete(key: str, value: Any) -> Any:  # noqa: ANN401 - of JSON
    """Return a part of a definition, a base with the defaults of what it leaves open."""
    if key != "base":
        return value
    try:
        return check_config(value, source="the study's base")
    except ConfigError:  # of a version with other keys: no base of ours
        return None


def join_study(storage: Storage, sweep: Sweep) -> optuna.Study:
    """Open a study that `open_study` has made."""
    return optuna.load_study(
        storage=_connect(storage),
        study_name=storage.study_name,
        sampler=build_sampler(sweep),
        pruner=build_pruner(sweep),
    )


@contextmanager
def explain_storage_errors(storage: Storage) -> Iterator[None]:
    """Turn the database's errors into ours."""
    try:
        yield
    except (sqlalchemy.exc.SQLAlchemyError, optuna.exceptions.StorageInternalError) as error:
        cause = error.__cause__ or error
        reason = " ".join(str(cause).split("\n[SQL")[0].split())[:300]
        raise TrainingError(
            f"The study in {storage.shown} cannot be used: {reason}\n"
            "Nothing is lost; repeat the command once it can."
        ) from error


def list_slots(study: optuna.Study) -> list[Slot]:
    """Return the study's trials with all attempts at each, in order."""
    attempts: dict[int, list[FrozenTrial]] = {}
    for trial in study.get_trials(deepcopy=False):
        attempts.setdefault(trial.system_attrs.get("failed_trial", trial.number), []).append(trial)
    return [Slot(number, tuple(trials)) for number, trials in enumerate(attempts.values(), start=1)]


def find_slot(study: optuna.Study, trial_number: int) -> Slot:
    """Return the slot of one of Optuna's trials."""
    return next(slot for slot in list_slots(study) if any(trial.number == trial_number for trial in slot.attempts))


def queue_again(study: optuna.Study, trial: FrozenTrial, *, most: int | None = None) -> None:
    """Queue a copy of a trial that could not be finished; whoever asks next gets it.

    Args:
        study: the trial's.
        trial: it is the caller's to end, afterwards: so that none is lost if the caller is killed in between.
        most: retries of one trial; None for any number.
    """
    with _ignore_experimental():
        retry = optuna.storages.RetryHeartbeatStaleTrialCallback(max_retry=most)
    retry(study, copy.deepcopy(trial))  # a copy, because it appends to the trial's own list


def release_trials(study: optuna.Study, worker: str) -> int:
    """Queue the trials of a dead worker again, and return how many it had."""
    running = study.get_trials(deepcopy=False, states=[TrialState.RUNNING])
    orphans = [trial for trial in running if trial.user_attrs.get("worker") == worker]
    for trial in orphans:
        queue_again(study, trial, most=MOST_RETRIES)
        study.tell(trial.number, state=TrialState.FAIL, skip_if_finished=True)
    return len(orphans)


def queue_lost(study: optuna.Study) -> None:
    """Queue again what was lost by kills at the worst moment."""
    for slot in list_slots(study):
        if slot.was_lost:
            queue_again(study, slot.trial, most=MOST_RETRIES)


def queue_stale(study: optuna.Study) -> None:
    """Queue again the trials of workers that have been silent for too long, on whatever machine."""
    with _ignore_experimental():
        optuna.storages.fail_stale_trials(study)


def build_pruner(sweep: Sweep) -> optuna.pruners.BasePruner:
    """Build what ends the trials that are not worth their time."""
    match sweep.config.pruner:
        case Median(n_startup_trials=startup, n_warmup_steps=warmup):
            return optuna.pruners.MedianPruner(n_startup_trials=startup, n_warmup_steps=warmup)
        case ASHA(min_resource=least, reduction_factor=factor):
            return optuna.pruners.SuccessiveHalvingPruner(min_resource=least, reduction_factor=factor)
        case Hyperband(min_resource=least, reduction_factor=factor):
            return optuna.pruners.HyperbandPruner(
                min_resource=least, max_resource=max(least, sweep.most_epochs), reduction_factor=factor
            )
        case _:
            return optuna.pruners.NopPruner()


def build_sampler(sweep: Sweep) -> optuna.samplers.BaseSampler:
    """Build what proposes the values."""
    return GridSampler(sweep) if isinstance(sweep.config.sampler, Grid) else _SeededSampler(sweep)


class _SeededSampler(optuna.samplers.BaseSampler):
    """A sampler of Optuna's, seeded anew for every trial by (seed, the trial's number).

    One seed for all workers would make them propose the same; one a worker would make a sweep that was
    interrupted another than one that was not.
    """

    def __init__(self, sweep: Sweep) -> None:
        self._config = sweep.config
        self._sampler: optuna.samplers.BaseSampler = optuna.samplers.RandomSampler()

    def before_trial(self, study: optuna.Study, trial: FrozenTrial) -> None:
        import numpy as np

        (seed,) = np.random.SeedSequence([self._config.seed, trial.number]).generate_state(1)
        match self._config.sampler:
            case TPE(n_startup_trials=startup):
                self._sampler = optuna.samplers.TPESampler(n_startup_trials=startup, seed=int(seed))
            case _:
                self._sampler = optuna.samplers.RandomSampler(seed=int(seed))
        self._sampler.before_trial(study, trial)

    def infer_relative_search_space(self, study: optuna.Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        return self._sampler.infer_relative_search_space(study, trial)

    def sample_relative(
        self, study: optuna.Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        return self._sampler.sample_relative(study, trial, search_space)

    def sample_independent(
        self, study: optuna.Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> object:
        return self._sampler.sample_independent(study, trial, param_name, param_distribution)

    def after_trial(
        self, study: optuna.Study, trial: FrozenTrial, state: TrialState, values: Sequence[float] | None
    ) -> None:
        self._sampler.after_trial(study, trial, state, values)


class GridSampler(optuna.samplers.BaseSampler):
    """Every combination once: slot n has the n-th of the shuffled grid.

    Optuna's own lets two workers that start at one moment take the same one. Slots are the whole study's, of which
    Hyperband shows a sampler a part only: so the slot is told to `choose`.
    """

    def __init__(self, sweep: Sweep) -> None:
        self._space = sweep.space
        self._places = sweep.space.list_grid(seed=sweep.config.seed)
        self._labels: dict[str, Any] = {}

    def choose(self, slot: Slot) -> None:
        """Propose the slot's combination from now on."""
        self._labels = dict(self._space.read_grid(self._places[slot.number - 1]))

    def infer_relative_search_space(  # noqa: D102 - Optuna's
        self,
        study: optuna.Study,  # noqa: ARG002 - Optuna's signature
        trial: FrozenTrial,  # noqa: ARG002 - Optuna's signature
    ) -> dict[str, BaseDistribution]:
        return {}

    def sample_relative(  # noqa: D102 - Optuna's
        self,
        study: optuna.Study,  # noqa: ARG002 - Optuna's signature
        trial: FrozenTrial,  # noqa: ARG002 - Optuna's signature
        search_space: dict[str, BaseDistribution],  # noqa: ARG002 - Optuna's signature
    ) -> dict[str, Any]:
        return {}

    def sample_independent(  # noqa: D102 - Optuna's
        self,
        study: optuna.Study,  # noqa: ARG002 - Optuna's signature
        trial: FrozenTrial,  # noqa: ARG002 - Optuna's signature
        param_name: str,
        param_distribution: BaseDistribution,  # noqa: ARG002 - Optuna's signature
    ) -> object:
        return self._labels[param_name]


@contextmanager
def _ignore_experimental() -> Iterator[None]:
    """Keep from the user that Optuna calls heartbeats experimental, as it has since 2021."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        yield


def _connect_patiently(storage: Storage) -> optuna.storages.RDBStorage:
    """Connect, and make the tables; another machine may be making them at the same moment."""
    for seconds in _SECONDS_BETWEEN_ATTEMPTS:
        with suppress(sqlalchemy.exc.SQLAlchemyError, optuna.exceptions.StorageInternalError):
            return _connect(storage)
        time.sleep(seconds)
    return _connect(storage)


def _connect(storage: Storage) -> optuna.storages.RDBStorage:
    is_sqlite = storage.url.startswith("sqlite")
    try:
        with _ignore_experimental():
            return optuna.storages.RDBStorage(
                storage.url,
                # SQLite: wait while another worker writes. Servers: notice connections that were cut meanwhile.
                engine_kwargs={"connect_args": {"timeout": _SECONDS_FOR_A_LOCK}}
                if is_sqlite
                else {"pool_pre_ping": True},
                heartbeat_interval=max(1, storage.grace // 6),
                grace_period=storage.grace,
                heartbeat_stale_trial_callback=optuna.storages.RetryHeartbeatStaleTrialCallback(
                    max_retry=MOST_RETRIES
                ),
            )
    except (ImportError, sqlalchemy.exc.NoSuchModuleError) as error:
        raise ConfigError(
            f"No driver for {storage.shown}. For PostgreSQL: pip install 'lstm-cli[postgresql]'; for MySQL:"
            " pip install 'lstm-cli[mysql]'."
        ) from error
