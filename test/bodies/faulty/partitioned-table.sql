create table event (id bigint, at date not null) partition by range (at);
create table event_2026 partition of event for values from ('2026-01-01') to ('2027-01-01');
create function f(day date) returns void language plpgsql as $$
begin
  insert into event (id, at) values (1, day);
  delete from only event_2026 where happened = day; -- fault[happened]: column "happened" does not exist
end
$$;
-- run
select f('2026-03-01');
