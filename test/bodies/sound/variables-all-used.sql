create table account (id integer primary key, name text);
create function f(p integer, q text, inout r integer, out s text) language plpgsql as $$
declare
  a integer := 1;
  b integer;
  c account;
  d refcursor;
  e text[];
  g constant integer := 5;
  i integer;
  state text;
  rows_of bigint;
  query text := 'select 1';
  low integer := 1;
  high integer := 2;
begin
  b := a;
  select * into c from account where id = b;
  open d for select 1;
  close d;
  e[g] := q;
  for i in low..high loop
    r := r + i;
  end loop;
  i := 3;
  execute query;
  get diagnostics rows_of = row_count;
  raise notice '% % %', c.name, e, rows_of;
  s := p::text || i;
exception
  when others then
    get stacked diagnostics state = returned_sqlstate;
    raise notice '%', state;
end
$$;
-- run
select f(1, 'a', 2);
