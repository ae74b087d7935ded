# Stages: build (the program), dev (with the diesel CLI), and last the image that runs.

FROM rust:1.95-bookworm AS build
WORKDIR /app
# The dependencies alone, in a layer of their own: it stays while only the source changes.
COPY Cargo.toml Cargo.lock ./
RUN mkdir src \
    && echo 'fn main() {}' > src/main.rs \
    && touch src/lib.rs \
    && cargo build --release --locked \
    && rm -r src
COPY src src
COPY migrations migrations
COPY seed_data seed_data
RUN touch src/main.rs src/lib.rs && cargo build --release --locked

FROM build AS dev
RUN cargo install diesel_cli --version 2.3.14 --locked \
    --no-default-features --features postgres-bundled,sqlite-bundled
COPY diesel.toml ./
COPY entrypoint.sh ./
RUN install target/release/tripos /usr/local/bin/
EXPOSE 8080
ENTRYPOINT ["./entrypoint.sh"]
CMD ["tripos", "serve"]

FROM debian:bookworm-slim
LABEL org.opencontainers.image.title="Tripos" \
      org.opencontainers.image.description="A self-hosted REST service for certification-exam practice" \
      org.opencontainers.image.licenses="MIT OR Apache-2.0"
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --create-home --home-dir /app tripos
COPY --from=build /app/target/release/tripos /usr/local/bin/tripos
WORKDIR /app
COPY entrypoint.sh ./
USER tripos
ENV HOST=0.0.0.0 PORT=8080
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --retries=3 CMD ["tripos", "healthcheck"]
ENTRYPOINT ["./entrypoint.sh"]
CMD ["tripos", "serve"]
