create table account (id integer primary key, name text);
create function f() returns void language plpgsql as $$
begin
  insert into account values
    (1, 'a'),
    (2); -- fault[2]: VALUES lists must all be the same length
end
$$;
-- run
select f();
