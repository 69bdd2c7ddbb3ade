# Every argument of every function and procedure takes every type that a client library may send for it, and does the
# same with each:
# JDBC sends texts as varchar, psycopg sends small numbers as smallint, Python's Decimal as numeric, floats as double
# precision, timedelta as interval and dictionaries as json or jsonb, npgsql sends long as bigint, node-postgres sends
# texts of no type.
# The calls are made from the catalog, so an argument that is added is tested, or fails here for want of a type.
use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../lib";
use PostgreSQL::Test::Utils;
use ScoringTest;
use Session;
use Test::More;

my $standin = new_standin();
my $node = new_node('main', standin => $standin, server => { api_url => $standin->api_url });
my $synthetic = $DEPLOYMENT{synthetic};

$node->safe_psql('postgres', qq{
		CREATE TABLE t AS SELECT i AS id, i * 0.5::float8 AS a, 'text ' || i AS txt FROM generate_series(1, 20) i;
		ALTER TABLE t ADD PRIMARY KEY (id);
		CREATE TABLE target (id int PRIMARY KEY, prediction float8, renamed float8, a float8, model_id text,
			scored_at timestamptz);
		CREATE TYPE scored AS (id int, prediction float8);
		CREATE TABLE person AS SELECT i AS id, i AS age, 1 AS population, 1 AS tv_news_days, 1 AS own_ideology,
			1 AS clinton_ideology, 1 AS dole_ideology,
			1 AS party_identification, 1 AS education, 1 AS income FROM generate_series(1, 3) i;
		CREATE TABLE answers AS SELECT 'r' || i AS association_id, i AS actual_value FROM generate_series(1, 3) i;
		CREATE TABLE feature_rows AS SELECT 1 AS id, 1 AS number;
		-- a run to resume and to prune
		CREATE TABLE first_run (id int PRIMARY KEY, prediction float8);
		CALL datarobot.score_into('$synthetic', 'SELECT * FROM t', 'first_run', key_columns => '{id}');});
# a batch job that is completed, and a definition
my $job = safe_scalar($node, qq{SELECT id FROM datarobot.batch_score('$synthetic', passthrough_columns => '{id}')});
my $spec = qq({"deploymentId": "$synthetic", "passthroughColumns": ["id"]});
$node->safe_psql('postgres', qq{SELECT datarobot.batch_upload('$job', 'SELECT * FROM t LIMIT 3');
		SELECT datarobot.batch_wait('$job');
		SELECT datarobot.batch_definition_create('$spec', 'daily');});

# a project that uses a partition by dates
my $dates = '{"datetime_partition_column": "d", "validation_duration": "P30D"}';
$standin->aim('5b0000000000000000000001',
	{ target => 'visits', cvMethod => 'datetime', datetimePartitionColumn => 'd', validationDuration => 'P30D' });

# Types by the type of the argument. {} is the value as a literal; the first form is that of the type itself.
my @texts = ('{}::text', '{}::varchar', '{}::bpchar', '{}::name', '{}');
my @numbers = ('{}::integer', '{}::smallint', '{}::bigint', '{}::numeric', '{}::real', '{}::double precision',
	'{}::text', '{}::varchar', '{}');
my %types = (
	text => \@texts,
	'datarobot.quantity' => \@numbers,
	'datarobot.document' => [ '{}::jsonb', '{}::json', '{}::text', '{}::varchar', '{}' ],
	regclass => [ '{}::regclass', '{}::text', '{}::varchar', '{}' ],
	'text[]' => [ '{}::text[]', '{}::varchar[]', '{}::name[]', '{}' ],
	'datarobot.schedule' => [ '{}::datarobot.schedule', '{}::text', '{}::varchar', '{}' ],
	'timestamp with time zone' => [ '{}::timestamptz', '{}::date', '{}' ],
	boolean => [ '{}::boolean', '{}', '{}::text::boolean' ],
	interval => [ '{}::interval', '{}' ],
	bytea => [ '{}::bytea', '{}' ],
	# an argument of an aggregate, most often a column; texts are not taken for numbers there
	'double precision' => [ '{}::double precision', '{}::real', '{}::numeric', '{}::bigint', '{}::integer', '{}' ],
	'datarobot.outcome' => [ '{}::boolean', '{}::smallint', '{}::integer', '{}::bigint', '{}::numeric', '{}::real',
		'{}::double precision', '{}' ],
	jsonb => [ '{}::jsonb', '{}' ],
	anycompatible => [ '{}::text', '{}::varchar', '{}' ],
	record => ['{}'],
	anyelement => ['{}'],
	anycompatible => ['{}']);

