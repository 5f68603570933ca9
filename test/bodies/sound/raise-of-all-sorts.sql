create function f(n integer) returns integer language plpgsql as $$
begin
  raise notice 'plain';
  raise notice 'a % and % and %%', n, n + 1;
  raise debug using message = 'm' || n, hint = 'h';
  raise warning 'with %', n using errcode = '01000', detail = n::text, hint = 'x' || n;
  raise info '%', (select count(*) from pg_class);
  raise log 'x';
  if n > 10 then
    raise exception using errcode = 'invalid_parameter_value', message = 'too large', column = 'n', constraint = 'c', datatype = 'integer', schema = 'public';
  elsif n > 9 then
    raise unique_violation using message = 'nine';
  elsif n > 8 then
    raise sqlstate '22012';
  elsif n > 7 then
    raise division_by_zero;
  end if;
  assert n < 8, 'too large: ' || n;
  assert n is not null;
  return n;
exception
  when assert_failure then
    return 0;
end
$$;
-- run
select f(3);
