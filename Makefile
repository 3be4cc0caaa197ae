# Everything is one word: `make help` lists the words. No tool but make and Python 3.11+ is needed beforehand.

PYTHON ?= python3
BIN := .venv/bin
# Qt draws to memory in tests and pictures, so that they need no screen and look alike everywhere.
OFFSCREEN := QT_QPA_PLATFORM=offscreen
CATALOGUES := $(wildcard resources/locale/*/LC_MESSAGES/*.po)
COMPILED := $(CATALOGUES:.po=.mo)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

help: ## list these words
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: environment libraries-window ## open the program
	@$(BIN)/mirocals-desktop

test: environment libraries-offscreen ## run the tests; pytest's own line stands last
	@$(OFFSCREEN) $(BIN)/pytest

environment: .venv-is-current $(COMPILED) ## make .venv from the lock, if it is not current

.venv-is-current:
	@$(PYTHON) packaging/set_up.py

libraries-offscreen libraries-window: libraries-%:
	@$(PYTHON) packaging/system_libraries.py $*

.PHONY: help run test environment .venv-is-current libraries-offscreen libraries-window
