# The real DRUM against the extension: see test/interop/run. What a model should answer is what its hook returns when
# Python calls it without DRUM and without the extension (expected.py).
use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../lib";
use File::Temp qw(tempdir);
use IO::Socket::INET;
use JSON::PP ();
use POSIX ();
use ScoringTest;
use Test::More;
use Time::HiRes qw(sleep);

my $bin = $ENV{DRS_DRUM} // die "start this by test/interop/run\n";
my $dir = tempdir('drs-drum.XXXXXX', TMPDIR => 1, CLEANUP => 1);
my $node = new_node('main', init => [ extra => [ '--locale=C', '--encoding=UTF8' ] ]);
my @groups;    # process groups of servers
my %port;

# DRUM in a process group of its own, since it starts others.
sub start_drum
{
	my ($name, $model, @arguments) = @_;
	my $socket = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1') or die "listen: $!";
	$port{$name} = $socket->sockport;
	close $socket;
	my $pid = fork() // die "fork: $!";
	if ($pid == 0)
	{
		POSIX::setsid();
		$ENV{PATH} = "$bin:$ENV{PATH}";
		open STDOUT, '>', "$dir/$name.log";
		open STDERR, '>&', \*STDOUT;
		open STDIN, '<', '/dev/null';
		exec("$bin/drum", 'server', '--code-dir', "$FindBin::RealBin/models/$model",
			'--address', "127.0.0.1:$port{$name}", @arguments)
		  or POSIX::_exit(127);
	}
	push @groups, $pid;
	return;
}

sub configuration
{
	my ($name, $target) = @_;
	write_file("$dir/$name.json", to_json({ target => $target }));
	return ('--deployment-config', "$dir/$name.json");
}

END
{
	my $status = $?;
	kill 'TERM', map { -$_ } @groups;
	$? = $status;
}

my @classes = ('--positive-class-label', 'yes', '--negative-class-label', 'no');
my %model = (
	regression => [ 'regression', '--target-type', 'regression' ],
	binary => [ 'binary', '--target-type', 'binary', @classes ],
	multiclass => [ 'multiclass', '--target-type', 'multiclass', '--class-labels', 'red', 'deep blue', 'grün' ],
	text => [ 'text', '--target-type', 'textgeneration' ],
	unstructured => [ 'unstructured', '--target-type', 'unstructured' ],
	configured_regression => [ 'regression', '--target-type', 'regression',
		configuration('regression', { name => 'y', class_mapping => undef, prediction_threshold => undef }) ],
	configured_binary => [ 'binary', '--target-type', 'binary', @classes, configuration('binary',
			{ name => 'y', class_mapping => [ [ 'no', 0 ], [ 'yes', 1 ] ], prediction_threshold => 0.5 }) ]);

