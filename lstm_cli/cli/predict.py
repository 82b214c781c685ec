"""`lstm-predict`: what a trained model makes of one's own texts."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import tee
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lstm_cli.cli.command import (
    Command,
    Output,
    common_options,
    data_settings_option,
    format_examples,
    threads_option,
    tokenizer_option,
)
from lstm_cli.cli.display import measure_text, pad_text
from lstm_cli.cli.reading import build_text_source, text_options

if TYPE_CHECKING:
    from lstm_cli.data.text_rows import TextRow
    from lstm_cli.inference.classifier import Classifier, Prediction

_MODEL_SUFFIXES = {".h5", ".hdf5", ".keras"}


class _TextCommand(Command):
    """A command that says how a text is given that looks like an option."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the command line."""
        given = list(args)
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            texts = [word for word in given if word.startswith("-") and " " in word]
            if not texts:
                raise
            raise click.UsageError(
                f"No such option {error.option_name!r}. A text that begins with - comes behind --:"
                f" -- {shlex.quote(texts[0])}.",
                ctx,
            ) from error


@click.command(
    cls=_TextCommand,
    epilog=format_examples(
        'lstm-predict runs/gru/best-gru-model.h5 "a wonderful film"',
        "lstm-predict runs/gru/best-gru-model.h5 --json < reviews.txt",
    ),
)
@click.argument("model_file", metavar="MODEL.h5", type=click.Path(path_type=Path))
@click.argument("texts", metavar="[TEXT …]", nargs=-1)
@click.option(
    "-f",
    "--file",
    "text_file",
    type=click.Path(path_type=Path),
    help="Reviews from a file of any form that --data takes; a .txt is one review a line.",
)
@click.option(
    "-o",
    "--output",
    "scored_file",
    type=click.Path(path_type=Path),
    help="Write the rows as they came, with predictions beside them: .csv, .jsonl or .parquet.",
)
@click.option("--force", is_flag=True, help="Replace the file that --output names.")
@click.option(
    "--threshold",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    metavar="P",
    help="Of two classes, the probability above which a text is of the second.  [default: the model's]",
)
@text_options
@data_settings_option
@tokenizer_option
@threads_option
@common_options
def predict(**options: Any) -> None:  # noqa: ANN401 - Click hands over one value an option
    """Label texts, as the model has learnt to.

    Each with the probability of its label, the share of words that the model does not know, and whether the
    text was cut to the length that it reads. TEXT - reads standard input, one review a line; so does a pipe.
    Every row that comes gets a result, in order; one in which the model knows nothing gets no label.
    """
    output = Output(options["quiet"], options["verbose"], options["as_json"])
    _check_words(options["model_file"], options["texts"])
    scored_file = options["scored_file"]
    if scored_file is not None:
        from lstm_cli.inference.scored_file import check_scored_path

        check_scored_path(scored_file)
        if scored_file.exists() and not options["force"]:
            raise click.UsageError(f"{scored_file} exists. Take another --output, or --force to replace it.")
    from lstm_cli.inference.classifier import load_classifier
    from lstm_cli.kernels.threads import set_threads

    set_threads(options["threads"])
    texts = _read_texts(options["texts"]) if options["text_file"] is None else ()
    classifier = load_classifier(
        options["model_file"], overrides=options["overrides"], tokenizer_file=options["tokenizer_file"]
    )
    classifier = _set_threshold(classifier, options["threshold"])
    if classifier.notice:
        output.print_notice(classifier.notice)
    rows = _open_rows(options, texts, classifier, output)
    if scored_file is not None:
        _save(rows, classifier, scored_file, output)
    else:
        _print(rows, classifier, output)


@dataclass(frozen=True)
class _Rows:
    """What is to be labelled.

    Attributes:
        rows: each with its text and all else that it holds.
        columns: the names of what rows hold; of lines and arguments, none.
    """

    rows: Iterable[TextRow]
    columns: Sequence[str]


def _open_rows(options: dict[str, Any], texts: Sequence[str], classifier: Classifier, output: Output) -> _Rows:
    """Return the texts from wherever the user gave them, none of a file read yet."""
    from lstm_cli.data.text_rows import TextRow, open_text_rows

    path = options["text_file"]
    if path is None:
        return _Rows([TextRow(number, text) for number, text in enumerate(texts, start=1)], ())
    if options["texts"]:
        raise click.UsageError("Give texts or --file, not both.")
    usual = classifier.data.text if classifier.data else None
    rows = open_text_rows(path, build_text_source(path, options), usual_text=usual or ())
    output.print_notice(f"{path.name}: {rows.reading.describe()}")
    return _Rows(rows, rows.columns)


