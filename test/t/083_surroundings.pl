# Surroundings in which comparable extensions were found to fail: servers that crash or take over, publications, clocks
# that are set.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use Into;
use ScoringTest;
use Session;
use Test::More;

my $standin = new_standin();
my $node = new_node('main', standin => $standin, conf => "wal_level = logical\nmax_worker_processes = 12\n");
my $n = 600;
my %usual = (query => 'TABLE customer', output => 'target', key_columns => ['id'],
	options => { chunk_rows => 100, concurrency => 1 });

customers($node, $n);
my $session = Session->new($node);

sub requests { return $standin->counters($DEPLOYMENT{synthetic})->{requests}; }

# ---- unlogged tables, which a crash empties while the ledger stays

# A run that failed after its third slice; its number.
sub failed
{
	my ($setup, $name) = @_;
	$standin->reset;
	$session->must("SET client_min_messages = warning; DROP VIEW IF EXISTS target_view;
		DROP TABLE IF EXISTS target CASCADE;
		RESET client_min_messages;
		$setup");
	$standin->faults({ fault => 'status', status => 400, skip => 3 });
	fails_with(write_scores($session, into(%usual)), '22000', undef, "$name: it fails first");
	is(value($session, 'SELECT count(*) FROM target'), 300, "$name: after some slices");
	$standin->reset;
	return last_run($session);
}

sub crash
{
	$session->close;
	$node->stop('immediate');
	$node->start;
	$session = Session->new($node);
	return;
}

my $columns = '(id int, prediction float8)';
my %emptied = (
	'an unlogged table' => "CREATE UNLOGGED TABLE target $columns",
	'a view of one' => "CREATE UNLOGGED TABLE base $columns; CREATE VIEW target AS TABLE base",
	'unlogged partitions' => "CREATE TABLE target $columns PARTITION BY RANGE (id);
		CREATE UNLOGGED TABLE low PARTITION OF target FOR VALUES FROM (1) TO (200);
		CREATE UNLOGGED TABLE high PARTITION OF target DEFAULT");
foreach my $what (sort keys %emptied)
{
	my $run_id = failed($emptied{$what}, $what);
	crash();
	is(value($session, 'SELECT count(*) FROM target'), 0, "$what: empty after a crash");
	foreach my $call ("CALL datarobot.resume($run_id)", into(%usual, resume => 'true'))
	{
		fails_with(write_scores($session, $call), '55000', qr/^public\.target has lost the rows that the run wrote$/,
			"$what: no half of a result", hint => qr/without "resume"/);
	}
	is(requests(), 0, "$what: nothing is sent");
	counts_are(write_scores($session, into(%usual)), [ $n, $n, 0 ], "$what: scored again");
	same_rows($session, 'SELECT id, prediction FROM target', 'TABLE expected', "$what: with all rows");
	$session->must("DROP " . ($what =~ /view/ ? 'VIEW target; DROP TABLE base' : 'TABLE target'));
}

# what keeps its rows is resumed
{
	my $run_id = failed("CREATE TABLE target $columns", 'a table');
	crash();
	counts_are(write_scores($session, "CALL datarobot.resume($run_id)"), [ $n, $n, 0 ],
		'a table: resumed after a crash');
	same_rows($session, 'SELECT id, prediction FROM target', 'TABLE expected', 'a table: with all rows');
	$run_id = failed("CREATE TABLE target $columns PARTITION BY RANGE (id);
		CREATE UNLOGGED TABLE low PARTITION OF target FOR VALUES FROM (1) TO (400);
		CREATE UNLOGGED TABLE high PARTITION OF target DEFAULT", 'without a crash');
	is(value($session, 'SELECT count(*) FROM high'), 0, 'without a crash: one partition is empty still');
	counts_are(write_scores($session, "CALL datarobot.resume($run_id)"), [ $n, $n, 0 ], 'without a crash: resumed');
	same_rows($session, 'SELECT id, prediction FROM target', 'TABLE expected', 'without a crash: with all rows');
}

# ---- a publication of all tables: what is updated or deleted has to be known by something

{
	$session->must('DROP TABLE target; CREATE PUBLICATION everything FOR ALL TABLES');
	foreach my $again (1, 2)
	{
		counts_are(write_scores($session,
				into(%usual, statement_type => 'upsert', create_table_if_not_exists => 'true')), [ $n, $n, 0 ],
			"published: a table is made, and updated ($again)");
	}
	$standin->faults({ fault => 'status', status => 400,
			value => $session->must('SELECT spend FROM customer WHERE id = 7'), column => 'spend', times => -1 });
	is(write_scores($session, into(%usual, statement_type => 'upsert', on_error => 'reject'))->{rows_rejected}, 1,
		'published: a row is rejected');
	is(value($session, 'SELECT count(*) FROM datarobot.rejected_row'), 1, 'published: and recorded');
	like(value($session, "SELECT datarobot.prune('0')"), qr/^\d+$/, 'published: pruned');
	is(value($session, 'SELECT count(*) FROM datarobot.rejected_row'), 0, 'published: with the rejected row');
	$session->must('CREATE TABLE keyless (id int, prediction float8); INSERT INTO keyless SELECT id, 0 FROM customer');
	$standin->reset;
	fails_with(write_scores($session, into(%usual, output => 'keyless', statement_type => 'update')), '55000',
		qr/does not have a replica identity/, 'published: a table without a key cannot be updated');
	is(requests(), 0, 'published: which is said before a row is sent');
}

$session->close;
$node->stop;

# ---- the time of day is set while something is waited for

SKIP:
{
	my $dir = PostgreSQL::Test::Utils::tempdir();
	my ($shim, $shift) = ("$dir/shift.so", "$dir/shift");

	open my $cc, '|-', "cc -shared -fPIC -o $shim -x c - 2>$dir/cc.out" or die "cannot run cc: $!";
	print $cc <<~"EOF";
		#define _GNU_SOURCE
		#include <stdio.h>
		#include <sys/syscall.h>
		#include <sys/time.h>
		#include <unistd.h>
		int gettimeofday(struct timeval *restrict tv, void *restrict zone)
		{
			FILE *file = fopen("$shift", "r");
			long seconds = 0;
			if (file) { if (fscanf(file, "%ld", &seconds) != 1) seconds = 0; fclose(file); }
			int result = syscall(SYS_gettimeofday, tv, zone);
			tv->tv_sec += seconds;
			return result;
		}
		EOF
	skip 'no compiler', 1 if !close $cc;
	my $set = sub {
		my ($seconds) = @_;
		open my $file, '>', "$shift.new" or die $!;
		print $file $seconds;
		close $file;
		rename "$shift.new", $shift or die $!;
	};

	$set->(0);
	{
		local $ENV{LD_PRELOAD} = $shim;
		$node->start;
	}
	$session = Session->new($node);
	my $control = Session->new($node);
	my $before = value($control, 'SELECT clock_timestamp()');
	my %call = (query => 'TABLE customer', output => 'clock', key_columns => ['id'],
		create_table_if_not_exists => 'true', options => { chunk_rows => 600 });
	$standin->reset;

	$standin->faults({ fault => 'hang', times => 1 });
	$session->start(into(%call));
	ok(wait_until(sub { return $standin->counters($DEPLOYMENT{synthetic})->{in_flight} > 0; }),
		'an hour forward: a request is under way');
	$set->(3600);
	is(value($control, "SELECT clock_timestamp() - '$before' > '50 min'"), 't', 'an hour forward: the server sees it');
	ok(!wait_until(sub { return requests() > 1 || !$session->is_running; }, 3), 'an hour forward: it waits');
	$control->must('SELECT pg_cancel_backend(' . $session->pid . ')');
	fails_with(finish_scores($session), '57014', undef, 'an hour forward: until it is cancelled');

	$standin->reset;
	$standin->faults({ fault => 'status', status => 503, retry_after => 2, times => 1 });
	$session->start(into(%call));
	ok(wait_until(sub {
		return requests() == 1 && $standin->counters($DEPLOYMENT{synthetic})->{in_flight} == 0;
	}), 'an hour back: a pause');
	$set->(0);
	my $ended = wait_until(sub { return !$session->is_running; }, 60);
	ok($ended, 'an hour back: it ends');
	$control->must('SELECT pg_cancel_backend(' . $session->pid . ')') if !$ended;
	counts_are(finish_scores($session), [ $n, $n, 0 ], 'an hour back: everything is scored');
	same_rows($session, 'SELECT id, prediction::float8 FROM clock', 'TABLE expected', 'an hour back: rightly');
	$session->close;
	$control->close;
	$node->stop;
}

done_testing();
