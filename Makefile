# Two commands do all the set-up: `make audit` and `make test`.
TARGET ?= npm:@anthropic-ai/claude-code@2.1.91
ARGS ?=
PYTHON ?= python3
BIN := .venv/bin
# What installing left behind when it was done; newer than the lock files means nothing to do.
READY := .venv/.ready
UV = $(shell command -v uv 2>/dev/null || echo $(BIN)/uv)

.PHONY: setup audit test test-long check fix lock lists differential bench-lab bench-scan bench-marks bench-gateway bench-hunt bench-fleet doctor clean help

help: ## what can be done here
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 14

setup: $(READY) ## make .venv from the hash-pinned lock files

$(READY): requirements/dev.txt pyproject.toml
	@$(PYTHON) scripts/setup.py
	@touch $@

audit: $(READY) ## audit TARGET (default: the release in which the case began)
	@$(BIN)/wiretell audit $(TARGET) $(ARGS); code=$$?; [ $$code -le 1 ] || exit $$code

test: $(READY) ## the tests: a process a core and one more, then those that start sandboxes, which use every core themselves
	@$(BIN)/python -m pytest -n auto -m "not long and not lab" $(ARGS) || [ $$? -eq 5 ]
	@$(BIN)/python -m pytest -m "not long and lab" $(ARGS) || [ $$? -eq 5 ]

test-long: $(READY) ## tests that take minutes each: more real agents, the whole differential test
	@$(BIN)/python -m pytest -m long $(ARGS)

differential: $(READY) ## planted agent, real agent and wiretell.marks in the same 680 worlds: is every date line the same?
	@$(BIN)/python -m tests.differential $(ARGS)

check: $(READY) ## lint, types, import contract
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

fix: $(READY) ## let ruff repair what it can
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench-lab: $(READY) ## speed of the lab, on a real and on a planted agent
	@$(BIN)/wiretell bench lab $(ARGS)

bench-scan: $(READY) ## speed of the scan beside rg, grep, strings and yara-x; false positives in a corpus
	@$(BIN)/wiretell bench scan $(ARGS)

bench-marks: $(READY) ## speed of reading marks in 2 GB beside rg, and of stripping one request
	@$(BIN)/wiretell bench marks $(ARGS)

bench-gateway: $(READY) ## speed of the gateway beside nginx and LiteLLM's proxy (needs Debian's nginx-light and wrk)
	@$(BIN)/wiretell bench gateway $(ARGS)

bench-hunt: $(READY) ## what the hunt finds in made-up logs, what it costs, and trivial rules beside it
	@$(BIN)/wiretell bench hunt $(ARGS)

bench-fleet: $(READY) ## speed of an inventory beside find, and of a report of 50,000 machines
	@$(BIN)/wiretell bench fleet $(ARGS)

doctor: $(READY) ## can this machine run sealed agents?
	@$(BIN)/wiretell doctor $(ARGS)

lists: $(READY) ## make the date line's data anew from the package it names
	@$(BIN)/python scripts/date_line_data.py $(ARGS)

lock: $(READY) ## resolve the lock files anew
	@$(BIN)/python scripts/lock.py

clean: ## remove what setup and tests made
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist build
