# score_into and score_into_now with time series: every forecast is a row of the target, series stay whole in requests
# and slices, also after a failure, and what cannot be done with series is refused.
use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../lib";
use CannedServer qw(json_answer);
use Into;
use ScoringTest;
use Session;
use Test::More;

my $deployment = '5f0000000000000000000022';
my %series = (series_columns => ['store']);

# A server that has a forecast for each of these places in a request.
sub forecasts
{
	my (@places) = @_;
	my @forecasts = map {
		qq({"rowId": $places[$_], "forecastPoint": "2024-01-09T00:00:00Z", "timestamp": "2024-01-10T00:00:00.000000Z",
			"forecastDistance": $_, "prediction": $_.5, "predictionValues": [{"label": "y (actual)", "value": $_.5}]})
	} 0 .. $#places;
	return json_answer('{"data": [' . join(',', @forecasts) . ']}');
}

my $canned = CannedServer->new(made => forecasts(1 .. 4), again => forecasts(2, 1, 2));
my $standin = new_standin();
my $node = new_node('main', standin => $standin, init => [ extra => [ '--locale=C', '--encoding=UTF8' ] ]);
my $session = Session->new($node);

# 40 stores of 30 to 45 rows; the last seven of each have no sales yet. Only a column that sorts can be a key: n.
$node->safe_psql('postgres', q{
	CREATE TABLE sale (store text, n int, date text, promotion int, sales numeric, PRIMARY KEY (store, n));
	INSERT INTO sale SELECT 'store ' || s, d, to_char(date '2023-03-01' + d, 'DD.MM.YYYY'), ((s + d) % 11 = 0)::int,
		CASE WHEN d <= 38 THEN 200 + s % 83 + (s * d) % 17 END
		FROM generate_series(1, 40) s, generate_series(1 + s % 16, 45) d;
	ANALYZE sale;
	CREATE TABLE expected AS SELECT (key ->> 'n')::int AS n, series_id AS store, forecast_point, forecast_timestamp,
		forecast_distance, prediction::float8
		FROM datarobot.score_as(NULL::datarobot.prediction, '5f0000000000000000000022',
				'SELECT n, store, date, promotion, sales FROM sale ORDER BY store, n', '{n}',
				options => '{"series_columns": ["store"]}') p,
			LATERAL (SELECT jsonb_build_object('n',
				(SELECT s.n FROM sale s WHERE s.store = p.series_id AND s.date = p.forecast_timestamp)) AS key) k;});
is(value($session, 'SELECT count(*), count(n) FROM expected'), '280|280', 'what is expected');
my $total = value($session, 'SELECT count(*) FROM sale');

