# Every fault of the stand-in's list, by two functions and a scored table: the call is retried and its rows are exactly
# right, or it ends in one clear error that names the rows; the next call of the same session works.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use File::Temp qw(tempdir);
use IO::Select;
use IO::Socket::INET;
use JSON::PP ();
use POSIX qw(strftime);
use ScoringTest;
use Session;
use Test::More;
use TinyServer;
use Time::HiRes qw(sleep time);

my $standin = new_standin();
my $node = new_node('main', standin => $standin, conf => "max_connections = 20\n");
$node->safe_psql('postgres', q{
	CREATE TABLE customer AS
		SELECT g AS id, (g * 7919 % 1000) / 10.0 AS spend, 'plan ' || g % 7 AS plan FROM generate_series(1, 500) g;
	CREATE TYPE scored AS (id int, row_number bigint, prediction float8);
	CREATE TYPE scored_visits AS (id int, prediction float8);
	CREATE FOREIGN TABLE scored_customer () SERVER datarobot OPTIONS (query 'SELECT 1');
	CREATE TABLE visit AS
		SELECT g AS id, g % 5 AS coinsurance_log, g % 3 AS incentive_log, g % 11 / 2.0 AS max_expense_log,
			g % 7 AS physical_limit, g % 50 AS chronic_diseases, 'no' AS deductible_plan, 'good' AS health
		FROM generate_series(1, 500) g;});

my $synthetic = $DEPLOYMENT{synthetic};
my $session = Session->new($node);

