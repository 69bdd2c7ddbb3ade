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
	CREATE COLLATION own FROM "C";
	CREATE DOMAIN own_text AS text COLLATE own;
	CREATE TYPE shorter AS (x int, gone int, y text); ALTER TYPE shorter DROP ATTRIBUTE gone;
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
	[ 'uuid', q('9a3850d0-f3c4-41a5-9249-bae4f28e95ea'), q('ffd2f9fc-6af3-47e9-b086-e8b9ea919ed9') ],
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
	[ 'xml[]', q(ARRAY['a<b/>'::xml, '<b/>']), q('{}') ],
	[ 'bit(3)[]', q(ARRAY[B'010', NULL]), q('{}') ],
	[ 'name COLLATE own', q('n'), q('') ],
	[ 'own_text', q('a'), q('B') ],
	[ 'route', q('{1,2,3}'), q('{}') ],
	[ 'shorter', q[ROW(1, 'a')], q[ROW(NULL, NULL)] ],
	[ 'place', q[ROW(0.1::float8 + 0.2, 'a"(,)', '2024-02-29 23:00:00-08', ARRAY['x,y', NULL])],
		q[ROW(NULL, '', NULL, '{}')] ],
	[ 'here', q[ROW(1e-300, NULL, 'infinity', NULL)], q[ROW(NULL, NULL, NULL, NULL)] ],
	[ 'place[]', q[ARRAY[ROW(0.1::float8 + 0.2, 'b', NULL, NULL)::place]], q('{}') ],
	[ 'boss', q[ROW(1, ROW(2, 'c', NULL, NULL)::place)], q[ROW(NULL, NULL)] ]);

if (has_extension($node, 'citext'))
{
	$session->must('CREATE SCHEMA other; CREATE EXTENSION citext SCHEMA other');
	push @types, [ 'other.citext', q('a'), q('B') ], [ 'other.citext[]', q('{a,NULL,B}'), q('{}') ];
}

my %settings = (
	'as set by default' => '',
	'with settings that shorten or change texts' => q{
		SET extra_float_digits = -15; SET DateStyle = 'SQL, DMY'; SET IntervalStyle = 'sql_standard';
		SET timezone = 'America/St_Johns'; SET bytea_output = 'escape'; SET quote_all_identifiers = on;
		SET array_nulls = off; SET xmloption = document;});

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

# ---- the same without arrays: what a call says, writes and records

