# create_scored_table and IMPORT FOREIGN SCHEMA: the DDL that they write, for which deployments, and whom they refuse.
use strict;
use warnings FATAL => 'all';
use utf8;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use Demo;
use ScoringTest;
use Test::More;

my $standin = new_standin();
my $node = new_node('main', standin => $standin, server => { prediction_url => undef, api_url => $standin->api_url });
load_demo($node);

sub value
{
	my ($sql, @more) = @_;
	my $v = safe_scalar($node, $sql, @more);
	utf8::decode($v);
	return $v;
}

sub sqlstate { return (error_of($node, @_))[0]; }

sub columns
{
	return value("SELECT string_agg(attname || ' ' || format_type(atttypid, atttypmod)
			|| coalesce(' ' || collname, '') || coalesce(' ' || attfdwoptions::text, ''), ', ' ORDER BY attnum)
		FROM pg_attribute a LEFT JOIN pg_collation c ON c.oid = attcollation AND collname <> 'default'
		WHERE attrelid = '$_[0]'::regclass AND attnum > 0");
}

sub table_options
{
	return value("SELECT string_agg(option_name || ' ' || option_value, '|' ORDER BY option_name)
		FROM pg_foreign_table, pg_options_to_table(ftoptions) WHERE ftrelid = '$_[0]'::regclass");
}

# ---- create_scored_table

is(value(q{SELECT datarobot.create_scored_table('votes', 'expected vote', 'demo.voter', '{id}',
		prefix => 'expected_')}), 'votes', 'a scored table');
is(value("SELECT relkind FROM pg_class WHERE oid = 'votes'::regclass"), 'f', 'is a foreign table');
my $source = join ', ', split /,/, value("SELECT string_agg(quote_ident(attname) || ' '
	|| format_type(atttypid, atttypmod), ',' ORDER BY attnum)
	FROM pg_attribute WHERE attrelid = 'demo.voter'::regclass AND attnum > 0");
is(columns('votes'),
	"$source, expected_prediction text {output=prediction}, "
	  . 'expected_probability double precision {output=probability}, '
	  . 'expected_threshold double precision {output=threshold}, expected_positive_class text {output=positive_class}',
	'with the columns of the source, and those of the deployment');
my $names = join ', ', map { s/ .*//r } split /, /, $source;
is(table_options('votes'),
	"deployment $DEPLOYMENT{binary}|key_columns id, vote, party|query SELECT $names FROM demo.voter",
	'the deployment by its id, the query with its schema, what is no feature among the keys')
  or diag($names);
is(value(q{SELECT count(*)
		FROM votes s
			FULL JOIN datarobot.score('expected vote', 'TABLE demo.voter', '{id,party,vote}') r
			ON s.id = (r.key->>'id')::int
			AND s.expected_prediction = r.prediction AND s.expected_probability = r.probability
			AND s.expected_threshold = r.threshold AND s.expected_positive_class = r.positive_class
		WHERE s.id IS NULL OR r.key IS NULL}), '0', 'its predictions are those of score');
is(value(q{SELECT count(*) FROM (SELECT id, vote, party, age FROM votes
		EXCEPT SELECT id, vote, party, age FROM demo.voter) x}), '0', 'its other columns are those of the source');

# names and types of all kinds
$node->safe_psql('postgres', q{
	CREATE SCHEMA "my Schema";
	CREATE DOMAIN "my Schema"."Dom" AS numeric(9,2) CHECK (VALUE >= 0);
	CREATE TYPE "my Schema".mood AS ENUM ('sad', 'glad');
	CREATE TABLE "my Schema"."Prompts" (gone int, "Id ""1""" bigint, "promptText" text COLLATE "C",
		amount "my Schema"."Dom", m "my Schema".mood, tags varchar(7)[], at timestamptz(0), "select" char(3));
	ALTER TABLE "my Schema"."Prompts" DROP COLUMN gone;
	INSERT INTO "my Schema"."Prompts" VALUES (7, 'one', 1.5, 'sad', '{a,b}', '2024-01-01 12:00Z', 'x'),
		(8, 'two', 2, 'glad', NULL, NULL, NULL);});
my $echo = '5f000000000000000000001b';
is(value(qq{SET search_path = "my Schema", public;
		SELECT datarobot.create_scored_table('"my Schema"."a Table"', '$echo', '"Prompts"', '{"Id \\"1\\""}', 'p "')}),
	'"a Table"', 'names of every kind');
is(columns('"my Schema"."a Table"'),
	'Id "1" bigint, promptText text C, amount "my Schema"."Dom", m "my Schema".mood, tags character varying(7)[], '
	  . 'at timestamp(0) with time zone, select character(3), p "prediction text {output=prediction}',
	'types with their modifiers, and collations');
like(table_options('"my Schema"."a Table"'),
	qr/\|query SELECT "Id ""1""", "promptText", amount, m, tags, at, "select" FROM "my Schema"\."Prompts"$/,
	'the source has its schema, by whatever path it was found');
is(value('SET search_path = public; SELECT "Id ""1""", "promptText", amount, m, tags, "select", "p ""prediction"
		FROM "my Schema"."a Table" ORDER BY 1'),
	qq{7|one|1.50|sad|{a,b}|x  |one\n8|two|2.00|glad|||two}, 'and is read by another');
is(value(q{SELECT string_agg(DISTINCT relname, ',') FROM pg_class WHERE relname IN ('Prompts', 'a Table')
		AND relkind = 'f'}), 'a Table', 'one table was made');
$node->safe_psql('postgres', 'ALTER TABLE "my Schema"."Prompts" ADD COLUMN added int DEFAULT 5');
is(value('SELECT count("p ""prediction") FROM "my Schema"."a Table"'), '2', 'a new column of the source is not sent');

# a source whose columns have names of the prediction's
$node->safe_psql('postgres', q{CREATE TABLE old_scores AS
	SELECT *, 'old ' || id AS prediction, 0.25 AS threshold, 'm' AS model_id FROM demo.patient ORDER BY id LIMIT 3});
is(value(q{SELECT datarobot.create_scored_table('newer', 'doctor visits', 'old_scores', '{id}', prefix => 'new_')}),
	'newer', 'of a table with predictions');
is(value(q{SELECT string_agg(concat_ws(' ', s.id, s.prediction, s.threshold, s.model_id,
			new_prediction = r.prediction::float8), ', ' ORDER BY s.id)
		FROM newer s JOIN datarobot.score('doctor visits', 'SELECT * FROM demo.patient', '{id,visits}') r
		ON s.id = (r.key->>'id')::int}),
	join(', ', map { "$_ old $_ 0.25 m t" } split /\|/, value(q{SELECT string_agg(id::text, '|') FROM old_scores})),
	'each is where it belongs');
is(value(q{SELECT id FROM newer WHERE prediction = 'old 51'}), '51', 'a condition on the source');
is(value(q{SELECT count(*) FROM newer WHERE threshold < 1 AND new_prediction > 0}), '3', 'and on both');
$node->safe_psql('postgres', q{ALTER FOREIGN TABLE newer ALTER COLUMN prediction OPTIONS (DROP source)});
is(sqlstate('SELECT id FROM newer'), '42702', 'a name that could be either');
$node->safe_psql('postgres', q{ALTER FOREIGN TABLE newer ALTER COLUMN prediction OPTIONS (ADD output 'prediction')});
is(value('SELECT bool_and(prediction::float8 = new_prediction) FROM newer'), 't', 'unless its option says so');
is(sqlstate(q{ALTER FOREIGN TABLE newer ALTER COLUMN prediction OPTIONS (ADD source 'prediction')}), 'HV024',
	'not both options');
$node->safe_psql('postgres', q{ALTER FOREIGN TABLE newer RENAME visits TO counted;
	ALTER FOREIGN TABLE newer ALTER COLUMN counted OPTIONS (ADD source 'visits')});
is(value('SELECT sum(counted) FROM newer'), value('SELECT sum(visits) FROM old_scores'), 'a column under another name');
is(value('SELECT count(*) FROM newer WHERE counted = 0'), value('SELECT count(*) FROM old_scores WHERE visits = 0'),
	'with a condition');
$node->safe_psql('postgres', q{ALTER FOREIGN TABLE newer ALTER COLUMN counted OPTIONS (SET source 'nothing')});
is(sqlstate('SELECT id FROM newer'), '42703', 'a column that the query does not have');
$node->safe_psql('postgres', 'DROP FOREIGN TABLE newer');

# options
is(value(q{SELECT datarobot.create_scored_table('small', 'doctor visits', 'demo.patient', '{id}',
		options => '{"chunk_rows": 100, "on_error": "null", "security_barrier": true,
			"feature_names": {"health": "health"}, "passthrough_columns": ["health"], "check": null}')}),
	'small', 'with options');
is(table_options('small') =~ s/SELECT \K.*(?= FROM)/.../r,
	join('|', 'chunk_rows 100', "deployment $DEPLOYMENT{regression}", 'feature_names {"health": "health"}',
		'key_columns id, visits', 'on_error null', 'passthrough_columns ["health"]',
		'query SELECT ... FROM demo.patient', 'security_barrier true'),
	'as DDL has them');
is(value('SELECT count(prediction) FROM small'), value('SELECT count(*) FROM demo.patient'), 'they can be used');
foreach (
	[ q{"key_columns": ["id"]}, '22023', 'key columns twice' ],
	[ q{"query": "SELECT 1"}, '22023', 'a query of its own' ],
	[ q{"deployment": "other"}, '22023', 'another deployment' ],
	[ q{"chunk_row": 5}, 'HV00D', 'an unknown option' ],
	[ q{"server": "other"}, '22023', 'a server in two ways' ],
	[ q{"api_token": "x"}, 'HV00D', 'a secret' ],
	[ q{"on_error": "reject"}, 'HV024', 'rows that would be missing' ],
	[ q{"chunk_rows": 0}, 'HV024', 'a bad value' ],
	[ q{"forecast_point": "2024-01-01T00:00:00"}, 'HV024', 'a forecast without its series' ],
	[ q{"time_column": "id", "predictions_start_date": "2024-01-01T00:00:00"}, '22023',
		'options that do not fit together' ])
{
	my ($member, $state, $name) = @$_;
	is(sqlstate(qq[SELECT datarobot.create_scored_table('x', 'doctor visits', 'demo.patient', '{id}',
			options => '{$member}')]), $state, "refused: $name");
}

# what is said of the server
is((error_of($node, q{SELECT datarobot.create_scored_table('x', 'doctor visits', 'demo.patient',
	options => '{"server": "datarobot"}')}))[3], 'Pass the argument "server".', 'how to name the server');
is((error_of($node, q{IMPORT FOREIGN SCHEMA deployments FROM SERVER datarobot INTO public
	OPTIONS (source 'demo.voter', server 'datarobot')}))[3], 'The clause SERVER names the server.',
	'how to name it in an import');

# what is wrong
foreach (
	[ q{'x', 'doctor visits', 'nothing_there'}, '42P01', 'no such source' ],
	[ q{'x', 'doctor visits', 'demo.patient; DROP TABLE demo.patient'}, '42602', 'no table at all' ],
	[ q{'x', 'doctor visits', 'demo.voter'}, '42703', 'a source without the features' ],
	[ q{'x', 'doctor visits', 'demo.patient', '{nobody}'}, '42703', 'an unknown key column' ],
	[ q{'votes', 'doctor visits', 'demo.patient'}, '42P07', 'a table that exists' ],
	[ q{'nowhere.x', 'doctor visits', 'demo.patient'}, '3F000', 'no such schema' ],
	[ q{'x', 'expected vote', 'votes', prefix => 'expected_'}, '42701', 'a name that is taken' ],
	[ q{'x', 'nobody knows', 'demo.patient'}, '42704', 'no such deployment' ],
	[ q{'x', '5f000000000000000000001f', 'demo.patient'}, '42809', 'a model that does not score rows' ],
	[ q{NULL, 'doctor visits', 'demo.patient'}, '22004', 'no name' ],
	[ q{'x', 'doctor visits', NULL}, '22004', 'no source' ],
	[ q{'x', 'doctor visits', 'demo.patient', server => 'none'}, '42704', 'no such server' ])
{
	my ($arguments, $state, $name) = @$_;
	is(sqlstate("SELECT datarobot.create_scored_table($arguments)"), $state, "refused: $name");
}
is(value("SELECT count(*) FROM pg_class WHERE relname = 'x'"), '0', 'none of them left a table');

# whose it is
$node->safe_psql('postgres', q{CREATE ROLE maker LOGIN; GRANT SELECT ON demo.patient TO maker;
	GRANT USAGE ON SCHEMA demo TO maker;
	CREATE SCHEMA makers AUTHORIZATION maker});
my $make = q{SELECT datarobot.create_scored_table('makers.t', 'doctor visits', 'demo.patient', '{id}')};
is(sqlstate($make, role => 'maker'), '42501', 'EXECUTE is needed');
$node->safe_psql('postgres', 'GRANT EXECUTE ON FUNCTION datarobot.create_scored_table TO maker');
is(sqlstate($make, role => 'maker'), '42501', 'and USAGE on the server');
$node->safe_psql('postgres', 'GRANT USAGE ON FOREIGN SERVER datarobot TO maker');
is(value("SET ROLE maker; $make"), 'makers.t', 'no more');
is(value("SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = 'makers.t'::regclass"), 'maker',
	'it is the caller\'s');
is(sqlstate($make =~ s/makers\.t/public.t/r, role => 'maker'), '42501', 'CREATE in the schema is needed')
  if $node->safe_psql('postgres', "SELECT has_schema_privilege('maker', 'public', 'CREATE')") eq 'f';

# a temporary source: the table remains when it is gone
is(value(q{CREATE TEMP TABLE few AS SELECT * FROM demo.patient LIMIT 3;
		SELECT datarobot.create_scored_table('of_temporary', 'doctor visits', 'few', '{id}');
		SELECT count(prediction) FROM of_temporary}), "of_temporary\n3", 'of a temporary table');
is(sqlstate('SELECT prediction FROM of_temporary'), '42P01', 'that another session does not have');

# ---- IMPORT FOREIGN SCHEMA

# Independently: deployments whose features are all among the columns of the table, by name.
sub suitable
{
	my ($table) = @_;
	return value(qq{SELECT string_agg(label, '|' ORDER BY label COLLATE "C") FROM datarobot.deployments() d
		WHERE target_type <> 'Unstructured' AND EXISTS (SELECT FROM datarobot.deployment_features(d.id))
		AND prediction_server IS NOT NULL
		AND NOT EXISTS (SELECT name FROM datarobot.deployment_features(d.id)
			EXCEPT SELECT attname FROM pg_attribute WHERE attrelid = '$table'::regclass AND attnum > 0)});
}

sub imported
{
	my ($schema) = @_;
	return value(qq{SELECT string_agg(relname, '|' ORDER BY relname COLLATE "C") FROM pg_class
		WHERE relnamespace = '$schema'::regnamespace});
}

# IMPORT, into a schema of its own
sub import_into
{
	my ($schema, $what, $options) = @_;
	$node->safe_psql('postgres', "CREATE SCHEMA $schema;
		IMPORT FOREIGN SCHEMA deployments $what FROM SERVER datarobot INTO $schema OPTIONS ($options)");
	return;
}

import_into('of_voter', '', q{source 'demo.voter', key_columns 'id'});
my $fitting = suitable('demo.voter');
like($fitting, qr/^expected vote\|.*voter party/, 'several deployments suit the voters') or diag($fitting);
is(imported('of_voter'), $fitting, 'a table for each deployment whose features the source has');
is(value('SELECT count(*) FROM of_voter."expected vote" s JOIN votes v USING (id)
		WHERE s.prediction = v.expected_prediction AND s.probability = v.expected_probability'),
	value('SELECT count(*) FROM demo.voter'), 'as create_scored_table makes it');
is(table_options('of_voter."voter party"') =~ s/^deployment [0-9a-f]+//r,
	"|key_columns id, party_identification, party|query SELECT $names FROM demo.voter",
	'each with the keys of its own') or diag(table_options('of_voter."voter party"'));
import_into('limited', 'LIMIT TO ("voter party", "doctor visits", "no such thing")',
	q{source 'demo.voter', prefix 'my_', chunk_rows '17'});
is(imported('limited'), 'voter party', 'LIMIT TO');
like(table_options('limited."voter party"'), qr/^chunk_rows 17\|/, 'with an option of the tables');
like(columns('limited."voter party"'), qr/ my_prediction text \{output=prediction\}/, 'and a prefix');
import_into('other', 'EXCEPT ("voter party")', q{source 'demo.voter'});
is(imported('other'), join('|', grep { $_ ne 'voter party' } split /\|/, $fitting), 'EXCEPT');
import_into('renamed', '', q{source 'demo.patient', feature_names '{"health": "no feature"}'});
unlike(imported('renamed'), qr/doctor visits/, 'a feature that is sent under another name is missing');
my $sent = $standin->counters($DEPLOYMENT{binary})->{rows};
import_into('again', '', q{source 'demo.voter'});
is($standin->counters($DEPLOYMENT{binary})->{rows}, $sent, 'no row is sent');

sub import_error
{
	my ($schema, $options) = @_;
	return sqlstate("IMPORT FOREIGN SCHEMA $schema FROM SERVER datarobot INTO public $options");
}
is(import_error('public', q{OPTIONS (source 'demo.voter')}), 'HV00Q', 'no other schema');
is(import_error('deployments', ''), 'HV00J', 'a source is needed');
is(import_error('deployments', q{OPTIONS (source 'nothing_there')}), '42P01', 'one that exists');
is(import_error('deployments', q{OPTIONS (source 'demo.voter', quelle 'x')}), 'HV00D', 'an unknown option');
is(import_error('deployments', q{OPTIONS (source 'demo.voter', query 'SELECT 1')}), '22023', 'an option that follows');
is(import_error('deployments', q{OPTIONS (source 'demo.voter', key_columns 'nobody')}), '42703',
	'an unknown key column');
is(value("SELECT count(*) FROM pg_class WHERE relkind = 'f' AND relnamespace = 'public'::regnamespace"),
	'3', 'an import that fails makes no table');
my ($state) = error_of($node, q{IMPORT FOREIGN SCHEMA deployments FROM SERVER datarobot INTO makers
	OPTIONS (source 'demo.patient')}, role => 'maker');
is($state, undef, 'a role with USAGE on the server may import');

done_testing();
