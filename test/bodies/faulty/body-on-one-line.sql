create table account (id integer primary key, name text);
create function f(who integer) returns text language plpgsql as $$ declare a text; begin select name into a from account; return a; end $$; -- the body ends before this
create function g() returns text language plpgsql as $$ begin return nick; end -- fault[nick]: column "nick" does not exist
$$;
create function h(who integer) returns text language plpgsql as $$ declare a text; begin select name into a from account; return a || 'return b' || b; end -- fault[b]: column "b" does not exist
$$;
-- run
select g();
select h(1);
