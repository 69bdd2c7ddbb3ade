-- Which columns of a row are sent and which are kept. Talks to nobody.
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS datarobot_scoring;
CREATE SCHEMA columns;
SET search_path = columns, pg_catalog;
CREATE SERVER columns FOREIGN DATA WRAPPER datarobot_scoring
	OPTIONS (prediction_url 'https://127.0.0.1:9', deployment 'd', auth 'none');
SET datarobot.server = 'columns';
-- the body, or SQLSTATE, message, detail and hint
CREATE FUNCTION sent(query text, keys text[] DEFAULT '{}', passthrough text[] DEFAULT '{}', options jsonb DEFAULT NULL) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	message text; detail text; hint text;
BEGIN
	RETURN (SELECT body FROM datarobot.preview(NULL, query, 10, keys, passthrough, options => sent.options));
EXCEPTION WHEN others THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	RETURN concat_ws(E'\n', sqlstate || ': ' || message, nullif(detail, ''), nullif(hint, ''));
END $$;
\pset format unaligned
\pset tuples_only on

-- keys are not sent, passthrough columns are
SELECT sent('SELECT 1 AS id, 2 AS a, 3 AS b');
SELECT sent('SELECT 1 AS id, 2 AS a, 3 AS b', '{id}');
SELECT sent('SELECT 1 AS id, 2 AS a, 3 AS b', '{id,b}');
SELECT sent('SELECT 1 AS id, 2 AS a, 3 AS b', '{b,id}');
SELECT sent('SELECT 1 AS id, 2 AS a, 3 AS b', '{}', '{a,b}');
SELECT sent('SELECT 1 AS id, 2 AS a, 3 AS b', '{id}', '{a}');
-- the same through options, in both spellings; an empty list is none
SELECT sent('SELECT 1 AS id, 2 AS a', options => '{"key_columns": ["id"]}');
SELECT sent('SELECT 1 AS id, 2 AS a', options => '{"keyColumns": ["id"], "passthroughColumns": ["a"]}');
SELECT sent('SELECT 1 AS id, 2 AS a', options => '{"key_columns": []}');
SELECT sent('SELECT 1 AS id, 2 AS a', NULL, NULL);
-- as an argument or as an option, not both
SELECT sent('SELECT 1 AS id, 2 AS a', '{id}', options => '{"key_columns": ["id"]}');
SELECT sent('SELECT 1 AS id, 2 AS a', '{}', '{a}', '{"passthroughColumns": ["a"]}');
SELECT sent('SELECT 1 AS id, 2 AS a', '{id}', options => '{"key_columns": []}');

-- unknown names are refused with what there is, and what may have been meant
SELECT sent('SELECT 1 AS customer_id, 2 AS a', '{custmer_id}');
SELECT sent('SELECT 1 AS customer_id, 2 AS a', '{}', '{Customer_ID}');
SELECT sent('SELECT 1 AS customer_id, 2 AS a', '{something else}');
SELECT sent('SELECT 1 AS "ä,b", 2 AS "say ""x"""', '{something else}');
SELECT sent('SELECT 1 AS id, 2 AS a', '{""}');
SELECT sent('SELECT 1 AS id, 2 AS a', '{NULL}');
SELECT sent('SELECT 1 AS id, 2 AS a', '{}', '{a,NULL}');
-- names are compared as they are: no case folding, no trimming
SELECT sent('SELECT 1 AS "Id", 2 AS a', '{id}');
SELECT sent('SELECT 1 AS "Id", 2 AS a', '{Id}');

-- a column twice in the lists
SELECT sent('SELECT 1 AS id, 2 AS a', '{id,id}');
SELECT sent('SELECT 1 AS id, 2 AS a', '{}', '{a,a}');
SELECT sent('SELECT 1 AS id, 2 AS a', '{id}', '{id}');

