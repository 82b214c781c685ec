"""What came of a sweep: the trials' table, the best configuration, the two figures."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import optuna
from optuna.trial import TrialState

from lstm_cli.config import format_config
from lstm_cli.plotting import TrialPoint, plot_importances, plot_trials, save_figure
from lstm_cli.sweep.definition import Sweep
from lstm_cli.sweep.study import MOST_RETRIES, Slot, list_slots
from lstm_cli.whole_file import write_text_whole

_STATES = {
    TrialState.COMPLETE: "complete",
    TrialState.PRUNED: "pruned",
    TrialState.FAIL: "failed",
    TrialState.RUNNING: "running",
    TrialState.WAITING: "waiting",
}
_FACTS = ("best_epoch", "epochs", "val_loss", "val_accuracy", "seconds", "parameters", "host", "folder", "error")


@dataclass(frozen=True)
class TrialRow:
    """A trial as the table shows it.

    Attributes:
        number: the first is 1.
        state: `complete`, `pruned`, `failed`, `running` or `waiting`.
        value: the objective at the best epoch; None where there is none.
        params: the values by path, as Optuna kept them.
        facts: what else is known: `best_epoch`, `epochs`, `val_loss`, `val_accuracy`, `seconds`, `parameters`,
            `host`, `folder` and, of a failed one, `error`.
    """

    number: int
    state: str
    value: float | None
    params: Mapping[str, Any]
    facts: Mapping[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """Return the row as it stands in `trials.json`."""
        return {
            "trial": self.number,
            "state": self.state,
            "value": self.value,
            **self.facts,
            "params": {**self.params},
        }


@dataclass(frozen=True)
class SweepReport:
    """All that is known of a sweep.

    Attributes:
        sweep: what was searched.
        rows: its trials, in order.
        importances: each path's share in the objective's variance among good trials, by PED-ANOVA (Watanabe et al.
            2023, https://arxiv.org/abs/2304.10255), largest first; empty where too few trials are complete.
    """

    sweep: Sweep
    rows: Sequence[TrialRow]
    importances: Mapping[str, float]

    @property
    def best(self) -> TrialRow | None:
        """The complete trial with the best value; the earliest of equals."""
        complete = [row for row in self.rows if row.state == "complete"]
        return min(complete, key=self.rank, default=None)

    @property
    def ranked(self) -> list[TrialRow]:
        """Complete trials from the best on, then pruned ones, then the others."""
        order = list(_STATES.values())
        return sorted(self.rows, key=lambda row: (order.index(row.state), self.rank(row), row.number))

    @property
    def finished(self) -> int:
        """How many trials came to some end."""
        return sum(row.state in {"complete", "pruned", "failed"} for row in self.rows)

    def rank(self, row: TrialRow) -> float:
        """Return the value, so that less is better."""
        if row.value is None:
            return float("inf")
        return row.value if self.sweep.direction == "minimize" else -row.value


def build_row(slot: Slot, *, objective: str) -> TrialRow:
    """Return the row of a slot."""
    trial = slot.trial
    facts = {name: trial.user_attrs.get(name) for name in _FACTS}
    if trial.state == TrialState.FAIL and facts["error"] is None:
        facts["error"] = f"Its worker was lost {len(slot.attempts)} times; {MOST_RETRIES} retries are the most."
    is_measured = trial.state in {TrialState.COMPLETE, TrialState.PRUNED}
    return TrialRow(
        slot.number,
        _STATES[trial.state],
        trial.user_attrs.get(objective) if is_measured else None,
        trial.params,
        facts,
    )


def build_report(study: optuna.Study, sweep: Sweep) -> SweepReport:
    """Return what is known so far."""
    slots = list_slots(study)[: sweep.total]
    rows = [build_row(slot, objective=sweep.config.objective) for slot in slots]
    varied = list(sweep.space.varied)
    values = {row.value for row in rows if row.state == "complete"}
    importances = {}
    if varied and len(values) > 1:  # of one value, or none, nothing can be learnt
        importances = optuna.importance.get_param_importances(study, params=varied)
    return SweepReport(sweep, rows, importances)


def save_report(report: SweepReport, *, folder: Path, document: Mapping[str, Any]) -> dict[str, Path]:
    """Write the files of a report, and return them by what they are.

    Args:
        report: what is known.
        folder: the sweep's.
        document: the content of `trials.json`.

    Raises:
        OutputError: a file cannot be written.
    """
    files = {"table": folder / "trials.csv", "document": folder / "trials.json"}
    write_text_whole(files["table"], format_csv(report))
    text = json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False)
    write_text_whole(files["document"], f"{text}\n")
    best = report.best
    if best is None:
        return files
    space, objective = report.sweep.space, report.sweep.config.objective
    files["best config"] = folder / "best.yaml"
    config = space.build_config(space.restore(best.params))
    write_text_whole(files["best config"], format_config(config))
    files["history"] = folder / "history.png"
    points = [
        TrialPoint(row.number, row.value, is_complete=row.state == "complete")
        for row in report.rows
        if row.value is not None
    ]
    save_figure(plot_trials(points, objective=objective, title=report.sweep.config.name), files["history"])
    if report.importances:
        files["importances"] = folder / "importance.png"
        figure = plot_importances(report.importances, objective=objective, title=report.sweep.config.name)
        save_figure(figure, files["importances"])
    return files


def format_csv(report: SweepReport) -> str:
    """Return the table as CSV: a row a trial, a column a path."""
    paths = list(report.sweep.space.dimensions)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["trial", "state", "value", *_FACTS, *paths])
    for row in report.rows:
        facts = [row.facts[name] for name in _FACTS]
        writer.writerow([row.number, row.state, row.value, *facts, *(row.params.get(path) for path in paths)])
    return text.getvalue()
