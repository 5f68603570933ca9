create table account (id integer primary key, name text);
create function f(who integer) returns void language plpgsql as $$
begin
  delete from account where idd = who; -- fault[idd]: column "idd" does not exist
  if not found then
    raise exception 'no account %', who;
  end if;
end
$$;
-- run
select f(1);
