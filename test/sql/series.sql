-- Time series: no series is divided between requests, and rows come in order. Talks to nobody.
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS datarobot_scoring;
CREATE SCHEMA series;
SET search_path = series, pg_catalog;
CREATE SERVER series FOREIGN DATA WRAPPER datarobot_scoring
	OPTIONS (prediction_url 'https://127.0.0.1:9', deployment 'd', auth 'none');
SET datarobot.server = 'series';
-- so many days of each store
CREATE FUNCTION days(VARIADIC counts int[]) RETURNS TABLE (store text, day date, sales int) LANGUAGE sql AS
	$$ SELECT 'store ' || chr(64 + n::int), date '2024-01-01' + d, d FROM unnest(counts) WITH ORDINALITY c(count, n), generate_series(1, count) d ORDER BY n, d $$;
-- the requests: their rows, and the stores that they hold
CREATE FUNCTION cut(query text, options jsonb DEFAULT NULL) RETURNS SETOF text LANGUAGE sql AS $$
	SELECT format('%s+%s: %s', first_row, row_count, (SELECT string_agg(DISTINCT m[1], ' ') FROM regexp_matches(body, 'store (.)', 'g') m))
	FROM datarobot.preview(NULL, query, 100000, options => '{"series_columns": ["store"], "time_column": "day"}'::jsonb || coalesce(options, '{}'))
