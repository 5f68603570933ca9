create function f(n integer) returns integer language plpgsql as $$
begin
  <<whole>>
  begin
    if n > 1 then
      exit whole;
    end if;
    return 1;
  end whole;
  loop
    exit when n > 5;
    n := n + 1;
    if n = 3 then
      continue;
    end if;
    begin
      if n = 4 then
        raise exception 'four';
      end if;
    exception
      when raise_exception then
        n := n + 1;
    end;
  end loop;
  case
    when n = 6 then
      return 6;
    when n = 7 then
      n := 8;
    else
      null;
  end case;
  while true loop
    n := n + 1;
    exit when n > 20;
  end loop;
  return n;
end
$$;
-- run
select f(1), f(2);
