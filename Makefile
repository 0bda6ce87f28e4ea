# The front door. Prerequisites: Python 3.11+, make and git; everything else is set up here, once, from the lock files.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
VENV := .venv
BIN := $(CURDIR)/$(VENV)/bin
CONFIG ?= config
ENV ?=
APPROVAL ?= broadening
# One more than processors: end-to-end tests spend half their time waiting.
WORKERS ?= 3
export PATH := $(BIN):$(CURDIR)/node_modules/.bin:$(PATH)
export CDK_DISABLE_CLI_TELEMETRY := true
export FOUNDATION_CONFIG := $(CONFIG)

UV := $(BIN)/uv
LAYER := build/lambda-layer/.complete
LAMBDA_PYTHON := build/lambda-python/.complete
LAYERS := build/layers/.complete
HOST_LAYERS := build/layers/.host
MLFLOW := .venv-mlflow/.complete
READY := $(VENV)/.complete node_modules/.complete $(LAYER) $(LAYERS)

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sort | awk 'BEGIN {FS = ":.*## "} {printf "  make %-10s %s\n", $$1, $$2}'

# ---- set-up: each part once, again only when its lock file changes
$(VENV)/.complete: requirements-bootstrap.txt requirements.lock requirements.txt pyproject.toml tools/pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.x")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-bootstrap.txt
	VIRTUAL_ENV=$(CURDIR)/$(VENV) $(UV) pip sync --quiet --require-hashes --compile-bytecode requirements.lock
	VIRTUAL_ENV=$(CURDIR)/$(VENV) $(UV) pip install --quiet --no-deps --no-build-isolation -e ./tools -e .
	touch $@

node_modules/.complete: package.json package-lock.json $(VENV)/.complete
	$(BIN)/npm ci --silent
	touch $@

$(LAYER): lambda/requirements.lock tools/foundation/layer.py $(VENV)/.complete
	$(BIN)/python -m foundation.layer build/lambda-layer
	touch $@

$(LAMBDA_PYTHON): lambda/runtime.lock $(VENV)/.complete
	$(UV) venv --quiet --clear --python $(BIN)/python build/lambda-python
	VIRTUAL_ENV=$(CURDIR)/build/lambda-python $(UV) pip sync --quiet --require-hashes --compile-bytecode lambda/runtime.lock
	touch $@

LAYER_LOCKS := lambda/scoring.lock lambda/statistics.lock lambda/publishing.lock lambda/redaction.lock
$(LAYERS): $(LAYER_LOCKS) $(CONFIG)/platform.yaml tools/foundation/target_layers.py $(VENV)/.complete
	$(BIN)/python -m foundation.target_layers configured --config $(CONFIG)
	touch $@

$(HOST_LAYERS): $(LAYER_LOCKS) tools/foundation/target_layers.py $(LAMBDA_PYTHON)
	$(BIN)/python -m foundation.target_layers host
	touch $@

$(MLFLOW): requirements-mlflow.lock $(VENV)/.complete
	$(UV) venv --quiet --clear --python $(BIN)/python .venv-mlflow
	VIRTUAL_ENV=$(CURDIR)/.venv-mlflow $(UV) pip sync --quiet --require-hashes --compile-bytecode requirements-mlflow.lock
	touch $@

.PHONY: setup layers lock
layers: $(LAYERS) ## Build the Lambda layers for the runtime that the configuration names
setup: $(READY) $(LAMBDA_PYTHON) $(HOST_LAYERS) $(MLFLOW) ## Install everything that the other targets need

lock: $(VENV)/.complete ## Resolve requirements*.txt and package.json again and write the lock files
	grep -v '^-e' requirements.txt | $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header - -o requirements.lock
	$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header lambda/requirements.txt -o lambda/requirements.lock
	$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header lambda/runtime.txt -o lambda/runtime.lock
	$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header requirements-checkov.txt -o requirements-checkov.lock
	for layer in scoring statistics publishing redaction; do $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header lambda/$$layer.txt -o lambda/$$layer.lock; done
	$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header requirements-mlflow.txt -o requirements-mlflow.lock
	$(BIN)/npm install --package-lock-only --silent

CHECKOV := .venv-checkov/.complete
$(CHECKOV): requirements-checkov.lock $(VENV)/.complete
	$(UV) venv --quiet --clear --python $(BIN)/python .venv-checkov
	VIRTUAL_ENV=$(CURDIR)/.venv-checkov $(UV) pip sync --quiet --require-hashes --compile-bytecode requirements-checkov.lock
	touch $@

# ---- the main jobs
.PHONY: demo test check synth diff deploy report bench wheel format clean
demo: setup ## Deploy every account to the local target, ask it, show what happened
	$(BIN)/foundation demo

test: setup ## Run all tests: units, templates, contracts, documents, and the local target end to end
	$(BIN)/pytest -n $(WORKERS) --dist loadgroup

synth: $(READY) ## Synthesize all accounts, or ENV=dev alone, into cdk.out; findings fail it
	cdk synth '**' --quiet --no-notices $(if $(ENV),-c account=$(ENV))

diff: $(READY) ## Compare ENV=dev with what is deployed, by the environment's credentials
	@test -n "$(ENV)" || { echo 'GF-MAKE-001: ENV is missing: make diff ENV=dev' >&2; exit 2; }
	cdk diff '$(ENV)/*' --no-notices -c account=$(ENV)

deploy: $(READY) ## Deploy ENV=dev, to AWS or to the local target, by the environment's credentials
	@test -n "$(ENV)" || { echo 'GF-MAKE-001: ENV is missing: make deploy ENV=dev' >&2; exit 2; }
	cdk deploy '$(ENV)/*' --no-notices --concurrency 4 --require-approval $(APPROVAL) -c account=$(ENV)

report: synth ## Write the security reviewer's report to build/report (HTML, CSV, JSON)
	$(BIN)/foundation report

check: setup $(CHECKOV) ## Lint, types, import rules, freshness of generated files, templates, acknowledgements
	ruff format --check --quiet .
	ruff check --quiet .
	$(MAKE) --no-print-directory --output-sync=target -j2 types rules

.PHONY: types rules
types: $(READY) # Types, beside the rules: each keeps a core busy
	mypy app.py hatch_build.py stacks constructs lambda tools tests

rules: $(READY) $(CHECKOV)
	lint-imports --no-cache
	foundation validate
	foundation catalog release --check
	foundation schema --check
	$(MAKE) --no-print-directory report
	foundation docs errors --check
	foundation docs diagram --check
	foundation check templates
	foundation check lint
	foundation check checkov

bench: setup $(CHECKOV) ## Measure synthesis, deployment and requests; writes build/bench/bench.json
	env -u PYTHONDONTWRITEBYTECODE $(BIN)/python -m foundation.bench

wheel: $(READY) ## Build the wheel that lines of business install, into build/dist
	$(UV) build --quiet --wheel --no-build-isolation --python $(BIN)/python --out-dir build/dist

format: $(VENV)/.complete ## Format the code
	ruff format --quiet .
	ruff check --quiet --fix .

clean: ## End the local target and remove everything that was built or installed
	if test -x $(BIN)/foundation; then $(BIN)/foundation local down --purge; fi
	rm -rf build cdk.out .local node_modules .venv .venv-checkov .venv-mlflow .mypy_cache .ruff_cache .hypothesis
