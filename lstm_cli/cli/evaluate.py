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
)

if TYPE_CHECKING:
    from lstm_cli.data.selection import Selection
    from lstm_cli.evaluation import Evaluation, Floats, Mistake
    from lstm_cli.prediction import Classifier

_LARGEST_METRICS = 2**24  # bytes; a matrix of a thousand classes has a quarter of it


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
@click.option("-f", "--force", is_flag=True, help="Replace another model's or data's results in --output.")
@click.option("--mistakes", type=click.IntRange(min=0), default=0, metavar="N", help="Show the N surest errors.")
@data_settings_option
@threads_option
@common_options
def evaluate(**options: Any) -> None:  # noqa: ANN401 - Click hands over one value an option
    """Judge a trained model: loss, accuracy, precision, recall, F1, ROC AUC and more.

    By default on the test part of the data that the model was trained from.
    """
    output = Output(options["quiet"], options["verbose"], options["as_json"])
    from lstm_cli.backend import start_keras
    from lstm_cli.evaluation import evaluate_predictions, find_mistakes

    start_keras(threads=options["threads"])
    from lstm_cli.prediction import load_classifier, predict_probabilities

    classifier = load_classifier(options["model_file"], overrides=options["overrides"])
    selection = _select(classifier, dataset=options["data"], split=options["split"])
    if selection.notice:
        output.print_notice(selection.notice)
    identity = {
        "model_file": str(options["model_file"]),
        "dataset": selection.dataset,
        "fingerprint": selection.fingerprint,
        "split": selection.split,
    }
    if options["folder"] and not options["force"]:
        _check_folder(options["folder"], identity)
    encoded = selection.encoded
    probabilities = predict_probabilities(classifier.model, encoded.tokens)
    evaluation = evaluate_predictions(
        encoded.labels,
        probabilities,
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
    document = {**identity, **evaluation.to_dict()}
    if options["folder"]:
        _save(options["folder"], document, evaluation, selection=selection, probabilities=probabilities)
    if options["mistakes"]:
        document["mistakes"] = [
            {"text": item.text, "label": item.label, "probability": item.probability, "row": item.row}
            for item in mistakes
        ]
    if not output.json:
        _print_tables(document, evaluation, mistakes, folder=options["folder"])
        if options["folder"] and not output.quiet:
            output.print_result(f"Written to {options['folder']}")
    output.print_document(document)


def _select(classifier: Classifier, *, dataset: str | None, split: Any) -> Selection:  # noqa: ANN401 - Click's choice
    from lstm_cli.data.selection import select_other_data, select_own_part
    from lstm_cli.data.sources import resolve_path

    # A model keeps the absolute path of a file that it was trained on.
    if dataset is None or classifier.data.dataset in (dataset, str(resolve_path(dataset).absolute())):
        fingerprint = classifier.provenance.fingerprint if classifier.provenance else None
        return select_own_part(
            classifier.data, split=split, vocabulary=classifier.vocabulary, fingerprint=fingerprint
        )
    return select_other_data(dataset, split=split, config=classifier.data, vocabulary=classifier.vocabulary)


def _print_tables(
    document: dict[str, Any], evaluation: Evaluation, mistakes: Sequence[Mistake], *, folder: Path | None
) -> None:
    from rich import box
    from rich.table import Table

    from lstm_cli.cli.display import build_console
    from lstm_cli.cli.grids import ClassRow, print_classes
    from lstm_cli.evaluation import CLASS_NAMES

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
    rows = []
    for name, counts in zip(CLASS_NAMES, evaluation.confusion_matrix, strict=True):
        scores = getattr(evaluation, name)
        shown = {key: f"{getattr(scores, key):.4f}" for key in ("precision", "recall", "f1")}
        rows.append(ClassRow(name, {**shown, "reviews": f"{scores.support:,}"}, counts))
    print_classes(console, rows, place=str(folder / "metrics.json") if folder else "-o DIR writes it")
    console.print()
    for number, mistake in enumerate(mistakes, start=1):
        truth = CLASS_NAMES[mistake.label]
        console.print(f"{number}. {truth}, but {mistake.probability:.4f} for positive:", style="bold")
        console.print(f"   {' '.join(mistake.text.split())}\n")


def _check_folder(folder: Path, identity: dict[str, str]) -> None:
    """Check that no results lie in the folder, or those of the same model on the same reviews.

    Raises:
        UsageError: others do.
    """
    from lstm_cli.bounded_json import parse_json

    path = folder / "metrics.json"
    try:
        with path.open("rb") as file:
            found = parse_json(file.read(_LARGEST_METRICS + 1), largest=_LARGEST_METRICS)
    except (FileNotFoundError, NotADirectoryError):
        return
    except (OSError, ValueError):
        found = None
    if isinstance(found, dict):
        # Of 0.1.0's first days some have no fingerprint.
        others = [key for key, value in identity.items() if not _is_same(key, found.get(key, value), value)]
        if not others:
            return
        what = f"the results of {found.get('model_file')} on {found.get('dataset')}, {found.get('split')} part"
    else:
        what = "a metrics.json that is not lstm-eval's"
    raise click.UsageError(f"{folder} holds {what}. Take another --output, or --force to replace it.")


def _is_same(key: str, found: object, given: str) -> bool:
    if key == "model_file" and isinstance(found, str):
        return Path(found).resolve() == Path(given).resolve()
    return found == given


def _save(
    folder: Path, document: dict[str, Any], evaluation: Evaluation, *, selection: Selection, probabilities: Floats
) -> None:
    """Write metrics.json, the three figures and predictions.csv."""
    import csv
    import io
    import json

    from lstm_cli.evaluation import CLASS_NAMES, predict_labels
    from lstm_cli.plotting import plot_calibration, plot_confusion_matrix, plot_roc, save_figure
    from lstm_cli.whole_file import write_text_whole

    encoded = selection.encoded
    write_text_whole(folder / "metrics.json", json.dumps(document, indent=2, ensure_ascii=False) + "\n")
    matrix = plot_confusion_matrix(evaluation.confusion_matrix, labels=CLASS_NAMES)
    save_figure(matrix, folder / "confusion-matrix.png")
    save_figure(plot_roc(encoded.labels, probabilities), folder / "roc.png")
    save_figure(plot_calibration(encoded.labels, probabilities), folder / "calibration.png")
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