# A name has at most 63 bytes, and so cannot be a query text.
my %not_name = map { $_ => 1 } qw(query);

# Values by the argument's name, or by function and name where functions differ. Undef: not given unless it is tested.
my %value = (
	name => 'made', prediction_url => $standin->url, api_url => $standin->api_url, api_token => $standin->token,
	api_token_file => '/nowhere/token',
	datarobot_key => $standin->key, datarobot_key_file => '/nowhere/key', server => 'datarobot',
	deployment => $synthetic,
	features => 't', row_type => 'NULL::scored', query => 'SELECT * FROM t', key_columns => '{id}',
	passthrough_columns => '{a}',
	options => '{"chunk_rows": 7}', max_explanations => 2, max_rows => 3, body => 'words', content_type => 'text/plain',
	search => 'vote',
	source => 'feature_rows', prefix => 'p_', materialized => 'true', wait => 'true', output => 'target',
	statement_type => 'upsert', where_columns => '{id}',
	update_columns => '{prediction}', output_columns => '{id,prediction}',
	column_names_remapping => '{"prediction": "renamed"}',
	create_table_if_not_exists => 'true', extra_columns => '{model_id}', on_error => 'reject', reject_limit => 2,
	abort_on_error => 'false',
	keep_features => 'false', consistent_model => 'true', commit_rows => 5, commit_interval => 600, snapshot => 'run',
	workers => 2, if_running => 'wait',
	resume => 'true', run_id => 1, older_than => '1 day',
	'connect.options' => '{"allow_http": true}', 'explain.deployment' => $DEPLOYMENT{binary},
	'explain.query' => 'TABLE person', 'explain.passthrough_columns' => '{age}',
	'predict_unstructured.deployment' => '5f000000000000000000001f',
	'predict_unstructured.options' => '{"max_attempts": 3}',
	'score_shards.source' => 't', 'score_shards.features' => '{a}', shards_per_node => 2, grant_to => '{postgres}',
	'deployment.deployment' => $DEPLOYMENT{binary}, 'deployment_features.deployment' => $DEPLOYMENT{binary},
	'check.deployment' => $DEPLOYMENT{binary}, 'check.query' => 'TABLE person', 'check.passthrough_columns' => '{age}',
	'create_score_type.deployment' => $DEPLOYMENT{binary}, 'create_score_type.query' => 'TABLE person',
	'create_score_type.passthrough_columns' => '{age}',
	'create_scoring_view.deployment' => $DEPLOYMENT{binary}, 'create_scoring_view.source' => 'person',
	'create_scored_table.deployment' => $DEPLOYMENT{binary}, 'create_scored_table.source' => 'person',
	'submit_actuals.deployment' => $DEPLOYMENT{regression}, 'submit_actuals.query' => 'TABLE answers',
	'submit_actuals.options' => '{"max_attempts": 3}',
	job => $job, missing_ok => 'true', must_complete => 'true', timeout => 60, hidden => 'false',
	path => '/nowhere/file',
	status => '{COMPLETED}', created_from => '2020-01-01', created_to => '2099-01-01', cutoff_hours => 24,
	hostname => 'host', intake_type => '{localFile}', output_type => '{localFile}', batch_job_type => '{prediction}',
	'batch_jobs.source' => '{API}', all_jobs => 'true', order_by => 'created', skip_rows => 0, definition => 'daily',
	definition_id => '5f0000000000000000000001', model_id => '5f0000000000000000000001',
	model_package_id => '5f0000000000000000000001', pinned_model_id => '5f0000000000000000000001',
	secondary_datasets_config_id => '5f0000000000000000000001', dataset_id => '5f0000000000000000000001',
	dataset_version_id => '5f0000000000000000000002', spec => $spec, strict => 'true',
	intake_settings => '{"type": "localFile"}', output_settings => '{"type": "localFile"}',
	csv_settings => '{"delimiter": ";"}', timeseries_settings => '{"type": "forecast"}', num_concurrent => 2,
	chunk_size => 1000, passthrough_columns_set => 'all', max_ngram_explanations => 2, explanation_algorithm => 'shap',
	explanation_num_top_classes => 2, explanation_class_names => '{yes}', threshold_high => 1, threshold_low => 1,
	prediction_threshold => 1, prediction_warning_enabled => 'true', include_prediction_status => 'true',
	skip_drift_tracking => 'true', prediction_instance => '{"hostName": "host"}',
	disable_row_level_error_handling => 'true', include_probabilities => 'true',
	include_probabilities_classes => '{yes}', credential => '5f0000000000000000000001', endpoint_url => 'https://host',
	source_url => 's3://bucket/in', destination_url => 's3://bucket/out',
	(map { ("batch_score_$_->[0].source_url" => "$_->[1]/in",
			"batch_score_$_->[0].destination_url" => "$_->[1]/out") }
		[ azure => 'https://host/container' ], [ gcp => 'gs://bucket' ]),
	(map { ("batch_score_$_.spec" => '{"numConcurrent": 2}') } qw(s3 azure gcp)),
	'partitioning_payload.spec' => '{"class": "GroupCV", "holdout_pct": 20, "reps": 5, "partition_key_cols": ["id"]}',
	(map { ("$_.spec" => '{"datetime_partition_column": "at", "validation_duration": "P2D"}',
			"$_.query" => q{SELECT id, date '2020-01-01' + id AS at FROM t}) } qw(partition_query partition_column)),
	project => '5b0000000000000000000001', 'datetime_partitioning_generate.target' => 'visits',
	'compare_partitioning.target' => 'visits',
	(map { ("$_.spec" => $dates) } qw(datetime_partitioning_generate compare_partitioning)),
	'compare_partitioning.query' => q{SELECT date '2020-01-01' + i AS d FROM generate_series(0, 365) i},
	column_name => 'part', 'partition_query.order_by' => '{id}', 'partition_column.order_by' => '{id}', backtest => 0,
	years => 1, months => 2, days => 3, hours => 4, minutes => 5, seconds => 6,
	search_name => 'daily', enabled => 'false', schedule => '0 4 * * *', after => '2026-01-01', times => 3,
	'batch_definition_delete.definition' => 'gone', 'batch_definition_update.spec' => '{"numConcurrent": 2}',
	'batch_definition_update.name' => 'daily',
	'datetime_partition.value' => 'at', 'datetime_partition.backtest' => 1,
	'datetime_partition.spec' => '{"datetime_partition_column": "at", "validation_duration": "P2D",
		"number_of_backtests": 2}',
	'datetime_partitioning.query' => q{SELECT timestamp '2020-01-01' + id * interval '1 day' AS at FROM t},
	'datetime_partitioning.spec' => '{"datetime_partition_column": "at", "validation_duration": "P2D"}',
	preview => '{"datetimePartitionColumn": "at", "backtests": [{"index": 0, "gapDuration": "P0D",
		"validationStartDate": "2020-01-03T00:00:00Z", "validationDuration": "P1D"}]}',
	use_holdout_start_end_format => 'true', use_backtest_start_end_format => 'false',
	label => 1, score => 1, probability => 1, probabilities => '{"1": 0.5}', prediction => 1, weight => 2, share => 1,
	bins => 5,
	holdout_pct => 20, validation_pct => 16, reps => 5, seed => 7, target => 'id % 3 = 0', key => 'id',
	value => 'id % 3', cv_holdout_level => 2, training_level => 0, validation_level => 1, holdout_level => 2,
	'predict.options' => '{"key_columns": ["id"]}', 'predict_label.options' => '{"key_columns": ["id"]}',
	'predict_row.options' => '{"key_columns": ["id"]}',
	(map { ("${_}_one.options" => '{"key_columns": ["id"]}') } qw(predict predict_label predict_row)));

