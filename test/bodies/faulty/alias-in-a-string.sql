create table account (id integer primary key, balance numeric, branch integer);
create table total (branch integer, sum numeric, title text);
create function f(who integer) returns void language plpgsql as $$
begin
  insert into total (branch, title)
  select id, 'Rest of the year ' || id from account;
  if found then
    insert into total (branch, sum)
    select r.branch, sum(r.balance) from account r
    group by r.branch, r.brunch; -- fault[r.brunch]: column r.brunch does not exist
  end if;
end
$$;
insert into account values (1, 2, 3);
-- run
select f(1);
