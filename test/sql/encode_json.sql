-- Rows as JSON objects: types, NULL, what has no form in JSON, escapes, cutting. Talks to nobody.
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS datarobot_scoring;
CREATE SCHEMA encode_json;
SET search_path = encode_json, pg_catalog;
CREATE SERVER encode_json FOREIGN DATA WRAPPER datarobot_scoring
	OPTIONS (prediction_url 'https://127.0.0.1:9', deployment 'd', auth 'none', request_format 'json');
SET datarobot.server = 'encode_json';
CREATE FUNCTION sent(query text, options jsonb DEFAULT NULL, keys text[] DEFAULT '{}') RETURNS SETOF text LANGUAGE sql AS
	$$ SELECT body FROM datarobot.preview(NULL, query, 1000, keys, options => options) $$;
\pset format unaligned
\pset tuples_only on

-- one object for each row, in an array
SELECT sent($$VALUES (1, 'a'), (2, 'b')$$);
SELECT sent($$SELECT 1 AS only$$);
SELECT sent($$SELECT 1 AS a, 2 AS b, 3 AS c$$, keys => '{b}');
SELECT headers ~ 'Content-Type: application/json; charset=UTF-8' FROM datarobot.preview(NULL, 'SELECT 1 AS a');
SELECT headers ~ 'Content-Type: text/csv; charset=UTF-8', body FROM datarobot.preview(NULL, 'SELECT 1 AS a', options => '{"request_format": "csv"}');
SELECT headers ~ 'Content-Type: text/csv; charset=UTF-8', body FROM datarobot.preview(NULL, 'SELECT 1 AS a', options => '{"request_format": "auto"}');

-- NULL is null, alone as well, and not the empty string
SELECT sent($$SELECT NULL::text AS a$$);
SELECT sent($$SELECT NULL::int AS a, '' AS b, NULL::float8 AS c, NULL::jsonb AS d, NULL::timestamptz AS e$$);

-- numbers and booleans are JSON's own
SELECT sent($$SELECT true AS t, false AS f, 32767::int2 AS i2, (-2147483648)::int4 AS i4, 9223372036854775807 AS i8, 4294967295::oid AS o$$);
SELECT sent($$SELECT 0.1::float4 AS f4, 1e-7::float8 AS small, 1e300::float8 AS large, '-0'::float8 AS minus_zero, 123456.789::float8 AS f8, 1::float8 AS one$$);
SELECT sent($$SELECT 0.10::numeric AS n, 123456789012345678901234567890.123456789::numeric AS wide, (-1)::numeric(10,2) AS minus, 1e-20::numeric AS tiny$$);
-- what is not finite is null
SELECT sent($$SELECT 'NaN'::float4 AS a, 'Infinity'::float4 AS b, 'NaN'::float8 AS c, '-Infinity'::float8 AS d, 'NaN'::numeric AS e, 'Infinity'::numeric AS f, '-Infinity'::numeric AS g$$);

-- all else is a string
SELECT sent($$SELECT date '2024-01-31' AS d, timestamp '2024-01-31 12:34:56.789' AS ts, timestamptz '2024-01-31 12:34:56+02' AS tz, time '12:34:56' AS t, timetz '12:34:56+02' AS ttz,
	interval '1 day 2 hours' AS i, 'infinity'::date AS inf, date '0044-03-15 BC' AS bc$$);
SELECT sent($$SELECT 'x'::char(3) AS c, 'n'::name AS n, '"'::"char" AS q, '00000000-0000-0000-0000-000000000001'::uuid AS u, '\x00ff'::bytea AS b, '12.5'::money AS m$$);
SELECT sent($$SELECT '{"a": [1, "x"]}'::json AS j, '{"a": [1, "x"]}'::jsonb AS jb, ARRAY[1, NULL] AS ia, ARRAY['a,b', 'c"d'] AS ta, int4range(1, 3) AS r, ROW(1, 'a "b"') AS rec, '10.0.0.1'::inet AS ip$$);
CREATE TYPE mood AS ENUM ('sad', 'very "happy"');
CREATE DOMAIN percent AS numeric CHECK (VALUE <= 100);
CREATE DOMAIN flag AS boolean;
SELECT sent($$SELECT 'very "happy"'::mood AS e, 50::percent AS p, true::flag AS f$$);
SET DateStyle = 'SQL, DMY';
SET IntervalStyle = 'iso_8601';
SET extra_float_digits = -15;
SET TimeZone = 'Asia/Tokyo';
SET bytea_output = 'escape';
SELECT sent($$SELECT date '2024-01-31' AS d, timestamptz '2024-01-31 12:34:56+00' AS tz, interval '1 day' AS i, 0.1::float8 + 0.2 AS f, '\x01'::bytea AS b, ARRAY[0.1::float8 + 0.2] AS fa$$);
RESET DateStyle; RESET IntervalStyle; RESET extra_float_digits; RESET TimeZone; RESET bytea_output;

