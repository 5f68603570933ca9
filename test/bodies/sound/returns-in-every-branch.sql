create function f(n integer) returns text language plpgsql as $$
begin
  if n > 10 then
    return 'many';
  elsif n > 5 then
    case n
      when 6, 7 then
        return 'six';
      else
        return 'eight';
    end case;
  else
    begin
      return 10 / n;
    exception
      when division_by_zero then
        return 'none';
    end;
  end if;
end
$$;
create function g(n integer) returns text language plpgsql as $$
begin
  case
    when n > 1 then
      return 'more';
    when n = 1 then
      return 'one';
  end case;
end
$$;
create function h(n integer) returns text language plpgsql as $$
begin
  if n > 1 then
    return 'x';
  end if;
  raise exception sqlstate '22023' using message = 'too small';
end
$$;
-- run
select f(11), f(6), f(9), f(0), f(3), g(1), h(2);
