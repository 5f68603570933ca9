create table account (id integer primary key, name text);
create table payment (account_id integer, amount numeric);
create function f() returns setof numeric language plpgsql as $$
begin
  return query
  select p.amount from account a
  join payment p using (account_id); -- fault[account_id]: column "account_id" specified in USING clause does not exist in left table
end
$$;
-- run
select f();
