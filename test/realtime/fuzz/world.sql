-- What stands around the table that the fuzz makes anew each time.
create schema fuzz; create schema hidden; create schema auth;
create collation fuzz.ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
create type fuzz.mood as enum ('sad', 'ok', 'Happy');
create domain fuzz.own_id as uuid;
create domain fuzz.word as text collate fuzz.ci check (value <> 'never');
create type fuzz.pair as (n int, w text);
create function fuzz.alike(text, text) returns bool immutable language sql as 'select lower($1) = lower($2)';
create operator fuzz.=~ (leftarg = text, rightarg = text, function = fuzz.alike);

-- shadows a built-in one where search_path puts pg_catalog behind it
create function public.lower(text) returns text immutable language sql as $$ select 'shadow' $$;
create function public.role_of() returns text stable language sql as $$ select current_setting('request.jwt.claims', true)::json ->> 'role' $$;

create function auth.uid() returns uuid stable language sql as $$
  select coalesce(nullif(current_setting('request.jwt.claim.sub', true), ''),
    (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub'))::uuid $$;
create function auth.jwt() returns jsonb stable language sql as $$
  select coalesce(nullif(current_setting('request.jwt.claim', true), ''), nullif(current_setting('request.jwt.claims', true), ''))::jsonb $$;
create function auth.role() returns text stable language sql as $$ select auth.jwt() ->> 'role' $$;
create function auth.own() returns uuid stable language plpgsql as $$ begin return (auth.jwt() ->> 'sub')::uuid; end $$;
create function auth.atomic() returns uuid stable begin atomic select (auth.jwt() ->> 'sub')::uuid; end;
create function auth.configured() returns uuid stable language sql set search_path = '' as $$ select (auth.jwt() ->> 'sub')::uuid $$;
create function auth.plain() returns text stable language sql as 'select role_of()';

create table fuzz.member (who text, what text, open bool);
insert into fuzz.member values ('a', 'a', true), ('a', '1', false), ('b', 'ab', true), ('A', 'b', false);
alter table fuzz.member enable row level security;
create policy own on fuzz.member using (open or who = current_setting('request.jwt.claims', true)::json ->> 'role');
create table hidden.secret (word text);
insert into hidden.secret values ('a'), ('1');
create function hidden.may(word text) returns bool stable security definer language sql as $$
  select exists (select from hidden.secret s where s.word = $1 and current_setting('request.jwt.claims', true)::json ->> 'role' is not null) $$;
create function fuzz.slow_role(of text) returns bool stable language plpgsql as $$ begin return current_user = 'viewer_' || of or auth.role() = of; end $$;
create function auth.settled() returns bool stable security definer language sql as $$ select count(*) > 1 from fuzz.member where who = auth.role() $$;

grant usage on schema fuzz, auth to public;
-- who is bound by a policy needs none; the login that reads policies does
grant usage on schema hidden to server;
grant select on fuzz.member to viewer_a, viewer_b, group_b;
