# Stages: build (the program), dev (tools for working on the source, which docker-compose.dev.yml mounts), and last the
# image that runs.

FROM rust:1.95-bookworm AS build
WORKDIR /app
# The dependencies alone, in a layer of their own: it stays while only the source changes. What the empty program left
# behind goes, so that nothing of it can be taken for the real one.
COPY .cargo .cargo
COPY Cargo.toml Cargo.lock ./
RUN mkdir src \
    && echo 'fn main() {}' > src/main.rs \
    && touch src/lib.rs \
    && cargo build --profile dist --locked \
    && cargo clean --profile dist --locked --package tripos \
    && rm -r src
COPY src src
COPY migrations migrations
COPY seed_data seed_data
COPY web web
RUN cargo build --profile dist --locked

FROM rust:1.95-bookworm AS dev
# diesel formats the src/schema.rs that it prints.
RUN rustup component add rustfmt \
    && cargo install diesel_cli --version 2.3.14 --locked \
        --no-default-features --features postgres-bundled,sqlite-bundled
WORKDIR /app
COPY .cargo .cargo
COPY Cargo.toml Cargo.lock ./
RUN mkdir src && touch src/main.rs src/lib.rs && cargo fetch --locked && rm -r src
ENV HOST=0.0.0.0 PORT=8080 CARGO_TARGET_DIR=/target PATH=/target/debug:$PATH
EXPOSE 8080
# The entrypoint finds the program that was just built.
ENTRYPOINT ["sh", "-c", "cargo build --locked && exec ./entrypoint.sh \"$@\"", "sh"]
CMD ["tripos", "serve"]

FROM debian:bookworm-slim AS runtime
# The certificates that AWS is checked by, the user, and a place for a database of SQLite.
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
RUN useradd --system --uid 900 --home-dir /var/lib/tripos tripos \
    && install --directory --owner=tripos --group=tripos --mode=0700 /var/lib/tripos
COPY --from=build /app/target/dist/tripos /usr/local/bin/
WORKDIR /app
COPY entrypoint.sh ./
# By number, so that an orchestrator can tell that it is not root.
USER 900
ENV HOST=0.0.0.0
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["tripos", "healthcheck"]
ENTRYPOINT ["./entrypoint.sh"]
CMD ["tripos", "serve"]
ARG VERSION=unknown
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Tripos" \
      org.opencontainers.image.description="A self-hosted REST service for certification-exam practice" \
      org.opencontainers.image.licenses="MIT OR Apache-2.0" \
      org.opencontainers.image.base.name="docker.io/library/debian:bookworm-slim" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION"
