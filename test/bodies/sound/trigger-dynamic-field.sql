create table account (id integer primary key, name text, code text);
create function upper_it() returns trigger language plpgsql as $$
declare
  said text;
begin
  execute format('select ($1).%I::text', tg_argv[0]) into said using new;
  new := jsonb_populate_record(new, jsonb_build_object(tg_argv[0], upper(said)));
  return new;
end
$$;
create trigger upper_it before insert on account for each row execute function upper_it('code');
-- run
insert into account values (1, 'a', 'b');
