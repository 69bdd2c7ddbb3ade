# Which outputs go into which columns under which names, what is checked before anything is sent, and what can only
# be known from the first answer: then nothing is written.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use CannedServer;
use Into;
use ScoringTest;
use Session;
use Test::More;

my $standin = new_standin();
my $canned = CannedServer->new(
	odd => sub {
		my ($rows) = @_;
		return "y_PREDICTION,EXTRA,plan\n" . join '', map { "0.5,up $_->[0],from the answer\n" } @$rows;
	},
	text => sub {
		my ($rows) = @_;
		return "t_a_PREDICTION,t_b_PREDICTION,t_PREDICTION\n" . join '', map { "0.25,0.75,b\n" } @$rows;
	});
my $node = new_node('main', standin => $standin, init => [ extra => [ '--locale=C', '--encoding=UTF8' ] ]);
my $n = 100;

customers($node, $n);
$node->safe_psql('postgres', qq{
	CREATE SERVER canned FOREIGN DATA WRAPPER datarobot_scoring
		OPTIONS (prediction_url '${\$canned->url}', allow_http 'true', auth 'none');
	CREATE ROLE clerk;
	GRANT EXECUTE ON ALL ROUTINES IN SCHEMA datarobot TO clerk;});
my $session = Session->new($node);
my %call = (score_into => \&into, score_into_now => \&into_now);
my %usual = (query => 'TABLE public.customer', output => 'target', key_columns => ['id'],
	options => { chunk_rows => 20 });

sub requests { return $standin->counters($DEPLOYMENT{synthetic})->{requests}; }

