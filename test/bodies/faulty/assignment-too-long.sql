create function f() returns text language plpgsql as $$
declare
  code varchar(3);
begin
  code := 'abcd'; -- fault: value too long for type character varying(3)
  return code;
end
$$;
-- run
select f();
