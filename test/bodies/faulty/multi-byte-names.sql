create table konto (id integer primary key, größe numeric, "имя" text);
create function f(wer integer) returns text language plpgsql as $$
declare
  wert numeric;
begin
  select k.größe into wert from konto k where k.id = wer;
  wert := wert * 2; return (select "имя" || wert || "名前" from konto k where k.id = wer); -- fault["名前"]: column "名前" does not exist
end
$$;
-- run
select f(1);
