"""The compiled parts of training: steps of the optimiser, and the judgement of a split; on one copy or on several.

The reviews of a call are cut into one slice a copy. Gradients and figures of all slices are added up before the
optimiser sees them, so that every copy takes the step of the whole batch's mean; one copy has nothing to add.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from lstm_cli.distributed.replicas import Replicas, Spread
from lstm_cli.evaluation import compute_macro_f1
from lstm_cli.training.batches import Batches
from lstm_cli.training.embedding_learner import EmbeddingLearner
from lstm_cli.training.objective import Objective
from lstm_cli.training.optimizer import show_averages

# Reviews that a copy judges at once: enough to fill the cores, little enough that memory does not notice.
_JUDGED_AT_ONCE = 512


@dataclass(frozen=True)
class Figures:
    """Loss and accuracy over some reviews.

    Attributes:
        loss: the mean over the reviews, penalties of regularisers included.
        accuracy: the share of reviews whose class is predicted.
        macro_f1: the mean over the classes of their F1; None where nobody asks for it.
    """

    loss: float
    accuracy: float
    macro_f1: float | None = None


class TrainingSteps:
    """Steps of the optimiser. One call runs several: the loop over them is TensorFlow's, Python is not asked.

    Args:
        model: gives `float32[batch, outputs]` for what `Batches.read` gives before the labels; made under the
            strategy's scope, as its optimiser, which is built for its weights.
        objective: what the steps make small.
        batches: the training split, cut into batches; only the rows of this worker's slices are read.
        replicas: the copies of the model.
        learner: of the model's embedding, where its rows learn when they are read; of one copy alone.
        jit_compile: have XLA compile the steps; of one copy alone, for it knows no operations between several.
        stop_requested: asked before every call; where there are several workers, one's wish stops all.
    """

    def __init__(
        self,
        model: keras.Model,
        *,
        objective: Objective,
        batches: Batches,
        replicas: Replicas,
        learner: EmbeddingLearner | None = None,
        jit_compile: bool = False,
        stop_requested: Callable[[], bool] = lambda: False,
    ) -> None:
        self._model = model
        self._objective = objective
        self._batches = batches
        self._replicas = replicas
        self._stop_requested = stop_requested
        self._stop_agreed = False
        self._learner = learner
        # Keras would add the gradients up one by one, and after it has clipped each copy's.
        model.optimizer._all_reduce_sum_gradients = lambda gradients_and_variables: gradients_and_variables
        # XLA compiles for one shape alone, in seconds; so it sees nothing but full blocks. AutoGraph would take a
        # second to rewrite Python that is asked once, at tracing: the one loop there is is TensorFlow's already.
        self._run_block = tf.function(self._run_steps, jit_compile=jit_compile, autograph=False)
        self._run_other = tf.function(self._run_steps, reduce_retracing=True, autograph=False)

    def is_stop_wanted(self) -> bool:
        """Whether to stop behind the last call: all workers are told alike, and stop there."""
        return self._stop_agreed if self._replicas.cluster else self._stop_requested()

    def run(self, rows: NDArray[np.int32]) -> tuple[float, float]:
        """Take one step for each batch of rows, which are the same on every worker.

        Args:
            rows: `int32[steps, batch]`, one of those that `Batches.iter_epoch` yields.

        Returns:
            Sums over the reviews of all copies: of the loss, and of right answers.
        """
        if self._learner:
            self._learner.begin()
        steps, size = rows.shape
        is_block = size == self._batches.size and not self._batches.by_length
        if is_block and steps < self._batches.steps_per_call:  # one shape, so that it is traced once
            rows = np.concatenate([rows, np.zeros((self._batches.steps_per_call - steps, size), np.int32)])
        run_steps = self._run_block if is_block else self._run_other
        loss, right, wishes = run_steps(
            self._replicas.read_shares(partial(self._batches.read, width=self._batches.measure(rows)), rows),
            tf.constant(size, tf.float32),
            tf.constant(self._replicas.cluster is not None and self._stop_requested(), tf.float32),
            tf.constant(steps, tf.int32),
        ).numpy()
        self._stop_agreed = bool(wishes)
        return float(loss), float(right)

    def settle(self) -> None:
        """Bring the model's and the optimiser's variables up to date, which steps may leave behind."""
        if self._learner:
            self._learner.settle()

    def _run_steps(
        self, slices: tuple[Spread, ...], size: tf.Tensor, wish: tf.Tensor, steps: tf.Tensor
    ) -> tf.Tensor:
        def take_step(step: tf.Tensor, total: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            figures = self._replicas.strategy.run(self._run_step, args=(slices, step, size, wish))
            return step + 1, total + self._replicas.list_local(figures)[0]  # every copy knows the sum

        return tf.while_loop(lambda step, _: step < steps, take_step, (tf.constant(0), tf.zeros(3)))[1]

    def _run_step(
        self, slices: tuple[tf.Tensor, ...], step: tf.Tensor, size: tf.Tensor, wish: tf.Tensor
    ) -> tf.Tensor:
        """Take one step on a copy's slice of a batch of `size` reviews.

        Returns:
            `float32[3]`, of all copies: the loss' sum, right answers, and wishes to stop.
        """
        *inputs, labels, counts = slices
        labels = labels[step]
        with tf.GradientTape() as tape:
            probabilities = _call(self._model, [one[step] for one in inputs], training=True)
            penalty = _add_up_penalties(self._model)
            total = self._objective.add_up(labels, probabilities, penalty=penalty, training=True)
            loss = counts * total / size
        variables = self._model.trainable_variables
        gradients = [self._unite(gradient) for gradient in tape.gradient(loss, variables)]
        figures = tf.stack([loss * size, counts * self._objective.count_right(labels, probabilities), wish])
        *gradients, figures = self._replicas.add_up([*gradients, figures])
        self._model.optimizer.apply(gradients, variables)
        return figures

    def _unite(self, gradient: tf.Tensor | tf.IndexedSlices) -> tf.Tensor | tf.IndexedSlices:
        """Return a gradient in which a word stands once.

        TensorFlow gives an embedding's gradient an entry for every token, and Keras' optimisers square the entries
        of a word one by one. Added up first, as on Keras' other backends, a word has one gradient. That of an
        embedding that learns by itself is so already.
        """
        return gradient if self._learner else tf.convert_to_tensor(gradient)


def build_judge(
    model: keras.Model, *, objective: Objective, batches: Batches, replicas: Replicas
) -> Callable[[], Figures]:
    """Build the function that judges the model on a split: its weights as they are then, or their averages.

    Args:
        model: as in `TrainingSteps`, with its optimiser, which may keep averages of the weights.
        objective: as there.
        batches: of the split, of which every copy judges its slices.
        replicas: the copies.
    """

    def judge_slice(*slices: tf.Tensor) -> tf.Tensor:
        *inputs, labels, counts = slices
        probabilities = _call(model, inputs, training=False)
        penalty = _add_up_penalties(model)
        loss_sum = objective.add_up(labels, probabilities, penalty=penalty, training=False)
        confusions = tf.reshape(objective.count_confusions(labels, probabilities), [-1])
        figures = tf.stack([loss_sum, objective.count_right(labels, probabilities)])
        return counts * tf.concat([figures, confusions], axis=0)

    def judge_slices(slices: tuple[Spread, ...]) -> Spread:
        return replicas.strategy.run(judge_slice, args=slices)

    judge_batch = tf.function(judge_slices, reduce_retracing=True, autograph=False)

    @show_averages(model)
    def judge() -> Figures:
        total = np.zeros(2 + (objective.classes**2 if objective.counts_confusions else 0))
        count = len(batches.reviews)
        for rows in batches.iter_alike(_JUDGED_AT_ONCE * replicas.count):
            read = partial(batches.read, width=batches.measure(rows))
            figures = judge_batch(replicas.read_shares(read, rows))
            total += sum(np.asarray(part, np.float64) for part in replicas.list_local(figures))
        loss_sum, right, *confusions = replicas.add_up_workers(total)
        return Figures(
            loss=float(loss_sum) / count,
            accuracy=float(right) / count,
            macro_f1=(
                float(compute_macro_f1(np.array(confusions).reshape(objective.classes, -1)))
                if confusions
                else None
            ),
        )

    return judge


def _call(model: keras.Model, inputs: list[tf.Tensor], *, training: bool) -> tf.Tensor:
    """Return what a model of one input or of several gives: `float32[batch, outputs]`."""
    return model(inputs if len(inputs) > 1 else inputs[0], training=training)


def _add_up_penalties(model: keras.Model) -> tf.Tensor:
    """Return the penalties of the model's regularisers."""
    return tf.add_n(model.losses) if model.losses else tf.constant(0.0)
