"""The cheap rival in a table of models: `data.baseline`, judged on the reviews that they are judged on."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

from lstm_cli.comparison.judging import Judgement, Part
from lstm_cli.config import DataConfig
from lstm_cli.data.baseline import configure_baseline, predict_by_ngrams
from lstm_cli.data.dataset import load_dataset
from lstm_cli.data.ngrams import Listener
from lstm_cli.errors import ConfigError
from lstm_cli.text.encoder import EncodedTexts


@dataclass(frozen=True, eq=False)
class Baseline:
    """The rival, judged.

    Attributes:
        parameters: its weights, one an n-gram, and the bias; of more than two classes so many for each.
        seconds: what reading, learning and judging took; next to nothing where it was learnt before.
        val_accuracy: on the validation part, which it has not learnt from; NaN where there is none.
        judgement: on the reviews that the models are judged on.
    """

    parameters: int
    seconds: float
    val_accuracy: float
    judgement: Judgement


def judge_baseline(config: DataConfig, *, part: Part, listener: Listener = lambda _: None) -> Baseline:
    """Learn from the training part, unless that was done before, and judge.

    Args:
        config: the reviews that the models were trained, chosen and judged on.
        part: which of them the models are judged on.
        listener: is told how far the learning is.

    Raises:
        ConfigError: it takes more memory than there is.
        DataError: the reviews cannot be read.
    """
    began = time.perf_counter()
    try:
        dataset = load_dataset(configure_baseline(config), listener=listener)
    except ConfigError as error:
        raise ConfigError(f"{error} Or leave the baseline out: --no-baseline.") from error
    tables = dataset.encoder.ngrams
    weights = 1 + sum(map(len, tables.keys)) if tables else 0
    validation = _judge(dataset.validation, part="validation") if len(dataset.validation) else None
    return Baseline(
        parameters=weights * dataset.classes.outputs,
        seconds=time.perf_counter() - began,
        val_accuracy=validation.accuracy if validation else math.nan,
        judgement=validation if validation and part == "validation" else _judge(dataset.test, part=part),
    )


def _judge(texts: EncodedTexts, *, part: Part) -> Judgement:
    return Judgement(part, texts.labels, predict_by_ngrams(texts))
