# `make help` lists what can be made. All of it runs in .venv, which is made when missing,
# but `make lint` runs in .venv-lint, which is small.
PY ?= python3
PORT ?= 8000
BIN = .venv/bin
# One version of a package for all Pythons, and no address of an index.
LOCK = --generate-hashes --universal --python-version 3.11 --fork-strategy fewest --no-emit-index-url --no-emit-find-links --no-annotate
FORMATTED = physdl_tf tests scripts book/_ext benchmarks conftest.py
PAGES := $(shell find book physdl_tf -type f -not -path '*/__pycache__/*' -not -path '*/.*')
export TF_CPP_MIN_LOG_LEVEL = 2

.PHONY: help accuracy bench setup book serve check-site check-launch pdf slides unit test execute spread status lint lock publish-address clean distclean

help:
	@echo "make book       build the site into _build/html, warnings are errors"
	@echo "make serve      build it and show it on http://localhost:$(PORT)"
	@echo "make check-site look at every page in a browser (Chromium), save screenshots"
	@echo "make check-launch  run the chapters as Binder and Colab would"
	@echo "make pdf        print the site into _build/physdl-book.pdf"
	@echo "make slides     turn the chapters into slides, _build/html/slides"
	@echo "make unit       tests of the package and the scripts, two minutes"
	@echo "make test       all tests, then every chapter against its stored outputs"
	@echo "make lint       style, types, and who imports whom; has a small environment of its own"
	@echo "make execute    run all chapters and store their outputs; one with CHAPTER=book/..."
	@echo "make spread     how far the numbers of chapters move with the processor; one with CHAPTER=book/..."
	@echo "make status     measure run time and memory of the chapters; one with CHAPTER=book/..."
	@echo "make accuracy   run the rows of the accuracy chapter over five seeds (half an hour or more)"
	@echo "make bench      measure this book's code and its rivals' side by side, an hour or more; BENCH=bars: only the rows with bars"
	@echo "make lock       pin requirements.in and requirements-lint.in anew (needs uv)"
	@echo "make publish-address REPO=you/your-book   put your address into every page"
	@echo "make clean      remove _build; make distclean removes .venv and .venv-lint too"
	@echo "Python 3.11 to 3.13 is needed; choose one with PY=python3.12"

setup: .venv/ready

define check-python
	@$(PY) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || { \
	  echo "This book needs Python 3.11, 3.12 or 3.13, and '$(PY)' is not one of them:"; \
	  echo "install one and name it, for example: make PY=python3.12 $(MAKECMDGOALS)"; exit 1; }
endef

.venv/ready: requirements.txt pyproject.toml
	$(check-python)
	@echo "Setting up .venv once: about 190 pinned packages, 2 GB, a few minutes."
	$(PY) -m venv .venv
	@$(BIN)/python -m pip install --disable-pip-version-check --require-hashes -r requirements.txt || { \
	  echo "The packages could not be installed: check the network and the disk, then run make again."; exit 1; }
	@$(BIN)/python -m pip install --disable-pip-version-check --quiet --no-deps --no-build-isolation --editable .
	@touch $@

book: _build/ready
	@echo "The book is built: open _build/html/index.html, or run 'make serve'."

# Only the pages that changed, where nothing but pages changed since a build that passed,
# and no title or label, which other pages repeat: objects.inv holds them all.
BUILD = $(BIN)/jupyter-book build -W -n --keep-going
NAMES = cat _build/html/objects.inv 2> /dev/null | cksum
_build/ready: .venv/ready _config.yml _toc.yml scripts/notebooks.py $(PAGES)
	@all="$(if $(filter-out %.md %.ipynb,$?),--all)"; names=$$($(NAMES)); rm -f $@; \
	{ $(BUILD) $$all . && { [ "$$all" ] || [ "$$names" = "$$($(NAMES))" ] || $(BUILD) --all .; }; } || { \
	  echo "The book was not built: mend the warnings above (search for WARNING), then run 'make book' again."; exit 1; }
	@touch $@

serve: book
	@echo "http://localhost:$(PORT) (stop with Ctrl-C)"
	@$(BIN)/python -m http.server --bind 127.0.0.1 --directory _build/html $(PORT)

check-site: book
	@$(BIN)/python scripts/check_site.py _build/html --screenshots _build/screenshots

check-launch: .venv/ready
	@$(BIN)/python scripts/check_launch.py $(WAY) $(CHAPTER)

pdf: book
	@$(BIN)/python scripts/pdf.py

slides: book
	@$(BIN)/python scripts/slides.py

unit: .venv/ready
	@$(BIN)/python -m pytest tests -n 2 -m "not book"

test: .venv/ready
	@$(BIN)/python -m pytest --nbval -n 2 -x || { \
	  echo "A test failed: the lines that begin with FAILED name it. A chapter that was changed on purpose is stored anew with 'make execute CHAPTER=...'."; exit 1; }

execute: .venv/ready
	@$(BIN)/python scripts/execute.py $(CHAPTER)

spread: .venv/ready
	@$(BIN)/python scripts/spread.py $(CHAPTER)

status: .venv/ready
	@$(BIN)/python scripts/status.py $(CHAPTER)

accuracy: .venv/ready
	@$(BIN)/python scripts/accuracy.py

bench: .venv/ready
	@$(BIN)/python benchmarks/bench.py $(BENCH)

.venv-lint/ready: requirements-lint.txt
	$(check-python)
	$(PY) -m venv .venv-lint
	@.venv-lint/bin/python -m pip install --disable-pip-version-check --quiet --require-hashes -r requirements-lint.txt
	@touch $@

lint: .venv-lint/ready
	@.venv-lint/bin/ruff check . && .venv-lint/bin/ruff format --check $(FORMATTED) || { \
	  echo "Style: 'ruff check --fix .' and 'ruff format $(FORMATTED)' (both in .venv-lint/bin) mend most of it."; exit 1; }
	@.venv-lint/bin/mypy
	@.venv-lint/bin/lint-imports

lock:
	@command -v uv > /dev/null || { echo "make lock needs uv: install it with 'pip install uv'."; exit 1; }
	uv pip compile $(LOCK) requirements.in -o requirements.txt
	uv pip compile $(LOCK) requirements-lint.in -o requirements-lint.txt

publish-address: .venv/ready
	@$(BIN)/python scripts/set_repository.py $(REPO)

clean:
	rm -rf _build .pytest_cache .ruff_cache .mypy_cache .import_linter_cache

distclean: clean
	rm -rf .venv .venv-lint
