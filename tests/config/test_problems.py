"""Every problem has its line: the path as written, what was expected, what came, the nearest valid name."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from lstm_cli.config import check_config
from lstm_cli.config.problems import (
    explain_name,
    find_unknown_key,
    format_path,
    is_index,
    shorten,
    show_value,
)
from lstm_cli.errors import ConfigError

GRU = "model: {recurrent: [{cell: gru, units: 2}]}\n"


def list_problems(text: str) -> list[str]:
    """The lines that stand under (or, if it is one, behind) the source's name."""
    with pytest.raises(ConfigError) as caught:
        check_config(yaml.safe_load(text), source="mine.yaml")
    first, *rest = str(caught.value).splitlines()
    if rest:
        assert first == f"mine.yaml: {len(rest)} problems"
        return [line.strip() for line in rest]
    return [first.removeprefix("mine.yaml: ")]


def test_an_unknown_key_is_named_though_a_kind_has_its_name():
    text = "model: {recurrent: [{cell: gru, units: 3, gru: 3}]}"
    assert list_problems(text)[0].startswith("model.recurrent[0].gru: unknown key. Valid keys: ")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (GRU + "dta: {}", "dta: unknown key. Did you mean 'data'?"),
        (GRU + "epochs: 3", "epochs: unknown key. Did you mean 'training.epochs'?"),
        (GRU + "maxlen: 3", "maxlen: unknown key. Did you mean 'data.maxlen' or 'training.maxlen'?"),
        (GRU + "data: {units: 3}",
         "data.units: unknown key. Did you mean 'model.recurrent[0].units' or 'model.dense[0].units'?"),
        (GRU + "'=': 1", "=: unknown key. Valid keys: data, model, name, training."),
        (GRU + "data: {maxlne: 3}", "data.maxlne: unknown key. Did you mean 'maxlen'?"),
        (GRU + "training: {lr: 3}", "training.lr: unknown key. Valid keys: batch_by_length, batch_size, "
         "class_weight, early_stopping, ensemble, epochs, initial_model, kernel, loss, maxlen, optimizer, "
         "reduce_lr_on_plateau, seed, threshold."),
        (GRU + "training: {optimizer: {name: adam, learning_rate: {name: Cosine}}}",
         "training.optimizer.learning_rate.name: expected one of ExponentialDecay, InverseTimeDecay, "
         "PolynomialDecay, CosineDecay, CosineDecayRestarts, PiecewiseConstantDecay, WarmupLinearDecay; "
         "got 'Cosine'. Did you mean 'CosineDecay'?"),
        (GRU + "training: {optimizer: {name: adam, learning_rate: {name: CosineDecay, initial_learning_rate: 0.1, "
         "decay_steps: 1.5}}}",
         "training.optimizer.learning_rate.decay_steps: expected less than or equal to 1, got 1.5"),
        (GRU + "training: {optimizer: {name: adam, ema_start: 10}}",
         "training.optimizer: ema_start needs use_ema: true"),
        (GRU + "training: {reduce_lr_on_plateau: {}, optimizer: {name: adam, learning_rate: "
         "{name: WarmupLinearDecay, warmup_target: 0.1}}}",
         "training: reduce_lr_on_plateau and a schedule exclude each other: "
         "give optimizer.learning_rate a number"),
        (GRU + "training: {class_weight: balance}",
         "training.class_weight: expected balanced, or a weight by class such as {positive: 2.0}, got 'balance'"),
        (GRU + "training: {class_weight: {}}",
         "training.class_weight: expected balanced, or a weight by class such as {positive: 2.0}, got {}"),
        (GRU + "training: {class_weight: {1: -2}}",
         "training.class_weight: expected a number, 0 or more, as the weight of 1, got -2"),
        (GRU + "training: {class_weight: {good: yes}}",
         "training.class_weight: expected a number, 0 or more, as the weight of good, got True"),
        (GRU + "data: {maxlen: 0}", "data.maxlen: expected greater than or equal to 1, got 0"),
        (GRU + "data: {maxlen: -3}", "data.maxlen: expected greater than or equal to 1, got -3"),
        (GRU + "data: {maxlen: '3'}", "data.maxlen: expected integer, got '3'"),
        (GRU + "data: {maxlen: true}", "data.maxlen: expected integer, got True"),
        (GRU + "data: {maxlen: 3.0}", "data.maxlen: expected integer, got 3.0"),
        (GRU + "data: {maxlen: null}", "data.maxlen: expected integer, got None"),
        (GRU + "data: {num_words: 3}", "data.num_words: expected greater than or equal to 4, got 3"),
        (GRU + "data: {limit: 0}", "data.limit: expected greater than or equal to 1, got 0"),
        (GRU + "data: {validation_split: -1}",
         "data.validation_split: expected greater than or equal to 0, got -1"),
        (GRU + "data: {validation_split: 1}", "data.validation_split: expected less than 1, got 1"),
        (GRU + "data: {test_split: 20%}", "data.test_split: expected number, got '20%'"),
        (GRU + "data: {split_seed: -1}", "data.split_seed: expected greater than or equal to 0, got -1"),
        (GRU + "data: {padding: prr}", "data.padding: expected 'pre' or 'post', got 'prr'. Did you mean 'pre'?"),
        (GRU + "data: {padding: 3}", "data.padding: expected 'pre' or 'post', got 3."),
        (GRU + "data: {dataset: 3}", "data.dataset: expected a name or a path, or a list of them, got 3"),
        (GRU + "data: {dataset: ''}", "data.dataset: expected a name or a path, or a list of them, got ''"),
        (GRU + "data: [1]", "data: expected a mapping of keys, got [1]"),
        (GRU + "data: null", "data: expected a mapping of keys, got None"),
        (GRU + "1: 2", "[1]: expected a key that is text, got 1"),
        (GRU + "training: {optimizer: {name: adam, learning_rate: .nan}}",
         "training.optimizer.learning_rate: expected a finite number, got nan"),
        (GRU + "training: {optimizer: {name: adam, learning_rate: .inf}}",
         "training.optimizer.learning_rate: expected a finite number, got inf"),
        (GRU + "training: {optimizer: {name: adam, learning_rate: 0}}",
         "training.optimizer.learning_rate: expected greater than 0, got 0"),
        (GRU + "training: {optimizer: {name: adam, learning_rate: true}}",
         "training.optimizer.learning_rate: expected number, got True"),
        (GRU + "training: {optimizer: {name: adm}}", "training.optimizer.name: expected one of rmsprop, adam, "
         "adamw, adadelta, adagrad, sgd; got 'adm'. Did you mean 'adam'?"),
        (GRU + "training: {optimizer: {learning_rate: 0.1}}", "training.optimizer.name: expected one of rmsprop, "
         "adam, adamw, adadelta, adagrad, sgd; it is missing"),
        (GRU + "training: {optimizer: adam}", "training.optimizer: expected a mapping of keys, got 'adam'"),
        (GRU + "training: {optimizer: {name: adam, beta1: 0.9}}",
         "training.optimizer.beta1: unknown key. Did you mean 'beta_1'?"),
        (GRU + "training: {optimizer: {name: adam, beta_1: 1}}",
         "training.optimizer.beta_1: expected less than 1, got 1"),
        (GRU + "training: {optimizer: {name: sgd, clipnorm: 1, clipvalue: 2}}",
         "training.optimizer: clipnorm and clipvalue exclude each other: keep one"),
        (GRU + "training: {loss: mse}", "training.loss: expected 'binary_crossentropy' or 'mean_squared_error', "
         "got 'mse'."),
        (GRU + "training: {loss: mean_squared}", "training.loss: expected 'binary_crossentropy' or "
         "'mean_squared_error', got 'mean_squared'. Did you mean 'mean_squared_error'?"),
        (GRU + "training: {kernel: fats}", "training.kernel: expected 'auto', 'keras' or 'fast', got 'fats'. "
         "Did you mean 'fast'?"),
        (GRU + "training: {early_stopping: {patience: -1}}",
         "training.early_stopping.patience: expected greater than or equal to 0, got -1"),
        (GRU + "training: {early_stopping: {patince: 1}}",
         "training.early_stopping.patince: unknown key. Did you mean 'patience'?"),
        (GRU + "training: {early_stopping: 3}", "training.early_stopping: expected a mapping of keys, got 3"),
        (GRU + "model: {embedding: {vectors: ''}, recurrent: [{cell: gru, units: 2}]}",
         "model.embedding.vectors: expected text, got ''"),
        (GRU + "name: a/b", "name: expected text that matches ^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$, "
         "got 'a/b'"),
        ("data: {}", "model: missing, and it has no default"),
        ("model: {}", "model.recurrent: missing, and it has no default"),
        ("model: gru", "model: expected a mapping of keys, got 'gru'"),
        ("model: {recurrent: []}", "model.recurrent: expected at least 1 item, got 0"),
        ("model: {recurrent: {cell: gru, units: 2}}", "model.recurrent: expected a list, got {'cell': 'gru', "
         "'units': 2}"),
        ("model: {recurrent: [gru]}", "model.recurrent[0]: expected a mapping of keys, got 'gru'"),
        ("model: {recurrent: [{units: 2}]}", "model.recurrent[0].cell: expected one of lstm, gru, simple_rnn; "
         "it is missing"),
        ("model: {recurrent: [{cell: gur, units: 2}]}", "model.recurrent[0].cell: expected one of lstm, gru, "
         "simple_rnn; got 'gur'. Did you mean 'gru'?"),
        ("model: {recurrent: [{cell: gru}]}", "model.recurrent[0].units: missing, and it has no default"),
        ("model: {recurrent: [{cell: gru, units: 0}]}",
         "model.recurrent[0].units: expected greater than or equal to 1, got 0"),
        ("model: {recurrent: [{cell: gru, units: 16385}]}",
         "model.recurrent[0].units: expected less than or equal to 16384, got 16385"),
        ("model: {recurrent: [{cell: gru, units: 2}, {cell: lstm, units: true}]}",
         "model.recurrent[1].units: expected integer, got True"),
        ("model: {recurrent: [{cell: gru, units: 2, drpout: 0.1}]}",
         "model.recurrent[0].drpout: unknown key. Did you mean 'dropout'?"),
        ("model: {recurrent: [{cell: lstm, units: 2, reset_after: true}]}",
         "model.recurrent[0].reset_after: unknown key. Did you mean "),
        ("model: {recurrent: [{cell: simple_rnn, units: 2, recurrent_activation: relu}]}",
         "model.recurrent[0].recurrent_activation: unknown key. Did you mean 'recurrent_initializer'?"),
        ("model: {recurrent: [{cell: gru, units: 2, dropout: 1}]}",
         "model.recurrent[0].dropout: expected less than 1, got 1"),
        ("model: {recurrent: [{cell: gru, units: 2, go_backwards: 1}]}",
         "model.recurrent[0].go_backwards: expected boolean, got 1"),
        ("model: {recurrent: [{cell: gru, units: 2, use_bias: 'yes'}]}",
         "model.recurrent[0].use_bias: expected boolean, got 'yes'"),
        ("model: {recurrent: [{cell: gru, units: 2, kernel_regularizer: l2}]}",
         "model.recurrent[0].kernel_regularizer: expected a mapping of keys, got 'l2'"),
        ("model: {recurrent: [{cell: gru, units: 2, kernel_regularizer: {l2: -1}}]}",
         "model.recurrent[0].kernel_regularizer.l2: expected greater than or equal to 0, got -1"),
        ("model: {recurrent: [{cell: gru, units: 2, merge_mode: sum}]}",
         "model.recurrent[0]: merge_mode needs bidirectional: true"),
        ("model: {recurrent: [{cell: gru, units: 2, bidirectional: true, go_backwards: true}]}",
         "model.recurrent[0]: go_backwards and bidirectional exclude each other: both directions are read"),
        ("model: {pooling: [last, max], recurrent: [{cell: gru, units: 2}]}",
         "model.pooling: last stands alone: "),
        ("model: {pooling: [max, min], recurrent: [{cell: gru, units: 2}]}",
         "model.pooling: expected last, max, mean or both of [max, mean], got ['max', 'min']"),
        ("model: {pooling: [], recurrent: [{cell: gru, units: 2}]}",
         "model.pooling: expected last, max, mean or both of [max, mean], got []"),
        ("model: {pooling: [max, max], recurrent: [{cell: gru, units: 2}]}",
         "model.pooling: expected last, max, mean or both of [max, mean], got ['max', 'max']"),
        ("model: {logit_skip: 3, recurrent: [{cell: gru, units: 2}]}",
         "model.logit_skip: expected a mapping of keys, got 3"),
        ("model: {logit_skip: true, recurrent: [{cell: gru, units: 2}]}",
         "the configuration: model.logit_skip needs data.ngrams, "),
        ("model: {recurrent: [{cell: gru, units: 2, activation: tnh}]}",
         "model.recurrent[0].activation: expected "),
        ("model: {recurrent: [{cell: gru, units: 2, bias_initializer: orthogonal}]}",
         "model.recurrent[0].bias_initializer: expected "),
        ("model: {dense: [{unts: 3}], recurrent: [{cell: gru, units: 2}]}",
         ["model.dense[0].units: missing, and it has no default",
          "model.dense[0].unts: unknown key. Did you mean 'units'?"]),
        ("model: {dense: [" + "{units: 3}, " * 65 + "], recurrent: [{cell: gru, units: 2}]}",
         "model.dense: expected 64 at most, got 65"),
        ("model: {dense: {units: 3}, recurrent: [{cell: gru, units: 2}]}",
         "model.dense: expected a list, got {'units': 3}"),
    ],
)  # fmt: skip
def test_a_problem_has_its_line(text, expected):
    lines = list_problems(text)
    expected = [expected] if isinstance(expected, str) else expected
    assert len(lines) == len(expected)
    for line, beginning in zip(lines, expected, strict=True):
        # Ending in an open list or sentence, the expectation is a beginning.
        assert line.startswith(beginning) if beginning.endswith(" ") else line == beginning


