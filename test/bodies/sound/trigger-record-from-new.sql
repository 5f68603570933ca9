create table invoice (id integer primary key, number text);
create table entry (id integer primary key, reference text);
create table trail (id integer, tab text, reference text, op text);
create function leave_trail() returns trigger language plpgsql as $$
declare
  one record;
  said text;
begin
  if tg_op = 'DELETE' then
    one := old;
  else
    one := new;
  end if;
  if tg_relname = 'invoice' then
    said := one.number;
  else
    said := one.reference;
  end if;
  insert into trail values (one.id, tg_relname, said, tg_op);
  return null;
end
$$;
create trigger leave_trail after insert or delete on invoice for each row execute function leave_trail();
create trigger leave_trail after insert or delete on entry for each row execute function leave_trail();
-- run
insert into invoice values (1, 'a');
insert into entry values (1, 'b');
delete from entry;
