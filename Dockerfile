# Stages: build (the program), dev (tools for development; docker-compose.dev.yml mounts the source), and runtime (the image
# that is deployed).

FROM rust:1.95-bookworm AS build
WORKDIR /app
# Dependencies are built in their own layer, which stays cached while only the source changes. `cargo clean` removes the
# empty program, so that none of it ends up in the real one.
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
# The diesel CLI needs rustfmt to format src/schema.rs.
RUN rustup component add rustfmt \
    && cargo install diesel_cli --version 2.3.14 --locked \
        --no-default-features --features postgres-bundled,sqlite-bundled
WORKDIR /app
COPY .cargo .cargo
COPY Cargo.toml Cargo.lock ./
RUN mkdir src && touch src/main.rs src/lib.rs && cargo fetch --locked && rm -r src
ENV HOST=0.0.0.0 PORT=8080 CARGO_TARGET_DIR=/target PATH=/target/debug:$PATH
EXPOSE 8080
# With this PATH, the entrypoint runs the program that was just built.
ENTRYPOINT ["sh", "-c", "cargo build --locked && exec ./entrypoint.sh \"$@\"", "sh"]
CMD ["tripos", "serve"]

FROM debian:bookworm-slim AS runtime
# The CA certificates (for AWS), the user, and a folder for an SQLite database.
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
RUN useradd --system --uid 900 --home-dir /var/lib/tripos tripos \
    && install --directory --owner=tripos --group=tripos --mode=0700 /var/lib/tripos
COPY --from=build /app/target/dist/tripos /usr/local/bin/
WORKDIR /app
COPY entrypoint.sh ./
# A number, so that an orchestrator can see that it is not root.
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
