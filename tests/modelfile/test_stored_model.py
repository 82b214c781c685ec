"""A model file opens in plain Keras, holds all that reading a review needs, and shows its damage."""

from __future__ import annotations

import json
import re
import sys

import forked_python
import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from model_files import PROVENANCE, SEEN, TOKENS, WORDS, build, expect_refusal, read_config, reseal, save
from strategies import model_configs

from lstm_cli.classes import SENTIMENT, Classes
from lstm_cli.config import check_config
from lstm_cli.data.encoding import build_encoder
from lstm_cli.errors import ModelFileError, OutputError
from lstm_cli.inference.network import Network
from lstm_cli.modelfile.shapes import ModelSizes
from lstm_cli.modelfile.stored_model import ForeignModel, StoredModel, load_model_file, simplify_description
from lstm_cli.text.tokenizers.words import Words
from lstm_cli.text.vocabulary import Vocabulary

pytestmark = pytest.mark.usefixtures("keras_started")


def expect_equal(one: StoredModel, other: StoredModel) -> None:
    assert (one.config, one.encoder, one.classes, one.provenance) == (
        other.config, other.encoder, other.classes, other.provenance
    )  # fmt: skip
    assert one.seen.dump() == other.seen.dump()
    for weight, expected in zip(one.weights, other.weights, strict=True):
        np.testing.assert_array_equal(weight, expected, strict=True)


