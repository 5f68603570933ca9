create function f(m integer[], words text[]) returns text language plpgsql as $$
declare
  x integer;
  row_of integer[];
  said text := '';
  word text;
begin
  foreach x in array m loop
    said := said || x;
  end loop;
  foreach row_of slice 1 in array m loop
    said := said || array_length(row_of, 1);
  end loop;
  foreach word in array words || array['z'] loop
    said := said || word;
  end loop;
  return said;
end
$$;
-- run
select f(array[[1, 2], [3, 4]], '{a,b}');
