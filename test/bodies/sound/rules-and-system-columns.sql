create table account (id integer primary key, name text);
create function f() returns text language plpgsql as $$
declare
  place tid;
  row_xmin xid;
  tab regclass;
begin
  insert into account values (1, 'a');
  select ctid, xmin, tableoid into place, row_xmin, tab from account limit 1;
  delete from account where ctid = place;
  lock table account in share mode;
  perform pg_advisory_xact_lock(hashtext('account'), 1);
  return tab || row_xmin::text || current_user || session_user || current_setting('my.setting', true);
end
$$;
-- run
select f();
