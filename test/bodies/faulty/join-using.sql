create table account (id integer primary key, name text);
create table payment (account_id integer, amount numeric);
create function f() returns setof numeric language plpgsql as $$
begin
  return query -- or here
  select p.amount from account a -- or here
  join payment p using (account_id); -- fault: column "account_id" specified in USING clause does not exist in left table
end
$$;
-- run
select f();
