# Distributed tables of Citus, as targets of a call on the coordinator and as source and target of what every node does
# for its own shards: see test/interop/run. Three nodes, of which the first is the coordinator.
use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../lib";
use Into;
use ScoringTest;
use Session;
use Test::More;

my $standin = new_standin();
my $rows = 4000;
my %node;

foreach my $name ('coordinator', 'first', 'second')
{
	my $node = PostgreSQL::Test::Cluster->new($name);
	$node->init(extra => [ '--locale=C', '--encoding=UTF8' ]);
	$node->append_conf('postgresql.conf', q{
		shared_preload_libraries = 'citus'
		citus.node_conninfo = 'sslmode=prefer'
		max_connections = 100
		max_prepared_transactions = 100
		restart_after_crash = on});
	$node->start;
	if ($name eq 'coordinator' && !has_extension($node, 'citus'))
	{
		plan skip_all => 'the server does not have Citus';
	}
	$node->safe_psql('postgres', 'CREATE EXTENSION citus');
	$node{$name} = $node;
}

my $coordinator = $node{coordinator};
$coordinator->safe_psql('postgres',
	sprintf("SELECT citus_set_coordinator_host('%s', %d)", $coordinator->host, $coordinator->port));
foreach my $worker (@node{qw(first second)})
{
	$coordinator->safe_psql('postgres', sprintf("SELECT citus_add_node('%s', %d)", $worker->host, $worker->port));
}
$coordinator->safe_psql('postgres', 'CREATE EXTENSION datarobot_scoring');

# ---- connections: secrets are files, which all nodes can read here

my %file = secret_files($standin);
my $connect = sprintf("SELECT datarobot.connect_nodes('datarobot', prediction_url => '%s', api_token_file => '%s',
	datarobot_key_file => '%s', options => '{\"allow_http\": true}', grant_to => '{clerk}')",
	$standin->url, @file{qw(api_token_file datarobot_key_file)});
