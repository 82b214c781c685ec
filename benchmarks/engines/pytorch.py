"""PyTorch's `nn.Embedding`, `nn.LSTM` or `nn.GRU` and `nn.Linear`, with Keras' weights and update rules."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from benchmarks.cases import INFERENCE_BATCH_SIZE
from benchmarks.engines import Round, compute_loss
from benchmarks.workload import Workload
from lstm_cli.config import Config, Optimizer, RecurrentLayer

# Batches of a trial of threads; the fastest counts.
_TRIALS = 5

_CELLS: dict[str, Callable[..., nn.RNNBase]] = {"lstm": nn.LSTM, "gru": nn.GRU}
# Where Keras' gates stand in PyTorch's order: i, f, c, o are the same; z, r, h become r, z, n.
_GATES = {"lstm": (0, 1, 2, 3), "gru": (1, 0, 2)}


class Network:
    """The model of a case: embedding, recurrent layers, one output.

    Args:
        config: reads forward and pools the last state, without dense layers before the output.
        weights: as Keras orders them.
    """

    def __init__(self, config: Config, weights: Iterable[NDArray[np.float32]]) -> None:
        arrays = iter(weights)
        table = torch.tensor(next(arrays))
        self.embedding = nn.Embedding(*table.shape)
        self.embedding.weight.data = table
        self.settings = config.model.recurrent
        self.recurrent: list[nn.RNNBase] = []
        width = self.embedding.embedding_dim
        for layer in self.settings:
            self.recurrent.append(_build_recurrent(layer, width=width, arrays=arrays))
            width = layer.units
        self.output = nn.Linear(width, 1)
        self.output.weight.data = torch.tensor(next(arrays)).T.contiguous()
        self.output.bias.data = torch.tensor(next(arrays))

    def list_parameters(self) -> list[nn.Parameter]:
        """Return what is learnt."""
        modules = [self.embedding, *self.recurrent, self.output]
        return [one for module in modules for one in module.parameters() if one.requires_grad]

    def compute_logits(self, tokens: Tensor, *, training: bool) -> Tensor:
        """Return `float32[batch]` for `int32[batch, maxlen]`."""
        sequences = self.embedding(tokens)
        for layer, recurrent in zip(self.settings, self.recurrent, strict=True):
            if training and layer.dropout:  # as Keras: one mask for all steps of a review
                mask = torch.ones(len(sequences), 1, sequences.shape[2])
                sequences = sequences * functional.dropout(mask, layer.dropout)
            sequences, _ = recurrent(sequences)
            if layer is self.settings[-1]:
                sequences = sequences[:, -1]
            if layer.output_dropout:
                sequences = functional.dropout(sequences, layer.output_dropout, training)
        logits: Tensor = self.output(sequences)
        return logits[:, 0]


def build_training(workload: Workload) -> Callable[[], Round]:
    """Build a round of steps, with the loss and the accuracy summed up as `fit` does."""
    config = workload.case.config
    size, batch_size = workload.case.reviews, config.training.batch_size
    network = Network(config, workload.weights)
    parameters = network.list_parameters()
    update = _build_update(config.training.optimizer, parameters)
    tokens, labels = torch.tensor(workload.tokens), torch.tensor(workload.labels, dtype=torch.float32)

    def compute_batch_loss(logits: Tensor, truth: Tensor) -> Tensor:
        if config.training.loss == "mean_squared_error":
            return functional.mse_loss(torch.sigmoid(logits), truth)
        return functional.binary_cross_entropy_with_logits(logits, truth)

    def try_step() -> None:
        logits = network.compute_logits(tokens[:batch_size], training=True)
        torch.autograd.grad(compute_batch_loss(logits, labels[:batch_size]), parameters)

    _choose_threads(try_step)

    def run() -> Round:
        began = time.perf_counter()
        loss_sum, right = torch.zeros(()), torch.zeros((), dtype=torch.int64)
        for first in range(0, size, batch_size):
            truth = labels[first : first + batch_size]
            for parameter in parameters:
                parameter.grad = None
            logits = network.compute_logits(tokens[first : first + batch_size], training=True)
            loss = compute_batch_loss(logits, truth)
            torch.autograd.backward(loss)
            update()
            loss_sum += loss.detach() * len(truth)
            right += ((logits.detach() > 0) == (truth > 0.5)).sum()
        right.item()  # both sums are read, as a history is
        mean = loss_sum.item() / size
        return Round(time.perf_counter() - began, 0.0, mean)

    return run


def build_inference(workload: Workload) -> Callable[[], Round]:
    """Build a round of the probabilities of all reviews."""
    network = Network(workload.case.config, workload.weights)
    tokens = torch.tensor(workload.tokens)

    def try_batch() -> None:
        with torch.inference_mode():
            network.compute_logits(tokens[:INFERENCE_BATCH_SIZE], training=False)

    _choose_threads(try_batch)

    def run() -> Round:
        began = time.perf_counter()
        with torch.inference_mode():
            starts = range(0, len(tokens), INFERENCE_BATCH_SIZE)
            batches = [tokens[first : first + INFERENCE_BATCH_SIZE] for first in starts]
            logits = [network.compute_logits(batch, training=False) for batch in batches]
            probabilities = torch.sigmoid(torch.cat(logits)).numpy()
        return Round(time.perf_counter() - began, 0.0, compute_loss(probabilities, workload.labels))

    return run


def _choose_threads(work: Callable[[], None]) -> None:
    """Set one thread or one a core, whichever is faster: small products lose more by several than they gain."""
    seconds: dict[int, float] = {}
    for threads in {1, torch.get_num_threads()}:
        torch.set_num_threads(threads)
        for _ in range(_TRIALS):
            began = time.perf_counter()
            work()
            seconds[threads] = min(seconds.get(threads, math.inf), time.perf_counter() - began)
    torch.set_num_threads(min(seconds, key=lambda threads: seconds[threads]))


def _build_recurrent(layer: RecurrentLayer, *, width: int, arrays: Iterator[NDArray[np.float32]]) -> nn.RNNBase:
    recurrent = _CELLS[layer.cell](width, layer.units, batch_first=True)
    kernel, recurrent_kernel, bias = next(arrays), next(arrays), next(arrays)
    biases = bias if bias.ndim == 2 else np.stack([bias, np.zeros_like(bias)])
    values = [kernel, recurrent_kernel, *biases]  # as PyTorch orders them
    for parameter, value in zip(recurrent.parameters(), values, strict=True):
        gates = np.split(value, len(_GATES[layer.cell]), axis=-1)
        ordered = np.concatenate([gates[gate] for gate in _GATES[layer.cell]], axis=-1)
        parameter.data = torch.tensor(ordered.T.copy())
    if bias.ndim == 1:  # Keras' LSTM has one bias: a second that learns would double its steps
        recurrent.bias_hh_l0.requires_grad = False
    return recurrent


def _build_update(config: Optimizer, parameters: list[nn.Parameter]) -> Callable[[], None]:
    """Build Keras' update rule, with PyTorch's own optimiser where that can be brought to follow it.

    Raises:
        ValueError: no case has used the optimiser so far.
    """
    settings = config.model_dump()
    rate, epsilon = settings["learning_rate"], settings["epsilon"]
    if config.name == "adam":
        betas = (settings["beta_1"], settings["beta_2"])
        adam = torch.optim.Adam(parameters, lr=rate, betas=betas, eps=epsilon, fused=True)
        steps = 0

        def update_adam() -> None:
            nonlocal steps
            steps += 1
            # Keras adds epsilon before it corrects the second moment's bias, PyTorch after.
            adam.param_groups[0]["eps"] = epsilon / math.sqrt(1.0 - betas[1] ** steps)
            adam.step()

        return update_adam
    if config.name == "adadelta":
        adadelta = torch.optim.Adadelta(parameters, lr=rate, rho=settings["rho"], eps=epsilon)

        def update_adadelta() -> None:
            adadelta.step()

        return update_adadelta
    if config.name == "rmsprop":
        return _build_rmsprop(parameters, rate=rate, rho=settings["rho"], epsilon=epsilon)
    raise ValueError(f"No update rule for {config.name!r} on PyTorch: add one beside Adam's.")


def _build_rmsprop(
    parameters: list[nn.Parameter], *, rate: float, rho: float, epsilon: float
) -> Callable[[], None]:
    """Build RMSprop as Keras writes it: epsilon under the root, where PyTorch's stands beside it."""
    squares = [torch.zeros_like(parameter) for parameter in parameters]

    def update() -> None:
        with torch.no_grad():
            for parameter, square in zip(parameters, squares, strict=True):
                gradient = parameter.grad
                if gradient is None:
                    raise ValueError("A parameter has no gradient.")
                square.mul_(rho).addcmul_(gradient, gradient, value=1.0 - rho)
                parameter.addcdiv_(gradient, (square + epsilon).sqrt_(), value=-rate)

    return update
