# make run    build the environment, start the app and print its address
# make test   the same environment plus the test tools; lint, types and all tests
# make bench  the benchmarks: configuration, raw samples, ratios
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SOURCES := app.py data_cache models explainers evaluation ui tests

.PHONY: run test lint types bench python-version

run: $(VENV)/run.ready
	$(BIN)/python app.py $(ARGS)

test: lint types
	$(BIN)/python -m pytest

lint: $(VENV)/test.ready
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)

types: $(VENV)/test.ready
	$(BIN)/mypy

bench: $(VENV)/test.ready
	$(BIN)/python -m tests.benchmarks

python-version:
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed, but $(PYTHON) is %d.%d: install a newer one and run make PYTHON=python3.11 (or its name)." % sys.version_info[:2])'

$(VENV)/bin/python: | python-version
	$(PYTHON) -m venv $(VENV)

$(VENV)/run.ready: requirements.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/test.ready: requirements.txt tests/requirements.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r tests/requirements.txt
	@touch $@
