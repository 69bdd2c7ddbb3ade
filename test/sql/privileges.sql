-- Who may score: EXECUTE on the function, USAGE on the server, a mapping for the effective user. Talks to nobody.
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS datarobot_scoring;
CREATE SCHEMA privileges;
SET search_path = privileges, pg_catalog;
CREATE ROLE regress_drs_owner;
CREATE ROLE regress_drs_user;
CREATE ROLE regress_drs_other;
GRANT USAGE, CREATE ON SCHEMA privileges TO regress_drs_owner, regress_drs_user, regress_drs_other;
CREATE SERVER privileges FOREIGN DATA WRAPPER datarobot_scoring
	OPTIONS (prediction_url 'http://127.0.0.1:1', allow_http 'true', deployment 'd', max_attempts '1');
CREATE FUNCTION try(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	message text; hint text; shown text;
BEGIN
	EXECUTE statement INTO shown;
	RETURN coalesce(shown, 'NULL');
EXCEPTION WHEN sqlclient_unable_to_establish_sqlconnection THEN
	RETURN 'would send';
WHEN others THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
	RETURN concat_ws(' | ', sqlstate || ': ' || message, nullif(hint, ''));
END $$;
CREATE TYPE prediction_only AS (prediction text);
-- every door
CREATE VIEW doors AS SELECT * FROM (VALUES
	(1, $$SELECT 'shown' FROM datarobot.preview(NULL, 'SELECT 1 AS a', server => 'privileges')$$),
	(2, $$SELECT count(*) FROM datarobot.score(NULL, 'SELECT 1 AS a', server => 'privileges')$$),
	(3, $$SELECT count(*) FROM datarobot.score_as(NULL::privileges.prediction_only, NULL, 'SELECT 1 AS a', server => 'privileges')$$),
	(4, $$SELECT datarobot.predict(f, NULL, '{"server": "privileges"}') OVER () FROM (SELECT 1 AS a) f$$),
	(5, $$SELECT datarobot.predict_label(f, NULL, '{"server": "privileges"}') OVER () FROM (SELECT 1 AS a) f$$),
	(6, $$SELECT datarobot.predict_row(f, NULL, '{"server": "privileges"}') OVER () FROM (SELECT 1 AS a) f$$),
	(7, $$SELECT datarobot.predict_one(f, NULL, '{"server": "privileges"}') FROM (SELECT 1 AS a) f$$),
	(8, $$SELECT datarobot.predict_label_one(f, NULL, '{"server": "privileges"}') FROM (SELECT 1 AS a) f$$),
	(9, $$SELECT datarobot.predict_row_one(f, NULL, '{"server": "privileges"}') FROM (SELECT 1 AS a) f$$)) v(n, statement);
GRANT SELECT ON doors TO PUBLIC;
GRANT USAGE ON TYPE prediction_only TO PUBLIC;
\pset format unaligned
\pset tuples_only on

-- nothing is executable by PUBLIC: neither scoring nor the rest
SET ROLE regress_drs_user;
SELECT n, try(statement) FROM doors ORDER BY n;
SELECT try('SELECT * FROM datarobot.check_connection(''privileges'')');
SELECT try($$SELECT datarobot.connect('mine', 'https://127.0.0.1:9')$$);
SELECT try('SELECT datarobot.validator(''{}'', 1)');
-- but names may be looked up
SELECT pg_typeof(NULL::datarobot.prediction);
RESET ROLE;

-- EXECUTE alone is not enough: USAGE on the server is what permits scoring
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA datarobot TO regress_drs_user, regress_drs_owner;
SET ROLE regress_drs_user;
SELECT n, try(statement) FROM doors ORDER BY n;
SELECT try('SELECT string_agg(step || '': '' || ok, '', '') FROM datarobot.check_connection(''privileges'')') ~ 'false|42501' AS check_says_no;
RESET ROLE;

-- nor is USAGE: a mapping says who one is
GRANT USAGE ON FOREIGN SERVER privileges TO regress_drs_user;
SET ROLE regress_drs_user;
SELECT n, try(statement) FROM doors ORDER BY n;
-- a mapping without a token
CREATE USER MAPPING FOR regress_drs_user SERVER privileges;
SELECT n, try(statement) FROM doors ORDER BY n;
ALTER USER MAPPING FOR regress_drs_user SERVER privileges OPTIONS (ADD datarobot_key 'k');
SELECT try(statement) FROM doors WHERE n = 1;
ALTER USER MAPPING FOR regress_drs_user SERVER privileges OPTIONS (ADD api_token 't');
SELECT n, try(statement) FROM doors ORDER BY n;
DROP USER MAPPING FOR regress_drs_user SERVER privileges;
RESET ROLE;
-- basic authentication wants a name
ALTER SERVER privileges OPTIONS (ADD auth 'basic');
CREATE USER MAPPING FOR regress_drs_user SERVER privileges OPTIONS (api_token 't');
SET ROLE regress_drs_user;
SELECT try(statement) FROM doors WHERE n = 1;
RESET ROLE;
ALTER USER MAPPING FOR regress_drs_user SERVER privileges OPTIONS (ADD username 'me');
SET ROLE regress_drs_user;
SELECT try(statement) FROM doors WHERE n = 1;
RESET ROLE;
DROP USER MAPPING FOR regress_drs_user SERVER privileges;
-- no authentication, no mapping
ALTER SERVER privileges OPTIONS (SET auth 'none');
SET ROLE regress_drs_user;
SELECT n, try(statement) FROM doors ORDER BY n;
RESET ROLE;
ALTER SERVER privileges OPTIONS (DROP auth);

-- the mapping of PUBLIC serves those who have none of their own; one's own wins, even without a token
CREATE USER MAPPING FOR PUBLIC SERVER privileges OPTIONS (api_token 't');
SET ROLE regress_drs_user;
SELECT try(statement) FROM doors WHERE n = 1;
CREATE USER MAPPING FOR regress_drs_user SERVER privileges;
SELECT try(statement) FROM doors WHERE n = 1;
RESET ROLE;
DROP USER MAPPING FOR PUBLIC SERVER privileges;
DROP USER MAPPING FOR regress_drs_user SERVER privileges;

-- a SECURITY DEFINER function uses its owner's rights and mapping, an ordinary one the caller's
GRANT USAGE ON FOREIGN SERVER privileges TO regress_drs_owner;
CREATE USER MAPPING FOR regress_drs_owner SERVER privileges OPTIONS (api_token 't');
REVOKE USAGE ON FOREIGN SERVER privileges FROM regress_drs_user;
SET ROLE regress_drs_owner;
CREATE FUNCTION definer() RETURNS text LANGUAGE sql SECURITY DEFINER AS
	$$ SELECT body FROM datarobot.preview(NULL, 'SELECT current_user AS u', server => 'privileges') $$;
CREATE FUNCTION invoker() RETURNS text LANGUAGE sql AS
	$$ SELECT body FROM datarobot.preview(NULL, 'SELECT current_user AS u', server => 'privileges') $$;
CREATE FUNCTION definer_window() RETURNS float8 LANGUAGE sql SECURITY DEFINER AS
	$$ SELECT datarobot.predict(f, NULL, '{"server": "privileges"}') OVER () FROM (SELECT 1 AS a) f $$;
SET ROLE regress_drs_other;
SELECT try('SELECT privileges.definer()');
SELECT try('SELECT privileges.invoker()');
SELECT try('SELECT privileges.definer_window()');
SET ROLE regress_drs_user;
SELECT try('SELECT privileges.definer()');
SELECT try('SELECT privileges.invoker()');
RESET ROLE;

-- a view does not lend its owner's server: functions in it run as who asks
SET ROLE regress_drs_owner;
CREATE VIEW scored AS SELECT datarobot.predict(f, NULL, '{"server": "privileges"}') OVER () AS p FROM (SELECT 1 AS a) f;
GRANT SELECT ON scored TO regress_drs_user;
SELECT try('SELECT * FROM privileges.scored');
SET ROLE regress_drs_user;
SELECT try('SELECT * FROM privileges.scored') ~ '^42501' AS refused;
RESET ROLE;
-- the rows to score are read with the caller's rights
CREATE TABLE closed (a int);
SET ROLE regress_drs_owner;
SELECT try($$SELECT body FROM datarobot.preview(NULL, 'SELECT * FROM privileges.closed', server => 'privileges')$$);
RESET ROLE;

-- the setting names the default server, for the session, a role, a database or a function; it gives no rights
SHOW datarobot.server;
SET datarobot.server = 'privileges';
SET ROLE regress_drs_owner;
SELECT try($$SELECT body FROM datarobot.preview(NULL, 'SELECT 1 AS a')$$);
SET ROLE regress_drs_user;
SELECT try($$SELECT body FROM datarobot.preview(NULL, 'SELECT 1 AS a')$$);
RESET ROLE;
RESET datarobot.server;
ALTER FUNCTION definer() SET datarobot.server = 'privileges';
SELECT try('SELECT privileges.definer()');
SHOW datarobot.server;
SELECT vartype, context, setting, boot_val FROM pg_settings WHERE name = 'datarobot.server';
BEGIN;
SET LOCAL datarobot.server = 'x';
SHOW datarobot.server;
COMMIT;
SHOW datarobot.server;

-- a mapping that is dropped takes its rights along
DROP USER MAPPING FOR regress_drs_owner SERVER privileges;
SET ROLE regress_drs_owner;
SELECT try('SELECT privileges.definer()');
RESET ROLE;

SET client_min_messages = warning;
DROP SCHEMA privileges CASCADE;
DROP SERVER privileges CASCADE;
DROP OWNED BY regress_drs_owner, regress_drs_user, regress_drs_other;
DROP ROLE regress_drs_owner, regress_drs_user, regress_drs_other;
