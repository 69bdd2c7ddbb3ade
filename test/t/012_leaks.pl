# A thousand failing calls and a thousand good ones in one session leave open files and memory as they were.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use ScoringTest;
use Session;
use Test::More;
use Watch;

my $standin = new_standin();
my $node = new_node('main', standin => $standin);
my $synthetic = $DEPLOYMENT{synthetic};
my ($silent, $silent_port) = silent_listener();

my ($refusing, $closed_port) = refusing_port();
connect_node($node, standin => $standin, name => 'refused',
	server => { prediction_url => "http://127.0.0.1:$closed_port/predApi/v1.0", max_attempts => 1 });
connect_node($node, standin => $standin, name => 'nowhere',
	server => { prediction_url => 'http://no-such-host.invalid/predApi/v1.0', max_attempts => 1 });
connect_node($node, standin => $standin, name => 'wrong_ca', tls => 1,
	server => { ca_file => undef, max_attempts => 1 });
connect_node($node, standin => $standin, name => 'tls', tls => 1);
connect_node($node, standin => $standin, name => 'wrong_token', mapping => { api_token => 'not-the-token' });
$node->safe_psql('postgres', q{
	CREATE TYPE scored AS (id int, prediction float8);
	CREATE TABLE customer AS SELECT g AS id, g * 3.5 AS spend FROM generate_series(1, 50) g;
	CREATE TABLE story AS SELECT 1 AS id, repeat('x', 5000) AS spend;});
foreach my $table ([ scanned => 'TABLE customer' ],
	[ scanned_badly => 'SELECT id, 1 / (id - 45) AS spend FROM customer' ])
{
	$node->safe_psql('postgres', "CREATE FOREIGN TABLE $table->[0] (id int, prediction float8) SERVER datarobot "
		. options_sql(deployment => $synthetic, query => $table->[1], key_columns => 'id', chunk_rows => 10,
			max_attempts => 1));
}
my $scan = 'PERFORM * FROM scanned';

my $session = Session->new($node);
my $resident_slack = 1024;    # kB; malloc's own slack is some hundred

sub score_as
{
	my ($options, $query) = @_;
	$query //= 'TABLE customer';
	return "PERFORM * FROM datarobot.score_as(NULL::scored, '$synthetic', '$query', '{id}', options => '$options')";
}

sub predict
{
	my ($options) = @_;
	return "PERFORM datarobot.predict(t, '$synthetic', '$options') OVER () FROM customer t";
}

# A thousand times: run the call, which must end as expected each time; errors are caught in a block, so that
# one statement can do many and the session's own memory for statements stays out of it.
sub repeat
{
	my ($n, $call, $sqlstate) = @_;
	$sqlstate //= '00000';
	$session->must(qq{
		DO \$\$
		DECLARE seen text;
		BEGIN
			FOR i IN 1 .. $n LOOP
				BEGIN
					$call;
					seen := '00000';
				EXCEPTION WHEN OTHERS THEN
					seen := SQLSTATE;
					IF seen <> '$sqlstate' THEN RAISE; END IF;
				END;
				IF seen <> '$sqlstate' THEN RAISE 'call % ended with %', i, seen; END IF;
			END LOOP;
		END \$\$});
	return;
}

# The same from outside of a transaction: each error ends its own statement.
sub repeat_alone
{
	my ($n, $call, $sqlstate) = @_;
	$call =~ s/^PERFORM/SELECT/;
	my $result = $session->run("$call;\n" x $n);
	my $errors = () = $result->{text} =~ /^ERROR:  \Q$sqlstate\E:/mg;
	is($errors, $n, "$n statements, each ended by $sqlstate") or diag substr($result->{text}, 0, 500);
	return;
}

