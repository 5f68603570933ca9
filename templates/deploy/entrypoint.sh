#!/bin/sh
# `serve` brings the database to this image's migrations and functions, then serves; `deploy` ends there; all else is run as it is.
# Several containers may start at once: one deploys, the others wait for it and find nothing left to do.
set -eu

case "${1:-serve}" in
serve)
  ./node_modules/.bin/pgext deploy --yes --wait 600
  # another login for what only reads, where there is one
  DATABASE_URL="${EVENTS_DATABASE_URL:-$DATABASE_URL}"
  export DATABASE_URL
  exec ./node_modules/.bin/pgext serve --host 0.0.0.0
  ;;
deploy)
  exec ./node_modules/.bin/pgext deploy --yes --wait 600
  ;;
*)
  exec "$@"
  ;;
esac
