# Signalbox's one door: people and CI call these targets and nothing else.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
MAKEFLAGS += --no-builtin-rules --warn-undefined-variables
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

# What buf compares the protos with; a fresh clone may know main by another name.
AGAINST ?= main
COMPOSE ?= docker-compose
DATA    ?= ../shared/data
FUZZTIME ?= 10s
TORTURE ?=
BUF_TOOLS := bin/buf bin/protoc-gen-go bin/protoc-gen-go-grpc bin/protoc-gen-grpc-gateway

##@ Use

.PHONY: help demo
help: ## Show this help
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z-]+:.*## / {printf "  %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: bin/signalbox ## Watch the whole loop work: about a minute, nothing to install
	@bin/signalbox demo

##@ Develop

.PHONY: build test test-race fuzz test-replay reference test-docs torture soak powercut longrun lint fmt generate check breaking bench clean
build: bin/signalbox ## Build the binary into bin/

.PHONY: bin/signalbox
bin/signalbox:
	@CGO_ENABLED=0 go build -buildvcs=auto -trimpath -o $@ ./services/signalbox

test: ## Run every test
	go test -parallel 8 ./...

# The pure core has no goroutine, which lint holds, and many random streams to judge.
PURE := /services/router/(engine|match|match/matchbench|state)$$
test-race: ## Run every test under the race detector, but for those of the pure core
	go test -race -vet=off -parallel 8 $$(go list ./... | grep -Ev '$(PURE)')

# Each package is built once for all of its targets: building takes longer than
# fuzzing for a moment.
fuzz: ## Fuzz every target for FUZZTIME (default 10s; 500x is a number of inputs)
	@mkdir -p .tmp/fuzz
	@set -e; for package in $$(grep -rl '^func Fuzz' --include='*_test.go' . | xargs -n1 dirname | sort -u); do \
		go test -c -fuzz=. -o .tmp/fuzz.test $$package; \
		for target in $$(grep -ho '^func Fuzz[A-Za-z0-9_]*' $$package/*_test.go | cut -c6-); do \
			echo "fuzz $$package $$target"; \
			(cd $$package && $(CURDIR)/.tmp/fuzz.test -test.run '^$$' -test.fuzz "^$$target\$$" -test.fuzztime $(FUZZTIME) \
				-test.fuzzminimizetime 1x -test.fuzzcachedir $(CURDIR)/.tmp/fuzz); \
		done; \
	done

test-replay: bin/signalbox ## Run real data (DATA=folder) through the whole pipeline, event for event
	go run ./services/signalbox/replaycheck --signalbox bin/signalbox --data $(DATA)

reference: bin/signalbox ## Hold the rule engine against reference results (DATA=folder), list for list
	go run ./services/signalbox/referencecheck --signalbox bin/signalbox --data $(DATA)

test-docs: bin/signalbox bin/grpcurl ## Run every command of README.md and docs against a running demo
	go run ./services/signalbox/docscheck --signalbox bin/signalbox

torture: bin/signalbox ## Kill, cut off and disturb real processes at every step, and judge what they did (25 min)
	go run ./services/signalbox/torture --signalbox bin/signalbox $(TORTURE)

soak: ## Ten simulated hours of every poller against misbehaving vendors
	go test ./services/signalbox/soak -count=1 -v -timeout 20m -args -hours 10

powercut: bin/signalbox ## Cut the power under a running process and count what is lost (Linux, root)
	go run ./services/signalbox/powercut --signalbox bin/signalbox --sync always
	go run ./services/signalbox/powercut --signalbox bin/signalbox --sync 1s

longrun: bin/signalbox ## Keep a process busy for half an hour (DATA=folder) and see whether anything grows
	go run ./services/signalbox/longrun --signalbox bin/signalbox --data $(DATA)

lint: bin/golangci-lint bin/buf ## Lint Go and protos
	bin/golangci-lint run ./...
	bin/buf lint

fmt: bin/golangci-lint ## Format Go and protos
	bin/golangci-lint fmt ./...

generate: $(BUF_TOOLS) ## Generate code and reference pages from the protos
	bin/buf generate
	cp proto/signalbox/rule/v1/rule.proto services/router/rule/rule.proto.txt
	go run ./services/signalbox config reference > deploy/reference.yaml.tmp && mv deploy/reference.yaml.tmp deploy/reference.yaml
	go run ./services/signalbox rules schema > docs/rules.schema.json.tmp && mv docs/rules.schema.json.tmp docs/rules.schema.json

breaking: bin/buf ## Compare the protos with AGAINST (default main) for breaking changes
	rm -rf .tmp/against && mkdir -p .tmp/against
	git archive $(AGAINST) proto buf.yaml | tar -x -C .tmp/against
	bin/buf breaking --against .tmp/against

.NOTPARALLEL: check
check: generate fmt lint test ## Everything a change must pass

bench: bin/signalbox ## Measure, as ratios in one run (see docs/benchmarks.md)
	go run ./services/signalbox/bench --signalbox bin/signalbox

clean: ## Remove what was built
	rm -rf bin .tmp

##@ Integration environment

.PHONY: images compose-up compose-test compose-down
images: ## Build static binaries and the image, FROM scratch, without a network
	CGO_ENABLED=0 GOOS=linux go build -buildvcs=auto -trimpath -ldflags='-s -w' -o bin/linux/signalbox ./services/signalbox
	CGO_ENABLED=0 GOOS=linux go build -trimpath -ldflags='-s -w' -o bin/linux/nats-server github.com/nats-io/nats-server/v2
	docker build --quiet --file deploy/Dockerfile --tag signalbox:dev .

compose-up: images ## Start one container per adapter and poller, router, query, NATS, simulator
	$(COMPOSE) up -d

compose-test: images ## Run the story against the containers from outside, killing the router once
	$(COMPOSE) config --quiet
	go -C tools run ./composecheck ../docker-compose.yml
	go run ./deploy/composetest --compose '$(COMPOSE)'

compose-down: ## Stop the containers and remove their volumes
	$(COMPOSE) down --volumes --remove-orphans --timeout 10

# Tools, pinned in go.mod and tools/go.mod.

$(BUF_TOOLS) &: go.mod
	go build -o bin/ github.com/bufbuild/buf/cmd/buf google.golang.org/protobuf/cmd/protoc-gen-go google.golang.org/grpc/cmd/protoc-gen-go-grpc github.com/grpc-ecosystem/grpc-gateway/v2/protoc-gen-grpc-gateway
	@touch $(BUF_TOOLS)

bin/golangci-lint: tools/go.mod
	go -C tools build -o ../bin/ github.com/golangci/golangci-lint/v2/cmd/golangci-lint
	@touch $@

bin/grpcurl: tools/go.mod
	go -C tools build -o ../bin/ github.com/fullstorydev/grpcurl/cmd/grpcurl
	@touch $@
