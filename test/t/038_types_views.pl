# create_score_type and create_scoring_view: made for a deployment of each kind, and good for scoring.
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
my $data = "$FindBin::RealBin/../../demo/data";

sub value
{
	my ($sql, @more) = @_;
	my $v = safe_scalar($node, $sql, @more);
	utf8::decode($v);
	return $v;
}

sub columns
{
	return value("SELECT string_agg(attname || ' ' || format_type(atttypid, atttypmod), ', ' ORDER BY attnum)
		FROM pg_attribute WHERE attrelid = '$_[0]'::regclass AND attnum > 0");
}

my ($tables) = slurp_source('demo/demo.sql') =~ /^(CREATE TABLE patient .*?)^\\copy/ms;
$node->safe_psql('postgres', $tables);
$node->safe_psql('postgres', "\\copy $_->[0] FROM '$data/$_->[1].csv' (FORMAT csv, HEADER)")
  foreach [ patient => 'visits' ], [ voter => 'voters' ];
$node->safe_psql('postgres', 'CREATE SCHEMA "my Schema"');

# ---- create_score_type

my %kinds = (
	'house price' => 'prediction double precision',
	'loan default, labels 1 and 0' =>
		'prediction text, probability double precision, threshold double precision, positive_class text',
	'voter party' => 'prediction text, probability double precision, probabilities jsonb',
	'tags of a garment' => 'prediction text, labels text[], probabilities jsonb',
	'readings of a machine that do not go together' => 'prediction double precision',
	'groups of customers' => 'prediction text, probability double precision, probabilities jsonb',
	'echo: returns the prompt, no language model' => 'prediction text');
my $n = 0;
foreach my $label (sort keys %kinds)
{
	my $type = 'kind' . ++$n;
	is(value("SELECT datarobot.create_score_type('$label', '$type')"), $type, "a type for \"$label\"");
	is(columns($type), $kinds{$label}, 'with its columns');
}
is((error_of($node, "SELECT datarobot.create_score_type('5f000000000000000000001f', 'u')"))[0], '42809',
	'not for an unstructured model');
is((error_of($node, "SELECT datarobot.create_score_type('house price', 'kind1')"))[0], '42710',
	'not over one that exists');
is((error_of($node, "SELECT datarobot.create_score_type('house price', NULL)"))[0], '22004', 'not without a name');
is((error_of($node, "SELECT datarobot.create_score_type('house price', 'a.b.c.d')"))[0], '42601', 'nor with too many');
is((error_of($node, "SELECT datarobot.create_score_type('house price', 'x', key_columns => '{id}')"))[0], '22004',
	'key columns need a query');
is(value(q{SELECT datarobot.create_score_type('expected vote', '"my Schema"."Score"',
		'SELECT *, 1::numeric(5,2) AS "W 1" FROM voter', '{id,vote,party}', '{"W 1"}')}),
	'"my Schema"."Score"', 'keys and passthrough columns of a query');
is(columns('"my Schema"."Score"'),
	'id integer, vote text, party text, W 1 numeric(5,2), prediction text, probability double precision, '
	  . 'threshold double precision, positive_class text',
	'in their own types');
is(value(q{SELECT count(*) || ' ' || count(prediction) || ' ' || min("W 1")
		FROM datarobot.score_as(NULL::"my Schema"."Score", 'expected vote',
		'SELECT *, 1::numeric(5,2) AS "W 1" FROM voter LIMIT 10', '{id,vote,party}', '{"W 1"}')}),
	'10 10 1.00', 'score_as fills it');

# ---- create_scoring_view

is(value(q{SELECT datarobot.create_scoring_view('patient_scored', 'doctor visits', 'patient', prefix => 'expected_')}),
	'patient_scored', 'a view');
like(columns('patient_scored'), qr/^id integer, .*visits \w+.*, expected_prediction double precision$/,
	'with the columns of the table and the prediction');
is(value('SELECT bool_and(s.expected_prediction = r.prediction::float8)
		FROM (SELECT id, expected_prediction FROM patient_scored LIMIT 20) s
		JOIN datarobot.score($$5f0000000000000000000001$$, $$SELECT * FROM patient$$, $${id,visits}$$) r
			ON (r.key->>$$id$$)::int = s.id'), 't', 'as score has them');
like(value("SELECT pg_get_viewdef('patient_scored')"), qr/"visits"/, 'what is no feature is not sent');
my $requests = $standin->counters($DEPLOYMENT{regression})->{requests};
value('SELECT count(expected_prediction) FROM (SELECT * FROM patient_scored LIMIT 3) s');
is($standin->counters($DEPLOYMENT{regression})->{requests}, $requests + 1, 'LIMIT is one request');
is(value(q{SELECT datarobot.create_scoring_view('"my Schema"."a View"', 'voter party', 'voter', '{}', 'p "',
		options => '{"chunk_rows": 50, "keyColumns": ["party"]}')}), '"my Schema"."a View"', 'names of every kind');
is(value(q{SELECT count(*) > 0 AND bool_and("p ""prediction" IN ('Democrat', 'Independent', 'Republican'))
		AND bool_and("p ""probability" BETWEEN 0 AND 1) AND bool_and("p ""probabilities" ? 'Democrat')
		FROM "my Schema"."a View"}), 't', 'a classification');
is(value(q{SELECT datarobot.create_scoring_view('kept', 'doctor visits', 'patient_scored', prefix => 'again_',
		materialized => true)}), 'kept', 'a materialized view, of a view');
is(value('SELECT bool_and(expected_prediction = again_prediction) FROM kept'), 't', 'filled at once');
$node->safe_psql('postgres', 'REFRESH MATERIALIZED VIEW kept');

is((error_of($node, q{SELECT datarobot.create_scoring_view('v', 'doctor visits', 'nothing_there')}))[0], '42P01',
	'no such table');
is((error_of($node, q{SELECT datarobot.create_scoring_view('v', 'doctor visits', 'patient; DROP TABLE patient')}))[0],
	'42602', 'no table at all');
is((error_of($node, q{SELECT datarobot.create_scoring_view('v', 'doctor visits', 'voter')}))[0], '42703',
	'a table without the features');
is((error_of($node,
		q{SELECT datarobot.create_scoring_view('v', 'doctor visits', 'patient_scored', prefix => 'expected_')}))[0],
	'42701', 'a name that is taken');
is((error_of($node, q{SELECT datarobot.create_scoring_view('patient_scored', 'doctor visits', 'patient')}))[0], '42P07',
	'a view that exists');
is((error_of($node, q{SELECT datarobot.create_scoring_view('v', 'doctor visits', 'patient', '{nobody}')}))[0], '42703',
	'an unknown key column');
is((error_of($node, q{SELECT datarobot.create_scoring_view('v', 'doctor visits', 'patient', '{id}',
		options => '{"key_columns": ["id"]}')}))[0], '22023', 'key columns twice');
$node->safe_psql('postgres', q{CREATE TYPE inner_row AS (id int, "promptText" text);
	CREATE TABLE names_of_ours AS SELECT 1 AS id, ROW(2, 'wrong')::inner_row AS f, ROW(3, 'wrong')::inner_row AS s,
		'right' AS "promptText",
		ROW(4, 'wrong')::inner_row AS datarobot_prediction, 5 AS datarobot_prediction_});
is(value(q{SELECT datarobot.create_scoring_view('of_ours', '5f000000000000000000001b', 'names_of_ours', '{id}')}),
	'of_ours', 'a source whose columns have the names that the view uses inside');
is(value('SELECT id, f, datarobot_prediction_, prediction FROM of_ours'), '1|(2,wrong)|5|right',
	'it is the row that is scored');
foreach my $refused ('{"passthrough_columns": ["id"]}', '{"passthrough_columns_set": "all"}',
	'{"predictions_start_date": "2024-01-01T00:00:00"}', '{"details": true, "format": "csv"}')
{
	is((error_of($node,
			"SELECT datarobot.create_scoring_view('v', 'doctor visits', 'patient', options => '$refused')"))[0],
		'22023', "what every reader would be refused: $refused");
}
unlike((error_of($node, q{SELECT datarobot.create_scoring_view('v', 'doctor visits', 'patient',
		options => '{"passthrough_column": ["id"]}')}))[3], qr/passthrough_columns/, 'and no hint names it');
is((error_of($node, q{SELECT datarobot.create_scoring_view('v', 'doctor visits', NULL)}))[0], '22004', 'no source');

# a view of a reader's own settings, and a user who may create nothing
$node->safe_psql('postgres', q{CREATE ROLE maker LOGIN; GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA datarobot TO maker;
	GRANT USAGE ON FOREIGN SERVER datarobot TO maker; GRANT SELECT ON patient TO maker});
is((error_of($node, q{SELECT datarobot.create_scoring_view('v', 'doctor visits', 'patient')}, role => 'maker'))[0],
	'42501', 'CREATE in the schema is needed');
is((error_of($node, q{SELECT datarobot.create_score_type('house price', 'v')}, role => 'maker'))[0], '42501',
	'also for a type');
is(value(q{SET datarobot.server = 'another'; SELECT count(expected_prediction)
		FROM (SELECT * FROM patient_scored LIMIT 2) s}), '2', 'the view knows its server');

done_testing();
