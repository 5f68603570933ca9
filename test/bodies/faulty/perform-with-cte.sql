create table account (id integer primary key, name text);
create function f() returns void language plpgsql as $$
begin
  perform 1 from account a
    join lateral (select max(b.id) as top from account b where b.id < a.id) c on true
    where c.tip = 1; -- fault[c.tip]: column c.tip does not exist
end
$$;
-- run
select f();
