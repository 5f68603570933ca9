create table ddl_log (at timestamptz default now(), tag text, what text);
create function log_ddl() returns event_trigger language plpgsql as $$
declare
  one record;
begin
  for one in select * from pg_event_trigger_ddl_commands() loop
    insert into ddl_log (tag, what)
    values (tg_tag,
      one.object_name); -- fault[one.object_name]: record "one" has no field "object_name"
  end loop;
end
$$;
create event trigger log_ddl on ddl_command_end execute function log_ddl();
-- run
create table thing (id integer);
