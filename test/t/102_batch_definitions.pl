# Definitions of batch jobs and their schedules (docs/api.md 3): what is sent is what DataRobot's own client sends; what
# the service makes of it; schedules as JSON and as cron has them, compared with a search minute by minute for the times
# that POSIX gives them; what is refused, with the reason.
use strict;
use warnings FATAL => 'all';
use utf8;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use File::Path qw(make_path);
use File::Temp qw(tempdir);
use HTTP::Tiny;
use JSON::PP qw(decode_json encode_json);
use POSIX ();
use PostgreSQL::Test::Utils;
use ScoringTest;
use Test::More;
use Time::Local qw(timegm);
use TinyServer;

my $buckets = tempdir(CLEANUP => 1);
my $standin = new_standin(args => [ '--buckets', $buckets ]);
my $node = new_node('main', standin => $standin,
	server => { prediction_url => undef, api_url => $standin->api_url });
my $http = HTTP::Tiny->new(timeout => 30);
my $deployment = $DEPLOYMENT{synthetic};

sub value
{
	my ($sql) = @_;
	my $v = safe_scalar($node, $sql);
	utf8::decode($v);
	return $v;
}

# The last request to the public API: method, path, and the body as JSON.
sub last_request
{
	my ($request) = grep { $_->{target} =~ m{^/api/v2/} } reverse $standin->requests;
	my $path = $request->{target} =~ s{^/api/v2}{}r;
	return ($request->{method}, $path, $request->{body} ? decode_json($request->{body}) : undef);
}

# ---- created, as the client does it

my %s3 = map { ("${_}Settings" => { type => 's3', url => "s3://b/$_.csv", format => 'csv' }) } qw(intake output);
my $spec = encode_json({
		num_concurrent => 4, deployment_id => $deployment, passthrough_columns => ['my_id'],
		column_names_remapping => { my_col => 'x' },
		intake_settings => { type => 's3', url => 's3://b/intake.csv', format => 'csv' },
		output_settings => { type => 's3', url => 's3://b/output.csv', format => 'csv' } });
my %wire = (
	numConcurrent => 4, deploymentId => $deployment, passthroughColumns => ['my_id'],
	columnNamesRemapping => { my_col => 'x' }, %s3);
my $schedule = '{"minute": [0], "hour": [16], "day_of_week": ["*"], "day_of_month": [1], "month": ["jan", 2]}';
my %schedule = (minute => [0], hour => [16], dayOfWeek => ['*'], dayOfMonth => [1], month => [ 1, 2 ]);
my $id = value("SELECT id FROM datarobot.batch_definition_create('$spec', 'def name', schedule => '$schedule')");
like($id, qr/^[0-9a-f]{24}$/, 'a definition has an id');
is_deeply([ last_request() ],
	[   'POST',
		'/batchPredictionJobDefinitions/',
		{ %wire, name => 'def name', enabled => JSON::PP::false, schedule => \%schedule } ],
	'its fields are sent beside those of the job');
is(value("SELECT name, enabled, batch_prediction_job->'intakeSettings'->>'url', schedule->'dayOfMonth',"
		  . " created IS NOT NULL, last_scheduled_run_time, last_failed_run_time, last_started_job_status"
		  . " FROM datarobot.batch_definition_get('$id')"),
	'def name|f|s3://b/intake.csv|[1]|t|||', 'what the service says of it; times that never were are NULL');
is(value("SELECT created_by = updated_by AND created <= updated AND record->>'id' = id"
		  . " FROM datarobot.batch_definition_get('def name')"), 't', 'it is found by its name');
my $unnamed = value("SELECT (d).name FROM datarobot.batch_definition_create('$spec') d");
like($unnamed, qr/^\w+_\w+_\w+$/, 'without a name, the service makes one');

# the service's "never" is that of the documentation, and null in other places
my $record = decode_json(value("SELECT record FROM datarobot.batch_definition_get('$id')"));
ok((grep { !defined $record->{$_} || $record->{$_} =~ /^1900-01-01T/ } qw(lastScheduledRunTime lastFailedRunTime)) == 2,
	'so it is in the record');

# ---- changed

value("SELECT datarobot.batch_definition_update('def name', name => 'new', enabled => true, schedule => '$schedule')");
is_deeply([ last_request() ],
	[   'PATCH',
		"/batchPredictionJobDefinitions/$id",
		{ name => 'new', enabled => JSON::PP::true, schedule => \%schedule } ],
	'what is given is sent, and nothing else');
