# The examples of README.md and docs/ that are marked <!-- run --> do run, on the demo's data, and return what
# test/expected/examples says: in sections of one line "== FILE HEADING" and what psql prints without alignment. What is
# different in each run is replaced. The first one, <!-- run: customer -->, is a newcomer's: it runs in a database that
# has the extension and a table "customer", nothing else, with the stand-in in place of DataRobot. Batch jobs of the
# stand-in read and write this database by TCP, as a role that needs its password.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use File::Temp qw(tempdir);
use HTTP::Tiny;
use JSON::PP qw(decode_json encode_json);
use ScoringTest;
use Test::More;

my $root = "$FindBin::RealBin/../..";
my $buckets = tempdir('drs-buckets.XXXXXX', TMPDIR => 1, CLEANUP => 1);
my $standin = new_standin(args => [ '--buckets', $buckets ]);
my $node = new_node(
	'docs',
	standin => $standin,
	server => { api_url => $standin->api_url },
	conf => "datarobot.server = 'datarobot'\nlisten_addresses = '127.0.0.1'\n");

sub slurp
{
	my ($file) = @_;
	open(my $in, '<', $file) or die "$file: $!";
	local $/;
	return <$in>;
}

# What examples return, by file and heading; after a comma, the number of those after the first of a heading.
my (%expected, $section);
foreach (split /^/, slurp("$root/test/expected/examples"))
{
	if (/^== (.*)$/) { $section = $1; $expected{$section} = ''; }
	else { $expected{$section} .= $_; }
}

# Without request ids, times, addresses, the clock and what follows from these.
sub normal
{
	my ($text) = @_;

	$text =~ s/\b[0-9a-f]{32}\b/REQUEST/g;
	$text =~ s/127\.0\.0\.1:\d+/HOST/g;
	$text =~ s/\b\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d(?::?\d\d)?)?/TIME/g;
	$text =~ s/\b\d\d:\d\d:\d\d\.\d+/DURATION/g;
	$text =~ s/\b\d+ ms\b/N ms/g;
	$text =~ s/(\d\.\d{4})\d+/$1/g;    # the last digits are those of the library that computes the models
	$text =~ s{PostgreSQL/\d+}{PostgreSQL/N}g;
	# slices are what has been answered when one looks, and the last column of these a speed
	$text =~ s/^(\d+\|completed\|(?:demo\.\w+\|)?)\d+\|/$1N|/mg;
	$text =~ s/^(\d+\|completed\|demo\..*)\|\d+$/$1|N/mg;
	$text =~ s/^([12])\|\d+\|(\d+)$/$1|N|$2/mg;
	$text =~ s/\s+$/\n/mg;
	return $text =~ s/\A\s+|\s+\z//gr;
}

# The tables are the demo's own: its script up to the first thing that is scored.
my ($tables) = slurp("$root/demo/demo.sql") =~ /^(CREATE TABLE patient .*?)^\\copy/ms;
ok($tables, 'the demo creates its tables before it loads them');
$node->safe_psql('postgres', "CREATE SCHEMA demo; SET search_path = demo; $tables");
foreach ([ patient => 'visits' ], [ voter => 'voters' ])
{
	my ($table, $file) = @$_;
	$node->safe_psql('postgres', "\\copy demo.$table FROM '$root/demo/data/$file.csv' (FORMAT csv, HEADER)");
}

$node->safe_psql('postgres', 'CREATE DATABASE customer');
$node->safe_psql(
	'customer', q{
	CREATE EXTENSION datarobot_scoring;
	CREATE TABLE customer (id int, tenure int, plan text, spend numeric);
	INSERT INTO customer VALUES (1, 12, 'basic', 9.90), (2, 3, 'plus', 19.90), (3, 40, NULL, 0);});
my $token_file = $node->data_dir . '/datarobot.token';
write_file($token_file, $standin->token . "\n");
chmod 0600, $token_file;

# What docs/batch.md has DataRobot know of this database, and where its files are.
sub public_api
{
	my ($method, $path, $body) = @_;
	my $answer = HTTP::Tiny->new->request($method, $standin->api_url . $path, {
			headers => { authorization => 'Bearer ' . $standin->token, 'content-type' => 'application/json' },
			$body ? (content => encode_json($body)) : () });
	die "$method $path: $answer->{status} $answer->{content}" unless $answer->{success};
	return decode_json($answer->{content});
}
first_hba($node, "host all datarobot_jdbc 127.0.0.1/32 scram-sha-256\n");
public_api('POST', '/externalDataStores/', { type => 'jdbc', canonicalName => 'sales', params => {
			driverId => public_api('GET', '/externalDataDrivers/')->{data}[0]{id},
			jdbcUrl => 'jdbc:postgresql://127.0.0.1:' . $node->port . '/postgres' } });
public_api('POST', '/credentials/', { name => 'sales role', credentialType => 'basic', user => 'datarobot_jdbc',
		password => 'secret of this role' });
my $folder = tempdir('drs-files.XXXXXX', TMPDIR => 1, CLEANUP => 1);

my %stands_for = (
	"'https://app.datarobot.com/api/v2'" => "'" . $standin->api_url . q{', options => '{"allow_http": true}'},
	'/etc/postgresql/datarobot.token' => $token_file,
	q{'churn'} => "'$DEPLOYMENT{synthetic}'");

sub with_standin
{
	my ($sql) = @_;

	foreach my $text (sort keys %stands_for)
	{
		my $times = $sql =~ s/\Q$text\E/$stands_for{$text}/g;
		is($times, 1, "the newcomer's example names $text");
	}
	return $sql;
}

foreach my $file ('README.md', 'docs/reference.md', 'docs/recipes.md', 'docs/batch.md', 'docs/partitioning.md')
{
	my $text = slurp("$root/$file");
	my ($count, %of_heading) = (0);

	while ($text =~ /^<!-- run(: customer)? -->\n```sql\n(.*?)^```$/msg)
	{
		my ($is_first, $sql, $line) = ($1, $2, 1 + (substr($text, 0, $-[2]) =~ tr/\n//));
		my ($heading) = substr($text, 0, $-[0]) =~ /.*^#+ ([^\n]*)/ms;
		my ($stdout, $stderr);
		my $name = "$file $heading" . (++$of_heading{$heading} > 1 ? ", $of_heading{$heading}" : '');
		$sql = with_standin($sql) if $is_first;
		$sql =~ s{'/tmp/}{'$folder/}g;
		my $status = $node->psql(
			$is_first ? 'customer' : 'postgres', $sql,
			stdout => \$stdout,
			stderr => \$stderr,
			on_error_stop => 1);

		is($status, 0, "$file, line $line: the example runs") or diag($stderr);
		$count++;
		is(
			normal($stdout),
			normal($expected{$name} // 'no section of test/expected/examples'),
			"$file, line $line: it returns what it should");
		delete $expected{$name};
	}
	cmp_ok($count, '>=', 5, "$file has examples");
}

is(join(', ', sort keys %expected), '', 'every section is of an example');
done_testing();
