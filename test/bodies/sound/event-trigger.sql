create table ddl_log (at timestamptz default now(), tag text, what text);
create function log_ddl() returns event_trigger language plpgsql as $$
declare
  one record;
begin
  for one in select * from pg_event_trigger_ddl_commands() loop
    insert into ddl_log (tag, what) values (tg_tag || tg_event, one.object_type || one.object_identity);
  end loop;
end
$$;
create function log_drop() returns event_trigger language plpgsql as $$
declare
  one record;
begin
  for one in select * from pg_event_trigger_dropped_objects() where original loop
    insert into ddl_log (tag, what) values (tg_tag, one.object_identity);
  end loop;
end
$$;
create event trigger log_ddl on ddl_command_end execute function log_ddl();
create event trigger log_drop on sql_drop execute function log_drop();
-- run
create table thing (id integer);
drop table thing;
