# The developer's day. `make help` lists the targets.
SHELL := /bin/sh
PYTHON := .venv/bin/python
METRICS ?= sqlite
export METRICS
DEMONSTRATION ?= on
# Hundreds of processes of the suite, and every command, would compile the product once more.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help run test test-fast lint format types twin bench docs bootstrap bootstrap-test

help: ## list these targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

bootstrap:
	@ops_core/app/bootstrap.sh run

bootstrap-test:
	@ops_core/app/bootstrap.sh test

run: bootstrap ## everything on this machine: twin, deployment, platform, wall at http://127.0.0.1:8000
	@ZHISHOU_METRICS=$${ZHISHOU_METRICS:-$(METRICS)} \
	ZHISHOU_DEMONSTRATION=$${ZHISHOU_DEMONSTRATION:-$(DEMONSTRATION)} exec .venv/bin/zhishou run

test: bootstrap-test ## the whole suite, twin and browser included (root)
	@$(PYTHON) -m pytest -n 3 --dist loadgroup --no-loadscope-reorder

test-fast: ## what needs neither root nor daemons nor a browser
	@$(PYTHON) -m pytest -q -m "not lab and not browser and not daemon"

lint: ## ruff, formatting, import rules, playbooks
	@$(PYTHON) -m ruff check . && $(PYTHON) -m ruff format --check . && .venv/bin/lint-imports
	@.venv/bin/ansible-lint -q playbooks/*.yml

format: ## rewrite formatting and what ruff can mend
	@$(PYTHON) -m ruff check --fix . ; $(PYTHON) -m ruff format .

types: ## strict type check
	@$(PYTHON) -m mypy

twin: bootstrap ## the twin alone, in the foreground (zhishou twin status | cut | heal ... beside it)
	@exec .venv/bin/zhishou twin up

bench: bootstrap-test ## the measurements of docs/performance.md
	@$(PYTHON) -m tests.benchmarks

docs: bootstrap-test ## screenshots of docs/, taken from the running product
	@$(PYTHON) -m pytest -q tests/browser/test_product.py --screenshots docs
