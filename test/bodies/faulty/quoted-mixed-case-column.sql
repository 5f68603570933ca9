create table "Account" ("Id" integer primary key, "firstName" text);
create function f(who integer) returns text language plpgsql as $$
declare
  called text;
begin
  select a."firstName" into called from "Account" a where a."Id" = who;
  select a.firstName into called from "Account" a where a."Id" = who; -- fault[a.firstName]: column a.firstname does not exist
  return called;
end
$$;
-- run
select f(1);
