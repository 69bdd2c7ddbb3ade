# Time series data preparation, which DataRobot's client does before it makes a job (docs/api.md 4.7): the requests,
# the prepared rows, and a job that reads them.
use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../lib";
use File::Temp qw(tempdir);
use HTTP::Tiny;
use JSON::PP qw(decode_json);
use ScoringTest;
use Test::More;

my $buckets = tempdir('drs-buckets.XXXXXX', TMPDIR => 1, CLEANUP => 1);
my $standin = new_standin(args => [ '--buckets', $buckets ]);
my $node = new_node('main', standin => $standin, init => [ extra => [ '--locale=C', '--encoding=UTF8' ] ],
	server => { api_url => $standin->api_url });
my $series = '5f0000000000000000000022';
my $http = HTTP::Tiny->new(timeout => 30,
	default_headers => { authorization => 'Bearer ' . $standin->token, 'content-type' => 'application/json' });

sub prepare
{
	my ($arguments) = @_;
	return decode_json(safe_scalar($node, "SELECT datarobot.batch_prepare_series($arguments)"));
}

sub rows_of_dataset
{
	my ($id) = @_;
	open(my $in, '<', "$buckets/datasets/$id.csv") or die "$id: $!";
	chomp(my @lines = <$in>);
	return @lines;
}

# What the prediction server says of the rows without gaps: store, date and forecast of each.
sub forecasts
{
	my $wanted = safe_scalar($node, q{SELECT E'date,store,promotion,sales\n' || string_agg(
		concat_ws(',', date, store, promotion, coalesce(sales::text, '')), E'\n'
		ORDER BY store COLLATE "C", to_date(date, 'DD.MM.YYYY')) FROM wanted});
	my $answer = $http->post($standin->url . "/deployments/$series/predictions?forecastPoint=2023-09-28T00:00:00",
		{ content => $wanted, headers => { 'content-type' => 'text/csv', accept => 'text/csv',
			'datarobot-key' => $standin->key } });
	die "$answer->{status} $answer->{content}" unless $answer->{success};
	my ($header, @lines) = split /\r?\n/, $answer->{content};
	my @columns = split /,/, $header;
	return map {
		my %row;
		@row{@columns} = split /,/;
		join '|', @row{ 'store', 'date', 'sales (actual)_PREDICTION' };
	} @lines;
}

# ---- rows with gaps, and what is to become of them
$node->safe_psql('postgres', qq{
	CREATE TABLE sales (date text, store text, promotion int, sales float8);
	COPY sales FROM '$FindBin::RealBin/../server/samples/sales_several.csv' (FORMAT csv, HEADER);
	CREATE VIEW dated AS SELECT to_date(date, 'DD.MM.YYYY') AS day, store, promotion, sales FROM sales;
	CREATE TABLE gaps AS SELECT * FROM dated
		WHERE day NOT IN ('2023-09-10', '2023-09-11') AND (store <> 'Nord' OR day <> '2023-09-20');
	CREATE VIEW wanted AS
	SELECT to_char(all_days.day, 'DD.MM.YYYY') AS date, g.store, l.promotion, l.sales
	FROM (SELECT store, min(day) AS first, max(day) AS last FROM gaps GROUP BY store) g
	CROSS JOIN LATERAL generate_series(g.first, g.last, interval '1 day') AS all_days(day)
	CROSS JOIN LATERAL (SELECT promotion, sales FROM gaps x WHERE x.store = g.store AND x.day <= all_days.day
		ORDER BY x.day DESC LIMIT 1) l;});
my $query = q{$q$SELECT to_char(day, 'DD.MM.YYYY') AS date, store, promotion, sales FROM gaps ORDER BY random()$q$};
cmp_ok(safe_scalar($node, 'SELECT count(*) FROM wanted'), '>', safe_scalar($node, 'SELECT count(*) FROM gaps'),
	'rows are missing');

