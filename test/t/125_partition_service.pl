# What DataRobot says of the partitions of projects (docs/api.md 5): specifications of what a project uses, previews of
# dates beside our own, and everything that can go wrong with the requests. The stand-in computes its previews by
# itself, from the documents alone.
use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../lib";
use JSON::PP;
use ScoringTest;
use Test::More;
use TinyServer;

my $json = JSON::PP->new->utf8->canonical;
my $project = '5b0000000000000000000001';    # its target is "visits"
my $standin = new_standin();
my $node = new_node('main', standin => $standin, server => { api_url => $standin->api_url, max_attempts => 1 });

my $said = '';    # all errors

sub failure
{
	my ($sql, %opt) = @_;
	my $text = join ' | ', map { $_ // '' } (error_of($node, $sql, %opt))[ 0 .. 3 ];
	$said .= "$text\n";
	return $text;
}

sub payload_of
{
	my ($spec) = @_;
	return safe_scalar($node, 'SELECT datarobot.partitioning_payload(' . quote_sql($json->encode($spec)) . ')');
}

# Set the project's target with our payload, as the client does: without what is null.
sub aim
{
	my ($spec) = @_;
	my $sent = $json->decode(payload_of($spec));
	my @given = grep { defined $sent->{$_} } keys %$sent;
	my %body = (target => 'visits', mode => 'manual', map { ($_ => $sent->{$_}) } @given);
	return $standin->aim($project, \%body);
}

# ---- what a project uses

like(failure("SELECT datarobot.project_partitioning('$project')"),
	qr/^55000 \| project $project has no partition yet \| .*target was set/, 'a project without a target');
like(failure("SELECT datarobot.datetime_partitioning_get('$project')"),
	qr/^42704 \| project $project has no partition by dates/, 'and its dates');

my @specs = (
	{ class => 'RandomCV', holdout_pct => 20, reps => 5, seed => 3 },
	{ class => 'StratifiedCV', holdout_pct => 0, reps => 10, target => 'visits' },
	{ class => 'GroupCV', holdout_pct => 20, reps => 5, partition_key_cols => ['store'] },
	{ class => 'UserCV', user_partition_col => 'fold', cv_holdout_level => 9 },
	{ class => 'UserCV', user_partition_col => 'fold' },
	{ class => 'RandomTVH', holdout_pct => 12.5, validation_pct => 16 },
	{ class => 'StratifiedTVH', holdout_pct => 20, validation_pct => 16, target => 'visits' },
	{ class => 'GroupTVH', holdout_pct => 20, validation_pct => 16, partition_key_cols => ['store'], seed => 1 },
	{ class => 'UserTVH', user_partition_col => 'set', training_level => 'T', validation_level => 'V' });
foreach my $spec (@specs)
{
	my $accepted = aim($spec);
	is($accepted->{status}, 202, "$spec->{class}: the service takes the payload") or diag $accepted->{content};
	my $got = $json->decode(safe_scalar($node, "SELECT datarobot.project_partitioning('$project')"));
	is_deeply($got, { %$spec, seed => $spec->{seed} // 0 }, "$spec->{class}: what the project says it uses");
	is(payload_of($got), payload_of($spec), "$spec->{class}: which has the same payload");
}
is(aim({ class => 'UserCV', user_partition_col => 'part', cv_holdout_level => 'Holdout' })->{status}, 202,
	'a column of sets');

# ---- dates

# Rows of a table, with their times told to the stand-in as the project's.
sub make_times
{
	my ($sql) = @_;
	$node->safe_psql('postgres', "DROP TABLE IF EXISTS visit; CREATE TABLE visit AS SELECT $sql");
	$standin->project_times($project,
		split(/\n/, safe_scalar($node, q{SELECT to_char(t, 'YYYY-MM-DD"T"HH24:MI:SS.US') FROM visit})));
	return;
}

# What is not equal. How long the primary training is when backtests are not where they are by default is not
# documented, and no specification says how long that of the holdout is.
sub compared
{
	my ($spec) = @_;
	my $argument = $spec ? quote_sql($json->encode($spec)) : 'NULL';
	my $undocumented = !$spec || $spec->{class} ? 'backtest IS NULL' : $spec->{backtests} ? 'true' : 'false';
	return safe_scalar($node, "SELECT string_agg(concat_ws(' ', part, backtest, our_start, their_start, our_end,
			their_end, our_rows, their_rows), E'\\n') FILTER (WHERE NOT equal) || '' FROM
		datarobot.compare_partitioning('$project', 'SELECT t FROM visit', $argument)
		WHERE NOT (part = 'primary_training' AND $undocumented)");
}

my $days = q{t::date AS t FROM generate_series(timestamp '2019-03-01', '2021-02-28', '1 day') t};
my $hours = q{timestamp '2015-01-01 05:00' + n * interval '73 min' AS t FROM generate_series(0, 6000) n};
my @dates = (
	[ $days, { validation_duration => 'P1M', number_of_backtests => 3 } ],
	[ $days, { validation_duration => 'P30D', number_of_backtests => 2, gap_duration => 'P7D' } ],
	[ $days, { validation_duration => 'P0Y0M14D', number_of_backtests => 20, disable_holdout => JSON::PP::true } ],
	[ $days, { validation_duration => 'P2M', holdout_start_date => '2021-01-01T00:00:00', holdout_duration => 'P1M' } ],
	[ $days, { validation_duration => 'P2M', holdout_start_date => '2020-12-31', holdout_end_date => '2021-03-01' } ],
	[ $days, { validation_duration => 'P10D', number_of_backtests => 2, backtests => [ { index => 1,
				gap_duration => 'P5D', validation_start_date => '2020-06-01T00:00:00',
				validation_duration => 'P1M' } ] } ],
	[ $days, { validation_duration => 'P10D', number_of_backtests => 1, backtests => [ { index => 0,
				primary_training_start_date => '2019-06-01T00:00:00',
				primary_training_end_date => '2020-06-01T00:00:00', validation_start_date => '2020-07-01T00:00:00',
				validation_end_date => '2020-08-01T00:00:00' } ] } ],
	[ $hours, { validation_duration => 'P14D', number_of_backtests => 4, gap_duration => 'PT36H' } ],
	[ $hours, { validation_duration => 'P0Y1M0DT12H30M0S', number_of_backtests => 2 } ]);
foreach my $case (@dates)
{
	my ($rows, $fields) = @$case;
	my $spec = { datetime_partition_column => 't', %$fields };
	my $name = $json->encode($fields);

	make_times($rows);
	is(compared($spec), '', "preview of $name: our dates are theirs");
	is(aim($spec)->{status}, 202, 'the service takes the payload');
	is(compared(undef), '', 'and has the same dates and numbers of rows when the target is set');
	my $got = $json->decode(safe_scalar($node, "SELECT datarobot.project_partitioning('$project')"));
	is($got->{datetimePartitionColumn}, 't', 'what the project uses, as a specification');
	is(compared({ %$got, class => 'DatetimePartitioningSpecification' }), '', 'which has the same dates again');
	is(safe_scalar($node, "SELECT datarobot.datetime_partitioning_get('$project')->>'totalRowCount'"),
		safe_scalar($node, 'SELECT count(*) FROM visit'), 'all rows are counted');
}
make_times($days);
my $spec = quote_sql('{"datetime_partition_column": "t", "validation_duration": "P1M"}');
my $generate = "SELECT datarobot.datetime_partitioning_generate('$project', $spec";
is(safe_scalar($node, "$generate, 'visits') - 'datetimePartitioningId'"), safe_scalar($node, "$generate)"),
	'the newer route, which takes a target and its time, says the same');
my @asked = map { "$_->{method} $_->{target}" } grep { $_->{target} =~ /projects|status/ } $standin->requests;
like(join("\n", @asked[ -5 .. -1 ]), qr{^POST\ \S+/optimizedDatetimePartitionings/\n(GET\ \S+/status/\w+/\n){2}
	GET\ \S+/optimizedDatetimePartitionings/\w+/\nPOST\ \S+/datetimePartitioning/$}x, 'by its requests');

# as the client does: flags that were not given, too, and no empty lists; the method is said by the route
my %flags = map { $_ => JSON::PP::false }
  qw(useTimeSeries defaultToKnownInAdvance defaultToDoNotDerive allowPartialHistoryTimeSeriesPredictions);
my %sent = (datetimePartitionColumn => 't', validationDuration => 'P1M');
my @bodies = map { $_->{body} } grep { $_->{method} eq 'POST' && $_->{target} =~ /Partitioning/ } $standin->requests;
is_deeply($json->decode($bodies[-2]), { %flags, %sent, target => 'visits' },
	'which have the target and what the payload has of the specification');
is_deeply($json->decode($bodies[-1]), { %flags, %sent }, 'and without a target the same');
safe_scalar($node, "SELECT datarobot.datetime_partitioning_generate('$project', " . quote_sql($json->encode({ %sent,
		class => 'DatetimePartitioningSpecification', cv_method => 'datetime', date_format => '%Y-%m-%d',
		backtests => [], feature_settings => [], periodicities => [], disableHoldout => undef,
		default_to_do_not_derive => JSON::PP::false })) . ')');
is_deeply($json->decode(($standin->requests)[-1]{body}), { %flags, %sent },
	'no empty lists, no nulls, nothing that is ours');
safe_scalar($node, "SELECT count(*) FROM datarobot.compare_partitioning('$project', 'SELECT t FROM visit', $spec)");
is_deeply($json->decode(($standin->requests)[-1]{body}), { %flags, %sent }, 'the comparison asks for the same');
# other rows than the project has
$node->safe_psql('postgres', q{DELETE FROM visit WHERE t > '2021-02-01'});
is(safe_scalar($node, "SELECT concat_ws(' ', our_start, their_start, our_end, their_end, equal)
	FROM datarobot.compare_partitioning('$project', 'SELECT t FROM visit',
		'{\"datetime_partition_column\": \"t\", \"validation_duration\": \"P1M\", \"disable_holdout\": true}')
	WHERE part = 'available_training' AND backtest IS NULL"),
	'2019-03-01 00:00:00 2019-03-01 00:00:00 2021-02-02 00:00:00 2021-03-01 00:00:00 f',
	'other rows: parts that begin alike and end at other times are not equal');
like(safe_scalar($node, "SELECT count(*) FILTER (WHERE their_start IS NULL AND part = 'validation')
	FROM datarobot.compare_partitioning('$project', 'SELECT t FROM visit',
		$spec)"), qr/^0$/, 'every part has a partner');

# ---- what is refused before a request is sent

$standin->reset;
my @refused = (
	(map { [ "SELECT datarobot.$_", qr/^22004 \| the project must not be NULL/ ] }
		'project_partitioning(NULL)', 'datetime_partitioning_get(NULL)',
		"datetime_partitioning_generate(NULL, $spec)", "compare_partitioning(NULL, 'SELECT 1')"),
	[ "SELECT datarobot.project_partitioning('')", qr/^22023 \| "" is not the id of a project/ ],
	(map { [ "SELECT datarobot.$_", qr/^22023 \| ".*" is not the id of a project.*24 hexadecimal/ ] }
		"project_partitioning('../deployments')", "datetime_partitioning_get('5b0000000000000000000001/../x')",
		"datetime_partitioning_generate('5b00000000000000000000 1', $spec)",
		"compare_partitioning('5b000000000000000000000g', 'SELECT 1')"),
	[ "SELECT datarobot.datetime_partitioning_generate('$project', NULL)", qr/^22004 \| .*must not be NULL/ ],
	[ "SELECT datarobot.datetime_partitioning_generate('$project', " . quote_sql($json->encode($specs[0])) . ')',
		qr/^22023 \| .*partitions by dates only \| This is a RandomCV/ ],
	[ "SELECT datarobot.datetime_partitioning_generate('$project', "
			. q('{"datetime_partition_column": "t", "gap": 1}') . ')',
		qr/^22023 \| unknown option "gap"/ ],
	[ "SELECT datarobot.compare_partitioning('$project', NULL)", qr/^22004 \| the query must not be NULL/ ]);
foreach my $case (@refused)
{
	like(failure($case->[0]), $case->[1], $case->[0]);
}
is(scalar(grep { $_->{target} =~ /projects/ } $standin->requests), 0, 'none of these sent a request');

# ---- answers that are not what they should be

my $get = "SELECT datarobot.datetime_partitioning_get('$project')";
my $use = "SELECT datarobot.project_partitioning('$project')";
like(failure("SELECT datarobot.project_partitioning('5b00000000000000000000aa')"),
	qr/^42704 \| there is no project 5b00000000000000000000aa, or it is not yours/, '404 of a project');
like(failure("SELECT datarobot.datetime_partitioning_generate('5b00000000000000000000aa', $spec)"),
	qr/^42704 \| there is no project/, '404 of a preview');
like(failure("SELECT datarobot.datetime_partitioning_generate('$project',
	'{\"datetime_partition_column\": \"t\", \"validation_duration\": \"P3Y\"}')"),
	qr/^22000 \| .*422.*no data to train on/, '422 with what is wrong');
$standin->faults({ fault => 'status', status => 401, route => 'api' });
like(failure($use), qr/^28000 \|/, 'a token that is refused');
$standin->faults({ fault => 'status', status => 503, route => 'api' });
like(failure($use), qr/^58000 \| .*503/, 'a service that is not there');
foreach my $fault ({ fault => 'reset_mid' }, { fault => 'close' }, { fault => 'wrong_length' })
{
	$standin->faults({ %$fault, route => 'api' });
	like(failure($use), qr/^08\d\d\d \|/, "the answer breaks off: $fault->{fault}");
}
$standin->faults({ fault => 'html', route => 'api' });
like(failure($use), qr/^08P01 \|/, 'a page in place of JSON');
$standin->faults({ fault => 'huge', mb => 64, route => 'api' });
like(failure("SELECT datarobot.project_partitioning('$project', options => '{\"max_reply_size\": \"1MB\"}')"),
	qr/^(54000|08P01) \|/, 'an answer that is too large');
$standin->faults({ fault => 'delay', ms => 3000, route => 'api' });
like(failure("SELECT datarobot.project_partitioning('$project', options => '{\"request_timeout\": \"300ms\"}')"),
	qr/^08\d\d\d \|/, 'an answer that is late');
$standin->faults({ fault => 'redirect', status => 302, location => 'http://127.0.0.2:9/x', route => 'api' });
like(failure($use), qr/^08\w+ \|/, 'a redirect elsewhere');
my $newer = "$generate, 'visits')";
$standin->faults({ fault => 'redirect', status => 303, location => 'http://127.0.0.2:9/x', route => 'api', skip => 1 });
like(failure($newer), qr/^08P01 \|/, 'a task that leads to another host');
$standin->faults({ fault => 'status', status => 200, route => 'api', skip => 1, content_type => 'application/json',
		body => '{"status": "ERROR", "message": "no such target"}' });
like(failure($newer), qr/^58000 \| .*failed to process it.*no such target/, 'a task that fails');
foreach my $skip (0 .. 3)
{
	$standin->faults({ fault => 'hang', route => 'api', skip => $skip });
	like(failure("SET statement_timeout = '1s'; $newer"), qr/^57014 \| canceling statement due to statement timeout/,
		"request $skip hangs: it can be cancelled");
	$standin->reset;
}
is(safe_scalar($node, "$generate) ? 'backtests'"), 't', 'and after all that it works');

# fields that are missing, or of another type, one at a time
my $record;
my $service = TinyServer->parrot(
	sub {
		my ($head) = @_;
		my ($wanted) = $head =~ m{/odd(\d+)/};
		return (202, {}, '{}') if $head =~ /^POST/;
		my @answers = (
			'{}', '{"partition": null}', '{"partition": []}', '{"partition": {}}', '{"partition": {"cvMethod": null}}',
			'{"partition": {"cvMethod": "date", "validationType": "TVH", "datetimeCol": "d"}}',
			'{"partition": {"cvMethod": 5}}',
			'{"target": 5, "partition": {"cvMethod": "stratified", "validationType": "CV", "reps": "5", "extra": [1]}}',
			'[]', '{"partition": {"cvMethod": "random", "validationType": "XV"}}',
			'{"partition": {"cvMethod": "datetime"}, "backtests": 5}', '"text"', '{"partition": "random"}');
		return (200, { 'Content-Type' => 'application/json' }, $answers[$wanted]);
	});
my $odd = 'http://127.0.0.1:' . $service->port . '/odd';

sub odd
{
	my ($n, $function) = @_;
	$node->safe_psql('postgres', "ALTER SERVER odd OPTIONS (SET api_url '$odd$n')");
	return failure("SELECT datarobot.$function('$project', server => 'odd')");
}
connect_node($node, standin => $standin, name => 'odd', server => { api_url => $odd, max_attempts => 1 });
my @odd = (qr/^55000/, qr/^55000/, qr/^55000/, qr/^55000/, qr/^55000/, qr/^0A000.*"date"/, qr/^(0A000|55000)/, qr/^$/,
	qr/^08P01/, qr/^0A000/, qr/^(22023|08P01)/, qr/^08P01/, qr/^55000/);
foreach my $n (0 .. $#odd)
{
	like(odd($n, 'project_partitioning') =~ s/^[ |]+$//r, $odd[$n], "a record with something missing: $n");
}
is(safe_scalar($node, "ALTER SERVER odd OPTIONS (SET api_url '${odd}7');
	SELECT datarobot.project_partitioning('$project', 'odd')"),
	'{"reps": "5", "class": "StratifiedCV", "target": "5"}', 'what there is of a record with extra fields');

like(failure("SELECT datarobot.datetime_partitioning_generate('$project', $spec, 'y', 'odd')"),
	qr/^08P01 \| DataRobot did not say where the preview is/, 'a task without an address');

# ---- servers, and who may

connect_node($node, standin => $standin, name => 'bare', server => { api_url => undef });
like(failure("SELECT datarobot.project_partitioning('$project', 'bare')"), qr/^\w{5} \| .*api_url/,
	'a server without api_url');
like(failure("SELECT datarobot.project_partitioning('$project', 'nowhere')"), qr/^42704 \|/, 'no such server');
$node->safe_psql('postgres', 'CREATE ROLE reader LOGIN');
foreach my $call ("project_partitioning('$project')", "datetime_partitioning_get('$project')",
	"datetime_partitioning_generate('$project', $spec)", "compare_partitioning('$project', 'SELECT 1')")
{
	like(failure("SELECT datarobot.$call", role => 'reader'), qr/^42501 \| permission denied for function/,
		"$call: not for everybody");
}
$node->safe_psql('postgres', 'GRANT EXECUTE ON FUNCTION datarobot.project_partitioning TO reader');
like(failure($use, role => 'reader'), qr/^42501 \| .*server datarobot/, 'EXECUTE is not enough: USAGE on the server');
$node->safe_psql('postgres', 'GRANT USAGE ON FOREIGN SERVER datarobot TO reader');
aim($specs[0]);
is(safe_scalar($node, "$use", extra_params => [ '-U', 'reader' ]),
	'{"reps": 5, "seed": 3, "class": "RandomCV", "holdout_pct": 20}', 'with both it works');
my $token = $standin->token;
unlike($said, qr/\Q$token\E/, 'no error shows the token');

done_testing();
