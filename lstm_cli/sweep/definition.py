"""A sweep's file: what is varied, what is judged, and how Optuna searches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationError

from lstm_cli.config import (
    Config,
    Section,
    Seed,
    complete_config,
    describe_problems,
    explain_name,
    find_named_config,
    find_named_sweep,
    format_mapping,
    load_config,
    read_mapping,
    shorten,
    split_path,
)
from lstm_cli.data.sources import locate_dataset
from lstm_cli.errors import ConfigError
from lstm_cli.sweep.search_space import SearchSpace, parse_search_space

_SUFFIXES = (".yaml", ".yml")

Count = Annotated[int, Field(ge=0, le=1_000_000)]
Resource = Annotated[int, Field(ge=1, le=1_000_000)]


class TPE(Section):
    """`optuna.samplers.TPESampler` (Bergstra et al. 2011)."""

    name: Literal["tpe"]
    n_startup_trials: Count = Field(10, description="Random trials before the first informed one.")


class Random(Section):
    """`optuna.samplers.RandomSampler`."""

    name: Literal["random"]


class Grid(Section):
    """Every combination once, in random order."""

    name: Literal["grid"]


class NoPruner(Section):
    """`optuna.pruners.NopPruner`: every trial is trained to its end."""

    name: Literal["none"]


class Median(Section):
    """`optuna.pruners.MedianPruner`: worse than half of the others at the same epoch."""

    name: Literal["median"]
    n_startup_trials: Count = 5
    n_warmup_steps: Count = Field(0, description="Epochs of each trial in which it is left alone.")


class ASHA(Section):
    """`optuna.pruners.SuccessiveHalvingPruner` (Li et al. 2020): the best share goes on at each rung."""

    name: Literal["asha"]
    min_resource: Resource = Field(1, description="Epochs before the first rung.")
    reduction_factor: Annotated[int, Field(ge=2, le=1000)] = 4


class Hyperband(Section):
    """`optuna.pruners.HyperbandPruner` (Li et al. 2018), up to the configuration's epochs."""

    name: Literal["hyperband"]
    min_resource: Resource = Field(1, description="Epochs before the first rung.")
    reduction_factor: Annotated[int, Field(ge=2, le=1000)] = 3


def _expand_name(value: object) -> object:
    """Return `{name: tpe}` for `tpe`."""
    return {"name": value} if isinstance(value, str) else value


class SweepConfig(Section):
    """The content of a sweep's file."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")] = Field(
        "sweep", description="Names the study and its folder; by default the file's name."
    )
    base: str | dict[str, Any] = Field(
        description="A named configuration, a file beside this one, or the sections."
    )
    search_space: dict[Any, Any] = Field(description="Choices or a range at each path.")
    objective: Literal["val_loss", "val_accuracy", "val_macro_f1"] = Field(
        "val_loss", description="The figure of each trial's best epoch that is optimised."
    )
    sampler: Annotated[
        Annotated[TPE | Random | Grid, Field(discriminator="name")], BeforeValidator(_expand_name)
    ] = TPE(name="tpe")
    pruner: Annotated[
        Annotated[NoPruner | Median | ASHA | Hyperband, Field(discriminator="name")], BeforeValidator(_expand_name)
    ] = Median(name="median")
    trials: Annotated[int, Field(ge=1, le=1_000_000)] = Field(20, description="Of the study in all.")
    seed: Seed = Field(42, description="Of the sampler; the trainings have the base's own.")


@dataclass(frozen=True)
class Sweep:
    """A checked sweep.

    Attributes:
        config: the file's content.
        space: what is varied, and the base.
        total: trials of the study in all; of a grid no more than there are combinations.
    """

    config: SweepConfig
    space: SearchSpace
    total: int

    @property
    def direction(self) -> Literal["minimize", "maximize"]:
        """Optuna's word for what is better."""
        return "minimize" if self.config.objective == "val_loss" else "maximize"

    @property
    def most_epochs(self) -> int:
        """The most epochs that a trial can have.

        Raises:
            ConfigError: that is `auto`, which only a trial's reviews tell.
        """
        dimension = self.space.dimensions.get("training.epochs")
        if dimension is not None and not hasattr(dimension, "values"):
            return int(dimension.high)
        values = [self.space.base.training.epochs] if dimension is None else dimension.values
        if "auto" in values:
            raise ConfigError(
                "The pruner hyperband needs to know how many epochs there are, and training.epochs is auto: give "
                "a number, or take another pruner."
            )
        return int(max(values))

    def rebase(self, base: Config) -> Sweep:
        """Return the sweep of the same settings around another configuration."""
        return replace(self, space=replace(self.space, base=base))


def load_sweep(path: Path, *, trials: int | None = None, overrides: Sequence[str] = ()) -> Sweep:
    """Load and check a sweep.

    Args:
        path: a YAML file, or the name of a sweep that travels with the package.
        trials: how many in all; None for the file's.
        overrides: `key.path=value` changes of the base.

    Raises:
        ConfigError: the file cannot be read, there is a problem in it, or a change is of what it searches.
    """
    if path.suffix not in _SUFFIXES and not path.is_file():
        path = find_named_sweep(str(path))
    source = str(path)
    settings = read_mapping(
        path, expected="the keys base and search_space", example="lstm-sweep gru --print-config"
    )
    hint = "" if "name" in settings else f". {explain_name(path.stem)}"
    settings.setdefault("name", path.stem)
    try:
        config = SweepConfig.model_validate(settings)
    except ValidationError as error:
        problems = [
            problem + hint * problem.startswith("name: ") for problem in describe_problems(error, root=SweepConfig)
        ]
        separator = "\n  " if len(problems) > 1 else " "
        raise ConfigError(separator.join([f"{source}:", *problems])) from error
    _check_overrides(overrides, searched=config.search_space, source=source)
    base = _load_base(config.base, path=path, overrides=overrides)
    space = parse_search_space(config.search_space, base=base, objective=config.objective, source=source)
    total = config.trials if trials is None else trials
    if config.sampler.name == "grid":
        total = min(total, space.count_grid())
    return Sweep(config, space, total)


def format_sweep(sweep: Sweep) -> str:
    """Return the sweep as YAML that `load_sweep` reads, its base written out."""
    settings = sweep.config.model_dump(mode="json") | {
        "base": sweep.space.base.model_dump(mode="json", exclude_unset=True),
        "trials": sweep.total,
    }
    return f"# lstm-sweep FILE\n{format_mapping(settings)}"


def _check_overrides(overrides: Sequence[str], *, searched: Iterable[Any], source: str) -> None:
    """Check that no change of the base is of a setting, around or inside one that each trial sets itself."""
    for override in overrides:
        keys = split_path(override.partition("=")[0])
        for path in map(str, searched):
            if all(one == other for one, other in zip(keys, split_path(path), strict=False)):
                raise ConfigError(
                    f"--set {shorten(override)}: {path} is searched, so that every trial would overrule it. "
                    f"Leave it out, or change the search_space of {source}."
                )


def _load_base(base: str | Mapping[str, Any], *, path: Path, overrides: Sequence[str]) -> Config:
    """Return the configuration that is varied, with an absolute path to its data."""
    if isinstance(base, str):
        file = path.parent / base if base.endswith(_SUFFIXES) else find_named_config(base)
        config = load_config(file, overrides=overrides)
    else:
        config = complete_config(base, name=path.stem, overrides=overrides, source=f"{path}: base")
    return locate_dataset(config)
