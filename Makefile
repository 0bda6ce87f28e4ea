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
export PATH := $(BIN):$(CURDIR)/node_modules/.bin:$(PATH)
export CDK_DISABLE_CLI_TELEMETRY := true
export FOUNDATION_CONFIG := $(CONFIG)

UV := $(BIN)/uv
LAYER := build/lambda-layer/.complete
LAMBDA_PYTHON := build/lambda-python/.complete
READY := $(VENV)/.complete node_modules/.complete $(LAYER)

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

.PHONY: setup lock
setup: $(READY) $(LAMBDA_PYTHON) ## Install everything that the other targets need

lock: $(VENV)/.complete ## Resolve requirements*.txt and package.json again and write the lock files
	grep -v '^-e' requirements.txt | $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header - -o requirements.lock
	$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header lambda/requirements.txt -o lambda/requirements.lock
	$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header lambda/runtime.txt -o lambda/runtime.lock
	$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header requirements-checkov.txt -o requirements-checkov.lock
	$(BIN)/npm install --package-lock-only --silent
