-- Names and values that CSV could garble: separators, quotes, line ends, blanks, other scripts. Talks to nobody.
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS datarobot_scoring;
CREATE SCHEMA encode_text;
SET search_path = encode_text, pg_catalog;
CREATE SERVER encode_text FOREIGN DATA WRAPPER datarobot_scoring
	OPTIONS (prediction_url 'https://127.0.0.1:9', deployment 'd', auth 'none');
SET datarobot.server = 'encode_text';
-- control characters made visible
CREATE FUNCTION sent(query text) RETURNS text LANGUAGE sql AS
	$$ SELECT replace(replace(replace(body, E'\r', '<CR>'), E'\t', '<TAB>'), E'\n', E'<LF>\n') FROM datarobot.preview(NULL, query, 1000) $$;
\pset format unaligned
\pset tuples_only on

-- quotes only where a reader could misunderstand the text
SELECT sent($$SELECT * FROM (VALUES ('plain'), ('two words'), ('a,b'), ('say "x"'), ('"'), (','), (E'a\nb'), (E'a\rb'), (E'a\r\nb'), (E'\n'),
	(E'a\tb'), (E'\ta'), (E'a\t'), (' a'), ('a '), (' '), (''), ('a;b'), ('a''b'), ('a\b'), ('\.'), ('NULL'), ('\N'), ('NaN'),
	('#c'), ('=1+1'), (E'a\u00a0'), (E'\u00e4\u00f6'), (E'\u65e5\u672c'), (E'\U0001F600'), (E'e\u0301'), (E'\ufeffa')) v(t)$$);

-- the same for names
SELECT sent($$SELECT 1 AS plain, 2 AS "two words", 3 AS "a,b", 4 AS "say ""x""", 5 AS "a
b", 6 AS " a", 7 AS "b ", 8 AS "Upper", 9 AS "a.b", 10 AS "ä日"$$);
SELECT sent(format('SELECT 1 AS %I, 2 AS %I, 3 AS %I', E'a\rb', E'\ta', E'a\t'));
-- the longest name there can be, all quotes
SELECT sent(format('SELECT 1 AS %I', repeat('"', 63)));

-- what is written is what a CSV reader reads, over many texts
CREATE TABLE source (n int, a text, b text);
INSERT INTO source
	SELECT row_number() OVER (), x || y, nullif(y || x, '')
	FROM unnest(ARRAY['', ' ', ',', '"', E'\n', E'\r', E'\r\n', 'x', E'\u00e4', E'\t', '\', '\.', '""', E'\x01', E'\x7f']) x,
		unnest(ARRAY['', ' ', ',', '"', E'\n', 'x,"y"', E'\u65e5', E'x\r\ny']) y;
-- a reader of RFC 4180 in SQL: fields are quoted or bare
CREATE FUNCTION fields(csv text) RETURNS TABLE(n bigint, field text) LANGUAGE sql AS $$
	SELECT row_number() OVER (), CASE WHEN m[1] LIKE '"%' THEN replace(substr(m[1], 2, length(m[1]) - 2), '""', '"') ELSE nullif(m[1], '') END
	FROM regexp_matches(csv, '("(?:[^"]|"")*"|[^,"\r\n]*)(?:,|\n)', 'g') m
$$;
WITH f AS (
	SELECT (n - 4) / 3 AS line, array_agg(field ORDER BY n) AS fields
	FROM fields((SELECT body FROM datarobot.preview(NULL, 'SELECT * FROM source ORDER BY n', 1000))) WHERE n > 3 GROUP BY 1
)
SELECT count(*) AS rows, count(*) FILTER (WHERE fields IS DISTINCT FROM ARRAY[s.n::text, s.a, s.b]) AS changed
FROM f JOIN source s ON s.n = f.line + 1;
SELECT n, fields FROM (
	SELECT (n - 4) / 3 + 1 AS n, array_agg(field ORDER BY n) AS fields
	FROM fields((SELECT body FROM datarobot.preview(NULL, 'SELECT * FROM source ORDER BY n', 1000))) WHERE n > 3 GROUP BY 1) f
JOIN source s USING (n) WHERE fields IS DISTINCT FROM ARRAY[s.n::text, s.a, s.b];

-- names and values are UTF-8 whatever the client reads
SET client_encoding = 'LATIN1';
SELECT octet_length(body), convert_to(body, 'UTF8') FROM datarobot.preview(NULL, 'SELECT chr(228) AS n', 1);
RESET client_encoding;

SET client_min_messages = warning;
DROP SERVER encode_text;
DROP SCHEMA encode_text CASCADE;
