"""A process of its own lists what a file holds, in the order of its kind, and follows nothing out of it."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest

from lstm_cli.errors import ModelFileError
from lstm_cli.modelfile import child
from lstm_cli.modelfile.content import open_content, open_weights

CHILD = Path(child.__file__)
OF_ANY = ["config", "encoder", "vocabulary", "classes", "provenance", "seen_texts"]
OF_NGRAMS = ["ngrams", "ngram_tables"]
NUMBERS = np.arange(6, dtype=np.float32)


def test_it_needs_nothing_of_ours():
    """It starts in a fifth of a second because it imports little."""
    names = set()
    for node in ast.walk(ast.parse(CHILD.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(str(node.module).partition(".")[0])
    assert names - sys.stdlib_module_names == {"h5py", "numpy"}


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the system bounds less")
def test_it_may_use_a_second_and_some_memory_and_write_no_file():
    read = (
        f"import sys; sys.path.insert(0, {str(CHILD.parent)!r}); import child; child._limit_process()\n"
        "import resource, signal\n"
        "limits = [resource.RLIMIT_CORE, resource.RLIMIT_FSIZE, resource.RLIMIT_AS]\n"
        "print([resource.getrlimit(limit) for limit in limits], signal.getitimer(signal.ITIMER_PROF)[0] > 0.5)"
    )
    done = subprocess.run([sys.executable, "-c", read], capture_output=True, text=True, check=True)
    memory = 896 * 2**20
    assert done.stdout == f"{[(0, 0), (0, 0), (memory, memory)]} True\n"


@pytest.fixture
def path(tmp_path):
    """A file as Keras writes it: two layers in an order of their own, the first of two weights."""
    path = tmp_path / "model.h5"
    with h5py.File(path, "w") as file:
        file.attrs["model_config"], file.attrs["keras_version"] = "{}", "3.8.0"
        weights = file.create_group("model_weights")
        weights.attrs["layer_names"] = ["rnn", "embedding"]
        for layer, names in (("embedding", ["w"]), ("rnn", ["cell/kernel", "bias"])):
            group = weights.create_group(layer)
            group.attrs["weight_names"] = names
            for number, name in enumerate(names):
                group[name] = NUMBERS.reshape(2, 3) + 10 * number if name != "bias" else NUMBERS
    return path


def put_texts(path, names, *, version):
    """Make a file one of ours with these texts, each its own name."""
    with h5py.File(path, "a") as file:
        group = file.create_group("lstm_cli")
        group.attrs["format_version"] = version
        for name in names:
            group[name] = np.frombuffer(name.encode(), np.uint8)


def change(path, name, **options):
    """Write a weight anew, otherwise than Keras does."""
    with h5py.File(path, "a") as file:
        del file[name]
        file.create_dataset(name, **options)


def read(path, *, shapes=((2, 3), (6,), (2, 3))):
    with open_content(path) as content:
        return content.read_weights(shapes)


def test_weights_come_in_the_order_in_which_keras_lists_them(path):
    for found, expected in zip(read(path), [NUMBERS.reshape(2, 3), NUMBERS, NUMBERS.reshape(2, 3)], strict=True):
        np.testing.assert_array_equal(found, expected, strict=True)


@pytest.mark.parametrize("dtype", ["f2", "f8", ">f4"])
def test_numbers_of_any_precision_come_as_float32(path, dtype):
    change(path, "model_weights/rnn/bias", data=NUMBERS.astype(dtype))
    np.testing.assert_array_equal(read(path)[1], NUMBERS, strict=True)


@pytest.mark.parametrize(
    ("version", "names"),
    [
        (1, ["config", "vocabulary", "provenance"]),
        (2, OF_ANY),
        (3, OF_ANY + OF_NGRAMS),
        (4, OF_ANY),
        (4, OF_ANY + OF_NGRAMS),
        (9, []),
        ("two", []),
    ],
)
def test_texts_are_those_of_the_formats_version(path, version, names):
    put_texts(path, OF_ANY + OF_NGRAMS if version != 4 else names, version=version)
    with open_content(path) as content:
        assert content.version == version
        assert list(content.texts.items()) == [(name, name.encode()) for name in names]


@pytest.mark.parametrize(
    ("version", "missing"), [(1, "vocabulary"), (2, "seen_texts"), (3, "ngrams"), (4, "classes")]
)
def test_a_text_that_the_version_has_is_not_left_out(path, version, missing):
    put_texts(path, [name for name in OF_ANY + OF_NGRAMS if name != missing], version=version)
    with pytest.raises(ModelFileError, match=f"/lstm_cli: expected the array '{missing}'"), open_content(path):
        pytest.fail("it lacks one")


@pytest.mark.parametrize(
    "data", [np.zeros((2, 2), np.uint8), np.zeros(4, np.int8), np.zeros(4, np.float32)], ids=str
)
def test_a_text_is_bytes_in_a_row(path, data):
    put_texts(path, ["config", "provenance"], version=1)
    with h5py.File(path, "a") as file:
        file["lstm_cli/vocabulary"] = data
    with pytest.raises(ModelFileError, match="/lstm_cli/vocabulary: expected text, got"), open_content(path):
        pytest.fail("one of its texts is none")


class TestPlainKeras:
    @pytest.mark.parametrize("text", ["{}", b"{}"])
    def test_its_description_and_its_version_are_the_texts(self, path, text):
        with h5py.File(path, "a") as file:
            file.attrs["model_config"] = text
        with open_content(path) as content:
            assert content.version is None
            assert content.texts == {"model_config": b"{}", "keras_version": b"3.8.0"}

    def test_its_version_may_be_missing_and_its_description_may_not(self, path):
        with h5py.File(path, "a") as file:
            del file.attrs["keras_version"]
        with open_content(path) as content:
            assert content.texts["keras_version"] == b""
        with h5py.File(path, "a") as file:
            del file.attrs["model_config"]
        with pytest.raises(ModelFileError, match="it holds no description of a model"), open_content(path):
            pytest.fail("it has none")


class TestRefusedWeights:
    """What the texts say is judged first."""

    @staticmethod
    def refuse(path, message):
        with open_content(path) as content:
            assert content.texts["model_config"] == b"{}"
            with pytest.raises(ModelFileError, match=message):
                content.read_weights([(2, 3), (6,), (2, 3)])

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"data": NUMBERS.astype(np.int32)}, "expected floating-point weights, got int32"),
            ({"data": NUMBERS, "chunks": (3,)}, "written out, not compressed"),
            ({"data": NUMBERS, "compression": "gzip"}, "written out, not compressed"),
            ({"shape": (6,), "dtype": "f4"}, "written out, not compressed"),
            ({"shape": (6,), "dtype": "f4", "external": [("/etc/hostname", 0, 24)]}, "in the file itself"),
        ],
        ids=["whole numbers", "chunks", "compressed", "never written", "another file"],
    )
    def test_a_weight_is_numbers_that_stand_in_the_file_as_they_are(self, path, options, message):
        change(path, "model_weights/rnn/bias", **options)
        self.refuse(path, message)

    @pytest.mark.parametrize("link", [h5py.SoftLink("/elsewhere"), h5py.ExternalLink("other.h5", "/elsewhere")])
    @pytest.mark.parametrize("name", ["rnn", "rnn/bias", "rnn/cell", "rnn/cell/kernel"])
    def test_no_link_is_followed(self, path, name, link):
        with h5py.File(path, "a") as file:
            file.move(f"model_weights/{name}", "elsewhere")
            file[f"model_weights/{name}"] = link
        self.refuse(path, "expected the (group|array)")

    def test_a_group_is_no_array_and_an_array_no_group(self, path):
        with h5py.File(path, "a") as file:
            file["model_weights"].attrs["layer_names"] = ["rnn/bias"]
        self.refuse(path, "/model_weights: expected the group 'rnn/bias'")
        with h5py.File(path, "a") as file:
            file["model_weights"].attrs["layer_names"] = ["rnn"]
            file["model_weights/rnn"].attrs["weight_names"] = ["cell"]
        self.refuse(path, "/model_weights/rnn: expected the array 'cell'")

    def test_layers_and_weights_are_listed(self, path):
        for group, name in (("model_weights/rnn", "weight_names"), ("model_weights", "layer_names")):
            with h5py.File(path, "a") as file:
                del file[group].attrs[name]
            self.refuse(path, f"/{group} lists no {name}")

    def test_there_are_not_too_many(self, path):
        with h5py.File(path, "a") as file:
            file["model_weights/rnn"].attrs["weight_names"] = ["bias"] * (child.MOST_WEIGHTS + 1)
        self.refuse(path, "it holds more than 2000 weight arrays")

    def test_they_are_no_more_than_twice_what_the_file_holds(self, path):
        change(path, "model_weights/rnn/bias", data=np.ones(50_000, np.float32))
        for times, message in ((2, "expected weights of the shapes"), (3, "its weights are too large")):
            with h5py.File(path, "a") as file:
                file["model_weights"].attrs["layer_names"] = ["rnn"]
                file["model_weights/rnn"].attrs["weight_names"] = ["bias"] * times
            self.refuse(path, message)


class TestWeightsAtPlaces:
    """Of a `.keras` file, which lists none."""

    @pytest.fixture
    def make(self, tmp_path):
        """A function: the name of all layers → a file with the weights of two."""

        def make_it(layers):
            with h5py.File(tmp_path / "model.weights.h5", "w") as file:
                for number, name in enumerate(("a", "b/cell")):
                    file[f"{layers}/{name}/vars/0"] = NUMBERS + number
            return tmp_path / "model.weights.h5"

        return make_it

    @pytest.mark.parametrize("layers", ["layers", "_layer_checkpoint_dependencies"])
    def test_they_come_in_the_order_of_the_places(self, make, layers):
        with open_weights(make(layers), ["b/cell/vars/0", "a/vars/0"]) as content:
            assert (content.version, content.texts) == (None, {})
            found = content.read_weights([(6,), (6,)])
        assert [weight[0] for weight in found] == [1, 0]

    @pytest.mark.parametrize(
        ("layers", "place", "message"),
        [
            ("layers", "c/vars/0", "expected the array 'c/vars/0'"),
            ("other", "a/vars/0", "expected the group 'layers'"),
        ],
    )
    def test_what_is_not_there_is_named(self, make, layers, place, message):
        with open_weights(make(layers), [place]) as content, pytest.raises(ModelFileError, match=message):
            content.read_weights([(6,)])


def test_what_is_no_hdf5_is_damage(tmp_path):
    (tmp_path / "model.h5").write_bytes(b"no model")
    with pytest.raises(OSError, match="file signature not found"), open_content(tmp_path / "model.h5"):
        pytest.fail("it is none")
