create table "Account" ("Id" integer primary key, "first name" text, "it's" text, "say ""hi""" text);
create function "Do It"("Who" integer, "new name" text) returns text language plpgsql as $$
declare
  "My Row" "Account"%rowtype;
  "first name" "Account"."first name"%type;
begin
  insert into "Account" ("Id", "first name", "it's", "say ""hi""") values ("Who", "new name", 'it''s', "new name");
  select * into "My Row" from "Account" where "Id" = "Do It"."Who";
  "My Row"."first name" := upper("My Row"."first name");
  "first name" := "My Row"."it's" || "My Row"."say ""hi""";
  return "My Row"."first name" || "first name";
end
$$;
-- run
select "Do It"(1, 'x');
