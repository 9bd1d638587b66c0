.DEFAULT_GOAL := help
.PHONY: help run design test slow seeded mutants faults attack siege rehearse bench paint scale load rebrand lighthouse screens check audit weight messages reference lock clean

PYTHONS := $(or $(PYTHON),python3 python3.14 python3.13 python3.12 python3.11)
UV := $(shell command -v uv 2>/dev/null)
BIN := .venv/bin

help:  ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

run: .venv/runtime  ## the shop with its demo catalogue on http://127.0.0.1:8000 (or PORT)
	@$(BIN)/python -m webshop serve

design: .venv/develop  ## the same while its looks are changed: pages follow the files, /gallery has all states: make design THEME=linocut
	@THEME="$(THEME)" $(BIN)/python -m webshop design

test: .venv/develop  ## all tests but the slow ones: on SQLite, where SQL, locks or money count on PostgreSQL too, and in Chromium
	@PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest

slow: .venv/develop  ## what takes too long for that: the release before on today's tables, long walks, long waits
	@PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -m slow

seeded: .venv/develop  ## break the shop in all ways of docs/seeded-faults.md: its tests must fail
	@SEEDED=all $(BIN)/python -m pytest tests/seeded

mutants: .venv/develop  ## small changes that the nearest tests let pass: make mutants FILES=webshop/mail/outbox.py COUNT=40
	@COUNT="$(COUNT)" SEED="$(SEED)" TESTS="$(TESTS)" $(BIN)/python -m tests.mutants $(FILES)

faults: .venv/develop  ## the shop's processes are killed while people buy: make faults RUNS=2000 SEED=1
	@RUNS="$(RUNS)" SEED="$(SEED)" $(BIN)/python -m tests.faults

attack: .venv/develop .venv-attack/tools  ## the shop is fuzzed and scanned, after both were tried on an app with holes: make attack REQUESTS=20000 SEED=1
	@REQUESTS="$(REQUESTS)" SEED="$(SEED)" $(BIN)/python -m tests.attack

siege: .venv/develop  ## many at once, slow ones, a slow Stripe, on 127.0.0.1: make siege ONLY=receipt DATABASES=sqlite
	@ONLY="$(ONLY)" DATABASES="$(DATABASES)" $(BIN)/python -m tests.siege

rehearse: .venv/develop  ## deployed here as on a platform, then restarted, killed, cut off, rolled back and restored while people buy
	@REVISION="$(REVISION)" ONLY="$(ONLY)" SABOTAGE="$(SABOTAGE)" $(BIN)/python -m tests.rehearse

bench: .venv/develop  ## CPU of a request as ratios to floors: make bench ONLY=add ROUNDS=3 SECONDS=2 DATABASES="sqlite postgresql"
	@ONLY="$(ONLY)" ROUNDS="$(ROUNDS)" SECONDS="$(SECONDS)" DATABASES="$(DATABASES)" DOCS="$(DOCS)" CHART="$(CHART)" $(BIN)/python -m bench

paint: .venv/develop  ## from a click to the first paint where a round trip takes 150 ms, with pages fetched ahead and without
	@$(BIN)/python -m tests.browser.click_to_paint

scale: .venv/develop  ## what grows with the catalogue: pages and loads with 10 to 100,000 products, in ten minutes; or with what was sold: ORDERS="1000 1000000"
	@SIZES="$(SIZES)" ORDERS="$(ORDERS)" DATABASES="$(DATABASES)" $(BIN)/python -m tests.scale

rebrand: .venv/develop  ## the steps of docs/designers.md in a fresh clone, and its two pictures
	@$(BIN)/python -m tests.design

screens: .venv/develop  ## docs/screens/: every page and mail of the demo in every state, at three widths, light and dark: ONLY=cart
	@ONLY="$(ONLY)" $(BIN)/python -m tests.screens

lighthouse: .venv/develop  ## Lighthouse's scores as a phone sees the demo, a line a page (needs Node): make lighthouse ONLY=index,cart
	@ONLY="$(ONLY)" RUNS="$(RUNS)" $(BIN)/python -m tests.lighthouse

check: .venv/develop  ## lint, formatting and types
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy

