create table account (id integer primary key, name text);
create table history (account_id integer, was text, at timestamptz default now());
create function remember() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' then
    insert into history (account_id, was)
    values (old.id,
      old.nmae); -- fault[old.nmae]: record "old" has no field "nmae"
  end if;
  return null;
end
$$;
create trigger remember after insert or update on account for each row execute function remember();
-- run
insert into account values (1, 'a');
update account set name = 'b';
