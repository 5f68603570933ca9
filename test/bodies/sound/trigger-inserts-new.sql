create table account (id integer primary key, name text);
create table shadow_account (id integer primary key, name text);
create table history (op text, at timestamptz, id integer, name text);
create function copy_it() returns trigger language plpgsql as $$
declare
  one account%rowtype;
begin
  insert into shadow_account values (new.*);
  insert into history select tg_op, now(), new.*;
  select new.* into one;
  one := new;
  update shadow_account s set (id, name) = (one.id, one.name) where s.id = new.id;
  insert into shadow_account select (new).id + 100, (new).name;
  return one;
end
$$;
create trigger copy_it before insert on account for each row execute function copy_it();
-- run
insert into account values (1, 'a');
