-- What is a query to score: one SELECT, that changes and locks nothing. Talks to nobody.
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS datarobot_scoring;
CREATE SCHEMA queries;
SET search_path = queries, pg_catalog;
-- nobody listens there: a query that is not refused before it is sent fails otherwise than with 22023
CREATE SERVER queries FOREIGN DATA WRAPPER datarobot_scoring
	OPTIONS (prediction_url 'http://127.0.0.1:1', allow_http 'true', deployment 'd', auth 'none', max_attempts '1');
SET datarobot.server = 'queries';
CREATE TABLE t (a int PRIMARY KEY, b text);
INSERT INTO t VALUES (1, 'x'), (2, 'y');
CREATE VIEW v AS SELECT a FROM t;
CREATE PROCEDURE nothing() LANGUAGE sql AS '';
CREATE TYPE p AS (prediction float8);
CREATE FUNCTION try(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	message text; detail text; hint text; shown text;
BEGIN
	EXECUTE statement INTO shown;
	RETURN coalesce(shown, 'no request');
EXCEPTION WHEN others THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	RETURN concat_ws(' | ', sqlstate || ': ' || message, nullif(detail, ''), nullif(hint, ''));
END $$;
CREATE FUNCTION shown(query text) RETURNS text LANGUAGE sql AS
	$$ SELECT queries.try(format('SELECT string_agg(body, '''') FROM datarobot.preview(NULL, %L)', query)) $$;
-- score and score_as are the same as preview
CREATE FUNCTION refused(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answers text[] := ARRAY[queries.shown(query),
		queries.try(format('SELECT count(*) FROM datarobot.score(NULL, %L)', query)),
		queries.try(format('SELECT count(*) FROM datarobot.score_as(NULL::queries.p, NULL, %L)', query))];
BEGIN
	RETURN CASE WHEN answers[1] = answers[2] AND answers[2] = answers[3] THEN answers[1] ELSE array_to_string(answers, ' <> ') END;
END $$;
\pset format unaligned
\pset tuples_only on

-- one SELECT, in all its forms
SELECT shown('SELECT a FROM queries.t ORDER BY a');
SELECT shown('SELECT a FROM queries.t ORDER BY a; ');
SELECT shown('SELECT 1 AS a;;');
SELECT shown('  /* a comment */ SELECT 1 AS a -- another');
SELECT shown('(SELECT 1 AS a)');
SELECT shown('VALUES (1, ''x''), (2, ''y'')');
SELECT shown('TABLE queries.v ORDER BY a');
SELECT shown('WITH w AS (SELECT a + 1 AS a FROM queries.t) SELECT * FROM w ORDER BY a');
SELECT shown('WITH RECURSIVE r(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM r WHERE n < 3) SELECT n FROM r');
SELECT shown('SELECT 1 AS a UNION ALL SELECT 2 EXCEPT SELECT 3 ORDER BY a');
SELECT shown('SELECT a FROM queries.t ORDER BY a OFFSET 1 FETCH FIRST ROW ONLY');
SELECT shown('SELECT b, sum(a) FROM queries.t GROUP BY GROUPING SETS ((b), ()) ORDER BY b');
SELECT shown('SELECT a, row_number() OVER (ORDER BY a DESC) AS n FROM queries.t ORDER BY a');
SELECT shown('SELECT generate_series(1, 2) AS a');

-- anything else
SELECT refused('');
SELECT refused('   ');
SELECT refused(';');
SELECT refused('-- nothing');
SELECT refused('SELECT 1 AS a; SELECT 2 AS a');
SELECT refused('INSERT INTO queries.t VALUES (3)');
SELECT refused('INSERT INTO queries.t VALUES (3) RETURNING a');
SELECT refused('UPDATE queries.t SET a = 4 RETURNING a');
SELECT refused('DELETE FROM queries.t RETURNING a');
SELECT refused('MERGE INTO queries.t USING queries.v ON t.a = v.a WHEN MATCHED THEN DELETE');
SELECT refused('TRUNCATE queries.t');
SELECT refused('WITH w AS (INSERT INTO queries.t VALUES (3) RETURNING a) SELECT * FROM w');
SELECT refused('WITH w AS (DELETE FROM queries.t RETURNING a) SELECT 1 AS a');
SELECT refused('WITH w AS (SELECT 1 AS a) INSERT INTO queries.t SELECT * FROM w');
SELECT refused('SELECT a FROM queries.t FOR UPDATE');
SELECT refused('SELECT a FROM queries.t FOR KEY SHARE SKIP LOCKED');
SELECT refused('SELECT 1 AS a INTO queries.made');
SELECT refused('CREATE TABLE queries.made AS SELECT 1 AS a');
SELECT refused('EXPLAIN SELECT 1');
SELECT refused('EXPLAIN (ANALYZE) INSERT INTO queries.t VALUES (3)');
SELECT refused('COPY (SELECT 1) TO STDOUT');
SELECT refused('SHOW work_mem');
SELECT refused('SET work_mem = 64');
SELECT refused('BEGIN');
SELECT refused('COMMIT');
SELECT refused('DO ''BEGIN END''');
SELECT refused('CALL queries.nothing()');
SELECT refused('FETCH ALL FROM c');
SELECT refused('DECLARE c CURSOR FOR SELECT 1');
SELECT refused('EXECUTE p');
SELECT refused('PREPARE p AS SELECT 1');
SELECT refused('NOTIFY n');
-- row locks deeper in the query
SELECT refused('SELECT a FROM (SELECT a FROM queries.t FOR UPDATE) s') ~ '^(22023|0A000): ' AS refused;
SELECT refused('WITH w AS (SELECT a FROM queries.t FOR SHARE) SELECT a FROM w') ~ '^(22023|0A000): ' AS refused;
-- NULL
SELECT * FROM datarobot.preview(NULL, NULL);
SELECT * FROM datarobot.score(NULL, NULL);
SELECT * FROM datarobot.score_as(NULL::p, NULL, NULL);
-- nothing of all that has happened
SELECT * FROM t ORDER BY a;
SELECT to_regclass('queries.made');

-- errors of the query point into it
\set VERBOSITY default
\set SHOW_CONTEXT never
SELECT * FROM datarobot.preview(NULL, 'SELEC 1');
SELECT * FROM datarobot.preview(NULL, 'SELECT 1 AS a, FROM t');
SELECT * FROM datarobot.preview(NULL, E'SELECT 1 AS a,\n  nonsense AS b\nFROM queries.t');
SELECT * FROM datarobot.score(NULL, 'SELECT * FROM queries.nowhere');
SELECT * FROM datarobot.preview(NULL, 'SELECT $1 AS a');
\set VERBOSITY terse
\set SHOW_CONTEXT errors
SELECT shown('SELECT 1 / (a - 2) AS x FROM queries.t');
-- a syntax error is told before a bad option is: the query comes first; but neither sends
SELECT refused('SELECT ''unfinished');

-- the query runs with the caller's snapshot and sees its changes
BEGIN;
INSERT INTO t VALUES (3, 'z');
SELECT shown('SELECT a FROM queries.t ORDER BY a');
ROLLBACK;
-- functions in it may be volatile; what they do is done as in any SELECT
CREATE FUNCTION writes() RETURNS int LANGUAGE sql AS $$ INSERT INTO queries.t VALUES (9) RETURNING a $$;
SELECT shown('SELECT queries.writes() AS a');
SELECT count(*) FROM t;
-- the search path of the caller counts
SELECT shown('SELECT a FROM t ORDER BY a');
SET search_path = public;
SELECT queries.shown('SELECT a FROM t ORDER BY a');
SET search_path = queries, pg_catalog;
-- temporary tables
CREATE TEMP TABLE tt AS SELECT 42 AS a;
SELECT shown('SELECT * FROM tt');
-- preview within preview
SELECT shown($$SELECT octet_length(body) AS n FROM datarobot.preview(NULL, 'SELECT 1 AS a')$$);

SET client_min_messages = warning;
DROP SERVER queries;
DROP SCHEMA queries CASCADE;
