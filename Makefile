# The commands a person types. Every target does its own set-up.
SHELL := /bin/bash
PYTHON := .venv/bin/python

.PHONY: run test check bench bench-routing bench-day bench-growth bench-promises soak set-up set-up-test lock openapi schemas clean

run: set-up
	@FIELDSTOCK_DEMO=$(if $(filter 0,$(DEMO)),0,1) .venv/bin/fieldstock run

test: set-up-test
	@$(PYTHON) -m pytest -n logical --maxprocesses 4 --dist worksteal -m "not soak and not bench" $(ARGS)

check: set-up-test
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports --no-cache
	@scripts/check-web

bench: set-up-test
	@$(PYTHON) -m tests.bench

# Our search beside plain OR-Tools, VROOM and PyVRP; ARGS as `python -m tests.bench.routing --help` tells.
bench-routing:
	@scripts/set-up bench
	@$(PYTHON) -m tests.bench.routing $(ARGS)

# How the time to a plan grows with the work; ARGS as `python -m tests.bench.routing.growth --help` tells.
bench-growth: set-up-test
	@$(PYTHON) -m tests.bench.routing.growth $(ARGS)

# A day of the sample region, event by event; ARGS as `python -m tests.bench.routing.day --help` tells.
bench-day: set-up-test
	@$(PYTHON) -m tests.bench.routing.day $(ARGS)

# Are promises kept, with times from a hidden truth; ARGS as `python -m tests.bench.routing.promised --help` tells.
bench-promises: set-up-test
	@$(PYTHON) -m tests.bench.routing.promised $(ARGS)

soak: set-up-test
	@$(PYTHON) -m pytest -m soak --timeout 7200 $(ARGS)

set-up:
	@scripts/set-up run

set-up-test:
	@scripts/set-up test

# The lock files: versions with hashes, and no host.
lock:
	@scripts/lock

# The committed description of the HTTP API; a test fails when it and the code differ.
openapi: set-up
	@.venv/bin/fieldstock openapi > .setup/openapi.json && mv .setup/openapi.json mobile_contract/openapi.json

# The committed JSON Schemas of routing problems and plans; a test fails when they and the code differ.
schemas: set-up
	@.venv/bin/fieldstock route schema problem > docs/routing/problem.schema.json
	@.venv/bin/fieldstock route schema plan > docs/routing/plan.schema.json

clean:
	rm -rf .venv .setup api/web/node_modules api/web/dist bench/latest.json bench/routing.json bench/routing.md
