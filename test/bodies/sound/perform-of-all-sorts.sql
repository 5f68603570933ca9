create table account (id integer primary key, name text);
create function nothing() returns void language plpgsql as $$
begin
  null;
end
$$;
create function f() returns void language plpgsql as $$
begin
  perform nothing();
  perform * from account where id = 1;
  perform count(*) from account group by name having count(*) > 1;
  perform pg_sleep(0);
  perform set_config('a.b', 'c', true);
  perform distinct name from account;
  perform 1, 2;
end
$$;
-- run
select f();
