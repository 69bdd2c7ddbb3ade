-- Every PostgreSQL type as a feature: one text for each, shown by preview. Talks to nobody.
-- The session is hostile: pg_regress itself sets DateStyle, IntervalStyle and TimeZone, see encode_settings for more.
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS datarobot_scoring;
CREATE SCHEMA encode_types;
SET search_path = encode_types, pg_catalog;
CREATE SERVER encode_types FOREIGN DATA WRAPPER datarobot_scoring
	OPTIONS (prediction_url 'https://127.0.0.1:9', deployment 'd', auth 'none');
SET datarobot.server = 'encode_types';
CREATE FUNCTION sent(query text) RETURNS text LANGUAGE sql AS
	$$ SELECT string_agg(body, '--' ORDER BY request) FROM datarobot.preview(NULL, query, 1000) $$;

\pset format unaligned
\pset tuples_only on

-- booleans
SELECT sent('SELECT true AS t, false AS f, NULL::bool AS n');

-- integers, at their bounds
SELECT sent($$SELECT * FROM (VALUES ('-32768'::int2, '-2147483648'::int, '-9223372036854775808'::bigint, 0::oid),
	(32767, 2147483647, 9223372036854775807, '4294967295'), (0, 0, 0, NULL)) v(i2, i4, i8, oid)$$);

-- floats: the shortest text that reads back as the same bits, COPY's names for what is not finite
SELECT sent($$SELECT * FROM (VALUES ('NaN'::float4, 'NaN'::float8), ('Infinity', 'Infinity'), ('-Infinity', '-Infinity'),
	('-0', '-0'), ('0', '0'), ('1', '1'), ('0.1', '0.1'), ('1e-45', '5e-324'), ('3.4028235e38', '1.7976931348623157e308'),
	('1e15', '1e15'), ('1e16', '1e16'), ('123456.7', '0.30000000000000004'), ('1e-5', '1e-5')) v(f4, f8)$$);

-- as many floats as there are bit patterns of every exponent: none loses a bit
CREATE VIEW float8s AS
	SELECT row_number() OVER () AS n, f FROM (
		SELECT sign * (1 + i * 0.1234567890123) * power(2::float8, e) AS f
		FROM generate_series(-1074, 1021) e, generate_series(0, 2) i, (VALUES (1), (-1)) s(sign)) x;
SELECT count(*) AS floats, count(*) FILTER (WHERE float8send(f) <> float8send(line::float8)) AS changed
FROM float8s JOIN regexp_split_to_table((SELECT body FROM datarobot.preview(NULL, 'SELECT f FROM float8s ORDER BY n', 20000,
		options => '{"chunk_rows": 20000}')), E'\n') WITH ORDINALITY l(line, n) ON l.n = float8s.n + 1;
SELECT count(*) AS floats, count(*) FILTER (WHERE float4send(f::float4) <> float4send(line::float4)) AS changed
FROM (SELECT row_number() OVER (ORDER BY n) AS n, f FROM float8s WHERE abs(f) BETWEEN 1e-44 AND 3e38) f
JOIN regexp_split_to_table((SELECT body FROM datarobot.preview(NULL,
		'SELECT f::float4 FROM float8s WHERE abs(f) BETWEEN 1e-44 AND 3e38 ORDER BY n', 20000,
		options => '{"chunk_rows": 20000}')), E'\n') WITH ORDINALITY l(line, n) ON l.n = f.n + 1;

-- numeric: its own digits, trailing zeros included
SELECT sent($$SELECT * FROM (VALUES ('NaN'::numeric), ('Infinity'), ('-Infinity'), ('0'), ('-0.00'), ('1.500'),
	('123456789012345678901234567890.123456789'), ('1e-20'), ('-1e20')) v(n)$$);
SELECT sent($$SELECT 1.5::numeric(10,4) AS n, (10::numeric ^ 300)::numeric(301) % 10 AS m$$);
SELECT length(sent($$SELECT ('1' || repeat('0', 1000))::numeric AS n$$));

