#!/bin/sh
# Waits for the database, applies migrations, seeds, and then executes the command. If a step fails, exits with its code.
set -eu

# A shell that runs as process 1 exits on a signal only with a trap, and runs the trap only while it waits.
trap 'kill "${!:-}" 2>/dev/null || true; exit 143' INT TERM

step() {
    "$@" &
    wait "$!" && return
    code=$?
    # Some container engines restart a failed container at once.
    sleep "${PAUSE_AFTER_FAILURE_SECONDS:-0}" &
    wait "$!"
    exit "$code"
}

step tripos migrate run --wait "${DATABASE_WAIT_SECONDS:-60}"
step tripos seed
exec "$@"
