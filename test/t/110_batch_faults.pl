# Every fault of batch jobs, by score_as and score_into: the rows are exactly right, or it ends in one clear error
# with nothing half-written and no job left running; a run can be resumed, and the next call of the session works.
# Expected predictions are those of real-time scoring.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use Into;
use ScoringTest;
use Session;
use Test::More;

my $standin = new_standin();
my $node = new_node('main', standin => $standin, server => { api_url => $standin->api_url },
	conf => "max_connections = 20\n");
my $n = 600;
my $visits = $DEPLOYMENT{regression};
$node->safe_psql('postgres', qq{
	CREATE TABLE visit AS
		SELECT g AS id, g % 5 AS coinsurance_log, g % 3 AS incentive_log, g % 11 / 2.0 AS max_expense_log,
			g % 7 AS physical_limit, g % 50 AS chronic_diseases, 'no' AS deductible_plan, 'good' AS health
		FROM generate_series(1, $n) g;
	ALTER TABLE visit ADD PRIMARY KEY (id);
	ANALYZE visit;
	CREATE TYPE scored AS (id int, prediction float8);
	CREATE TABLE expected (id int, prediction float8);
	-- no unique index: a row that is written twice appears twice
	CREATE TABLE target (id int, prediction float8);
	INSERT INTO expected
		SELECT * FROM datarobot.score_as(NULL::scored, '$visits', 'TABLE visit', key_columns => '{id}');
	SET client_min_messages = warning});

my $session = Session->new($node);
my $control = Session->new($node);
my $right = $control->must('SELECT * FROM expected ORDER BY id');
is(scalar(split /\n/, $right), $n, 'real-time scoring answers every row');
cmp_ok(value($control, 'SELECT count(DISTINCT prediction) FROM expected'), '>', 50, 'with different predictions');

# ---- the calls

sub options { return { method => 'batch', batch_rows => 250, batch_upload => 'stream', @_ }; }

sub select_call
{
	my ($query, $options) = @_;
	return "SELECT id, prediction FROM datarobot.score_as(NULL::scored, '$visits', " . quote_sql($query)
	  . ", key_columns => '{id}', options => " . quote_sql(to_json($options)) . ')';
}

sub into_call
{
	my ($query, $options, %more) = @_;
	return into(deployment => $visits, query => $query, output => 'target', key_columns => ['id'],
		options => $options, %more);
}

sub batch_counters { return $standin->counters->{batch}; }

# Jobs that run, or wait although they have data or are waiting for it.
sub none_running
{
	my ($name) = @_;
	my $ok = wait_until(sub {
		my $is = batch_counters();
		return $is->{running} == 0 && $is->{waiting} == 0 && $is->{uploading} == 0 && $is->{states}{INITIALIZING} == 0;
	});
	ok($ok, "$name: no job is left running") or diag to_json(batch_counters());
	return;
}

# The settings that a case changes; the reset undoes them.
sub begin
{
	my (%is) = @_;
	$standin->reset;
	$standin->batch('settings', $is{settings}) if $is{settings};
	$standin->faults(@{ $is{faults} }) if $is{faults};
	return;
}

sub is_right
{
	my ($result, $name) = @_;
	my $ok = !defined $result->{sqlstate} && $result->{out} eq $right;
	return ok($ok, "$name: the rows are right") || diag $result->{text}, length $result->{out};
}

sub table_is_right
{
	my ($name) = @_;
	return same_rows($control, 'TABLE target', 'TABLE expected', "$name: the table is right");
}

# What is in the table is right, each row once, and is what the ledger says.
sub table_is_clean
{
	my ($name) = @_;
	is(value($control, 'SELECT count(*) FROM (TABLE target EXCEPT ALL TABLE expected) x'), 0,
		"$name: what is in the table is right");
	is(value($control, 'SELECT count(*) FROM target'), value($control, q{SELECT coalesce(sum(rows_written), 0)
		FROM datarobot.run_slice WHERE run_id = (SELECT max(run_id) FROM datarobot.run)}),
		"$name: and is what the ledger says");
	return;
}

