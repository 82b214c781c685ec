"""Blocks of rows scored here or by processes: the same parts, errors as elsewhere, and nobody left behind."""

from __future__ import annotations

import multiprocessing
import signal
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import psutil
import pytest

from lstm_cli.errors import OutputError, ScoringError
from lstm_cli.inference import scoring_workers
from lstm_cli.inference.classifier import load_classifier
from lstm_cli.inference.scored_file import build_layout
from lstm_cli.inference.scoring_workers import Block, Scorers, run_scorer, score_block
from lstm_cli.kernels.threads import get_threads, keep_threads, set_threads


@pytest.fixture
def classifier(model_path):
    """A small one."""
    return load_classifier(model_path)


@pytest.fixture
def layout(classifier):
    """Of rows that have but a number."""
    return build_layout(("id",), [{"id": 0}], classes=classifier.classes.names)


@pytest.fixture
def make_block(tmp_path):
    """A function: a number → a block of two rows, the second without a text."""

    def make(number, folder="."):
        texts = ["a film " + "the " * number, ""]
        return Block(number, [{"id": number}, {"id": -number}], texts, tmp_path / folder / f"part-{number}.csv")

    return make


@pytest.fixture
def start(classifier, layout):
    """A function: how many processes → scorers, and the numbers of the blocks that are kept, to be filled."""

    def make(processes):
        kept = []
        return Scorers(classifier, layout, processes=processes, keep=lambda block: kept.append(block.number)), kept

    return make


def test_a_part_holds_the_rows_and_what_the_model_makes_of_them(classifier, layout, make_block):
    block = make_block(3)
    score_block(classifier, block, layout=layout)
    (found, nothing) = classifier.predict(block.texts)
    first, second = (line.split(",") for line in block.aside.read_text().splitlines())
    assert first[:3] == ["3", found.label, str(found.probability)]
    assert second[:3] == ["-3", "", ""]
    assert nothing.label is None


def test_a_part_that_cannot_be_written_is_told_with_its_folder(classifier, layout, make_block, tmp_path):
    with pytest.raises(OutputError, match=rf"^Cannot write {tmp_path}/nowhere: No such file or directory\. Free"):
        score_block(classifier, make_block(1, "nowhere"), layout=layout)


def test_one_process_is_this_one_and_scores_at_once(start, make_block):
    scorers, kept = start(1)
    with scorers:
        for number in range(2):
            scorers.score(make_block(number))
            assert kept == [*range(number + 1)]
            assert make_block(number).aside.exists()
        scorers.finish()
    assert kept == [0, 1]


def test_for_a_single_block_no_process_is_started(start, make_block):
    scorers, kept = start(4)
    with scorers:
        scorers.score(make_block(0))
        scorers.finish()
        assert not multiprocessing.active_children()
        scorers.finish()
    assert kept == [0]


def test_several_processes_write_the_same_parts_and_tell_what_goes_wrong(
    start, make_block, classifier, layout, tmp_path
):
    scorers, kept = start(2)
    with scorers:
        for number in range(5):
            scorers.score(make_block(number))
        assert multiprocessing.active_children()
        scorers.finish()
        assert sorted(kept) == [*range(5)]
        scorers.score(make_block(5, "nowhere"))
        with pytest.raises(OutputError, match=r"Cannot write .*nowhere"):
            scorers.finish()
        scorers.score(make_block(6))  # the process is still there
        scorers.finish()
        for process in multiprocessing.active_children():
            process.kill()
            process.join()
        with pytest.raises(ScoringError, match="ended with exit code -9"):
            scorers.score(make_block(7))
    assert sorted(kept) == [0, 1, 2, 3, 4, 6]
    assert not multiprocessing.active_children()
    for number in kept:
        found = make_block(number).aside.read_bytes()
        (tmp_path / "alone").mkdir(exist_ok=True)
        alone = make_block(number, "alone")
        score_block(classifier, alone, layout=layout)
        assert found == alone.aside.read_bytes()


def test_a_process_that_is_killed_is_told_and_the_others_are_ended(start, make_block):
    scorers, kept = start(2)

    def score_and_kill_one():
        with scorers:
            for number in range(20):
                scorers.score(make_block(number))
                if number == 1:
                    multiprocessing.active_children()[0].kill()

    with pytest.raises(ScoringError, match=r"ended with exit code -9; what is done is kept\. Go on with --resume"):
        score_and_kill_one()
    assert len(kept) < 20
    assert not multiprocessing.active_children()


@pytest.fixture
def own_process():
    """This process as if it were a scorer's: what that changes of it is undone."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    with keep_threads():
        set_threads(3)
        yield before
    for number, handler in before.items():
        signal.signal(number, handler)


def test_a_scorer_answers_each_block_on_one_thread_deaf_to_ctrl_c_until_nobody_asks(
    classifier, layout, make_block, own_process
):
    here, there = multiprocessing.Pipe()

    def ask():
        answers = []
        for folder in (".", "nowhere", "."):
            here.send(make_block(len(answers), folder))
            answers.append(here.recv())
        here.close()
        return answers

    with ThreadPoolExecutor(1) as asking:
        answers = asking.submit(ask)
        run_scorer(there, classifier, layout)
    first, second, third = answers.result()
    assert first is third is None
    assert isinstance(second, OutputError)
    assert make_block(2).aside.exists()
    assert [signal.getsignal(number) for number in own_process] == [signal.SIG_IGN] * 2
    assert get_threads() == 1


@pytest.mark.usefixtures("own_process")
def test_a_scorer_whose_asker_goes_meanwhile_ends_with_its_block(classifier, layout, make_block):
    here, there = multiprocessing.Pipe()
    here.send(make_block(0))
    here.close()
    run_scorer(there, classifier, layout)
    assert make_block(0).aside.exists()


@pytest.mark.parametrize(("times", "processes"), [(0, 1), (2.9, 1), (3.1, 1), (6.5, 2), (14.9, 4), (1000, 4)])
def test_there_are_as_many_processes_as_the_memory_holds_three_times_this_one(monkeypatch, times, processes):
    """But one at least, and no more than are asked for."""
    size = 10**9
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=int(times * size)))
    monkeypatch.setattr(psutil.Process, "memory_info", lambda _: SimpleNamespace(rss=size))
    assert scoring_workers._fit_memory(4) == processes
