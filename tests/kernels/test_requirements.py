"""Settings that the kernels cannot follow are named by Keras' argument, the first of them."""

from __future__ import annotations

import pytest

from lstm_cli.kernels.requirements import LARGE_TABLE, find_unmet

_FOLLOWED = {
    "dtype": "float32",
    "activation": "tanh",
    "recurrent_activation": "sigmoid",
    "recurrent_dropout": 0.0,
    "reset_after": True,
    "unroll": False,
    "stateful": False,
    "implementation": 2,
}
_NOT_FOLLOWED = {
    "dtype": "float64",
    "activation": "relu",
    "recurrent_activation": "hard_sigmoid",
    "recurrent_dropout": 0.1,
    "reset_after": False,
    "unroll": True,
    "stateful": True,
    "implementation": 1,
}


@pytest.mark.parametrize("settings", [{}, _FOLLOWED, {"units": 3, "dropout": 0.5, "go_backwards": True}])
def test_defaults_and_what_the_kernels_do_not_ask_about_are_followed(settings):
    assert find_unmet(settings) is None


@pytest.mark.parametrize("key", list(_NOT_FOLLOWED))
def test_any_other_value_is_named_whatever_else_is_set(key):
    assert find_unmet({key: _NOT_FOLLOWED[key]}) == key
    assert find_unmet({**_FOLLOWED, key: _NOT_FOLLOWED[key]}) == key


def test_of_several_the_same_one_is_named_in_whatever_order_they_are_set():
    assert find_unmet(_NOT_FOLLOWED) == find_unmet(dict(reversed(_NOT_FOLLOWED.items()))) == "dtype"


def test_of_the_default_width_a_thousand_words_are_a_small_table_and_ten_thousand_a_large_one():
    assert 1_000 * 16 < LARGE_TABLE < 10_000 * 16
