"""What the tutorials train, and the figures that they published."""

from __future__ import annotations

from dataclasses import dataclass

LSTM, DROPOUT, STACKED, GRU = (f"tutorials/c-{name}" for name in ("lstm", "dropout-lstm", "stacked-lstm", "gru"))
SIMPLE_RNN = "tutorials/c-simple-rnn"


@dataclass(frozen=True)
class Published:
    """A figure that a tutorial published for one of its models.

    Attributes:
        model: the configuration's name.
        epoch: the validation accuracy after so many epochs; None for the accuracy on the test part in the end.
        value: as published.
    """

    model: str
    epoch: int | None
    value: float

    @property
    def title(self) -> str:
        """What the figure is."""
        if self.epoch is None:
            return "test accuracy in the end"
        return f"validation accuracy after {self.epoch} epoch{'s' if self.epoch > 1 else ''}"


@dataclass(frozen=True)
class Tutorial:
    """A tutorial's models.

    Attributes:
        letter: as in the configurations' names.
        models: the configurations' names.
        seeds: how many each is trained with, unless asked otherwise.
        published: its figures.
    """

    letter: str
    models: tuple[str, ...]
    seeds: int
    published: tuple[Published, ...] = ()


TUTORIALS = (
    Tutorial(
        "a",
        ("tutorials/a-lstm64", "tutorials/a-simple-rnn"),
        seeds=3,
        published=(Published("tutorials/a-lstm64", 1, 0.7478), Published("tutorials/a-lstm64", 2, 0.7502)),
    ),
    Tutorial(
        "b",
        ("tutorials/b-lstm128-64", "tutorials/b-simple-rnn"),
        seeds=3,
        published=(
            Published("tutorials/b-lstm128-64", 10, 0.659),
            Published("tutorials/b-lstm128-64", None, 0.717),
        ),
    ),
    Tutorial("c", (LSTM, DROPOUT, STACKED, GRU, SIMPLE_RNN), seeds=5),
)

STOCK_MODELS = (LSTM, DROPOUT, STACKED, GRU)
"""Those that are trained by stock Keras as well."""

FIRST_SEED = 42
"""The tutorials' own; further seeds follow it."""
