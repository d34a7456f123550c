# `make` lists what there is. Ports and outside servers are set as in: make run BOOKING_PORT=8101
.DEFAULT_GOAL := help
.NOTPARALLEL:
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python -m
COMPOSE := docker compose --env-file .local/compose.env -f deploy/compose.yaml --profile demo $(if $(WATCH),--profile watch)
# two at a time, a file's tests together, the long ones first: most of them wait more than they work
SIDE_BY_SIDE := --numprocesses 2 --dist loadfile --no-loadscope-reorder
COMPILE := $(VENV)/bin/uv pip compile -q --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --custom-compile-command "make lock"

.PHONY: help run logs demo test test-unit test-containers proof proof-short load check up down rotate certificates lock messages clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/\1\t\2/' | expand -t 18

run: $(VENV)/installed ## everything on this machine, without containers; Ctrl-C stops it
	@$(RUN) deploy.local

logs: ## follow the logs of `make run`
	@tail -n 15 -F .local/logs/*.log

demo: $(VENV)/installed ## one appointment all the way, against what runs
	@$(RUN) deploy.demo

test: $(VENV)/installed ## all tests that need no containers
	@$(RUN) pytest -m "not containers" $(SIDE_BY_SIDE)

test-unit: $(VENV)/installed ## rules, contracts, architecture: under 10 s, at every save
	@$(RUN) pytest -q tests/unit tests/contracts tests/architecture

test-containers: $(VENV)/installed ## the integration tests on Apache Kafka and MongoDB in containers
	@$(RUN) pytest -m containers tests/containers

proof: $(VENV)/installed ## 10,000 cases while everything breaks, on containers: nothing lost, nothing twice
	@$(RUN) tests.proof $(ARGUMENTS)

proof-short: $(VENV)/installed ## 800 cases and 15 faults, under 4 minutes
	@$(RUN) tests.proof --short $(ARGUMENTS)

load: $(VENV)/installed ## how fast, as ratios against bare Flask, pymongo and kafka-python; ROWS="booking listing" for some
	@$(RUN) tests.load $(ROWS) $(ARGUMENTS)

check: $(VENV)/installed ## style, types, who may import whom
	@$(VENV)/bin/ruff check
	@$(VENV)/bin/ruff format --check
	@$(VENV)/bin/mypy
	@$(VENV)/bin/lint-imports

up: ## everything in containers; `make up WATCH=1`: with Prometheus
	@$(PYTHON) -m deploy.composed settings
	@$(COMPOSE) build
	@$(COMPOSE) up --detach --wait --wait-timeout 600 || { $(PYTHON) -m deploy.composed failed; exit 1; }
	@$(PYTHON) -m deploy.composed table

down: ## stop the containers; their data stays, but for `make down VOLUMES=1`
	@$(PYTHON) -m deploy.composed settings
	@$(COMPOSE) --profile watch down $(if $(VOLUMES),--volumes)
	@rm -f .local/door.env
	@$(if $(VOLUMES),rm -rf .local/compose.env .local/secrets)

rotate: ## another password in Kafka for a service of `make up`, while it works: make rotate SERVICE=booking
	@$(PYTHON) -m deploy.composed rotate "$(SERVICE)"
	@$(COMPOSE) run --rm --no-deps $(SERVICE)-kafka-rights

certificates: ## other certificates for all of `make up`, which starts anew with them: a minute in which nobody is served
	@$(PYTHON) -m deploy.composed settings
	@$(PYTHON) -m deploy.composed renew
	@$(COMPOSE) up --detach --wait --wait-timeout 600 --force-recreate || { $(PYTHON) -m deploy.composed failed; exit 1; }
	@$(PYTHON) -m deploy.composed table

lock: $(VENV)/installed ## renew requirements/*.txt; `make lock UPGRADE=--upgrade` takes newer versions
	@for name in services examples development; do \
		echo "requirements/$$name.txt"; \
		$(COMPILE) $(UPGRADE) -o requirements/$$name.txt requirements/$$name.in; done

messages: $(VENV)/installed ## bring the texts to translate into the catalogues
	@$(RUN) deploy.messages

clean: ## throw away the local stack's data and settings
	@if [ -e .local/lock ] && ! flock -n .local/lock true; then echo "make run is running: stop it first"; exit 1; fi
	@if [ -e .local ]; then find .local -mindepth 1 -maxdepth 1 ! -name compose.env ! -name door.env ! -name secrets -exec rm -rf {} +; fi

$(VENV)/installed: requirements/development.txt
	@PYTHON=$(PYTHON) VENV=$(VENV) deploy/local/virtualenv
