create function f() returns text language plpgsql as $$
declare
  said text;
begin
  get diagnostics said = message_text; -- fault: diagnostics item MESSAGE_TEXT is not allowed in GET CURRENT DIAGNOSTICS
  return said;
end
$$;
-- run
select f();
