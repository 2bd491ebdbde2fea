# make test   the whole suite; installs what it needs where it can (apt, as root)
# make lint   golangci-lint with .golangci.yml
# make bench  the benchmarks of docs/performance.md
# make image  the Datastore emulator as a static Docker image
# make generate, make update (golden files), make cover, make fuzz FUZZTIME=30s

GO            ?= go
GOLANGCI_LINT ?= $(GO) run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
TIMEOUT       ?= 30m
FUZZTIME      ?= 30s

.PHONY: test setup image lint bench generate update cover fuzz tidy

test: setup
	$(GO) vet ./...
	@# The examples replay whole corpora dozens of times: what runs side by side there
	@# is the harness, whose own tests run with the race detector.
	@rooms=$$($(GO) list ./... | grep -v /examples/); rc=0; \
	$(GO) test $$(.ci/race) -timeout $(TIMEOUT) $$rooms || rc=1; \
	$(GO) test -timeout $(TIMEOUT) ./examples/... || rc=1; exit $$rc

setup:
	@.ci/setup

# The Datastore emulator as a static image: replay-datastore.
image:
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags='-s -w' -o bin/replay ./cmd/replay
	docker build --target datastore -t replay-datastore .

lint:
	$(GOLANGCI_LINT) run ./...

bench:
	$(GO) test -run '^$$' -bench . -benchtime 2s ./harness ./corpus ./harness/emulator/datastore ./harness/store/datastore ./harness/store/postgres ./harness/store/redis

generate:
	$(GO) generate ./...

update:
	$(GO) test ./corpus/... ./harness ./recorder ./cmd/replay -update

cover:
	$(GO) test -coverprofile=/dev/null -cover ./...

fuzz:
	@.ci/fuzz $(FUZZTIME)

tidy:
	$(GO) mod tidy
	gofmt -l -w .
