# ScoredSource: a table with columns of many types, and a scored table over it.
#
#   my $deployment = scored_source($node);    # in database postgres: src, its indexes and functions; other; scored,
#                                             # over src; copied, what score_as returns of src
#   scored_table($node, 'name', 'id int, prediction float8', 'SELECT ...', "key_columns 'id'");
package ScoredSource;

use strict;
use warnings;

use Exporter 'import';
use ScoringTest;

our @EXPORT = qw(scored_source scored_table);

my $source = q{
	CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
	CREATE DOMAIN positive AS int CHECK (VALUE > 0);
	CREATE TYPE pair AS (x int, y text);
	CREATE TABLE src (id int PRIMARY KEY, big bigint, t text, c text COLLATE "C", v varchar(10), ch char(5),
		n numeric(10,2), f float8, d date, ts timestamp, tz timestamptz, b bool, j jsonb, u uuid, a int[], e mood,
		p positive, na name, iv interval, r int4range, co pair, by bytea, nothing text);
	INSERT INTO src SELECT i, i * 1000000000::bigint, 'text ' || i % 50, chr(65 + i % 52), 'v' || i % 30, 'ch' || i % 9,
		i * 1.25, CASE WHEN i % 17 = 0 THEN 'NaN' ELSE sqrt(i) END, date '2026-01-01' + i,
		timestamp '2026-01-01' + i * interval '1 hour', timestamptz '2026-01-01 00:00+00' + i * interval '1 hour',
		CASE i % 3 WHEN 0 THEN true WHEN 1 THEN false END, jsonb_build_object('k', i % 10, 'l', 'x' || i),
		lpad(to_hex(i), 32, '0')::uuid, ARRAY[i % 7, i % 11], (enum_range(NULL::mood))[1 + i % 3], i, 'name' || i % 20,
		i * interval '1 min', int4range(i, i + 10), (i % 5, 'y' || i)::pair, decode(lpad(to_hex(i), 4, '0'), 'hex'),
		CASE WHEN i % 4 = 0 THEN NULL ELSE 'some ' || i % 8 END
		FROM generate_series(1, 400) i;
	CREATE INDEX src_t ON src (t);
	CREATE INDEX src_lower ON src (lower(t));
	CREATE INDEX src_c ON src (c);
	CREATE INDEX src_n ON src (n);
	CREATE INDEX src_tz ON src (tz);
	CREATE INDEX src_a ON src USING gin (a);
	CREATE INDEX src_j ON src USING gin (j);
	CREATE INDEX src_r ON src USING gist (r);
	CREATE INDEX src_e ON src (e);
	CREATE INDEX src_two ON src (d, id);
	CREATE INDEX src_nothing ON src (nothing);
	ANALYZE src;
	CREATE FUNCTION stable_id() RETURNS int STABLE LANGUAGE plpgsql AS 'BEGIN RETURN 42; END';
	CREATE FUNCTION volatile_id() RETURNS int VOLATILE LANGUAGE plpgsql AS 'BEGIN RETURN 42; END';
	CREATE FUNCTION is_small(int) RETURNS bool IMMUTABLE LANGUAGE sql AS 'SELECT $1 < 10';
	CREATE FUNCTION is_short(text) RETURNS bool STABLE LANGUAGE plpgsql AS 'BEGIN RETURN length($1) < 7; END';
	CREATE OPERATOR ~~~ (LEFTARG = int, RIGHTARG = int, FUNCTION = int4eq);
	CREATE TABLE other (id int, t text);
	INSERT INTO other VALUES (3, 'text 3'), (7, 'text 7'), (NULL, NULL);
	ANALYZE other;
};

# A table of the synthetic deployment, by its columns, its query and further options.
sub scored_table
{
	my ($node, $name, $list, $query, $options) = @_;
	my $more = $options ? ", $options" : '';
	$node->safe_psql('postgres', "CREATE FOREIGN TABLE $name ($list) SERVER datarobot
		OPTIONS (deployment '$DEPLOYMENT{synthetic}', query " . quote_sql($query) . "$more)");
	return;
}

sub scored_source
{
	my ($node) = @_;

	$node->safe_psql('postgres', $source);
	my $columns = $node->safe_psql('postgres', q{SELECT string_agg(format('%I %s%s', attname,
		format_type(atttypid, atttypmod), CASE attname WHEN 'c' THEN ' COLLATE "C"' END), ', ' ORDER BY attnum)
		FROM pg_attribute WHERE attrelid = 'src'::regclass AND attnum > 0});
	scored_table($node, 'scored', "$columns, prediction float8", 'SELECT * FROM src', "key_columns 'id'");
	$node->safe_psql('postgres', qq{
		CREATE TABLE copied ($columns, prediction float8);
		INSERT INTO copied SELECT * FROM datarobot.score_as(NULL::copied, '$DEPLOYMENT{synthetic}', 'SELECT * FROM src',
			'{id}', options => '{"passthrough_columns_set": "all"}');
		ANALYZE copied;});
	return $DEPLOYMENT{synthetic};
}

1;
