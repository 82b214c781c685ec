"""`lstm-predict`: what a trained model makes of one's own texts."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, replace
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
    from lstm_cli.data.text_rows import TextLines, TextRow, TextRows
    from lstm_cli.inference.classifier import Classifier, Prediction
    from lstm_cli.inference.scoring import Scoring

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
        "lstm-predict runs/gru/best-gru-model.h5 -f reviews.csv.gz -o scored.parquet",
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
@click.option("--resume", is_flag=True, help="Go on with an --output of a --file that was cut short.")
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
    _check_output(options)
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
    if options["text_file"] is not None:
        rows = _open_file(options, classifier, output)
        if options["scored_file"] is not None:
            _score_file(rows, classifier, options, output)
        else:
            _print(rows, classifier, output)
        return
    from lstm_cli.data.text_rows import TextRow

    given = [TextRow(number, text) for number, text in enumerate(texts, start=1)]
    if options["scored_file"] is not None:
        _save(given, classifier, options["scored_file"], output)
    else:
        _print(given, classifier, output)


def _check_output(options: dict[str, Any]) -> None:
    """Refuse an output that cannot be written, or that would be lost, before anything is read."""
    scored_file, text_file = options["scored_file"], options["text_file"]
    if options["resume"] and (scored_file is None or text_file is None):
        raise click.UsageError("--resume goes on with an --output of a --file: name both.")
    if options["resume"] and options["force"]:
        raise click.UsageError("--resume goes on with what is there, and --force begins anew: give one.")
    if scored_file is None:
        return
    from lstm_cli.inference.part_folder import PartFolder
    from lstm_cli.inference.scored_file import check_scored_path

    check_scored_path(scored_file)
    if scored_file.is_dir():
        raise click.UsageError(f"{scored_file} is a folder. Take another --output.")
    folder = PartFolder(scored_file)
    if options["force"] or (options["resume"] and folder.is_begun):
        return
    if scored_file.exists():
        done = ""
        if options["resume"]:
            folder.remove_left()
            done = " It is whole: there is nothing to go on with."
        raise click.UsageError(f"{scored_file} exists.{done} Take another --output, or --force to replace it.")
    if text_file is not None and folder.is_begun and not options["resume"]:
        raise click.UsageError(
            f"{folder.path} holds what was done before it was cut short: --resume goes on, --force begins anew."
        )


def _open_file(options: dict[str, Any], classifier: Classifier, output: Output) -> TextRows | TextLines:
    """Return the rows of the file, none read yet."""
    from lstm_cli.data.text_rows import open_text_rows

    if options["texts"]:
        raise click.UsageError("Give texts or --file, not both.")
    path = options["text_file"]
    usual = classifier.data.text if classifier.data else None
    rows = open_text_rows(path, build_text_source(path, options), usual_text=usual or ())
    output.print_notice(f"{path.name}: {rows.reading.describe()}")
    return rows


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


def _print(rows: Iterable[TextRow], classifier: Classifier, output: Output) -> None:
    width = max(map(measure_text, classifier.classes.names))
    predictions = []
    for row, prediction in _iter_predictions(rows, classifier):
        cut = "cut" if prediction.truncated else "   "
        text = row.problem or " ".join(prediction.text.split())
        label = pad_text("-" if prediction.label is None else " ".join(prediction.label.split()), width=width)
        probability = "nothing known" if prediction.probability is None else f"{prediction.probability:.4f}"
        output.print_result(f"{label}  {probability}  {prediction.unknown_share:4.0%} unknown  {cut}  {text}")
        if output.json:
            predictions.append(asdict(prediction))
    output.print_document({"predictions": predictions})


def _save(rows: Sequence[TextRow], classifier: Classifier, path: Path, output: Output) -> None:
    """Write texts that are no file's."""
    from lstm_cli.inference.scored_file import save_scored
    from lstm_cli.inference.scoring import Scoring

    scored = (({"text": row.text}, prediction) for row, prediction in _iter_predictions(rows, classifier))
    count = save_scored(path, scored, columns=["text"], classes=classifier.classes.names)
    _tell_scoring(Scoring(rows=count), path, output)


def _score_file(
    rows: TextRows | TextLines, classifier: Classifier, options: dict[str, Any], output: Output
) -> None:
    """Write a file's rows with predictions; what is done is kept, however it is cut short.

    Raises:
        Interrupted: the user asked to stop.
    """
    from lstm_cli.cli.interrupts import watch_signals
    from lstm_cli.cli.progress import show_scoring
    from lstm_cli.errors import Interrupted
    from lstm_cli.inference.scoring import fingerprint_model, score_file

    path = options["scored_file"]
    files = [options["model_file"], *filter(None, [options["tokenizer_file"]])]
    model = fingerprint_model(files, [classifier.threshold, options["overrides"]])
    with show_scoring(output) as report, watch_signals() as stop:
        scoring = score_file(
            classifier,
            rows,
            path,
            model=model,
            resume=options["resume"],
            report=report,
            stop_requested=lambda: stop.requested,
        )
    if scoring.interrupted:
        raise Interrupted(
            f"Stopped; {scoring.scored:,} rows are kept. Go on with the same command and --resume.",
            exit_code=stop.exit_code,
        )
    _tell_scoring(scoring, path, output)


def _tell_scoring(scoring: Scoring, path: Path, output: Output) -> None:
    counts = ((scoring.without_text, "without a text"), (scoring.unreadable, "unreadable"))
    without = [f"{number:,} {what}" for number, what in counts if number]
    output.print_notice(f"{scoring.rows:,} rows{''.join(f', {part}' for part in without)}")
    output.print_result(str(path))
    output.print_document(
        {
            "output": str(path),
            "rows": scoring.rows,
            "without_text": scoring.without_text,
            "unreadable": scoring.unreadable,
        }
    )


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
