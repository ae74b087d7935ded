#!/bin/sh
# What the official image of PostgreSQL does at its start, as far as docker-compose.yml uses it.
set -eu

data=/var/lib/postgresql/data
if [ "$(id -u)" = 0 ]; then
    install --directory --owner=postgres --group=postgres --mode=0700 "$data"
    exec setpriv --reuid=postgres --regid=postgres --init-groups "$0" "$@"
fi
if [ ! -s "$data/PG_VERSION" ]; then
    echo "$POSTGRES_PASSWORD" >/tmp/password
    initdb --pgdata "$data" --username "$POSTGRES_USER" --pwfile /tmp/password \
        --auth-local trust --auth-host scram-sha-256 --encoding UTF8 --locale C.UTF-8
    rm /tmp/password
    echo 'host all all all scram-sha-256' >>"$data/pg_hba.conf"
    echo "CREATE DATABASE \"$POSTGRES_DB\"" | postgres --single -D "$data" postgres
fi
exec "$@"
