create table account (id integer primary key, name text);
create function f(who integer) returns text language plpgsql as $$
begin
  -- Die Größe der Öffnung wird über die Länge geprüft; 価格は税込みです; цена указана с налогом; 🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂
  raise notice 'größer als früher: 価格 🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂';

  return (select 'Größe 🙂: ' || nmae from account where id = who); -- fault[nmae]: column "nmae" does not exist

  -- nothing comes after this, but it takes room: ---------------------------------------------------------------------------
end
$$;
-- run
select f(1);
