# One virtual environment for every part. `make help` lists the targets.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
PARTS  := kit simulators source-acumatica source-business-central destination-mailchimp glue
STAMP  := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-slow check format bench constraints clean

help: ## List the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

setup: $(STAMP) ## Make the virtual environment and install every part into it

$(STAMP): constraints.txt $(PARTS:%=%/pyproject.toml)
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' \
	  || { echo "Python 3.11, 3.12 or 3.13 is needed; say which with: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r constraints.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation $(PARTS:%=-e ./%)
	@touch $@

demo: setup ## An ERP into Mailchimp, offline (ERP=acumatica or business-central)
	@$(BIN)/python demo/run.py $(ERP)

test: setup ## Every test but the slow suites (under ten minutes)
	$(BIN)/python -m pytest -n 2 -m "not slow"

test-slow: setup ## The slow suites: twenty kills, many rows
	$(BIN)/python -m pytest -n 2 -m slow

check: setup ## Lint, format, types, arrows between the parts, spelling
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/codespell

format: setup ## Format and mend what can be mended
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: setup ## Benchmarks: each prints a ratio to a bound measured in the same run
	$(BIN)/python -m benchmarks

constraints: setup ## Pin every dependency again, with hashes, from requirements.in (needs uv)
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	  --no-emit-index-url --no-emit-find-links requirements.in -o constraints.txt

clean: ## Remove the virtual environment and what the tools leave behind
	rm -rf $(VENV) .demo .mypy_cache .pytest_cache .ruff_cache .hypothesis build dist
