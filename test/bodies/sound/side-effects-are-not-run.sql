create sequence numbers;
create table seen (at timestamptz default now());
create function boom(n integer) returns integer language plpgsql immutable as $$
begin
  raise exception 'boom %', n;
end
$$;
create function note() returns integer language plpgsql as $$
begin
  insert into seen default values;
  return nextval('numbers');
end
$$;
create function f(n integer) returns integer language plpgsql as $$
declare
  a integer := 1;
  b constant integer := note();
begin
  if n > 1 then
    a := boom(1);
    perform boom(2), 1 / 0;
    for i in boom(3)..boom(4) loop
      raise exception '%', boom(5) using hint = boom(6)::text;
    end loop;
    return (select boom(7) where boom(8) > 1);
  end if;
  perform note(), setval('numbers', 7);
  return a + b;
end
$$;
-- run
select f(1);
