create type mood as enum ('sad', 'ok');
create table account (id integer primary key, name text);
create function a(x integer) returns integer language plpgsql immutable as $$
declare
  y integer := x * 2;
begin
  for i in 1..3 loop
    y := y + i;
  end loop;
  return greatest(y, abs(x)) + length(upper('a'));
end
$$;
create function b(x integer) returns integer language sql immutable as $$ select a(x) + 1 $$;
create function c(x jsonb) returns text language plpgsql immutable as $$ begin return x ->> 'a' || (x -> 'b')::text; end $$;
create function d(x account) returns text language plpgsql stable as $$ begin return x.name || (select count(*) from account); end $$;
create function e(x text[]) returns text language sql immutable as $$ select string_agg(u, ',' order by u) from unnest(x) u $$;
create function g(x mood) returns integer language plpgsql immutable as $$
begin
  raise debug 'x';
  return case x when 'sad' then 1 else 2 end;
end
$$;
create function h(x integer) returns integer language plpgsql stable as $$
begin
  return (select max(id) from account where id > x) + extract(year from now())::integer;
end
$$;
-- run
select a(1), b(1), c('{}'), d(row(1, 'a')), e('{b,a}'), g('sad'), h(1);
