"""Runs, stock Keras' histories and verdicts → the tables of docs/results.md."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from statistics import fmean, median, stdev

from lstm_cli.config import Config, GRULayer, LSTMLayer, SimpleRNNLayer
from lstm_cli.history import History
from reproduction.claims import Claim
from reproduction.runs import Run, build_training_command
from reproduction.stock import name_stock_history
from reproduction.tutorials import Published

START, END = "<!-- results:start -->", "<!-- results:end -->"


def insert_tables(page: str, tables: str, *, marks: tuple[str, str] = (START, END)) -> str:
    """Return the page with the tables between two marks, at its end where it has none."""
    start, end = marks
    if start not in page or end not in page:
        page = f"{page.rstrip() or '# Results'}\n\n{start}\n{end}\n"
    before, _, rest = page.partition(start)
    _, _, after = rest.partition(end)
    return f"{before}{start}\n{tables.strip()}\n{end}{after}"


def read_published(runs: Sequence[Run], published: Published) -> list[float]:
    """Return each run's figure that stands beside the published one.

    A run that early stopping ended sooner gives the figure of its last epoch.
    """
    if published.epoch is None:
        return [run.judged["test"]["accuracy"] for run in runs]
    series = [run.history.metrics["val_accuracy"] for run in runs]
    return [values[min(published.epoch, len(values)) - 1] for values in series]


def format_published(runs: Mapping[str, Sequence[Run]], published: Iterable[Published]) -> str:
    """Return the table of published figures beside ours."""
    rows = []
    for figure in published:
        if figure.model in runs:
            ours = read_published(runs[figure.model], figure)
            reached = "met" if fmean(ours) >= figure.value else f"**missed** by {figure.value - fmean(ours):.4f}"
            rows.append((figure.model, figure.title, f"{figure.value:g}", format_spread(ours), reached))
    header = ("model", "figure", "published", "ours", "")
    return "### Published figures\n\n" + format_table(header, rows, numbers={2, 3})


def format_runs(runs: Mapping[str, Sequence[Run]]) -> str:
    """Return the table with a row for each model."""
    columns: list[tuple[str, Callable[[Run], float], int]] = [
        ("epochs", lambda run: run.record.epochs, 1),
        ("best epoch", lambda run: run.record.best_epoch or 0, 1),
        ("training loss", lambda run: run.best["loss"], 4),
        ("validation loss", lambda run: run.best["val_loss"], 4),
        ("gap", lambda run: run.gap, 4),
        ("validation accuracy", lambda run: run.best["val_accuracy"], 4),
        ("seconds", lambda run: run.seconds, 0),
        ("seconds an epoch", lambda run: median(run.history.metrics["seconds"]), 2),
    ]
    rows = []
    for model, of_model in runs.items():
        cells = [format_spread([value(run) for run in of_model], digits=digits) for _, value, digits in columns]
        test = [run.judged["test"]["accuracy"] for run in of_model if "test" in run.judged]
        rows.append(
            (
                model,
                str(len(of_model)),
                f"{of_model[0].record.parameters:,}",
                *cells,
                format_spread(test) if test else "none",
            )
        )
    header = ("model", "seeds", "weights", *(name for name, _, _ in columns), "test accuracy")
    return (
        "### All models\n\n"
        + format_table(header, rows, numbers=set(range(1, len(header))))
        + "\n\nLosses and accuracies are those of the best epoch, the one that early stopping restores; where a"
        " model has no test part (`test_split: 0`, as published), there is nothing but the validation part."
    )


def format_settings(configs: Mapping[str, Config]) -> str:
    """Return the table of what each model is trained with."""
    rows = []
    for model, config in configs.items():
        data, training = config.data, config.training
        layers = [f"Embedding {config.model.embedding.output_dim}"]
        layers += [" ".join(_describe_layer(layer)) for layer in config.model.recurrent]
        stopping = training.early_stopping
        rows.append(
            (
                model,
                f"{data.num_words:,}",
                str(data.maxlen),
                f"{data.test_split:g}, {data.validation_split:g}",
                " → ".join(layers),
                f"{training.optimizer.name} {training.optimizer.learning_rate:g}",
                training.loss,
                str(training.batch_size),
                f"{training.epochs}, {f'patience {stopping.patience}' if stopping else 'all'}",
            )
        )
    header = ("model", "words", "tokens", "test, validation", "layers", "optimizer", "loss", "batch", "epochs")
    return "### Settings\n\n" + format_table(header, rows, numbers={1, 2, 7})


def format_stock(runs: Mapping[str, Sequence[Run]], stock: Mapping[str, Mapping[int, History]]) -> str:
    """Return the table of our runs beside stock Keras on the same reviews."""
    rows = []
    for model, histories in stock.items():
        theirs = [_read_best(history) for history in histories.values()]
        rows += [
            (
                model,
                "stock Keras",
                str(len(theirs)),
                format_spread([epochs for epochs, _, _ in theirs], digits=1),
                format_spread([loss for _, loss, _ in theirs]),
                format_spread([accuracy for _, _, accuracy in theirs]),
            ),
            (
                model,
                "lstm-train",
                str(len(runs[model])),
                format_spread([run.record.epochs for run in runs[model]], digits=1),
                format_spread([run.best["val_loss"] for run in runs[model]]),
                format_spread([run.best["val_accuracy"] for run in runs[model]]),
            ),
        ]
    header = ("model", "trained by", "seeds", "epochs", "validation loss", "validation accuracy")
    return "### Beside stock Keras, on the same reviews\n\n" + format_table(header, rows, numbers={2, 3, 4, 5})


def format_claims(claims: Sequence[Claim]) -> str:
    """Return the table of claims and verdicts."""
    rows = [(claim.text, f"**{claim.verdict}**", claim.numbers) for claim in claims]
    return "### The claims of tutorial C\n\n" + format_table(("claim", "verdict", "numbers"), rows)


def format_traces(
    runs: Mapping[str, Sequence[Run]],
    *,
    stock: Mapping[str, Mapping[int, History]],
    root: Path,
    overrides: tuple[str, ...],
) -> str:
    """Return the table that leads from every figure to its run folder and the command that makes it."""
    rows = []
    for model, of_model in runs.items():
        for run in of_model:
            command = build_training_command(model, seed=run.record.seed, path=run.path, overrides=overrides)
            figures = (
                str(run.record.best_epoch),
                f"{run.best['val_loss']:.4f}",
                f"{run.best['val_accuracy']:.4f}",
            )
            rows.append((f"`{shlex.join(command)}`", *figures))
    for model, histories in stock.items():
        for seed, history in histories.items():
            path = name_stock_history(root, model, seed=seed)
            command = ["python", "-m", "reproduction.stock", model, str(seed), str(path), *overrides]
            _, loss, accuracy = _read_best(history)
            rows.append((f"`{shlex.join(command)}`", str(history.best_epoch()), f"{loss:.4f}", f"{accuracy:.4f}"))
    header = ("command", "best epoch", "validation loss", "validation accuracy")
    return "### Every run\n\n" + format_table(header, rows, numbers={1, 2, 3})


def format_spread(values: Sequence[float], *, digits: int = 4) -> str:
    """Return mean ± sample standard deviation; one value alone."""
    mean = f"{fmean(values):,.{digits}f}"
    return mean if len(values) == 1 else f"{mean} ± {stdev(values):,.{digits}f}"


def _describe_layer(layer: LSTMLayer | GRULayer | SimpleRNNLayer) -> Iterator[str]:
    yield f"{layer.cell} {layer.units}"
    if layer.dropout:
        yield f"dropout {layer.dropout:g}"
    if layer.output_dropout:
        yield f"output dropout {layer.output_dropout:g}"


def _read_best(history: History) -> tuple[int, float, float]:
    """Return how many epochs, and the validation loss and accuracy of the best."""
    best = (history.best_epoch() or history.epochs) - 1
    return history.epochs, history.metrics["val_loss"][best], history.metrics["val_accuracy"][best]


def format_table(header: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: Iterable[int] = ()) -> str:
    """Return a table of Markdown; `numbers` are the columns that stand to the right."""
    rule = ["---:" if column in set(numbers) else "---" for column in range(len(header))]
    return "\n".join(f"| {' | '.join(row)} |" for row in (header, rule, *rows))
