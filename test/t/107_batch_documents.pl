# Documents 000 (the Python client's reference of batch predictions) and 001 (the Batch Prediction API) in SQL: every
# example, every method and every option of theirs. What a job is made of is compared with what DataRobot's own client
# sends for the same call.
use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../lib";
use File::Temp qw(tempdir);
use JSON::PP ();
use ScoringTest;
use Test::More;

my $json = JSON::PP->new->canonical->allow_nonref;
my $buckets = tempdir('drs-buckets.XXXXXX', TMPDIR => 1, CLEANUP => 1);
my $standin = new_standin(args => [ '--buckets', $buckets ]);
my $node = new_node('main', standin => $standin, server => { api_url => $standin->api_url });

my ($regression, $binary) = @DEPLOYMENT{qw(regression binary)};
my $multiclass = $DEPLOYMENT{multiclass};
my $series = '5f0000000000000000000022';
my $bounded = '5f000000000000000000001d';
my $dataset = '5e00000000000000000000d1';
my $data = "$FindBin::RealBin/../../demo/data/visits.csv";

sub value { return safe_scalar($node, $_[0]); }

sub slurp { return PostgreSQL::Test::Utils::slurp_file($_[0]); }

sub spew
{
	my ($file, $text) = @_;
	my ($folder) = $file =~ m{(.*)/};
	system('mkdir', '-p', $folder) == 0 or die "mkdir $folder: $?";
	write_file($file, $text);
	return;
}

