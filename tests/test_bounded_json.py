"""JSON is parsed as Python parses it, within bounds."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_cli.bounded_json import DEEPEST, parse_json

ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=20,
)


@given(ANY)
def test_what_json_writes_comes_back(value):
    assert parse_json(json.dumps(value), largest=10_000_000) == value


@given(st.binary() | st.text(st.sampled_from('[]{}",:1e-.NaIfty\\u')))
def test_all_else_is_a_value_error(text):
    try:
        parse_json(text, largest=1000)
    except ValueError:
        return


@pytest.mark.parametrize("opening", ["[", '{"a":'])
@pytest.mark.parametrize("levels", [DEEPEST + 1, 400, 5_000, 200_000])
def test_depth_is_bounded(opening, levels):
    text = opening * levels + "1" + ("]" if opening == "[" else "}") * levels
    with pytest.raises(ValueError, match=f"JSON of at most {DEEPEST} levels"):
        parse_json(text, largest=10_000_000)


def test_size_is_bounded():
    with pytest.raises(ValueError, match="expected at most 1,000 bytes of JSON, got 1,001"):
        parse_json(" " * 1001, largest=1000)
