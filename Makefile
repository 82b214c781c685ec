# Every target that runs something of ours sets up first; a fresh machine needs nothing but Python and make.
PYTHON ?= python3
MODEL ?= gru
VENV := .venv
BIN := $(VENV)/bin
# What is imported is compiled then; of ten thousand files that pip would compile most never are.
PIP := -m pip install --quiet --disable-pip-version-check --no-compile
EXTRAS := test,chinese,japanese,korean,thai,postgresql,mysql
# Tests of a file stay in one process, as they share what its fixtures train; the longest files come first. One more
# process than cores, for now and then each waits; more than four would only take memory.
PROCESSES := $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)
PYTEST := -m pytest --numprocesses $(PROCESSES) --maxprocesses 4 --dist loadfile --no-loadscope-reorder

# The suite starts a thousand processes, and each would compile the package anew where none may keep what it compiled.
test test-commands test-lowest test-extras torture: export PYTHONDONTWRITEBYTECODE =

.DEFAULT_GOAL := help
.PHONY: help train test test-commands test-lowest test-extras test-keras-versions bench reproduce torture mutants lint format types check clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 28

train: $(VENV)/installed ## set up and train the GRU on real IMDB reviews; MODEL=stacked-lstm trains another
	$(BIN)/lstm-train --model $(MODEL)

test: $(VENV)/installed-test ## set up with the test extra and run the suite
	$(BIN)/python $(PYTEST) -m "not rehearsal"

test-commands: $(VENV)/installed-test ## rehearse what torture, bench and reproduce do: minutes that `make test` does without
	$(BIN)/python $(PYTEST) -m rehearsal

test-lowest: ## the suite on the oldest versions that pyproject.toml allows, in a folder of its own
	$(PYTHON) -m venv .venv-lowest
	.venv-lowest/bin/python $(PIP) --constraint tests/lowest.txt --editable '.[$(EXTRAS)]'
	.venv-lowest/bin/python $(PYTEST)

test-extras: ## the tests that an extra's packages are needed for, in a folder of its own
	$(PYTHON) -m venv .venv-extras
	.venv-extras/bin/python $(PIP) --editable '.[$(EXTRAS)]'
	.venv-extras/bin/python $(PYTEST) tests/text/tokenizers tests/cli/test_sweep.py tests/sweep

test-keras-versions: $(VENV)/installed-test ## our model files in older Keras 3, on JAX, and in Keras 2, in a folder of its own
	$(BIN)/python tests/older_keras.py write .venv-keras/models
	$(PYTHON) -m venv .venv-keras
	for version in 3.4 3.8 3.12; do \
		.venv-keras/bin/python $(PIP) "keras==$$version.*" jax h5py && \
		KERAS_BACKEND=jax .venv-keras/bin/python tests/older_keras.py check .venv-keras/models keras || exit 1; \
	done
	$(BIN)/python $(PIP) --no-deps --upgrade --target .venv-keras/keras-2 "tf-keras==2.21.*"
	PYTHONPATH=.venv-keras/keras-2 $(BIN)/python tests/older_keras.py check .venv-keras/models tf_keras

bench: ## train beside stock Keras, PyTorch and Keras on JAX, in a folder of its own; writes docs/performance.md
	$(PYTHON) -m venv .venv-bench
	.venv-bench/bin/python $(PIP) --editable '.[bench]'
	.venv-bench/bin/python -m benchmarks
	.venv-bench/bin/lstm-train --model gru --epochs 1 --output .venv-bench/gru --force --quiet
	.venv-bench/bin/python -m benchmarks.scoring .venv-bench/gru/best-gru-model.h5

reproduce: $(VENV)/installed ## train the tutorials and the default model over several seeds, or SEEDS=1; writes docs/results.md; goes on where it was stopped; SDIST=FOLDER adds rated sentences, LANGUAGES=FOLDER the .csv files there
	$(BIN)/python -m reproduction $(if $(SEEDS),--seeds $(SEEDS))
	$(BIN)/python -m reproduction.data_sets $(SDIST) $(if $(LANGUAGES),--languages $(LANGUAGES)) $(if $(SEEDS),--seeds $(SEEDS))
	$(BIN)/python -m reproduction.grouped_folds --ablations --ensemble

torture: $(VENV)/installed-test ## kill trainings, let their disk fail, damage their files, fuzz; writes docs/reliability.md
	$(BIN)/python -m torture

mutants: $(VENV)/installed-dev ## change the lines that differ from main, or ROOMS="text data/cache.py"; do the tests notice?
	$(BIN)/python tests/mutants.py $(ROOMS)

lint: $(VENV)/installed-dev ## ruff's checks, and its format as a check
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(VENV)/installed-dev ## format the code and mend what ruff can mend
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

types: $(VENV)/installed-dev ## mypy, strict
	$(BIN)/mypy

check: lint types test test-commands ## all of the above

clean: ## remove the virtual environment, builds and caches; runs/ stays
	rm -rf $(VENV) .venv-lowest .venv-extras .venv-keras .venv-bench build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# One stamp for each set of extras; a change of the dependencies installs anew.
$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/installed: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python $(PIP) --editable .
	@touch $@

$(VENV)/installed-test: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python $(PIP) --editable '.[test]'
	@touch $@ $(VENV)/installed

$(VENV)/installed-dev: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python $(PIP) --editable '.[dev]'
	@touch $@ $(VENV)/installed $(VENV)/installed-test
