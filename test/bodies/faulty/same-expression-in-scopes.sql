create function f() returns text language plpgsql as $$
declare
  said text := '';
begin
  declare
    word text := 'a';
  begin
    said := said || word;
  end;
  declare
    other text := 'b';
  begin
    said := said || word; -- fault[word]: column "word" does not exist
  end;
  return said;
end
$$;
-- run
select f();
