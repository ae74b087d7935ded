#!/bin/sh
# Waits for the database, migrates, seeds, and becomes the command. A step that fails stops everything with its code.
set -eu

tripos migrate run --wait "${DATABASE_WAIT_SECONDS:-60}"
tripos seed
exec "$@"
