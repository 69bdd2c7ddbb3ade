# What a call has sent and received: datarobot.last_call() after every kind of call, and EXPLAIN of scored tables. The
# numbers are those that the server counts.
use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../lib";
use CannedServer;
use Into;
use JSON::PP ();
use ScoringTest;
use Session;
use Test::More;

my $standin = new_standin();
my $canned = CannedServer->new(plain => sub { my ($rows) = @_; return "y_PREDICTION\n" . "0.5\n" x @$rows });
my $node = new_node('main', standin => $standin, conf => "max_worker_processes = 8\n",
	init => [ extra => [ '--locale=C', '--encoding=UTF8' ] ]);
my $synthetic = $DEPLOYMENT{synthetic};

customers($node, 1000);
$node->safe_psql('postgres', qq{
	CREATE TABLE target (id int, prediction float8);
	CREATE SERVER canned FOREIGN DATA WRAPPER datarobot_scoring
		OPTIONS (prediction_url '${\$canned->url}', allow_http 'true', auth 'none');
	CREATE SERVER public FOREIGN DATA WRAPPER datarobot_scoring
		OPTIONS (prediction_url '${\$standin->url}', api_url '${\$standin->api_url}', allow_http 'true');
	CREATE USER MAPPING FOR PUBLIC SERVER public
		OPTIONS (api_token '${\$standin->token}', datarobot_key '${\$standin->key}');
	CREATE ROLE clerk;});
my $session = Session->new($node);
my @numbers = qw(rows_sent predictions requests retries api_requests);

sub last_call { return (hashes_of($session, 'SELECT * FROM datarobot.last_call()'))[0]; }

