create function f(lowest integer) returns integer language plpgsql as $$
declare
  one record;
  sum_of integer := 0;
  copy_of text[];
begin
  create temp table numbers on commit drop as select g as n, lowest as low from generate_series(lowest, 10) g;
  create temp table doubled on commit drop as select n * 2 as twice, low from numbers where n > lowest;
  for one in select d.twice, n.n from doubled d join numbers n using (low) loop
    sum_of := sum_of + one.twice - one.n;
  end loop;
  select array_agg(twice::text) into copy_of from doubled;
  with gone as (delete from numbers where n > 5 returning n)
  select count(*) + sum_of into sum_of from gone;
  return sum_of + array_length(copy_of, 1);
end
$$;
-- run
select f(3);
