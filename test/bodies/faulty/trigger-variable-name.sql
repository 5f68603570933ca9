create table account (id integer primary key, name text);
create function note_it() returns trigger language plpgsql as $$
begin
  raise notice '% on %',
    tg_op,
    tg_table; -- fault[tg_table]: column "tg_table" does not exist
  return new;
end
$$;
create trigger note_it before insert on account for each row execute function note_it();
-- run
insert into account values (1, 'a');
