"""tanh and sigmoid of sixteen sequences at once."""

from __future__ import annotations

from lstm_cli.kernels.compilation import compile_part
from lstm_cli.kernels.lanes import Lanes, clip, constant, multiply_add


@compile_part
def tanh(x: Lanes) -> Lanes:
    """Return tanh to 3e-7, relative.

    A rational function in x² whose coefficients minimise the largest relative error for |x| < 8.5, beyond
    which tanh is 1 in `float32`. Unlike a quotient of exponentials it keeps small values exact.
    """
    x = clip(x, 8.5)
    y = x * x
    p = multiply_add(y, constant(1.42696003e-08), constant(2.12513388e-05))
    p = multiply_add(y, p, constant(3.53404586e-03))
    p = multiply_add(y, p, constant(1.34132633e-01))
    p = multiply_add(y, p, constant(9.99999988e-01))
    q = multiply_add(y, constant(8.14528348e-07), constant(3.34889510e-04))
    q = multiply_add(y, q, constant(2.60228248e-02))
    q = multiply_add(y, q, constant(4.67465860e-01))
    q = multiply_add(y, q, constant(1.0))
    bounded: Lanes = clip(x * p / q, 1.0)
    return bounded


@compile_part
def sigmoid(x: Lanes) -> Lanes:
    """Return 1 / (1 + exp(-x)) to 2e-7, as (1 + tanh(x / 2)) / 2."""
    half = constant(0.5)
    share: Lanes = multiply_add(half, tanh(half * x), half)
    return share
