# make run: serve on an embedded default. make test: everything that has to hold. make soak, make bench: for long, how fast.

SHELL := /bin/bash
CARGO ?= cargo
export CARGO_TERM_COLOR ?= auto

# The soak's length, in seconds: ten minutes by itself, one as a part of the tests.
SOAK_SECONDS ?= 600

.PHONY: run test soak bench lint tools

run: tools
	$(CARGO) build --quiet --features dev
	exec ./target/debug/dragonfly-ops dev

test: tools lint
	$(CARGO) test --all-features --no-fail-fast
	$(MAKE) soak SOAK_SECONDS=60

# Faults come and go at random under load. SOAK_SEED=... repeats a run.
soak:
	SOAK_SECONDS=$(SOAK_SECONDS) $(CARGO) test --all-features --test it -- --ignored --nocapture soak::

lint:
	$(CARGO) fmt --check
	$(CARGO) clippy --all-targets --all-features -- -D warnings
	$(CARGO) clippy -- -D warnings
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --no-deps --all-features --document-private-items

# What Debian's packages have to bring; says so, and installs what is missing.
tools:
	@missing=""; \
	compgen -G "/usr/lib/postgresql/*/bin/initdb" >/dev/null || missing="$$missing postgresql"; \
	command -v pgbouncer >/dev/null || [ -x /usr/sbin/pgbouncer ] || missing="$$missing pgbouncer"; \
	command -v setpriv >/dev/null || missing="$$missing util-linux"; \
	command -v cc >/dev/null || missing="$$missing gcc libc6-dev"; \
	command -v npm >/dev/null || missing="$$missing npm"; \
	if [ -n "$$missing" ]; then \
		echo "installing with apt-get:$$missing"; \
		sudo=""; [ "$$(id -u)" = 0 ] || sudo=sudo; \
		$$sudo apt-get update -qq && \
		DEBIAN_FRONTEND=noninteractive $$sudo apt-get install -y -qq --no-install-recommends $$missing; \
	fi
