# The examples of docs/clients.md run with the drivers, poolers and tools that are installed: each writes every
# row, in slices, and prints what the page says. "make clients" installs those that are not packages.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use Demo;
use File::Path qw(make_path);
use File::Temp qw(tempdir);
use IPC::Run ();
use ScoringTest;
use Test::More;

my $rows = 5050;
my $standin = new_standin();
my $node = new_node('main', standin => $standin, server => { api_url => $standin->api_url },
	init => [ extra => [ '--locale=C', '--encoding=UTF8' ] ], conf => "listen_addresses = '127.0.0.1'\n");
my %postgres = (PGHOST => $node->host, PGPORT => $node->port, PGDATABASE => 'postgres', PGUSER => scalar getpwuid($<));
my $dir = tempdir(CLEANUP => 1);
my $page = slurp_source('docs/clients.md');

# ---- the page: { code, words (after the client's name), prints } by client

my %examples;
while ($page =~ /^<!-- client: (\S+) ?(.*?) -->\n```\w+\n((?s:.*?))^```\n((?:(?!^<!-- client|^## ).*\n)*)/mg)
{
	my ($client, $words, $code, $rest) = ($1, $2, $3, $4);
	my ($prints) = $rest =~ /^```\n(.*?)^```$/ms;
	push @{ $examples{$client} }, { code => $code, words => $words, prints => $prints };
}
my ($tables) = $page =~ /^```sql\n(CREATE VIEW demo\.patient_features.*?)^```$/ms;
is_deeply([ sort keys %examples ],
	[qw(dbt jdbc node pgbouncer plproxy postgres_fdw psycopg psycopg2 sqlalchemy)], 'docs/clients.md has its examples');

load_demo($node);
$node->safe_psql('postgres', $tables);
# what must be there: by the function that no client is part of
$node->safe_psql('postgres', qq{
	CREATE TABLE demo.right_visits AS
	SELECT (key->>'id')::int AS id, probability, prediction::float8 AS prediction
	FROM datarobot.score('$DEPLOYMENT{regression}', 'TABLE demo.patient_features', key_columns => '{id}');});
is(safe_scalar($node, 'SELECT count(*) FROM demo.right_visits'), $rows, 'the demo has so many rows');

# ---- running one

# A command's output, and how it ended.
sub output_of
{
	my (%opt) = @_;
	my ($out, $err) = ('', '');

	local @ENV{ keys %postgres, keys %{ $opt{env} // {} } } = (values %postgres, values %{ $opt{env} // {} });
	delete local $ENV{PGAPPNAME};
	chdir($opt{dir}) or die "$opt{dir}: $!" if $opt{dir};
	my $good = IPC::Run::run($opt{command}, '<', \undef, '>', \$out, '2>', \$err, IPC::Run::timeout(120));
	chdir('/');
	return ($good, $out, $err);
}

# Where the page names a server, ours.
sub localize
{
	my ($code) = @_;
	my ($host, $port, $user) = @postgres{qw(PGHOST PGPORT PGUSER)};

	$code =~ s{localhost:5432/sales}{127.0.0.1:$port/postgres}g;
	$code =~ s{host 'localhost', port '5432', dbname 'sales'}{host '$host', port '$port', dbname 'postgres'}g;
	$code =~ s{user 'analyst'}{user '$user'}g;
	$code =~ s{"analyst"}{"$user"}g;
	$code =~ s{'dbname=(shard\d)'}{'dbname=$1 host=$host port=$port'}g;
	return $code;
}

# Runs are counted: the page has the first.
sub printed { return $_[0] =~ s/\brun \d+:/run 1:/gr; }

sub is_printed
{
	my ($client, $example, $good, $out, $err) = @_;
	ok($good, "$client: the example runs") or diag($err);
	is(printed($out), $example->{prints}, "$client: it prints what the page says") if defined $example->{prints};
	return;
}

# A call of the page has written all rows, in slices; the next one finds the table empty.
sub is_written
{
	my ($client) = @_;
	is(safe_scalar($node, 'SELECT count(*) FROM demo.expected_visits NATURAL JOIN demo.right_visits'),
		$rows, "$client: every row is written, with its prediction");
	is(safe_scalar($node, 'SELECT mode, state, rows_written FROM datarobot.run_status ORDER BY run_id DESC LIMIT 1'),
		"sliced|completed|$rows", "$client: in slices");
	$node->safe_psql('postgres', 'TRUNCATE demo.expected_visits');
	return;
}

sub found
{
	my ($command) = @_;
	foreach my $path (split(/:/, $ENV{PATH}), '/usr/sbin')
	{
		return "$path/$command" if -x "$path/$command";
	}
	return;
}

# ---- drivers

my $clients = $ENV{DRS_CLIENTS};
my @pythons = grep { -x } ($clients ? "$clients/venv/bin/python" : ()), '/usr/bin/python3';

# A Python that has the module.
sub python_with
{
	my ($module) = @_;
	foreach my $python (@pythons)
	{
		return $python if (output_of(command => [ $python, '-c', "import $module" ]))[0];
	}
	return;
}

foreach my $module (qw(psycopg psycopg2 sqlalchemy))
{
  SKIP:
	{
		my $python = python_with($module) or skip("no Python here has $module", 1);
		foreach my $example (@{ $examples{$module} })
		{
			write_file("$dir/example.py", $example->{code});
			is_printed($module, $example, output_of(command => [ $python, "$dir/example.py" ]));
			is_written($module) if $example->{code} =~ /score_into/;
		}
	}
}

SKIP:
{
	my ($jar) = grep { -e } '/usr/share/java/postgresql.jar';
	my $java = found('javac') && found('java');
	skip('no JDBC driver or no JDK here', 1) unless $jar && $java;
	my ($example) = @{ $examples{jdbc} };

	write_file("$dir/Score.java", localize($example->{code}));
	is_printed('JDBC', $example, output_of(command => [ $java, '-cp', $jar, "$dir/Score.java" ]));
	is_written('JDBC');
}

SKIP:
{
	my $node_js = found('node');
	my ($modules) = grep { -d "$_/pg" } ($clients ? "$clients/node_modules" : ()), '/usr/share/nodejs';
	skip('no Node.js or no node-postgres here', 1) unless $node_js && $modules;
	my ($example) = @{ $examples{node} };

	write_file("$dir/example.js", $example->{code});
	is_printed('node-postgres', $example,
		output_of(command => [ $node_js, "$dir/example.js" ], env => { NODE_PATH => $modules }));
	is_written('node-postgres');
}

# ---- what drivers do by themselves: a transaction around each statement

SKIP:
{
	my $python = python_with('psycopg2') or skip('no Python here has psycopg2', 1);
	write_file("$dir/block.py", q{
import psycopg2
conn = psycopg2.connect("")
call = "CALL datarobot.score_into(%s, %s, %s, statement_type => 'upsert', key_columns => %s"
arguments = ["5f0000000000000000000001", "TABLE demo.patient_features", "demo.expected_visits", ["id"]]
for option in ("commit_rows => 2000", "commit_interval => '1s'", "workers => 2"):
    try:
        conn.cursor().execute(call + ", " + option + ")", arguments)
    except psycopg2.Error as error:
        print(error.pgcode)
    conn.rollback()
cursor = conn.cursor()
cursor.execute(call + ")", arguments)
cursor.execute("SELECT count(*) FROM demo.expected_visits")
print(cursor.fetchone()[0])
conn.rollback()
cursor.execute("SELECT count(*) FROM demo.expected_visits")
print(cursor.fetchone()[0])
});
	my ($good, $out, $err) = output_of(command => [ $python, "$dir/block.py" ]);
	ok($good, 'in a transaction block: runs') or diag($err);
	is($out, "25001\n25001\n25001\n$rows\n0\n",
		'in a transaction block: options of slices are errors; else it is one transaction');
}

# ---- dbt

SKIP:
{
	my ($dbt) = grep { -x } $clients ? "$clients/venv/bin/dbt" : ();
	skip('no dbt here ("make clients" installs it)', 1) unless $dbt;
	my $project = "$dir/project";

	make_path("$project/models");
	write_file("$project/dbt_project.yml", "name: sales\nversion: '1.0'\nprofile: sales\nmodel-paths: ['models']\n");
	write_file("$project/profiles.yml",
		"sales: {target: test, outputs: {test: {type: postgres, host: 127.0.0.1, port: $postgres{PGPORT}, "
		  . "user: $postgres{PGUSER}, password: none, dbname: postgres, schema: demo, threads: 1}}}\n");
	write_file("$project/$_->{words}", $_->{code}) foreach @{ $examples{dbt} };
	my ($good, $out, $err) = output_of(
		command => [ $dbt, '--no-version-check', 'run', '--profiles-dir', '.' ],
		dir => $project,
		env => { DO_NOT_TRACK => 1, DBT_SEND_ANONYMOUS_USAGE_STATS => 'false' });
	ok($good, 'dbt: the project runs') or diag($out, $err);
	is(safe_scalar($node, 'SELECT count(*) FROM demo.patient_score s
			JOIN demo.right_visits r ON r.id = s.id AND r.prediction = s.expected'),
		$rows, 'dbt: the model has every prediction');
	is_written('dbt');
}

# ---- PgBouncer

SKIP:
{
	my $pgbouncer = found('pgbouncer') or skip('no PgBouncer here', 1);
	my ($example) = @{ $examples{pgbouncer} };

	foreach my $mode (qw(session transaction statement))
	{
		write_file("$dir/bouncer.ini", <<~INI);
			[databases]
			postgres = host=$postgres{PGHOST} port=$postgres{PGPORT} user=$postgres{PGUSER}
			[pgbouncer]
			listen_addr =
			listen_port = 6432
			unix_socket_dir = $dir
			auth_type = any
			pool_mode = $mode
			logfile = $dir/bouncer.log
			pidfile = $dir/bouncer.pid
			INI
		my $bouncer = IPC::Run::start([ $pgbouncer, "$dir/bouncer.ini" ], '<', \undef, '>', "$dir/bouncer.out", '2>&1');
		my @psql = ('psql', '-XAtq', '-h', $dir, '-p', 6432, '-d', 'postgres');
		ok(wait_until(sub { (output_of(command => [ @psql, '-c', 'SELECT 1' ]))[0] }),
			"PgBouncer, $mode pooling: is up");
		my ($good, $out, $err) = output_of(command => [ @psql, '-c', $example->{code} ]);
		is_printed("PgBouncer, $mode pooling", $example, $good, ($err =~ /^(NOTICE:  run .*\n)/m), $err);
		is_written("PgBouncer, $mode pooling");
		$bouncer->signal('INT');
		ok(wait_until(sub { !-e "$dir/bouncer.pid" }), "PgBouncer, $mode pooling: has ended");
		$bouncer->kill_kill;
	}
}

# ---- other servers

sub run_sql
{
	my ($dbname, $code) = @_;
	my ($out, $err);
	my $status = $node->psql($dbname, localize($code), stdout => \$out, stderr => \$err, on_error_stop => 1);
	return ($status == 0, "$out\n", $err);
}

SKIP:
{
	skip('no postgres_fdw here', 1) unless has_extension($node, 'postgres_fdw');
	my ($scoring, $analysts) = @{ $examples{postgres_fdw} };
	$node->safe_psql('postgres', 'CREATE DATABASE analysts');
	is_printed('postgres_fdw, scoring', $scoring, run_sql('postgres', $scoring->{code}));
	is_printed('postgres_fdw', $analysts, run_sql('analysts', $analysts->{code}));
}

SKIP:
{
	skip('no PL/Proxy here', 1) unless has_extension($node, 'plproxy');
	my ($shard, $proxy) = @{ $examples{plproxy} };
	$node->safe_psql('postgres', 'CREATE DATABASE proxy');
	foreach my $number (0, 1)
	{
		my $dbname = "shard$number";
		$node->safe_psql('postgres', "CREATE DATABASE $dbname");
		$node->safe_psql($dbname, 'CREATE EXTENSION datarobot_scoring');
		connect_node($node, standin => $standin, dbname => $dbname);
		load_demo($node, dbname => $dbname);
		$node->safe_psql($dbname, "DELETE FROM demo.patient WHERE id % 2 = $number; $tables");
		is_printed("PL/Proxy, $dbname", $shard, run_sql($dbname, $shard->{code}));
	}
	is_printed('PL/Proxy', $proxy, run_sql('proxy', $proxy->{code}));
}

done_testing();