class TestRoundTrip:
    @given(config=model_configs())
    @settings(max_examples=8)
    def test_everything_comes_back(self, tmp_path_factory, config):
        path = tmp_path_factory.mktemp("model") / "model.h5"
        config = read_config().model_copy(update={"model": config})
        model = save(path, config)
        stored = load_model_file(path)
        assert isinstance(stored, StoredModel)
        assert (stored.config, stored.classes, stored.provenance) == (config, SENTIMENT, PROVENANCE)
        assert stored.encoder == build_encoder(config.data, Words(), WORDS)
        assert stored.seen.dump() == SEEN.dump()
        for weight, expected in zip(stored.weights, model.get_weights(), strict=True):
            assert weight.dtype == np.float32
            np.testing.assert_array_equal(weight, expected)

    def test_a_vocabulary_larger_than_hdf5s_attributes_comes_back(self, tmp_path):
        """Attributes end at 64 KiB."""
        words = Vocabulary(tuple(f"映画{number}" for number in range(20_000)))
        config = check_config(
            {
                "data": {"num_words": 20_003, "maxlen": 6},
                "model": {"embedding": {"output_dim": 1}, "recurrent": [{"cell": "simple_rnn", "units": 1}]},
            },
            source="test",
        )
        save(tmp_path / "model.h5", config, vocabulary=words)
        stored = load_model_file(tmp_path / "model.h5")
        assert stored.encoder.vocabulary == words
        assert stored.encoder.vocabulary.index(["映画19999"]) == [20_002]

    @given(words=st.lists(st.text(st.characters(exclude_categories=["Zs", "Zl", "Zp", "Cc", "Cs"]), min_size=1),
                          max_size=7, unique=True))  # fmt: skip
    @settings(max_examples=15)
    def test_words_of_any_script_come_back(self, tmp_path_factory, words):
        path = tmp_path_factory.mktemp("words") / "model.h5"
        save(path, vocabulary=Vocabulary(tuple(words)))
        assert load_model_file(path).encoder.vocabulary.words == tuple(words)

    def test_a_model_trained_on_the_fast_kernel_is_kept_as_plain_keras(self, tmp_path):
        """Weights of the fast twin, as the training copies them, give the same numbers from the file."""
        from lstm_cli.models.builder import build_model
        from lstm_cli.models.kernels import build_copy

        config = read_config(recurrent=[{"cell": "lstm", "units": 3}, {"cell": "gru", "units": 2}])
        fast = build_copy(build_model(config.model, sizes=ModelSizes(10), maxlen=6), kernel="fast")
        fast.set_weights([weight + 0.1 for weight in fast.get_weights()])
        twin = build(config)
        twin.set_weights(fast.get_weights())
        path = tmp_path / "model.h5"
        save(path, config, model=twin)
        stored = load_model_file(path)
        again = build(config, seed=9)
        again.set_weights(stored.weights)
        np.testing.assert_allclose(again(TOKENS), fast(TOKENS), atol=1e-5)

    @given(config=model_configs())
    @settings(max_examples=10)
    def test_its_description_says_nothing_that_only_the_newest_keras_knows(self, tmp_path_factory, config):
        """Keras 3.12 refuses a whole file for one; `make test-keras-versions` opens files there."""
        path = tmp_path_factory.mktemp("older") / "model.h5"
        save(path, read_config().model_copy(update={"model": config}))
        with h5py.File(path) as file:
            description = file.attrs["model_config"]
        assert "Embedding" in description
        for name in ("quantization_config", "input_axes", "output_axes"):
            assert name not in description

    def test_an_argument_that_says_something_stays_in_its_description(self):
        text = json.dumps({"config": [{"input_axes": [1], "quantization_config": None, "units": None}]})
        assert json.loads(simplify_description(text)) == {"config": [{"input_axes": [1], "units": None}]}

    @pytest.mark.parametrize("pooling", ["last", "max", ["max", "mean"]])
    @pytest.mark.parametrize("mask_zero", [False, True])
    def test_a_model_of_several_inputs_opens_in_plain_keras(self, tmp_path, pooling, mask_zero):
        """With no class of ours, equal in what it gives, and as blind to padding."""
        import keras

        config = read_config(
            embedding={"output_dim": 3, "mask_zero": mask_zero, "spatial_dropout": 0.5},
            recurrent=[{"cell": "lstm", "units": 3, "bidirectional": True}, {"cell": "gru", "units": 2}],
            pooling=pooling,
            dropout=0.5,
            logit_skip=True,
        )
        model = save(tmp_path / "model.h5", config)
        twin = keras.models.load_model(tmp_path / "model.h5")
        assert {type(layer).__module__.split(".")[0] for layer in twin.layers} == {"keras"}
        assert [one.name for one in twin.inputs] == ["tokens", "channels", "logit"]
        random = np.random.default_rng(2)
        tokens = np.pad(random.integers(1, 10, (8, 4), dtype=np.int32), ((0, 0), (2, 0)))
        channels = random.normal(size=(8, 6, 10)).astype(np.float32)
        logits = random.normal(size=(8, 1)).astype(np.float32)
        given = np.asarray(twin.predict([tokens, channels, logits], verbose=0))
        np.testing.assert_allclose(given, model([tokens, channels, logits]), atol=1e-6)
        other = channels + 9.0 * (tokens == 0)[:, :, None]
        blind = np.allclose(twin([tokens, other, logits]), given, atol=1e-6)
        assert blind is mask_zero
        stored = load_model_file(tmp_path / "model.h5")
        network = Network(stored.config.model, stored.weights, 1)
        channels[tokens == 0] = 0.0
        found = network.predict(tokens, channels=channels[tokens != 0], logits=logits)
        np.testing.assert_allclose(found, twin([tokens, channels, logits]), atol=1e-5)

    def test_weights_of_other_channels_than_its_configuration_has_are_refused(self, tmp_path):
        from lstm_cli.models.builder import build_model

        config = read_config(logit_skip=True)
        model = build_model(config.model, sizes=ModelSizes(10, channels=9), maxlen=6)
        save(tmp_path / "model.h5", config, model=model)
        expect_refusal(tmp_path / "model.h5", "expected weights of the shapes")

    def test_a_file_that_stood_there_is_replaced_whole(self, model_path):
        config = read_config(recurrent=[{"cell": "lstm", "units": 5}])
        save(model_path, config)
        assert load_model_file(model_path).config == config
        assert [file.name for file in model_path.parent.iterdir()] == ["model.h5"]

    def test_a_folder_that_cannot_be_written_is_an_output_error(self, tmp_path):
        (tmp_path / "file").write_text("")
        with pytest.raises(OutputError, match="Cannot write"):
            save(tmp_path / "file" / "model.h5")

    def test_a_full_disk_is_an_output_error_and_the_old_file_stays(self, model_path, small_model_file):
        """Files are kept from growing past a size: at once, in the middle, and only when HDF5 closes its file."""
        program = (
            "import resource, signal, sys; from pathlib import Path\n"
            "from lstm_cli.backend import start_keras; start_keras()\n"
            "from lstm_cli.errors import OutputError\n"
            "from lstm_cli.modelfile.stored_model import load_model_file, save_model_file\n"
            "from lstm_cli.modelfile.shapes import ModelSizes\n"
            "from lstm_cli.models.builder import build_model\n"
            "path = Path(sys.argv[1]); stored = load_model_file(path)\n"
            "model = build_model(stored.config.model, sizes=ModelSizes(10), maxlen=6)\n"
            "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
            "hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]\n"
            "for size in (0, 2000, 5000, 10_000, 20_000):\n"
            "    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))\n"
            "    try:\n"
            "        save_model_file(path, model, config=stored.config, encoder=stored.encoder,\n"
            "                        classes=stored.classes, threshold=0.5, provenance=stored.provenance,\n"
            "                        seen=stored.seen)\n"
            "    except OutputError as error: print(error)\n"
        )
        done = forked_python.run(
            [sys.executable, "-c", program, model_path], capture_output=True, text=True, check=False
        )
        lines = done.stdout.splitlines()
        assert len(lines) == 5, done.stderr
        assert all(line.startswith(f"Cannot write {model_path}: ") for line in lines)
        assert model_path.read_bytes() == small_model_file
        assert [file.name for file in model_path.parent.iterdir()] == ["model.h5"]


