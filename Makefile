# One list of commands, for people, for CI and for the README. `make` shows it.
SHELL := /bin/bash
.DEFAULT_GOAL := help

# uv of the system where there is one; else one of our own under .uv, which touches nothing outside.
UV := $(shell command -v uv 2>/dev/null || echo .uv/bin/uv)
PYTHON ?= python3
RUN := $(UV) run --locked --all-extras
STAMP := .venv/.ready
QUICK := not slow and not postgresql and not service
COVERED := 85

# Without bytecode each process of the service and of the tests would compile every library anew.
unexport PYTHONDONTWRITEBYTECODE

help: ## Show this list
	@grep -hE '^[a-z][a-z-]*:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

.uv/bin/uv:
	@echo "getting uv"
	@$(PYTHON) -m venv .uv
	@.uv/bin/pip install --quiet --disable-pip-version-check uv

$(STAMP): pyproject.toml uv.lock | $(filter .uv/bin/uv,$(UV))
	$(UV) sync --locked --all-extras --quiet
	@touch $(STAMP)

setup: $(STAMP) ## Install everything into .venv

demo: $(STAMP) ## Plan one season of the sample retailer, from a sentence to the approved order
	@$(RUN) fashion-forecast demo $(ARGS)

up: $(STAMP) ## Serve until Ctrl-C: Prefect server, worker and API
	@$(RUN) fashion-forecast up $(ARGS)

test: quick rest ## Run every test, the quick ones first

quick: $(STAMP) ## Run the tests that need neither PostgreSQL nor processes, on every core
	$(RUN) pytest -m "$(QUICK)" -n auto --maxprocesses 4 $(ARGS)

rest: $(STAMP) ## Run the tests that `make quick` leaves out
	$(RUN) pytest -m "not ($(QUICK))" $(ARGS)

coverage: $(STAMP) ## Measure what the quick tests and the real flows reach of services and flows
	$(RUN) coverage run -m pytest -m "($(QUICK)) or flows" $(ARGS)
	@set -o pipefail; for file in flows/*.py tasks/*/service.py; do $(RUN) coverage report --include=$$file --fail-under=$(COVERED) \
		| grep "^$$file" || exit 1; done

check: $(STAMP) ## Run the linters, the type checker and the import contracts
	$(RUN) ruff check .
	$(RUN) ruff format --check .
	$(RUN) mypy
	$(RUN) lint-imports

docs: $(STAMP) ## Generate the documents that are generated
	$(RUN) python -m deployments.documents

clean: ## Remove what was installed and what was planned
	rm -rf .venv .uv var

.PHONY: help setup demo up test quick rest coverage check docs clean