# The numbers of the last call, and those that the server has counted, as texts.
sub numbers_are
{
	my ($expected, $name) = @_;
	my $call = last_call();
	my $server = $standin->counters($synthetic);

	is(join(' ', map { $call->{$_} // 'none' } @numbers), $expected, $name);
	is("$call->{requests} $call->{bytes_sent}", "$server->{requests} $server->{bytes}",
		"$name: as the server counts");
	return $call;
}

sub window
{
	my ($function, $options, $rest) = @_;
	my $arguments = "c, '$synthetic', '" . to_json($options) . "'";
	return "SELECT datarobot.$function($arguments) OVER () AS p FROM customer c $rest";
}

sub afresh { $standin->reset; return; }

my %chunks = (chunk_rows => 100, compression => 'none');

# ---- nothing yet

is($session->must('SELECT count(*) FROM datarobot.last_call()'), '0', 'there is no call at first');

# ---- every kind of call

my $uncompressed;
foreach my $function (qw(predict predict_label predict_row))
{
	afresh();
	$session->must('SELECT count(p) FROM (' . window($function, \%chunks, '') . ') s');
	my $call = numbers_are('1000 1000 10 0 0', $function);
	is("$call->{call} $call->{deployment}", "$function $synthetic", "$function: its name");
	$uncompressed = $call->{bytes_sent};
}

afresh();
$session->must(window('predict', { %chunks, concurrency => 2 }, 'LIMIT 1'));
my $first = last_call();
ok($first->{requests} >= 1 && $first->{requests} <= 2, 'a LIMIT stops the sending');
is($first->{rows_sent}, $standin->counters($synthetic)->{rows}, 'and so do the rows that were sent');

my $query = q{'TABLE customer'};
my %call = (
	score => "SELECT count(*) FROM datarobot.score('$synthetic', $query, '{id}', options => '"
	  . to_json(\%chunks) . "')",
	score_into_now => into_now(query => 'TABLE customer', output => 'target', key_columns => ['id'],
		options => \%chunks),
	score_into => into(query => 'TABLE customer', output => 'target', key_columns => ['id'], options => \%chunks),
	'score_into by workers' => into(query => 'TABLE customer', output => 'target', key_columns => ['id'],
		workers => \2, options => { %chunks, commit_rows => 100 }));
foreach my $name (sort keys %call)
{
	afresh();
	my $result = $session->run($call{$name});
	ok(!defined $result->{sqlstate}, "$name: no error") or diag($result->{text});
	my $told = numbers_are('1000 1000 10 0 0', $name);
	is($told->{call}, $name =~ s/_now| by workers//r, "$name: its name");
}

# ---- what an answer says of itself

{
	my $model = '6b0000000000000000000009';

	afresh();
	$standin->faults({ fault => 'model_id', model_id => $model, skip => 1, times => 1 });
	$session->must('SELECT count(p) FROM (' . window('predict', \%chunks, '') . ') s');
	my $call = last_call();
	is(scalar @{ $call->{models} }, 2, 'each model is named once');
	is((grep { $_ eq $model } @{ $call->{models} }), 1, 'by its id');
	is(value($session, q{SELECT network_wait >= '0' AND network_wait <= ended_at - started_at
		FROM datarobot.last_call()}), 't', 'the wait is within the call');
	ok($call->{bytes_received} > 1000 * 4, 'bytes of answers');

	$session->must(q{SELECT count(*) FROM datarobot.score('plain', 'TABLE customer', server => 'canned')});
	$call = last_call();
	is(to_json([ @$call{qw(server_time models)} ]), '[null,[]]', 'an answer that says neither');
}
{
	# a slow server is waited for
	afresh();
	$standin->faults({ fault => 'delay', ms => 300, times => 1 });
	$session->must(window('predict', { %chunks, concurrency => 1 }, 'LIMIT 1'));
	is(value($session, q{SELECT network_wait BETWEEN '0.2 s' AND '1 minute' FROM datarobot.last_call()}), 't',
		'the wait for an answer');
	is(value($session, q{SELECT server_time BETWEEN '0.2 s' AND '1 minute' FROM datarobot.last_call()}), 't',
		'the execution time of the server');
}
{
	# compressed bodies count as they are sent
	afresh();
	$session->must('SELECT count(p) FROM (' . window('predict', { %chunks, compression => 'gzip' }, '') . ') s');
	my $call = numbers_are('1000 1000 10 0 0', 'compressed');
	cmp_ok($call->{bytes_sent}, '<', $uncompressed, 'which is less');
}

# ---- what went wrong

{
	afresh();
	$standin->faults({ fault => 'status', status => 503, times => 2 });
	$session->must('SELECT count(p) FROM (' . window('predict', \%chunks, '') . ') s');
	my $call = last_call();
	is(join(' ', map { $call->{$_} } @numbers), '1000 1000 12 2 0', 'requests that are sent again');
}
{
	afresh();
	$standin->faults({ fault => 'status', status => 401, times => -1, skip => 1 });
	my $result = $session->run('SELECT count(p) FROM (' . window('predict', { %chunks, concurrency => 1 }, '') . ') s');
	ok(defined $result->{sqlstate}, 'a call fails');
	my $call = last_call();
	is("$call->{call} $call->{requests}", 'predict ' . $standin->counters($synthetic)->{requests},
		'and is the last one all the same');
	is($call->{predictions}, 100, 'with what came before');

	# in a subtransaction, too
	afresh();
	$standin->faults({ fault => 'status', status => 401, times => -1 });
	$session->must(qq{
		DO \$do\$
		BEGIN
			PERFORM count(*) FROM datarobot.score('$synthetic', 'TABLE customer');
		EXCEPTION WHEN OTHERS THEN
			ASSERT (SELECT call = 'score' AND predictions = 0 AND requests > 0 FROM datarobot.last_call());
		END \$do\$});
	is(last_call()->{call}, 'score', 'a call that failed in a subtransaction');
}
{
	# refused rows are sent several times, and count once
	afresh();
	$standin->faults({ fault => 'status', status => 422, column => 'spend', times => -1,
		value => value($session, 'SELECT spend FROM customer WHERE id = 42') });
	$session->must('TRUNCATE target');
	$session->must(into_now(query => 'TABLE customer', output => 'target', key_columns => ['id'],
		options => { %chunks, on_error => 'reject' }));
	my $call = last_call();
	is("$call->{rows_sent} $call->{predictions}", '1000 999', 'a row that is refused');
	is($call->{requests}, $standin->counters($synthetic)->{requests}, 'with the requests that found it');
}
{
	# a body that is too large is halved: not a retry of the same
	afresh();
	$standin->faults({ fault => 'status', status => 413, times => 1 });
	$session->must('SELECT count(p) FROM (' . window('predict', { %chunks, concurrency => 1 }, '') . ') s');
	my $call = last_call();
	is("$call->{rows_sent} $call->{predictions} $call->{retries}", '1000 1000 0', 'a chunk that is halved');
}

# ---- the public API

{
	afresh();
	my $call;
	$session->must(q{SELECT count(*) FROM datarobot.score('} . $synthetic . q{', 'TABLE customer', server => 'public',
		options => '{"method": "batch"}')});
	$call = last_call();
	is("$call->{rows_sent} $call->{predictions} $call->{requests}", '1000 1000 0', 'a batch job');
	ok($call->{api_requests} >= 3, 'is created, gets its rows and is read');
	ok($call->{bytes_sent} > 1000 * 10 && $call->{bytes_received} > 1000 * 4, 'bytes of a batch job');
}
{
	# rows that wait for a job that is never made were not sent
	$standin->faults({ route => 'batch/create', fault => 'status', status => 403, times => -1 });
	my $result = $session->run(q{SELECT count(*) FROM datarobot.score('} . $synthetic .
		q{', 'TABLE customer', server => 'public', options => '{"method": "batch"}')});
	afresh();
	ok(defined $result->{sqlstate}, 'a job that is not made');
	is(last_call()->{rows_sent}, 0, 'gets no rows');
}

# ---- scored tables: last_call and EXPLAIN

$node->safe_psql('postgres', qq{
	CREATE FOREIGN TABLE scored (id int, plan text, prediction float8) SERVER datarobot
		OPTIONS (deployment '$synthetic', query 'SELECT * FROM customer', key_columns 'id', chunk_rows '100',
			compression 'none');
	ANALYZE customer;});

# The plan as JSON; the scan in it.
sub explained
{
	my ($sql, $options) = @_;
	my $json = $session->must("EXPLAIN ($options, FORMAT JSON) $sql");
	return JSON::PP->new->decode($json)->[0]{Plan};
}

sub scan_of
{
	my ($plan) = @_;
	return $plan if $plan->{'Node Type'} eq 'Foreign Scan';
	return (grep { defined } map { scan_of($_) } @{ $plan->{Plans} // [] })[0];
}

sub scanned { return scan_of(explained(@_)); }

{
	afresh();
	my $rows = $session->must('SELECT count(prediction) FROM scored');
	my $call = numbers_are('1000 1000 10 0 0', 'a scored table');
	is("$rows $call->{call} $call->{deployment}", "1000 scored table $synthetic", 'a scored table: its name');

	afresh();
	$session->must('SELECT count(*) FROM scored');
	is(last_call()->{ended_at}, $call->{ended_at}, 'a scan that sends nothing is no call');

	# a cursor's ends with it
	afresh();
	$session->must('BEGIN; DECLARE c CURSOR FOR SELECT * FROM scored; FETCH 3 FROM c; CLOSE c; COMMIT');
	numbers_are('100 100 1 0 0', 'a cursor');
}
{
	# what is expected
	afresh();
	my $scan = scanned('SELECT * FROM scored', 'VERBOSE');
	is("$scan->{Deployment} $scan->{'Expected Rows'}", "$synthetic 1000", 'expected rows');
	ok($scan->{'Expected Requests'} >= 1, 'expected requests');
	like($scan->{'Source Query'}, qr/^SELECT .* FROM customer/s, 'the query');
	like(to_json($scan->{'Source Plan'}), qr/Seq Scan on customer .*cost=/, 'its plan');
	is((grep { /Sent|Received|Wait|Time$|Models/ } sort keys %$scan), 0, 'nothing about what was sent');
	$scan = scanned('SELECT count(*) FROM scored', 'VERBOSE');
	is("$scan->{'Expected Rows'} $scan->{'Expected Requests'}", '0 0', 'nothing is expected to be sent');
	foreach my $format (qw(XML YAML TEXT))
	{
		like($session->must("EXPLAIN (VERBOSE, FORMAT $format) SELECT * FROM scored"),
			qr/Source.Plan.*Seq Scan on customer/s, $format);
	}
	is($standin->counters($synthetic)->{requests}, 0, 'EXPLAIN sends nothing');
}
{
	# what happened
	afresh();
	my $model = '6b0000000000000000000009';
	$standin->faults({ fault => 'model_id', model_id => $model, skip => 1, times => 1 },
		{ fault => 'status', status => 503, skip => 3, times => 1 });
	my $scan = scanned('SELECT * FROM scored', 'ANALYZE, VERBOSE');
	my $server = $standin->counters($synthetic);
	my @told = ('Sent Rows', 'Requests', 'Retries', 'Public API Requests', 'Bytes Sent');
	is(join(' ', @$scan{@told}), "1000 11 1 0 $server->{bytes}", 'what was sent');
	is(scalar @{ $scan->{Models} }, 2, 'the models');
	is((grep { !defined $scan->{$_} } 'Bytes Received', 'Network Wait', 'Server Time'), 0, 'and what came back');
	like(to_json($scan->{'Source Plan'}), qr/Seq Scan on customer .*actual .*rows=1000/, 'the plan that ran');

	$scan = scanned('SELECT * FROM scored WHERE id IN (42, 43)', 'ANALYZE, TIMING OFF');
	is("$scan->{'Sent Rows'} $scan->{Requests}", '2 1', 'a condition');
	is((grep { defined $scan->{$_} } 'Network Wait', 'Server Time', 'Source Query'), 0, 'without times');

	$scan = scanned('SELECT * FROM scored LIMIT 10', 'ANALYZE, VERBOSE');
	is("$scan->{'Sent Rows'} $scan->{Requests} $scan->{'Actual Rows'}", '100 1 10', 'a LIMIT');
	like(to_json($scan->{'Source Plan'}), qr/actual .*rows=100\b/, 'a LIMIT: rows of the query');

	$scan = scanned('SELECT count(*) FROM scored', 'ANALYZE, VERBOSE');
	is("$scan->{'Sent Rows'} $scan->{Requests}", '0 0', 'nothing was sent');
	$scan = scanned('SELECT * FROM scored WHERE (SELECT false)', 'ANALYZE, VERBOSE');
	is("$scan->{'Actual Loops'} $scan->{'Sent Rows'}", '0 0', 'a scan that was never executed');
	like(to_json($scan->{'Source Plan'}), qr/Seq Scan on customer/, 'has a plan all the same');

	# rescans add up
	my $lateral = 'SELECT * FROM (VALUES (1), (2), (3)) v(x), LATERAL (SELECT * FROM scored WHERE id = x OFFSET 0) s';
	afresh();
	$scan = scanned($lateral, 'ANALYZE, VERBOSE');
	is("$scan->{'Sent Rows'} $scan->{Requests}", '3 3', 'rescans add up');
	is($standin->counters($synthetic)->{requests}, 3, 'as the server counts');
	numbers_are('3 3 3 0 0', 'and are one call');

	my $text = $session->must(
		'EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) SELECT * FROM scored WHERE id = 1');
	my $lines = join '\n *', "Deployment: $synthetic", 'Sent Rows: 1', 'Requests: 1', 'Bytes Sent: \d+',
	  'Bytes Received: \d+', 'Models: \w+';
	like($text, qr/^ *$lines$/m, 'as text, without what is 0');
}

{
	# side by side: Append waits for both
	$node->safe_psql('postgres', qq{
		CREATE FOREIGN TABLE other (id int, prediction float8) SERVER datarobot
			OPTIONS (deployment '$synthetic', query 'SELECT * FROM customer WHERE id > 10', key_columns 'id');});
	afresh();
	$standin->faults({ fault => 'delay', ms => 300, times => 2 });
	my $plan = explained('SELECT id, prediction FROM scored WHERE id < 9 UNION ALL SELECT * FROM other WHERE id < 19',
		'ANALYZE');
	my @waits = sort { $a <=> $b } map { scan_of($_)->{'Network Wait'} } @{ $plan->{Plans} };
	is(scalar @waits, 2, 'two scans');
	ok($waits[0] >= 200, "each waits for its answer: @waits");
	is(join(' ', map { scan_of($_)->{Requests} } @{ $plan->{Plans} }), '1 1', 'and sends its request');
}
{
	# a statement that is prepared, with a plan for any value
	$session->must('SET plan_cache_mode = force_generic_plan; PREPARE one(int) AS SELECT * FROM scored WHERE id = $1');
	my $scan = scanned('EXECUTE one(7)', 'VERBOSE');
	like($scan->{'Source Query'}, qr/id = \$1/, 'a value that is not known');
	$scan = scanned('EXECUTE one(7)', 'ANALYZE, VERBOSE');
	is("$scan->{'Sent Rows'} $scan->{'Actual Rows'}", '1 1', 'and that was known when it ran');
	$session->must('DEALLOCATE one; RESET plan_cache_mode');
}
{
	# what is seen of a table whose query its reader could not run
	$node->safe_psql('postgres', q{
		GRANT SELECT ON scored TO clerk;
		CREATE VIEW shown AS SELECT * FROM scored;
		GRANT SELECT ON shown TO clerk;});
	$session->must('SET ROLE clerk');
	like($session->must("EXPLAIN (VERBOSE) SELECT * FROM $_"), qr/Source Plan:\n.*Seq Scan on customer/, "$_: its plan")
	  foreach qw(scored shown);
	$session->must('RESET ROLE');
}

# ---- calls of other kinds

{
	my @calls = (
		[ predict_one => "SELECT datarobot.predict_one(c, '$synthetic') FROM customer c WHERE id = 1", '1 1 1 0 0' ],
		[ score_as => "SELECT count(*) FROM datarobot.score_as(NULL::other, '$synthetic', 'TABLE customer', '{id}')",
			'1000 1000 1 0 0' ]);
	foreach my $one (@calls)
	{
		my ($name, $sql, $expected) = @$one;
		afresh();
		$session->must($sql);
		my $call = last_call();
		is(join(' ', $call->{call}, map { $call->{$_} } @numbers), "$name $expected", $name);
	}
}
{
	# cancelled while it waits
	afresh();
	$standin->faults({ fault => 'delay', ms => 20000, times => 1 });
	my $result = $session->run("SET statement_timeout = '300ms'; " . window('predict', { %chunks }, ''));
	is($result->{sqlstate}, '57014', 'a call is cancelled');
	$session->must('RESET statement_timeout');
	my $call = last_call();
	is("$call->{call} $call->{predictions}", 'predict 0', 'and is the last one all the same');
	ok($call->{requests} >= 1, 'with the requests that were running');
	is(value($session, q{SELECT network_wait BETWEEN '0.05 s' AND '10 s' FROM datarobot.last_call()}), 't',
		'and the time that it has waited');
}

# ---- whose call

{
	$session->must('SET ROLE clerk');
	is($session->must('SELECT count(*) FROM datarobot.last_call()'), '0', 'the call of another role');
	$session->must('RESET ROLE');
	is($session->must('SELECT count(*) FROM datarobot.last_call()'), '1', 'of the role itself');
	is(safe_scalar($node, 'SELECT count(*) FROM datarobot.last_call()'), '0', 'another session has none');

	# a pooler connects without a name
	local $ENV{PGAPPNAME} = '';
	my $score = "SELECT count(*) FROM datarobot.score('$synthetic', 'TABLE customer')";
	my $count = 'SELECT count(*) FROM datarobot.last_call()';
	my $pooled = $node->connstr('postgres') . ' fallback_application_name=';
	my $run = sub {
		my (@sql) = @_;
		my $out = qx(psql -X -q -A -t -d "$pooled" @{[ map { qq(-c "$_") } @sql ]});
		chomp $out;
		return $out =~ s/\n/ /gr;
	};
	is($run->($score, $count), '1000 0', 'a session that may be handed on');
	is($run->('BEGIN', $score, $count, 'COMMIT', $count), '1000 1 0', 'within its transaction');
}

done_testing();
