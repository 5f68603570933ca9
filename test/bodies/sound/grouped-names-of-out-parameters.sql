create table account (id integer primary key, name text, balance numeric);
create function f(out total numeric, out count bigint, out sum numeric) language plpgsql as $$
begin
  select sum(a.balance), count(*), max(a.balance) into total, count, sum from account a;
  total := coalesce(total, 0) + count;
end
$$;
create function g() returns table (name text, n bigint) language plpgsql as $$
begin
  return query select a.name as name, count(*) as n from account a group by a.name order by n desc, 1;
end
$$;
create function h(out id integer) returns setof integer language plpgsql as $$
begin
  for id in select a.id from account a loop
    return next;
  end loop;
end
$$;
-- run
select f(), g(), h();
