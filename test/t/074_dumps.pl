# Dumps by every role that may make them, and restores to every place: pg_dump as superuser, as a role with
# pg_read_all_data and as an owner of the database; into a cluster that knows none of the roles; and what of the
# ledger and of the secrets is in each.
use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../lib";
use Into;
use IPC::Run ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use ScoringTest;
use Session;
use Test::More;

my $standin = new_standin();
my $node = new_node('main', standin => $standin);
my $other = PostgreSQL::Test::Cluster->new('other');    # without any of the roles
my $n = 40;
my $secret = 'token-of-anna-0123456789abcdef';

$other->init;
$other->append_conf('postgresql.conf', "datarobot.server = 'datarobot'\n");
$other->start;
customers($node, $n);
$node->safe_psql('postgres', qq{
		CREATE ROLE anna LOGIN;
		CREATE ROLE gone;
		CREATE ROLE "Odd ""name" LOGIN;
		CREATE ROLE reader LOGIN IN ROLE pg_read_all_data;
		CREATE ROLE watcher LOGIN IN ROLE pg_read_all_data, pg_monitor;
		CREATE ROLE backup LOGIN BYPASSRLS IN ROLE pg_read_all_data;
		CREATE ROLE master LOGIN;
		ALTER DATABASE postgres OWNER TO master;
		GRANT EXECUTE ON ALL ROUTINES IN SCHEMA datarobot TO anna, gone, master, "Odd ""name";
		GRANT USAGE ON FOREIGN SERVER datarobot TO anna, gone, master, "Odd ""name";
		CREATE TABLE target (id int, prediction float8);
		GRANT ALL ON ALL TABLES IN SCHEMA public TO anna, gone, master, "Odd ""name";
		CREATE SERVER with_secret FOREIGN DATA WRAPPER datarobot_scoring
			OPTIONS (prediction_url 'https://127.0.0.1:9', auth 'bearer');
		CREATE USER MAPPING FOR anna SERVER with_secret OPTIONS (api_token '$secret');});

# Runs: one of anna with a rejected row, and one each of others; one belongs to a role that is no more.
my $session = Session->new($node);
my %usual = (query => 'TABLE public.customer', output => 'public.target', key_columns => ['id'], on_error => 'reject',
	options => { chunk_rows => 8 });
my %run_of;
$standin->faults({ fault => 'status', status => 422,
		value => value($session, 'SELECT spend FROM customer WHERE id = 7'), column => 'spend', times => -1 });
