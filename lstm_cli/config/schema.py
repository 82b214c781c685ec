"""The configuration's schema. Keys are Keras' own argument names wherever Keras has one.

Every section is frozen and strict: an unknown key, a wrong type or an impossible pair of settings is
an error. The defaults stand here and nowhere else; those of Keras' layers and optimisers are Keras'.
"""

from __future__ import annotations

import math
import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from lstm_cli.config.layers import ModelConfig
from lstm_cli.config.ngrams import NgramsConfig
from lstm_cli.config.optimizers import SGD, Adadelta, Adagrad, Adam, AdamW, RMSprop
from lstm_cli.config.section import Fraction, NotNegative, Section
from lstm_cli.config.source import SourceConfig
from lstm_cli.history import Monitor
from lstm_cli.text.languages import Language
from lstm_cli.text.tokenizers import TOKENIZER_NAMES, check_tokenizer_name

# Seeds reach NumPy's and scikit-learn's generators, which take 32 bits without a sign.
Seed = Annotated[int, Field(ge=0, le=2**32 - 1)]


_LANGUAGE_CODE = r"^[a-z]{2,3}$"


def _read_language(value: object) -> object:
    if isinstance(value, str) and not re.fullmatch(_LANGUAGE_CODE, value):
        raise ValueError(f"expected a language's code of ISO 639, such as de or ja, got {value!r:.60}")
    return value


def _check_tokenizer(name: str) -> str:
    return name if name == "auto" else check_tokenizer_name(name)


class DataConfig(SourceConfig):
    """Which reviews are read, and how they become `int32[n, maxlen]` and three splits."""

    tokenizer: Annotated[str, AfterValidator(_check_tokenizer)] = Field(
        "words",
        description="What a word is; auto: as suits the language of the training part.",
        json_schema_extra={"enum": [*TOKENIZER_NAMES, "auto"]},
    )
    language: Annotated[
        Annotated[str, Field(pattern=_LANGUAGE_CODE)] | None,
        BeforeValidator(_read_language),
        Field(
            description="Of the reviews, an ISO 639 code such as tr, which decides what spelling leaves open; "
            "found by default. The tokenizer words does not ask."
        ),
    ] = None
    ngrams: NgramsConfig | None = Field(
        None, description="What n-grams say of the classes, for a network to read beside the words."
    )
    num_words: int = Field(
        500, ge=4, le=10_000_000, description="Size of the vocabulary; 0, 1 and 2 of it are not words."
    )
    maxlen: int = Field(100, ge=1, le=100_000, description="Tokens a review is cut or padded to.")
    padding: Literal["pre", "post"] = Field("pre", description="Where short reviews are padded.")
    truncating: Literal["pre", "post"] = Field("pre", description="Where long reviews are cut.")
    test_split: Fraction = Field(
        0.1, description="Share held out for the test, where the data set has no test part of its own."
    )
    validation_split: Fraction = Field(
        0.2,
        description="Share of the rest that judges every epoch; with 0 nothing is validated or stops early.",
    )
    folds: Annotated[int, Field(ge=2, le=1_000)] | None = Field(
        None, description="Into how many folds the reviews are cut, each the test part once: lstm-train --folds."
    )
    fold: Annotated[int, Field(ge=1)] | None = Field(
        None, description="Which of the folds is the test part, the first being 1; test_split is then unused."
    )
    split_seed: Seed = Field(42, description="Seed of the splits; scikit-learn's random_state.")
    limit: Annotated[int, Field(ge=1)] | None = Field(
        None, description="Only the first N reviews after shuffling, for a quick look."
    )

    @property
    def is_settled(self) -> bool:
        """Whether nothing is left to be found from the reviews' language."""
        is_asked = self.tokenizer != "words" and self.language is None
        return self.tokenizer != "auto" and not is_asked and (self.ngrams is None or self.ngrams.is_settled)

    def settle(self, language: Language) -> DataConfig:
        """Return the settings with what suits a language in the place of `auto`.

        Args:
            language: what is found of it; a code that is set counts more.
        """
        if self.language is not None:
            language = Language(self.language, language.script)
        tokenizer = "words-and-signs" if self.tokenizer == "auto" else self.tokenizer
        changes = {
            "tokenizer": tokenizer,
            "language": self.language if tokenizer == "words" else language.code,
            "ngrams": self.ngrams and self.ngrams.settle(language),
        }
        return self.model_copy(update=changes)

    @model_validator(mode="after")
    def _check_folds(self) -> DataConfig:
        if (self.folds is None) != (self.fold is None):
            raise ValueError("folds and fold come together; lstm-train --folds K trains a run for each fold")
        if self.folds is not None and self.fold is not None and self.fold > self.folds:
            raise ValueError(f"fold is one of the {self.folds} folds, from 1 on; got {self.fold}")
        if self.folds is not None and self.test is not None:
            raise ValueError("folds and test exclude each other: each fold is a test part")
        return self


