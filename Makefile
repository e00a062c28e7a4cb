# make test    installs what the tests need (Debian packages, when root) and runs everything
# make build   bin/psim and bin/psnode
# make check   the checks without the tests
# make release   static binaries for all platforms and Debian packages, in dist/; VERSION=1.0.0 names them
# make fuzz    a minute of new input for each fuzz target; FUZZTIME=10m for longer

GO       ?= go
PACKAGES := qemu-user-static gcc libc6-dev ffmpeg chromium curl

.PHONY: build test check tools fuzz release

build:
	$(GO) build -trimpath -o bin/ ./cmd/...

release:
	docs/deploy/release.sh $(VERSION)

check:
	@test -z "$$(gofmt -l .)" || { echo "gofmt would change:"; gofmt -l .; exit 1; }
	$(GO) vet -tags tools ./...
	GOOS=windows CGO_ENABLED=0 $(GO) vet ./...
	$(GO) tool staticcheck -tags tools ./...
	$(GO) mod tidy -diff
	@git diff --quiet -- go.mod go.sum || { echo "go.mod or go.sum changed: run go mod tidy and commit"; exit 1; }

# The tag tools adds the tests that need a program beside Go. Without root the packages must be there already.
test: tools check
	$(GO) test -tags tools -timeout 9m ./...

FUZZTIME ?= 60s

# One target after the other, each bounded; the first that fails ends it and has written its input below testdata/fuzz.
fuzz:
	@for file in $$(grep -rl --include='*_test.go' '^func Fuzz' . | sort); do \
		for target in $$(sed -n 's/^func \(Fuzz[A-Za-z]*\)(.*/\1/p' $$file); do \
			echo "$$(dirname $$file) $$target"; \
			$(GO) test $$(dirname $$file) -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10s || exit 1; \
		done; \
	done

tools:
	@missing=""; for p in $(PACKAGES); do dpkg -s $$p >/dev/null 2>&1 || missing="$$missing $$p"; done; \
	if [ -n "$$missing" ]; then \
		if [ "$$(id -u)" = 0 ]; then \
			apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing >/dev/null; \
		else echo "please install:$$missing"; exit 1; fi; \
	fi