# What the session has: memory of its contexts, and of those that are ours; resident memory, in kB; files.
sub holdings
{
	my $memory = $session->must(q{
		SELECT sum(total_bytes), coalesce(sum(total_bytes) FILTER (WHERE name LIKE 'datarobot%'), 0),
			count(*) FILTER (WHERE name LIKE 'datarobot%')
		FROM pg_backend_memory_contexts});
	my ($total, $ours, $contexts) = split /\|/, $memory;
	open(my $status, '<', '/proc/' . $session->pid . '/status') or die $!;
	my ($resident) = map { /^RssAnon:\s+(\d+)/ ? $1 : () } <$status>;
	return { total => $total, ours => $ours, contexts => $contexts, resident => $resident,
		files => files_of($session->pid) };
}

sub is_flat
{
	my ($name, $n, $before, $after) = @_;
	# as many connections may be kept as requests of one call were in flight: four
	cmp_ok($after->{files} - $before->{files}, '<=', 4, "$name: open files");
	is($after->{contexts}, $before->{contexts}, "$name: memory contexts of ours");
	is($after->{ours}, $before->{ours}, "$name: memory in them");

	# caches of the server may still grow by a block
	my $slack = 100 * $n > 65536 ? 100 * $n : 65536;
	cmp_ok($after->{total} - $before->{total}, '<=', $slack, "$name: memory contexts altogether");

	# outside of the contexts: libcurl, TLS, libcsv
	cmp_ok($after->{resident} - $before->{resident}, '<', $resident_slack, "$name: resident memory, kB");
	note "$name: " . to_json({ before => $before, after => $after });
	return;
}

# Call it some times first: caches fill, connections open.
sub stays_flat
{
	my ($name, $n, $call, $sqlstate, $fault) = @_;
	$standin->reset;
	$standin->faults({ times => -1, %$fault }) if $fault;
	repeat(50, $call, $sqlstate);
	my ($before, $after);

	# malloc's heap may still settle in the first round; what leaks grows in each
	foreach my $round (1 .. 3)
	{
		$before = holdings();
		repeat($n, $call, $sqlstate);
		$after = holdings();
		note "$name, round $round: " . ($after->{resident} - $before->{resident}) . ' kB';
		last if $after->{resident} - $before->{resident} < $resident_slack;
	}
	is_flat($name, $n, $before, $after);
	return;
}

# warm up everything once, so that a first use of TLS or of the resolver is not taken for a leak
$session->must('LOAD \'datarobot_scoring\'');
repeat(5, score_as('{}'));
repeat(5, predict('{}'));
repeat(5, $scan);
repeat(2, score_as('{"server": "tls"}'));
repeat(2, score_as('{"server": "wrong_ca"}'), '08001');
repeat(2, score_as('{"server": "nowhere"}'), '08001');

# ---- a thousand good calls

stays_flat('1000 good calls by score_as', 1000, score_as('{}'));
stays_flat('1000 good calls by predict', 1000, predict('{}'));
stays_flat('1000 good scans of a scored table', 1000, $scan);
stays_flat('1000 scans of one row', 1000, "$scan WHERE id = i % 50 + 1");
stays_flat('300 scans that are left', 300, "$scan LIMIT 1");
stays_flat('300 good calls in several chunks with gzip', 300, score_as('{"chunk_rows": 7, "compression": "gzip"}'));
stays_flat('200 good calls with TLS', 200, score_as('{"server": "tls", "chunk_rows": 10}'));
stays_flat('300 calls that read one row of many', 300, predict('{"chunk_rows": 5}') . ' LIMIT 1');

# ---- a thousand failing calls, of every kind of failure

