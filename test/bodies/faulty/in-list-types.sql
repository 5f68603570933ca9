create table account (id integer primary key, name text);
create function f(d date) returns bigint language plpgsql as $$
begin
  return (select count(*) from account
    where id in (1, 2) or id in (select name from account)); -- fault[in]: operator does not exist: integer = text
end
$$;
-- run
select f(null);
