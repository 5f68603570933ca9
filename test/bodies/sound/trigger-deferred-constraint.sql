create table account (id integer primary key, parent integer);
create function has_parent() returns trigger language plpgsql as $$
begin
  perform from account where id = new.parent;
  if not found then
    raise foreign_key_violation using message = 'no parent', schema = tg_table_schema, table = tg_table_name, column = 'parent';
  end if;
  return null;
end
$$;
create constraint trigger has_parent after insert on account deferrable initially deferred for each row when (new.parent is not null) execute function has_parent();
-- run
insert into account values (2, 1), (1, null);
