# `make help` lists what there is. Builds take a lock, so two of them never run at once.
.DEFAULT_GOAL := help
.PHONY: help setup build run serve test bench lint format deb
BUILD := build
DATA ?= sagebrush-data
LISTEN ?= 127.0.0.1:8443

help:    ## Show this list
	@grep -E '^[a-z]+: .*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 10
setup:   ## Install the Debian and PyPI packages that everything below needs (root or sudo)
	@tools/setup.sh
build: setup  ## Build the programs into build/bin/
	@tools/build.sh programs
run: build    ## The quickstart with a server of its own: train, deploy, predict, evaluate, clean up
	@$(BUILD)/bin/sagebrush quickstart
serve: build  ## Keep a server running (DATA=directory LISTEN=address:port)
	@$(BUILD)/bin/sagebrush serve --data $(DATA) --listen $(LISTEN)
test: setup   ## All tests, after building them: unit, conformance, simulation, contract
	@tools/test.sh
bench: setup  ## All benchmarks, each beside its peer; rewrites docs/benchmarks.md
	@bench/run.sh
lint: build   ## clang-format, clang-tidy, names, generated files
	@tools/lint.sh
format:  ## Format every source file in place
	@tools/format.sh
deb: build    ## A Debian package of the programs, build/sagebrush_*.deb, which needs no build where it is installed
	@tools/duckdb.sh
	@tools/deb.sh