-- escapes, in values and in names: JSON's own parser reads back what was there
SELECT sent($$SELECT E'quote " backslash \\ slash / tab \t newline \n return \r feed \f back \b one \x01 unit \x1f del \x7f' AS a$$);
SELECT bool_and((sent::jsonb -> 0 ->> 'a') = v.value) FROM (VALUES (E'a"b\\c'), (E'\x01\x02\x1f'), ('é 日本 😀'), (repeat(E'\n', 10000)), (repeat('é"', 5000)), ('')) v(value),
	LATERAL sent(format('SELECT %L::text AS a', v.value));
SELECT bool_and((sent::jsonb -> 0 ->> chr(i) = chr(i))) FROM generate_series(1, 2000) i, LATERAL sent(format('SELECT %L::text AS %I', chr(i), chr(i))) WHERE i <> 0;
SELECT sent($$SELECT 1 AS "a ""b"" \c", 2 AS "é", 3 AS "x,y", 4 AS "
"$$);
SELECT length(sent), sent::jsonb -> 0 ->> repeat(E'\x01', 63) FROM sent(format('SELECT 1 AS %I', repeat(E'\x01', 63)));

-- bodies are cut between rows, each of them whole, as large as the options allow and no larger
SELECT request, first_row, row_count, body FROM datarobot.preview(NULL, 'SELECT i AS a FROM generate_series(1, 5) i', options => '{"chunk_rows": 2}');
SELECT count(*) > 10, max(length(body)) <= 1024, max(length(body)) > 900, bool_and(jsonb_array_length(body::jsonb) = row_count), sum(row_count)
	FROM datarobot.preview(NULL, $$SELECT i AS a, repeat('x', i % 100) AS b FROM generate_series(1, 500) i$$, 500, options => '{"chunk_size": 1024}');
SELECT length(body) FROM datarobot.preview(NULL, $$SELECT repeat('x', 1014) AS a$$, options => '{"chunk_size": 1024}');
SELECT length(body) FROM datarobot.preview(NULL, $$SELECT repeat('x', 1015) AS a$$, options => '{"chunk_size": 1024}');
SELECT length(body) FROM datarobot.preview(NULL, $$SELECT repeat('"', 507) AS a$$, options => '{"chunk_size": 1024}');
SELECT length(body) FROM datarobot.preview(NULL, $$SELECT repeat('"', 508) AS a$$, options => '{"chunk_size": 1024}');
-- every length around the end of a body: nothing is written beyond it, nothing is lost
SELECT count(*), bool_and(length(body) <= 1024), bool_and(jsonb_array_length(body::jsonb) = row_count), min(rows), max(rows) FROM generate_series(1, 400) l,
	LATERAL (SELECT p.*, sum(row_count) OVER () AS rows FROM datarobot.preview(NULL, format($$SELECT i AS n, repeat('x', %s) AS a, now()::date - now()::date AS zero, 1e300 / i AS f, timestamp '2024-01-31 12:34:56.789' AS t FROM generate_series(1, 4) i$$, l), options => '{"chunk_size": 1024}') p) p;

-- the row number of verify_order is a member like the others
SELECT sent($$SELECT i AS a FROM generate_series(1, 3) i$$, '{"verify_order": true}');
SELECT sent($$SELECT 1 AS datarobot_scoring_row$$, '{"verify_order": true}');
SELECT sent($$SELECT 1 AS datarobot_scoring_row$$);

SET client_min_messages = warning;
DROP SERVER encode_json CASCADE;
DROP SCHEMA encode_json CASCADE;
