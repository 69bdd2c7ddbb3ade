# score_shards, connect_nodes and run_status_all. Without Citus they refuse, before anything is sent. With what stands
# in for it (Citus.pm: nodes are databases), every shard is scored by its node, once, also after one of them was lost;
# test/interop/citus.pl has the same with Citus itself.
use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../lib";
use Citus;
use Into;
use ScoringTest;
use Session;
use Test::More;

my $standin = new_standin();
my $node = new_node('main', init => [ extra => [ '--locale=C', '--encoding=UTF8' ] ]);
my ($rows, $shards) = (400, 4);
my $session = Session->new($node);

sub requests { return $standin->counters($DEPLOYMENT{synthetic})->{requests}; }

sub shard_call
{
	my ($more, $tables) = @_;
	$tables //= q{'customer', 'shards'};
	return "CALL datarobot.score_shards('$DEPLOYMENT{synthetic}', $tables, key_columns => '{id}'$more)";
}

customers($node, $rows);
$session->must('CREATE TABLE shards (id int, prediction float8); CREATE ROLE clerk;
	GRANT ALL ON customer, shards TO clerk');

# ---- without Citus

my %without = (
	score_shards => shard_call(''), run_status_all => 'SELECT * FROM datarobot.run_status_all()',
	connect_nodes => q{SELECT datarobot.connect_nodes('made', 'https://example.com')});
foreach my $name (sort keys %without)
{
	fails_with($session->run($without{$name}), '55000', qr/^Citus is not installed in this database$/,
		"$name without Citus", hint => qr/score_into/);
	$session->must('SET ROLE clerk');
	fails_with($session->run($without{$name}), '42501', qr/^permission denied for .* $name$/,
		"$name is not for everyone");
	$session->must('RESET ROLE');
}
is(requests(), 0, 'without Citus: nothing is sent');
is(value($session, 'SELECT count(*) FROM datarobot.run'), 0, 'without Citus: the ledger is empty');
is(value($session, q{SELECT count(*) FROM pg_foreign_server WHERE srvname = 'made'}), 0,
	'without Citus: no server is made');

if (!has_extension($node, 'dblink'))
{
	note('without dblink, nothing stands in for Citus');
	done_testing();
	exit;
}
install_citus($node, 'first', 'second');
my @databases = ('postgres', 'first', 'second');

# ---- connect_nodes

my %file = secret_files($standin);
my $connect = sprintf("SELECT datarobot.connect_nodes('own', prediction_url => '%s', api_url => '%s',
	api_token_file => '%s', datarobot_key_file => '%s', options => '{\"allow_http\": true, \"chunk_rows\": 20}',
	grant_to => '{clerk}')",
	$standin->url, $standin->api_url, @file{qw(api_token_file datarobot_key_file)});
my $result;
is($session->run($connect)->{out}, 3, 'connect_nodes: the nodes');
is($session->run($connect)->{out}, 3, 'connect_nodes can be repeated');
foreach my $database (@databases)
{
	is($node->safe_psql($database, q{SELECT count(*) FILTER (WHERE ok) > 0, count(*) FILTER (WHERE NOT ok),
			has_server_privilege('clerk', 'own', 'USAGE'),
			has_function_privilege('clerk', 'datarobot.last_call()', 'EXECUTE'),
			has_function_privilege('clerk', 'datarobot.run_status_all()', 'EXECUTE'),
			(SELECT srvoptions @> '{chunk_rows=20}' FROM pg_foreign_server WHERE srvname = 'own')
			FROM datarobot.check_connection('own')}), 't|0|t|t|t|t', "connect_nodes: $database");
}
unlike(PostgreSQL::Test::Utils::slurp_file($node->logfile), qr/\Q@{[ $standin->token ]}\E/,
	'connect_nodes: the token is not in the log');
fails_with($session->run(q{SELECT datarobot.connect_nodes('own', grant_to => '{nobody}')}), 'HV000',
	qr/^could not connect the node postgres:\d+$/, 'a node that refuses', detail => qr/role "nobody" does not exist/,
	hint => qr/repeated/);
