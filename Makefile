# Everything a fresh machine needs is made here: `make demo` shows the program at work, `make test` proves it.

VENV := .venv
BIN := $(VENV)/bin
DEMO := demo
# The sample's day: its invoices have fixed dates.
DAY := 2026-11-24

.PHONY: demo test quick check ready ready-tests torture bench pictures clean

ready: .ready

.ready: pyproject.toml constraints.txt tools/prepare.sh
	sh tools/prepare.sh $(VENV)
	touch .ready

# A mail host, a validator of PDF/A, npm packages: who only wants to see the program at work needs none.
ready-tests: .ready-tests

.ready-tests: .ready tests/support/package.json
	sh tools/prepare.sh --for-tests
	touch .ready-tests

demo: ready
	rm -rf $(DEMO)
	$(BIN)/relance-xl -d $(DEMO) init --sample
	$(BIN)/relance-xl -d $(DEMO) export --tick best --date $(DAY)
	@# The sample lacks two invoice PDFs: those reminders are held and the exit code is 1, as in real life.
	$(BIN)/relance-xl -d $(DEMO) send --yes --date $(DAY) || test $$? -eq 1
	@echo
	@echo "Workbook:   $(CURDIR)/$(DEMO)/relances.xlsx"
	@echo "To print:   $(CURDIR)/$(DEMO)/lots/$(DAY)-001/courriers.pdf"
	@echo "Emails:     $(CURDIR)/$(DEMO)/lots/$(DAY)-001/emails/"

# Unit tests, seconds: while you work.
quick: ready
	$(BIN)/pytest -n 2 tests/unit

# More at a time than there are cores (two, usually): tests wait for servers and LibreOffice a good part of their time.
test: ready-tests
	$(BIN)/pytest -n 4

# Sends to a real mail server, killed 300 times at any moment, and stopped at 150 system calls while another one takes
# over: nothing twice, nothing forgotten. Half an hour.
torture: ready
	$(BIN)/python -m torture.send_kills
	command -v strace >/dev/null || sh tools/prepare.sh --for-torture
	$(BIN)/python -m torture.takeovers
	$(BIN)/python -m torture.request_kills

check: ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m tools.catalogs --check

# Ratios against other ways to do the same work, in one run; several minutes.
bench: ready
	$(BIN)/python -m benchmarks.mail
	$(BIN)/python -m benchmarks.workbook
	$(BIN)/python -m benchmarks.commands
	$(BIN)/python -m benchmarks.letters
	$(BIN)/python -m benchmarks.sends
	$(BIN)/python -m benchmarks.sources
	$(BIN)/python -m benchmarks.own_letters

pictures: ready
	sh tools/pictures.sh $(BIN)

clean:
	rm -rf $(VENV) tests/support/node_modules .ready .ready-tests $(DEMO) build dist *.egg-info
