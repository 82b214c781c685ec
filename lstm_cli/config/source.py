"""The part of the configuration that says which reviews are read, and how."""

from __future__ import annotations

import codecs
import re
import reprlib
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from lstm_cli.config.section import Section

# A group of --classes ends where a name with a "=" begins: labels may hold spaces.
_BETWEEN_GROUPS = re.compile(r"\s+(?=[^\s=,]+=)")
STANDARD_INPUT = "-"
"""Names the reviews that come on standard input, in the place of a data set's name or path."""

_DELIMITERS = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|", "space": " "}


def _list_columns(value: object) -> object:
    """Return one column as a list of it, and numbers of columns as they are typed."""
    columns = value if isinstance(value, list | tuple) else [value]
    return None if value is None else tuple(map(_spell, columns))


def _gather_datasets(value: object) -> object:
    """Return one data set as it is, several as a tuple; a list of one is that one."""
    datasets = tuple(value) if isinstance(value, list | tuple) else (value,)
    if not datasets or not all(isinstance(dataset, str) and dataset for dataset in datasets):
        raise ValueError(f"expected a name or a path, or a list of them, got {reprlib.repr(value)}")
    if datasets.count(STANDARD_INPUT) > 1:
        raise ValueError(f"expected {STANDARD_INPUT}, standard input, once: it can be read only once")
    return datasets[0] if len(datasets) == 1 else datasets


def _check_part(place: str) -> str:
    if place == STANDARD_INPUT:
        raise ValueError(f"expected a file of this part; {STANDARD_INPUT}, standard input, is for --data alone")
    return place


def _spell(value: object) -> object:
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _parse_classes(value: object) -> object:
    """Return `negative=1,2 positive=4,5`, or a mapping of lists, as a mapping of tuples."""
    if isinstance(value, str):
        groups = [group.partition("=") for group in _BETWEEN_GROUPS.split(value.strip())]
        # A name alone is a label that keeps its name: all others are dropped.
        named = [(name.strip(), labels if equals else name) for name, equals, labels in groups]
        if len(groups) == 1 and not groups[0][1]:
            named = [(name, name) for name in value.split()]
        if len({name for name, _ in named}) < len(named):
            raise ValueError(f"a class stands twice in {value!r}")
        value = {name: labels.split(",") for name, labels in named}
    if not isinstance(value, dict):
        return value
    if any(isinstance(name, bool) for name in value):
        raise ValueError("YAML takes no and yes for false and true: write 'no' and 'yes'")
    lists = {name: labels if isinstance(labels, list | tuple) else [labels] for name, labels in value.items()}
    return {
        _spell(name): tuple(spelling for label in labels for spelling in _spell_label(label))
        for name, labels in lists.items()
    }


def _spell_label(label: object) -> tuple[object, ...]:
    if isinstance(label, bool):  # true is also what YAML makes of yes
        return ("true", "yes") if label else ("false", "no")
    return (label.strip() if isinstance(label, str) else _spell(label),)


def _check_classes(classes: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    if len(classes) < 2:
        raise ValueError("expected two classes or more, such as negative=1,2 positive=4,5")
    for name, labels in classes.items():
        if not name.strip() or not labels or not all(labels):
            raise ValueError("expected labels for each class, such as negative=1,2 positive=4,5")
    return classes


def _check_encoding(name: str) -> str:
    try:
        codecs.getincrementaldecoder(name)
        b"a".decode(name, errors="ignore")
    except (LookupError, ValueError) as error:
        raise ValueError(
            f"expected an encoding that Python knows, such as utf-8 or cp1252, got {name!r}"
        ) from error
    return name


def _read_delimiter(value: object) -> object:
    return _DELIMITERS.get(value, value) if isinstance(value, str) else value


def _check_delimiter(delimiter: str) -> str:
    if len(delimiter) != 1 or delimiter in "\r\n\0\"'":
        raise ValueError(f"expected one character, such as ; or tab, got {delimiter!r}")
    return delimiter


class SourceConfig(Section):
    """Which reviews are read, and how; what is left out is found from the file."""

    dataset: Annotated[str | tuple[str, ...], BeforeValidator(_gather_datasets)] = Field(
        "imdb",
        description="A data set's name, or the path of a file or of a folder, or - for standard input; a list is "
        "read one after the other.",
    )
    validation: Annotated[str, Field(min_length=1), AfterValidator(_check_part)] | None = Field(
        None, description="The reviews that judge every epoch, in a file of their own."
    )
    test: Annotated[str, Field(min_length=1), AfterValidator(_check_part)] | None = Field(
        None, description="The reviews kept for the test, in a file of their own."
    )
    text: Annotated[Annotated[tuple[str, ...], Field(min_length=1)] | None, BeforeValidator(_list_columns)] = (
        Field(
            None,
            description="The column of the text, or several, which are joined; a number where there is no header.",
        )
    )
    label: Annotated[str | None, BeforeValidator(_spell)] = Field(
        None, description="The column of the label; a number where there is no header."
    )
    classes: Annotated[
        Annotated[dict[str, tuple[str, ...]], AfterValidator(_check_classes)] | None,
        BeforeValidator(_parse_classes),
    ] = Field(None, description="A class's name: the labels of it. Rows with other labels are left out.")
    encoding: Annotated[str, AfterValidator(_check_encoding)] | None = Field(
        None, description="Of a text file, by Python's name for it."
    )
    delimiter: Annotated[
        Annotated[str, AfterValidator(_check_delimiter)] | None, BeforeValidator(_read_delimiter)
    ] = Field(None, description="What stands between two fields: a character, or tab.")
    header: bool | None = Field(None, description="Whether the first row names the columns.")
    strict: bool = Field(False, description="Refuse rows that would be left out.")

    @property
    def datasets(self) -> tuple[str, ...]:
        """The data sets that are read one after the other."""
        return (self.dataset,) if isinstance(self.dataset, str) else self.dataset

    @property
    def reads_standard_input(self) -> bool:
        """Whether standard input is among them, which must be kept in a file before it is read."""
        return STANDARD_INPUT in self.datasets

    @property
    def place(self) -> str:
        """Where the reviews lie, in words."""
        return " and ".join(self.datasets)
