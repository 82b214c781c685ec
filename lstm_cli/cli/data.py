"""`lstm-data`: what reviews hold, before anything is trained."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lstm_cli.cli.command import Command, Output, common_options, format_examples
from lstm_cli.cli.display import measure_text, pad_text
from lstm_cli.cli.reading import list_data_settings, reading_options, split_options
from lstm_cli.cli.standard_input import take_standard_input

if TYPE_CHECKING:
    from lstm_cli.config import DataConfig
    from lstm_cli.data.inspection import Inspection, Leak, Oddity
    from lstm_cli.data.suggestions import Suggestion


@click.command(
    cls=Command,
    epilog=format_examples(
        "lstm-data reviews.csv --test later-reviews.xlsx -o looked-at",
        "lstm-data stars.jsonl.gz --classes 'negative=1,2 positive=4,5' --json",
    ),
)
@click.argument("data", metavar="SOURCE …", nargs=-1, required=True)
@click.option("-m", "--model", metavar="NAME", help="Whose settings to look with.  [default: as in lstm-train]")
@click.option("-s", "--set", "overrides", multiple=True, metavar="data.KEY=VALUE", help="Change one setting.")
@click.option("-o", "--output", "folder", type=click.Path(path_type=Path), help="Write figures there.")
@split_options
@reading_options
@common_options
def data(**options: Any) -> None:  # noqa: ANN401 - Click hands over one value an option
    """Look at reviews before anything is trained.

    How they were read, their classes, lengths and scripts, rows that are left out, repeated or contradict others,
    texts that nearly stand in two parts, and which settings of a model that suggests. SOURCE is what --data takes
    elsewhere: a name, a file, a folder, - for standard input; several are read one after the other.
    """
    output = Output(options["quiet"], options["verbose"], options["as_json"])
    from lstm_cli.config import DEFAULT_CONFIG, load_data_config
    from lstm_cli.data.inspection import inspect_corpus
    from lstm_cli.data.sources import load_corpus
    from lstm_cli.data.suggestions import suggest_settings

    model = options["model"] or DEFAULT_CONFIG
    config = load_data_config([*options["overrides"], *list_data_settings(options)], model=model)
    config, _ = take_standard_input(config, output)
    inspection = inspect_corpus(load_corpus(config), config)
    suggestions = suggest_settings(inspection, config)
    figures = _save_figures(inspection, config, options["folder"], output) if options["folder"] else []
    if not output.json:
        _print_report(inspection, config, output)
        if suggestions:
            output.print_result(f"\nSuggested for {model}")
        width = max((len(item.setting) for item in suggestions), default=0)
        for item in suggestions:
            output.print_result(f"  --set {item.setting:<{width}}  {item.reason}")
        if figures:
            output.print_result(f"\nWritten to {options['folder']}: {', '.join(path.name for path in figures)}")
    document = _build_document(inspection, suggestions)
    output.print_document({**document, "figures": list(map(str, figures))})


def _save_figures(inspection: Inspection, config: DataConfig, folder: Path, output: Output) -> list[Path]:
    from lstm_cli.plotting import describe_lacking, plot_classes, plot_lengths, plot_scripts, save_figure

    figures = {
        folder / "lengths.png": plot_lengths(
            inspection.lengths, maxlen=config.maxlen, readable=inspection.readable
        ),
        folder / "classes.png": plot_classes(inspection.classes),
        folder / "scripts.png": plot_scripts(inspection.scripts),
    }
    lacking = {letter for path, figure in figures.items() for letter in save_figure(figure, path)}
    if lacking:
        output.print_notice(describe_lacking("".join(sorted(lacking))))
    return list(figures)


def _build_document(inspection: Inspection, suggestions: Sequence[Suggestion]) -> dict[str, Any]:
    import numpy as np

    corpus = inspection.corpus
    reading = corpus.reading
    quantiles = np.quantile(inspection.lengths, [0.5, 0.95, 1.0]).tolist()
    return {
        "dataset": corpus.name,
        "fingerprint": corpus.fingerprint,
        "reviews": inspection.reviews,
        "parts": dict(inspection.parts),
        "classes": dict(inspection.classes),
        "text": list(reading.text) if reading else [],
        "label": reading.label if reading else None,
        "encoding": reading.encoding if reading else None,
        "delimiter": reading.delimiter if reading else None,
        "header": reading.header if reading else None,
        "groups": inspection.groups,
        "left_out": {item.reason: item.count for item in corpus.left_out},
        "duplicates": inspection.duplicates.count,
        "contradictions": inspection.contradictions.count,
        "near_duplicates": inspection.near_duplicates.count,
        "words": dict(zip(("median", "most", "longest"), quantiles, strict=True)),
        "truncation_rate": inspection.cut / inspection.reviews,
        "scripts": dict(inspection.scripts),
        "suggestions": [item.setting for item in suggestions],
    }


def _print_report(inspection: Inspection, config: DataConfig, output: Output) -> None:
    import numpy as np

    from lstm_cli.data.findings import describe_left_out
    from lstm_cli.data.suggestions import describe_letters

    corpus = inspection.corpus
    output.print_result(f"{corpus.name}: {inspection.reviews:,} reviews")
    if corpus.reading:
        output.print_result(f"  {corpus.reading.describe()}")
    for line in corpus.further_readings:
        output.print_result(f"  {line}")
    if len(inspection.parts) > 1:
        shown = ", ".join(f"{name} {count:,}" for name, count in inspection.parts.items())
        output.print_result(f"  parts of its own: {shown}")
    if inspection.groups is not None:
        output.print_result(f"  {inspection.groups:,} groups, each in one part")
    for line in describe_left_out(corpus.left_out):
        output.print_result(f"  {line}")
    output.print_result("\nClasses")
    width = max(map(measure_text, inspection.classes))
    for name, count in inspection.classes.items():
        output.print_result(f"  {pad_text(name, width=width)}  {count:>9,}  {count / inspection.reviews:6.1%}")
    median, most, longest = np.quantile(inspection.lengths, [0.5, 0.95, 1.0])
    output.print_result("\nWords of a review")
    output.print_result(f"  the median {median:,.0f}, 95 % at most {most:,.0f}, the longest {longest:,.0f}")
    kept = (inspection.reviews - inspection.cut) / inspection.reviews
    output.print_result(f"  data.maxlen={config.maxlen} keeps {kept:.1%} whole and cuts {inspection.cut:,}")
    shares = (f"{name or 'none'} {count / inspection.reviews:.1%}" for name, count in inspection.scripts.items())
    output.print_result(f"\nScripts\n  {', '.join(shares)}")
    if letters := describe_letters(next(iter(inspection.scripts)), tokenizer=config.tokenizer):
        output.print_result(f"  {letters}")
    output.print_result("\nRepeated")
    output.print_result(f"  rows whose text stood in an earlier one: {_describe(inspection.duplicates)}")
    output.print_result(f"  texts with more than one label: {_describe(inspection.contradictions)}")
    leak = _describe_leak(inspection.near_duplicates)
    output.print_result(f"  texts of one part that nearly stand in another: {leak}")


def _describe(oddity: Oddity) -> str:
    from lstm_cli.data.findings import describe_places

    places = describe_places(oddity.places, count=oddity.count)
    return f"{oddity.count:,}" + (f" ({places})" if places else "")


def _describe_leak(leak: Leak) -> str:
    from lstm_cli.data.findings import describe_place

    if leak.count is None:
        return f"not counted, {leak.reason}"
    pairs = [f"{describe_place(place)} and {other}" for place, other in leak.places]
    if not pairs:
        return f"{leak.count:,}"
    return f"{leak.count:,} ({', '.join(pairs)}{', …' if leak.count > len(pairs) else ''})"
