"""What a program calls: the commands' own functions, with Python's arguments and exceptions.

`lstm_cli` names all of it, and imports it once it is asked for.
"""

from lstm_cli.api.judging import evaluate
from lstm_cli.api.models import load
from lstm_cli.api.reviews import read_reviews
from lstm_cli.api.training import Run, resume, train
from lstm_cli.inference.classifier import Classifier, Prediction
from lstm_cli.inference.judgement import Judgement

__all__ = [
    "Classifier",
    "Judgement",
    "Prediction",
    "Run",
    "evaluate",
    "load",
    "read_reviews",
    "resume",
    "train",
]
