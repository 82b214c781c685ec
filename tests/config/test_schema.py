"""The schema says what Keras says: the same keys, the same defaults, nothing that Keras would refuse."""

from __future__ import annotations

import inspect
import re
from typing import get_args

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from strategies import configs

from lstm_cli.config import (
    Config,
    DataConfig,
    EarlyStopping,
    ReduceLROnPlateau,
    TrainingConfig,
    check_config,
    find_named_config,
    list_config_names,
    load_config,
    optimizers,
    schema,
)
from lstm_cli.config import layers as sections
from lstm_cli.errors import ConfigError
from lstm_cli.history import Monitor
from lstm_cli.text.languages import Language

pytestmark = pytest.mark.usefixtures("keras_started")

OPTIMIZERS = {
    "RMSprop": optimizers.RMSprop,
    "Adam": optimizers.Adam,
    "AdamW": optimizers.AdamW,
    "Adadelta": optimizers.Adadelta,
    "Adagrad": optimizers.Adagrad,
    "SGD": optimizers.SGD,
}
SCHEDULES = [
    "ExponentialDecay", "InverseTimeDecay", "PolynomialDecay", "CosineDecay", "CosineDecayRestarts",
    "PiecewiseConstantDecay",
]  # fmt: skip
# Keys of ours that stand for layers or wrappers of their own, and their defaults' meaning is "none".
OWN_KEYS = {"cell", "bidirectional", "merge_mode", "output_dropout", "spatial_dropout", "ema_start", "vectors"}
# The tutorials' embedding has 16 numbers a word and their dense layers are rectified; Keras has no default
# for the first and a linear layer for the second.
OWN_DEFAULTS = {("Embedding", "output_dim"), ("Dense", "activation")}
# Keras has a default for what we derive.
DERIVED = {"return_sequences"}


def list_sections():
    """Every section of ours beside Keras' class of that name."""
    import keras

    layers = keras.layers
    yield "Embedding", sections.EmbeddingConfig, layers.Embedding
    yield "Dense", sections.DenseLayer, layers.Dense
    yield "LSTM", sections.LSTMLayer, layers.LSTM
    yield "GRU", sections.GRULayer, layers.GRU
    yield "SimpleRNN", sections.SimpleRNNLayer, layers.SimpleRNN
    for name, section in OPTIMIZERS.items():
        yield name, section, getattr(keras.optimizers, name)
    for name in SCHEDULES:
        yield name, getattr(optimizers, name), getattr(keras.optimizers.schedules, name)
    yield "ReduceLROnPlateau", schema.ReduceLROnPlateau, keras.callbacks.ReduceLROnPlateau
    yield "EarlyStopping", schema.EarlyStopping, keras.callbacks.EarlyStopping
    yield "L1L2", sections.Regularizer, keras.regularizers.L1L2


def read_parameters(keras_class):
    """Return a Keras class' own arguments, and of a layer those that every layer has."""
    import keras

    own = inspect.signature(keras_class).parameters
    is_layer = issubclass(keras_class, keras.layers.Layer)
    return {**inspect.signature(keras.layers.Layer.__init__).parameters, **own} if is_layer else own


def read_defaults(section):
    return {key: field.default for key, field in section.model_fields.items() if not field.is_required()}


def test_every_key_is_an_argument_of_the_keras_class_it_is_named_after():
    for name, section, keras_class in list_sections():
        arguments = set(read_parameters(keras_class))
        assert set(section.model_fields) - OWN_KEYS - arguments == set(), name


def test_every_default_is_keras_own():
    """Compared with the signatures of the installed Keras, initialisers by what their names stand for."""
    import keras

    # What this project chooses itself: patience and restoring are the tutorials'.
    ours = {("EarlyStopping", "patience"), ("EarlyStopping", "restore_best_weights")} | OWN_DEFAULTS
    compared = 0
    for name, section, keras_class in list_sections():
        parameters = read_parameters(keras_class)
        for key, default in read_defaults(section).items():
            if key in OWN_KEYS | DERIVED or (name, key) in ours:
                continue
            expected = parameters[key].default
            if key.endswith("initializer"):
                expected = type(keras.initializers.get(expected))
                assert type(keras.initializers.get(default)) is expected, f"{name}.{key}"
            else:
                assert default == expected, f"{name}.{key}"
            compared += 1
    assert compared > 80


