-- Options of user mappings: where secrets live, and who may see them. Talks to nobody.
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS datarobot_scoring;
CREATE SCHEMA mapping_options;
SET search_path = mapping_options, pg_catalog;
CREATE SERVER mapping_options FOREIGN DATA WRAPPER datarobot_scoring OPTIONS (prediction_url 'https://127.0.0.1:9');

CREATE FUNCTION try_mapping(name text, value text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	message text; detail text; hint text;
BEGIN
	EXECUTE format('CREATE USER MAPPING FOR CURRENT_USER SERVER mapping_options OPTIONS (%I %L)', name, value);
	EXECUTE 'DROP USER MAPPING FOR CURRENT_USER SERVER mapping_options';
	RETURN 'ok';
EXCEPTION WHEN others THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	RETURN concat_ws(E'\n', sqlstate || ': ' || message, nullif(detail, ''), nullif(hint, ''));
END $$;

-- secrets become header values: printable ASCII, nothing that could end the line; never repeated
SELECT name, replace(replace(value, E'\n', '\n'), E'\r', '\r') AS value, try_mapping(name, value) FROM (VALUES
	('api_token', 'canary'), ('api_token', 'a~!{}"''\'), ('api_token', ''), ('api_token', 'canary x'),
	('api_token', E'canary\r\nX-Header: y'), ('api_token', E'canary\t'), ('api_token', U&'canary\00E4'),
	('datarobot_key', 'canary'), ('datarobot_key', ''), ('datarobot_key', E'canary\n'),
	('username', 'me@example.com'), ('username', ''), ('username', 'can ary'),
	('api_token_file', '/etc/datarobot.token'), ('api_token_file', 'datarobot.token'), ('api_token_file', ''),
	('datarobot_key_file', '/etc/datarobot.key'), ('datarobot_key_file', '~/datarobot.key')
) v(name, value);

-- no bad secret is in any message
SELECT bool_or(try_mapping(name, E'canary\nsecret') ~ 'canary|secret file') AS echoed
FROM (VALUES ('api_token'), ('datarobot_key'), ('username')) v(name);

-- unknown and misplaced names
SELECT name, try_mapping(name, 'canary') FROM (VALUES
	('api_tokn'), ('apitoken'), ('password'), ('apiToken'),
	('prediction_url'), ('allow_http'), ('chunk_rows'), ('key_columns'), ('addressing'), ('max_explanations')
) v(name);

-- a secret once
CREATE USER MAPPING FOR CURRENT_USER SERVER mapping_options OPTIONS (api_token 'a', api_token_file '/a');
\echo :LAST_ERROR_SQLSTATE
CREATE USER MAPPING FOR CURRENT_USER SERVER mapping_options OPTIONS (datarobot_key 'a', datarobot_key_file '/a');
CREATE USER MAPPING FOR CURRENT_USER SERVER mapping_options OPTIONS (api_token 'a', datarobot_key_file '/a');
ALTER USER MAPPING FOR CURRENT_USER SERVER mapping_options OPTIONS (ADD api_token_file '/a');
ALTER USER MAPPING FOR CURRENT_USER SERVER mapping_options OPTIONS (DROP api_token, ADD api_token_file '/a');
DROP USER MAPPING FOR CURRENT_USER SERVER mapping_options;
CREATE USER MAPPING FOR CURRENT_USER SERVER mapping_options;
DROP USER MAPPING FOR CURRENT_USER SERVER mapping_options;

-- naming a file of the server takes the role that may read the server's files
CREATE ROLE regress_drs_plain;
CREATE ROLE regress_drs_reader IN ROLE pg_read_server_files;
GRANT USAGE ON FOREIGN SERVER mapping_options TO regress_drs_plain, regress_drs_reader;
GRANT USAGE ON FOREIGN DATA WRAPPER datarobot_scoring TO regress_drs_plain, regress_drs_reader;
SET ROLE regress_drs_plain;
CREATE USER MAPPING FOR CURRENT_USER SERVER mapping_options OPTIONS (api_token_file '/etc/passwd');
CREATE USER MAPPING FOR CURRENT_USER SERVER mapping_options OPTIONS (datarobot_key_file '/etc/passwd');
CREATE USER MAPPING FOR CURRENT_USER SERVER mapping_options OPTIONS (api_token 'canary');
ALTER USER MAPPING FOR CURRENT_USER SERVER mapping_options OPTIONS (DROP api_token, ADD api_token_file '/etc/passwd');
CREATE SERVER mapping_options_ca FOREIGN DATA WRAPPER datarobot_scoring OPTIONS (ca_file '/etc/passwd');
CREATE SERVER mapping_options_ca FOREIGN DATA WRAPPER datarobot_scoring OPTIONS (client_cert '/a', client_key '/b');
-- nobody's mapping but the own one is to be made, nor seen
CREATE USER MAPPING FOR regress_drs_reader SERVER mapping_options OPTIONS (api_token 'x');
RESET ROLE;
SET ROLE regress_drs_reader;
CREATE USER MAPPING FOR CURRENT_USER SERVER mapping_options OPTIONS (api_token_file '/etc/datarobot.token');
CREATE SERVER mapping_options_ca FOREIGN DATA WRAPPER datarobot_scoring OPTIONS (ca_file '/etc/ca.pem');
SELECT usename, umoptions FROM pg_user_mappings WHERE srvname = 'mapping_options' ORDER BY usename;
SELECT umoptions FROM pg_user_mapping;
DROP SERVER mapping_options_ca;
DROP USER MAPPING FOR CURRENT_USER SERVER mapping_options;
RESET ROLE;

DROP SERVER mapping_options CASCADE;
REVOKE ALL ON FOREIGN DATA WRAPPER datarobot_scoring FROM regress_drs_plain, regress_drs_reader;
DROP ROLE regress_drs_plain, regress_drs_reader;
DROP SCHEMA mapping_options CASCADE;
