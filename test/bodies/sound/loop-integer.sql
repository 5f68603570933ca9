create function f(n integer) returns text language plpgsql as $$
declare
  said text := '';
begin
  for i in 1..n loop
    said := said || i;
  end loop;
  for i in reverse n..1 by 2 loop
    said := said || i;
    continue when i % 2 = 0;
  end loop;
  for i in 1 .. length(said) loop
    exit when i > 3;
  end loop;
  return said;
end
$$;
-- run
select f(4);
