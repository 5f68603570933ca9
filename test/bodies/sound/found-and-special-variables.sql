create table account (id integer primary key, name text);
create function f(who integer) returns boolean language plpgsql as $$
declare
  ok boolean;
  said text;
begin
  update account set name = 'x' where id = who;
  ok := found;
  if not found or ok is null then
    insert into account (id) values (who);
  end if;
  begin
    insert into account (id) values (who);
  exception
    when others then
      said := sqlerrm || sqlstate;
      raise notice '%: %', sqlstate, sqlerrm using errcode = sqlstate;
      begin
        perform 1 / 0;
      exception
        when division_by_zero then
          said := said || sqlerrm;
      end;
  end;
  return ok and found is not null and said is null;
end
$$;
-- run
select f(1);
