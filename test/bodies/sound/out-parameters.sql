create table account (id integer primary key, name text);
create function f(in who integer, out called text, out n bigint, inout extra integer default 3) language plpgsql as $$
begin
  select a.name into called from account a where a.id = who;
  select count(*) into n from account;
  extra := extra + 1;
  if n = 0 then
    return;
  end if;
  called := coalesce(called, 'nobody') || f.extra;
end
$$;
create function g() returns text language plpgsql as $$
declare
  a text;
  b bigint;
  c integer;
begin
  select called, n, extra into a, b, c from f(1);
  select * from f(1, extra => 4) into a, b, c;
  return a || (f(1)).n || b || c;
end
$$;
-- run
select g();