# Arguments that a call needs for another one to make sense.
my %needs = (
	'score_into.where_columns' => ['statement_type'], 'score_into.update_columns' => ['statement_type'],
	'score_into.reject_limit' => ['on_error'],
	'score_into.abort_on_error' => ['on_error'], 'score_into.keep_features' => ['on_error'],
	'score_into_now.where_columns' => ['statement_type'], 'score_into_now.update_columns' => ['statement_type'],
	'score_into_now.reject_limit' => ['on_error'],
	'score_into_now.abort_on_error' => ['on_error'], 'score_into_now.keep_features' => ['on_error']);
my %always = (
	score => ['key_columns'], score_as => ['key_columns'], explain => ['key_columns'], check => ['key_columns'],
	preview => ['key_columns'],
	create_score_type => [ 'query', 'key_columns' ], create_scoring_view => [], create_scored_table => [],
	batch_definition_update => ['spec'],
	connect => [ 'prediction_url', 'api_url', 'options' ], score_into => ['key_columns'],
	score_into_now => ['key_columns'], user_tvh => ['holdout_level'],
	map { $_ => ['deployment'] } qw(predict predict_label predict_row predict_one predict_label_one predict_row_one
		deployment deployment_features));
# Where one excludes the other.
my %without = ('create_score_type.name' => [], 'connect.api_token_file' => ['api_token'],
	'connect.datarobot_key_file' => ['datarobot_key']);

