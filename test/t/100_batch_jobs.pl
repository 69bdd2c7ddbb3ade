# Jobs of the Batch Prediction API that exist: their records, lists, logs, waiting, aborting, hiding and copies; what
# servers can do wrong with each.
use strict;
use warnings FATAL => 'all';
use utf8;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use File::Temp ();
use HTTP::Tiny;
use JSON::PP qw(decode_json encode_json);
use ScoringTest;
use Session;
use Test::More;
use Time::HiRes qw(sleep);
use TinyServer;

my $standin = new_standin();
my $node = new_node('main', standin => $standin, init => [ extra => [ '--locale=C', '--encoding=UTF8' ] ],
	server => { prediction_url => undef, api_url => $standin->api_url });
my $version = safe_scalar($node, 'SHOW server_version_num');
my $synthetic = $DEPLOYMENT{synthetic};
my $http = HTTP::Tiny->new(timeout => 30,
	default_headers => { authorization => 'Bearer ' . $standin->token });

# What the service itself says, asked for without our client.
sub service
{
	my ($method, $path, $body, $type) = @_;
	my %request;
	%request = (
		content => ref $body ? encode_json($body) : $body,
		headers => { 'content-type' => $type // (ref $body ? 'application/json' : 'text/csv') }) if defined $body;
	my $answer = $http->request($method, $standin->api_url . $path, \%request);
	die "$method $path: $answer->{status} $answer->{content}" unless $answer->{success};
	return length $answer->{content} && $answer->{content} =~ /^\s*[\[{]/ ? decode_json($answer->{content}) : undef;
}

sub new_job { return service('POST', '/batchPredictions/', { deploymentId => $synthetic, @_ })->{id}; }

sub feed
{
	my ($id, $rows) = @_;
	service('PUT', "/batchPredictions/$id/csvUpload/", "a,b\n" . join('', map { "$_,x\n" } 1 .. $rows));
	return;
}

sub state_of { return service('GET', "/batchPredictions/$_[0]/")->{status}; }

sub value
{
	my ($sql) = @_;
	my $v = safe_scalar($node, $sql);
	utf8::decode($v);
	return $v;
}

sub failure { return (error_of($node, $_[0], dbname => $_[1]))[0]; }

# Requests that came since the last call of this, as "METHOD target".
sub asked
{
	my @requests = map { "$_->{method} $_->{target}" } $standin->requests;
	@requests = grep { m{^\w+ /api/v2/} } @requests;
	return @requests;
}

my $unknown = '5f5f5f5f5f5f5f5f5f5f5f5f';

# ---- a job as it is

my $job = new_job(passthroughColumns => ['a'], numConcurrent => 2);
my $record = service('GET', "/batchPredictions/$job/");
is(value("SELECT concat_ws('|', id, status, scored_rows, failed_rows, skipped_rows, queued, has_result, results_deleted,
		hidden, deployment_id, intake_type, output_type, source) FROM datarobot.batch_status('$job')"),
	"$job|INITIALIZING|0|0|0|f|f|f|f|$synthetic|localFile|localFile|$record->{source}", 'a new job');
is(value("SELECT status_details FROM datarobot.batch_status('$job')"), $record->{statusDetails}, 'its details');
is(value("SELECT created = '$record->{created}' FROM datarobot.batch_status('$job')"), 't', 'when it was made');
is(value("SELECT created_by FROM datarobot.batch_status('$job')"), $record->{createdBy}{username}, 'and by whom');
is(value("SELECT percentage || ' ' || (elapsed < '1 min') FROM datarobot.batch_status('$job')"), '0 true', 'how far');
is(value("SELECT (record #>> '{jobSpec,numConcurrent}') || (record #>> '{links,self}')
		FROM datarobot.batch_status('$job')"), "2$record->{links}{self}", 'and all that is reported');
is(value("SELECT num_nulls(queue_position, intake_bytes, output_bytes, model_id, definition_id, definition)
		FROM datarobot.batch_status('$job')"), 6, 'what is null is NULL');

feed($job, 10);
is(value("SELECT concat_ws('|', status, scored_rows, failed_rows, percentage, has_result)
		FROM datarobot.batch_wait('$job')"), 'COMPLETED|10|0|100|t', 'it is waited for');
is(value("SELECT intake_bytes > 40 AND output_bytes > 40 FROM datarobot.batch_status('$job')"), 't', 'bytes of both');
is_deeply([ split /\n/, value("SELECT entry FROM datarobot.batch_log('$job') ORDER BY line") ],
	service('GET', "/batchPredictions/$job/")->{logs}, 'its log');

# in every session, the same time
is(value("SET DateStyle = 'SQL, DMY'; SET TimeZone = 'Asia/Kolkata'; SET IntervalStyle = sql_standard;
		SELECT created = timestamptz '$record->{created}' FROM datarobot.batch_status('$job')"), 't',
	'created under other settings');

# fields in snake_case, a record without id, links that are null
$standin->batch('settings', { mixed_case => 1, without_id => 1, null_links => 1 });
is(value("SELECT concat_ws('|', id, scored_rows, failed_rows, intake_type) FROM datarobot.batch_status('$job')"),
	"$job|10|0|localFile", 'fields in snake_case, no id');
is(value("SELECT (datarobot.batch_from_existing('$job')).has_result"), 'f', 'a null link');
$standin->batch('settings', { mixed_case => 0, without_id => 0, null_links => 0 });

# ---- arguments

$standin->reset;
foreach my $id ('', '../deployments', 'a/b', 'a?b', 'a b', 'ä', '.', '%2e', 'x' x 101)
{
	is(failure('SELECT datarobot.batch_status(' . quote_sql($id) . ')'), '22023', "no id: $id");
}
is(failure("SELECT datarobot.batch_$_(NULL)"), '22004', "$_ of NULL")
  foreach qw(status wait abort hide from_existing from_definition log);
is(failure(qq{SELECT datarobot.batch_status('$unknown', options => '{"thresholdHigh": 1}')}), '22023',
	'an option for scoring');
is(failure(qq{SELECT datarobot.batch_status('$unknown', options => '{"max_atempts": 1}')}), '22023', 'a mistyped one');
is(failure("SELECT datarobot.batch_wait('$unknown', $_)"), '22023', "timeout $_")
  foreach "'soon'", "'-1s'", "'NaN'", "'1 fortnight'";
is(failure("SELECT datarobot.batch_jobs($_)"), '22023', "list with $_")
  foreach "order_by => 'name'", 'max_rows => -1', 'skip_rows => -1', 'cutoff_hours => -2', "max_rows => '1.5'",
  "cutoff_hours => 1, created_from => now()", "model_id => ''", "status => '{RUNNING,\"\"}'", "hostname => ''";
is(failure("SELECT datarobot.batch_jobs($_)"), '22008', "list with $_")
  foreach "created_from => 'infinity'", "created_to => '4000-01-01 BC'";
is(failure("SELECT datarobot.batch_jobs(status => ARRAY['RUNNING', NULL])"), '22004', 'NULL in a list');
is_deeply([ asked() ], [], 'nothing was sent');

# ---- lists

my %made;
foreach my $i (1, 3 .. 5)
{
	$made{$i} = new_job(intakeSettings => { type => $i == 5 ? 'dataset' : 'localFile',
			$i == 5 ? (datasetId => '6c0000000000000000000001') : () });
	sleep($i == 1 ? 1.1 : 0.01);    # the stand-in compares seconds
}
$standin->faults({ route => 'job', fault => 'no_slot' });
$made{2} = new_job();
feed($made{2}, 1);
service('DELETE', "/batchPredictions/$made{2}/");
my $all = service('GET', '/batchPredictions/');
is(value('SELECT string_agg(id, $$ $$) FROM datarobot.batch_jobs()'), join(' ', map { $_->{id} } @{ $all->{data} }),
	'all jobs, in the order of the service');
feed($made{1}, 3);
value("SELECT datarobot.batch_wait('$made{1}')");
sub ids { return value("SELECT string_agg(id, ' ' ORDER BY created) FROM datarobot.batch_jobs($_[0])"); }
is(ids("status => ARRAY['completed']"), $made{1}, 'by status, in any case');
is(ids("status => ARRAY['COMPLETED', 'INITIALIZING'], intake_type => ARRAY['localFile']"),
	join(' ', @made{ 1, 3, 4 }), 'by several, and by intake');
is(ids("job => '$made{4}'"), $made{4}, 'by id');
is(ids("deployment => '5f0000000000000000000001'"), '', 'of another deployment');
is(ids("deployment => '$synthetic', job => '$made{3}'"), $made{3}, 'of the deployment');
my $label = service('GET', "/deployments/$synthetic/")->{label};
is(ids('job => ' . quote_sql($made{3}) . ', deployment => ' . quote_sql($label)), $made{3}, 'by its label');
is(failure("SELECT datarobot.batch_jobs(deployment => 'no such label')"), '42704', 'no such label');
my $third = service('GET', "/batchPredictions/$made{3}/")->{created};
is(ids("created_from => '$third', intake_type => ARRAY['localFile']"), join(' ', @made{ 3, 4 }), 'from a time on');
is(ids("created_to => now() - interval '1 day'"), '', 'before a time');
is(value("SELECT count(*) FROM datarobot.batch_jobs(max_rows => 2)"), 2, 'so many');
is(value("SELECT count(*) FROM datarobot.batch_jobs(max_rows => 0)"), 0, 'none');
is(value("SELECT count(*) FROM datarobot.batch_jobs($_ => '{}')"), 0, "no value of $_ is enough")
  foreach qw(status source intake_type output_type batch_job_type);
is(value("SELECT string_agg(id, ' ') FROM datarobot.batch_jobs(order_by => 'created', skip_rows => 1, max_rows => 2)"),
	join(' ', map { $_->{id} } @{ service('GET', '/batchPredictions/?orderBy=created&offset=1&limit=2')->{data} }),
	'with an order, after some');

# every filter, as it is sent
$standin->reset;
value("SELECT count(*) FROM datarobot.batch_jobs(status => ARRAY['running', 'FAILED'], source => ARRAY['-API', 'a&b'],
		deployment => '$synthetic', model_id => 'm1', job => 'j1', definition_id => 'd1', hostname => 'h ost',
		intake_type => ARRAY['s3'], output_type => ARRAY['jdbc', 'gcp'], batch_job_type => ARRAY['prediction'],
		order_by => '-status', all_jobs => true, created_from => '2026-01-02 03:04:05+01',
		created_to => '2027-01-01 00:00:00.25Z', max_rows => '7', skip_rows => 3)");
my ($target) = map { m{^GET /api/v2/batchPredictions/\?(.*)} ? $1 : () } asked();
is_deeply([ sort split /&/, $target ],
	[ sort qw(status=RUNNING status=FAILED source=-API source=a%26b modelId=m1 jobId=j1 hostname=h%20ost
		batchPredictionJobDefinitionId=d1 intakeType=s3 outputType=jdbc outputType=gcp batchJobType=prediction
		orderBy=-status allJobs=true startDateTime=2026-01-02T02%3A04%3A05.000000Z
		endDateTime=2027-01-01T00%3A00%3A00.250000Z limit=7 offset=3), "deploymentId=$synthetic" ],
	'all filters');
$standin->reset;
value('SELECT count(*) FROM datarobot.batch_jobs(cutoff_hours => 48)');
like(join(' ', asked()), qr/cutoffHours=48/, 'cut-off hours');

# several pages
my @many = map { new_job() } 1 .. 103;
is(value('SELECT count(DISTINCT id) FROM datarobot.batch_jobs()'), 103, 'two pages');
is(value('SELECT count(*) FROM datarobot.batch_jobs(max_rows => 101)'), 101, 'a page and a bit');
$standin->faults({ route => 'batch/list', fault => 'foreign_next' });
is(failure('SELECT count(*) FROM datarobot.batch_jobs()'), '08P01', 'a next page elsewhere');
$standin->reset;

# ---- waiting

$job = new_job();
my ($sqlstate, $message, $detail, $hint) = error_of($node, "SELECT datarobot.batch_wait('$job', '300ms')");
is($sqlstate, '57014', 'a job that does not end in time');
is($message, "batch job $job did not end within 300 ms", 'says which, and the time as it was given');
is($detail, 'Its status is INITIALIZING. The job itself continues.', 'and what it does');
is(state_of($job), 'INITIALIZING', 'it is left alone');
$node->safe_psql('postgres', "ALTER SERVER datarobot OPTIONS (ADD job_timeout '200ms')");
is(failure("SELECT datarobot.batch_wait('$job')"), '57014', 'the time-out of the server');
$node->safe_psql('postgres', 'ALTER SERVER datarobot OPTIONS (DROP job_timeout)');
ok(elapsed_ms(sub { failure("SELECT datarobot.batch_wait('$job', 0.2)"); }) < 5000, 'milliseconds without a unit');
my $session = Session->new($node);
$session->start("SELECT status FROM datarobot.batch_wait('$job', interval '1 min')");
feed($job, 5);
is($session->finish->{out}, 'COMPLETED', 'it ends while it is waited for');

$job = new_job();
my $ms = elapsed_ms(sub {
		is(failure("SET statement_timeout = '500ms'; SELECT datarobot.batch_wait('$job')"), '57014',
			'statement_timeout'); });
ok($ms < 3000, 'at once');
$session->start("SELECT datarobot.batch_wait('$job')");
ok(wait_until(sub { value("SELECT count(*) FROM pg_stat_activity WHERE pid = " . $session->pid
			. " AND wait_event_type = 'Extension'") > 0; }), 'it waits');
value('SELECT pg_cancel_backend(' . $session->pid . ')');
is($session->finish->{sqlstate}, '57014', 'cancel');
is($session->run('SELECT 1')->{out}, 1, 'the session continues');
SKIP:
{
	skip 'no transaction_timeout', 1 if $version < 170000;
	is(failure("SET transaction_timeout = '500ms'; SELECT datarobot.batch_wait('$job')"), '25P04',
		'transaction_timeout');
}
is(state_of($job), 'INITIALIZING', 'the job is left alone');

# a NOTICE, after ten seconds
my ($notice, $said);
$node->psql('postgres', "SELECT datarobot.batch_wait('$job', '13s')", stdout => \$notice, stderr => \$said);
like($said, qr/NOTICE:  batch job $job has not ended yet\nDETAIL:  Its state is INITIALIZING\. /, 'what it waits for');
is(() = $said =~ /NOTICE/g, 1, 'once');

# a job that ends badly
$standin->faults({ route => 'job', fault => 'no_slot' });
$job = new_job();
feed($job, 1);
is(value("SELECT concat_ws('|', status, queued, queue_position) FROM datarobot.batch_status('$job')"),
	'INITIALIZING|t|0', 'a job in the queue');
service('DELETE', "/batchPredictions/$job/");
($sqlstate, $message, $detail) = error_of($node, "SELECT datarobot.batch_wait('$job')");
is($sqlstate, '55000', 'a job that was aborted');
is($message, qq{batch job $job of server "datarobot" was aborted}, 'says so');
like($detail, qr/^Rows: 0 scored, 0 failed, 0 skipped\.\nLog: /, 'with its log');
is(value("SELECT (datarobot.batch_wait('$job', must_complete => false)).status"), 'ABORTED', 'or is returned');
$standin->faults({ route => 'job', fault => 'job_fail', rows => 2, text => 'The disk is full' });
$job = new_job();
eval { feed($job, 50); };
($sqlstate, $message, $detail) = error_of($node, "SELECT datarobot.batch_wait('$job')");
is($sqlstate, '58000', 'a job that failed');
like($detail, qr/Log: .*The disk is full/, 'says why');
$standin->faults({ route => 'batch/get', fault => 'state', text => 'PAUSED' });
is(value("SELECT (datarobot.batch_status('$job')).status"), 'PAUSED', 'a state that nobody knows');

# ---- aborting, hiding, copies

$standin->reset;
$standin->faults({ route => 'job', fault => 'no_slot' });
$job = new_job();
feed($job, 1);
is(value("SELECT datarobot.batch_abort('$job')"), 't', 'a job that waits is aborted');
is(state_of($job), 'ABORTED', 'and is so');
is(value("SELECT datarobot.batch_abort('$job')"), 't', 'and remains so');
$standin->faults({ route => 'job', fault => 'no_slot' });
$job = new_job();
feed($job, 1);
$standin->faults({ route => 'batch/delete', fault => 'wrong_length' });
is(value("SELECT datarobot.batch_abort('$job')"), 't', 'also when the answer is lost');
$job = new_job();
feed($job, 1);
value("SELECT datarobot.batch_wait('$job')");
is(value("SELECT datarobot.batch_abort('$job')"), 'f', 'one that has ended cannot be aborted');
is(state_of($job), 'COMPLETED', 'and remains as it is');
is(failure("SELECT datarobot.batch_abort('$unknown')"), '42704', 'an unknown one');
is(value("SELECT datarobot.batch_abort('$unknown', missing_ok => true)"), 'f', 'that may be missing');
my $idle = new_job();
is(value("SELECT datarobot.batch_abort('$idle')"), 't', 'one that was never queued');
is(state_of($idle), 'ABORTED', 'is aborted, too');

is(value("SELECT count(*) FROM datarobot.batch_jobs() WHERE id = '$job'"), 1, 'listed');
value("SELECT datarobot.batch_hide('$job')");
is(value("SELECT count(*) FROM datarobot.batch_jobs() WHERE id = '$job'"), 0, 'hidden');
is(value("SELECT hidden FROM datarobot.batch_status('$job')"), 't', 'as its record says');
value("SELECT datarobot.batch_hide('$job', hidden => false)");
is(value("SELECT count(*) FROM datarobot.batch_jobs() WHERE id = '$job'"), 1, 'and back');
is(failure("SELECT datarobot.batch_hide('$unknown')"), '42704', 'an unknown job');

my $copy = value("SELECT (datarobot.batch_from_existing('$job')).id");
isnt($copy, $job, 'a copy');
is_deeply(service('GET', "/batchPredictions/$copy/")->{jobSpec}, service('GET', "/batchPredictions/$job/")->{jobSpec},
	'has the same specification');
is(failure("SELECT datarobot.batch_from_existing('$unknown')"), '42704', 'a copy of nothing');
my $definition = service('POST', '/batchPredictionJobDefinitions/',
	{ deploymentId => $synthetic, name => 'nightly', enabled => JSON::PP::false })->{id};
is(value("SELECT concat_ws('|', status, definition_id, definition)
		FROM datarobot.batch_from_definition('$definition')"),
	"INITIALIZING|$definition|nightly", 'a job of a definition');
is(value("SELECT (datarobot.batch_from_definition('nightly')).definition_id"), $definition, 'by its name');
is(failure("SELECT datarobot.batch_from_definition('$unknown')"), '42704', 'of an unknown one');
is(ids("definition_id => '$definition'"),
	value("SELECT string_agg(id, ' ' ORDER BY created) FROM datarobot.batch_jobs(source => ARRAY['Job definition'])"),
	'is listed by it');

# ---- failures of requests

# requests of a method since the reset
sub count_of
{
	my ($method) = @_;
	return scalar grep { /^$method / } asked();
}

foreach my $case (
	[ { status => 422 }, '22000', 1, '422' ],
	[ { status => 403 }, '28000', 1, '403' ],
	[ { status => 429, retry_after => 1, times => -1 }, '53400', 2, '429 for ever' ],
	[ { status => 503, times => -1 }, '58000', 2, '503 for ever' ],
	[ { status => 500, times => -1 }, '58000', 2, '500 for ever' ])
{
	my ($fault, $state, $requests, $name) = @$case;
	$standin->reset;
	$job = new_job();
	$standin->faults({ route => 'batch/get', fault => 'status', %$fault });
	is(failure(qq{SELECT datarobot.batch_status('$job', options => '{"max_attempts": 2}')}), $state, $name);
	is(count_of('GET'), $requests, "$name: attempts");
}
foreach my $fault ({ fault => 'status', status => 429, retry_after => 1 }, { fault => 'status', status => 503 },
	{ fault => 'reset' }, { fault => 'close' }, { fault => 'wrong_length' })
{
	$standin->reset;
	$job = new_job();
	$standin->faults({ route => 'batch/get', %$fault });
	is(value("SELECT (datarobot.batch_status('$job')).id"), $job, "$fault->{fault}: asked again");
	is(count_of('GET'), 2, 'once');
}
$standin->reset;
$job = new_job();
$standin->faults({ route => 'batch/get', fault => 'status', status => 429, retry_after => 1 });
cmp_ok(elapsed_ms(sub { value("SELECT datarobot.batch_status('$job')") }), '>', 900, 'Retry-After is respected');

# a job is never made twice
foreach my $fault ({ fault => 'reset' }, { fault => 'close' }, { fault => 'status', status => 503 },
	{ fault => 'status', status => 504 }, { fault => 'wrong_length' })
{
	$standin->reset;
	$job = new_job();
	$standin->faults({ route => 'batch/existing', %$fault });
	($sqlstate, $message, $detail) = error_of($node, "SELECT datarobot.batch_from_existing('$job')");
	like($detail, qr/the server may have done what was asked for/, "$fault->{fault}: it may have been made");
	is(count_of('POST'), 2, 'it is not asked for again');    # new_job() was the first
}
$standin->reset;
$job = new_job();
$standin->faults({ route => 'batch/existing', fault => 'status', status => 429, retry_after => 1 });
is(value("SELECT (datarobot.batch_from_existing('$job')).status"), 'INITIALIZING', '429: it was not made');
is(count_of('POST'), 3, 'so it is asked for again');

# links to another host
foreach my $sql ("batch_status('%s')", "batch_from_existing('%s')", "batch_wait('%s', '1s')", "batch_log('%s')")
{
	$standin->reset;
	$job = new_job();
	$standin->faults({ route => 'batch', fault => 'foreign_link' });
	($sqlstate, $message) = error_of($node, 'SELECT datarobot.' . sprintf($sql, $job));
	is($sqlstate, '08P01', "$sql: a link to another host");
	like($message, qr/points to another host/, 'says so');
}
$standin->reset;

# ---- records that are none, and tokens that change: a parrot whose answers are files, $dir/NAME for a job NAME

my $dir = File::Temp->newdir;

sub put_answer
{
	my ($name, $text) = @_;
	open(my $out, '>:raw', "$dir/$name.new") or die "$name: $!";
	print $out $text;
	close $out;
	chmod 0600, "$dir/$name.new";
	rename "$dir/$name.new", "$dir/$name" or die "$name: $!";
	return;
}

sub read_file
{
	my ($name) = @_;
	open(my $in, '<:raw', "$dir/$name") or return;
	local $/;
	return scalar <$in>;
}

my $parrot = TinyServer->parrot(sub {
		my ($head) = @_;
		my ($name) = $head =~ m{^\S+ /api/v2/batchPredictions/(\w*)};
		my ($host) = $head =~ /^Host: (\S+)/mi;
		my ($token) = $head =~ /^Authorization: Bearer (\S+)/mi;
		my $json = read_file($name || 'list') // return (404, {}, '{"message": "Not Found"}');
		return (401, {}, '{"message": "no"}') if $token ne (read_file('token') // $token);
		$json =~ s/HOST/$host/g;
		return (200, { 'Content-Type' => 'application/json' }, $json);
	});
put_answer('token', 'first-token-0123456789');
connect_node($node, standin => $standin, name => 'parrot',
	server => { prediction_url => undef, api_url => 'http://127.0.0.1:' . $parrot->port . '/api/v2', max_attempts => 1,
		max_reply_size => '4MB' },
	mapping => { api_token => undef, datarobot_key => undef, api_token_file => "$dir/token" });

# a token that is replaced, more than once, while a job is waited for
put_answer('rotated', '{"id": "rotated", "status": "RUNNING"}');
$session->start("SELECT status FROM datarobot.batch_wait('rotated', server => 'parrot')");
foreach my $token ('second-token-0123456789', 'third-token-0123456789', 'fourth-token-0123456789')
{
	my $seen = () = $parrot->requests;
	ok(wait_until(sub { my $now = () = $parrot->requests; return $now > $seen; }), 'it is waited for');
	put_answer('token', $token);
	ok(wait_until(sub { $parrot->text =~ /Bearer \Q$token\E/; }), 'and then with another token');
}
put_answer('rotated', '{"id": "rotated", "status": "COMPLETED"}');
is($session->finish->{out}, 'COMPLETED', 'it ends');

sub record_of
{
	my ($json) = @_;
	utf8::encode($json);
	put_answer('odd', $json);
	return "datarobot.batch_status('odd', server => 'parrot')";
}

my $deep = '[' x 5000 . ']' x 5000;
foreach my $case (
	[ 'not JSON', 'COMPLETED', '08P01' ], [ 'a list', '[]', '08P01' ], [ 'an empty object', '{}', '08P01' ],
	[ 'no status', '{"id": "odd"}', '08P01' ], [ 'a null status', '{"id": "odd", "status": null}', '08P01' ],
	[ 'a status that is an object', '{"id": "odd", "status": {}}', '08P01' ],
	[ 'a blank status', '{"id": "odd", "status": ""}', '08P01' ],
	[ 'no id', '{"status": "RUNNING"}', '08P01' ],
	[ 'another id', '{"id": "even", "status": "RUNNING"}', '08P01' ],
	[ 'an id with a slash', '{"id": "odd/../x", "status": "RUNNING"}', '08P01' ],
	[ 'another job by its link', '{"status": "RUNNING", "links": {"self": "http://HOST/api/v2/batchPredictions/x/"}}',
		'08P01' ],
	[ 'a link to another port', '{"id": "odd", "status": "RUNNING", "links": {"download": "http://127.0.0.1:9/d"}}',
		'08P01' ],
	[ 'a link to another host', '{"id": "odd", "status": "RUNNING", "links": {"csvUpload": "http://example.com/d"}}',
		'08P01' ],
	[ 'a link with a user', '{"id": "odd", "status": "RUNNING", "links": {"self": "http://a:b@HOST/odd"}}', '08P01' ],
	[ 'a link of another scheme', '{"id": "odd", "status": "RUNNING", "links": {"self": "file:///etc/passwd"}}',
		'08P01' ],
	[ 'a link with line ends', '{"id": "odd", "status": "RUNNING", "links": {"self": "http://HOST/a\u000d\u000ab"}}',
		'08P01' ],
	[ 'a link that is too long',
		'{"id": "odd", "status": "RUNNING", "links": {"self": "http://HOST/' . 'a' x 9000 . '"}}', '08P01' ],
	[ 'a NUL', '{"id": "odd", "status": "RUNNING\u0000"}', '08P01' ],
	[ 'more than is read', '{"id": "odd", "status": "RUNNING", "logs": ["' . 'x' x 5_000_000 . '"]}', '54000' ])
{
	my ($name, $json, $state) = @$case;
	is(failure('SELECT ' . record_of($json)), $state, "a record that is $name");
}
foreach my $case (
	[ 'nothing but what is needed', '{"id": "odd", "status": "running"}', 'RUNNING|f|f|f|f|0' ],
	[ 'its id in a link', '{"status": "RUNNING", "links": {"self": "http://HOST/api/v2/batchPredictions/odd?x=/y"}}',
		'RUNNING|f|f|f|f|0' ],
	[ 'links without hosts',
		'{"id": "odd", "status": "RUNNING", "links": {"download": "/api/v2/batchPredictions/odd/d"}}',
		'RUNNING|f|t|f|f|0' ],
	[ 'links that are none',
		'{"id": "odd", "status": "RUNNING", "links": {"download": null, "self": "", "csvUpload": []}}',
		'RUNNING|f|f|f|f|0' ],
	[ 'wrong types', '{"id": "odd", "status": "FAILED", "statusDetails": ["x"], "logs": "none",
		"percentageCompleted": "half", "elapsedTimeSec": -5, "scoredRows": "many", "failedRows": 1e300,
		"skippedRows": {}, "queued": "yes",
		"queuePosition": "NaN", "jobIntakeSize": true, "links": [], "created": "now", "createdBy": "me", "jobSpec": [1],
		"hidden": false, "resultsDeleted": 1, "batchPredictionJobDefinition": 7, "source": null}', 'FAILED|f|f|f|f|0' ],
	[ 'deep nesting', qq({"id": "odd", "status": "RUNNING", "x": $deep}), 'RUNNING|f|f|f|f|0' ],
	[ 'many fields', '{"id": "odd", "status": "RUNNING", ' . join(', ', map { qq("f$_": $_) } 1 .. 20000) . '}',
		'RUNNING|f|f|f|f|0' ])
{
	my ($name, $json, $expected) = @$case;
	my $sql = "SELECT concat_ws('|', status, queued, has_result, results_deleted, hidden,
		num_nonnulls(status_details, percentage, elapsed, scored_rows, failed_rows, skipped_rows, queue_position,
			intake_bytes, output_bytes, created, created_by, source, definition, intake_type))
		FROM " . record_of($json);
	defined $expected ? is(value($sql), $expected, "a record that has $name") : is(failure($sql), '08P01', $name);
}
sub running { return record_of(qq({"id": "odd", "status": "RUNNING", $_[0]})); }
is(value('SELECT scored_rows FROM ' . running('"scoredRows": "9007199254740992"')), '9007199254740992',
	'the largest number');
is(value('SELECT status_details FROM ' . running('"statusDetails": "zu\u001b[31m süß"')), 'zu [31m süß',
	'no control characters');
is(value('SELECT created = timestamptz $$2026-01-31 10:00Z$$ FROM '
	  . running('"created": "2026-01-31T12:00:00+02:00"')), 't', 'a time with a zone');
is(value('SELECT record::text FROM ' . record_of('{"id": "odd", "status": "RUNNING", "jobSpec": {"predictionInstance":
		{"hostName": "h", "apiKey": "ke-y"}, "intakeSettings": {"url": "https://u:pa-ss@h/x?sig=abc"}}}'))
	=~ /ke-y|pa-ss|abc/ ? 1 : 0, 0, 'no secrets of a specification');
like(value('SELECT record FROM ' . running('"x": "\u0066ourth-token-0123456789"')), qr/"x": "\*+"/, 'nor ours');
like(value('SELECT string_agg(entry, $$ $$) FROM datarobot.batch_log($$odd$$, server => $$parrot$$), '
	  . record_of('{"id": "odd", "status": "RUNNING", "logs": ["a", 1, null, "fourth-token-0123456789",
		"\u0066ourth-token-0123456789"]}')), qr/^a \*+ \*+$/, 'nor our token');

# an error about such a job
record_of('{"id": "odd", "status": "ABORTED", "scoredRows": 80, "failedRows": 20, "logs": ["'
	  . join('", "', map { "line $_ " . 'ä' x 400 } 1 .. 20) . '"]}');
($sqlstate, $message, $detail) = error_of($node, "SELECT datarobot.batch_wait('odd', server => 'parrot')");
is($sqlstate, '22000', 'rows failed');
utf8::decode($detail);
like($detail, qr/^Rows: 80 scored, 20 failed\.
Log:\ line\ 13\ ä{1,150}\n(?:Log:\ line\ \d+\ ä{1,150}\n){6}Log:\ line\ 20\ ä{1,150}$/,
	'the end of the log, in lines that are cut');

# lists
foreach my $case ([ 'without count', '{"data": [{"id": "a", "status": "RUNNING"}], "next": null}', 'a' ],
	[ 'without next', '{"data": []}', '' ],
	[ 'whose next is blank', '{"data": [{"id": "b", "status": "RUNNING"}], "next": ""}', undef ],
	[ 'without data', '{"next": null}', undef ], [ 'of texts', '{"data": ["a"]}', undef ],
	[ 'with a record that is none', '{"data": [{"id": "a", "status": "RUNNING"}, {"id": "b"}]}', undef ],
	[ 'with a next page elsewhere',
		'{"data": [{"id": "a", "status": "RUNNING"}], "next": "http://example.com/x"}', undef ],
	[ 'without an end',
		'{"data": [{"id": "a", "status": "RUNNING"}], "next": "/batchPredictions/?offset=1"}', undef ])
{
	my ($name, $json, $expected) = @$case;
	my $sql = "SELECT string_agg(id, ' ') FROM datarobot.batch_jobs(server => 'parrot')";
	put_answer('list', $json);
	defined $expected ? is(value($sql), $expected, "a list $name") : is(failure($sql), '08P01', "a list $name");
}
is(value("SELECT count(*) FROM datarobot.batch_jobs(server => 'parrot', max_rows => 2)"), 2, 'but a part of one');

# ---- surroundings

$standin->reset;
$job = new_job();
is(failure("SELECT datarobot.batch_status('$job', server => 'nobody')"), '42704', 'an unknown server');
connect_node($node, standin => $standin, name => 'no_api');
is(failure("SELECT datarobot.batch_status('$job', server => 'no_api')"), 'HV00J', 'a server without api_url');
$node->safe_psql('postgres', 'CREATE ROLE clerk LOGIN; CREATE ROLE other LOGIN');
is((error_of($node, "SELECT datarobot.batch_status('$job')", role => 'clerk'))[0], '42501', 'no EXECUTE');
$node->safe_psql('postgres', 'GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA datarobot TO clerk, other;
	GRANT USAGE ON FOREIGN SERVER datarobot TO clerk');
is((error_of($node, "SELECT datarobot.batch_status('$job')", role => 'other'))[0], '42501', 'no USAGE');
is($node->safe_psql('postgres', "SELECT (datarobot.batch_status('$job')).id", extra_params => [ '-U', 'clerk' ]), $job,
	'with both');
is(value("BEGIN; SET LOCAL ROLE clerk; SELECT (datarobot.batch_status('$job')).id; COMMIT"), $job, 'SET LOCAL ROLE');
is(value("BEGIN; DECLARE c CURSOR FOR SELECT id FROM datarobot.batch_jobs(); FETCH c; COMMIT"), $job, 'a cursor');
is(value("CREATE FUNCTION loop_jobs() RETURNS int LANGUAGE plpgsql AS \$\$
	DECLARE j datarobot.batch_job; n int := 0;
	BEGIN
		FOR i IN 1 .. 20 LOOP
			j := datarobot.batch_status('$job');
			BEGIN
				PERFORM datarobot.batch_status('$unknown');
			EXCEPTION WHEN undefined_object THEN n := n + 1;
			END;
		END LOOP;
		RETURN n;
	END \$\$; SELECT loop_jobs()"), 20, 'in a function, with errors that are caught');
$node->safe_psql('postgres',
	q{CREATE DATABASE latin1 TEMPLATE template0 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C'});
$node->safe_psql('latin1', 'CREATE EXTENSION datarobot_scoring');
connect_node($node, standin => $standin, dbname => 'latin1', name => 'parrot',
	server => { prediction_url => undef, api_url => 'http://127.0.0.1:' . $parrot->port . '/api/v2' },
	mapping => { api_token => undef, datarobot_key => undef, api_token_file => "$dir/token" });
record_of('{"id": "odd", "status": "RUNNING", "statusDetails": "süß"}');
is(safe_scalar($node, "SELECT status_details = 's' || chr(252) || chr(223) FROM datarobot.batch_status('odd')",
		dbname => 'latin1'), 't', 'a record in a database of another encoding');
record_of('{"id": "odd", "status": "RUNNING", "statusDetails": "日本"}');
is((error_of($node, "SELECT datarobot.batch_status('odd')", dbname => 'latin1'))[0], '22P05', 'that it cannot contain');

done_testing();
