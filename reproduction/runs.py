"""A model and a seed → a finished run: an earlier one reused, an interrupted one gone on with, or trained anew."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from lstm_cli.config import load_config
from lstm_cli.config.files import find_named_config
from lstm_cli.errors import LstmCliError
from lstm_cli.history import History, load_history
from lstm_cli.text.languages import UNDETERMINED, Language
from lstm_cli.training.run_folder import RunFolder, RunRecord, load_record

_SCRIPTS = Path(sys.executable).parent


@dataclass(frozen=True)
class Run:
    """A finished run.

    Attributes:
        model: the configuration's name, such as `tutorials/c-gru`.
        path: its folder.
        record: of its `run.json`.
        history: of its `history.json`.
        judged: accuracy and loss, dropout at rest, of the parts that `lstm-eval` judged it on.
    """

    model: str
    path: Path
    record: RunRecord
    history: History
    judged: dict[str, dict[str, float]]

    @property
    def best(self) -> dict[str, float]:
        """The best epoch's figures."""
        return self.record.best

    @property
    def gap(self) -> float:
        """The best epoch's validation loss less its training loss."""
        return self.best["val_loss"] - self.best["loss"]

    @property
    def seconds(self) -> float:
        """All epochs' seconds."""
        return sum(self.history.metrics["seconds"])


def name_folder(root: Path, model: str, *, seed: int) -> Path:
    """Return the folder of a model's run."""
    return root / model.removeprefix("tutorials/") / f"seed-{seed}"


def build_training_command(model: str, *, seed: int, path: Path, overrides: tuple[str, ...] = ()) -> list[str]:
    """Build the command that trains the run from nothing."""
    settings = [argument for override in overrides for argument in ("--set", override)]
    return ["lstm-train", "--model", model, "--seed", str(seed), "--output", str(path), *settings]


def make_run(model: str, *, seed: int, root: Path, parts: tuple[str, ...], overrides: tuple[str, ...] = ()) -> Run:
    """Return the finished run of a model and a seed.

    Args:
        model: the configuration's name.
        seed: `training.seed`.
        root: the folder with all runs.
        parts: `test` or `train`: what `lstm-eval` is to judge it on.
        overrides: `key=value` settings.

    Raises:
        subprocess.CalledProcessError: a command failed; it has told why.
    """
    path = name_folder(root, model, seed=seed)
    command = build_training_command(model, seed=seed, path=path, overrides=overrides)
    state = _read_state(path, model=model, seed=seed, overrides=overrides)
    if state == "unfinished":
        _run(["lstm-train", "--resume", str(path)])
    elif state == "other":
        _run([*command, "--force"])
    record = load_record(path / "run.json")
    folder = RunFolder(path, record.model)
    judged = {part: _judge(folder, part) for part in parts}
    return Run(model, path, record, load_history(folder.history), judged)


def _read_state(path: Path, *, model: str, seed: int, overrides: tuple[str, ...]) -> str:
    """Return `finished`, `unfinished`, or `other` where nothing of this configuration can be used."""
    wanted = load_config(find_named_config(model), overrides=(*overrides, f"training.seed={seed}"))
    try:
        record = load_record(path / "run.json")
        kept = load_config(path / "config.yaml")
        # The language that was found is kept, but not its script: what follows from that is whether it has spaces.
        languages = [Language(kept.data.language or UNDETERMINED, script) for script in ("Latin", "Han")]
        counts = record.reviews
        if kept not in [
            wanted.settle(reviews=counts["train"], of_all=sum(counts.values()), language=language)
            for language in languages
        ]:
            return "other"
    except LstmCliError:
        return "other"
    if record.finished and RunFolder(path, record.model).best_model.exists():
        return "finished"
    return "unfinished" if any((path / "state").glob("*.state")) else "other"


def _judge(folder: RunFolder, part: str) -> dict[str, float]:
    """Return what `lstm-eval` says of a part, from its earlier judgement where the model is no newer."""
    metrics = folder.path / f"judged-{part}" / "metrics.json"
    if not metrics.exists() or metrics.stat().st_mtime < folder.best_model.stat().st_mtime:
        _run(["lstm-eval", str(folder.best_model), "--split", part, "--output", str(metrics.parent), "--quiet"])
    document = json.loads(metrics.read_text(encoding="utf-8"))
    return {"accuracy": document["accuracy"], "loss": document["loss"]}


def _run(command: list[str]) -> None:
    name, *arguments = command
    subprocess.run([str(_SCRIPTS / name), *arguments], check=True, stdout=subprocess.DEVNULL)
