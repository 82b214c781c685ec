"""Flipped bytes and cut ends in files of ours: noticed, or without an effect."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from lstm_cli.config import DataConfig, load_config
from lstm_cli.data.cache import load_cached
from lstm_cli.errors import LstmCliError
from lstm_cli.history import load_history
from lstm_cli.training.run_folder import load_record
from lstm_cli.training.state import list_changes, read_state
from torture.outcome import load_model, load_variables
from torture.trainings import BrokenPromiseError

Load = Callable[[Path], object]
_CUT_SHARE = 0.2
"""Of the damages; the others flip bits of a byte."""


def damage_files(run: Path, *, cache: Path, rng: random.Random, count: int) -> dict[str, Counter[str]]:
    """Damage each kind of file of a finished run so many times, and count what reading makes of it.

    Args:
        run: the run's folder; the files are put back as they were.
        cache: the file of the encoded reviews.
        rng: chooses the places.
        count: of damages, for each kind.

    Returns:
        For each kind how many were `refused`, `harmless` (what was read is what was written) and `followed` (of
        the configuration: settings that may be changed, the number of epochs).

    Raises:
        BrokenPromiseError: something else was read.
    """
    config = load_config(run / "config.yaml")
    state = run / "state" / "newest.state"

    def load_state_file(path: Path) -> object:
        return None if read_state(path) is None else load_variables(path)

    def load_settings(path: Path) -> object:
        return load_config(path)

    def load_reviews(_path: Path) -> object:
        return _load_reviews(config.data)

    kinds: dict[str, tuple[Path, Load]] = {
        "the best model's file": (run / "best-tiny-model.h5", load_model),
        "the state": (state, load_state_file),
        "`history.json`": (run / "history.json", lambda path: load_history(path).metrics),
        "`run.json`": (run / "run.json", load_record),
        "`config.yaml`, when resuming": (run / "config.yaml", load_settings),
        "the cache of encoded reviews": (cache, load_reviews),
    }
    kept = read_state(state)
    if kept is None:
        raise BrokenPromiseError(f"{state} cannot be read")
    outcomes = {}
    for kind, (path, load) in kinds.items():
        content = path.read_bytes()
        original = load(path)
        outcomes[kind] = Counter[str]()
        for _ in range(count):
            damaged, what = _damage(content, rng)
            path.write_bytes(damaged)
            try:
                found = load(path)
            except LstmCliError:
                found = None
            if found is None:
                verdict = "refused"
            elif found == original:
                verdict = "harmless"
            elif kind.startswith("`config.yaml`"):
                verdict = _judge_settings(path, kept=kept.config, dataset=config.data.place)
            else:
                path.write_bytes(content)
                raise BrokenPromiseError(f"{path}, {what}: read without a word")
            outcomes[kind][verdict] += 1
        path.write_bytes(content)
    return outcomes


def _damage(content: bytes, rng: random.Random) -> tuple[bytes, str]:
    place = rng.randrange(len(content))
    if rng.random() < _CUT_SHARE:
        return content[:place], f"cut at {place}"
    mask = rng.randint(1, 255)
    return content[:place] + bytes([content[place] ^ mask]) + content[place + 1 :], f"{place} xor {mask}"


def _judge_settings(path: Path, *, kept: object, dataset: str) -> str:
    """Return what resuming makes of other settings: it compares them with the state's, and the reviews."""
    changed = load_config(path)
    if not isinstance(kept, dict) or list_changes(kept, changed):
        return "refused"
    if changed.data.place != dataset:
        if Path(changed.data.place).exists():
            raise BrokenPromiseError(f"{path}: the damage names other reviews, which exist")
        return "refused"
    return "followed"


def _load_reviews(config: DataConfig) -> object:
    from lstm_cli.data.sources import compute_fingerprint

    cached = load_cached(config, fingerprint=compute_fingerprint(config))
    if cached is None:
        return None
    splits = [cached.train, cached.validation, cached.test]
    arrays = [(part.tokens, part.labels, part.unknown_share, part.truncated, part.digests) for part in splits]
    return cached.encoder, [array.tobytes() for part in arrays for array in part]
