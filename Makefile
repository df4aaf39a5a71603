# `make` lists the targets. All of them work in one virtual environment, .venv, which is made at the first call.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# dvc starts each stage as `python -m stages.NAME`: that python must be this environment's.
export PATH := $(CURDIR)/.venv/bin:$(PATH)

# The first of these that runs and is new enough makes the environment; `make setup PYTHON=...` names another.
PYTHON := python3.13 python3.12 python3.11 python3
READY := .venv/.ready

.PHONY: help setup demo test test-all check repro paper bench gpu docs verify push golden clean

help:  ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' Makefile

setup: $(READY)  ## Make .venv with the tested versions of everything (once; needs Python 3.11 or newer)

demo: $(READY)  ## The whole pipeline on scikit-learn's digits, in ./demo; a few minutes, no data to download
	lightcnn demo

test: $(READY)  ## The default tests; a few minutes, no GPU, no network
	python -m pytest -n 2 --dist worksteal -m "not slow"

test-all: $(READY)  ## All tests, the slow ones too
	python -m pytest -n 2 --dist worksteal

check: $(READY)  ## Lint, format, types, layers, params.yaml; nothing is run
	ruff check
	ruff format --check
	mypy
	lint-imports
	lightcnn check

repro: $(READY)  ## The pipeline as params.yaml has it: runs what is out of date, and nothing else
	dvc repro

paper: $(READY)  ## Only the paper's model and the baseline, with their branches: train, evaluate and compare them
	lightcnn train paper baseline
	dvc repro evaluate@paper evaluate@baseline
	dvc metrics show reports/metrics/paper.json reports/metrics/baseline.json

bench: $(READY)  ## Time training, augmentation, workers and predictions beside what else there is; an hour and a half on a quiet machine
	python -m benchmarks.training
	python -m benchmarks.augmentation
	python -m benchmarks.workers
	python -m benchmarks.latency
	python -m benchmarks.predictions

gpu: $(READY)  ## What a GPU is for, nine minutes a call: golden on CUDA, the champion's seeds, speed of training, latency; in gpu/
	python -m benchmarks.gpu

# The project that `docs`, `verify` and `push` are about.
PROJECT := .

docs: $(READY)  ## Write docs/techniques.md from the components, and the tables of README.md from reports/
	lightcnn docs $(PROJECT)

verify: $(READY)  ## Prove the committed results: pulls, fetches and prepares, then nothing may be left to run, and metrics must come out again
	cd $(PROJECT) && if [ -n "$$(dvc config core.remote)" ]; then dvc pull --quiet --allow-missing; fi
	cd $(PROJECT) && dvc repro --quiet plan fetch prepare
	lightcnn verify $(PROJECT)

push: $(READY)  ## Bring the weights of a project to store/, to be committed: make push PROJECT=studies/champion
	cd $(PROJECT) && dvc remote default store && dvc push

# The revision that `make golden` compares with, and where both train.
BASE := HEAD
DEVICE := cpu

golden: $(READY)  ## Whether tiny trainings still give the same bytes as at another revision: make golden BASE=main
	python -m benchmarks.golden $(BASE) --device $(DEVICE)

clean:  ## Remove ./demo and the caches of tools; results, checkpoints and .venv stay
	@if [ -e demo ] && [ ! -f demo/.dvc/lightcnn ]; then \
	    echo "clean: demo/ stays: it is not of lightcnn's making (no .dvc/lightcnn in it)" >&2; \
	else \
	    rm -rf demo; \
	fi
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find benchmarks lightcnn stages tests -name __pycache__ -prune -exec rm -rf {} +

$(READY): pyproject.toml constraints.txt
	@if ! .venv/bin/python -m pip --version >/dev/null 2>&1; then \
	    if [ -e .venv ] && [ ! -e .venv/.lightcnn ] && [ ! -e $@ ]; then \
	        echo "setup: .venv is there, has no pip, and is not of this Makefile's making; move it away" >&2; \
	        exit 1; \
	    fi; \
	    for python in $(PYTHON) ''; do \
	        $$python -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && break; \
	    done; \
	    if [ -z "$$python" ]; then \
	        echo "setup: no Python 3.11 or newer with venv and ensurepip among: $(PYTHON); name one: make setup PYTHON=/path/to/python3" >&2; \
	        exit 1; \
	    fi; \
	    echo "setup: .venv with $$($$python --version)"; \
	    rm -rf .venv && mkdir .venv && touch .venv/.lightcnn && $$python -m venv .venv; \
	fi
	.venv/bin/python -m pip install -c constraints.txt -e '.[train,dev]'
	@touch $@
