# make run    build the environment, start the app and print its address
# make test   the same environment plus the test tools; lint, types and all tests (RERUNS=1: failed ones once more)
# make test-thorough   the same with the tests that `make test` tries a selection of: pytest's marker `thorough`
# make fuzz   20,000 broken files over all readers: what they accept, refuse and fail on
# make bench  the benchmarks: configuration, raw samples, ratios
# make demo-data, make demo-models   rebuild what is bundled: phantom cases; demo weights and their cached outputs
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# More than twice the usual two cores: tests wait for browsers and for what they have started, and a worker more costs
# two seconds (tests/warm.py), not the half minute in which it would import and collect by itself.
WORKERS ?= 5
SOURCES := app.py data_cache models explainers evaluation ui tests

.PHONY: run test test-thorough tests lint style protocol types fuzz bench demo-data demo-models tuned python-version

run: $(VENV)/run.ready
	$(BIN)/python app.py $(ARGS)

# Style and types are checked beside the tests; each may fail, and all go on to their end. The tests begin with half a
# minute in which one process imports and collects for all workers: the checks, which are nice, have the other core.
CHECKS := tests lint types
test: $(VENV)/test.ready node_modules/.ready
	$(MAKE) --no-print-directory --jobs=3 --keep-going $(CHECKS)

# With RERUNS=1, as CI has it, tests that fail are run once more, alone, after the failures have been shown: what fails
# once in many runs must be seen and mended, but it stops no release. More than ten such tests are no accident.
PYTEST := $(BIN)/python -m pytest
FAILED := .pytest_cache/v/cache/lastfailed
AGAIN := { [ $$? = 1 ] && [ $$(grep -c ": true" $(FAILED)) -le 10 ] && echo Once more: && $(PYTEST) --last-failed $(SELECTED); }
tests: $(VENV)/test.ready
	$(PYTEST) -n $(WORKERS) --no-loadscope-reorder $(SELECTED) $(if $(RERUNS),|| $(AGAIN))

test-thorough: export SELECTED := -m ""
test-thorough: test

lint: style protocol

style: $(VENV)/lint.ready node_modules/.ready
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)
	$(NODE) nice npm run --silent lint

protocol: $(VENV)/test.ready
	$(BIN)/python -m ui.protocol --check

# What checks the JavaScript. Node comes with the test tools; where they have none for a platform, from the PATH.
NODE := PATH="$(CURDIR)/$(BIN):$$PATH"
node_modules/.ready: package.json package-lock.json | $(VENV)/lint.ready
	$(NODE) npm ci --no-audit --no-fund --silent
	@touch $@

types: $(VENV)/test.ready
	nice $(BIN)/pyrefly check --python-interpreter-path $(BIN)/python

fuzz: $(VENV)/test.ready
	$(BIN)/python -m tests.fuzz --count 20000 --seed 2026 --jobs 2

bench: $(VENV)/test.ready
	$(BIN)/python -m tests.benchmarks

# The phantom cohort (two cores: 8 minutes) and the 24 cases of its test split that are bundled.
PHANTOM := runs/phantom
demo-data: $(VENV)/run.ready
	$(BIN)/python -m data_cache phantom --train 5000 --val 234 --test 300 --size 512,608x512,512x608 --seed 2026 --train-masks \
	  --out $(PHANTOM)
	$(BIN)/python -m data_cache bundle --cohort $(PHANTOM) --count 24 --out data_cache/demo

# The demonstration models in the order of training: the patch model starts from the CNN, which teaches MXA-EfficientViT
# (--kind, and the names of what is bundled). Times on one core: models/README.md. Outputs in 5 minutes for the first two.
KINDS := cnn medicalpatchnet attention-network mxa-efficientvit mednext_xue medunext_xue
FAMILIES := $(filter-out cnn medicalpatchnet,$(KINDS))
# Those that come with the program as graphs too; with all six, what is bundled would pass 60 MB.
ON_DEVICE := cnn medicalpatchnet
# The rows of what is bundled: those of the first two models, and those that show what is each family's own.
ROWS := raw scaled gradcam gradcam++ eigencam
ROWS_attention-network := attention gradcam@attention-network
ROWS_mxa-efficientvit := regions gradcam@mxa-efficientvit
ROWS_mednext_xue := gradcam@mednext_xue
ROWS_medunext_xue := segmentation
# With 64×64 cells, the default, what is bundled would pass 60 MB.
OPTIONS_medunext_xue := --set segmentation.side=48
comma := ,
space := $(subst ,, )
DEMO := data_cache/demo

