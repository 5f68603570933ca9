create type mood as enum ('sad', 'ok');
create table account (id integer primary key, name text);
create function f(a integer[], b mood[], c account[], d int4multirange, e refcursor, g "char", h name, i oid, j regclass, k tid, l text, m bit(3), n money, o inet, p uuid, q xml, r interval, s time with time zone) returns integer language plpgsql as $$
begin
  return cardinality(a) + cardinality(b) + (c[1]).id + coalesce(upper(d), 0) + length(e::text) + length(h) + j::oid::integer * 0
    + coalesce(length(g::text || i || k::text || l || m::text || n::text || o || p || q::text || r || s), 0);
end
$$;
-- run
select 1;
