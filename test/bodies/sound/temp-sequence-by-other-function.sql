create function start_counting() returns void language plpgsql as $$
begin
  execute 'create temporary sequence counter_of_session';
  perform set_config('counting.on', 'yes', false);
end
$$;
create function next_count() returns bigint language plpgsql as $$
begin
  return nextval('counter_of_session');
end
$$;
-- run
select start_counting();
select next_count();
