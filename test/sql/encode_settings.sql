-- The same bytes whatever the session's settings, and the settings are as before afterwards. Talks to nobody.
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS datarobot_scoring;
CREATE SCHEMA encode_settings;
SET search_path = encode_settings, pg_catalog;
CREATE SERVER encode_settings FOREIGN DATA WRAPPER datarobot_scoring
	OPTIONS (prediction_url 'https://127.0.0.1:9', deployment 'd', auth 'none');
SET datarobot.server = 'encode_settings';
CREATE TYPE mood AS ENUM ('sad', 'happy');
CREATE TYPE pair AS (at timestamptz, f float8);
CREATE DOMAIN moment AS timestamptz;
CREATE TABLE everything (
	b bool, i2 int2, i4 int4, i8 int8, f4 float4, f8 float8, n numeric, t text, c char(5), d date, tm time, ttz timetz, ts timestamp,
	tstz timestamptz, iv interval, e mood, dm moment, ai int[], af float8[], ats timestamptz[], aiv interval[], aby bytea[], p pair, r tstzrange,
	mr datemultirange, j jsonb, u uuid, by bytea, m money, rc regclass, rt regtype, rp regprocedure, pt point);
INSERT INTO everything VALUES (true, 1, -2, 3, 0.1, 0.30000000000000004, 1234.50, 'a,b', 'c', '2024-03-01', '01:02:03.4', '01:02+05:30',
	'2024-03-01 01:02:03', '2024-03-01 01:02:03+00', '1 year -2 mons 3 days 04:05:06.7', 'sad', '2024-12-01 12:00+00', '{1,2}', '{0.1,1e-300}',
	'{2024-03-01 01:02:03+00}', '{1 year 2 days}', '{"\\x00ff"}', ROW('2024-03-01 01:02:03+00', 0.1), '[2024-03-01 01:00+00,2024-03-02 01:00+00]',
	'{[2024-03-01,2024-03-05)}', '{"a": 1}', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '\x00ff', 1234.5::numeric::money,
	'everything', 'mood', 'sum(int4)', '(0.1,1e-300)');
CREATE FUNCTION sent() RETURNS text LANGUAGE sql AS
	$$ SELECT body FROM datarobot.preview(NULL, 'SELECT * FROM encode_settings.everything') $$;
CREATE TABLE baseline AS SELECT sent() AS body;
\pset format unaligned
\pset tuples_only on
SELECT body FROM baseline;