my @failures = (
	[ 'status 500', '58000', score_as('{"chunk_rows": 10, "max_attempts": 1}'), { fault => 'status', status => 500 } ],
	[ 'status 422 by predict', '22000', predict('{"chunk_rows": 10}'), { fault => 'status', status => 422 } ],
	[ 'status 500 by a scored table', '58000', $scan, { fault => 'status', status => 500 } ],
	[ 'reset within the answer by a scored table', '08006', $scan, { fault => 'reset_mid', ms => 0 } ],
	[ 'fewer rows by a scored table', '08P01', $scan, { fault => 'missing_rows' } ],
	[ 'the query of a scored table', '22012', 'PERFORM * FROM scanned_badly' ],
	[ 'wrong token', '28000', score_as('{"server": "wrong_token"}') ],
	[ 'reset', '08006', score_as('{"max_attempts": 1}'), { fault => 'reset' } ],
	[ 'reset within the answer by predict', '08006', predict('{"max_attempts": 1}'),
		{ fault => 'reset_mid', ms => 0 } ],
	[ 'fewer rows', '08P01', score_as('{"chunk_rows": 10}'), { fault => 'missing_rows' } ],
	[ 'HTML by predict', '08P01', predict('{"chunk_rows": 10}'), { fault => 'html' } ],
	[ 'broken CSV', '08P01', score_as('{}'),
		{ fault => 'status', status => 200, content_type => 'text/csv', body => "y_PREDICTION\n\"0.5\n" } ],
	[ 'bad UTF-8', '22021', score_as('{}'), { fault => 'invalid_utf8' } ],
	[ 'no number', '22P02', predict('{}'),
		{ fault => 'status', status => 200, content_type => 'text/csv', body => "y_PREDICTION\nx\n" } ],
	[ 'junk for gzip', '08P01', score_as('{}'), { fault => 'bad_gzip' } ],
	[ 'an answer too large', '54000', score_as('{"max_reply_size": "10kB"}'), { fault => 'huge', mb => 1 } ],
	[ 'a redirect', '08P01', score_as('{}'), { fault => 'redirect' } ],
	[ 'request_timeout', '08006', score_as('{"request_timeout": "2ms", "chunk_rows": 10}'), { fault => 'hang' } ],
	[ 'connection refused', '08001', score_as('{"server": "refused"}') ],
	[ 'unknown CA', '08001', score_as('{"server": "wrong_ca"}') ],
	[ 'an error of the query', '22012',
		score_as('{"chunk_rows": 10}', 'SELECT id, 1 / (id - 45) AS spend FROM customer') ],
	[ 'a row too large', '54000', score_as('{"chunk_size": "1kB"}', 'SELECT id, spend FROM story') ],
	[ 'an unknown option', '22023', score_as('{"chunk_row": 1}') ],
	[ 'an unknown column', '42703',
		"PERFORM * FROM datarobot.score_as(NULL::scored, '$synthetic', 'TABLE customer', '{nobody}')" ],
	[ 'a query that is none', '42601', score_as('{}', 'SELEC') ]);
my $n = int(1000 / @failures) + 1;
cmp_ok($n * @failures, '>=', 1000, 'a thousand failing calls altogether');
my $before_all = holdings();
foreach my $failure (@failures)
{
	my ($name, $sqlstate, $call, $fault) = @$failure;
	stays_flat("failing calls: $name", $n, $call, $sqlstate, $fault);
}

# ---- within one call: the memory of a chunk and its request is freed when they are done, not when the call ends.
# Ten thousand requests, so that a hundred bytes of each would show.

