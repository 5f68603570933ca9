create table account (id integer primary key, name text);
create procedure p(who integer) language sql as $$
  update account set name = null where id = who;
  delete from acount where id = who; -- fault[acount]: relation "acount" does not exist
$$;
-- run
call p(1);
