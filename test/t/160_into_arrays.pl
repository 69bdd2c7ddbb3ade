# Rows that reach the writing statements as arrays (datarobot.rows_as_arrays; the tests of score_into from
# t/020_into_statements.pl to t/028_into_workers.pl run with it, too, by test/run arrays): values of all kinds of types
# arrive as they were read, under settings that shorten their text, and more rows than one statement takes are written
# by several.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use Into;
use ScoringTest;
use Session;
use Test::More;

my $standin = new_standin();
my $node = new_node('main', standin => $standin, init => [ extra => [ '--locale=C', '--encoding=UTF8' ] ]);
my $session = Session->new($node);

$session->must(q{
	CREATE TYPE mood AS ENUM ('sad', 'it''s "ok"');
	CREATE DOMAIN share AS numeric CHECK (VALUE <= 1);
	CREATE TYPE place AS (x float8, name text, visited timestamptz, tags text[]);
	CREATE DOMAIN here AS place;
	CREATE DOMAIN route AS int[];
	CREATE TYPE span AS RANGE (subtype = float8);
	CREATE TABLE boss (id int, p place);});

# The type, and two values of it as SQL; the row between them has NULL.
my @types = (
	[ 'bigint', '-9223372036854775808', '9223372036854775807' ],
	[ 'float8', '0.1::float8 + 0.2', q('-Infinity') ],
	[ 'float4', '0.1', q('NaN') ],
	[ 'numeric', '1e-200', q('NaN') ],
	[ 'numeric(6,2)', '1.10', '-0.05' ],
	[ 'boolean', 'true', 'false' ],
	[ 'text', q('a,b"c\\d{}NULL'), q('') ],
	[ 'char(5)', q('ab'), q('') ],
	[ '"char"', q('x'), q('') ],
	[ 'name', q('n'), q('') ],
	[ 'bytea', q('\\x00ff27'), q('') ],
	[ 'date', q('infinity'), q('0044-03-15 BC') ],
	[ 'timestamptz', q('2024-02-29 23:59:59.999999-08'), q('-infinity') ],
	[ 'timestamp', q('2024-07-01 00:00:00.000001'), q('4713-01-01 BC') ],
	[ 'timetz', q('12:00:00.5+05:30'), q('24:00:00Z') ],
	[ 'interval', q('-1 year -2 mons +3 days -04:05:06.000007'), q('1 mon -1 day') ],
	[ 'jsonb', q('{"a": [1, null, "\u00e9"]}'), q('null') ],
	[ 'uuid', 'gen_random_uuid()', 'gen_random_uuid()' ],
	[ 'inet', q('::1/64'), q('10.0.0.1') ],
	[ 'money', '12.34', '-0.01' ],
	[ 'bit varying', q(B'0101'), q(B'') ],
	[ 'tsvector', q('a:1 b''c:2A'), q('') ],
	[ 'point', q~'(0.30000000000000004,-1)'~, q~'(0,0)'~ ],
	[ 'regclass', q('pg_class'), q('boss') ],
	[ 'int4range', q{'[1,)'}, q('empty') ],
	[ 'nummultirange', q~'{[1.5,2),(3,4]}'~, q('{}') ],
	[ 'span', q{'(0.30000000000000004,1]'}, q('empty') ],
	[ 'mood', q('sad'), q('it''s "ok"') ],
	[ 'share', '0.125', '-1' ],
	[ 'int[]', q('{{1,2},{3,NULL}}'), q('{}') ],
	[ 'float8[]', 'ARRAY[0.1::float8 + 0.2]', q('[0:1]={1,NaN}') ],
	[ 'text[]', q(ARRAY['a,b', 'NULL', NULL, '', E'\\\\"{']), q('{}') ],
	[ 'timestamptz[]', q(ARRAY['2024-02-29 23:59:59.999999-08'::timestamptz]), q('{infinity}') ],
	[ 'interval[]', q(ARRAY['-1 year -2 mons +3 days -04:05:06.000007'::interval]), q('{}') ],
	[ 'route', q('{1,2,3}'), q('{}') ],
	[ 'place', q[ROW(0.1::float8 + 0.2, 'a"(,)', '2024-02-29 23:00:00-08', ARRAY['x,y', NULL])],
		q[ROW(NULL, '', NULL, '{}')] ],
	[ 'here', q[ROW(1e-300, NULL, 'infinity', NULL)], q[ROW(NULL, NULL, NULL, NULL)] ],
	[ 'place[]', q[ARRAY[ROW(0.1::float8 + 0.2, 'b', NULL, NULL)::place]], q('{}') ],
	[ 'boss', q[ROW(1, ROW(2, 'c', NULL, NULL)::place)], q[ROW(NULL, NULL)] ]);