# What the job, the model or the stand-in refuses, or what needs Citus: with each type in the same words.
my $refused = qr/^(?:batch_(?:upload|upload_file|download_file|prepare_series|score|score_\w+)
	|score_shards|connect_nodes)\./x;

# How a call is looked at, {} being the call; what depends on time or chance is left out.
my $target = q{SELECT string_agg(t::text, ' ' ORDER BY id)
	FROM (SELECT id, prediction, renamed, model_id FROM target) t};
my $run = q{SELECT state, mode, statement_type, rows_read, rows_written, rows_rejected FROM datarobot.run_status
	ORDER BY run_id DESC LIMIT 1};
my %look = (
	connect => q{BEGIN; SELECT {}; SELECT srvoptions, umoptions FROM pg_user_mappings m
		JOIN pg_foreign_server s ON s.oid = m.srvid WHERE s.srvname = 'made';
		ROLLBACK},
	check_connection => 'SELECT step, ok FROM {}',
	predict => 'SELECT id, {} OVER () FROM t', predict_label => 'SELECT id, {} OVER () FROM t',
	predict_row => 'SELECT id, (p).prediction, (p).row_number, (p).probabilities
		FROM (SELECT id, {} OVER () AS p FROM t) s',
	predict_one => 'SELECT id, {} FROM t', predict_label_one => 'SELECT id, {} FROM t',
	predict_row_one => 'SELECT id, (p).prediction, (p).row_number, (p).probabilities
		FROM (SELECT id, {} AS p FROM t) s',
	datetime_partition => q{SELECT id, {} OVER () FROM (SELECT id, timestamp '2020-01-01' + id * interval '1 day' AS at
		FROM t) s},
	(map { ($_ => 'SELECT id, {} OVER (ORDER BY id) FROM t') } qw(random_cv random_tvh stratified_cv stratified_tvh
		group_cv group_tvh user_cv user_tvh)),
	create_score_type => q{BEGIN; SELECT {}; SELECT attname, atttypid::regtype FROM pg_attribute
		WHERE attrelid = 'made'::regclass ORDER BY attnum;
		ROLLBACK},
	create_scoring_view => q{BEGIN; SELECT {}; SELECT pg_get_viewdef('made'); ROLLBACK},
	create_scored_table => q{BEGIN; SELECT {}; SELECT ftoptions FROM pg_foreign_table; ROLLBACK},
	score_into_now => qq{BEGIN; SELECT rows_read, rows_written, rows_rejected FROM {}; $target; ROLLBACK},
	score_shards => 'CALL {}',
	score_into => qq{TRUNCATE target; CALL {}; $target; $run; DELETE FROM datarobot.run WHERE run_id > 1},
	resume => "CALL {}; $run",
	last_run => 'SELECT {} >= 0',
	partition_column => 'SELECT p.* FROM {} AS p(id int, at date, part text)',
	(map { ("batch_$_" => 'SELECT status FROM {}') } qw(status wait)),
	(map { ("batch_$_" => 'SELECT count(*) FROM {}') } qw(jobs log from_existing from_definition create score score_s3
		score_azure score_gcp definition_run definition_list)),
	(map { ("batch_definition_$_" => 'SELECT name, enabled, schedule FROM {}') } qw(get update run_on_schedule)),
	batch_definition_create => q{SELECT enabled, schedule FROM {};
		SELECT count(datarobot.batch_definition_delete(id)) FROM datarobot.batch_definition_list('made')},
	batch_definition_delete => qq{SELECT enabled FROM datarobot.batch_definition_create('$spec', 'gone'); SELECT {}},
	prune => q{BEGIN;
		UPDATE datarobot.run SET finished_at = now() - interval '2 days' WHERE run_id = 1; SELECT {};
		SELECT count(*) FROM datarobot.run;
		ROLLBACK});
