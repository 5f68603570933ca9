create table account (id integer primary key, name text);
create function f(j jsonb) returns integer language plpgsql as $$
declare
  one record;
  rows_of integer;
begin
  insert into account select * from jsonb_populate_recordset(null::account, j);
  get diagnostics rows_of = row_count;
  for one in select x.id, x.name from jsonb_to_recordset(j) as x (id integer, name text) loop
    update account a set name = one.name || one.id where a.id = one.id;
  end loop;
  return rows_of;
end
$$;
-- run
select f('[{"id": 1, "name": "a"}]');
