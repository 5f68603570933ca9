create function price(amount numeric, tax numeric default null, notes text[] default '{}', variadic more integer[] default '{}') returns numeric language plpgsql as $$
begin
  return amount * (1 + coalesce(tax, 0)) + cardinality(notes) + cardinality(more);
end
$$;
create procedure noted(a integer, b text default 'x', inout c integer default null) language plpgsql as $$
begin
  c := a + length(b);
end
$$;
create function f(n numeric) returns numeric language plpgsql as $$
declare
  c integer;
begin
  call noted(1, c => c);
  call noted(1, 'y', c);
  call noted(a => 2, b => null, c => c);
  return price(n) + price(n, null) + price(n, 0.1, null) + price(n, 0.1, '{a}', 1, 2, 3) + c;
end
$$;
-- run
select f(1);
