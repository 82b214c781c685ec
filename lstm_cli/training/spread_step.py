"""The compiled parts of training spread over several copies of the model; `training/step.py` is for one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from lstm_cli.evaluation import compute_macro_f1
from lstm_cli.text.encoder import EncodedTexts
from lstm_cli.training.objective import Objective
from lstm_cli.training.replicas import Replicas
from lstm_cli.training.step import Figures, count_steps_per_call

# Reviews that a copy judges at once: as many as one alone does.
_JUDGED_AT_ONCE = 512

_Spread = Any  # a tensor for each of this worker's copies: TensorFlow's PerReplica, or the only one itself


class SpreadSteps:
    """Steps of the optimiser, as `TrainingSteps`, of which every copy computes its slice of each batch.

    The gradients of all slices are added up before the optimiser sees them, so that every copy takes the step
    of the whole batch's mean.

    Args:
        model: gives `float32[batch, outputs]` for `int32[batch, maxlen]`; made under the strategy's scope.
        optimizer: changes the model's weights; made under that scope.
        objective: what the steps make small.
        reviews: the training split; only the rows of this worker's slices are read.
        batch_size: reviews of a full batch, of all copies together.
        replicas: the copies.
        stop_requested: asked before every call; one worker's wish stops all, see `is_stop_agreed`.
    """

    def __init__(
        self,
        model: keras.Model,
        *,
        optimizer: keras.optimizers.Optimizer,
        objective: Objective,
        reviews: EncodedTexts,
        batch_size: int,
        replicas: Replicas,
        stop_requested: Callable[[], bool] = lambda: False,
    ) -> None:
        self._model = model
        self._optimizer = optimizer
        self._objective = objective
        self._reviews = reviews
        self._batch_size = batch_size
        self._replicas = replicas
        self._stop_requested = stop_requested
        self._stop_agreed = False
        self.steps_per_call = count_steps_per_call(reviews, batch_size=batch_size)
        with replicas.strategy.scope():
            optimizer.build(model.trainable_variables)
        # Keras would add the gradients up one by one, and after it has clipped each copy's.
        optimizer._all_reduce_sum_gradients = lambda gradients_and_variables: gradients_and_variables
        self._run_block = tf.function(self._run_steps)
        self._run_short_batch = tf.function(self._run_steps, reduce_retracing=True)

    def is_stop_agreed(self) -> bool:
        """Whether some worker wished to stop before the last call; all are told alike."""
        return self._stop_agreed

    def settle(self) -> None:
        """Do nothing: every step brings all variables up to date."""

    def run(self, rows: NDArray[np.int32]) -> tuple[float, float]:
        """Take one step for each batch of rows, which are the same on every worker.

        Args:
            rows: `int32[steps, batch]`, positions in the training split; `steps_per_call` steps at most.

        Returns:
            Sums over the reviews of all copies: of the loss, and of right answers.
        """
        steps, size = rows.shape
        is_full = size == self._batch_size
        if is_full and steps < self.steps_per_call:  # one shape, so that it is traced once
            rows = np.concatenate([rows, np.zeros((self.steps_per_call - steps, size), np.int32)])
        run_steps = self._run_block if is_full else self._run_short_batch
        loss, right, wishes = run_steps(
            _spread_reviews(self._reviews, rows, replicas=self._replicas),
            tf.constant(size, tf.float32),
            tf.constant(self._stop_requested(), tf.float32),
            tf.constant(steps, tf.int32),
        ).numpy()
        self._stop_agreed = bool(wishes)
        return float(loss), float(right)

    def _run_steps(
        self, slices: tuple[_Spread, ...], size: tf.Tensor, wish: tf.Tensor, steps: tf.Tensor
    ) -> tf.Tensor:
        total = tf.zeros(3)
        for step in tf.range(steps):
            figures = self._replicas.strategy.run(self._run_step, args=(slices, step, size, wish))
            total += self._replicas.list_local(figures)[0]  # every copy knows the sum
        return total

    def _run_step(
        self, slices: tuple[tf.Tensor, ...], step: tf.Tensor, size: tf.Tensor, wish: tf.Tensor
    ) -> tf.Tensor:
        """Take one step on a copy's slice of a batch of `size` reviews.

        Returns:
            `float32[3]`, of all copies: the loss' sum, right answers, and wishes to stop.
        """
        tokens, labels, counts = slices
        labels = labels[step]
        with tf.GradientTape() as tape:
            probabilities = self._model(tokens[step], training=True)
            penalty = _add_up_penalties(self._model)
            total = self._objective.add_up(labels, probabilities, penalty=penalty, training=True)
            loss = counts * total / size
        variables = self._model.trainable_variables
        # A word has one gradient a batch, for the reason that `TrainingSteps` gives.
        gradients = [tf.convert_to_tensor(gradient) for gradient in tape.gradient(loss, variables)]
        figures = tf.stack([loss * size, counts * self._objective.count_right(labels, probabilities), wish])
        *gradients, figures = self._add_up_at_once([*gradients, figures])
        self._optimizer.apply(gradients, variables)
        return figures

    def _add_up_at_once(self, tensors: list[tf.Tensor]) -> list[tf.Tensor]:
        """Return the sums over all copies, sent as one array: a message costs as much as a small model's step."""
        total = self._replicas.add_up(tf.concat([tf.reshape(tensor, [-1]) for tensor in tensors], axis=0))
        parts = tf.split(total, [tensor.shape.num_elements() for tensor in tensors])
        return [tf.reshape(part, tensor.shape) for part, tensor in zip(parts, tensors, strict=True)]


