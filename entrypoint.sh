#!/bin/sh
# Waits for the database, migrates, seeds, and becomes the command. A step that fails stops everything with its code.
set -eu

# A shell that is process 1 ends by a signal only if it says so, and it takes signals only while it waits.
trap 'kill "${!:-}" 2>/dev/null || true; exit 143' INT TERM

step() {
    "$@" &
    wait "$!" && return
    code=$?
    # For engines that would start this again at once.
    sleep "${PAUSE_AFTER_FAILURE_SECONDS:-0}" &
    wait "$!"
    exit "$code"
}

step tripos migrate run --wait "${DATABASE_WAIT_SECONDS:-60}"
step tripos seed
exec "$@"