PLAIN_KERAS = """
import sys, json
import numpy as np
import keras
tokens = np.array(json.loads(sys.argv[1]), dtype="int32")
labels = np.arange(len(tokens)).reshape(-1, 1) % 2
for path in sys.argv[2:]:
    model = keras.models.load_model(path)
    print(json.dumps({
        "probabilities": np.asarray(model(tokens))[:, 0].tolist(),
        "evaluated": [float(value) for value in model.evaluate(tokens, labels, verbose=0)],
        "optimizer": type(model.optimizer).__name__,
        "ours": [name for name in sys.modules if name.startswith("lstm_cli")],
    }))
"""


class TestPlainKeras:
    def test_it_opens_predicts_and_evaluates_in_a_process_that_never_imports_us(self, tmp_path):
        """For both losses; out of a Python that has imported Keras and nothing of ours, in another folder."""
        model_settings = {
            "embedding": {"output_dim": 3, "mask_zero": True, "embeddings_regularizer": {"l2": 0.01}},
            "recurrent": [
                {"cell": "lstm", "units": 2, "bidirectional": True, "output_dropout": 0.2},
                {"cell": "gru", "units": 2, "kernel_regularizer": {"l1": 0.01}},
                {"cell": "simple_rnn", "units": 2, "go_backwards": True},
            ],
            "pooling": "mean",
            "dense": [{"units": 3}],
        }
        models = {}
        for loss in ("binary_crossentropy", "mean_squared_error"):
            training = {"loss": loss, "optimizer": {"name": "adamw", "clipnorm": 1.0}}
            data = {"num_words": 10, "maxlen": 6}
            config = check_config({"data": data, "model": model_settings, "training": training}, source="test")
            path = tmp_path / f"{loss}.h5"
            models[path] = save(path, config)
        done = forked_python.run(
            [sys.executable, "-c", PLAIN_KERAS, json.dumps(TOKENS.tolist()), *models],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
        )
        labels = np.arange(len(TOKENS)).reshape(-1, 1) % 2
        for line, model in zip(done.stdout.splitlines(), models.values(), strict=True):
            found = json.loads(line)
            np.testing.assert_allclose(found["probabilities"], np.asarray(model(TOKENS))[:, 0], atol=1e-6)
            np.testing.assert_allclose(found["evaluated"], model.evaluate(TOKENS, labels, verbose=0), rtol=1e-5)
            assert found["optimizer"] == "AdamW"
            assert found["ours"] == []

    def test_one_of_ours_that_keras_saved_again_is_foreign(self, model_path):
        import keras

        keras.models.load_model(model_path).save(model_path)
        assert isinstance(load_model_file(model_path), ForeignModel)

    def test_one_of_ours_that_h5py_wrote_to_is_read(self, model_path):
        """Someone's note in the file takes the checksum from its end, which is then not asked for."""
        with h5py.File(model_path, "a") as file:
            file.attrs["note"] = "mine"
        assert isinstance(load_model_file(model_path), StoredModel)