# What writes graphs for the visitor's own device comes with the test tools.
demo-models: $(VENV)/test.ready
	for kind in $(KINDS); do \
	  OMP_NUM_THREADS=1 $(BIN)/python -m models train --config models/training/configs/demo-$$kind.yaml || exit 1; \
	  for suffix in safetensors md; do \
	    cp runs/demo-$$kind/model.$$suffix models/embedded/$$kind-demo.$$suffix || exit 1; done; \
	  $(BIN)/python -m evaluation profile --root $(PHANTOM) --weights demo --kind $$kind || exit 1; done
	$(BIN)/python -m models export --precision float16 $(ON_DEVICE:%=--model %=demo) --out models/embedded/device
	for split in val test; do \
	  $(BIN)/python -m explainers run --source chexlocalize --root $(PHANTOM) --split $$split \
	    --patchnet demo --cnn demo --out runs/demo-outputs/$$split || exit 1; \
	  (cd runs/demo-outputs/$$split && ../../../$(BIN)/python -m zipfile -c ../../../$(DEMO)/outputs-$$split.zip *) || exit 1; \
	  cp $(PHANTOM)/CheXlocalize/gt_segmentations_$$split.json $(DEMO)/outputs-$$split-masks.json || exit 1; done
	$(foreach kind,$(FAMILIES),$(call outputs_of,$(kind),val)$(call outputs_of,$(kind),test))
	$(BIN)/python -m explainers index --model medicalpatchnet=demo --source demo --split test \
	  --out $(DEMO)/patches-test.safetensors
	$(MAKE) --no-print-directory tuned
	$(BIN)/python -m evaluation.bundled_cohort
	$(BIN)/python -m evaluation trust --patchnet demo --cnn demo --no-figures --out runs/demo-trust
	for kind in cnn medicalpatchnet; do \
	  $(BIN)/python -m evaluation probabilities --root $(PHANTOM) --weights demo --kind $$kind --out runs/demo-trust/$$kind || exit 1; done
	cd runs/demo-trust && ../../$(BIN)/python -m zipfile -c ../../$(DEMO)/trust-test.zip \
	  cases.csv summary.csv verdicts.csv manifest.json cnn medicalpatchnet
	$(BIN)/python -m evaluation trust --limit 8 $(FAMILIES:%=--model %=demo) --no-figures --out runs/demo-trust-families \
	  --methods $(subst $(space),$(comma),$(foreach kind,$(FAMILIES),$(ROWS_$(kind))))
	for kind in $(FAMILIES); do \
	  $(BIN)/python -m evaluation probabilities --root $(PHANTOM) --weights demo --kind $$kind --out runs/demo-trust-families/$$kind \
	    || exit 1; done
	cd runs/demo-trust-families && ../../$(BIN)/python -m zipfile -c ../../$(DEMO)/trust-families-test.zip \
	  cases.csv summary.csv verdicts.csv manifest.json $(FAMILIES)

# $(call outputs_of,KIND,SPLIT): two lines of a recipe that write one family's outputs and pack them.
define outputs_of
$(BIN)/python -m explainers run --source chexlocalize --root $(PHANTOM) --split $(2) --model $(1)=demo \
	  --methods $(subst $(space),$(comma),$(ROWS_$(1))) $(OPTIONS_$(1)) --out runs/demo-outputs/$(1)-$(2)
	cd runs/demo-outputs/$(1)-$(2) && ../../../$(BIN)/python -m zipfile -c ../../../$(DEMO)/outputs-$(1)-$(2).zip *
	
endef

# The thresholds that the page offers as tuned, from the bundled outputs (two cores: 4 minutes).
tuned: $(VENV)/run.ready
	$(BIN)/python -m evaluation benchmark $(call maps_of,$(ROWS),val) \
	  $(foreach kind,$(FAMILIES),$(call maps_of,$(ROWS_$(kind)),$(kind)-val)) \
	  --ground-truth $(DEMO)/outputs-val-masks.json --tune-ground-truth $(DEMO)/outputs-val-masks.json \
	  --bootstrap 1 --out runs/tuned
	$(BIN)/python -m ui.tuned runs/tuned
maps_of = $(foreach row,$(1),--maps $(row)=$(DEMO)/outputs-$(2).zip --tune-on $(row)=$(DEMO)/outputs-$(2).zip)

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

$(VENV)/lint.ready: tests/requirements-lint.txt | $(VENV)/bin/python
	$(call install,tests/requirements-lint.txt)
	@touch $@

$(VENV)/test.ready: requirements.txt requirements-dicom.txt requirements-mcp.txt requirements-onnx.txt tests/requirements.txt tests/requirements-lint.txt | $(VENV)/lint.ready
	$(call install,tests/requirements.txt)
	@touch $(VENV)/run.ready $@