foreach my $format ('csv', 'json')
{
	my $within = Session->new($node);
	my $used = sub {
		my $ours = $within->must("SELECT sum(used_bytes), count(*) FROM pg_backend_memory_contexts
			WHERE name LIKE 'datarobot%'");
		open(my $status, '<', '/proc/' . $within->pid . '/status') or die $!;
		my ($resident) = map { /^RssAnon:\s+(\d+)/ ? $1 : () } <$status>;
		return ((split /\|/, $ours), $resident);
	};
	$standin->reset;
	$within->must(qq{BEGIN;
		DECLARE c NO SCROLL CURSOR FOR SELECT datarobot.predict(t, '$synthetic',
			'{"chunk_rows": 2, "key_columns": ["id"], "format": "$format"}') OVER ()
			FROM (SELECT g AS id, g * 3.5 AS spend FROM generate_series(1, 30000) g) t});
	$within->must('MOVE 4000 FROM c');
	my $requests = $standin->counters($synthetic)->{requests};
	my ($bytes, $contexts, $resident) = $used->();
	$within->must('MOVE 20000 FROM c');
	$requests = $standin->counters($synthetic)->{requests} - $requests;
	my ($bytes_after, $contexts_after, $resident_after) = $used->();
	cmp_ok($requests, '>=', 9000, "within a call, $format: enough requests");
	cmp_ok(abs($contexts_after - $contexts), '<=', 20, "within a call, $format: memory contexts");
	cmp_ok(($bytes_after - $bytes) / $requests, '<', 50, "within a call, $format: bytes of ours for each request");
	cmp_ok(1024 * ($resident_after - $resident) / $requests, '<', 100,
		"within a call, $format: bytes of the process for each request");
	note "within a call, $format: $requests requests, " . ($bytes_after - $bytes) . ' bytes, '
	  . ($resident_after - $resident) . ' kB';
	$within->must('COMMIT');
	$within->close;
}

# ---- and each as a statement of its own: the error ends the transaction, not a block

$standin->reset;
$standin->faults({ fault => 'missing_rows', times => -1 });
repeat_alone(20, score_as('{"chunk_rows": 10}'), '08P01');
my $before = holdings();
repeat_alone(500, score_as('{"chunk_rows": 10}'), '08P01');
is_flat('500 failing statements by score_as', 500, $before, holdings());
$standin->reset;
$standin->faults({ fault => 'status', status => 500, times => -1 });
repeat_alone(20, predict('{"chunk_rows": 10, "max_attempts": 1}'), '58000');
$before = holdings();
repeat_alone(500, predict('{"chunk_rows": 10, "max_attempts": 1}'), '58000');
is_flat('500 failing statements by predict', 500, $before, holdings());

# ---- an unknown host: libcurl's resolver thread is started and ends

$standin->reset;
repeat(3, score_as('{"server": "nowhere"}'), '08001');
$before = holdings();
repeat(30, score_as('{"server": "nowhere"}'), '08001');
my $after = holdings();
is($after->{files}, $before->{files}, 'unknown host: open files');
is($after->{ours}, $before->{ours}, 'unknown host: memory');

# ---- cancelled calls, cursors left open, and the whole

$standin->faults({ fault => 'hang', times => -1 });
$session->must("SET statement_timeout = 10");
repeat_alone(20, score_as('{"chunk_rows": 10}'), '57014');
$before = do { $session->must('SET statement_timeout = 0'); holdings() };
$session->must("SET statement_timeout = 10");
repeat_alone(100, score_as('{"chunk_rows": 10}'), '57014');
repeat_alone(100, predict('{"chunk_rows": 10}'), '57014');
repeat_alone(100, $scan, '57014');
$session->must('SET statement_timeout = 0');
is_flat('300 calls that ran into statement_timeout', 300, $before, holdings());

$standin->reset;
foreach my $query ("SELECT datarobot.predict(t, '$synthetic', '{\"chunk_rows\": 5}') OVER () FROM customer t",
	'TABLE scanned')
{
	my $cursors = sub { $session->must("BEGIN; DECLARE c CURSOR FOR $query; FETCH 1 FROM c; ROLLBACK;" x $_[0]); };
	$cursors->(20);
	$before = holdings();
	$cursors->(200);
	is_flat("200 cursors left open: $query", 200, $before, holdings());
}

# ALTER SERVER makes each call open new connections; the old ones must be closed
my $alter = sub {
	$session->must(qq{
		ALTER SERVER datarobot OPTIONS (SET allow_http 'true');
		SELECT count(*) FROM datarobot.score_as(NULL::scored, '$synthetic', 'TABLE customer', '{id}',
			options => '{"chunk_rows": 10}');} x $_[0]);
};
$alter->(10);
$before = holdings();
$alter->(100);
is_flat('100 times ALTER SERVER and a call', 100, $before, holdings());

my $end = holdings();
is($end->{ours}, $before_all->{ours}, 'after all of them: memory of ours as before');
cmp_ok($end->{resident} - $before_all->{resident}, '<', 8192, 'after all of them: resident memory, kB');
ok(wait_until(sub { return $standin->counters($synthetic)->{in_flight} == 0; }), 'no request is still open');

$session->close;
$node->stop;
done_testing();
