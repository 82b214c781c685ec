"""What every part of the configuration is, and the numbers that stand in many."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

# A share that may be nothing but never everything: dropout, splits, momenta.
Fraction = Annotated[float, Field(ge=0.0, lt=1.0)]
Positive = Annotated[float, Field(gt=0.0)]
NotNegative = Annotated[float, Field(ge=0.0)]

# Begins the name of a kind that a value tells by its type: pydantic puts it into paths, users do not.
UNION_TAG = "="


class Section(BaseModel):
    """A strict, frozen part of the configuration."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False, validate_default=True)
