"""A history's epochs have numbers, and one of them is the best by Keras' own rule."""

from __future__ import annotations

import math

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lstm_cli.history import History, Monitor

LOSSES = History({"loss": (0.7, 0.6, 0.5), "val_loss": (0.71, 0.61, 0.65)})

# Few values, so that equal ones and steps of just min_delta are frequent; some apart by less than float32 tells.
_VALUES = st.sampled_from([0.1, 0.2, 0.25, 0.3, 0.3 + 1e-10, 0.35, 0.4, 0.5, 0.5 - 1e-9, 1 / 3])
_FLOATS = st.just(0.0) | st.floats(2.0**-126, 100.0)  # whether less is 0 in float32, the process says


class TestHistory:
    def test_unequal_series_are_refused(self):
        with pytest.raises(ValueError, match="equally long"):
            History({"loss": (1.0, 2.0), "val_loss": (1.0,)})

    @pytest.mark.parametrize("numbers", [(0, 1), (1, 1), (2, 1), (1,), (1, 2, 3)])
    def test_numbers_that_are_no_epochs_are_refused(self, numbers):
        with pytest.raises(ValueError, match="2 epochs' numbers"):
            History({"loss": (1.0, 2.0)}, numbers)

    def test_an_empty_history_has_no_epochs_and_no_best(self):
        assert History().epochs == 0
        assert History().numbers == ()
        assert History().best_epoch() is None

    def test_append_adds_an_epoch_and_leaves_the_old_history_alone(self):
        longer = LOSSES.append({"loss": 0.4, "val_loss": 0.5})
        assert longer.metrics == {"loss": (0.7, 0.6, 0.5, 0.4), "val_loss": (0.71, 0.61, 0.65, 0.5)}
        assert longer.numbers == (1, 2, 3, 4)
        assert LOSSES.epochs == 3

    def test_append_counts_on_from_the_last_number(self):
        assert History({"loss": (0.7,)}, (11,)).append({"loss": 0.6}).numbers == (11, 12)
        assert History().append({"loss": 0.6}).numbers == (1,)

    def test_append_fills_what_is_missing_on_either_side_with_gaps(self):
        longer = LOSSES.append({"loss": 0.4, "seconds": 2})
        assert longer.metrics == {
            "loss": (0.7, 0.6, 0.5, 0.4),
            "val_loss": (0.71, 0.61, 0.65, math.nan),
            "seconds": (math.nan, math.nan, math.nan, 2.0),
        }

    def test_an_epochs_figures_are_found_by_its_number(self):
        assert LOSSES.get_figures(2) == {"loss": 0.6, "val_loss": 0.61}
        assert History({"loss": (0.7, 0.6)}, (11, 14)).get_figures(14) == {"loss": 0.6}
        with pytest.raises(ValueError, match="not in"):
            LOSSES.get_figures(4)

    @pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 1e39])
    def test_what_float32_has_no_finite_number_for_is_a_gap(self, value):
        assert math.isnan(History({"loss": (value,)}).metrics["loss"][0])


class TestBestEpoch:
    @pytest.mark.parametrize(
        ("metric", "best"),
        [
            ("val_loss", 2), ("loss", 2), ("mean_squared_error", 2), ("val_brier_score", 2), ("mae_1", 2),
            ("accuracy", 3), ("val_acc", 3), ("val_auc_1", 3), ("f1_score", 3), ("val_precision", 3),
            ("learning_rate", None), ("lr", None), ("seconds", None), ("val_seconds", None),
        ],
    )  # fmt: skip
    def test_it_is_the_lowest_loss_or_the_highest_accuracy(self, metric, best):
        assert History({metric: (0.5, 0.1, 0.9)}).best_epoch(Monitor(metric)) == best

    def test_the_earliest_of_equally_good_epochs_is_best(self):
        assert History({"val_loss": (0.5, 0.4, 0.4)}).best_epoch() == 2
        assert History({"val_accuracy": (0.8, 0.7, 0.8)}).best_epoch(Monitor("val_accuracy")) == 1

    def test_a_gap_is_never_best(self):
        assert History({"val_loss": (math.nan, 0.5, math.inf)}).best_epoch() == 2
        assert History({"val_loss": (math.nan,)}).best_epoch() is None

    def test_it_is_told_by_its_number(self):
        assert History({"val_loss": (0.5, 0.4, 0.6)}, (11, 12, 20)).best_epoch() == 12

    @pytest.mark.parametrize(("first", "best"), [(0, 1), (1, 3), (2, 3), (3, 4), (4, 4), (5, 4), (9, 4)])
    def test_epochs_before_start_from_epoch_count_only_while_there_are_no_others(self, first, best):
        history = History({"val_loss": (0.1, 0.5, 0.4, 0.6)})
        assert history.best_epoch(Monitor(start_from_epoch=first)) == best

    @pytest.mark.parametrize("metric", ["val_loss", "val_accuracy"])
    @settings(max_examples=150, deadline=None)
    @given(
        values=st.lists(_VALUES, min_size=1, max_size=12) | st.lists(_FLOATS, min_size=1, max_size=12),
        min_delta=st.sampled_from([0.0, 1e-9, 0.05, 0.1, 0.15]) | st.floats(0.0, 1.0, allow_subnormal=False),
        start_from_epoch=st.integers(0, 14),
    )
    @example(values=[0.5, 0.5 - 1e-9], min_delta=0.0, start_from_epoch=0)  # one number in float32
    @example(values=[0.1, 0.5, 0.4], min_delta=0.15, start_from_epoch=1)
    @example(values=[0.1, 0.5], min_delta=0.0, start_from_epoch=3)  # over before any epoch counts
    def test_it_is_the_epoch_whose_weights_keras_early_stopping_leaves(
        self,
        keras_started,  # noqa: ARG002 - quietly, before the import below
        metric,
        values,
        min_delta,
        start_from_epoch,
    ):
        """The real callback over the same figures, its model's one weight being the epoch's number."""
        import keras

        class Model:
            """As much of a model as the callback touches."""

            stop_training = False
            weights = 0

            def get_weights(self):
                return self.weights

            def set_weights(self, weights):
                self.weights = weights

        callback = keras.callbacks.EarlyStopping(
            monitor=metric,
            mode="min" if metric == "val_loss" else "max",
            min_delta=min_delta,
            patience=len(values),
            start_from_epoch=start_from_epoch,
            restore_best_weights=True,
        )
        callback.set_model(model := Model())
        callback.on_train_begin()
        for epoch, value in enumerate(values):
            model.weights = epoch + 1
            callback.on_epoch_end(epoch, {metric: value})
        callback.on_train_end()
        monitor = Monitor(metric, min_delta=min_delta, start_from_epoch=start_from_epoch)
        assert History({metric: tuple(values)}).best_epoch(monitor) == model.weights


def test_a_run_keeps_its_best_epoch_or_its_last_where_nothing_is_validated() -> None:
    validated = History({"loss": (3.0, 2.0, 1.0), "val_loss": (0.5, 0.4, 0.6)})
    assert (validated.kept_epoch(Monitor()), validated.is_validated) == (2, True)
    unvalidated = History({"loss": (3.0, 2.0, 2.5)})
    assert (unvalidated.kept_epoch(Monitor()), unvalidated.is_validated) == (3, False)
    assert History().kept_epoch(Monitor()) is None
    assert History({"val_loss": (math.nan,)}).kept_epoch(Monitor()) is None
