# Rows that the service or the target does not take: found at a bounded price, left out or written without a
# prediction, and kept in the ledger with the reason; and when a run has had enough of them.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use Into;
use JSON::PP ();
use ScoringTest;
use Session;
use Test::More;

my $standin = new_standin();
my $node = new_node('main', standin => $standin, init => [ extra => [ '--locale=C', '--encoding=UTF8' ] ]);
my $n = 1000;
my $chunk_rows = 100;

customers($node, $n);
$node->safe_psql('postgres', 'CREATE TABLE target (id int PRIMARY KEY, prediction float8, error text)');
my $session = Session->new($node);
my %spend = map { @$_ } rows_of($session, 'SELECT id, spend FROM customer');
my %usual = (query => 'TABLE customer', output => 'target', key_columns => ['id'],
	options => { chunk_rows => $chunk_rows });
my %call = (score_into => \&into, score_into_now => \&into_now);

sub requests { return $standin->counters($DEPLOYMENT{synthetic})->{requests}; }

sub log2
{
	my ($rows) = @_;
	my $bits = 0;
	$bits++ while 2**$bits < $rows;
	return $bits;
}

sub emptied
{
	$standin->reset;
	$session->must('TRUNCATE target');
	return;
}

# Make these rows bad: a request that contains one of them is refused.
sub spoil
{
	my ($ids, %fault) = @_;
	my %refused = (fault => 'status', status => 422, column => 'spend', times => -1);
	$standin->faults(map { { %refused, value => $spend{$_}, %fault } } @$ids);
	return;
}

sub except
{
	my (@ids) = @_;
	return 'SELECT id, prediction, NULL::text FROM expected WHERE NOT id = ANY (ARRAY[' . join(',', @ids) . ']::int[])';
}

sub rejected
{
	my ($run_id, $columns) = @_;
	return value($session, "SELECT $columns FROM datarobot.rejected_row WHERE run_id = $run_id ORDER BY row_number");
}

sub is_bounded
{
	my ($bad, $name) = @_;
	cmp_ok(requests(), '<=', $n / $chunk_rows + 2 * log2($chunk_rows) * $bad,
		"$name: at most 2 log2($chunk_rows) more requests for a row");
	return;
}

# ---- one bad row, several, many: by each status that is about rows

my %bad = (
	'one row' => [555],
	'the first row' => [1],
	'the last row' => [$n],
	'both ends of a chunk' => [ 201, 300 ],
	'neighbours' => [ 449, 450, 451, 452 ],
	'some in each chunk' => [ map { ($_ * 100 + 7, $_ * 100 + 77) } 0 .. 9 ],
	'a tenth of a chunk' => [ map { 600 + 10 * $_ } 1 .. 10 ]);
