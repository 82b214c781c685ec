"""Keys are the same on every machine for ever, and numbers that differ little have keys that share nothing."""

from __future__ import annotations

import numpy as np

from lstm_cli.text.mixing import mix


def test_they_are_what_splitmix64_gives_from_a_seed_of_0() -> None:
    """As its author's program and Java's `SplittableRandom` write them."""
    assert mix(np.arange(4, dtype=np.uint64)).tolist() == [
        0xE220A8397B1DCDAF,
        0x6E789E6AA1B965F4,
        0x06C45D188009454F,
        0xF88BB8A8724C81EC,
    ]
    assert mix(np.array([2**64 - 1], np.uint64)).tolist() == [0]


def test_the_numbers_themselves_stay() -> None:
    numbers = np.arange(4, dtype=np.uint64)
    assert mix(numbers).dtype == np.uint64
    assert numbers.tolist() == [0, 1, 2, 3]


def test_different_numbers_have_different_keys_of_evenly_many_bits() -> None:
    keys = mix(np.arange(4096, dtype=np.uint64))
    assert len(set(keys.tolist())) == 4096
    shares = [((keys >> np.uint64(bit)) & np.uint64(1)).mean() for bit in range(64)]
    assert max(abs(share - 0.5) for share in shares) < 0.05
