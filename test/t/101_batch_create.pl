# Specifications of batch jobs: what is sent for each way to give them is what DataRobot's own client sends (docs/api.md
# 2.4 to 2.8 and its recorded requests); what is refused, before anything is sent; what passes if it is not strict;
# template variables; names in place of ids; secrets, which nobody sees.
use strict;
use warnings FATAL => 'all';
use utf8;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use File::Temp qw(tempdir);
use JSON::PP qw(decode_json);
use PostgreSQL::Test::Utils;
use ScoringTest;
use Session;
use Test::More;
use TinyServer;

my $json = JSON::PP->new->utf8->canonical;
my $dir = tempdir(CLEANUP => 1);
my $bodies = "$dir/bodies";
my $standin = new_standin();
my $node = new_node('main');

# A service that accepts every job and every definition, and keeps what it was sent; the record repeats it.
my $service = TinyServer->parrot(
	sub {
		my ($head, $body) = @_;
		my ($method, $path, $host) = $head =~ m{^([A-Z]+) /api/v2(\S*).*^Host: (\S+)}ms;
		my %headers = ('Content-Type' => 'application/json');
		my $spec = $body ne '' ? $body : '{}';
		open(my $out, '>>', $bodies) or die;
		print $out $json->encode({ method => $method, path => $path, body => $body }), "\n";
		close $out;
		return (200, \%headers, '{"data": [{"credentialId": "5c5c5c5c5c5c5c5c5c5c5c5c", "name": "the bucket"},'
			  . ' {"credentialId": "5c5c5c5c5c5c5c5c5c5c5c5d", "name": "twice"},'
			  . ' {"credentialId": "5c5c5c5c5c5c5c5c5c5c5c5e", "name": "twice"}], "next": null}')
		  if $path =~ m{^/credentials/};
		return (200, \%headers,
			'{"data": [{"id": "5d5d5d5d5d5d5d5d5d5d5d5d", "canonicalName": "warehouse"}], "next": null}')
		  if $path =~ m{^/externalDataStores/};
		return (200, \%headers, '{"data": [{"id": "5f0000000000000000000001", "label": "visits"}], "next": null}')
		  if $path =~ m{^/deployments/};
		return (422, \%headers, $json->encode({ message => "refused: $body" })) if $body =~ /refuse_me/;
		return (202, \%headers,
			qq({"id": "5f5f5f5f5f5f5f5f5f5f5f01", "status": "INITIALIZING", "links": {"self": )
			  . qq("http://$host/api/v2/batchPredictions/5f5f5f5f5f5f5f5f5f5f5f01/"}, "jobSpec": $spec}));
	});
my $api = 'http://127.0.0.1:' . $service->port . '/api/v2';
connect_node($node, standin => $standin, server => { api_url => $api, prediction_url => undef });

my $seen = 0;

