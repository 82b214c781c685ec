"""`lstm-predict`: what a trained model makes of one's own texts."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

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
    help="Reviews from a file: .txt with one a line, or the text column of .csv, .tsv, .jsonl.",
)
@data_settings_option
@tokenizer_option
@threads_option
@common_options
def predict(**options: Any) -> None:  # noqa: ANN401 - Click hands over one value an option
    """Label texts, as the model has learnt to.

    Each with the probability of its label, the share of words that the model does not know, and whether the
    text was cut to the length that it reads. TEXT - reads standard input, one review a line; so does a pipe.
    """
    output = Output(options["quiet"], options["verbose"], options["as_json"])
    _check_words(options["model_file"], options["texts"])
    texts = _read_texts(options["texts"], options["text_file"])
    from lstm_cli.fastrnn.threads import set_threads
    from lstm_cli.inference.classifier import load_classifier

    set_threads(options["threads"])
    classifier = load_classifier(
        options["model_file"], overrides=options["overrides"], tokenizer_file=options["tokenizer_file"]
    )
    if classifier.notice:
        output.print_notice(classifier.notice)
    predictions = classifier.predict(texts)
    width = max(map(len, classifier.classes.names))
    for prediction in predictions:
        cut = "cut" if prediction.truncated else "   "
        text = " ".join(prediction.text.split())
        label = "-" if prediction.label is None else prediction.label
        probability = "nothing known" if prediction.probability is None else f"{prediction.probability:.4f}"
        output.print_result(
            f"{label:<{width}}  {probability}  {prediction.unknown_share:4.0%} unknown  {cut}  {text}"
        )
    output.print_document({"predictions": [asdict(item) for item in predictions]})


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


def _read_texts(texts: Sequence[str], text_file: Path | None) -> Sequence[str]:
    """Return the reviews from wherever the user gave them."""
    from lstm_cli.errors import DataError

    if text_file is not None:
        from lstm_cli.config import SourceConfig
        from lstm_cli.data.text_rows import open_text_rows

        if texts:
            raise click.UsageError("Give texts or --file, not both.")
        rows = open_text_rows(text_file, SourceConfig())
        return [row.text for row in rows if row.text is not None]
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
    # Not splitlines(): U+0085 and its like stand inside reviews.
    lines = [line.rstrip("\r") for line in text.split("\n") if line.strip()]
    if not lines:
        raise DataError("Standard input is empty: expected one review a line.")
    return lines
