create table account (id integer primary key, balance numeric, branch integer);
create table total (branch integer, sum numeric);
create function f(who integer) returns void language plpgsql as $$
begin
  insert into total (branch, sum)
  select r.branch, sum(r.balance) * -1
  from account r
  where r.id = who
  group by r.brunch, r.id; -- fault[r.brunch]: column r.brunch does not exist
end
$$;
-- run
select f(1);
