# Every field that a job of the Batch Prediction API can have (docs/api.md 2.4 to 2.8), one by one: given in the
# spelling of the Python client and in DataRobot's, it reaches the service in DataRobot's, with its value; a value of
# another type is refused before anything is sent. The fields are in the list at the end.
use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../lib";
use JSON::PP ();
use ScoringTest;
use Test::More;

# Deployments that take what not all of them do.
my %model = (
	regression => $DEPLOYMENT{regression},
	binary => $DEPLOYMENT{binary},
	multiclass => $DEPLOYMENT{multiclass},
	bounded => '5f000000000000000000001d',
	text => '5f0000000000000000000020',
	series => '5f0000000000000000000022');

my $standin = new_standin();
my $node = new_node('main', standin => $standin, server => { api_url => $standin->api_url });
my $json = JSON::PP->new->canonical->allow_nonref;

# The bodies of the last requests that made a job, the oldest first.
sub last_bodies
{
	my ($count) = @_;
	my @bodies = map { $json->decode($_->{body}) }
	  grep { $_->{method} eq 'POST' && $_->{target} =~ m{/batchPredictions/?$} } $standin->requests;
	return @bodies[ -$count .. -1 ];
}

sub jobs_made { return $standin->counters->{batch}{jobs}; }

# intakeSettings is intake_settings in Python; names within it likewise, except those that are columns or headers, and
# what is of monitoring jobs, which is passed on.
sub in_python
{
	my ($value) = @_;
	return $value unless ref $value eq 'HASH';
	my %result;
	foreach my $name (keys %$value)
	{
		my $is_other = $name =~ /^(?:columnNamesRemapping|headers|monitoring.*)$/;
		$result{ $name =~ s/([A-Z])/_\l$1/gr } = $is_other ? $value->{$name} : in_python($value->{$name});
	}
	return \%result;
}

sub create { return 'SELECT (datarobot.batch_create(' . quote_sql($json->encode($_[0])) . ')).id'; }

# Where a field belongs: an object within the specification.
sub place
{
	my ($where, $type, $spec) = @_;
	return $spec if $where eq 'job';
	return $spec->{csvSettings} = {} if $where eq 'csv';
	return $spec->{predictionInstance} = {} if $where eq 'instance';
	return $spec->{timeseriesSettings} = { type => $type } if $where eq 'series';
	return $spec->{"${where}Settings"} = { type => $type };
}

