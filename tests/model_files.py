"""Small models of ours and the files that keep them, for the tests of the model file and of prediction."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from lstm_cli.classes import SENTIMENT
from lstm_cli.config import check_config
from lstm_cli.data.encoding import build_encoder
from lstm_cli.errors import ModelFileError
from lstm_cli.modelfile.seal import build_seal
from lstm_cli.modelfile.shapes import measure_model
from lstm_cli.modelfile.stored_model import Provenance, build_index, load_model_file, save_model_file
from lstm_cli.text.encoder import digest_text
from lstm_cli.text.ngrams.tokens import build_token_texts
from lstm_cli.text.seen import build_seen_texts
from lstm_cli.text.tokenizers.words import Words
from lstm_cli.text.tokenizers.words_and_signs import WordsAndSigns
from lstm_cli.text.vocabulary import Vocabulary

PROVENANCE = Provenance(dataset="imdb", fingerprint="ab" * 32, epoch=3, lstm_cli_version="1.2.3")
WORDS = Vocabulary(("the", "größe", "фильм", "映画", "فيلم", "🎬", "don't"))
SEEN = build_seen_texts(np.array([digest_text("a fine film"), digest_text("映画")], np.uint64), salt=b"test")
TOKENS = np.random.default_rng(0).integers(0, 10, (8, 6), dtype=np.int32)


def read_config(*, data: dict[str, Any] | None = None, **model: Any):
    model = {"embedding": {"output_dim": 3}, "recurrent": [{"cell": "gru", "units": 2}], **model}
    data = {"num_words": 10, "maxlen": 6} | ({"ngrams": {}} if "logit_skip" in model else {}) | (data or {})
    return check_config({"data": data, "model": model}, source="test")


def build(config, *, seed: int = 4):
    """The Keras model of a configuration, compiled as a training compiles it."""
    import keras

    from lstm_cli.models.builder import build_model
    from lstm_cli.training.objective import build_loss
    from lstm_cli.training.optimizer import build_optimizer

    keras.utils.set_random_seed(seed)
    sizes = measure_model(config, classes=SENTIMENT)
    model = build_model(config.model, maxlen=config.data.maxlen, sizes=sizes)
    model.compile(
        optimizer=build_optimizer(config.training.optimizer),
        loss=build_loss(config.training.loss),
        metrics=["accuracy"],
    )
    return model


def learn(config):
    """What n-grams of two texts say, as a configuration asks for it; None where it does not."""
    from lstm_cli.text.ngrams.fitting import fit_ngrams

    if config.data.ngrams is None:
        return None
    texts = build_token_texts([["the", "größe", "the"], ["the", "映画"]] * 6)
    labels = np.arange(12, dtype=np.int32) % 2
    return fit_ngrams(texts, labels, classes=2, settings=config.data.ngrams.build_settings()).tables


def build_tokenizer(config):
    """Return the tokenizer of data settings, which learns nothing."""
    return WordsAndSigns(config.language or "en") if config.tokenizer == "words-and-signs" else Words()


def save(
    path: Path, config=None, *, vocabulary: Vocabulary = WORDS, provenance: Provenance = PROVENANCE, model=None
):
    """Save a small model of ours and return it."""
    config = config or read_config()
    model = model or build(config)
    save_model_file(
        path,
        model,
        config=config,
        encoder=build_encoder(config.data, build_tokenizer(config.data), vocabulary, ngrams=learn(config)),
        classes=SENTIMENT,
        threshold=0.5,
        provenance=provenance,
        seen=SEEN,
    )
    return model


def expect_refusal(path: Path, message: str | None) -> None:
    with pytest.raises(ModelFileError, match=message) as caught:
        load_model_file(path)
    assert caught.value.exit_code == 4
    assert str(path) in str(caught.value)
    assert len(str(caught.value).splitlines()) <= 2


def reseal(path: Path) -> None:
    """Put the seal back behind a file of ours that h5py has changed, as anyone can."""
    with h5py.File(path) as file:
        index = build_index(file)
    content = path.read_bytes()
    path.write_bytes(content + build_seal(content, index))
