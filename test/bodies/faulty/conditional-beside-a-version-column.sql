create table account (id integer primary key, name text, version integer);
create function f(who integer, expected_version integer) returns void language plpgsql as $$
begin
  update account set version = version + 1 where id = who and version = expected_version;
  if not found then
    perform raise_stale(who); -- fault[raise_stale]: function raise_stale(integer) does not exist
  else
    update acount set name = 'x' where id = who; -- fault[acount]: relation "acount" does not exist
  end if;
end
$$;
insert into account values (1, 'a', 1);
-- run
select f(1, 2);
select f(1, 1);