my %settings = (
	'as set by default' => '',
	'with settings that shorten or change texts' => q{
		SET extra_float_digits = -15; SET DateStyle = 'SQL, DMY'; SET IntervalStyle = 'sql_standard';
		SET timezone = 'America/St_Johns'; SET bytea_output = 'escape'; SET quote_all_identifiers = on;
		SET array_nulls = off;});

# The text that tells all values apart, written under settings of its own.
sub exact
{
	my ($table) = @_;

	return value($session, qq{RESET ALL; SET extra_float_digits = 3;
		SELECT string_agg(v::text, ';' ORDER BY id) FROM $table});
}

foreach my $how (sort keys %settings)
{
	foreach my $case (@types)
	{
		my ($type, @values) = @$case;
		my $name = "$type, $how";

		$session->must(qq{RESET ALL; SET client_min_messages = warning; DROP TABLE IF EXISTS source, target;
			CREATE TABLE source (id int PRIMARY KEY, v $type);
			INSERT INTO source VALUES (1, $values[0]), (2, NULL), (3, $values[1]);
			CREATE TABLE target (id int PRIMARY KEY, v $type, prediction float8);
			INSERT INTO target SELECT 1, v FROM source WHERE id = 3;});
		$session->must("$settings{$how}; SET client_min_messages = notice; SET datarobot.rows_as_arrays = on");
		counts_are(write_scores($session,
				into(query => 'SELECT id, v, id AS f FROM source', output => 'target', key_columns => ['id'],
					passthrough_columns => ['v'], statement_type => 'upsert', update_columns => [ 'v', 'prediction' ])),
			[ 3, 3, 0 ], $name);
		is(exact('target'), exact('source'), "$name: the values are the source's");
		is(value($session, 'SELECT count(prediction), (SELECT v IS NULL FROM target WHERE id = 2) FROM target'), '3|t',
			"$name: each row has its prediction, and NULL is NULL");
	}
}

# Rows are found by keys of types that are passed as texts, too.
foreach my $case (grep { $_->[0] =~ /^(int\[\]|route|place)$/ } @types)
{
	my ($type, @values) = @$case;

	foreach my $statement ('update', 'upsert')
	{
		my $name = "$statement by a key of type $type";

		$session->must(qq{RESET ALL; SET client_min_messages = warning; DROP TABLE IF EXISTS source, target;
			CREATE TABLE source (id int, v $type PRIMARY KEY);
			INSERT INTO source VALUES (1, $values[0]), (2, $values[1]);
			CREATE TABLE target (v $type, prediction float8); INSERT INTO target SELECT v FROM source;
			SET client_min_messages = notice; SET datarobot.rows_as_arrays = on});
		counts_are(write_scores($session,
				into(query => 'SELECT v, id AS f FROM source', output => 'target', key_columns => ['v'],
					statement_type => $statement, where_columns => ['v'])), [ 2, 2, 0 ], $name);
		is(value($session, 'SELECT count(*), count(DISTINCT prediction) FROM target'), '2|2',
			"$name: its own prediction each");
	}
}

