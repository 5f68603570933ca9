create table account (id integer primary key, name text);
create function f(id integer, name text) returns table (account_id integer, called text) language plpgsql as $$
#variable_conflict use_column
begin
  insert into account values (f.id, f.name) on conflict (id) do update set name = excluded.name;
  return query select id, name from account where id = f.id;
end
$$;
-- run
select f(1, 'a');
