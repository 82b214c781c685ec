"""What a sweep may vary: choices and ranges at the paths of a configuration."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from lstm_cli.config import Config, SourceConfig, change_config, format_path, is_index, show_value, split_path
from lstm_cli.errors import ConfigError, suggest_nearest

if TYPE_CHECKING:
    from optuna.trial import Trial

_LARGEST_INTEGER = 2**53  # Optuna keeps every number as a double
_LARGEST_GRID = 1_000_000
# With these the trials would be judged on other reviews, and their figures say nothing of each other.
_OF_THE_SPLIT = {
    *SourceConfig.model_fields,
    "test_split",
    "validation_split",
    "folds",
    "fold",
    "split_seed",
    "limit",
}

Label = str | int | float | bool | None


@dataclass(frozen=True)
class Range:
    """Numbers between two bounds, both included; Optuna's arguments of `suggest_int` and `suggest_float`.

    Attributes:
        low: the lowest.
        high: the highest.
        step: the distance of neighbours; None for any float, or every integer.
        log: whether a decade is as likely as the next.
        is_integer: whether only whole numbers fit the setting.
    """

    low: float
    high: float
    step: float | None
    log: bool
    is_integer: bool

    def suggest(self, trial: Trial, path: str) -> object:
        """Return Optuna's value for the trial."""
        if self.is_integer:
            step = 1 if self.step is None else int(self.step)
            return trial.suggest_int(path, int(self.low), int(self.high), step=step, log=self.log)
        return trial.suggest_float(path, self.low, self.high, step=self.step, log=self.log)

    def count(self) -> int | None:
        """Return how many values there are, None for too many to list."""
        step = 1 if self.is_integer and self.step is None else self.step
        # A billionth of a step more, because 0.3 / 0.1 is a little less than 3.
        return None if step is None else math.floor((self.high - self.low) / step + 1e-9) + 1

    def read_label(self, index: int) -> int | float:
        """Return the value at a place of a grid, as Optuna knows it."""
        value = self.low + index * (1 if self.step is None else self.step)
        return int(value) if self.is_integer else min(value, self.high)


@dataclass(frozen=True)
class Choices:
    """A list of values, of any kind that YAML has.

    Attributes:
        values: at least one, no two alike.
    """

    values: tuple[Any, ...]

    @property
    def labels(self) -> list[Label]:
        """The values as Optuna keeps them: scalars as they are; as JSON where they are more or look alike."""
        scalars = [value for value in self.values if value is None or isinstance(value, str | int | float)]
        if len(set(scalars)) == len(self.values):  # true equals 1
            return scalars
        return [json.dumps(value, sort_keys=True, ensure_ascii=False) for value in self.values]

    def suggest(self, trial: Trial, path: str) -> object:
        """Return Optuna's choice for the trial."""
        return self.values[self.labels.index(trial.suggest_categorical(path, self.labels))]

    def count(self) -> int:
        """Return how many values there are."""
        return len(self.values)

    def read_label(self, index: int) -> Label:
        """Return the value at a place of a grid, as Optuna knows it."""
        return self.labels[index]


