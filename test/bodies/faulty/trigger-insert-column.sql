create table account (id integer primary key, name text);
create table audit (at timestamptz default now(), what text, detail jsonb);
create function note_it() returns trigger language plpgsql as $$
begin
  insert into audit (what, details) -- fault[details]: column "details" of relation "audit" does not exist
  values (tg_op || ' ' || tg_table_name, to_jsonb(new));
  return new;
end
$$;
create trigger note_it before insert on account for each row execute function note_it();
-- run
insert into account values (1, 'a');
