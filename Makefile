# make run    build the environment, start the app and print its address
# make test   the same environment plus the test tools; lint, types and all tests (RERUNS=1: failed ones once more)
# make test-thorough   the same with the tests that `make test` tries a selection of: pytest's marker `thorough`
# make fuzz   20,000 broken files over all readers: what they accept, refuse and fail on
# make bench  the benchmarks: configuration, raw samples, ratios
# make demo-data, make demo-models   rebuild what is bundled: phantom cases; demo weights and their cached outputs
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Twice the usual two cores: tests wait for browsers and for what they have started, and a worker more costs seconds
# (tests/warm.py), not the half minute in which it would import and collect by itself.
WORKERS ?= 4
SOURCES := app.py data_cache models explainers evaluation ui tests

.PHONY: run test test-thorough tests lint types fuzz bench demo-data demo-models tuned python-version

run: $(VENV)/run.ready
	$(BIN)/python app.py $(ARGS)

# Style and types are checked beside the tests; each may fail, and all go on to their end.
test: $(VENV)/test.ready
	$(MAKE) --no-print-directory --jobs=3 --keep-going lint types tests

# With RERUNS=1, as CI has it, a test that fails is run once more and named with its first failure in the summary: what
# fails once in many runs must be seen and mended, but it stops no release. More than ten such tests are no accident.
RERUN := $(if $(RERUNS),--reruns $(RERUNS) --max-suite-reruns 10 --rerun-show-tracebacks)
tests: $(VENV)/test.ready
	$(BIN)/python -m pytest -n $(WORKERS) --no-loadscope-reorder $(RERUN) $(SELECTED)

test-thorough: export SELECTED := -m ""
test-thorough: test

lint: $(VENV)/test.ready node_modules/.ready
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/python -m ui.protocol --check
	$(NODE) npm run --silent lint

# What checks the JavaScript. Node comes with the test tools; where they have none for a platform, from the PATH.
NODE := PATH="$(CURDIR)/$(BIN):$$PATH"
node_modules/.ready: package.json package-lock.json | $(VENV)/test.ready
	$(NODE) npm ci --no-audit --no-fund --silent
	@touch $@

types: $(VENV)/test.ready
	$(BIN)/mypy

fuzz: $(VENV)/test.ready
	$(BIN)/python -m tests.fuzz --count 20000 --seed 2026 --jobs 2

bench: $(VENV)/test.ready
	$(BIN)/python -m tests.benchmarks

# The phantom cohort (two cores: 8 minutes) and the 24 cases of its test split that are bundled.
PHANTOM := runs/phantom
demo-data: $(VENV)/run.ready
	$(BIN)/python -m data_cache phantom --train 5000 --val 234 --test 300 --size 512,608x512,512x608 --seed 2026 --out $(PHANTOM)
	$(BIN)/python -m data_cache bundle --cohort $(PHANTOM) --count 24 --out data_cache/demo

# One core each: the CNN in 30 minutes, the patch model, which starts from its weights, in 40; outputs in 5.
demo-models: $(VENV)/run.ready
	OMP_NUM_THREADS=1 $(BIN)/python -m models train --config models/training/configs/demo-cnn.yaml
	OMP_NUM_THREADS=1 $(BIN)/python -m models train --config models/training/configs/demo-medicalpatchnet.yaml
	for kind in cnn medicalpatchnet; do for suffix in safetensors md; do \
	  cp runs/demo-$$kind/model.$$suffix models/embedded/$$kind-demo.$$suffix || exit 1; done; done
	for kind in cnn medicalpatchnet; do \
	  $(BIN)/python -m evaluation profile --root $(PHANTOM) --weights demo --kind $$kind || exit 1; done
	for split in val test; do \
	  $(BIN)/python -m explainers run --source chexlocalize --root $(PHANTOM) --split $$split \
	    --patchnet demo --cnn demo --out runs/demo-outputs/$$split || exit 1; \
	  (cd runs/demo-outputs/$$split && ../../../$(BIN)/python -m zipfile -c ../../../data_cache/demo/outputs-$$split.zip *) || exit 1; \
	  cp $(PHANTOM)/CheXlocalize/gt_segmentations_$$split.json data_cache/demo/outputs-$$split-masks.json || exit 1; done
	$(BIN)/python -m explainers index --model medicalpatchnet=demo --source demo --split test \
	  --out data_cache/demo/patches-test.safetensors
	$(BIN)/python -m evaluation.bundled_cohort
	$(BIN)/python -m evaluation trust --patchnet demo --cnn demo --no-figures --out runs/demo-trust
	for kind in cnn medicalpatchnet; do \
	  $(BIN)/python -m evaluation probabilities --root $(PHANTOM) --weights demo --kind $$kind --out runs/demo-trust/$$kind || exit 1; done
	cd runs/demo-trust && ../../$(BIN)/python -m zipfile -c ../../data_cache/demo/trust-test.zip \
	  cases.csv summary.csv verdicts.csv manifest.json cnn medicalpatchnet

# The thresholds that the page offers as tuned, from the bundled outputs (two cores: 2 minutes).
TUNED_ON := data_cache/demo/outputs-val
tuned: $(VENV)/run.ready
	$(BIN)/python -m evaluation benchmark $(foreach m,raw scaled gradcam gradcam++ eigencam,--maps $(m)=$(TUNED_ON).zip --tune-on $(m)=$(TUNED_ON).zip) \
	  --ground-truth $(TUNED_ON)-masks.json --tune-ground-truth $(TUNED_ON)-masks.json --bootstrap 1 --out runs/tuned
	$(BIN)/python -m ui.tuned runs/tuned

python-version:
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed, but $(PYTHON) is %d.%d: install a newer one and run make PYTHON=python3.11 (or its name)." % sys.version_info[:2])'

$(VENV)/bin/python: | python-version
	$(PYTHON) -m venv $(VENV)

# uv downloads and unpacks side by side and keeps what it unpacked for the next environment. Where it finds no package
# because only pip is told of the index, or where there is no uv, pip installs the same pinned versions.
# Python compiles a file when it is first imported: of what is installed that is a fraction. It keeps what it compiled,
# even where the environment tells it not to: a hundred processes of the tests would compile PyTorch and Gradio anew.
unexport PYTHONDONTWRITEBYTECODE
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile
install = $(PIP) uv==0.13.9 && $(BIN)/uv pip install --quiet --python $(BIN)/python -r $(1) || $(PIP) -r $(1)

$(VENV)/run.ready: requirements.txt | $(VENV)/bin/python
	$(call install,requirements.txt)
	@touch $@

$(VENV)/test.ready: requirements.txt requirements-dicom.txt tests/requirements.txt | $(VENV)/bin/python
	$(call install,tests/requirements.txt)
	@touch $(VENV)/run.ready $@
