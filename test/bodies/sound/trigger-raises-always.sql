create table account (id integer primary key, name text);
create function forbid() returns trigger language plpgsql as $$
begin
  raise exception 'table % is read only', tg_table_name using errcode = 'read_only_sql_transaction', table = tg_table_name;
end
$$;
create trigger forbid before delete on account for each row execute function forbid();
-- run
delete from account;
