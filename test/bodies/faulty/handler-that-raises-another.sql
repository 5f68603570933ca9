create table account (id integer primary key, name text);
create function f(who integer) returns text language plpgsql as $$
begin
  return (select a.nmae from account a where a.id = who); -- fault[a.nmae]: failed: column a.nmae does not exist
exception
  when others then
    raise exception 'failed: %', sqlerrm using errcode = 'P0001';
end
$$;
-- run
select f(1);
