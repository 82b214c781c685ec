"""`lstm-eval`: how good a model is, on reviews it has not learnt from."""

from __future__ import annotations

import re
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
from lstm_cli.cli.reading import PART_OPTIONS, build_source, part_options, reading_options
from lstm_cli.cli.standard_input import take_standard_input

if TYPE_CHECKING:
    from lstm_cli.data.selection import Selection
    from lstm_cli.evaluation import Evaluation, Mistake
    from lstm_cli.inference.classifier import Classifier
    from lstm_cli.inference.judgement import Judgement

_LARGEST_METRICS = 2**24  # bytes; a matrix of a thousand classes has a quarter of it
_LINE_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)  # as reviews from web pages have it


@click.command(
    cls=Command,
    epilog=format_examples(
        "lstm-eval runs/gru/best-gru-model.h5",
        "lstm-eval runs/gru/best-gru-model.h5 -d reviews.csv -o judged --mistakes 10",
    ),
)
@click.argument("model_file", metavar="MODEL.h5", type=click.Path(path_type=Path))
@click.option(
    "-d",
    "--data",
    multiple=True,
    metavar="NAME|PATH",
    help="Other reviews than those the model was trained from, or where those lie now. Several are joined.",
)
@click.option("--split", type=click.Choice(["test", "validation", "train"]), help="Which part.  [default: test]")
@click.option("-o", "--output", "folder", type=click.Path(path_type=Path), help="Write figures and files there.")
@click.option("-f", "--force", is_flag=True, help="Replace another model's or data's results in --output.")
@click.option("--mistakes", type=click.IntRange(min=0), default=0, metavar="N", help="Show the N surest errors.")
@part_options
@reading_options
@data_settings_option
@tokenizer_option
@threads_option
@common_options
def evaluate(**options: Any) -> None:  # noqa: ANN401 - Click hands over one value an option
    """Judge a trained model: loss, accuracy, precision, recall, F1, ROC AUC and more.

    By default on the test part of the data that the model was trained from. Texts that it was trained on are
    counted, and the figures without them stand beside.
    """
    output = Output(options["quiet"], options["verbose"], options["as_json"])
    from lstm_cli.data.selection import select_reviews
    from lstm_cli.inference.classifier import load_classifier
    from lstm_cli.inference.judgement import judge
    from lstm_cli.kernels.threads import set_threads

    set_threads(options["threads"])
    classifier = load_classifier(
        options["model_file"], overrides=options["overrides"], tokenizer_file=options["tokenizer_file"]
    )
    moved = [] if options["data"] else [options[part] for part in PART_OPTIONS if options[part] is not None]
    source = build_source(options | dict.fromkeys(PART_OPTIONS) if moved else options)
    if source is not None:
        source, _ = take_standard_input(source, output, usual=classifier.data)
    selection = select_reviews(
        source,
        split=options["split"],
        config=classifier.data,
        encoder=classifier.encoder,
        classes=classifier.classes,
        fingerprint=classifier.provenance.fingerprint if classifier.provenance else None,
        moved=moved,
        folder=options["model_file"].parent,
    )
    for notice in filter(None, (classifier.notice, selection.notice)):
        output.print_notice(notice)
    identity = {
        "model_file": str(options["model_file"]),
        "dataset": selection.dataset,
        "fingerprint": selection.fingerprint,
        "split": selection.split,
    }
    folder = options["folder"]
    if folder and not options["force"]:
        _check_folder(folder, identity)
    judgement = judge(classifier, selection)
    mistakes = _find_mistakes(classifier, selection, judgement, limit=options["mistakes"])
    document = {**identity, **judgement.to_dict()}
    if folder:
        _save(folder, document, judgement, classifier=classifier, selection=selection, output=output)
    if options["mistakes"]:
        names = classifier.classes.names
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
        _print_tables(judgement, title=f"{selection.dataset}, {selection.split} part", folder=folder)
        _print_mistakes(mistakes, names=classifier.classes.names)
        if folder:
            output.print_result(f"\nWritten to {folder}")
    output.print_document(document)
    for line in _describe_doubts(judgement, classifier):
        output.print_notice(line)


def _find_mistakes(
    classifier: Classifier, selection: Selection, judgement: Judgement, *, limit: int
) -> Sequence[Mistake]:
    from lstm_cli.evaluation import find_mistakes

    if not limit:
        return ()
    return find_mistakes(
        [review.text for review in selection.load_reviews()],
        labels=selection.encoded.labels,
        probabilities=judgement.probabilities,
        limit=limit,
        threshold=classifier.threshold,
    )


def _describe_doubts(judgement: Judgement, classifier: Classifier) -> list[str]:
    """Return what the figures do not say of themselves, a line each."""
    from lstm_cli.inference.judgement import describe_seen

    lines = [line for line in [describe_seen(judgement, classifier)] if line]
    if judgement.suggestion:
        found = judgement.suggestion
        lines.append(
            f"On the validation part a threshold of {found.threshold} has a macro F1 of {found.macro_f1:.4f}, "
            f"{classifier.threshold} one of {found.macro_f1_now:.4f}: "
            f"lstm-predict --threshold {found.threshold}, or train with --set training.threshold=macro_f1."
        )
    return lines