-- character types; char(n) keeps its blanks, as COPY does
SELECT sent($$SELECT 'a'::text AS t, 'b'::varchar AS v, 'c'::varchar(3) AS v3, 'd'::char(3) AS c3, 'e'::name AS n, 'f'::"char" AS c$$);
SELECT sent($$SELECT ''::text AS t, ''::varchar AS v, ''::char(3) AS c3, ''::name AS n, ''::"char" AS c, 'x' AS "unknown"$$);

-- dates and times: ISO 8601, in UTC where there is a zone
SELECT sent($$SELECT * FROM (VALUES ('2024-02-29'::date, '23:59:59.999999'::time, '10:00+05:30'::timetz,
		'2024-02-29 23:59:59.999999'::timestamp, '2024-02-29 23:59:59.999999-08'::timestamptz),
	('infinity', '00:00', '00:00-15:59', 'infinity', 'infinity'), ('-infinity', '24:00', '24:00+00', '-infinity', '-infinity'),
	('0044-03-15 BC', '12:00', '12:00:00.5+00', '0044-03-15 12:00 BC', '0044-03-15 12:00+00 BC'),
	('4714-11-24 BC', '12:00', '12:00-00:00:01', '4714-11-24 00:00 BC', '4714-11-24 00:00+00 BC'),
	('5874897-12-31', '12:00', '12:00+10', '294276-12-31 23:59:59.999999', '294276-12-31 23:59:59.999999+00'),
	('0001-01-01', '12:00', '12:00+10', '0001-01-01', '0001-01-01+00')) v(d, t, ttz, ts, tstz)$$);
SELECT sent($$SELECT '1 year 2 mons -3 days 04:05:06.789'::interval AS a, '-1 day'::interval AS b, '0'::interval AS c, '1 year'::interval AS d$$);
SELECT sent($$SELECT '12:34:56.7'::time(0) AS t0, '2024-01-01 00:00:00.123456'::timestamp(3) AS ts3$$);

-- enums, with names that need quotes
CREATE TYPE mood AS ENUM ('sad', 'so, so', 'happy "!"', ' blank ', '');
SELECT sent($$SELECT unnest(enum_range(NULL::mood)) AS m$$);

-- domains are what lies below them, over several
CREATE DOMAIN small AS int2;
CREATE DOMAIN smaller AS small CHECK (value < 100);
CREATE DOMAIN label AS text CHECK (value <> '');
CREATE DOMAIN feeling AS mood;
CREATE DOMAIN moment AS timestamptz(3);
CREATE DOMAIN switches AS bool[];
SELECT sent($$SELECT 1::small AS a, 2::smaller AS b, 'x,y'::label AS c, 'sad'::feeling AS d, '2024-01-01 00:00+00'::moment AS e,
	'{t,f,NULL}'::switches AS f, 0.1::float8 AS g$$);

-- arrays, composites, ranges: PostgreSQL's text of them
CREATE TYPE pair AS (a int, b text);
SELECT sent($$SELECT '{1,NULL,3}'::int[] AS a, '{{1,2},{3,4}}'::int[] AS b, '{}'::text[] AS c, ARRAY['a,b', '"', NULL, ''] AS d,
	ARRAY[0.1::float8, 'NaN'] AS e, ARRAY['2024-01-01 00:00-08'::timestamptz] AS f, ARRAY['\xff'::bytea] AS g, '[0:1]={1,2}'::int[] AS h$$);
SELECT sent($$SELECT ROW(1, 'x y')::pair AS a, ROW(NULL, '')::pair AS b, ROW(1, '2024-01-01'::date, 0.1::float8, ROW('a,b', '1 day'::interval)) AS c,
	ARRAY[ROW(1, 'x')::pair] AS d$$);
SELECT sent($$SELECT int4range(1, 5) AS a, 'empty'::int4range AS b, numrange(NULL, 1.50) AS c, daterange('2024-01-01', NULL) AS d,
	tstzrange('2024-01-01 00:00-08', '2024-01-02 00:00-08') AS e, int4multirange(int4range(1, 3), int4range(5, 7)) AS f, '{}'::datemultirange AS g$$);

