"""The code is laid out as the design says: read off its imports, its calls and its files."""

from __future__ import annotations

import ast
import graphlib
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import lstm_cli

PACKAGE = Path(lstm_cli.__file__).parent
FILES = {path.relative_to(PACKAGE).as_posix(): path for path in sorted(PACKAGE.rglob("*.py"))}

# The picture, lowest floor first. A room imports from floors below its own, and from itself.
FLOORS = (
    {"errors", "version"},
    {"user_folders", "whole_file", "bounded_json", "sealed_json", "matplotlib_start", "classes"},
    {"kernels"},
    {"text"},
    {"history", "backend", "evaluation"},
    {"config"},
    {"data", "modelfile"},
    {"distributed", "models", "plotting"},
    {"inference"},
    {"training"},
    {"sessions"},
    {"comparison", "sweep"},
    {"cli"},
    {"api"},
    {"__init__", "sklearn"},
)
HEAVY = {
    "tensorflow", "keras", "sklearn", "matplotlib", "pandas", "optuna", "sqlalchemy", "pyarrow", "clevercsv",
    "charset_normalizer", "python_calamine",
}  # fmt: skip
FRAMEWORKS = {"tensorflow", "keras"}

# Rooms that commands import before they know whether they need a framework: theirs come inside functions.
LIGHT_ROOMS = {
    "cli", "data", "config", "history", "plotting", "evaluation", "inference", "modelfile", "errors", "sessions",
    "whole_file", "backend", "comparison", "bounded_json", "sealed_json", "text", "classes",
    "matplotlib_start", "user_folders", "api", "__init__", "version",
}  # fmt: skip
# A training calls its `save_model_file`, which Keras helps.
FRAMEWORK_EXCEPTIONS = {"modelfile/stored_model.py"}
# Who trains together is settled before Keras starts.
LIGHT_FILES = {"distributed/cluster.py", "distributed/rendezvous.py"}
# Nothing here needs a framework, neither now nor later: reviews, model files and predictions do without.
FRAMEWORK_FREE_ROOMS = {
    "data", "modelfile", "inference", "kernels",
    "config", "plotting", "history", "evaluation", "errors", "whole_file", "bounded_json", "sealed_json", "text",
    "classes", "matplotlib_start", "user_folders", "version",
}  # fmt: skip


@cache
def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def find_room(file: str) -> str:
    """Return `data` for `data/cache.py`, `errors` for `errors.py`."""
    return file.partition("/")[0].removesuffix(".py")


def is_type_checking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def iter_imports(node: ast.AST, *, at_module_level: bool) -> Iterator[str]:
    """Yield the dotted names that are imported when the code runs; with `at_module_level`, when it is imported."""
    for child in ast.iter_child_nodes(node):
        if is_type_checking(child):
            continue
        if at_module_level and isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(child, ast.Import):
            yield from (alias.name for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            assert child.level == 0, "imports are absolute, so that a search finds them"
            yield from (f"{child.module}.{alias.name}" for alias in child.names)
        else:
            yield from iter_imports(child, at_module_level=at_module_level)


@cache
def list_nodes(file: str) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(parse(FILES[file])))


@cache
def list_imports(file: str, *, at_module_level: bool) -> tuple[str, ...]:
    """Return the dotted names that a file imports."""
    return tuple(iter_imports(parse(FILES[file]), at_module_level=at_module_level))


def list_rooms(file: str) -> set[str]:
    """Return the rooms that a file imports from, anywhere in it."""
    names = [name.split(".") for name in list_imports(file, at_module_level=False)]
    rooms = {name[1] for name in names if name[0] == "lstm_cli" and len(name) > 1}
    # What `lstm_cli` itself names is of the package's own file.
    return {room if room in ROOMS else "__init__" for room in rooms}


def list_packages(file: str, *, at_module_level: bool) -> set[str]:
    return {name.split(".")[0] for name in list_imports(file, at_module_level=at_module_level)}


ROOMS = {find_room(file) for file in FILES}


def test_every_room_is_in_the_picture():
    assert set().union(*FLOORS) == ROOMS
    assert sum(map(len, FLOORS)) == len(ROOMS)


