# BatchClient: DataRobot's own Python client against the stand-in server: runs test/interop/batch_client.py, and
# reads the tables that its jobs wrote.
#
#   my $python = client_python();                  # skips the whole test where the client is not installed
#   my $server = client_standin(%options);         # a stand-in with a folder of buckets
#   run_client($python, $server, 'file', 'jobs');  # sections of that program; each of its checks is a test
#   run_database_client($python, $server, $node);  # the section "database", and what is in the tables after it
package BatchClient;

use strict;
use warnings;

use Cwd qw(abs_path);
use Exporter 'import';
use File::Basename qw(dirname);
use File::Temp qw(tempdir);
use IPC::Run ();
use ScoringTest;
use Test::More;

our @EXPORT = qw(client_python client_standin run_client run_database_client);

my $test = abs_path(dirname(__FILE__) . '/..');
my ($user, $password) = ('batch_reader', 'a "secret"');

# The Python that has the client: $DRS_CLIENT_PYTHON, what "make interop" installed, or any in the path.
sub client_python
{
	my $home = $ENV{DRS_INTEROP_DIR} // '/var/tmp/datarobot_scoring-interop';
	my @python = ($ENV{DRS_CLIENT_PYTHON} // (), sort(glob "$home/client-*/bin/python"), '/usr/bin/python3', 'python3');

	foreach my $python (grep { !m{/} || -x } @python)
	{
		my $found = eval { IPC::Run::run([ $python, '-c', 'import datarobot, pandas' ], \undef, \my $out, \my $err) };
		return $python if $found;
	}
	plan skip_all => 'no Python here has DataRobot\'s client (make interop installs it)';
	return;
}

sub client_standin
{
	my (%opt) = @_;
	my $buckets = tempdir('drs-buckets.XXXXXX', TMPDIR => 1, CLEANUP => 1);
	my $standin = new_standin(%opt, args => [ @{ $opt{args} // [] }, '--buckets', $buckets ]);

	return { standin => $standin, buckets => $buckets,
		scratch => tempdir('drs-client.XXXXXX', TMPDIR => 1, CLEANUP => 1) };
}

# Its lines are TAP without numbers.
sub run_client
{
	my ($python, $server, @sections) = @_;
	my ($out, $err) = ('', '');
	local %ENV = (%ENV, %{ $server->{standin}->env }, DRS_DATA => "$test/../demo/data",
		DRS_SAMPLES => "$test/server/samples", DRS_BUCKETS => $server->{buckets}, DRS_SCRATCH => $server->{scratch},
		PYTHONDONTWRITEBYTECODE => 1, PYTHONWARNINGS => 'ignore', HOME => $server->{scratch}, TZ => 'UTC');

	my $ended = IPC::Run::run([ $python, "$test/interop/batch_client.py", @sections ], \undef, \$out, \$err,
		IPC::Run::timeout(300));
	my %ends;
	while ($out =~ /^(not )?ok - ((\w+): (.*))\n((?:# .*\n)*)/mg)
	{
		my ($bad, $name, $section, $what, $about) = ($1, $2, $3, $4, $5);
		$ends{$section} = 1 if $what eq 'comes to its end';
		ok(!$bad, $name) or diag $about;
	}
	is_deeply([ sort keys %ends ], [ sort @sections ], 'all sections come to their ends') or diag $err;
	ok($ended, 'the client ends well') or diag $err;
	return;
}

# For the host's address the user needs a password; all others come by the socket.
sub prepare_database
{
	my ($node, $csv) = @_;
	my $columns = '"vote_Dole_PREDICTION" float8, "vote_Clinton_PREDICTION" float8, "vote_PREDICTION" text,
		"THRESHOLD" float8, "POSITIVE_CLASS" text, id text PRIMARY KEY';
	open(my $in, '<', $csv) or die "$csv: $!";
	my $names = <$in>;
	chomp $names;

	$node->safe_psql('postgres', qq{
		CREATE TABLE voters (} . join(' text, ', split /,/, $names) . qq{ text);
		COPY voters FROM '$csv' (FORMAT csv, HEADER);
		CREATE TABLE upserted ($columns);
		INSERT INTO upserted (id, "vote_PREDICTION") SELECT id, 'old' FROM voters WHERE id::int % 3 = 0;
		CREATE TABLE updated ($columns);
		INSERT INTO updated (id, "vote_Dole_PREDICTION") SELECT id, -1 FROM voters;
		CREATE TABLE expected ($columns);
		CREATE ROLE $user LOGIN PASSWORD '$password';
		GRANT CREATE ON SCHEMA public TO $user;
		GRANT SELECT ON voters TO $user;
		GRANT SELECT, INSERT, UPDATE ON upserted, updated TO $user;});
	first_hba($node, "host all $user 127.0.0.1/32 scram-sha-256\n");
	return;
}

# How many rows of a table are not as the prediction server says, and how many are.
sub compared
{
	my ($node, $table, $columns) = @_;
	my $equal = join ' AND ', map { qq{t."$_" = e."$_"} } @$columns;

	return safe_scalar($node, qq{SELECT concat_ws('|', count(*) FILTER (WHERE NOT ($equal) OR e.id IS NULL),
		count(*) FILTER (WHERE $equal)) FROM $table t LEFT JOIN expected e ON e.id::float8 = t.id::float8});
}

sub run_database_client
{
	my ($python, $server, $node) = @_;
	my @all = qw(vote_Dole_PREDICTION vote_Clinton_PREDICTION vote_PREDICTION THRESHOLD POSITIVE_CLASS);
	local %ENV = (%ENV, DRS_JDBC_URL => 'jdbc:postgresql://127.0.0.1:' . $node->port . '/postgres',
		DRS_DATABASE_USER => $user, DRS_DATABASE_PASSWORD => $password);

	prepare_database($node, abs_path("$test/../demo/data/voters.csv"));
	run_client($python, $server, 'database');
	$node->safe_psql('postgres', "COPY expected FROM '$server->{scratch}/expected.csv' (FORMAT csv, HEADER)");
	my ($count, $even, $third) = split /\|/, safe_scalar($node, q{SELECT concat_ws('|', count(*),
		count(*) FILTER (WHERE id::int % 2 = 0), count(*) FILTER (WHERE id::int % 3 = 0)) FROM expected});
	cmp_ok($even, '>', 100, 'there are rows to be compared');
	is(compared($node, 'made', \@all), "0|$even", 'create_table: every value of every row');
	is(compared($node, 'inserted', \@all), "0|$even", 'insert with create_table_if_not_exists: every value');
	is(compared($node, 'upserted', ['vote_PREDICTION']), "0|$count", 'insert_update: new and old rows');
	is(safe_scalar($node, 'SELECT count(*) FROM upserted WHERE "THRESHOLD" IS NULL'), $third,
		'insert_update: other columns of old rows stay as they are');
	is(compared($node, '(SELECT * FROM updated WHERE id::int % 2 = 0)', ['vote_Dole_PREDICTION']), "0|$even",
		'update: rows that match');
	is(safe_scalar($node, 'SELECT count(*) FROM updated WHERE "vote_Dole_PREDICTION" = -1'), $count - $even,
		'update: the other rows stay as they are');
	return;
}

1;
