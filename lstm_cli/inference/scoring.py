"""A file's rows → a scored file, on all cores, in parts that outlive an interruption."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

from lstm_cli.data.text_file import compute_sha256
from lstm_cli.data.text_rows import TextLines, TextRow, TextRows
from lstm_cli.errors import ConfigError
from lstm_cli.inference.classifier import Classifier
from lstm_cli.inference.part_folder import PartFolder, Plan
from lstm_cli.inference.scored_file import ROWS_AT_ONCE, Record, build_layout, check_scored_path
from lstm_cli.inference.scoring_workers import Block, Scorers
from lstm_cli.kernels.threads import get_threads
from lstm_cli.version import __version__

_LARGEST_BLOCK = 2**24  # characters of a part's texts: reviews of the largest size are scored a few at a time
_TEXT = "text"  # the column of what came as lines


@dataclass(frozen=True)
class Scoring:
    """How far the scoring of a file has come.

    Attributes:
        rows: that were read.
        without_text: how many of them have none.
        unreadable: how many of them cannot be read.
        scored: how many of them are scored, and kept.
        share: of the whole file that is, from 0 to 1.
        interrupted: whether the user asked to stop before the end.
    """

    rows: int = 0
    without_text: int = 0
    unreadable: int = 0
    scored: int = 0
    share: float = 0.0
    interrupted: bool = False


def score_file(
    classifier: Classifier,
    rows: TextRows | TextLines,
    target: Path,
    *,
    model: str,
    resume: bool = False,
    report: Callable[[Scoring], None] = lambda _: None,
    stop_requested: Callable[[], bool] = lambda: False,
) -> Scoring:
    """Write every row of a file, with what a model makes of its text, in the rows' order.

    The memory does not grow with the file: parts of some thousand rows lie in `TARGET.partial/` until they are
    joined. Killed at any instant, it can be gone on with.

    Args:
        classifier: what is asked.
        rows: of the file.
        target: the scored file, whose suffix says the form; what stands there before is replaced at the end.
        model: the fingerprint of the classifier's file, and of all else that its answers depend on.
        resume: go on where an earlier call was stopped; begin where there was none.
        report: is told of every part that is done.
        stop_requested: asked before every part; true ends the scoring, what is done being kept.

    Raises:
        ConfigError: the suffix is of no form that is written here; or what was begun is of other rows or another
            model.
        DataError: the file is not what it was.
        ModelFileError: the weights give no number for a text of which the model knows a word.
        OutputError: a part or the file cannot be written, or another process writes it.
        ScoringError: a process that scores is gone.
    """
    check_scored_path(target)
    folder = PartFolder(target)
    with folder.lock():
        blocks = _iter_blocks(rows)
        first = next(blocks, [])

        def read_fields(row: TextRow) -> Record:
            return row.fields if rows.columns else {_TEXT: row.text}

        layout = build_layout(rows.columns or (_TEXT,), map(read_fields, first), classes=classifier.classes.names)
        done = _prepare(folder, Plan(rows.fingerprint, model, layout), resume=resume)
        scoring, parts = Scoring(), 0

        def add_scored(count: int) -> None:
            nonlocal scoring
            scored = scoring.scored + count
            share = rows.measure_walk(scoring.rows) * scored / scoring.rows
            scoring = replace(scoring, scored=scored, share=share)
            report(scoring)

        def keep(block: Block) -> None:
            folder.keep(block.aside, block.number)
            add_scored(len(block.records))

        try:
            with Scorers(classifier, layout, processes=get_threads(), keep=keep) as scorers:
                for block in chain([first] if first else [], blocks):
                    if stop_requested():
                        scoring = replace(scoring, interrupted=True)
                        break
                    scoring = _count(scoring, block)
                    if parts in done:
                        add_scored(len(block))
                    else:
                        texts = [row.text or "" for row in block]
                        scorers.score(Block(parts, [*map(read_fields, block)], texts, folder.name_aside()))
                    parts += 1
                scorers.finish()
        finally:
            if not folder.find_done():
                folder.remove()  # nothing to go on with
        if not scoring.interrupted:
            folder.join(parts, layout=layout)
        return scoring


def fingerprint_model(files: Iterable[Path], settings: Iterable[object]) -> str:
    """Return the fingerprint of what a classifier's answers depend on.

    Args:
        files: the model's, and those that say how it reads.
        settings: what else was asked for, each of which has a `repr` of its own.

    Raises:
        DataError: a file cannot be read.
    """
    parts = [*map(compute_sha256, files), *map(repr, settings), __version__]
    return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def _iter_blocks(rows: Iterable[TextRow]) -> Iterator[list[TextRow]]:
    """Yield the rows of one part after the other; where a part ends, the rows alone say."""
    block: list[TextRow] = []
    size = 0
    for row in rows:
        block.append(row)
        size += len(row.text or "")
        if len(block) == ROWS_AT_ONCE or size >= _LARGEST_BLOCK:
            yield block
            block, size = [], 0
    if block:
        yield block


def _count(scoring: Scoring, block: Sequence[TextRow]) -> Scoring:
    unreadable = sum(bool(row.problem) for row in block)
    without_text = sum(row.text is None for row in block) - unreadable
    return replace(
        scoring,
        rows=scoring.rows + len(block),
        without_text=scoring.without_text + without_text,
        unreadable=scoring.unreadable + unreadable,
    )


def _prepare(folder: PartFolder, plan: Plan, *, resume: bool) -> set[int]:
    """Return the numbers of the parts that are done, having begun anew where there are none.

    Raises:
        ConfigError: what was begun is another file.
    """
    if not resume or not folder.is_begun:
        folder.begin(plan)
        return set()
    if folder.load_plan() != plan:
        raise ConfigError(
            f"{folder.path} was begun with other rows, another model or other options. Go on with the same, or "
            "begin anew with --force."
        )
    return folder.find_done()
