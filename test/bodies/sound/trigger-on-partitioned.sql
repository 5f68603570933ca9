create table event (id bigint, at date not null, kind text) partition by range (at);
create table event_2026 partition of event for values from ('2026-01-01') to ('2027-01-01');
create function set_kind() returns trigger language plpgsql as $$
begin
  new.kind := coalesce(new.kind, tg_table_name || extract(year from new.at));
  return new;
end
$$;
create trigger set_kind before insert on event for each row execute function set_kind();
-- run
insert into event values (1, '2026-02-01');
