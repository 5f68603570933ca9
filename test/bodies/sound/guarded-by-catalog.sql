create function f() returns bigint language plpgsql as $$
declare
  n bigint := 0;
begin
  perform 1 from pg_proc p join pg_namespace n on n.oid = p.pronamespace where n.nspname = 'queue' and p.proname = 'next';
  if found then
    select count(*) into n from queue.job;
    perform queue.next(n);
  end if;
  if to_regclass('public.legacy') is not null then
    delete from legacy where id > 3;
  end if;
  if exists (select from information_schema.tables where table_name = 'older') then
    update older set a = 1;
  end if;
  return n;
end
$$;
-- run
select f();
