# The method "batch": every function that scores rows, every kind of model, rows that cannot be scored, and what
# happens to jobs at the service when a call ends early. What real-time scoring answers, batch has to answer.
use strict;
use warnings FATAL => 'all';
use utf8;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use JSON::PP ();
use ScoringTest;
use Session;
use Test::More;

my $samples = "$FindBin::RealBin/../server/samples";
my $synthetic = $DEPLOYMENT{synthetic};
my $standin = new_standin();
my $node = new_node('main', standin => $standin, init => [ extra => [ '--locale=C', '--encoding=UTF8' ] ],
	server => { api_url => $standin->api_url });

sub value
{
	my ($sql) = @_;
	utf8::encode($sql);
	my $v = safe_scalar($node, $sql);
	utf8::decode($v);
	return $v;
}

sub failure
{
	my ($sql) = @_;
	utf8::encode($sql);
	return join ' | ', map { $_ // '' } (error_of($node, $sql))[ 0 .. 2 ];
}

sub states { return join ' ', map { $_->{status} } $standin->jobs; }
sub counters { return $standin->counters->{batch}; }

# Options of a call as a literal; method batch unless they say otherwise.
sub options
{
	my %options = (method => 'batch', @_);
	return "'" . to_json(\%options) =~ s/'/''/gr . "'";
}

sub score
{
	my ($deployment, $query, @options) = @_;
	return "SELECT * FROM datarobot.score('$deployment', \$\$$query\$\$, options => " . options(@options) . ')';
}

foreach my $file (qw(loans awkward_loans goods sensors customers claims houses reviews sales_one))
{
	open(my $in, '<', "$samples/$file.csv") or die "$file: $!";
	chomp(my $header = <$in>);
	my @names = $header =~ /\G(?:^|,)("(?:[^"]|"")*"|[^",]*)/g;
	my $columns = join ', ', map { /^"/ ? $_ : qq("$_") } @names;
	my $typed = $columns =~ s/("(?:[^"]|"")*")/$1 text/gr;
	$node->safe_psql('postgres', "CREATE TABLE $file (n int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, $typed);
\\copy $file($columns) FROM '$samples/$file.csv' (FORMAT csv, HEADER)");
}
$node->safe_psql('postgres', q{
	CREATE TABLE item AS SELECT g AS id, 'name ' || g AS name, g * 1.5 AS x, NULL::text AS nothing, ''::text AS empty
	FROM generate_series(1, 5000) g;
	ALTER TABLE item ADD PRIMARY KEY (id);
	ANALYZE item;
	CREATE TYPE whole AS (row_number bigint, n int, prediction text, probability float8, probabilities jsonb,
		threshold float8, positive_class text, labels text[], warning boolean, approval_status text, extra jsonb,
		explanations jsonb, shap jsonb, error text);
});

# ---- every kind of model: the same as real-time, row for row, in the order of the rows

my @models = (
	[ '10', 'loans' ],
	[ '12', 'loans', max_explanations => 3 ],
	[ '13', 'loans' ],
	[ '14', 'awkward_loans', max_explanations => 2 ],
	[ '15', 'goods' ],
	[ '15', 'goods', explanation_num_top_classes => 2, max_explanations => 2 ],
	[ '16', 'goods', max_explanations => 2, explanation_class_names => [ '0', '2' ] ],
	[ '17', 'goods' ],
	[ '18', 'goods' ],
	[ '19', 'sensors', max_explanations => 2, explanation_algorithm => 'shap' ],
	[ '1a', 'customers' ],
	[ '1b', 'reviews', ],
	[ '1c', 'claims' ],
	[ '1d', 'houses', prediction_warning_enabled => JSON::PP::true ],
	[ '20', 'reviews', max_explanations => 2, threshold_high => 0.6 ]);
