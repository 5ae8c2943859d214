# Every target builds .venv from uv.lock first; nothing is resolved at run time.
UV_VERSION := 0.13.9
PYTHON ?= python3
BIN := .venv/bin
ENV ?= dev
OUT ?= out
PACKAGES := infra workloads policies cost runbooks plinth

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-browser test-spark lint format types docs docs-check bench clean

help: ## List the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: .venv/.synced ## Build .venv from uv.lock

.venv/.synced: uv.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Plinth needs Python 3.11 or newer; this is " + sys.version.split()[0] + " (set PYTHON=python3.x)") if sys.version_info < (3, 11) else None'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@$(BIN)/uv sync --quiet --frozen --inexact
	@touch $@

demo: setup ## Walk the whole house for one environment: make demo ENV=dev OUT=out
	@$(BIN)/plinth demo --env $(ENV) --out $(OUT)

test: setup ## Run the tests (no account, no key, no CLI, no browser)
	@$(BIN)/python -m pytest -m "not browser and not bench and not spark"

test-spark: setup ## Run the analyses on Spark in local mode and compare (needs Java 17); PySpark has an environment of its own
	@UV_PROJECT_ENVIRONMENT=.venv-spark $(BIN)/uv sync --quiet --frozen --extra spark
	@.venv-spark/bin/python -m pytest -m spark -n 0

test-browser: setup ## Run the tests that open the pages in the system's Chromium
	@$(BIN)/python -m pytest -m browser -n 0

lint: setup ## Check style and formatting
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

format: setup ## Format the code
	@$(BIN)/ruff check --fix . && $(BIN)/ruff format .

types: setup ## Check the types of our packages
	@$(BIN)/pyright

docs: setup ## Write the generated pages again: commands, schemas, rules
	@$(BIN)/python -m plinth.docs

docs-check: setup ## Fail where a generated page is stale or a link is dead
	@$(BIN)/python -m plinth.docs --check

bench: setup ## Print the benchmarks' figures
	@$(BIN)/python -m pytest -m bench -n 0 -s

clean: ## Remove what the targets made
	rm -rf .venv .venv-spark out .plinth .pytest_cache .ruff_cache .hypothesis