audit: .venv-audit/tools  ## known holes in what is installed, asked of OSV or SERVICE=pypi; not in .ci/run, whose registry has no advisories
	@SERVICE="$(SERVICE)" .venv-audit/bin/python -m tests.audit

weight: .venv/develop  ## bytes of a first visit: HTML, CSS and JavaScript, compressed; and of pictures on a phone
	@$(BIN)/python -m tests.weigh
	@$(BIN)/python -m tests.pictures.weigh

messages: .venv/runtime  ## sentences to translate: make messages TO=de, fill in locale/de/, and again
	@mkdir -p locale
	@$(BIN)/pybabel -q extract -F babel.cfg -k _ -k ngettext:1,2 --no-location --omit-header -o locale/webshop.pot .
	@test -z "$(TO)" || test -d locale/$(TO) || \
	  $(BIN)/pybabel -q init -i locale/webshop.pot -d locale -D webshop -l $(TO)
	@test -z "$$(ls -d locale/*/ 2>/dev/null)" || $(BIN)/pybabel -q update -i locale/webshop.pot -d locale -D webshop
	@test -z "$$(ls -d locale/*/ 2>/dev/null)" || $(BIN)/pybabel -q compile -d locale -D webshop
	@grep -c ^msgid locale/webshop.pot | sed 's/$$/ sentences in locale\/webshop.pot/'

load: .venv/develop  ## how long twenty shoppers wait while 10,000 products are loaded; URL=postgresql://… for another database
	@$(BIN)/python -m tests.catalog.beside_shoppers $(URL)

reference: .venv/develop  ## templates/README.md, made from the code: what a template may use
	@$(BIN)/python -m tests.house.reference

lock: .venv/develop  ## recompile the hashed requirements files from pyproject.toml (needs uv)
	@uv pip compile -q --universal --generate-hashes --no-header --no-emit-index-url --python-version 3.11 pyproject.toml -o requirements.txt
	@uv pip compile -q --universal --generate-hashes --no-header --no-emit-index-url --python-version 3.11 --group dev pyproject.toml -o requirements-dev.txt
	@uv pip compile -q --universal --generate-hashes --no-header --no-emit-index-url --python-version 3.11 --group audit -c requirements-dev.txt -o requirements-audit.txt
	@uv pip compile -q --universal --generate-hashes --no-header --no-emit-index-url --python-version 3.12 --group attack -o requirements-attack.txt

clean:  ## forget the virtual environments and the demo's data
	@rm -rf .venv .venv-attack .venv-audit var

# An environment once made is used again: the stamp files are younger than what they were made from.
.venv/bin/python:
	@$(call environment,.venv,3.11)

.venv/runtime: .venv/bin/python requirements.txt
	@echo "Installing what the shop needs (only when requirements.txt is new)"
	@$(call install,.venv,requirements.txt)
	@touch $@

.venv/develop: .venv/bin/python requirements-dev.txt
	@echo "Installing what the shop and its tests need (only when requirements-dev.txt is new)"
	@$(call install,.venv,requirements-dev.txt)
	@touch $@ .venv/runtime

# Apart from the shop's, which stays small.
.venv-audit/tools: requirements-audit.txt
	@$(call environment,.venv-audit,3.11)
	@$(call install,.venv-audit,requirements-audit.txt)
	@touch $@

.venv-attack/tools: requirements-attack.txt
	@echo "Installing the scanner, in an environment of its own (only when requirements-attack.txt is new)"
	@$(call environment,.venv-attack,3.12)
	@$(call install,.venv-attack,requirements-attack.txt)
	@touch $@

# $(call environment,folder,oldest Python that will do) and $(call install,folder,requirements)
ifdef UV
environment = uv venv -q --clear --python ">=$(2)" $(1)
install = uv pip install -q --python $(1) --require-hashes -r $(2)
else
environment = for python in $(PYTHONS); do \
	  if $$python -c 'import sys; sys.exit(sys.version_info[:2] < tuple(map(int, "$(2)".split("."))))' 2>/dev/null; \
	  then $$python -m venv --clear $(1); exit; fi; \
	done; echo "This needs Python $(2) or newer: make PYTHON=/path/to/python ..."; exit 1
install = $(1)/bin/python -m pip install -qq --disable-pip-version-check --require-hashes -r $(2)
endif
