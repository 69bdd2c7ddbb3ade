-- Where rows are cut into requests, and what is too large for any. Talks to nobody.
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS datarobot_scoring;
CREATE SCHEMA chunks;
SET search_path = chunks, pg_catalog;
CREATE SERVER chunks FOREIGN DATA WRAPPER datarobot_scoring
	OPTIONS (prediction_url 'https://127.0.0.1:9', deployment 'd', auth 'none');
SET datarobot.server = 'chunks';

-- by rows
SELECT request, first_row, row_count, body FROM datarobot.preview(NULL, 'SELECT i AS a FROM generate_series(1, 5) i', options => '{"chunk_rows": 2}');
SELECT request, first_row, row_count FROM datarobot.preview(NULL, 'SELECT i AS a FROM generate_series(1, 6) i', options => '{"chunk_rows": 3}');
SELECT request, first_row, row_count FROM datarobot.preview(NULL, 'SELECT i AS a FROM generate_series(1, 3) i', options => '{"chunk_rows": 1}');
SELECT request, first_row, row_count FROM datarobot.preview(NULL, 'SELECT i AS a FROM generate_series(1, 25000) i', 25000);
-- the server's own option, and a call that knows better
ALTER SERVER chunks OPTIONS (ADD chunk_rows '4');
SELECT request, first_row, row_count FROM datarobot.preview(NULL, 'SELECT i AS a FROM generate_series(1, 9) i');
SELECT request, first_row, row_count FROM datarobot.preview(NULL, 'SELECT i AS a FROM generate_series(1, 9) i', options => '{"chunk_rows": "8"}');
SELECT request, first_row, row_count FROM datarobot.preview(NULL, 'SELECT i AS a FROM generate_series(1, 9) i', options => '{"chunk_rows": null}');
ALTER SERVER chunks OPTIONS (DROP chunk_rows);

-- max_rows
SELECT row_count FROM datarobot.preview(NULL, 'SELECT i AS a FROM generate_series(1, 100) i');
SELECT row_count FROM datarobot.preview(NULL, 'SELECT i AS a FROM generate_series(1, 100) i', 1);
SELECT row_count FROM datarobot.preview(NULL, 'SELECT i AS a FROM generate_series(1, 100) i', 0);
SELECT row_count FROM datarobot.preview(NULL, 'SELECT i AS a FROM generate_series(1, 100) i', -1);
SELECT row_count FROM datarobot.preview(NULL, 'SELECT i AS a FROM generate_series(1, 100) i', NULL);
-- no more of the query is run than is shown: row 3 would fail
SELECT row_count FROM datarobot.preview(NULL, 'SELECT 1 / (3 - i) AS a FROM generate_series(1, 5) i', 2);
-- no rows, no request
SELECT * FROM datarobot.preview(NULL, 'SELECT 1 AS a WHERE false');

-- by bytes: as many records as fit, and never a byte more; "a" and its line end are 2, each record 100 + 1
SELECT request, first_row, row_count, octet_length(body) FROM datarobot.preview(NULL,
	$$SELECT repeat('x', 100) AS a FROM generate_series(1, 25) i$$, 100, options => '{"chunk_size": 1024}');
-- to the byte: 2 + 7 * 146 = 1024
SELECT request, first_row, row_count, octet_length(body) FROM datarobot.preview(NULL,
	$$SELECT repeat('x', 145) AS a FROM generate_series(1, 15) i$$, 100, options => '{"chunk_size": 1024}');
SELECT request, first_row, row_count, octet_length(body) FROM datarobot.preview(NULL,
	$$SELECT repeat('x', CASE WHEN i = 7 THEN 146 ELSE 145 END) AS a FROM generate_series(1, 15) i$$, 100, options => '{"chunk_size": 1024}');
-- bytes are those of UTF-8 and of quotes
SELECT request, row_count, octet_length(body) FROM datarobot.preview(NULL,
	$$SELECT repeat(chr(228), 50) || '"' AS a FROM generate_series(1, 20) i$$, 100, options => '{"chunk_size": 1024}');
