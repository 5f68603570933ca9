create table account (id integer primary key, name text);
create function f() returns void language plpgsql as $$
begin
  copy account to '/dev/null';
  execute 'copy account to ''/dev/null''';
  copy (select id from account where name is not null) to '/dev/null' with (format csv);
end
$$;
-- run
select f();
