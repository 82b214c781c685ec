"""Processes that score blocks of rows, one a core: splitting texts into words holds the interpreter's lock."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

from lstm_cli.errors import OutputError, ScoringError
from lstm_cli.inference.classifier import Classifier
from lstm_cli.inference.scored_file import Layout, Record, write_part
from lstm_cli.kernels.threads import set_threads
from lstm_cli.whole_file import flush

_LOOK_AGAIN_SECONDS = 0.5


@dataclass(frozen=True)
class Block:
    """Rows that become a part.

    Attributes:
        number: of the part, from 0.
        records: what each row holds, by the columns' names.
        texts: what the model is asked of each; empty where a row has none.
        aside: where the part is written.
    """

    number: int
    records: Sequence[Record]
    texts: Sequence[str]
    aside: Path


@dataclass(eq=False)
class _Worker:
    process: BaseProcess
    connection: Connection
    block: Block | None = None


class Scorers:
    """Scores blocks, on several processes once there are several; as a context manager it ends them.

    Args:
        classifier: what is asked.
        layout: of the file.
        processes: how many at most; fewer where the memory would not hold as many models.
        keep: is called with each block that is scored, its part lying aside.
    """

    def __init__(
        self, classifier: Classifier, layout: Layout, *, processes: int, keep: Callable[[Block], None]
    ) -> None:
        self._classifier = classifier
        self._layout = layout
        self._processes = processes
        self._keep = keep
        self._first: Block | None = None  # of a single block no process is worth starting
        self._workers: list[_Worker] = []

    def __enter__(self) -> Self:
        """Return them."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """End the processes, at once where they are not idle."""
        for worker in self._workers:
            worker.connection.close()
            if worker.block:
                worker.process.kill()
        for worker in self._workers:
            worker.process.join()

    def score(self, block: Block) -> None:
        """Have a block scored, now or soon; waits where all are busy.

        Raises:
            ModelFileError: the weights give no number for a text of which the model knows a word.
            OutputError: a part cannot be written.
            ScoringError: a process is gone.
        """
        if self._processes == 1:
            self._score_here(block)
        elif self._first is None and not self._workers:
            self._first = block
        else:
            if not self._workers:
                self._start()
            self._hand(block)

    def finish(self) -> None:
        """Wait until all blocks are scored.

        Raises:
            LstmCliError: as `score`.
        """
        if self._first:
            block, self._first = self._first, None
            self._score_here(block)
        while any(worker.block for worker in self._workers):
            self._collect()

    def _score_here(self, block: Block) -> None:
        score_block(self._classifier, block, layout=self._layout)
        self._keep(block)

    def _start(self) -> None:
        # Fresh interpreters: threads, such as the kernels', do not survive a fork, which would hold our pipes too.
        context = multiprocessing.get_context("spawn")
        for _ in range(_fit_memory(self._processes)):
            here, there = context.Pipe()
            process = context.Process(
                target=run_scorer, args=(there, self._classifier, self._layout), name="scorer", daemon=True
            )
            process.start()
            there.close()  # the process' own is left, so that an end is noticed at either side
            self._workers.append(_Worker(process, here))
        block, self._first = self._first, None
        if block:
            self._hand(block)

    def _hand(self, block: Block) -> None:
        while all(worker.block for worker in self._workers):
            self._collect()
        worker = next(worker for worker in self._workers if not worker.block)
        worker.block = block
        try:
            worker.connection.send(block)
        except OSError as error:
            raise _explain_loss(worker) from error

    def _collect(self) -> None:
        """Take what is scored, or wait a while for it."""
        busy = {worker.connection: worker for worker in self._workers if worker.block}
        for connection in wait(list(busy), timeout=_LOOK_AGAIN_SECONDS):
            worker = busy[connection]  # type: ignore[index]  # typeshed: it may be a socket too
            try:
                failure = worker.connection.recv()
            except (EOFError, OSError) as error:
                raise _explain_loss(worker) from error
            block, worker.block = worker.block, None
            if failure is not None:
                raise failure
            if block:
                self._keep(block)


def run_scorer(connection: Connection, classifier: Classifier, layout: Layout) -> None:
    """Score blocks as they come, until whoever sends them is gone; the body of a process.

    Args:
        connection: blocks come over it; None goes back for each, or the error that it has met.
        classifier: what is asked.
        layout: of the file.
    """
    for number in (signal.SIGINT, signal.SIGTERM):  # the command hears them, and ends this in its time
        signal.signal(number, signal.SIG_IGN)
    set_threads(1)
    while True:
        try:
            block = connection.recv()
        except EOFError:
            return
        failure = None
        try:
            score_block(classifier, block, layout=layout)
        except Exception as error:  # noqa: BLE001 - raised again by whoever sent the block
            failure = error
        try:
            connection.send(failure)
        except OSError:
            return


def score_block(classifier: Classifier, block: Block, *, layout: Layout) -> None:
    """Write a block's part.

    Raises:
        ModelFileError: the weights give no number for a text of which the model knows a word.
        OutputError: the part cannot be written.
    """
    predictions = classifier.predict(block.texts)
    described = [layout.describe(*pair) for pair in zip(block.records, predictions, strict=True)]
    try:
        write_part(block.aside, described, layout)
        flush(block.aside)
    except OSError as error:
        raise OutputError(
            f"Cannot write {block.aside.parent}: {error.strerror or error}. Free the disk."
        ) from error


def _fit_memory(processes: int) -> int:
    """Return how many processes the memory holds; one at work is up to three times as large as this one now."""
    size = 3 * psutil.Process().memory_info().rss
    return max(1, min(processes, psutil.virtual_memory().available // size))


def _explain_loss(worker: _Worker) -> ScoringError:
    worker.process.join(timeout=1)
    return ScoringError(
        f"A process that scored reviews ended with exit code {worker.process.exitcode}; what is done is kept. "
        "Go on with --resume; where the memory is short, with --threads 1."
    )