class EarlyStopping(Section):
    """`keras.callbacks.EarlyStopping`: end when the validation figure no longer improves."""

    monitor: Literal["val_loss", "val_accuracy", "val_macro_f1"] = Field(
        "val_loss", description="Also tells the best epoch. val_macro_f1, the classes' mean F1, suits uneven ones."
    )
    min_delta: NotNegative = 0.0
    patience: Annotated[int, Field(ge=0)] = 3
    restore_best_weights: bool = True
    start_from_epoch: Annotated[int, Field(ge=0)] = 0


class ReduceLROnPlateau(Section):
    """`keras.callbacks.ReduceLROnPlateau`: smaller steps when a figure no longer improves."""

    monitor: Literal["val_loss", "val_accuracy", "val_macro_f1", "loss", "accuracy"] = "val_loss"
    factor: Annotated[float, Field(gt=0.0, lt=1.0)] = 0.1
    patience: Annotated[int, Field(ge=0)] = 10
    min_delta: NotNegative = 0.0001
    cooldown: Annotated[int, Field(ge=0)] = 0
    min_lr: NotNegative = 0.0


def _read_class_weight(value: object) -> object:
    """Return a mapping with names that are text, which YAML makes no names of ratings."""
    if value is None or value == "balanced":
        return value
    if not isinstance(value, dict) or not value:
        raise ValueError(f"expected balanced, or a weight by class such as {{positive: 2.0}}, got {value!r:.60}")
    for name, weight in value.items():
        if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 <= weight < math.inf:
            raise ValueError(f"expected a number, 0 or more, as the weight of {name}, got {weight!r:.60}")
    return {
        # As a class of ratings is named: 1 for 1.0.
        f"{name:.15g}" if isinstance(name, int | float) and not isinstance(name, bool) else str(name): weight
        for name, weight in value.items()
    }


def _read_epochs(value: object) -> object:
    if value != "auto" and (type(value) is not int or value < 1):
        raise ValueError(f"expected integer greater than or equal to 1, or auto; got {value!r:.60}")
    return value


# 20 epochs of 200 reviews, 9 of 1,000, 4 of 5,000 and 2 of 20,000.
_REVIEWS_OF_ONE_EPOCH = 80_000
_FEWEST_EPOCHS, _MOST_EPOCHS = 2, 30
# 5 of 900 reviews or fewer, which makes a log odds of a logit again, 1.4 of 5,000.
_LEAST_INITIAL, _MOST_INITIAL, _REVIEWS_OF_LEAST_INITIAL = 0.5, 5.0, 20_000


