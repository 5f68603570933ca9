create function f() returns table (a text, b integer, c text) language plpgsql as $$
begin
  return query select 'x', 1, null;
  return query select 'x' || 'y', count(*)::integer, max('z') from pg_class;
  return query select u.a, u.b, 'q' from (values ('a', 1)) u (a, b);
  return query select 'x', 1, 'y' union all select 'p', 2, 'q';
end
$$;
-- run
select f();