# The same 500 rows in five chunks by each function; one line per row.
my %call = (
	score_as => sub {
		my ($options, $deployment) = @_;
		$deployment //= $synthetic;
		return "SELECT id, row_number, prediction FROM datarobot.score_as(NULL::scored, '$deployment',
			'SELECT id, spend, plan FROM customer ORDER BY id', key_columns => '{id}', options => '$options')";
	},
	predict => sub {
		my ($options, $deployment) = @_;
		$deployment //= $synthetic;
		$options =~ s/^\{/{"key_columns": ["id"], /;
		return "SELECT id, id, datarobot.predict(f, '$deployment', '$options') OVER ()
			FROM (SELECT id, spend, plan FROM customer ORDER BY id) f";
	},
	scored => sub {
		my ($options, $deployment) = @_;
		my %option = %{ JSON::PP::decode_json($options) };
		my $server = delete $option{server} // 'datarobot';
		$_ = ref $_ ? $_ ? 'true' : 'false' : $_ foreach values %option;
		return 'DROP FOREIGN TABLE scored_customer;
			CREATE FOREIGN TABLE scored_customer (id int, row_number bigint, prediction float8) SERVER ' . $server . ' '
		  . options_sql(%option, deployment => $deployment // $synthetic, key_columns => 'id',
			query => 'SELECT id, spend, plan FROM customer ORDER BY id') . ';
			SELECT id, row_number, prediction FROM scored_customer';
	});

# The same for the first chunk alone, so that no other chunk is sent while this one waits to be sent again.
sub one_chunk
{
	my ($sql) = @_;
	$sql =~ s/FROM customer/FROM customer WHERE id <= 100/;
	return $sql;
}

# Options as JSON: one request at a time, so that "the third request" is the third chunk.
sub options
{
	my (%opt) = @_;
	return to_json({ chunk_rows => 100, concurrency => 1, %opt });
}

sub statuses { return $standin->counters($synthetic)->{statuses}; }
sub requests { return $standin->counters($synthetic)->{requests}; }

# What an unfaulted call answers; the reset forgets faults that were not used up.
my %right;
$right{score_as} = $session->must($call{score_as}->(options()));
is(scalar(split /\n/, $right{score_as}), 500, 'an unfaulted call answers every row');
foreach my $function ('predict', 'scored')
{
	$right{$function} = $session->must($call{$function}->(options()));
	is($right{$function}, $right{score_as}, "$function gives the same predictions");
}
$standin->reset;

# Compare rows, and show the first that differs instead of all.
sub same_rows
{
	my ($result, $right, $name) = @_;
	return pass($name) if $result->{out} eq $right;
	my (@got, @expected) = ();
	@got = split /\n/, $result->{out};
	@expected = split /\n/, $right;
	my $i = 0;
	$i++ while $i < @got && $i < @expected && $got[$i] eq $expected[$i];
	fail($name);
	diag sprintf('%d rows instead of %d, row %d: %s instead of %s', scalar @got, scalar @expected, $i + 1,
		$got[$i] // 'none', $expected[$i] // 'none');
	diag $result->{text};
	return;
}

# The session works, and its connection brings the answers of its own requests.
sub works_again
{
	my ($name) = @_;
	$standin->reset;
	my $again = $session->run($call{score_as}->(options()));
	same_rows($again, $right{score_as}, "$name: the next call of the session works");
	$standin->reset;
	return;
}

# A fault that a retry mends: exactly the right rows, and as many requests as there have to be.
sub is_mended
{
	my ($name, $extra, $faults, %opt) = @_;
	foreach my $function (sort keys %call)
	{
		$standin->faults(@$faults);
		my $result = $session->run($call{$function}->(options(%opt)));
		same_rows($result, $right{$function}, "$name by $function: the rows are right");
		is(requests(), 5 + $extra, "$name by $function: requests");
		$standin->reset;
	}
	return;
}

# These faults show when the answer is read; the next request may have been sent by then.
my %read_later = map { $_ => 1 }
  qw(truncate short_length missing_rows extra_rows html html_as_csv json empty wrong_header invalid_utf8 nul);

# A fault of the third chunk that ends the call: one error, after so many attempts.
sub is_refused
{
	my ($name, $sqlstate, $pattern, $fault, %opt) = @_;
	my $attempts = delete $opt{attempts} // 1;
	my $requests = $read_later{ $fault->{fault} } ? qr/[34]/ : $attempts == 1 ? 3 : qr/[5-7]/;
	# while the third chunk waits to be sent again, the fourth has its turn
	my $rows = delete $opt{rows} // ($attempts == 1 ? 'rows 201 to 300' : 'rows (?:201 to 300|301 to 400)');
	foreach my $function (sort keys %call)
	{
		$standin->faults({ skip => 2, times => -1, %$fault });
		my $result = $session->run($call{$function}->(options(%opt)));
		is($result->{sqlstate}, $sqlstate, "$name by $function: SQLSTATE") or diag $result->{text};
		like($result->{message} // '', $pattern, "$name by $function: message");
		like($result->{text}, qr/\b$rows\b/, "$name by $function: the rows are named");
		is(() = $result->{text} =~ /^(ERROR|WARNING|FATAL|NOTICE):/mg, 1, "$name by $function: one message");
		ok($result->{out} eq '', "$name by score_as: no row comes out") if $function eq 'score_as';
		like(requests(), qr/^$requests$/, "$name by $function: requests");
		like($result->{detail}, qr/Given up after $attempts attempts/, "$name by $function: said so") if $attempts > 1;
		works_again("$name by $function");
	}
	return;
}

# ---- mended by sending again

is_mended("status $_, twice", 2, [ { fault => 'status', status => $_, skip => 2, times => 2 } ])
  foreach 408, 429, 500, 502, 503, 504, 507, 570;
is_mended('connection closed before an answer', 1, [ { fault => 'close', skip => 2 } ]);
is_mended('connection reset before an answer', 1, [ { fault => 'reset', skip => 2 } ]);
is_mended('an answer cut in its middle', 1, [ { fault => 'reset_mid', skip => 2 } ]);
is_mended('an answer shorter than its Content-Length, twice', 2,
	[ { fault => 'wrong_length', skip => 2, times => 2 } ]);
is_mended('a status 500 after some of 503', 4, [ { fault => 'status', status => 503, times => 3 },
		{ fault => 'status', status => 500 } ], retry_budget => '10min');
is_mended('connection closed before the first answer', 1, [ { fault => 'close' } ]);
is_mended('idle connection closed by the server', 0, [ { fault => 'close_idle', times => 4 } ]);
is_mended('late answer', 0, [ { fault => 'delay', ms => 100, times => 2 } ]);
is_mended('dripping answer', 0, [ { fault => 'drip', bytes => 64, ms => 1 } ]);
is_mended('several faults one after the other', 4,
	[
		{ fault => 'status', status => 503 }, { fault => 'close' },
		{ fault => 'status', status => 429 }, { fault => 'reset' } ]);

# Several requests in flight, and every second one fails: none is lost, doubled or in the wrong place.
foreach my $fault ({ fault => 'status', status => 503 }, { fault => 'status', status => 429, retry_after => 1 },
	{ fault => 'reset' }, { fault => 'delay', ms => 60 })
{
	my $name = "every second request in a stream of four: $fault->{fault} " . ($fault->{status} // '');
	foreach my $function (sort keys %call)
	{
		$standin->faults({ %$fault, every => 2, times => $fault->{retry_after} ? 2 : 6 });
		my $result = $session->run($call{$function}->(options(chunk_rows => 25, concurrency => 4)));
		same_rows($result, $right{$function}, "$name by $function");
		my $counters = $standin->counters($synthetic);
		cmp_ok($counters->{max_in_flight}, '<=', 4, "$name by $function: in flight");
		is($counters->{rows}, 500, "$name by $function: every row was answered once");
		$standin->reset;
	}
}

# ---- Retry-After

foreach my $function (sort keys %call)
{
	$standin->faults({ fault => 'status', status => 429, retry_after => 2 });
	my $result = $session->run($call{$function}->(options()));
	same_rows($result, $right{$function}, "Retry-After in seconds by $function: the rows are right");
	cmp_ok($result->{ms}, '>=', 2000, "Retry-After in seconds by $function: not sent earlier");
	$standin->reset;
}
{
	# an HTTP date has whole seconds: three ahead are at least two
	my $date = strftime('%a, %d %b %Y %H:%M:%S GMT', gmtime(time + 3));
	$standin->faults({ fault => 'status', status => 503, retry_after => $date });
	my $result = $session->run($call{score_as}->(options()));
	same_rows($result, $right{score_as}, 'Retry-After as a date: the rows are right');
	cmp_ok($result->{ms}, '>=', 1900, 'Retry-After as a date: not sent earlier');
	$standin->reset;

	# one server asked for patience: the others of the call wait too
	# (the throttled chunk is the first, and the three that were in flight with it may end)
	$standin->faults({ fault => 'status', status => 429, retry_after => 4 });
	$session->start($call{score_as}->(options(concurrency => 4, chunk_rows => 20)));
	my $calm = sub {
		my $seen = $standin->counters($synthetic);
		return 0 unless $seen->{statuses}{429} && $seen->{in_flight} == 0;
		sleep 0.4;    # what was begun before that was known
		return requests() == $seen->{requests};
	};
	ok(wait_until($calm), 'Retry-After with four in flight: those under way have ended');
	my $sent = requests();
	cmp_ok($sent, '<', 25, 'Retry-After with four in flight: others are still to be sent');
	sleep 1;
	is(requests(), $sent, 'Retry-After with four in flight: none of them is sent meanwhile');
	$result = $session->finish;
	same_rows($result, $right{score_as}, 'Retry-After with four in flight: the rows are right');
	cmp_ok($result->{ms}, '>=', 4000, 'Retry-After with four in flight: not sent earlier');
	$standin->reset;

	$standin->faults({ fault => 'status', status => 429, retry_after => 'soon, perhaps', times => 1 });
	$result = $session->run($call{score_as}->(options()));
	same_rows($result, $right{score_as}, 'Retry-After that is neither: taken as not given');
	$standin->reset;
}

# ---- budget and attempts

foreach my $function (sort keys %call)
{
	my $forever = { fault => 'status', status => 503, times => -1 };
	$standin->faults($forever);
	my $result = $session->run($call{$function}->(options(max_attempts => 3)));
	is($result->{sqlstate}, '58000', "max_attempts by $function: SQLSTATE");
	like($result->{detail}, qr/rows 1 to 100\b.*Given up after 3 attempts/, "max_attempts by $function: said so");
	is(requests(), 3, "max_attempts by $function: requests");
	works_again("max_attempts by $function");

	$standin->faults($forever);
	$result = $session->run($call{$function}->(options(max_attempts => 1)));
	is($result->{sqlstate}, '58000', "one attempt by $function: SQLSTATE");
	is(requests(), 1, "one attempt by $function: requests");
	$standin->reset;

	$standin->faults($forever);
	$result = $session->run($call{$function}->(options(max_attempts => 100, retry_budget => '600ms')));
	is($result->{sqlstate}, '58000', "retry_budget by $function: SQLSTATE");
	like($result->{detail}, qr/retry_budget/, "retry_budget by $function: named");
	cmp_ok(requests(), '>=', 2, "retry_budget by $function: tried again");
	cmp_ok(requests(), '<', 12, "retry_budget by $function: with growing pauses");
	works_again("retry_budget by $function");

	$standin->faults($forever);
	$result = $session->run($call{$function}->(options(retry_budget => 0)));
	is($result->{sqlstate}, '58000', "no retry_budget by $function: SQLSTATE");
	is(requests(), 1, "no retry_budget by $function: requests");
	$standin->reset;

	# a server that asks for more patience than there is
	$standin->faults({ fault => 'status', status => 429, retry_after => 3600, times => -1 });
	$result = $session->run($call{$function}->(options(retry_budget => '5s')));
	is($result->{sqlstate}, '53400', "Retry-After beyond the budget by $function: SQLSTATE");
	like($result->{text}, qr/429/, "Retry-After beyond the budget by $function: status");
	is(requests(), 1, "Retry-After beyond the budget by $function: given up at once");
	works_again("Retry-After beyond the budget by $function");

	$standin->faults({ fault => 'reset', times => -1 });
	$result = $session->run(one_chunk($call{$function}->(options(max_attempts => 3))));
	is($result->{sqlstate}, '08006', "reset for ever by $function: SQLSTATE");
	like($result->{text}, qr/rows 1 to 100\b.*Given up after 3 attempts/,
		"reset for ever by $function: rows and attempts");
	is(requests(), 3, "reset for ever by $function: requests, though the connection was a kept one");
	works_again("reset for ever by $function");
}

# ---- refused statuses

my %status = (
	400 => '22000', 401 => '28000', 403 => '28000', 404 => '42704', 415 => '22000', 422 => '22000', 480 => '22000',
	500 => '58000', 501 => '58000');
is_refused("status $_", $status{$_}, qr/HTTP status $_/, { fault => 'status', status => 0 + $_ },
	attempts => $_ < 500 ? 1 : 3)
  foreach sort keys %status;
is_refused('a message of the server', '22000', qr/HTTP status 422: Feature 'tenure' is missing$/,
	{ fault => 'status', status => 422, body => { message => "Feature 'tenure' is missing" } });
is_refused('a page of a gateway', '58000', qr/HTTP status 500: \S.{0,600}$/,
	{ fault => 'status', status => 500, content_type => 'text/html', body => '<html><h1>Oops</h1>' . "\n x" x 90000 },
	attempts => 3);
is_refused('an error text that is no UTF-8 or has control characters', '22000', qr/HTTP status 400: [^\x00-\x1f]*$/,
	{ fault => 'status', status => 400, content_type => 'text/plain', body => "bad\x{1} \x{7f} value\r\n\tthere" });

# ---- 413

foreach my $function (sort keys %call)
{
	foreach my $times (1, 3)
	{
		$standin->faults({ fault => 'status', status => 413, skip => 1, times => $times });
		my $result = $session->run($call{$function}->(options()));
		same_rows($result, $right{$function}, "413, $times times, by $function: all rows in order");
		is(statuses()->{413}, $times, "413, $times times, by $function: halved only as often as asked");
		is($standin->counters($synthetic)->{rows}, 500, "413, $times times, by $function: every row was answered once");
		$standin->reset;
	}
	$standin->faults({ fault => 'status', status => 413, every => 3, times => 4 });
	my $result = $session->run($call{$function}->(options(concurrency => 4, compression => 'gzip')));
	same_rows($result, $right{$function}, "413 with four in flight and gzip by $function: all rows in order");
	works_again("413 by $function");

	$standin->faults({ fault => 'status', status => 413, skip => 2, times => -1 });
	$result = $session->run($call{$function}->(options()));
	is($result->{sqlstate}, '54000', "413 for every size by $function: SQLSTATE");
	like($result->{text}, qr/\brow 201\b/, "413 for every size by $function: the row is named");
	like($result->{message}, qr/HTTP status 413/, "413 for every size by $function: message");
	like(statuses()->{413}, qr/^[78]$/, "413 for every size by $function: halved from 100 rows to one");
	works_again("413 for every size by $function");
}

# ---- 413 said before the body was read, by a server that then closes: the closing may overtake the answer.

{
	my $limit = 300000;
	my $refuse = sub {
		my ($client, $request) = @_;
		my $head = '';
		until ($head =~ /\r\n\r\n/)
		{
			sysread($client, $head, 4096, length $head) or return;
		}
		my ($before, $rest) = split /\r\n\r\n/, $head, 2;
		my ($length) = $before =~ /^Content-Length: (\d+)/mi;
		if ($length > $limit)
		{
			print $client "HTTP/1.1 413 Too Large\r\nContent-Type: application/json\r\nConnection: close\r\n"
			  . "Content-Length: 24\r\n\r\n{\"message\": \"too large\"}";
			return;
		}
		while (length $rest < $length)
		{
			sysread($client, $rest, 65536, length $rest) or return;
		}
		my $body = "y_PREDICTION\n" . "0.5\n" x (($rest =~ tr/\n//) - 1);
		print $client "HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\nContent-Length: " . length($body) . "\r\n\r\n$body";
	};
	my $tiny = TinyServer->scripted($refuse);
	connect_node($node, standin => $standin, name => 'early',
		server => { prediction_url => 'http://127.0.0.1:' . $tiny->port });
	my $call = "SELECT count(*), min(prediction) FROM datarobot.score_as(NULL::scored, '$synthetic',
		'SELECT g AS id, repeat(md5(g::text), 1000) AS story FROM generate_series(1, 100) g', '{id}',
		options => '{\"server\": \"early\", \"chunk_size\": \"20MB\", \"chunk_rows\": 100%s}')";
	foreach my $try (1 .. 5)
	{
		my $result = $session->run(sprintf $call, '');
		is($result->{out}, '100|0.5', "413 before the body was read, try $try: halved") or diag $result->{text};
	}

	# the same by the stand-in, also over TLS, where the answer must be decrypted before the end of the connection
	# counts
	connect_node($node, standin => $standin, name => 'early_tls', tls => 1);
	foreach my $server ('datarobot', 'early_tls')
	{
		my ($halved, $refused, %seen) = (0, 0);
		foreach my $try (1 .. 20)
		{
			$standin->reset;
			$standin->faults({ fault => 'early', bytes => $limit, times => -1 });
			my $sql = $call =~ s/"early"/"$server"/r =~ s/%s//r;
			my $result =
			  Session->new($node)->run($sql =~ s/min\(prediction\)/count(DISTINCT prediction) > 90/r);
			$halved++ if $result->{out} eq '100|t';
			$seen{ $result->{message} // '' }++;
			my $counters = $standin->counters($synthetic);
			$refused++ if $counters->{statuses}{413} >= 15 && $counters->{rows} == 100;
		}
		is($halved, 20, "413 before the body was read, by $server: halved each time") or diag to_json(\%seen);
		is($refused, 20,
			"413 before the body was read, by $server: every size was refused, and each row answered once");
	}
	$standin->reset;

	# connections that are reset without an answer: smaller bodies are tried, and the hint says so when that fails
	my $mute = TinyServer->scripted(sub { my ($client) = @_; sysread($client, my $head, 1000); return; });
	$session->must("ALTER SERVER early OPTIONS (SET prediction_url 'http://127.0.0.1:" . $mute->port . "')");
	my $result = $session->run(sprintf $call, ', "max_attempts": 2');
	is($result->{sqlstate}, '08006', 'reset while sending: SQLSTATE') or diag $result->{text};
	like($result->{hint} // '', qr/takes no bodies of \d+ bytes, lower the option "chunk_size"/,
		'reset while sending: hint');
}

# ---- answers that break off, and answers without an end

is_refused('reset within the answer', '08006', qr/cut off/, { fault => 'reset_mid' }, attempts => 3);
is_refused('Content-Length too large', '08006', qr/cut off/, { fault => 'wrong_length' }, attempts => 3);
is_refused('no answer', '08006', qr/timed out while waiting/, { fault => 'hang' }, request_timeout => '300ms');
is_refused('an answer that never ends', '08006', qr/timed out while receiving/,
	{ fault => 'drip', bytes => 150, ms => 150 }, request_timeout => '800ms');
is_refused('an answer that is too late', '08006', qr/timed out while waiting/,
	{ fault => 'delay', ms => 30000 }, request_timeout => '300ms');
is_refused('an answer that is too large', '54000', qr/larger than/, { fault => 'huge', mb => 1000 });
is_refused('an answer above max_reply_size', '54000', qr/larger than 16384 bytes/, { fault => 'huge', mb => 1 },
	max_reply_size => '16kB');

# ---- answers that are not predictions

my $protocol = '08P01';
is_refused('answers cut within a record, for ever', '08006', qr/cut off/, { fault => 'truncate', rows => 50 });
is_refused('answers cut within the last record, for ever', '08006', qr/cut off/, { fault => 'truncate' });
is_refused('Content-Length too small, for ever', '08006', qr/cut off/, { fault => 'short_length', bytes => 20 });
is_refused('Content-Length too small by whole records', $protocol, qr/fewer predictions/,
	{ fault => 'short_length', bytes => 27 });
is_refused('one row missing', $protocol, qr/fewer predictions than rows/, { fault => 'missing_rows' });
is_refused('all rows missing', $protocol, qr/fewer predictions than rows/, { fault => 'missing_rows', rows => 100 });
is_refused('one row too many', $protocol, qr/more predictions than rows/, { fault => 'extra_rows' });
is_refused('many rows too many', $protocol, qr/more predictions than rows/, { fault => 'extra_rows', rows => 5000 });
is_refused('an HTML page', $protocol, qr/not CSV/, { fault => 'html' });
is_refused('an HTML page that says it is CSV', $protocol, qr/./, { fault => 'html_as_csv' });
is_refused('JSON although CSV was asked for', $protocol, qr/not CSV/, { fault => 'json' });
is_refused('an empty answer', $protocol, qr/empty/, { fault => 'empty' });
is_refused('columns that nobody knows', $protocol, qr/./, { fault => 'wrong_header' });
is_refused('bad UTF-8', '22021', qr/./, { fault => 'invalid_utf8' });
is_refused('a NUL', '22021', qr/./, { fault => 'nul' });
is_refused('junk instead of gzip', $protocol, qr/cannot be unpacked: it is not the "gzip" that it says it is/,
	{ fault => 'bad_gzip' });

# Without its line end the last number may have lost digits, and nothing else would show it: such a request is sent
# once more. A new session each time, since what a server was seen to do is remembered with its connections.
foreach my $cut ({ fault => 'truncate' }, { fault => 'short_length', bytes => 4 },
	{ fault => 'short_length', bytes => 1 })
{
	my $name = join ' ', 'an answer cut within its last record by', $cut->{fault}, $cut->{bytes} // ();
	$session = Session->new($node);
	is_mended($name, 1, [ { %$cut, skip => 2 } ]);
	is_mended("$name, the first one", 1, [$cut]);
	foreach my $function (sort keys %call)
	{
		$standin->faults({ %$cut, skip => 2 });
		my $result = $session->run($call{$function}->(options(max_attempts => 1)));
		is($result->{sqlstate}, '08006', "$name and no second attempt by $function: SQLSTATE") or diag $result->{text};
		like($result->{text}, qr/cut off/, "$name and no second attempt by $function: message");
		like($result->{text}, qr/\brows 201 to 300\b/, "$name and no second attempt by $function: the rows are named");
		works_again("$name by $function");

		$standin->faults({ %$cut, skip => 2 }, { fault => 'short_length', bytes => 3, skip => 2 });
		$result = $session->run($call{$function}->(options()));
		is($result->{sqlstate}, '08006', "$name, then in another place, by $function: SQLSTATE")
		  or diag $result->{text};
		works_again("$name, then in another place, by $function");
	}
}
$session = Session->new($node);

# answers that the test makes, for a chunk of two rows
sub is_answer_refused
{
	my ($name, $sqlstate, $pattern, $body, %opt) = @_;
	foreach my $function (sort keys %call)
	{
		$standin->faults({ fault => 'status', status => 200, content_type => $opt{type} // 'text/csv', body => $body });
		# of one chunk: a second one would be on its way, and might meet the next case's answer
		my $result = $session->run($call{$function}->(options()) =~ s/FROM customer/FROM customer WHERE id <= 2/r);
		is($result->{sqlstate}, $sqlstate, "$name by $function: SQLSTATE") or diag $result->{text} || $result->{out};
		like($result->{text}, $pattern, "$name by $function: message");
		like($result->{text}, qr/\brows 1 to 2\b/, "$name by $function: the rows are named");
		$standin->reset;
	}
	return;
}
is_answer_refused('the prediction twice', $protocol, qr/./, "y_PREDICTION,y_PREDICTION\n1,1\n2,2\n");
is_answer_refused('a column twice', $protocol, qr/two columns "b"/, "y_PREDICTION,b,b\n1,1,1\n2,2,2\n");
is_answer_refused('a record with too few fields', $protocol, qr/1 fields instead of 2/, "y_PREDICTION,b\n1,2\n1\n");
is_answer_refused('a record with too many fields', $protocol, qr/3 fields instead of 2/,
	"y_PREDICTION,b\n1,2\n1,2,3\n");
is_answer_refused('a quote out of place', $protocol, qr/not well-formed CSV/, "y_PREDICTION,b\n1,\"a\"b\n2,c\n");
is_answer_refused('a quote that never ends', $protocol, qr/not well-formed CSV/, "y_PREDICTION,b\n1,a\n2,\"c\n");
is_answer_refused('a header alone', $protocol, qr/fewer predictions/, "y_PREDICTION\n");
is_answer_refused('line ends alone', $protocol, qr/./, "\n\n\n");
is_answer_refused('a word for a number', '22P02', qr/"high" for a number/, "y_PREDICTION\nhigh\nlow\n");
is_answer_refused('a number too large', '22003', qr/"1e999" for a number/, "y_PREDICTION\n1\n1e999\n");
is_answer_refused('CSV with another type', $protocol, qr/not CSV/, "y_PREDICTION\n1\n2\n",
	type => 'application/octet-stream');
is_answer_refused('other separators', $protocol, qr/./, "y_PREDICTION;b\n1;2\n3;4\n");

# ---- redirects are not followed, and the token stays here

{
	my $elsewhere = IO::Socket::INET->new(Listen => 5, LocalAddr => '127.0.0.1', Proto => 'tcp') or die "listen: $!";
	my $port = $elsewhere->sockport;
	is_refused("redirect with $_", $protocol, qr/redirects elsewhere \(HTTP status $_\)/,
		{ fault => 'redirect', status => $_, location => "http://127.0.0.1:$port/predApi/v1.0" },
		rows => "127\\.0\\.0\\.1:$port", request_timeout => '5s')
	  foreach 301, 302, 303, 307, 308;
	is_refused('a redirect names the rows, too', $protocol, qr/redirects elsewhere/,
		{ fault => 'redirect', status => 302 });
	is_refused("redirect to $_->[0]", $protocol, qr/redirects elsewhere/,
		{ fault => 'redirect', status => 308, location => $_->[0] }, rows => $_->[1])
	  foreach [ '/login?next=x', 'It points to "http://127\.0\.0\.1:\d+/login' ],
		[ 'predictions/', 'It points to "http://127\.0\.0\.1:\d+/predApi/v1\.0/deployments/' . $synthetic
			  . '/predictions/"\.[^\0]*HINT:  The path needs a slash at its end' ];
	$standin->faults({ fault => 'status', status => 302 });
	my $result = $session->run($call{score_as}->(options()));
	like($result->{detail}, qr/^It does not say where\. Redirects are not followed/, 'a redirect to nowhere');
	$standin->reset;
	ok(!IO::Select->new($elsewhere)->can_read(0), 'nobody came to where a redirect points');
}

# ---- order

foreach my $kind ('regression', 'synthetic')
{
	my %query = (
		regression => "SELECT id, prediction FROM datarobot.score_as(NULL::scored_visits, '$DEPLOYMENT{regression}',
			'TABLE visit ORDER BY id', key_columns => '{id}', options => '%s')",
		synthetic => "SELECT id, row_number FROM datarobot.score_as(NULL::scored, '$synthetic',
			'SELECT id, spend, plan FROM customer ORDER BY id', key_columns => '{id}', options => '%s')");
	my $right = $session->must(sprintf $query{$kind}, options());
	my $result = $session->run(sprintf $query{$kind}, options(verify_order => JSON::PP::true));
	same_rows($result, $right, "verify_order, $kind: the same answers");

	$standin->reset;
	$standin->faults({ fault => 'shuffle_rows', skip => 2 });
	$result = $session->run(sprintf $query{$kind}, options(verify_order => JSON::PP::true));
	is($result->{sqlstate}, $protocol, "shuffled rows under verify_order, $kind: SQLSTATE");
	like($result->{message}, qr/not in the order of the rows/, "shuffled rows under verify_order, $kind: message");
	like($result->{text}, qr/\brows 201 to 300\b/, "shuffled rows under verify_order, $kind: the rows are named");
	works_again("shuffled rows under verify_order, $kind");
}
{
	$standin->faults({ fault => 'shuffle_rows', skip => 2 });
	my $result = $session->run($call{predict}->(options(verify_order => JSON::PP::true)));
	is($result->{sqlstate}, $protocol, 'shuffled rows under verify_order by predict: SQLSTATE');
	works_again('shuffled rows under verify_order by predict');
}

# ---- numbers that no prediction can be

foreach my $function (sort keys %call)
{
	foreach my $number ('NaN', 'Infinity')
	{
		$standin->faults({ fault => lc $number, skip => 2 });
		my $result = $session->run($call{$function}->(options()));
		like($result->{sqlstate} // '', qr/^22/, "$number by $function: refused") or diag $result->{text};
		like($result->{text}, qr/\brow 201\b/, "$number by $function: the row is named");
		works_again("$number by $function");
	}
}

# harmless differences of form
foreach my $body ("y_PREDICTION\r\n0.5\r\n0.25\r\n", "y_PREDICTION\n0.5\n0.25", "\xEF\xBB\xBFy_PREDICTION\n0.5\n0.25\n",
	qq{"other","y_PREDICTION"\n"a, b","0.5"\n"c ""d""\ne","0.25"\n})
{
	use utf8 ();
	utf8::decode(my $text = $body);
	$standin->faults({ fault => 'status', status => 200, content_type => 'Text/CSV;charset=UTF-8', body => $text,
			times => 2 });

	# a new session, which knows nothing of how this server ends its answers
	my $result = Session->new($node)->run("SELECT row_number, prediction
		FROM datarobot.score_as(NULL::scored, '$synthetic',
		'SELECT id, spend FROM customer WHERE id <= 2 ORDER BY id', key_columns => '{id}')");
	is($result->{out}, "1|0.5\n2|0.25", 'line ends, byte order mark and quotes are all CSV') or diag $result->{text};
	$standin->reset;
}

# in lines that end with a line feed, a carriage return is text: an answer that ends with one was cut off, and its
# request is sent again
{
	my %answer = map {
		my $body = "t_PREDICTION\nyes\n$_";
		($_ => sub {
			return { fault => 'status', status => 200, content_type => 'text/csv', body => $body, times => $_[0] };
		})
	} "no\r", "no\rt at all\n";
	my %case = (
		'cut after a carriage return' => [ 'no<CR>t at all', 2, $answer{"no\r"}->(1), $answer{"no\rt at all\n"}->(1) ],
		'the same twice is the habit of the server' => [ 'no<CR>', 2, $answer{"no\r"}->(2) ]);
	foreach my $name (sort keys %case)
	{
		my ($expected, $requests, @faults) = @{ $case{$name} };
		$standin->reset;
		$standin->faults(@faults);
		my $result = Session->new($node)->run("SELECT replace(prediction, E'\\r', '<CR>')
			FROM datarobot.score('$synthetic', 'SELECT id, spend FROM customer WHERE id <= 2 ORDER BY id')");
		is($result->{out}, "yes\n$expected", $name) or diag $result->{text};
		is($standin->counters($synthetic)->{requests}, $requests, "$name: requests");
	}
	$standin->reset;
}

# ---- 401 and the token's file

{
	my $dir = tempdir(CLEANUP => 1);
	my $file = "$dir/token";
	my $write = sub {
		open(my $out, '>', "$file.new") or die $!;
		chmod 0600, "$file.new";
		print $out "$_[0]\n";
		close $out;
		rename "$file.new", $file;
	};
	my $rotated = sub {
		my ($function, $before, $during, %opt) = @_;
		$write->($before);
		$standin->faults({ fault => 'delay', ms => 500, times => $opt{concurrency} // 1 });
		$session->start($call{$function}->(options(server => 'by_file', %opt)));
		ok(wait_until(sub { $standin->counters($synthetic)->{in_flight} > 0 }),
			"token file by $function: request sent");
		$write->($during);
		return $session->finish;
	};
	$write->('x');
	connect_node($node, standin => $standin, name => 'by_file',
		mapping => { api_token => undef, api_token_file => $file });

	foreach my $function (sort keys %call)
	{
		my $result = $rotated->($function, 'an-old-token', $standin->token);
		same_rows($result, $right{$function}, "token rewritten before the 401 by $function: the rows are right");
		is_deeply(statuses(), { 401 => 1, 200 => 5 }, "token rewritten before the 401 by $function: sent again once");
		$standin->reset;

		$result = $rotated->($function, 'an-old-token', $standin->token, concurrency => 4);
		same_rows($result, $right{$function}, "token rewritten, several in flight, by $function: the rows are right");
		is(statuses()->{200}, 5, "token rewritten, several in flight, by $function: every chunk was answered");
		cmp_ok(statuses()->{401}, '<=', 4,
			"token rewritten, several in flight, by $function: no more than were in flight");
		$standin->reset;

		$result = $rotated->($function, 'an-old-token', 'another-wrong-token');
		is($result->{sqlstate}, '28000', "token rewritten by a wrong one by $function: SQLSTATE");
		is(requests(), 2, "token rewritten by a wrong one by $function: tried once more, not for ever");
		unlike($result->{text}, qr/an-old-token|another-wrong-token/,
			"token rewritten by a wrong one by $function: not shown");
		$standin->reset;

		$result = $rotated->($function, 'an-old-token', 'an-old-token');
		is($result->{sqlstate}, '28000', "token file as before by $function: SQLSTATE");
		is(requests(), 1, "token file as before by $function: not sent again");
		works_again("token file as before by $function");
	}
}

# ---- no connection

{
	my $probe = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Proto => 'tcp', ReuseAddr => 1, Listen => 1) or die $!;
	my $port = $probe->sockport;
	close $probe;
	connect_node($node, standin => $standin, name => 'later',
		server => { prediction_url => "http://127.0.0.1:$port/predApi/v1.0" });
	connect_node($node, standin => $standin, name => 'nowhere',
		server => { prediction_url => 'http://no-such-host.invalid/predApi/v1.0' });

	foreach my $function (sort keys %call)
	{
		my $result = $session->run($call{$function}->(options(server => 'later', max_attempts => 2)));
		is($result->{sqlstate}, '08001', "connection refused by $function: SQLSTATE");
		like($result->{message}, qr/could not connect to server "later" at 127\.0\.0\.1:$port/,
			"connection refused by $function: message");
		like($result->{text}, qr/rows \d+ to \d+\b.*Given up after 2 attempts/,
			"connection refused by $function: rows and attempts");

		$result = $session->run($call{$function}->(options(server => 'nowhere')));
		is($result->{sqlstate}, '08001', "unknown host by $function: SQLSTATE");
		like($result->{message}, qr/could not connect to server "nowhere"/, "unknown host by $function: message");
		works_again("no connection by $function");
	}

	# a server that comes while we try
	$session->start($call{score_as}->(options(server => 'later', max_attempts => 100, retry_budget => '60s')));
	sleep 0.3;
	my $late = new_standin(args => [ '--http-port', $port ]);
	my $result = $session->finish;
	same_rows($result, $right{score_as}, 'a server that starts while the call tries: the rows are right');
	is($late->counters($synthetic)->{rows}, 500, 'a server that starts while the call tries: it answered');

	# and one that stops while the session keeps a connection to it
	$late->stop;
	$result = $session->run($call{score_as}->(options(server => 'later', max_attempts => 2)));
	is($result->{sqlstate}, '08001', 'a server that went away: SQLSTATE') or diag $result->{text};
	$late = new_standin(args => [ '--http-port', $port ]);
	$result = $session->run($call{score_as}->(options(server => 'later')));
	same_rows($result, $right{score_as}, 'a server that came back: the next call works');
}

# ---- not HTTP at all

{
	my $listener = IO::Socket::INET->new(Listen => 5, LocalAddr => '127.0.0.1', Proto => 'tcp') or die "listen: $!";
	connect_node($node, standin => $standin, name => 'ssh',
		server => { prediction_url => 'http://127.0.0.1:' . $listener->sockport . '/predApi/v1.0' });
	$session->start($call{score_as}->(options(server => 'ssh', max_attempts => 1)));
	my $client = $listener->accept;
	print $client "SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n";
	close $client;
	my $result = $session->finish;
	like($result->{sqlstate}, qr/^08(P01|006)$/, 'a server that does not speak HTTP: SQLSTATE') or diag $result->{text};
	like($result->{text}, qr/rows 1 to 100\b/, 'a server that does not speak HTTP: the rows are named');
	works_again('a server that does not speak HTTP');
}

# nothing is left open in the server either
ok(wait_until(sub { $standin->counters($synthetic)->{in_flight} == 0 }), 'no request is still open');
# ---- last, since the stand-in cannot see that a client went away while it reads nothing:
# a body larger than the sockets' buffers, which nobody reads
foreach my $function (sort keys %call)
{
	my $sql = $call{$function}->(options(chunk_rows => 100000, chunk_size => '40MB', request_timeout => '700ms'));
	$sql =~ s/, plan\b/, repeat(id::text, 20000) AS plan/;
	$standin->faults({ fault => 'stall_read', times => -1 });
	# as many rows as the first chunk of a window has
	$sql =~ s/FROM customer/FROM (SELECT * FROM customer, repeat(id::text, 1) LIMIT 128) AS customer/;
	my $result = $session->run($sql);
	is($result->{sqlstate}, '08006', "a server that does not read by $function: SQLSTATE") or diag $result->{text};
	like($result->{message}, qr/timed out while sending/, "a server that does not read by $function: message");
	like($result->{text}, qr/rows 1 to 128\b/, "a server that does not read by $function: the rows are named");
	works_again("a server that does not read by $function");
}

$node->stop;
done_testing();