sub fresh
{
	$node->safe_psql('postgres', 'DROP TABLE IF EXISTS target;
		CREATE TABLE target (store text, n int, prediction float8, forecast_distance int, PRIMARY KEY (store, n))');
	$standin->reset;
}

my @common = (deployment => $deployment, query => 'SELECT * FROM public.sale', output => 'target');
my $good = 'SELECT store, n, prediction, forecast_distance FROM expected';

# n is a key alone, which the model does not see; store is a key and seen
foreach my $case (
	[ 'at once, by key', 1, \&into_now, 1, { chunk_rows => 10_000 } ],
	[ 'at once, in several requests', 1, \&into_now, undef, { chunk_rows => 100 } ],
	[ 'in one slice', 0, \&into, 1, {} ],
	[ 'in slices of a request', 0, \&into, undef, { chunk_rows => 100 } ],
	[ 'in slices of requests', 0, \&into, undef, { chunk_rows => 70, commit_rows => 300 } ],
	[ 'in slices smaller than requests may be', 0, \&into, undef,
		{ chunk_rows => 1000, commit_rows => 10, concurrency => 1 } ])
{
	my ($name, $now, $call, $requests, $options) = @$case;

	fresh();
	my $result = write_scores($session,
		$call->(@common, key_columns => [ 'store', 'n' ], options => { %series, %$options }));
	counts_are($result, [ $total, 280, 0 ], $name);
	same_rows($session, 'TABLE target', $good, "$name: each forecast beside its key");
	is($standin->counters($deployment)->{requests}, $requests, "$name: requests") if $requests;
	next if $now;
	slices_are_whole($session, $result->{run_id}, $name);
	my @slices = slices_of($session, $result->{run_id});
	is(value($session, "SELECT bool_and(n = 45)
			FROM (SELECT last_key[2]::int AS n FROM datarobot.run_slice WHERE run_id = $result->{run_id}) s"),
		't', "$name: each ends with a series");
	cmp_ok(scalar @slices, '==', 40, "$name: each has one series") if ($options->{commit_rows} // 0) == 10;
}

# ---- other statements, and what they say
fresh();
$node->safe_psql('postgres', 'INSERT INTO target SELECT store, n, -1 FROM sale');
counts_are(write_scores($session, into(@common, statement_type => 'update', key_columns => [ 'store', 'n' ],
		options => \%series)), [ $total, 280, 0 ], 'update');
is(value($session, 'SELECT count(*) FROM target WHERE prediction = -1'), $total - 280,
	'rows without a forecast are left alone');
same_rows($session, 'SELECT * FROM target WHERE prediction <> -1', $good, 'and the others have theirs');
counts_are(write_scores($session, into(@common, statement_type => 'upsert', key_columns => [ 'store', 'n' ],
		options => { %series, chunk_rows => 90 })), [ $total, 280, 0 ], 'upsert');
$node->safe_psql('postgres', 'DROP TABLE target');
counts_are(write_scores($session, into(@common, statement_type => 'create_table', key_columns => [ 'store', 'n' ],
		options => \%series)), [ $total, 280, 0 ], 'a table that is made');
same_rows($session, 'SELECT store, n, prediction, forecast_distance, series_id, forecast_timestamp FROM target',
	'SELECT store, n, prediction, forecast_distance, store, forecast_timestamp FROM expected',
	'has what there is of forecasts');

# ---- without keys: in the order of the query
$node->safe_psql('postgres',
	'DROP TABLE target; CREATE TABLE target (series_id text, forecast_timestamp text, prediction float8)');
counts_are(write_scores($session, into_now(@common, query => 'SELECT store, date, promotion, sales FROM public.sale
			ORDER BY store, n', options => \%series)), [ $total, 280, 0 ], 'without keys');
same_rows($session, 'TABLE target', 'SELECT store, forecast_timestamp, prediction FROM expected',
	'each forecast with its series and time');
$node->safe_psql('postgres', 'TRUNCATE target');
counts_are(write_scores($session, into_now(@common, query => 'SELECT store, date, promotion, sales FROM public.sale
			ORDER BY store, n', options => { %series, format => 'csv' })), [ $total, 280, 0 ], 'from CSV');
fails_with(write_scores($session, into_now(@common, query => 'SELECT store, date, promotion, sales FROM public.sale
			ORDER BY store DESC, n', options => \%series)), '22023', qr/out of order/, 'the order is checked');
my $said = write_scores($session,
	into(@common, key_columns => ['n'], column_names_remapping => { n => undef }, options => \%series,
		query => 'SELECT row_number() OVER (ORDER BY store, n)::int AS n, store, date, promotion, sales
			FROM public.sale'));
like($said->{text}, qr/in one transaction, because key_columns do not begin with series_columns and time_column/,
	'keys in another order: one transaction');
counts_are($said, [ $total, 280, 0 ], 'which is good when the rows are in order');

# ---- several forecasts for a row, and rows that the server made
fresh();
$node->safe_psql('postgres', "CREATE SERVER canned FOREIGN DATA WRAPPER datarobot_scoring
	OPTIONS (prediction_url '${\$canned->url}', allow_http 'true', auth 'none', max_attempts '1')");
my @made = (deployment => 'made', query => q{SELECT 'a' AS store, n FROM generate_series(1, 3) n}, output => 'target',
	server => 'canned', key_columns => [ 'store', 'n' ]);
foreach my $type (qw(insert update upsert))
{
	fails_with(write_scores($session,
			into_now(@made, statement_type => $type, options => { %series, time_column => 'n' })), '23502',
		qr/row that the server made has no value for column "store" of/, "$type: no key for it", hint => qr/Add rows/);
}
$node->safe_psql('postgres', 'DROP TABLE target; CREATE TABLE target (n int, prediction float8)');
counts_are(write_scores($session, into_now(@made, column_names_remapping => { store => undef },
		options => { %series, time_column => 'n' })), [ 3, 4, 0 ], 'a target without NOT NULL');
is(value($session,
		q{SELECT string_agg(coalesce(n::text, '-') || ':' || prediction, ' ' ORDER BY prediction) FROM target}),
	'2:0.5 3:1.5 -:2.5 -:3.5', 'takes them');
$node->safe_psql('postgres', 'TRUNCATE target');
counts_are(write_scores($session, into_now(@made, deployment => 'again', column_names_remapping => { store => undef },
		options => { %series, time_column => 'n' })), [ 3, 3, 0 ], 'several forecasts for a row');
is(value($session,
		q{SELECT string_agg(coalesce(n::text, '-') || ':' || prediction, ' ' ORDER BY prediction) FROM target}),
	'3:0.5 2:1.5 3:2.5', 'are all written');
fails_with(write_scores($session,
		into_now(@made, deployment => 'again', query => q{SELECT 'a' AS store, n FROM generate_series(1, 3) n},
			statement_type => 'create_table', output => 'made_target', options => { %series, time_column => 'n' })),
	'23505', undef, 'but not to a table that is made with a primary key');

# ---- failed on the way, and resumed
fresh();
$standin->faults({ fault => 'status', status => 500, skip => 3, times => 3, deployment => $deployment });
my %sliced = (key_columns => [ 'store', 'n' ],
	options => { %series, chunk_rows => 100, commit_rows => 100, concurrency => 1 });
my $failed = write_scores($session, into(@common, %sliced));
fails_with($failed, '58000', qr//, 'a run that fails');
my $run = last_run($session);
my $written = value($session, 'SELECT count(*) FROM target');
cmp_ok($written, '>', 0, 'has written some slices');
my $last = value($session,
	"SELECT last_key[1] FROM datarobot.run_slice WHERE run_id = $run ORDER BY slice DESC LIMIT 1");
$node->safe_psql('postgres',
	"INSERT INTO sale VALUES ('$last', 46, '15.04.2023', 0, NULL), ('$last', 0, '01.03.2023', 0, 7)");
my $resumed = write_scores($session, "CALL datarobot.resume($run)");
same_rows($session, 'TABLE target', $good, 'the rest, without what was added to a series that was done');
slices_are_whole($session, $run, 'resumed');
$node->safe_psql('postgres', "DELETE FROM sale WHERE n IN (0, 46)");

# ---- another transaction is in the way of a slice, twice, and it is written again
fresh();
$node->safe_psql('postgres', q{
	CREATE SEQUENCE tries;
	CREATE FUNCTION be_in_the_way() RETURNS trigger LANGUAGE plpgsql AS $f$
		BEGIN
			IF nextval('tries') IN (2, 3) THEN RAISE EXCEPTION 'in the way' USING ERRCODE = '40P01'; END IF;
			RETURN NULL;
		END $f$;
	CREATE TRIGGER t AFTER INSERT ON target FOR EACH STATEMENT EXECUTE FUNCTION be_in_the_way();});
my $hindered = write_scores($session, into(@common, %sliced));
is(scalar(() = $hindered->{text} =~ /^NOTICE:  40P01: writing again/mg), 2, 'a slice that is written again');
same_rows($session, 'TABLE target', $good, 'a slice that is written again: what is in it');
slices_are_whole($session, $hindered->{run_id}, 'a slice that is written again');
$node->safe_psql('postgres', 'DROP TRIGGER t ON target');

# ---- what series cannot have
foreach my $case ([ { on_error => 'reject' }, qr/rejected one by one/ ],
	[ { on_error => 'null' }, qr/rejected one by one/ ], [ { workers => 2 }, qr/workers cannot share/ ])
{
	my ($options, $message) = @$case;
	fails_with(write_scores($session, into(@common, key_columns => [ 'store', 'n' ],
			options => { %series, %$options })), '0A000', $message, join(' ', %$options));
}

done_testing();