# ---- by a query
my $intake = prepare("'$series', $query");
is_deeply([ sort keys %$intake ], [qw(datasetId datasetVersionId type)], 'the intake of a job');
is($intake->{type}, 'dataset', 'which reads a dataset');
my ($names, @rows) = rows_of_dataset($intake->{datasetId});
is($names, 'date,store,promotion,sales', 'the columns of the query');
is(join("\n", sort @rows), safe_scalar($node, q{SELECT string_agg(concat_ws(',', date, store, promotion,
	coalesce(sales::text, '')), E'\n' ORDER BY concat_ws(',', date, store, promotion, coalesce(sales::text, ''))
	COLLATE "C") FROM wanted}), 'a row for each day of each store');
my @requests = $standin->requests;
is(join("\n", map { "$_->{method} " . $_->{target} =~ s/\b[0-9a-f]{24}\b/ID/gr } @requests), join("\n",
	'GET /api/v2/deployments/ID/', 'GET /api/v2/projects/ID/', 'POST /api/v2/datasets/fromFile/',
	'GET /api/v2/status/ID/', 'GET /api/v2/datasets/ID/',
	'POST /api/v2/dataEngineWorkspaceStates/fromDataEngineQueryGenerator/',
	'POST /api/v2/datasets/fromDataEngineWorkspaceState/', 'GET /api/v2/status/ID/', 'GET /api/v2/datasets/ID/'),
	'the requests of the official client');

# ---- a job that reads them
my $job = safe_scalar($node, qq{SELECT id FROM datarobot.batch_score('$series',
	intake_settings => datarobot.batch_prepare_series('$series', $query),
	timeseries_settings => '{"type": "forecast", "forecast_point": "2023-09-28T00:00:00"}')});
is(safe_scalar($node, "SELECT status FROM datarobot.batch_wait('$job')"), 'COMPLETED', 'a job of it completes');
is(safe_scalar($node, qq{SELECT string_agg(concat_ws('|', record->>'store', record->>'date',
		record->>'sales (actual)_PREDICTION'), E'\\n' ORDER BY line_number)
		FROM datarobot.batch_download('$job')}),
	join("\n", forecasts()), 'with the forecasts of rows without gaps');

# ---- a dataset that exists
my ($id) = map { m{/datasets/([0-9a-f]{24})/} } $requests[4]{target};
my $again = prepare("'$series', dataset_id => '$id'");
isnt($again->{datasetId}, $intake->{datasetId}, 'a dataset: another one is made');
is_deeply([ rows_of_dataset($again->{datasetId}) ], [ $names, @rows ], 'with the same rows');
$again = prepare("'$series', dataset_id => '$id', dataset_version_id => '$id'");
is_deeply([ rows_of_dataset($again->{datasetId}) ], [ $names, @rows ], 'a version of it');

