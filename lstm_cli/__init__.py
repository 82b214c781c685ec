"""Train, judge and use recurrent sentiment classifiers, from Python or from the command line.

What stands here is imported once it is asked for: importing the package costs next to nothing, and nothing but
`train` and `resume` ever needs TensorFlow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lstm_cli.version import __version__

if TYPE_CHECKING:
    from lstm_cli.api import Classifier, Judgement, Prediction, Run, evaluate, load, read_reviews, resume, train

__all__ = [
    "Classifier",
    "Judgement",
    "Prediction",
    "Run",
    "__version__",
    "evaluate",
    "load",
    "read_reviews",
    "resume",
    "train",
]


def __getattr__(name: str) -> object:
    """Return a public name, imported now (PEP 562)."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from lstm_cli import api

    return getattr(api, name)


def __dir__() -> list[str]:
    """Return the public names."""
    return __all__
