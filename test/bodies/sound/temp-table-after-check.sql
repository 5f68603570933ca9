create function f() returns bigint language plpgsql as $$
declare
  n bigint;
begin
  perform 1 from pg_class where relname = 'session_state' and pg_table_is_visible(oid);
  if not found then
    create temp table session_state (key text, value text);
  end if;
  select count(*) into n from session_state where key is not null;
  insert into session_state (key) values ('a');
  return n;
end
$$;
create function g() returns bigint language plpgsql as $$
begin
  return (select count(*) from session_state s where s.value = 'x');
end
$$;
-- run
select f(), f(), g();