foreach my $role ('anna', 'postgres', 'gone', 'master', 'Odd "name')
{
	$session->must('SET ROLE ' . ($role =~ /"/ ? '"Odd ""name"' : $role));
	$run_of{$role} = write_scores($session, into(%usual))->{run_id};
	$session->must('RESET ROLE');
	$standin->reset;
}
$session->must('DROP OWNED BY gone; DROP ROLE gone');
is(value($session, 'SELECT count(*), sum(rows_rejected) FROM datarobot.run'), '5|1', 'five runs, and one rejected row');
# Jobs of two of them.
$session->must('INSERT INTO datarobot.run_job (run_id, part, job, job_id, stage, rows_before, rows_sent, last_key)
	SELECT run_id, 1, 1, $$job-$$ || run_id, $$settled$$, 0, 20, $${20}$$ FROM datarobot.run ORDER BY run_id LIMIT 2');
# One is of shards, which have its mark.
$session->must("UPDATE datarobot.run SET mode = 'shards', job_mark = '0123456789abcdef'
	WHERE run_id = $run_of{master}");

# The dump as text, made by a role.
sub dump_as
{
	my ($role, @options) = @_;
	my ($out, $err) = ('', '');
	my $good = IPC::Run::run([ 'pg_dump', '-h', $node->host, '-p', $node->port, '-U', $role, @options, 'postgres' ],
		'>', \$out, '2>', \$err);

	ok($good, "pg_dump as $role @options") or diag($err);
	return $out;
}

# How many entries of each kind the dump has: runs, rejected rows, jobs.
sub entries
{
	my ($dump) = @_;
	return join '|', map { my $count = () = $dump =~ /^(?:$_\t|INSERT INTO datarobot\.ledger_dump VALUES \('$_',)/mg;
		$count } qw(run rejected_row run_job);
}

# ---- who sees what

my %expected = (
	postgres => '5|1|2', backup => '5|1|2', watcher => '5|0|2', reader => '0|0|0', master => '1|0|0');
foreach my $role (sort keys %expected)
{
	foreach my $options ([], ['--inserts'])
	{
		my $dump = $role eq 'master' ? dump_as($role, @$options, '-T', 'expected') : dump_as($role, @$options);
		my $sees_secret = $role eq 'postgres';

		is(entries($dump), $expected{$role}, "$role: runs and rejected rows are those that the role may see");
		is(index($dump, $secret) >= 0, $sees_secret, "$role: the token is " . ($sees_secret ? '' : 'not ') . 'in it');
		like($dump, qr/^CREATE USER MAPPING FOR anna SERVER with_secret/m, "$role: the mapping is");
		like($dump, qr/^CREATE TABLE public\.customer /m, "$role: and so are tables");
	}
}
is(value($session, 'SET ROLE anna; SELECT string_agg(DISTINCT kind, $$ $$ ORDER BY kind),
		count(DISTINCT entry ->> $$run_id$$) FROM datarobot.dump_ledger()'),
	'rejected_row run run_job run_slice|1', 'the function that dumps shows nobody more');
$session->must('RESET ROLE');

# ---- restores

my $columns = join ', ', qw(run_id state mode server deployment query target statement_type arguments search_path
  job_mark split_keys model_id rows_read rows_written rows_rejected sqlstate message started_at finished_at resumed_at);
my %content = (
	run => "SELECT $columns FROM datarobot.run ORDER BY run_id",
	slices => 'SELECT * FROM datarobot.run_slice ORDER BY run_id, part, slice',
	rejected => 'SELECT * FROM datarobot.rejected_row ORDER BY run_id, row_number',
	jobs => 'SELECT * FROM datarobot.run_job ORDER BY run_id, part, job',
	columns => q{SELECT count(*) FROM pg_attribute WHERE attrelid = 'datarobot.run'::regclass});
my %was = map { $_ => value($session, $content{$_}) } keys %content;
my $highest = value($session, 'SELECT max(run_id) FROM datarobot.run');

sub has_all
{
	my ($where, $database, $owners, $name) = @_;
	my $restored = Session->new($where, dbname => $database);

	is(value($restored, $content{$_}), $was{$_}, "$name: $_") foreach sort keys %content;
	is(value($restored, 'SELECT string_agg(DISTINCT owner::text, $$ $$) FROM datarobot.run'), $owners,
		"$name: whose the runs are");
	is(value($restored, 'SELECT count(*) FROM datarobot.ledger_dump'), 0, "$name: the table that dumps is empty");
	is(value($restored, "SELECT nextval('datarobot.run_run_id_seq') > $highest"), 't',
		"$name: numbers continue after the last one");
	$restored->close;
	return;
}

sub psql_restores
{
	my ($where, $database, $dump, $name, @options) = @_;
	my $file = "$PostgreSQL::Test::Utils::tmp_check/dump.sql";

	write_file($file, $dump);
	$where->safe_psql('postgres', "CREATE DATABASE $database");
	return $where->command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', @options, '-f', $file, '-d',
			$where->connstr($database) ], $name);
}

my $owners = value($session, q{SELECT string_agg(DISTINCT r.rolname, ' ')
	FROM (SELECT CASE WHEN pg_get_userbyid(owner) LIKE 'unknown%' THEN 'postgres' ELSE owner::text END AS rolname
		FROM datarobot.run) r});
psql_restores($node, 'same_cluster', dump_as('postgres'), 'restored beside it');
has_all($node, 'same_cluster', $owners, 'beside it');
my $granted = q{SELECT p.oid::regprocedure::text, a.grantee::regrole::text FROM pg_proc p, aclexplode(p.proacl) a
	WHERE p.pronamespace = 'datarobot'::regnamespace AND a.grantee <> p.proowner ORDER BY 1, 2};
my $grants = value($session, $granted);
like($grants, qr/^datarobot\.score_shards\(.*\)\|anna$/m, 'there are grants on routines');
is(safe_scalar($node, $granted, dbname => 'same_cluster'), $grants, 'beside it: the grants on routines');

# User mappings name roles, as grants do, and that is PostgreSQL's own: without these, nothing else asks for a role.
$session->must('DROP USER MAPPING FOR anna SERVER with_secret');
my @bare = ('--no-owner', '--no-privileges');
psql_restores($other, 'bare', dump_as('postgres', @bare), 'restored without the roles, in one transaction', '-1');
has_all($other, 'bare', 'postgres', 'without the roles');
psql_restores($other, 'bare_inserts', dump_as('postgres', @bare, '--column-inserts'), 'the same by INSERT', '-1');
has_all($other, 'bare_inserts', 'postgres', 'by INSERT');
foreach my $format (qw(custom directory))
{
	my $archive = "$PostgreSQL::Test::Utils::tmp_check/dump.$format";
	my @jobs = $format eq 'directory' ? ('-j', '2') : ();

	$node->command_ok([ 'pg_dump', '-F', $format, @jobs, '-f', $archive, $node->connstr('postgres') ],
		"pg_dump, format $format");
	$other->safe_psql('postgres', "CREATE DATABASE of_$format");
	$other->command_ok([ 'pg_restore', @bare, @jobs ? @jobs : '-1', '--exit-on-error', '-d',
			$other->connstr("of_$format"), $archive ], "pg_restore, format $format");
	has_all($other, "of_$format", 'postgres', "format $format");
	next if @jobs;
	$other->safe_psql('postgres', 'CREATE DATABASE in_sections');
	foreach my $section (qw(pre-data data post-data))
	{
		$other->command_ok([ 'pg_restore', @bare, '--section', $section, '--exit-on-error', '-d',
				$other->connstr('in_sections'), $archive ], "section $section");
	}
	has_all($other, 'in_sections', 'postgres', 'in sections');
	$other->command_fails_like([ 'pg_restore', @bare, '--section', 'data', '--exit-on-error', '-d',
			$other->connstr('in_sections'), $archive ], qr/duplicate key/,
		'the same data once more is refused, as in any table');
}

# what was restored is dumped as what was not
{
	my $again = '';
	IPC::Run::run([ 'pg_dump', '-d', $other->connstr('bare') ], '>', \$again);
	psql_restores($other, 'again', $again, 'restored, dumped and restored');
	has_all($other, 'again', 'postgres', 'twice');
}

# ---- less than all

is(entries(dump_as('postgres', '--schema-only')), '0|0|0', 'the schema alone has no ledger');
{
	my $everything = '';
	ok(IPC::Run::run([ 'pg_dumpall', '-h', $node->host, '-p', $node->port, '-U', 'postgres' ], '>', \$everything),
		'pg_dumpall');
	is(entries($everything), '10|2|4', 'has the ledgers of both databases');
}

# ---- a restored database is used

$session->must('CREATE MATERIALIZED VIEW scored AS SELECT id, datarobot.predict(c, $$' . $DEPLOYMENT{synthetic}
	  . '$$, $${"server": "datarobot", "key_columns": ["id"]}$$) OVER () AS prediction FROM customer c');
psql_restores($other, 'live', dump_as('postgres', @bare), 'with a materialized view, which is scored again', '-1');
{
	my $live = Session->new($other, dbname => 'live');
	same_rows($live, 'SELECT * FROM scored', 'SELECT * FROM expected', 'its predictions');
	my $result = write_scores($live, into(%usual));
	counts_are($result, [ $n, $n, 0 ], 'scoring in a restored database');
	cmp_ok($result->{run_id} // 0, '>', $highest, 'its runs are numbered on');
	$live->close;
}

# ---- who may not

$node->safe_psql('postgres', 'CREATE ROLE writer LOGIN IN ROLE pg_write_all_data, pg_read_all_data');
my $entry = q{('run', (SELECT to_jsonb(r) || '{"run_id": 999}' FROM datarobot.run r LIMIT 1))};
is((error_of($node, "INSERT INTO datarobot.ledger_dump VALUES ('run', '{}')", role => 'anna'))[0], '42501',
	'nobody writes to the ledger by way of a restore');
is((error_of($node, "INSERT INTO datarobot.ledger_dump VALUES ('run', '{\"run_id\": 999, \"owner\": \"anna\"}')",
		role => 'writer'))[0], '42501', 'nor does a role with pg_write_all_data');
is((error_of($node, "INSERT INTO datarobot.ledger_dump VALUES ('other', '{}')"))[0], '22023',
	'an entry of no kind that is known');
is((error_of($node, "INSERT INTO datarobot.ledger_dump VALUES ('run', NULL)"))[0], '22004', 'an entry of nothing');
is((error_of($node, "ALTER TABLE datarobot.ledger_dump DISABLE TRIGGER ALL;
		INSERT INTO datarobot.ledger_dump VALUES ('run', '{}')"))[0],
	'23514', 'where triggers are disabled, nothing is lost without a word');
$node->safe_psql('postgres', 'ALTER TABLE datarobot.ledger_dump ENABLE ALWAYS TRIGGER restore');
is(safe_scalar($node, "SET session_replication_role = replica; INSERT INTO datarobot.ledger_dump VALUES $entry;
		SELECT count(*) FROM datarobot.run WHERE run_id = 999"), '1', 'a session that replicates restores, too');

$session->close;
done_testing();
