# Which columns are sent and by which names: names that SQL does not keep, only what the model looks for, and the
# association ID, by which outcomes find their predictions.
use strict;
use warnings;
use utf8;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use CannedServer;
use Into;
use JSON::PP ();
use ScoringTest;
use Session;
use Test::More;
use TinyServer;

my $standin = new_standin();
my $canned = CannedServer->new('5f00000000000000000000d1' => sub {
	my ($rows) = @_;
	return "y_PREDICTION\n" . join '', map { "0.5\n" } @$rows
});
my $node = new_node('main', standin => $standin);
my $session = Session->new($node);
my $deployment = '5f00000000000000000000d1';
my @keep;

# A server "name" whose public API lists these features and this association ID.
sub server_of
{
	my ($name, $features, %opt) = @_;
	my $page = JSON::PP->new->utf8->encode({ count => scalar @$features, next => undef,
			data => [ map { { name => $_, featureType => 'Numeric' } } @$features ] });
	my $settings = JSON::PP->new->utf8->encode({ associationId => { columnNames => $opt{association} // [],
			requiredInPredictionRequests => $opt{required} ? JSON::PP::true : JSON::PP::false } });
	my $parrot = TinyServer->parrot(
		sub {
			return $_[0] =~ m{/features/} ? (200, { 'Content-Type' => 'application/json' }, $page)
			  : $_[0] =~ m{/settings/} ? ($opt{settings} // 200, { 'Content-Type' => 'application/json' }, $settings)
			  : $_[0] =~ m{^GET /api/v2/deployments/[0-9a-f]+/ } ? (200, { 'Content-Type' => 'application/json' },
				$opt{record} // '{"model": {"targetType": "Regression"}}')
			  : $_[0] =~ m{/actuals/} ? (200, {}, '') : (404, {}, '{}');
		});
	push @keep, $parrot;
	connect_node($node, standin => $standin, name => $name,
		server => { prediction_url => $canned->url, api_url => 'http://127.0.0.1:' . $parrot->port . '/api/v2' });
	return;
}

# What is sent of a query, by each function: the header of its first body.
sub sent
{
	my ($server, $query, $options, %arg) = @_;
	my %json = (%$options, server => $server, map { $_ => $arg{$_} } keys %arg);
	my %seen;
	my $text = quote_sql(JSON::PP->new->canonical->encode(\%json));
	my $keys = $arg{key_columns} ? 1 : 0;
	my %call = (
		score => "SELECT count(*) FROM datarobot.score('$deployment', " . quote_sql($query) . ", options => $text)",
		score_as => "SELECT count(*) FROM datarobot.score_as(NULL::simple, '$deployment', " . quote_sql($query)
		  . ", options => $text)",
		score_into => "CALL datarobot.score_into('$deployment', " . quote_sql($query)
		  . ", 'written', options => $text)",
		score_into_now => "SELECT * FROM datarobot.score_into_now('$deployment', " . quote_sql($query)
		  . ", 'written', options => $text)");
	# a window function keeps nothing
	my %window = (%json);
	delete $window{passthrough_columns};
	$call{predict} = "SELECT count(p) FROM (SELECT datarobot.predict(f, '$deployment', "
	  . quote_sql(JSON::PP->new->canonical->encode(\%window)) . ") OVER () p FROM ($query) f) x"
	  if !$arg{passthrough_columns};
	foreach my $function (sort keys %call)
	{
		$session->must('DROP TABLE IF EXISTS written;
			CREATE TABLE written (id text, k text, note text, prediction float8)');
		$canned->forget;
		my $result = $session->run($call{$function});
		my ($body) = $canned->bodies($deployment);
		my $head = defined $result->{sqlstate} ? "$result->{sqlstate}: $result->{message}" : ($body // 'nothing');
		$head =~ s/\n.*//s;
		push @{ $seen{$head} }, $function;
	}
	my $preview = value($session, "SELECT split_part(body, E'\\n', 1)
		FROM datarobot.preview('$deployment', " . quote_sql($query) . ", options => $text)");
	return $preview if keys %seen == 1 && $seen{$preview};
	return join '; ', map { "$_ (@{ $seen{$_} })" } sort keys %seen, "preview $preview";
}

sub check_rows
{
	my ($server, $query, $options) = @_;
	return value($session, "SELECT string_agg(concat_ws('|', feature, status, detail), E'\\n')
		FROM datarobot.check('$deployment', " . quote_sql($query) . ', options => '
		  . quote_sql(JSON::PP->new->canonical->encode({ %$options, server => $server })) . ')');
}

$session->must('CREATE TYPE simple AS (prediction float8)');

# ---- names on the wire

my $long = 'a feature whose name is longer than any name of a column that PostgreSQL accepts';
my $cut = substr $long, 0, 63;
server_of('names', [ 'AGE', 'Loan Amount', $long, 'plain' ]);
my $query = qq{SELECT 1 AS id, 2 AS age, 3 AS loan_amount, 4 AS "$cut", 5 AS plain};
my $names = { age => 'AGE', loan_amount => 'Loan Amount', $cut => $long };
my $literal = qq{{"feature_names": {"age": "AGE", "loan_amount": "Loan Amount", "$cut": "$long"}}};
is(sent('names', $query, { feature_names => $names }), qq{id,AGE,Loan Amount,$long,plain},
	'columns get their names on the wire');
is(sent('names', $query, { featureNames => $names }), qq{id,AGE,Loan Amount,$long,plain}, 'in the other spelling');
is(sent('names', $query, { feature_names => $names }, key_columns => ['id']), qq{AGE,Loan Amount,$long,plain},
	'beside a key');
is(value($session, "SELECT body FROM datarobot.preview('$deployment', " . quote_sql($query) . ', options => '
		  . quote_sql(to_json({ feature_names => $names, server => 'names', request_format => 'json' })) . ')'),
	qq{[{"id":1,"AGE":2,"Loan Amount":3,"$long":4,"plain":5}]}, 'in JSON');
is(sent('names', 'SELECT 1 AS age, 2 AS b', { check => JSON::PP::false,
		feature_names => { age => 'a "quoted", name' } }), '"a ""quoted"", name",b', 'a name that needs quotes');
is(sent('names', 'SELECT 1 AS "AGE", 2 AS age', { check => JSON::PP::false,
		feature_names => { age => 'AGE', AGE => 'age' } }), 'age,AGE', 'names that change places');
my %wrong = (
	'an unknown column' => [ { agee => 'AGE' }, '42703', qr/"agee" does not exist/, hint => qr/"age"/ ],
	'two columns of one name' => [ { age => 'plain' }, '42701', qr/feature "plain" appears more than once/ ],
	'a key column' => [ { id => 'ID' }, '22023', qr/names column "id", which is a key column/ ],
	'NULL' => [ { age => undef }, '22023', qr/must be a JSON object of columns and their new names/ ],
	'no text' => [ { age => 1 }, '22023', qr/feature_names/ ],
	'an empty name' => [ { age => '' }, '22023', qr/feature_names/ ],
	'an array' => [ [ 'age' ], '22023', qr/must be a JSON object of columns/ ],
	'a text' => [ 'age', '22023', qr/must be a JSON object of columns/ ]);
foreach my $what (sort keys %wrong)
{
	my ($value, $sqlstate, $message, %more) = @{ $wrong{$what} };
	$canned->forget;
	fails_with($session->run("SELECT * FROM datarobot.score('$deployment', " . quote_sql($query)
			  . ", '{id}', options => " . quote_sql(to_json({ server => 'names', feature_names => $value })) . ')'),
		$sqlstate, $message, $what, %more);
	is(scalar(() = $canned->bodies($deployment)), 0, "$what: nothing is sent");
}

# the proposal: by check, and by the error
my $result = $session->run("SELECT feature, status, detail
	FROM datarobot.check('$deployment', " . quote_sql($query) . qq{, '{id}', server => 'names')});
like($result->{text}, qr/NOTICE:  00000: columns can be sent under the names of features: options => '\Q$literal\E'/,
	'check proposes all names together');
like($result->{out},
	qr/^AGE\|missing\|Perhaps\ the\ column\ "age"\ is\ meant\.
		\ The\ option\ \{"feature_names":\ \{"age":\ "AGE"\}\}\ sends\ it\ under\ that\ name\.$/mx,
	'and each with its feature');
fails_with($session->run("SELECT * FROM datarobot.score('$deployment', " . quote_sql($query)
		  . ", '{id}', server => 'names')"), '42703', qr/lacks features/, 'a query of other names',
	hint => qr/^Columns can be sent under other names: options => '\Q$literal\E'\. datarobot\.check\(\) compares/);
is(check_rows('names', $query, { feature_names => $names }), join("\n", "AGE|matched", "Loan Amount|matched",
		"$long|matched", 'plain|matched', 'id|extra'), 'with the proposal all is matched');
like(check_rows('names', 'SELECT 1 AS plain, 2 AS "loan-amount", 3 AS "Age", 4 AS x',
		{ feature_names => { x => $long } }), qr/^Loan Amount\|missing\|.*\{"loan-amount": "Loan Amount"\}/m,
	'hyphens and blanks');
$result = $session->run("SELECT * FROM datarobot.score('$deployment',
	'SELECT 1 AS plain, 2 AS loanamount, 3 AS \"Age\", 4 AS x', options => "
	  . quote_sql(to_json({ server => 'names', feature_names => { x => $long } })) . ')');
like($result->{hint}, qr/'\{"feature_names": \{"x": "\Q$long\E", "Age": "AGE", "loanamount": "Loan Amount"\}\}'/,
	'names that the call has already are in it');
like(check_rows('names', "SELECT 1 AS plain, 2 AS \"AGE\", 3 AS \"Loan Amount\", 4 AS other", {}),
	qr/^\Q$long\E\|missing\|Its name is longer than 63 bytes.*"feature_names"/m, 'a long name without a column');

# rejected rows show what was sent
$session->must('DROP TABLE IF EXISTS written; CREATE TABLE written (id int, prediction float8 CHECK (prediction > 1))');
$result = write_scores($session,
	into(deployment => $deployment, query => $query, output => 'written', key_columns => ['id'], on_error => 'reject',
		reject_limit => 5, server => 'names', options => { feature_names => $names }));
is(value($session, 'SELECT features ->> ' . quote_sql('Loan Amount') . " FROM datarobot.rejected_row
		WHERE run_id = $result->{run_id}"), '3', 'rejected rows have the names that were sent');

# a run is gone on with by the same names only
$session->must('DROP TABLE IF EXISTS written;
	CREATE TABLE written (id int PRIMARY KEY, prediction float8 CHECK (prediction > 1))');
my %run = (deployment => $deployment, query => $query, output => 'written', key_columns => ['id'], server => 'names');
write_scores($session, into(%run, options => { feature_names => $names }));
fails_with(write_scores($session, into(%run, resume => \'true',
		options => { feature_names => { %$names, plain => 'PLAIN' }, check => JSON::PP::false })), '22023',
	qr/cannot be resumed/, 'another name', detail => qr/feature_names/);
$session->must('ALTER TABLE written DROP CONSTRAINT written_prediction_check');
counts_are(write_scores($session, into(%run, resume => \'true', options => { featureNames => $names })), [ 1, 1, 0 ],
	'the same names in another spelling continue it');

# a view says the true reason, and keeps the names
$session->must(qq{CREATE TABLE source AS $query});
fails_with($session->run("SELECT datarobot.create_scoring_view('seen', '$deployment', 'source', server => 'names')"),
	'42703', qr/lacks features/, 'a view of columns of other names', hint => qr/\Q$literal\E/);
$session->must("SELECT datarobot.create_scoring_view('seen', '$deployment', 'source', server => 'names', options => "
	  . quote_sql(to_json({ feature_names => $names })) . ')');
$canned->forget;
is(value($session, 'SELECT prediction FROM seen'), '0.5', 'a view with names');
like(($canned->bodies($deployment))[0], qr/^AGE,Loan Amount,\Q$long\E,plain\n/,
	'sends these, and what is no feature stays');

# ---- only what the model looks for

server_of('few', [ 'a', 'b' ]);
is(sent('few', 'SELECT 7 AS id, 1 AS a, 2 AS b, 3 AS secret', {}), 'id,a,b,secret', 'all columns are sent');
is(sent('few', 'SELECT 7 AS id, 1 AS a, 2 AS b, 3 AS secret', { send => 'all' }), 'id,a,b,secret',
	'as they are with "all"');
is(sent('few', 'SELECT 7 AS id, 1 AS a, 2 AS b, 3 AS secret', { send => 'features' }), 'a,b',
	'or what the model looks for');
is(sent('few', 'SELECT 7 AS id, 1 AS a, 2 AS b, 3 AS secret', { send => 'features', check => JSON::PP::false }), 'a,b',
	'also unchecked');
is(sent('few', 'SELECT 7 AS id, 1 AS "A", 2 AS b, 3 AS secret', { send => 'features', feature_names => { A => 'a' } }),
	'a,b', 'by other names');
is(sent('few', 'SELECT 7 AS id, 1 AS a, 2 AS b, 3 AS note', { send => 'features' }, passthrough_columns => ['note']),
	'a,b', 'a passthrough column that is no feature is kept, not sent');
is(value($session, 'SELECT note FROM written'), '3', 'and written');
like(sent('few', 'SELECT 7 AS id, 3 AS secret', { send => 'features', check => JSON::PP::false }),
	qr/there is no column to send/, 'nothing that the model looks for');
connect_node($node, standin => $standin, name => 'no_api', server => { prediction_url => $canned->url });
like(sent('no_api', 'SELECT 7 AS id, 1 AS a', { send => 'features' }),
	qr/^55000: the option "send" needs DataRobot's public API/, 'without a public API');
like(sent('few', 'SELECT 1 AS a', { send => 'feature' }), qr/^22023: .*"send"/, 'another word');

# ---- the association ID

server_of('tracked', [ 'a' ], association => ['id']);
is(sent('tracked', 'SELECT 7 AS id, 1 AS a, 2 AS k', {}, key_columns => [ 'id', 'k' ]), 'id,a',
	'an association ID is sent although it is a key column');
is(sent('tracked', 'SELECT 7 AS id, 1 AS a, 2 AS k', { send => 'features' }, key_columns => ['k']), 'id,a',
	'and although it is no feature');
is(check_rows('tracked', 'SELECT 7 AS id, 1 AS a', { key_columns => ['id'] }),
	"a|matched\nid|matched|It is the deployment's association ID, so it is sent although it is a key column.",
	'check says so');
is(check_rows('tracked', 'SELECT 1 AS a', {}),
	"a|matched\nid|not sent|It is the deployment's association ID, without which outcomes submitted later "
	  . 'are not matched.', 'check names one that the query lacks');
$result = $session->run("SELECT prediction FROM datarobot.score('$deployment', 'SELECT 1 AS a', server => 'tracked')");
like($result->{text}, qr/^NOTICE:  00000: the query lacks "id", the association ID of deployment $deployment$/m,
	'and so does scoring');
is($result->{out}, '0.5', 'which continues');
$result = $session->run("SELECT count(datarobot.predict_one(f, '$deployment', '{\"server\": \"tracked\"}'))
	FROM (SELECT i AS a FROM generate_series(1, 3) i) f");
my $notices = () = $result->{text} =~ /the association ID of/g;
is("$notices, $result->{out}", '1, 3', 'calls for one row say so once in a statement');
$result = $session->run("SELECT prediction FROM datarobot.score('$deployment', 'SELECT 1 AS a, 2 AS id', '{id}',
	server => 'tracked')");
unlike($result->{text}, qr/association/, 'no notice when the query has it');

server_of('strict', [ 'a' ], association => ['case_id'], required => 1);
is(check_rows('strict', 'SELECT 1 AS a', {}),
	"a|matched\ncase_id|missing|It is the deployment's association ID, which every request must have.",
	'one that must be there');
fails_with($session->run("SELECT * FROM datarobot.score('$deployment', 'SELECT 1 AS a', server => 'strict')"), '42703',
	qr/lacks features/, 'one that must be there is missed before a row is sent', detail => qr/"case_id"/,
	hint => qr/which every request must have.*"check" set to false/);
foreach my $status (403, 404, 500)
{
	server_of("settings$status", [ 'a' ], association => ['id'], settings => $status);
	$result = $session->run("SELECT prediction FROM datarobot.score('$deployment', 'SELECT 1 AS a, 2 AS id', '{id}',
		options => '{\"server\": \"settings$status\", \"max_attempts\": 1}')");
	is($result->{out}, '0.5', "settings with status $status do not end a call");
	my $warns = () = $result->{text} =~ /^WARNING:.*the association ID of deployment .* is not known/mg;
	is($warns, $status == 404 ? 0 : 1,
		"settings with status $status: " . ($status == 404 ? 'no warning' : 'a warning'));
}

# a column may be key and passthrough column
foreach my $function ('score', 'score_into', 'score_into_now')
{
	$session->must('DROP TABLE IF EXISTS written; CREATE TABLE written (id int PRIMARY KEY, prediction float8)');
	$canned->forget;
	my %both = (deployment => $deployment, query => 'SELECT 7 AS id, 1 AS a', output => 'written',
		key_columns => ['id'], passthrough_columns => ['id'], server => 'few', options => { check => JSON::PP::false });
	my $got = $function eq 'score' ? value($session, qq{SELECT key, passthrough, prediction
		FROM datarobot.score('$deployment', 'SELECT 7 AS id, 1 AS a', '{id}', '{id}', 'few', '{"check": false}')})
	  : defined write_scores($session, $function eq 'score_into' ? into(%both) : into_now(%both))->{run_id}
	  ? value($session, 'TABLE written') : 'an error';
	is($got, $function eq 'score' ? '{"id": 7}|{"id": 7}|0.5' : '7|0.5', "key and passthrough column, by $function");
	like(($canned->bodies($deployment))[0] // '', qr/^id,a\n/, "key and passthrough column, by $function: it is sent");
}
is(value($session, qq{SELECT prediction FROM datarobot.score_as(NULL::simple, '$deployment', 'SELECT 7 AS id, 1 AS a',
		'{id}', '{id}', 'few', '{"check": false}')}), '0.5', 'key and passthrough column, by score_as');
like(value($session,
		qq{SELECT * FROM datarobot.score('$deployment', 'SELECT 7 AS id, 1 AS a', '{id,id}', server => 'few')}),
	qr/^42701: column "id" is named twice as a key column/, 'twice a key');

# ---- outcomes that the deployment does not predict

server_of('labels', ['a'], record => '{"model": {"targetType": "Binary"}}');
server_of('numbers', ['a'], record => '{"model": {"targetType": "Regression"}}');
server_of('silent', ['a'], record => '{}');
my @outcomes = (
	[ 'labels', 'true', 'true' ], [ 'labels', q{'false'::text}, 'false' ], [ 'labels', q{'True'::text}, undef ],
	[ 'labels', q{'yes'::text}, undef ], [ 'labels', '1', undef ],
	[ 'numbers', 'true', 'true' ], [ 'numbers', q{'yes'::text}, 'yes' ], [ 'numbers', q{'1.5'::text}, undef ],
	[ 'numbers', '1.5', undef ], [ 'silent', 'true', undef ]);
foreach my $case (@outcomes)
{
	my ($server, $value, $doubtful) = @$case;
	$result =
		$session->run("SELECT rows_sent FROM datarobot.submit_actuals('$deployment', 'SELECT i AS association_id, ' || "
			  . quote_sql($value) . " || ' AS actual_value FROM generate_series(1, 3) i', false, '$server')");
	my @warned = $result->{text} =~ /^WARNING:  \d+: row (\d+): the outcome "([^"]*)" is unlikely to be one/mg;
	is("@warned", defined $doubtful ? "1 $doubtful" : '',
		"outcome $value for a server of $server: " . (defined $doubtful ? 'one warning' : 'no warning'))
	  or diag $result->{text};
	is($result->{out}, '3', "outcome $value for a server of $server: sent all the same");
}

# ---- words

my %hint = (
	'a table that is not there' => [ "CALL datarobot.score_into('$deployment', 'SELECT 1 AS a', 'nowhere')", '42P01',
		qr/relation "nowhere" does not exist/, qr/create_table_if_not_exists/ ],
	'a table that an update does not make' => [ "CALL datarobot.score_into('$deployment', 'SELECT 1 AS a', 'nowhere',
		'update', '{a}')", '42P01', qr/relation "nowhere" does not exist/, qr/^$/ ],
	'a table as a query' => [ "SELECT * FROM datarobot.score('$deployment', 'source')", '42601', qr/must be one SELECT/,
		qr/^Write TABLE source, or SELECT \.\.\. FROM source\.$/ ],
	'a table with its schema as a query' => [ "SELECT * FROM datarobot.check('$deployment', 'public.source',
		server => 'few')", '42601', qr/must be one SELECT/, qr/^Write TABLE public\.source, / ],
	'a table as a query of a run in slices' => [ "CALL datarobot.score_into('$deployment', ' source ', 'written',
		'insert', '{id}')", '42601', qr/must be one SELECT/, qr/^Write TABLE / ],
	'a word as a query' => [ "SELECT * FROM datarobot.score('$deployment', 'nowhere')", '42601', qr/syntax error/,
		qr/^$/ ],
	'an option of rows for a body' => [ qq{SELECT datarobot.predict_unstructured('$deployment', 'x',
		options => '{"key_column": []}')}, '22023', qr/unknown option "key_column"/, qr/^(?!.*key_columns)/ ],
	'an option of slices in one transaction' => [ qq{SELECT datarobot.score_into_now('$deployment', 'SELECT 1 AS a',
		'written', options => '{"commit_row": 1}')}, '22023', qr/unknown option "commit_row"/, qr/^(?!.*commit_rows)/ ],
	'an option of slices' => [ qq{CALL datarobot.score_into('$deployment', 'SELECT 1 AS a', 'written',
		options => '{"commit_row": 1}')}, '22023', qr/unknown option "commit_row"/, qr/commit_rows/ ],
	'an option of results for a window' => [ qq{SELECT datarobot.predict(f, '$deployment',
		'{"passthrough_column": []}') OVER () FROM (SELECT 1 AS a) f},
		'22023', qr/unknown option/, qr/^(?!.*passthrough_columns)/ ],
	'an option of results' => [ qq{SELECT * FROM datarobot.score('$deployment', 'SELECT 1 AS a',
		options => '{"passthrough_column": []}')}, '22023', qr/unknown option/, qr/passthrough_columns/ ]);
foreach my $what (sort keys %hint)
{
	my ($sql, $sqlstate, $message, $wanted) = @{ $hint{$what} };
	fails_with($session->run($sql), $sqlstate, $message, $what, hint => $wanted);
}

done_testing();
