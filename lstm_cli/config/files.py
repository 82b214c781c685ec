"""Configurations on disk: the named ones that travel with the package, and the user's own."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from lstm_cli.config.problems import (
    describe_problems,
    explain_name,
    find_unknown_key,
    is_index,
    shorten,
    show_value,
)
from lstm_cli.config.schema import Config, DataConfig
from lstm_cli.config.section import Section
from lstm_cli.errors import ConfigError, suggest_nearest, suggest_sibling
from lstm_cli.whole_file import write_text_whole

# A configuration is a page; whatever is larger, or refers to itself this often, was not written as one.
_LARGEST_FILE = 1_000_000
_MOST_ALIASES = 100
_DEEPEST_NESTING = 50

_SWEEPS = "sweeps"  # the folder of the named sweeps, which are no configurations of one training
_OF_A_RUN = "config.yaml"  # in the folder of a run

DEFAULT_CONFIG = "ngram-lstm"
"""What is trained where nothing is named."""

# PyYAML's own and, for a tag that its text does not fit (`!!int ''`, `!!bool x`), whatever Python makes of it.
_YAML_ERRORS = (yaml.YAMLError, ValueError, LookupError, AttributeError, RecursionError)


class _DataAlone(Section):
    """A configuration of the section `data` and no other."""

    data: DataConfig = DataConfig()


class _ConfigLoader(yaml.SafeLoader):
    """The safe loader, with YAML 1.2's numbers (`1e-4` is one) and an error for a key given twice."""

    aliases = 0
    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:  # noqa: ANN401 - PyYAML's
        if self.check_event(yaml.AliasEvent):
            self.aliases += 1
        self.depth += 1
        if self.aliases > _MOST_ALIASES or self.depth > _DEEPEST_NESTING:
            raise yaml.YAMLError("too many aliases or too deep a nesting for a configuration")
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node

    def compose_mapping_node(self, anchor: Any) -> yaml.MappingNode:  # noqa: ANN401 - PyYAML's
        # Here rather than when it is constructed: by then `<<` has added keys that the mapping may override.
        node = super().compose_mapping_node(anchor)
        keys = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        if len(set(keys)) < len(keys):
            raise yaml.YAMLError(f"a key stands twice in the mapping at line {node.start_mark.line + 1}")
        return node


class _ConfigDumper(yaml.SafeDumper):
    """The safe dumper, for what `_ConfigLoader` reads: text that it would take for something else is quoted."""


for _yaml_class in (_ConfigLoader, _ConfigDumper):
    _yaml_class.add_implicit_resolver(
        "tag:yaml.org,2002:float",
        re.compile(r"^[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)[eE][-+]?[0-9]+$"),
        list("-+0123456789."),
    )


def find_config_folder() -> Path:
    """Return the folder of the named configurations: inside a wheel, or beside the package in a checkout."""
    package = Path(__file__).parent.parent
    for folder in (package / "configs", package.parent / "configs"):
        if folder.is_dir():
            return folder
    raise ConfigError("The named configurations are missing from this installation: install lstm-cli anew.")


def list_config_names() -> list[str]:
    """Return the names that `find_named_config` takes, such as `gru` or `tutorials/a-lstm64`."""
    folder = find_config_folder()
    names = (path.relative_to(folder).with_suffix("").as_posix() for path in folder.rglob("*.yaml"))
    return sorted(name for name in names if not name.startswith(f"{_SWEEPS}/"))


def list_sweep_names() -> list[str]:
    """Return the names that `find_named_sweep` takes, such as `gru`."""
    return sorted(path.stem for path in (find_config_folder() / _SWEEPS).glob("*.yaml"))


def find_named_config(name: str) -> Path:
    """Return the file of a named configuration.

    Raises:
        ConfigError: there is none of that name.
    """
    names = list_config_names()
    if name not in names:
        is_file = Path(name).suffix in {".yaml", ".yml"}
        hint = f" A file is given with --config {name}." if is_file else suggest_nearest(name, names)
        raise ConfigError(f"No model is named {name!r}.{hint} The names: {', '.join(names)} (lstm-config ls).")
    return find_config_folder() / f"{name}.yaml"


def find_named_sweep(name: str) -> Path:
    """Return the file of a named sweep.

    Raises:
        ConfigError: there is none of that name.
    """
    names = list_sweep_names()
    if name not in names:
        hint = suggest_nearest(name, names)
        raise ConfigError(f"No sweep is named {name!r}, and no file.{hint} The names: {', '.join(names)}.")
    return find_config_folder() / _SWEEPS / f"{name}.yaml"


def describe_named_config(name: str) -> str:
    """Return the sentence that a named configuration's file gives under its command."""
    lines = find_named_config(name).read_text(encoding="utf-8").splitlines()
    return lines[1].removeprefix("#").strip()


