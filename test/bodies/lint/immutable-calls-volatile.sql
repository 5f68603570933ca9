create function f(n integer) returns double precision language plpgsql immutable as $$
begin
  return n * random(); -- warning: immutable
end
$$;
-- run
select f(1);