def _set_threshold(classifier: Classifier, threshold: float | None) -> Classifier:
    if threshold is None:
        return classifier
    if not 0 < threshold < 1:  # nan, which is in no range and passes all the same
        raise click.UsageError(f"--threshold is a probability between 0 and 1, got {threshold}.")
    if len(classifier.classes) != 2:
        raise click.UsageError(f"--threshold is of two classes, and this model has {len(classifier.classes)}.")
    return replace(classifier, threshold=threshold)


def _iter_predictions(rows: Iterable[TextRow], classifier: Classifier) -> Iterator[tuple[TextRow, Prediction]]:
    """Yield every row with what the model makes of its text; of a row without one, nothing."""
    kept, given = tee(rows)  # as many rows apart as the classifier takes at a time
    return zip(kept, classifier.iter_predictions(row.text or "" for row in given), strict=True)


def _print(rows: _Rows, classifier: Classifier, output: Output) -> None:
    width = max(map(measure_text, classifier.classes.names))
    predictions = []
    for row, prediction in _iter_predictions(rows.rows, classifier):
        cut = "cut" if prediction.truncated else "   "
        text = row.problem or " ".join(prediction.text.split())
        label = pad_text("-" if prediction.label is None else prediction.label, width=width)
        probability = "nothing known" if prediction.probability is None else f"{prediction.probability:.4f}"
        output.print_result(f"{label}  {probability}  {prediction.unknown_share:4.0%} unknown  {cut}  {text}")
        if output.json:
            predictions.append(asdict(prediction))
    output.print_document({"predictions": predictions})


def _save(rows: _Rows, classifier: Classifier, path: Path, output: Output) -> None:
    from lstm_cli.inference.scored_file import save_scored

    missing, broken, columns = 0, 0, list(rows.columns) or ["text"]

    def iter_records() -> Iterator[tuple[Mapping[str, object], Prediction]]:
        nonlocal missing, broken
        for row, prediction in _iter_predictions(rows.rows, classifier):
            missing += row.text is None and not row.problem
            broken += bool(row.problem)
            yield (row.fields if rows.columns else {"text": row.text}), prediction

    count = save_scored(path, iter_records(), columns=columns, classes=classifier.classes.names)
    without = [
        f"{number:,} {what}" for number, what in ((missing, "without a text"), (broken, "unreadable")) if number
    ]
    output.print_notice(f"{count:,} rows{''.join(f', {part}' for part in without)}")
    output.print_result(str(path))
    output.print_document({"output": str(path), "rows": count, "without_text": missing, "unreadable": broken})


def _check_words(model_file: Path, texts: Sequence[str]) -> None:
    """Refuse a text in the model's place, and the name of a file in a text's."""
    model = shlex.quote(str(model_file))
    if model_file.suffix not in _MODEL_SUFFIXES and not _is_so(model_file.exists):
        raise click.UsageError(f"There is no model {model}. It comes first: lstm-predict MODEL.h5 TEXT.")
    for text in texts:
        if text != "-" and _is_so(Path(text).is_file):
            quoted = shlex.quote(text)
            raise click.UsageError(
                f"{text!r} is the name of a file. To read what is in it: lstm-predict {model} --file {quoted}. "
                f"If it is a text all the same: echo {quoted} | lstm-predict {model}."
            )


def _is_so(question: Callable[[], bool]) -> bool:
    """Answer a path's `exists` or `is_file`, of whatever somebody has typed."""
    try:
        return question()
    except (OSError, ValueError):  # too long for a name, or with a character that none has
        return False


def _read_texts(texts: Sequence[str]) -> Sequence[str]:
    """Return the texts of the command line or, a line each, of standard input."""
    from lstm_cli.errors import DataError

    if not texts and sys.stdin.isatty():
        raise click.UsageError("Give a text, a --file, or reviews on standard input, one a line.")
    if texts and list(texts) != ["-"]:
        return texts
    from lstm_cli.data.text_file import decode_text

    try:
        content = sys.stdin.buffer.read()
    except OSError as error:  # a stream that is only written
        raise DataError(f"Cannot read standard input: {error.strerror or error}.") from error
    text = decode_text(content, path=Path("standard input"))
    if not text.strip():
        raise DataError("Standard input is empty: expected one review a line.")
    # Not splitlines(): U+0085 and its like stand inside reviews. The last line's end begins no other.
    return [line.rstrip("\r") for line in text.removesuffix("\n").split("\n")]
