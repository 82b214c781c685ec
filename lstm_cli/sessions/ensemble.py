"""The members of an ensemble: one training after the other, each a run in the ensemble's folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from lstm_cli.config import Config, save_config
from lstm_cli.sessions.facts import Listener, MemberBegan, MemberEnded
from lstm_cli.sessions.run import Run
from lstm_cli.training.run_folder import RunFolder, create_run_folder, load_record


def derive_member(config: Config, number: int) -> Config:
    """Return the configuration of a member: its seed, and its folds of n-grams, are its own.

    The first, number 1, is trained as the configuration without an ensemble is.
    """
    training = config.training
    training = training.model_copy(update={"ensemble": None, "seed": (training.seed + number - 1) % 2**32})
    data = config.data
    if data.ngrams:
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
    save_config(folder.config, config)
    members = [_plan_member(config, number, folder=folder) for number in range(1, config.members + 1)]
    for number, member in enumerate(members, start=1):
        if not is_over(member.path):
            listener(MemberBegan(number, len(members)))
            run = resume(member.path)
            if run.result.interrupted:
                return Run(folder, config, run.result, member=number)
        listener(MemberEnded(number, len(members), load_record(member.record)))
    return None


def _plan_member(config: Config, number: int, *, folder: RunFolder) -> RunFolder:
    """Return the folder of a member, which holds its configuration at least."""
    path = folder.members / str(number)
    if not (path / "config.yaml").exists():
        member = create_run_folder(path, model=config.name, force=True)
        with member.lock():
            member.prepare(force=True)
            save_config(member.config, derive_member(config, number))
    return RunFolder(path, config.name)
