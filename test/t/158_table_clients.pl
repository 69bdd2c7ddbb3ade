# A scored table is a table to everybody who reads catalogs: psql, pg_dump and pg_restore, information_schema, JDBC,
# psycopg2, what graphical clients ask; and to DDL: privileges, comments, other columns, inheritance, partitions,
# publications. None of these sends a row.
use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../lib";
use Demo;
use File::Temp qw(tempdir);
use IPC::Run ();
use PostgreSQL::Test::Utils;
use ScoringTest;
use Test::More;

my $standin = new_standin();
my $node = new_node('main', standin => $standin, conf => "listen_addresses = '127.0.0.1'\n",
	init => [ extra => [ '--locale=C', '--encoding=UTF8' ] ]);
my %postgres = (PGHOST => $node->host, PGPORT => $node->port, PGDATABASE => 'postgres', PGUSER => scalar getpwuid($<));
my $dir = tempdir(CLEANUP => 1);
my $voters = 283;

load_demo($node);

sub value { return safe_scalar($node, @_); }
sub run { $node->safe_psql('postgres', $_[0]); return; }
sub sqlstate { return (error_of($node, @_))[0]; }

sub sent
{
	my $counters = $standin->counters;
	my $sum = 0;
	$sum += $_->{rows} foreach values %{ $counters->{deployments} // {} };
	return $sum;
}

# What a step sends.
sub sends
{
	my ($rows, $name, $step) = @_;
	my $before = sent();
	my @result = $step->();
	is(sent() - $before, $rows, "$name: sends " . ($rows || 'nothing'));
	return @result;
}

# "a_scored" is dumped before the table that its query reads, "z_scored" after it.
my $features = 'population, tv_news_days, own_ideology, clinton_ideology, dole_ideology, party_identification, age, '
  . 'education, income';
sub scored_table
{
	my ($name, %opt) = @_;
	my $columns = $opt{columns} // 'id int, age int, vote text, prediction text, probability float8';
	my $query = $opt{query} // "SELECT id, vote, $features FROM app.voter";
	my $more = $opt{more} // '';
	return qq{CREATE FOREIGN TABLE $name ($columns) SERVER datarobot
		OPTIONS (deployment '$DEPLOYMENT{binary}', query '$query', key_columns 'id, vote'$more)};
}

run(qq{
	CREATE SCHEMA app;
	CREATE TABLE app.voter AS TABLE demo.voter;
	ALTER TABLE app.voter ADD PRIMARY KEY (id);
	${\scored_table('app.a_scored')};
	${\scored_table('app.z_scored', columns =>
		q{id int NOT NULL, "Chance" float8 OPTIONS (output 'probability'), vote varchar(20) DEFAULT 'x' COLLATE "C",
			CHECK (id > 0)})};
	COMMENT ON FOREIGN TABLE app.a_scored IS 'votes, as expected';
	COMMENT ON COLUMN app.a_scored.probability IS 'of a vote for Dole';
	CREATE ROLE reader LOGIN;
	GRANT USAGE ON SCHEMA app TO reader;
	GRANT SELECT (id, prediction) ON app.a_scored TO reader;
	CREATE TABLE app.truth AS SELECT (key->>'id')::int AS id, prediction, probability
		FROM datarobot.score('$DEPLOYMENT{binary}', 'SELECT id, vote, $features FROM app.voter', '{id,vote}');});
is(value('SELECT count(*) FROM app.a_scored NATURAL JOIN app.truth'), $voters, 'the rows are those of score');
is(value('SELECT count(*) FROM app.z_scored z JOIN app.truth t ON t.id = z.id AND t.probability = z."Chance"
	JOIN app.voter v ON v.id = z.id AND v.vote = z.vote'), $voters, 'by other names and types, too');

# ---- psql

sub psql
{
	my ($command) = @_;
	my ($out, $err) = ('', '');
	$node->psql('postgres', "\\pset tuples_only off\n$command", stdout => \$out, stderr => \$err, on_error_stop => 1);
	is($err, '', "psql: $command");
	return $out;
}

sends(0, 'psql', sub {
	like(psql('\d app.a_scored'), qr/^id\|integer\|\|\|\|/m, '\d: a column');
	like(psql('\d app.z_scored'), qr/^Chance\|double precision\|\|\|\|\(output 'probability'\)/m, 'with its option');
	like(psql('\d+ app.a_scored'), qr/of a vote for Dole/, '\d+: a comment');
	like(psql('\d+ app.z_scored'), qr/^vote\|character varying\(20\)\|C\|\|'x'::character varying\|/m,
		'a modifier, a collation, a default');
	like(psql('\d+ app.z_scored'), qr/Check constraints:\n.*CHECK \(id > 0\)/, 'a constraint');
	like(psql('\d app.a_scored'),
		qr/^Server: datarobot\nFDW options: \(deployment '$DEPLOYMENT{binary}', query 'SELECT id/m,
		'server and options');
	like(psql('\det+ app.*'), qr/^app\|a_scored\|datarobot\|\(deployment .*\|votes, as expected$/m, '\det+');
	like(psql('\dE app.*'), qr/^app\|z_scored\|foreign table\|/m, '\dE');
	like(psql('\dp app.a_scored'), qr/prediction:\n?.*reader=r/s, '\dp: privileges of columns');
	like(psql('\dew+'), qr/^datarobot_scoring\|\w+\|datarobot\.scored_handler\|datarobot\.validator\|/m,
		'\dew+: the handler');
	psql('SELECT * FROM app.a_scored \gdesc');
});

# ---- statements that look at the table only

sends(0, 'what only looks at the table', sub {
	foreach my $statement (
		'EXPLAIN SELECT * FROM app.a_scored', 'EXPLAIN (VERBOSE) SELECT * FROM app.a_scored WHERE id = 5',
		'ANALYZE app.voter', 'VACUUM', 'ANALYZE', 'PREPARE p AS SELECT * FROM app.a_scored WHERE id = $1',
		'CREATE VIEW app.seen AS SELECT * FROM app.a_scored',
		'CREATE MATERIALIZED VIEW app.kept AS SELECT * FROM app.a_scored WITH NO DATA',
		'CREATE TABLE app.alike (LIKE app.a_scored INCLUDING ALL)',
		'CREATE TABLE app.none AS SELECT * FROM app.a_scored WITH NO DATA',
		'CREATE FUNCTION app.all_of() RETURNS SETOF app.a_scored LANGUAGE sql
			BEGIN ATOMIC SELECT * FROM app.a_scored; END',
		'CREATE STATISTICS app.stats ON id, age FROM app.a_scored', 'DROP STATISTICS app.stats', 'REINDEX SCHEMA app',
		'BEGIN; DECLARE c CURSOR FOR SELECT * FROM app.a_scored; COMMIT', 'SELECT count(*) FROM app.a_scored',
		'SELECT id, vote FROM app.a_scored',
		'SELECT pg_relation_size(\'app.a_scored\'), pg_total_relation_size(\'app.a_scored\')',
		'GRANT SELECT ON app.z_scored TO reader', 'REVOKE SELECT ON app.z_scored FROM reader',
		'CREATE RULE r AS ON INSERT TO app.alike DO ALSO SELECT 1')
	{
		my ($out, $err);
		is($node->psql('postgres', $statement, stdout => \$out, stderr => \$err, on_error_stop => 1), 0, $statement)
		  or diag($err);
	}
});
sends($voters, 'REFRESH', sub { run('REFRESH MATERIALIZED VIEW app.kept') });
is(value('SELECT count(*) FROM app.kept NATURAL JOIN app.truth'), $voters, 'the materialized view has all');
is(value('SELECT count(*) FROM app.all_of() a JOIN app.truth t USING (id, prediction)'), $voters, 'a function');

# ---- information_schema, and what graphical clients ask

sends(0, 'catalogs', sub {
	is(value(q{SELECT table_type, is_insertable_into FROM information_schema.tables WHERE table_name = 'a_scored'}),
		'FOREIGN|NO', 'information_schema.tables');
	is(value(q{SELECT string_agg(column_name || ' ' || data_type || ' ' || is_updatable || ' ' || is_nullable, ', '
			ORDER BY ordinal_position) FROM information_schema.columns WHERE table_name = 'z_scored'}),
		'id integer NO NO, Chance double precision NO YES, vote character varying NO YES', 'columns');
	is(value(q{SELECT foreign_server_name FROM information_schema.foreign_tables
			WHERE foreign_table_name = 'a_scored'}), 'datarobot', 'foreign_tables');
	is(value(q{SELECT option_value FROM information_schema.foreign_table_options
			WHERE foreign_table_name = 'a_scored' AND option_name = 'key_columns'}),
		'id, vote', 'foreign_table_options');
	is(value(q{SELECT column_name, option_name, option_value FROM information_schema.column_options}),
		'Chance|output|probability', 'column_options');
	is(value(q{SELECT count(*) FROM information_schema.table_constraints
			WHERE table_name = 'a_scored'}), '0', 'no keys');
	is(value(q{SELECT c.relname, c.relkind, d.description, pg_get_expr(c.relpartbound, c.oid), pg_get_partkeydef(c.oid),
			pg_get_userbyid(c.relowner) = current_user
			FROM pg_class c LEFT JOIN pg_description d ON d.objoid = c.oid AND d.objsubid = 0
				AND d.classoid = 'pg_class'::regclass
			WHERE c.relnamespace = 'app'::regnamespace AND c.relname = 'a_scored'}),
		'a_scored|f|votes, as expected|||t', 'the list of tables of DBeaver');
	is(value(q{SELECT string_agg(concat_ws(' ', a.attname, pg_get_expr(ad.adbin, ad.adrelid, true), dsc.description),
				', ' ORDER BY a.attnum)
			FROM pg_attribute a JOIN pg_class c ON a.attrelid = c.oid
				LEFT JOIN pg_attrdef ad ON a.attrelid = ad.adrelid AND a.attnum = ad.adnum
				LEFT JOIN pg_description dsc ON c.oid = dsc.objoid AND a.attnum = dsc.objsubid
			WHERE NOT a.attisdropped AND a.attnum > 0 AND c.oid = 'app.a_scored'::regclass}),
		'id, age, vote, prediction, probability of a vote for Dole', 'its list of columns');
	is(value(q{SELECT ft.ftoptions IS NOT NULL, fs.srvname FROM pg_foreign_table ft
			LEFT JOIN pg_foreign_server fs ON ft.ftserver = fs.oid WHERE ft.ftrelid = 'app.a_scored'::regclass}),
		't|datarobot', 'its properties of a foreign table');
	is(value(q{SELECT reltuples, pg_relation_size(oid) FROM pg_class WHERE oid = 'app.a_scored'::regclass}), '-1|0',
		'no size');
});
is(value('SELECT DISTINCT tableoid::regclass FROM app.a_scored'), 'app.a_scored', 'tableoid');

# ---- drivers

# A command's output, and how it ended.
sub output_of
{
	my (@command) = @_;
	my ($out, $err) = ('', '');

	local @ENV{ keys %postgres } = values %postgres;
	my $good = IPC::Run::run(\@command, '<', \undef, '>', \$out, '2>', \$err, IPC::Run::timeout(180));
	ok($good, "$command[0] runs") or diag($err);
	return $out;
}

my ($first, $sum) = split /\|/, value(q{SELECT min(id), round(sum(probability)::numeric, 6) FROM app.truth});
my $young = value('SELECT string_agg(id::text, $$,$$ ORDER BY id) FROM app.voter WHERE age = 21');

SKIP:
{
	my ($python) = grep { -x && IPC::Run::run([ $_, '-c', 'import psycopg2' ], '>', '/dev/null', '2>&1') }
	  ($ENV{DRS_CLIENTS} ? "$ENV{DRS_CLIENTS}/venv/bin/python" : ()), '/usr/bin/python3';
	skip('no Python here has psycopg2', 1) unless $python;
	write_file("$dir/client.py", q{
import psycopg2
conn = psycopg2.connect("")
cursor = conn.cursor()
cursor.execute("SELECT * FROM app.a_scored LIMIT 0")
print([(c.name, c.type_code) for c in cursor.description])
cursor.execute("SELECT id FROM app.a_scored WHERE age = %s AND prediction = ANY(%s) ORDER BY id",
               (21, ["Dole", "Clinton"]))
print(",".join(str(row[0]) for row in cursor))
named = conn.cursor("some_rows")
named.itersize = 50
named.execute("SELECT probability FROM app.a_scored")
print(round(sum(row[0] for row in named), 6))
cursor.execute("PREPARE one (int) AS SELECT prediction IS NOT NULL FROM app.a_scored WHERE id = $1")
rows = 0
for i in range(12):
    cursor.execute("EXECUTE one (%s)", (8,))
    rows += len(cursor.fetchall())
print(rows)
conn.rollback()
});
	my $out = output_of($python, "$dir/client.py");
	is($out =~ s/\n\z//r,
		join("\n", q{[('id', 23), ('age', 23), ('vote', 25), ('prediction', 25), ('probability', 701)]},
			$young, $sum + 0, 12),
		'psycopg2: columns, parameters, a named cursor, a prepared statement');
}

SKIP:
{
	my ($jar) = grep { -e } '/usr/share/java/postgresql.jar';
	my ($java) = grep { -x } map { "$_/java" } split /:/, $ENV{PATH};
	my ($javac) = grep { -x } map { "$_/javac" } split /:/, $ENV{PATH};
	skip('no JDBC driver or no JDK here', 1) unless $jar && $java && $javac;
	write_file("$dir/Client.java", <<~JAVA);
		import java.sql.*;
		public class Client {
			public static void main(String[] args) throws Exception {
				Connection conn = DriverManager.getConnection(
					"jdbc:postgresql://127.0.0.1:$postgres{PGPORT}/postgres", "$postgres{PGUSER}", "");
				DatabaseMetaData meta = conn.getMetaData();
				ResultSet rs = meta.getTables(null, "app", "a_scored", null);
				while (rs.next())
					System.out.println(rs.getString("TABLE_NAME") + " " + rs.getString("TABLE_TYPE") + " "
						+ rs.getString("REMARKS"));
				rs = meta.getColumns(null, "app", "z_scored", null);
				while (rs.next())
					System.out.println(rs.getString("COLUMN_NAME") + " " + rs.getString("TYPE_NAME") + " "
						+ rs.getInt("COLUMN_SIZE") + " " + rs.getString("IS_NULLABLE"));
				System.out.println(meta.getPrimaryKeys(null, "app", "a_scored").next());
				System.out.println(meta.getIndexInfo(null, "app", "a_scored", false, true).next());
				conn.setAutoCommit(false);
				Statement all = conn.createStatement();
				all.setFetchSize(50);
				rs = all.executeQuery("SELECT probability FROM app.a_scored");
				double sum = 0;
				while (rs.next()) sum += rs.getDouble(1);
				System.out.printf(java.util.Locale.ROOT, "%.6f%n", sum);
				PreparedStatement one = conn.prepareStatement("SELECT prediction FROM app.a_scored WHERE id = ?");
				int rows = 0;
				for (int i = 0; i < 12; i++) {
					one.setInt(1, 8);
					rs = one.executeQuery();
					while (rs.next()) rows++;
				}
				System.out.println(rows);
				conn.commit();
			}
		}
		JAVA
	my $before = sent();
	my $out = output_of($java, '-cp', $jar, "$dir/Client.java");
	is($out, join("\n", 'a_scored FOREIGN TABLE votes, as expected', 'id int4 10 NO', 'Chance float8 17 YES',
			'vote varchar 20 YES', 'false', 'false', $sum, 12, ''),
		'JDBC: DatabaseMetaData, a fetch size, a statement that the server prepares');
	is(sent() - $before, $voters + 12, 'JDBC: each row of them once');
}

# ---- privileges, DDL

is(value('SET ROLE reader; SELECT count(*) FROM (SELECT id, prediction FROM app.a_scored WHERE id = 8) s'), '1',
	'a role that may read these columns');
is(sqlstate('SELECT age FROM app.a_scored', role => 'reader'), '42501', 'but not the others');
is(sqlstate('SELECT id FROM app.voter', role => 'reader'), '42501', 'nor the source');
is(sqlstate("ALTER FOREIGN TABLE app.a_scored OPTIONS (ADD chunk_rows '5')", role => 'reader'), '42501',
	'nor alter it');

# A table of its own for changes.
run(scored_table('app.changed'));
run(q{ALTER FOREIGN TABLE app.changed OPTIONS (ADD chunk_rows '100', SET key_columns 'vote, id')});
my $requests = $standin->counters($DEPLOYMENT{binary})->{requests};
is(value('SELECT count(*) FROM app.changed NATURAL JOIN app.truth'), $voters, 'options that were added and set');
is($standin->counters($DEPLOYMENT{binary})->{requests} - $requests, 3, 'count');
run(q{ALTER FOREIGN TABLE app.changed OPTIONS (DROP chunk_rows)});
is(sqlstate(q{ALTER FOREIGN TABLE app.changed OPTIONS (ADD chunk_row '5')}), 'HV00D', 'an unknown one');
is(sqlstate(q{ALTER FOREIGN TABLE app.changed OPTIONS (DROP query)}), 'HV00J', 'the query cannot be dropped');
is(sqlstate(q{ALTER FOREIGN TABLE app.changed OPTIONS (SET query 'DELETE FROM app.voter')}), '22023',
	'nor become another');
run('ALTER FOREIGN TABLE app.changed ALTER COLUMN id TYPE bigint, ALTER COLUMN age TYPE numeric(6,2),
	ALTER COLUMN probability TYPE numeric(8,4)');
is(value('SELECT count(*) FROM app.changed c
	JOIN app.truth t ON t.id = c.id AND round(t.probability::numeric, 4) = c.probability
	JOIN app.voter v ON v.id = c.id AND v.age = c.age'), $voters, 'other types of columns');
is(value('SELECT id, age FROM app.changed WHERE id = 8 AND age = 21.00 AND prediction IS NOT NULL'), '8|21.00',
	'and conditions on them');
run('ALTER FOREIGN TABLE app.changed DROP COLUMN age, ADD COLUMN income int, DROP COLUMN vote, ADD COLUMN party text');
is(sqlstate('SELECT party FROM app.changed'), '42703', 'a column that neither the query nor the answer has');
run('ALTER FOREIGN TABLE app.changed DROP COLUMN party');
is(value('SELECT count(*) FROM app.changed c JOIN app.truth t ON t.id = c.id AND t.prediction = c.prediction
	JOIN app.voter v ON v.id = c.id AND v.income = c.income'), $voters, 'columns that were dropped and added');
is(value('SELECT (c).id, (c).income FROM app.changed c WHERE id = 8'), '8|1500', 'as a row');
run('ALTER FOREIGN TABLE app.changed RENAME COLUMN probability TO chance');
is(sqlstate('SELECT chance FROM app.changed'), '42703', 'a name that nothing has');
run(q{ALTER FOREIGN TABLE app.changed ALTER COLUMN chance OPTIONS (ADD output 'probability')});
is(value('SELECT count(*) FROM app.changed c
	JOIN app.truth t ON t.id = c.id AND round(t.probability::numeric, 4) = c.chance'),
	$voters, 'until its option says what it is');
run('CREATE SCHEMA elsewhere; ALTER FOREIGN TABLE app.changed RENAME TO moved;
	ALTER FOREIGN TABLE app.moved SET SCHEMA elsewhere');
is(value('SELECT count(chance) FROM elsewhere.moved'), $voters, 'under another name, in another schema');
run('ALTER TABLE app.voter DROP COLUMN party, ADD COLUMN added int');
is(value('SELECT count(chance) FROM elsewhere.moved'), $voters, 'after a change of the source');
run('ALTER TABLE app.voter RENAME TO voters');
is(sqlstate('SELECT * FROM elsewhere.moved'), '42P01', 'the source under another name');
is(sqlstate('DROP TABLE app.nothing'), '42P01', 'a table that is not there');
run('ALTER TABLE app.voters RENAME TO voter');
foreach my $statement ('INSERT INTO app.a_scored VALUES (1)', 'UPDATE app.a_scored SET age = 1',
	'DELETE FROM app.a_scored',
	'TRUNCATE app.a_scored', 'COPY app.a_scored FROM STDIN', 'CREATE INDEX ON app.a_scored (id)',
	'COPY app.a_scored TO STDOUT', 'CLUSTER app.a_scored')
{
	my $state = sqlstate($statement);
	ok(defined $state && $state =~ /^(?:0A000|42809)$/, "refused: $statement") or diag($state // 'it was not');
}

# ---- publications

$node->psql('postgres', 'CREATE PUBLICATION everything FOR ALL TABLES');
is(value(q{SELECT count(*) FILTER (WHERE tablename LIKE '%scored'), count(*) FILTER (WHERE tablename = 'voter') > 0
	FROM pg_publication_tables}), '0|t', 'a publication of all tables is without scored ones');
is(sqlstate('CREATE PUBLICATION one FOR TABLE app.a_scored'), '22023', 'and none can be added');
run('DROP PUBLICATION everything');

# ---- inheritance and partitions

run(qq{
	CREATE TABLE app.parent (id int, prediction text);
	INSERT INTO app.parent VALUES (-1, 'none');
	${\scored_table('app.child', columns => 'age int, prediction text, id int')};
	ALTER FOREIGN TABLE app.child INHERIT app.parent;
	ANALYZE app.parent;});
is(value('SELECT count(*), count(*) FILTER (WHERE id < 0) FROM app.parent'), ($voters + 1) . '|1',
	'a child of a table');
sends(1, 'one row of a parent', sub {
	is(value('SELECT id, prediction IS NOT NULL FROM app.parent WHERE id = 8'), '8|t', 'a condition on a parent');
});
is(value('SELECT count(*) FROM app.parent p JOIN app.truth t USING (id, prediction)'), $voters,
	'columns in another order');
run(qq{
	CREATE TABLE app.parts (id int, vote text, prediction text, probability float8) PARTITION BY LIST (vote);
	CREATE TABLE app.unknown PARTITION OF app.parts DEFAULT;
	${\scored_table('app.dole', columns => 'vote text, probability float8, id int, prediction text',
		query => "SELECT id, vote, $features FROM app.voter WHERE vote = ''Dole''")};
	ALTER TABLE app.parts ATTACH PARTITION app.dole FOR VALUES IN ('Dole');
	CREATE FOREIGN TABLE app.clinton PARTITION OF app.parts FOR VALUES IN ('Clinton') SERVER datarobot
		OPTIONS (deployment '$DEPLOYMENT{binary}', key_columns 'id, vote',
			query 'SELECT id, vote, $features FROM app.voter WHERE vote = ''Clinton''');});
my $dole = value(q{SELECT count(*) FROM app.voter WHERE vote = 'Dole'});
sends($dole, 'one partition', sub {
	is(value(q{SELECT count(prediction) FROM app.parts WHERE vote = 'Dole'}), $dole, 'the others are pruned');
});
sends($voters, 'all partitions', sub {
	is(value('SELECT count(*) FROM app.parts JOIN app.truth USING (id, prediction, probability)'), $voters,
		'partitions have all rows');
});
is(sqlstate(q{INSERT INTO app.parts VALUES (1, 'Dole')}), '0A000', 'nothing is inserted into such a partition');
run(q{INSERT INTO app.parts VALUES (1, 'Perot'); ALTER TABLE app.parts DETACH PARTITION app.dole});
is(value('SELECT count(*) FROM app.parts'), $voters - $dole + 1, 'a detached partition is not read');
run('ALTER FOREIGN TABLE app.child NO INHERIT app.parent; DROP TABLE app.parts, app.parent;
	DROP FOREIGN TABLE app.dole, app.child');

# ---- dumps: by a role that owns nothing, restored by another that owns nothing

run(q{
	CREATE ROLE backup LOGIN IN ROLE pg_read_all_data;
	CREATE ROLE restorer LOGIN;
	DROP FUNCTION app.all_of; DROP MATERIALIZED VIEW app.kept; DROP TABLE app.alike, app.none;});
my $archive = "$dir/dump";
sends(0, 'pg_dump', sub {
	$node->command_ok([ 'pg_dump', '-U', 'backup', '-h', $node->host, '-p', $node->port, '-F', 'c', '-n', 'app',
			'-f', $archive, 'postgres' ], 'pg_dump by a role that owns nothing');
});
my $listed = '';
IPC::Run::run([ 'pg_restore', '-l', $archive ], '>', \$listed);
like($listed, qr/FOREIGN TABLE app a_scored .*TABLE app voter .*FOREIGN TABLE app z_scored /s,
	'one is before its source, one after');
unlike($listed, qr/TABLE DATA app [az]_scored/, 'neither has data');

sub target
{
	my ($name) = @_;
	$node->safe_psql('postgres', "CREATE DATABASE $name");
	$node->safe_psql($name, "CREATE EXTENSION datarobot_scoring; GRANT CREATE ON DATABASE $name TO restorer");
	connect_node($node, standin => $standin, dbname => $name);
	$node->safe_psql($name, 'GRANT USAGE ON FOREIGN SERVER datarobot TO restorer');
	return ('pg_restore', '--no-owner', '--exit-on-error', '-U', 'restorer', '-h', $node->host, '-p', $node->port,
		'-d', $name);
}

sub has_all
{
	my ($name) = @_;
	is(safe_scalar($node, 'SELECT count(*) FROM app.a_scored NATURAL JOIN app.truth', dbname => $name), $voters,
		"$name: the rows");
	is(safe_scalar($node, q{SELECT count(*) FROM app.z_scored z
			JOIN app.truth t ON t.id = z.id AND t.probability = z."Chance"}, dbname => $name), $voters,
		"$name: options of columns");
	is(safe_scalar($node, q{SELECT pg_get_userbyid(relowner), obj_description(oid), col_description(oid, 5)
			FROM pg_class WHERE oid = 'app.a_scored'::regclass}, dbname => $name),
		'restorer|votes, as expected|of a vote for Dole', "$name: owner and comments");
	is(safe_scalar($node, q{SELECT has_column_privilege('reader', 'app.a_scored', 'id', 'SELECT'),
			has_column_privilege('reader', 'app.a_scored', 'age', 'SELECT')}, dbname => $name), 't|f',
		"$name: privileges");
	is(safe_scalar($node, 'SELECT count(*) FROM app.seen', dbname => $name), $voters, "$name: a view of it");
	return;
}

my @at_once = target('at_once');
my @in_sections = target('in_sections');
sends(0, 'pg_restore', sub {
	$node->command_ok([ @at_once, '-1', $archive ], 'pg_restore, in one transaction');
	$node->command_ok([ @in_sections, '--section', $_, $archive ], "pg_restore, section $_")
	  foreach qw(pre-data data post-data);
});
has_all('at_once');
has_all('in_sections');

# in the opposite order: the scored tables long before what they read
my @scored_first = target('scored_first');
write_file("$dir/scored", join '', map { "$_\n" } grep { /SCHEMA - app|FOREIGN TABLE/ } split /\n/, $listed);
write_file("$dir/others", join '', map { "$_\n" } grep { !/SCHEMA - app|FOREIGN TABLE/ } split /\n/, $listed);
sends(0, 'pg_restore in two steps', sub {
	$node->command_ok([ @scored_first, '-L', "$dir/scored", $archive ], 'the scored tables first');
	is(sqlstate('SELECT * FROM app.a_scored', dbname => 'scored_first'), '42P01', 'they cannot be read yet');
	$node->command_ok([ @scored_first, '-L', "$dir/others", $archive ], 'then what they read');
});
is(safe_scalar($node, 'SELECT count(*) FROM app.a_scored NATURAL JOIN app.truth', dbname => 'scored_first'), $voters,
	'now they can');

# a whole database, and one with the rows of foreign tables
my $whole = '';
sends(0, 'pg_dump of the database', sub {
	ok(IPC::Run::run([ 'pg_dump', '-d', $node->connstr('postgres') ], '>', \$whole), 'pg_dump of the database');
});
like($whole, qr/^CREATE FOREIGN TABLE app\.a_scored \(/m, 'has the scored tables');
like($whole,
	qr/^ALTER FOREIGN TABLE (?:ONLY )?app\.z_scored ALTER COLUMN "Chance" OPTIONS \(\s+output 'probability'\s+\);/m,
	'with the options of columns');
sends($voters, 'pg_dump --include-foreign-data', sub {
	my $data = '';
	ok(IPC::Run::run([ 'pg_dump', '--include-foreign-data', 'datarobot', '-t', 'app.a_scored', '-d',
				$node->connstr('postgres') ], '>', \$data), 'pg_dump with the rows of foreign tables');
	like($data, qr/^COPY app\.a_scored .*FROM stdin;\n6\t/m, 'has the rows');
});

done_testing();
