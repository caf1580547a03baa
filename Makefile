# Everything one does with this project. Each target installs what it needs first, into .venv and web/bundle.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup serve test proof check fix bench bench-full snapshot docs lock hooks wheel

PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin

help: ## List the targets.
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-10s %s\n", $$1, $$2}'

setup: .venv/.serve ## Set up what serving needs.
	@$(BIN)/python -m web.build

serve: setup ## Serve: at the first start, fill the sandbox.
	@exec $(BIN)/examgraph serve

test: .venv/.dev ## Run all tests but the few that `make proof` leaves time for.
	@$(BIN)/python -m web.build
	@$(BIN)/python tests/browser.py
	$(BIN)/pytest -n 2 -m "not slow"

proof: .venv/.dev ## Run the tests that prove more the longer they run, at full length and on new examples.
	@$(BIN)/python -m web.build
	DIFFERENTIAL_SCHEMAS=1000 FUZZ_SECONDS=180 PROOF_SECONDS=60 PROOF_CANDIDATES=50000 $(BIN)/pytest -n 2 \
		--hypothesis-profile random -m "proof or slow or hypothesis"

bench: .venv/.dev ## Measure against hand-written servers and other GraphQL servers: within 8 minutes.
	@$(BIN)/python -m web.build
	@$(BIN)/python -m bench.run

bench-full: .venv/.dev ## The same in longer rounds with more peers, and 200,000 requests for memory: an hour or so.
	@$(BIN)/python -m web.build
	@$(BIN)/python -m bench.run --full

check: .venv/.dev ## Format, lint, types, imports, dependencies, and generated files up to date.
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/deptry .
	$(BIN)/python docs/generate.py --check

fix: .venv/.dev ## Format, and mend what the linter can mend.
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

snapshot: .venv/.dev ## Write schema/schema.graphql from the code.
	$(BIN)/python docs/generate.py --only schema

docs: .venv/.dev ## Write the snapshot and docs/generated from the code.
	$(BIN)/python docs/generate.py

lock: .venv/.dev ## Lock the newest versions that pyproject.toml allows.
	$(BIN)/uv pip compile pyproject.toml --extra postgres --group dev --upgrade \
		--universal --python-version 3.11 --generate-hashes --no-header --no-annotate -q -o requirements/dev.txt
	$(BIN)/uv pip compile pyproject.toml --extra postgres --group build -c requirements/dev.txt \
		--universal --python-version 3.11 --generate-hashes --no-header --no-annotate -q -o requirements/serve.txt

hooks: .venv/.dev ## Run the fast checks before each commit.
	$(BIN)/pre-commit install

wheel: .venv/.dev ## Build the wheel, the pages in it, into dist/.
	$(BIN)/hatchling build -t wheel

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "examgraph needs Python 3.11 or later: make PYTHON=/path/to/python3.11"; exit 1; }
	@echo "Making .venv"
	@$(PYTHON) -m venv .venv

.venv/.serve: requirements/serve.txt pyproject.toml | .venv/bin/python
	@echo "Installing what serving needs into .venv (about half a minute)"
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/serve.txt
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

.venv/.dev: requirements/dev.txt .venv/.serve
	@echo "Installing what development needs into .venv (about half a minute)"
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@
