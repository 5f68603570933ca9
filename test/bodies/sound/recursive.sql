create function factorial(n integer) returns numeric language plpgsql as $$
begin
  if n <= 1 then
    return 1;
  end if;
  return n * factorial(n - 1);
end
$$;
create function even(n integer) returns boolean language plpgsql as $$
begin
  return n = 0 or odd(n - 1);
end
$$;
create function odd(n integer) returns boolean language plpgsql as $$
begin
  return n <> 0 and even(n - 1);
end
$$;
-- run
select factorial(5), even(4);