def load_config(path: Path, *, overrides: Sequence[str] = ()) -> Config:
    """Load and check a configuration.

    Args:
        path: a YAML file.
        overrides: `key.path=value` settings that beat the file's, the value written as in YAML.

    Raises:
        ConfigError: the file cannot be read, or there are problems in it; all of them are listed.
    """
    settings = read_mapping(path, expected="the sections data, model and training", example="lstm-config show gru")
    return complete_config(settings, name=path.stem, overrides=overrides, source=str(path))


def complete_config(
    settings: Mapping[str, Any], *, name: str, overrides: Sequence[str] = (), source: str
) -> Config:
    """Return sections as written, with the changes of the command line, as a checked configuration.

    Args:
        settings: the sections as plain mappings, lists and scalars; they stay as they are.
        name: the configuration's, where the settings give none.
        overrides: as for `load_config`.
        source: where the settings came from, for the error.

    Raises:
        ConfigError: with one line for each problem.
    """
    written = {"name": name, **settings}
    changed = copy.deepcopy(written)
    for override in overrides:
        _apply_override(changed, override)
    problems = _list_problems(changed)
    if not problems:
        return Config.model_validate(changed)
    own = _list_problems(written) if overrides else problems
    hint = f". {explain_name(name)}" if "name" not in settings else ""
    raise _explain(
        # What is wrong without the command line's changes too is not theirs.
        [f"--set {problem}" for problem in problems if problem not in own],
        [problem + hint * problem.startswith("name: ") for problem in problems if problem in own],
        source=source,
    )


def load_data_config(overrides: Sequence[str], *, model: str | None = None) -> DataConfig:
    """Return the settings of the data alone, all others left out.

    Args:
        overrides: `data.key=value` settings.
        model: the name of the configuration whose settings they change; None for every setting's default.

    Raises:
        ConfigError: one is none of the data, or wrong, or there is no such configuration.
    """
    settings = parse_overrides(overrides)
    others = sorted(settings.keys() - {"data"})
    if others:
        raise ConfigError(f"--set takes settings of the data here, such as data.maxlen=200, got {others[0]}.")
    if model is not None:
        return load_config(find_named_config(model), overrides=overrides).data
    try:
        return _DataAlone.model_validate(settings).data
    except ValidationError as error:
        raise ConfigError("\n  ".join(describe_problems(error, root=_DataAlone))) from error


def change_config(config: Config, changes: Mapping[str, object], *, source: str) -> Config:
    """Return the configuration with other values at some paths.

    What was not written in it stays unwritten, so that a changed `cell` or `name` brings its own defaults.

    Args:
        config: stays as it is.
        changes: values by path, such as `{"model.recurrent[0].units": 16}`; outer paths are set before inner ones.
        source: where the changes came from, for the error.

    Raises:
        ConfigError: a path leads nowhere, or the outcome is no configuration.
    """
    settings = config.model_dump(mode="json", exclude_unset=True)
    for path, value in sorted(changes.items(), key=lambda change: len(split_path(change[0]))):
        problem = find_unknown_key(split_path(path))
        if problem:
            raise ConfigError(f"{source}: {problem}")
        _assign_path(settings, split_path(path), copy.deepcopy(value), source=f"{source}: {path}")
    return check_config(settings, source=source)


def split_path(path: str) -> list[str]:
    """Return the keys of `model.recurrent[0].units`, an index in one spelling."""
    keys = (key for key in re.split(r"[.\[\]]", path.strip()) if key)
    return [str(int(key)) if is_index(key) else key for key in keys]


def parse_overrides(overrides: Sequence[str]) -> dict[str, Any]:
    """Return `key.path=value` settings as plain sections, unchecked.

    Raises:
        ConfigError: one is no setting of that form.
    """
    settings: dict[str, Any] = {}
    for override in overrides:
        _apply_override(settings, override)
    return settings


def check_config(settings: Mapping[str, Any], *, source: str) -> Config:
    """Return the settings as a checked configuration.

    Args:
        settings: the sections as plain mappings, lists and scalars.
        source: where they came from, for the error.

    Raises:
        ConfigError: with one line for each problem.
    """
    try:
        return Config.model_validate(settings)
    except ValidationError as error:
        raise _explain([], describe_problems(error), source=source) from error


def _list_problems(settings: Mapping[str, Any]) -> list[str]:
    try:
        Config.model_validate(settings)
    except ValidationError as error:
        return describe_problems(error)
    return []


def _explain(of_changes: Sequence[str], of_source: Sequence[str], *, source: str) -> ConfigError:
    """Return the error of problems of the command line's changes, and of what they change."""
    problems = [*of_changes, *of_source]
    if len(problems) == 1:
        return ConfigError(of_changes[0] if of_changes else f"{source}: {of_source[0]}")
    first = f"{source}: {len(problems)} problems" if of_source else f"{len(problems)} problems"
    return ConfigError("\n  ".join([first, *problems]))


