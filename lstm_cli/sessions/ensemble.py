"""The members of an ensemble: one training after the other, each a run in the ensemble's folder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from lstm_cli.config import Config, load_config, save_config
from lstm_cli.errors import ConfigError
from lstm_cli.sessions.facts import Listener, MemberBegan, MemberEnded
from lstm_cli.sessions.run import Run
from lstm_cli.training.run_folder import RunFolder, RunRecord, create_run_folder, load_record
from lstm_cli.training.state import list_changes


def derive_member(config: Config, number: int) -> Config:
    """Return the configuration of a member: its seed, and its folds of n-grams, are its own.

    The first, number 1, is trained as the configuration without an ensemble is. What begins with a model reads
    with the n-grams of that.
    """
    training = config.training
    training = training.model_copy(update={"ensemble": None, "seed": (training.seed + number - 1) % 2**32})
    data = config.data
    if data.ngrams and training.initial_model is None:  # whose n-grams all members read
        ngrams = data.ngrams.model_copy(update={"fold_seed": (data.ngrams.fold_seed + number - 1) % 2**32})
        data = data.model_copy(update={"ngrams": ngrams})
    return config.model_copy(update={"data": data, "training": training})


def list_members(config: Config, *, folder: RunFolder) -> list[RunFolder]:
    """Return the folders of an ensemble's members, in which a run is."""
    paths = (folder.members / str(number) for number in range(1, config.members + 1))
    return [RunFolder(path, config.name) for path in paths if (path / "config.yaml").exists()]


def train_members(
    config: Config,
    *,
    folder: RunFolder,
    resume: Callable[[Path], Run],
    is_over: Callable[[Path], bool],
    listener: Listener,
) -> Run | None:
    """Train the members that are not finished.

    Args:
        config: the ensemble's.
        folder: its own, locked by the caller; the members lie in `members/1` and so on.
        resume: goes on with a member, planned or begun.
        is_over: whether a member needs no further epoch.
        listener: hears of each member.

    Returns:
        The ensemble's run if the user asked to stop; None once all members are finished.
    """
    members = plan_members(config, folder=folder)
    for number, member in enumerate(members, start=1):
        if not is_over(member.path):
            listener(MemberBegan(number, len(members)))
            run = resume(member.path)
            if run.result.interrupted:
                return Run(folder, config, run.result, member=number)
        listener(MemberEnded(number, len(members), load_record(member.record)))
    return None


def plan_members(config: Config, *, folder: RunFolder) -> list[RunFolder]:
    """Return the members' folders, each with its configuration, of as many epochs as the ensemble's has now.

    Args:
        config: the ensemble's; its file is written as well.
        folder: its own, locked by the caller.

    Raises:
        ConfigError: a member began with other settings.
    """
    save_config(folder.config, config)
    return [_plan_member(config, number, folder=folder) for number in range(1, config.members + 1)]


def _plan_member(config: Config, number: int, *, folder: RunFolder) -> RunFolder:
    path = folder.members / str(number)
    own = derive_member(config, number)
    member = RunFolder(path, config.name)
    if not member.config.exists():
        member = create_run_folder(path, model=config.name, force=True)
        with member.lock():
            member.prepare(force=True)
            save_config(member.config, own)
        return member
    known = load_config(member.config)
    if changed := list_changes(known.model_dump(mode="json"), own):
        raise ConfigError(
            f"{folder.config}: {', '.join(changed)} changed since the members began: it would be another "
            "ensemble. Take it back, or train anew with --config."
        )
    if own != known:
        with member.lock():
            save_config(member.config, own)
    return member


def load_first_record(path: Path) -> RunRecord | None:
    """Return the record of an ensemble, or else of a member that began: all began alike; None where none did."""
    records = (path / "run.json", *sorted(path.glob("members/*/run.json")))
    return next((load_record(record) for record in records if record.exists()), None)


def is_joined(folder: RunFolder, members: Sequence[RunFolder]) -> bool:
    """Return whether the model of all is of what the members are now."""
    if not folder.record.exists() or not all(member.record.exists() for member in members):
        return False
    known = [(member.best_epoch, member.best) for member in load_record(folder.record).members]
    records = [load_record(member.record) for member in members]
    return known == [(record.best_epoch, record.best) for record in records] and folder.best_model.exists()
