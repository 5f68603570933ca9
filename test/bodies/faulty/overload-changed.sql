create function price(a integer, b text) returns integer language sql as $$ select a $$;
create function price(a text) returns integer language sql as $$ select 1 $$;
create function f(a integer, d date) returns integer language plpgsql as $$
begin
  perform price(a, 'x'), price('y');
  return price(a, d); -- fault[price]: function price(integer, date) does not exist
end
$$;
-- run
select f(1, null);
