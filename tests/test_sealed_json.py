"""JSON with a blank last line that shows damage, and that no reader of JSON minds."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_cli.sealed_json import is_damaged, seal_json

VALUES = st.recursive(st.none() | st.floats(allow_nan=False) | st.text(), st.lists, max_leaves=5)
SEALED = seal_json(json.dumps({"loss": [0.6931, 0.5]}, indent=2))


@given(value=VALUES)
def test_any_json_is_read_as_before_and_found_sound(value):
    sealed = seal_json(json.dumps(value, ensure_ascii=False))
    assert json.loads(sealed) == value
    assert not is_damaged(sealed)
    assert not is_damaged(sealed.replace("\n", "\r\n"))
    assert sealed.splitlines()[-1].strip(" \t") == ""


@pytest.mark.parametrize("position", range(len(SEALED)))
def test_another_character_anywhere_shows_or_changes_nothing(position):
    """Where the damage takes the seal away, what it sealed is still what it was."""
    for character in "0 \t\n9":
        damaged = SEALED[:position] + character + SEALED[position + 1 :]
        if damaged != SEALED and not is_damaged(damaged):
            with suppress(json.JSONDecodeError):
                assert json.loads(damaged) == json.loads(SEALED)


@given(text=st.text())
def test_text_from_elsewhere_is_taken_as_it_is(text):
    assert not is_damaged(text)


def test_a_number_edited_by_hand_shows():
    assert is_damaged(SEALED.replace("0.6931", "0.5931"))
    assert not is_damaged(SEALED.replace("0.6931", "0.5931").rstrip())
