-- bench/table.sql: the rows to score, :rows of them in t and ten times as many in t10.
-- 17 columns: id, 10 float8, 3 text, 2 int, 1 timestamptz; about 275 bytes a row as CSV.
SET client_min_messages = warning;

SELECT setseed(0.42) \g /dev/null
CREATE UNLOGGED TABLE t AS
SELECT i::bigint AS id,
       random() AS f1, random() * 100 AS f2, (random() - 0.5) * 1000 AS f3, random() AS f4, random() * 10 AS f5,
       random() AS f6, random() * 1e6 AS f7, random() AS f8, random() AS f9, random() AS f10,
       'customer ' || (random() * 100000)::int AS name,
       (ARRAY['north', 'south', 'east', 'west'])[1 + (random() * 3)::int] AS region,
       left(md5(i::text), 25) AS code,
       (random() * 1e6)::int AS amount,
       (random() * 100)::int AS quantity,
       timestamptz '2020-01-01 00:00:00+00' + (random() * 1e8)::int * interval '1 second' AS happened
FROM generate_series(1, :rows) AS i;

-- the same values with ids of their own
CREATE UNLOGGED TABLE t10 AS
SELECT t.id + k * :rows::bigint AS id, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, name, region, code, amount, quantity,
       happened
FROM generate_series(0, 9) AS k, t;

VACUUM (FREEZE, ANALYZE) t, t10;

CREATE TYPE answer AS (prediction float8);
