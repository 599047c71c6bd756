# The project's commands; `make` alone lists them. Written for GNU make 3.81, which macOS has.
#   PYTHON=/path/to/python3.12   which Python makes .venv
#   ARGS="..."                   goes on to the command, e.g. make test ARGS="-k lag"
PY := .venv/bin/python
export PYTHON
# the browser's tests in a process of their own: what Playwright leaves behind is nobody else's
APART := $(PY) -m pytest --ignore=tests/browser; rest=$$?; $(PY) -m pytest tests/browser && exit $$rest

.DEFAULT_GOAL := help
.PHONY: help environment explore test check bench fuzz site lock

help:  ## List the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' Makefile

environment:  ## Make .venv hold exactly what requirements.lock says, and this package
	@sh .ci/environment.sh

explore: environment  ## Open JupyterLab on the first notebook
	@.venv/bin/smile-explore lab $(ARGS)

test: environment  ## Run every test, the browser tests included
	@SMILE_EXPLORE_BROWSER="$$($(PY) .ci/browser.py)" || exit 1; export SMILE_EXPLORE_BROWSER; $(if $(strip $(ARGS)),$(PY) -m pytest $(ARGS),$(APART))

check: environment  ## Look at style, notebooks, and whether lock and environment.yml are in step
	@$(PY) -m ruff check
	@$(PY) -m ruff format --check
	@$(PY) -m pytest -q tests/test_house.py $(ARGS)

bench: environment  ## Run the benchmarks (ARGS="survey decode" only those), write benchmarks/RESULTS.md
	@$(PY) benchmarks/run.py $(ARGS)

fuzz: environment  ## Feed 10,000 damaged files to open_file, and thousands of odd texts to all that reads texts
	@$(PY) tests/fuzz.py $(ARGS)
	@SMILE_EXPLORE_FUZZ=2000 $(PY) -m pytest -q tests/test_fuzz.py

site: environment  ## Build the course and the reference as web pages in site/html (ARGS=--quick leaves out running the notebooks)
	@$(PY) .ci/pages.py $(ARGS)

lock: environment  ## Write requirements.lock and the pins of environment.yml (ARGS=--upgrade takes newer versions)
	@$(PY) .ci/lock.py $(ARGS)