$coordinator->safe_psql('postgres', 'CREATE ROLE clerk');
is(safe_scalar($coordinator, $connect), '3', 'connect_nodes makes three servers');
is(safe_scalar($coordinator, $connect), '3', 'and can be repeated');
foreach my $name (sort keys %node)
{
	is(safe_scalar($node{$name}, q{SELECT count(*) FILTER (WHERE NOT ok) FROM datarobot.check_connection('datarobot')}),
		'0', "$name: the connection works");
	is(safe_scalar($node{$name}, q{SELECT has_server_privilege('clerk', 'datarobot', 'USAGE'),
			has_function_privilege('clerk', 'datarobot.score_into_now(text, text, text, text, text[], text[], text[],
				text[], text[], datarobot.document, boolean, text[], text,
				 datarobot.quantity, boolean, boolean, boolean,
				text, datarobot.document)', 'EXECUTE')}), 't|t', "$name: what is granted");
	unlike(PostgreSQL::Test::Utils::slurp_file($node{$name}->logfile), qr/\Q@{[ $standin->token ]}\E/,
		"$name: the token is not in the log");
}
my @refused = error_of($coordinator, q{SELECT datarobot.connect_nodes('datarobot', grant_to => '{nobody}')});
is($refused[0], 'HV000', 'a node that refuses');
like($refused[2], qr/"nobody" does not exist/, 'and what it says');
$coordinator->safe_psql('postgres', q{ALTER DATABASE postgres SET datarobot.server = 'datarobot'});

# ---- writing through the coordinator

customers($coordinator, $rows);
$coordinator->safe_psql('postgres', q{SELECT create_distributed_table('customer', 'id')});
my $session = Session->new($coordinator);

# Only what is answered is in the table, once.
sub is_scored
{
	my ($table, $name) = @_;
	return same_rows($session, "SELECT id, prediction FROM $table", 'SELECT id, prediction FROM expected', $name);
}

foreach my $kind ('distributed', 'reference')
{
	my $make = $kind eq 'distributed' ? q{create_distributed_table('target', 'id')}
	  : q{create_reference_table('target')};
	my %call = (query => 'TABLE customer', output => 'target', key_columns => ['id'], options => { chunk_rows => 500 },
		commit_rows => 1000);

	$session->must(qq{DROP TABLE IF EXISTS target;
		CREATE TABLE target (id int PRIMARY KEY, prediction float8, note text DEFAULT 'new')});
	$session->must("SELECT $make");
	counts_are(write_scores($session, into(%call, statement_type => 'insert')), [ $rows, $rows, 0 ], "$kind: insert");
	is_scored('target', "$kind: insert writes every row once");
	$session->must(q{UPDATE target SET prediction = -1, note = 'old'});
	counts_are(write_scores($session, into(%call, statement_type => 'update')), [ $rows, $rows, 0 ], "$kind: update");
	is_scored('target', "$kind: update sets every row");
	$session->must(q{DELETE FROM target WHERE id % 2 = 0});
	$session->must(q{UPDATE target SET prediction = -1});
	counts_are(write_scores($session, into(%call, statement_type => 'upsert')), [ $rows, $rows, 0 ], "$kind: upsert");
	is_scored('target', "$kind: upsert inserts one half and sets the other");
	is(value($session, q{SELECT count(*) FILTER (WHERE note = 'old'), count(*) FILTER (WHERE note = 'new')
			FROM target}),
		($rows / 2) . '|' . ($rows / 2), "$kind: other columns keep their values, or have their defaults");
	$session->must('TRUNCATE target');
	counts_are(write_scores($session, into_now(%call{qw(query output key_columns)}, passthrough_columns => ['id'])),
		[ $rows, $rows, 0 ], "$kind: in one transaction");
	is(value($session, 'SELECT count(*) FROM target'), $rows, "$kind: in one transaction, all are written");
	$session->must('TRUNCATE target; BEGIN');
	counts_are(write_scores($session, into_now(%call{qw(query output key_columns)})), [ $rows, $rows, 0 ],
		"$kind: undone");
	$session->must('ROLLBACK');
	is(value($session, 'SELECT count(*) FROM target'), 0, "$kind: a call that is undone leaves nothing");
	$session->must(q{ALTER TABLE target ADD CHECK (id % 1000 <> 7)});
	counts_are(write_scores($session, into(%call, on_error => 'reject')), [ $rows, $rows - 4, 4 ], "$kind: bad rows");
	is(value($session, 'SELECT count(*) FROM datarobot.rejected_row WHERE run_id = datarobot.last_run()'), 4,
		"$kind: bad rows are in the ledger");
}
$session->must(q{DROP TABLE IF EXISTS made});
counts_are(write_scores($session, into(query => 'TABLE customer', output => 'made', key_columns => ['id'],
	statement_type => 'create_table')), [ $rows, $rows, 0 ], 'create_table');
is_scored('(SELECT id, prediction::float8 FROM made) made', 'create_table makes a table of the coordinator');

# Shards read values under settings of their own, whatever the session's are.
$session->must(q{CREATE TABLE dated (at timestamptz PRIMARY KEY, third float8, prediction float8)});
$session->must(q{SELECT create_distributed_table('dated', 'at')});
$session->must(q{INSERT INTO dated SELECT timestamptz '2024-01-01' + i * interval '1 hour'
	FROM generate_series(1, 500) i});
$session->must(q{SET DateStyle = 'German'; SET extra_float_digits = -10; SET timezone = 'Asia/Kathmandu'});
my $dated = q{SELECT at, extract(epoch FROM at)::float8 / 3 AS third FROM dated};
counts_are(write_scores($session, into(query => $dated, output => 'dated', key_columns => ['at'],
	statement_type => 'update', update_columns => [ 'third', 'prediction' ], passthrough_columns => ['third'])),
	[ 500, 500, 0 ], 'update with settings that change texts');
$session->must('RESET DateStyle; RESET extra_float_digits; RESET timezone');
is(value($session, q{SELECT count(*) FROM dated WHERE third = extract(epoch FROM at)::float8 / 3
		AND prediction IS NOT NULL}),
	500, 'update with settings that change texts: values keep all digits');

# What Citus cannot do, it says before a row is sent.
$session->must(q{CREATE TABLE keyless (id int, prediction float8)});
$session->must(q{SELECT create_distributed_table('keyless', 'id')});
$session->must(q{CREATE TABLE moved (k int, id int, prediction float8)});
$session->must(q{SELECT create_distributed_table('moved', 'k')});
foreach my $table ('keyless', 'moved')
{
	$standin->reset;
	my $result = write_scores($session, into(query => 'TABLE customer', output => $table, key_columns => ['id'],
		statement_type => 'upsert'));
	isnt($result->{sqlstate}, undef, "upsert into $table, which has no unique index: an error");
	is($standin->counters($DEPLOYMENT{synthetic})->{requests}, 0, "upsert into $table: nothing is sent");
	is(value($session, "SELECT count(*) FROM $table"), 0, "upsert into $table: nothing is written");
}

# ---- a run whose coordinator, or one of whose nodes, is killed

my %slow = (query => 'TABLE customer', output => 'target', key_columns => ['id'], commit_rows => 200,
	options => { chunk_rows => 50, concurrency => 2 });
$session->must(q{DROP TABLE target; CREATE TABLE target (id int PRIMARY KEY, prediction float8)});
$session->must(q{SELECT create_distributed_table('target', 'id')});
foreach my $victim ('coordinator', 'first')
{
	$session->must('TRUNCATE target');
	$standin->reset;
	$standin->faults({ fault => 'delay', ms => 100, times => -1 });
	my $caller = Session->new($coordinator);
	my $newest = value($session, 'SELECT coalesce(max(run_id), 0) FROM datarobot.run');
	$caller->start(into(%slow));
	ok(wait_until(sub {
			value($session, "SELECT coalesce(max(slices), 0) FROM datarobot.run_status WHERE run_id > $newest") >= 2; },
		60), "$victim: two slices are written");
	$node{$victim}->stop('immediate');
	$caller->finish(60) if $victim ne 'coordinator';
	$node{$victim}->start;
	$session = Session->new($coordinator) if $victim eq 'coordinator';
	$standin->reset;
	my $run = value($session, 'SELECT max(run_id) FROM datarobot.run');
	ok(wait_until(sub {
			value($session, "SELECT state <> 'running' FROM datarobot.run_status WHERE run_id = $run") eq 't'; },
		60), "$victim: the run has ended");
	ok(wait_until(sub { !defined $session->run("CALL datarobot.resume($run)")->{sqlstate} }, 60),
		"$victim: the run is resumed");
	is_scored('target', "$victim: every row is there, once");
	slices_are_whole($session, $run, $victim);
}

# ---- shards, each scored by its node

$session->must(q{CREATE TABLE shards (id int, prediction float8)});    # a row that is written twice appears twice
$session->must(q{SELECT create_distributed_table('shards', 'id', colocate_with => 'customer')});
my $shard_call = sub {
	my ($more) = @_;
	return "CALL datarobot.score_shards('$DEPLOYMENT{synthetic}', 'customer', 'shards', key_columns => '{id}'$more)";
};
my $last_of = q{(SELECT max(run_id) FROM datarobot.run WHERE mode = 'shards')};

$standin->reset;
my $result = $session->run($shard_call->(''));
is($result->{sqlstate}, undef, 'score_shards');
is_scored('shards', 'score_shards: every row once');
is(value($session, q{SELECT count(*), count(DISTINCT node), sum(rows_written) FROM datarobot.run_status_all()
		WHERE mode = 'sliced' AND target LIKE 'public.shards_%' AND state = 'completed'}), "32|2|$rows",
	'run_status_all: the runs of both nodes');
is(value($session, "SELECT state, target, rows_read FROM datarobot.run_status WHERE run_id = $last_of"),
	'completed|public.shards|0', 'the run of the coordinator');
my $requests = $standin->counters($DEPLOYMENT{synthetic})->{requests};
$result = $session->run($shard_call->(', resume => true'));
like($result->{text}, qr/NOTICE:  00000: run \d+ is complete/, 'a complete call is not repeated by resume');
is($standin->counters($DEPLOYMENT{synthetic})->{requests}, $requests, 'and sends nothing');

# The nodes share what the call may send at a time.
$session->must('TRUNCATE shards');
$standin->reset;
$standin->faults({ fault => 'delay', ms => 50, times => -1 });
$result = $session->run($shard_call->(q{, options => '{"concurrency": 3}', shards_per_node => 8}));
is($result->{sqlstate}, undef, 'score_shards with a concurrency');
is_scored('shards', 'with a concurrency: every row once');
cmp_ok($standin->counters($DEPLOYMENT{synthetic})->{max_in_flight}, '<=', 3,
	'no more requests at a time than asked for');

# A node is killed half-way; the same call does what is missing.
foreach my $when ('before', 'during')
{
	$session->must('TRUNCATE shards');
	$standin->reset;
	if ($when eq 'before')
	{
		$node{second}->stop('immediate');
		$result = $session->run($shard_call->(''), 120);
	}
	else
	{
		$standin->faults({ fault => 'delay', ms => 100, times => -1 });
		my $before = value($session, "SELECT coalesce($last_of, 0)");
		my $caller = Session->new($coordinator);
		$caller->start($shard_call->(q{, commit_rows => 20, options => '{"chunk_rows": 10}'}));
		ok(wait_until(sub { value($session, 'SELECT count(*) FROM shards') > 500 }, 60),
			'during: some rows are written');
		$node{second}->stop('immediate');
		$result = $caller->finish(120);
	}
	is($result->{sqlstate}, 'HV000', "$when: the call fails");
	like($result->{detail}, qr/public\.shards_\d+/, "$when: and names shards");
	$node{second}->start;
	$standin->reset;
	my $more = $when eq 'before' ? '' : q{, commit_rows => 20, options => '{"chunk_rows": 10}'};
	my $is_done = sub {
		$result = $session->run($shard_call->("$more, resume => true"), 120);
		return !defined $result->{sqlstate};
	};
	ok(wait_until($is_done, 60), "$when: the same call is repeated");
	is_scored('shards', "$when: every row is there, once");
	is(value($session, "SELECT state FROM datarobot.run WHERE run_id = $last_of"), 'completed', "$when: the ledger");
}

# ---- what is refused

$session->must(q{CREATE TABLE elsewhere (id int, prediction float8)});
$session->must(q{SELECT create_distributed_table('elsewhere', 'id', colocate_with => 'none')});

my %refused = (
	'tables with other shards' => [ q{'customer', 'elsewhere'}, '', '42809',
		qr/not distributed tables with shards at the same places/ ],
	'a local table' => [ q{'customer', 'made'}, '', '42809', qr/not distributed tables/ ],
	'workers' => [ q{'customer', 'shards'}, q{, options => '{"workers": 2}'}, '22023',
		qr/"workers" is not an option of score_shards/ ],
	'no shards at a time' => [ q{'customer', 'shards'}, q{, shards_per_node => 0}, '22023',
		qr/shards_per_node must be at least 1/ ],
	'an unknown option' => [ q{'customer', 'shards'}, q{, options => '{"chunk_row": 2}'}, '22023', qr/chunk_row/ ]);
foreach my $name (sort keys %refused)
{
	my ($tables, $more, $sqlstate, $message) = @{ $refused{$name} };
	$standin->reset;
	$result = $session->run("CALL datarobot.score_shards('$DEPLOYMENT{synthetic}', $tables,
		key_columns => '{id}'$more)");
	is($result->{sqlstate}, $sqlstate, "$name: refused");
	like($result->{message} // '', $message, "$name: the message");
	is($standin->counters($DEPLOYMENT{synthetic})->{requests}, 0, "$name: nothing is sent");
}
$session->must('BEGIN');
is($session->run($shard_call->(''))->{sqlstate}, '25001', 'refused in a transaction block');
$session->must('ROLLBACK');

done_testing();
