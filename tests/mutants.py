"""Change the package at one place at a time, and see whether the tests that concern it notice.

    python tests/mutants.py                               the lines that differ from the branch main
    python tests/mutants.py comparison data/cache.py      these rooms and files

Cosmic Ray makes the changes, in a copy of the tree, at places drawn by chance and the same again. The tests of a
file are its mirror, or else those of the files that import it. What nobody notices is shown: a test is missing, or
the code does nothing. Ends with 1 where less than nine of ten are noticed.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path
from tempfile import TemporaryDirectory

import forked_python
from test_architecture import FILES, list_files

_TESTS = Path(__file__).parent
_ROOT = _TESTS.parent
_WANTED = 0.9
_PYTEST = ("-m", "pytest", "-q", "-x", "-n", "0", "-p", "no:randomly", "-p", "no:cacheprovider")
# Types are never run, and what `|` joins in values breaks at once without it; NumPy knows no identity.
_LEFT_OUT = re.compile(r"BitOr|_Is(Not)?$|RemoveDecorator")
# What stands behind these only guards against what the code around does not do.
_GUARDS = re.compile(r"\b(strict|frozen|slots|eq)=$")
# A star that multiplies nothing, as in `*, limit` or `[*rows]`: with another sign it is no Python, or no change.
_STARS = re.compile(r"(^|[(\[{,])\s*\*{0,2}$")


@dataclass(frozen=True)
class Mutant:
    """A file as it is with one change.

    Attributes:
        place: the line and the column of the change.
        text: the whole file.
        diff: from the file as it was, for people.
    """

    place: tuple[int, int]
    text: str
    diff: str


def main() -> None:
    """Read the command line, change, try, and tell."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rooms", nargs="*", help="folders or files of lstm_cli/")
    parser.add_argument("--most", type=int, default=10, help="places of a file that are changed (default: 10)")
    parser.add_argument("--branch", default="main", help="whose lines are not changed (default: main)")
    options = parser.parse_args()
    lines = {} if options.rooms else list_changed_lines(options.branch)
    files = [file for file in FILES if any(file == room or file.startswith(f"{room}/") for room in options.rooms)]
    noticed = made = 0
    with TemporaryDirectory(prefix="mutants-") as folder:
        copy = Path(folder)
        copy_tree(copy)
        for file in files or sorted(lines):
            mutants = list(draw_mutants(file, lines=lines.get(file), most=options.most))
            survivors = list_survivors(file, mutants, copy=copy)
            noticed, made = noticed + len(mutants) - len(survivors), made + len(mutants)
            for mutant in survivors:
                print(f"\nlstm_cli/{file}:{mutant.place[0]}\n{mutant.diff}")
            print(f"{file}: {len(mutants) - len(survivors)} of {len(mutants)} noticed", flush=True)
    print(f"{noticed} of {made} changes were noticed.")
    sys.exit(noticed < _WANTED * made)


def list_changed_lines(branch: str) -> dict[str, set[int]]:
    """Return the lines of the package's files that are another since a branch was left, committed or not."""
    command = ["git", "diff", "--unified=0", "--merge-base", branch, "--", "lstm_cli"]
    diff = subprocess.run(command, capture_output=True, text=True, check=True, cwd=_ROOT).stdout
    lines: dict[str, set[int]] = defaultdict(set)
    file = ""
    for line in diff.splitlines():
        if line.startswith("+++ "):
            file = line.removeprefix("+++ b/lstm_cli/")
        elif match := re.match(r"@@ -\S+ \+(\d+)(?:,(\d+))? @@", line):
            first, count = int(match[1]), int(match[2] or 1)
            lines[file] |= set(range(first, first + count))
    return {file: changed for file, changed in lines.items() if file in FILES}


def find_tests(file: str) -> list[str]:
    """Return the tests of a file: its mirror, or those of the nearest files that take something from it.

    Of these, where there are some, the ones in the file's own room.
    """
    seen, level = {file}, [file]
    while level:
        mirrors = {one: _TESTS / Path(one).parent / f"test_{Path(one).name}" for one in level}
        if found := sorted(path for path in mirrors.values() if path.is_file()):
            of_the_room = [path for path in found if path.parent == _TESTS / Path(file).parent]
            return [path.relative_to(_ROOT).as_posix() for path in of_the_room or found]
        level = [user for user in FILES if user not in seen and list_files(user) & {*level}]
        seen |= {*level}
    return []


def copy_tree(copy: Path) -> None:
    """Copy what the tests need and have them read that: the tree itself stays as it is, whatever happens."""
    for name in ("lstm_cli", "tests", "configs", "benchmarks", "reproduction", "torture"):
        shutil.copytree(_ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(_ROOT / "pyproject.toml", copy)
    # Bytecode is kept by the second and the size: of two changes in one second, the first would run twice.
    os.environ |= {"PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
    forked_python.remember_environment()


def draw_mutants(file: str, *, lines: set[int] | None, most: int) -> Iterator[Mutant]:
    """Yield the file with a change at one place after the other, on the lines given or on any."""
    from cosmic_ray.ast import ast_nodes, get_ast
    from cosmic_ray.mutating import mutate_code
    from cosmic_ray.plugins import get_operator, operator_names

    before = FILES[file].read_text(encoding="utf-8")
    written = before.splitlines()
    nodes = list(ast_nodes(get_ast(before)))
    by_place = defaultdict(list)
    for name in operator_names():
        operator_class = get_operator(name)
        if operator_class.arguments() or _LEFT_OUT.search(name):
            continue
        places = (place for node in nodes for place, _ in operator_class().mutation_positions(node))
        for occurrence, place in enumerate(places):
            line, column = place
            before_it, behind_it = written[line - 1][:column], written[line - 1][column:]
            is_star = behind_it.startswith("*") and _STARS.search(before_it)
            if (lines is None or line in lines) and not is_star and not _GUARDS.search(before_it):
                by_place[place].append((operator_class(), occurrence))
    chance = random.Random(0)  # noqa: S311 - no secret
    for place in chance.sample(sorted(by_place), min(most, len(by_place))):
        text = mutate_code(before, *chance.choice(by_place[place]))
        diff = unified_diff(before.splitlines(), text.splitlines(), lineterm="", n=1)
        yield Mutant(place, text, "\n".join([*diff][3:]))


def list_survivors(file: str, mutants: list[Mutant], *, copy: Path) -> list[Mutant]:
    """Return those with which the tests of the file end, and pass."""
    tests = find_tests(file)
    began = time.monotonic()
    if not run_tests(tests, copy=copy, seconds=900):
        sys.exit(f"{' '.join(tests)}: fails without any change.")
    longest = 30 + 5 * (time.monotonic() - began)
    path = copy / "lstm_cli" / file
    survivors = []
    for mutant in mutants:
        path.write_text(mutant.text, encoding="utf-8")
        if run_tests(tests, copy=copy, seconds=longest):
            survivors.append(mutant)
    shutil.copy(FILES[file], path)
    return survivors


def run_tests(tests: list[str], *, copy: Path, seconds: float) -> bool:
    """Return whether tests pass in the copy, in a process that need not import TensorFlow first."""
    with forked_python.Popen(
        [sys.executable, *_PYTEST, *tests],
        cwd=copy,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        try:
            return process.wait(seconds) == 0
        except subprocess.TimeoutExpired:
            return False
        finally:
            with suppress(ProcessLookupError):  # nothing of it is left
                os.killpg(process.pid, signal.SIGKILL)


if __name__ == "__main__":
    main()
