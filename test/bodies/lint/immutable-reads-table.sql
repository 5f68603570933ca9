create table rate (country text, value numeric);
create function f(of_country text) returns numeric language plpgsql immutable as $$
begin
  return (select value from rate where country = of_country); -- warning: immutable
end
$$;
-- run
select f('CH');
