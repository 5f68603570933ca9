create table account (id integer primary key, name text, balance numeric);
create function check_it() returns trigger language plpgsql as $$
declare
  highest numeric := tg_argv[0];
  lowest numeric := coalesce(tg_argv[1]::numeric, 0);
begin
  if tg_nargs > 0 and new.balance not between lowest and highest then
    raise check_violation using message = format('%s.%s: %s', tg_table_schema, tg_relname, tg_name), table = tg_table_name;
  end if;
  if tg_when = 'AFTER' or tg_level = 'STATEMENT' then
    return null;
  end if;
  return new;
end
$$;
create trigger check_it before insert on account for each row execute function check_it(100);
-- run
insert into account values (1, 'a', 2);
