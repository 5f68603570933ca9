create table account (id integer primary key, name text);
create sequence numbers;
create function f() returns bigint language plpgsql as $$
begin
  truncate account;
  set local work_mem = '8MB';
  set constraints all deferred;
  reset work_mem;
  analyze account;
  comment on table account is 'x';
  alter sequence numbers restart;
  perform setval('numbers', 5), nextval('numbers');
  notify heard, 'x';
  perform pg_notify('heard', 'y');
  create index if not exists account_name on account (name);
  alter table account add column if not exists extra text;
  grant select on account to public;
  return currval('numbers');
end
$$;
-- run
select f();