# ---- errors
sub error
{
	return join ' | ', map { $_ // '' } (error_of($node, "SELECT datarobot.batch_prepare_series($_[0])"))[ 0 .. 2 ];
}

# How many requests to this address are among them.
sub sent_to { return scalar grep { $_->{target} =~ /$_[0]/ } $standin->requests; }

$standin->reset;
like(error("'$series'"), qr/^22023 \| either a query or a dataset must be given/, 'neither');
like(error("'$series', 'SELECT 1 AS a', '$id'"), qr/^22023 \| either a query or a dataset/, 'both');
like(error("'$series', 'SELECT 1 AS a', NULL, '$id'"), qr/^22023 \| a version of a dataset must not/, 'a version only');
like(error("'$DEPLOYMENT{binary}', 'SELECT 1 AS a'"),
	qr/^0A000 \| rows cannot be prepared for deployment $DEPLOYMENT{binary} \| Its model does not support/,
	'a model without time');
like(error("'$series', 'SELECT 1 AS a WHERE false'"), qr/^P0002 \| the query returned no rows/, 'no rows');
is(sent_to('/datasets/'), 0, 'nothing is sent for these');
like(error("'$series', dataset_id => 'no/such'"), qr/^42704 \| there is no such dataset/, 'no such dataset');
like(error("'$series', 'SELECT 1 AS a'"), qr/^22000 \| .*422.*columns that the model needs/, 'other columns');
$standin->faults({ fault => 'status', status => 503, route => 'api', skip => 2 });
like(error("'$series', $query"), qr/^58000 \| .*503/, 'the upload is refused');
is(sent_to('/fromFile/'), 2, 'and is not sent again');
$standin->faults({ fault => 'redirect', status => 303, location => 'http://127.0.0.2:9/x', route => 'api', skip => 3 });
like(error("'$series', $query"), qr/^08P01 \| /, 'a dataset at another host is refused');
is(prepare("'$series', $query")->{type}, 'dataset', 'and then all is well');
$node->safe_psql('postgres', 'CREATE ROLE nobody');
like(join(' ', map { $_ // '' } error_of($node,
	"SET ROLE nobody; SELECT datarobot.batch_prepare_series('$series', 'SELECT 1 AS a')")),
	qr/^42501 permission denied for (?:schema datarobot|function batch_prepare_series)/, 'roles need to be allowed');

# ---- surroundings
$standin->reset;
my %latin = (dbname => 'latin');
$node->safe_psql('postgres', q{CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'});
$node->safe_psql('latin', 'CREATE EXTENSION datarobot_scoring');
connect_node($node, standin => $standin, server => { api_url => $standin->api_url }, %latin);
$intake = decode_json($node->safe_psql('latin', qq{SELECT datarobot.batch_prepare_series('$series',
	'SELECT to_char(d, ''DD.MM.YYYY'') AS date, chr(252) || '', "x"'' AS store, 0 AS promotion, 1.5 AS sales
		FROM generate_series(date ''2023-09-01'', ''2023-09-05'', interval ''2 days'') d')}));
is(join("\n", rows_of_dataset($intake->{datasetId})), join("\n", 'date,store,promotion,sales',
	map { qq{0$_.09.2023,"\xc3\xbc, ""x""",0,1.5} } 1 .. 5), 'a database in another encoding; quotes and commas');
like($node->safe_psql('postgres', qq{SET search_path = ''; SET datarobot.server = 'datarobot';
	DO \$\$ BEGIN PERFORM datarobot.batch_prepare_series('$series',
		'SELECT date, store, promotion, sales FROM public.sales'); END \$\$;
	SELECT datarobot.batch_prepare_series('$series', 'SELECT date, store, promotion, sales FROM public.sales')}),
	qr/"dataset"/, 'without a search_path, and within DO');
is(prepare("'$series', \$q\$SELECT to_char(date '2023-09-01' + i, 'DD.MM.YYYY') AS date, 'Nord' AS store,
	0 AS promotion, NULL::float8 AS sales, repeat('x', 200000) AS note FROM generate_series(1, 3) i\$q\$")->{type},
	'dataset', 'records larger than a chunk');
foreach my $skip (2, 5, 6)
{
	$standin->reset;
	$standin->faults({ fault => 'hang', route => 'api', skip => $skip });
	like(join(' | ', map { $_ // '' } (error_of($node,
		"SET statement_timeout = '500ms'; SELECT datarobot.batch_prepare_series('$series', $query)"))[ 0, 1 ]),
		qr/^57014 \| canceling statement due to statement timeout/, "request $skip hangs: it can be cancelled");
}
$standin->reset;
$standin->faults({ fault => 'status', status => 200, route => 'api', skip => 3, content_type => 'application/json',
	body => { status => 'ERROR', message => 'no space left' } });
like(error("'$series', $query"), qr/^58\w+ \| DataRobot accepted the request, but failed.*ERROR no space left/,
	'a task that fails');
$standin->faults({ fault => 'status', status => 200, route => 'api', skip => 3, content_type => 'application/json',
	body => { status => 'COMPLETED' } });
like(error("'$series', $query"), qr/^08P01 \| DataRobot does not say where the dataset is/, 'a task without a result');
foreach my $answer ([ 1, 'queryGeneratorId', qr/^0A000 \| rows cannot be prepared/ ],
	[ 4, 'versionId', qr/^08P01 \| DataRobot reports a dataset without an id or a version/ ],
	[ 5, 'workspaceStateId', qr/^08P01 \| DataRobot does not say which workspace/ ])
{
	my ($skip, $field, $error) = @$answer;
	$standin->reset;
	$standin->faults({ fault => 'status', status => 200, route => 'api', skip => $skip,
		content_type => 'application/json', body => { datasetId => 'x', $field => undef } });
	like(error("'$series', $query"), $error, "an answer without $field");
}

done_testing();
