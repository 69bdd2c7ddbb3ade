# Rows on two servers, each of which scores its own, gathered by a third one: by postgres_fdw, as partitions of one
# table below an asynchronous Append, and by a cluster of PL/Proxy. The examples of docs/scaling.md are what makes them.
use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../lib";
use Demo;
use ScoringTest;
use Session;
use Test::More;

my $standin = new_standin();
my $rows = 5050;
my $deployment = $DEPLOYMENT{regression};

# ---- the page: { on, code, prints }, in order

my @examples;
my $page = slurp_source('docs/scaling.md');
while ($page =~ /^<!-- on: (.*?) -->\n```sql\n(.*?)^```\n((?:(?!<!-- on:|\#\# |```sql)[^\n]*\n)*)/msg)
{
	my ($on, $code, $rest) = ($1, $2, $3);
	my ($prints) = $rest =~ /^```\n(.*?)^```$/ms;
	push @examples, { on => $on, code => $code, prints => $prints };
}
is_deeply([ map { $_->{on} } @examples ], [ 'shards', 'center', 'center as analyst', 'shards', 'center', 'center' ],
	'docs/scaling.md has its examples');
my %example;
@example{qw(fdw_shards fdw_center fdw_analyst plproxy_shards plproxy_center plproxy_call)} = @examples;

# ---- three servers: both shards have the extension, and the same demo's rows by their ids

my $center = PostgreSQL::Test::Cluster->new('center');
$center->init;
$center->start;
my %shard = map { $_ => PostgreSQL::Test::Cluster->new($_) } qw(east west);
my %half = (east => 'id < 10000', west => 'id >= 10000');
foreach my $name (sort keys %shard)
{
	my ($node, $dbname) = ($shard{$name}, "sales_$name");
	$node->init;
	$node->start;
	$node->safe_psql('postgres', "CREATE DATABASE $dbname");
	$node->safe_psql($dbname, 'CREATE EXTENSION datarobot_scoring');
	connect_node($node, standin => $standin, dbname => $dbname, server => { api_url => $standin->api_url });
	load_demo($node, dbname => $dbname);
	on_shard($name, "DELETE FROM demo.patient WHERE NOT ($half{$name})");
	on_shard($name, 'VACUUM ANALYZE demo.patient');
	demand_password($node, 'gatherer');
}
my %count = map { $_ => on_shard($_, 'SELECT count(*) FROM demo.patient') } keys %shard;
is($count{east} + $count{west}, $rows, 'both shards together have all rows');
on_center('CREATE ROLE analyst LOGIN');

sub on_shard { return $shard{ $_[0] }->safe_psql("sales_$_[0]", $_[1]); }

sub on_center { return $center->safe_psql('postgres', $_[0]); }

sub on_shards
{
	my ($sql) = @_;
	on_shard($_, $sql) foreach sort keys %shard;
	return;
}

# What must come back: the rows of both shards, scored by the function.
my %right = map { $_ => on_shard($_, qq{
	SELECT (key->>'id')::int, prediction FROM datarobot.score('$deployment', 'TABLE demo.patient', '{id,visits}')
	ORDER BY 1}) } keys %shard;
my $right = "$right{east}\n$right{west}";

sub demand_password
{
	my ($node, $role) = @_;
	first_hba($node, "local all $role scram-sha-256\nhost all $role 127.0.0.1/32 scram-sha-256\n");
	return;
}

# Where the page names servers, ours.
sub localize
{
	my ($code) = @_;

	foreach my $name (keys %shard)
	{
		my ($host, $port) = ($shard{$name}->host, $shard{$name}->port);
		$code =~ s{host '$name\.example\.com'}{host '$host', port '$port'}g;
		$code =~ s{host=$name\.example\.com}{host=$host port=$port}g;
	}
	return $code;
}

sub run_example
{
	my ($node, $dbname, $example, $name, @more) = @_;
	my ($out, $err);
	my $status = $node->psql($dbname, localize($example->{code}), stdout => \$out, stderr => \$err, on_error_stop => 1,
		@more);
	is($status, 0, "$name: the example runs") or diag($err);
	is("$out\n", $example->{prints}, "$name: it prints what the page says") if defined $example->{prints};
	return;
}

my @analyst = (extra_params => [ '-U', 'analyst' ]);

sub value { return safe_scalar($center, $_[0], @analyst); }

sub counters { return $standin->counters($deployment); }

sub delay { $standin->reset; $standin->faults({ fault => 'delay', ms => $_[0], times => -1 }); return; }

# An error of the gathering server: (sqlstate, message, context and all else)
sub fails
{
	my ($session, $sql) = @_;
	my $result = $session->run($sql);
	return ($result->{sqlstate}, $result->{message} // '', $result->{text});
}

# What the shards have written.
sub written
{
	my $query = 'SELECT id, prediction FROM demo.expected_visits ORDER BY id';
	return join "\n", map { on_shard($_, $query) } sort keys %shard;
}

# One request at a time for each shard, so that two at a time are of both.
on_shards(q{ALTER SERVER datarobot OPTIONS (ADD concurrency '1')});

# ---- postgres_fdw

SKIP:
{
	skip('postgres_fdw is not there', 1) if !has_extension($center, 'postgres_fdw');
	run_example($shard{$_}, "sales_$_", $example{fdw_shards}, $_) foreach sort keys %shard;
	run_example($center, 'postgres', $example{fdw_center}, 'postgres_fdw');
	# the gatherer has SELECT on the scored table, and nothing else of the shard
	foreach my $name (sort keys %shard)
	{
		is(on_shard($name, q{SELECT has_table_privilege('gatherer', 'demo.patient', 'SELECT')}), 'f',
			"$name: the rows themselves are not readable from elsewhere");
	}
	run_example($center, 'postgres', $example{fdw_analyst}, 'as the analyst', @analyst);
	is(value('SELECT id, prediction FROM patient_scored ORDER BY id'), $right, 'every row has its prediction');

	# Both servers at a time, and one after the other.
	my $all = 'SELECT count(*), count(prediction) FROM patient_scored';
	my $plan = value("EXPLAIN (COSTS OFF) $all");
	is(scalar(() = $plan =~ /Async Foreign Scan/g), 2, 'both scans are asynchronous');
	delay(200);
	is(value($all), "$rows|$rows", 'all rows');
	is(counters()->{max_in_flight}, 2, 'requests of both servers overlap');
	delay(50);
	is(value("SET enable_async_append = off; $all"), "$rows|$rows", 'all rows, one server after the other');
	is(counters()->{max_in_flight}, 1, 'their requests do not');
	$standin->reset;

	# What reaches the servers: a condition on the partition key asks one of them, another one both.
	is(value('SELECT count(prediction) FROM patient_scored WHERE id IN (51, 52)'), '2', 'by keys of one server');
	is(counters()->{rows}, 2, 'sends their rows');
	is(counters()->{requests}, 1, 'from there');
	$standin->reset;
	my $poor = value(q{SELECT count(*) FROM patient_scored WHERE health = 'poor'});
	is(counters()->{requests}, 0, 'counting rows sends nothing');
	cmp_ok($poor, '>', 0, 'there are some');
	is(value(q{SELECT count(prediction) FROM patient_scored WHERE health = 'poor'}), $poor, 'by another column');
	is(counters()->{rows}, $poor, 'sends the rows of both that have it');
	$standin->reset;
	is(value('PREPARE p (int) AS SELECT count(prediction) FROM patient_scored WHERE id = $1;
			SET plan_cache_mode = force_generic_plan; EXECUTE p (20100)'), '1', 'by a parameter');
	is(counters()->{rows}, 1, 'sends one row');
	$standin->reset;
	is(value('SELECT count(*) FROM (SELECT prediction FROM patient_scored_east LIMIT 10) l'), '10',
		'LIMIT of a partition');
	like(value('EXPLAIN (VERBOSE, COSTS OFF) SELECT prediction FROM patient_scored_east LIMIT 10'),
		qr/Remote SQL: .* LIMIT 10/, 'is done on its server');
	cmp_ok(counters()->{rows}, '<=', 128, 'which sends its first rows');
	$standin->reset;
	on_center("ALTER FOREIGN TABLE patient_scored_$_ OPTIONS (ADD fetch_size '100')") foreach keys %shard;
	is(value('SELECT count(*) FROM (SELECT prediction FROM patient_scored LIMIT 10) l'), '10', 'LIMIT over both');
	# of each: a request of 128 rows, and one of 512 that may be on its way
	cmp_ok(counters()->{rows}, '<=', 2 * (128 + 512), 'sends what is fetched at first');
	on_center("ALTER FOREIGN TABLE patient_scored_$_ OPTIONS (DROP fetch_size)") foreach keys %shard;
	foreach my $order ('id', 'prediction', 'health, id')
	{
		delay(50);
		value("SELECT id, prediction FROM patient_scored ORDER BY $order");
		is(counters()->{max_in_flight}, 1, "ordered by $order: one server after the other");
		$standin->reset;
	}

	# Tables of the gathering server: a join reads all, an array of keys does not.
	on_center('CREATE TABLE wanted AS SELECT generate_series(51, 60) AS id; ANALYZE wanted;
		GRANT SELECT ON wanted TO analyst');
	my $wanted = value('SELECT count(prediction) FROM patient_scored WHERE id = ANY (ARRAY(SELECT id FROM wanted))');
	is(counters()->{rows}, $wanted, 'an array of keys sends their rows');
	$standin->reset;
	is(value('SELECT count(prediction) FROM patient_scored JOIN wanted USING (id)'), $wanted, 'a join finds them, too');
	is(counters()->{rows}, $rows, 'and sends all rows');
	$standin->reset;

	# ANALYZE, by an owner that has mappings.
	on_center("CREATE USER MAPPING FOR CURRENT_USER SERVER $_ OPTIONS (user 'gatherer',
		password 'word of the gatherer')") foreach keys %shard;
	on_center('ANALYZE');
	is(counters()->{requests}, 0, 'ANALYZE of all tables sends nothing');
	on_center('ANALYZE patient_scored');
	is(counters()->{rows}, $rows, 'ANALYZE of the table sends all rows');
	$standin->reset;

	# The scoring view, and with it what a view costs.
	on_shards('GRANT SELECT ON demo.patient_view TO gatherer; GRANT USAGE ON SCHEMA datarobot TO gatherer;
		GRANT USAGE ON FOREIGN SERVER datarobot TO gatherer;
		GRANT EXECUTE ON FUNCTION datarobot.predict_row TO gatherer');
	on_center(q{
		CREATE TABLE patient_view (LIKE patient_scored) PARTITION BY RANGE (id);
		CREATE FOREIGN TABLE patient_view_east PARTITION OF patient_view FOR VALUES FROM (MINVALUE) TO (10000)
			SERVER east OPTIONS (schema_name 'demo', table_name 'patient_view');
		CREATE FOREIGN TABLE patient_view_west PARTITION OF patient_view FOR VALUES FROM (10000) TO (MAXVALUE)
			SERVER west OPTIONS (schema_name 'demo', table_name 'patient_view');
		GRANT SELECT ON patient_view TO analyst});
	is(value('SELECT id, prediction FROM patient_view ORDER BY id'), $right, 'by views, every row has its prediction');
	delay(100);
	is(value('SELECT count(*), count(prediction) FROM patient_view'), "$rows|$rows", 'by views, all rows');
	is(counters()->{max_in_flight}, 2, 'by views, the requests overlap');
	$standin->reset;
	is(value('SELECT count(prediction) FROM patient_view WHERE id = 52'), '1', 'one row of a view');
	is(counters()->{rows}, $count{east}, 'sends all of its server');
	$standin->reset;
	is(value('SELECT health IS NULL FROM patient_view WHERE id = 52'), 'f', 'a row of a view without its prediction');
	is(counters()->{requests}, 0, 'sends nothing');

	# Who may: each side has its own mappings.
	my $session = Session->new($center, role => 'analyst');
	on_center('CREATE ROLE stranger LOGIN; GRANT SELECT ON patient_scored TO stranger');
	my ($sqlstate, $message) = fails(Session->new($center, role => 'stranger'), $all);
	is($sqlstate, '42704', 'without a mapping to a server: an error');
	like($message, qr/user mapping not found for (?:user )?"stranger"/, 'it says whose');
	on_shard('west', q{ALTER USER MAPPING FOR PUBLIC SERVER datarobot OPTIONS (SET api_token 'other')});
	($sqlstate, $message, my $text) = fails($session, $all);
	is($sqlstate, '28000', 'a token that DataRobot refuses: the code of the server that sent it');
	like($text, qr/remote SQL command: SELECT/, 'with what was asked there');
	on_shard('west',
		sprintf(q{ALTER USER MAPPING FOR PUBLIC SERVER datarobot OPTIONS (SET api_token '%s')}, $standin->token));
	is($session->must($all), "$rows|$rows", 'the same session continues');

	# A cancel reaches the servers, which stop.
	delay(60_000);
	$session->start($all);
	ok(wait_until(sub { counters()->{in_flight} == 2 }), 'both servers wait for an answer');
	on_center('SELECT pg_cancel_backend(' . $session->pid . ')');
	is($session->finish->{sqlstate}, '57014', 'a cancel');
	ok(wait_until(sub { counters()->{in_flight} == 0 }), 'ends the requests of both');

	# So does, if they look for it, the loss of who asks them.
	on_shards(q{ALTER ROLE gatherer SET client_connection_check_interval = '100ms'});
	my $lost = Session->new($center, role => 'analyst');
	$lost->start($all);
	ok(wait_until(sub { counters()->{in_flight} == 2 }), 'both servers wait for an answer again');
	on_center('SELECT pg_terminate_backend(' . $lost->pid . ')');
	$lost->finish;
	ok(wait_until(sub { counters()->{in_flight} == 0 }), 'a lost connection ends the requests of both');
	on_shards('ALTER ROLE gatherer RESET client_connection_check_interval');

	# A request that fails on one server, and a server that is down before and during a query.
	$standin->reset;
	$standin->faults({ fault => 'status', status => 422 });
	($sqlstate, $message) = fails($session, $all);
	is($sqlstate, '22000', 'a request that is refused: the code of its server');
	$standin->reset;
	is($session->must($all), "$rows|$rows", 'the next one is not');

	delay(500);
	$session->start($all);
	ok(wait_until(sub { counters()->{in_flight} == 2 }), 'both servers have sent something');
	$shard{west}->stop('immediate');
	my $result = $session->finish;
	is($result->{sqlstate}, '08006', 'a server that goes down during a query: an error') or diag($result->{text});
	is(scalar(() = $result->{text} =~ /^ERROR:/mg), 1, 'one');
	$standin->reset;
	($sqlstate, $message) = fails($session, $all);
	is($sqlstate, '08001', 'a server that is down: an error');
	like($message, qr/could not connect to server "west"/, 'with its name');
	is($session->must('SELECT count(prediction) FROM patient_scored WHERE id = 52'), '1',
		'rows of the other one can be read');
	$shard{west}->start;
	is($session->must($all), "$rows|$rows", 'when it is back, so can all');
	ok(wait_until(sub { $standin->counters->{in_flight} == 0 }), 'nothing is left in flight');
}

# ---- PL/Proxy

SKIP:
{
	skip('PL/Proxy is not there', 1) if !has_extension($center, 'plproxy');
	$standin->reset;
	run_example($shard{$_}, "sales_$_", $example{plproxy_shards}, $_) foreach sort keys %shard;
	run_example($center, 'postgres', $example{plproxy_center}, 'PL/Proxy');
	delay(200);
	run_example($center, 'postgres', $example{plproxy_call}, 'a call of all shards');
	is(counters()->{max_in_flight}, 2, 'both score at the same time');
	$standin->reset;
	is(written(), $right, 'each shard has the scores of its rows');

	# A shard that fails or is down is named, whatever the others have done.
	my $call = 'SELECT sum(rows_written) FROM demo.score_visits()';
	foreach my $name (sort keys %shard)
	{
		my ($session, $hidden) = (Session->new($center), 'ALTER TABLE demo.expected_visits RENAME TO hidden');
		on_shards('TRUNCATE demo.expected_visits');
		on_shard($name, $hidden);
		my ($sqlstate, $message) = fails($session, $call);
		on_shard($name, 'ALTER TABLE demo.hidden RENAME TO expected_visits');
		is($sqlstate, '42P01', "$name fails: the code of its error");
		like($message, qr/\[sales_$name\] REMOTE ERROR: relation "demo\.expected_visits" does not exist/,
			"$name: its name");
		is(on_shard($name, 'SELECT count(*) FROM demo.expected_visits'), '0', "$name: it has written nothing");
		is($session->must($call), $rows, "$name: all are called again");
		is(written(), $right, "$name: every row is there, once");

		$shard{$name}->stop('immediate');
		($sqlstate, $message) = fails($session, $call);
		like($message, qr/\[sales_$name\]/, "$name goes down: its name");
		($sqlstate, $message) = fails(Session->new($center), $call);
		like($message, qr/\[sales_$name\]/, "$name is down: its name");
		$shard{$name}->start;
		is($session->must($call), $rows, "$name: when it is back, all are called again");
		is(written(), $right, "$name: every row is there, once");
	}

	# An insert without a unique key is repeated with the rows of those that had committed.
	on_shards(q{
		CREATE TABLE demo.log (id int, prediction float8);
		CREATE FUNCTION demo.log_visits() RETURNS bigint LANGUAGE sql AS $$
			SELECT rows_written FROM datarobot.score_into_now('5f0000000000000000000001', 'TABLE demo.patient_features',
				'demo.log', key_columns => '{id}') $$});
	on_center(q{
		CREATE FUNCTION demo.log_visits() RETURNS SETOF bigint
		LANGUAGE plproxy AS $$ CLUSTER 'shards'; RUN ON ALL; $$});
	on_center('SELECT demo.log_visits()') foreach 1, 2;
	is(on_shard('east', 'SELECT count(*) FROM demo.log'), 2 * $count{east}, 'inserts without a key are doubled');
}

done_testing();