def test_every_argument_of_a_recurrent_layer_that_a_user_would_set_is_a_key():
    """What is left out is the state that no classifier hands on, and Keras' inner matters."""
    left_out = {
        "self", "kwargs", "seed", "return_state", "stateful", "activity_regularizer", "kernel_constraint",
        "recurrent_constraint", "bias_constraint", "use_cudnn",
    }  # fmt: skip
    for name, section, keras_class in list_sections():
        if name in {"LSTM", "GRU", "SimpleRNN"}:
            arguments = set(inspect.signature(keras_class).parameters)
            assert arguments - left_out - set(section.model_fields) == set(), name


def test_every_argument_of_an_optimiser_is_a_key_but_for_what_belongs_to_other_trainings():
    left_out = {
        "self", "kwargs", "name", "loss_scale_factor", "gradient_accumulation_steps", "ema_overwrite_frequency",
    }  # fmt: skip
    for name, section, keras_class in list_sections():
        if name in OPTIMIZERS:
            arguments = set(inspect.signature(keras_class).parameters)
            assert arguments - left_out - set(section.model_fields) == set(), name


def test_every_name_of_an_activation_and_initialiser_is_keras_own():
    import keras

    for name in get_args(sections.Activation):
        assert keras.activations.get(name).__name__ == name
    for name in get_args(sections.Initializer):
        assert callable(keras.initializers.get(name))
    for name in get_args(sections.VectorInitializer):
        assert keras.initializers.get(name)((3,)).shape == (3,)


@pytest.mark.parametrize(
    ("layer", "position", "others", "pooling", "expected"),
    [
        ("gru", 0, 0, "last", False),
        ("gru", 0, 0, "max", True),
        ("gru", 0, 0, "mean", True),
        ("lstm", 0, 1, "last", True),
        ("lstm", 1, 1, "last", False),
        ("simple_rnn", 1, 1, "mean", True),
    ],
)
def test_return_sequences_is_derived_and_may_be_said_only_as_derived(layer, position, others, pooling, expected):
    layers = [{"cell": layer, "units": 2} for _ in range(others + 1)]
    settings = {"model": {"recurrent": layers, "pooling": pooling}}
    assert check_config(settings, source="x").model.derive_return_sequences(position) is expected
    layers[position]["return_sequences"] = expected
    check_config(settings, source="x")
    layers[position]["return_sequences"] = not expected
    with pytest.raises(ConfigError, match=rf"recurrent\[{position}\]\.return_sequences must be {expected}"):
        check_config(settings, source="x")


def test_weights_are_of_classes_by_name_and_a_ratings_name_is_its_number():
    def read(weights):
        return schema.TrainingConfig.model_validate({"class_weight": weights}).class_weight

    assert read({1: 2, 2.0: 0.5, -1: 1, 4.5: 1, 1234567: 3}) == {"1": 2, "2": 0.5, "-1": 1, "4.5": 1, "1234567": 3}
    assert read({"ham": 1.5}) == {"ham": 1.5}
    assert (read("balanced"), read(None)) == ("balanced", None)


class TestStrictness:
    def test_it_is_frozen(self):
        config = load_config(find_named_config("gru"))
        with pytest.raises(ValidationError, match="frozen"):
            config.data.maxlen = 3

    @given(configs())
    def test_a_configuration_is_a_value(self, config):
        """Equal settings are equal and hash alike, so that a stage may keep one as a key."""
        twin = Config.model_validate(config.model_dump())
        assert twin == config
        assert hash(twin) == hash(config)

    @given(st.floats() | st.booleans() | st.text() | st.none(), st.sampled_from(["units", "maxlen", "epochs"]))
    def test_whole_numbers_are_not_made_of_anything_else(self, value, key):
        settings = {
            "data": {"maxlen": value if key == "maxlen" else 5},
            "model": {"recurrent": [{"cell": "gru", "units": value if key == "units" else 5}]},
            "training": {"epochs": value if key == "epochs" else 5},
        }
        with pytest.raises(ConfigError, match=f"{key}: expected integer"):
            check_config(settings, source="x")


