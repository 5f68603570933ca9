-- The roles that PostgREST and the policies in schema.sql use. Roles belong to the whole server, so no migration makes them:
-- `pgext init` and `pgext db:create` leave them to you. Run once a server: psql "$DATABASE_URL" -f roles.sql
create role anon nologin;
create role authenticated nologin;
