# Every target first does what `setup` does: make the virtual environment and install what the lock file names.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.locked
ARGS ?=
JOBS ?= 2

.PHONY: setup demo test check style types imports house format migration lock bench bench-fleet bench-store bench-web bench-ui bench-backup bench-rollout chaos chaos-push chaos-rollout chaos-alerts attack fuzz clean help

help:
	@echo "make demo   start everything on this machine with a simulated fleet (ARGS='--devices 500 --for 60s')"
	@echo "make test   run the whole test suite (ARGS='tests/fleet -k breaker'; JOBS=4 at a time)"
	@echo "make check  ruff, mypy --strict, import-linter, architecture tests"
	@echo "make bench  measure, and print ratios (QUICK=1 for a short run)"
	@echo "make bench-fleet  ten thousand devices for ten minutes, and ratios (QUICK=1: a thousand, under 50 s)"
	@echo "make bench-store  the metric store beside the usual ways to store and read (QUICK=1: two million rows, under 50 s)"
	@echo "make bench-web  two thousand streams beside REST (QUICK=1: one round, under 50 s)"
	@echo "make bench-backup  the backups of 1,600 devices, twice (QUICK=1: 100 devices)"
	@echo "make bench-rollout  a rollout over 2,000 devices, and polling beside it (QUICK=1: 40 devices, under 120 s)"
	@echo "make bench-ui   what the dashboard weighs and how quick it is (QUICK=1: a small fleet, under 150 s)"
	@echo "make chaos  break one thing after the other under load, and count (QUICK=1: for seconds; ARGS='--only nats-down')"
	@echo "make chaos-push  lose the owner of a push at every entry of its journal, and count (QUICK=1: a few, under 90 s)"
	@echo "make chaos-rollout  kill the job and the owners of a rollout at every entry of its journals, and count (QUICK=1: under 120 s)"
	@echo "make chaos-alerts  a week of alerts, and hours in which whoever judges and tells is killed (QUICK=1: under 120 s)"
	@echo "make attack everybody of one tenant tries everything on another, by all that is declared (QUICK=1: under 50 s)"
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

# Two files of tests at a time: they mostly wait for servers. With JOBS=0 it is one process, for a debugger.
test: setup
	@$(BIN)/python -m pytest -n $(JOBS) --dist loadfile $(ARGS)

# Four looks that do not need each other: `make -j2 check` takes as long as the longest, mypy.
check: style types imports house

style: setup
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: setup
	@$(BIN)/mypy

imports: setup
	@$(BIN)/lint-imports

house: setup
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

# Two thousand streams in one web process, and what REST and the list of devices take meanwhile.
bench-web: setup
	@$(BIN)/python -m bench.web $(if $(QUICK),--quick) $(ARGS)

# 1,600 routers: their configurations are taken, judged, encrypted and stored; a second run must find nothing new.
bench-backup: setup
	@$(BIN)/python -m bench.backup $(if $(QUICK),--quick) $(ARGS)

# All devices are upgraded beside their polls, as long as the plan says; with defects among them it stops by itself.
bench-rollout: setup
	@$(BIN)/python -m bench.rolloutsize $(if $(QUICK),--quick) $(ARGS)

# The dashboard over a month of measurements, in Chromium on a line of 20 Mbit/s.
bench-ui: setup
	@$(BIN)/python -m bench.ui $(if $(QUICK),--quick) $(ARGS)

chaos: setup
	@$(BIN)/python -m tests.chaos $(if $(QUICK),--quick) $(ARGS)

# Two thousand pushes whose owner is lost, fifty by SIGKILL, and everything that may befall a router meanwhile.
chaos-push: setup
	@$(BIN)/python -m tests.chaospush $(if $(QUICK),--quick) $(ARGS)

# Rollouts of sixty devices whose job and owners are lost at every edge of the journals; ARGS='--first 300'.
chaos-rollout: setup
	@$(BIN)/python -m tests.chaosroll $(if $(QUICK),--quick) $(ARGS)

# A simulated week, then histories whose alerter, relay, NATS and PostgreSQL are killed; ARGS='--runs 400 --no-week'.
chaos-alerts: setup
	@$(BIN)/python -m tests.chaosalerts $(if $(QUICK),--quick) $(ARGS)

# What is another tenant's must be as if it were not there: a hundred thousand requests; ARGS='--only devices'.
attack: setup
	@$(BIN)/python -m bench.attack $(if $(QUICK),--quick) $(ARGS)

fuzz: setup
	@$(BIN)/python -m tests.routeros.fuzz $(if $(SANITIZE),--sanitize) $(ARGS)

clean:
	rm -rf .venv build routeros/_words.*.so .mypy_cache .ruff_cache .pytest_cache .hypothesis
