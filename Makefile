# The words of this project. `make help` lists them.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
VENV := .venv
BIN := $(VENV)/bin
VENDOR := static/vendor
HOST ?= 127.0.0.1
PORT ?= 8000

.DEFAULT_GOAL := help
.PHONY: help setup run test check bench soak lint types walls words format clean browser again engines

help:  ## list these words
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/.ready $(VENDOR)/.ready  ## install everything, start nothing

run: setup  ## set up, then serve the demo show with its rehearsal audience
	@$(BIN)/console demo --host $(HOST) --port $(PORT)

test: setup browser engines  ## the whole suite with coverage, after lint, types and walls
	@$(MAKE) --no-print-directory lint types walls words
	@$(BIN)/pytest --cov --cov-report=term:skip-covered -n 2 --dist loadfile $(PYTEST_ARGS) || $(MAKE) --no-print-directory again

again:
	@# Real servers, browsers and clocks share two cores: what failed beside others is run once more alone, and must pass.
	@echo "Some tests failed; they are run once more, alone:"
	@$(BIN)/pytest --last-failed --last-failed-no-failures none

check: setup lint types walls words  ## lint, types, import walls, translations

lint: setup
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .

types: setup
	@$(BIN)/mypy

walls: setup
	@$(BIN)/lint-imports

words: setup
	@$(BIN)/python -m console.web.i18n check

format: setup  ## format and mend what can be mended
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: setup  ## measure against a floor and print one table
	@$(BIN)/python -m bench

soak: setup engines  ## two nodes, 200 screens, churn, a Redis restart and a node killed: MINUTES=20
	@PYTHONPATH=tests $(BIN)/python -m tests.soak

browser:
	@tools/need browser

engines:
	@tools/need postgres
	@tools/need redis
	@# Not every distribution has it; without it the tests of the shipped proxy are skipped and say so.
	@tools/need proxy || true

clean:  ## remove what setup made
	rm -rf $(VENV) node_modules $(VENDOR) build console/realtime/*.so

$(VENV)/.ready: requirements.lock pyproject.toml console/realtime/_sendloop.c
	@tools/need venv
	@# Without it frames are written by a loop in Python; `console doctor` says which.
	@tools/need compiler || true
	@test -x $(BIN)/python || python3 -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENDOR)/.ready: package-lock.json Makefile
	@tools/need npm
	@npm ci --silent --no-audit --no-fund
	@mkdir -p $(VENDOR)
	@# One file: htmx looks at the page as soon as it can, and an extension that came a moment later would be too late.
	@{ cat node_modules/htmx.org/dist/htmx.min.js; echo; cat node_modules/htmx.org/dist/ext/hx-ws.min.js; } > $(VENDOR)/htmx.js
	@cp node_modules/uplot/dist/uPlot.esm.js $(VENDOR)/uplot.js
	@cp node_modules/uplot/dist/uPlot.min.css $(VENDOR)/uplot.css
	@cp node_modules/sortablejs/modular/sortable.esm.js $(VENDOR)/sortable.js
	@touch $@
