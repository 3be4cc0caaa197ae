# Everything is one word: `make help` lists the words. Nothing but make and Python 3.11+ is needed beforehand.

PYTHON ?= python3
BIN := .venv/bin
# Qt draws to memory in tests and pictures, so that they need no screen and look alike everywhere.
OFFSCREEN := QT_QPA_PLATFORM=offscreen

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:

help: ## list these words
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: environment libraries-window ## open the program
	@$(BIN)/mirocals-desktop

test: environment libraries-offscreen ## run the tests
	@$(OFFSCREEN) $(BIN)/pytest -n logical --dist worksteal

lint: environment ## check format, style, types, import contracts and translations
	@$(MAKE) --no-print-directory --keep-going check-format check-style check-types check-contracts check-translations

check: lint test ## lint, then test: what has to pass before a commit is shared

bench: environment libraries-offscreen ## measure against plain baselines, to build/bench.json
	@$(OFFSCREEN) $(BIN)/python packaging/bench/run.py

screenshots: environment libraries-offscreen ## picture of every page, to build/screenshots; OPTIONS=--docs also to docs/images
	@$(OFFSCREEN) $(BIN)/python packaging/screenshots.py $(OPTIONS)

package: environment libraries-offscreen ## build the program for people without Python, try it, pack it into dist/
	@$(BIN)/python packaging/package.py $(OPTIONS)

try-package: ## install the .deb in this system, open a study by its icon's way, remove it (needs root)
	@$(BIN)/python packaging/try_deb.py

translations: environment ## bring new texts of the code into resources/locale, and compile it
	@$(BIN)/python packaging/translations.py update

sample: environment ## make the spreadsheets of the sample study again
	@$(BIN)/python packaging/sample_study.py
	@$(BIN)/python packaging/sample_recipe.py

format: environment ## put the code in its form
	@$(BIN)/ruff format
	@$(BIN)/ruff check --fix

lock: environment ## bring requirements.lock in step with pyproject.toml
	@$(BIN)/python packaging/lock.py

licences: environment ## list the licences of what the program ships with
	@$(BIN)/python packaging/licences.py

clean: ## remove .venv and everything made
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	rm -f resources/locale/*/LC_MESSAGES/*.mo

check-format:
	@$(BIN)/ruff format --check
check-style:
	@$(BIN)/ruff check
check-types:
	@$(BIN)/mypy
check-contracts:
	@$(BIN)/lint-imports
check-translations:
	@$(BIN)/python packaging/translations.py check

environment:
	@$(PYTHON) packaging/set_up.py

libraries-offscreen libraries-window: libraries-%:
	@$(PYTHON) packaging/system_libraries.py $*

.PHONY: help run test lint check bench screenshots package try-package translations sample format lock licences clean environment \
	check-format check-style check-types check-contracts check-translations \
	libraries-offscreen libraries-window
