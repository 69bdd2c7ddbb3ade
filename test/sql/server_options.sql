-- Options of servers, as the validator sees them. Talks to nobody.
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS datarobot_scoring;
CREATE SCHEMA server_options;
SET search_path = server_options, pg_catalog;

-- ok, or SQLSTATE and message, for a server with that one option (undone again)
CREATE FUNCTION try_server(name text, value text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	message text; detail text; hint text;
BEGIN
	EXECUTE format('CREATE SERVER server_options_try FOREIGN DATA WRAPPER datarobot_scoring OPTIONS (%I %L)', name, value);
	EXECUTE 'DROP SERVER server_options_try';
	RETURN 'ok';
EXCEPTION WHEN others THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	RETURN concat_ws(E'\n', sqlstate || ': ' || message, nullif(detail, ''), nullif(hint, ''));
END $$;

-- numbers: both bounds, what lies beyond them, every unit
SELECT name, value, try_server(name, value) FROM (VALUES
	('connect_timeout', '1'), ('connect_timeout', '0'), ('connect_timeout', '10min'), ('connect_timeout', '600001'),
	('connect_timeout', '601s'), ('connect_timeout', '1500ms'), ('connect_timeout', ' 2 s '), ('connect_timeout', '-1'),
	('request_timeout', '1ms'), ('request_timeout', '0'), ('request_timeout', '1d'), ('request_timeout', '24h'),
	('request_timeout', '86400001'), ('request_timeout', '25h'),
	('retry_budget', '0'), ('retry_budget', '-1'), ('retry_budget', '1d'), ('retry_budget', '86400001'),
	('max_attempts', '1'), ('max_attempts', '0'), ('max_attempts', '100'), ('max_attempts', '101'), ('max_attempts', '3s'),
	('rate_limit', '0'), ('rate_limit', '0.5'), ('rate_limit', '1000000'), ('rate_limit', '1000001'),
	('rate_limit', '-0.1'), ('rate_limit', 'NaN'), ('rate_limit', 'Infinity'), ('rate_limit', 'fast'),
	('chunk_rows', '1'), ('chunk_rows', '0'), ('chunk_rows', '1000000'), ('chunk_rows', '1000001'), ('chunk_rows', '5MB'),
	('chunk_size', '1kB'), ('chunk_size', '1024'), ('chunk_size', '1024B'), ('chunk_size', '1023'),
	('chunk_size', '50MB'), ('chunk_size', '52428801'), ('chunk_size', '1GB'), ('chunk_size', '3s'),
	('concurrency', '1'), ('concurrency', '0'), ('concurrency', '64'), ('concurrency', '65'),
	('max_reply_size', '1kB'), ('max_reply_size', '1023B'), ('max_reply_size', '1000MB'), ('max_reply_size', '1001MB'),
	('chunk_rows', ''), ('chunk_rows', 'many'), ('chunk_rows', '99999999999'), ('chunk_rows', '0x10'), ('chunk_rows', '1e3'),
	('request_timeout', '3 fortnights'), ('chunk_size', '5mb')
) v(name, value);

-- booleans and choices
SELECT name, value, try_server(name, value) FROM (VALUES
	('allow_http', 'true'), ('allow_http', 'off'), ('allow_http', '1'), ('allow_http', 'YES'), ('allow_http', 'maybe'), ('allow_http', ''),
	('auth', 'bearer'), ('auth', 'token'), ('auth', 'basic'), ('auth', 'none'), ('auth', 'BEARER'), ('auth', 'oauth'), ('auth', ''),
	('compression', 'none'), ('compression', 'gzip'), ('compression', 'bz2'), ('compression', 'on'),
	('http_version', 'auto'), ('http_version', '1.1'), ('http_version', '2'), ('http_version', '3'),
	('addressing', 'deployment'), ('addressing', 'project'), ('addressing', 'import'), ('addressing', 'pps'), ('addressing', 'drum'), ('addressing', 'model'),
	('format', 'auto'), ('format', 'csv'), ('format', 'json'), ('format', 'xml'), ('request_format', 'json'), ('request_format', 'parquet'),
	('skip_drift_tracking', 'true'), ('skip_drift_tracking', 'some')
) v(name, value);

-- addresses: https, and nothing in them that could be a secret or that routes could not be appended to
-- (what is wrong with an address is told in words that depend on libcurl's parser: left out here)
SELECT name, left(value, 50) AS value, split_part(try_server(name, value), E'\n', 1) AS result FROM (VALUES
	('prediction_url', 'https://example.orm.datarobot.com/predApi/v1.0'),
	('prediction_url', 'https://example.com:8443/predApi/v1.0///'),
	('prediction_url', 'https://[::1]:8443'),
	('prediction_url', 'HTTPS://example.com'),
	('prediction_url', 'http://example.com/predApi/v1.0'),
	('prediction_url', 'HTTP://example.com'),
	('prediction_url', 'ftp://example.com'),
	('prediction_url', 'file:///etc/passwd'),
	('prediction_url', 'example.com'),
	('prediction_url', 'https://'),
	('prediction_url', 'https://example.com:99999/'),
	('prediction_url', 'https://user@example.com/'),
	('prediction_url', 'https://example.com/?a=b'),
	('prediction_url', 'https://example.com/#a'),
	('prediction_url', 'https://example.com/a b'),
	('prediction_url', E'https://example.com/\r\nx: y'),
	('prediction_url', U&'https://ex\00E4mple.com/'),
	('prediction_url', ''),
	('prediction_url', 'https://example.com/' || repeat('x', 1980)),
	('api_url', 'https://app.datarobot.com/api/v2'),
	('api_url', 'http://app.datarobot.com/api/v2'),
	('api_url', 'nonsense'),
	('proxy', 'http://proxy.example.com:3128'),
	('proxy', 'socks5h://127.0.0.1:1080'),
	('proxy', 'gopher://127.0.0.1')
) v(name, value);
SELECT left(try_server('prediction_url', 'https://example.com/' || repeat('x', 1981)), 60) AS too_long;

-- a password in an address is a secret too: refused without being repeated
SELECT name, left(try_server(name, value), 5) AS sqlstate, try_server(name, value) ~ 'canary' AS echoed FROM (VALUES
	('prediction_url', 'https://user:canary@example.com/'), ('proxy', 'http://user:canary@proxy.example.com:3128')) v(name, value);

-- texts and files
SELECT name, value, try_server(name, value) FROM (VALUES
	('deployment', '5f0000000000000000000001'), ('deployment', 'fraud'), ('deployment', ''),
	('ca_file', '/etc/ssl/certs/ca-certificates.crt'), ('ca_file', 'ca.pem'), ('ca_file', ''), ('ca_file', '../ca.pem')
) v(name, value);

-- certificate and key go together
SELECT name, try_server(name, '/x.pem') FROM (VALUES ('client_cert'), ('client_key')) v(name);
CREATE SERVER server_options_tls FOREIGN DATA WRAPPER datarobot_scoring
	OPTIONS (client_cert '/x.pem', client_key '/x.key', ca_file '/ca.pem');
ALTER SERVER server_options_tls OPTIONS (DROP client_key);
ALTER SERVER server_options_tls OPTIONS (DROP client_key, DROP client_cert);
DROP SERVER server_options_tls;

-- names: a hint for typing errors, a list for guesses
SELECT name, try_server(name, 'x') FROM (VALUES
	('prediction_ulr'), ('chunksize'), ('Chunk_Rows'), ('concurency'), ('nonsense_of_another_kind'), ('')
) v(name);
-- DataRobot's own spelling is for calls
SELECT name, try_server(name, 'x') FROM (VALUES ('chunkRows'), ('maxExplanations')) v(name);

-- secrets have no place on a server, which everybody can read; the message does not repeat them
SELECT name, try_server(name, 'canary-secret') ~ 'canary' AS echoed, try_server(name, 'canary-secret') FROM (VALUES
	('api_token'), ('api_token_file'), ('datarobot_key'), ('datarobot_key_file'), ('username')
) v(name);
-- options of calls have no place there either
SELECT name, try_server(name, 'x') FROM (VALUES ('server'), ('key_columns'), ('passthrough_columns'), ('verify_order')) v(name);
-- known to DataRobot, not to this version
SELECT name, try_server(name, 'x') FROM (VALUES ('max_explanations'), ('series_columns')) v(name);

-- plain http only where it is allowed, whatever the order of the options
CREATE SERVER server_options_http FOREIGN DATA WRAPPER datarobot_scoring
	OPTIONS (prediction_url 'http://127.0.0.1:9', allow_http 'true');
ALTER SERVER server_options_http OPTIONS (SET allow_http 'false');
ALTER SERVER server_options_http OPTIONS (DROP allow_http);
ALTER SERVER server_options_http OPTIONS (SET prediction_url 'https://127.0.0.1:9', DROP allow_http);
ALTER SERVER server_options_http OPTIONS (ADD api_url 'http://127.0.0.1:9');
SELECT srvoptions FROM pg_foreign_server WHERE srvname = 'server_options_http';

-- options that fit by themselves but not together: two more chunks than are in flight are held, in 1 GB
ALTER SERVER server_options_http OPTIONS (ADD chunk_size '50MB', ADD concurrency '18');
ALTER SERVER server_options_http OPTIONS (SET concurrency '19');
ALTER SERVER server_options_http OPTIONS (SET concurrency '64', SET chunk_size '15MB');
ALTER SERVER server_options_http OPTIONS (SET chunk_size '16MB');

-- the core's own rules
CREATE SERVER server_options_twice FOREIGN DATA WRAPPER datarobot_scoring OPTIONS (chunk_rows '1', chunk_rows '2');
ALTER SERVER server_options_http OPTIONS (ADD chunk_size '1MB');
ALTER SERVER server_options_http OPTIONS (SET chunk_rows '1');
DROP SERVER server_options_http;

-- the wrapper itself has no options, and a server needs none to be created
ALTER FOREIGN DATA WRAPPER datarobot_scoring OPTIONS (ADD chunk_rows '1');
CREATE SERVER server_options_empty FOREIGN DATA WRAPPER datarobot_scoring;
DROP SERVER server_options_empty;

SET client_min_messages = warning;
DROP SCHEMA server_options CASCADE;
