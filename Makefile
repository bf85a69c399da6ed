# make run and make test do all the set-up there is; make help lists the rest.

PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
DEV    := $(VENV)/.dev
DOCS   := $(VENV)/.docs

# The tests start hundreds of processes: each would compile the package anew where bytecode is not kept.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help run test lint lowest format bench docs site wheel gallery oracles corpus streams fuzz coverage mutants clean

help:             ## what there is to make
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(READY): pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(DEV): pyproject.toml $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

$(DOCS): pyproject.toml $(DEV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[docs]'
	@touch $@

run: $(READY)     ## install, then the main job with its real output
	@$(PYTHON) tools/show.py $(BIN)/calcgrad

test: $(DEV)      ## the tests, except the optional oracles
	$(BIN)/python -m pytest -n 2 --dist worksteal

lint: $(DEV)      ## ruff and mypy, strict on the package and on a user's script
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/mypy tests/user_script.py

lowest:           ## the tests on the lowest versions that pyproject.toml allows
	$(PYTHON) -m venv build/lowest
	$(PYTHON) -c "import tomllib; print(*(each.replace('>=', '~=') + '.0' * (2 - each.count('.')) for each in \
	  tomllib.load(open('pyproject.toml', 'rb'))['project']['dependencies']), sep='\n')" > build/lowest.txt
	build/lowest/bin/python -m pip install --quiet --constraint build/lowest.txt --editable '.[dev]'
	build/lowest/bin/python -m pytest -n 2 --dist worksteal -W ignore::DeprecationWarning  # of theirs, by newer ones beneath

format: $(DEV)    ## rewrite the code in the one format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(DEV)     ## measured ratios, side by side
	$(BIN)/python benchmarks/run.py

docs: $(DOCS)     ## write every page's outputs anew, and build the site in build/site
	$(BIN)/python tools/document.py
	$(BIN)/python tools/website.py

site: $(DOCS)     ## build the site and try it, in a browser where Chromium is installed
	$(BIN)/python -m pytest -m website tests/test_website.py

wheel: $(DEV)     ## build the wheel and the source, and try each in an empty environment
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[wheel]'
	$(BIN)/python -m pytest -m wheel tests/test_wheel.py

gallery: $(DEV)   ## draw every picture of docs/gallery.md anew
	$(BIN)/python tools/gallery.py

oracles: $(DEV)   ## tests against PyTorch and JAX, which are installed for it
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[oracles]'
	$(BIN)/python -m pytest -m oracles

corpus: $(DEV)    ## every fact of the corpus, verified anew and asked; 2000 made-up functions
	$(BIN)/python tests/corpus/verify.py
	$(BIN)/python -m pytest -m corpus
	$(BIN)/python tests/adversarial.py 2000

streams: $(DEV)   ## made-up questions of every kind to batch: no crash, no hang, no contradiction
	$(BIN)/python tests/fuzz.py 10000

fuzz: $(DEV)      ## a million inputs that a coverage-guided fuzzer steers into the readers
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[fuzz]'
	for each in expression batch words table; do $(BIN)/python tests/guided.py $$each -runs=250000 || exit 1; done

coverage: $(DEV)  ## the lines and branches that the tests reach, in what they start and fork too
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[coverage,parquet,cluster]'
	$(BIN)/python -m coverage run -m pytest  # of workers that end together some data is lost
	$(BIN)/python -m coverage combine -q
	$(BIN)/python -m coverage report --fail-under 95

mutants: $(DEV)   ## a sample of mutants of the modules that decide: those that no test kills
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[mutants]'
	$(BIN)/python tools/mutants.py

clean:            ## remove what make made
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis build *.egg-info