# What the last statement that made or changed something sent: method, path and body.
sub last_request
{
	my ($last) = grep { $_->{method} ne 'GET' } reverse $standin->requests;
	return ($last->{method}, $last->{target} =~ s{^/api/v2}{}r, $json->decode($last->{body} // 'null'));
}

# The specification that a call sends; local files are the default of both, which the client says and we need not.
sub sent
{
	my ($sql) = @_;
	value($sql);
	my (undef, undef, $body) = last_request();
	$body->{$_} //= { type => 'localFile' } foreach qw(intakeSettings outputSettings);
	return $body;
}

my %local = (intakeSettings => { type => 'localFile' }, outputSettings => { type => 'localFile' });
my ($credential, $store) = ('5c5c5c5c5c5c5c5c5c5c5c5c', '5d5d5d5d5d5d5d5d5d5d5d5d');

# ---- 000: score, option by option

# Argument in SQL, deployment, and the field that DataRobot's client sends for it.
my @options = (
	[ q(num_concurrent => 4), $regression, { numConcurrent => 4 } ],
	[ q(chunk_size => 'dynamic'), $regression, { chunkSize => 'dynamic' } ],
	[ q(chunk_size => 1048576), $regression, { chunkSize => 1048576 } ],
	[ q(passthrough_columns => '{Customer ID,plan}'), $regression,
		{ passthroughColumns => [ 'Customer ID', 'plan' ] } ],
	[ q(passthrough_columns_set => 'all'), $regression, { passthroughColumnsSet => 'all' } ],
	[ q(max_explanations => 3), $regression, { maxExplanations => 3 } ],
	[ q(max_ngram_explanations => 'all'), '5f0000000000000000000020', { maxNgramExplanations => 'all' } ],
	[ q(max_ngram_explanations => 2), '5f0000000000000000000020', { maxNgramExplanations => 2 } ],
	[ q(explanation_algorithm => 'shap'), $regression, { explanationAlgorithm => 'shap' } ],
	[ q(threshold_high => 0.75), $regression, { thresholdHigh => 0.75 } ],
	[ q(threshold_low => 0.25), $regression, { thresholdLow => 0.25 } ],
	[ q(prediction_threshold => 0.5), $binary, { predictionThreshold => 0.5 } ],
	[ q(prediction_warning_enabled => true), $bounded, { predictionWarningEnabled => \1 } ],
	[ q(include_prediction_status => true), $regression, { includePredictionStatus => \1 } ],
	[ q(skip_drift_tracking => true), $regression, { skipDriftTracking => \1 } ],
	[ q(abort_on_error => false), $regression, { abortOnError => \0 } ],
	[ q(include_probabilities => false), $regression, { includeProbabilities => \0 } ],
	[ q(include_probabilities_classes => '{Democrat}'), $multiclass, { includeProbabilitiesClasses => ['Democrat'] } ],
	[ q(column_names_remapping => '{"my_col": "x", "dropped": null}'), $regression,
		{ columnNamesRemapping => { my_col => 'x', dropped => undef } } ],
	[ q(explanation_num_top_classes => 2), $multiclass, { explanationNumTopClasses => 2 } ],
	[ q(explanation_class_names => '{Democrat}'), $multiclass, { explanationClassNames => ['Democrat'] } ],
	[ q(csv_settings => '{"delimiter": ";", "quotechar": "''", "encoding": "shift_jis"}'), $regression,
		{ csvSettings => { delimiter => ';', quotechar => "'", encoding => 'shift_jis' } } ],
	[ q(csv_settings => '{"delimiter": "tab", "encoding": "latin_1"}'), $regression,
		{ csvSettings => { delimiter => 'tab', encoding => 'latin_1' } } ],
	[ q(csv_settings => '{"encoding": "mskanji"}'), $regression, { csvSettings => { encoding => 'mskanji' } } ],
	[ q(timeseries_settings => '{"type": "forecast", "forecast_point": "2024-01-31T12:30:00",
			"relax_known_in_advance_features_check": true}'), $series,
		{ timeseriesSettings => { type => 'forecast', forecastPoint => '2024-01-31T12:30:00',
				relaxKnownInAdvanceFeaturesCheck => \1 } } ],
	[ q(timeseries_settings => '{"type": "historical", "predictions_start_date": "2024-01-01T00:00:00",
			"predictions_end_date": "2024-01-31T00:00:00"}'), $series,
		{ timeseriesSettings => { type => 'historical', predictionsStartDate => '2024-01-01T00:00:00',
				predictionsEndDate => '2024-01-31T00:00:00' } } ],
	[ q(prediction_instance => '{"hostName": "192.0.2.4", "sslEnabled": false, "apiKey": "t", "datarobotKey": "k"}'),
		$regression, { predictionInstance => { hostName => '192.0.2.4', sslEnabled => \0, apiKey => 't',
				datarobotKey => 'k' } } ]);
foreach my $option (@options)
{
	my ($argument, $deployment, $fields) = @$option;
	is_deeply(sent("SELECT (datarobot.batch_score('$deployment', $argument)).id"),
		$json->decode($json->encode({ deploymentId => $deployment, %local, %$fields })), "score: $argument");
}
is_deeply(sent("SELECT (datarobot.batch_score('$regression')).id"), { deploymentId => $regression, %local },
	'score: nothing but the deployment');

# Settings of intake and output, as the client sends them.
my @places = (
	[ q('{"type": "s3", "url": "s3://b/in.csv", "credential_id": "CREDENTIAL", "endpoint_url": "https://s3.example",
			"format": "csv"}'),
		q('{"type": "jdbc", "data_store_id": "STORE", "table": "t", "schema": "s", "catalog": "c",
			"statement_type": "insert_update", "update_columns": ["p"], "where_columns": ["id"],
			"credential_id": "CREDENTIAL", "create_table_if_not_exists": true}'),
		{ type => 's3', url => 's3://b/in.csv', credentialId => $credential, endpointUrl => 'https://s3.example',
			format => 'csv' }, { type => 'jdbc', dataStoreId => $store, table => 't', schema => 's', catalog => 'c',
			statementType => 'insert_update', updateColumns => ['p'], whereColumns => ['id'],
			credentialId => $credential, createTableIfNotExists => \1 }, 's3 to jdbc' ],
	[ q('{"type": "jdbc", "data_store_id": "STORE", "query": "SELECT 1", "fetch_size": 1000,
			"credential_id": "CREDENTIAL"}'), q('{"type": "jdbc", "data_store_id": "STORE", "table": "t",
			"statement_type": "create_table"}'),
		{ type => 'jdbc', dataStoreId => $store, query => 'SELECT 1', fetchSize => 1000, credentialId => $credential },
		{ type => 'jdbc', dataStoreId => $store, table => 't', statementType => 'create_table' }, 'jdbc to jdbc' ],
	[ q('{"type": "jdbc", "data_store_id": "STORE", "table": "t", "schema": "s"}'),
		q('{"type": "jdbc", "data_store_id": "STORE", "table": "t", "statement_type": "insert"}'),
		{ type => 'jdbc', dataStoreId => $store, table => 't', schema => 's' },
		{ type => 'jdbc', dataStoreId => $store, table => 't', statementType => 'insert' }, 'a table by jdbc' ],
	[ q('{"type": "datasphere", "data_store_id": "STORE", "table": "t", "schema": "s", "credential_id": "CREDENTIAL"}'),
		q('{"type": "datasphere", "data_store_id": "STORE", "table": "u", "schema": "s",
			"credential_id": "CREDENTIAL"}'),
		{ type => 'datasphere', dataStoreId => $store, table => 't', schema => 's', credentialId => $credential },
		{ type => 'datasphere', dataStoreId => $store, table => 'u', schema => 's', credentialId => $credential },
		'datasphere' ]);
foreach my $place (@places)
{
	my ($in, $out, $intake, $output, $name) = @$place;
	s/CREDENTIAL/$credential/g, s/STORE/$store/g foreach $in, $out;
	is_deeply(sent("SELECT (datarobot.batch_score('$regression', $in, $out)).id"),
		$json->decode($json->encode({ deploymentId => $regression, intakeSettings => $intake,
				outputSettings => $output })),
		"score: $name");
}

# ---- 000: score_s3, score_azure, score_gcp, score_with_leaderboard_model

foreach my $place ([ s3 => 's3://b/in.csv', 's3://b/out.csv' ],
	[ azure => 'https://a/c/in.csv', 'https://a/c/out.csv' ], [ gcp => 'gs://a/in.csv', 'gs://a/out.csv' ],
	[ gcp => 'https://storage.googleapis.com/a/in.csv', 'https://storage.googleapis.com/a/out.csv' ])
{
	my ($type, $from, $to) = @$place;
	is_deeply(sent("SELECT (datarobot.batch_score_$type('$regression', '$from', '$to',
			credential => '$credential')).id"),
		{ deploymentId => $regression, intakeSettings => { type => $type, url => $from, credentialId => $credential },
			outputSettings => { type => $type, url => $to, credentialId => $credential } }, "score_$type: $from");
}
is_deeply(sent("SELECT (datarobot.batch_score_s3('$regression', 's3://b/in.csv', 's3://b/out.csv',
		endpoint_url => 'https://s3.example')).id"),
	{ deploymentId => $regression,
		intakeSettings => { type => 's3', url => 's3://b/in.csv', endpointUrl => 'https://s3.example' },
		outputSettings => { type => 's3', url => 's3://b/out.csv', endpointUrl => 'https://s3.example' } },
	'score_s3: another endpoint');