sub target
{
	my ($columns) = @_;
	$session->must("RESET ROLE; DROP SCHEMA IF EXISTS cell CASCADE; CREATE SCHEMA cell; SET search_path = cell, public;
		CREATE TABLE target ($columns)");
	$standin->reset;
	return;
}

# ---- names

my %renamed = (
	'an object' => \q{'{"id": "no", "prediction": "score", "model_id": null, "plan": "Plan"}'::jsonb},
	'an object with false' => \q{'{"id": "no", "prediction": "score", "model_id": false, "plan": "Plan"}'::jsonb},
	'an array' =>
		\q{'[{"inputName": "id", "outputName": "no"}, {"inputName": "prediction", "outputName": "score"},
			{"inputName": "model_id", "outputName": null}, {"inputName": "plan", "outputName": "Plan"}]'::jsonb});
foreach my $what (sort keys %renamed)
{
	foreach my $how ('argument', 'option', 'wire')
	{
		foreach my $function (sort keys %call)
		{
			my $name = "column_names_remapping, $what, as $how by $function";
			target(q{no int PRIMARY KEY, score float8, "Plan" text, model_id text DEFAULT 'mine',
				prediction float8 DEFAULT 7});
			my $json = ${ $renamed{$what} } =~ s/^'|'::jsonb$//gr;
			my %arg = $how eq 'argument' ? (column_names_remapping => $renamed{$what}) : ();
			my $option = $how eq 'wire' ? 'columnNamesRemapping' : 'column_names_remapping';
			my %options = $how eq 'argument' ? () : (options => \qq('{"chunk_rows": 20, "$option": $json}'));
			counts_are(write_scores($session,
					$call{$function}->(%usual, passthrough_columns => ['plan'], %arg, %options)), [ $n, $n, 0 ], $name);
			same_rows($session, 'TABLE target',
				q{SELECT id, e.prediction, plan, 'mine', 7 FROM expected e JOIN customer USING (id)},
				"$name: what is in it");
		}
	}
}
foreach my $function (sort keys %call)
{
	# names that change places
	target('id float8, prediction int');
	counts_are(write_scores($session,
			$call{$function}->(%usual, column_names_remapping => { id => 'prediction', prediction => 'id' })),
		[ $n, $n, 0 ], "names that change places by $function");
	same_rows($session, 'SELECT prediction, id FROM target', 'TABLE expected',
		"names that change places by $function: what is in it");

	# columns of the answer, renamed, in an existing and in a made table
	target('id int PRIMARY KEY, native float8, "y_PREDICTION" float8, other text DEFAULT \'x\'');
	counts_are(write_scores($session,
			$call{$function}->(%usual, column_names_remapping => { 'y_PREDICTION' => 'native' })), [ $n, $n, 0 ],
		"a column of the answer under another name by $function");
	same_rows($session, 'SELECT id, native, "y_PREDICTION" IS NULL, other FROM target',
		q{SELECT id, prediction, true, 'x' FROM expected},
		"a column of the answer under another name by $function: what is in it");
	counts_are(write_scores($session, $call{$function}->(%usual, output => 'made', statement_type => 'create_table',
			output_columns => [qw(id y_PREDICTION)], column_names_remapping => { 'y_PREDICTION' => 'native' })),
		[ $n, $n, 0 ], "a made table with a column of the answer by $function");
	same_rows($session, 'SELECT id, native::float8 FROM made', 'TABLE expected',
		"a made table with a column of the answer by $function: what is in it");

	# a name that is in the query and in the answer is the query's
	target('id int PRIMARY KEY, prediction float8, plan text, "EXTRA" text');
	counts_are(write_scores($session, $call{$function}->(%usual, deployment => 'odd', server => 'canned',
			passthrough_columns => ['plan'])), [ $n, $n, 0 ], "other columns of the answer by $function");
	same_rows($session, 'SELECT id, plan, "EXTRA" FROM target', q{SELECT id, plan, 'up ' || spend FROM customer},
		"other columns of the answer by $function: what is in it");

	# names that those who write SQL with strings are afraid of
	$session->must(q{DROP SCHEMA IF EXISTS cell CASCADE; CREATE SCHEMA cell; SET search_path = cell, public});
	foreach my $odd ('datarobot_rows', 'r', 't', '"SELECT"', '"a.b"', '"a"";DROP TABLE x--"', '"' . 'n' x 63 . '"')
	{
		foreach my $type (qw(insert update upsert))
		{
			$session->must(qq{DROP TABLE IF EXISTS $odd; CREATE TABLE $odd (c2 int, c1 float8, r text, t text,
				"excluded" text, "datarobot_rows" text, "\$1" text)});
			$session->must("INSERT INTO $odd SELECT id, -1 FROM expected") if $type eq 'update';
			counts_are(write_scores($session,
					$call{$function}->(%usual, output => $odd, statement_type => $type, passthrough_columns => ['plan'],
						column_names_remapping => { id => 'c2', prediction => 'c1', plan => 'r' })), [ $n, $n, 0 ],
				"$type into $odd by $function");
			same_rows($session, "SELECT c2, c1, r, t FROM $odd",
				'SELECT id, e.prediction, plan, NULL::text FROM expected e JOIN customer USING (id)',
				"$type into $odd by $function: what is in it");
		}
	}
}

# ---- what only the first answer can show: nothing is written

foreach my $function (sort keys %call)
{
	my @late = (
		[ 'an output column that the answer has not', 'id int, prediction float8, "z_PREDICTION" float8',
			{ output_columns => [qw(id prediction z_PREDICTION)] }, '42703', qr/z_PREDICTION/ ],
		[ 'a renamed column that the answer has not', 'id int, prediction float8, z float8',
			{ column_names_remapping => { 'z_PREDICTION' => 'z' } }, '42703', qr/z_PREDICTION/ ],
		[ 'an update column that the answer has not', 'id int, prediction float8, z float8',
			{ statement_type => 'update', update_columns => ['z'] }, '42703', qr/\bz\b/ ],
		[ 'no column for a prediction', 'id int, note text, other int', {}, '42703', qr/target|prediction/ ],
		[ 'labels for numbers', 'id int, prediction float8', { deployment => 'text', server => 'canned' }, '22P02',
			qr/"b"/ ]);
	foreach my $case (@late)
	{
		my ($what, $columns, $arg, $sqlstate, $pattern) = @$case;
		my $name = "$what by $function";
		target($columns);
		my $result = write_scores($session,
			$call{$function}->(%usual, options => { chunk_rows => 2, concurrency => 4 }, %$arg));
		fails_with($result, $sqlstate, $pattern, $name);
		is(value($session, 'SELECT count(*) FROM target'), 0, "$name: nothing is written");
		cmp_ok(requests(), '<=', 10, "$name: seen in the first answer");
	}
	# parts that an answer does not have are NULL in a table that has the columns
	target(q{id int, prediction float8, threshold float8 DEFAULT 9, positive_class text DEFAULT 'x',
		probabilities jsonb});
	counts_are(write_scores($session, $call{$function}->(%usual)), [ $n, $n, 0 ],
		"parts that a regression has not by $function");
	is(value($session, 'SELECT count(*) FROM target WHERE prediction IS NOT NULL AND probabilities IS NULL'), $n,
		"parts that a regression has not by $function: what is in it");
}

# ---- what is checked before anything is sent

{
	target('id int PRIMARY KEY, prediction float8, note text, made int GENERATED ALWAYS AS (id * 2) STORED');
	$session->must('CREATE TABLE mistyped (id date, prediction float8); CREATE INDEX target_id ON target (id);
		CREATE TYPE composite AS (id int, prediction float8)');
	my @early = (
		[ 'a statement type', '22023', { statement_type => 'merge' } ],
		[ 'no target', '42P01', { output => 'nowhere' } ],
		[ 'an index', '42809', { output => 'target_id' } ],
		[ 'a type', '42809', { output => 'composite' } ],
		[ 'a table of the name of a type', '42809|42P07|42710',
			{ output => 'composite', statement_type => 'create_table' } ],
		[ 'a missing column', '42703', { passthrough_columns => ['plan'] } ],
		[ 'a missing extra column', '42703', { extra_columns => ['scored_at'] } ],
		[ 'a missing where column', '42703', { statement_type => 'update', where_columns => ['nope'] } ],
		[ 'a missing update column', '42703', { statement_type => 'update', update_columns => ['nope'] } ],
		[ 'a missing output column', '42703', { output_columns => [ 'id', 'probability' ] } ],
		[ 'a type that does not fit', '42804', { output => 'mistyped' } ],
		[ 'a table that exists', '42P07', { statement_type => 'create_table' } ],
		[ 'no where columns', '42P10', { statement_type => 'upsert', key_columns => undef } ],
		[ 'where columns of an insert', '22023', { where_columns => ['id'] } ],
		[ 'an unknown server', '42704', { server => 'nowhere' } ],
		[ 'a key that is not in the query', '42703', { key_columns => ['nope'] } ],
		[ 'a key without an order', '42883', { query => q{SELECT point '(1,2)' AS id, 1 AS a} } ],
		[ 'two outputs for one column', '42701',
			{ column_names_remapping => { prediction => 'note', model_id => 'note' } } ],
		[ 'a generated column', qr/428C9|0A000/, { output_columns => [ 'id', 'made' ] } ],
		[ 'a bad query', '42P01', { query => 'TABLE nowhere' } ],
		[ 'a statement that is no query', '22023', { query => 'DELETE FROM customer' } ],
		[ 'nothing to send', '22023', { query => 'SELECT id FROM customer' } ],
		[ 'a deployment id', '22023', { deployment => 'a/b' } ],
		[ 'an option of calls that do not write', '22023', { options => { wire_passthrough => \1 } } ]);
	foreach my $case (@early)
	{
		my ($what, $sqlstate, $arg) = @$case;
		foreach my $function (sort keys %call)
		{
			my $result = write_scores($session, $call{$function}->(%usual, %$arg));
			like($result->{sqlstate} // 'none', qr/^(?:$sqlstate)$/, "$what by $function") or diag $result->{text};
			is(requests(), 0, "$what by $function: nothing is sent");
		}
	}
	foreach my $case (
		[ 'the table', 'GRANT USAGE ON FOREIGN SERVER datarobot TO clerk; GRANT SELECT ON customer TO clerk;
			GRANT USAGE ON SCHEMA cell TO clerk' ],
		[ 'the server', 'REVOKE USAGE ON FOREIGN SERVER datarobot FROM clerk; GRANT ALL ON target TO clerk' ],
		[ 'the query', 'GRANT USAGE ON FOREIGN SERVER datarobot TO clerk; REVOKE SELECT ON customer FROM clerk' ])
	{
		my ($what, $setup) = @$case;
		foreach my $function (sort keys %call)
		{
			$session->must("RESET ROLE; $setup; SET ROLE clerk");
			fails_with(write_scores($session, $call{$function}->(%usual)), '42501', qr/./,
				"no privilege on $what by $function");
			is(requests(), 0, "no privilege on $what by $function: nothing is sent");
		}
	}
	$session->must('RESET ROLE');
	is(value($session, 'SELECT count(*) FROM target'), 0, 'what is refused early writes nothing');
}

# ---- the same options as for scoring

foreach my $options ({ compression => 'gzip' }, { chunk_rows => 1 }, { chunk_size => '1kB' }, { concurrency => 1 },
	{ concurrency => 64 }, { verify_order => JSON::PP::true() })
{
	foreach my $function (sort keys %call)
	{
		my $name = to_json($options) . " by $function";
		target('id int PRIMARY KEY, prediction float8');
		my %query = $options->{verify_order} ? (query => 'SELECT id, spend FROM customer') : ();
		counts_are(write_scores($session, $call{$function}->(%usual, %query, options => $options)),
			[ $n, $n, 0 ], $name);
		same_rows($session, 'TABLE target', 'TABLE expected', "$name: what is in it") if !$options->{verify_order};
	}
}
{
	# a deployment that the server names
	target('id int PRIMARY KEY, prediction float8, deployment_id text');
	$session->must("ALTER SERVER datarobot OPTIONS (ADD deployment '$DEPLOYMENT{synthetic}')");
	my $result = write_scores($session, into(%usual, deployment => undef));
	counts_are($result, [ $n, $n, 0 ], 'the deployment of the server');
	is(value($session, 'SELECT DISTINCT deployment_id FROM target'), $DEPLOYMENT{synthetic},
		'the deployment of the server: its id in the column');
	is(run_of($session, $result->{run_id})->{deployment}, $DEPLOYMENT{synthetic},
		'the deployment of the server: in the ledger');
}

# ---- kept values outlive the rows that they are from

foreach my $keys ([ 'id', 'story' ], ['id'])
{
	my $name = @$keys == 2 ? 'a long key' : 'a long passthrough column';
	target('id int PRIMARY KEY, story text, prediction float8');
	$session->must(q{CREATE TABLE long AS SELECT g AS id, g * 10 AS spend, (SELECT string_agg(md5(g::text || i), '')
		FROM generate_series(1, 300) i) AS story FROM generate_series(1, 60) g;
		ALTER TABLE long ADD PRIMARY KEY (id); CREATE TABLE copy AS TABLE long;
		VACUUM ANALYZE long});
	$standin->faults({ fault => 'hang', value => '300', column => 'spend', times => -1 });
	$session->start(into(query => 'TABLE long', output => 'target', key_columns => $keys,
			@$keys == 1 ? (passthrough_columns => ['story']) : (), options => { chunk_rows => 10, concurrency => 4 }));
	ok(wait_until(sub {
		return $standin->counters($DEPLOYMENT{synthetic})->{in_flight} > 0
		  && value(Session->new($node), 'SELECT count(*) FROM cell.target') eq '20';
	}), "$name: waiting");
	# everything that was read is deleted, down to its last page
	my $other = Session->new($node);
	$other->must('DELETE FROM cell.long WHERE id <= 40');
	$other->must('VACUUM cell.long');
	$other->must(q{INSERT INTO cell.long SELECT g + 1000, 7, repeat('z', 5000) FROM generate_series(1, 100) g});
	$standin->reset;
	my $result = finish_scores($session);
	ok(!defined $result->{sqlstate}, "$name: the run continues") or diag $result->{text};
	same_rows($session, 'SELECT id, story FROM target WHERE id <= 40', 'SELECT id, story FROM copy WHERE id <= 40',
		"$name: what was read is whole");
	$other->close;
}

$session->close;
$node->stop;
done_testing();