is(value("SELECT name, enabled, batch_prediction_job->>'numConcurrent' FROM datarobot.batch_definition_get('$id')"),
	'new|t|4', 'the rest stays');
value(qq{SELECT datarobot.batch_definition_update('$id', '{"num_concurrent": 5}')});
is(value("SELECT batch_prediction_job->>'numConcurrent', batch_prediction_job->'outputSettings'->>'url'"
		  . " FROM datarobot.batch_definition_get('$id')"), '5|s3://b/output.csv', 'one field of the job');
value("SELECT datarobot.batch_definition_update('$id', enabled => false)");
is(value("SELECT enabled FROM datarobot.batch_definition_get('$id')"), 'f', 'disabled');
is(value("SELECT enabled, next_scheduled_run_time IS NOT NULL"
		  . " FROM datarobot.batch_definition_run_on_schedule('new', '0 16 1 jan,feb *')"), 't|t',
	'a schedule enables it');
is_deeply([ last_request() ],
	[ 'PATCH', "/batchPredictionJobDefinitions/$id", { enabled => JSON::PP::true, schedule => \%schedule } ],
	'as cron has it, it is the same schedule');
is(value("SELECT next_scheduled_run_time = t FROM datarobot.batch_definition_get('$id'),"
		  . " datarobot.batch_schedule_times('$schedule', times => 1) t"), 't',
			'we compute the time that the service does');

# a schedule for jobs that wait for somebody's upload
my ($said, $warning);
$node->psql('postgres', "SELECT datarobot.batch_definition_create('{\"deployment_id\": \"$deployment\"}', 'waits',"
	  . " true, '\@daily')", stdout => \$said, stderr => \$warning);
like($warning, qr/WARNING:  jobs of this definition wait for an upload each time that it runs$/m,
	'localFile by schedule');
$node->psql('postgres', "SELECT datarobot.batch_definition_update('waits', enabled => false)", stdout => \$said,
	stderr => \$warning);
is($warning, '', 'not by a schedule');
value("SELECT datarobot.batch_definition_delete('waits')");

# the server's default deployment
$node->safe_psql('postgres', "ALTER SERVER datarobot OPTIONS (ADD deployment '$DEPLOYMENT{regression}')");
is(value("SELECT batch_prediction_job->>'deploymentId' FROM datarobot.batch_definition_create('{}', 'default')"),
	$DEPLOYMENT{regression}, 'what scores may be the default of the server');
value("SELECT datarobot.batch_definition_delete('default')");
$node->safe_psql('postgres', 'ALTER SERVER datarobot OPTIONS (DROP deployment)');

# refused while a job is queued
$standin->faults({ fault => 'status', status => 409, body => '{"message": "queued"}', route => 'batch/definitions' });
is((error_of($node, "SELECT datarobot.batch_definition_delete('$id')"))[0], '55000', 'a definition with a queued job');

# ---- listed

value(qq{SELECT count(datarobot.batch_definition_create('{"deployment": "$DEPLOYMENT{regression}"}', 'many ' || i))
	FROM generate_series(1, 130) i});
is(value('SELECT count(*), count(DISTINCT id) FROM datarobot.batch_definition_list()'), '132|132', 'all, on all pages');
is(value("SELECT count(*) FROM datarobot.batch_definition_list('any 1')"), '42', 'by a part of the name');
is(value("SELECT count(*) FROM datarobot.batch_definition_list(deployment => '$deployment')"), '2', 'by deployment');
is(value("SELECT count(*), min(name) FROM datarobot.batch_definition_list('many', max_rows => 101, skip_rows => 20)"),
	value("SELECT count(*), min(name) FROM (SELECT name FROM datarobot.batch_definition_list('many')"
		  . ' LIMIT 101 OFFSET 20) n'),
	'some of them');
is(value('SELECT count(*) FROM datarobot.batch_definition_list(max_rows => 0)'), '0', 'none of them');
is(value("SELECT count(*) FROM datarobot.batch_definition_list('%&=é ')"), '0', 'a name is no part of the URL');

# ---- run

