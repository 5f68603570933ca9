create table "my ""own"" table" ("the key" integer primary key, "a column's name" text);
create function f("who is it" integer) returns text language plpgsql as $$
declare
  "what is it" text;
begin
  select "a column's name" into "what is it" from "my ""own"" table" where "the key" = "who is it";
  select "a columns name" into "what is it" from "my ""own"" table"; -- fault["a columns name"]: column "a columns name" does not exist
  return "what is it";
end
$$;
-- run
select f(1);