-- rows of many sizes: whatever is cut, nothing is lost, and nothing is above the limit
CREATE VIEW sizes AS SELECT i AS n, repeat(chr(97 + i % 26), i * 7919 % 1000) AS t FROM generate_series(1, 3000) i;
SELECT options ->> 'chunk_size' AS chunk_size, count(*) > 1 AS several, max(octet_length(body)) <= (options ->> 'chunk_size')::int AS within,
	sum(row_count) AS rows, md5(string_agg(regexp_replace(body, '^n,t\n', ''), '' ORDER BY request)) = (
		SELECT md5(string_agg(n || ',' || CASE WHEN t = '' THEN '""' ELSE t END || E'\n', '' ORDER BY n)) FROM sizes) AS same,
	bool_and(first_row = coalesce(before, 0) + 1) AS gapless
FROM (SELECT o AS options, p.*,
		lag(first_row + row_count - 1) OVER (PARTITION BY o ORDER BY request) AS before
	FROM unnest(ARRAY['{"chunk_size": 1100}', '{"chunk_size": 4096}', '{"chunk_size": 100000, "chunk_rows": 77}',
		'{"chunk_size": 1100, "chunk_rows": 2}', '{"chunk_size": 524288}']::jsonb[]) o,
		datarobot.preview(NULL, 'SELECT * FROM chunks.sizes ORDER BY n', 3000, options => o) p) x
GROUP BY options ORDER BY options ->> 'chunk_size', options ->> 'chunk_rows';

-- a row that no request can hold is named; 1021 bytes and a line end fit behind "a" and its own
SELECT row_count, octet_length(body) FROM datarobot.preview(NULL, $$SELECT repeat('x', 1021) AS a$$, options => '{"chunk_size": 1024}');
\set VERBOSITY default
SELECT row_count FROM datarobot.preview(NULL, $$SELECT repeat('x', 1022) AS a$$, options => '{"chunk_size": 1024}');
SELECT row_count FROM datarobot.preview(NULL, $$SELECT repeat('x', i * 500) AS a FROM generate_series(1, 5) i$$, options => '{"chunk_size": 1024}');
SELECT row_count FROM datarobot.preview(NULL, $$SELECT i AS n, repeat('x', CASE WHEN i = 4711 THEN 2000 ELSE 1 END) AS a FROM generate_series(1, 5000) i$$, 5000,
	options => '{"chunk_size": 1024}');
-- names that leave no room for a row, and names that alone are too much: 6 bytes each
\set SHOW_CONTEXT never
SELECT row_count FROM datarobot.preview(NULL, (SELECT 'SELECT ' || string_agg(format('1 AS c%s', i), ', ') FROM generate_series(1001, 1170) i), options => '{"chunk_size": 1024}');
SELECT row_count FROM datarobot.preview(NULL, (SELECT 'SELECT ' || string_agg(format('1 AS c%s', i), ', ') FROM generate_series(1001, 1171) i), options => '{"chunk_size": 1024}');
SELECT row_count FROM datarobot.preview(NULL, (SELECT 'SELECT ' || string_agg(format('1 AS c%s', i), ', ') FROM generate_series(1001, 1127) i), options => '{"chunk_size": 1024}');
SELECT row_count FROM datarobot.preview(NULL, (SELECT 'SELECT ' || string_agg(format('1 AS c%s', i), ', ') FROM generate_series(1001, 1128) i), options => '{"chunk_size": 1024}');
\set SHOW_CONTEXT errors
\set VERBOSITY terse

-- the default limit is 5 MB, and the largest there is 50 MB
SELECT row_count FROM datarobot.preview(NULL, $$SELECT repeat('x', 5 * 1024 * 1024 - 3) AS a$$);
SELECT row_count FROM datarobot.preview(NULL, $$SELECT repeat('x', 5 * 1024 * 1024 - 2) AS a$$);
SELECT row_count FROM datarobot.preview(NULL, $$SELECT repeat('x', 50 * 1024 * 1024 - 3) AS a$$, options => '{"chunk_size": "50MB"}');
SELECT row_count FROM datarobot.preview(NULL, $$SELECT repeat('x', 50 * 1024 * 1024 - 2) AS a$$, options => '{"chunk_size": "50MB"}');

-- compression is for the wire: what is shown is what is compressed, and the limit is that of the bytes before it
SELECT row_count, octet_length(body), headers ~ 'Content-Encoding: gzip' AS gzip FROM datarobot.preview(NULL,
	$$SELECT repeat('x', 145) AS a FROM generate_series(1, 8) i$$, 100, options => '{"chunk_size": 1024, "compression": "gzip"}');

SET client_min_messages = warning;
DROP SERVER chunks;
DROP SCHEMA chunks CASCADE;