def test_all_problems_are_listed_in_the_order_of_the_schema():
    lines = list_problems(
        """
        dta: {}
        data: {maxlen: 0, padding: prr, num_word: 3}
        model:
          embedding: {output_dim: 0}
          recurrent:
            - {cell: gru, units: '8'}
            - {cell: lstm, units: 8, dropuot: 0.3}
          pooling: lst
        training: {optimizer: {name: adm}, epochs: 0}
        """
    )
    assert [line.split(":")[0] for line in lines] == [
        "data.maxlen",
        "data.padding",
        "data.num_word",
        "model.embedding.output_dim",
        "model.recurrent[0].units",
        "model.recurrent[1].dropuot",
        "model.pooling",
        "training.optimizer.name",
        "training.epochs",
        "dta",
    ]


@given(st.text() | st.lists(st.text(), min_size=50))
def test_long_values_are_cut_short_and_a_problem_stays_one_line(value):
    lines = list_problems(yaml.safe_dump({"model": {"recurrent": [{"cell": "gru", "units": value}]}}))
    assert len(lines) == 1
    assert lines[0].startswith("model.recurrent[0].units: expected integer, got ")
    assert len(lines[0]) < 120


def test_an_integer_longer_than_python_prints_is_named_in_words():
    (line,) = list_problems(f"{GRU}training: {{seed: 0x{'f' * 5000}}}")
    assert line == "training.seed: expected less than or equal to 4294967295, got an integer of very many digits"


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ((), ""),
        (("data",), "data"),
        (("model", "recurrent", 0, "units"), "model.recurrent[0].units"),
        ((3, "x"), "[3].x"),
    ],
)
def test_paths_read_as_they_are_written(keys, expected):
    assert format_path(keys) == expected


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ("", ""),
        ("name", ""),
        ("data maxlen", ""),
        ("model recurrent 0 units", ""),
        ("model recurrent 0 reset_after", ""),  # of one cell
        ("training optimizer learning_rate warmup_steps", ""),  # of one schedule
        ("dta", "dta: unknown key. Did you mean 'data'?"),
        ("data maxlne", "data.maxlne: unknown key. Did you mean 'maxlen'?"),
        ("model recurrent 2 unit", "model.recurrent[2].unit: unknown key. Did you mean 'units'?"),
        (
            "training learning_rate",
            "training.learning_rate: unknown key. Did you mean 'training.optimizer.learning_rate'?",
        ),
        ("zzz", "zzz: unknown key. Valid keys: data, model, name, training."),
        ("data maxlen deeper", "data.maxlen.deeper: unknown key."),
    ],
)
def test_the_first_key_that_no_configuration_has_is_named(keys, expected):
    """Before anything is set, such as by a sweep's search space."""
    assert find_unknown_key(keys.split()) == expected


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        *((key, True) for key in ("0", "12", "9" * 9)),
        *((key, False) for key in ("9" * 10, "9" * 11, "", "-1", "1.0", "²", "٣", "units")),
    ],
)
def test_an_index_is_a_number_that_a_list_can_have(key, expected):
    assert is_index(key) is expected


