# Everything a newcomer needs: `make demo` and `make test`.
PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3.13 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 7860
CAPTION_VENV := .venv-caption
WORKERS ?= 2

.DEFAULT_GOAL := help
.PHONY: help install demo test lint docs docs-check browser lock caption-env test-caption screenshots clean

help: ## Show what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 16

$(VENV)/.core: pyproject.toml constraints.txt
	@$(SHELL) tools/environment.sh "$(PYTHON)" $(VENV) core
	@touch $@

$(VENV)/.test: $(VENV)/.core
	@$(SHELL) tools/environment.sh "$(PYTHON)" $(VENV) test
	@touch $@

install: $(VENV)/.core ## Make the environment in .venv and install searchapp into it
	@echo "Installed. Try: $(BIN)/searchapp --help"

demo: $(VENV)/.core ## Index sample_images with the bundled model and open the browser interface
	@$(BIN)/searchapp demo --port $(PORT)

test: $(VENV)/.test lint docs-check browser ## Check style, types, layers and docs, and run the whole test suite
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile

lint: $(VENV)/.test ## ruff, mypy --strict, import-linter, deptry
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry searchapp indexer pd_clip captioner ui

docs: $(VENV)/.test ## Write the generated parts of README.md and docs/ anew
	$(BIN)/cog -r README.md docs/*.md

docs-check: $(VENV)/.test ## Fail when a generated part of README.md or docs/ is stale
	$(BIN)/cog --check README.md docs/*.md

browser: ## Say or mend what the browser tests need (Debian's chromium)
	@$(SHELL) tools/browser.sh

lock: $(VENV)/.test ## Write constraints.txt anew: the newest versions that fit, for Python 3.11 to 3.13
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile pyproject.toml --extra test --universal --python-version 3.11 \
	    --upgrade --no-header --no-annotate --quiet --output-file constraints.txt

caption-env: $(CAPTION_VENV)/.caption ## Make the captioner's own environment in .venv-caption (PaddleNLP and its pins)

$(CAPTION_VENV)/.caption: pyproject.toml
	@$(SHELL) tools/environment.sh "$(PYTHON)" $(CAPTION_VENV) caption
	@touch $@

test-caption: caption-env ## Run the tests that need PaddleNLP in its own environment
	$(CAPTION_VENV)/bin/python -m pytest -m caption tests/captioner tests/alignment

screenshots: $(VENV)/.test browser ## Take the pictures of README.md and docs/ from the real interface
	$(BIN)/python docs/screenshots.py

clean: ## Remove the environments and caches (never a library or a picture)
	rm -rf $(VENV) $(CAPTION_VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache build *.egg-info
