create function log_ddl() returns event_trigger language plpgsql as $$
begin
  raise notice '%: %', tg_event,
    tg_op; -- fault[tg_op]: column "tg_op" does not exist
end
$$;
create event trigger log_ddl on ddl_command_end execute function log_ddl();
-- run
create table thing (id integer);
