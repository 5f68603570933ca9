create table account (id integer primary key, name text);
create table payment (account_id integer, amount numeric, at date);
create function f(n integer) returns table (called text, latest numeric, running numeric, place bigint, share numeric) language plpgsql as $$
begin
  return query
  select a.name, last.amount, sum(last.amount) over w, row_number() over w, percent_rank() over (order by last.amount)::numeric
  from account a
  cross join lateral (
    select p.amount, p.at from payment p where p.account_id = a.id order by p.at desc limit n
  ) last
  left join lateral unnest(array[1, 2]) with ordinality as u (x, nr) on u.x = n
  window w as (partition by a.id order by last.at rows between unbounded preceding and current row);
end
$$;
-- run
select f(2);
