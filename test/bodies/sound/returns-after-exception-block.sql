create function f(a integer) returns integer language plpgsql as $$
begin
  begin
    return 10 / a;
  exception
    when division_by_zero then
      raise notice 'again';
  end;
  return 0;
end
$$;
create function g(a integer) returns integer language plpgsql as $$
begin
  return 10 / a;
exception
  when division_by_zero then
    return 0;
  when others then
    raise;
end
$$;
create function h(a integer) returns integer language plpgsql as $$
begin
  while true loop
    a := a + 1;
    if a > 10 then
      return a;
    end if;
  end loop;
end
$$;
create function i(a integer) returns integer language plpgsql as $$
begin
  <<again>>
  loop
    a := a + 1;
    exit again when a > 10;
    continue;
  end loop;
  return a;
end
$$;
create function j(a integer) returns integer language plpgsql as $$
begin
  for k in 1..10 loop
    if k = a then
      return k;
    end if;
  end loop;
  assert false;
  return null;
end
$$;
-- run
select f(0), g(0), h(1), i(1), j(3);