$ENV{TARGET_NAME} = 'answer';
foreach my $name (sort keys %model)
{
	start_drum($name, @{ $model{$name} });
	$node->safe_psql('postgres', "CREATE SERVER \"$name\" FOREIGN DATA WRAPPER datarobot_scoring
		OPTIONS (prediction_url 'http://127.0.0.1:$port{$name}', addressing 'drum', auth 'none', allow_http 'true')");
}

# A server is there when check_connection says so.
foreach my $name (sort keys %model)
{
	my $sql = "SELECT bool_and(ok) FROM datarobot.check_connection('$name')";
	ok(wait_until(sub { return safe_scalar($node, $sql) eq 't'; }, 120), "$name: check_connection")
	  or diag `tail -n 20 $dir/$name.log`;
}

# ---- rows with numbers, texts and what is missing; 1,000 of them, in ten requests
$node->safe_psql('postgres', q{
	CREATE TABLE input AS SELECT i AS id, CASE WHEN i % 11 <> 0 THEN i + i / 7.0 END::float8 AS a,
		CASE WHEN i % 13 <> 0 THEN 'w' || repeat('ö', i % 5) || ' "' || i || E'",\n' END AS word
			FROM generate_series(1, 1000) i;
	CREATE TABLE expected (model text, id int, prediction text, probability float8);
	CREATE TABLE got (model text, id int, prediction text, probability float8)});
my $file = "$dir/input.csv";
$node->safe_psql('postgres', "COPY input TO '$file' (FORMAT csv, HEADER)");

foreach my $name (qw(regression binary multiclass text))
{
	my $labels = $name eq 'binary' ? 'yes no' : '';
	my $expected = "$FindBin::RealBin/expected.py $FindBin::RealBin/models/$name $labels";
	my $answers = `$bin/python $expected <$file >$dir/$name.csv && echo good`;
	is($answers, "good\n", "$name: called in Python");
	$node->safe_psql('postgres', "CREATE TEMP TABLE one (id int, prediction text, probability float8);
		COPY one FROM '$dir/$name.csv' (FORMAT csv);
		INSERT INTO expected SELECT '$name', * FROM one");
	foreach my $server ($name, "configured_$name")
	{
		next if !$model{$server};
		$node->safe_psql('postgres', "INSERT INTO got SELECT '$server', (key->>'id')::int, prediction, probability
			FROM datarobot.score(NULL, 'SELECT * FROM input ORDER BY id', server => '$server', key_columns => '{id}',
				options => '{\"chunk_rows\": 100}')");
		# DRUM rounds to ten decimals, unless it has a configuration
		my $exact = $server eq $name ? 'false' : 'true';
		is(safe_scalar($node, "SELECT count(*) || ' rows, ' ||
				count(*) FILTER (WHERE NOT coalesce(same, false)) || ' differ'
			FROM (SELECT
				CASE WHEN '$name' = 'regression' THEN
					CASE WHEN $exact THEN g.prediction::float8 = e.prediction::float8
					ELSE abs(g.prediction::float8 - e.prediction::float8) <= 5.1e-11 END
				ELSE g.prediction = e.prediction AND
					CASE WHEN '$name' = 'text' THEN g.probability IS NULL AND e.probability IS NULL
					WHEN $exact THEN g.probability = e.probability
					ELSE abs(g.probability - e.probability) <= 5.1e-11 END
				END AS same
				FROM expected e LEFT JOIN got g ON g.id = e.id AND g.model = '$server' WHERE e.model = '$name') s"),
			'1000 rows, 0 differ', "$server: 1,000 rows equal the model called in Python");
	}
}
is(safe_scalar($node, "SELECT string_agg(DISTINCT concat_ws('|', positive_class, threshold), ' ')
		FROM datarobot.score(NULL, 'TABLE input', server => 'binary', key_columns => '{id}')"),
	'yes', 'binary: the positive class');
is(safe_scalar($node, "SELECT string_agg(DISTINCT concat_ws('|', positive_class, threshold), ' ')
		FROM datarobot.score(NULL, 'TABLE input', server => 'configured_binary', key_columns => '{id}')"),
	'yes|0.5', 'with its threshold');

# ---- a row that the model does not like
$node->safe_psql('postgres', "CREATE TABLE target (id int PRIMARY KEY, prediction float8);
	CALL datarobot.score_into(NULL, 'SELECT id, CASE WHEN id IN (77, 500) THEN 666 ELSE a END AS a, word FROM input',
		'target', key_columns => '{id}', on_error => 'reject', options => '{\"server\": \"regression\"}')");
is(safe_scalar($node, "SELECT count(*) || ' written, ' ||
		(SELECT string_agg(key->>'id' || ' ' || sqlstate, ', ' ORDER BY row_number) FROM datarobot.rejected_row)
		FROM target"),
	'998 written, 77 22000, 500 22000', 'a hook that fails is the failure of its row');
my ($sqlstate, $message) = error_of($node,
	"SELECT * FROM datarobot.score(NULL, 'SELECT 666 AS a, NULL AS word', server => 'regression')");
is($sqlstate, '22000', 'or of the call');
like($message, qr/hook failed .*the model does not like 666/, 'in its own words');
($sqlstate, $message) = error_of($node,
	"SELECT * FROM datarobot.score(NULL, 'SELECT 666 AS b', server => 'regression')");
like("$sqlstate $message", qr/^22000 .*KeyError\('a'\)/, 'a feature that is missing');

# ---- bytes
is(safe_scalar($node, "SELECT convert_from(body, 'UTF8') || '|' || content_type
		FROM datarobot.predict_unstructured(NULL, 'three words here', 'text/plain; charset=UTF-8',
			server => 'unstructured')"),
	"3 Wörter|text/plain; charset=utf-8", 'text to an unstructured model');
is(safe_scalar($node, "SELECT body::text || '|' || content_type
		FROM datarobot.predict_unstructured(NULL, '\\x0001ff', 'application/octet-stream', server => 'unstructured')"),
	'\xff0100|application/octet-stream', 'bytes to an unstructured model');
($sqlstate, $message) = error_of($node,
	"SELECT datarobot.predict_unstructured(NULL, 'fail', 'text/plain; charset=UTF-8', server => 'unstructured')");
like("$sqlstate $message", qr/^22000 .*ERROR: not this one/, 'that fails');

done_testing();
