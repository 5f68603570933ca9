create table account (id integer primary key, name text);
create table payment (id integer primary key, amount numeric);
create table seen (what text);
create function see() returns trigger language plpgsql as $$
begin
  case tg_table_name
    when 'account' then
      insert into seen values (new.name);
    when 'payment' then
      insert into seen values (new.amount::text);
    else
      raise exception 'unknown table %', tg_table_name;
  end case;
  return null;
end
$$;
create trigger see after insert on account for each row execute function see();
create trigger see after insert on payment for each row execute function see();
-- run
insert into account values (1, 'a');
insert into payment values (1, 2);
