"""The compiled parts of training: steps of the optimiser, and the judgement of a split."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from lstm_cli.evaluation import compute_macro_f1
from lstm_cli.text.encoder import EncodedTexts
from lstm_cli.training.embedding_learner import build_embedding_learner
from lstm_cli.training.objective import Objective

# Reviews judged at once: enough to fill the cores, little enough that memory does not notice.
_JUDGED_AT_ONCE = 512
_TOKENS_PER_CALL = 1 << 18
_STEPS_PER_CALL = (16, 64)


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


def count_steps_per_call(reviews: EncodedTexts, *, batch_size: int) -> int:
    """Return few enough that a wish to stop is soon seen, and many enough that a call's own cost is not."""
    tokens = batch_size * reviews.tokens.shape[1]
    return int(np.clip(_TOKENS_PER_CALL // tokens, *_STEPS_PER_CALL))


class TrainingSteps:
    """Steps of the optimiser over a training split that lies in memory once, or in a file where it is too large.

    One call runs several steps: the loop over them is TensorFlow's, so Python is not asked in between. Of a split
    in a file, each call brings its own reviews.

    Args:
        model: gives `float32[batch, outputs]` for `int32[batch, maxlen]`.
        optimizer: changes the model's weights.
        objective: what the steps make small.
        reviews: the training split.
        batch_size: reviews of a full batch.
        jit_compile: have XLA compile the steps.
    """

    def __init__(
        self,
        model: keras.Model,
        *,
        optimizer: keras.optimizers.Optimizer,
        objective: Objective,
        reviews: EncodedTexts,
        batch_size: int,
        jit_compile: bool,
    ) -> None:
        self._model = model
        self._optimizer = optimizer
        self._objective = objective
        self.steps_per_call = count_steps_per_call(reviews, batch_size=batch_size)
        self._shape = (self.steps_per_call, batch_size)
        self._reviews = reviews if isinstance(reviews.tokens, np.memmap) else None
        if self._reviews is not None:
            held = self.steps_per_call * batch_size
            self._tokens = tf.Variable(tf.zeros((held, reviews.tokens.shape[1]), tf.int32), trainable=False)
            self._labels = tf.Variable(tf.zeros((held, 1)), trainable=False)
        else:
            self._tokens = tf.constant(reviews.tokens)
            self._labels = tf.constant(reviews.labels[:, None], tf.float32)
        optimizer.build(model.trainable_variables)
        self._learner = build_embedding_learner(model, optimizer)
        learnt_apart = self._learner.variable if self._learner else None
        self._variables = [variable for variable in model.trainable_variables if variable is not learnt_apart]
        # XLA compiles for one shape alone, in seconds; so it sees nothing but full blocks.
        block = tf.TensorSpec(self._shape, tf.int32)
        count = tf.TensorSpec([], tf.int32)
        self._run_block = tf.function(self._run_steps, input_signature=[block, count], jit_compile=jit_compile)
        batch = tf.TensorSpec([None], tf.int32)
        self._run_short_batch = tf.function(self._run_step, input_signature=[batch])

    def run(self, rows: NDArray[np.int32]) -> tuple[float, float]:
        """Take one step for each batch of rows.

        Args:
            rows: `int32[steps, batch]`, positions in the training split; `steps_per_call` steps at most.

        Returns:
            Sums over the reviews: of the loss, and of right answers.
        """
        if self._learner:
            self._learner.begin()
        if self._reviews is not None:
            rows = self._bring(self._reviews, rows)
        steps, size = rows.shape
        if size < self._shape[1]:
            loss, right = self._run_short_batch(rows[0])
        else:
            block = np.zeros(self._shape, dtype=np.int32)
            block[:steps] = rows
            loss, right = self._run_block(block, np.int32(steps))
        return float(loss), float(right)

    def settle(self) -> None:
        """Bring the model's and the optimiser's variables up to date, which steps may leave behind."""
        if self._learner:
            self._learner.settle()

    def _bring(self, reviews: EncodedTexts, rows: NDArray[np.int32]) -> NDArray[np.int32]:
        """Bring a call's reviews into memory; return where they are now, in the shape of `rows`."""
        places = np.arange(rows.size, dtype=np.int32).reshape(rows.shape)
        tokens, labels = np.zeros(self._tokens.shape, np.int32), np.zeros(self._labels.shape, np.float32)
        tokens[: rows.size] = reviews.tokens[rows.reshape(-1)]
        labels[: rows.size, 0] = reviews.labels[rows.reshape(-1)]
        self._tokens.assign(tokens)
        self._labels.assign(labels)
        return places

    def _run_steps(self, rows: tf.Tensor, count: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        loss, right = tf.constant(0.0), tf.constant(0.0)
        for step in tf.range(count):
            step_loss, step_right = self._run_step(rows[step])
            loss += step_loss
            right += step_right
        return loss, right

    def _run_step(self, rows: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        labels = tf.gather(self._labels, rows)
        with tf.GradientTape() as tape:
            tokens = tf.ensure_shape(tf.gather(self._tokens, rows), (None, self._tokens.shape[1]))
            probabilities = self._model(tokens, training=True)
            mean = self._objective.compute_mean(labels, probabilities, training=True)
            loss = _add_penalties(mean, self._model)
        variables = self._variables
        # TensorFlow gives an embedding's gradient an entry for every token, and Keras' optimisers square the
        # entries of a word one by one. Added up first, as on Keras' other backends, a word has one gradient.
        gradients = [tf.convert_to_tensor(gradient) for gradient in tape.gradient(loss, variables)]
        self._optimizer.apply(gradients, variables)
        return loss * tf.cast(tf.shape(rows)[0], tf.float32), self._objective.count_right(labels, probabilities)


def build_judge(model: keras.Model, *, objective: Objective, reviews: EncodedTexts) -> Callable[[], Figures]:
    """Build the function that judges the model, as its weights are when it is called, on a split."""
    # A split that is too large for the memory is brought slice by slice.
    tokens = reviews.tokens if isinstance(reviews.tokens, np.memmap) else tf.constant(reviews.tokens)
    labels = tf.constant(reviews.labels[:, None], tf.float32)

    def judge_batch(tokens: tf.Tensor, labels: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        probabilities = model(tokens, training=False)
        penalized = _add_penalties(objective.compute_mean(labels, probabilities, training=False), model)
        return (
            penalized * tf.cast(tf.shape(labels)[0], tf.float32),
            objective.count_right(labels, probabilities),
            objective.count_confusions(labels, probabilities),
        )

    signature = [tf.TensorSpec([None, reviews.tokens.shape[1]], tf.int32), tf.TensorSpec([None, 1], tf.float32)]
    judge_compiled = tf.function(judge_batch, input_signature=signature)

    def judge() -> Figures:
        sums = [
            judge_compiled(tokens[first : first + _JUDGED_AT_ONCE], labels[first : first + _JUDGED_AT_ONCE])
            for first in range(0, len(reviews), _JUDGED_AT_ONCE)
        ]
        confusions = np.sum([np.asarray(one, np.float64) for _, _, one in sums], axis=0)
        return Figures(
            loss=sum(float(loss_sum) for loss_sum, _, _ in sums) / len(reviews),
            accuracy=sum(float(right) for _, right, _ in sums) / len(reviews),
            macro_f1=float(compute_macro_f1(confusions)) if objective.counts_confusions else None,
        )

    return judge


def _add_penalties(loss: tf.Tensor, model: keras.Model) -> tf.Tensor:
    return loss + tf.add_n(model.losses) if model.losses else loss
