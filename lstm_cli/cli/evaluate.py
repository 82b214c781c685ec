"""`lstm-eval`: how good a model is, on reviews it has not learnt from."""

from __future__ import annotations

from collections.abc import Sequence
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
from lstm_cli.cli.reading import build_source, reading_options

if TYPE_CHECKING:
    from lstm_cli.data.selection import Selection
    from lstm_cli.evaluation import Evaluation, Floats, Mistake


@click.command(
    cls=Command,
    epilog=format_examples(
        "lstm-eval runs/gru/best-gru-model.h5",
        "lstm-eval runs/gru/best-gru-model.h5 -d reviews.csv -o judged --mistakes 10",
    ),
)
@click.argument("model_file", metavar="MODEL.h5", type=click.Path(path_type=Path))
@click.option("-d", "--data", metavar="NAME|PATH", help="Other reviews than those the model was trained from.")
@click.option("--split", type=click.Choice(["test", "validation", "train"]), help="Which part.  [default: test]")
@click.option("-o", "--output", "folder", type=click.Path(path_type=Path), help="Write figures and files there.")
@click.option("--mistakes", type=click.IntRange(min=0), default=0, metavar="N", help="Show the N surest errors.")
@reading_options
@data_settings_option
@tokenizer_option
@threads_option
@common_options
def evaluate(**options: Any) -> None:  # noqa: ANN401 - Click hands over one value an option
    """Judge a trained model: loss, accuracy, precision, recall, F1, ROC AUC and more.

    By default on the test part of the data that the model was trained from.
    """
    output = Output(options["quiet"], options["verbose"], options["as_json"])
    from lstm_cli.data.selection import select_reviews
    from lstm_cli.evaluation import evaluate_predictions, find_mistakes
    from lstm_cli.fastrnn.threads import set_threads
    from lstm_cli.inference.classifier import load_classifier

    set_threads(options["threads"])
    classifier = load_classifier(
        options["model_file"], overrides=options["overrides"], tokenizer_file=options["tokenizer_file"]
    )
    selection = select_reviews(
        build_source(options),
        split=options["split"],
        config=classifier.data,
        encoder=classifier.encoder,
        classes=classifier.classes,
        fingerprint=classifier.provenance.fingerprint if classifier.provenance else None,
    )
    for notice in filter(None, (classifier.notice, selection.notice)):
        output.print_notice(notice)
    encoded, names = selection.encoded, classifier.classes.names
    probabilities = classifier.compute_probabilities(encoded)
    evaluation = evaluate_predictions(
        encoded.labels,
        probabilities,
        classes=names,
        loss=classifier.loss,
        unknown_share=encoded.unknown_share,
        truncated=encoded.truncated,
    )
    mistakes: Sequence[Mistake] = ()
    if options["mistakes"]:
        texts = [review.text for review in selection.load_reviews()]
        mistakes = find_mistakes(
            texts, labels=encoded.labels, probabilities=probabilities, limit=options["mistakes"]
        )
    document = {
        "model_file": str(options["model_file"]),
        "dataset": selection.dataset,
        "split": selection.split,
        **evaluation.to_dict(),
    }
    if options["folder"]:
        _save(options["folder"], document, evaluation, selection=selection, probabilities=probabilities)
    if options["mistakes"]:
        document["mistakes"] = [
            {
                "text": item.text,
                "label": names[item.label],
                "prediction": names[item.prediction],
                "probability": item.probability,
                "row": item.row,
            }
            for item in mistakes
        ]
    if not output.json:
        _print_tables(document, evaluation, mistakes)
        if options["folder"]:
            output.print_result(f"\nWritten to {options['folder']}")
    output.print_document(document)


def _print_tables(document: dict[str, Any], evaluation: Evaluation, mistakes: Sequence[Mistake]) -> None:
    names = [scores.name for scores in evaluation.classes]
    from rich import box
    from rich.table import Table

    from lstm_cli.cli.display import build_console

    console = build_console()
    figures = Table(box=box.SIMPLE_HEAD, title=f"{document['dataset']}, {document['split']} part")
    figures.add_column("figure")
    figures.add_column("value", justify="right")
    for name, value in document.items():
        if isinstance(value, float):
            figures.add_row(name, f"{value:.4f}")
        elif isinstance(value, int):
            figures.add_row(name, f"{value:,}")
        elif value is None:
            figures.add_row(name, "not defined: one class only")
    console.print(figures)
    classes = Table(box=box.SIMPLE_HEAD)
    classes.add_column("class")
    for name in ("precision", "recall", "f1", "reviews", *(f"predicted {name}" for name in names)):
        classes.add_column(name, justify="right")
    for scores, row in zip(evaluation.classes, evaluation.confusion_matrix, strict=True):
        figures_of_class = [f"{value:.4f}" for value in (scores.precision, scores.recall, scores.f1)]
        classes.add_row(scores.name, *figures_of_class, f"{scores.reviews:,}", *(f"{count:,}" for count in row))
    console.print(classes)
    for number, mistake in enumerate(mistakes, start=1):
        truth, prediction = names[mistake.label], names[mistake.prediction]
        console.print(f"{number}. {truth}, but {mistake.probability:.4f} for {prediction}:", style="bold")
        console.print(f"   {' '.join(mistake.text.split())}\n")


def _save(
    folder: Path, document: dict[str, Any], evaluation: Evaluation, *, selection: Selection, probabilities: Floats
) -> None:
    """Write metrics.json, the three figures and predictions.csv."""
    import csv
    import io
    import json

    from lstm_cli.evaluation import predict_labels
    from lstm_cli.plotting import plot_calibration, plot_confusion_matrix, plot_roc, save_figure
    from lstm_cli.whole_file import write_text_whole

    encoded = selection.encoded
    names = [scores.name for scores in evaluation.classes]
    write_text_whole(folder / "metrics.json", json.dumps(document, indent=2, ensure_ascii=False) + "\n")
    matrix = plot_confusion_matrix(evaluation.confusion_matrix, classes=names)
    save_figure(matrix, folder / "confusion-matrix.png")
    save_figure(plot_roc(encoded.labels, probabilities, classes=names), folder / "roc.png")
    save_figure(plot_calibration(encoded.labels, probabilities, classes=names), folder / "calibration.png")
    table = io.StringIO(newline="")
    writer = csv.writer(table)
    writer.writerow(["text", "label", "prediction", "probability", "unknown_share", "truncated"])
    rows = zip(
        (review.text for review in selection.load_reviews()),
        encoded.labels.tolist(),
        predict_labels(probabilities).tolist(),
        probabilities.tolist(),
        encoded.unknown_share.tolist(),
        encoded.truncated.astype(int).tolist(),
        strict=True,
    )
    writer.writerows(rows)
    write_text_whole(folder / "predictions.csv", table.getvalue())
