create table account (id integer primary key, state integer);
create table payment (id uuid primary key default gen_random_uuid(), state text);
create table seen (id text, state text);
create function see() returns trigger language plpgsql as $$
declare
  was text := case when tg_op = 'UPDATE' then old.state::text end;
begin
  if new.state is distinct from old.state or was is null then
    insert into seen values (new.id, new.state || coalesce(was, ''));
  end if;
  return new;
end
$$;
create trigger see after insert or update on account for each row execute function see();
create trigger see after insert or update on payment for each row execute function see();
-- run
insert into account values (1, 2);
insert into payment (state) values ('x');
update account set state = 3;
update payment set state = 'y';