class TestJSONSchema:
    @pytest.fixture(scope="class")
    @classmethod
    def validator(cls):
        document = Config.model_json_schema()
        jsonschema.Draft202012Validator.check_schema(document)
        return jsonschema.Draft202012Validator(document)

    def test_it_accepts_every_named_config(self, validator):
        for name in list_config_names():
            validator.validate(load_config(find_named_config(name)).model_dump(mode="json"))

    @given(config=configs())
    def test_it_accepts_what_the_schema_accepts(self, validator, config):
        validator.validate(config.model_dump(mode="json"))

    @pytest.mark.parametrize(
        "change",
        [
            {"dat": {}},
            {"data": {"maxln": 3}},
            {"data": {"maxlen": 0}},
            {"data": {"maxlen": "3"}},
            {"data": {"padding": "left"}},
            {"model": {}},
            {"model": {"recurrent": []}},
            {"model": {"recurrent": [{"cell": "gru"}]}},
            {"model": {"recurrent": [{"cell": "gru", "unit": 3}]}},
            {"model": {"recurrent": [{"cell": "gruu", "units": 3}]}},
            {"training": {"optimizer": {"name": "adam", "rho": 0.9}}},
            {"training": {"loss": "mse"}},
        ],
    )
    def test_it_refuses_what_the_schema_refuses(self, validator, change):
        settings = {"model": {"recurrent": [{"cell": "gru", "units": 3}]}} | change
        assert not validator.is_valid(settings)
        with pytest.raises(ConfigError):
            check_config(settings, source="x")

    @pytest.mark.parametrize("steps", [-1, 0, 0.0, 1, 7, 0.25, 1.0, 1.5, 2.0, "1", None])
    @pytest.mark.parametrize("schedule", [
        {"name": "ExponentialDecay", "initial_learning_rate": 0.1, "decay_steps": 5, "decay_rate": 0.5},
        {"name": "WarmupLinearDecay", "warmup_target": 0.1, "warmup_steps": 5},
    ])  # fmt: skip
    def test_steps_are_as_many_or_as_large_a_share_in_either(self, validator, schedule, steps):
        """But for 2.0 and its like: JSON knows them as whole numbers."""
        *_, key = (key for key in schedule if key.endswith("_steps"))
        optimizer = {"name": "adam", "learning_rate": schedule | {key: steps}}
        settings = {"model": {"recurrent": [{"cell": "gru", "units": 3}]}, "training": {"optimizer": optimizer}}
        try:
            check_config(settings, source="x")
        except ConfigError:
            assert not validator.is_valid(settings) or (isinstance(steps, float) and steps.is_integer())
        else:
            assert validator.is_valid(settings)

    def test_every_key_of_the_data_is_explained(self):
        for key, field in schema.DataConfig.model_fields.items():
            assert field.description, key


@pytest.mark.parametrize(
    ("reviews", "epochs", "initial"),
    [(1, 30, 5.0), (200, 20, 5.0), (1_000, 9, 4.73), (5_000, 4, 1.41), (20_000, 2, 0.5), (10**7, 2, 0.5)],
)
def test_auto_becomes_the_numbers_that_suit_so_many_reviews(reviews, epochs, initial):
    settings = {
        "data": {"ngrams": {}},
        "model": {"recurrent": [{"cell": "gru", "units": 2}], "logit_skip": {"initial": "auto"}},
        "training": {"epochs": "auto"},
    }
    config = check_config(settings, source="test")
    with pytest.raises(ValueError, match="not known here"):
        _ = config.training.most_epochs
    settled = config.settle(reviews=reviews)
    assert (settled.training.most_epochs, settled.model.logit_skip.initial) == (epochs, initial)
    assert settled.settle(reviews=77) == settled
    given = settings | {"training": {"epochs": 7}, "model": settings["model"] | {"logit_skip": {"initial": 2.0}}}
    config = check_config(given, source="test")
    assert config.settle(reviews=reviews) == config


@pytest.mark.parametrize(
    ("given", "language", "settled"),
    [
        ({"tokenizer": "auto"}, Language("en", "Latin"), ("words-and-signs", "en")),
        ({"tokenizer": "auto"}, Language("ko", "Hangul"), ("words-and-signs", "ko")),
        ({"tokenizer": "auto", "language": "tr"}, Language("und", "Latin"), ("words-and-signs", "tr")),
        ({"tokenizer": "bpe"}, Language("zh", "Han"), ("bpe", "zh")),
        ({"tokenizer": "words", "ngrams": {"C": "auto"}}, Language("zh", "Han"), ("words", None)),
    ],
)
def test_auto_becomes_what_suits_the_language(given, language, settled):
    config = check_config(
        {"data": given, "model": {"recurrent": [{"cell": "gru", "units": 2}]}}, source="test"
    ).data
    assert not config.is_settled
    config = config.settle(language)
    assert (config.tokenizer, config.language) == settled
    assert config.is_settled
    assert config.settle(Language("xx", "")) == config


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"tokenizer": "bpee"}, "unigram, jieba, sudachi, pythainlp, kiwi, got 'bpee'. Did you mean 'bpe'?"),
        ({"language": "Turkish"}, "data.language: expected a language's code of ISO 639, such as de"),
        ({"ngrams": {"patterns": "all"}}, "or auto; got 'all'"),
        ({"ngrams": {"C": "low"}}, "or auto; got 'low'"),
        ({"ngrams": {"C": 0}}, "greater than 0"),
    ],
)
def test_what_is_no_choice_is_refused_with_the_choices(given, expected):
    with pytest.raises(ConfigError, match=re.escape(expected)):
        check_config({"data": given, "model": {"recurrent": [{"cell": "gru", "units": 2}]}}, source="test")