@dataclass(frozen=True)
class SearchSpace:
    """All that a sweep varies, and what it starts from.

    Attributes:
        base: the configuration of which every trial's is a variant.
        dimensions: what may stand at each path.
    """

    base: Config
    dimensions: Mapping[str, Range | Choices]

    @property
    def varied(self) -> dict[str, str]:
        """The paths of which there is more than one value, each with the shortest end that tells it apart."""
        paths = [path for path, dimension in self.dimensions.items() if dimension.count() != 1]
        return {path: _shorten(path, paths) for path in paths}

    def suggest(self, trial: Trial) -> dict[str, object]:
        """Return Optuna's values for a trial, by path."""
        return {path: dimension.suggest(trial, path) for path, dimension in self.dimensions.items()}

    def restore(self, params: Mapping[str, Any]) -> dict[str, object]:
        """Return the values that a finished trial had, by path.

        Args:
            params: the trial's, as Optuna kept them.
        """
        values = {}
        for path, dimension in self.dimensions.items():
            label = params[path]
            values[path] = (
                dimension.values[dimension.labels.index(label)] if isinstance(dimension, Choices) else label
            )
        return values

    def build_config(self, values: Mapping[str, object]) -> Config:
        """Return a trial's configuration.

        Raises:
            ConfigError: the values do not go together.
        """
        return change_config(self.base, values, source="search_space")

    def build_first(self) -> Config:
        """Return the configuration with the first value at each path: every sweep must be able to train it."""
        return self.build_config(_list_firsts(self.dimensions))

    def count_grid(self) -> int:
        """Return how many combinations there are.

        Raises:
            ConfigError: a range has no step, or there are too many to list.
        """
        counts = {path: dimension.count() for path, dimension in self.dimensions.items()}
        endless = [path for path, count in counts.items() if count is None]
        if endless:
            raise ConfigError(f"sampler grid: {endless[0]} is a range without a step. Give step, or choices.")
        size = math.prod(count or 1 for count in counts.values())
        if size > _LARGEST_GRID:
            raise ConfigError(f"sampler grid: {size:,} combinations. Expected {_LARGEST_GRID:,} at most; use tpe.")
        return size

    def list_grid(self, *, seed: int) -> list[int]:
        """Return the places of all combinations, shuffled, so that also a part of them is spread out."""
        places = list(range(self.count_grid()))
        random.Random(seed).shuffle(places)  # noqa: S311 - no secret
        return places

    def read_grid(self, place: int) -> dict[str, Label]:
        """Return a combination as Optuna knows its values."""
        labels: dict[str, Label] = {}
        for path, dimension in self.dimensions.items():
            place, index = divmod(place, dimension.count() or 1)
            labels[path] = dimension.read_label(index)
        return labels


def parse_search_space(entries: Mapping[Any, Any], *, base: Config, objective: str, source: str) -> SearchSpace:
    """Return the checked search space of a sweep's file.

    Every path and every bound or choice is tried on the configuration, with the others at their first value.

    Args:
        entries: by path, a list of choices or a mapping of `low`, `high`, `step` and `log`, or of `choices`.
        base: the configuration that is varied.
        objective: the figure that is optimised.
        source: where the entries came from, for the error.

    Raises:
        ConfigError: an entry is no such thing, or the configuration does not take its values.
    """
    source = f"{source}: search_space"
    if not entries:
        raise ConfigError(f"{source}: expected at least one path, such as model.recurrent[0].units: [8, 16].")
    dimensions: dict[str, Range | Choices] = {}
    for written, entry in entries.items():
        path = _normalize(written, source=source)
        _check_path(path, objective=objective, source=source)
        if path in dimensions:
            raise ConfigError(f"{source}: {path} stands there twice.")
        dimensions[path] = _parse_entry(entry, source=f"{source}.{path}")
    firsts = _list_firsts(dimensions)
    _check_trial(change_config(base, firsts, source=source), objective=objective, source=source)
    for path, dimension in dimensions.items():
        for value in _list_extremes(dimension)[1:]:
            config = change_config(base, firsts | {path: value}, source=source)
            _check_trial(config, objective=objective, source=source)
        if isinstance(dimension, Range) and dimension.is_integer:
            dimensions[path] = _widen(dimension, path, base=base, firsts=firsts)
    return SearchSpace(base, dimensions)


def _shorten(path: str, paths: Sequence[str]) -> str:
    keys = path.split(".")
    ends = [".".join(keys[-count:]) for count in range(1, len(keys) + 1)]
    return next(end for end in ends if sum(other == end or other.endswith(f".{end}") for other in paths) == 1)


def _normalize(written: object, *, source: str) -> str:
    """Return a path in one spelling: `a.0` and `a[0]` are the same."""
    keys = split_path(written) if isinstance(written, str) else []
    if not keys:
        raise ConfigError(f"{source}: expected paths such as data.maxlen, got {show_value(written)}.")
    return format_path([int(key) if is_index(key) else key for key in keys])


def _check_path(path: str, *, objective: str, source: str) -> None:
    keys = split_path(path)
    if keys[0] == "data" and (len(keys) == 1 or keys[1] in _OF_THE_SPLIT):
        raise ConfigError(
            f"{source}: {path} cannot be searched: trials judged on other reviews cannot be compared."
            " Set it in the base."
        )
    if path == "name":
        raise ConfigError(f"{source}: name cannot be searched: it only names the model file.")
    if path in {"training", "training.loss"} and objective == "val_loss":
        raise ConfigError(
            f"{source}: {path} cannot be searched by val_loss: other losses are other scales."
            " Use objective: val_accuracy or val_macro_f1."
        )