def _print_tables(judgement: Judgement, *, title: str, folder: Path | None) -> None:
    from rich import box
    from rich.table import Table

    from lstm_cli.cli.display import build_console
    from lstm_cli.cli.grids import ClassRow, print_classes
    from lstm_cli.data.baseline import NAME

    console = build_console()
    without_seen = _format_figures(judgement.without_seen) if judgement.without_seen else {}
    figures = Table(box=box.SIMPLE_HEAD, title=title)
    figures.add_column("figure")
    figures.add_column("value", justify="right")
    if without_seen:
        figures.add_column("not trained on", justify="right")
    for name, value in _format_figures(judgement.get_evaluation()).items():
        figures.add_row(name, value, *([without_seen[name]] if without_seen else []))
    console.print(figures)
    if judgement.baseline:
        accuracy, macro_f1 = judgement.baseline.accuracy, judgement.baseline.macro_f1
        console.print(f"Baseline: {NAME}, accuracy {accuracy:.4f}, macro F1 {macro_f1:.4f}\n")
    rows = []
    for scores, counts in zip(judgement.classes, judgement.confusion_matrix, strict=True):
        shown = {key: f"{getattr(scores, key):.4f}" for key in ("precision", "recall", "f1")}
        rows.append(ClassRow(scores.name, {**shown, "reviews": f"{scores.reviews:,}"}, counts))
    print_classes(console, rows, place=str(folder / "metrics.json") if folder else "-o DIR writes it")
    console.print()


def _format_figures(evaluation: Evaluation) -> dict[str, str]:
    """Return the figures that are single numbers, by their names."""
    shown = {}
    for name, value in evaluation.to_dict().items():
        if value is None:
            shown[name] = "not defined: one class only"
        elif isinstance(value, float):
            shown[name] = f"{value:.4f}"
        elif isinstance(value, int):
            shown[name] = f"{value:,}"
    return shown


def _print_mistakes(mistakes: Sequence[Mistake], *, names: Sequence[str]) -> None:
    from rich.padding import Padding

    from lstm_cli.cli.display import build_console

    console = build_console()
    for number, mistake in enumerate(mistakes, start=1):
        truth, prediction = names[mistake.label], names[mistake.prediction]
        console.print(f"{number}. {truth}, but {mistake.probability:.4f} for {prediction}:", style="bold")
        text = " ".join(_LINE_BREAK.sub(" ", mistake.text).split())
        console.print(Padding(text, (0, 0, 1, 3)))


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
    folder: Path,
    document: dict[str, Any],
    judgement: Judgement,
    *,
    classifier: Classifier,
    selection: Selection,
    output: Output,
) -> None:
    """Write metrics.json, the three figures and predictions.csv."""
    import json

    from lstm_cli.plotting import (
        describe_lacking,
        plot_calibration,
        plot_confusion_matrix,
        plot_roc,
        save_figure,
    )
    from lstm_cli.whole_file import write_text_whole

    labels, probabilities, names = selection.encoded.labels, judgement.probabilities, classifier.classes.names
    write_text_whole(folder / "metrics.json", json.dumps(document, indent=2, ensure_ascii=False) + "\n")
    matrix = plot_confusion_matrix(judgement.confusion_matrix, classes=names)
    if letters := save_figure(matrix, folder / "confusion-matrix.png"):
        output.print_notice(describe_lacking(letters))
    save_figure(plot_roc(labels, probabilities, classes=names), folder / "roc.png")
    save_figure(plot_calibration(labels, probabilities, classes=names), folder / "calibration.png")
    write_text_whole(folder / "predictions.csv", _format_predictions(judgement, classifier, selection))


def _format_predictions(judgement: Judgement, classifier: Classifier, selection: Selection) -> str:
    """Return a CSV with a row for each review: its class, what the model makes of it, and how it was read."""
    import csv
    import io

    from lstm_cli.evaluation import complete_probabilities, predict_labels

    names, encoded = classifier.classes.names, selection.encoded
    table = io.StringIO(newline="")
    writer = csv.writer(table)
    by_class = [f"probability_{name}" for name in names]
    writer.writerow(["text", "label", "prediction", "probability", *by_class, "unknown_share", "truncated"])
    rows = zip(
        (review.text for review in selection.load_reviews()),
        encoded.labels.tolist(),
        predict_labels(judgement.probabilities, threshold=classifier.threshold).tolist(),
        complete_probabilities(judgement.probabilities).tolist(),
        encoded.unknown_share.tolist(),
        encoded.truncated.astype(int).tolist(),
        strict=True,
    )
    for text, label, prediction, probabilities, unknown_share, truncated in rows:
        chosen = probabilities[prediction]
        writer.writerow([text, names[label], names[prediction], chosen, *probabilities, unknown_share, truncated])
    return table.getvalue()