@pytest.mark.parametrize(
    ("boundaries", "values", "expected"),
    [
        ([3, 5], [0.1, 0.01], "values must be one more than the boundaries: expected 3, got 2"),
        ([3, 0.5], [0.1, 0.01, 0.1], "boundaries must be steps or shares of all steps, not both"),
        ([5, 3], [0.1, 0.01, 0.1], "boundaries must rise"),
        ([3, 3], [0.1, 0.01, 0.1], "boundaries must rise"),
        ([3, 5, 4], [0.1, 0.01, 0.1, 0.2], "boundaries must rise"),
        ([0.5, 0.25], [0.1, 0.01, 0.1], "boundaries must rise"),
    ],
)
def test_the_stairs_of_a_schedule_rise_step_by_step(boundaries, values, expected):
    schedule = {"name": "PiecewiseConstantDecay", "boundaries": boundaries, "values": values}
    given = {"model": {"recurrent": [{"cell": "gru", "units": 2}]}}
    given["training"] = {"optimizer": {"name": "adam", "learning_rate": schedule}}
    with pytest.raises(ConfigError, match=re.escape(expected)):
        check_config(given, source="test")


_MODEL = {"recurrent": [{"cell": "gru", "units": 2}]}
_SEED = ((0, 2**32 - 1), (-1, 2**32))
_FRACTION = ((0.0, 0.999), (-0.001, 1.0))
_NOT_NEGATIVE = ((0.0, 5.0), (-1e-9,))
_COUNT = ((0, 5), (-1,))


@pytest.mark.parametrize(
    ("section", "key", "bounds"),
    [
        (DataConfig, "num_words", ((4, 10_000_000), (3, 10_000_001))),
        (DataConfig, "maxlen", ((1, 100_000), (0, 100_001))),
        (DataConfig, "test_split", _FRACTION),
        (DataConfig, "validation_split", _FRACTION),
        (DataConfig, "split_seed", _SEED),
        (DataConfig, "limit", ((1, None), (0,))),
        (DataConfig, "language", (("de", "yue", None), ("d", "deut", "De", "d3", ""))),
        (DataConfig, "tokenizer", (("words", "bpe", "auto"), ("", "Auto"))),
        (TrainingConfig, "batch_size", ((1, 1_000_000), (0, 1_000_001))),
        (TrainingConfig, "epochs", ((1, 10**9, "auto"), (0, "many", True, 1.0))),
        (TrainingConfig, "maxlen", ((1, 100_000, None), (0, 100_001))),
        (TrainingConfig, "ensemble", ((2, 100, None), (1, 101))),
        (TrainingConfig, "initial_model", (("m", "m" * 4_096, None), ("", "m" * 4_097))),
        (TrainingConfig, "seed", _SEED),
        (TrainingConfig, "class_weight", (({"a": 0.0}, {"a": 1e9}), ({}, {"a": -1e-9}, {"a": float("inf")}))),
        (EarlyStopping, "min_delta", _NOT_NEGATIVE),
        (EarlyStopping, "patience", _COUNT),
        (EarlyStopping, "start_from_epoch", _COUNT),
        (ReduceLROnPlateau, "factor", ((1e-9, 0.999), (0.0, 1.0))),
        (ReduceLROnPlateau, "patience", _COUNT),
        (ReduceLROnPlateau, "min_delta", _NOT_NEGATIVE),
        (ReduceLROnPlateau, "cooldown", _COUNT),
        (ReduceLROnPlateau, "min_lr", _NOT_NEGATIVE),
    ],
)
def test_a_setting_is_taken_up_to_its_bounds(section, key, bounds):
    allowed, refused = bounds
    for value in allowed:
        assert getattr(section.model_validate({key: value}), key) == value
    for value in refused:
        with pytest.raises(ValidationError, match=key):
            section.model_validate({key: value})


