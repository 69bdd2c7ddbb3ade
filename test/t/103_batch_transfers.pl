# The data of batch jobs and their results: as rows, as files, in every dialect of CSV, and with every fault.
use strict;
use warnings FATAL => 'all';
use utf8;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use Encode ();
use File::Temp ();
use HTTP::Tiny;
use JSON::PP qw(decode_json encode_json);
use ScoringTest;
use Session;
use Test::More;
use Time::HiRes qw(time);
use TinyServer;

my $standin = new_standin();
my $node = new_node('main', standin => $standin, conf => "statement_timeout = '60s'\n",
	init => [ extra => [ '--locale=C', '--encoding=UTF8' ] ],
	server => { prediction_url => undef, api_url => $standin->api_url });
my $unknown_id = '5f5f5f5f5f5f5f5f5f5f5f5f';
my $synthetic = $DEPLOYMENT{synthetic};
my $http = HTTP::Tiny->new(timeout => 30, default_headers => { authorization => 'Bearer ' . $standin->token });
my $dir = File::Temp::tempdir('drs-transfers.XXXXXX', TMPDIR => 1, CLEANUP => 1);
chmod 0777, $dir;

sub service
{
	my ($method, $path, $body, $type) = @_;
	my %request = defined $body
	  ? (content => ref $body ? encode_json($body) : $body,
		headers => { 'content-type' => $type // (ref $body ? 'application/json' : 'text/csv') })
	  : ();
	my $answer = $http->request($method, $standin->api_url . $path, \%request);
	die "$method $path: $answer->{status} $answer->{content}" unless $answer->{success};
	return $answer->{content} =~ /^\s*[\[{]/ ? decode_json($answer->{content}) : $answer->{content};
}

sub new_job
{
	return service('POST', '/batchPredictions/',
		{ deploymentId => $synthetic, passthroughColumnsSet => 'all', @_ })->{id};
}

sub state_of { return service('GET', "/batchPredictions/$_[0]/")->{status}; }

sub value
{
	my ($sql, %opt) = @_;
	my $v = safe_scalar($node, $sql, %opt);
	utf8::decode($v);
	return $v;
}

sub failure { return join('|', map { $_ // '' } (error_of($node, $_[0], @_[ 1 .. $#_ ]))[ 0, 1 ]); }

# A query's rows sent to a new job, and what came back of them, as "a|b" lines in the order of a.
sub round_trip
{
	my ($query, $columns, @job) = @_;
	my $job = new_job(@job);
	value("SELECT datarobot.batch_upload('$job', " . quote_sql($query) . ')');
	return value("SELECT string_agg(concat_ws('|', $columns), E'\\n' ORDER BY line_number)
		FROM datarobot.batch_download('$job')");
}

sub slurp { open(my $in, '<:raw', $_[0]) or die "$_[0]: $!"; local $/; return scalar <$in>; }

sub spew
{
	open(my $out, '>:raw', $_[0]) or die "$_[0]: $!";
	print $out $_[1];
	close $out;
	chmod $_[2] // 0644, $_[0];
	return;
}

# ---- rows

my $rows = q{SELECT i AS id, CASE i WHEN 1 THEN 'plain' WHEN 2 THEN 'a,b' WHEN 3 THEN 'say "so"'
	WHEN 4 THEN E'two\nlines' WHEN 5 THEN E'cr\r\nlf' WHEN 6 THEN '' WHEN 7 THEN NULL
	 WHEN 8 THEN ' blanks ' WHEN 9 THEN 'tab	semi; pipe| quote''s'
	ELSE 'Zoë – 日本' END AS t FROM generate_series(1, 10) i};
my $same = value("SELECT string_agg(concat_ws('|', id, coalesce(quote_literal(t), 'null')), E'\\n') FROM ($rows) r");
my $back = q{record->>'id', coalesce(quote_literal(record->>'t'), 'null')};
is(round_trip($rows, $back), $same, 'texts of every kind come back as they were');
is(round_trip($rows, $back, intakeSettings => { type => 'localFile', multipart => JSON::PP::true }), $same, 'in parts');
is(round_trip($rows, $back,
		intakeSettings => { type => 'localFile', multipart => JSON::PP::true, async => JSON::PP::false }),
	$same, 'in parts that are scored at the end');

# ---- dialects: what the service was sent is checked by what it makes of it, and by the file it writes

my $latin = q{SELECT i AS id, CASE i WHEN 1 THEN 'Zoë;é' WHEN 2 THEN E'a\tb' WHEN 3 THEN 'it''s "q", |' WHEN 4 THEN ''
	WHEN 5 THEN NULL ELSE E'x\r\ny' END AS t FROM generate_series(1, 6) i};
my $latin_same = value("SELECT string_agg(concat_ws('|', id, coalesce(quote_literal(t), 'null')), E'\\n')
	FROM ($latin) r");
foreach my $settings (
	{ delimiter => ';' }, { delimiter => 'tab' }, { delimiter => '|', quotechar => q{'} }, { quotechar => q{'} },
	{ encoding => 'latin_1' }, { encoding => 'cp1252', delimiter => ';' }, { encoding => 'ISO-8859-15' })
{
	my $name = join ' ', map { "$_ $settings->{$_}" } sort keys %$settings;
	is(round_trip($latin, $back, csvSettings => $settings), $latin_same, "dialect: $name");
	is(round_trip($latin, $back, csvSettings => $settings,
			intakeSettings => { type => 'localFile', multipart => JSON::PP::true }),
		$latin_same, "dialect, in parts: $name");
}
is(failure("SELECT datarobot.batch_upload('" . new_job(csvSettings => { encoding => 'latin_1' })
		  . "', \$\$SELECT 'Zoë – 日本' AS t\$\$)") =~ s/\|.*//r,
	'22P05', 'a character that the encoding does not have');
foreach my $encoding ('cp037', 'utf-7')
{
	my $made = new_job(csvSettings => { encoding => $encoding });
	is(failure("SELECT datarobot.batch_download('$made')"),
		qq{22023|CSV data cannot be converted between UTF-8 and the encoding "$encoding"}, "not from $encoding");
}

foreach my $encoding ('utf-16', 'utf-32', 'utf-8-sig', 'shift_jis', 'euc_jp', 'gbk')
{
	my $wide = q{SELECT i AS id, '表,ソ;日本' AS t FROM generate_series(1, 2) i};
	my @settings = (csvSettings => { encoding => $encoding, delimiter => ';' });
	my @parts = (intakeSettings => { type => 'localFile', multipart => JSON::PP::true });
	is(round_trip($wide, q{record->>'t'}, @settings), "表,ソ;日本\n表,ソ;日本", "encoding $encoding");
	is(round_trip($wide, q{record->>'t'}, @settings, @parts), "表,ソ;日本\n表,ソ;日本", "in parts: $encoding");

	my $file = Encode::encode($encoding =~ s/-sig$//r, "id;t\n1;表\n2;ソ\n");
	my $made = new_job(@settings, @parts);
	spew("$dir/wide.csv", $file);
	value("SELECT datarobot.batch_upload_file('$made', '$dir/wide.csv')");
	is(value("SELECT string_agg(record->>'t', ' ' ORDER BY line_number) FROM datarobot.batch_download('$made')"),
		'表 ソ', "a file in parts: $encoding");
}

# ---- as a type

my $job = new_job(includePredictionStatus => JSON::PP::true);
value("SELECT datarobot.batch_upload('$job', " . quote_sql($rows) . ')');
value('CREATE TYPE scored AS (t text, id int, prediction float8, row_number int, prediction_status text,
	"y_PREDICTION" text)');
is(value("SELECT string_agg(concat_ws('|', id, coalesce(quote_literal(t), 'null')), E'\\n' ORDER BY row_number)
		FROM datarobot.batch_download_as(NULL::scored, '$job')"), $same, 'columns of the file by their names');
is(value("SELECT count(*) FROM datarobot.batch_download_as(NULL::scored, '$job') a
		JOIN datarobot.batch_download('$job') d ON d.line_number = a.row_number
			AND (d.record->>'y_PREDICTION')::float8 = a.prediction AND a.prediction_status = 'OK'"), 10,
	'the prediction by its own name, and by that of all deployments');
value('CREATE TYPE wrong AS (id int, nothing int)');
like(failure("SELECT * FROM datarobot.batch_download_as(NULL::wrong, '$job')"),
	qr/^42703\|there is no column "nothing"/,
	'a column that is not there');
value('CREATE TYPE strict AS (t int)');
like(failure("SELECT * FROM datarobot.batch_download_as(NULL::strict, '$job')"), qr/^22P02\|/,
	'a value that does not fit');
is(failure("SELECT datarobot.batch_download_as(1, '$job')"),
	'42804|the first argument of batch_download_as must be of a composite type', 'no composite type');

# rows that could not be scored
$standin->faults({ fault => 'bad_row', value => 'plain', route => 'job', text => 'no such thing' });
$job = new_job(includePredictionStatus => JSON::PP::true);
value("SELECT datarobot.batch_upload('$job', " . quote_sql($rows) . ')');
value('CREATE TYPE with_error AS (id int, prediction float8, error text)');
is(value("SELECT concat_ws('|', id, prediction, error) FROM datarobot.batch_download_as(NULL::with_error, '$job')
		WHERE prediction IS NULL"), '1|no such thing', 'a row without a prediction has its status as error');

# ---- files

my $plain = "id,t\n" . join('', map { qq{$_,"x,$_"\r\n} } 1 .. 5);
spew("$dir/in.csv", $plain);
foreach my $intake (undef, { type => 'localFile', multipart => JSON::PP::true })
{
	$job = new_job($intake ? (intakeSettings => $intake) : ());
	is(value("SELECT datarobot.batch_upload_file('$job', '$dir/in.csv')"), length $plain, 'bytes of a file');
	is(value("SELECT string_agg(record->>'t', ';' ORDER BY line_number) FROM datarobot.batch_download('$job')"),
		'x,1;x,2;x,3;x,4;x,5', 'its rows');
}
is(value("SELECT datarobot.batch_download_file('$job', '$dir/out.csv')"), -s "$dir/out.csv", 'bytes that were written');
is(slurp("$dir/out.csv"), service('GET', "/batchPredictions/$job/download/"), 'the file is the result');
is_deeply([ glob("$dir/out.csv.*") ], [], 'nothing else is there');
is((stat "$dir/out.csv")[2] & 0022, 0, 'only its owner may write it');

# in the job's own dialect, also where a newline in UTF-8 would not be one of it
my $japanese = Encode::encode('cp932', "id;t\n" . join('', map { "$_;'表,ソ'\n" } 1 .. 3));
spew("$dir/sjis.csv", $japanese);
foreach my $intake (undef, { type => 'localFile', multipart => JSON::PP::true })
{
	my $made = new_job(csvSettings => { delimiter => ';', quotechar => q{'}, encoding => 'shift_jis' },
		$intake ? (intakeSettings => $intake) : ());
	value("SELECT datarobot.batch_upload_file('$made', '$dir/sjis.csv')");
	is(value("SELECT string_agg(record->>'t', ' ' ORDER BY line_number) FROM datarobot.batch_download('$made')"),
		'表,ソ 表,ソ 表,ソ', 'a file in shift_jis');
}

value('CREATE ROLE nobody; CREATE ROLE reader; CREATE ROLE writer; GRANT pg_read_server_files TO reader;
	GRANT pg_write_server_files TO writer; GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA datarobot TO nobody, reader, writer;
	GRANT USAGE ON FOREIGN SERVER datarobot TO nobody, reader, writer');
$job = new_job();
foreach (
	[ nobody => "batch_upload_file('$job', '$dir/in.csv')", '42501|permission denied to read a file of the server' ],
	[ writer => "batch_upload_file('$job', '$dir/in.csv')", '42501|permission denied to read a file of the server' ],
	[ reader => "batch_download_file('$job', '$dir/no.csv')", '42501|permission denied to write a file of the server' ],
	[ writer => "batch_download_file('$job', 'no.csv')",
		'42602|relative path not allowed for a file that is written' ],
	[ reader => "batch_upload_file('$job', '$dir/no.csv')",
		qq{58P01|could not open file "$dir/no.csv" for reading: No such file or directory} ],
	[ reader => "batch_upload_file('$job', '$dir')", qq{42809|"$dir" is a directory} ],
	[ writer => "batch_download_file('$job', '$dir/no/no.csv')", qr/^58P01\|could not open file/ ],
	[ nobody => "batch_upload('$job', 'SELECT 1 AS a')", '' ])
{
	my ($role, $call, $expected) = @$_;
	my $got = failure("SET ROLE $role; SELECT datarobot.$call");
	ref $expected ? like($got, $expected, "$role: $call") : is($got, $expected, "$role: $call");
}
value("SET ROLE reader; SELECT datarobot.batch_upload_file('" . new_job() . "', '$dir/in.csv')");

# ---- arguments

is(failure("SELECT datarobot.$_->[0]"), $_->[1], $_->[0])
  foreach [ "batch_upload(NULL, 'SELECT 1')", '22004|the id of the batch job must not be NULL' ],
  [ "batch_upload('$job', NULL)", '22004|the query must not be NULL' ],
  [ "batch_upload_file('$job', NULL)", '22004|the path must not be NULL' ],
  [ "batch_download_file('$job', NULL)", '22004|the path must not be NULL' ],
  [ "batch_download('$job', 'soon')", '22023|invalid timeout: "soon"' ];
like(failure("SELECT datarobot.batch_download('$unknown_id')"), qr/^42704\|/, 'no such job');
like(failure("SELECT datarobot.batch_upload('$unknown_id', 'SELECT 1 AS a')"), qr/^42704\|/, 'nor here');
like(failure("SELECT datarobot.batch_upload('../deployments', 'SELECT 1 AS a')"), qr/^22023\|/, 'no id');

# ---- what is refused

$job = new_job();
is(failure("SELECT datarobot.batch_upload('$job', 'SELECT 1 AS a WHERE false')"), 'P0002|the query has no rows',
	'no rows');
is(state_of($job), 'INITIALIZING', 'its job still waits');
is(failure("SELECT datarobot.batch_upload('$job', 'SELECT nothing')") =~ s/\|.*//r, '42703',
	'a query that fails at once');
is(state_of($job), 'INITIALIZING', 'its job still waits, too');
is(failure("SELECT datarobot.batch_upload('$job', 'SELECT i AS a, repeat(''x'', 1000) AS b, 1 / (3000 - i) AS c
	FROM generate_series(1, 4000) i')") =~ s/\|.*//r, '22012', 'a query that fails in the middle');
is(state_of($job), 'ABORTED', 'its job is aborted');
like(failure("SELECT datarobot.batch_upload('$job', 'SELECT 1 AS a')"), qr/^55000\|batch job $job of .* was aborted/,
	'no data for a job that has ended');
like(failure("SELECT datarobot.batch_download('$job')"), qr/^55000\|batch job $job of .* was aborted/, 'and no result');

$job = new_job();
value("SELECT datarobot.batch_upload('$job', 'SELECT 1 AS a')");
like(failure("SELECT datarobot.batch_upload('$job', 'SELECT 1 AS a')"), qr/^(?:22000|55000)\|/, 'data twice');
is(value("SELECT count(*) FROM datarobot.batch_download('$job')"), 1, 'the first is not harmed by it');

# a status before the body was read, for a body that is larger than all buffers
my $large = q{'SELECT i AS a, repeat(md5(i::text), 30) AS b FROM generate_series(1, 30000) i'};
foreach my $parts (0, 1)
{
	foreach my $case ([ 404 => '42704' ], [ 409 => '55000' ], [ 413 => '54000' ], [ 422 => '22000' ],
		[ 415 => '22000' ])
	{
		my ($status, $sqlstate) = @$case;
		my $said;
		foreach my $try (1 .. 5)
		{
			$standin->reset;
			$standin->faults({ fault => 'early', status => $status, bytes => 1,
					route => $parts ? 'batch/part' : 'batch/upload' });
			$job = new_job($parts ? (intakeSettings => { type => 'localFile', multipart => JSON::PP::true }) : ());
			$said = failure("SELECT datarobot.batch_upload('$job', $large)");
			# the connection ends with bytes unread: that may be seen before the answer is
			last if !$parts || $said !~ /^08006\|/;
		}
		like($said,
			# one request has no end to wait for: the connection's may come first
			$parts ? qr/^$sqlstate\|the data of batch job $job was refused with HTTP status $status/
			  : qr/^(?:$sqlstate\|the data of batch job $job was refused with HTTP status $status|08006\|)/,
			"$status before the body was read, parts $parts");
	}
}
$standin->reset;

# ---- connections that break

foreach my $bytes (1, 1000, 100_000, 5_000_000)
{
	$standin->reset;
	$standin->faults({ fault => 'cut', bytes => $bytes, route => 'batch/upload' });
	$job = new_job();
	like(failure("SELECT datarobot.batch_upload('$job', $large)"), qr/^08006\|/, "an upload cut after $bytes bytes");
	is(state_of($job), 'ABORTED', 'its job is aborted');
}
$standin->reset;
$standin->faults({ fault => 'cut', bytes => 100_000, route => 'batch/part', times => 2 });
$job = new_job(intakeSettings => { type => 'localFile', multipart => JSON::PP::true, async => JSON::PP::false });
is(value("SELECT datarobot.batch_upload('$job', $large)"), 30000, 'a part that is cut is sent again');
is(value("SELECT count(DISTINCT record->>'a') || ' ' || count(*) FROM datarobot.batch_download('$job')"), '30000 30000',
	'each row once');

$job = new_job();
value("SELECT datarobot.batch_upload('$job', " . quote_sql($rows) . ')');
value("SELECT count(*) FROM datarobot.batch_download('$job')");
my $result = service('GET', "/batchPredictions/$job/download/");
my $whole = value("SELECT md5(string_agg(record::text, E'\\n' ORDER BY line_number))
	FROM datarobot.batch_download('$job')");
foreach my $bytes (1 .. length($result) - 1)
{
	next if $bytes > 40 && $bytes % 7;
	$standin->faults({ fault => 'cut', bytes => $bytes, route => 'batch/download' });
	is(value("SELECT md5(string_agg(record::text, E'\\n' ORDER BY line_number)) FROM datarobot.batch_download('$job')"),
		$whole, "a download cut after $bytes bytes is read again");
	$standin->faults({ fault => 'end_early', bytes => $bytes, route => 'batch/download' });
	is(value("SELECT md5(string_agg(record::text, E'\\n' ORDER BY line_number)) FROM datarobot.batch_download('$job')"),
		$whole, "a download that ends after $bytes bytes is read again");
}
$standin->faults({ fault => 'end_early', bytes => 100, route => 'batch/download', times => 2 });
like(failure("SELECT datarobot.batch_download_file('$job', '$dir/cut.csv')"), qr/^08P01\|the result of batch job $job/,
	'a result that ends early twice');
is_deeply([ glob("$dir/cut.csv*") ], [], 'leaves no file');
$standin->faults({ fault => 'cut', bytes => 200, route => 'batch/download' });
value("SELECT datarobot.batch_download_file('$job', '$dir/whole.csv')");
is(slurp("$dir/whole.csv"), $result, 'a file after a cut');

# ---- answers that are no result

foreach (
	[ { fault => 'bad_gzip' }, qr/^08P01\|/, 'gzip that was not asked for' ],
	[ { fault => 'html' }, qr/^08P01\|/, 'a sign-in page' ],
	[ { fault => 'status', status => 406 }, qr/^08P01\|/, '406' ],
	[ { fault => 'redirect' }, qr/^08P01\|server "datarobot" redirects elsewhere/, 'a redirect' ],
	[ { fault => 'status', status => 401, times => -1 }, qr/^28000\|/, '401' ])
{
	my ($fault, $expected, $name) = @$_;
	$standin->faults({ %$fault, route => 'batch/download' });
	like(failure("SELECT datarobot.batch_download('$job')"), $expected, $name);
}
$standin->reset;

# ---- jobs that end in other ways, while their result is read

sub fed_job
{
	my ($job) = new_job(@_);
	value("SELECT datarobot.batch_upload('$job',
		'SELECT i AS a, repeat(''x'', 100) AS b FROM generate_series(1, 2000) i')");
	return $job;
}

my $session = Session->new($node);

sub cancel { return $node->safe_psql('postgres', "SELECT pg_cancel_backend(" . $_[0]->pid . ')'); }

sub waits_for_service
{
	my $type = 'SELECT wait_event_type FROM pg_stat_activity WHERE pid = ' . $session->pid;
	return ok(wait_until(sub { value($type) eq 'Extension' }), 'it waits for the service');
}

foreach ([ job_abort => '55000', 'was aborted' ], [ job_fail => '58000', 'failed' ])
{
	my ($fault, $sqlstate, $what) = @$_;
	$standin->faults({ fault => $fault, route => 'job', rows => 1500, text => 'the cat has come in' });
	my $made = new_job(chunkSize => 4096);
	$node->psql('postgres', "SELECT datarobot.batch_upload('$made',
		'SELECT i AS a, repeat(''x'', 100) AS b FROM generate_series(1, 2000) i')");
	my ($state, $message, $detail) = error_of($node, "SELECT datarobot.batch_download('$made')");
	is($state, $sqlstate, "a job that $what half-way");
	like($message, qr/^batch job $made of server "datarobot" $what/, 'says so');
	like($detail, qr/the cat has come in/, 'with its log');
	like(failure("SELECT datarobot.batch_download_file('$made', '$dir/none.csv')"), qr/^$sqlstate\|/, 'nor as a file');
	is_deeply([ glob("$dir/none.csv*") ], [], 'of which nothing is left');
}

# a result that expires, and one that is written elsewhere
$job = fed_job();
is(value("SELECT count(*) FROM datarobot.batch_download('$job')"), 2000, 'a result');
$standin->batch(clock => { advance => 48 * 3600 + 60 });
like(failure("SELECT datarobot.batch_download('$job')"), qr/^42704\|/, 'after two days it is gone');

# links that come late, are null, or lead elsewhere
$standin->reset;
$job = fed_job();
foreach my $text (undef, 'null')
{
	$standin->faults({ fault => 'link', route => 'batch/get', times => 3, defined $text ? (text => $text) : () });
	is(value("SELECT count(*) FROM datarobot.batch_download('$job')"), 2000, 'a link that is ' . ($text // 'absent'));
}
$standin->reset;
$job = fed_job();
$standin->faults({ fault => 'foreign_link', route => 'batch/get', skip => 1 });
like(failure("SELECT datarobot.batch_download('$job')"), qr/^08P01\|server "datarobot" points to another host/,
	'a link to another host');
$standin->reset;
$standin->batch(settings => { late_state => 1, mixed_case => 1, null_links => 1 });
$job = fed_job(csvSettings => { delimiter => ';' });
is(value("SELECT count(*) FROM datarobot.batch_download('$job')"), 2000,
	'a state that is late, and fields in snake_case');
$standin->batch(settings => { late_state => 0, mixed_case => 0, null_links => 0 });

# a job that nobody serves
$standin->reset;
$standin->faults({ fault => 'no_slot', route => 'job' });
$job = fed_job();
my $late = $session->run("SELECT datarobot.batch_download('$job', '11500ms')");
is("$late->{sqlstate}|$late->{message}", "57014|the result of batch job $job was not complete after 11.5 s",
	'a job that stays in the queue');
like($late->{detail}, qr/INITIALIZING/, 'its state');
like($late->{hint}, qr/left as it is/, 'it was not ended');
like($late->{text}, qr/NOTICE: .*batch job $job has no result yet\nDETAIL: .*waits in the queue at position 0/,
	'what it waits for, after ten seconds');
is(() = $late->{text} =~ /NOTICE/g, 1, 'once');
is(state_of($job), 'INITIALIZING', 'indeed');
$session->start("SELECT datarobot.batch_download('$job')");
waits_for_service();
my $started = time;
cancel($session);
is($session->finish->{sqlstate}, '57014', 'the wait is cancelled');
cmp_ok(time - $started, '<', 5, 'at once');
is(state_of($job), 'INITIALIZING', 'without harm to the job');

# ---- an upload that is cancelled, and one to a service that takes nothing

$standin->reset;
foreach my $fault (undef, 'stall_read')
{
	$standin->faults({ fault => $fault, route => 'batch/upload' }) if $fault;
	$job = new_job();
	$session->start("SELECT datarobot.batch_upload('$job',
		'SELECT i AS a, repeat(md5(i::text), 30) AS b FROM generate_series(1, 10000) i, generate_series(1, 10000) j')");
	ok(wait_until(sub { $standin->counters->{batch}{uploading} > 0 }), 'an upload begins');
	waits_for_service();
	$started = time;
	cancel($session);
	is($session->finish->{sqlstate}, '57014', 'an upload that is cancelled');
	cmp_ok(time - $started, '<', 6, 'ends at once');
	ok(wait_until(sub { state_of($job) eq 'ABORTED' }), 'and its job is aborted');
}
$standin->reset;

# ---- a result that begins with a byte order mark

my $id = '5f0000000000000000000099';
my $marking = TinyServer->scripted(
	sub {
		my ($client) = @_;
		my $text = '';
		while (sysread($client, $text, 65536, length $text))
		{
			next unless $text =~ /\r\n\r\n/;
			my ($type, $body) =
			  $text =~ m{^GET \S+/download/}
			  ? ('text/csv', "\xEF\xBB\xBFid,t\n1,a\n")
			  : ('application/json', qq({"id": "$id", "status": "COMPLETED"}));
			print $client "HTTP/1.1 200 OK\r\nContent-Type: $type\r\nContent-Length: ", length $body, "\r\n\r\n$body";
			$text = '';
		}
	});
connect_node($node, standin => $standin, name => 'marking',
	server => { prediction_url => undef, api_url => 'http://127.0.0.1:' . $marking->port . '/api/v2' });
is(value("SELECT record FROM datarobot.batch_download('$id', server => 'marking')"), '{"t": "a", "id": "1"}',
	'a byte order mark is no part of the name of the first column');

# ---- the token changes between asking for the job and sending its data

my $rotating = TinyServer->scripted(
	sub {
		my ($client) = @_;
		my $text = '';
		while (sysread($client, $text, 65536, length $text))
		{
			next unless $text =~ /\r\n\r\n/;
			next if $text =~ /^PUT/ && $text !~ /\r\n0\r\n\r\n\z/;
			my ($status, $body) = $text =~ /^GET/ ? (200, qq({"id": "$id", "status": "INITIALIZING", "links": {}}))
			  : $text =~ /old-token/ ? (401, '{"message": "Invalid API token"}')
			  : $text =~ /\r\n\r\n\w+\r\na,s\n1,/ ? (202, '{}') : (500, '{}');
			print $client "HTTP/1.1 $status Whatever\r\nContent-Type: application/json\r\nContent-Length: ",
			  length $body, "\r\n\r\n$body";
			$text = '';
		}
	});
spew("$dir/token", "old-token\n", 0600);
connect_node($node, standin => $standin, name => 'rotating',
	server => { prediction_url => undef, api_url => 'http://127.0.0.1:' . $rotating->port . '/api/v2' },
	mapping => { api_token => undef, api_token_file => "$dir/token" });
like(failure("SELECT datarobot.batch_upload('$id', 'SELECT 1 AS a, true AS s', 'rotating')"), qr/^28000\|/,
	'a 401, and the same token');
$session->start("SELECT datarobot.batch_upload('$id', 'SELECT 1 AS a, pg_sleep(1) IS NULL AS s', 'rotating')");
ok(wait_until(sub { value("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'") > 0 }),
	'while it runs');
spew("$dir/token", "new-token\n", 0600);
is($session->finish->{out}, '1', 'a 401, and another token: the data is sent again from its beginning');

# ---- rows of many megabytes, and memory

$job = new_job(chunkSize => 'fixed');
is(value("SELECT datarobot.batch_upload('$job',
		'SELECT i AS a, repeat(''y'', 20000000) AS b FROM generate_series(1, 3) i')"),
	3, 'rows of 20 MB');
is(value("SELECT string_agg(length(record->>'b')::text, ' ') FROM datarobot.batch_download('$job')"),
	'20000000 20000000 20000000', 'come back');

# ---- surroundings

$job = fed_job();
is(value("SET search_path = pg_temp; SET DateStyle = 'SQL, DMY';
		SELECT count(*) FROM datarobot.batch_download('$job')"),
	2000, 'with another search_path');
is(value("DO \$\$ DECLARE n bigint; BEGIN
		SELECT count(*) INTO n FROM datarobot.batch_download('$job');
		IF n <> 2000 THEN RAISE EXCEPTION '%', n; END IF;
		BEGIN PERFORM datarobot.batch_download('$unknown_id'); EXCEPTION WHEN undefined_object THEN NULL; END;
		SELECT count(*) INTO n FROM datarobot.batch_download('$job');
	END \$\$; SELECT 'done'"), 'done', 'in a block, with an error that is caught');
is(value("SELECT datarobot.batch_upload('" . new_job() . "', 'SELECT 1 AS a') + datarobot.batch_upload('" . new_job()
	  . "', 'SELECT 1 AS a')"), 2, 'two jobs in one query');
$node->safe_psql('postgres', "CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C'");
$node->safe_psql('latin', 'CREATE EXTENSION datarobot_scoring');
connect_node($node, standin => $standin, dbname => 'latin',
	server => { prediction_url => undef, api_url => $standin->api_url });
$job = new_job(includePredictionStatus => JSON::PP::true);
my %latin = (dbname => 'latin');
value("SELECT datarobot.batch_upload('$job', \$\$SELECT chr(235) || chr(233) AS t, 1 AS id\$\$)", %latin);
is(safe_scalar($node, "SELECT record->>'t' = chr(235) || chr(233) FROM datarobot.batch_download('$job')", %latin), 't',
	'a database in another encoding');
value('CREATE TYPE pair AS (t text, prediction float8)', %latin);
is(safe_scalar($node, "SELECT t = chr(235) || chr(233) AND prediction IS NOT NULL
		FROM datarobot.batch_download_as(NULL::pair, '$job')", %latin), 't', 'and a type');
$job = new_job();
value("SELECT datarobot.batch_upload('$job', \$\$SELECT '日本' AS t\$\$)");
is(failure("SELECT record FROM datarobot.batch_download('$job')", %latin) =~ s/\|.*//r, '22P05',
	'a character that it does not have');

done_testing();