my $model = '6a0000000000000000000001';
spew("$buckets/projects/5b0000000000000000000001/holdout.csv", slurp($data));
spew("$buckets/datasets/$dataset.csv", slurp($data));
is_deeply(sent("SELECT (datarobot.batch_score(model_id => '$model')).id"), { modelId => $model, %local },
	'score_with_leaderboard_model');
is_deeply(sent(qq{SELECT (datarobot.batch_score(model_id => '$model', intake_settings =>
		'{"type": "dss", "project_id": "5b0000000000000000000001", "partition": "holdout"}')).id}),
	{ modelId => $model, intakeSettings => { type => 'dss', projectId => '5b0000000000000000000001',
			partition => 'holdout' }, outputSettings => { type => 'localFile' } },
	'score_with_leaderboard_model: a part of the training data');
is_deeply(sent(qq{SELECT (datarobot.batch_score('$regression', '{"type": "dataset",
		"dataset_id": "$dataset", "dataset_version_id": "5e00000000000000000000d2"}')).id}),
	{ deploymentId => $regression, intakeSettings => { type => 'dataset', datasetId => $dataset,
			datasetVersionId => '5e00000000000000000000d2' }, outputSettings => { type => 'localFile' } },
	'score: a dataset of the catalog');

# ---- 000: score and download, get, get_status, delete, list_by_status

my $columns = 'id, coinsurance_log, deductible_plan, incentive_log, max_expense_log, physical_limit, chronic_diseases,'
  . ' health';
my $query = "SELECT $columns FROM patient ORDER BY id";
$node->safe_psql('postgres', q{CREATE TABLE patient (id int PRIMARY KEY, coinsurance_log float8, deductible_plan text,
		incentive_log float8, max_expense_log float8, physical_limit float8, chronic_diseases float8,
		health text, visits int)});
$node->safe_psql('postgres', "\\copy patient FROM '$data' (FORMAT csv, HEADER)");

# The same rows, scored in real time.
$node->safe_psql('postgres', "CREATE TABLE expected AS
		SELECT (key->>'id')::int AS id, prediction::float8 FROM datarobot.score('$regression', '$query', '{id}')");
my $rows = value('SELECT count(*) FROM expected');
cmp_ok($rows, '>', 1000, '(more than a thousand)');

# What a table of results has to do with these: its rows, and those that are equal.
sub compared
{
	my ($result) = @_;
	return value("SELECT count(*), count(*) FILTER (WHERE abs(e.prediction - r.prediction) < 1e-6)
		FROM $result r FULL JOIN expected e USING (id)");
}

my $id = value("SELECT (datarobot.batch_score('$regression', passthrough_columns => '{id}')).id");
is(value("SELECT status, id = '$id' FROM datarobot.batch_status('$id')"), 'INITIALIZING|t', 'get, get_status');
is(value("SELECT datarobot.batch_upload('$id', '$query')"), $rows, 'score: the data is sent');
is(compared("(SELECT (record->>'id')::int AS id, (record->>'visits_PREDICTION')::float8 AS prediction
		FROM datarobot.batch_download('$id'))"), "$rows|$rows", 'download');
is(value("SELECT status, scored_rows FROM datarobot.batch_status('$id')"), "COMPLETED|$rows",
	'a job that is completed');
$node->safe_psql('postgres', 'CREATE TYPE scored AS (id int, "visits_PREDICTION" float8, prediction float8)');
is(compared("datarobot.batch_download_as(NULL::scored, '$id')"), "$rows|$rows",
	'download, once more, as rows of a type');

# ---- 000: score_to_file, score_pandas

my $scratch = tempdir('drs-files.XXXXXX', TMPDIR => 1, CLEANUP => 1);
chmod 0777, $scratch;
my $file = value("SELECT (datarobot.batch_score('$regression', passthrough_columns_set => 'all')).id");
value("COPY ($query) TO '$scratch/in.csv' (FORMAT csv, HEADER)");
is(value("SELECT datarobot.batch_upload_file('$file', '$scratch/in.csv')"), -s "$scratch/in.csv",
	'score_to_file: a file is sent');
my $size = value("SELECT datarobot.batch_download_file('$file', '$scratch/out.csv')");
is($size, -s "$scratch/out.csv", 'score_to_file: a file is written');
my ($names, @lines) = split /\n/, slurp("$scratch/out.csv");
is(scalar @lines, $rows, 'score_to_file: a line for each row');
is_deeply([ sort split /,/, $names ], [ sort split(/, /, $columns), 'visits_PREDICTION' ], 'with all columns');

is(compared(qq{(SELECT (key->>'id')::int AS id, prediction::float8 FROM datarobot.score('$regression', \$q\$$query\$q\$,
		'{id}', options => '{"method": "batch"}'))}), "$rows|$rows",
	'score_pandas: rows of a query, with their predictions');

# ---- 000: score_from_existing, delete, list_by_status

my $copy = value("SELECT (datarobot.batch_from_existing('$id')).id");
is_deeply([ last_request() ], [ 'POST', '/batchPredictions/fromExisting/', { predictionJobId => $id } ],
	'score_from_existing');
is(value("SELECT datarobot.batch_upload('$copy', '$query')"), $rows, 'it takes data of its own');
is(value("SELECT (datarobot.batch_wait('$copy')).scored_rows"), $rows, 'wait_for_completion');
my $idle = value("SELECT (datarobot.batch_score('$regression')).id");
is(value("SELECT datarobot.batch_abort('$idle')"), 't', 'delete');
is(value("SELECT datarobot.batch_abort('5f5f5f5f5f5f5f5f5f5f5f5f', missing_ok => true)"), 'f',
	'delete: ignore_404_errors');
is(value("SELECT count(*), bool_or(id = '$id'), bool_or(id = '$copy')
		FROM datarobot.batch_jobs(status => '{COMPLETED}') WHERE id IN ('$id', '$copy', '$idle')"), '2|t|t',
	'list_by_status');
is(value("SELECT bool_and(status IN ('ABORTED', 'INITIALIZING')) AND count(*) > 1
		FROM datarobot.batch_jobs(status => '{ABORTED,INITIALIZING}')"), 't', 'list_by_status: of several');
is(value('SELECT count(*) = count(DISTINCT id) AND count(*) > 20 FROM datarobot.batch_jobs()'), 't',
	'list_by_status: of all');

# ---- 000: time-outs

my @error;
$standin->faults({ route => 'job', fault => 'no_slot' });
$idle = value("SELECT (datarobot.batch_score('$regression')).id");
value("SELECT datarobot.batch_upload('$idle', 'SELECT 1 AS id')");
@error = error_of($node, "SELECT * FROM datarobot.batch_download('$idle', timeout => '200ms')");
is("$error[0] " . value("SELECT (datarobot.batch_status('$idle')).status"), '57014 INITIALIZING',
	'download_timeout: an error, but the job is left as it is');
value("SELECT datarobot.batch_abort('$idle')");

# ---- 000: BatchPredictionJobDefinition

my $foobar = $regression;
my $job_spec = qq({"num_concurrent": 4, "deployment_id": "$foobar",
	"intake_settings": {"url": "s3://foobar/123", "type": "s3", "format": "csv"},
	"output_settings": {"url": "s3://foobar/124", "type": "s3", "format": "csv"}});
my %wire_spec = (numConcurrent => 4, deploymentId => $foobar,
	intakeSettings => { url => 's3://foobar/123', type => 's3', format => 'csv' },
	outputSettings => { url => 's3://foobar/124', type => 's3', format => 'csv' });
my $schedule = '{"day_of_week": [1], "month": ["*"], "hour": [16], "minute": [0], "day_of_month": [1]}';
my $schedule2 = '{"day_of_week": [1], "month": ["*"], "hour": ["*"], "minute": [30, 59], "day_of_month": [1, 2, 6]}';
my %wire_schedule = (dayOfWeek => [1], month => ['*'], hour => [16], minute => [0], dayOfMonth => [1]);
my %wire_schedule2 = (dayOfWeek => [1], month => ['*'], hour => ['*'], minute => [ 30, 59 ], dayOfMonth => [ 1, 2, 6 ]);

my $definition = value("SELECT (datarobot.batch_definition_create('$job_spec', name => 'some_definition_name',
		enabled => false, schedule => '$schedule')).id");
is_deeply([ last_request() ], [ 'POST', '/batchPredictionJobDefinitions/',
		{ name => 'some_definition_name', enabled => JSON::PP::false, schedule => \%wire_schedule, %wire_spec } ],
	'create');
@error = error_of($node, "SELECT datarobot.batch_definition_create('${\($job_spec =~ s{/124}{/123}r)}')");
is($error[0], '22023', 'create: the documented example, which reads and writes the same object, is refused');
is(value("SELECT name, enabled, schedule->'hour', batch_prediction_job->>'numConcurrent', created IS NOT NULL,
		updated IS NOT NULL, created_by = updated_by,
		num_nonnulls(last_failed_run_time, last_successful_run_time, last_scheduled_run_time,
		last_started_job_time, last_started_job_status)
		FROM datarobot.batch_definition_get('$definition')"), 'some_definition_name|f|[16]|4|t|t|t|0', 'get');
my $other = value("SELECT (datarobot.batch_definition_create('$job_spec')).id");
is(value("SELECT string_agg(id, ' ' ORDER BY created, id = '$other') FROM datarobot.batch_definition_list()"),
	"$definition $other", 'list');
is(value("SELECT id FROM datarobot.batch_definition_list('some_def', '$foobar', 10, 0)"), $definition,
	'list: search_name, deployment_id, limit, offset');
is(value("SELECT count(*) FROM datarobot.batch_definition_list(skip_rows => 1)"), '1', 'list: after some');
is(value("SELECT name FROM datarobot.batch_definition_update('$definition', '${\($job_spec =~ s{: 4}{: 5}r)}',
		name => 'updated_definition_name', enabled => false, schedule => '$schedule2')"), 'updated_definition_name',
	'update');
is_deeply([ last_request() ], [ 'PATCH', "/batchPredictionJobDefinitions/$definition",
		{ name => 'updated_definition_name', enabled => JSON::PP::false, schedule => \%wire_schedule2, %wire_spec,
			numConcurrent => 5 } ], 'update: what is sent');
is(value("SELECT enabled, next_scheduled_run_time IS NOT NULL
		FROM datarobot.batch_definition_run_on_schedule('$definition', '$schedule2')"), 't|t', 'run_on_schedule');
is_deeply([ last_request() ], [ 'PATCH', "/batchPredictionJobDefinitions/$definition",
		{ enabled => JSON::PP::true, schedule => \%wire_schedule2 } ], 'run_on_schedule: what is sent');
$id = value("SELECT (datarobot.batch_definition_run('$definition')).id");
is_deeply([ last_request() ], [ 'POST', '/batchPredictions/fromJobDefinition/', { jobDefinitionId => $definition } ],
	'run_once');
like((error_of($node, "SELECT datarobot.batch_wait('$id')"))[1], qr/aborted/, 'run_once: there is no such object');
is(value("SELECT definition_id, definition FROM datarobot.batch_status('$id')"), "$definition|updated_definition_name",
	'run_once: the job says what it was made of');
value("SELECT datarobot.batch_definition_delete('$definition'), datarobot.batch_definition_delete('$other')");
is(value('SELECT count(*) FROM datarobot.batch_definition_list()'), '0', 'delete');
is((error_of($node, "SELECT datarobot.batch_definition_get('$definition')"))[0], '42704', 'delete: it is gone');

# Every way to name a month and a day, as documented; numbers are what cron has.
foreach my $case (
	[ 'names of months',
		'{"minute": ["*"], "hour": [0], "day_of_month": ["*"], "month": ["jan", "october"], "day_of_week": ["*"]}',
		'* 0 * 1,10 *' ],
	[ 'names of days',
		'{"minute": [0], "hour": [0], "day_of_month": ["*"], "month": ["*"], "day_of_week": ["sunday", "Mon", "TUE"]}',
		'0 0 * * 0,1,2' ],
	[ 'Sunday is 0', '{"minute": [0], "hour": [0], "day_of_month": ["*"], "month": ["*"], "day_of_week": ["Sun"]}',
		'0 0 * * 7' ])
{
	my ($name, $given, $cron) = @$case;
	is(value("SELECT array_agg(t) =
			(SELECT array_agg(u) FROM datarobot.batch_schedule_times('$cron', '2024-01-01Z', 30) u)
			FROM datarobot.batch_schedule_times('$given', '2024-01-01Z', 30) t"), 't', "schedule: $name");
}
sub days { return value("SELECT string_agg(to_char(t AT TIME ZONE 'UTC', 'FMDD'), ' ')
		FROM datarobot.batch_schedule_times('$_[0]', '2024-01-31 23:59Z', $_[1]) t"); }
is(days('{"minute": [0], "hour": [0], "day_of_month": [1, 2, 3], "month": ["*"], "day_of_week": ["tuesday"]}', 6),
	'1 2 3 6 13 20', 'schedule: dates 1 to 3, plus every Tuesday');
is(days('{"minute": [0], "hour": [0], "day_of_month": ["*"], "month": ["*"], "day_of_week": ["tue"]}', 4),
	'6 13 20 27', 'schedule: Tuesdays');
is(days('{"minute": [0], "hour": [0], "day_of_month": [31], "month": ["feb", 3], "day_of_week": ["*"]}', 1), '31',
	'schedule: dates that do not exist are ignored');

# ---- 001: mixed intake and output, states, concurrent jobs, the same data in another format

my $s3 = value(qq{SELECT (datarobot.batch_score('$regression', '{"type": "localFile"}',
	'{"type": "s3", "url": "s3://results/visits.csv"}', passthrough_columns => '{id}')).id});
is(value("SELECT datarobot.batch_upload('$s3', '$query')"), $rows, 'from a local file to S3');
is(value("SELECT status, has_result FROM datarobot.batch_wait('$s3')"), 'COMPLETED|f',
	'it is completed, and written elsewhere');
is(scalar(() = slurp("$buckets/s3/results/visits.csv") =~ /\n/g), $rows + 1, 'there it is');
is((error_of($node, "SELECT datarobot.batch_download('$s3')"))[0], '42704', 'so there is nothing to download');
my $back = value("SELECT (datarobot.batch_score_s3('$regression', 's3://in/visits.csv', 's3://out/visits.csv')).id");
like((error_of($node, "SELECT datarobot.batch_wait('$back')"))[0], qr/^55000$/, 'ABORTED: an object that is not there');
spew("$buckets/s3/in/visits.csv", slurp("$scratch/in.csv"));
$back = value("SELECT (datarobot.batch_score_s3('$regression', 's3://in/visits.csv', 's3://out/visits.csv')).id");
is(value("SELECT (datarobot.batch_wait('$back')).status"),
	'COMPLETED', 'score_s3: from bucket to bucket');

$standin->faults({ route => 'job', fault => 'job_stall', rows => 1 });
my $running = value("SELECT (datarobot.batch_score('$regression')).id");
value("SELECT datarobot.batch_upload('$running', '$query')");
ok(wait_until(sub { value("SELECT (datarobot.batch_status('$running')).status") eq 'RUNNING' }), 'a job that runs');
my $waiting = value("SELECT (datarobot.batch_score('$regression')).id");
value("SELECT datarobot.batch_upload('$waiting', '$query')");
is(value("SELECT status, queued, queue_position FROM datarobot.batch_status('$waiting')"), 'INITIALIZING|t|0',
	'one job at a time: the other waits');
value("SELECT datarobot.batch_abort('$running')");
is(value("SELECT (datarobot.batch_wait('$waiting')).status"), 'COMPLETED', 'and is started when the first has ended');
is(value("SELECT (datarobot.batch_status('$running')).status"), 'ABORTED', 'which was aborted');

my $latin = value(qq{SELECT (datarobot.batch_score('$regression', passthrough_columns => '{id}',
	csv_settings => '{"delimiter": ";", "quotechar": "''", "encoding": "latin_1"}')).id});
value("SELECT datarobot.batch_upload('$latin', '$query')");
is(compared("(SELECT (record->>'id')::int AS id, (record->>'visits_PREDICTION')::float8 AS prediction
		FROM datarobot.batch_download('$latin'))"), "$rows|$rows", 'in another format, both ways');

# ---- 001: another prediction instance, skipping drift, template variables

is_deeply(sent(qq{SELECT (datarobot.batch_create('{
		"deploymentId": "$regression",
		"intakeSettings": {"type": "localFile"},
		"outputSettings": {"type": "localFile"},
		"predictionInstance": {
			"hostName": "192.0.2.4",
			"sslEnabled": false,
			"apiKey": "NWUQ9w21UhGgerBtOC4ahN0aqjbjZ0NMhL1e5cSt4ZHIBn2w",
			"datarobotKey": "154a8abb-cbde-4e73-ab3b-a46c389c337b"
		}
	}')).id}),
	{ deploymentId => $regression, %local, predictionInstance => { hostName => '192.0.2.4',
			sslEnabled => JSON::PP::false, apiKey => 'NWUQ9w21UhGgerBtOC4ahN0aqjbjZ0NMhL1e5cSt4ZHIBn2w',
			datarobotKey => '154a8abb-cbde-4e73-ab3b-a46c389c337b' } },
	'the complete example: another prediction instance');
is(sent(qq{SELECT (datarobot.batch_create('{"deploymentId": "$regression", "skipDriftTracking": true}')).id})
	  ->{skipDriftTracking}, JSON::PP::true, 'model monitoring: skipDriftTracking');
foreach my $variable (qw(current_run_time current_run_timestamp last_scheduled_run_time next_scheduled_run_time
	last_completed_run_time))
{
	my ($stdout, $stderr);
	$node->psql('postgres', qq{SELECT (datarobot.batch_score('$regression', '{"type": "jdbc", "data_store_id": "$store",
			"query": "SELECT * FROM patient WHERE changed > ''{{ $variable }}''"}',
			'{"type": "gcp", "url": "gs://bucket/output-{{ $variable }}.csv"}')).id},
		stdout => \$stdout,
		stderr => \$stderr);
	my (undef, undef, $body) = last_request();
	is("$body->{intakeSettings}{query} $body->{outputSettings}{url} $stderr",
		"SELECT * FROM patient WHERE changed > '{{ $variable }}' gs://bucket/output-{{ $variable }}.csv ",
		"template variable $variable");
}

# ---- 001: parts, retention, definitions that run by themselves

my $parts = value(qq{SELECT (datarobot.batch_score('$regression',
	'{"type": "localFile", "multipart": true, "async": false}', passthrough_columns => '{id}')).id});
value("SELECT datarobot.batch_upload('$parts', '$query')");
my $requests = join "\n", map { "$_->{method} $_->{target}" } $standin->requests;
like($requests, qr{^PUT \S*/$parts/csvUpload/part/0/?$}m, 'an upload in parts');
like($requests, qr{^POST \S*/$parts/csvUpload/finalizeMultipart/?$}m, 'an upload in parts is finished');
is(value("SELECT (datarobot.batch_wait('$parts')).scored_rows"), $rows, 'an upload in parts: all rows');

my $hourly = value("SELECT (datarobot.batch_definition_create('$job_spec', name => 'hourly', enabled => true,
	schedule => '\@hourly')).id");
is(value("SELECT record::text LIKE '%\"1900-01-01T00:00:00.000000Z\"%', num_nonnulls(last_scheduled_run_time,
		last_successful_run_time, last_failed_run_time, last_started_job_time, last_started_job_status)
		FROM datarobot.batch_definition_get('$hourly')"), 't|0', 'times in 1900 are NULL');
sub advance { return $standin->batch('clock', { advance => $_[0] }); }
sub times_of
{
	return value("SELECT last_scheduled_run_time IS NOT NULL, last_started_job_time IS NOT NULL,
		last_started_job_status,
		last_successful_run_time IS NOT NULL, last_failed_run_time IS NOT NULL,
		next_scheduled_run_time > last_scheduled_run_time
		FROM datarobot.batch_definition_get('$hourly')");
}
spew("$buckets/s3/foobar/123", slurp("$scratch/in.csv"));
advance(3600);
ok(wait_until(sub { times_of() eq 't|t|COMPLETED|t|f|t' }), 'a definition that has run');
unlink "$buckets/s3/foobar/123";
advance(3600);
ok(wait_until(sub { times_of() eq 't|t|ABORTED|t|t|t' }), 'a definition whose last run failed');
value("SELECT datarobot.batch_definition_delete('$hourly')");

advance(48 * 3600 + 60);
is(value("SELECT results_deleted FROM datarobot.batch_status('$latin')"), 't', 'results are kept for 48 hours');
is((error_of($node, "SELECT datarobot.batch_download('$latin')"))[0], '42704', 'then there is nothing to download');

done_testing();
