create function a() returns integer language plpgsql as $$ begin return '5'; end $$;
create function b() returns text language plpgsql as $$ begin return 5; end $$;
create function c() returns numeric(5, 2) language plpgsql as $$ begin return 1.23456; end $$;
create function d() returns varchar language plpgsql as $$ begin return now(); end $$;
create function e() returns date language plpgsql as $$ begin return now(); end $$;
create function g() returns bigint language plpgsql as $$ begin return 5 / 2.0; end $$;
create function h() returns text[] language plpgsql as $$ begin return '{a,b}'; end $$;
create function i() returns jsonb language plpgsql as $$ begin return '{"a": 1}'; end $$;
create function j() returns boolean language plpgsql as $$ begin return 'yes'; end $$;
create function k() returns void language plpgsql as $$ begin return; end $$;
create function l() returns integer language plpgsql as $$ begin return null; end $$;
create function m() returns interval language plpgsql as $$ begin return '1 day'; end $$;
-- run
select a(), b(), c(), d(), e(), g(), h(), i(), j(), k(), l(), m();
