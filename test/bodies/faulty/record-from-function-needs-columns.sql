create function rows_of() returns setof record language sql as $$ select 1, 'a'::text $$;
create function f() returns integer language plpgsql as $$
begin
  return (select count(*) from
    rows_of()); -- fault[rows_of]: a column definition list is required for functions returning "record"
end
$$;
-- run
select f();