$$;
CREATE FUNCTION try(query text, options jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	message text; detail text; hint text; n int;
BEGIN
	SELECT count(*) INTO n FROM datarobot.preview(NULL, query, 100000, options => try.options);
	RETURN n || ' requests';
EXCEPTION WHEN others THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	RETURN concat_ws(' | ', sqlstate || ': ' || message, nullif(detail, ''), nullif(hint, ''));
END $$;
\pset format unaligned
\pset tuples_only on

-- by rows: cut behind the series in which the limit is met, or before the one that would go beyond it
SELECT cut('SELECT * FROM days(3, 3, 3)');
SELECT cut('SELECT * FROM days(3, 3, 3)', '{"chunk_rows": 3}');
SELECT cut('SELECT * FROM days(3, 3, 3)', '{"chunk_rows": 4}');
SELECT cut('SELECT * FROM days(3, 3, 3)', '{"chunk_rows": 5}');
SELECT cut('SELECT * FROM days(3, 3, 3)', '{"chunk_rows": 6}');
SELECT cut('SELECT * FROM days(1, 1, 1, 5, 1, 4, 2)', '{"chunk_rows": 5}');
SELECT cut('SELECT * FROM days(1, 1, 1, 5, 1, 4, 2)', '{"chunk_rows": 5, "request_format": "json"}');
SELECT cut('SELECT * FROM days(5)', '{"chunk_rows": 5}');
-- by bytes
SELECT cut('SELECT *, repeat(''x'', 80) AS pad FROM days(3, 3, 5, 2, 9, 1)', '{"chunk_size": 1024}');
SELECT bool_and(length(body) <= 1024), sum(row_count), count(*) FROM datarobot.preview(NULL, 'SELECT *, repeat(''x'', 80) AS pad FROM days(3, 3, 5, 2, 9, 1)', 100,
	options => '{"series_columns": ["store"], "time_column": "day", "chunk_size": 1024}');
-- in bodies that begin small and have to grow
SELECT cut('SELECT *, repeat(''x'', CASE WHEN store >= ''store B'' THEN 1000 END) AS pad FROM days(600, 600, 50, 600)', '{"chunk_rows": 600}');
SELECT md5(string_agg(split_part(body, E'\n', 2 + g), E'\n' ORDER BY first_row, g)) = (SELECT md5(string_agg(concat_ws(',', store, to_char(day, 'YYYY-MM-DD'), sales), E'\n' ORDER BY store, day)) FROM days(40, 2, 700, 3))
	FROM datarobot.preview(NULL, 'SELECT * FROM days(40, 2, 700, 3)', 1000, options => '{"series_columns": ["store"], "time_column": "day", "chunk_rows": 702}') p, generate_series(0, row_count - 1) g;

-- a series that no request can hold
SELECT try('SELECT * FROM days(2, 6)', '{"series_columns": ["store"], "time_column": "day", "chunk_rows": 5}');
SELECT try('SELECT *, repeat(''x'', 200) AS pad FROM days(2, 6)', '{"series_columns": ["store"], "time_column": "day", "chunk_size": 1024}');
SELECT try('SELECT *, repeat(''x'', 2000) AS pad FROM days(2, 6)', '{"series_columns": ["store"], "time_column": "day", "chunk_size": 1024}');
SELECT try('SELECT * FROM days(6)', '{"time_column": "day", "chunk_rows": 5}');

-- one series; several columns that make one; no time
SELECT cut('SELECT day, sales FROM days(7)', '{"series_columns": null, "chunk_rows": 10}');
SELECT try('SELECT * FROM days(7, 7, 7)', '{"series_columns": ["store"], "chunk_rows": 7}');
SELECT try('SELECT store, x, day FROM days(3, 3) JOIN generate_series(1, 2) x ON true ORDER BY store, x, day', '{"series_columns": ["store", "x"], "time_column": "day", "chunk_rows": 3}');
SELECT try('SELECT store, x, day FROM days(3, 3) JOIN generate_series(1, 2) x ON true ORDER BY x, store, day', '{"series_columns": ["store", "x"], "time_column": "day", "chunk_rows": 3}');
SELECT try('SELECT * FROM days(3)', '{"series_columns": []}');

-- order
SELECT try('SELECT * FROM days(3, 3) ORDER BY day, store', '{"series_columns": ["store"], "time_column": "day"}');
SELECT try('SELECT * FROM days(3, 3) ORDER BY store, day DESC', '{"series_columns": ["store"], "time_column": "day"}');
SELECT try('SELECT * FROM days(3, 3) ORDER BY store, day DESC', '{"series_columns": ["store"]}');
SELECT try('SELECT * FROM days(3, 3) ORDER BY store DESC, day', '{"series_columns": ["store"], "time_column": "day"}');
SELECT try('SELECT store AS "Store", day FROM days(3, 3) ORDER BY day', '{"series_columns": ["Store"], "time_column": "day"}');
SELECT try('SELECT * FROM days(2) UNION ALL SELECT * FROM days(2)', '{"series_columns": ["store"], "time_column": "day"}');

-- columns
SELECT try('SELECT * FROM days(3)', '{"series_columns": ["shop"]}');
SELECT try('SELECT * FROM days(3)', '{"time_column": "date"}');
SELECT try('SELECT * FROM days(3)', '{"series_columns": ["store"], "key_columns": ["store"]}');
SELECT split_part(body, E'\n', 1) FROM datarobot.preview(NULL, 'SELECT *, 1 AS id FROM days(3)', 10, options => '{"series_columns": ["store"], "time_column": "day", "key_columns": ["store", "day", "id"], "passthrough_columns_set": "all"}');
SELECT try('SELECT * FROM days(3)', '{"series_columns": ["store", "store"]}');
SELECT try('SELECT * FROM days(3)', '{"series_columns": ["day"], "time_column": "day"}');
SELECT try('SELECT day, to_json(store) AS store FROM days(3)', '{"series_columns": ["store"]}');
SELECT try('SELECT nullif(store, ''store A'') AS store, day FROM days(3)', '{"series_columns": ["store"]}');
SELECT try('SELECT store, nullif(day, ''2024-01-03'') AS day FROM days(3)', '{"series_columns": ["store"], "time_column": "day"}');
SELECT try('SELECT * FROM days(3)', '{"time_column": ""}');

-- what writing calls cannot have, with their series in one request
SELECT FROM datarobot.score_into_now('d', 'SELECT * FROM series.days(3)', 'series.target', options => '{"series_columns": ["store"], "on_error": "reject"}');
SELECT FROM datarobot.score_into_now('d', 'SELECT * FROM series.days(3)', 'series.target', options => '{"time_column": "day", "on_error": "null"}');
CALL datarobot.score_into('d', 'SELECT * FROM series.days(3)', 'series.target', key_columns => '{store,day}', options => '{"series_columns": ["store"], "workers": 2}');

SET client_min_messages = warning;
DROP SERVER series CASCADE;
DROP SCHEMA series CASCADE;
