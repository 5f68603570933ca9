create table account (id integer primary key, name text, balance numeric);
create table total (sum numeric);
create function add_up() returns trigger language plpgsql as $$
begin
  update total
  set sum = total.sum + (select sum(n.balanse) from added n); -- fault[n.balanse]: column n.balanse does not exist
  return null;
end
$$;
create trigger add_up after insert on account referencing new table as added for each statement execute function add_up();
-- run
insert into account values (1, 'a', 2);
