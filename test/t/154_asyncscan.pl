# Several scored tables in one query: under Append their scans run side by side, on one connection or several, with
# the rows, errors and cancels that they have one after the other.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use CannedServer qw(json_answer);
use ScoringTest;
use Session;
use Test::More;
use Time::HiRes qw(sleep);
use Watch;

plan skip_all => 'Append waits for several scans on Linux only' if $^O ne 'linux';

my $standin = new_standin();
my $node = new_node('main', standin => $standin);
my %id = (%DEPLOYMENT, text => '5f000000000000000000001b');

# "elsewhere" is the same stand-in, by a connection of its own
connect_node($node, standin => $standin, name => 'elsewhere');
my $canned = CannedServer->new(nothing => json_answer('{"data": []}'));
connect_node($node, standin => $standin, name => 'canned', server => { prediction_url => $canned->url });
$node->safe_psql('postgres', q{
	CREATE TABLE source AS
		SELECT i AS id, i * 0.5::float8 AS a, 'text ' || i AS "promptText" FROM generate_series(1, 20000) i;
	ALTER TABLE source ADD PRIMARY KEY (id);
	CREATE TABLE plain AS SELECT id, 'plain' AS name, a::text AS prediction FROM source WHERE id <= 300;
	ANALYZE;});

# A scored table of the first rows, whose column "name" is sent, so that faults can be for one table.
sub make_table
{
	my ($name, %opt) = @_;
	my $deployment = $opt{deployment} // 'synthetic';
	my $server = $opt{server} // 'datarobot';
	my $where = $opt{where} // 'true';
	my $columns = $deployment eq 'text' ? 'id, "promptText"' : 'id, a';
	my $options = join '', map { ", $_ '$opt{options}{$_}'" } sort keys %{ $opt{options} // {} };
	$node->safe_psql('postgres', qq{
		CREATE FOREIGN TABLE $name (id int, name text, prediction text) SERVER $server
		OPTIONS (deployment '$id{$deployment}',
			query 'SELECT $columns, ''$name'' AS name FROM public.source WHERE $where ORDER BY id' $options)});
	return;
}
make_table('one', where => 'id <= 100');
make_table('two', where => 'id <= 100');
make_table('other', where => 'id <= 100', server => 'elsewhere');
make_table('words', where => 'id <= 2000', deployment => 'text');
make_table('empty', where => 'id < 0');
make_table('many', options => { chunk_rows => 500 });
make_table('more', options => { chunk_rows => 700, concurrency => 2 });

sub value { return safe_scalar($node, $_[0]); }

sub union { return join ' UNION ALL ', map { "SELECT * FROM $_" } @_; }

my $off = 'SET enable_async_append = off';

# The same rows as one after the other, and as many.
sub same_rows
{
	my ($query, $what) = @_;
	my $digest = "SELECT count(*), md5(string_agg(r::text, ',' ORDER BY r::text)) FROM ($query) r";
	my $expected = value("$off; $digest");
	isnt((split /\|/, $expected)[0], '0', "$what: there are some");
	return is(value($digest), $expected, "$what: the same rows");
}

sub in_flight { return $standin->counters->{in_flight}; }
sub most_in_flight { return $standin->counters->{max_in_flight}; }
sub requests { return $standin->counters($id{ $_[0] // 'synthetic' })->{requests}; }

sub delay { $standin->faults({ fault => 'delay', ms => $_[0], times => -1, @_[ 1 .. $#_ ] }); return; }

sub of_table { return (value => $_[0], column => 'name'); }

# How many scans of a query's plan are asynchronous, with these settings?
sub asyncs
{
	my ($query, $settings) = @_;
	my $plan = value(($settings // '') . "; EXPLAIN (COSTS OFF) $query");
	return scalar(() = $plan =~ /Async Foreign Scan/g);
}

# ---- side by side

is(asyncs(union('one', 'two')), 2, 'two scans under Append');
is(asyncs(union('one', 'two'), $off), 0, 'not if the setting says no');
foreach ([ 'on one connection', 'one', 'two' ], [ 'on two connections', 'one', 'other' ],
	[ 'three of them', 'one', 'two', 'other' ])
{
	my ($what, @tables) = @$_;
	$standin->reset;
	delay(400);
	is(value('SELECT count(*), count(prediction) FROM (' . union(@tables) . ') u'),
		join('|', (100 * @tables) x 2), "$what: all rows");
	is(most_in_flight(), scalar @tables, "$what: their requests overlap");
	is(requests(), scalar @tables, "$what: one request each");
	$standin->reset;
	delay(50);
	value("$off; SELECT count(prediction) FROM (" . union(@tables) . ') u');
	is(most_in_flight(), 1, "$what: one after the other without");
}
$standin->reset;

same_rows(union('many', 'more'), 'long ones');
same_rows(union('many', 'more', 'one', 'other', 'words', 'empty'), 'six of them');
same_rows(union('many', 'plain', 'words'), 'with a table between them');
same_rows(union('plain', 'plain', 'words', 'empty'), 'with tables before');
same_rows(union('empty', 'one'), 'an empty one first');
same_rows(union('one', 'empty'), 'an empty one last');
is(value('SELECT count(*) FROM (' . union('empty', 'empty') . ') u'), '0', 'two empty ones');
same_rows(union('one', 'one'), 'one twice');
same_rows('SELECT * FROM (' . union('many', 'words') . ") u WHERE prediction LIKE '%7%'", 'conditions on predictions');
same_rows('SELECT id + 1, upper(name) FROM (' . union('many', 'words') . ') u', 'expressions');
same_rows('SELECT u FROM (' . union('many', 'words') . ') u', 'whole rows');
is(asyncs('SELECT id FROM one UNION ALL SELECT id FROM two'), 0, 'none that sends nothing waits');

my @counted = value('EXPLAIN (ANALYZE, TIMING OFF) ' . union('many', 'more')) =~ /actual rows=(\d+)/g;
is("@counted", '40000 20000 20000', 'EXPLAIN counts each row once');

# each scan has its requests in flight
$standin->reset;
delay(20);
my $long = 'SELECT count(prediction) FROM (' . union('many', 'more') . ') u';
my $alone = elapsed_ms(sub { value("$off; $long") });
is(most_in_flight(), 4, 'one after the other as many as each may have');
my $together = elapsed_ms(sub { value($long) });
cmp_ok(most_in_flight(), '>', 4, 'side by side more than either may have');
cmp_ok(most_in_flight(), '<=', 6, 'and not more than both');
# what ends while another scan is attended to must not wait for the clock, a second each time; the machine may be busy
# with other things for a moment
foreach (1 .. 2)
{
	last if $together < 2 * $alone + 500;
	$together = elapsed_ms(sub { value($long) });
}
cmp_ok($together, '<', 2 * $alone + 500, "which is not slower: $together ms, $alone ms one after the other");

# ---- neither waits for the other

# The deployments of all requests, in the order in which they were answered.
sub order { return map { $_->{target} =~ m{deployments/([0-9a-f]+)/} ? $1 : () } $standin->requests; }

sub last_of
{
	my ($deployment, @order) = @_;
	return (grep { $order[$_] eq $deployment } 0 .. $#order)[-1];
}

make_table('quick', options => { chunk_rows => 500, concurrency => 1 });
$standin->reset;
delay(20, deployment => $id{synthetic});
delay(60, deployment => $id{text});
value('SELECT count(prediction) FROM (' . union('quick', 'words') . ') u');
my @order = order();
cmp_ok(last_of($id{text}, @order), '<', last_of($id{synthetic}, @order),
	'a scan of many quick answers lets the slow one continue');

# a pause before a request is sent again is one scan's own
foreach my $waits ('one', 'other')
{
	$standin->reset;
	$standin->faults({ fault => 'status', status => 503, retry_after => 2, deployment => $id{synthetic} });
	is(value('SELECT count(prediction) FROM (' . union($waits, 'words') . ') u'), '2100', "503 to $waits: all rows");
	@order = order();
	is(scalar(grep { $_ eq $id{synthetic} } @order), 2, 'it was sent twice');
	cmp_ok(last_of($id{text}, @order), '<', last_of($id{synthetic}, @order), 'the other has meanwhile ended');
}

# ---- time

make_table('hasty', where => 'id <= 100', options => { request_timeout => '700ms', max_attempts => 1 });
foreach my $patient ('one', 'other')
{
	$standin->reset;
	$standin->faults({ fault => 'hang', of_table('hasty') });
	delay(3000, of_table($patient));
	my ($sqlstate, $message) = error_of($node, "SET statement_timeout = '30s'; " . union('hasty', $patient));
	is($sqlstate, '08006', "a time-out while Append waits: $message");
	cmp_ok(requests(), '<=', 2, 'nothing was sent again');
}
$standin->reset;
my $cursor = Session->new($node);
$cursor->must('BEGIN; DECLARE c CURSOR FOR ' . union('words', 'hasty'));
delay(400, of_table('hasty'));
is($cursor->must('FETCH 1 FROM c') =~ tr/|//, 2, 'a cursor');
sleep 1.5;
is((() = $cursor->must('FETCH ALL FROM c') =~ /hasty/g), 100, 'that was idle longer than a request may take');
$cursor->must('COMMIT');

# ---- errors and cancels

foreach my $bad ('one', 'two', 'other')
{
	$standin->reset;
	$standin->faults({ fault => 'status', status => 422, of_table($bad), body => 'no such thing' });
	delay(100, of_table('many'));
	my @good = grep { $_ ne $bad } 'one', 'two', 'other';
	my ($sqlstate) = error_of($node, union(@good, $bad, 'many'));
	is($sqlstate, '22000', "a failure of $bad");
	ok(wait_until(sub { in_flight() == 0 }), 'ends the requests of all');
}
$standin->reset;

my $session = Session->new($node);
my $pid = $session->must('SELECT pg_backend_pid()');

sub waits
{
	return value("SELECT count(*) FROM pg_stat_activity WHERE pid = $pid AND wait_event = 'AppendReady'");
}

foreach ([ 'a cancel', sub { value("SELECT pg_cancel_backend($pid)") }, '57014' ],
	[ 'statement_timeout', undef, '57014' ],
	[ 'pg_terminate_backend', sub { value("SELECT pg_terminate_backend($pid)") }, '57P01' ])
{
	my ($what, $stop, $sqlstate) = @$_;
	$standin->reset;
	$standin->faults({ fault => 'hang', times => -1 });
	$session->must('SET statement_timeout = ' . ($stop ? 0 : 1500));
	$session->start(union('one', 'two', 'other'));
	ok(wait_until(sub { in_flight() == 3 && waits() }), "$what: all wait");
	$stop->() if $stop;
	is($session->finish->{sqlstate}, $sqlstate, 'ends the wait');
	ok(wait_until(sub { in_flight() == 0 }), 'and the requests');
}
$standin->reset;

# ---- stopped, and asked again

$session = Session->new($node);
is($session->must('SELECT count(*) FROM (SELECT * FROM (' . union('many', 'more') . ') u LIMIT 10) v'), '10', 'LIMIT');
cmp_ok(requests(), '<=', 2, 'each has sent its first rows at most');
$standin->reset;
$session->must('BEGIN; DECLARE c CURSOR FOR ' . union('one', 'words', 'other'));
my @rows = map { split /\n/, $session->must('FETCH 30 FROM c') } 1 .. 10;
my %seen = map { $_ => 1 } @rows;
is(scalar keys %seen, 300, 'ten FETCHes of 30 rows');
$session->must('SAVEPOINT s');
$session->must('FETCH 30 FROM c');
$session->must('ROLLBACK TO s');
push @rows, split /\n/, $session->must('FETCH ALL FROM c');
%seen = map { $_ => 1 } @rows;
is(scalar keys %seen, 2200 - 30, 'and the rest, after a savepoint was rolled back');
$session->must('CLOSE c; COMMIT');
$session->must('BEGIN; DECLARE c SCROLL CURSOR FOR ' . union('one', 'other'));
my @forward = sort split /\n/, $session->must('FETCH ALL FROM c');
my @backward = sort split /\n/, $session->must('FETCH BACKWARD ALL FROM c');
is_deeply(\@backward, \@forward, 'backwards');
is(scalar @forward, 200, 'all of them');
$session->must('COMMIT');

# an Append below a nested loop: conditions of the outer row are pushed into each scan
my $inner = 'SELECT x, u.* FROM (VALUES (3), (77), (3), (150)) v (x), LATERAL (SELECT * FROM ('
  . union('one', 'words', 'other') . ') u WHERE u.id = x OFFSET 0) u';
is(asyncs($inner), 3, 'an inner Append that is rescanned');
same_rows($inner, 'it');
$inner = 'SELECT x, u.* FROM (VALUES (3), (77), (3), (150)) v (x) LEFT JOIN LATERAL (SELECT * FROM ('
  . union('one', 'words', 'other') . ') u WHERE u.id > x ORDER BY id, name LIMIT 4) u ON true';
same_rows($inner, 'left half-way each time');
my ($left, $right) = (union('one', 'words'), union('two', 'other'));
same_rows("SELECT a.id, a.name, b.name AS other, a.prediction, b.prediction AS also
	FROM ($left) a JOIN ($right) b USING (id)", 'two Appends in one join');
my $loops = join '', map { "SET enable_$_ = off;" } qw(hashjoin mergejoin material memoize);
is(value("$loops SELECT count(*) FROM ($left) a, ($right) b WHERE a.id = b.id AND a.id <= 20 AND b.id <= 20
	AND a.prediction IS NOT NULL AND b.prediction IS NOT NULL"), '80', 'and in a nested loop');
$session->must("PREPARE p (int) AS SELECT count(*), count(prediction) FROM ($left) u WHERE id <= \$1");
foreach my $i (1 .. 8)
{
	is($session->must('EXECUTE p (' . 10 * $i . ')'), join('|', (20 * $i) x 2), "a prepared statement, execution $i");
}
is($session->must(q{
	DO $$
	DECLARE
		n int := 0;
		r record;
	BEGIN
		FOR r IN } . union('one', 'other') . q{ LOOP
			n := n + (SELECT count(prediction) FROM (} . union('two', 'empty') . q{) u WHERE id = r.id);
		END LOOP;
		PERFORM set_config('test.n', n::text, false);
	END $$;
	SELECT current_setting('test.n')}), '200', 'one inside of the other, in PL/pgSQL');

# ---- partitions

$node->safe_psql('postgres',
	'CREATE TABLE parted (id int, name text, prediction text) PARTITION BY LIST (name)');
$node->safe_psql(
	'postgres', qq{
	CREATE FOREIGN TABLE part_$_ PARTITION OF parted FOR VALUES IN ('part_$_') SERVER datarobot
		OPTIONS (deployment '$id{synthetic}',
			query 'SELECT id, a, ''part_$_'' AS name FROM public.source WHERE id % 4 = $_ AND id < 4000')})
  foreach 0 .. 3;
$node->safe_psql('postgres', q{CREATE TABLE part_plain PARTITION OF parted DEFAULT;
	INSERT INTO parted SELECT * FROM plain});
is(asyncs('SELECT * FROM parted'), 4, 'partitions');
same_rows('SELECT * FROM parted', 'partitions');
$standin->reset;
delay(200);
value('SELECT count(prediction) FROM parted');
cmp_ok(most_in_flight(), '>=', 4, 'side by side');
$standin->reset;
is(value(q{SELECT count(prediction) FROM parted WHERE name = 'part_2'}), '1000', 'one partition');
is(value(q{SET plan_cache_mode = force_generic_plan;
	PREPARE p (text) AS SELECT count(prediction) FROM parted WHERE name = $1;
	EXECUTE p ('part_3')}), '1000', 'one that is known when the statement runs');
is(value(q{SELECT count(prediction) FROM parted WHERE name = (SELECT 'part_1' OFFSET 0)}), '1000', 'or later');

# ---- time series: rows that are sent and rows that come back are not the same number

my $samples = "$FindBin::RealBin/../server/samples";
my $forecasts = "(n int, store text, prediction text, forecast_distance int)";
my $of_sales = "series_columns 'store', time_column 'n', key_columns 'n', query 'SELECT * FROM public.sales'";
$node->safe_psql('postgres', qq{
	CREATE TABLE sales (date text, store text, promotion text, sales text, n serial);
	COPY sales (date, store, promotion, sales) FROM '$samples/sales_several.csv' (FORMAT csv, HEADER);
	CREATE FOREIGN TABLE forecast_1 $forecasts SERVER datarobot
		OPTIONS (deployment '5f0000000000000000000022', $of_sales);
	CREATE FOREIGN TABLE forecast_2 $forecasts SERVER elsewhere
		OPTIONS (deployment '5f0000000000000000000022', chunk_rows '60', $of_sales);
	CREATE FOREIGN TABLE nothing $forecasts SERVER canned OPTIONS (deployment 'nothing', $of_sales)});
is(asyncs(union('forecast_1', 'forecast_2')), 2, 'forecasts');
same_rows(union('forecast_1', 'forecast_2'), 'forecasts');
foreach my $settings ($off, 'SET enable_async_append = on')
{
	is((error_of($node, "SET statement_timeout = '30s'; $settings; " . union('forecast_1', 'nothing')))[0],
		'08P01', "an answer without forecasts: $settings");
}

# ---- not all of many at a time

$node->safe_psql('postgres', 'CREATE TABLE crowd (id int, name text, prediction text) PARTITION BY LIST (name)');
$node->safe_psql(
	'postgres', join ';', map { qq{
	CREATE FOREIGN TABLE crowd_$_ PARTITION OF crowd FOR VALUES IN ('crowd_$_') SERVER datarobot
		OPTIONS (deployment '$id{synthetic}',
			query 'SELECT id, a, ''crowd_$_'' AS name FROM public.source WHERE id % 60 = $_ AND id <= 9000')}
	} 0 .. 49);
is(asyncs('SELECT * FROM crowd'), 50, 'fifty partitions');
$standin->reset;
delay(20);
# (from 16 on, count(DISTINCT) has its rows sorted before, and the scans would be of a Merge Append)
is(value('SELECT count(prediction), count(DISTINCT name), count(DISTINCT id) FROM (SELECT * FROM crowd OFFSET 0) c'),
	'7500|50|7500', 'all rows');
is(requests(), 100, 'two requests each');
cmp_ok(most_in_flight(), '>', 4, 'side by side');
cmp_ok(most_in_flight(), '<=', 16, 'but no more than sixteen scans');
$standin->reset;
# by 60, 9000 leaves 0, and from 8951 to 8989 it is 11 to 49
is(value('SELECT count(prediction) FROM crowd WHERE id > 8950'), '40', 'some of them empty');
is(requests(), 40, 'which send nothing');
$standin->reset;
is(value('SELECT count(*) FROM (SELECT * FROM crowd LIMIT 10) c'), '10', 'LIMIT');
cmp_ok(requests(), '<=', 16, 'those that run have sent their first rows');
same_rows('SELECT x, c.* FROM (VALUES (3), (7), (3), (4)) v (x), LATERAL
	(SELECT * FROM crowd WHERE id % 100 = x OFFSET 0) c', 'scanned again');
$standin->reset;
delay(20);
value('SELECT count(c.prediction) FROM (VALUES (3), (7)) v (x), LATERAL
	(SELECT * FROM crowd WHERE id % 100 > x OFFSET 0) c');
cmp_ok(most_in_flight(), '<=', 16, 'by no more than sixteen');
$standin->reset;

# ---- with a wrapper of another kind

SKIP:
{
	skip 'postgres_fdw is not there', 2 if !has_extension($node, 'postgres_fdw');
	my ($host, $port) = ($node->host, $node->port);
	$node->safe_psql('postgres', qq{
		CREATE EXTENSION postgres_fdw;
		CREATE SERVER loop FOREIGN DATA WRAPPER postgres_fdw
			OPTIONS (host '$host', port '$port', dbname 'postgres', async_capable 'true', fetch_size '7');
		CREATE USER MAPPING FOR PUBLIC SERVER loop;
		CREATE FOREIGN TABLE far (id int, name text, prediction text) SERVER loop OPTIONS (table_name 'plain');});
	is(asyncs(union('far', 'words', 'far', 'one')), 4, 'scans of postgres_fdw between ours');
	delay(30);
	same_rows(union(@$_), "@$_")
	  foreach ([ 'far', 'words', 'far', 'one' ], [ 'words', 'far' ], [ 'far', 'other', 'words' ]);
	$standin->reset;
}

# ---- batch jobs do not take part

connect_node($node, standin => $standin, name => 'service', server => { api_url => $standin->api_url });
make_table('jobs', server => 'service', where => 'id <= 50', options => { method => 'batch' });
make_table('maybe', server => 'service', where => 'id <= 50', options => { method => 'auto', batch_threshold => 10 });
is(asyncs(union('jobs', 'one')), 1, 'a scan by a batch job waits by itself');
is(asyncs(union('maybe', 'one')), 2, 'what it is may turn out when it begins');
same_rows(union('one', $_, 'words'), "one of them is \"$_\"") foreach 'jobs', 'maybe';
cmp_ok(scalar($standin->jobs), '>=', 2, 'by batch jobs');

# ---- what is left

$session = Session->new($node);
$pid = $session->must('SELECT pg_backend_pid()');
sub descriptors { return scalar grep { (readlink($_) // '') =~ /timerfd/ } glob("/proc/$pid/fd/*"); }
my $query = 'SELECT count(prediction) FROM (' . union('one', 'words', 'other') . ') u';
delay(50);
$session->must($query);
is(descriptors(), 2, 'a timer for each connection');
my $files = files_of($pid);
$session->must($query) foreach 1 .. 20;
cmp_ok(files_of($pid), '<=', $files + 2, 'no more files after twenty statements');
is(descriptors(), 2, 'nor timers');
$node->safe_psql('postgres', "ALTER SERVER elsewhere OPTIONS (ADD concurrency '3')");
$session->must($query);
is(descriptors(), 2, 'a connection that is closed takes its own with it');

done_testing();
