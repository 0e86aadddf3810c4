# Two commands matter: `make demo` shows it work, `make test` proves it. `make` lists the rest.
# Everything is installed into .venv here; nothing else on the machine changes, but for packages that the
# tests need and that root can install with apt-get.

PYTHON ?= python3
# What is started in the background inherits that Ctrl-C is ignored; tests of Ctrl-C would then wait for ever.
PYTEST ?= env --default-signal=INT,QUIT .venv/bin/python -m pytest
MKDOCS = NO_MKDOCS_2_WARNING=true .venv/bin/mkdocs
PIP = .venv/bin/python -m pip --disable-pip-version-check

# Not a user's settings: they would reach the programs under test.
unexport SIMVUE_URL SIMVUE_TOKEN SIMVUE_OFFLINE_DIRECTORY SIMVUE_SERVER_PROFILE PYTEST_ADDOPTS PYTHONPATH

.PHONY: help demo test campaign check interop bench docs clean
.PHONY: check-format check-lint check-types check-imports check-files check-docs

help:
	@echo "make demo      simulate in three languages without a network, deliver, kill a sender on the way, count what arrived"
	@echo "               make demo KEEP=1 leaves the server up, so that you can look at the runs"
	@echo "make test      all tests"
	@echo "make campaign  the long runs of which the tests hold a part: every death of a sender, journals by the thousand"
	@echo "make check     format, lint, types, imports, specification, wheel, documentation"
	@echo "make interop   try it with the published client, its connectors and its command line"
	@echo "make bench     measure"
	@echo "make docs      build the documentation into site/"
	@echo "make clean     remove .venv and everything that was built"

demo: .venv/.installed
	@.venv/bin/python -m docs.examples.demo $(if $(KEEP),--keep)

test: .venv/.installed-test
	@sh .ci/need strace=strace dash=dash busybox=busybox openssl=openssl unshare=util-linux git=git \
		gcc=gcc g++=g++ gfortran=gfortran
	@sh .ci/need --or-without clang=clang valgrind=valgrind cmake=cmake octave-cli=octave \
		/usr/share/i18n/locales/de_DE=locales
	$(PYTEST) --numprocesses=logical --maxprocesses=4 --dist=loadfile

campaign: .venv/.installed-test
	.venv/bin/python -m tests.campaigns

# Six checks; `make -k check` goes on after one that fails.
check: check-format check-lint check-types check-imports check-files check-docs

check-format: .venv/.installed-dev
	.venv/bin/ruff format --check --quiet

check-lint: .venv/.installed-dev
	.venv/bin/ruff check --quiet

check-types: .venv/.installed-dev
	.venv/bin/mypy
	.venv/bin/mypy --strict docs/*.py docs/examples/*.py docs/examples/demo/*.py docs/published/*.py

check-imports: .venv/.installed-dev
	.venv/bin/lint-imports

check-files: .venv/.installed-dev # the specification is consistent and traced; the wheel holds all of it
	$(PYTEST) -q tests/spec/test_register.py tests/spec/test_traceability.py tests/packaging/test_wheel.py

check-docs: .venv/.installed-dev
	$(MKDOCS) build --quiet --strict --config-file docs/mkdocs.yml
	$(PYTEST) -q tests/docs/test_site.py tests/docs/test_help.py

# The published client and packages written for it, from the package index, in environments of their own.
interop: .venv/.installed-test .venv-published/.installed .venv-beside/.installed
	.venv-beside/bin/python tests/interop/connectors.py
	.venv-beside/bin/python tests/interop/cli.py
	.venv/bin/python -m tests.interop.published --published .venv-published/bin/python
	.venv/bin/python -m tests.interop.published --published .venv/bin/python
	.venv/bin/python -m tests.interop.parity --published .venv-published/bin/python
	.venv/bin/python -m tests.interop.client --published .venv-published/bin/python
	.venv/bin/python -m tests.interop.objects --published .venv-published/bin/python

bench: .venv/.installed-test
	.venv/bin/python -m tests.bench

docs: .venv/.installed-dev
	$(MKDOCS) build --quiet --strict --config-file docs/mkdocs.yml
	@echo "open site/index.html"

clean:
	rm -rf .venv .venv-published .venv-beside site build dist *.egg-info .hypothesis .mypy_cache .ruff_cache .import_linter_cache .pytest_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A stamp for each set of packages: installed again only when pyproject.toml has changed.
.venv/.python: .ci/python
	@sh .ci/python '$(PYTHON)'
	$(PIP) install --quiet --upgrade 'pip>=25.1'
	@touch $@

.venv/.installed: .venv/.python pyproject.toml
	$(PIP) install --quiet --editable '.[server,conformance]'
	@touch $@

.venv/.installed-test: .venv/.installed pyproject.toml
	$(PIP) install --quiet --group test
	@touch $@

.venv/.installed-dev: .venv/.installed-test pyproject.toml
	$(PIP) install --quiet --group dev
	@touch $@

.venv-published/.installed: .ci/python Makefile
	$(PYTHON) -m venv .venv-published
	.venv-published/bin/python -m pip --disable-pip-version-check install --quiet 'simvue==2.6.2' matplotlib numpy pandas plotly
	@touch $@

.venv-beside/.installed: .ci/python pyproject.toml Makefile
	$(PYTHON) -m venv .venv-beside
	.venv-beside/bin/python -m pip --disable-pip-version-check install --quiet --upgrade 'pip>=25.1'
	.venv-beside/bin/python -m pip --disable-pip-version-check install --quiet --editable '.[server]' --group interop
	.venv-beside/bin/python -m pip --disable-pip-version-check install --quiet --no-deps \
		simvue-connector==1.1.2 simvue-openfoam==1.1.0 simvue-fds==2.1.3 simvue-cli==1.4.0
	@touch $@