def test_the_defaults_are_those_that_are_written_about():
    data, training = DataConfig(), TrainingConfig()
    assert (data.num_words, data.maxlen, data.padding, data.truncating) == (500, 100, "pre", "pre")
    assert (data.test_split, data.validation_split, data.split_seed) == (0.1, 0.2, 42)
    assert (data.tokenizer, data.language, data.limit, data.folds, data.fold) == ("words", None, None, None, None)
    assert (training.optimizer.name, training.loss) == ("rmsprop", "binary_crossentropy")
    assert (training.batch_size, training.epochs, training.seed, training.kernel) == (64, 100, 42, "auto")
    assert (training.early_stopping, training.reduce_lr_on_plateau) == (EarlyStopping(), None)
    assert (training.maxlen, training.batch_by_length, training.threshold) == (None, False, None)
    assert (EarlyStopping().patience, EarlyStopping().restore_best_weights) == (3, True)
    assert check_config({"model": _MODEL}, source="test").name == "model"


@pytest.mark.parametrize(
    ("folds", "fold", "message"),
    [
        (3, 1, None),
        (3, 3, None),
        (1_000, 1_000, None),
        (2, 1, None),
        (3, 4, "fold is one of the 3 folds, from 1 on; got 4"),
        (3, 0, "greater than or equal to 1"),
        (1, 1, "greater than or equal to 2"),
        (1_001, 1, "less than or equal to 1000"),
        (3, None, "folds and fold come together"),
        (None, 1, "folds and fold come together"),
    ],
)
def test_a_fold_is_one_of_as_many_as_there_are(folds, fold, message):
    settings = {"folds": folds, "fold": fold}
    if message is None:
        assert DataConfig.model_validate(settings).fold == fold
    else:
        with pytest.raises(ValidationError, match=message):
            DataConfig.model_validate(settings)


def test_a_test_part_of_its_own_is_no_fold():
    with pytest.raises(ValidationError, match="folds and test exclude each other"):
        DataConfig(folds=3, fold=1, test="test.csv")
    assert DataConfig(folds=3, fold=1, validation="validation.csv").fold == 1
    assert DataConfig(test="test.csv").test == "test.csv"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, True),
        ({"tokenizer": "auto"}, False),
        ({"tokenizer": "auto", "language": "tr"}, False),
        ({"tokenizer": "bpe"}, False),
        ({"tokenizer": "bpe", "language": "tr"}, True),
        ({"language": "tr"}, True),
        ({"ngrams": {}}, True),
        ({"ngrams": {"C": "auto"}}, False),
        ({"tokenizer": "bpe", "language": "tr", "ngrams": {"patterns": "auto"}}, False),
    ],
)
def test_settled_is_what_the_reviews_language_changes_nothing_of(given, expected):
    assert DataConfig.model_validate(given).is_settled is expected


def test_a_language_that_is_set_counts_more_than_the_one_found_and_keeps_its_script():
    config = DataConfig.model_validate({"tokenizer": "bpe", "language": "zh", "ngrams": {"patterns": "auto"}})
    settled = config.settle(Language("und", "Han"))
    assert settled.language == "zh"
    assert "c" not in settled.ngrams.patterns, "each letter is a word already"
    english = config.model_copy(update={"language": "en"}).settle(Language("zh", "Latin"))
    assert "c" not in english.ngrams.patterns
    assert DataConfig(language="tr").settle(Language("en", "Latin")) == DataConfig(language="tr")


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"early_stopping": None}, Monitor()),
        ({}, Monitor("val_loss", min_delta=0.0, start_from_epoch=0)),
        (
            {"early_stopping": {"monitor": "val_macro_f1", "min_delta": 0.5, "start_from_epoch": 3}},
            Monitor("val_macro_f1", min_delta=0.5, start_from_epoch=3),
        ),
    ],
)
def test_the_best_epoch_is_told_by_early_stoppings_rule(settings, expected):
    assert TrainingConfig.model_validate(settings).monitor == expected


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, 60),
        ({"maxlen": 50}, None),
        ({"batch_by_length": True}, None),
        ({"maxlen": 5, "threshold": None}, None),
    ],
)
def test_a_model_takes_any_number_of_tokens_where_steps_read_other_rows_than_the_data_have(settings, expected):
    given = {"data": {"maxlen": 60}, "model": _MODEL, "training": settings}
    assert check_config(given, source="test").input_length == expected
    unrolled = {"recurrent": [{"cell": "gru", "units": 2}, {"cell": "gru", "units": 2, "unroll": True}]}
    both = {"model": unrolled, "training": settings}
    if expected is None:
        with pytest.raises(ConfigError, match="unroll: true is for one length"):
            check_config(both, source="test")
    else:
        assert check_config(both, source="test").model.recurrent[1].unroll
    check_config({"model": _MODEL, "training": settings}, source="test")