foreach my $model (@models)
{
	my ($number, $table, @more) = @$model;
	my $deployment = "5f00000000000000000000$number";
	my $query = $number eq '1b' ? 'SELECT n, review AS "promptText" FROM reviews ORDER BY n' :
	  "SELECT * FROM $table ORDER BY n";
	my %result = map {
		my @method = $_ eq 'batch' ? (method => 'batch', batch_rows => 37) : (method => $_);
		$_ => value("SELECT jsonb_agg(to_jsonb(s)) FROM datarobot.score_as(NULL::whole, '$deployment',"
			  . " \$\$$query\$\$, options => " . options(key_columns => ['n'], @more, @method) . ') s')
	} qw(realtime batch);
	is($result{batch}, $result{realtime}, "deployment $number: as real-time" . (@more ? ' (' . $more[0] . ')' : ''));
	cmp_ok(length $result{batch}, '>', 1000, '... and there is something');
}
is(states() =~ s/COMPLETED ?//gr, '', 'all jobs are completed');

# ---- every function

is(value(q{SELECT count(*) || ' ' || count(DISTINCT row_number) || ' ' || max(row_number)
	|| ' ' || count(passthrough->'x') || ' ' || bool_and((key->>'id')::int = row_number)
	FROM (} . score($synthetic, 'SELECT * FROM item ORDER BY id', key_columns => ['id'], passthrough_columns => ['x'],
			batch_rows => 700) . ') s'),
	'5000 5000 5000 5000 true', 'score, of eight jobs');
my %explained = map {
	$_ => value("SELECT jsonb_agg(to_jsonb(e)) FROM datarobot.explain('5f0000000000000000000010',"
		  . " 'SELECT * FROM loans WHERE n < 9 ORDER BY n', key_columns => '{n}', max_explanations => '2',"
		  . " options => '{\"method\": \"$_\"}') e")
} qw(realtime batch);
is($explained{batch}, $explained{realtime}, 'explain: as real-time');
like($explained{batch}, qr/"rank": 2/, '... with two explanations');
foreach my $way (qw(multipart stream))
{
	foreach my $door ('CALL datarobot.score_into', 'SELECT datarobot.score_into_now')
	{
		my $batch = options(batch_upload => $way, batch_rows => 1200);
		my $table = 'out_' . $way . ($door =~ /now/ ? '_now' : '');

		value("$door('$synthetic', 'SELECT id, name, x FROM item', '$table', key_columns => '{id}',"
			  . " statement_type => 'create_table', options => $batch)");
		is(value("SELECT count(*) || ' ' || count(prediction) FROM $table"), '5000 5000',
			"$door creates a table ($way)");
		is(value("UPDATE $table SET prediction = NULL WHERE id % 2 = 0; DELETE FROM $table WHERE id % 5 = 0;"
				. "SELECT count(*) FROM $table"), 4000, '... which loses some');
		value("$door('$synthetic', 'SELECT id, name, x FROM item', '$table', key_columns => '{id}',"
			  . " statement_type => 'update', options => $batch)");
		is(value("SELECT count(*) || ' ' || count(prediction) FROM $table"), '4000 4000', '... update');
		value("$door('$synthetic', 'SELECT id, name, x FROM item', '$table', key_columns => '{id}',"
			  . " statement_type => 'upsert', options => $batch)");
		is(value("SELECT count(*) || ' ' || count(prediction) FROM $table"), '5000 5000', '... upsert');
	}
}
is(value('SELECT count(*) FROM out_multipart a JOIN out_stream b USING (id, prediction) JOIN out_multipart_now c'
	. ' USING (id, prediction)'), 5000, 'however they are sent');

# ---- no prediction server is needed

connect_node($node, standin => $standin, name => 'apionly',
	server => { prediction_url => undef, api_url => $standin->api_url });
sub score_at
{
	return "SELECT * FROM datarobot.score('$synthetic', 'TABLE item', server => '$_[0]', options => " . options() . ')';
}

is(value('SELECT count(prediction) FROM (' . score_at('apionly') . ') s'), 5000, 'without prediction_url');
connect_node($node, standin => $standin, name => 'noapi', server => { api_url => undef });
like(failure(score_at('noapi')),
	qr/^HV00J \| server "noapi" cannot score by batch jobs/, 'without api_url');

# ---- auto

$standin->reset;
value(score($synthetic, 'TABLE item', method => 'auto', batch_threshold => 4000));
value(score($synthetic, 'SELECT * FROM item WHERE id < 10', method => 'auto', batch_threshold => 4000));
value(score($synthetic, 'TABLE item', method => 'auto', batch_threshold => 4000, decimals_number => 3));
is(counters()->{jobs}, 1, 'auto: a job for many rows, but not for few, nor for what only real-time can do');
is($standin->counters($synthetic)->{rows}, 9 + 5000, '... which real-time scores');

# ---- nothing to score

$standin->reset;
is(value('SELECT count(*) FROM (' . score($synthetic, 'SELECT * FROM item WHERE false') . ') s'), 0, 'no rows');
is(counters()->{jobs}, 0, '... and no job');

# ---- refused before anything is sent

foreach my $case (
	[ chunk_rows => 10 ], [ concurrency => 2 ], [ format => 'csv' ], [ compression => 'gzip' ],
	[ verify_order => JSON::PP::true ], [ details => JSON::PP::true ], [ wire_passthrough => JSON::PP::true ],
	[ decimals_number => 2 ], [ max_ngram_explanations => 3 ], [ positive_class => 'yes' ],
	[ series_columns => ['id'] ], [ time_column => 'id' ], [ forecast_point => '2024-01-01T00:00:00' ])
{
	like(failure(score($synthetic, 'TABLE item', @$case)),
		qr/^22023 \| option "$case->[0]" cannot be combined with the method "batch"/, "batch without $case->[0]");
}
foreach my $case (
	[ batch_rows => 10 ], [ batch_upload => 'stream' ], [ batch_settings => {} ], [ job_timeout => '1s' ])
{
	like(failure(score($synthetic, 'TABLE item', method => 'realtime', @$case)),
		qr/^22023 \| option "$case->[0]" cannot be combined with the method "realtime"/,
		"real-time without $case->[0]");
}
like(failure(score($synthetic, 'TABLE item', batch_settings => { passthroughColumns => ['x'] })),
	qr/^22023 \| "passthroughColumns" cannot be set by the option "batch_settings"/, 'settings that are ours');
like(failure(score($synthetic, 'TABLE item', batch_settings => { numConcurent => 1 })),
	qr/^22023 \| .*numConcurent/, 'settings that are unknown');
like(failure(score($synthetic, 'TABLE item', batch_settings => 3)), qr/^22023 \| .*must be a JSON object/,
	'settings that are no object');
like(failure(score($synthetic, 'SELECT 1 AS datarobot_scoring_row, 2 AS x')),
	qr/^42701 \| no feature may be named "datarobot_scoring_row"/,
	'a feature with a name of ours');
like(failure("SELECT datarobot.predict(i, '$synthetic', '{\"method\": \"batch\"}') OVER () FROM item i"),
	qr/^22023 \| option "method" is for calls that score the rows of a query/, 'window functions');
is(counters()->{jobs}, 0, '... and no job was made');
foreach my $method (qw(batch auto))
{
	like(failure(score('5f0000000000000000000021', 'SELECT date, sales FROM sales_one ORDER BY n', method => $method,
			batch_upload => 'stream', $method eq 'auto' ? (batch_threshold => 1) : ())),
		qr/^0A000 \| the result of batch job \w+ has forecasts of a time series/, "time series ($method)");
}
$standin->reset;

# ---- further settings reach the job

value(score($synthetic, 'TABLE item',
	batch_settings =>
	  { numConcurrent => 2, chunk_size => 'fixed', csvSettings => { delimiter => ';', quotechar => "'" } }));
my ($created) = grep { $_->{method} eq 'POST' && $_->{target} =~ m{/batchPredictions/$} }
  $standin->requests;
my $spec = JSON::PP->new->decode($created->{body});
is_deeply([ @$spec{qw(numConcurrent chunkSize)}, $spec->{csvSettings}{delimiter} ], [ 2, 'fixed', ';' ],
	'batch_settings');

# ---- rows that the service cannot score

# A run of rows: 499 and 4990 to 4999.
$standin->reset;
$standin->faults(
	{ fault => 'bad_row', containing => 'name 499', text => 'too odd, really', route => 'job', times => -1 });
like(failure(score($synthetic, 'SELECT * FROM item ORDER BY id', key_columns => ['id'])),
	qr/^22000 \| DataRobot could not score row 499 \| Its status in the result of batch job \w+ is: .*too odd, really/,
	'stop: the row is named');
foreach my $on_error (qw(reject null))
{
	foreach my $door ('CALL datarobot.score_into', 'SELECT datarobot.score_into_now')
	{
		value('DROP TABLE IF EXISTS bad');
		value("$door('$synthetic', 'SELECT id, name, x FROM item ORDER BY id', 'bad', key_columns => '{id}',"
			  . " statement_type => 'create_table', on_error => '$on_error', options => "
			  . options(batch_rows => 1500) . ')');
		is(value("SELECT count(*) || ' ' || count(prediction) FROM bad"),
			($on_error eq 'null' ? 5000 : 4989) . ' 4989',
			"$door: $on_error");
		is(value(q{SELECT count(*) || ' ' || min(row_number) || ' ' || max(row_number) || ' ' || min(sqlstate)
				|| ' ' || bool_and((key->>'id')::int = row_number AND message = 'DataRobot could not score row '
					|| row_number || ': too odd, really' AND features IS NULL)
			FROM datarobot.rejected_row WHERE run_id = (SELECT max(run_id) FROM datarobot.run)}),
			'11 499 4999 22000 true', '... and recorded');
	}
}

# ---- a call that ends early aborts its job

foreach my $way (qw(multipart stream))
{
	$standin->reset;
	$standin->faults({ fault => 'job_stall', rows => 10, route => 'job' });
	my $session = Session->new($node);
	$session->start(score($synthetic, 'TABLE item', batch_upload => $way));
	ok(wait_until(sub { counters()->{running} == 1 }), "a job that stalls ($way)");
	value('SELECT pg_cancel_backend(' . $session->pid . ')');
	is($session->finish->{sqlstate}, '57014', '... is cancelled');
	ok(wait_until(sub { states() =~ /ABORTED$/ }), '... and aborted at the service');
	is(counters()->{running}, 0, '... where none is running');
	$session->close;
}
$standin->reset;
$standin->faults({ fault => 'no_slot', route => 'job' });
like(failure("SET statement_timeout = '1s'; " . score($synthetic, 'TABLE item')), qr/^57014/,
	'statement_timeout, in the queue');
ok(wait_until(sub { states() =~ /ABORTED$/ }), '... aborts it');
$standin->reset;
like(failure(score($synthetic, 'SELECT 10 / (4000 - id) AS y, * FROM item ORDER BY id', batch_upload => 'stream')),
	qr/^22012/, 'an error of the query');
ok(wait_until(sub { states() =~ /ABORTED$/ }), '... aborts it');
$standin->reset;
$standin->faults({ fault => 'job_abort', rows => 20, text => 'too many rows are bad', route => 'job' });
like(failure(score($synthetic, 'TABLE item')), qr/too many rows are bad/,
	'an abort of the service is reported with its log');

# The last row counts only when the job is completed: here all are scored, and then it is aborted.
foreach my $way (qw(multipart stream))
{
	$standin->reset;
	$standin->faults({ fault => 'job_abort', rows => 5000, text => 'aborted at last', route => 'job' });
	like(failure(score($synthetic, 'TABLE item', batch_upload => $way)), qr/aborted at last/,
		"an abort after the last row ($way)");
	$standin->faults({ fault => 'job_stall', rows => 5000, route => 'job' });
	like(failure(score($synthetic, 'TABLE item', batch_upload => $way, job_timeout => '2s')), qr/^57014/,
		"all rows, but no end ($way)");
}
$standin->reset;
value('CREATE TABLE slices (id int PRIMARY KEY, prediction float8)');
my $into = "CALL datarobot.score_into('$synthetic', 'SELECT id, 10 / (4000 - id) AS x FROM item', 'slices',"
  . " key_columns => '{id}'";
like(failure("$into, options => " . options(batch_upload => 'stream') . ')'), qr/^22012/,
	'an error of the query of a sliced run');
ok(wait_until(sub { states() =~ /ABORTED$/ }), '... aborts its job');
is(value(q{SELECT state || ' ' || sqlstate FROM datarobot.run ORDER BY run_id DESC LIMIT 1}), 'failed 22012',
	'... and is recorded');
value("CALL datarobot.score_into('$synthetic', 'SELECT id, name FROM item', 'slices', key_columns => '{id}',"
	  . ' commit_rows => 300, options => ' . options(batch_rows => 1700) . ')');
is(value(q{SELECT string_agg(DISTINCT rows_read::text, ' ') || ' ' || sum(rows_written) FROM datarobot.run_slice
	WHERE run_id = (SELECT max(run_id) FROM datarobot.run)}), '200 300 5000', 'slices do not depend on jobs');

# ---- a job that takes too long

$standin->faults({ fault => 'job_stall', rows => 10, route => 'job' });
my @timeout = error_of($node, score($synthetic, 'TABLE item', job_timeout => '1s'));
like("$timeout[0] $timeout[3]", qr/^57014 The job was left as it is/, 'job_timeout');
like(states(), qr/RUNNING$/, '... leaves the job');
$standin->reset;
$standin->faults({ fault => 'job_stall', rows => 10, route => 'job' });
@timeout = error_of($node, score($synthetic, 'TABLE item', job_timeout => '1s', delete_on_timeout => JSON::PP::true));
like("$timeout[0] $timeout[3]", qr/^57014 The job is aborted/, '... and delete_on_timeout');
like(states(), qr/ABORTED$/, '... does not');

# ---- a service that takes no parts

$standin->reset;
$standin->batch(settings => { multipart => 0 });
is(value('SELECT count(prediction) FROM (' . score($synthetic, 'TABLE item', batch_rows => 2000) . ') s'),
	5000, 'auto: one PUT where parts are refused');
is(counters()->{uploads} . ' ' . counters()->{parts}, '3 0', '... for each job');
like(failure(score($synthetic, 'TABLE item', batch_upload => 'multipart')), qr/^22000 .*multipart/s,
	'multipart: an error there');

# ---- other encodings of the database

$standin->reset;
$node->safe_psql('postgres', q{
	CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0;
	CREATE DATABASE plain ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0;
});
foreach my $dbname (qw(latin plain))
{
	$node->safe_psql($dbname, 'CREATE EXTENSION datarobot_scoring');
	connect_node($node, standin => $standin, dbname => $dbname, server => { api_url => $standin->api_url });
}
$node->safe_psql('latin', q{SET client_encoding = 'UTF8';
	CREATE TABLE t AS SELECT g AS id, 'größe ' || g AS name FROM generate_series(1, 300) g;
	ALTER TABLE t ADD PRIMARY KEY (name);});
is(safe_scalar($node,
	q{SELECT bool_and(key->>'name' = passthrough->>'name' AND prediction IS NOT NULL) || ' ' || count(*)
	FROM datarobot.score('} . $synthetic . q{', 'SELECT * FROM t ORDER BY id', key_columns => '{name}',
		passthrough_columns => '{name}', options => '{"method": "batch"}')}, dbname => 'latin'), 'true 300', 'LATIN1');

# Rows whose text has no form in UTF-8 are never sent: the first, some in the middle, the last; and all rows of a job.
$node->safe_psql('plain', q{
	CREATE TABLE t AS SELECT g AS id, CASE WHEN g IN (1, 7, 8, 300) OR g BETWEEN 101 AND 200
		THEN convert_from('\xff', 'SQL_ASCII') ELSE 'x' || g END AS name FROM generate_series(1, 300) g;
	ALTER TABLE t ADD PRIMARY KEY (id)});
foreach my $way (qw(multipart stream))
{
	foreach my $on_error (qw(reject null))
	{
		my $options = options(batch_rows => 100, batch_upload => $way);

		$node->safe_psql('plain', 'DROP TABLE IF EXISTS p; CREATE TABLE p (id int PRIMARY KEY, prediction float8)');
		$node->safe_psql('plain', "CALL datarobot.score_into('$synthetic', 'TABLE t', 'p', key_columns => '{id}',"
			  . " on_error => '$on_error', abort_on_error => false, options => $options)");
		is(safe_scalar($node, q{SELECT count(*) || ' ' || count(prediction) || ' ' || (SELECT
				count(*) || ' ' || min(sqlstate) || ' ' || count(*) FILTER (WHERE row_number = (key->>'id')::int)
				FROM datarobot.rejected_row
				WHERE run_id = (SELECT max(run_id) FROM datarobot.run)) FROM p}, dbname => 'plain'),
			($on_error eq 'null' ? 300 : 196) . ' 196 104 22021 104', "SQL_ASCII, $way: $on_error");
	}
}
like(join(' ', (error_of($node, score($synthetic, 'SELECT * FROM t ORDER BY id'), dbname => 'plain'))[ 0, 1 ]),
	qr/^22021 /, 'stop');
is(counters()->{states}{RUNNING} + counters()->{states}{INITIALIZING}, 0, 'no job is left');

done_testing();