# An engine that plans itself copies rows, and reports what is wrong with them as internal errors: with arrays, these
# are of rows. Without, they end the call.
$session->must(q{RESET ALL; SET client_min_messages = warning; DROP TABLE IF EXISTS source, target;
	CREATE TABLE source AS SELECT i AS id, i AS f FROM generate_series(1, 9) i;
	CREATE TABLE target (id int PRIMARY KEY, prediction float8);
	CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
		BEGIN
			IF NEW.id = 7 THEN RAISE EXCEPTION 'a shard refuses it' USING ERRCODE = 'XX000'; END IF;
			RETURN NEW;
		END $$;
	CREATE TRIGGER refuse BEFORE INSERT ON target FOR EACH ROW EXECUTE FUNCTION refuse();
	SET client_min_messages = notice; SET datarobot.rows_as_arrays = off});
my @refused = (query => 'TABLE source', output => 'target', key_columns => ['id'], on_error => 'reject');
is(write_scores($session, into(@refused))->{sqlstate}, 'XX000', 'an internal error without arrays');
$session->must('TRUNCATE target; SET datarobot.rows_as_arrays = on');
counts_are(write_scores($session, into(@refused)), [ 9, 8, 1 ], 'an internal error with arrays');
is(value($session, q{SELECT key ->> 'id', sqlstate, message FROM datarobot.rejected_row
		WHERE run_id = datarobot.last_run()}), '7|XX000|a shard refuses it',
	'an internal error with arrays: of its row');
is(value($session, 'SELECT string_agg(id::text, $$,$$ ORDER BY id) FROM target'), '1,2,3,4,5,6,8,9',
	'an internal error with arrays: the others are written');

# Where no catalog shows that arrays are needed, an internal error of the first EXPLAIN does.
$session->must(q{SET client_min_messages = warning; ALTER TABLE target DISABLE TRIGGER refuse; TRUNCATE target;
	INSERT INTO target SELECT id FROM source; ALTER TABLE target ENABLE TRIGGER refuse;
	CREATE TRIGGER refuse_too BEFORE UPDATE ON target FOR EACH ROW EXECUTE FUNCTION refuse();
	CREATE SEQUENCE plans;
	CREATE FUNCTION is_known() RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
		BEGIN
			IF nextval('plans') = 1 THEN
				RAISE EXCEPTION 'unrecognized RTE kind: 7' USING ERRCODE = 'XX000';
			END IF;
			RETURN true;
		END $$;
	CREATE VIEW planned AS SELECT * FROM target WHERE is_known();
	SET client_min_messages = notice; SET datarobot.rows_as_arrays = off});
counts_are(write_scores($session, into(@refused, output => 'planned', statement_type => 'update')), [ 9, 8, 1 ],
	'arrays that an error asks for');
is(value($session, 'SELECT string_agg(id::text, $$,$$ ORDER BY id) FROM target WHERE prediction IS NULL'), '7',
	'arrays that an error asks for: all are written but the one that is refused');
cmp_ok(value($session, 'SELECT last_value FROM plans'), '>=', 3, 'arrays that an error asks for: planned again');

# One statement takes about 64 MB.
$session->must(q{RESET ALL; SET client_min_messages = warning; DROP TABLE IF EXISTS source, target CASCADE;
	CREATE TABLE target (id int PRIMARY KEY, v text, prediction float8);
	CREATE TABLE statements (n bigint);
	CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$
		BEGIN INSERT INTO statements SELECT count(*) FROM written; RETURN NULL; END $$;
	CREATE TRIGGER note AFTER INSERT ON target REFERENCING NEW TABLE AS written
		FOR EACH STATEMENT EXECUTE FUNCTION note();
	SET client_min_messages = notice; SET datarobot.rows_as_arrays = on});
counts_are(write_scores($session,
		into_now(query => q{SELECT i AS id, repeat(chr(64 + i), 9000000) AS v, i AS f FROM generate_series(1, 10) i},
			output => 'target', key_columns => ['id'], passthrough_columns => ['v'],
			options => { chunk_size => 52428800 })),
	[ 10, 10, 0 ], '90 MB at once');
is(value($session, q{SELECT count(*), count(DISTINCT prediction), bool_and(v = repeat(chr(64 + id), 9000000))
		FROM target}),
	'10|10|t', '90 MB at once: all is there');
is(value($session, q{SELECT array_agg(n ORDER BY n) FROM statements}), '{2,8}', '90 MB at once: by two statements');

done_testing();