@pytest.mark.parametrize("file", FILES)
def test_imports_run_downward(file):
    room = find_room(file)
    floor = next(number for number, rooms in enumerate(FLOORS) if room in rooms)
    allowed = set().union({room}, *FLOORS[:floor])
    assert list_rooms(file) <= allowed


@cache
def list_files(file: str) -> frozenset[str]:
    """Return the files that a file takes names from, be it only for its types."""
    found = set()
    for node in list_nodes(file):
        if isinstance(node, ast.ImportFrom) and str(node.module).partition(".")[0] == "lstm_cli":
            package = "/".join(str(node.module).split(".")[1:])
            for alias in node.names:
                names = (f"{package}/{alias.name}.py", f"{package}.py", f"{package}/__init__.py", "__init__.py")
                found.add(next(name.lstrip("/") for name in names if name.lstrip("/") in FILES))
    return frozenset(found - {file})


def test_no_file_depends_on_itself():
    """Neither through files of its own room nor for its types alone: a reader finds a first one to read."""
    assert len(list(graphlib.TopologicalSorter({file: list_files(file) for file in FILES}).static_order())) == len(
        FILES
    )


@pytest.mark.parametrize("file", [file for file in FILES if find_room(file) in FRAMEWORK_FREE_ROOMS])
def test_rooms_that_need_no_framework_know_none(file):
    """Nor by what they import of ours: only rooms of the same kind."""
    frameworks = list_packages(file, at_module_level=False) & FRAMEWORKS
    assert bool(frameworks) == (file in FRAMEWORK_EXCEPTIONS)
    assert list_rooms(file) <= FRAMEWORK_FREE_ROOMS | {"__init__"}


@pytest.mark.parametrize("file", [file for file in FILES if find_room(file) in {"evaluation", "plotting"}])
def test_figures_are_computed_with_numpy_alone(file):
    """Importing scikit-learn takes longer than all that it would compute."""
    allowed = {"lstm_cli", "numpy", *sys.stdlib_module_names} | (
        {"anyascii", "matplotlib"} if "plotting" in file else set()
    )
    assert list_packages(file, at_module_level=False) <= allowed


@pytest.mark.parametrize("file", [file for file in FILES if find_room(file) in LIGHT_ROOMS])
def test_heavy_packages_are_imported_inside_functions(file):
    """`--help` and `lstm-plot` would pay for them otherwise."""
    assert not list_packages(file, at_module_level=True) & HEAVY


