# The toolchain that Cargo.toml asks for. Each image is the one of this digest, whatever its tag comes to mean: a newer one
# is told by `docker buildx imagetools inspect IMAGE:TAG`.
FROM rust:1.95-bookworm@sha256:6258907abe69656e41cd992e0b705cdcfabcbbe3db374f92ed2d47121282d4a1 AS builder
WORKDIR /build

# Dependencies first, against empty sources: this layer is rebuilt only when they or how they are built changes.
COPY Cargo.toml Cargo.lock ./
COPY .cargo/image.toml .cargo/orderfile.ld .cargo/
RUN mkdir src \
    && echo '//! Nothing yet.' > src/lib.rs \
    && printf '//! Nothing yet.\nfn main() {}\n' > src/main.rs \
    && cargo build --release --config .cargo/image.toml --locked --bin dragonfly-ops \
    && rm -rf src

# The SQL of the migrations is part of the binary.
COPY migrations migrations
COPY src src

# As late as possible: a new commit must not rebuild the dependencies.
ARG RAILWAY_GIT_COMMIT_SHA
ARG DRAGONFLY_BUILD_TIME
# Without the touch, cargo would take the empty sources for newer than the real ones.
RUN touch src/main.rs src/lib.rs \
    && export RAILWAY_GIT_COMMIT_SHA="${RAILWAY_GIT_COMMIT_SHA}" \
    && export DRAGONFLY_BUILD_TIME="${DRAGONFLY_BUILD_TIME:-$(date -u +%Y-%m-%dT%H:%M:%SZ)}" \
    && cargo build --release --config .cargo/image.toml --locked --bin dragonfly-ops \
    # Functions keep their names, for what a panic says; where each line is would be half of the image.
    && strip --strip-debug -o dragonfly-ops target/*/release/dragonfly-ops \
    # There is no loader where it will run.
    && ! readelf --program-headers dragonfly-ops | grep -q INTERP

# Root certificates, and nothing to log in to: no shell, no package manager, no root.
FROM gcr.io/distroless/static-debian12:nonroot@sha256:afa5c872c891853ca7fcf1f12c3edb23f7eeef36189728842dd51042ff57f7ab
COPY --from=builder /build/dragonfly-ops /usr/local/bin/dragonfly-ops
# By number, as some platforms ask for proof that it is not root.
USER 65532:65532
# Railway sets PORT itself; this is for everywhere else.
ENV PORT=8080
EXPOSE 8080
# The binary asks itself, as there is no curl in the image.
HEALTHCHECK --interval=30s --timeout=3s --start-period=5s CMD ["/usr/local/bin/dragonfly-ops", "healthcheck"]
# Exec form: the process is PID 1 and gets SIGTERM.
ENTRYPOINT ["/usr/local/bin/dragonfly-ops"]
