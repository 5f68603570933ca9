#!/bin/sh
# Once, when the database is made: the login of PostgREST, and the roles that it enters.
set -eu
psql -v ON_ERROR_STOP=1 -v password="$AUTHENTICATOR_PASSWORD" --username postgres --dbname "$POSTGRES_DB" <<'SQL'
create role authenticator login noinherit password :'password';
{{roles}}
SQL
