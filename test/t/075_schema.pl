# The extension among what others have made: a schema of its name, objects and privileges in it, default privileges, and
# PostgreSQL's own ways to look at it, move it and drop it.
use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../lib";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use ScoringTest;
use Test::More;

my $standin = new_standin();
my $node = new_node('main', standin => $standin, server => { api_url => $standin->api_url });
my $number = 0;

$node->safe_psql('postgres',
	'CREATE ROLE mallory LOGIN; CREATE ROLE app LOGIN; CREATE ROLE second_dba SUPERUSER LOGIN');

# A database of its own, with what exists before the extension; the error that creating it ends in.
sub created_after
{
	my ($before, %opt) = @_;
	my $database = 'd' . ++$number;

	$node->safe_psql('postgres', "CREATE DATABASE $database; GRANT CREATE ON DATABASE $database TO mallory");
	$node->safe_psql($database, $before);
	return ($database, join ' / ', grep { defined } (error_of($node,
			$opt{create} // 'CREATE EXTENSION datarobot_scoring', dbname => $database, role => $opt{role}))[ 0 .. 2 ]);
}

# ---- a schema that exists already

my $not_safe = '55000 / schema "datarobot" is not safe to create the extension in';
foreach (
	[ 'of another role', 'SET ROLE mallory; CREATE SCHEMA datarobot',
		qr/^\Q$not_safe\E \/ It belongs to role "mallory"\.$/ ],
	[ 'in which another role may create', 'CREATE SCHEMA datarobot; GRANT CREATE ON SCHEMA datarobot TO mallory',
		qr/^\Q$not_safe\E \/ Others can create objects in it: mallory\.$/ ],
	[ 'in which everybody may', 'CREATE SCHEMA datarobot; GRANT ALL ON SCHEMA datarobot TO PUBLIC',
		qr/^\Q$not_safe\E \/ Others can create objects in it: PUBLIC\.$/ ],
	[ 'with a function of another role',
		'CREATE SCHEMA datarobot; GRANT CREATE, USAGE ON SCHEMA datarobot TO mallory; SET ROLE mallory;
			CREATE FUNCTION datarobot.string_agg(text, text) RETURNS text LANGUAGE sql AS $$ SELECT $1 $$;
			RESET ROLE;
			REVOKE CREATE ON SCHEMA datarobot FROM mallory',
		qr/^\Q$not_safe\E \/ It contains objects of others: function datarobot\.string_agg\(text,text\)\.$/ ],
	[ 'with a table of another role', 'CREATE SCHEMA datarobot; CREATE TABLE datarobot.t (a int);
		ALTER TABLE datarobot.t OWNER TO mallory', qr/^\Q$not_safe\E \/ It contains objects of others: table t\.$/ ],
	[ 'with an operator of another role',
		'CREATE SCHEMA datarobot; CREATE OPERATOR datarobot.= (FUNCTION = texteq, LEFTARG = text, RIGHTARG = text);
			ALTER OPERATOR datarobot.= (text, text) OWNER TO mallory',
		qr/^\Q$not_safe\E \/ It contains objects of others: operator datarobot\.=\(text,text\)\.$/ ],
	[ 'of the superuser', 'CREATE SCHEMA datarobot; CREATE TABLE datarobot.mine (a int);
		GRANT USAGE ON SCHEMA datarobot TO mallory', qr/^$/ ],
	[ 'of another superuser', 'SET ROLE second_dba; CREATE SCHEMA datarobot', qr/^$/ ])
{
	my ($name, $before, $expected) = @$_;
	my ($database, $error) = created_after($before);

	like($error, $expected, "a schema $name");
	is(safe_scalar($node, 'SELECT count(*) FROM pg_extension WHERE extname = $$datarobot_scoring$$',
			dbname => $database), $error eq '' ? 1 : 0, "a schema $name: the extension exists or not");
}

# Nothing of theirs runs, even where it fits better than what is built in.
{
	my ($database, $error) = created_after(q{
		CREATE TABLE ran (what text);
		GRANT ALL ON ran TO PUBLIC;
		CREATE SCHEMA datarobot AUTHORIZATION mallory;
		SET ROLE mallory;
		CREATE FUNCTION datarobot.evil(name, name) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN
			RAISE EXCEPTION 'evil ran'; END $$;
		CREATE FUNCTION datarobot.evil(name, text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN
			RAISE EXCEPTION 'evil ran'; END $$;
		CREATE OPERATOR datarobot.= (FUNCTION = datarobot.evil, LEFTARG = name, RIGHTARG = name);
		CREATE OPERATOR datarobot.= (FUNCTION = datarobot.evil, LEFTARG = name, RIGHTARG = text);
		CREATE FUNCTION datarobot.format(text, name) RETURNS text LANGUAGE plpgsql AS $$ BEGIN
			RAISE EXCEPTION 'evil ran'; END $$;
		CREATE FUNCTION datarobot.pg_extension_config_dump(regclass, text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN
			RAISE EXCEPTION 'evil ran'; END $$});
	like($error, qr/^\Q$not_safe\E/, 'operators and functions in the schema do not run');
}

# ---- default privileges

{
	my ($database, $error) = created_after(q{
		ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO app;
		ALTER DEFAULT PRIVILEGES GRANT ALL ON SEQUENCES TO PUBLIC;
		ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
		ALTER DEFAULT PRIVILEGES REVOKE USAGE ON TYPES FROM PUBLIC});
	is($error, '', 'default privileges');
	is(safe_scalar($node, q{SELECT string_agg(relname || ' ' || privilege_type, ',' ORDER BY relname)
			FROM pg_class c, aclexplode(relacl) a
			WHERE relnamespace = 'datarobot'::regnamespace AND grantee <> relowner
				AND (grantee <> 0 OR privilege_type <> 'SELECT') AND relkind IN ('r', 'v', 'S')},
			dbname => $database), '', 'the ledger can only be read');
	is((error_of($node, 'TRUNCATE datarobot.rejected_row', dbname => $database, role => 'app'))[0], '42501',
		'it cannot be emptied');
	is((error_of($node, "SELECT nextval('datarobot.run_run_id_seq')", dbname => $database, role => 'app'))[0], '42501',
		'nor are its numbers used up');
	is(safe_scalar($node, q{SET ROLE app; SELECT datarobot.prune('1 day'), datarobot.last_run() IS NULL,
			(SELECT count(*) FROM datarobot.run_status), interval '1 min'::datarobot.quantity},
			dbname => $database), '0|t|0|60s', 'what everybody may do, everybody may');
	is(safe_scalar($node, q{SELECT string_agg(typname, ' ' ORDER BY typname)
			FROM pg_type t LEFT JOIN pg_class c ON c.oid = t.typrelid
			WHERE typnamespace = 'datarobot'::regnamespace AND typelem = 0 AND coalesce(relkind, 'c') = 'c'
				AND NOT has_type_privilege('app', t.oid, 'USAGE')},
			dbname => $database), '', 'everybody may use every type');
	is((error_of($node, q{SELECT * FROM datarobot.preview('d', 'SELECT 1 AS a')}, dbname => $database,
			role => 'app'))[0], '42501', 'and what sends, no role');
}

# ---- the setting, in sessions that have not loaded the library

$node->safe_psql('postgres', 'CREATE DATABASE of_app OWNER app');
$node->safe_psql('of_app', 'CREATE EXTENSION datarobot_scoring');
connect_node($node, standin => $standin, name => 'second', dbname => 'of_app');
is(join(' ', grep { defined } (error_of($node, "ALTER DATABASE of_app SET datarobot.server = 'nowhere'",
		dbname => 'of_app', role => 'app'))[ 0, 1 ]), '', 'the owner of a database sets the server there');
is(safe_scalar($node, 'SHOW datarobot.server', dbname => 'of_app'), 'nowhere', 'new sessions have it');
is((error_of($node, q{SELECT * FROM datarobot.preview('d', 'SELECT 1 AS a')}, dbname => 'of_app'))[1],
	'server "nowhere" does not exist', 'also once the library is loaded');
is(join(' ', grep { defined } (error_of($node, "ALTER ROLE app SET datarobot.server = 'second'", dbname => 'of_app',
		role => 'app'))[ 0, 1 ]), '', 'so does a role for itself');
is(safe_scalar($node, 'SHOW datarobot.server', dbname => 'of_app', extra_params => [ '-U', 'app' ]), 'second',
	'whose sessions have that');

# ---- where it is, and whether it moves

is((created_after('CREATE SCHEMA elsewhere', create => 'CREATE EXTENSION datarobot_scoring SCHEMA elsewhere'))[1],
	'0A000 / extension "datarobot_scoring" must be installed in schema "datarobot"',
	'CREATE EXTENSION in another schema');
is(join(' / ', grep { defined } (error_of($node, 'CREATE SCHEMA elsewhere;
		ALTER EXTENSION datarobot_scoring SET SCHEMA elsewhere'))[ 0, 1 ]),
	'0A000 / extension "datarobot_scoring" does not support SET SCHEMA', 'ALTER EXTENSION SET SCHEMA');

# ---- by those who look at it

$node->safe_psql('postgres',
	q{CREATE VIEW v AS SELECT datarobot.predict(f, 'd', '{"chunk_rows": 10}') OVER () AS p FROM (SELECT 1 AS a) f;
		CREATE MATERIALIZED VIEW w AS TABLE v WITH NO DATA});
foreach my $command ('\d+ datarobot.*', '\df+ datarobot.*', '\dT+ datarobot.*', '\dC+', '\dx+ datarobot_scoring',
	'\dew+', '\des+', '\deu+', '\dp datarobot.*', '\d+ v', '\d+ w', '\dn+ datarobot',
	'SELECT count(*) FROM information_schema.routines r
		JOIN information_schema.parameters p USING (specific_schema, specific_name)',
	'SELECT count(*) FROM information_schema.foreign_server_options', 'EXPLAIN VERBOSE SELECT * FROM v',
	'EXPLAIN (VERBOSE, FORMAT json) TABLE v')
{
	my ($out, $err) = ('', '');
	my $rc = $node->psql('postgres', $command, stdout => \$out, stderr => \$err);

	is("$rc $err", '0 ', $command);
	isnt($out, '', "$command says something");
}
is(safe_scalar($node, 'SELECT pg_get_viewdef($$v$$)') =~ s/\s+/ /gr,
	q{ SELECT datarobot.predict(f.*, 'd'::text, '{"chunk_rows": 10}'::datarobot.document) OVER () AS p}
	  . ' FROM ( SELECT 1 AS a) f;', 'a definition as it is read again');

# ---- settings that change how SQL texts are read and written

my $plain = q{SELECT body, url FROM datarobot.preview('5f00000000000000000000ff',
	$q$SELECT 'a\b' AS "t\\x", '\xdeadbeef'::bytea AS b, 1.5::float8 AS f$q$)};
my $expected = safe_scalar($node, $plain);
like($expected, qr/a\\b/, 'a backslash is sent as such');
foreach my $setting ('bytea_output = escape', 'extra_float_digits = -3', "DateStyle = 'SQL, DMY'",
	'IntervalStyle = sql_standard', 'quote_all_identifiers = on', 'transform_null_equals = on', 'array_nulls = off',
	'xmloption = document', "lc_numeric = 'C'", 'default_transaction_read_only = on',
	'plan_cache_mode = force_generic_plan')
{
	is(safe_scalar($node, "SET $setting; $plain"), $expected, "$setting changes nothing that is sent");
}
# the text is the caller's, read as the caller's session reads it; the extension's own SQL is not
$node->safe_psql('postgres', q{CREATE TABLE "o'd\d" ("i\d" int PRIMARY KEY, prediction float8);
	CREATE TABLE rows_to_score AS SELECT 1 AS "i\d", 2 AS a});
SKIP:
{
	skip('19 and newer have no other kind of strings', 2) if safe_scalar($node, 'SHOW server_version_num') >= 190000;
	is(safe_scalar($node, qq{SET standard_conforming_strings = off; SET escape_string_warning = off;
			SET client_min_messages = warning;
			CALL datarobot.score_into('$DEPLOYMENT{synthetic}', 'TABLE rows_to_score', '"o''d\\\\d"',
				key_columns => ARRAY['i\\\\d'], statement_type => 'upsert');
			SELECT count(prediction) FROM "o'd\\d"}),
		'1', 'standard_conforming_strings = off: names with backslashes and quotes');
	is(safe_scalar($node, qq{SET standard_conforming_strings = off; SET escape_string_warning = off;
			CREATE TABLE "b\\b" AS SELECT 1 AS id, 2 AS coinsurance_log;
			SELECT datarobot.create_scoring_view('v_off', '$DEPLOYMENT{regression}', '"b\\\\b"',
				options => '{"server": "datarobot", "check": false}', key_columns => '{id}');
			SELECT strpos(pg_get_viewdef('v_off'), '"b' || chr(92) || 'b"') > 0}),
		"v_off\nt", 'and a view of a table with one');
}

# ---- and it goes

$node->safe_psql('postgres', 'DROP EXTENSION datarobot_scoring CASCADE');
is(safe_scalar($node, q{SELECT count(*) FROM pg_class WHERE relname IN ('v', 'w', 'v_off')}), '0',
	'DROP EXTENSION CASCADE takes views along');
is(safe_scalar($node, q{SELECT count(*) FROM pg_proc WHERE pronamespace = 'datarobot'::regnamespace}), '0',
	'and leaves nothing in the schema');
$node->safe_psql('postgres', 'CREATE EXTENSION datarobot_scoring');
is(safe_scalar($node, q{SELECT datarobot.last_run() IS NULL}), 't', 'it can be created again');

done_testing();
