create table booking (room integer, during tstzrange);
create function f(room integer, since timestamptz, days integer) returns boolean language plpgsql as $$
declare
  wanted tstzrange := tstzrange(since, since + make_interval(days => days), '[)');
  month date := date_trunc('month', since);
  age_of interval := now() - since;
begin
  if exists (select from booking b where b.room = f.room and b.during && wanted) or month < date '2020-01-01' or age_of > '1 year' then
    return false;
  end if;
  insert into booking values (f.room, wanted);
  return extract(epoch from upper(wanted) - lower(wanted)) > 0 and since between month and month + interval '1 month';
end
$$;
-- run
select f(1, now(), 2);
