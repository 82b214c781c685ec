"""How a file of reviews is read: the options of every command that takes one, and what was found in it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from lstm_cli.cli.command import Output

if TYPE_CHECKING:
    from lstm_cli.config import SourceConfig
    from lstm_cli.data.encoding import Dataset

_Function = TypeVar("_Function", bound=Callable[..., Any])

READING_OPTIONS = ("text", "label", "classes", "encoding", "delimiter", "header", "strict")
"""Their names, which are those of keys under `data:` too."""

PART_OPTIONS = ("validation", "test")
"""Those that name a part's own file, also keys under `data:`."""

SPLIT_OPTIONS = (*PART_OPTIONS, "group")
"""Those that say of which reviews a part is, of the commands that draw parts."""

TEXT_OPTIONS = ("text", "encoding", "delimiter", "header")
"""Those of them that a file without labels needs."""

_MOST_SHOWN = 12  # classes in a line

_OPTIONS = {
    "text": click.option(
        "--text",
        multiple=True,
        metavar="COL",
        help="The text's column, by name, or by number where there is no header. Several are joined.",
    ),
    "label": click.option("--label", metavar="COL", help="The label's column."),
    "classes": click.option(
        "--classes", metavar="GROUPS", help="Classes of labels: 'negative=1,2 positive=4,5' drops the others."
    ),
    "encoding": click.option("--encoding", metavar="NAME", help="Of a text file: utf-8, cp1252, …"),
    "delimiter": click.option("--delimiter", metavar="CHAR", help="Between two fields: a character, or tab."),
    "header": click.option("--header/--no-header", default=None, help="Whether the first row names the columns."),
    "validation": click.option(
        "--validation", metavar="FILE", help="Reviews that judge every epoch: data.validation."
    ),
    "test": click.option("--test", metavar="FILE", help="Reviews kept for the test: data.test."),
    "group": click.option(
        "--group", metavar="COL", help="Rows of one film, author or thread stay in one part or fold: data.group."
    ),
    "strict": click.option("--strict", is_flag=True, default=None, help="Refuse rows without text or label."),
}


def reading_options(function: _Function) -> _Function:
    """Add what overrules the way a file is read; by default all of it is found from the file."""
    return _add(READING_OPTIONS, function)


def text_options(function: _Function) -> _Function:
    """Add what overrules the way a file is read whose labels nobody asks for."""
    return _add(TEXT_OPTIONS, function)


def part_options(function: _Function) -> _Function:
    """Add what names files for parts that otherwise are drawn."""
    return _add(PART_OPTIONS, function)


def split_options(function: _Function) -> _Function:
    """Add what says of which reviews a part is, where parts are drawn."""
    return _add(SPLIT_OPTIONS, function)


def _add(names: Sequence[str], function: _Function) -> _Function:
    for name in reversed(names):
        function = _OPTIONS[name](function)
    return function


def list_reading_settings(options: Mapping[str, Any]) -> list[str]:
    """Return the options that were given as settings of `data`, in the form that --set takes."""
    names = (*SPLIT_OPTIONS, *READING_OPTIONS)
    return [format_setting(f"data.{name}", options[name]) for name in names if options.get(name) not in (None, ())]


def list_data_settings(options: Mapping[str, Any]) -> list[str]:
    """Return what --data names, and the options that say how it is read, in the form that --set takes."""
    datasets = [format_setting("data.dataset", options["data"])] if options["data"] else []
    return datasets + list_reading_settings(options)


def format_setting(path: str, value: object) -> str:
    """Return a setting in the form that --set takes.

    Raises:
        click.UsageError: it cannot be written into a configuration: what a shell hands over need not be UTF-8.
    """
    # As JSON, which is YAML too, so that a name with a colon in it stays a name.
    text = json.dumps(value, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise click.UsageError(
            f"{text} is not UTF-8, and config.yaml is to name it. Give the file another name, or link to it."
        ) from error
    return f"{path}={text}"


def build_source(options: Mapping[str, Any]) -> SourceConfig | None:
    """Return the reviews that --data names, and how they are read; None where it is not given.

    Raises:
        click.UsageError: it is not, but one of the options that say how.
        ConfigError: an option is wrong.
    """
    settings = list_reading_settings(options)
    if not options["data"]:
        if settings:
            name = settings[0].partition("=")[0].removeprefix("data.")
            raise click.UsageError(f"--{name} says how --data is read: name the reviews with it.")
        return None
    return _load_source(options["data"], settings)


def _load_source(datasets: Sequence[str], settings: Sequence[str]) -> SourceConfig:
    from lstm_cli.config import SourceConfig, load_data_config

    config = load_data_config([format_setting("data.dataset", datasets), *settings])
    return SourceConfig(**{name: getattr(config, name) for name in SourceConfig.model_fields})


def build_text_source(path: Path, options: Mapping[str, Any]) -> SourceConfig:
    """Return how the texts of a file are read, as far as the user says.

    Raises:
        ConfigError: an option is wrong.
    """
    return _load_source([str(path)], list_reading_settings(options))


def describe_counts(counts: Mapping[str, int]) -> str:
    """Return how many reviews there are of each class: `negative: 975 · positive: 25`; of many, of the largest.

    Args:
        counts: by the class' name, in the classes' order.
    """
    shown = sorted(counts.items(), key=lambda item: -item[1])[:_MOST_SHOWN]
    if len(counts) <= _MOST_SHOWN:
        shown = [*counts.items()]
    text = " · ".join(f"{name}: {count:,}" for name, count in shown)
    return text if len(counts) <= _MOST_SHOWN else f"{text} · and {len(counts) - _MOST_SHOWN:,} classes with fewer"


def tell_reading(dataset: Dataset, output: Output) -> None:
    """Say how a file was read, which of its rows are left out, and what is odd about the others."""
    from lstm_cli.data.findings import describe_crossing, describe_left_out
    from lstm_cli.data.suggestions import describe_lengths, describe_oddities

    readings = [f"{dataset.name}: {dataset.reading.describe()}"] if dataset.reading else []
    others = describe_lengths(dataset)
    if dataset.reading or dataset.further_readings:  # a data set of ours has no such questions
        are_grouped = dataset.reading is not None and dataset.reading.group is not None
        crossing = describe_crossing(dataset.repeats.crossing, are_grouped=are_grouped)
        others = [*describe_left_out(dataset.left_out), *crossing, *describe_oddities(dataset), *others]
    for line in (*readings, *dataset.further_readings, *(f"{dataset.name}: {line}" for line in others)):
        output.print_notice(line)
