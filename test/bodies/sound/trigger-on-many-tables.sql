create table account (id integer primary key, name text, changed timestamptz);
create table payment (id integer primary key, amount numeric, changed timestamptz);
create function stamp() returns trigger language plpgsql as $$
begin
  if tg_table_name = 'account' then
    new.name := trim(new.name);
  elsif tg_table_name = 'payment' then
    new.amount := round(new.amount, 2);
  end if;
  new.changed := now();
  return new;
end
$$;
create trigger stamp before insert on account for each row execute function stamp();
create trigger stamp before insert on payment for each row execute function stamp();
-- run
insert into account values (1, 'a');
insert into payment values (1, 2);
