create function price(amount numeric, tax numeric default 0.08, currency text default 'CHF') returns text language sql as $$ select round(amount * (1 + tax), 2) || currency $$;
create function f(n numeric) returns text language plpgsql as $$
begin
  return price(n) || price(n, 0.1) || price(n, currency => 'EUR') || price(tax := 0, amount := n) || price(n, 0, 'USD');
end
$$;
-- run
select f(10);
