"""The tables, the figure, and their place in a page written by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.engines import OURS
from benchmarks.figure import plot_ratios
from benchmarks.results import CaseResult, CommandResult, CommandRun, CoresResult, Measurement, Report
from benchmarks.table import END, START, format_report, format_spread, insert_table
from lstm_cli.plotting import save_figure


def measure(*seconds: float, wait: float = 0.0, loss: float = 0.5) -> Measurement:
    rounds = len(seconds)
    return Measurement(5.0, 9.0, seconds, (wait,) * rounds, (loss,) * (rounds + 1), 500_000_000)


def build_result(*, reviews: int = 20_000, **absent: str) -> CaseResult:
    measurements = {"keras-fit": measure(10.0, 30.0, 80.0, wait=2.0), OURS: measure(2.0, 3.0, 40.0)}
    return CaseResult("gru", "train", reviews, 20_000, 10**9, 100.0, measurements, absent)


def build_report(*cases: CaseResult, command: CommandResult | None = None) -> Report:
    return Report("a machine", {"keras": "3"}, 3, False, cases, command)


def test_ratios_are_taken_round_by_round():
    """The ratio of the medians would be 32 / 3."""
    assert build_result().list_ratios("keras-fit", ours=OURS) == [6.0, 32 / 3, 2.05]
    assert "| gru | 6 (2.05 … 10.7) |" in format_report(build_report(build_result()))


def test_the_wait_counts_in_whole_epochs_only():
    assert build_result().list_seconds("keras-fit") == [12.0, 32.0, 82.0]
    assert build_result(reviews=10_000).list_seconds("keras-fit") == [10.0, 30.0, 80.0]


def test_extrapolated_seconds_are_called_so():
    text = format_report(build_report(build_result(reviews=10_000)))
    assert "| gru | 10,000, extrapolated | 60 (20 … 160) | 6 (4 … 80) |" in text
    assert "extrapolated |" not in format_report(build_report(build_result()))


def test_the_share_of_the_machine_is_of_the_median_round():
    """2 operations for each of 10^9 multiply-adds in 3 seconds."""
    assert build_result().compute_gflops(OURS) == pytest.approx(2 / 3)
    assert "| 1 of 100 |" in format_report(build_report(build_result()))


def test_a_missing_engine_says_why_in_every_table():
    text = format_report(build_report(build_result(pytorch="not installed")))
    assert text.count("not installed") == 4
    assert "JAX" not in text.split("###")[1].splitlines()[2], "nobody asked for it"


def test_without_ours_there_are_no_ratios_but_the_seconds_stand():
    full = build_result()
    kept = {"keras-fit": full.measurements["keras-fit"]}
    case = CaseResult("gru", "train", 20_000, 20_000, 1, 1.0, kept, {OURS: "failed: a | b"})
    text = format_report(build_report(case))
    assert r"| gru | failed: a \| b |" in text
    assert "| gru | 20,000 | 32 (12 … 82) |" in text


def test_what_a_command_takes_beside_its_epochs_is_its_start():
    run = CommandRun(20.0, (5.0, 2.0, 2.0))
    assert run.start_seconds == 14.0
    assert run.extrapolate(100) == 214.0


def test_the_command_has_its_own_table():
    run, stock = CommandRun(10.0, (1.0, 1.0)), CommandRun(40.0, (10.0, 10.0))
    text = format_report(build_report(command=CommandResult("gru", cold=run, ours=(run,), stock=(stock,))))
    assert "| stock Keras script | 40 s | 20 s | 10 s | 1,020 s |" in text
    assert "4 times as long" in text


def test_a_quick_look_is_marked():
    assert "quick look" in format_report(Report("a machine", {}, 2, True, (), None))
    assert "quick look" not in format_report(build_report())


@pytest.mark.parametrize(
    ("values", "shown"), [([1.0], "1"), ([3.0, 1.0, 2.0], "2 (1 … 3)"), ([1234.5], "1,234"), ([0.01234], "0.0123")]
)
def test_a_spread_is_median_least_and_most(values, shown):
    assert format_spread(values) == shown


text_without_marks = st.text().filter(lambda text: START not in text and END not in text)


@given(before=text_without_marks, old=text_without_marks, after=text_without_marks, new=text_without_marks)
def test_the_text_around_the_marks_stays(before, old, after, new):
    page = insert_table(f"{before}{START}{old}{END}{after}", new)
    assert page == f"{before}{START}\n{new.strip()}\n{END}{after}"
    assert insert_table(page, new) == page


def test_a_page_without_marks_gets_them_at_its_end():
    assert insert_table("# Ours\n\nText.\n", "new") == f"# Ours\n\nText.\n\n{START}\nnew\n{END}\n"
    assert insert_table("", "new") == f"# Performance\n\n{START}\nnew\n{END}\n"


def test_the_figure_shows_every_case_and_every_peer_that_ran(tmp_path):
    figure = plot_ratios([build_result(), build_result()], title="Speed")
    (axes,) = figure.axes
    assert [label.get_text() for label in axes.get_yticklabels()] == ["gru", "gru"]
    medians = [container.lines[0].get_xdata().tolist() for container in axes.containers]
    assert medians == [[6.0, 6.0], [], []]
    save_figure(figure, tmp_path / "ratios.png")
    assert (tmp_path / "ratios.png").read_bytes().startswith(b"\x89PNG")


def test_missing_cores_are_compared_round_by_round_with_all_of_them():
    seconds = {"all cores": (1.0, 2.0), "one core busy": (1.5, 2.0), "one core": (2.0, 5.0)}
    cores = (CoresResult("gru", {OURS: seconds}),)
    table = format_report(Report("a machine", {}, 2, False, (), None, cores))
    assert "| gru | 1.25 (1 … 1.5) | 2.25 (2 … 2.5) |" in table
