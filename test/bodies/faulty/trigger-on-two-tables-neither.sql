create table account (id integer primary key, name text);
create table payment (id integer primary key, amount numeric);
create function keep() returns trigger language plpgsql as $$
begin
  if tg_table_name = 'account' then
    new.name := upper(new.name);
  elsif tg_table_name = 'payment' then
    new.amuont := round(new.amount); -- fault: record "new" has no field "amuont"
  end if;
  return new;
end
$$;
create trigger keep before insert on account for each row execute function keep();
create trigger keep before insert on payment for each row execute function keep();
-- run
insert into account values (1, 'a');
insert into payment values (1, 2);