-- nothing to send
SELECT sent('SELECT 1 AS id', '{id}');
SELECT sent('SELECT 1 AS id, 2 AS a', '{a,id}');
SELECT sent('SELECT');
SELECT sent('SELECT FROM generate_series(1, 3)');
CREATE TABLE nocolumns ();
SELECT sent('SELECT * FROM columns.nocolumns');
SELECT sent('TABLE columns.nocolumns');

-- features with the same name; keys may share a name with nothing that is sent
SELECT sent('SELECT 1 AS a, 2 AS a');
SELECT sent('SELECT 1 AS a, 2 AS b, 3 AS a');
SELECT sent('SELECT 1 AS a, 2 AS "A"');
SELECT sent('SELECT 1, 2');
SELECT sent('SELECT * FROM (SELECT 1 AS a) x, (SELECT 2 AS a) y');
-- generated names are names
SELECT sent('SELECT 1');
SELECT sent('SELECT count(*), max(1), 1 + 1 FROM generate_series(1, 3)');
SELECT sent('SELECT 1::text, CASE WHEN true THEN 1 END, ARRAY[1], EXISTS (SELECT 1)');

-- dropped columns of a table are gone, wherever they stood
CREATE TABLE dropped (a int, gone1 int, b text, gone2 text, c int);
INSERT INTO dropped VALUES (1, 2, 'x', 'y', 3);
ALTER TABLE dropped DROP gone1, DROP gone2;
INSERT INTO dropped VALUES (4, 'z', 6);
ALTER TABLE dropped ADD d int DEFAULT 7;
SELECT sent('SELECT * FROM columns.dropped');
SELECT sent('SELECT * FROM columns.dropped', '{b}');
SELECT sent('TABLE columns.dropped', '{gone1}');
SELECT sent('SELECT * FROM columns.dropped', '{"........pg.dropped.2........"}');
SELECT sent('SELECT (r).* FROM columns.dropped r');

-- system columns, generated columns, inheritance, partitions, views
CREATE TABLE parent (a int, twice int GENERATED ALWAYS AS (a * 2) STORED, k int) PARTITION BY LIST (k);
CREATE TABLE child2 (k int, twice int GENERATED ALWAYS AS (a * 2) STORED, filler text, a int);
ALTER TABLE child2 DROP filler;
CREATE TABLE child1 PARTITION OF parent FOR VALUES IN (1);
ALTER TABLE parent ATTACH PARTITION child2 FOR VALUES IN (2);
INSERT INTO parent (a, k) VALUES (10, 1), (20, 2);
CREATE VIEW a_view AS SELECT k, a AS "A b" FROM parent;
SELECT sent('SELECT * FROM columns.parent ORDER BY a');
SELECT sent('SELECT tableoid::regclass::text, a FROM columns.parent ORDER BY a', '{tableoid}');
SELECT sent('SELECT * FROM columns.a_view ORDER BY k', '{k}');

-- as many columns as a row may have; more than the names of which fit the header of a small chunk
SELECT length(sent('SELECT ' || string_agg(format('%s AS c%s', i, i), ', '))) FROM generate_series(1, 1600) i;
SELECT sent('SELECT ' || string_agg(format('%s AS c%s', i, i), ', '), options => '{"chunk_size": "1kB"}') FROM generate_series(1, 1000) i;

-- the column that rides along when the order is to be verified
SELECT sent('SELECT 1 AS id, i AS a FROM generate_series(5, 7) i', '{id}', options => '{"verify_order": true}');
SELECT sent('SELECT NULL AS a', options => '{"verify_order": true}');
SELECT url FROM datarobot.preview(NULL, 'SELECT 1 AS a', options => '{"verify_order": true}');
SELECT sent('SELECT 1 AS a, 2 AS datarobot_scoring_row', options => '{"verify_order": true}');
SELECT sent('SELECT 1 AS a, 2 AS datarobot_scoring_row', '{datarobot_scoring_row}', options => '{"verify_order": true}');
SELECT sent('SELECT 1 AS a, 2 AS datarobot_scoring_row');

SET client_min_messages = warning;
DROP SERVER columns;
DROP SCHEMA columns CASCADE;