class TestDamage:
    @given(data=st.data())
    def test_flipped_bytes_are_noticed(self, tmp_path_factory, small_model_file, data):
        """Every byte counts: those of Keras' own part too, and a file is never read as something else."""
        path = tmp_path_factory.mktemp("flipped") / "model.h5"
        spoilt = bytearray(small_model_file)
        for _ in range(data.draw(st.integers(1, 4))):
            spoilt[data.draw(st.integers(0, len(spoilt) - 1))] ^= data.draw(st.integers(1, 255))
        path.write_bytes(small_model_file)
        whole = load_model_file(path)
        path.write_bytes(spoilt)
        try:
            found = load_model_file(path)
        except ModelFileError:
            return
        assert isinstance(found, StoredModel)
        expect_equal(found, whole)

    @pytest.mark.parametrize("part", ["weight", "word", "fingerprint", "Keras' description", "checksum"])
    def test_one_flipped_bit_is_noticed(self, model_path, part):
        """Where HDF5 itself would see nothing: in a number, in a letter."""
        content = bytearray(model_path.read_bytes())
        stored = load_model_file(model_path)
        found = {
            "weight": stored.weights[0].tobytes(),
            "word": "映画".encode(),
            "fingerprint": PROVENANCE.fingerprint.encode(),
            "Keras' description": b'"GlorotUniform"',
            "checksum": bytes(content[-32:]),
        }[part]
        assert content.count(found) >= 1
        content[content.index(found) + 1] ^= 1
        model_path.write_bytes(content)
        expect_refusal(model_path, "does not match its checksum: the file is damaged")

    @given(share=st.floats(0, 1, exclude_max=True))
    @settings(max_examples=30)
    def test_the_beginning_of_a_file_is_refused_or_whole(self, tmp_path_factory, small_model_file, share):
        path = tmp_path_factory.mktemp("cut") / "model.h5"
        path.write_bytes(small_model_file[: int(share * len(small_model_file))])
        try:
            found = load_model_file(path)
        except ModelFileError:
            return
        path.write_bytes(small_model_file)
        expect_equal(found, load_model_file(path))

    def test_half_a_file_is_refused(self, model_path, small_model_file):
        model_path.write_bytes(small_model_file[: len(small_model_file) // 2])
        expect_refusal(model_path, "no readable HDF5 model file")

    @pytest.mark.parametrize("content", [b"", b"# text\n" * 100, b"\x89HDF\r\n\x1a\n", b"\0" * 5000])
    def test_what_is_no_hdf5_is_refused(self, tmp_path, content):
        path = tmp_path / "model.h5"
        path.write_bytes(content)
        expect_refusal(path, "no readable HDF5 model file .*Expected what lstm-train or Keras wrote")

    def test_what_is_not_there_or_a_folder_is_refused(self, tmp_path):
        expect_refusal(tmp_path / "missing.h5", "it is not there")
        expect_refusal(tmp_path, r"it is a folder\.$")

    def test_of_a_folder_the_models_in_it_are_named(self, tmp_path):
        for name in ("last.h5", "best.keras", "history.json"):
            (tmp_path / name).touch()
        first, second = (re.escape(str(tmp_path / name)) for name in ("best.keras", "last.h5"))
        expect_refusal(tmp_path, rf"it is a folder: name {first} or {second}\.$")

    def test_an_empty_hdf5_file_is_refused(self, tmp_path):
        path = tmp_path / "model.h5"
        h5py.File(path, "w").close()
        expect_refusal(path, "holds no description of a model")


_CLASSES = {"names": ["bad", "fair"], "spellings": {"1": 0, "5": 1}, "threshold": 0.5}


def put(path, **texts):
    """Put other texts into a file of ours, as anyone can who knows how to seal it; None takes one out."""
    with h5py.File(path, "a") as file:
        for name, text in texts.items():
            del file[f"lstm_cli/{name}"]
            if text is not None:
                content = text if isinstance(text, bytes) else json.dumps(text).encode()
                file[f"lstm_cli/{name}"] = np.frombuffer(content, np.uint8)
    reseal(path)


def set_version(path, version):
    with h5py.File(path, "a") as file:
        file["lstm_cli"].attrs["format_version"] = version
    reseal(path)


@pytest.mark.parametrize("threshold", [1e-9, 0.25, 1 - 1e-9])
def test_classes_and_their_threshold_are_those_of_the_file(model_path, threshold):
    put(model_path, classes=_CLASSES | {"threshold": threshold})
    stored = load_model_file(model_path)
    assert (stored.classes, stored.threshold) == (Classes(("bad", "fair"), {"1": 0, "5": 1}), threshold)


@pytest.mark.parametrize(
    ("classes", "message"),
    [
        ([], "no threshold between 0 and 1"),
        (_CLASSES | {"threshold": 0.0}, "no threshold between 0 and 1"),
        (_CLASSES | {"threshold": 1.0}, "no threshold between 0 and 1"),
        (_CLASSES | {"threshold": "0.5"}, "no threshold between 0 and 1"),
        ({"threshold": 0.5}, "its classes cannot be read"),
        (_CLASSES | {"names": [1, 2]}, "its classes cannot be read"),
        (_CLASSES | {"names": ["bad"], "spellings": {}}, "no two different names"),
        (_CLASSES | {"names": [], "spellings": {}}, "no two different names"),
        (_CLASSES | {"names": ["bad", "bad"]}, "no two different names"),
        (_CLASSES | {"names": ["bad", ""]}, "no two different names"),
        (_CLASSES | {"names": [str(number) for number in range(10_001)]}, "no two different names"),
        (_CLASSES | {"names": [str(number) for number in range(10_000)]}, "weights of the shapes"),
        (_CLASSES | {"spellings": {"1": 2}}, "spelled for classes that it does not have"),
        (_CLASSES | {"spellings": {"1": -1}}, "spelled for classes that it does not have"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_classes_that_are_none_are_refused(model_path, classes, message):
    put(model_path, classes=classes)
    expect_refusal(model_path, message)


@pytest.mark.parametrize(
    "change",
    [{"epoch": "3"}, {"dataset": 1}, {"fingerprint": None}, {"lstm_cli_version": 2}, {"more": 1}],
    ids=str,
)
def test_where_a_file_comes_from_is_said_as_we_say_it(model_path, change):
    put(model_path, provenance=vars(PROVENANCE))
    assert load_model_file(model_path).provenance == PROVENANCE
    put(model_path, provenance=vars(PROVENANCE) | change)
    expect_refusal(model_path, "does not say where it comes from")


@pytest.mark.parametrize(("text", "words"), [(b"", ()), (b"a", ("a",)), (b"a\nb", ("a", "b"))])
def test_a_vocabulary_is_a_word_a_line(model_path, text, words):
    put(model_path, vocabulary=text)
    assert load_model_file(model_path).encoder.vocabulary.words == words


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ({"vocabulary": b"\n".join(b"%d" % n for n in range(8))}, "its encoder is not that of its configuration"),
        ({"vocabulary": b"\n".join(b"%d" % n for n in range(10))}, "its encoder is not that of its configuration"),
        ({"vocabulary": b"\n".join(b"%d" % n for n in range(11))}, "larger than the 10 of its configuration"),
        ({"vocabulary": b"\xff"}, "can't decode byte"),
        ({"vocabulary": None}, "expected the array 'vocabulary', which is not there"),
        ({"config": []}, "its configuration is no JSON object"),
        ({"config": {"secret": 1}}, "secret: unknown key"),
        ({"encoder": {}}, "does not say how it encodes texts"),
        ({"seen_texts": b"salt"}, "the fingerprints of its training texts cannot be read"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_a_text_that_does_not_do_is_refused_with_its_reason(model_path, texts, message):
    put(model_path, **texts)
    expect_refusal(model_path, message)


def test_an_encoder_of_another_length_is_refused(model_path):
    described = load_model_file(model_path).encoder.describe()
    for maxlen in (5, 7):
        put(model_path, encoder=described | {"maxlen": maxlen})
        expect_refusal(model_path, "its encoder is not that of its configuration")


@pytest.mark.parametrize("version", [0, 5])
def test_a_format_that_is_not_ours_is_named(model_path, version):
    set_version(model_path, version)
    expect_refusal(model_path, f"expected format 1 to 4, got {version}: it was written by another version")


@pytest.mark.parametrize(
    ("version", "message"), [(3, "expected the array 'ngrams'"), (4, "not as many members as its configuration")]
)
def test_a_format_of_more_than_the_file_holds_is_refused(model_path, version, message):
    set_version(model_path, version)
    expect_refusal(model_path, message)
