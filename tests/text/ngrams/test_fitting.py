"""What is told of a text comes from other folds alone, and is what counting by hand gives."""

from __future__ import annotations

import dataclasses

import ngram_reference as reference
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from lstm_cli.kernels.threads import get_threads, set_threads
from lstm_cli.text.ngrams.fitting import fit_ngrams
from lstm_cli.text.ngrams.settings import NgramSettings
from lstm_cli.text.ngrams.tables import LOGIT_SCALE
from lstm_cli.text.ngrams.tokens import build_token_texts

SETTINGS = NgramSettings(
    patterns=("x", "xx", "x_x"),
    channels=("weight", "log_ratio"),
    folds=3,
    fold_seed=0,
    grouping="none",
    min_df=2,
    smoothing=0.5,
    inverse_penalty=1.0,
    length_normalization=0.5,
)


def write_texts(count, *, seed, words=40, length=12):
    """Return texts of words some of which are common and most rare."""
    generator = np.random.default_rng(seed)
    chances = 1 / np.arange(1, words + 1)
    lengths = generator.integers(1, 2 * length, count)
    return [generator.choice(words, size, p=chances / chances.sum()).astype(str).tolist() for size in lengths]


def write_opinions(count, *, seed):
    """Return texts and labels that some of their words tell."""
    labels = np.random.default_rng(seed).integers(0, 2, count).astype(np.int32)
    texts = write_texts(count, seed=seed)
    for text, label in list(zip(texts, labels.tolist(), strict=True))[::2]:
        text.append(f"opinion{label}")
    return texts, labels


def split_tokens(fitted, texts):
    return np.split(fitted.inputs.channels, np.cumsum([len(text) for text in texts])[:-1])


@pytest.mark.parametrize(
    "change",
    [{}, {"length_normalization": 0.0, "min_df": 1}, {"smoothing": 2.0, "inverse_penalty": 0.1}],
)
def test_each_text_is_told_of_by_what_a_training_on_the_other_folds_gives(change):
    chosen = dataclasses.replace(SETTINGS, **change)
    texts, labels = write_opinions(40, seed=1)
    fitted = fit_ngrams(build_token_texts(texts), labels, classes=2, settings=chosen)
    of_texts = split_tokens(fitted, texts)
    tables = []
    for fold in range(3):
        others = np.flatnonzero(fitted.folds != fold)
        table = reference.learn([texts[row] for row in others], labels[others] == 1, chosen)
        tables.append(table)
        for row in np.flatnonzero(fitted.folds == fold):
            weights, log_ratios, odds = reference.tell(table, texts[row], chosen)
            assert of_texts[row] == pytest.approx(np.hstack([weights, log_ratios]), rel=5e-3, abs=5e-3)
            assert fitted.inputs.logits[row, 0] == pytest.approx(LOGIT_SCALE * odds, abs=2e-3)
    # New texts: the mean of the three.
    known = {ngram for table in tables for ngram in table.known}
    assert sum(map(len, fitted.tables.keys)) >= len(known)
    assert fitted.tables.intercepts[0] == pytest.approx(np.mean([table.intercept for table in tables]), abs=2e-3)
    word = build_token_texts([["opinion1"]])
    told = fitted.tables.encode(word).channels[0]
    means = np.mean([table.known["x", ("opinion1",)] for table in tables], axis=0)
    factor = reference.scale(1, fitted.tables.mean_count, chosen.length_normalization)
    assert told[0] == pytest.approx(10 * factor * means[0], rel=1e-2)
    assert told[3] == pytest.approx(means[1], rel=1e-2)