# The list: fields to be tried, and by place and type those that all others of it need.
my (@fields, %needed);
while (my $line = <DATA>)
{
	next if $line =~ /^\s*(?:#|$)/;
	my ($where, $type, $field, $needed, $value, $with) = $line =~ /^(\w+) +(\S+) +(\w+)(!?) +(.*?)(?: -- (.*))?$/
	  or die "what is \"$line\"?";
	my %f = (name => "$where $type $field $value", where => $where, type => $type, field => $field,
		value => $json->decode($value), with => $json->decode($with // '{}'));
	$needed{"$where $type"}{$field} = $f{value} if $needed;
	push @fields, \%f;
}

# A specification with that field, and what it cannot do without.
sub specification
{
	my ($f, $value) = @_;
	my %with = %{ $f->{with} };
	my $model = delete $with{model} // ($f->{where} eq 'series' ? 'series' : 'regression');
	my %spec;
	my $place = place($f->{where}, $f->{type}, \%spec);

	%$place = (%$place, %{ $needed{"$f->{where} $f->{type}"} // {} }, %with, $f->{field} => $value);
	delete @$place{ grep { !defined $place->{$_} } keys %$place };
	$spec{deploymentId} //= $model{$model} unless $spec{modelId} || $spec{modelPackageId};
	$spec{intakeSettings} //= { type => 'dss', projectId => '5b0000000000000000000001' } if $f->{type} eq 'training';
	return \%spec;
}

# Found again in what was sent.
sub found
{
	my ($f, $body) = @_;
	my %name = (csv => 'csvSettings', instance => 'predictionInstance', series => 'timeseriesSettings',
		intake => 'intakeSettings', output => 'outputSettings');
	my $place = $f->{where} eq 'job' ? $body : $body->{ $name{ $f->{where} } };
	return $place->{ $f->{field} };
}

while (@fields)
{
	my @some = splice @fields, 0, 20;
	my @statements = map { my $spec = specification($_, $_->{value}); (create($spec), create(in_python($spec))) } @some;
	my $ids = $node->safe_psql('postgres', join(";\n", @statements) . ';');

	is(scalar(split /\n/, $ids), 2 * @some, 'jobs are made');
	my @bodies = last_bodies(2 * @some);
	foreach my $f (@some)
	{
		is_deeply(found($f, shift @bodies), $f->{value}, $f->{name});
		is_deeply(found($f, shift @bodies), $f->{value}, "$f->{name}, in the spelling of Python");
	}
	my $made = jobs_made();
	foreach my $f (@some)
	{
		my $spec = specification($f, ref $f->{value} ? 17 : [ { a => 1 } ]);
		is((error_of($node, create($spec)))[0], '22023', "$f->{name}: another type is refused");
	}
	is(jobs_made(), $made, 'without a request');
}

done_testing();

# Place, type, field, value; then, after two dashes, what else is needed. All fields of a place and type need those that
# have an exclamation mark, unless they say null.
__DATA__
job      -          deploymentId               "5f0000000000000000000001"
job      -          modelId                    "6a0000000000000000000001" -- {"deploymentId": null}
job      -          modelPackageId             "6a0000000000000000000001" -- {"deploymentId": null}
job      -          pinnedModelId              "6a0000000000000000000009"
job      -          intakeSettings             {"type": "http", "url": "https://example.com/in.csv"}
job      -          outputSettings             {"type": "http", "url": "https://example.com/out.csv"}
job      -          csvSettings                {"delimiter": ";"}
job      -          timeseriesSettings         {"forecastPoint": "2024-01-31T12:30:00"} -- {"model": "series"}
job      -          numConcurrent              4
job      -          chunkSize                  1048576
job      -          chunkSize                  "auto"
job      -          chunkSize                  "fixed"
job      -          chunkSize                  "dynamic"
job      -          passthroughColumns         ["Column A", "b"]
job      -          passthroughColumnsSet      "all"
job      -          maxExplanations            3
job      -          maxNgramExplanations       "all" -- {"model": "text"}
job      -          maxNgramExplanations       5 -- {"model": "text"}
job      -          explanationAlgorithm       "shap"
job      -          explanationAlgorithm       "xemp" -- {"model": "multiclass"}
job      -          explanationNumTopClasses   2 -- {"model": "multiclass"}
job      -          explanationClassNames      ["Democrat"] -- {"model": "multiclass"}
job      -          thresholdHigh              0.9
job      -          thresholdLow               0.125
job      -          predictionThreshold        0.25 -- {"model": "binary"}
job      -          predictionWarningEnabled   true -- {"model": "bounded"}
job      -          includePredictionStatus    true
job      -          includeProbabilities       false
job      -          includeProbabilitiesClasses ["Democrat"] -- {"model": "multiclass"}
job      -          skipDriftTracking          true
job      -          abortOnError               false
job      -          disableRowLevelErrorHandling true
job      -          columnNamesRemapping       {"Old name_X": "newName", "dropped": null}
job      -          columnNamesRemapping       [{"inputName": "Old name_X", "outputName": "newName"}]
job      -          predictionInstance         {"hostName": "example.com"}
job      -          secondaryDatasetsConfigId  "5e00000000000000000000cc"
job      -          batchJobType               "prediction"
job      -          monitoringBatchPrefix      "november"
job      -          monitoringColumns          {"predictionsColumns": []}
job      -          monitoringOutputSettings   {"uniqueRowIdentifierColumns": ["id"]}
job      -          monitoringAggregation      {"retentionValue": 10}

csv      -          delimiter                  "tab"
csv      -          quotechar                  "'"
csv      -          encoding                   "latin_1"

instance -          hostName!                  "192.0.2.4"
instance -          sslEnabled                 false
instance -          apiKey                     "NWU"
instance -          datarobotKey               "154a8abb-cbde-4e73-ab3b-a46c389c337b"

series   forecast   type                       "forecast"
series   forecast   forecastPoint              "2024-01-31T12:30:00"
series   forecast   forecastPointPolicy        {"type": "jobRunTimeBased", "configuration": {"offset": "P2DT5H3M"}}
series   forecast   forecastPointPolicy        {"type": "jobRunTimeBased", "configuration": {"offset": "-P1D"}}
series   forecast   relaxKnownInAdvanceFeaturesCheck true
series   historical type                       "historical"
series   historical predictionsStartDate       "2024-01-01T00:00:00" -- {"predictionsEndDate": "2024-01-31T00:00:00"}
series   historical predictionsEndDate         "2024-01-31T00:00:00" -- {"predictionsStartDate": "2024-01-01T00:00:00"}
series   historical relaxKnownInAdvanceFeaturesCheck true
series   training   type                       "training"
series   training   relaxKnownInAdvanceFeaturesCheck true

intake   localFile  async                      false
intake   localFile  multipart                  true
intake   s3         url!                       "s3://bucket/in.csv"
intake   s3         credentialId               "5c5c5c5c5c5c5c5c5c5c5c5c"
intake   s3         endpointUrl                "https://s3.example.com"
intake   s3         format                     "csv"
intake   azure      url!                       "https://account.blob.example.com/container/in.csv"
intake   azure      credentialId               "5c5c5c5c5c5c5c5c5c5c5c5c"
intake   azure      format                     "parquet"
intake   gcp        url!                       "gs://bucket/in.csv"
intake   gcp        credentialId               "5c5c5c5c5c5c5c5c5c5c5c5c"
intake   gcp        format                     "csv"
intake   http       url!                       "https://user:word@example.com/in.csv"
intake   jdbc       dataStoreId!               "5d5d5d5d5d5d5d5d5d5d5d5d"
intake   jdbc       query!                     "SELECT id, age FROM patient"
intake   jdbc       table                      "patient" -- {"query": null}
intake   jdbc       schema                     "public" -- {"query": null, "table": "patient"}
intake   jdbc       catalog                    "hospital" -- {"query": null, "table": "patient"}
intake   jdbc       credentialId               "5c5c5c5c5c5c5c5c5c5c5c5c"
intake   jdbc       fetchSize                  10000
intake   snowflake  dataStoreId!               "5d5d5d5d5d5d5d5d5d5d5d5d"
intake   snowflake  query!                     "SELECT 1"
intake   snowflake  table                      "patient" -- {"query": null}
intake   snowflake  schema                     "public" -- {"query": null, "table": "patient"}
intake   snowflake  catalog                    "hospital" -- {"query": null, "table": "patient"}
intake   snowflake  credentialId               "5c5c5c5c5c5c5c5c5c5c5c5c"
intake   snowflake  externalStage              "stage"
intake   snowflake  cloudStorageType           "azure"
intake   snowflake  cloudStorageCredentialId   "5c5c5c5c5c5c5c5c5c5c5c5d"
intake   synapse    dataStoreId!               "5d5d5d5d5d5d5d5d5d5d5d5d"
intake   synapse    query!                     "SELECT 1"
intake   synapse    table                      "patient" -- {"query": null}
intake   synapse    schema                     "dbo" -- {"query": null, "table": "patient"}
intake   synapse    credentialId               "5c5c5c5c5c5c5c5c5c5c5c5c"
intake   synapse    externalDataSource         "source"
intake   synapse    externalDatasource         "source"
intake   synapse    cloudStorageCredentialId   "5c5c5c5c5c5c5c5c5c5c5c5d"
intake   bigquery   dataset!                   "hospital"
intake   bigquery   table!                     "patient"
intake   bigquery   bucket!                    "bucket"
intake   bigquery   credentialId               "5c5c5c5c5c5c5c5c5c5c5c5c"
intake   datasphere dataStoreId!               "5d5d5d5d5d5d5d5d5d5d5d5d"
intake   datasphere table!                     "patient"
intake   datasphere schema!                    "public"
intake   datasphere catalog                    "hospital"
intake   datasphere credentialId               "5c5c5c5c5c5c5c5c5c5c5c5c"
intake   databricks dataStoreId!               "5d5d5d5d5d5d5d5d5d5d5d5d"
intake   databricks table!                     "patient"
intake   databricks schema!                    "public"
intake   databricks catalog                    "hospital"
intake   databricks credentialId               "5c5c5c5c5c5c5c5c5c5c5c5c"
intake   trino      dataStoreId!               "5d5d5d5d5d5d5d5d5d5d5d5d"
intake   trino      table!                     "patient"
intake   trino      schema!                    "public"
intake   trino      catalog                    "hospital"
intake   trino      credentialId               "5c5c5c5c5c5c5c5c5c5c5c5c"
intake   dataset    datasetId!                 "5e00000000000000000000d1"
intake   dataset    datasetVersionId           "5e00000000000000000000d2"
intake   dss        projectId!                 "5b0000000000000000000001"
intake   dss        datasetId                  "5e00000000000000000000d1"
intake   dss        partition                  "holdout"
intake   dss        partition                  "validation"
intake   dss        partition                  "allBacktests"
intake   dataStage  dataStageId!               "5e00000000000000000000e1"
intake   fileSystem path!                      "/data/in.csv"
intake   filesystem path!                      "/data/in.csv"

output   localFile  type                       "localFile"
output   s3         url!                       "s3://bucket/out.csv"
output   s3         credentialId               "5c5c5c5c5c5c5c5c5c5c5c5c"
output   s3         endpointUrl                "https://s3.example.com"
output   s3         format                     "csv"
output   s3         serverSideEncryption       {"algorithm": "AES256"}
output   s3         serverSideEncryption       {"customerAlgorithm": "AES256"}
output   s3         serverSideEncryption       {"customerKey": "c2VjcmV0"}
output   s3         serverSideEncryption       {"kmsEncryptionContext": "Y29udGV4dA=="}
output   s3         serverSideEncryption       {"kmsKeyId": "key"}
output   s3         partitionColumns           ["day"] -- {"format": "parquet"}
output   azure      url!                       "https://account.blob.example.com/container/out.csv"
output   azure      credentialId               "5c5c5c5c5c5c5c5c5c5c5c5c"
output   azure      format                     "csv"
output   azure      partitionColumns           ["day"] -- {"format": "parquet"}
output   gcp        url!                       "gcs://bucket/out.csv"
output   gcp        credentialId               "5c5c5c5c5c5c5c5c5c5c5c5c"
output   gcp        format                     "csv"
output   gcp        partitionColumns           ["day"] -- {"format": "parquet"}
output   http       url!                       "https://example.com/out.csv"
output   http       method                     "PUT"
output   http       method                     "POST"
output   http       headers                    {"X-Source": "postgresql"}
output   jdbc       dataStoreId!               "5d5d5d5d5d5d5d5d5d5d5d5d"
output   jdbc       table!                     "score"
output   jdbc       statementType!             "insert"
output   jdbc       statementType              "update" -- {"updateColumns": ["y"], "whereColumns": ["id"]}
output   jdbc       statementType              "insertUpdate" -- {"updateColumns": ["y"], "whereColumns": ["id"]}
output   jdbc       statementType              "insert_update" -- {"updateColumns": ["y"], "whereColumns": ["id"]}
output   jdbc       statementType              "createTable"
output   jdbc       statementType              "create_table"
output   jdbc       schema                     "public"
output   jdbc       catalog                    "hospital"
output   jdbc       credentialId               "5c5c5c5c5c5c5c5c5c5c5c5c"
output   jdbc       createTableIfNotExists     true
output   jdbc       updateColumns              ["y"] -- {"statementType": "update", "whereColumns": ["id"]}
output   jdbc       whereColumns               ["id"] -- {"statementType": "update", "updateColumns": ["y"]}
output   jdbc       commitInterval             60
output   snowflake  dataStoreId!               "5d5d5d5d5d5d5d5d5d5d5d5d"
output   snowflake  table!                     "score"
output   snowflake  statementType!             "insert"
output   snowflake  schema                     "public"
output   snowflake  catalog                    "hospital"
output   snowflake  credentialId               "5c5c5c5c5c5c5c5c5c5c5c5c"
output   snowflake  createTableIfNotExists     true
output   snowflake  updateColumns              ["y"] -- {"statementType": "update", "whereColumns": ["id"]}
output   snowflake  whereColumns               ["id"] -- {"statementType": "update", "updateColumns": ["y"]}
output   snowflake  commitInterval             60
output   snowflake  externalStage              "stage"
output   snowflake  cloudStorageType           "gcp"
output   snowflake  cloudStorageCredentialId   "5c5c5c5c5c5c5c5c5c5c5c5d"
output   snowflake  endpointUrl                "https://s3.example.com"
output   synapse    dataStoreId!               "5d5d5d5d5d5d5d5d5d5d5d5d"
output   synapse    table!                     "score"
output   synapse    statementType!             "insert"
output   synapse    schema                     "dbo"
output   synapse    catalog                    "hospital"
output   synapse    credentialId               "5c5c5c5c5c5c5c5c5c5c5c5c"
output   synapse    createTableIfNotExists     true
output   synapse    updateColumns              ["y"] -- {"statementType": "update", "whereColumns": ["id"]}
output   synapse    whereColumns               ["id"] -- {"statementType": "update", "updateColumns": ["y"]}
output   synapse    commitInterval             60
output   synapse    externalDataSource         "source"
output   synapse    externalDatasource         "source"
output   synapse    cloudStorageCredentialId   "5c5c5c5c5c5c5c5c5c5c5c5d"
output   bigquery   dataset!                   "hospital"
output   bigquery   table!                     "score"
output   bigquery   bucket!                    "bucket"
output   bigquery   credentialId               "5c5c5c5c5c5c5c5c5c5c5c5c"
output   datasphere dataStoreId!               "5d5d5d5d5d5d5d5d5d5d5d5d"
output   datasphere table!                     "score"
output   datasphere schema!                    "public"
output   datasphere catalog                    "hospital"
output   datasphere credentialId               "5c5c5c5c5c5c5c5c5c5c5c5c"
output   databricks dataStoreId!               "5d5d5d5d5d5d5d5d5d5d5d5d"
output   databricks table!                     "score"
output   databricks schema!                    "public"
output   databricks catalog                    "hospital"
output   databricks credentialId               "5c5c5c5c5c5c5c5c5c5c5c5c"
output   trino      dataStoreId!               "5d5d5d5d5d5d5d5d5d5d5d5d"
output   trino      table!                     "score"
output   trino      schema!                    "public"
output   trino      catalog                    "hospital"
output   trino      credentialId               "5c5c5c5c5c5c5c5c5c5c5c5c"
output   tableau    url!                       "https://tableau.example.com"
output   tableau    siteName!                  "site"
output   tableau    dataSourceId               "source"
output   tableau    overwrite                  true
output   tableau    credentialId               "5c5c5c5c5c5c5c5c5c5c5c5c"
output   fileSystem path!                      "/data/out.csv"
output   filesystem path!                      "/data/out.csv"
