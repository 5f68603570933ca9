create table event (id bigint, at date not null) partition by range (at);
create function make_partition(year integer) returns text language plpgsql as $$
declare
  name text := format('event_%s', year);
begin
  if to_regclass(name) is null then
    execute format('create table %I partition of event for values from (%L) to (%L)', name, make_date(year, 1, 1), make_date(year + 1, 1, 1));
  end if;
  insert into event values (1, make_date(year, 2, 1));
  return (select tableoid::regclass::text from event e where e.at >= make_date(year, 1, 1) limit 1);
end
$$;
-- run
select make_partition(2026);
