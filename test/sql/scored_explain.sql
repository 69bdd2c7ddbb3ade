-- EXPLAIN of scored tables, which sends nothing: nobody listens at the server's address
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS datarobot_scoring;
CREATE SCHEMA scored_explain;
SET search_path = scored_explain;
CREATE SERVER scored_explain FOREIGN DATA WRAPPER datarobot_scoring
	OPTIONS (prediction_url 'http://127.0.0.1:1', allow_http 'true', auth 'none', deployment 'of the server');
CREATE TABLE customer (id int PRIMARY KEY, tenure int, plan text, spend numeric);
CREATE INDEX ON customer (plan);
CREATE FOREIGN TABLE scored (id int, plan text, prediction float8) SERVER scored_explain
	OPTIONS (deployment 'churn', query 'SELECT id, tenure, plan, spend FROM customer', key_columns 'id');
CREATE FOREIGN TABLE "of the server" ("the id" int OPTIONS (output 'id'), prediction float8) SERVER scored_explain
	OPTIONS (query 'SELECT id, spend FROM customer WHERE spend > 0');

EXPLAIN (COSTS OFF) SELECT * FROM scored;
EXPLAIN (COSTS OFF, VERBOSE) SELECT * FROM scored;
-- (a plan that is disabled is shown as such from 18 on)
SET enable_seqscan = off;
SET enable_bitmapscan = off;
-- conditions and orders that the query has, with its indexes, and those that it has not
EXPLAIN (COSTS OFF, VERBOSE) SELECT * FROM scored WHERE id = 42 AND prediction > 0.5;
EXPLAIN (COSTS OFF, VERBOSE) SELECT prediction FROM scored ORDER BY id LIMIT 3;
-- nothing is sent, and columns that nobody uses are not computed
EXPLAIN (COSTS OFF, VERBOSE) SELECT count(*) FROM scored WHERE plan = 'free';
RESET enable_seqscan;
EXPLAIN (COSTS OFF, VERBOSE) SELECT * FROM "of the server" WHERE "the id" < 10;
-- values that are not known before
SET enable_seqscan = off;
SET plan_cache_mode = force_generic_plan;
PREPARE one(int) AS SELECT prediction FROM scored WHERE id = $1;
EXPLAIN (COSTS OFF, VERBOSE) EXECUTE one(42);
DEALLOCATE one;
-- a relation of partitions: which ones are read is not known before, either
CREATE TABLE part (id int PRIMARY KEY, spend numeric) PARTITION BY RANGE (id);
CREATE TABLE part_1 PARTITION OF part FOR VALUES FROM (0) TO (10);
CREATE TABLE part_2 PARTITION OF part FOR VALUES FROM (10) TO (20);
CREATE FOREIGN TABLE scored_part (id int, prediction float8) SERVER scored_explain
	OPTIONS (deployment 'churn', query 'TABLE part', key_columns 'id');
EXPLAIN (COSTS OFF, VERBOSE) SELECT * FROM scored_part WHERE id = 5;
-- a view over it, and two of them
CREATE VIEW two AS SELECT id, prediction FROM scored UNION ALL SELECT * FROM scored_part;
SET enable_async_append = off;
EXPLAIN (COSTS OFF, VERBOSE) SELECT * FROM two WHERE id = 5;

DROP SCHEMA scored_explain CASCADE;
DROP SERVER scored_explain;
