# Query texts in a trigger see its transition tables, and not the table that is called as they are: by every function
# that takes a query text, in every form that PL/pgSQL has for a call. The numbers of rows are those that the trigger's
# statement has.
use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../lib";
use PostgreSQL::Test::Utils;
use ScoringTest;
use Test::More;

my $standin = new_standin();
my $node = new_node('main', standin => $standin, server => { api_url => $standin->api_url });
my $synthetic = "'$DEPLOYMENT{synthetic}'";

$node->safe_psql('postgres', q{
	CREATE TABLE incoming (id int PRIMARY KEY, a float8, txt text);
	INSERT INTO incoming SELECT i, i, 'text ' || i FROM generate_series(1, 9) i;
	CREATE TABLE decoy (wrong int);
	CREATE TABLE seen (id int, prediction float8, note text);
	CREATE TABLE target (id int PRIMARY KEY, prediction float8);});

sub rows_sent
{
	my $sum = 0;
	$sum += $_->{rows} // 0 foreach values %{ $standin->counters->{deployments} };
	return $sum;
}

# Make a trigger of that body, which knows the new rows by a table's name, and insert rows 2001 to 2003.
sub fire
{
	my ($body, %opt) = @_;
	my $as = $opt{as} // 'incoming';

	$standin->reset;
	return error_of(
		$node, qq{
			DROP TRIGGER IF EXISTS fires ON incoming;
			DELETE FROM incoming WHERE id > 9;
			TRUNCATE seen, target;
			CREATE OR REPLACE FUNCTION fire() RETURNS trigger LANGUAGE plpgsql AS \$body\$ BEGIN $body;
				RETURN NULL; END \$body\$;
			CREATE TRIGGER fires AFTER INSERT ON incoming REFERENCING NEW TABLE AS $as FOR EACH STATEMENT
				EXECUTE FUNCTION fire();
			INSERT INTO incoming SELECT i, i, 'text ' || i FROM generate_series(2001, 2003) i;});
}

