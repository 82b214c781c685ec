"""Every part of a configuration takes what it has a name for, as it is, and stays so."""

from __future__ import annotations

import math

import pytest
from pydantic import Field, ValidationError

from lstm_cli.config.section import UNION_TAG, Fraction, NotNegative, Positive, Section


class Example(Section):
    """A part as others are."""

    share: Fraction = 0.5
    width: Positive = 1.0
    penalty: NotNegative = 0.0
    units: int = 3


@pytest.mark.parametrize(
    ("name", "taken", "refused"),
    [
        ("share", [0.0, 0.999], [1.0, -0.001]),
        ("width", [0.001, 1e9], [0.0, -1.0]),
        ("penalty", [0.0, 1e9], [-0.001]),
    ],
)
def test_numbers_that_stand_in_many_parts_have_their_bounds(name, taken, refused):
    for value in taken:
        assert getattr(Example.model_validate({name: value}), name) == value
    for value in refused:
        with pytest.raises(ValidationError):
            Example.model_validate({name: value})


@pytest.mark.parametrize("value", [math.inf, math.nan])
def test_a_number_is_finite(value):
    with pytest.raises(ValidationError, match="finite"):
        Example(width=value)


@pytest.mark.parametrize("settings", [{"units": "3"}, {"units": 3.0}, {"units": True}, {"share": "0.5"}])
def test_a_value_of_another_type_is_not_made_to_fit(settings):
    with pytest.raises(ValidationError):
        Example.model_validate(settings)


def test_a_whole_number_is_a_number_too():
    assert Example.model_validate({"width": 2}).width == 2.0


def test_a_key_that_it_has_not_is_refused():
    with pytest.raises(ValidationError, match="Extra inputs"):
        Example.model_validate({"unit": 3})


def test_it_cannot_be_changed():
    section = Example()
    with pytest.raises(ValidationError, match="frozen"):
        section.units = 4
    assert section.units == 3
    assert hash(section) == hash(Example())


def test_a_default_is_judged_as_what_users_give():
    class Wrong(Section):
        """Its default is out of its bounds."""

        units: int = Field(0, ge=1)

    with pytest.raises(ValidationError, match="greater than or equal to 1"):
        Wrong()


def test_the_name_of_a_kind_begins_as_no_key_does():
    assert not (UNION_TAG + "auto").isidentifier()