@pytest.mark.parametrize(("reviews", "batches"), [(1, 1), (31, 1), (32, 1), (33, 2), (64, 2), (65, 3)])
def test_the_last_batch_of_an_epoch_may_be_short(reviews, batches):
    assert TrainingConfig(batch_size=32).count_batches(reviews) == batches


def test_a_rate_that_is_lowered_on_a_plateau_is_a_number():
    schedule = {"name": "WarmupLinearDecay", "warmup_target": 0.1}
    optimizer = {"name": "adam", "learning_rate": schedule}
    with pytest.raises(ValidationError, match=r"exclude each other: give optimizer\.learning_rate a number"):
        TrainingConfig.model_validate({"optimizer": optimizer, "reduce_lr_on_plateau": {}})
    assert TrainingConfig.model_validate({"optimizer": optimizer}).reduce_lr_on_plateau is None
    number = TrainingConfig.model_validate({"optimizer": {"name": "adam"}, "reduce_lr_on_plateau": {}})
    assert number.reduce_lr_on_plateau == ReduceLROnPlateau()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"training": {"initial_model": "m.h5"}}, None),
        ({"model": _MODEL | {"embedding": {"vectors": "glove.txt"}}}, None),
        (
            {"training": {"initial_model": "m.h5"}, "model": _MODEL | {"embedding": {"vectors": "glove.txt"}}},
            "training.initial_model has vectors of its own",
        ),
        ({"model": _MODEL | {"logit_skip": True}}, "model.logit_skip needs data.ngrams"),
        ({"model": _MODEL | {"logit_skip": True}, "data": {"ngrams": {}}}, None),
        ({"data": {"ngrams": {}}}, None),
    ],
)
def test_settings_of_two_sections_that_do_not_go_together_are_refused(changes, message):
    settings = {"model": _MODEL, **changes}
    if message is None:
        check_config(settings, source="test")
    else:
        with pytest.raises(ConfigError, match=message):
            check_config(settings, source="test")


@pytest.mark.parametrize(
    ("data", "counts", "epochs"),
    [
        ({}, {"reviews": 640}, 11),
        ({}, {"reviews": 640, "of_all": 80_000}, 11),
        ({"folds": 5, "fold": 1}, {"reviews": 640}, 11),
        ({"folds": 5, "fold": 1}, {"reviews": 80_000, "of_all": 1_000}, 11),  # of which 640 are learnt from
        ({"folds": 2, "fold": 1, "validation_split": 0.5}, {"reviews": 1, "of_all": 3_200}, 10),
        ({}, {"reviews": 0}, 30),
    ],
)
def test_epochs_are_as_many_as_suit_the_training_part_or_that_of_any_fold(data, counts, epochs):
    config = check_config({"data": data, "model": _MODEL, "training": {"epochs": "auto"}}, source="test")
    assert config.settle(**counts).training.epochs == epochs


@pytest.mark.parametrize(
    ("ngrams", "classes", "channels"),
    [(None, 2, 0), ({}, 2, 10), ({}, 3, 30), ({"patterns": ["x"], "channels": ["weight"]}, 2, 1)],
)
def test_a_model_reads_as_many_numbers_beside_a_word_as_n_grams_say(ngrams, classes, channels):
    config = check_config({"data": {"ngrams": ngrams}, "model": _MODEL}, source="test")
    assert config.count_channels(classes=classes) == channels


def test_an_ensemble_has_as_many_members_and_a_model_is_one():
    for ensemble, members in ((None, 1), (2, 2), (7, 7)):
        config = check_config({"model": _MODEL, "training": {"ensemble": ensemble}}, source="test")
        assert config.members == members


@pytest.mark.parametrize("name", ["a", "A.b_c-9", "9", "a" * 64])
def test_a_name_is_one_that_a_file_can_have(name):
    assert check_config({"name": name, "model": _MODEL}, source="test").name == name


@pytest.mark.parametrize("name", ["", "-a", ".a", "_a", "a/b", "a b", "ä", "a" * 65])
def test_a_name_that_no_file_should_have_is_refused(name):
    with pytest.raises(ConfigError, match="name: expected text that matches"):
        check_config({"name": name, "model": _MODEL}, source="test")
