# `make` lists what there is. Ports and outside servers are set as in: make run BOOKING_PORT=8101
.DEFAULT_GOAL := help
.NOTPARALLEL:
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
TAG ?= local
RUN := $(VENV)/bin/python -m
COMPOSE := docker compose --env-file .local/compose.env -f deploy/compose.yaml --profile demo $(if $(BACKUP),--profile backup) $(if $(WATCH),--profile watch)
BACKED_UP := $(COMPOSE) --profile backup --profile restore
# two at a time, a file's tests together, the long ones first: most of them wait more than they work
SIDE_BY_SIDE := --numprocesses 2 --dist loadfile --no-loadscope-reorder
COMPILE := $(VENV)/bin/uv pip compile -q --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --custom-compile-command "make lock"

.PHONY: help run logs demo test test-unit test-containers proof proof-short load check up down secrets rotate certificates backup restore k8s-images k8s-up k8s-undo k8s-down k8s-test lock messages clean

help: ## this list
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9-]+):.*## (.*)/\1\t\2/' | expand -t 18

run: $(VENV)/installed ## everything on this machine, without containers; Ctrl-C stops it
	@$(RUN) deploy.local

logs: ## follow the logs of `make run`
	@tail -n 15 -F .local/logs/*.log

demo: $(VENV)/installed ## one appointment all the way, against what runs
	@$(RUN) deploy.demo

test: $(VENV)/installed ## all tests that need no containers
	@$(RUN) pytest -m "not containers and not kubernetes" $(SIDE_BY_SIDE)

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

up: ## everything in containers; BACKUP=1 also copies each database, all the time; WATCH=1: with Prometheus
	@$(PYTHON) -m deploy.composed settings
	@$(COMPOSE) build
	@$(COMPOSE) up --detach --wait --wait-timeout 600 || { $(PYTHON) -m deploy.composed failed; exit 1; }
	@$(PYTHON) -m deploy.composed table

down: ## stop the containers; their data stays, but for `make down VOLUMES=1`
	@$(PYTHON) -m deploy.composed settings
	@$(BACKED_UP) --profile watch down $(if $(VOLUMES),--volumes)
	@rm -f .local/door.env
	@$(if $(VOLUMES),rm -rf .local/compose.env .local/secrets)

secrets: ## all keys, passwords and certificates of an installation, what is there stays: for `make up`, or FOR=cluster
	@$(PYTHON) -m $(if $(filter cluster,$(FOR)),deploy.cluster secrets,deploy.composed made)

rotate: ## another password in Kafka for a service of `make up`, while it works: make rotate SERVICE=booking
	@$(PYTHON) -m deploy.composed rotate "$(SERVICE)"
	@$(COMPOSE) run --rm --no-deps $(SERVICE)-kafka-rights

certificates: ## other certificates for all of `make up`, which starts anew with them: a minute in which nobody is served
	@$(PYTHON) -m deploy.composed settings
	@$(PYTHON) -m deploy.composed renew
	@$(COMPOSE) up --detach --wait --wait-timeout 600 --force-recreate || { $(PYTHON) -m deploy.composed failed; exit 1; }
	@$(PYTHON) -m deploy.composed table

backup: ## a snapshot now of each database of `make up`, beside what `make up BACKUP=1` copies
	@$(PYTHON) -m deploy.composed settings
	@for service in booking referrals notifications; do \
		$(BACKED_UP) run --rm --no-deps $$service-backup python -m services.$$service.commands backup || exit 1; done

restore: ## bring back a database of `make up` that was lost: make restore SERVICE=booking [FROM=booking-20261128T060000Z UNTIL=2026-11-28T09:30:00Z]
	@$(PYTHON) -m deploy.composed settings
	@case "$(SERVICE)" in booking|referrals|notifications) ;; *) echo "SERVICE is one of booking, referrals, notifications"; exit 1; esac
	@$(BACKED_UP) stop $(SERVICE)-web $(SERVICE)-worker $(SERVICE)-backup
	@$(BACKED_UP) run --rm $(SERVICE)-restore python -m services.$(SERVICE).commands restore $(FROM) $(if $(UNTIL),--until $(UNTIL))
	@$(COMPOSE) up --detach --wait --wait-timeout 600 $(SERVICE)-web $(SERVICE)-worker $(if $(BACKUP),$(SERVICE)-backup)

k8s-images: ## the images that a cluster runs, from this state: TAG=2
	@for service in booking referrals notifications; do \
		docker build -f deploy/Dockerfile --build-arg PYTHON_IMAGE --build-arg SERVICE=$$service -t sendero/$$service:$(TAG) . || exit 1; done
	@docker build -f deploy/examples.Dockerfile --build-arg PYTHON_IMAGE -t sendero/examples:$(TAG) .
	@docker build -f deploy/front/Dockerfile --build-arg CADDY_IMAGE -t sendero/front:$(TAG) .

k8s-up: ## all of it on the cluster that kubectl knows, or there an upgrade to the images of another TAG
	@$(PYTHON) -m deploy.cluster apply "$(TAG)"
	@$(PYTHON) -m deploy.cluster table

k8s-undo: ## on the cluster back to the images before
	@$(PYTHON) -m deploy.cluster undo

k8s-down: ## take it from the cluster; its data stays, but for `make k8s-down VOLUMES=1`
	@$(PYTHON) -m deploy.cluster delete $(if $(VOLUMES),data)

k8s-test: $(VENV)/installed ## the tests on the cluster, after `make k8s-up`
	@$(RUN) pytest -m kubernetes tests/k8s

lock: $(VENV)/installed ## renew requirements/*.txt; `make lock UPGRADE=--upgrade` takes newer versions
	@for name in services examples development; do \
		echo "requirements/$$name.txt"; \
		$(COMPILE) $(UPGRADE) -o requirements/$$name.txt requirements/$$name.in; done

messages: $(VENV)/installed ## bring the texts to translate into the catalogues
	@$(RUN) deploy.messages

clean: ## throw away the local stack's data and settings
	@if [ -e .local/lock ] && ! flock -n .local/lock true; then echo "make run is running: stop it first"; exit 1; fi
	@if [ -e .local ]; then find .local -mindepth 1 -maxdepth 1 ! -name compose.env ! -name door.env ! -name k8s ! -name secrets -exec rm -rf {} +; fi

$(VENV)/installed: requirements/development.txt
	@PYTHON=$(PYTHON) VENV=$(VENV) deploy/local/virtualenv
