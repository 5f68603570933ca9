create function f() returns bigint language plpgsql as $$
begin
  return (select count(*) from pg_class
    where generate_series(1, 2) = 1); -- fault[generate_series]: set-returning functions are not allowed in WHERE
end
$$;
-- run
select f();
