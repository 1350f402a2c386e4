# Every target needs only Python 3.11 or newer and make: the environment is made on the first run.
# COUNTRY, STUDY and the like are data. They are taken without expansion ($(value ...)) and reach the command
# through the environment, so that neither make nor the shell ever reads what is in them. Any other name that
# make is given (countr=de) is handed on as MAKE_UNKNOWN, for the command to refuse.
MAKE_SETTINGS := COUNTRY STUDY NOTEBOOK PAGE JOBS COLD MEBIBYTES SCHEDULER SHARE STRICT KILLS SEED
MAKE_UNKNOWN := $(filter-out $(MAKE_SETTINGS) PYTHON,$(foreach name,$(.VARIABLES),$(if $(filter command,$(firstword $(origin $(name)))),$(name))))
# What is no name to make ("a b=1") it takes for targets, and would tell of only when the others are made.
MAKE_UNKNOWN += $(foreach goal,$(MAKECMDGOALS),$(if $(findstring =,$(goal)),$(goal)))
override COUNTRY := $(value COUNTRY)
override STUDY := $(value STUDY)
override NOTEBOOK := $(value NOTEBOOK)
override JOBS := $(value JOBS)
override COLD := $(value COLD)
override STRICT := $(value STRICT)
override MEBIBYTES := $(value MEBIBYTES)
override SCHEDULER := $(value SCHEDULER)
override SHARE := $(value SHARE)
override PAGE := $(value PAGE)
override KILLS := $(value KILLS)
override SEED := $(value SEED)
export $(MAKE_SETTINGS) MAKE_SETTINGS MAKE_UNKNOWN
# make would hand the command-line variables to programs in MAKEFLAGS, where a $ is expanded again.
MAKEOVERRIDES =

PYTHON ?= python3
.DEFAULT_GOAL := help
.PHONY: help report reports pdf doctor plan debug verify-page prune data accept edition questionnaire serve lab test check lint verify reproduce bench simulate chaos lock clean

# Inside a conda environment made from environment.yml (known by what it holds: an active "base" is
# none), that one is used; else .venv is.
ifneq ($(and $(CONDA_PREFIX),$(wildcard $(CONDA_PREFIX)/conda-meta/history),$(wildcard $(CONDA_PREFIX)/bin/jupyter-book)),)
  ENV := $(CONDA_PREFIX)
  READY := $(CONDA_PREFIX)/.journeybook-ready
else
  ENV := .venv
  READY := .venv/.ready
endif
BIN := $(ENV)/bin

help:  ## List every target
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 15

report: $(READY)  ## Make one market's report: make report COUNTRY=uk
	@$(BIN)/journeybook report -- "$$COUNTRY"

reports: $(READY)  ## Make the report of all markets and their comparison (JOBS=n notebooks at a time)
	@$(BIN)/journeybook reports

pdf: $(READY)  ## Print one market's part of the book, with page numbers: make pdf COUNTRY=uk (needs Chromium)
	@$(BIN)/journeybook pdf -- "$$COUNTRY"

doctor:  ## Tell what this machine lacks (Python, packages, kernel, fonts), and the fix
	@PYTHONPATH=src $(if $(wildcard $(BIN)/python),$(BIN)/python,$(PYTHON)) -m analysis.doctor

plan: $(READY)  ## Tell what a run would render now, and why (COUNTRY=uk for one market)
	@$(BIN)/journeybook plan -- "$$COUNTRY"

debug: $(READY)  ## Open a notebook as it is run for a market: make debug COUNTRY=uk NOTEBOOK=sample
	@$(BIN)/journeybook debug -- "$$COUNTRY" "$$NOTEBOOK"

verify-page: $(READY)  ## Compute a published page's numbers anew: make verify-page PAGE=uk/influences
	@$(BIN)/journeybook verify-page -- "$$PAGE"

prune: $(READY)  ## Remove kept results beyond the study's bound, or beyond MEBIBYTES=n
	@$(BIN)/journeybook prune

data: $(READY)  ## Simulate the bundled respondents anew (the same bytes every time)
	@$(BIN)/journeybook data

accept: $(READY)  ## Take a market's raw file as it is now, with its new sha256: make accept COUNTRY=uk
	@$(BIN)/journeybook accept -- "$$COUNTRY"

edition: $(READY)  ## Write the figures of this edition, for the next to tell what changed
	@$(BIN)/journeybook edition

questionnaire: $(READY)  ## Write docs/questionnaire.md anew from the codebook
	@$(BIN)/journeybook questionnaire

serve: $(READY)  ## Show the built site on http://127.0.0.1:8000
	@$(BIN)/journeybook serve

lab: $(READY)  ## Open JupyterLab at the notebooks
	@$(BIN)/journeybook lab

test: $(READY)  ## Run every test: units, notebooks, the site in Chromium
	@$(BIN)/python -m pytest --numprocesses auto --dist worksteal -m "not slow"
# Two at a time, each file by one, as its tests share a site that was built for them (tests/conftest.py).
	@$(BIN)/python -m pytest --numprocesses 2 --dist loadfile -m slow

check: lint  ## Lint, types and the quick tests: a minute and a half on two cores
	@$(BIN)/python -m pytest --quiet --numprocesses auto --dist worksteal -m "not slow"

lint: $(READY)  ## Lint and types alone
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

verify: $(READY)  ## Compare every number with an R survey that is asked now (needs R)
	@$(BIN)/python tests/verify.py

reproduce: $(READY)  ## Build twice, elsewhere and otherwise, and compare every byte (COUNTRY=uk for one market)
	@$(BIN)/python tests/reproduce.py

bench: $(READY)  ## Time reports beside a plain loop, statistics beside R, pandas and DuckDB (needs R; minutes)
	@$(BIN)/python tests/bench_reports.py
	@$(BIN)/python tests/bench.py

simulate: $(READY)  ## Draw samples: coverage of the intervals, false letters, ranks (half an hour)
	@$(BIN)/python tests/simulate.py

chaos: $(READY)  ## Kill reports 200 times at random moments: a whole site each time (an hour; KILLS=n SEED=n)
	@$(BIN)/python tests/chaos.py

lock: $(READY)  ## Solve requirements.lock anew from pyproject.toml
	@$(BIN)/uv pip compile pyproject.toml --extra dev --extra cluster --universal --python-version 3.11 --quiet \
	  --generate-hashes --no-emit-index-url --no-annotate --no-header --output-file requirements.lock

clean:  ## Remove what was built, not the environment
	@rm -rf build

# uv comes from the lock like everything else: its lines are cut out for pip, which checks the hashes.
.venv/.ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.12 ...")'
	@echo "Making the environment in .venv (once) ..."
	@$(PYTHON) -m venv .venv
	@sed -n '/^uv==/,/[^\\]$$/p' requirements.lock > .venv/uv.lock
	@.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r .venv/uv.lock
# Compiled once, here: where Python may not write beside the libraries, every kernel would compile them again.
	@.venv/bin/uv pip install --quiet --compile-bytecode --python .venv/bin/python --require-hashes -r requirements.lock
	@.venv/bin/uv pip install --quiet --python .venv/bin/python --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m compileall -q src
	@touch $@

ifneq ($(ENV),.venv)
$(READY): requirements.lock pyproject.toml
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m compileall -q src
	@touch $@
endif