class TrainingConfig(Section):
    """How the weights are learnt."""

    optimizer: Annotated[RMSprop | Adam | AdamW | Adadelta | Adagrad | SGD, Field(discriminator="name")] = RMSprop(
        name="rmsprop"
    )
    loss: Literal["binary_crossentropy", "mean_squared_error"] = Field(
        "binary_crossentropy",
        description="With more than two classes Keras' categorical one, or of one-hot labels.",
    )
    class_weight: Annotated[
        Literal["balanced"] | dict[str, NotNegative] | None, BeforeValidator(_read_class_weight)
    ] = Field(
        None,
        description="How much a review counts in training by its class; balanced: each class as much as any.",
    )
    threshold: Literal["macro_f1"] | None = Field(
        None,
        description="Of two classes, from which probability on a review is of the second: 0.5, or what is best on "
        "the validation part.",
    )
    batch_size: int = Field(64, ge=1, le=1_000_000, description="Reviews a step of the optimiser sees.")
    epochs: Annotated[Annotated[int, Field(ge=1)] | Literal["auto"], BeforeValidator(_read_epochs)] = Field(
        100, description="Most passes over the training part; auto: the fewer, the more reviews there are."
    )
    maxlen: Annotated[int, Field(ge=1, le=100_000)] | None = Field(
        None, description="Tokens of a review that a step reads, where that is less than data.maxlen."
    )
    batch_by_length: bool = Field(
        False, description="Put reviews of like length into a batch, which is then only as long as they are."
    )
    early_stopping: EarlyStopping | None = EarlyStopping()
    reduce_lr_on_plateau: ReduceLROnPlateau | None = None
    ensemble: Annotated[int, Field(ge=2, le=100)] | None = Field(
        None,
        description="Members whose probabilities are averaged: lstm-train --ensemble.",
    )
    initial_model: Annotated[str, Field(min_length=1, max_length=4096)] | None = Field(
        None, description="A model file whose weights, encoder and classes are gone on with: lstm-train --from."
    )
    seed: Seed = Field(42, description="Seed of the initial weights, the batches' order and dropout.")
    kernel: Literal["auto", "keras", "fast"] = Field(
        "auto", description="The recurrent kernel on a CPU; auto falls back to Keras' and says why."
    )

    @model_validator(mode="after")
    def _check_pairs(self) -> TrainingConfig:
        if self.reduce_lr_on_plateau and not isinstance(self.optimizer.learning_rate, float):
            raise ValueError(
                "reduce_lr_on_plateau and a schedule exclude each other: give optimizer.learning_rate a number"
            )
        return self

    @property
    def most_epochs(self) -> int:
        """Most passes over the training part, once `Config.settle` has said how many `auto` is.

        Raises:
            ValueError: it has not.
        """
        if self.epochs == "auto":
            raise ValueError("training.epochs is auto, and the number of reviews is not known here")
        return self.epochs

    def count_batches(self, reviews: int) -> int:
        """Return how many batches an epoch has of so many reviews; the last may be short."""
        return -(-reviews // self.batch_size)

    @property
    def monitor(self) -> Monitor:
        """What tells the best epoch: early stopping's rule, or the lowest validation loss without one."""
        rule = self.early_stopping
        if rule is None:
            return Monitor()
        return Monitor(rule.monitor, min_delta=rule.min_delta, start_from_epoch=rule.start_from_epoch)


class Config(Section):
    """All that a training needs to be repeated."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")] = Field(
        "model", description="Names the run folder and the model file; by default the config file's name."
    )
    data: DataConfig = DataConfig()
    model: ModelConfig
    training: TrainingConfig = TrainingConfig()

    def settle(self, *, reviews: int, of_all: int | None = None, language: Language | None = None) -> Config:
        """Return the configuration with numbers and names in the place of `auto`.

        Few reviews need more passes, or no step has taken a model anywhere, and fewer steps, or it knows them by
        heart; and of the network and a regression on few reviews it is the regression that is to be trusted first.

        Args:
            reviews: of the training part.
            of_all: of all parts, by which folds have the same numbers though their sizes may differ by one.
            language: of the training part; None where `data` asks for nothing of it.
        """
        data = self.data if language is None else self.data.settle(language)
        training, model, folds = self.training, self.model, self.data.folds
        if folds is not None and of_all is not None:
            reviews = round(of_all * (1 - 1 / folds) * (1 - self.data.validation_split))
        reviews = max(1, reviews)
        if training.epochs == "auto":
            epochs = round((_REVIEWS_OF_ONE_EPOCH / reviews) ** 0.5)
            training = training.model_copy(update={"epochs": min(max(epochs, _FEWEST_EPOCHS), _MOST_EPOCHS)})
        if model.logit_skip is not None and model.logit_skip.initial == "auto":
            initial = min(_LEAST_INITIAL * (_REVIEWS_OF_LEAST_INITIAL / reviews) ** 0.75, _MOST_INITIAL)
            skip = model.logit_skip.model_copy(update={"initial": round(max(initial, _LEAST_INITIAL), 2)})
            model = model.model_copy(update={"logit_skip": skip})
        return self.model_copy(update={"data": data, "training": training, "model": model})

    @property
    def members(self) -> int:
        """Models whose probabilities are averaged; 1 where there is no ensemble."""
        return self.training.ensemble or 1

    @property
    def input_length(self) -> int | None:
        """Tokens of a review that the model takes: `data.maxlen`; None where steps read others, for any number."""
        training = self.training
        return None if training.batch_by_length or training.maxlen is not None else self.data.maxlen

    def count_channels(self, *, classes: int) -> int:
        """Return how many numbers the model reads at a token beside the word."""
        ngrams = self.data.ngrams
        return 0 if ngrams is None else ngrams.build_settings().count_channels(classes)

    @model_validator(mode="after")
    def _check_pairs(self) -> Config:
        if self.input_length is None and any(layer.unroll for layer in self.model.recurrent):
            raise ValueError(
                "unroll: true is for one length: leave it out, or training.maxlen and training.batch_by_length"
            )
        if self.training.initial_model is not None and self.model.embedding.vectors is not None:
            raise ValueError("training.initial_model has vectors of its own: leave model.embedding.vectors out")
        if self.model.logit_skip is not None and self.data.ngrams is None:
            raise ValueError("model.logit_skip needs data.ngrams, whose logit it is; {} takes the defaults there")
        return self
