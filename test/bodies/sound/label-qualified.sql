create table account (id integer primary key, name text);
create function account_of(id integer, inout name text default 'x') language plpgsql as $$
<<body>>
declare
  found_id integer;
  id integer := 1;
begin
  select a.id into body.found_id from account a where a.id = account_of.id and a.name = account_of.name or a.id = body.id;
  <<inner_block>>
  declare
    found_id text := 'x';
  begin
    inner_block.found_id := inner_block.found_id || body.found_id;
    name := inner_block.found_id;
  end;
  account_of.name := coalesce(name, 'none');
end
$$;
-- run
select account_of(1);
