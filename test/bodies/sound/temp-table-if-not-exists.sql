create function f() returns bigint language plpgsql as $$
begin
  create temp table if not exists cache (key text primary key, value jsonb);
  insert into cache values ('a', '1') on conflict (key) do update set value = excluded.value;
  return (select count(*) from cache);
end
$$;
-- run
select f();
select f();
