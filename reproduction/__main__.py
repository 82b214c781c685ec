"""`python -m reproduction`: train what is not trained yet, then write docs/results.md, .json and .png."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from lstm_cli.backend import start_keras
from lstm_cli.config import find_named_config, load_config
from lstm_cli.errors import LstmCliError
from lstm_cli.history import History
from lstm_cli.plotting import Curves, plot_history, save_figure
from lstm_cli.training.run_folder import RunFolder
from lstm_cli.whole_file import write_text_whole
from reproduction.claims import Claim, judge_claims
from reproduction.languages import languages
from reproduction.page import (
    format_claims,
    format_published,
    format_runs,
    format_settings,
    format_stock,
    format_traces,
    insert_tables,
)
from reproduction.runs import Run, make_run
from reproduction.stock import make_stock_run
from reproduction.tutorials import DROPOUT, FIRST_SEED, GRU, LSTM, SIMPLE_RNN, STOCK_MODELS, TUTORIALS, Tutorial

_DOCS = Path(__file__).parent.parent / "docs"


@click.group(invoke_without_command=True)
@click.pass_context
@click.option(
    "--tutorial",
    "letters",
    multiple=True,
    type=click.Choice([item.letter for item in TUTORIALS]),
    help="Only this.",
)
@click.option("--seeds", type=click.IntRange(min=1), help="Of each model, from 42 on.  [default: A and B 3, C 5]")
@click.option("--stock-seeds", type=click.IntRange(min=0), default=1, show_default=True, help="Of stock Keras.")
@click.option(
    "--runs", "root", type=click.Path(path_type=Path), default=Path("runs/reproduction"), show_default=True
)
@click.option(
    "--output", type=click.Path(path_type=Path), default=_DOCS, help="Folder to write to.  [default: docs]"
)
@click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Change a setting: a rehearsal.")
def main(
    context: click.Context,
    *,
    letters: tuple[str, ...],
    seeds: int | None,
    stock_seeds: int,
    root: Path,
    output: Path,
    overrides: tuple[str, ...],
) -> None:
    """Train the tutorials' models over several seeds, and write what came out beside what they published.

    May be stopped at any time: called again, it goes on, and keeps the runs that are finished.
    """
    if context.invoked_subcommand is not None:
        return
    tutorials = [item for item in TUTORIALS if not letters or item.letter in letters]
    try:
        runs = _train(tutorials, seeds=seeds, root=root, overrides=overrides)
        stock = {
            model: {
                seed: _tell_stock(model, seed=seed, root=root, overrides=overrides)
                for seed in range(FIRST_SEED, FIRST_SEED + stock_seeds)
            }
            for model in STOCK_MODELS
            if model in runs and stock_seeds
        }
        claims = judge_claims(runs, reaches=_measure_reaches(runs))
    except subprocess.CalledProcessError as error:
        raise click.ClickException(f"{error} Called again, this goes on where it stopped.") from error
    except LstmCliError as error:
        raise click.ClickException(str(error)) from error
    for path in _save(output, tutorials, runs=runs, stock=stock, claims=claims, root=root, overrides=overrides):
        click.echo(f"Written: {path}", err=True)


main.add_command(languages)


def _train(
    tutorials: Sequence[Tutorial], *, seeds: int | None, root: Path, overrides: tuple[str, ...]
) -> dict[str, list[Run]]:
    runs: dict[str, list[Run]] = {}
    for model, seed in _iter_runs(tutorials, seeds=seeds):
        click.echo(f"{model}, seed {seed} …", err=True)
        # The test part is judged where there is one, as tutorial B does; the gap at rest is asked of two models.
        has_test = load_config(find_named_config(model), overrides=overrides).data.test_split > 0
        parts = ("test",) if has_test else ("train",) if model in {LSTM, DROPOUT} else ()
        run = make_run(model, seed=seed, root=root, parts=parts, overrides=overrides)
        runs.setdefault(model, []).append(run)
    return runs


def _iter_runs(tutorials: Sequence[Tutorial], *, seeds: int | None) -> Iterator[tuple[str, int]]:
    for tutorial in tutorials:
        for model in tutorial.models:
            for seed in range(FIRST_SEED, FIRST_SEED + (seeds or tutorial.seeds)):
                yield model, seed


def _tell_stock(model: str, *, seed: int, root: Path, overrides: tuple[str, ...]) -> History:
    click.echo(f"{model}, seed {seed}, stock Keras …", err=True)
    return make_stock_run(model, seed=seed, root=root, overrides=overrides)


def _measure_reaches(runs: Mapping[str, Sequence[Run]]) -> dict[str, dict[int, float]]:
    """Return, by model and seed, how many last tokens carry nine tenths of the influence."""
    models = [model for model in (LSTM, GRU, SIMPLE_RNN) if model in runs]
    if not models:
        return {}
    start_keras()
    from reproduction.memory import compute_reach, measure_influence

    return {
        model: {
            run.record.seed: compute_reach(measure_influence(RunFolder(run.path, run.record.model).best_model))
            for run in runs[model]
        }
        for model in models
    }


def _save(
    folder: Path,
    tutorials: Sequence[Tutorial],
    *,
    runs: Mapping[str, Sequence[Run]],
    stock: Mapping[str, Mapping[int, History]],
    claims: Sequence[Claim],
    root: Path,
    overrides: tuple[str, ...],
) -> list[Path]:
    """Write the page's tables, the raw figures and the picture; return their paths."""
    page, raw, picture = (folder / f"results{suffix}" for suffix in (".md", ".json", ".png"))
    published = [figure for tutorial in tutorials for figure in tutorial.published]
    parts = [format_published(runs, published)] if published else []
    overlaid = [
        Curves(model, [runs[model][0].history], load_config(runs[model][0].path / "config.yaml").training.monitor)
        for tutorial in tutorials
        if tutorial.letter == "c"
        for model in tutorial.models
    ]
    if overlaid:
        save_figure(plot_history(overlaid), picture)
        parts.append(f"![Training and validation loss of tutorial C's models by epoch]({picture.name})")
    parts.append(format_settings({model: load_config(runs[model][0].path / "config.yaml") for model in runs}))
    parts.append(format_runs(runs))
    parts += [format_stock(runs, stock)] if stock else []
    parts += [format_claims(claims)] if claims else []
    parts.append(format_traces(runs, stock=stock, root=root, overrides=overrides))
    text = page.read_text(encoding="utf-8") if page.exists() else ""
    write_text_whole(page, insert_tables(text, "\n\n".join(parts)))
    write_text_whole(raw, json.dumps(_describe(runs, stock), indent=1) + "\n")
    return [page, raw, *([picture] if overlaid else [])]


def _describe(runs: Mapping[str, Sequence[Run]], stock: Mapping[str, Mapping[int, History]]) -> dict[str, Any]:
    """Return every run's history and record as they are written to the raw file."""
    return {
        "runs": {
            model: [
                {
                    "path": run.path.as_posix(),
                    "record": run.record.to_dict(),
                    "history": {name: list(values) for name, values in run.history.metrics.items()},
                    "judged": run.judged,
                }
                for run in of_model
            ]
            for model, of_model in runs.items()
        },
        "stock": {
            model: {
                str(seed): {name: list(values) for name, values in history.metrics.items()}
                for seed, history in histories.items()
            }
            for model, histories in stock.items()
        },
    }


if __name__ == "__main__":
    main()