my $session = Session->new($node, setup => 'SET client_min_messages = warning');

sub value_of
{
	my ($function, $argument) = @_;

	return '{"max_attempts": 3}' if $function =~ /^batch_/ && $argument eq 'options';
	return $value{"$function.$argument"} // $value{$argument};
}

sub literal
{
	my ($function, $argument, $type, $form) = @_;
	my $value = value_of($function, $argument);
	my $expression = $type =~ /^(?:record|any\w+)$/;

	$form =~ s/\{\}/$expression ? $value : quote_sql($value)/e;
	return $form;
}

# Arguments of aggregates have no names in a call, and no defaults.
my %is_aggregate = map { $_ => 1 } split /\n/,
  safe_scalar($node, q{SELECT proname FROM pg_proc WHERE prokind = 'a' AND pronamespace = 'datarobot'::regnamespace});

# The arguments of a call: literals by name, in the order of the names given.
sub argument_list
{
	my ($function, $names, %literal) = @_;
	return join ', ', map { $is_aggregate{$function} ? $literal{$_} : "$_ => $literal{$_}" }
	  grep { defined $literal{$_} } @$names;
}

# What a call says, and its error.
sub outcome
{
	my ($function, $arguments) = @_;
	my $default = $is_aggregate{$function} ? 'SELECT {}' : 'SELECT * FROM {}';
	my $sql = ($look{$function} // $default) =~ s/\{\}/datarobot.$function($arguments)/r;
	my $result;

	# what is not asked for depends on the speed of answers
	$sql =~ s/SELECT state,/SELECT slices, state,/ if $arguments =~ /\bcommit_rows =>/;
	$result = $session->run($sql);
	$session->run('ROLLBACK') if $result->{sqlstate};
	return join("\n", grep { defined } @$result{qw(out sqlstate message detail)}) =~ s/\b[0-9a-f]{32}\b|\b\d+ ms\b//gr;
}

# Functions with their arguments [name, type, has a default], from the catalog; of those by one name, all are tested.
my %seen_types;
my @functions = split /\n/, safe_scalar($node, q{
		SELECT proname, (SELECT string_agg(proargnames[i] || ' ' || format_type(proargtypes[i - 1],
			NULL) || ' ' || (i > pronargs - pronargdefaults)::int, ',' ORDER BY i)
			FROM generate_series(1, pronargs) i)
		FROM pg_proc WHERE pronamespace = 'datarobot'::regnamespace
			AND obj_description(oid, 'pg_proc') NOT LIKE 'internal%' AND proname <> 'validator'
		ORDER BY proname COLLATE "C", oid});
cmp_ok(scalar @functions, '>=', 20, 'the catalog has the functions');

foreach (@functions)
{
	my ($function, $list) = split /\|/;
	my @arguments = map { my ($name, $type, $default) = /^(\S+) (.*) (\d)$/; { name => $name, type => $type,
			default => $default } } split /,/, $list // '';
	my %is = map { $_->{name} => $_ } @arguments;

	foreach my $argument (@arguments)
	{
		my $name = $argument->{name};
		my %given = map { $_ => 1 } grep { my $n = $_; !grep { $_ eq $n } @{ $without{"$function.$name"} // [] } }
			(map { $_->{name} } grep { !$_->{default} } @arguments), @{ $always{$function} // [] },
			@{ $needs{"$function.$name"} // [] };
		my %rest = map { $_ => literal($function, $_, $is{$_}{type}, $types{ $is{$_}{type} }[0]) } keys %given;
		my $call = sub {
			return outcome($function, argument_list($function, [ map { $_->{name} } @arguments ],
				%rest, $name => literal($function, $name, $argument->{type}, $_[0])));
		};
		my @forms = @{ $types{ $argument->{type} } // [] };

		ok(scalar @forms, "$function, $name: types for $argument->{type} are known") or next;
		ok(defined value_of($function, $name), "$function, $name: a value is known") or next;
		$seen_types{ $argument->{type} } = 1;
		@forms = grep { !/::name$/ } @forms
		  if $not_name{$name} || length(value_of($function, $name)) > 63;
		push @forms, q{interval '10 min'} if $name eq 'commit_interval';
		push @forms, '{}::text', '{}::varchar' if $function eq 'prune';
		my $native = shift @forms;
		my $expected = $call->($native);

		unlike($expected, qr/^(42883|42725|XX000)$/m, "$function, $name: $native resolves");
		unlike($expected, qr/^[0-9A-Z]{5}$/m, "$function, $name: $native is taken")
		  unless "$function.$name"
		  =~ /_file$|^score_into_now\.(resume|workers|snapshot|if_running|commit)|^score_into\.snapshot|$refused/;
		foreach my $form (@forms)
		{
			is($call->($form), $expected, "$function, $name as $form: as with $native");
		}
	}

	# all that come first, as literals without a type and without a name; there is a log_loss of numbers and one of JSON
	next if $function eq 'log_loss';
	my @plain = map { literal($function, $_->{name}, $_->{type}, '{}') } grep { !$_->{default} } @arguments;
	unlike(outcome($function, join ', ', @plain), qr/^(42883|42725)$/m, "$function: plain literals are not ambiguous");
}
is(join(' ', grep { !$seen_types{$_} } sort keys %types), '', 'every type of an argument was met');

# ---- numbers of a type that has no such value, and texts that are no numbers
foreach (
	[ 'CALL datarobot.score_into($d, $q, $o, key_columns => $k, commit_rows => 2.5)',
		qr/^22023 invalid value for option "commit_rows": "2.5" It must be a whole number\./ ],
	[ 'CALL datarobot.score_into($d, $q, $o, key_columns => $k, commit_rows => 5000000000)',
		qr/^22023 invalid value for option "commit_rows"/ ],
	[ 'CALL datarobot.score_into($d, $q, $o, key_columns => $k, workers => $many::text)',
		qr/^22023 invalid value for option "workers": "many" It must be a whole number\./ ],
	[ q{CALL datarobot.score_into($d, $q, $o, key_columns => $k, commit_interval => interval '2 days')},
		qr/^22023 invalid value for option "commit_interval": "172800s"/ ],
	[ q{CALL datarobot.score_into($d, $q, $o, key_columns => $k, reject_limit => interval '1 min',
		on_error => 'reject')}, qr/^22023 invalid value for option "reject_limit": "60s"/ ],
	[ 'SELECT * FROM datarobot.preview($d, $q, 1.5)', qr/^22023 max_rows must be a whole number/ ],
	[ 'SELECT * FROM datarobot.preview($d, $q, 0)', qr/^22023 max_rows must be at least 1/ ],
	[ 'CALL datarobot.resume(0.5)', qr/^22023 the id of the run must be a whole number/ ],
	[ 'CALL datarobot.resume(NULL)', qr/^22004 the id of the run must not be NULL/ ],
	[ 'SELECT datarobot.prune($many::text)', qr/^22007 invalid input syntax for type interval: "many"/ ],
	[ 'SELECT datarobot.prune(NULL)', qr/^22004 the interval must not be NULL/ ],
	[ 'SELECT * FROM datarobot.score($d, $q, options => $many::text)', qr/^22P02 invalid input syntax for type json/ ],
	[ q{SELECT * FROM datarobot.score($d, $q, options => '[1]'::json)}, qr/^22023 options must be a JSON object/ ])
{
	my ($sql, $expected) = @$_;
	my %text = (d => "'$synthetic'", q => "'SELECT * FROM t'", o => "'target'", k => "'{id}'", many => "'many'");

	$sql =~ s/\$(\w+)/$text{$1}/g;
	like(join(' ', grep { defined } (error_of($node, $sql))[ 0 .. 2 ]), $expected, $sql);
}

# ---- parameters of prepared statements, whose types the client says
foreach my $types ('varchar, varchar, smallint, json', 'text, text, bigint, jsonb', 'text, varchar, numeric, text',
	'unknown, unknown, unknown, unknown')
{
	is( $session->run("PREPARE p ($types) AS SELECT count(*) FROM datarobot.preview(\$1, \$2, \$3, options => \$4);
		EXECUTE p('$synthetic', 'SELECT * FROM t', 9, '{\"chunk_rows\": 3}'); DEALLOCATE p")->{out},
		'3', "prepared with ($types)");
}
# a setting of the session does not reach an interval's value
is( $session->run(q{SET IntervalStyle = sql_standard;
		SELECT interval '10 min'::datarobot.quantity, interval '1 mon -1 day 0.5 s'::datarobot.quantity})->{out},
	'600s|2505600.5s', 'an interval is seconds under every IntervalStyle');

done_testing();