def test_light_modules_load_nothing_heavy():
    """As the interpreter tells, not as the source reads; all in one process, in turn."""
    light = FRAMEWORK_FREE_ROOMS | {"cli", "sessions", "api", "__init__"}
    names = [
        "lstm_cli." + file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        for file in FILES
        if find_room(file) in light or file in LIGHT_FILES
    ]
    program = (
        "import importlib, sys\n"
        "for name in sys.argv[1:]:\n"
        "    importlib.import_module(name)\n"
        f"    heavy = [package for package in {sorted(HEAVY)} if package in sys.modules]\n"
        "    if heavy: sys.exit(f'{name} loads {heavy}')"
    )
    done = subprocess.run([sys.executable, "-c", program, *names], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@cache
def list_calls(file: str) -> tuple[str, ...]:
    """Return the dotted names of all calls."""
    return tuple(ast.unparse(node.func) for node in list_nodes(file) if isinstance(node, ast.Call))


@pytest.mark.parametrize("file", [file for file in FILES if find_room(file) != "cli"])
def test_only_commands_print_or_exit(file):
    forbidden = {"print", "exit", "quit", "input", "sys.exit", "os._exit", "sys.stdout.write", "sys.stderr.write"}
    found = {*list_calls(file)} & forbidden
    assert not found
    assert not list_packages(file, at_module_level=False) & {"click", "rich"}


@pytest.mark.parametrize("file", FILES)
def test_what_is_shown_goes_one_way(file):
    """`cli/display.py` makes all text fit to show: no other file builds a console or knows a stream's bytes."""
    names = set(list_imports(file, at_module_level=False))
    assert file == "cli/display.py" or not any(name.startswith(("rich.console", "rich.markup")) for name in names)
    assert find_room(file) != "cli" or not {*list_calls(file)} & {"print", "sys.stdout.write"}


# What makes objects, and so runs code, out of bytes or text.
_LOADERS = {"cloudpickle", "dill", "jsonpickle", "joblib", "marshal", "pickle", "shelve"}
_BUILDERS = {
    "eval", "exec", "compile", "__import__", "deserialize", "deserialize_keras_object", "from_config",
    "load_model", "load_weights", "model_from_json", "read_pickle", "unsafe_load", "full_load",
    "load_all", "import_module",
}  # fmt: skip


@pytest.mark.parametrize("file", FILES)
def test_no_file_becomes_code(file):
    """No pickle is loaded, nothing deserialised, no YAML read but by our safe loader, no array but of numbers."""
    assert not list_packages(file, at_module_level=False) & _LOADERS
    for node in list_nodes(file):
        if isinstance(node, ast.keyword):
            assert node.arg != "allow_pickle" or ast.unparse(node.value) == "False"
        if not isinstance(node, ast.Call):
            continue
        name = ast.unparse(node.func)
        keywords = {keyword.arg: ast.unparse(keyword.value) for keyword in node.keywords}
        # A training compiles its model and `re` a pattern; the fast layers copy what lives, and know no files.
        is_harmless = name.endswith(".compile") or (file == "models/fast_layers.py" and "from_config" in name)
        assert name.rpartition(".")[2] not in _BUILDERS or is_harmless, f"{file}:{node.lineno} {name}"
        if name == "yaml.load":
            assert keywords == {"Loader": "_ConfigLoader"}
        if name in {"np.load", "numpy.load", "np.save", "np.savez"}:
            assert keywords.get("allow_pickle") == "False"


def test_the_one_pickle_is_the_published_file_of_keras():
    """`imdb.npz` holds pickled lists: once its SHA-256 is right, a reader of numbers takes them, running none."""
    users = {
        file
        for file in FILES
        for name in list_imports(file, at_module_level=False)
        if "npz" in name or "pickled_lists" in name
    }
    assert users == {"data/imdb_keras.py"}


@pytest.mark.parametrize("file", [file for file in FILES if find_room(file) == "data"])
def test_reading_data_starts_no_framework(file):
    """A training of several workers must be set up before TensorFlow starts, and data are read before that."""
    assert not list_packages(file, at_module_level=False) & FRAMEWORKS


@pytest.mark.parametrize("file", FILES)
def test_no_assert_judges_input(file):
    """`python -O` would remove it, and its traceback tells a user nothing."""
    assert not [node.lineno for node in list_nodes(file) if isinstance(node, ast.Assert)]


# Threads and processes that work for another.
HAND_OVER = {"kernels/threads.py", "inference/scoring_workers.py"}


@pytest.mark.parametrize("file", FILES)
def test_no_error_is_swallowed_whole(file):
    """But for the commands' last resort, which tells of it, and helpers, which hand it to their caller."""
    for node in list_nodes(file):
        if isinstance(node, ast.ExceptHandler):
            caught = ast.unparse(node.type) if node.type else "everything"
            reraises = any(isinstance(inner, ast.Raise) and inner.exc is None for inner in ast.walk(node))
            broad = caught in {"everything", "Exception", "BaseException"}
            assert not broad or reraises or file in HAND_OVER | {"cli/command.py"}, f"{file}:{node.lineno}"


@pytest.mark.parametrize("file", FILES)
def test_a_file_is_a_room_and_no_hall(file):
    assert len(FILES[file].read_text(encoding="utf-8").splitlines()) <= 400


@pytest.mark.parametrize("file", FILES)
def test_a_file_says_what_it_is_for(file):
    assert ast.get_docstring(parse(FILES[file]))
    assert "utils" not in file


def test_a_test_file_stands_where_its_room_does():
    """`tests/data/test_cache.py` tests `lstm_cli/data/cache.py`; a folder's name is a room's."""
    folder = Path(__file__).parent
    rooms = {path.name for path in folder.iterdir() if path.is_dir() and any(path.glob("test_*.py"))}
    assert rooms - {"benchmarks", "examples", "reproduction", "torture"} <= ROOMS  # these stand beside the package


@pytest.mark.parametrize("file", [file for file in FILES if not file.endswith("__init__.py")])
def test_every_file_has_its_mirror(file):
    """`tests/data/test_cache.py` for `data/cache.py`."""
    path = Path(file)
    assert (Path(__file__).parent / path.parent / f"test_{path.name}").is_file()
