create table account (id integer primary key, name text);
create function f(cur refcursor) returns refcursor language plpgsql as $$
begin
  open cur for
    select a.id, a.name, a.opened -- fault[a.opened]: column a.opened does not exist
    from account a;
  return cur;
end
$$;
-- run
select f('c');