def build_spread_judge(
    model: keras.Model, *, objective: Objective, reviews: EncodedTexts, replicas: Replicas
) -> Callable[[], Figures]:
    """Build the function that judges the model on a split, as `build_judge`; every copy judges its slices.

    Args:
        model: as in `SpreadSteps`.
        objective: as there.
        reviews: the split.
        replicas: the copies.
    """

    def judge_slice(tokens: tf.Tensor, labels: tf.Tensor, counts: tf.Tensor) -> tf.Tensor:
        probabilities = model(tokens, training=False)
        penalty = _add_up_penalties(model)
        loss_sum = objective.add_up(labels, probabilities, penalty=penalty, training=False)
        confusions = tf.reshape(objective.count_confusions(labels, probabilities), [-1])
        figures = tf.stack([loss_sum, objective.count_right(labels, probabilities)])
        return counts * tf.concat([figures, confusions], axis=0)

    @tf.function(reduce_retracing=True)  # type: ignore[untyped-decorator]  # TensorFlow ships no type information
    def judge_batch(slices: tuple[_Spread, ...]) -> _Spread:
        return replicas.strategy.run(judge_slice, args=slices)

    def judge() -> Figures:
        total = np.zeros(2 + (objective.classes**2 if objective.counts_confusions else 0))
        at_once = _JUDGED_AT_ONCE * replicas.count
        for first in range(0, len(reviews), at_once):
            rows = np.arange(first, min(first + at_once, len(reviews)), dtype=np.int32)
            figures = judge_batch(_spread_reviews(reviews, rows, replicas=replicas))
            total += sum(np.asarray(part, np.float64) for part in replicas.list_local(figures))
        loss_sum, right, *confusions = replicas.add_up_workers(total)
        return Figures(
            loss=float(loss_sum) / len(reviews),
            accuracy=float(right) / len(reviews),
            macro_f1=(
                float(compute_macro_f1(np.array(confusions).reshape(objective.classes, -1)))
                if confusions
                else None
            ),
        )

    return judge


def _spread_reviews(reviews: EncodedTexts, rows: NDArray[np.int32], *, replicas: Replicas) -> tuple[_Spread, ...]:
    """Read each of this worker's copies its slice of the rows.

    Returns:
        `int32[..., slice, maxlen]`, `float32[..., slice, 1]`, and 1.0, or 0.0 where the slice counts for nothing:
        a short batch may have no review for a copy, which gets another, because not every kernel takes none.
    """
    slices = []
    for share in replicas.take_shares(rows):
        counts = share.size > 0
        read = share if counts else np.zeros((*share.shape[:-1], 1), np.int32)
        labels = reviews.labels[read][..., None].astype(np.float32)
        slices.append((reviews.tokens[read], labels, np.float32(counts)))
    return tuple(replicas.spread(one_kind) for one_kind in zip(*slices, strict=True))


def _add_up_penalties(model: keras.Model) -> tf.Tensor:
    """Return the penalties of the model's regularisers."""
    return tf.add_n(model.losses) if model.losses else tf.constant(0.0)