my $someone = 'secret-of-someone-0123456789';
my %misplaced = (
	api_token => [ qq{options => '{"api_token": "$someone"}'}, 'HV00D' ],
	wibble => [ qq{options => '{"wibble": "$someone"}'}, 'HV00D' ],
	prediction_url => [ "prediction_url => 'https://me:$someone\@example.com'", 'HV024' ],
	api_url => [ "api_url => 'https://me:$someone\@example.com'", 'HV024' ],
	api_token_file => [ "api_token_file => '$someone'", 'HV024' ],
	datarobot_key_file => [ "datarobot_key_file => '$someone'", 'HV024' ]);
foreach my $name (sort keys %misplaced)
{
	my ($argument, $sqlstate) = @{ $misplaced{$name} };
	fails_with($session->run("SELECT datarobot.connect_nodes('own', $argument)"), $sqlstate, qr/"$name"/,
		"connect_nodes with a secret as $name");
}
my $log = PostgreSQL::Test::Utils::slurp_file($node->logfile);
unlike($log, qr/statement: (?i:do) '.*secret-of-someone/i, 'connect_nodes: none of these is sent to nodes');
fails_with($session->run(q{BEGIN; CREATE ROLE waited_for; SELECT datarobot.connect_nodes('own')}), '25001',
	qr/connect_nodes\(\) cannot follow changes of the same transaction/, 'connect_nodes after changes');
$session->must('ROLLBACK');
$node->safe_psql('postgres', 'UPDATE pg_dist_node SET isactive = false');
fails_with($session->run(q{SELECT datarobot.connect_nodes('own')}), '55000', qr/^Citus knows no nodes$/,
	'connect_nodes without nodes', hint => qr/citus_add_node/);
is(value($session, 'SELECT count(*) FROM datarobot.run_status_all()'), 0, 'run_status_all without nodes');
$node->safe_psql('postgres', 'UPDATE pg_dist_node SET isactive = true');
fails_with($session->run('SELECT datarobot.connect_nodes(NULL)'), '22004', qr/needs a name/,
	'connect_nodes without a name');

# ---- score_shards

my ($sources, $outputs) = ([ map { 100 + $_ } 1 .. $shards ], [ map { 200 + $_ } 1 .. $shards ]);
distribute($node, customer => $sources, 1);
distribute($node, shards => $outputs, 1);
foreach my $i (0 .. $shards - 1)
{
	my $database = $databases[ 1 + $i % 2 ];
	my $copy = $node->safe_psql('postgres', "COPY (SELECT * FROM customer WHERE id % $shards = $i) TO STDOUT");
	$node->safe_psql($database, "CREATE TABLE customer_$sources->[$i] (id int PRIMARY KEY, spend numeric, plan text);
		CREATE TABLE shards_$outputs->[$i] (id int, prediction float8);
		COPY customer_$sources->[$i] FROM STDIN;\n$copy\n\\.\n");
}
$session->must(q{SET datarobot.server = 'own'});
$session->must(sprintf q{CREATE VIEW scored AS %s}, join ' UNION ALL ', map {
		my $i = $_;
		sprintf q{SELECT * FROM link.dblink('host=%s port=%s dbname=%s', 'SELECT id, prediction FROM shards_%d')
			AS t%d(id int, prediction float8)},
		$node->host, $node->port, $databases[ 1 + $i % 2 ], $outputs->[$i], $i } 0 .. $shards - 1);

sub is_scored
{
	my ($name) = @_;
	return same_rows($session, 'TABLE scored', 'TABLE expected', "$name: every row once");
}

sub emptied
{
	$standin->reset;
	foreach my $i (0 .. $shards - 1)
	{
		$node->safe_psql($databases[ 1 + $i % 2 ], "TRUNCATE shards_$outputs->[$i]");
	}
	return;
}

sub last_shards
{
	my ($columns, $by) = @_;
	return value($by // $session, "SELECT $columns FROM datarobot.run WHERE mode = 'shards'
		ORDER BY run_id DESC LIMIT 1");
}

emptied();
$result = $session->run(shard_call(''));
is($result->{sqlstate}, undef, 'score_shards') or diag($result->{text});
like($result->{text}, qr/^NOTICE:  00000: 4 of 4 shards are scored$/m, 'score_shards reports the shards');
is_scored('score_shards');
is(requests(), $rows / 20, 'score_shards: by the options of the nodes, every row is sent once');
is(value($session, q{SELECT string_agg(concat_ws(' ', split_part(node, ':', 1), runs, rows), ', ' ORDER BY node)
	FROM (SELECT node, count(*) AS runs, sum(rows_written) AS rows FROM datarobot.run_status_all()
		WHERE state = 'completed' GROUP BY node) s}), 'first 2 200, postgres 1 0, second 2 200',
	'run_status_all: the runs');
is(last_shards('state, server, deployment, target, statement_type'),
	"completed|own|$DEPLOYMENT{synthetic}|public.shards|insert", 'the run of the coordinator');
is(value($session, 'SELECT datarobot.last_run()'), last_shards('run_id'), 'and is the last run');

$standin->reset;
foreach my $pace ('', q{, options => '{"concurrency": 1, "rate_limit": 1000}', shards_per_node => 1})
{
	$result = $session->run(shard_call("$pace, resume => true"));
	like($result->{text}, qr/NOTICE:  00000: run \d+ is complete/, "complete, resumed$pace: it says so");
	is(requests(), 0, "complete, resumed$pace: nothing is sent");
}

# ---- only some columns, and options of the call

emptied();
foreach my $database ('first', 'second')
{
	$node->safe_psql($database, q{DO $$ DECLARE t regclass; BEGIN
		FOR t IN SELECT oid FROM pg_class WHERE relname LIKE 'shards\_%' LOOP
			EXECUTE format('ALTER TABLE %s ADD spend numeric', t);
		END LOOP; END $$});
}
$result = $session->run(shard_call(q{, features => '{spend,plan}', passthrough_columns => '{spend}'}));
is($result->{sqlstate}, undef, 'features') or diag($result->{text});
is_scored('features');
foreach my $i (0 .. $shards - 1)
{
	is($node->safe_psql($databases[ 1 + $i % 2 ], "SELECT count(*) FROM customer_$sources->[$i] c
		JOIN shards_$outputs->[$i] s USING (id) WHERE c.spend = s.spend"), $rows / $shards,
		"features: passed through, shard $i");
}

# ---- by batch jobs

emptied();
$result = $session->run(shard_call(q{, options => '{"method": "batch"}'}));
is($result->{sqlstate}, undef, 'batch') or diag($result->{text});
is_scored('batch');
is(scalar($standin->jobs), $shards, 'batch: a job of each shard');

# ---- a node that is lost

foreach my $what ('and back', 'and back, at another pace')
{
	emptied();
	$node->safe_psql('postgres', 'ALTER DATABASE second ALLOW_CONNECTIONS false');
	$result = $session->run(shard_call(''));
	fails_with($result, 'HV000', qr/^2 of 4 shards are not scored$/, "lost $what",
		detail => qr/^These failed: public\.shards_202, public\.shards_204\.$/, hint => qr/resume => true/);
	like($result->{text}, qr/^WARNING:  01000: shard public\.shards_202 on second:\d+ was not scored$/m,
		"lost $what: a warning");
	is(last_shards('state, sqlstate'), 'failed|HV000', "lost $what: the ledger");
	is(requests(), $rows / 2 / 20, "lost $what: the other node has scored its shards");
	my $ledgers = $session->run('SELECT DISTINCT node FROM datarobot.run_status_all() ORDER BY 1');
	like($ledgers->{text}, qr/^WARNING:  01000: the ledger of second:\d+ could not be read$/m,
		"lost $what: run_status_all says so");
	like($ledgers->{out}, qr/^first:\d+\npostgres:\d+$/, "lost $what: run_status_all has the others");
	$node->safe_psql('postgres', 'ALTER DATABASE second ALLOW_CONNECTIONS true');
	$standin->reset;
	my $more = $what eq 'and back' ? '' : q{, options => '{"concurrency": 2, "rate_limit": 500}', shards_per_node => 1};
	fails_with($session->run(shard_call(', keep_features => false, on_error => $$null$$, resume => true')), '22023',
		qr/^run \d+ cannot be resumed by a call that differs from it$/, "lost $what: by another call");
	$result = $session->run(shard_call("$more, resume => true"));
	is($result->{sqlstate}, undef, "lost $what: the same call") or diag($result->{text});
	is_scored("lost $what");
	is(requests(), $rows / 2 / 20, "lost $what: only what is missing is sent");
	is(last_shards('state'), 'completed', "lost $what: complete");
}

# ---- shards that fail half-way go on where they ended

emptied();
my $half = q{, commit_rows => 20, options => '{"concurrency": 2, "max_attempts": 1}'};
$standin->faults({ fault => 'status', status => 503, skip => 6, times => -1 });
fails_with($session->run(shard_call($half)), 'HV000', qr/^[34] of 4 shards are not scored$/, 'half-way');
my $kept = value($session, 'SELECT count(*) FROM scored');
is($kept, 6 * 20, 'half-way: what was answered is kept');
$standin->reset;
$result = $session->run(shard_call("$half, resume => true"));
is($result->{sqlstate}, undef, 'half-way: the same call') or diag($result->{text});
is_scored('half-way');
is(requests(), ($rows - $kept) / 20, 'half-way: only what is missing is sent');

# ---- without key columns, a shard is one transaction

emptied();
my $whole = "CALL datarobot.score_shards('$DEPLOYMENT{synthetic}', 'customer', 'shards', passthrough_columns => '{id}'";
$node->safe_psql('postgres', 'ALTER DATABASE second ALLOW_CONNECTIONS false');
fails_with($session->run("$whole)"), 'HV000', qr/^2 of 4 shards are not scored$/, 'whole shards: a node is lost');
$node->safe_psql('postgres', 'ALTER DATABASE second ALLOW_CONNECTIONS true');
$standin->reset;
$result = $session->run("$whole, resume => true)");
is($result->{sqlstate}, undef, 'whole shards: the same call') or diag($result->{text});
is(value($session, 'SELECT count(*), count(DISTINCT id) FROM scored'), "$rows|$rows", 'whole shards: every row once');
is(requests(), $rows / 2 / 20, 'whole shards: only what is missing is sent');

# ---- a coordinator that is lost while nodes begin: they begin each shard once

emptied();
my $blocker = Session->new($node, dbname => 'first');
my $caller = Session->new($node, setup => q{SET datarobot.server = 'own'});
my $waiters = q{SELECT count(*) FROM pg_stat_activity WHERE datname = 'first' AND wait_event_type = 'Lock'};
$blocker->must('BEGIN; LOCK TABLE datarobot.run IN SHARE MODE');
$caller->start(shard_call(q{, commit_rows => 40}));
ok(wait_until(sub { value($session, $waiters) == 2 }, 60), 'beginning: two shards are about to begin');
value($session, 'SELECT pg_terminate_backend(' . $caller->pid . ')');
$caller->finish(60);
$caller->close;
$caller = Session->new($node, setup => q{SET datarobot.server = 'own'});
$caller->start(shard_call(q{, commit_rows => 40, resume => true}));
ok(wait_until(sub { last_shards('state') eq 'failed' || value($session, $waiters) == 4 }, 60),
	'beginning: the same call');
$blocker->must('ROLLBACK');
$blocker->close;
$result = $caller->finish(60);
fails_with($result, 'HV000', qr/^2 of 4 shards are not scored$/, 'beginning: by another process',
	detail => qr/^These failed: public\.shards_201, public\.shards_203\.$/);
like($result->{text}, qr/DETAIL:  the same call is already running/, 'beginning: the reason');
ok(wait_until(sub {
		$result = $caller->run(shard_call(q{, commit_rows => 40, resume => true}));
		return !defined $result->{sqlstate};
	}, 60), 'beginning: the same call, later') or diag($result->{text});
$caller->close;
is_scored('beginning');
is(requests(), $rows / 20, 'beginning: every row is sent once');

# ---- a shard that is moved meanwhile: its former place has taken rows

emptied();
$standin->faults({ fault => 'delay', ms => 50, times => -1 });
$session->start(shard_call(q{, options => '{"concurrency": 4}', shards_per_node => 4}));
ok(wait_until(sub { requests() > 0 }, 60), 'moved: the shards are being scored');
$node->safe_psql('postgres', 'UPDATE pg_dist_placement SET groupid = 1 WHERE shardid IN (104, 204)');
fails_with($session->finish(60), 'HV000', qr/^1 of 4 shards are not scored$/, 'moved: the call',
	detail => qr/^These failed: public\.shards_204\.$/);
is(last_shards('state'), 'failed', 'moved: the ledger');
$node->safe_psql('postgres', 'UPDATE pg_dist_placement SET groupid = 2 WHERE shardid IN (104, 204)');
$standin->reset;
$result = $session->run(shard_call(q{, options => '{"concurrency": 4}', resume => true}));
is($result->{sqlstate}, undef, 'moved back: the same call') or diag($result->{text});
is(requests(), 0, 'moved back: all is there');
is_scored('moved back');

# ---- the same call, twice at a time

emptied();
$standin->faults({ fault => 'delay', ms => 200, times => -1 });
$session->start(shard_call(''));
ok(wait_until(sub { requests() > 0 }, 60), 'twice: the first is running');
my $second = Session->new($node, setup => q{SET datarobot.server = 'own'});
my $pid = $session->pid;
fails_with($second->run(shard_call(q{, if_running => 'error'})), '55006', qr/^the same call is already running$/,
	'twice: error', detail => qr/^Process $pid is running it\.$/);
fails_with($second->run(shard_call(q{, resume => true})), '55006', qr/^run \d+ is already running$/, 'twice: resume');
like($second->run(shard_call(q{, if_running => 'skip'}))->{text}, qr/^NOTICE:  00000: skipped/m, 'twice: skip');
is(last_shards('state', $second), 'skipped', 'twice: the skipped one is in the ledger');
is($session->finish(60)->{sqlstate}, undef, 'twice: the first is complete');
is_scored('twice');
is($second->run(shard_call(q{, if_running => 'wait', resume => true}))->{sqlstate}, undef, 'twice: wait');
is_scored('twice, waited');
$second->close;

# ---- a table whose own shards are updated

emptied();
$node->safe_psql($databases[ 1 + $_ % 2 ], "ALTER TABLE customer_$sources->[$_] ADD prediction float8")
  foreach 0 .. $shards - 1;
$result = $session->run(shard_call(q{, statement_type => 'update', features => '{spend,plan}'},
		q{'customer', 'customer'}));
is($result->{sqlstate}, undef, 'update of the source') or diag($result->{text});
foreach my $i (0 .. $shards - 1)
{
	same_rows($session, sprintf(q{SELECT * FROM link.dblink('host=%s port=%s dbname=%s',
			'SELECT id, prediction FROM customer_%d') AS t(id int, prediction float8)}, $node->host, $node->port,
			$databases[ 1 + $i % 2 ], $sources->[$i]), "SELECT * FROM expected WHERE id % $shards = $i",
		"update of the source, shard $i");
}
$node->safe_psql($databases[ 1 + $_ % 2 ], "ALTER TABLE customer_$sources->[$_] DROP prediction")
  foreach 0 .. $shards - 1;

# ---- what all calls share

foreach my $concurrency (1, 3)
{
	emptied();
	$standin->faults({ fault => 'delay', ms => 20, times => -1 });
	$result = $session->run(shard_call(qq{, options => '{"concurrency": $concurrency}', shards_per_node => 4}));
	is($result->{sqlstate}, undef, "concurrency $concurrency");
	is_scored("concurrency $concurrency");
	cmp_ok($standin->counters($DEPLOYMENT{synthetic})->{max_in_flight}, '<=', $concurrency,
		"concurrency $concurrency: no more requests at a time");
}
emptied();
$result = $session->run(shard_call(q{, options => '{"rate_limit": 20}'}));
is($result->{sqlstate}, undef, 'rate_limit');
is_scored('rate_limit');
cmp_ok($result->{ms}, '>=', 790, 'rate_limit: each of four calls makes five requests a second');
emptied();
$result = $session->run(shard_call(q{, options => '{"rate_limit": 4, "concurrency": 1, "chunk_rows": 400}'}));
is($result->{sqlstate}, undef, 'rate_limit, in rounds');
is_scored('rate_limit, in rounds');
is(requests(), $shards, 'rate_limit, in rounds: a request each');
cmp_ok($result->{ms}, '>=', 740, 'rate_limit, in rounds: a round waits until its first request may be sent');

# ---- what is refused

$session->must('CREATE TABLE elsewhere (id int, prediction float8); CREATE TABLE plain (id int, prediction float8)');
distribute($node, elsewhere => [ 301 .. 304 ], 2);
$session->must('CREATE TABLE copied (id int, prediction float8); CREATE TABLE lost (id int, prediction float8)');
distribute($node, copied => [ 401 .. 404 ], 1);
distribute($node, lost => [ 501 .. 504 ], 1);
$node->safe_psql('postgres', 'INSERT INTO pg_dist_placement VALUES (402, 1)');
$node->safe_psql('postgres', 'UPDATE pg_dist_placement SET groupid = 7 WHERE shardid = 503');
my %refused = (
	'tables with other shards' => [ shard_call('', q{'customer', 'elsewhere'}), '42809',
		qr/not distributed tables with shards/ ],
	'a plain table' => [ shard_call('', q{'customer', 'plain'}), '42809', qr/not distributed tables/ ],
	'a number that is no table' => [ shard_call('', q{'customer', 1}), '42P01',
		qr/^relation with OID 1 does not exist$/ ],
	'no table at all' => [ shard_call('', q{'-', 'shards'}), '42P01', qr/^relation with OID 0 does not exist$/ ],
	'shards with copies' => [ shard_call('', q{'customer', 'copied'}), '0A000',
		qr/^shard public\.copied_402 has copies on several nodes$/ ],
	'a shard that is nowhere' => [ shard_call('', q{'customer', 'lost'}), '55000',
		qr/^shard public\.lost_503 is on no primary node$/ ],
	'no source' => [ shard_call('', q{NULL, 'shards'}), '22004', qr/^source must not be NULL$/ ],
	'no output' => [ shard_call('', q{'customer', NULL}), '22004', qr/^output must not be NULL$/ ],
	'no number of shards' => [ shard_call(', shards_per_node => NULL'), '22004',
		qr/^shards_per_node must not be NULL$/ ],
	'no shards at a time' => [ shard_call(', shards_per_node => 0'), '22023',
		qr/^shards_per_node must be at least 1$/ ],
	'a part of a shard' => [ shard_call(', shards_per_node => 1.5'), '22023',
		qr/^shards_per_node must be a whole number/ ],
	'workers' => [ shard_call(q{, options => '{"workers": 2}'}), '22023',
		qr/^"workers" is not an option of score_shards$/ ],
	'a table to be created' => [ shard_call(q{, statement_type => 'create_table'}), '22023',
		qr/^"create_table" is not an option of score_shards$/ ],
	'a table that may be created' => [ shard_call(q{, options => '{"create_table_if_not_exists": true}'}), '22023',
		qr/^"create_table_if_not_exists" is not an option of score_shards$/ ],
	'an unknown option' => [ shard_call(q{, options => '{"chunk_row": 2}'}), '22023',
		qr/^unknown option "chunk_row"$/ ],
	'an option given twice' => [ shard_call(q{, commit_rows => 5, options => '{"commit_rows": 5}'}), '22023',
		qr/commit_rows/ ],
	'no such server' => [ shard_call(q{, server => 'nowhere'}), '42704', qr/"nowhere"/ ],
	'NULL as a feature' => [ shard_call(q{, features => '{spend,NULL}'}), '22004', qr/features/ ],
	'a transaction block' => [ 'BEGIN; ' . shard_call(''), '25001',
		qr/^datarobot\.score_shards\(\) needs transactions of its own$/ ],
	'a transaction that only reads' => [ 'SET default_transaction_read_only = on; ' . shard_call(''), '25\d\d\d',
		qr/score_shards/ ]);
foreach my $name (sort keys %refused)
{
	my ($sql, $sqlstate, $message) = @{ $refused{$name} };
	$standin->reset;
	my $before = value($session, q{SELECT count(*) FROM datarobot.run});
	$result = $session->run($sql);
	$session->run('ROLLBACK; RESET default_transaction_read_only');
	like($result->{sqlstate} // 'none', qr/^$sqlstate$/, "$name: refused") or diag($result->{text});
	like($result->{message} // '', $message, "$name: the message");
	is(requests(), 0, "$name: nothing is sent");
	is(value($session, q{SELECT count(*) FROM datarobot.run}), $before, "$name: nothing is in the ledger");
}

done_testing();