make_path("$buckets/s3/b");
open(my $out, '>', "$buckets/s3/b/intake.csv") or die;
print $out "my_id,my_col\n", map { "$_,x\n" } 1 .. 5;
close $out;
my $job = value("SELECT id FROM datarobot.batch_definition_run('new')");
is(value("SELECT status, definition, scored_rows FROM datarobot.batch_wait('$job')"), 'COMPLETED|new|5', 'at once');
like(slurp_file("$buckets/s3/b/output.csv"), qr/\bmy_id\b/, 'the job writes its output');
value("SELECT datarobot.batch_definition_update('new', schedule => '30 * * * *')");
my $before = value('SELECT count(*) FROM datarobot.batch_jobs()');
$standin->batch('clock', { advance => 2 * 3600 });
ok(wait_until(sub { value('SELECT count(*) FROM datarobot.batch_jobs()') > $before }), 'by its schedule');
ok(wait_until(sub {
		value("SELECT last_started_job_status FROM datarobot.batch_definition_get('new')") eq 'COMPLETED';
	}),
	'which its definition says');
is(value("SELECT last_scheduled_run_time IS NOT NULL, last_started_job_time IS NOT NULL"
		  . " FROM datarobot.batch_definition_get('new')"), 't|t', 'with the times');

# ---- deleted

value("SELECT datarobot.batch_definition_delete('new')");
my @error = error_of($node, "SELECT datarobot.batch_definition_get('$id')");
is_deeply([ @error[ 0, 1 ] ], [ '42704', qq{there is no job definition "$id", or it is not yours} ], 'it is gone');
is(value("SELECT status FROM datarobot.batch_status('$job')"), 'COMPLETED', 'its jobs are not');
foreach my $call ("get('nobody')", "delete('$id')", "run('nobody')", "update('$id', name => 'x')",
	"run_on_schedule('nobody', '\@daily')", "get('../batchPredictions')")
{
	is((error_of($node, "SELECT datarobot.batch_definition_$call"))[0], '42704', "unknown: $call");
}

# an answer is lost: the second request finds nothing to delete, which is what was wanted
value(qq{SELECT datarobot.batch_definition_create('{"deployment_id": "$deployment"}', 'lost')});
$standin->faults({ fault => 'reset_mid', route => 'batch/definitions', skip => 1 });
value("SELECT datarobot.batch_definition_delete('lost')");
is(value("SELECT count(*) FROM datarobot.batch_definition_list('lost')"), '0', 'deleted, although the answer was lost');

# creating is not repeated
$standin->reset;
$standin->faults({ fault => 'reset_mid', route => 'batch/definitions' });
@error = error_of($node, qq{SELECT datarobot.batch_definition_create('{"deployment_id": "$deployment"}', 'once')});
like($error[0], qr/^08/, 'an answer to its creation is lost: an error');
is(value("SELECT count(*) FROM datarobot.batch_definition_list('once')"), '1', 'it was made once');

# ---- what is refused

sub refused
{
	my ($call, $state, $message) = @_;
	my @e = error_of($node, "SELECT datarobot.batch_definition_$call");
	is($e[0], $state, "$call: SQLSTATE");
	like($e[1], $message, "$call: message");
	return @e;
}
refused('create(NULL)', '22004', qr/^the specification must not be NULL$/);
refused("create('{}')", '22023', qr/^a batch job needs a deployment/);
refused("create('$spec', enabled => true)", '22023', qr/^a job definition that is enabled needs a schedule$/);
refused("update('once')", '22023', qr/^nothing of the job definition is to be changed$/);
refused("update(NULL, name => 'x')", '22004', qr/^the job definition needs a name or an id$/);
refused("run_on_schedule('once', NULL)", '22004', qr/^the schedule must not be NULL$/);
refused(qq{update('once', '{"intake_settings": {"type": "s3"}}')}, '22023',
	qr/^option "intake_settings.url" is missing$/);
refused("list(max_rows => -1)", '22023', qr/"max_rows" must not be negative$/);
my (undef, $message) = refused(qq{create('{"deployment_id": "$deployment"}', 'once')}, '22000', qr/HTTP status 422/);
like($message, qr/name/, 'the service says that the name is taken');

# ---- schedules as JSON

sub schedule { return decode_json(value('SELECT datarobot.batch_schedule(' . quote_sql($_[0]) . ')')); }
my %every = map { $_ => ['*'] } qw(minute hour dayOfMonth month dayOfWeek);
is_deeply(schedule(encode_json(\%every)), \%every, 'every minute');
is_deeply(
	schedule('{"minute": "5", "hour": 4, "dayOfMonth": "*", "month": ["October", "JAN"],
		"day_of_week": ["Sun", "monday", 6]}'),
	{ minute => [5], hour => [4], dayOfMonth => ['*'], month => [ 1, 10 ], dayOfWeek => [ 0, 1, 6 ] },
	'names in any letters, both spellings, lists of one');
