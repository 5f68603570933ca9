create function f(n integer) returns timestamptz language plpgsql immutable as $$
begin
  return now() + make_interval(days => n); -- warning: immutable
end
$$;
-- run
select f(1);
