# Twinline. `make` alone lists the targets. What a target needs it installs itself, once (tools/setup).

PY := .venv/bin/python
# More arguments for `make run` (ARGS="--config DIR"), `make test` (ARGS="-k dial") and the other targets with tests.
ARGS ?=

# Where somebody has it set, every worker of every run compiles every module anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run test check bench interop torture engine format lock clean

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "%-16s%s\n", $$1, $$2 }'

run: ## install what is missing and start the whole box with simulated telephones
	@tools/setup run
	@exec $(PY) -m firmware run --simulate $(ARGS)

test: ## install what the tests need besides, and run them all
	@tools/setup test
	@exec $(PY) -m pytest -q -n 5 --dist loadfile --no-loadscope-reorder $(ARGS)

check: ## format, lint, types and unit tests; under a minute, no network
	@tools/setup check
	@$(PY) -m ruff format --check --quiet --output-format=concise . || { echo "Some files are not in format: make format"; exit 1; }
	@$(PY) -m ruff check --quiet --output-format=concise .
	@$(PY) -m mypy
	@exec $(PY) -m pytest -q -n 3 -m "not long" tests/unit $(ARGS)

bench: ## measure delays, CPU, memory and the page beside Asterisk; writes docs/figures.md; 12 minutes
	@tools/setup interop
	@exec $(PY) -m tests.bench $(ARGS)

interop: ## tests against an Asterisk that plays the hosted PBX
	@tools/setup interop
	@exec $(PY) -m pytest -m interop $(ARGS)

torture: ## SIP floods as long as they may come, with a call up: over an hour
	@tools/setup test
	@FLOOD_S=$${FLOOD_S:-3600} BURST_S=$${BURST_S:-60} exec $(PY) -m pytest -q -s -n 0 tests/sip/test_floods.py $(ARGS)

engine: ## build the SIP engine (pjsua2) into the cache and put it into .venv
	@tools/setup engine

format: ## put all Python files in format
	@tools/setup check
	@$(PY) -m ruff format --quiet .
	@$(PY) -m ruff check --quiet --fix .

lock: ## write requirements/*.lock anew from requirements/*.in
	@tools/lock

clean: ## remove .venv and what tools leave behind; the engine's cache stays
	@rm -rf .venv .pytest_cache .ruff_cache .mypy_cache .hypothesis build dist *.egg-info
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