foreach my $what (sort keys %bad)
{
	foreach my $how (qw(reject null))
	{
		foreach my $function (sort keys %call)
		{
			my $name = "$what, $how by $function";
			my @ids = @{ $bad{$what} };
			emptied();
			spoil(\@ids, status => $how eq 'reject' ? 422 : 400);
			my $result = write_scores($session, $call{$function}->(%usual, on_error => $how));
			counts_are($result, [ $n, $how eq 'reject' ? $n - @ids : $n, scalar @ids ], $name);
			is_bounded(scalar @ids, $name);
			next if !$result->{run_id};
			same_rows($session, 'TABLE target', except(@ids), "$name: the others have their predictions")
			  if $how eq 'reject';
			same_rows($session, 'SELECT id, prediction, NULL::text FROM target WHERE error IS NULL', except(@ids),
				"$name: the others have their predictions")
			  if $how eq 'null';
			is(value($session, 'SELECT string_agg(id::text, \',\' ORDER BY id) FROM target
					WHERE prediction IS NULL AND error IS NOT NULL'),
				join(',', @ids), "$name: those are written without one, with the reason")
			  if $how eq 'null';
			is(value($session, "SELECT string_agg(key ->> 'id', ',' ORDER BY row_number) FROM datarobot.rejected_row
					WHERE run_id = $result->{run_id}"), join(',', @ids), "$name: those are in the ledger");
			is(value($session, "SELECT count(*) FROM datarobot.rejected_row
					WHERE run_id = $result->{run_id} AND row_number = (key ->> 'id')::bigint"),
				scalar @ids, "$name: with their numbers");
			slices_are_whole($session, $result->{run_id}, $name) if $function eq 'score_into';
		}
	}
}
foreach my $status (400, 413, 422, 480)
{
	emptied();
	spoil([555], status => $status, body => { message => "no, said $status" });
	my $result = write_scores($session, into(%usual, on_error => 'reject'));
	counts_are($result, [ $n, $n - 1, 1 ], "status $status");
	is(rejected($result->{run_id}, 'http_status'), $status, "status $status: in the ledger") if $result->{run_id};
	like(rejected($result->{run_id}, 'message'), qr/no, said $status|too large|413/,
		"status $status: with what the server said")
	  if $result->{run_id};
}
foreach my $status (401, 403, 404, 415, 500)
{
	emptied();
	spoil([555], status => $status);
	my $result = write_scores($session,
		into(%usual, on_error => 'reject', options => { chunk_rows => $chunk_rows, concurrency => 1 }));
	ok(defined $result->{sqlstate}, "status $status is no row's fault: the run ends");
	cmp_ok(requests(), '<=', 8, "status $status is no row's fault: nothing is taken apart");
	is(value($session,
			'SELECT count(*) FROM datarobot.rejected_row WHERE run_id = (SELECT max(run_id) FROM datarobot.run)'), 0,
		"status $status is no row's fault: no row is rejected");
}

# ---- on_error stop, given or not

foreach my $how (undef, 'stop')
{
	my $name = 'on_error ' . ($how // 'not given');
	emptied();
	spoil([555]);
	my $result = write_scores($session,
		into(%usual, on_error => $how, options => { chunk_rows => $chunk_rows, concurrency => 1 }));
	fails_with($result, '22000', qr/./, $name, text => qr/rows 501 to 600/);
	is(value($session, 'SELECT count(*) FROM target'), 500, "$name: the rows before it are written");
	is(value($session,
			'SELECT count(*) FROM datarobot.rejected_row WHERE run_id = (SELECT max(run_id) FROM datarobot.run)'), 0,
		"$name: no row is rejected");
	is(requests(), 6, "$name: nothing is taken apart");
}

# ---- what the ledger keeps

$session->must(q{
	CREATE TYPE mood AS ENUM ('low', 'high');
	CREATE TABLE odd AS SELECT g AS id, 'k ' || g AS part, g * 1000 AS marker,
		CASE g WHEN 5 THEN NULL ELSE g END AS missing, g % 2 = 0 AS flag, g / 4.0 AS share,
		(g / 4.0)::float8 AS real_share, 'x,"y"' || E'\n' || 'ä \ {}' AS text, '' AS empty,
		'2024-02-03 04:05:06Z'::timestamptz AS at, '2024-02-03'::date AS day, 'high'::mood AS mood,
		'{"a": [1, null]}'::jsonb AS doc, ARRAY[g, NULL] AS list,
		'NaN'::float8 AS nan FROM generate_series(1, 10) g;
	CREATE TABLE odd_target (id int, part text, prediction float8)});
foreach my $keep (undef, 'true', 'false')
{
	my $name = 'keep_features ' . ($keep // 'not given');
	emptied();
	$session->must('TRUNCATE odd_target');
	$standin->faults({ fault => 'status', status => 422, value => '5000', column => 'marker', times => -1,
			body => { message => 'marker is out of bounds' } });
	my $result = write_scores($session, into(query => 'TABLE odd', output => 'odd_target', key_columns => [qw(id part)],
			passthrough_columns => ['flag'], column_names_remapping => { flag => undef }, on_error => 'reject',
			keep_features => $keep));
	counts_are($result, [ 10, 9, 1 ], $name);
	next if !$result->{run_id};
	my ($row) = hashes_of($session, "SELECT *, rejected_at BETWEEN now() - interval '1 minute'
		AND clock_timestamp() AS recent FROM datarobot.rejected_row WHERE run_id = $result->{run_id}");
	is_deeply([ @$row{qw(row_number http_status sqlstate)} ], [ 5, 422, '22000' ], "$name: number, status, SQLSTATE");
	is_deeply($row->{key}, { id => 5, part => 'k 5' }, "$name: key");
	like($row->{message}, qr/marker is out of bounds/, "$name: message");
	ok($row->{recent}, "$name: time");
	my $slice = value($session, "SELECT count(*) FROM datarobot.run_slice s
		JOIN datarobot.rejected_row r USING (run_id, part, slice) WHERE run_id = $result->{run_id}");
	is($slice, 1, "$name: its slice is in the ledger");
	is(value($session, "SELECT features IS NULL FROM datarobot.rejected_row WHERE run_id = $result->{run_id}"),
		($keep // '') eq 'false' ? 't' : 'f', "$name: features or none");
	next if ($keep // '') eq 'false';
	my $sent = q{'{"at": "2024-02-03T04:05:06+00:00", "day": "2024-02-03", "doc": "{\"a\": [1, null]}",
		"nan": "NaN", "flag": false, "list": "{5,NULL}", "mood": "high", "empty": "", "share": 1.25, "marker": 5000,
		"missing": null, "real_share": 1.25}'};
	same_rows($session, "SELECT features - 'text' FROM datarobot.rejected_row WHERE run_id = $result->{run_id}",
		"SELECT $sent\::jsonb", "$name: features as they were sent, with the types of JSON");
	is(value($session, "SELECT features ->> 'text' = (SELECT text FROM odd WHERE id = 5) FROM datarobot.rejected_row
			WHERE run_id = $result->{run_id}"), 't', "$name: texts are whole");
}
{
	# neither token nor key, though the server repeats them
	my ($token, $key) = ($standin->token, $standin->key);
	emptied();
	spoil([555], body => { message => "who are you, $token of $key?" });
	my $result = write_scores($session, into(%usual, on_error => 'reject'));
	counts_are($result, [ $n, $n - 1, 1 ], 'a message with our secrets');
	is(value($session,
			"SELECT count(*) FROM datarobot.rejected_row r WHERE r::text LIKE '%$token%' OR r::text LIKE '%$key%'"), 0,
		'a message with our secrets: not in the rejected row');
	like(rejected($result->{run_id}, 'message'), qr/who are you/, 'a message with our secrets: the rest is')
	  if $result->{run_id};
	emptied();
	spoil([555], body => { message => "who are you, $token of $key?" });
	write_scores($session, into(%usual));
	is(value($session, "SELECT count(*) FROM datarobot.run r WHERE r::text LIKE '%$token%' OR r::text LIKE '%$key%'"),
		0, 'a message with our secrets: not in the run');
}

# ---- how many are too many

# What a limit does with these bad rows: the counts, or the run ends.
sub limited
{
	my ($name, $ids, $counts, %arg) = @_;
	emptied();
	spoil($ids);
	my $result = write_scores($session, into(%usual, on_error => 'reject', options => { chunk_rows => 20 }, %arg));
	if ($counts)
	{
		counts_are($result, $counts, $name);
		same_rows($session, 'TABLE target', except(@$ids), "$name: what is in it");
		return;
	}
	fails_with($result, '22000', qr/too many rows were rejected/, $name, detail => qr/\d/);
	is(value($session, 'SELECT state FROM datarobot.run ORDER BY run_id DESC LIMIT 1'), 'failed',
		"$name: the run failed");
	is(value($session, 'SELECT count(*) FROM target'),
		value($session, 'SELECT coalesce(sum(rows_written), 0) FROM datarobot.run_slice
			WHERE run_id = (SELECT max(run_id) FROM datarobot.run)'),
		"$name: what is written is in the ledger");
	return;
}

limited('reject_limit 3, as many', [ 10, 500, 990 ], [ $n, $n - 3, 3 ], reject_limit => \3);
limited('reject_limit 3, one more', [ 10, 500, 501, 990 ], undef, reject_limit => \3);
limited('reject_limit 0', [500], undef, reject_limit => \0);
limited("reject_limit '3'", [ 10, 500, 990 ], [ $n, $n - 3, 3 ], reject_limit => '3');
limited('reject_limit 1%, as many', [ map { 980 + 2 * $_ } 1 .. 10 ], [ $n, $n - 10, 10 ], reject_limit => '1%');
limited('reject_limit 1%, many more', [ map { 10 * $_ } 1 .. 100 ], undef, reject_limit => '1%');
limited('reject_limit replaces the default', [ map { 3 * $_ } 1 .. 120 ], [ $n, $n - 120, 120 ], reject_limit => \500);
{
	# by default a fifth of what was read; not at once, but well before the end
	my @some = grep { ($_ % 20) =~ /^(4|9|14)$/ } 1 .. $n;
	limited('default, 15 of 100', \@some, [ $n, $n - @some, scalar @some ]);
	my @third = grep { $_ % 3 == 0 } 1 .. $n;
	limited('default, 33 of 100', \@third, undef);
	cmp_ok(value($session, 'SELECT count(*) FROM target'), '<', $n * 2 / 3, 'default, 33 of 100: not to the end');
	limited('abort_on_error false, 33 of 100', \@third, [ $n, $n - @third, scalar @third ], abort_on_error => 'false');
	limited('abort_on_error true, 33 of 100', \@third, undef, abort_on_error => 'true');
}
{
	# nothing works: the end comes after the first hundred rows
	foreach my $how (qw(reject null))
	{
		emptied();
		my $result = write_scores($session,
			into(deployment => $DEPLOYMENT{regression}, query => 'SELECT id, spend FROM customer', output => 'target',
				key_columns => ['id'], on_error => $how, options => { chunk_rows => 500 }));
		is($result->{sqlstate}, '22000', "every row fails, $how: the run ends") or diag $result->{text};
		like($result->{text}, qr/coinsurance_log/, "every row fails, $how: and the error has the reason");
		my ($rejected) = ($result->{detail} // '') =~ /^(\d+) of /;
		cmp_ok($rejected // 9999, '<=', 120, "every row fails, $how: soon") or diag $result->{text};
		cmp_ok($standin->counters($DEPLOYMENT{regression})->{requests}, '<=', 2 * 120 + 20,
			"every row fails, $how: few requests");
	}
	emptied();
	spoil([ 1 .. 60 ]);
	counts_are(write_scores($session, into(%usual, query => 'SELECT * FROM customer WHERE id <= 60',
			on_error => 'reject', abort_on_error => 'false')), [ 60, 0, 60 ], 'every row fails, and that is wanted');
}

# ---- values and rows that the target does not take

{
	emptied();
	$session->must('CREATE TABLE strict (id int PRIMARY KEY, prediction float8 CHECK (prediction <> -7))');
	$standin->faults({ fault => 'text_score', text => 'n/a', value => $spend{555}, times => -1 });
	my $result = write_scores($session, into(%usual, on_error => 'reject'));
	counts_are($result, [ $n, $n - 1, 1 ], 'a prediction that is no number');
	is_deeply([ split /\|/, rejected($result->{run_id}, "key ->> 'id', sqlstate, http_status") ], [ 555, '22P02', 200 ],
		'a prediction that is no number: in the ledger')
	  if $result->{run_id};
	same_rows($session, 'TABLE target', except(555), 'a prediction that is no number: the others are written');
	emptied();
	$standin->faults({ fault => 'text_score', text => 'n/a', value => $spend{555}, times => -1 });
	counts_are(write_scores($session, into(%usual, on_error => 'null')), [ $n, $n, 1 ],
		'a prediction that is no number, null');
	is(value($session, 'SELECT prediction IS NULL, error IS NOT NULL FROM target WHERE id = 555'), 't|t',
		'a prediction that is no number, null: what is in it');

	$standin->reset;
	$standin->faults({ fault => 'text_score', text => '-7', value => $spend{555}, times => -1 });
	$result = write_scores($session, into(%usual, output => 'strict', on_error => 'reject'));
	counts_are($result, [ $n, $n - 1, 1 ], 'a prediction that a constraint refuses');
	is(rejected($result->{run_id}, "key ->> 'id', sqlstate"), '555|23514',
		'a prediction that a constraint refuses: in the ledger')
	  if $result->{run_id};

	$standin->reset;
	emptied();
	$standin->faults({ fault => 'nan', value => $spend{555}, times => -1 });
	$result = write_scores($session, into(%usual, on_error => 'reject'));
	counts_are($result, [ $n, $n - 1, 1 ], 'a prediction that is NaN');
	is(rejected($result->{run_id}, "key ->> 'id', sqlstate"), '555|22003', 'a prediction that is NaN: in the ledger')
	  if $result->{run_id};
}
{
	# a row too large for a request
	$session->must(q{CREATE TABLE large AS SELECT g AS id, repeat('x', CASE WHEN g = 7 THEN 3000 ELSE 10 END) AS text
		FROM generate_series(1, 20) g;
		TRUNCATE target});
	foreach my $how (qw(reject null))
	{
		$standin->reset;
		$session->must('TRUNCATE target');
		my $result = write_scores($session, into(query => 'TABLE large', output => 'target', key_columns => ['id'],
				on_error => $how, options => { chunk_size => 1024 }));
		counts_are($result, [ 20, $how eq 'null' ? 20 : 19, 1 ], "a row too large, $how");
		is(rejected($result->{run_id}, "key ->> 'id', sqlstate, http_status IS NULL"), '7|54000|t',
			"a row too large, $how: in the ledger")
		  if $result->{run_id};
		is(value($session, 'SELECT count(*) FROM target WHERE id <> 7 AND prediction IS NOT NULL'), 19,
			"a row too large, $how: the others are written");
	}
}

my %constraint = (
	'CHECK' => [ '23514',
		'CREATE TABLE strict (id int PRIMARY KEY CHECK (id NOT IN (7, 500, 501)), prediction float8)' ],
	'NOT NULL' => [ '23502', 'CREATE TABLE strict (id int PRIMARY KEY, prediction float8, note text NOT NULL);
		CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
			NEW.note := CASE WHEN NEW.id NOT IN (7, 500, 501) THEN \'x\' END; RETURN NEW; END $$;
		CREATE TRIGGER note BEFORE INSERT ON strict FOR EACH ROW EXECUTE FUNCTION note()' ],
	'a foreign key' => [ '23503', 'CREATE TABLE parent AS SELECT id FROM customer WHERE id NOT IN (7, 500, 501);
		ALTER TABLE parent ADD PRIMARY KEY (id);
		CREATE TABLE strict (id int PRIMARY KEY REFERENCES parent, prediction float8)' ],
	'a key that exists' => [ '23505', 'CREATE TABLE strict (id int PRIMARY KEY, prediction float8);
		INSERT INTO strict VALUES (7, -1), (500, -1), (501, -1)' ],
	'an exclusion constraint' => [ '23P01',
		'CREATE TABLE strict (id int, prediction float8, EXCLUDE USING btree (id WITH =));
			INSERT INTO strict VALUES (7, -1), (500, -1), (501, -1)' ],
	'a domain' => [ '23514', 'CREATE DOMAIN narrow AS int CHECK (VALUE NOT IN (7, 500, 501));
		CREATE TABLE strict (id narrow PRIMARY KEY, prediction float8)' ],
	'no partition' => [ '23514', 'CREATE TABLE strict (id int PRIMARY KEY, prediction float8) PARTITION BY RANGE (id);
		CREATE TABLE s1 PARTITION OF strict FOR VALUES FROM (1) TO (7);
		CREATE TABLE s2 PARTITION OF strict FOR VALUES FROM (8) TO (500);
		CREATE TABLE s3 PARTITION OF strict FOR VALUES FROM (502) TO (2000)' ],
	'a view with CHECK OPTION' => [ '44000', 'CREATE TABLE base (id int PRIMARY KEY, prediction float8);
		CREATE VIEW strict AS SELECT * FROM base WHERE id NOT IN (7, 500, 501) WITH CHECK OPTION' ],
	'a trigger that raises' => [ 'P0001', 'CREATE TABLE strict (id int PRIMARY KEY, prediction float8);
		CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
			IF NEW.id IN (7, 500, 501) THEN RAISE \'not this one\'; END IF; RETURN NEW; END $$;
		CREATE TRIGGER note BEFORE INSERT ON strict FOR EACH ROW EXECUTE FUNCTION note()' ],
	'a number out of range' => [ '22003', 'CREATE TABLE strict (id int PRIMARY KEY, prediction float8, small smallint);
		CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
			NEW.small := CASE WHEN NEW.id IN (7, 500, 501) THEN 100000 ELSE 1 END; RETURN NEW; END $$;
		CREATE TRIGGER note BEFORE INSERT ON strict FOR EACH ROW EXECUTE FUNCTION note()' ]);
foreach my $what (sort keys %constraint)
{
	my ($sqlstate, $setup) = @{ $constraint{$what} };
	foreach my $how (qw(reject null))
	{
		foreach my $function (sort keys %call)
		{
			my $name = "$what, $how by $function";
			$standin->reset;
			$session->must("DROP SCHEMA IF EXISTS cell CASCADE; CREATE SCHEMA cell; SET search_path = cell, public;
				$setup");
			my $result = write_scores($session,
				$call{$function}->(%usual, query => 'TABLE public.customer', output => 'strict', on_error => $how));
			counts_are($result, [ $n, $n - 3, 3 ], $name);
			same_rows($session, 'SELECT id::int, prediction FROM strict WHERE id NOT IN (7, 500, 501)',
				'SELECT id, prediction FROM expected WHERE id NOT IN (7, 500, 501)', "$name: the others are written");
			is(value($session, "SELECT string_agg(concat_ws(' ', key ->> 'id', row_number, sqlstate, http_status), ','
					ORDER BY row_number) FROM datarobot.rejected_row WHERE run_id = $result->{run_id}"),
				"7 7 $sqlstate,500 500 $sqlstate,501 501 $sqlstate", "$name: in the ledger")
			  if $result->{run_id};
			is(requests(), $n / $chunk_rows, "$name: nothing is sent again");
		}
	}
}
$session->must('RESET search_path');

# what is not about a row ends the run, whatever on_error says
{
	my %not_a_row = (
		'42501' => 'CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
			RAISE insufficient_privilege; END $$',
		'0A000' => 'CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
			RAISE feature_not_supported; END $$',
		'55P03' => 'CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
			RAISE lock_not_available; END $$');
	foreach my $sqlstate (sort keys %not_a_row)
	{
		$standin->reset;
		$session->must("DROP SCHEMA IF EXISTS cell CASCADE; CREATE SCHEMA cell; SET search_path = cell, public;
			CREATE TABLE strict (id int, prediction float8);
			$not_a_row{$sqlstate};
			CREATE TRIGGER note BEFORE INSERT ON strict FOR EACH ROW WHEN (NEW.id = 500) EXECUTE FUNCTION note()");
		is(write_scores($session, into(%usual, query => 'TABLE public.customer', output => 'strict',
				on_error => 'reject'))->{sqlstate}, $sqlstate, "$sqlstate at the write ends the run");
	}
	# a deferred constraint is looked at when nothing can be taken apart any more
	$session->must('DROP SCHEMA IF EXISTS cell CASCADE; CREATE SCHEMA cell;
		CREATE TABLE parent AS SELECT id FROM customer WHERE id <> 500;
		ALTER TABLE parent ADD PRIMARY KEY (id);
		CREATE TABLE strict (id int PRIMARY KEY REFERENCES parent DEFERRABLE INITIALLY DEFERRED, prediction float8)');
	my $result = write_scores($session,
		into(%usual, query => 'TABLE public.customer', output => 'strict', on_error => 'reject', commit_rows => 100));
	if (defined $result->{sqlstate})
	{
		is($result->{sqlstate}, '23503', 'a deferred constraint: the run ends');
		is(value($session, 'SELECT state FROM datarobot.run ORDER BY run_id DESC LIMIT 1'), 'failed',
			'a deferred constraint: and failed');
	}
	else
	{
		counts_are($result, [ $n, $n - 1, 1 ], 'a deferred constraint: found row by row');
		same_rows($session, 'TABLE strict', 'SELECT * FROM expected WHERE id <> 500',
			'a deferred constraint: what is in it');
	}
	$session->must('RESET search_path');
}

# ---- update and upsert, a created table, and a resumed run

foreach my $type (qw(update upsert))
{
	emptied();
	$session->must("INSERT INTO target SELECT id, -1, 'before' FROM customer");
	spoil([ 100, 200 ]);
	counts_are(write_scores($session, into(%usual, statement_type => $type, on_error => 'reject')), [ $n, $n - 2, 2 ],
		"$type, reject");
	is(value($session,
			"SELECT string_agg(id::text, ',' ORDER BY id) FROM target WHERE prediction = -1 AND error = 'before'"),
		'100,200', "$type, reject: rejected rows are as they were");
	emptied();
	$session->must("INSERT INTO target SELECT id, -1, 'before' FROM customer");
	spoil([ 100, 200 ]);
	counts_are(write_scores($session, into(%usual, statement_type => $type, on_error => 'null')), [ $n, $n, 2 ],
		"$type, null");
	is(value($session,
			"SELECT string_agg(id::text, ',' ORDER BY id) FROM target WHERE prediction IS NULL AND error <> 'before'"),
		'100,200', "$type, null: rejected rows have lost their old prediction");
}
{
	emptied();
	$session->must('DROP TABLE IF EXISTS made');
	spoil([ 1, 2 ]);
	counts_are(write_scores($session, into(%usual, output => 'made', statement_type => 'create_table',
			on_error => 'reject')), [ $n, $n - 2, 2 ], 'create_table, reject');
	same_rows($session, 'SELECT id, prediction::float8, NULL::text FROM made', except(1, 2),
		'create_table, reject: what is in it');

	# counts continue over a resume
	emptied();
	spoil([ 100, 700 ]);
	$standin->faults({ fault => 'status', status => 500, value => $spend{555}, column => 'spend', times => 3 });
	my $result = write_scores($session,
		into(%usual, on_error => 'reject', options => { chunk_rows => $chunk_rows, concurrency => 1 }));
	is($result->{sqlstate}, '58000', 'a run with a rejected row breaks off');
	my $run_id = last_run($session);
	is(value($session, "SELECT count(*) FROM datarobot.rejected_row WHERE run_id = $run_id"), 1,
		'a run with a rejected row breaks off: the row is kept');
	counts_are(write_scores($session, "CALL datarobot.resume($run_id)"), [ $n, $n - 2, 2 ], 'resumed: all counts');
	is(value($session, "SELECT string_agg(row_number::text, ',' ORDER BY row_number) FROM datarobot.rejected_row
			WHERE run_id = $run_id"), '100,700', 'resumed: rows are numbered through');
	same_rows($session, 'TABLE target', except(100, 700), 'resumed: what is in it');
	slices_are_whole($session, $run_id, 'resumed');
}
{
	# slices of an exact number of rows count the rejected ones, too
	emptied();
	spoil([ 5, 10, 11, 20 ]);
	my $result = write_scores($session, into(%usual, query => 'SELECT * FROM customer WHERE id <= 40',
			on_error => 'reject', commit_rows => 10, options => { chunk_rows => 4 }));
	counts_are($result, [ 40, 36, 4 ], 'commit_rows with rejected rows');
	my @slices = slices_of($session, $result->{run_id});
	is_deeply([ map { "$_->{first_key}[0]-$_->{last_key}[0] $_->{rows_read} $_->{rows_rejected}" } @slices ],
		[ '1-10 10 2', '11-20 10 2', '21-30 10 0', '31-40 10 0' ], 'commit_rows with rejected rows: its slices');
	is(value($session, "SELECT string_agg(slice || ':' || row_number, ',' ORDER BY row_number)
			FROM datarobot.rejected_row WHERE run_id = $result->{run_id}"),
		join(',', map { my ($number, $slice) = @$_; "$slices[$slice]{slice}:$number" }
			  [ 5, 0 ], [ 10, 0 ], [ 11, 1 ], [ 20, 1 ]),
		'commit_rows with rejected rows: each in its slice')
	  if $result->{run_id};
}

$session->close;
$node->stop;
done_testing();
