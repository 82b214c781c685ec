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
