"""How the user may say which reviews are read, and how."""

from __future__ import annotations

from typing import Any

import pytest

from lstm_cli.config import DataConfig, load_data_config
from lstm_cli.errors import ConfigError


@pytest.mark.parametrize(
    ("setting", "key", "value"),
    [
        ("data.text=review", "text", ("review",)),
        ("data.text=[title, 3]", "text", ("title", "3")),
        ("data.text=6", "text", ("6",)),
        ("data.text=null", "text", None),
        ("data.label=1", "label", "1"),
        ("data.delimiter=tab", "delimiter", "\t"),
        (r"data.delimiter=\t", "delimiter", "\t"),
        ("data.delimiter=';'", "delimiter", ";"),
        ("data.encoding=latin-1", "encoding", "latin-1"),
        ("data.header=false", "header", False),
        ("data.strict=true", "strict", True),
        ("data.classes=negative=1,2 positive=4,5", "classes", {"negative": ("1", "2"), "positive": ("4", "5")}),
        ("data.classes={bad: [1, 2], good: [4, 5.0]}", "classes", {"bad": ("1", "2"), "good": ("4", "5.0")}),
        ("data.classes=bad=a b, c  good=d e", "classes", {"bad": ("a b", "c"), "good": ("d e",)}),
        ("data.classes=negative positive", "classes", {"negative": ("negative",), "positive": ("positive",)}),
        ("data.classes={bad: [no], 1: yes}", "classes", {"bad": ("false", "no"), "1": ("true", "yes")}),
    ],
)  # fmt: skip
def test_what_may_be_said(setting: str, key: str, value: Any) -> None:
    """In YAML's words; and the effective configuration says the same again."""
    config = load_data_config([setting])
    assert getattr(config, key) == value
    assert DataConfig.model_validate_json(config.model_dump_json()) == config
    assert DataConfig.model_validate(config.model_dump(mode="json")) == config


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("data.classes=positive=1", "data.classes: expected two classes or more"),
        ("data.classes={no: [0], yes: [1]}", "write 'no' and 'yes'"),
        ("data.classes=a=1 a=2", "a class stands twice"),
        ("data.classes=a= b=2", "expected labels for each class"),
        ("data.classes=[1, 2]", "data.classes: expected"),
        ("data.encoding=klingon", "expected an encoding that Python knows, .* got 'klingon'"),
        ("data.encoding=hex", "expected an encoding that Python knows"),
        ("data.encoding=''", "expected an encoding that Python knows"),
        ("data.delimiter='::'", "expected one character, such as ; or tab, got '::'"),
        ("""data.delimiter='"'""", "expected one character"),
        ("data.text=[]", "data.text: expected at least 1 item"),
        ("data.text=[[a]]", r"data.text\[0\]: expected string"),
        ("data.label=[a]", "data.label: expected string"),
        ("data.header=maybe", "data.header: expected"),
        ("data.column=a", "data.column: unknown key"),
        ("training.epochs=3", "takes settings of the data here"),
    ],
)
def test_what_may_not(setting: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        load_data_config([setting])


def test_all_is_found_from_the_file_by_default() -> None:
    config = DataConfig()
    keys = ("text", "label", "classes", "encoding", "delimiter", "header")
    assert [getattr(config, name) for name in keys] == [None] * 6
    assert config.strict is False


@pytest.mark.parametrize(
    ("setting", "dataset", "place"),
    [
        ("data.dataset=imdb", "imdb", "imdb"),
        ("data.dataset=[one.csv]", "one.csv", "one.csv"),
        ("data.dataset=[one.csv, two.csv]", ("one.csv", "two.csv"), "one.csv and two.csv"),
        ("data.dataset=[one.csv, one.csv]", ("one.csv", "one.csv"), "one.csv and one.csv"),
    ],
)
def test_several_data_sets_are_read_one_after_the_other(setting: str, dataset: Any, place: str) -> None:
    config = load_data_config([setting])
    assert (config.dataset, config.place) == (dataset, place)
    assert config.datasets == ((dataset,) if isinstance(dataset, str) else dataset)
    assert not config.reads_standard_input


@pytest.mark.parametrize("setting", ["data.dataset='-'", "data.dataset=['-']", "data.dataset=[one.csv, '-']"])
def test_standard_input_is_one_of_the_data_sets_if_it_is_named(setting: str) -> None:
    assert load_data_config([setting]).reads_standard_input


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("data.dataset=['-', '-']", "data.dataset: expected -, standard input, once: it can be read only once"),
        ("data.dataset=['-', one.csv, '-']", "standard input, once"),
        ("data.dataset=[]", r"expected a name or a path, or a list of them, got \[\]"),
        ("data.dataset=[one.csv, '']", "expected a name or a path, or a list of them"),
        ("data.dataset=[one.csv, 2]", "expected a name or a path, or a list of them"),
        ("data.validation='-'", "data.validation: expected a file of this part; -, standard input, is for --data"),
        ("data.test='-'", "data.test: expected a file of this part"),
        ("data.validation=''", "data.validation: expected text, got ''"),
        ("data.test=''", "data.test: expected text, got ''"),
        ("data.text=true", r"data.text\[0\]: expected string, got True"),
        ("data.label=true", "data.label: expected string, got True"),
        ("data.group=true", "data.group: expected string, got True"),
        ("data.classes={bad: [0]}", "expected two classes or more"),
        ("data.classes={bad: [], good: [1]}", "expected labels for each class"),
        ("data.classes={bad: [0, ''], good: [1]}", "expected labels for each class"),
        ("data.classes={' ': [0], good: [1]}", "expected labels for each class"),
        ("data.classes=bad=0,,1 good=2", "expected labels for each class"),
        ("data.classes=good good", "a class stands twice"),
        ("data.delimiter=''", "expected one character, such as ; or tab, got ''"),
        ('data.delimiter="\\r"', "expected one character"),
        ('data.delimiter="\\n"', "expected one character"),
        ('data.delimiter="\\0"', "expected one character"),
        ("""data.delimiter="'\"""", "expected one character"),
    ],
)
def test_what_may_not_be_read_together_or_apart(setting: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        load_data_config([setting])


@pytest.mark.parametrize(
    ("name", "delimiter"),
    [("tab", "\t"), ("\\t", "\t"), ("comma", ","), ("semicolon", ";"), ("pipe", "|"), ("space", " "), ("x", "x")],
)
def test_a_delimiter_is_a_character_or_its_name(name: str, delimiter: str) -> None:
    assert DataConfig(delimiter=name).delimiter == delimiter


def test_a_column_may_be_a_number_where_there_is_no_header() -> None:
    config = load_data_config(["data.text=[2, body]", "data.label=0", "data.group=3"])
    assert (config.text, config.label, config.group) == (("2", "body"), "0", "3")


@pytest.mark.parametrize(
    ("given", "classes"),
    [
        ("neutral b=2,3", {"neutral": ("neutral",), "b": ("2", "3")}),
        (" a=1  b=2 ", {"a": ("1",), "b": ("2",)}),
        ("a b c", {"a": ("a",), "b": ("b",), "c": ("c",)}),
        ({"bad": 1, "good": [" 2 ", 3]}, {"bad": ("1",), "good": ("2", "3")}),
        ({1: 0, 2.5: 1}, {"1": ("0",), "2.5": ("1",)}),
    ],
)
def test_classes_are_groups_of_labels_however_they_are_written(given: Any, classes: dict[str, Any]) -> None:
    assert DataConfig(classes=given).classes == classes