# What a call in a fresh table of that name does, as one text.
sub outcome
{
	my ($how, $setup, @call) = @_;

	$session->must(qq{RESET ALL; SET client_min_messages = warning; DROP TABLE IF EXISTS log CASCADE;
		DROP TABLE IF EXISTS source, target CASCADE;
		$setup; SET client_min_messages = notice; SET datarobot.rows_as_arrays = $how});
	my $result = write_scores($session, into(@call, output => 'target'));
	my $target = value($session, q{RESET ALL; SELECT string_agg(t::text, ' ' ORDER BY t::text) FROM target t});
	my $log = value($session, q{SELECT to_regclass('log')}) eq '' ? ''
	  : value($session, q{SELECT string_agg(l::text, ' ' ORDER BY l::text) FROM log l});
	my $rejected = value($session, q{SELECT string_agg(concat_ws('|', key, sqlstate, message), ' ' ORDER BY row_number)
		FROM datarobot.rejected_row WHERE run_id = datarobot.last_run()});
	return join "\n", map { $_ // '' } @$result{qw(sqlstate message detail rows_read rows_written rows_rejected)},
		$target, $log, $rejected;
}

sub same_outcome
{
	my ($name, @call) = @_;
	my $outcome = outcome('off', @call);

	is(outcome('on', @call), $outcome, "$name: the same as without arrays");
	return $outcome;
}

# Rows are found by keys of all types; those without an order are refused. The last is the target's type, if another.
foreach my $case (@types, [ 'own_text', q('a'), q('B'), 'text COLLATE "POSIX"' ],
	[ 'text', q('a'), q('B'), 'own_text' ])
{
	my ($type, @values) = @$case;
	my $target = $values[2] // $type;
	my $name = $target eq $type ? "a key of type $type" : "a key of type $type for one of type $target";
	my $outcome = same_outcome($name, qq{CREATE TABLE source (v $type, f int);
			INSERT INTO source VALUES ($values[0], 1), ($values[1], 2);
			CREATE TABLE target (v $target, prediction float8); INSERT INTO target SELECT v FROM source},
		query => 'TABLE source', key_columns => ['v'], statement_type => 'update');

	if ($type =~ /^point$|^xml|hstore/) { like($outcome, qr/^(42883|42704)\n/, "$name: has no order"); }
	else { is(value($session, 'SELECT count(prediction) FROM target'), 2, "$name: each row has its prediction"); }
}

# Tables that take part in writing, each with a row that it refuses, if it can.
my %targets = (
	'a table with a key' => 'CREATE TABLE target (id int PRIMARY KEY CHECK (id <> 4), v text, prediction float8)',
	'columns with names of ours' => q{CREATE TABLE target (r int GENERATED ALWAYS AS IDENTITY, t text DEFAULT 't',
		c1 int GENERATED ALWAYS AS (id * 2) STORED, id int CHECK (id <> 4), v varchar(5), prediction numeric(4,2))},
	'a partitioned table' => q{CREATE TABLE target (id int PRIMARY KEY, v text, prediction float8)
			PARTITION BY RANGE (id);
		CREATE TABLE low PARTITION OF target FOR VALUES FROM (0) TO (5);
		CREATE TABLE high PARTITION OF target (CHECK (id <> 7)) FOR VALUES FROM (5) TO (10)},
	'a view with triggers' => q{CREATE TABLE log (id int CHECK (id <> 4), v text, prediction float8);
		CREATE VIEW target AS TABLE log;
		CREATE OR REPLACE FUNCTION instead() RETURNS trigger LANGUAGE plpgsql AS $$
			BEGIN
				DELETE FROM log WHERE id = NEW.id; INSERT INTO log VALUES (NEW.*); RETURN NEW;
			END $$;
		CREATE TRIGGER instead INSTEAD OF INSERT OR UPDATE ON target FOR EACH ROW EXECUTE FUNCTION instead()},
	'a table with rules' => q{CREATE TABLE log (id int, p float8);
		CREATE TABLE target (id int CHECK (id <> 4), v text, prediction float8);
		CREATE RULE i AS ON INSERT TO target DO ALSO INSERT INTO log VALUES (NEW.id, NEW.prediction);
		CREATE RULE u AS ON UPDATE TO target DO ALSO INSERT INTO log VALUES (NEW.id, NEW.prediction)},
	'transition tables' => q{CREATE TABLE log (n bigint, ids int[]);
		CREATE TABLE target (id int CHECK (id <> 4), v text, prediction float8);
		CREATE OR REPLACE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$
			BEGIN INSERT INTO log SELECT count(*), array_agg(id ORDER BY id) FROM written; RETURN NULL; END $$;
		CREATE TRIGGER i AFTER INSERT ON target REFERENCING NEW TABLE AS written
			FOR EACH STATEMENT EXECUTE FUNCTION note();
		CREATE TRIGGER u AFTER UPDATE ON target REFERENCING NEW TABLE AS written
			FOR EACH STATEMENT EXECUTE FUNCTION note()},
	'1,600 columns' => q{DO $$ BEGIN EXECUTE 'CREATE TABLE target (id int CHECK (id <> 4), v text, prediction float8, '
		|| (SELECT string_agg(format('x%s int', i), ', ') FROM generate_series(1, 1597) i) || ')'; END $$});
foreach my $target (sort keys %targets)
{
	foreach my $statement ('insert', 'update', 'upsert')
	{
		my $name = "$statement, $target";
		my $outcome = same_outcome($name, qq{CREATE TABLE source AS
				SELECT i AS id, 'v' || i AS v, i AS f FROM generate_series(1, 9) i;
				$targets{$target}; }
			. ($statement eq 'insert' ? '' : 'INSERT INTO target (id) SELECT id FROM source WHERE id IN (1, 2, 8)'),
			query => 'TABLE source', key_columns => ['id'], passthrough_columns => ['v'], statement_type => $statement,
			on_error => 'reject', commit_rows => 5);

		like($outcome, $statement eq 'update' ? qr/^\n\n\n9\n3\n0\n/ : qr/^\n\n\n9\n8\n1\n/, "$name: is written");
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

# An engine that plans itself prints parameters for others, who read them under settings of their own.
$session->must(q{RESET ALL; SET client_min_messages = warning; DROP TABLE IF EXISTS source, target CASCADE;
	CREATE TABLE source AS SELECT i AS id, i AS f FROM generate_series(1, 3) i;
	CREATE TABLE target (id int PRIMARY KEY, prediction float8, settings text DEFAULT concat_ws('; ',
		current_setting('DateStyle'), current_setting('IntervalStyle'), current_setting('extra_float_digits'),
		current_setting('array_nulls'), current_setting('timezone'), current_setting('search_path')));
	SET client_min_messages = notice; SET datarobot.rows_as_arrays = on; SET search_path = public;
	SET DateStyle = 'German'; SET IntervalStyle = 'sql_standard'; SET extra_float_digits = -15;
	SET timezone = 'America/St_Johns'; SET array_nulls = off});
counts_are(write_scores($session, into(query => 'TABLE source', output => 'target', key_columns => ['id'])),
	[ 3, 3, 0 ], 'settings while arrays are written');
is(value($session, 'SELECT DISTINCT settings FROM target'), 'ISO, DMY; postgres; 1; on; America/St_Johns; public',
	'settings while arrays are written: values keep what they are, and names and times mean what they do');
is(value($session, q{SELECT concat_ws('; ', current_setting('DateStyle'), current_setting('extra_float_digits'))}),
	'German, DMY; -15', 'settings after arrays are written');

# One statement takes about 4 MB.
$session->must(q{RESET ALL; SET client_min_messages = warning; DROP TABLE IF EXISTS source, target CASCADE;
	CREATE TABLE target (id int PRIMARY KEY, v text, prediction float8);
	CREATE TABLE statements (n bigint);
	CREATE OR REPLACE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$
		BEGIN INSERT INTO statements SELECT count(*) FROM written; RETURN NULL; END $$;
	CREATE TRIGGER note AFTER INSERT ON target REFERENCING NEW TABLE AS written
		FOR EACH STATEMENT EXECUTE FUNCTION note();
	SET client_min_messages = notice; SET datarobot.rows_as_arrays = on});
counts_are(write_scores($session,
		into_now(query => q{SELECT i AS id, repeat(chr(64 + i), 600000) AS v, i AS f FROM generate_series(1, 10) i},
			output => 'target', key_columns => ['id'], passthrough_columns => ['v'])),
	[ 10, 10, 0 ], '6 MB at once');
is(value($session, q{SELECT count(*), count(DISTINCT prediction), bool_and(v = repeat(chr(64 + id), 600000))
		FROM target}),
	'10|10|t', '6 MB at once: all is there');
is(value($session, q{SELECT array_agg(n ORDER BY n) FROM statements}), '{3,7}', '6 MB at once: by two statements');

done_testing();
