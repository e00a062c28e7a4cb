# make test    installs what the tests need (Debian packages, when root) and runs everything
# make build   bin/psim and bin/psnode
# make assets  hls.js for the player, which the build embeds if it is there; make build, test and release do it first
# make check   the checks without the tests
# make release   static binaries for all platforms and Debian packages, in dist/; VERSION=1.0.0 names them
# make fuzz    a minute of new input for each fuzz target; FUZZTIME=10m for longer

GO       ?= go
PACKAGES := qemu-user-static gcc libc6-dev ffmpeg chromium curl mpv

HLSJS        := 1.7.4
HLSJS_SHA256 := cfc70cc9e9fc63d071919e087670abc760c8fd1bc889b88588026e4d22193bbe
VENDOR       := realnet/gateway/web/vendor

.PHONY: build test check tools fuzz release assets demo

build: assets
	$(GO) build -trimpath -o bin/ ./cmd/...

demo: build
	bin/psnode demo

# Without npm or the network the build goes on: then the player plays the plain file. What is not what was pinned is an error.
assets:
	@[ -f $(VENDOR)/hls.min.js ] && echo "$(HLSJS_SHA256)  $(VENDOR)/hls.min.js" | sha256sum -c --status && exit 0; \
	dir=$$(mktemp -d); trap 'rm -rf "$$dir"' EXIT; \
	(cd "$$dir" && timeout 60 npm pack --silent hls.js@$(HLSJS) >/dev/null 2>&1 && tar xzf hls.js-$(HLSJS).tgz) || \
		{ echo "no hls.js $(HLSJS) (it takes npm and the network): HLS plays where the browser can by itself, else the plain file"; exit 0; }; \
	echo "$(HLSJS_SHA256)  $$dir/package/dist/hls.min.js" | sha256sum -c --status || { echo "hls.js $(HLSJS) is not what was pinned"; exit 1; }; \
	mkdir -p $(VENDOR) && cp "$$dir/package/LICENSE" $(VENDOR)/hls.js.LICENSE.txt && cp "$$dir/package/dist/hls.min.js" $(VENDOR)/

release: assets
	docs/deploy/release.sh $(VERSION)

check:
	@test -z "$$(gofmt -l .)" || { echo "gofmt would change:"; gofmt -l .; exit 1; }
	$(GO) vet -tags tools ./...
	GOOS=windows CGO_ENABLED=0 $(GO) vet ./...
	$(GO) tool staticcheck -tags tools ./...
	$(GO) mod tidy -diff
	@git diff --quiet -- go.mod go.sum || { echo "go.mod or go.sum changed: run go mod tidy and commit"; exit 1; }

# The tag tools adds the tests that need a program beside Go. Without root the packages must be there already.
test: tools assets check
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