# The trigger leaves these in a table, and has sent so many rows.
sub leaves
{
	my ($name, $body, %opt) = @_;
	my @error = fire($body, %opt);
	my $sql = $opt{sql} // q{SELECT string_agg(id::text, ' ' ORDER BY id) FROM seen};

	is(join(' ', grep { defined } @error), '', "$name: no error");
	is(safe_scalar($node, $sql), $opt{result} // '2001 2002 2003', "$name: the rows of the statement");
	is(rows_sent(), $opt{sent} // 3, "$name: and no other is sent");
	return;
}

my $from_score = "SELECT (key ->> 'id')::int, prediction::float8
	FROM datarobot.score($synthetic, 'SELECT * FROM incoming', '{id}')";

# ---- score, in every place of a query
leaves('score', "INSERT INTO seen $from_score");
leaves('score in a loop', "DECLARE r record;
	BEGIN FOR r IN $from_score LOOP
		INSERT INTO seen VALUES (r.key); END LOOP; END" =~ s/SELECT \(key/SELECT (key/r =~ s/::int, /::int AS key, /r);
leaves('score by EXECUTE', "EXECUTE \$q\$ INSERT INTO seen $from_score \$q\$");
leaves('score in an expression', "DECLARE ids int[] :=
	ARRAY(SELECT ((datarobot.score($synthetic, 'SELECT * FROM incoming', '{id}')).key ->> 'id')::int);
	BEGIN INSERT INTO seen SELECT unnest(ids); END");
leaves('score within a query text', "INSERT INTO seen SELECT (key ->> 'k')::int FROM datarobot.score($synthetic,
	\$q\$ SELECT (s.key ->> 'id')::int AS k, 1 AS a FROM incoming JOIN datarobot.score($synthetic,
		'SELECT * FROM incoming', '{id}') s ON incoming.id = (s.key ->> 'id')::int \$q\$, '{k}')", sent => 6);
leaves('score, with the name in a subquery',
	"INSERT INTO seen SELECT (key ->> 'id')::int FROM datarobot.score($synthetic,
		\$q\$ WITH n AS (SELECT max(id) AS top FROM incoming) SELECT id, a FROM public.incoming
			WHERE id <= (SELECT top FROM n) AND id > 2001 \$q\$, '{id}')", result => '2002 2003', sent => 2);
leaves('score of a table by its schema', "INSERT INTO seen SELECT (key ->> 'id')::int
	FROM datarobot.score($synthetic, 'SELECT id, a FROM public.incoming WHERE id < 3', '{id}')",
	result => '1 2', sent => 2);
leaves('a WITH query has the name before that', "INSERT INTO seen SELECT (key ->> 'id')::int
	FROM datarobot.score($synthetic, 'WITH incoming AS (SELECT 7 AS id, 1 AS a) TABLE incoming', '{id}')",
	result => '7', sent => 1);

# ---- every other function that takes a query text
$node->safe_psql('postgres', 'CREATE TYPE scored AS (id int, prediction float8)');
leaves('score_as',
	"INSERT INTO seen SELECT id FROM datarobot.score_as(NULL::scored, $synthetic, 'TABLE incoming', '{id}')");
leaves('explain', "INSERT INTO seen SELECT DISTINCT (key ->> 'id')::int FROM datarobot.explain('$DEPLOYMENT{binary}',
	'SELECT id, a AS age, 1 AS population, 1 AS tv_news_days, 1 AS own_ideology, 1 AS clinton_ideology,
		1 AS dole_ideology, 1 AS party_identification, 1 AS education, 1 AS income FROM incoming',
	'{id}', options => '{\"check\": false, \"max_explanations\": 3}')");
leaves('preview', "INSERT INTO seen SELECT row_count FROM datarobot.preview($synthetic, 'TABLE incoming')",
	result => '3', sent => 0);
leaves('check', "INSERT INTO seen (note) SELECT feature FROM datarobot.check('$DEPLOYMENT{regression}', 'TABLE decoy')
	WHERE status = 'extra'",
	as => 'decoy', sql => q{SELECT string_agg(note, ' ' ORDER BY note) FROM seen}, result => 'a txt', sent => 0);

# score_into_now, as a row source and in an expression; with and without keys
foreach my $keys ('', ", key_columns => '{id}'")
{
	my $call =
		"datarobot.score_into_now($synthetic, 'SELECT * FROM incoming', 'target', passthrough_columns => '{id}'$keys)";

	$call =~ s/, passthrough_columns => '\{id\}'// if $keys;
	leaves("score_into_now$keys", "PERFORM rows_written FROM $call",
		sql => q{SELECT string_agg(id::text, ' ' ORDER BY id) FROM target});
	leaves("score_into_now$keys in an expression", "DECLARE r record; BEGIN r := $call; END",
		sql => q{SELECT string_agg(id::text, ' ' ORDER BY id) FROM target});
}
leaves('score_into', "CALL datarobot.score_into($synthetic, 'SELECT * FROM incoming', 'target', key_columns => '{id}',
	statement_type => 'upsert')", sql => q{SELECT string_agg(id::text, ' ' ORDER BY id) FROM target});
leaves('create_score_type', "EXECUTE 'DROP TYPE IF EXISTS made';
	PERFORM datarobot.create_score_type('$DEPLOYMENT{regression}', 'made', 'TABLE decoy', '{id}')",
	as => 'decoy', sql => q{SELECT attname FROM pg_attribute WHERE attrelid = 'made'::regclass AND attnum = 1},
	result => 'id', sent => 0);
fire("INSERT INTO seen SELECT rows_sent FROM datarobot.submit_actuals('$DEPLOYMENT{regression}',
	'SELECT id::text AS association_id, a AS actual_value FROM incoming')");
is(safe_scalar($node, 'SELECT id FROM seen'), '3', 'submit_actuals: the rows of the statement');

# ---- who does not see them
my ($sqlstate, $message);
$node->safe_psql('postgres', qq{
	ALTER TABLE incoming RENAME TO arrived;
	CREATE FUNCTION of_others() RETURNS bigint LANGUAGE plpgsql AS \$\$ BEGIN
		RETURN (SELECT count(*) FROM datarobot.score($synthetic, 'TABLE fresh')); END \$\$;});
sub fire_other
{
	my ($body) = @_;
	return error_of(
		$node, qq{
			DROP TRIGGER IF EXISTS fires ON arrived;
			CREATE OR REPLACE FUNCTION fire() RETURNS trigger LANGUAGE plpgsql AS \$body\$ BEGIN $body;
				RETURN NULL; END \$body\$;
			CREATE TRIGGER fires AFTER INSERT ON arrived REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT
				EXECUTE FUNCTION fire();
			INSERT INTO arrived VALUES (1 + (SELECT max(id) FROM arrived), 1, '');});
}
($sqlstate, $message) = fire_other('PERFORM of_others()');
is($sqlstate, '42P01', 'a function that the trigger calls sees none, as its own statements do not');
($sqlstate) = fire_other("PERFORM * FROM datarobot.score($synthetic, 'TABLE fresh')");
is($sqlstate, undef, 'the trigger does, where no table has the name');
($sqlstate, $message) = fire_other("PERFORM * FROM datarobot.score($synthetic, 'SELEC 1')");
is("$sqlstate $message", '42601 syntax error at or near "SELEC"', 'a mistake in the text is one of the query');
($sqlstate, $message) = fire_other("PERFORM * FROM datarobot.score($synthetic, 'DROP TABLE fresh')");
is("$sqlstate $message", '22023 the query must be one SELECT', 'what is no SELECT is refused as ever');
is((error_of($node, "SELECT * FROM datarobot.score($synthetic, 'TABLE fresh')"))[0], '42P01',
	'nothing of it is left when the trigger has ended');

done_testing();
