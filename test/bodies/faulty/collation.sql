create table account (id integer primary key, name text);
create function f() returns text language plpgsql as $$
begin
  return (select max(name collate "xx_YY") from account); -- fault[collate]: collation "xx_YY" for encoding "UTF8" does not exist
end
$$;
-- run
select f();
