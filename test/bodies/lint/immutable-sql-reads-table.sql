create table rate (country text, value numeric);
create function f(of_country text) returns numeric language sql immutable as $$
  select value from rate where country = of_country -- warning: immutable
$$;
-- run
select f('CH');
