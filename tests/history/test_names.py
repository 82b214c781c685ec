"""Metrics come under Keras' names, whatever people call them."""

import time

import pytest

from lstm_cli.history import find_keras_name


@pytest.mark.parametrize(
    ("name", "keras_name"),
    [
        ("loss", "loss"), ("val_loss", "val_loss"), ("accuracy", "accuracy"), ("auc_1", "auc_1"),
        ("train_loss", "loss"), ("Training Loss", "loss"), ("train/loss", "loss"), ("trainLoss", "loss"),
        ("loss_train", "loss"), ("Loss (train)", "loss"), ("valid_loss", "val_loss"), ("eval_loss", "val_loss"),
        ("Validation Loss", "val_loss"), ("val-loss", "val_loss"), ("ValLoss", "val_loss"),
        ("dev.acc", "val_accuracy"), ("acc", "accuracy"), ("val_acc", "val_accuracy"), ("lr", "learning_rate"),
        ("Learning Rate", "learning_rate"), ("valid_perplexity", "val_perplexity"),
        ("train_F1Macro", "F1Macro"), ("val_F1Macro", "val_F1Macro"), ("F1Macro", "F1Macro"),
        ("trainable", "trainable"), ("validity", "validity"), ("train", "train"), ("test_loss", "test_loss"),
        ("", ""), ("val_", "val_"),
    ],
)  # fmt: skip
def test_a_metric_gets_keras_name(name, keras_name):
    assert find_keras_name(name) == keras_name


@pytest.mark.parametrize("sign", ["_", " ", "(", "aA", "val_"])
def test_a_name_without_end_costs_no_time(sign):
    begin = time.process_time()
    find_keras_name(sign * 1_000_000)
    assert time.process_time() - begin < 1