def test_each_of_several_classes_is_told_of_against_the_rest():
    texts, labels = write_opinions(60, seed=2)
    labels = (labels + (np.arange(60) % 5 == 0)).astype(np.int32)
    fitted = fit_ngrams(build_token_texts(texts), labels, classes=3, settings=SETTINGS)
    assert fitted.inputs.channels.shape[1] == fitted.tables.width == SETTINGS.count_channels(3) == 18
    of_texts = split_tokens(fitted, texts)
    for fold in range(3):
        others = np.flatnonzero(fitted.folds != fold)
        for positive in range(3):
            table = reference.learn([texts[row] for row in others], labels[others] == positive, SETTINGS)
            for row in np.flatnonzero(fitted.folds == fold):
                weights, log_ratios, odds = reference.tell(table, texts[row], SETTINGS)
                told = of_texts[row].reshape(-1, 2, 3, 3)[:, :, positive]
                assert told[:, 0] == pytest.approx(weights, rel=5e-3, abs=5e-3)
                assert told[:, 1] == pytest.approx(log_ratios, rel=5e-3, abs=5e-3)
                assert fitted.inputs.logits[row, positive] == pytest.approx(LOGIT_SCALE * odds, abs=2e-3)


def test_random_labels_cannot_be_told_from_what_is_told_unless_the_text_itself_took_part():
    """Channels and logits, averaged over a text, against labels that mean nothing."""
    honest, dishonest = [], []
    for seed in range(8):
        texts = build_token_texts(write_texts(300, seed=seed, words=400, length=40))
        labels = np.random.default_rng(1_000 + seed).integers(0, 2, 300).astype(np.int32)
        fitted = fit_ngrams(texts, labels, classes=2, settings=SETTINGS)
        # The mean of the folds' tables has seen every text: as if cross-fitting were switched off.
        seen = fitted.tables.encode(texts)
        for inputs, areas in ((fitted.inputs, honest), (seen, dishonest)):
            sums = np.add.reduceat(inputs.channels.astype(np.float64), texts.starts[:-1])
            weight, log_ratio = sums[:, :3].sum(axis=1), sums[:, 3:].sum(axis=1)
            areas.append([roc_auc_score(labels, figure) for figure in (inputs.logits[:, 0], weight, log_ratio)])
    assert np.mean(honest, axis=0) == pytest.approx([0.5] * 3, abs=0.05)
    assert (np.mean(dishonest, axis=0) > 0.95).all()


def test_a_label_changes_nothing_of_what_is_told_of_its_own_fold():
    texts, labels = write_opinions(60, seed=3)
    tokens, groups = build_token_texts(texts), np.arange(60) % 20
    fitted = fit_ngrams(tokens, labels, classes=2, settings=SETTINGS, groups=groups)
    row = int(np.flatnonzero(fitted.folds == 0)[0])
    # Two labels of the fold change places, which keeps the folds: they are assigned by the classes' numbers.
    changed = labels.copy()
    other = next(
        one
        for one in np.flatnonzero(fitted.folds == 0)
        if groups[one] == groups[row] and labels[one] != labels[row]
    )
    changed[[row, other]] = labels[[other, row]]
    again = fit_ngrams(tokens, changed, classes=2, settings=SETTINGS, groups=groups)
    assert (again.folds == fitted.folds).all()
    own = np.repeat(fitted.folds == 0, tokens.lengths)
    assert (again.inputs.channels[own] == fitted.inputs.channels[own]).all()
    assert (again.inputs.logits[fitted.folds == 0] == fitted.inputs.logits[fitted.folds == 0]).all()
    assert (again.inputs.channels[~own] != fitted.inputs.channels[~own]).any()


def test_groups_that_are_given_stay_in_one_fold():
    texts, labels = write_opinions(60, seed=4)
    groups = np.random.default_rng(0).integers(-(2**60), 2**60, 12)[np.arange(60) % 12]
    fitted = fit_ngrams(build_token_texts(texts), labels, classes=2, settings=SETTINGS, groups=groups)
    assert all(len(set(fitted.folds[groups == group].tolist())) == 1 for group in groups)
    assert len(set(fitted.folds.tolist())) == 3


