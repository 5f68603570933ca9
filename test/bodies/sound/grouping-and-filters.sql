create table payment (account_id integer, kind text, amount numeric);
create function f() returns text language plpgsql as $$
declare
  r record;
  said text := '';
begin
  for r in
    select kind, account_id, sum(amount) as total, count(*) filter (where amount > 1) as large,
      string_agg(kind, ',' order by amount) as kinds, grouping(kind) as level, mode() within group (order by kind) as usual
    from payment
    group by rollup (kind, account_id)
    having sum(amount) is not null
  loop
    said := said || coalesce(r.kind, 'all') || r.total || r.large || r.kinds || r.level || r.usual;
  end loop;
  return said;
end
$$;
insert into payment values (1, 'a', 2);
-- run
select f();
