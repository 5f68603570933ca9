create table account (id integer primary key, name text, owner_id integer);
create table payment (id integer primary key, amount numeric);
create function audit_owner() returns trigger language plpgsql as $$
declare
  who integer;
begin
  if to_jsonb(new) ? 'owner_id' then
    who := new.owner_id;
  end if;
  raise notice '%', who;
  return new;
end
$$;
create trigger audit_owner before insert on account for each row execute function audit_owner();
create trigger audit_owner before insert on payment for each row execute function audit_owner();
-- run
insert into account values (1, 'a', 2);
insert into payment values (1, 2);