-- JSON: json as it was written, jsonb as PostgreSQL keeps it
SELECT sent($$SELECT '{"b" : 1,  "a":[1, "x,\"y\""]}'::json AS j, '{"b" : 1,  "a":[1, "x,\"y\""]}'::jsonb AS jb, 'null'::jsonb AS n,
	'"\u00e4"'::json AS e, '"\u00e4"'::jsonb = '"ä"' AS same$$);

-- the others
SELECT sent($$SELECT 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'::uuid AS u, '\x00ff5c'::bytea AS b, ''::bytea AS empty, '1234.5'::numeric::money AS m,
	'-0.05'::numeric::money AS neg$$);
SELECT sent($$SELECT '10.0.0.1'::inet AS i, '10.0.0.0/8'::inet AS net, '::1'::inet AS i6, '10.0.0.0/8'::cidr AS c, '08:00:2b:01:02:03'::macaddr AS m,
	'08:00:2b:01:02:03:04:05'::macaddr8 AS m8, B'0101'::bit(4) AS b, B'01'::varbit AS vb$$);
SELECT sent($$SELECT '(1,2.5)'::point AS p, '((0,0),(1,1))'::box AS b, '<(0,0),0.1>'::circle AS c, '((0,0),(1,1),(1,0))'::polygon AS poly$$);
SELECT sent($$SELECT 'the fat:2 cat''s'::tsvector AS v, 'fat & !cat'::tsquery AS q, '16/B374D848'::pg_lsn AS l, '$.a[*]'::jsonpath AS jp, '(1,2)'::tid AS t,
	'10:20:10,14'::pg_snapshot AS s$$);
-- names of objects carry their schema, whatever the search path
CREATE TABLE "a table" (a int);
SELECT sent($$SELECT 'pg_class'::regclass AS c, '"a table"'::regclass AS own, 'mood'::regtype AS t, 'sum(int4)'::regprocedure AS p, '+(int4,int4)'::regoperator AS o,
	'-'::regclass AS none, 'encode_types'::regnamespace AS ns$$);
SET search_path = public;
SELECT encode_types.sent($$SELECT 'encode_types."a table"'::regclass AS own, 'encode_types.mood'::regtype AS t$$);
SET search_path = encode_types, pg_catalog;

-- NULL is an empty field in every type, the empty string is not
SELECT sent($$SELECT NULL::bool AS a, NULL::int AS b, NULL::float8 AS c, NULL::text AS d, ''::text AS e, NULL::date AS f, NULL::mood AS g, NULL::int[] AS h, NULL::jsonb AS i, NULL AS j$$);
-- alone in its row, NULL must not become an empty line, which CSV readers skip
SELECT sent($$SELECT * FROM (VALUES (NULL::int), (1), (NULL)) v(a)$$);
SELECT sent($$SELECT * FROM (VALUES (NULL::text), (''), ('x')) v(a)$$);

-- values that were toasted and compressed
CREATE TABLE toasted (t text, j jsonb, a int[]);
ALTER TABLE toasted ALTER t SET STORAGE external;
INSERT INTO toasted SELECT repeat('0123456789', 5000), jsonb_build_object('k', repeat('y', 50000)), array_agg(i) FROM generate_series(1, 20000) i;
SELECT sent('SELECT * FROM toasted') = E't,j,a\n' || t || ',"' || replace(j::text, '"', '""') || '","' || a::text || E'"\n' FROM toasted;

-- a type whose output fails names the row and the column, and nothing is returned
CREATE TYPE undisplayable;
CREATE FUNCTION undisplayable_in(cstring) RETURNS undisplayable LANGUAGE internal STRICT IMMUTABLE AS 'int4in';
CREATE FUNCTION undisplayable_out(undisplayable) RETURNS cstring LANGUAGE internal STRICT IMMUTABLE AS 'internal_out';
CREATE TYPE undisplayable (INPUT = undisplayable_in, OUTPUT = undisplayable_out, LIKE = int4);
\set VERBOSITY default
SELECT * FROM datarobot.preview(NULL, $$SELECT 1 AS a, CASE WHEN i = 3 THEN '1'::encode_types.undisplayable END AS b FROM generate_series(1, 3) i$$);
\set VERBOSITY terse

SET client_min_messages = warning;
DROP SERVER encode_types;
DROP SCHEMA encode_types CASCADE;
