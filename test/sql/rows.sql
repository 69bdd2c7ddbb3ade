-- Rows that the window functions take: their columns must have names. Talks to nobody: nobody listens at the server's
-- address, so a row that is accepted fails with 08001, and one that is refused before anything is sent with another state.
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS datarobot_scoring;
CREATE SCHEMA rows;
SET search_path = rows, pg_catalog;
CREATE SERVER rows FOREIGN DATA WRAPPER datarobot_scoring
	OPTIONS (prediction_url 'http://127.0.0.1:1', allow_http 'true', deployment 'd', auth 'none', max_attempts '1');
SET datarobot.server = 'rows';
CREATE TABLE t (a int, b text);
INSERT INTO t VALUES (1, 'x'), (2, 'y');
CREATE TABLE named_f (f1 int, f2 text);
INSERT INTO named_f VALUES (1, 'x');
CREATE TYPE pair AS (a int, b text);
CREATE TYPE fs AS (f1 int, f2 text);
CREATE VIEW v AS SELECT a, b FROM t;
CREATE FUNCTION try(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	message text; hint text; shown text;
BEGIN
	EXECUTE statement INTO shown;
	RETURN coalesce(shown, 'NULL');
EXCEPTION WHEN connection_exception OR sqlclient_unable_to_establish_sqlconnection THEN
	RETURN 'accepted';
WHEN others THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
	RETURN concat_ws(' | ', sqlstate || ': ' || message, CASE WHEN sqlstate NOT IN ('42883') THEN nullif(hint, '') END);
END $$;
\pset format unaligned
\pset tuples_only on

-- rows with names
SELECT try('SELECT datarobot.predict(f) OVER () FROM (SELECT a, b FROM t) f');
SELECT try('SELECT datarobot.predict(t) OVER () FROM t');
SELECT try('SELECT datarobot.predict(v) OVER () FROM v');
SELECT try('SELECT datarobot.predict(t.*) OVER () FROM t');
SELECT try('SELECT datarobot.predict(f) OVER () FROM (SELECT a AS "?column?" FROM t) f');
SELECT try('SELECT datarobot.predict(f) OVER () FROM (SELECT DISTINCT a, b FROM t) f');
SELECT try('SELECT datarobot.predict(f) OVER () FROM (SELECT a, b FROM t UNION ALL SELECT 3, NULL) f');
SELECT try('SELECT datarobot.predict(f) OVER () FROM (VALUES (1, 2)) f');
SELECT try('SELECT datarobot.predict(f) OVER () FROM (VALUES (1, 2)) f(x, y)');
SELECT try('SELECT datarobot.predict(f) OVER () FROM generate_series(1, 2) WITH ORDINALITY f(a, n)');
SELECT try('WITH f AS (SELECT a, b FROM t) SELECT datarobot.predict(f) OVER () FROM f');
SELECT try('WITH f AS MATERIALIZED (SELECT a, b FROM t) SELECT datarobot.predict(f) OVER () FROM f');
SELECT try('SELECT datarobot.predict(ROW(a, b)::pair) OVER () FROM t');
SELECT try('SELECT datarobot.predict(NULLIF(f, NULL)) OVER () FROM (SELECT a, b FROM t) f');
SELECT try('SELECT datarobot.predict(j) OVER () FROM t JOIN named_f ON true JOIN LATERAL (SELECT t.a, named_f.f2) j ON true');
SELECT try('SELECT datarobot.predict_label(t) OVER () FROM t');
SELECT try('SELECT datarobot.predict_row(t) OVER () FROM t');

-- rows without
SELECT try('SELECT datarobot.predict(ROW(a, b)) OVER () FROM t');
SELECT try('SELECT datarobot.predict((a, b)) OVER () FROM t');
SELECT try('SELECT datarobot.predict(ROW(t.*)) OVER () FROM t');
SELECT try('SELECT datarobot.predict(ROW(a)) OVER () FROM t');
SELECT try('SELECT datarobot.predict_label((a, b)) OVER () FROM t');
SELECT try('SELECT datarobot.predict_row((a, b)) OVER () FROM t');
SELECT try('SELECT datarobot.predict(r) OVER () FROM (SELECT ROW(a, b) AS r FROM t) s');
SELECT try('SELECT datarobot.predict(ROW(1, 2)) OVER ()');

-- columns that are named f1, f2 indeed
SELECT try('SELECT datarobot.predict(named_f) OVER () FROM named_f');
SELECT try('SELECT datarobot.predict(f) OVER () FROM (SELECT f1, f2 FROM named_f) f');
SELECT try('SELECT datarobot.predict(f) OVER () FROM (SELECT a AS f1, b AS f2 FROM t) f');
SELECT try('SELECT datarobot.predict(f) OVER () FROM (SELECT a AS f1 FROM t OFFSET 0) f');
SELECT try('SELECT datarobot.predict(ROW(a, b)::fs) OVER () FROM t');
SELECT try('SELECT datarobot.predict(f) OVER () FROM (VALUES (1, 2), (3, 4)) f(f1, f2)');

-- no columns, the same name twice, unknown keys
SELECT try('SELECT datarobot.predict(f) OVER () FROM (SELECT FROM t) f');
SELECT try('SELECT datarobot.predict(ROW()) OVER () FROM t');
SELECT try('SELECT datarobot.predict(f) OVER () FROM (SELECT a, a FROM t) f');
SELECT try('SELECT datarobot.predict(f) OVER () FROM (SELECT a, b, 1 AS a FROM t) f');
SELECT try($$SELECT datarobot.predict(f, options => '{"key_columns": ["a"]}') OVER () FROM t f$$);
SELECT try($$SELECT datarobot.predict(f, options => '{"key_columns": ["a", "b"]}') OVER () FROM t f$$);
SELECT try($$SELECT datarobot.predict(f, options => '{"key_columns": ["aa"]}') OVER () FROM t f$$);

-- not rows at all, or no window
SELECT try('SELECT datarobot.predict(a) OVER () FROM t');
SELECT try('SELECT datarobot.predict(NULL) OVER () FROM t');
SELECT try('SELECT datarobot.predict(NULL::pair) OVER () FROM t');
SELECT try('SELECT datarobot.predict(t) FROM t');
SELECT try('SELECT datarobot.predict(t) OVER () FROM t WHERE false');
SELECT try('SELECT 1 FROM t WHERE datarobot.predict(t) OVER () > 0');

-- which deployment, which server
ALTER SERVER rows OPTIONS (DROP deployment);
SELECT try('SELECT datarobot.predict(t) OVER () FROM t');
SELECT try($$SELECT datarobot.predict(t, 'd') OVER () FROM t$$);
SELECT try($$SELECT datarobot.predict(t, NULL) OVER () FROM t$$);
SELECT try(format('SELECT datarobot.predict(t, %L) OVER () FROM t', id)) FROM (VALUES
	(''), ('.'), ('..'), ('a/b'), ('a b'), ('a?b'), ('a#b'), ('a%2fb'), ('5f0000000000000000000001'), ('fraud.v2_x~y-z'), (E'a\nb'), ('é'), ('a;b')) v(id);
SELECT left(try(format('SELECT datarobot.predict(t, %L) OVER () FROM t', repeat('x', n))), 80)
FROM (VALUES (8192 - length('POST /deployments//predictions HTTP/1.1')), (8193 - length('POST /deployments//predictions HTTP/1.1'))) v(n);
SET datarobot.server = '';
SELECT try($$SELECT datarobot.predict(t, 'd') OVER () FROM t$$);
SELECT try($$SELECT datarobot.predict(t, 'd', '{"server": "rows"}') OVER () FROM t$$);
SELECT try($$SELECT datarobot.predict(t, 'd', '{"server": "nowhere"}') OVER () FROM t$$);
SET datarobot.server = 'nowhere';
SELECT try($$SELECT datarobot.predict(t, 'd') OVER () FROM t$$);
SET datarobot.nonsense = 'x';
-- a server of another wrapper
CREATE FOREIGN DATA WRAPPER rows_other;
CREATE SERVER rows_other FOREIGN DATA WRAPPER rows_other;
SELECT try($$SELECT datarobot.predict(t, 'd', '{"server": "rows_other"}') OVER () FROM t$$);
DROP FOREIGN DATA WRAPPER rows_other CASCADE;
-- a server without an address
CREATE SERVER rows_empty FOREIGN DATA WRAPPER datarobot_scoring OPTIONS (auth 'none');
SELECT try($$SELECT datarobot.predict(t, 'd', '{"server": "rows_empty"}') OVER () FROM t$$);
DROP SERVER rows_empty;

SET client_min_messages = warning;
DROP SERVER rows;
DROP SCHEMA rows CASCADE;