is(value(q{SELECT datarobot.batch_schedule(jsonb_build_object('minute', 1, 'hour', 2, 'dayOfMonth', 3, 'month', 4,
	'dayOfWeek',
	5)) = datarobot.batch_schedule('1 2 3 4 5')}), 't', 'a value of type jsonb');
is(value('SELECT datarobot.batch_schedule(NULL) IS NULL'), 't', 'NULL');

sub no_schedule
{
	my ($text, $message, $detail) = @_;
	my @e = error_of($node, 'SELECT datarobot.batch_schedule(' . quote_sql($text) . ')');
	is($e[0], '22023', "$text: SQLSTATE");
	like($e[1], $message, "$text: message");
	like($e[2] // '', $detail, "$text: detail") if $detail;
	return;
}
my %with = (minute => [0], hour => [0], dayOfMonth => ['*'], month => ['*'], dayOfWeek => ['*']);
foreach ([ minute => [60] ], [ hour => [24] ], [ dayOfMonth => [0] ], [ dayOfMonth => [32] ], [ month => [0] ],
	[ month => [13] ],
	[ dayOfWeek => [7] ], [ dayOfWeek => ['day'] ], [ month => ['janu'] ], [ minute => [] ], [ minute => [ '*', 1 ] ],
	[ minute => [1.5] ], [ minute => [-1] ], [ minute => { a => 1 } ], [ minute => [ [1] ] ], [ hour => ['mon'] ])
{
	my ($part, $bad) = @$_;
	no_schedule(encode_json({ %with, $part => $bad }), qr/^invalid value for "\w+" of a schedule: /,
		qr/^It must be \["\*"\]/);
}
foreach my $part (sort keys %with)
{
	my %less = %with;
	delete $less{$part};
	no_schedule(encode_json(\%less), qr/^a schedule needs "/);
}
no_schedule(encode_json({ %with, second => [0] }), qr/^a schedule has no "second"$/);
no_schedule(encode_json({ %with, day_of_week => [1] }), qr/^"\w+" of a schedule is given twice$/);
is((error_of($node, q(SELECT datarobot.batch_schedule('{"minute"'))))[0], '22P02', 'broken JSON');

# ---- schedules of cron

my @cron = (
	[ '0 16 1 1,feb *', \%schedule ],
	[ '*/15 * * * *', { %every, minute => [ 0, 15, 30, 45 ] } ],
	[ '*/1 * */1 * */1', \%every ],
	[ '0-59 0-23 * 1-12 *', \%every ],
	[ '@hourly', { %every, minute => [0] } ],
	[ '@daily', { %every, minute => [0], hour => [0] } ],
	[ '@midnight', { %every, minute => [0], hour => [0] } ],
	[ '@weekly', { %every, minute => [0], hour => [0], dayOfWeek => [0] } ],
	[ '@monthly', { %every, minute => [0], hour => [0], dayOfMonth => [1] } ],
	[ '@YEARLY', { minute => [0], hour => [0], dayOfMonth => [1], month => [1], dayOfWeek => ['*'] } ],
	[ "  5\t4 * *   sun ", { %every, minute => [5], hour => [4], dayOfWeek => [0] } ],
	[ '5 4 * * 7', { %every, minute => [5], hour => [4], dayOfWeek => [0] } ],
	[ '5 4 * * 5-7', { %every, minute => [5], hour => [4], dayOfWeek => [ 0, 5, 6 ] } ],
	[ '5 4 * * mon-fri', { %every, minute => [5], hour => [4], dayOfWeek => [ 1 .. 5 ] } ],
	[   '5,10-20/5 4 ? jan-mar MON',
		{ %every, minute => [ 5, 10, 15, 20 ], hour => [4], month => [ 1, 2, 3 ], dayOfWeek => [1] } ],
	[ '0 0 1-31 * 1', { minute => [0], hour => [0], dayOfMonth => [ 1 .. 31 ], month => ['*'], dayOfWeek => [1] } ],
	[ '0 0 */10 * *', { %every, minute => [0], hour => [0], dayOfMonth => [ 1, 11, 21, 31 ] } ],
	[ '0 0 1,15 * wed', { %every, minute => [0], hour => [0], dayOfMonth => [ 1, 15 ], dayOfWeek => [3] } ]);
is_deeply(schedule($_->[0]), $_->[1], "cron: $_->[0]") foreach @cron;

my $five = qr/^It has \d+ fields, but must have five/;
foreach (
	[ '', $five ], [ '* * * *', $five ], [ '0 * * * * *', $five ], [ '0 0 12 * * ? 2024', $five ], [ 'daily', $five ],
	[ '@reboot', qr/^Of words, only/ ], [ '@every 5m', qr/^Of words, only/ ],
	[ 'CRON_TZ=Europe/Riga 0 0 * * *', qr/^Schedules are in UTC/ ],
	[ '0 0 L * *', qr/^A schedule has no counterpart of "L"/ ], [ '0 0 15W * *', qr/"W"|"day_of_month" must be/ ],
	[ '0 0 * * 5#3', qr/"#"|"day_of_week" must be/ ], [ 'H * * * *', qr/counterpart of "H"/ ],
	[ '0 0 $ * *', qr/counterpart of "\$"/ ], [ '60 * * * *', qr/"minute" must be/ ], [ '0 0 0 * *',
		qr/"day_of_month" must be/ ],
	[ '0 0 * * 8', qr/"day_of_week" must be/ ], [ '0 0 * foo *', qr/"month" must be/ ], [ '0 mon * * *',
		qr/"hour" must be/ ],
	[ '*/0 * * * *', qr/^A step must be/ ], [ '5/10 * * * *', qr/^A step needs a range/ ],
	[ '30-10 * * * *', qr/^A range must begin/ ], [ '1, * * * *', qr/"minute" must be/ ], [ '1- * * * *',
		qr/"minute" must be/ ],
	[ '99999999999 * * * *', qr/"minute" must be/ ], [ '0 0 */2 * 1', qr/^To cron, a day must match both/ ],
	[ '0 0 13 * */2', qr/^To cron, a day must match both/ ])
{
	no_schedule($_->[0], qr/^cannot translate "/, $_->[1]);
}

# ---- when they come, compared with a search minute by minute

# The numbers of a field of cron, by POSIX.
sub numbers
{
	my ($field, $min, $max) = @_;
	my %n;
	foreach my $element (split /,/, $field)
	{
		my ($range, $step) = split m{/}, $element;
		my ($from, $to) = $range eq '*' ? ($min, $max) : split /-/, $range;
		for (my $i = $from; $i <= ($to // $from); $i += $step // 1) { $n{$i} = 1; }
	}
	return \%n;
}

# The first times of a schedule of cron after a time, as POSIX says.
sub search
{
	my ($cron, $after, $times) = @_;
	my @fields = split / /, $cron;
	my ($minutes, $hours, $days, $months, $weekdays) =
	  map { numbers($fields[$_], @{ ([ 0, 59 ], [ 0, 23 ], [ 1, 31 ], [ 1, 12 ], [ 0, 6 ])[$_] }) } 0 .. 4;
	my @found;
	my $time = POSIX::floor($after / 60) * 60;
	while (@found < $times && $time < $after + 86400 * 366 * 40)
	{
		$time += 60;
		my (undef, $m, $h, $d, $mon, undef, $w) = gmtime $time;
		my $by_month = $days->{$d} // 0;
		my $by_week = $weekdays->{$w} // 0;
		my $day = $fields[2] eq '*' || $fields[4] eq '*' ? $by_month && $by_week : $by_month || $by_week;
		if (!$day || !$months->{ $mon + 1 }) { $time += 86400 - 60 - $time % 86400; next; }
		push @found, $time if $hours->{$h} && $minutes->{$m};
	}
	return join ' ', @found;
}

sub computed
{
	my ($cron, $after, $times) = @_;
	return value("SELECT string_agg(extract(epoch FROM t)::bigint::text, ' ')"
		  . " FROM datarobot.batch_schedule_times('$cron', to_timestamp($after), $times) t");
}

srand(102);
my @examples = ('0 16 1 1,2 *', '59 23 31 12 *', '0 0 29 2 *', '0 0 1 * 1', '0 0 31 2 3', '* * * * *',
	'7 3 31 4,6,9 *');
foreach (1 .. 40)
{
	my @f = map {
		my $r = rand;
		$r < 0.3 ? '*' : $r < 0.7 ? int(rand $_) + ($_ == 31 || $_ == 12 ? 1 : 0) : undef
	} (60, 24, 31, 12, 7);
	$f[0] //= '*/' . (1 + int rand 30);
	$f[1] //= int(rand 12) . '-' . (12 + int rand 12) . '/3';
	$f[2] //= '1,15,' . (16 + int rand 16);
	$f[3] //= '2,3,' . (4 + int rand 9);
	$f[4] //= '1-' . (2 + int rand 5);
	push @examples, "@f";
}
foreach my $cron (@examples)
{
	# before 1970 and 2000, where times are negative, and about the end of February of a leap year
	my @starts = (timegm(0, 30, 12, 27, 1, 2024), timegm(59, 59, 23, 31, 11, 1999), timegm(1, 0, 0, 1, 0, 1950));
	is(computed($cron, $_, 4), search($cron, $_, 4), "the times of $cron after $_") foreach @starts;
}
is(computed('0 0 29 2 *', timegm(0, 0, 0, 1, 2, 2096), 1), timegm(0, 0, 0, 29, 1, 2104),
	'eight years without a 29 February');
is(value("SET timezone = 'Asia/Kathmandu'; SELECT t AT TIME ZONE 'UTC'"
		  . " FROM datarobot.batch_schedule_times('0 12 * * *', '2024-05-01 00:00+00', 1) t"), '2024-05-01 12:00:00',
	'in UTC, whatever the time zone of the session is');
is(value("SELECT count(*) FROM datarobot.batch_schedule_times('\@daily', times => 0)"), '0', 'no times');
is((error_of($node, "SELECT datarobot.batch_schedule_times('\@daily', times => -1)"))[0], '22023', 'less than none');
is(value("SELECT count(*) FROM datarobot.batch_schedule_times('\@daily', '294276-12-29 00:00+00')"), '2',
	'until the end of time');
is((error_of($node, "SELECT datarobot.batch_schedule_times('\@daily', 'infinity')"))[0], '22008', 'after infinity');

sub warned
{
	my ($text) = @_;
	my ($stdout, $stderr);
	$node->psql('postgres',
		'SELECT datarobot.batch_schedule(' . quote_sql($text) . ')', stdout => \$stdout, stderr => \$stderr);
	return $stderr;
}
like(warned('0 0 30 2 *'), qr/WARNING:  the schedule never comes$/m, 'the 30th of February');
like(warned('* * * * *'), qr/WARNING:  the schedule comes 1440 times a day$/m, 'too often');
is(warned('*/2 * * * *'), '', '720 times a day');
is(warned('0 0 31 2 1'), '', 'the 31st of February, or a Monday');

# ---- secrets

my $secret = 'Sesam-oeffne-Dich-0123456789';
$node->safe_psql('postgres', "ALTER DATABASE postgres SET log_statement = 'none'");
my $offset = -s $node->logfile;
my $hidden = qq{{"deployment_id": "$deployment", "prediction_instance": {"host_name": "h", "api_key": "$secret"}}};
my $shown = value("SELECT d FROM datarobot.batch_definition_create('$hidden', 'secret') d");
unlike($shown, qr/\Q$secret\E/, 'not in what is returned');
is((last_request())[2]{predictionInstance}{apiKey}, $secret, 'it is sent');
unlike(value("SELECT string_agg(d::text, '') FROM datarobot.batch_definition_list('secret') d"),
	qr/\Q$secret\E/, 'nor in the list');
foreach my $call ("create('$hidden', 'secret')", "update('secret', '$hidden', name => 'once')",
	"create('$hidden', enabled => true, schedule => 'never')")
{
	my ($stdout, $stderr);
	$node->psql('postgres', "DO \$\$ BEGIN PERFORM datarobot.batch_definition_$call; END \$\$",
		stdout => \$stdout, stderr => \$stderr);
	like($stderr, qr/ERROR/, 'refused');
	unlike($stderr, qr/\Q$secret\E/, 'not in an error');
}
unlike(substr(slurp_file($node->logfile), $offset), qr/\Q$secret\E/, 'not in the log');

# ---- what settings can name, from the service

foreach my $i (1 .. 2)
{
	my $answer = $http->post($standin->api_url . '/credentials/', {
			headers => { authorization => 'Bearer ' . $standin->token, 'content-type' => 'application/json' },
			content => encode_json({
					name => "loader $i", description => "d $i", credentialType => 'basic', user => 'u',
					password => $secret }) });
	is($answer->{status}, 201, "credential $i");
}
my $store = $http->post($standin->api_url . '/externalDataStores/', {
		headers => { authorization => 'Bearer ' . $standin->token, 'content-type' => 'application/json' },
		content => encode_json({
				type => 'jdbc', canonicalName => 'warehouse',
				params => {
					driverId => decode_json($http->get($standin->api_url . '/externalDataDrivers/',
							{ headers => { authorization => 'Bearer ' . $standin->token } })->{content})->{data}[0]{id},
					jdbcUrl => "jdbc:postgresql://db.example:5432/dw?user=me&password=$secret" } }) });
like($store->{status}, qr/^20[01]$/, 'a data store');
is(value(q{SELECT string_agg(concat_ws('|', name, type, description, length(id), created IS NOT NULL),
	' ' ORDER BY name)
	FROM datarobot.batch_credentials() WHERE name ~ 'loader'}), 'loader 1|basic|d 1|24|t loader 2|basic|d 2|24|t',
	'the credentials');
is(value("SELECT name, type, url FROM datarobot.batch_data_stores() WHERE name = 'warehouse'"),
	'warehouse|jdbc|jdbc:postgresql://db.example:5432/dw', 'the data stores, without the password');
my @shown = (
	[ "jdbc:postgresql://me:$secret\@db.example/dw", 'jdbc:postgresql://db.example/dw' ],
	[ "jdbc:sqlserver://db.example:1433;user=me\@x;password=$secret", 'jdbc:sqlserver://db.example:1433' ],
	[ "jdbc:oracle:thin:me/$secret\@//db.example:1521/dw", 'jdbc:oracle:thin:@//db.example:1521/dw' ],
	[ "jdbc:oracle:thin:me/#$secret\@tcps://db.example/dw?a=b", 'jdbc:oracle:thin:@tcps://db.example/dw' ],
	[ "jdbc:oracle:thin:me/$secret\@db.example:1521:dw", 'jdbc:oracle:thin:@db.example:1521:dw' ],
	[ 'jdbc:oracle:thin:@db.example:1522:dw', 'jdbc:oracle:thin:@db.example:1522:dw' ]);
my $stores = TinyServer->parrot(sub {
	my @data = map {
		{ id => "$_", canonicalName => "store // $_", type => 'jdbc', params => { jdbcUrl => $shown[$_][0] } }
	} 0 .. $#shown;
	return (200, { 'Content-Type' => 'application/json' }, encode_json({ data => \@data, next => undef }));
});
connect_node($node, standin => $standin, name => 'stores',
	server => { api_url => 'http://127.0.0.1:' . $stores->port . '/api/v2' });
is(value("SELECT string_agg(concat_ws(' ', name, url), E'\n' ORDER BY id) FROM datarobot.batch_data_stores('stores')"),
	join("\n", map { "store // $_ $shown[$_][1]" } 0 .. $#shown), 'URLs of each form, without their secrets');
is(value(qq{SELECT record->'jobSpec'->'outputSettings'->>'dataStoreId' = s.id,
		record->'jobSpec'->'outputSettings'->>'credentialId' = c.id
	FROM datarobot.batch_data_stores() s, datarobot.batch_credentials() c,
		datarobot.batch_score('$deployment', output_settings => '{"type": "jdbc", "data_store": "warehouse",
			"credential": "loader 2", "table": "t", "statement_type": "insert"}')
	WHERE s.name = 'warehouse' AND c.name = 'loader 2'}), 't|t', 'a job by their names');

# ---- surroundings

is(value(q{
	CREATE SCHEMA hostile;
	CREATE FUNCTION hostile.now() RETURNS timestamptz LANGUAGE sql AS 'SELECT timestamptz ''infinity''';
	SET search_path = hostile, pg_catalog;
	SELECT count(*) FROM datarobot.batch_schedule_times('@daily')}), '5', 'a hostile search_path');
$node->safe_psql('postgres', 'CREATE ROLE plain LOGIN');
foreach my $call ("list()", "get('once')", "create('{}')", "delete('once')", "run('once')",
	"update('once', name => 'x')", "run_on_schedule('once', '\@daily')")
{
	is((error_of($node, "SELECT datarobot.batch_definition_$call", role => 'plain'))[0],
		'42501', "not for everybody: $call");
}

done_testing();
