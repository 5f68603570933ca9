create function f(a integer) returns date language plpgsql as $$
begin
  return a::date; -- fault[::]: cannot cast type integer to date
end
$$;
-- run
select f(1);
