create table account (id integer primary key, name text unique, balance numeric check (balance >= 0));
create function f(who integer, called text) returns text language plpgsql as $$
declare
  said text;
  state text;
  detail text;
  hint text;
  context text;
  name_of text;
begin
  insert into account (id, name) values (who, called);
  return 'made';
exception
  when unique_violation or check_violation then
    get stacked diagnostics said = message_text, state = returned_sqlstate, detail = pg_exception_detail,
      hint = pg_exception_hint, context = pg_exception_context, name_of = constraint_name;
    return state || said || detail || hint || context || name_of;
  when sqlstate '22012' or others then
    raise notice '% %', sqlerrm, sqlstate;
    raise;
end
$$;
-- run
select f(1, 'a');
select f(1, 'a');
