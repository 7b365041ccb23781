# Every command that a developer needs. GNU make 3.81 and a POSIX sh are enough.

# Tools that scripts/fetch-tools unpacked come first; everything finds them by PATH.
export PATH := $(CURDIR)/.tools/usr/bin:$(PATH):$(CURDIR)/.tools/extra/bin
# The virtual environment of another project must not leak in.
unexport PYTHONPATH
unexport PYTHONHOME
unexport VIRTUAL_ENV
# Nor must a wish to keep no bytecode: each of the hundreds of processes that tests start would compile sretool again.
unexport PYTHONDONTWRITEBYTECODE

PYTHON_BIN := .venv/bin/python
PYTEST := $(PYTHON_BIN) -m pytest
# Many tests wait for servers, so that two cores have enough to do for three workers.
ABREAST := -n 3 --dist loadscope --no-loadscope-reorder
VENV := .venv/.ready

.DEFAULT_GOAL := help
.PHONY: help demo test read-through check soak bench test-extra format format-check lint types contracts \
        docs examples docs-check constraints tools browser clean

help:  ## this text
	@echo 'make TARGET, where TARGET is one of:'
	@sed -n 's/^\([a-z-]*\):.*  ## \(.*\)/  \1|\2/p' Makefile | awk -F'|' '{ printf "%-14s %s\n", $$1, $$2 }'

demo: $(VENV) tools  ## the main job, start to end, on this machine
	@rm -rf .cache/demo
	@.venv/bin/sretool demo --out .cache/demo

test: $(VENV) tools  ## the tests
	@$(PYTEST) $(ABREAST)

# What has to pass without anything being run.
read-through: format-check lint types contracts docs-check

check: read-through test demo  ## everything that a change has to pass

soak: $(VENV) tools  ## the same tests at length
	@$(PYTEST) -m soak $(call bearing,soak)

test-extra: $(VENV) tools browser .tools/extra/.ready  ## tests that need more than Prometheus; they name what they lack
	@$(PYTEST) $(ABREAST) -m extra $(call bearing,extra)

bench: $(VENV) tools  ## speed and cost, each figure beside a control: bench/bench_*.py in order
	@set -e; for script in bench/bench_*.py; do echo "== $$script"; $(PYTHON_BIN) "$$script"; done

format: $(VENV)  ## rewrite the code in the one format
	@$(PYTHON_BIN) -m ruff format
	@$(PYTHON_BIN) -m ruff check --fix-only --quiet

format-check: $(VENV)
	@$(PYTHON_BIN) -m ruff format --check --quiet

lint: $(VENV)  ## ruff, and our own checks of slos/, their rules and runbooks
	@$(PYTHON_BIN) -m ruff check --quiet
	@.venv/bin/sretool lint slos runbooks examples/rules examples/operator examples/receiver --fail-on warning

types: $(VENV)  ## mypy --strict
	@$(PYTHON_BIN) -m mypy

contracts: $(VENV)  ## which package may import which
	@.venv/bin/lint-imports

docs: $(VENV)  ## write docs/cli.md again from --help
	@$(PYTHON_BIN) scripts/cli_reference.py

examples: $(VENV)  ## write the generated files of examples/ again
	@.venv/bin/sretool slo generate slos/ --out examples/rules --prune
	@.venv/bin/sretool slo generate slos/ --target operator --out examples/operator --prune
	@.venv/bin/sretool slo generate slos/ --target alertmanager --out examples/alertmanager --prune
	@$(PYTHON_BIN) scripts/example_report.py examples/report

docs-check: $(VENV)
	@$(PYTHON_BIN) scripts/cli_reference.py --check

constraints:  ## pin the newest version of every package in constraints.txt
	@scripts/setup-venv .cache/newest-venv /dev/null
	@.cache/newest-venv/bin/python -m pip install --quiet --group extra
	@{ echo '# The versions that this project is developed and tested with. Made by: make constraints'; \
	   .cache/newest-venv/bin/python -m pip freeze --all --exclude-editable --exclude setuptools; } > .cache/constraints.txt
	@mv .cache/constraints.txt constraints.txt
	@rm -rf .cache/newest-venv

tools:  ## fetch Prometheus, promtool, Alertmanager and VictoriaMetrics if they are not on PATH
	@scripts/fetch-tools

browser:
	@scripts/fetch-browser

clean:  ## remove everything that these commands made
	@rm -rf .venv .tools .cache build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV): pyproject.toml constraints.txt scripts/setup-venv
	@scripts/setup-venv .venv constraints.txt
	@touch $@

.tools/extra/.ready: constraints.txt $(VENV)
	@echo 'fetching what make test-extra needs into .tools/extra/'
	@$(PYTHON_BIN) -m venv --clear .tools/extra
	@.tools/extra/bin/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --upgrade pip
	@.tools/extra/bin/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --group extra
	@touch $@

# The modules that bear the marker $(1): to collect all the others, in each worker, costs more than to run these.
bearing = $(shell grep -rl --include='test_*.py' 'mark\.$(1)' tests)
