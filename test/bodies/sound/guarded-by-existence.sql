create function f() returns bigint language plpgsql as $$
begin
  if to_regclass('public.maybe_there') is not null then
    return (select count(*) from maybe_there);
  end if;
  if exists (select from pg_extension where extname = 'maybe_installed') then
    execute 'select maybe_installed_version()';
  end if;
  return 0;
end
$$;
create table if not exists maybe_there (id integer);
-- run
select f();
