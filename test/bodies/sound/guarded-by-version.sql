create function server_version() returns integer language sql stable as $$ select current_setting('server_version_num')::integer $$;
create function f(p oid) returns boolean language plpgsql as $$
begin
  if server_version() >= 110000 then
    return (select prokind = 'a' from pg_proc where oid = p);
  else
    return (select proisagg from pg_proc where oid = p);
  end if;
end
$$;
create function g() returns boolean language plpgsql as $$
begin
  if current_setting('server_version_num')::integer < 100000 then
    return pg_xlogfile_name(pg_current_xlog_location()) is not null;
  end if;
  return true;
end
$$;
-- run
select f(1), g();
