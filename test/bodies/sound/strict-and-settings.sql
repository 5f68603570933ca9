create function f(a integer, b text) returns text language plpgsql immutable strict parallel safe cost 10 leakproof set datestyle = 'ISO, DMY' as $$
begin
  return a || b;
end
$$;
create function g(a integer) returns setof integer language plpgsql stable rows 3 called on null input as $$
begin
  return query select generate_series(1, a);
end
$$;
-- run
select f(1, 'a'), g(2);
