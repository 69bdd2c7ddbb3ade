# Who may read a scored table, with whose rights its query runs, and with whose user mapping rows are sent: as an owner,
# a reader, an invoker; through views, functions, cursors, partitions. Row security and conditions are those of a view
# over the same query. The server answers each request with its token, which says whose mapping it was.
use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../lib";
use CannedServer;
use Hostile;
use Into;
use ScoringTest;
use Session;
use Test::More;

my $server = CannedServer->new(who => sub {
	my ($rows, undef, undef, $headers) = @_;
	my ($token) = ($headers->{authorization} // '') =~ /^Bearer (\d+)$/;
	return defined $token ? "y_PREDICTION\n" . "$token\n" x @$rows : (401, 'application/json', '{}');
});
my $node = new_node('main', init => [ extra => [ '--locale=C', '--encoding=UTF8' ] ]);
# by the token of the mapping
my %whose = (owner => 1, reader => 2, other => 3, public => 9);

$node->safe_psql('postgres', qq{
	CREATE ROLE owner LOGIN; CREATE ROLE reader LOGIN; CREATE ROLE other LOGIN; CREATE ROLE nobody LOGIN;
	CREATE SERVER canned FOREIGN DATA WRAPPER datarobot_scoring
		OPTIONS (prediction_url '${\$server->url}', allow_http 'true');
	CREATE USER MAPPING FOR PUBLIC SERVER canned OPTIONS (api_token '$whose{public}');
	GRANT USAGE ON FOREIGN SERVER canned TO owner;
	CREATE SCHEMA data; CREATE SCHEMA app AUTHORIZATION owner;
	GRANT USAGE ON SCHEMA data TO PUBLIC; GRANT USAGE ON SCHEMA app TO PUBLIC;
	CREATE TABLE data.customer AS SELECT g AS id, CASE WHEN g % 2 = 0 THEN 'owner' ELSE 'reader' END AS tenant,
		g % 3 AS kind FROM generate_series(1, 12) g;
	GRANT SELECT ON data.customer TO owner;});
$node->safe_psql('postgres', "CREATE USER MAPPING FOR $_ SERVER canned OPTIONS (api_token '$whose{$_}')")
	foreach qw(owner reader other);

my $query = 'SELECT id, tenant, kind FROM data.customer WHERE kind > 0';

# DDL of a scored table, by its owner; columns and options as those of the query above.
sub scored
{
	my ($name, %opt) = @_;
	my $columns = delete $opt{columns} // 'id int, tenant text, kind int, prediction float8';
	my $clause = delete $opt{clause} // "($columns)";
	return "CREATE FOREIGN TABLE $name $clause SERVER canned "
	  . options_sql(deployment => 'who', query => $query, key_columns => 'id', %opt) . ';';
}

my $dba = Session->new($node);
my %session = map { $_ => Session->new($node, role => $_) } qw(owner reader other nobody);
$session{owner}->must(scored('app.plain')
	  . scored('app.invoked', security_invoker => 'true')
	  . "CREATE VIEW app.plain_view AS $query;"
	  . "CREATE VIEW app.invoked_view WITH (security_invoker = true) AS $query;"
	  . 'GRANT SELECT ON app.plain, app.invoked, app.plain_view, app.invoked_view TO reader;');

sub sent { return scalar $server->bodies('who'); }

# The ids that a role reads and whose mapping it was, or the error; and whether anything was sent.
sub reads
{
	my ($role, $table, $rest) = @_;
	return value($session{$role}, "SELECT string_agg(id::text, ',' ORDER BY id) || ' by ' || string_agg(DISTINCT
		prediction::text, ',') FROM $table " . ($rest // ''));
}

sub refused
{
	my ($role, $sql, $sqlstate, $message, $name, %more) = @_;
	my $before = sent();
	fails_with($session{$role}->run($sql), $sqlstate, $message, $name, %more);
	is(sent(), $before, "$name: nothing was sent");
	return;
}

my $all = '1,2,4,5,7,8,10,11';

# ---- owner and reader

is(reads('owner', 'app.plain'), "$all by $whose{owner}", 'the owner reads with its own mapping');
is(reads('reader', 'app.plain'), "$all by $whose{reader}", 'a reader needs only SELECT, and uses its own mapping');
refused('reader', 'SELECT * FROM data.customer', '42501', qr/table customer/, 'a reader of the scored table only');
refused('other', 'SELECT * FROM app.plain', '42501', qr/permission denied for (?:foreign )?table plain/,
	'without SELECT');
refused('other', 'SELECT count(*) FROM app.plain', '42501', qr/plain/, 'without SELECT, nor are rows counted');
$dba->must('GRANT SELECT (id, prediction) ON app.plain TO other');
is(reads('other', 'app.plain'), "$all by $whose{other}", 'SELECT on the columns that are read is enough');
refused('other', 'SELECT kind FROM app.plain', '42501', qr/plain/, 'but not on others');
$dba->must('GRANT SELECT ON app.plain TO nobody');
is(reads('nobody', 'app.plain'), "$all by $whose{public}", 'without a mapping of its own, the one for PUBLIC');
is($session{nobody}->must(q{SELECT count(*) FROM information_schema.routine_privileges
	WHERE routine_schema = 'datarobot' AND grantee = 'nobody'}), '0', 'EXECUTE on functions is not needed');

$dba->must('DROP USER MAPPING FOR PUBLIC SERVER canned');
refused('nobody', 'SELECT * FROM app.plain', '42704', qr/^user "nobody" has no user mapping for server "canned"/,
	'no mapping at all');
is(value($session{nobody}, 'SELECT count(*), min(id) FROM app.plain'), '8|1', 'what sends nothing needs none');
like(value($session{nobody}, 'EXPLAIN (COSTS OFF) SELECT * FROM app.plain'), qr/Foreign Scan on plain/,
	'neither does EXPLAIN');
$dba->must("CREATE USER MAPPING FOR PUBLIC SERVER canned OPTIONS (api_token '$whose{public}')");
is(reads('nobody', 'app.plain'), "$all by $whose{public}", 'it is back in the same session');

# two roles in one session: connections are not shared
my $both = Session->new($node);
is($both->must("SET ROLE $_; SELECT DISTINCT prediction FROM app.plain"), $whose{$_} // $whose{public},
	"SET ROLE $_: its mapping")
	foreach qw(owner reader owner nobody);
$both->must('RESET ROLE; SET plan_cache_mode = force_generic_plan;
	PREPARE whose AS SELECT DISTINCT prediction FROM app.plain WHERE id > $1');
is($both->must("SET ROLE $_; EXECUTE whose (3)"), $whose{$_} // $whose{public}, "a generic plan follows SET ROLE $_")
	foreach qw(owner reader nobody);
is($both->must("RESET ROLE; BEGIN; SET LOCAL ROLE reader; EXECUTE whose (3); COMMIT"), $whose{reader},
	'SET LOCAL ROLE');
is($both->must('EXECUTE whose (3)'), $whose{public}, 'and after it');

# ---- rights of the query

$dba->must('REVOKE SELECT ON data.customer FROM owner');
foreach my $role (qw(owner reader))
{
	refused($role, 'SELECT * FROM app.plain', '42501', qr/permission denied for table customer/,
		"without the owner's rights: $role");
	refused($role, 'SELECT count(*) FROM app.plain', '42501', qr/customer/, "the same for what sends nothing: $role");
}
fails_with($dba->run('SELECT * FROM app.plain'), '42501', qr/permission denied for table customer/,
	'a superuser reads with the rights of the owner, as through a view');
$dba->must('GRANT SELECT ON data.customer TO reader');
refused('reader', 'SELECT * FROM app.plain', '42501', qr/customer/, 'rights of the reader do not help');
is(reads('reader', 'app.invoked'), "$all by $whose{reader}", 'security_invoker: the rights of the reader');
refused('owner', 'SELECT * FROM app.invoked', '42501', qr/customer/, 'security_invoker: not those of the owner');
$dba->must('REVOKE SELECT ON data.customer FROM reader; GRANT SELECT ON data.customer TO owner');
refused('reader', 'SELECT * FROM app.invoked', '42501', qr/permission denied for table customer/,
	'security_invoker without rights of the reader');
is(reads('owner', 'app.invoked'), "$all by $whose{owner}", 'security_invoker: the owner as reader');

# ---- USAGE is the owner's, each time

$dba->must('REVOKE USAGE ON FOREIGN SERVER canned FROM owner');
refused($_, 'SELECT * FROM app.plain', '42501', qr/^permission denied for foreign server canned/, "without USAGE: $_")
	foreach qw(owner reader);
fails_with($session{reader}->run('SELECT * FROM app.plain'), '42501', undef, 'without USAGE, it says whose is missing',
	detail => qr/^The role "owner" has no USAGE on it\.$/);
$dba->must('GRANT USAGE ON FOREIGN SERVER canned TO reader; GRANT SELECT ON data.customer TO reader');
refused('reader', 'SELECT * FROM app.plain', '42501', qr/canned/, 'USAGE of the reader does not help');
refused('reader', 'SELECT * FROM app.invoked', '42501', qr/canned/, 'neither with security_invoker');
$dba->must('REVOKE USAGE ON FOREIGN SERVER canned FROM reader; REVOKE SELECT ON data.customer FROM reader;
	GRANT USAGE ON FOREIGN SERVER canned TO owner');
is(reads('reader', 'app.plain'), "$all by $whose{reader}", 'USAGE is back');
refused('reader', "CREATE FOREIGN TABLE pg_temp.mine (id int) SERVER canned OPTIONS (query 'SELECT 1')", '42501',
	qr/canned/, 'nobody makes a scored table without USAGE');
refused('reader', "ALTER FOREIGN TABLE app.plain OPTIONS (SET query 'SELECT 1')", '42501', qr/must be owner/,
	'nor alters one of another');

# ---- row security: as of a view

$dba->must(q{ALTER TABLE data.customer ENABLE ROW LEVEL SECURITY;
	CREATE POLICY own ON data.customer TO owner USING (tenant = 'owner');
	CREATE POLICY theirs ON data.customer TO reader USING (tenant = 'reader');
	GRANT SELECT ON data.customer TO reader});
foreach my $role (qw(owner reader))
{
	foreach my $kind (qw(plain invoked))
	{
		foreach my $rest ('', 'WHERE id > 4', 'WHERE tenant = current_user')
		{
			my $ids = value($session{$role},
				"SELECT string_agg(id::text, ',' ORDER BY id) FROM app.${kind}_view $rest");
			my $expected = $ids eq '' ? '' : "$ids by $whose{$role}";
			is(reads($role, "app.$kind", $rest), $expected, "policies, $kind, $role: as the view $rest");
		}
	}
}
is(reads('reader', 'app.plain'), "2,4,8,10 by $whose{reader}", 'the rows of the owner, sent by the reader');
is(reads('reader', 'app.invoked'), "1,5,7,11 by $whose{reader}", 'security_invoker: the rows of the reader');
refused('reader', 'SET row_security = off; SELECT * FROM app.plain', '42501', qr/row-level security/,
	'row_security off is no way around');
$session{reader}->must('RESET row_security');
# a function of the reader in a condition sees no row that the policy hides
$session{reader}->must(q{CREATE TEMP TABLE seen (id int, who text);
	CREATE FUNCTION pg_temp.spy(id int) RETURNS boolean LANGUAGE plpgsql COST 0.0001 IMMUTABLE AS
		$$ BEGIN RAISE NOTICE 'saw % as %', id, current_user; RETURN true; END $$});
my $seen = $session{reader}->run('SELECT count(*) FROM app.plain WHERE pg_temp.spy(id)')->{text};
is(join(',', sort { $a <=> $b } $seen =~ /saw (\d+)/g), '2,4,8,10',
	'a function of the reader sees what the policy leaves');
is(join(',', do { my %h = map { $_ => 1 } $seen =~ /saw \d+ as (\w+)/g; sort keys %h }), 'reader',
	'and runs as the reader, not as the owner');
$dba->must('ALTER TABLE data.customer DISABLE ROW LEVEL SECURITY; REVOKE SELECT ON data.customer FROM reader');

# ---- rows that the query hides itself

$session{owner}->must(scored('app.guarded', security_barrier => 'true') . 'GRANT SELECT ON app.guarded TO reader');
$seen = $session{reader}->run('SELECT count(*) FROM app.guarded WHERE pg_temp.spy(id)')->{text};
is(join(',', sort { $a <=> $b } $seen =~ /saw (\d+)/g), $all, 'security_barrier: nor what the query leaves out');
$seen = $session{reader}->run('SELECT count(*) FROM app.guarded WHERE pg_temp.spy(id) AND id = 5')->{text};
is(join(',', $seen =~ /saw (\d+)/g), '5', 'security_barrier: what is leakproof comes first');
$session{owner}->must('CREATE VIEW app.guard WITH (security_barrier) AS SELECT * FROM app.plain WHERE id < 5;
	GRANT SELECT ON app.guard TO reader');
$seen = $session{reader}->run('SELECT count(*) FROM app.guard WHERE pg_temp.spy(id)')->{text};
is(join(',', sort { $a <=> $b } $seen =~ /saw (\d+)/g), '1,2,4', 'a barrier around the scored table');
my $before = sent();
is(reads('reader', 'app.guard', 'WHERE id = 4 AND pg_temp.spy(kind)'), "4 by $whose{owner}", 'a barrier: the row');
is(sent() - $before, 1, 'a barrier: it was sent, and no other');

# ---- through views, functions, cursors

$session{owner}->must('CREATE VIEW app.above AS SELECT * FROM app.plain; GRANT SELECT ON app.above TO other');
is(reads('other', 'app.above'), "$all by $whose{owner}", "a view reads as its owner, with its owner's mapping");
$dba->must('REVOKE SELECT (id, prediction) ON app.plain FROM other');
is(reads('other', 'app.above'), "$all by $whose{owner}", 'SELECT on the view is enough');
$session{owner}->must('CREATE VIEW app.asked WITH (security_invoker = true) AS SELECT * FROM app.plain;
	GRANT SELECT ON app.asked TO other, reader');
refused('other', 'SELECT * FROM app.asked', '42501', qr/plain/,
	'a view with security_invoker does not lend its rights');
is(reads('reader', 'app.asked'), "$all by $whose{reader}", 'a view with security_invoker reads as the reader');
# a view over the invoker's table, of another owner
$dba->must('CREATE VIEW app.of_other AS SELECT * FROM app.invoked; ALTER VIEW app.of_other OWNER TO other;
	GRANT SELECT ON app.invoked TO other; GRANT SELECT ON app.of_other TO reader');
refused('reader', 'SELECT * FROM app.of_other', '42501', qr/customer/,
	"security_invoker below a view: its owner's rights");
$dba->must('GRANT SELECT ON data.customer TO other');
is(reads('reader', 'app.of_other'), "$all by $whose{other}", "and with them, by its owner's mapping");
$dba->must('REVOKE SELECT ON data.customer FROM other');

$session{owner}->must(q{
	CREATE FUNCTION app.definer() RETURNS text LANGUAGE sql SECURITY DEFINER AS
		$$ SELECT count(*) || ' by ' || min(prediction) FROM app.plain $$;
	CREATE FUNCTION app.invoker() RETURNS text LANGUAGE sql AS
		$$ SELECT count(*) || ' by ' || min(prediction) FROM app.plain $$;
	CREATE FUNCTION app.cursor(name refcursor, sql text) RETURNS refcursor LANGUAGE plpgsql SECURITY DEFINER AS
		$$ BEGIN OPEN name FOR EXECUTE sql; RETURN name; END $$;
	CREATE PROCEDURE app.done(INOUT result text) LANGUAGE plpgsql SECURITY DEFINER AS
		$$ BEGIN SELECT min(prediction) INTO result FROM app.plain; END $$;});
is(value($session{reader}, 'SELECT app.definer()'), "8 by $whose{owner}", 'SECURITY DEFINER: its owner asks');
is(value($session{reader}, 'SELECT app.invoker()'), "8 by $whose{reader}", 'SECURITY INVOKER: the reader asks');
is(value($session{reader}, 'CALL app.done(NULL)'), $whose{owner}, 'a procedure of the owner');
refused('other', 'SELECT app.invoker()', '42501', qr/plain/, 'SECURITY INVOKER lends no rights');
$session{reader}->must('BEGIN');
foreach my $table (qw(plain invoked))
{
	is(value($session{reader}, "SELECT app.cursor('c_$table', 'SELECT prediction FROM app.$table ORDER BY id')"),
		"c_$table", 'a cursor that a function of the owner opened');
	is(value($session{reader}, "FETCH 2 FROM c_$table"), "$whose{owner}\n$whose{owner}",
		"$table: it is fetched from with the mapping of who opened it");
}
$session{reader}->must('ROLLBACK');

$session{owner}->must('CREATE MATERIALIZED VIEW app.kept AS SELECT * FROM app.plain;
	GRANT SELECT ON app.kept TO other');
is(reads('other', 'app.kept'), "$all by $whose{owner}", 'a materialized view');
$before = sent();
$dba->must('REFRESH MATERIALIZED VIEW app.kept');
is(reads('other', 'app.kept'), "$all by $whose{owner}", 'which is refreshed as its owner');
is(sent() - $before, 1, 'with one request');

# a table over another scored table
$session{owner}->must(scored('app.twice', columns => 'id int, first float8, prediction float8',
		query => 'SELECT id, prediction AS first FROM app.plain') . 'GRANT SELECT ON app.twice TO reader');
is(value($session{reader}, 'SELECT DISTINCT first, prediction FROM app.twice'), "$whose{owner}|$whose{reader}",
	'a scored table in the query is read by the owner, as in a view');

# ---- partitions

$dba->must("CREATE TABLE app.parts (id int, tenant text, kind int, prediction float8) PARTITION BY LIST (kind);
	ALTER TABLE app.parts OWNER TO other");
foreach my $kind (1, 2)
{
	$session{owner}->must(scored("app.part_$kind",
			query => "SELECT id, tenant, kind FROM data.customer WHERE kind = $kind"));
	$dba->must("ALTER TABLE app.parts ATTACH PARTITION app.part_$kind FOR VALUES IN ($kind)");
}
$session{other}->must('GRANT SELECT ON app.parts TO reader');
is(reads('reader', 'app.parts'), "$all by $whose{reader}", 'partitions: SELECT on the parent, mapping of the reader');
refused('reader', 'SELECT * FROM app.part_1', '42501', qr/part_1/, 'a partition itself');
$dba->must('REVOKE SELECT ON data.customer FROM owner');
refused('reader', 'SELECT * FROM app.parts', '42501', qr/customer/, "partitions: rights are those of each one's owner");
$dba->must('GRANT SELECT ON data.customer TO owner');

# ---- another owner

$dba->must('ALTER FOREIGN TABLE app.plain OWNER TO other');
$dba->must('GRANT USAGE ON FOREIGN SERVER canned TO other');
refused('reader', 'SELECT * FROM app.plain', '42501', qr/customer/, 'another owner has other rights');
$dba->must('REVOKE USAGE ON FOREIGN SERVER canned FROM other; GRANT SELECT ON data.customer TO other');
refused('reader', 'SELECT * FROM app.plain', '42501', qr/canned/, 'and needs USAGE');
$dba->must('GRANT USAGE ON FOREIGN SERVER canned TO other');
is(reads('reader', 'app.plain'), "$all by $whose{reader}", 'with both, the table is read again');
$dba->must('REVOKE SELECT ON data.customer FROM other; REVOKE USAGE ON FOREIGN SERVER canned FROM other;
	ALTER FOREIGN TABLE app.plain OWNER TO owner');

# ---- the reader's search_path, and what it cannot put before the query

hostile_schema($node);
$session{owner}->must('CREATE TABLE app.local AS SELECT id, tenant, kind FROM data.customer WHERE kind > 0;'
	  . scored('app.unqualified',
		query => q{SELECT id, tenant, kind FROM local WHERE kind <> 0 AND lower(tenant) > 'a'})
	  . scored('app.with_path', query => q{SELECT id, tenant, kind FROM customer WHERE kind <> 0},
		search_path => 'data')
	  . scored('app.lost', query => 'SELECT id, tenant, kind FROM gone')
	  . 'GRANT SELECT ON app.unqualified, app.with_path, app.lost TO reader');
$session{reader}->must('CREATE TEMP TABLE local (id int, tenant text, kind int); CREATE TEMP TABLE customer ()');
foreach my $path ('hostile, pg_catalog', 'hostile, pg_catalog, pg_temp', 'pg_temp', 'pg_temp, hostile, pg_catalog')
{
	$session{reader}->must("SET search_path = $path");
	foreach my $table (qw(unqualified with_path plain))
	{
		# the statement uses nothing that the path could choose
		is(value($session{reader}, "SELECT DISTINCT prediction FROM app.$table"), $whose{reader}, "$path: $table");
		is(value($session{reader}, "SELECT id FROM app.$table ORDER BY id USING OPERATOR(pg_catalog.<) LIMIT 1"), '1',
			"$path: rows of $table");
	}
	$session{reader}->must('RESET search_path');
}
is(alarms($dba), '0', 'nothing of the path has run');
$session{owner}->must('CREATE TABLE app.secret AS SELECT 99 AS id');
refused('reader', 'SELECT * FROM app.lost', '42P01', qr/relation "gone" does not exist/, 'a name that is not there');
$session{reader}->must(q{CREATE TEMP VIEW gone WITH (security_invoker = true) AS
	SELECT id, 'x'::text AS tenant, 1 AS kind FROM app.secret});
refused('reader', 'SELECT * FROM app.lost', '42501',
	qr/^the query of scored table "lost" reads a temporary relation, "gone"/,
	'a temporary view of the reader in its place', hint => qr/schema/);
refused('reader', 'SELECT count(*) FROM app.lost', '42501', qr/temporary/, 'the same for what sends nothing');
refused('reader', 'EXPLAIN SELECT * FROM app.lost', '42501', qr/temporary/, 'and for EXPLAIN');
$session{owner}->must('CREATE VIEW app.lost_above AS SELECT * FROM app.lost; GRANT SELECT ON app.lost_above TO reader');
refused('reader', 'SELECT * FROM app.lost_above', '42501', qr/temporary/, 'and through a view of the owner');
$session{owner}->must(q{ALTER FOREIGN TABLE app.lost OPTIONS (SET query
	'SELECT * FROM (SELECT 1 AS id, (SELECT max(tenant) FROM gone) AS tenant, 1 AS kind) s')});
refused('reader', 'SELECT * FROM app.lost', '42501', qr/temporary/, 'or deeper in the query');
$session{owner}->must(q{CREATE TEMP TABLE mine AS SELECT 5 AS id, 'owner' AS tenant, 1 AS kind;}
	  . scored('pg_temp.of_temp', query => 'TABLE mine'));
is(reads('owner', 'of_temp'), "5 by $whose{owner}", 'an owner has scored tables over its own temporary tables');
# the invoker's path is used with the invoker's rights
$session{owner}->must(scored('app.invoked_local', query => 'SELECT id, tenant, kind FROM local',
		security_invoker => 'true')
	  . 'GRANT SELECT ON app.invoked_local TO reader');
$session{reader}->must(q{INSERT INTO local VALUES (77, 'reader', 1)});
is(reads('reader', 'app.invoked_local'), "77 by $whose{reader}",
	"security_invoker: names are looked up as the reader's");

# ---- a session's settings do not change what the query says

$session{owner}->must(scored('app.quoted', query => q{SELECT id, tenant, kind FROM data.customer WHERE tenant <> 'a\'})
	  . 'GRANT SELECT ON app.quoted TO reader');
# (19 has only one kind of strings)
$session{reader}->must('SET standard_conforming_strings = off')
  if $session{reader}->must('SHOW server_version_num') < 190000;
$session{reader}->must('SET transform_null_equals = on');
is(value($session{reader}, 'SELECT count(*), min(prediction) FROM app.quoted'), "12|$whose{reader}",
	'standard_conforming_strings of the reader');
$session{reader}->must('RESET ALL');

done_testing();