-- each of these at a time; the second column is what preview left behind
CREATE FUNCTION under(name text, value text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	first text := current_setting(name); before text; after text; sent text;
BEGIN
	before := set_config(name, value, false);
	sent := encode_settings.sent();
	after := current_setting(name);
	PERFORM set_config(name, first, false);
	RETURN concat_ws(', ', CASE WHEN sent = b.body THEN 'same' ELSE sent END, CASE WHEN before = after THEN 'restored' ELSE after END)
		FROM encode_settings.baseline b;
END $$;
SELECT name, value, encode_settings.under(name, value) FROM (VALUES
	('datestyle', 'German, DMY'), ('datestyle', 'SQL, DMY'), ('datestyle', 'SQL, MDY'), ('datestyle', 'Postgres, YMD'), ('datestyle', 'ISO, DMY'),
	('intervalstyle', 'iso_8601'), ('intervalstyle', 'sql_standard'), ('intervalstyle', 'postgres_verbose'), ('intervalstyle', 'postgres'),
	('timezone', 'America/St_Johns'), ('timezone', 'Asia/Kathmandu'), ('timezone', '<XYZ>-05:45'), ('timezone', 'GMT'), ('timezone', 'UTC'),
	('extra_float_digits', '-15'), ('extra_float_digits', '0'), ('extra_float_digits', '3'),
	('bytea_output', 'escape'), ('bytea_output', 'hex'),
	('lc_monetary', 'C'), ('lc_numeric', 'C'),
	('quote_all_identifiers', 'on'),
	('search_path', 'encode_settings'), ('search_path', 'public'), ('search_path', ''),
	('standard_conforming_strings', 'on'), ('array_nulls', 'off'), ('client_encoding', 'UTF8')
) v(name, value);

-- all of them at once, and again for a row at a time
SET datestyle = 'German, DMY';
SET intervalstyle = 'sql_standard';
SET timezone = 'America/St_Johns';
SET extra_float_digits = -15;
SET bytea_output = 'escape';
SET search_path = public;
SELECT encode_settings.sent() = body AS same FROM encode_settings.baseline;
CREATE FUNCTION encode_settings.settings() RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(name || '=' || setting, ' ' ORDER BY name) FROM pg_settings
	WHERE name IN ('DateStyle', 'IntervalStyle', 'TimeZone', 'extra_float_digits', 'bytea_output', 'search_path', 'lc_monetary') AND name <> 'lc_monetary'
$$;
SELECT encode_settings.settings();

-- the query itself runs under the session's own settings, and so does what comes after a row was written
SELECT body FROM datarobot.preview(NULL, $$SELECT current_setting('datestyle') AS d, '2024-03-01'::date::text AS t, current_setting('search_path') AS s, i,
	'2024-03-01'::date AS date, '2024-03-01 00:00+00'::timestamptz::text AS tz FROM generate_series(1, 3) i$$);

-- an error while a value is written: settings are restored by the abort, of a transaction and of a subtransaction
CREATE TYPE encode_settings.undisplayable;
CREATE FUNCTION encode_settings.undisplayable_in(cstring) RETURNS encode_settings.undisplayable LANGUAGE internal STRICT IMMUTABLE AS 'int4in';
CREATE FUNCTION encode_settings.undisplayable_out(encode_settings.undisplayable) RETURNS cstring LANGUAGE internal STRICT IMMUTABLE AS 'internal_out';
CREATE TYPE encode_settings.undisplayable (INPUT = encode_settings.undisplayable_in, OUTPUT = encode_settings.undisplayable_out, LIKE = int4);
SELECT * FROM datarobot.preview(NULL, $$SELECT '1'::encode_settings.undisplayable AS a$$);
SELECT encode_settings.settings();
DO $$
BEGIN
	FOR i IN 1 .. 3 LOOP
		BEGIN
			PERFORM datarobot.preview(NULL, $q$SELECT '1'::encode_settings.undisplayable AS a$q$);
		EXCEPTION WHEN feature_not_supported THEN
			RAISE WARNING 'caught: %', encode_settings.settings();
		END;
	END LOOP;
END $$;
BEGIN;
SET LOCAL datestyle = 'SQL, DMY';
SAVEPOINT s;
SELECT * FROM datarobot.preview(NULL, $$SELECT '1'::encode_settings.undisplayable AS a$$);
ROLLBACK TO s;
SELECT encode_settings.settings();
COMMIT;
-- an error in the query between two rows
SELECT * FROM datarobot.preview(NULL, $$SELECT '1 day'::interval AS a, 1 / (2 - i) AS b FROM generate_series(1, 3) i$$);
SELECT encode_settings.settings();
-- an error of the encoder's own
SELECT * FROM datarobot.preview(NULL, $$SELECT '1 day'::interval AS a, repeat('x', 2000) AS b$$, options => '{"chunk_size": 1024}');
SELECT encode_settings.settings();
-- a function with settings of its own
CREATE FUNCTION encode_settings.own() RETURNS text LANGUAGE sql SET datestyle = 'Postgres' SET timezone = 'Asia/Tokyo' AS
	$$ SELECT encode_settings.sent() || current_setting('datestyle') || current_setting('timezone') $$;
SELECT replace(encode_settings.own(), body, '') FROM encode_settings.baseline;
SELECT encode_settings.settings();

RESET ALL;
SET client_min_messages = warning;
DROP SERVER encode_settings;
DROP SCHEMA encode_settings CASCADE;
