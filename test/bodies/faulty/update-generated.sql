create table line (id integer, price numeric, total numeric generated always as (price * 2) stored);
create function f() returns void language plpgsql as $$
begin
  update line -- or here
  set total = 1; -- fault: column "total" can only be updated to DEFAULT
end
$$;
-- run
select f();
