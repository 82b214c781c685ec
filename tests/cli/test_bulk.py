"""`lstm-predict -f FILE -o OUT`: files of any size, cut short and gone on with, in memory that does not grow."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time

import pytest

_WORDS = ["the", "and", "a", "of", "film", "it", "good", "bad"]


def write_rows(path, count):
    rng = random.Random(0)  # noqa: S311 - no secret
    texts = [" ".join(rng.choices(_WORDS, k=8)) for _ in range(64)]
    path.write_text("id,text\n" + "".join(f"{number},{texts[number % 64]} n{number}\n" for number in range(count)))
    return path


@pytest.fixture
def sheet(tmp_path):
    """A file of a few rows."""
    return write_rows(tmp_path / "sheet.csv", 5)


class TestCommandLine:
    def test_an_output_that_is_whole_has_nothing_to_go_on_with(
        self, invoke, assert_fails, model_file, sheet, tmp_path
    ):
        scored = tmp_path / "scored.csv"
        assert invoke("lstm-predict", model_file, "-f", sheet, "-o", scored, "--resume").exit_code == 0
        assert len(scored.read_text().splitlines()) == 6
        message = assert_fails(2, "lstm-predict", model_file, "-f", sheet, "-o", scored, "--resume")
        assert "It is whole: there is nothing to go on with" in message

    def test_what_is_left_of_the_parts_of_a_file_that_is_whole_goes(
        self, invoke, assert_fails, model_file, sheet, tmp_path
    ):
        """Of a command that was killed while it removed them, the plan first."""
        scored, parts = tmp_path / "scored.csv", tmp_path / "scored.csv.partial"
        assert invoke("lstm-predict", model_file, "-f", sheet, "-o", scored).exit_code == 0
        content = scored.read_bytes()
        parts.mkdir()
        for name in ("lock", "part-000007.csv"):
            (parts / name).touch()
        message = assert_fails(2, "lstm-predict", model_file, "-f", sheet, "-o", scored, "--resume")
        assert "It is whole: there is nothing to go on with" in message
        assert not parts.exists()
        assert scored.read_bytes() == content

    def test_what_was_cut_short_is_lost_only_with_force(self, invoke, assert_fails, model_file, sheet, tmp_path):
        scored, parts = tmp_path / "scored.csv", tmp_path / "scored.csv.partial"
        parts.mkdir()
        (parts / "plan.json").write_text("{}")
        message = assert_fails(2, "lstm-predict", model_file, "-f", sheet, "-o", scored)
        assert "--resume goes on, --force begins anew" in message
        message = assert_fails(2, "lstm-predict", model_file, "-f", sheet, "-o", scored, "--resume")
        assert "plan.json is damaged" in message
        assert invoke("lstm-predict", model_file, "-f", sheet, "-o", scored, "--force").exit_code == 0
        assert not parts.exists()

    def test_it_is_of_an_output_of_a_file(self, assert_fails, model_file, sheet, tmp_path):
        scored = tmp_path / "scored.csv"
        for words in (["-f", sheet], ["-o", scored, "a film"], ["-o", scored]):
            assert "of a --file: name both" in assert_fails(2, "lstm-predict", model_file, "--resume", *words)
        both = ["-f", sheet, "-o", scored, "--resume", "--force"]
        assert "give one" in assert_fails(2, "lstm-predict", model_file, *both)


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX'")
class TestProcess:
    @pytest.fixture
    def start(self, command_path, command_environment, model_file):
        def run(source, scored, *options):
            command = [command_path("lstm-predict"), model_file, "-f", source, "-o", scored, *options]
            return subprocess.Popen(
                [*map(str, command)],
                env=command_environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                encoding="utf-8",
                start_new_session=True,
            )

        return run

    def wait_for_part(self, scored):
        """Wait until something is done."""
        parts = scored.with_name(f"{scored.name}.partial")
        until = time.monotonic() + 120
        while not list(parts.glob("part-*")):
            assert time.monotonic() < until
            time.sleep(0.01)
        return parts

    def test_a_signal_and_a_kill_leave_what_is_gone_on_with(self, start, tmp_path):
        source = write_rows(tmp_path / "rows.csv", 28_000)
        reference, scored = tmp_path / "reference.csv", tmp_path / "scored.csv"
        uninterrupted = start(source, reference, "--threads", 2)
        uninterrupted.communicate()
        assert uninterrupted.returncode == 0
        process = start(source, scored, "--threads", 2)
        self.wait_for_part(scored)
        os.killpg(process.pid, signal.SIGTERM)  # as a batch system does it: to all that belong to it
        _, told = process.communicate()
        assert process.returncode == 143, told
        assert "rows are kept. Go on with the same command and --resume." in told
        process = start(source, scored, "--resume", "--threads", 2)
        time.sleep(0.7)
        process.kill()
        process.communicate()
        resumed = start(source, scored, "--resume", "--threads", 1)
        output, told = resumed.communicate()
        assert (resumed.returncode, output) == (0, f"{scored}\n"), told
        assert scored.read_bytes() == reference.read_bytes()
        assert sorted(path.name for path in tmp_path.iterdir()) == ["reference.csv", "rows.csv", "scored.csv"]

    def test_memory_does_not_grow_with_the_file(self, start, tmp_path):
        """Ten times the rows, and less than a tenth more memory."""
        sizes = []
        for count in (6_000, 60_000):
            source = write_rows(tmp_path / "rows.csv", count)
            process = start(source, tmp_path / f"{count}.csv", "--threads", 1)
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            process.communicate()
            assert process.returncode == 0
            sizes.append(usage.ru_maxrss)
        assert sizes[1] < 1.1 * sizes[0]