def format_config(config: Config) -> str:
    """Return the configuration as YAML that `load_config` reads back to an equal one."""
    return f"# lstm-train --config FILE repeats this training\n{format_mapping(config.model_dump(mode='json'))}"


def format_mapping(settings: Mapping[str, Any]) -> str:
    """Return plain settings as YAML that `read_mapping` reads back to equal ones."""

    # `yaml.dump` is safe with a safe dumper, and returns text where no stream is given; its types say Any.
    def dump(*, allow_unicode: bool) -> str:
        text: str = yaml.dump(
            dict(settings), Dumper=_ConfigDumper, sort_keys=False, allow_unicode=allow_unicode, width=100
        )
        return text

    # What cannot be printed is escaped: PyYAML would write "next line" as it is, and read it back as a space.
    text = dump(allow_unicode=True)
    return text if text.replace("\n", "").isprintable() else dump(allow_unicode=False)


def save_config(path: Path, config: Config) -> None:
    """Write the configuration to `path`, whole or not at all."""
    write_text_whole(path, format_config(config))


def read_mapping(path: Path, *, expected: str, example: str) -> dict[str, Any]:
    """Return a YAML file's mapping, unchecked.

    Args:
        path: the file.
        expected: what it should hold, for the error.
        example: the command that prints one, for the error.

    Raises:
        ConfigError: it cannot be read, or holds something else.
    """
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST_FILE + 1)  # bounds a device too, which has no size
        if len(data) > _LARGEST_FILE:
            raise ConfigError(f"{path} is larger than {_LARGEST_FILE:,} bytes: is it a configuration?")
        settings = yaml.load(data.decode("utf-8"), Loader=_ConfigLoader)  # noqa: S506 - a SafeLoader
    except OSError as error:
        hint = suggest_sibling(path) if isinstance(error, FileNotFoundError) else ""
        if (path / _OF_A_RUN).is_file():
            hint = f" Name {path / _OF_A_RUN}."
        raise ConfigError(f"Cannot read the configuration {path}: {error.strerror}.{hint}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is not UTF-8 text: {error.reason} at byte {error.start}.") from error
    except _YAML_ERRORS as error:
        raise ConfigError(f"{path} is no YAML: {' '.join(str(error).split())}") from error
    if not isinstance(settings, dict):
        raise ConfigError(
            f"{path}: expected {expected}, got {type(settings).__name__}. `{example}` prints an example."
        )
    return settings


def _apply_override(settings: dict[str, Any], override: str) -> None:
    """Set one `key.path=value` in the plain settings; the schema judges the outcome."""
    path, equals, text = override.partition("=")
    keys = split_path(path)
    if not equals or not keys:
        raise ConfigError(f"--set expects key.path=value, such as data.maxlen=200, got {show_value(override)}.")
    try:
        value = yaml.load(text, Loader=_ConfigLoader)  # noqa: S506 - a SafeLoader
    except _YAML_ERRORS as error:
        raise ConfigError(
            f"--set {shorten(override)}: the value is no YAML: {' '.join(str(error).split())}"
        ) from error
    _assign_path(settings, keys, value, source=f"--set {shorten(override)}")


def _assign_path(settings: dict[str, Any], keys: Sequence[str], value: object, *, source: str) -> None:
    """Set the value at the end of the keys in the plain settings."""
    target: Any = settings
    for position, key in enumerate(keys[:-1]):
        inner = _step_into(target, key, source=source)
        if not isinstance(inner, dict | list):
            # A section that the file leaves to its default, or switches off, is opened.
            inner = [] if is_index(keys[position + 1]) else {}
            _assign(target, key, inner, source=source)
        target = inner
    _assign(target, keys[-1], value, source=source)


def _step_into(target: dict[str, Any] | list[Any], key: str, *, source: str) -> object:
    if isinstance(target, dict):
        return target.get(key)
    return target[_read_index(target, key, source=source)]


def _assign(target: dict[str, Any] | list[Any], key: str, value: object, *, source: str) -> None:
    if isinstance(target, dict):
        target[key] = value
    else:
        target[_read_index(target, key, source=source)] = value


def _read_index(target: list[Any], key: str, *, source: str) -> int:
    if not target:
        raise ConfigError(
            f"{source}: the list is empty, so it has no item {show_value(key)}. Set the list as a whole."
        )
    if not is_index(key) or int(key) >= len(target):
        raise ConfigError(f"{source}: expected an index from 0 to {len(target) - 1}, got {show_value(key)}.")
    return int(key)