# What was sent since the last call of this.
sub sent
{
	my @lines = -e $bodies ? split(/\n/, slurp_file($bodies)) : ();
	my @new = map { $json->decode($_) } @lines[ $seen .. $#lines ];
	$seen = @lines;
	return @new;
}

sub sql_json { return quote_sql(ref $_[0] ? to_json($_[0]) : $_[0]); }

# The call creates a job of that specification, and sends nothing else.
sub sends
{
	my ($call, $want, $what) = @_;
	sent();
	my $id = safe_scalar($node, "SELECT (datarobot.$call).id");
	my @sent = sent();
	is($id, '5f5f5f5f5f5f5f5f5f5f5f01', "$what: the job");
	is("$sent[0]{method} $sent[0]{path}", 'POST /batchPredictions/', "$what: the request");
	is_deeply($json->decode($sent[0]{body}), $want, "$what: what is sent");
	is(scalar @sent, 1, "$what: nothing else is sent");
	return;
}

my $deployment = '5f0000000000000000000001';
my %local = (intakeSettings => { type => 'localFile' }, outputSettings => { type => 'localFile' });

# ---- what is sent, as the client sends it

sends(qq{batch_score('$deployment', '{"type": "localFile"}', '{"type": "localFile"}')},
	{ deploymentId => $deployment, %local }, 'the defaults of the client');

sends(q{batch_score(deployment => '5f0000000000000000000001', num_concurrent => 2, chunk_size => 1000,
	max_explanations => 3, max_ngram_explanations => 'all', explanation_algorithm => 'shap',
	threshold_high => 0.9, threshold_low => 0.1,
	prediction_threshold => 0.5, include_prediction_status => true, skip_drift_tracking => true,
	abort_on_error => false, include_probabilities => false, prediction_warning_enabled => true,
	passthrough_columns => '{a}',
	prediction_instance => '{"hostName": "h.example", "sslEnabled": true, "datarobotKey": "k", "apiKey": "t"}',
	column_names_remapping => '{"a": "A", "b": null}', include_probabilities_classes => '{yes}',
	intake_settings => '{"type": "localFile"}', output_settings => '{"type": "localFile"}',
	csv_settings => '{"delimiter": ";", "quotechar": "\"", "encoding": "utf-8"}')},
	{   deploymentId => $deployment, numConcurrent => 2, chunkSize => 1000, maxExplanations => 3,
		maxNgramExplanations => 'all', explanationAlgorithm => 'shap', thresholdHigh => 0.9, thresholdLow => 0.1,
		predictionThreshold => 0.5, includePredictionStatus => JSON::PP::true, skipDriftTracking => JSON::PP::true,
		abortOnError => JSON::PP::false, includeProbabilities => JSON::PP::false,
		predictionWarningEnabled => JSON::PP::true, passthroughColumns => ['a'],
		predictionInstance =>
		  { hostName => 'h.example', sslEnabled => JSON::PP::true, datarobotKey => 'k', apiKey => 't' },
		columnNamesRemapping => { a => 'A', b => undef }, includeProbabilitiesClasses => ['yes'], %local,
		csvSettings => { delimiter => ';', quotechar => '"', encoding => 'utf-8' } },
	'all options');

my %s3_to_jdbc = (
	deploymentId => $deployment,
	intakeSettings => {
		url => 's3://bucket/in.csv', credentialId => '5c5c5c5c5c5c5c5c5c5c5c5c', endpointUrl => 'https://s3.example',
		format => 'csv', type => 's3' },
	outputSettings => {
		dataStoreId => '5d5d5d5d5d5d5d5d5d5d5d5d', table => 't', schema => 's', catalog => 'c',
		statementType => 'insert_update', updateColumns => ['p'], whereColumns => ['id'],
		credentialId => '5e5e5e5e5e5e5e5e5e5e5e5e', createTableIfNotExists => JSON::PP::true, type => 'jdbc' });
my %s3_to_jdbc_client = (
	deployment_id => $deployment,
	intake_settings => {
		url => 's3://bucket/in.csv', credential_id => '5c5c5c5c5c5c5c5c5c5c5c5c', endpoint_url => 'https://s3.example',
		format => 'csv', type => 's3' },
	output_settings => {
		data_store_id => '5d5d5d5d5d5d5d5d5d5d5d5d', table => 't', schema => 's', catalog => 'c',
		statement_type => 'insert_update', update_columns => ['p'], where_columns => ['id'],
		credential_id => '5e5e5e5e5e5e5e5e5e5e5e5e', create_table_if_not_exists => JSON::PP::true, type => 'jdbc' });
sends('batch_create(' . sql_json(\%s3_to_jdbc_client) . ')', \%s3_to_jdbc, 'from s3 to jdbc, as the client spells it');
sends('batch_create(' . sql_json(\%s3_to_jdbc) . ')', \%s3_to_jdbc, 'from s3 to jdbc, as the wire spells it');

sends(qq{batch_create('{"deployment_id": "$deployment", "intake_settings": {"type": "jdbc", "query": "SELECT 1",
	"data_store_id": "5d5d5d5d5d5d5d5d5d5d5d5d", "fetch_size": 1000, "credential_id": "5e5e5e5e5e5e5e5e5e5e5e5e"},
	"output_settings": {"type": "jdbc", "data_store_id": "5d5d5d5d5d5d5d5d5d5d5d5d", "table": "t",
	"statement_type": "create_table"}}')},
	{   deploymentId => $deployment,
		intakeSettings => {
			dataStoreId => '5d5d5d5d5d5d5d5d5d5d5d5d', query => 'SELECT 1', fetchSize => 1000,
			credentialId => '5e5e5e5e5e5e5e5e5e5e5e5e', type => 'jdbc' },
		outputSettings =>
		  { dataStoreId => '5d5d5d5d5d5d5d5d5d5d5d5d', table => 't', statementType => 'create_table', type => 'jdbc' }
	},
	'from jdbc to jdbc');

my $credential = '5c5c5c5c5c5c5c5c5c5c5c5c';
foreach ([ 's3', 's3://b/in.csv', 's3://b/out.csv' ], [ 'azure', 'https://a/in.csv', 'https://a/out.csv' ],
	[ 'gcp', 'gs://a/in.csv', 'gs://a/out.csv' ])
{
	my ($type, $from, $to) = @$_;
	sends("batch_score_$type('$deployment', '$from', '$to', '$credential')",
		{   deploymentId => $deployment,
			intakeSettings => { url => $from, credentialId => $credential, type => $type },
			outputSettings => { url => $to, credentialId => $credential, type => $type } },
		"batch_score_$type");
}
sends(qq{batch_score_s3('$deployment', 's3://b/in.csv', 's3://b/out.csv', NULL, 'https://s3.example',
	'{"max_explanations": 2, "passthroughColumns": ["id"]}')},
	{   deploymentId => $deployment, maxExplanations => 2, passthroughColumns => ['id'],
		intakeSettings => { url => 's3://b/in.csv', type => 's3', endpointUrl => 'https://s3.example' },
		outputSettings => { url => 's3://b/out.csv', type => 's3', endpointUrl => 'https://s3.example' } },
	'batch_score_s3 with an endpoint and more');

sends(q{batch_score(model_id => '6a0000000000000000000001', intake_settings => '{"type": "localFile"}',
	output_settings => '{"type": "localFile"}')}, { modelId => '6a0000000000000000000001', %local },
		'a leaderboard model');
sends(q{batch_score(model_id => '6a0000000000000000000001', output_settings => '{"type": "localFile"}',
	intake_settings => '{"type": "dss", "project_id": "5b5b5b5b5b5b5b5b5b5b5b5b", "partition": "holdout"}')},
	{   modelId => '6a0000000000000000000001',
		intakeSettings => { projectId => '5b5b5b5b5b5b5b5b5b5b5b5b', partition => 'holdout', type => 'dss' },
		outputSettings => { type => 'localFile' } },
	'a training partition');
sends(q{batch_score(model_package_id => '6c0000000000000000000001', pinned_model_id => '6a0000000000000000000001')},
	{ modelPackageId => '6c0000000000000000000001', pinnedModelId => '6a0000000000000000000001' },
		'a registry package');

sends(qq{batch_score('$deployment', timeseries_settings => '{"type": "forecast", "forecast_point": "2024-01-31 12:30",
	"relax_known_in_advance_features_check": true}')},
	{   deploymentId => $deployment,
		timeseriesSettings => {
			type => 'forecast', forecastPoint => '2024-01-31T12:30:00',
			relaxKnownInAdvanceFeaturesCheck => JSON::PP::true } },
	'a forecast');
sends(qq{batch_score('$deployment', timeseries_settings => '{"type": "historical",
	"predictions_start_date": "2024-01-01", "predictions_end_date": "2024-01-31T00:00:00"}')},
	{   deploymentId => $deployment,
		timeseriesSettings => {
			type => 'historical', predictionsStartDate => '2024-01-01T00:00:00',
			predictionsEndDate => '2024-01-31T00:00:00' } },
	'historical predictions');
sends(qq{batch_score('$deployment', timeseries_settings => '{"forecast_point_policy": {"type": "word",
	"configuration": {"offset": "P2DT5H3M"}}}')},
	{   deploymentId => $deployment,
		timeseriesSettings =>
		  { forecastPointPolicy => { type => 'word', configuration => { offset => 'P2DT5H3M' } } } },
	'a policy for the forecast point');
sends(qq{batch_score('$deployment', '{"type": "datasphere", "dataStoreId": "5d5d5d5d5d5d5d5d5d5d5d5d", "table": "t",
	"schema": "s", "credentialId": "5e5e5e5e5e5e5e5e5e5e5e5e"}', '{"type": "datasphere", "table": "t", "schema": "s",
	"dataStoreId": "5d5d5d5d5d5d5d5d5d5d5d5d", "credentialId": "5e5e5e5e5e5e5e5e5e5e5e5e"}')},
	{   deploymentId => $deployment,
		map {
			$_ => {
				dataStoreId => '5d5d5d5d5d5d5d5d5d5d5d5d', table => 't', schema => 's',
				credentialId => '5e5e5e5e5e5e5e5e5e5e5e5e', type => 'datasphere' }
		} qw(intakeSettings outputSettings) },
	'datasphere');

# ---- every type, with all of its fields (docs/api.md 2.7, 2.8): client's spelling in, wire's out

sub camel { my ($name) = @_; $name =~ s/_([a-z])/\U$1/g; return $name; }
my $id24 = '5' x 24;
my %stored = (data_store_id => $id24, credential_id => $id24, table => 't', schema => 's');
my %catalogued = (%stored, catalog => 'c');
my %bucket = (credential_id => $id24, format => 'parquet');
my %big = (dataset => 'd', table => 't', bucket => 'b', credential_id => $id24);
my %written = (
	%catalogued, statement_type => 'update', update_columns => ['a'], where_columns => ['b'], commit_interval => 0);
my %intakes = (
	localFile => { async => JSON::PP::false, multipart => JSON::PP::true },
	s3 => { %bucket, url => 's3://b/k', endpoint_url => 'https://s3' },
	azure => { %bucket, url => 'https://h/c/b' },
	gcp => { %bucket, url => 'https://storage.googleapis.com/b/k' },
	http => { url => 'https://h/f.csv' },
	jdbc => { %catalogued, fetch_size => 1_000_000 },
	snowflake =>
	  { %catalogued, external_stage => 'e', cloud_storage_type => 'gcp', cloud_storage_credential_id => $id24 },
	synapse => { %stored, external_data_source => 'e', cloud_storage_credential_id => $id24 },
	bigquery => \%big,
	datasphere => \%catalogued,
	databricks => \%catalogued,
	trino => \%catalogued,
	dataset => { dataset_id => $id24, dataset_version_id => $id24 },
	dss => { project_id => $id24, dataset_id => $id24, partition => 'allBacktests' },
	dataStage => { data_stage_id => $id24 },
	fileSystem => { path => '/f' },
	filesystem => { path => '/f' });
my %outputs = (
	localFile => {},
	s3 => { %bucket, url => 's3://b/o', endpoint_url => 'https://s3', partition_columns => ['p'] },
	azure => { %bucket, url => 'https://h/c/o', partition_columns => ['p'] },
	gcp => { %bucket, url => 'gcs://b/o', partition_columns => ['p'] },
	http => { url => 'https://h/o.csv', method => 'PUT', headers => { 'X-Y' => 'z' } },
	jdbc => \%written,
	snowflake => {
		%catalogued, statement_type => 'insert', external_stage => 'e', cloud_storage_type => 's3',
		cloud_storage_credential_id => $id24, endpoint_url => 'https://s3' },
	synapse => {
		%catalogued, statement_type => 'insert', external_data_source => 'e', cloud_storage_credential_id => $id24,
		create_table_if_not_exists => JSON::PP::true },
	bigquery => \%big,
	datasphere => \%catalogued,
	databricks => \%catalogued,
	trino => \%catalogued,
	tableau => {
		url => 'https://t', site_name => 's', data_source_id => 'd', overwrite => JSON::PP::true,
		credential_id => $id24 },
	fileSystem => { path => '/o' },
	filesystem => { path => '/o' });
foreach ([ 'intake', \%intakes ], [ 'output', \%outputs ])
{
	my ($side, $types) = @$_;
	foreach my $type (sort keys %$types)
	{
		my %given = (%{ $types->{$type} }, type => $type);
		my %wire = map { camel($_) => $given{$_} } keys %given;
		sends('batch_create(' . sql_json({ deployment_id => $deployment, "${side}_settings" => \%given }) . ')',
			{ deploymentId => $deployment, "${side}Settings" => \%wire }, "$side of type $type");
	}
}
my %encryption = (
	algorithm => 'aws:kms', customer_algorithm => 'AES256', customer_key => 'k' x 20, kms_encryption_context => 'c',
	kms_key_id => 'i');
sends('batch_create(' . sql_json({ deployment_id => $deployment,
			output_settings => { type => 's3', url => 's3://b/o', server_side_encryption => \%encryption } }) . ')',
	{   deploymentId => $deployment,
		outputSettings => {
			type => 's3', url => 's3://b/o',
			serverSideEncryption => { map { camel($_) => $encryption{$_} } keys %encryption } } },
	'encryption by the server');
sends(qq{batch_create('{"deploymentId": "$deployment", "batchJobType": "monitoring", "monitoringBatchPrefix": "p",
	"monitoringColumns": {"predictionsColumns": "y"}, "monitoringOutputSettings": {"monitoredStatusColumn": "s"},
	"monitoringAggregation": {"retentionPolicy": "samples", "retentionValue": 1}, "secondaryDatasetsConfigId": "$id24",
	"disableRowLevelErrorHandling": true, "passthroughColumnsSet": "all", "explanationClassNames": ["a"]}')},
	{   deploymentId => $deployment, batchJobType => 'monitoring', monitoringBatchPrefix => 'p',
		monitoringColumns => { predictionsColumns => 'y' },
		monitoringOutputSettings => { monitoredStatusColumn => 's' },
		monitoringAggregation => { retentionPolicy => 'samples', retentionValue => 1 },
		secondaryDatasetsConfigId => $id24,
		disableRowLevelErrorHandling => JSON::PP::true, passthroughColumnsSet => 'all',
		explanationClassNames => ['a'] },
	'the other fields');

# ---- spellings and types of values, NULLs

sends(qq{batch_create('{"deployment_id": "$deployment", "num_concurrent": "4", "include_probabilities": "off",
	"threshold_high": "0.25", "chunk_size": "5MB", "explanation_num_top_classes": 10, "max_explanations": null,
	"explanation_class_names": []}')},
	{   deploymentId => $deployment, numConcurrent => 4, includeProbabilities => JSON::PP::false, thresholdHigh => 0.25,
		chunkSize => 5 * 1024 * 1024, explanationNumTopClasses => 10, explanationClassNames => [] },
	'numbers and truth values as texts');
sends(qq{batch_score('$deployment', chunk_size => 'Dynamic', max_ngram_explanations => 5)},
	{ deploymentId => $deployment, chunkSize => 'dynamic', maxNgramExplanations => 5 }, 'words in any letters');
sends(qq{batch_score('$deployment', column_names_remapping => '[{"inputName": "a", "outputName": "b"},
	{"inputName": "c", "outputName": null}, {"inputName": "d"}]')},
	{   deploymentId => $deployment,
		columnNamesRemapping => [
			{ inputName => 'a', outputName => 'b' }, { inputName => 'c', outputName => undef },
			{ inputName => 'd', outputName => undef } ] },
	'renamings as a list');
sends(qq{batch_score('$deployment', column_names_remapping => '{"a": false, "my_col": "x"}')},
	{ deploymentId => $deployment, columnNamesRemapping => { a => undef, my_col => 'x' } },
	'false drops a column; names of columns stay as they are');
sends(qq{batch_create('{"deployment_id": "$deployment", "output_settings": {"type": "jdbc", "data_store_id": "$id24",
	"table": "t", "statement_type": "upsert", "update_columns": ["a"], "where_columns": ["b"]}}')},
	{   deploymentId => $deployment,
		outputSettings => {
			type => 'jdbc', dataStoreId => $id24, table => 't', statementType => 'insert_update',
			updateColumns => ['a'], whereColumns => ['b'] } },
	'our own name of a statement type');
foreach my $statement (qw(insertUpdate createTable))
{
	my @columns = $statement eq 'insertUpdate' ? (updateColumns => ['a'], whereColumns => ['b']) : ();
	my %settings = (type => 'jdbc', dataStoreId => $id24, table => 't', statementType => $statement, @columns);
	sends('batch_create(' . sql_json({ deploymentId => $deployment, outputSettings => \%settings }) . ')',
		{ deploymentId => $deployment, outputSettings => \%settings }, "statement type $statement");
}

# ---- what is refused, before anything is sent

sub refused
{
	my ($spec, $state, $message, $what) = @_;
	sent();
	my @error = error_of($node, 'SELECT datarobot.batch_create(' . (defined $spec ? sql_json($spec) : 'NULL') . ')');
	is($error[0], $state, "$what: SQLSTATE");
	like($error[1], $message, "$what: the message");
	is(scalar(() = sent()), 0, "$what: nothing is sent");
	return @error;
}

sub with { return { deployment_id => $deployment, @_ }; }
sub intake { return with(intake_settings => {@_}); }
sub output { return with(output_settings => {@_}); }
sub jdbc_output { return output(type => 'jdbc', data_store_id => $id24, table => 't', @_); }

my @refusals = (
	[ {}, qr/^a batch job needs a deployment, a model or a model package$/, 'nothing scores' ],
	[ with(model_id => $id24), qr/^a batch job has more than one of/, 'two score' ],
	[ with(deployment => 'visits'), qr/^a batch job has more than one of/, 'a deployment by id and by name' ],
	[ [], qr/^option "spec" must be a JSON object$/, 'an array' ],
	[ '5', qr/^option "spec" must be a JSON object$/, 'a number' ],
	[ with(max_explanation => 1), qr/^unknown option "max_explanation"$/, 'an unknown field' ],
	[ with(maxExplanations => 1, max_explanations => 1),
		qr/^option "max_explanations" is given twice$/, 'both spellings' ],
	[ with(max_explanations => 101),
		qr/^invalid value for option "max_explanations": "101"$/, 'too many explanations' ],
	[ with(max_explanations => 'all'), qr/^invalid value for option "max_explanations": "all"$/, 'all explanations' ],
	[ with(max_explanations => 1.5), qr/^invalid value for option "max_explanations": "1.5"$/, 'half an explanation' ],
	[ with(max_explanations => [1]),
		qr/^option "max_explanations" must be a string, a number or a boolean$/, 'a list' ],
	[ with(num_concurrent => 0), qr/"num_concurrent": "0"$/, 'no chunk at a time' ],
	[ with(chunk_size => 'large'), qr/"chunk_size": "large"$/, 'an unknown chunk size' ],
	[ with(chunk_size => 0), qr/"chunk_size": "0"$/, 'empty chunks' ],
	[ with(prediction_threshold => 1.1), qr/"prediction_threshold": "1.1"$/, 'a threshold above 1' ],
	[ with(include_probabilities => 'perhaps'), qr/"include_probabilities": "perhaps"$/, 'no truth value' ],
	[ with(passthrough_columns => 'a'),
		qr/^option "passthrough_columns" must be a JSON array of column names$/, 'no list' ],
	[ with(include_probabilities_classes => [1]), qr/must be a JSON array of class names$/, 'a number as a class' ],
	[ with(passthrough_columns_set => 'some'), qr/"passthrough_columns_set": "some"$/, 'an unknown set' ],
	[ with(explanation_algorithm => 'lime'), qr/"explanation_algorithm": "lime"$/, 'an unknown algorithm' ],
	[ with(explanation_num_top_classes => 11), qr/"explanation_num_top_classes": "11"$/, 'too many classes' ],
	[   with(explanation_num_top_classes => 1, explanation_class_names => ['a']),
		qr/"explanation_num_top_classes" and "explanation_class_names" exclude each other$/, 'classes in two ways' ],
	[ with(deployment_id => 'a b'), qr/^invalid value for option "deployment_id": "a b"$/, 'no id' ],
	[ with(deployment_id => '../x'), qr/"deployment_id"/, 'a path as an id' ],
	[ { deployment_id => 5 }, qr/^option "deployment_id" must be a string$/, 'a number as an id' ],
	[ with(intake_settings => 'localFile'),
		qr/^option "intake_settings" must be a JSON object$/, 'settings that are a text' ],
	[   output(type => 'http', url => 'https://h/o.csv', headers => ['X-Y: z']),
		qr/^option "output_settings.headers" must be a JSON object$/, 'headers that are a list' ],
	[ intake(url => 's3://b/k'), qr/^option "intake_settings.type" is missing$/, 'settings without a type' ],
	[ intake(type => 'ftp'),
		qr/^invalid value for option "intake_settings.type": "ftp"$/, 'an unknown type of intake' ],
	[ output(type => 'dataset'),
		qr/^invalid value for option "output_settings.type": "dataset"$/, 'an intake as output' ],
	[ intake(type => 's3'), qr/^option "intake_settings.url" is missing$/, 's3 without a URL' ],
	[   intake(type => 's3', url => 's3://b/k', query => 'x'),
		qr/^option "intake_settings.query" is not an option of an intake of type s3$/, 'a query to s3' ],
	[ intake(type => 's3', url => 's3://b/k', urll => 'x'),
		qr/^unknown option "intake_settings.urll"$/, 'a mistyped field' ],
	[ intake(type => 's3', url => 'https://h/k'),
		qr/^option "intake_settings.url" is not a URL of type s3$/, 'http as s3' ],
	[ intake(type => 'azure', url => 's3://b/k'), qr/is not a URL of type azure$/, 's3 as azure' ],
	[ intake(type => 'gcp', url => 'https://h/k'), qr/is not a URL of type gcp$/, 'http as gcp' ],
	[ intake(type => 's3', url => 'ftp://b/k'), qr/"intake_settings.url": "ftp:\/\/b\/k"$/, 'ftp' ],
	[ intake(type => 's3', url => 's3://b/k', format => 'xls'), qr/"intake_settings.format": "xls"$/, 'a spreadsheet' ],
	[ intake(type => 'jdbc', query => 'x'), qr/^option "intake_settings.data_store_id" is missing$/, 'no data store' ],
	[   intake(type => 'jdbc', data_store_id => $id24), qr/^an intake of type jdbc needs a query or a table$/,
		'neither query nor table' ],
	[   intake(type => 'jdbc', data_store_id => $id24, query => 'x', table => 't'),
		qr/^option "intake_settings.query" excludes a table, a schema and a catalog$/, 'query and table' ],
	[   intake(type => 'jdbc', data_store_id => $id24, query => 'x', fetch_size => 1_000_001),
		qr/"intake_settings.fetch_size": "1000001"$/, 'a large fetch size' ],
	[   intake(type => 'jdbc', data_store_id => $id24, data_store => 'x', query => 'x'),
		qr/"intake_settings.data_store_id" and "intake_settings.data_store" exclude each other$/,
			'a store in two ways' ],
	[ intake(type => 'dss', project_id => $id24, partition => 'train'),
		qr/"intake_settings.partition": "train"$/, 'train' ],
	[ intake(type => 'localFile', files => '/x'), qr/^unknown option "intake_settings.files"$/, 'files' ],
	[ jdbc_output(), qr/^option "output_settings.statement_type" is missing$/, 'no statement type' ],
	[ jdbc_output(statement_type => 'merge'),
		qr/"output_settings.statement_type": "merge"$/, 'an unknown statement type' ],
	[   jdbc_output(statement_type => 'update', where_columns => ['a']),
		qr/^statement type update needs the options "output_settings.update_columns" and "output_settings.where/,
		'an update of nothing' ],
	[   jdbc_output(statement_type => 'insert', where_columns => ['a']), qr/^statement type insert has no use for/,
		'an insert with conditions' ],
	[ jdbc_output(statement_type => 'insert', commit_interval => 86401),
		qr/"output_settings.commit_interval"/, 'two days' ],
	[   jdbc_output(
			statement_type => 'update', update_columns => ['a'], where_columns => ['b'],
			create_table_if_not_exists => JSON::PP::true),
		qr/^statement type update has no use for/, 'an update of a new table' ],
	[   output(
			type => 'snowflake', data_store_id => $id24, table => 't', statement_type => 'create_table',
			external_stage => 'e'),
		qr/^an output with an external stage or data source can only insert$/, 'a stage that creates' ],
	[   output(type => 's3', url => 's3://b/o', partition_columns => ['a']),
		qr/^option "output_settings.partition_columns" needs the format parquet$/, 'partitions of CSV' ],
	[   with(
			intake_settings => { type => 's3', url => 's3://b/k' },
			output_settings => { type => 's3', url => 's3://b/k' }),
		qr/^intake and output of a batch job have the same URL$/, 'the same URL' ],
	[ with(csv_settings => { delimiter => ';;' }), qr/"csv_settings.delimiter": ";;"$/, 'two delimiters' ],
	[ with(csv_settings => { quotechar => '""' }), qr/"csv_settings.quotechar": """"$/, 'two quotes' ],
	[ with(csv_settings => { delimiter => '"' }), qr/must differ$/, 'a quote as delimiter' ],
	[ with(csv_settings => { escape => '"' }), qr/^unknown option "csv_settings.escape"$/, 'an escape character' ],
	[ with(timeseries_settings => { type => 'now' }),
		qr/"timeseries_settings.type": "now"$/, 'an unknown type of series' ],
	[   with(timeseries_settings => { type => 'historical', forecast_point => '2024-01-01' }),
		qr/^option "timeseries_settings.forecast_point" is not an option of time series settings of type historical$/,
		'a forecast point of the past' ],
	[   with(timeseries_settings => { type => 'historical', predictions_start_date => '2024-01-01' }),
		qr/are given together or not at all$/, 'a start without an end' ],
	[   with(timeseries_settings => {
				type => 'historical', predictions_start_date => '2024-01-02', predictions_end_date => '2024-01-01' }),
		qr/^the range of predictions ends before it starts/, 'an end before the start' ],
	[ with(timeseries_settings => { forecast_point => 'now' }),
		qr/"timeseries_settings.forecast_point": "now"$/, 'now' ],
	[ with(timeseries_settings => { type => 'training' }),
		qr/need an intake of type dss$/, 'training without a partition' ],
	[   with(timeseries_settings => { forecast_point_policy => { type => 'x' } }),
		qr/^option "timeseries_settings.forecast_point_policy.configuration" is missing$/, 'half a policy' ],
	[ with(prediction_instance => {}),
		qr/^option "prediction_instance.host_name" is missing$/, 'an instance without a host' ],
	[ with(column_names_remapping => { a => 1 }), qr/^option "column_names_remapping" must say/, 'a number as a name' ],
	[   { model_id => $id24, intake_settings => { type => 's3', url => 's3://b/k' } },
		qr/^a model of the leaderboard takes no intake of type s3$/, 'a leaderboard model and s3' ],
	[   { model_id => $id24, output_settings => { type => 's3', url => 's3://b/k' } },
		qr/^a model of the leaderboard has no output of type s3$/, 'a leaderboard model to s3' ]);
refused($_->[0], '22023', $_->[1], $_->[2]) foreach @refusals;
refused(undef, '22004', qr/^the specification must not be NULL$/, 'NULL');
my @error = refused(with(max_explanation => 1), '22023', qr/unknown/, 'a mistyped name');
is($error[3], 'Perhaps you meant the option "max_explanations".', 'a hint at the right one');
@error = refused(intake(type => 's3', url => 's3://b/k', query => 'x'), '22023',
	qr/not an option/, 'a misplaced field');
is($error[3], 'It is an option of an intake of type jdbc.', 'a hint where it belongs');

# by the service
my $refusable = sql_json(with(monitoring_batch_prefix => 'refuse_me'));
@error = error_of($node, "SELECT datarobot.batch_create($refusable)");
is($error[0], '22000', 'refused by the service');
like($error[1], qr/HTTP status 422: refused: .*refuse_me/, 'with what it says');
is(scalar(() = sent()), 1, 'once');

# options that the client keeps to itself, with what there is here
foreach ([ intake(type => 'localFile', file => '/x'), 'intake_settings.file', qr/batch_upload\(\)/ ],
	[ { deploymentId => 'd', intakeSettings => { type => 'dataset', dataset => 'x' } }, 'intake_settings.dataset',
		qr/dataset_id/ ],
	[ output(type => 'localFile', path => '/x'), 'output_settings.path', qr/batch_download\(\)/ ],
	[ with(download_timeout => 120), 'download_timeout', qr/"timeout"/ ],
	[ with(download_read_timeout => 660), 'download_read_timeout', qr/"timeout"/ ],
	[ with(upload_read_timeout => 600), 'upload_read_timeout', qr/statement_timeout/ ],
	[ with(explanations_mode => 'x'), 'explanations_mode', qr/explanation_num_top_classes/ ])
{
	@error = refused($_->[0], '22023', qr/^option "\Q$_->[1]\E" is not sent to DataRobot$/, $_->[1]);
	like($error[3], $_->[2], "$_->[1]: a hint");
}
@error = error_of($node, q{SELECT datarobot.batch_score_s3('d', 's3://b/i', NULL)});
is_deeply([ @error[ 0, 1 ] ], [ '22004', 'destination_url must not be NULL' ], 'no destination');
@error = error_of($node, q{SELECT datarobot.batch_score_s3('d', 's3://b/i',
	's3://b/o', spec => '{"outputSettings": {}}')});
is_deeply([ @error[ 0, 1 ] ], [ '22023', 'option "outputSettings" is given twice' ], 'an output given twice');
@error = error_of($node, q{SELECT datarobot.batch_score('visits', passthrough_columns => '{a,NULL}')});
is($error[0], '22004', 'NULL among names of columns');
@error = error_of($node, q{SELECT datarobot.batch_score('visits', chunk_size => '5 apples')});
is_deeply([ @error[ 0, 1 ] ], [ '22023', 'invalid value for option "chunk_size": "5 apples"' ], 'apples');

# ---- what is not strict

sub warned
{
	my ($call) = @_;
	my ($out, $err);
	sent();
	$node->psql('postgres', "SELECT (datarobot.$call).id", stdout => \$out, stderr => \$err, on_error_stop => 1);
	my @sent = sent();
	return ($err, @sent ? $json->decode($sent[-1]{body}) : undef);
}

sub lenient
{
	my ($spec, $warning, $want, $what) = @_;
	my ($err, $got) = warned('batch_create(' . sql_json($spec) . ', strict => false)');
	like($err, $warning, "$what: a warning");
	is_deeply($got, $want, "$what: it is sent");
	return;
}
lenient(with(new_field => { x => [ 1, undef ] }), qr/WARNING:  unknown option "new_field"$/m,
	{ deploymentId => $deployment, new_field => { x => [ 1, undef ] } }, 'an unknown field');
lenient(intake(type => 'ftp', url => 'ftp://h', port => 21),
	qr/WARNING:  unknown value for option "intake_settings.type": "ftp"$/m,
	{ deploymentId => $deployment, intakeSettings => { type => 'ftp', url => 'ftp://h', port => 21 } },
		'an unknown type');
lenient(intake(type => 'http', url => 'http://h', format => 'csv'),
	qr/WARNING:  option "intake_settings.format" is not an option of an intake of type http$/m,
	{ deploymentId => $deployment, intakeSettings => { type => 'http', url => 'http://h', format => 'csv' } },
	'a field of another type');
lenient(with(explanation_algorithm => 'lime'), qr/WARNING:  unknown value for option "explanation_algorithm": "lime"$/m,
	{ deploymentId => $deployment, explanationAlgorithm => 'lime' }, 'an unknown word');
@error = error_of($node, "SELECT datarobot.batch_create('{\"deployment\": \"d\", \"max_explanations\": 101}', false)");
is($error[0], '22023', 'what is known is checked all the same');

# ---- template variables

sub templates
{
	my ($spec, $warning, $what) = @_;
	my ($err, $got) = warned('batch_create(' . sql_json($spec) . ')');
	ok($got, "$what: it is sent");
	$warning ? like($err, $warning, "$what: a warning") : is($err, '', "$what: no warning");
	return $got;
}
my $got = templates(output(type => 's3', url => 's3://b/{{ current_run_timestamp }}.csv'),
	undef, 'in a URL of an output');
is($got->{outputSettings}{url}, 's3://b/{{ current_run_timestamp }}.csv', 'a template is not touched');
templates(
	intake(type => 'jdbc', data_store_id => $id24,
		query => q(SELECT * FROM t WHERE at > '{{ last_completed_run_time }}')),
	undef, 'in a query');
templates(jdbc_output(statement_type => 'insert', create_table_if_not_exists => JSON::PP::true,
		table => 't_{{ current_run_timestamp }}'), undef, 'in the name of a table that may be made');
templates(jdbc_output(statement_type => 'create_table', table => 't_{{ current_run_timestamp }}'), undef,
	'in the name of a table that is made');
templates(jdbc_output(statement_type => 'insert', table => 't_{{ current_run_time }}'),
	qr/does not replace template variables in "output_settings.table"$/m, 'in the name of a table that is there');
templates(output(%big, type => 'bigquery', table => 't_{{ current_run_timestamp }}'), undef, 'in a table of bigquery');
templates(intake(type => 's3', url => 's3://b/{{ current_run_time }}.csv'),
	qr/does not replace template variables in "intake_settings.url"$/m, 'in a URL of an intake');
templates(with(passthrough_columns => ['{{ current_run_time }}']),
	qr/variables in "passthroughColumns"$/m, 'elsewhere');
templates(output(type => 's3', url => 's3://b/{{ curent_run_time }}.csv'),
	qr/contains \{\{ without the name of a template variable\n.*\n.*Perhaps you meant the variable "current_run_time"/m,
	'a mistyped variable');
templates(intake(type => 'jdbc', data_store_id => $id24, query => q(SELECT '{{1,2},{3,4}}'::int[])),
	qr/"intake_settings.query" contains \{\{ without/m, 'an array of PostgreSQL is a template to DataRobot');
templates(output(type => 'gcp', url => q(gs://b/{{ current_run_time.strftime('%Y') }}.csv)),
	undef, 'a method of a variable');

# ---- what would be sent

sent();
my $preview = decode_json(safe_scalar($node,
		'SELECT datarobot.batch_preview('
		  . sql_json(with(max_explanations => '3', prediction_instance => { host_name => 'h', api_key => 'k' },
			intake_settings => { type => 'http', url => 'https://u:p@h/f?s=1' },
			output_settings => { type => 's3', url => 's3://u:p@b/f' })) . ')'));
is_deeply($preview,
	{   deploymentId => $deployment, maxExplanations => 3,
		predictionInstance => { hostName => 'h', apiKey => '[redacted]' },
		intakeSettings => { type => 'http', url => 'https://[redacted]@h/f?[redacted]' },
		outputSettings => { type => 's3', url => 's3://[redacted]@b/f' } },
	'as it would be sent, without secrets');
my @refusal = error_of($node, q{SELECT datarobot.batch_preview('{"deployment": "d", "max_explanations": 101}')});
is($refusal[0], '22023', 'it is checked');
is(scalar(() = sent()), 0, 'nothing is sent');
@refusal = error_of($node, qq{SELECT * FROM datarobot.score('$deployment',
	'SELECT 1 AS a', options => '{"method": "batch",
	"batch_settings": {"prediction_instance": {"host_name": "h", "api_key": "k"}}}')});
is_deeply([ @refusal[ 0, 1 ] ], [ '22023', 'the option "batch_settings" must not contain a secret' ],
	'options of calls are no place for secrets: the ledger has them');

# ---- names in place of ids, and the server's default deployment

sub resolved
{
	my ($call, $asked, $want, $what) = @_;
	sent();
	safe_scalar($node, "SELECT (datarobot.$call).id");
	my @sent = sent();
	is(join(', ', map { $_->{path} =~ s/\?.*//r } @sent), "$asked, /batchPredictions/", "$what: what is asked");
	is_deeply($json->decode($sent[-1]{body}), $want, "$what: the ids");
	return;
}
resolved(q{batch_score('visits')}, '/deployments/', { deploymentId => $deployment }, 'the label of a deployment');
resolved(qq{batch_score_s3('$deployment', 's3://b/i', 's3://b/o', 'the bucket')}, '/credentials/, /credentials/',
	{   deploymentId => $deployment,
		intakeSettings => { type => 's3', url => 's3://b/i', credentialId => $credential },
		outputSettings => { type => 's3', url => 's3://b/o', credentialId => $credential } },
	'the name of a credential');
resolved('batch_create(' . sql_json(intake(type => 'jdbc', data_store => 'warehouse', table => 't')) . ')',
	'/externalDataStores/',
	{   deploymentId => $deployment,
		intakeSettings => { type => 'jdbc', dataStoreId => '5d5d5d5d5d5d5d5d5d5d5d5d', table => 't' } },
	'the name of a data store');
@error = error_of($node, qq{SELECT datarobot.batch_score_s3('$deployment', 's3://b/i', 's3://b/o', 'nobody')});
is_deeply([ @error[ 0, 1 ] ], [ '42704', 'there is no credential "nobody", or it is not yours' ],
	'an unknown credential');
@error = error_of($node, qq{SELECT datarobot.batch_score_s3('$deployment', 's3://b/i', 's3://b/o', 'twice')});
is_deeply([ @error[ 0, 1 ] ], [ '42P08', '2 credentials are called "twice"' ], 'a name of two credentials');
is(scalar(grep { $_->{path} eq '/batchPredictions/' } sent()), 0, 'no job is made then');
$node->safe_psql('postgres', "ALTER SERVER datarobot OPTIONS (ADD deployment 'visits')");
resolved('batch_score(max_explanations => 1)', '/deployments/', { deploymentId => $deployment, maxExplanations => 1 },
	'the default of the server');
sends(qq{batch_create('{"model_id": "6a0000000000000000000001", "deployment": null}')},
	{ modelId => '6a0000000000000000000001' }, 'a model in place of the default');
$node->safe_psql('postgres', 'ALTER SERVER datarobot OPTIONS (DROP deployment)');

# ---- secrets: not in errors, the log, what is shown, or the record

# what log_statement writes is the DBA's to decide; errors write the statement, too
$node->safe_psql('postgres', "ALTER DATABASE postgres SET log_statement = 'none'");
my $secret = 'Sesam-oeffne-Dich-0123456789';
my %hidden = (
	'a key of an instance' => with(prediction_instance => { host_name => 'h', api_key => $secret }),
	'the other key' => with(predictionInstance => { hostName => 'h', datarobotKey => $secret }),
	'a password in a URL' => intake(type => 'http', url => "https://me:$secret\@h/f.csv"),
	'a signed URL' => intake(type => 'http', url => "https://h/f.csv?signature=$secret"),
	'a header' => output(type => 'http', url => 'https://h/o', headers => { Authorization => "Bearer $secret" }),
	'a key of a customer' =>
	  output(type => 's3', url => 's3://b/o', server_side_encryption => { customer_key => $secret }));
foreach my $what (sort keys %hidden)
{
	my $spec = $hidden{$what};
	my $offset = -s $node->logfile;
	my ($out, $err);
	sent();
	my $record = safe_scalar($node, 'SELECT (datarobot.batch_create(' . sql_json($spec) . ')).record');
	my ($sent) = sent();
	like($sent->{body}, qr/\Q$secret\E/, "$what is sent");
	unlike($record, qr/\Q$secret\E/, "$what is not in the record");

	# refused by us, by the service (which repeats it), and within PL/pgSQL, whose context quotes the statement
	foreach my $bad ({ %$spec, max_explanations => 101 }, { %$spec, monitoring_batch_prefix => 'refuse_me' })
	{
		my $call = 'datarobot.batch_create(' . sql_json($bad) . ')';
		foreach my $sql ("SELECT $call", "DO \$do\$ BEGIN PERFORM $call; END \$do\$")
		{
			$node->psql('postgres', "\\set VERBOSITY verbose\n$sql", stdout => \$out, stderr => \$err);
			like($err, qr/ERROR/, "$what: it is refused");
			unlike($err =~ s/^LINE .*\n.*//mr, qr/\Q$secret\E/, "$what is not in the error");
		}
	}
	my $log = substr(slurp_file($node->logfile), $offset);
	like($log, qr/ERROR/, "$what: the log has the errors");
	unlike($log, qr/\Q$secret\E/, "$what is not in the log");
}
# refused while the arguments are read
foreach my $call ("batch_score('d', passthrough_columns => '{NULL}', prediction_instance => "
	  . sql_json({ host_name => 'h', api_key => $secret }) . ')',
	"batch_score_s3('d', NULL, 's3://b/o?signature=$secret')",
	"batch_score_gcp('d', 'gs://b/i', 'gs://b/o?signature=$secret', spec => '[]')")
{
	my $offset = -s $node->logfile;
	my ($out, $err);
	$node->psql('postgres', "DO \$do\$ BEGIN PERFORM datarobot.$call; END \$do\$", stdout => \$out, stderr => \$err);
	like($err, qr/ERROR/, 'refused');
	unlike($err . substr(slurp_file($node->logfile), $offset), qr/\Q$secret\E/, 'the secret is not shown');
}
foreach my $call ('batch_create(' . sql_json($hidden{'a key of an instance'}) . ')',
	"batch_score('$deployment', prediction_instance => "
	  . sql_json($hidden{'a key of an instance'}{prediction_instance}) . ')')
{
	my ($name) = $call =~ /^(\w+)/;
	is(safe_scalar($node, "SELECT (datarobot.$call).id IS NOT NULL,
			(SELECT query FROM pg_stat_activity WHERE pid = pg_backend_pid())"),
		"t|SELECT datarobot.$name(...)", "pg_stat_activity shows only the name from then on, $name");
}

# ---- surroundings

$node->safe_psql(
	'postgres', q{
	CREATE ROLE plain LOGIN; CREATE ROLE scorer LOGIN;
	GRANT USAGE ON FOREIGN SERVER datarobot TO scorer;
	GRANT EXECUTE ON FUNCTION datarobot.batch_create TO scorer});
sent();
@error = error_of($node, q{SELECT datarobot.batch_create('{"deployment_id": "d"}')}, role => 'plain');
is($error[0], '42501', 'nobody may without EXECUTE');
$node->safe_psql('postgres', 'GRANT EXECUTE ON FUNCTION datarobot.batch_create TO plain');
@error = error_of($node, q{SELECT datarobot.batch_create('{"deployment_id": "d"}')}, role => 'plain');
is($error[0], '42501', 'or without USAGE of the server');
is(scalar(() = sent()), 0, 'nothing is sent then');
is(safe_scalar($node, q{SET LOCAL ROLE scorer; SELECT (datarobot.batch_create('{"deployment_id": "d"}')).status}),
	'INITIALIZING', 'a role that may');

# a database of another encoding: what is sent is UTF-8
$node->safe_psql('postgres', "CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0");
$node->safe_psql('latin', 'CREATE EXTENSION datarobot_scoring');
connect_node($node, standin => $standin, dbname => 'latin', server => { api_url => $api, prediction_url => undef });
sent();
$node->safe_psql('latin',
	"SELECT datarobot.batch_score('$deployment', passthrough_columns => ARRAY[chr(233) || 't' || chr(233)])");
my ($latin) = sent();
is_deeply($json->decode($latin->{body})->{passthroughColumns}, ["\x{e9}t\x{e9}"], 'a name in LATIN1');

# in PL/pgSQL, whose transaction is rolled back: the job remains, as the documentation says
sent();
@error = error_of($node, qq{DO \$\$ BEGIN PERFORM datarobot.batch_score('$deployment'); RAISE 'no'; END \$\$});
is($error[0], 'P0001', 'rolled back');
is(scalar(() = sent()), 1, 'the job was made');

done_testing();
