# One command per verb. Needs Python 3.11 or later, make and a package index; everything is installed into .venv.

PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
PIP = $(BIN)/python -m pip --disable-pip-version-check --quiet
INSTALL = $(PIP) install --only-binary :all: --editable .
WORKERS ?= 2

# One thread per process: small matrices gain nothing from more, and the answers do not depend on it.
export OPENBLAS_NUM_THREADS = 1
export OMP_NUM_THREADS = 1

.PHONY: help demo test check format docs bench bench-scale clean

help:
	@echo "make demo    set up and run the whole story; writes into ./demo"
	@echo "make test    set up and run the tests"
	@echo "make check   ruff, mypy --strict, import rules"
	@echo "make format  let ruff rewrite what it can"
	@echo "make docs    build the documentation into ./site"
	@echo "make bench   accuracy and speed beside other tools"
	@echo "make bench-scale  many rows, many fits, large files, a cluster"
	@echo "make clean   remove .venv and everything that was built"

demo: $(VENV)/installed
	$(BIN)/educe demo demo

test: $(VENV)/test
	$(BIN)/python -m pytest -n $(WORKERS)

check: $(VENV)/check
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/check
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(VENV)/docs
	$(BIN)/python -m doctest scripts/mathml.py scripts/docstrings.py
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

bench: $(VENV)/bench
	$(BIN)/python benchmarks/run.py

bench-scale: $(VENV)/bench
	$(BIN)/python -W ignore benchmarks/scale.py

clean:
	rm -rf $(VENV) build dist site demo .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

# Stamps: a set-up step runs once, and again when pyproject.toml changes.
$(BIN)/python:
	$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11) and 'educe needs Python 3.11 or later, this is ' + sys.version)"
	$(PYTHON) -m venv $(VENV)

$(VENV)/installed: pyproject.toml | $(BIN)/python
	$(INSTALL)
	@touch $@

# Dependency groups need pip 25.1.
$(VENV)/pip: | $(BIN)/python
	$(PIP) install --upgrade "pip>=25.1"
	@touch $@

$(VENV)/test $(VENV)/check $(VENV)/docs $(VENV)/bench: $(VENV)/%: pyproject.toml | $(VENV)/pip
	$(INSTALL) --group $*
	@touch $@ $(VENV)/installed
