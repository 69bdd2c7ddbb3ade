# What an installation promises: the order of things of README.md and docs/options.md, for superusers and for a hosted
# provider's admin; what viewers need; and names in query texts where PostgreSQL sets the search path.
use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../lib";
use ScoringTest;
use Test::More;

my $standin = new_standin();
my $node = new_node('main');
my ($url, $token, $key) = ($standin->url, $standin->token, $standin->key);
my $deployment = $DEPLOYMENT{synthetic};
sub words { return join ' | ', map { $_ // '' } (error_of($node, $_[0], @_[ 1 .. $#_ ]))[ 0, 1, 3 ]; }

sub as
{
	my ($role, $sql, $dbname) = @_;
	return $node->safe_psql($dbname // 'sales', $sql, extra_params => [ '-U', $role ]);
}

# ---- a superuser installs, the database's owner does the rest, with a token that is no file
$node->safe_psql('postgres', 'CREATE ROLE admin LOGIN; CREATE ROLE analyst LOGIN; CREATE ROLE viewer LOGIN');
$node->safe_psql('postgres', 'CREATE DATABASE sales OWNER admin');
$node->safe_psql('sales',
	'CREATE EXTENSION datarobot_scoring; GRANT USAGE ON FOREIGN DATA WRAPPER datarobot_scoring TO admin;
		GRANT EXECUTE ON ALL ROUTINES IN SCHEMA datarobot TO admin WITH GRANT OPTION');
as('admin', "ALTER DATABASE sales SET datarobot.server = 'datarobot'");
is(as('analyst', 'SHOW datarobot.server'), 'datarobot',
	'the owner of a database sets its server, in a session that has not used the library');
as('analyst', "ALTER ROLE analyst SET datarobot.server = 'datarobot'");
is(as('analyst', 'SHOW datarobot.server', 'postgres'), 'datarobot', 'and a role its own');
as('admin',
	"CREATE SERVER datarobot FOREIGN DATA WRAPPER datarobot_scoring OPTIONS (prediction_url '$url', allow_http 'true');
		CREATE USER MAPPING FOR analyst SERVER datarobot OPTIONS (api_token '$token', datarobot_key '$key');
		GRANT USAGE ON FOREIGN SERVER datarobot TO analyst;
		GRANT EXECUTE ON ALL ROUTINES IN SCHEMA datarobot TO analyst;
		CREATE TABLE customer AS SELECT i AS id, i AS spend FROM generate_series(1, 5) i;
		GRANT SELECT ON customer TO analyst; GRANT CREATE ON SCHEMA public TO analyst");
is(as('analyst', 'SELECT bool_and(ok) FROM datarobot.check_connection()'), 't', 'then the analyst is connected');
is(as('analyst', "SELECT count(p) FROM (SELECT datarobot.predict(c, '$deployment') OVER () AS p FROM customer c) s"),
	'5', 'and scores');
like(join('', map { $_ // '' } error_of($node, "CREATE USER MAPPING FOR viewer SERVER datarobot
		OPTIONS (api_token_file '/etc/hostname')", dbname => 'sales', role => 'admin')), qr/^42501/,
	'files are for those who may read the server\'s');

# ---- what a viewer needs: each grant of the README, and none without the others
as('analyst',
	"CREATE VIEW scored AS SELECT id, (datarobot.predict_row(c, '$deployment') OVER ()).prediction FROM customer c");
my @grants = ('GRANT SELECT ON scored TO viewer', 'GRANT EXECUTE ON FUNCTION datarobot.predict_row TO viewer',
	'GRANT USAGE ON FOREIGN SERVER datarobot TO viewer',
	"CREATE USER MAPPING FOR viewer SERVER datarobot OPTIONS (api_token '$token', datarobot_key '$key')");
my @wanted = ('42501', '42501', '42501', '42704');
foreach my $i (0 .. $#grants)
{
	is((error_of($node, 'TABLE scored', dbname => 'sales', role => 'viewer'))[0], $wanted[$i],
		"a viewer who lacks $grants[$i]");
	as($i == 0 ? 'analyst' : 'admin', $grants[$i]);
}
is(as('viewer', 'SELECT count(prediction) FROM scored'), '5', 'a viewer who has all');

# ---- names in query texts: the path of a refresh
my $text = "datarobot.score('$deployment', 'SELECT * FROM %s', key_columns => '{id}', server => 'datarobot')";
my $hint = 'Name the schema of each relation in the query text: search_path is pg_catalog here, as it is for REFRESH '
  . 'MATERIALIZED VIEW from PostgreSQL 17 on.';
is(words('SET search_path = pg_catalog, pg_temp; SELECT * FROM ' . sprintf($text, 'customer'), dbname => 'sales',
		role => 'analyst'), "42P01 | relation \"customer\" does not exist | $hint",
	'a name without a schema, under the path of a refresh');
unlike(words('SELECT * FROM ' . sprintf($text, 'nowhere'), dbname => 'sales', role => 'analyst'), qr/Name the schema/,
	'no such hint elsewhere');
foreach my $name ('customer', 'public.customer')
{
	my $view = $name =~ s/\W/_/r . '_scored';
	my $make = "CREATE MATERIALIZED VIEW $view AS SELECT * FROM " . sprintf($text, $name) . ' WITH NO DATA';
	as('analyst', $make);
	my ($sqlstate, undef, undef, $got) = error_of($node, "REFRESH MATERIALIZED VIEW $view", dbname => 'sales',
		role => 'analyst');
	my $fails = $name eq 'customer' && safe_scalar($node, 'SHOW server_version_num') >= 170000;
	is(join(' ', $sqlstate // '', $got // ''), $fails ? "42P01 $hint" : ' ', "a refresh whose text names $name");
}

# ---- uninstall
$node->safe_psql('sales',
	'SET client_min_messages = error; DROP EXTENSION datarobot_scoring CASCADE; DROP SCHEMA datarobot');
is($node->safe_psql('sales', "SELECT (SELECT count(*) FROM pg_foreign_server) + (SELECT count(*)
		FROM pg_user_mapping) + (SELECT count(*) FROM pg_class WHERE relname = 'scored')"),
	'0', 'DROP EXTENSION takes servers, mappings and views with it, and leaves an empty schema');
$node->safe_psql('sales', 'CREATE EXTENSION datarobot_scoring');
is(as('analyst', 'SHOW datarobot.server'), 'datarobot', 'and it can be installed again');

done_testing();
