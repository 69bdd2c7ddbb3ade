-- connect() writes the DDL for people who do not. Talks to nobody.
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS datarobot_scoring;
CREATE SCHEMA connect;
SET search_path = connect, pg_catalog;
CREATE VIEW state AS
	SELECT s.srvname, s.srvoptions, m.umuser::regrole::text AS who, m.umoptions
	FROM pg_foreign_server s LEFT JOIN pg_user_mapping m ON m.umserver = s.oid
	WHERE s.srvname LIKE 'connect%' ORDER BY 1, 3;
CREATE FUNCTION try(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	message text; detail text; hint text;
BEGIN
	EXECUTE statement;
	RETURN 'ok';
EXCEPTION WHEN others THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	RETURN concat_ws(' | ', sqlstate || ': ' || message, nullif(detail, ''), nullif(hint, ''));
END $$;
CREATE ROLE regress_drs_connect SUPERUSER;
SET ROLE regress_drs_connect;
\pset format unaligned
\pset tuples_only on

-- creates server and mapping
SELECT datarobot.connect('connect', 'https://127.0.0.1:9/predApi/v1.0', api_url => 'https://127.0.0.1:9/api/v2', api_token => 'canary', datarobot_key => 'canary-key',
	options => '{"chunk_rows": 500, "compression": "gzip", "connect_timeout": "5s", "allow_http": false}');
SELECT * FROM state;
SELECT body FROM datarobot.preview('5f0000000000000000000001', 'SELECT 1 AS a', options => '{"server": "connect", "check": false}');
-- the same again changes nothing
SELECT datarobot.connect('connect', 'https://127.0.0.1:9/predApi/v1.0', api_url => 'https://127.0.0.1:9/api/v2', api_token => 'canary', datarobot_key => 'canary-key',
	options => '{"chunk_rows": 500, "compression": "gzip", "connect_timeout": "5s", "allow_http": false}');
SELECT * FROM state;
-- alters what is given and leaves the rest
SELECT datarobot.connect('connect', 'https://127.0.0.1:9/other', options => '{"chunk_rows": 600, "concurrency": 2}');
SELECT * FROM state;
SELECT datarobot.connect('connect', NULL, api_token => 'canary2');
SELECT * FROM state;
-- a file takes the place of a value, and back
SELECT datarobot.connect('connect', NULL, api_token_file => '/etc/canary', datarobot_key_file => '/etc/canary-key');
SELECT * FROM state;
SELECT datarobot.connect('connect', NULL, api_token => 'canary3');
SELECT * FROM state;
-- nothing to do
SELECT datarobot.connect('connect', NULL);
SELECT * FROM state;

-- a server without a mapping, names that need quotes
SELECT datarobot.connect('connect "x" y', 'https://127.0.0.1:9');
SELECT * FROM state WHERE srvname ~ ' ';
-- a mapping for an existing server
SELECT datarobot.connect('connect "x" y', 'https://127.0.0.1:9', api_token => 'canary');
SELECT * FROM state WHERE srvname ~ ' ';
SELECT datarobot.connect('connect_bare', NULL);
SELECT * FROM state WHERE srvname ~ 'bare';

-- what is wrong is refused as by DDL, secrets are not repeated, and nothing is half done
SELECT try($$SELECT datarobot.connect(NULL, 'https://127.0.0.1:9')$$);
SELECT try($$SELECT datarobot.connect('', 'https://127.0.0.1:9')$$);
SELECT try($$SELECT datarobot.connect('connect_bad', 'nonsense')$$);
SELECT try($$SELECT datarobot.connect('connect_bad', 'http://127.0.0.1:9') $$);
SELECT try($$SELECT datarobot.connect('connect_bad', 'https://127.0.0.1:9', api_token => E'canary\n')$$);
SELECT try($$SELECT datarobot.connect('connect_bad', 'https://127.0.0.1:9', api_token => '')$$);
SELECT try($$SELECT datarobot.connect('connect_bad', 'https://127.0.0.1:9', api_token => 'canary', api_token_file => '/canary')$$);
SELECT try($$SELECT datarobot.connect('connect', NULL, api_token => 'canary', api_token_file => '/canary')$$) <> 'ok' AS refused;
SELECT try($$SELECT datarobot.connect('connect_bad', 'https://127.0.0.1:9', api_token_file => 'relative')$$);
SELECT try($$SELECT datarobot.connect('connect_bad', 'https://127.0.0.1:9', options => '{"chunk_row": 1}')$$);
SELECT try($$SELECT datarobot.connect('connect_bad', 'https://127.0.0.1:9', options => '{"chunk_rows": 0}')$$);
SELECT try($$SELECT datarobot.connect('connect_bad', 'https://127.0.0.1:9', options => '{"api_token": "canary"}')$$);
SELECT try($$SELECT datarobot.connect('connect_bad', 'https://127.0.0.1:9', options => '{"key_columns": ["a"]}')$$);
SELECT try($$SELECT datarobot.connect('connect_bad', 'https://127.0.0.1:9', options => '[1]')$$);
SELECT try($$SELECT datarobot.connect('connect_bad', 'https://127.0.0.1:9', options => '{"prediction_url": "https://127.0.0.1:8"}')$$);
SELECT count(*) FROM state WHERE srvname = 'connect_bad';
SELECT * FROM state WHERE srvname = 'connect';

-- a server of another wrapper is left alone
CREATE FOREIGN DATA WRAPPER connect_other;
CREATE SERVER connect_other FOREIGN DATA WRAPPER connect_other;
SELECT try($$SELECT datarobot.connect('connect_other', 'https://127.0.0.1:9', api_token => 'canary')$$) ~ '^ok' AS accepted;
SELECT * FROM state WHERE srvname = 'connect_other';
DROP FOREIGN DATA WRAPPER connect_other CASCADE;

-- it has its caller's rights, no more
RESET ROLE;
CREATE ROLE regress_drs_plain;
GRANT USAGE ON SCHEMA connect TO regress_drs_plain;
GRANT EXECUTE ON FUNCTION datarobot.connect TO regress_drs_plain;
SET ROLE regress_drs_plain;
SELECT connect.try($$SELECT datarobot.connect('connect_plain', 'https://127.0.0.1:9', api_token => 'canary')$$);
SELECT connect.try($$SELECT datarobot.connect('connect', 'https://evil.example.com', api_token => 'canary')$$);
RESET ROLE;
GRANT USAGE ON FOREIGN DATA WRAPPER datarobot_scoring TO regress_drs_plain;
SET ROLE regress_drs_plain;
SELECT connect.try($$SELECT datarobot.connect('connect_plain', 'https://127.0.0.1:9', api_token => 'canary')$$);
SELECT connect.try($$SELECT datarobot.connect('connect_plain', NULL, api_token_file => '/etc/passwd')$$);
SELECT connect.try($$SELECT datarobot.connect('connect_plain', NULL, options => '{"ca_file": "/etc/passwd"}')$$);
RESET ROLE;
SELECT * FROM state WHERE srvname = 'connect_plain';

-- it is part of the transaction
BEGIN;
SELECT datarobot.connect('connect_rolled_back', 'https://127.0.0.1:9');
ROLLBACK;
SELECT count(*) FROM state WHERE srvname = 'connect_rolled_back';
BEGIN READ ONLY;
SELECT datarobot.connect('connect_read_only', 'https://127.0.0.1:9');
ROLLBACK;

SET client_min_messages = warning;
DROP SCHEMA connect CASCADE;
DROP SERVER connect CASCADE;
DROP SERVER "connect ""x"" y" CASCADE;
DROP SERVER connect_bare CASCADE;
DROP SERVER IF EXISTS connect_plain CASCADE;
DROP OWNED BY regress_drs_plain;
DROP ROLE regress_drs_plain, regress_drs_connect;
