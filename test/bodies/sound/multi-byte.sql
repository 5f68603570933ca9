create table konto (id integer primary key, größe numeric, "имя" text, "名前" text);
create function grösse(wer integer, наценка numeric default 0.2) returns text language plpgsql as $$
declare
  größer numeric := 0; -- größer als früher 🙂
  zeile konto%rowtype;
begin
  select k.größe * (1 + наценка) into größer from konto k where k.id = wer;
  select * into zeile from konto where id = wer;
  return 'Größe: ' || größer || zeile."имя" || zeile."名前" || '🙂';
end
$$;
-- run
select grösse(1);