def test_the_same_texts_give_the_same_numbers_on_any_number_of_threads():
    texts, labels = write_opinions(50, seed=5)
    threads = get_threads()
    fits = []
    try:
        for count in (1, 3):
            set_threads(count)
            fits.append(fit_ngrams(build_token_texts(texts), labels, classes=2, settings=SETTINGS))
    finally:
        set_threads(threads)
    for name, array in fits[0].tables.list_arrays().items():
        assert (array == fits[1].tables.list_arrays()[name]).all()
    assert (fits[0].inputs.channels == fits[1].inputs.channels).all()
    assert (fits[0].inputs.logits == fits[1].inputs.logits).all()


def test_progress_goes_from_nothing_to_all():
    texts, labels = write_opinions(30, seed=6)
    reports = [0.0]
    fit_ngrams(build_token_texts(texts), labels, classes=2, settings=SETTINGS, report=reports.append)
    assert reports == sorted(reports)
    assert reports[-1] == 1.0
    assert max(np.diff(reports)) < 0.3


@settings(max_examples=30)
@given(
    st.lists(st.tuples(st.lists(st.sampled_from("abc"), max_size=4), st.integers(0, 2)), min_size=1, max_size=12),
    st.sampled_from(["none", "content"]),
    st.integers(1, 3),
)
def test_few_empty_and_one_sided_texts_are_told_of_in_finite_numbers(rows, grouping, min_df):
    """One text, texts of one token or none, folds without texts, a class without texts."""
    chosen = dataclasses.replace(SETTINGS, grouping=grouping, min_df=min_df, folds=4)
    texts = [text for text, _ in rows]
    for classes, labels in ((3, [label for _, label in rows]), (2, [min(label, 1) for _, label in rows])):
        fitted = fit_ngrams(build_token_texts(texts), np.array(labels, np.int32), classes=classes, settings=chosen)
        assert fitted.inputs.channels.shape == (sum(map(len, texts)), chosen.count_channels(classes))
        assert fitted.inputs.logits.shape == (len(texts), chosen.count_outputs(classes))
        assert np.isfinite(fitted.inputs.channels).all()
        assert np.isfinite(fitted.inputs.logits).all()
        assert all(np.isfinite(array).all() for array in fitted.tables.list_arrays().values())


def test_ngrams_of_characters_are_those_of_texts_whose_tokens_are_characters():
    """A token is told the sum of the weights, and the mean of the log ratios, of those that end in it."""
    texts, labels = write_opinions(40, seed=7)
    by_character = [list(" " + " ".join(text)) for text in texts]
    groups = np.arange(40)
    of_tokens = fit_ngrams(
        build_token_texts(texts, marks_spaces=False),
        labels,
        classes=2,
        settings=dataclasses.replace(SETTINGS, patterns=("c", "ccc")),
        groups=groups,
    )
    expected = fit_ngrams(
        build_token_texts(by_character),
        labels,
        classes=2,
        settings=dataclasses.replace(SETTINGS, patterns=("x", "xxx")),
        groups=groups,
    )
    assert of_tokens.inputs.logits == pytest.approx(expected.inputs.logits, abs=1e-3)
    told = split_tokens(expected, by_character)
    for text, channels, characters in zip(texts, split_tokens(of_tokens, texts), told, strict=True):
        ends = np.cumsum([1 + len(token) for token in text])
        for channel, part in zip(channels, np.split(characters.astype(np.float64), ends[:-1]), strict=True):
            assert channel[:2] == pytest.approx(part[:, :2].sum(axis=0), rel=5e-3, abs=5e-2)
            # Which of them are known and say nothing cannot be seen here: the mean lies between these.
            assert (channel[2:] <= part[:, 2:].max(axis=0).clip(0) + 5e-3).all()
            assert (channel[2:] >= part[:, 2:].min(axis=0).clip(None, 0) - 5e-3).all()
