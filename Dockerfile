# The toolchain that Cargo.toml asks for, on the Debian of the final image: both link the same libc.
FROM rust:1.95-bookworm AS builder
WORKDIR /build
# Addresses that the loader has to mend take 10 kB instead of 800, and what runs at rest lies side by side (`make
# orderfile`): half as much is resident. Both need what is known to be here: a libc from 2.36 on, and names of version 0.
ENV CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUSTFLAGS="-Csymbol-mangling-version=v0 -Clink-arg=-Wl,-z,pack-relative-relocs -Clink-arg=-Wl,-T,/build/.cargo/orderfile.ld"

# Dependencies first, against empty sources: this layer is rebuilt only when the manifest or the lock file changes.
COPY Cargo.toml Cargo.lock ./
COPY .cargo/orderfile.ld .cargo/
RUN mkdir src \
    && echo '//! Nothing yet.' > src/lib.rs \
    && printf '//! Nothing yet.\nfn main() {}\n' > src/main.rs \
    && cargo build --release --locked --bin dragonfly-ops \
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
    && cargo build --release --locked --bin dragonfly-ops \
    # Functions keep their names, for what a panic says; where each line is would be half of the image.
    && strip --strip-debug target/release/dragonfly-ops

# libc and root certificates, and nothing to log in to: no shell, no package manager, no root.
FROM gcr.io/distroless/cc-debian12:nonroot
COPY --from=builder /build/target/release/dragonfly-ops /usr/local/bin/dragonfly-ops
# By number, as some platforms ask for proof that it is not root.
USER 65532:65532
# Railway sets PORT itself; this is for everywhere else.
ENV PORT=8080
EXPOSE 8080
# The binary asks itself, as there is no curl in the image.
HEALTHCHECK --interval=30s --timeout=3s --start-period=5s CMD ["/usr/local/bin/dragonfly-ops", "healthcheck"]
# Exec form: the process is PID 1 and gets SIGTERM.
ENTRYPOINT ["/usr/local/bin/dragonfly-ops"]
