"""A model file → a classifier."""

from __future__ import annotations

from collections.abc import Mapping

from lstm_cli.api.arguments import Place, build_output, list_settings, read_path
from lstm_cli.inference.classifier import Classifier, load_classifier


def load(
    file: Place,
    *,
    settings: Mapping[str, object] | None = None,
    tokenizer: Place | None = None,
    verbose: int = 1,
) -> Classifier:
    """Load a model, without TensorFlow.

    Args:
        file: an .h5 or a .keras file, ours or plain Keras'.
        settings: of a plain Keras file, how its words were numbered and padded: `{"data.dataset": "imdb-keras"}`.
        tokenizer: of such a file, what says how: Keras' `tokenizer.json`, or a vocabulary, one token a line.
        verbose: 0 keeps back what should be known of how the file is read.

    Raises:
        ArgumentError: an argument is none.
        ModelFileError: a file is missing, damaged, or of a kind we do not know.
        ConfigError: the settings or the tokenizer are wrong, or not wanted.
        DataError: the data set that the vocabulary is learnt from cannot be read.
    """
    classifier = load_classifier(
        read_path(file, name="file"),
        overrides=list_settings(settings),
        tokenizer_file=None if tokenizer is None else read_path(tokenizer, name="tokenizer"),
    )
    if classifier.notice:
        build_output(verbose).print_notice(classifier.notice)
    return classifier
