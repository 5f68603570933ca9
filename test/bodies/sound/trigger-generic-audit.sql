create table account (id integer primary key, name text);
create table audit (at timestamptz default now(), tab text, op text, row_was jsonb, row_is jsonb, args text[]);
create function audit_it() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
declare
  was jsonb;
  became jsonb;
begin
  if tg_op in ('UPDATE', 'DELETE') then
    was := to_jsonb(old);
  end if;
  if tg_op in ('UPDATE', 'INSERT') then
    became := to_jsonb(new) - tg_argv[0];
  end if;
  insert into audit (tab, op, row_was, row_is, args)
  values (tg_table_schema || '.' || tg_table_name, tg_op, was, became, tg_argv[1:tg_nargs]);
  return null;
end
$$;
create trigger audit_it after insert or update or delete on account for each row execute function audit_it('secret', 'x');
-- run
insert into account values (1, 'a');
update account set name = 'b';
delete from account;
