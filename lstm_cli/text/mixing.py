"""Numbers → 64 bits as good as random, the same on every machine and in every process."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# SplitMix64's (https://prng.di.unimi.it/splitmix64.c).
_GOLDEN, _MIX_1, _MIX_2 = (
    np.uint64(number) for number in (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB)
)


def mix(numbers: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return 64 bits as good as random for each number, and different ones for different numbers."""
    mixed = (numbers + np.uint64(1)) * _GOLDEN
    mixed ^= mixed >> np.uint64(30)
    mixed *= _MIX_1
    mixed ^= mixed >> np.uint64(27)
    mixed *= _MIX_2
    mixed ^= mixed >> np.uint64(31)
    return mixed