def test_what_is_shown_of_a_value_and_of_a_text_is_sixty_characters_at_most():
    assert shorten("a" * 60) == "a" * 60
    assert shorten("a" * 61) == "a" * 60 + "…"
    assert shorten(" a\n\tb ") == "a b"
    assert show_value([1.5] * 3) == "[1.5, 1.5, 1.5]"
    whole = ["a" * 26, "b" * 26]
    assert show_value(whole) == repr(whole)
    assert len(show_value(whole)) == 60
    assert show_value(["a" * 26, "b" * 27]) == repr(["a" * 26, "b" * 27])[:60] + "…"
    assert show_value("a" * 58) == repr("a" * 58)
    assert show_value([[[[1]]]]) == "[[[[...]]]]"


def test_an_integer_is_shown_as_far_as_it_is_short():
    """Of 240 bits it still has its digits, the middle ones left out."""
    assert show_value(12345) == "12345"
    assert show_value(2**240 - 1).startswith("17668")
    assert show_value(2**240) == "an integer of very many digits"


@pytest.mark.parametrize(
    ("stem", "name"),
    [
        ("a b", "a-b"),
        ("--a._", "a"),
        ("Größe", "Groe"),
        ("été", "ete"),
        ("模型", "mine"),
        ("b" * 64, "b" * 64),
        ("b" * 65, "b" * 64),
    ],
)
def test_a_file_that_cannot_name_a_run_is_given_the_nearest_name(stem, name):
    assert f"name: {name}, or give -s name={name}." in explain_name(stem)
