create type point3 as (x numeric, y numeric, z numeric);
create type segment as (a point3, b point3, tags text[]);
create domain unit_point as point3 check ((value).x <= 1);
create table route (id integer, parts segment[], at unit_point);
create function f(s segment) returns numeric language plpgsql as $$
declare
  t segment := s;
  u unit_point := row(0, 0, 0);
  v point3[];
  one route;
begin
  t.a.x := 5;
  t.b := t.a;
  t.tags[2] := 'x';
  t.tags := t.tags || 'y'::text;
  v[1] := t.a;
  v[1].y := 3;
  v := v || row(1, 2, 3)::point3;
  u.x := 0.5;
  one.parts[1].a.z := 4;
  one.at := u;
  insert into route values (1, array[t], u) returning * into one;
  return (t.a).x + (one.parts[1]).b.x + v[2].z + (v[1]).y + (one.at).x + cardinality(t.tags);
end
$$;
-- run
select f(row(row(1, 2, 3), row(4, 5, 6), '{a}'));
