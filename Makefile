# Every target first does what `setup` does: make the virtual environment and install what the lock file names.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.locked
ARGS ?=

.PHONY: setup demo test check format migration lock bench bench-fleet bench-store chaos fuzz clean help

help:
	@echo "make demo   start everything on this machine with a simulated fleet (ARGS='--devices 500 --for 60s')"
	@echo "make test   run the whole test suite (ARGS='tests/fleet -k breaker')"
	@echo "make check  ruff, mypy --strict, import-linter, architecture tests"
	@echo "make bench  measure, and print ratios (QUICK=1 for a short run)"
	@echo "make bench-fleet  ten thousand devices for ten minutes, and ratios (QUICK=1: a thousand, under 50 s)"
	@echo "make bench-store  the metric store beside the usual ways to store and read (QUICK=1: two million rows, under 50 s)"
	@echo "make chaos  break one thing after the other under load, and count (QUICK=1: for seconds; ARGS='--only nats-down')"
	@echo "make fuzz   five million inputs for the parsers (SANITIZE=1: some, with gcc's sanitizers; ARGS='--seed 2')"

setup: $(STAMP)

$(STAMP): requirements.lock pyproject.toml setup.py routeros/_words.c
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Flotilla needs Python 3.11 or newer. Name one: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv \
	  || { echo "No virtual environment could be made. On Debian or Ubuntu: apt install python3-venv"; exit 2; }
	@echo "Installing the locked packages into .venv (about a minute and a half the first time) …"
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: setup
	@$(BIN)/flotilla demo $(ARGS)

test: setup
	@$(BIN)/python -m pytest $(ARGS)

check: setup
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m pytest tests/architecture

format: setup
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

# Compare the declarations with the migrations and write what is missing as a new Alembic file, to be read and committed.
migration: setup
	@$(BIN)/flotilla migrate --write "$(MESSAGE)"

# Write the lock file anew: names, versions and hashes for every platform, no index address.
lock: setup
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url \
	  --extra dev pyproject.toml --output-file requirements.lock

bench: setup
	@$(BIN)/python -m bench $(if $(QUICK),--quick)

# The whole product over a simulated fleet, and what a poll costs beside the usual chain.
bench-fleet: setup
	@$(BIN)/python -m bench.fleet $(if $(QUICK),--quick) $(ARGS)

# Storing, rolling up and reading: twenty million rows and more; QUICK=1 with two.
bench-store: setup
	@$(BIN)/python -m bench.store $(if $(QUICK),--quick) $(ARGS)

chaos: setup
	@$(BIN)/python -m tests.chaos $(if $(QUICK),--quick) $(ARGS)

fuzz: setup
	@$(BIN)/python -m tests.routeros.fuzz $(if $(SANITIZE),--sanitize) $(ARGS)

clean:
	rm -rf .venv build routeros/_words.*.so .mypy_cache .ruff_cache .pytest_cache .hypothesis
