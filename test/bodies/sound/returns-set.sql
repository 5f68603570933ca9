create table account (id integer primary key, name varchar(20), opened timestamptz);
create function ids() returns setof integer language plpgsql as $$
begin
  return next 7;
  return next '8';
  return query select id from account;
  return query values (1), (2);
  return query insert into account values (9, 'x') returning id;
  return query delete from account where id = 9 returning id;
end
$$;
create function rows_of() returns setof account language plpgsql as $$
declare
  one account;
  two record;
begin
  return query table account;
  return query select a.* from account a;
  for one in select * from account loop
    return next one;
  end loop;
  for two in select * from account loop
    return next two;
  end loop;
end
$$;
create function records() returns setof record language plpgsql as $$
begin
  return query select id, name from account;
end
$$;
insert into account values (1, 'a');
-- run
select ids();
select rows_of();
select * from records() as x (id integer, name varchar(20));