def _check_trial(config: Config, *, objective: str, source: str) -> None:
    if config.members > 1:
        raise ConfigError(
            f"{source}: a trial trains one model: leave training.ensemble out, and train what the sweep finds "
            "best with lstm-train --ensemble."
        )
    if objective == "val_macro_f1" != config.training.monitor.metric:
        raise ConfigError(
            f"{source}: val_macro_f1 is computed where early stopping monitors it. Give every trial "
            "training.early_stopping.monitor: val_macro_f1, in the base or by --set."
        )


def _parse_entry(entry: object, *, source: str) -> Range | Choices:
    if isinstance(entry, list):
        return _parse_choices(entry, source=source)
    if not isinstance(entry, dict) or not entry:
        raise ConfigError(f"{source}: expected a list of choices or {{low: …, high: …}}, got {show_value(entry)}.")
    keys = ("choices",) if "choices" in entry else ("low", "high", "step", "log")
    for key in entry:
        if key not in keys:
            hint = suggest_nearest(str(key), keys) or f" Valid keys: {', '.join(keys)}."
            raise ConfigError(f"{source}: unknown key {show_value(key)}.{hint}")
    if "choices" in entry:
        return _parse_choices(entry["choices"], source=source)
    return _parse_range(entry, source=source)


def _parse_choices(values: object, *, source: str) -> Choices:
    if not isinstance(values, list) or not values:
        raise ConfigError(f"{source}: expected a list of at least one choice, got {show_value(values)}.")
    for index, value in enumerate(values):
        # By type as well, because true equals 1.
        if any(type(value) is type(other) and value == other for other in values[:index]):
            raise ConfigError(f"{source}: the choice {show_value(value)} stands there twice.")
    return Choices(tuple(values))


def _parse_range(entry: Mapping[str, Any], *, source: str) -> Range:
    for key in ("low", "high"):
        if key not in entry:
            raise ConfigError(
                f"{source}: {key} is missing. A range is {{low: 1, high: 9}}, with step or log: true."
            )
    step, log = entry.get("step"), entry.get("log", False)
    if not isinstance(log, bool):
        raise ConfigError(f"{source}.log: expected true or false, got {show_value(log)}.")
    numbers = {"low": entry["low"], "high": entry["high"]} | ({} if step is None else {"step": step})
    for key, number in numbers.items():
        if isinstance(number, bool) or not isinstance(number, int | float) or not abs(number) <= _LARGEST_INTEGER:
            raise ConfigError(f"{source}.{key}: expected a number up to 2**53, got {show_value(number)}.")
    low, high = numbers["low"], numbers["high"]
    if low > high:
        raise ConfigError(f"{source}: low must not be above high, got {low} and {high}.")
    if step is not None and step <= 0:
        raise ConfigError(f"{source}.step: expected a number above 0, got {step}.")
    if log and low <= 0:
        raise ConfigError(f"{source}: log: true needs a low above 0, got {low}.")
    if log and step is not None:
        raise ConfigError(f"{source}: log: true and step exclude each other.")
    is_integer = all(isinstance(number, int) for number in numbers.values())
    whole = Range(low, high, step, log, is_integer)
    count = whole.count()
    if count is None:
        return whole
    # Where the steps do not end at the bound, the range ends before it.
    last = whole.read_label(count - 1)
    return whole if math.isclose(last, high) else replace(whole, high=last)


def _list_extremes(dimension: Range | Choices) -> list[object]:
    """Return the values that must fit the configuration for all to fit."""
    if isinstance(dimension, Choices):
        return list(dimension.values)
    return [dimension.low, dimension.high]


def _list_firsts(dimensions: Mapping[str, Range | Choices]) -> dict[str, object]:
    return {path: _list_extremes(dimension)[0] for path, dimension in dimensions.items()}


def _widen(dimension: Range, path: str, *, base: Config, firsts: Mapping[str, object]) -> Range:
    """Return the range as one of floats where the setting takes them: `{low: 0, high: 1}` of a penalty."""
    if dimension.low == dimension.high:
        return dimension
    try:
        change_config(base, {**firsts, path: dimension.low + 0.5}, source=path)
    except ConfigError:
        return dimension
    return Range(float(dimension.low), float(dimension.high), dimension.step, dimension.log, is_integer=False)
