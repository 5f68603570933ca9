create table account (id integer primary key, name text);
create function f(called text, who integer) returns bigint language plpgsql as $$
declare
  query text := 'select count(*) from account where true';
  n bigint;
begin
  if called is not null then
    query := query || ' and name = ' || quote_literal(called);
  end if;
  if who is not null then
    query := query || format(' and id = %s', quote_nullable(who));
  end if;
  execute query into n;
  execute concat('select count(*) from ', quote_ident('account')) into n;
  execute 'select count(*) from ' || 'account' || ' where id = ' || 3 into n;
  execute format('select count(*) from account where id = %s', 3) into n;
  execute format('select count(*) from %s where id = $1', 'account'::regclass) into n using who;
  return n;
end
$$;
-- run
select f('a', 1);
