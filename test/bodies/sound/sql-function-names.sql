create table account (id integer primary key, name text);
create function rename(id integer, name text) returns account language sql as $$
  update account set name = rename.name where account.id = rename.id;
  select * from account a where a.id = $1;
$$;
create function of_row(a account) returns text language sql as $$
  select a.name || (a).id || ($1).name || of_row.a.name
$$;
create function same_name(name text) returns bigint language sql as $$
  select count(*) from account where name = $1 or name = same_name.name
$$;
create function void_one() returns void language sql as $$ select 1, 2 from account $$;
create function made(called text) returns setof account language sql as $$
  insert into account (id, name) values (1, called) returning *
$$;
create function converted() returns table (a bigint, b text, c numeric) language sql as $$ select id, name::varchar(3), id from account $$;
create function one_row(out a bigint, out b text) language sql as $$ select id, name from account $$;
create function as_record() returns setof record language sql as $$ select id, name from account $$;
create function as_composite() returns account language sql as $$ select row(1, 'a')::account $$;
create function optional() returns text language sql as $$ select null $$;
-- run
select void_one();
select made('a');
select rename(1, 'x'), of_row(row(1, 'y')), same_name('b'), converted(), one_row(), as_composite(), optional();
select * from as_record() as x (id integer, name text);
