create table account (id integer primary key, name text);
create function f(who integer) returns text language plpgsql as $$
begin
	if who > 0 then
		return (
			select	name
			from	account
			where	id = whom	-- fault[whom]: column "whom" does not exist
		);
	end if;
	return	null;
end
$$;
-- run
select f(1);
