create table setting_text (key text, value text);
create table setting_list (key text, value text[]);
create table setting_number (key text, value numeric);
create function store(name text, given anyelement) returns text language plpgsql as $$
begin
  if pg_typeof(given) = 'text[]'::regtype then
    insert into setting_list values (name, string_to_array(array_to_string(given, ','), ','));
  elsif pg_typeof(given)::text in ('integer', 'numeric') then
    insert into setting_number values (name, round(given, 0));
  else
    insert into setting_text values (name, upper(given));
  end if;
  return pg_typeof(given)::text;
end
$$;
create function later(a timestamptz, b anyelement) returns timestamptz language plpgsql as $$
begin
  return coalesce(a, b);
end
$$;
create function same(a text, b anyelement) returns boolean language plpgsql as $$
begin
  return a = b;
end
$$;
-- run
select store('a', 'x'::text);
select later(null, now()), same('a', 'b'::text);