sub works_again
{
	my ($name) = @_;
	$standin->reset;
	is_right($session->run(select_call('TABLE visit ORDER BY id', options())), "$name: the next call");
	none_running("$name: the next call");
	return;
}

# A fault that is mended, or is none: exactly the right rows.
#   faults, settings, options; jobs: how many are made (3)
sub is_mended
{
	my ($name, %is) = @_;
	my $options = options(%{ $is{options} // {} });
	my %seconds = (
		score_as => sub {
			is_right($session->run(select_call('TABLE visit ORDER BY id', $options)), "$name, score_as");
		},
		score_into => sub {
			$session->must('TRUNCATE target');
			my $result = write_scores($session, into_call('TABLE visit', $options));
			counts_are($result, [ $n, $n, 0 ], "$name, score_into");
			table_is_right("$name, score_into");
		});
	foreach my $function (sort keys %seconds)
	{
		begin(%is);
		$seconds{$function}->();
		is(batch_counters()->{jobs}, $is{jobs} // 3, "$name, $function: jobs") if exists $is{faults};
		none_running("$name, $function");
	}
	return;
}

# A fault that ends the call in one error. Then the run is resumed without the fault.
#   faults, settings, options
#   sqlstate, message, detail, hint: of the error
#   empty: a job without data may be left
#   during: called while the call runs
sub is_refused
{
	my ($name, %is) = @_;
	my $options = options(%{ $is{options} // {} });
	my %more = map { $_ => $is{$_} } grep { $is{$_} } qw(detail hint);
	my %call = (
		score_as => select_call('TABLE visit ORDER BY id', $options),
		score_into => into_call('TABLE visit', $options));
	foreach my $function (sort keys %call)
	{
		$session->must('TRUNCATE target');
		begin(%is);
		$session->start($call{$function});
		$is{during}->() if $is{during};
		my $result = $session->finish;
		fails_with($result, @is{qw(sqlstate message)}, "$name, $function", %more);
		is(() = $result->{text} =~ /^(?:psql:\S+ )?(ERROR|WARNING|FATAL):/mg, 1, "$name, $function: one message")
		  or diag $result->{text};
		is($result->{out}, '', "$name, $function: no row comes out");
		none_running("$name, $function") if !$is{empty};
		next if $function eq 'score_as';
		table_is_clean("$name, $function");
		$standin->reset;
		my $resumed = write_scores($session, into_call('TABLE visit', $options, resume => 'true'));
		counts_are($resumed, [ $n, $n, 0 ], "$name: resumed");
		table_is_right("$name: resumed");
		none_running("$name: resumed");
	}
	works_again($name);
	return;
}

# ---- without a fault

is_mended('no fault');
is_mended('no fault, in parts', options => { batch_upload => 'multipart' });
is_mended('no fault, by default', options => { batch_upload => 'auto' });

# ---- links that are null or absent, other spellings, no id

foreach my $text ('null', undef)
{
	is_mended('links come late, until then ' . ($text // 'absent'),
		faults => [ { fault => 'link', defined $text ? (text => $text) : (), route => 'batch/get', times => 4 } ]);
}
is_mended('no link for ever', faults => [ { fault => 'link', route => 'batch/get', times => -1 } ]);
is_mended('links are null', settings => { null_links => 1 });
is_mended('fields in snake_case', settings => { mixed_case => 1 });
is_mended('a record without an id', settings => { without_id => 1 });
is_mended('it runs, but is shown as INITIALIZING', settings => { late_state => 1 });

# ---- an upload that is cut

is_refused('upload cut',
	faults => [ { fault => 'cut', bytes => 3000, route => 'batch/upload' } ],
	sqlstate => '08006', message => qr/^server "datarobot" closed the connection/,
	detail => qr{batchPredictions/\w+/csvUpload});
is_mended('part cut', faults => [ { fault => 'cut', bytes => 3000, route => 'batch/part' } ],
	options => { batch_upload => 'multipart' });
is_mended('part answered with 503',
	faults => [ { fault => 'status', status => 503, route => 'batch/part', times => 2 } ],
	options => { batch_upload => 'multipart' });
is_mended('finalize answered with 503',
	faults => [ { fault => 'status', status => 503, route => 'batch/finalize', times => 2 } ],
	options => { batch_upload => 'multipart' });
is_refused('part cut for ever',
	faults => [ { fault => 'cut', bytes => 3000, route => 'batch/part', times => -1 } ],
	options => { batch_upload => 'multipart', max_attempts => 2 },
	sqlstate => '08006', message => qr/^server "datarobot" closed the connection/,
	detail => qr{batchPredictions/\w+/csvUpload/part/0/});

# ---- a download that is cut

# the header, the first record, within and between others, near the end, and after the last byte of a job's result
is_mended("download cut after $_ bytes", faults => [ { fault => 'cut', bytes => $_, route => 'batch/download' } ])
  foreach 1, 20, 60, 61, 1000, 4096, 8000;
is_mended('each download cut once',
	faults => [ { fault => 'cut', bytes => 2000, route => 'batch/download', every => 2, times => -1 } ]);
# as by a load balancer, while a slow job brings nothing
is_mended('download cut again and again while nothing comes',
	faults => [ { fault => 'cut', bytes => 20, route => 'batch/download', times => 12 },
		{ fault => 'job_slow', ms => 500, bytes => 4096, route => 'job' } ]);
is_refused('download cut for ever',
	faults => [ { fault => 'cut', bytes => 2000, route => 'batch/download', times => -1 } ],
	options => { max_attempts => 2 },
	sqlstate => '08006', message => qr/^the answer of server "datarobot" was cut off/,
	detail => qr{batchPredictions/\w+/download});

# ---- a result that ends early although HTTP says it is whole

is_refused('an early end of a job that is completed',
	faults => [ { fault => 'end_early', bytes => 2000, route => 'batch/download', times => -1 } ],
	sqlstate => '08P01', message => qr/^the result of batch job \w+ (lacks row \d+|has a record without a row number)/);
is_refused('an early end of a job that is aborted',
	faults => [ { fault => 'job_abort', rows => 100, text => 'somebody has aborted it', route => 'job' } ],
	sqlstate => '55000', message => qr/^batch job \w+ of server "datarobot" was aborted/,
	detail => qr/somebody has aborted it/);
is_refused('a failed job',
	faults => [ { fault => 'job_fail', rows => 100, text => 'the disk is full', route => 'job' } ],
	sqlstate => '58000', message => qr/^batch job \w+ of server "datarobot" failed/, detail => qr/the disk is full/);

# ---- the rule of 20 %

is_refused('a third of the rows cannot be scored',
	faults => [ { fault => 'bad_row', column => 'incentive_log', value => '2', text => 'two is too much',
		route => 'job', times => -1 } ],
	sqlstate => '22000', message => qr/^batch job \w+ of server "datarobot" was aborted/,
	detail => qr/too many rows could not be scored/);

# ---- rows that are missing, doubled or unknown

my $result_of = qr/^the result of batch job \w+/;
is_refused('a row is missing', faults => [ { fault => 'row_missing', row => 7, route => 'job' } ],
	sqlstate => '08P01', message => qr/$result_of lacks row 8$/, detail => qr/^It lacks 1 of 250 rows\.$/);
is_refused('a row comes twice', faults => [ { fault => 'row_doubled', row => 7, route => 'job' } ],
	sqlstate => '08P01', message => qr/$result_of has row 8 twice$/);
is_refused('an unknown row', faults => [ { fault => 'row_unknown', row => 7, text => 251, route => 'job' } ],
	sqlstate => '08P01', message => qr/$result_of has row 251, which was not sent$/);
is_refused('a row without a number', faults => [ { fault => 'row_unknown', row => 7, text => '', route => 'job' } ],
	sqlstate => '08P01', message => qr/$result_of has a record without a row number$/);
is_refused('other columns', faults => [ { fault => 'wrong_header', route => 'job' } ],
	sqlstate => '08P01', message => qr/^the answer has no prediction column/);
is_refused('a job that counts fewer rows', faults => [ { fault => 'wrong_counts', rows => 5, route => 'job' } ],
	sqlstate => '08P01', message => qr/^batch job \w+ does not count the 250 rows that it was sent$/,
	detail => qr/^Rows: 245 scored, 0 failed/);
is_mended('rows in reverse order', faults => [ { fault => 'shuffle_rows', route => 'job', times => -1 } ]);
is_mended('chunks in another order', faults => [ { fault => 'shuffle_chunks', route => 'job', times => -1 } ]);
is_mended('columns in another order', faults => [ { fault => 'reversed_columns', route => 'job', times => -1 } ]);

# ---- a queue that is never served

is_refused('never served, and cancelled', faults => [ { fault => 'no_slot', route => 'job' } ],
	sqlstate => '57014', message => qr/canceling/,
	during => sub {
		ok(wait_until(sub { return batch_counters()->{waiting} == 1; }), 'it waits');
		$control->must('SELECT pg_cancel_backend(' . $session->pid . ')');
	});
is_refused('never served, and deleted', faults => [ { fault => 'no_slot', route => 'job' } ],
	options => { job_timeout => '2 s', delete_on_timeout => \1 },
	sqlstate => '57014', message => qr/batch job/);

# ---- the service is restarted

foreach my $what (qw(failed lost))
{
	is_refused("restarted, jobs are $what",
		faults => [ { fault => 'job_stall', rows => 100, route => 'job' } ],
		$what eq 'failed'
		? (sqlstate => '58000', message => qr/^batch job \w+ of server "datarobot" failed/)
		: (sqlstate => '42704', message => qr/^(there is no|the data of) batch job \w+/),
		during => sub {
			ok(wait_until(sub { return batch_counters()->{rows_scored} >= 100; }), 'it runs');
			$standin->batch('restart', { jobs => $what });
		});
}

# ---- links that lead elsewhere

foreach my $route (qw(batch/create batch/get))
{
	is_refused("links of $route lead to another host",
		faults => [ { fault => 'foreign_link', location => 'http://127.0.0.1:9', route => $route, times => -1 } ],
		sqlstate => '08P01', message => qr/^server "datarobot" points to another host/,
		# it has no data, so it is never queued
		empty => $route eq 'batch/create');
}

# ---- clocks

foreach my $time (qw(2001-01-01T00:00:00Z 2101-01-01T00:00:00Z))
{
	$standin->batch('clock', { set => $time });
	is_right($session->run(select_call('TABLE visit ORDER BY id', options())), "the service's clock is $time");
}
$standin->reset;

# ---- a job that is left, because its time is over, and results that have expired

foreach my $expired (0, 1)
{
	my $name = $expired ? 'results expired' : 'left to the service';
	$standin->reset;
	$session->must('TRUNCATE target');
	$standin->batch('settings', { slots => 0 });
	my $options = options(job_timeout => '2 s', batch_rows => $n);
	my $result = write_scores($session, into_call('TABLE visit', $options));
	fails_with($result, '57014', qr/^the result of batch job \w+ was not complete after 2 s/, $name,
		hint => qr/./);
	is(value($control, 'SELECT count(*) FROM target'), 0, "$name: nothing is written");
	is(batch_counters()->{waiting}, 1, "$name: the job is left");
	$result = write_scores($session, into_call('TABLE visit', $options, resume => 'true'));
	fails_with($result, '57014', qr/^the result of batch job \w+ was not complete after 2 s/,
		"$name: resumed too early", hint => qr/left as it is/);
	is(batch_counters()->{waiting}, 1, "$name: the job is left again");
	$standin->batch('settings', { slots => 1 });
	ok(wait_until(sub { return batch_counters()->{states}{COMPLETED} == 1; }), "$name: the service completes it");
	$standin->batch('clock', { advance => 49 * 3600 }) if $expired;
	$result = write_scores($session, into_call('TABLE visit', $options, resume => 'true'));
	counts_are($result, [ $n, $n, 0 ], "$name: resumed");
	table_is_right("$name: resumed");
	is(batch_counters()->{rows_scored}, $expired ? 2 * $n : $n, "$name: rows scored");
	like($result->{text}, qr/NOTICE: .* the rows of batch job \w+ are sent again\n.*no longer kept/,
		"$name: it is said") if $expired;
	none_running($name);
}

# ---- two jobs: the second one waits for the first, which is ours, and nobody waits for the second before

{
	my $name = 'the second job waits';
	$standin->reset;
	$standin->faults({ fault => 'job_slow', ms => 1100, bytes => 1024, route => 'job' },
		{ fault => 'no_slot', route => 'job' });
	my $result = $session->run(select_call('TABLE visit ORDER BY id', options(job_timeout => '14 s')));
	fails_with($result, '57014', qr/^the result of batch job \w+ was not complete after 14 s/, $name);
	my ($id) = $result->{text} =~ /batch job (\w+)/;
	is((grep { $_->{id} eq $id } $standin->jobs)[0]{status}, 'INITIALIZING', "$name: it is the second that is late");
	unlike($result->{text}, qr/NOTICE/, "$name: no NOTICE before it is waited for");
}

# ---- both directions at once: the first row is written before a third of the input is read

{
	my $rows = 20_000;
	$standin->reset;
	$standin->batch('settings', { lead_bytes => 65536 });
	$standin->faults({ fault => 'job_slow', ms => 10, bytes => 65536, route => 'job' });
	$control->must(qq{
		CREATE TABLE large AS SELECT v.*, g AS n, repeat('x', 1000) AS pad
			FROM visit v JOIN generate_series(1, $rows) g ON v.id = 1 + g % $n;
		ALTER TABLE large DROP COLUMN id;
		ALTER TABLE large RENAME n TO id;
		ALTER TABLE large ADD PRIMARY KEY (id);
		TRUNCATE target});
	$session->start(into_call('TABLE large', { method => 'batch', batch_upload => 'stream' }));
	ok(wait_until(sub { return value($control, 'SELECT count(*) FROM (SELECT FROM target LIMIT 1) x') == 1; }),
		'both directions: a row is written');
	my $sent = batch_counters()->{upload_bytes};
	counts_are(finish_scores($session), [ $rows, $rows, 0 ], 'both directions: all rows');
	is(batch_counters()->{jobs}, 1, 'both directions: one job');
	cmp_ok($sent, '<', batch_counters()->{upload_bytes} / 3, 'both directions: less than a third was sent by then');
}

# ---- a job that is overdue before it has all its rows: it cannot get the others any more

{
	my $name = 'overdue while it gets rows';
	my $way = { method => 'batch', batch_upload => 'stream' };
	my $stall = { fault => 'job_stall', rows => 100, route => 'job' };
	my $late = qr/^the result of batch job \w+ was not complete after 700 ms/;

	$control->must(q{ALTER SERVER datarobot OPTIONS (ADD job_timeout '700 ms')});
	$standin->reset;
	$standin->batch('settings', { lead_bytes => 65536 });
	$standin->faults($stall);
	fails_with($session->run(select_call('TABLE large', $way)), '57014', $late, $name,
		hint => qr/^The job is aborted, because it has not got all its rows\. Call again/);
	none_running($name);

	$session->must('TRUNCATE target');
	$standin->faults($stall);
	my $result = write_scores($session, into_call('TABLE large', $way));
	fails_with($result, '57014', $late, "$name: a run",
		hint => qr/^The job is aborted, .*resume\(\) sends them again\.$/);
	none_running("$name: a run");
	$standin->reset;
	my $run_id = value($control, 'SELECT max(run_id) FROM datarobot.run');
	is(value($control, "SELECT string_agg(stage, ' ') FROM datarobot.run_job WHERE run_id = $run_id"), 'aborted',
		"$name: the ledger says so");
	$control->must('ALTER SERVER datarobot OPTIONS (DROP job_timeout)');
	counts_are(write_scores($session, "CALL datarobot.resume($run_id)"), [ 20_000, 20_000, 0 ], "$name: resumed");
}

done_testing();
