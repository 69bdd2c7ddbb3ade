# Columns of the user's own that have the names of outputs: what an answer does not have is not written, what a run
# will write is said before a row is sent, and what cannot be written is refused before that.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use Into;
use ScoringTest;
use Session;
use Test::More;
use TinyServer;

my $standin = new_standin();
my $node = new_node('main', standin => $standin);
my $n = 60;

customers($node, $n);
my $session = Session->new($node);
my %call = (score_into => \&into, score_into_now => \&into_now);
my %usual = (query => 'TABLE public.customer', output => 'sensor', key_columns => ['id'],
	options => { chunk_rows => 20 });

sub requests { return $standin->counters($DEPLOYMENT{synthetic})->{requests}; }

# A fresh table of that name, with its rows.
sub target
{
	my ($columns, $rows) = @_;
	$session->must("RESET ROLE; DROP SCHEMA IF EXISTS cell CASCADE; CREATE SCHEMA cell; SET search_path = cell, public;
		CREATE TABLE sensor ($columns)");
	$session->must("INSERT INTO sensor $rows") if $rows;
	$standin->reset;
	return;
}

# The first notice that says what is written.
sub announced
{
	my ($result) = @_;
	return $result->{text} =~ /^NOTICE:  00000: ((?:inserting into|updating|upserting into|creating) .*)$/m ? $1
	  : $result->{text};
}

# ---- parts that a regression does not have

my @parts = (
	[ probability => 'float8', '0.7' ], [ probabilities => 'jsonb', q{'{"a": 1}'} ], [ threshold => 'float8', '42' ],
	[ positive_class => 'text', q{'mine'} ],
	[ labels => 'text[]', q{'{mine}'} ], [ adjusted_prediction => 'float8', '8' ],
	[ explanations => 'jsonb', q{'[1]'} ], [ ngrams => 'jsonb', q{'[2]'} ],
	[ shap => 'jsonb', q{'{"b": 2}'} ], [ series_id => 'text', q{'mine'} ],
	[ forecast_point => 'timestamptz', q{'2024-01-01 00:00:00Z'} ],
	[ forecast_timestamp => 'text', q{'mine'} ], [ forecast_distance => 'int', '3' ], [ interval_low => 'float8', '4' ],
	[ interval_high => 'float8', '5' ],
	[ warning => 'bool', 'true' ], [ approval_status => 'text', q{'mine'} ], [ extra => 'jsonb', q{'{"c": 3}'} ],
	[ error => 'text', q{'mine'} ]);
my $columns = join ', ', map { "$_->[0] $_->[1] DEFAULT $_->[2]" } @parts;
my $names = join ', ', map { $_->[0] } @parts;
my $values = join ', ', map { "$_->[2]::$_->[1]" } @parts;
my $parts = join ', ', grep { $_ ne 'error' } map { $_->[0] } @parts;

foreach my $function (sort keys %call)
{
	foreach my $format (qw(csv json))
	{
		foreach my $type (qw(insert update upsert))
		{
			foreach my $index ('', ' PRIMARY KEY')
			{
				my $what = "$type" . ($index ? ' by a unique index' : '') . ", $format, by $function";
				target("id int$index, prediction float8, $columns", $type eq 'insert'
					  ? undef : 'SELECT id FROM customer' . ($type eq 'upsert' ? " WHERE id <= $n / 2" : ''));
				my $result = write_scores($session, $call{$function}->(%usual, statement_type => $type,
						options => { chunk_rows => 20, format => $format }));
				counts_are($result, [ $n, $n, 0 ], $what);
				# a JSON answer cannot say that no humility rule was triggered, so "humility" is not among these
				same_rows($session, "SELECT id, prediction, $names FROM sensor",
					"SELECT id, prediction, $values FROM expected", "$what: the user's columns keep their values");
				my $by = $type eq 'insert' ? '' : ' by id';
				my $verb = { insert => 'inserting into', update => 'updating', upsert => 'upserting into' }->{$type};
				is(announced($result), "$verb cell.sensor$by: " . ($type eq 'insert' ? 'id, ' : '')
					  . "prediction; if the answers have them: $parts", "$what: the notice says what is written");
			}
		}
	}
}

# the issue's own table
target('id int PRIMARY KEY, threshold float8, probability float8, error text, prediction float8',
	q{SELECT id, 42, 0.7, 'kept' FROM customer});
counts_are(write_scores($session, into(%usual, statement_type => 'update')), [ $n, $n, 0 ], 'sensor');
same_rows($session, 'TABLE sensor', q{SELECT id, 42::float8, 0.7::float8, 'kept', prediction FROM expected},
	'sensor: threshold, probability and error keep their values');

# what is the target's by domain or by other columns that no answer has
$session->must(q{CREATE DOMAIN public.filled AS text NOT NULL});
foreach my $function (sort keys %call)
{
	foreach my $format (qw(csv json))
	{
		target(q{id int PRIMARY KEY, prediction float8, probability filled, note filled, other filled DEFAULT 'x'},
			q{SELECT id, 0, 'p', 'n', 'o' FROM customer});
		counts_are(write_scores($session,
				$call{$function}->(%usual, statement_type => 'update', options => { format => $format })),
			[ $n, $n, 0 ], "columns of a NOT NULL domain, $format, by $function");
		same_rows($session, 'TABLE sensor', q{SELECT id, prediction, 'p', 'n', 'o' FROM expected},
			"columns of a NOT NULL domain, $format, by $function: what is in it");
	}
}

# with errors as NULLs, "error" is written, also over an old value
target('id int PRIMARY KEY, prediction float8, error text', q{SELECT id, 1, 'old' FROM customer});
my $result = write_scores($session, into(%usual, statement_type => 'update', on_error => 'null'));
same_rows($session, 'TABLE sensor', 'SELECT id, prediction, NULL::text FROM expected',
	'on_error null: no error is no error');
is(announced($result), 'updating cell.sensor by id: prediction, error', 'on_error null: error is said to be written');
target('id int PRIMARY KEY, prediction float8, error text', q{SELECT id, 1, 'old' FROM customer});
write_scores($session, into(%usual, statement_type => 'update', on_error => 'reject'));
same_rows($session, 'TABLE sensor', q{SELECT id, prediction, 'old' FROM expected},
	'on_error reject: a row that is written has none, and the column is left alone');
target('id int PRIMARY KEY, prediction float8, error text', q{SELECT id, 1, 'old' FROM customer});
write_scores($session, into(%usual, statement_type => 'update', update_columns => [qw(prediction error)]));
same_rows($session, 'TABLE sensor', 'SELECT id, prediction, NULL::text FROM expected',
	'an error that is named is written');

# ---- parts that are named must come

foreach my $function (sort keys %call)
{
	foreach my $part (grep { $_->[0] ne 'error' } @parts)
	{
		my ($name, $type) = @$part;
		target("id int PRIMARY KEY, prediction float8, $name $type", 'SELECT id FROM customer');
		my @calls = ([ 'update_columns', statement_type => 'update', update_columns => [ 'prediction', $name ] ]);
		push @calls, [ 'output_columns', statement_type => 'upsert', output_columns => [ 'id', 'prediction', $name ] ],
			[ 'a made table', output => 'made', statement_type => 'create_table',
				output_columns => [ 'id', 'prediction', $name ] ]
		  if $name =~ /^(threshold|labels|probability)$/;
		foreach my $call (@calls)
		{
			my ($what, %arg) = @$call;
			fails_with(write_scores($session, $call{$function}->(%usual, %arg)), '42703',
				qr/nothing for the output column "$name"/, "$name in $what by $function");
			is(value($session, 'SELECT count(prediction) FROM sensor'), '0',
				"$name in $what by $function: nothing is written");
		}
	}
}

# ---- answers that differ from each other, as when the model is replaced

my $other = TinyServer->parrot(
	sub {
		my ($path, $body) = @_;
		my @ids = map { /^(\d+)$/ ? $1 : () } split /\n/, $body;
		my $late = grep { $_ > 20 && $_ <= 40 } @ids;
		return (200, { 'Content-Type' => 'text/csv; charset=UTF-8',
				$late ? () : ('X-DataRobot-Model-ID' => '5f00000000000000000000aa') },
			$late ? "y_yes_PREDICTION,y_no_PREDICTION,y_PREDICTION,THRESHOLD,POSITIVE_CLASS\n" . join('',
				map { "0.75,0.25,yes,0.5,yes\n" } @ids) : "y_PREDICTION\n" . join('', map { "$_\n" } @ids));
	});
connect_node($node, standin => $standin, name => 'changing',
	server => { prediction_url => 'http://127.0.0.1:' . $other->port });
my %changing = (%usual, deployment => '5f00000000000000000000cc', server => 'changing',
	query => 'SELECT id AS n, id FROM public.customer');
foreach my $type (qw(update upsert insert))
{
	my $what = "$type with answers of two kinds";
	target(q{id int PRIMARY KEY, prediction text, probability float8 DEFAULT 9, threshold float8 DEFAULT 8,
			model_id text DEFAULT 'none'},
		$type eq 'insert' ? undef : 'SELECT id FROM customer');
	counts_are(write_scores($session, into(%changing, statement_type => $type,
			options => { chunk_rows => 20, concurrency => 1, commit_interval => '1min' })), [ $n, $n, 0 ], $what);
	same_rows($session, 'TABLE sensor', q{SELECT id, CASE WHEN id BETWEEN 21 AND 40 THEN 'yes' ELSE id::text END,
			CASE WHEN id BETWEEN 21 AND 40 THEN 0.75 ELSE 9 END::float8,
			CASE WHEN id BETWEEN 21 AND 40 THEN 0.5 ELSE 8 END::float8,
			CASE WHEN id BETWEEN 21 AND 40 THEN 'none' ELSE '5f00000000000000000000aa' END
		FROM customer},
		"$what: each row has what its answer had");
	slices_are_whole($session, last_run($session), $what);
}
target('id int PRIMARY KEY, prediction text, probability float8');
fails_with(write_scores($session, into_now(%changing, options => { chunk_rows => 20 })), '08P01',
	qr/the answer has "probability", which earlier ones lacked/, 'answers of two kinds in one transaction');
is(value($session, 'SELECT count(*) FROM sensor'), '0', 'answers of two kinds in one transaction: nothing is written');

# rows that fail before any answer shows what there is wait for one that does
my $picky = TinyServer->parrot(
	sub {
		my ($path, $body) = @_;
		my @ids = map { /^(\d+)$/ ? $1 : () } split /\n/, $body;
		return (422, { 'Content-Type' => 'application/json' }, '{"message": "no"}')
		  if grep { $_ <= 3 } @ids;
		return (200, { 'Content-Type' => 'text/csv; charset=UTF-8' },
			"y_yes_PREDICTION,y_no_PREDICTION,y_PREDICTION,THRESHOLD,POSITIVE_CLASS\n" . join('',
				map { "0.75,0.25,yes,0.5,yes\n" } @ids));
	});
connect_node($node, standin => $standin, name => 'picky',
	server => { prediction_url => 'http://127.0.0.1:' . $picky->port });
foreach my $function (sort keys %call)
{
	target(q{id int PRIMARY KEY, prediction text, probability float8, threshold float8, warning bool},
		q{SELECT id, 'old', 0.1, 0.2, true FROM customer});
	$result = write_scores($session, $call{$function}->(%changing, server => 'picky', statement_type => 'update',
			on_error => 'null', reject_limit => 3, options => { chunk_rows => 1 }));
	counts_are($result, [ $n, $n, 3 ], "the first rows fail by $function");
	same_rows($session, 'TABLE sensor', q{SELECT id, CASE WHEN id > 3 THEN 'yes' END,
		CASE WHEN id > 3 THEN 0.75 END::float8, CASE WHEN id > 3 THEN 0.5 END::float8, true FROM customer},
		"the first rows fail by $function: without a prediction they have no old probability either");
	target(q{id int PRIMARY KEY, prediction text, probability float8}, q{SELECT id, 'old', 0.1 FROM customer});
	$result = write_scores($session,
		$call{$function}->(%changing, query => 'SELECT id AS n, id FROM public.customer WHERE id <= 3',
			server => 'picky', statement_type => 'update', on_error => 'null', reject_limit => 3));
	counts_are($result, [ 3, 3, 3 ], "all rows fail by $function");
	is(value($session, 'SELECT count(*) FROM sensor WHERE prediction IS NULL'), '3',
		"all rows fail by $function: they are written without a prediction");
}

# ---- what is said

target(q{id int PRIMARY KEY, prediction float8, note text DEFAULT 'x', "Big" text});
$result = write_scores($session, into(%usual, extra_columns => undef, options => { chunk_rows => 20 }));
is(announced($result), 'inserting into cell.sensor: id, prediction; if the answers have them: note, "Big"',
	'columns of the answer, if it has them');
is(() = $result->{text} =~ /if the answers have them/g, 1, 'said once');
like($result->{text}, qr/inserting into.*\n(?:.*\n)*.*rows read/, 'before the run has ended');
$result = write_scores($session, into(%usual, output => 'made', statement_type => 'create_table'));
like(announced($result),
	qr/^creating cell\.made: id, prediction; if the answers have them: probability, probabilities, threshold, /,
	'a table to be made');
target('id int, prediction float8, ' . join ', ', map { "c$_ int" } 1 .. 60);
like(announced(write_scores($session, into(%usual))),
	qr/^inserting into cell\.sensor: id, prediction; if the answers have them: c1, .*, c50 and 10 more$/,
	'no more than fifty of a kind');
target('id int PRIMARY KEY, prediction float8');
$session->must('SET client_min_messages = warning');
unlike(write_scores($session, into(%usual))->{text}, qr/inserting into/, 'a NOTICE, no more');
$session->must('RESET client_min_messages');
$node->safe_psql('postgres', 'ALTER SERVER picky OPTIONS (SET prediction_url \'http://127.0.0.1:9\')');
$result = write_scores($session, into(%changing, server => 'picky', options => { max_attempts => 1 }));
is("$result->{sqlstate} " . announced($result), '08001 inserting into cell.sensor: id, prediction',
	'before a row is sent');

# ---- what the target cannot take is refused before a row is sent

my %refused = (
	'a column that nothing fills' => [ 'id int PRIMARY KEY, prediction float8, note text NOT NULL', '23502',
		qr/nothing fills column "note"/, 'insert upsert' ],
	'a key of the target that nothing fills' => [ 'id int, prediction float8, note text, PRIMARY KEY (id, note)',
		'23502', qr/nothing fills column "note"/, 'insert' ],
	'a column that nothing fills, of a domain' => [ 'id int PRIMARY KEY, prediction float8, note filled', '23502',
		qr/nothing fills column "note"/, 'insert upsert' ],
	'a column that nothing fills, of a domain over a domain' =>
		[ 'id int PRIMARY KEY, prediction float8, note over_filled', '23502', qr/nothing fills column "note"/,
			'insert upsert' ],
	'error, which no row that is written has' => [ 'id int PRIMARY KEY, prediction float8, error text NOT NULL',
		'23502', qr/nothing fills column "error"/, 'insert upsert' ],
	'a narrow model id' => [ 'id int PRIMARY KEY, prediction float8, model_id varchar(10)', '22001',
		qr/"model_id" of cell\.sensor cannot hold the id of a model/, 'insert update upsert' ],
	'a narrow model id of another name' => [ 'id int PRIMARY KEY, prediction float8, model char(23)', '22001',
		qr/"model" of cell\.sensor cannot hold/, 'insert update upsert',
		column_names_remapping => { model_id => 'model' } ],
	'a model id as a number' => [ 'id int PRIMARY KEY, prediction float8, model_id bigint', '42804',
		qr/cannot hold the id of a model/, 'insert update upsert' ],
	'a narrow deployment id' => [ 'id int PRIMARY KEY, prediction float8, deployment_id varchar(10)', '22001',
		qr/character varying\(10\)/, 'insert update upsert' ],
	'no partition for any key' => [ 'id int, prediction float8) PARTITION BY LIST (id', '23514', qr/no partition/,
		'insert' ],
	'no partition for the first key' => [ 'id int, prediction float8) PARTITION BY LIST (id', '23514', qr/no partition/,
		'insert upsert', after => 'CREATE TABLE p PARTITION OF sensor FOR VALUES IN (2, 3, NULL)' ],
	'no partition in a range for the first key' => [ 'id int PRIMARY KEY, prediction float8) PARTITION BY RANGE (id',
		'23514', qr/no partition/, 'insert upsert',
		after => 'CREATE TABLE p PARTITION OF sensor FOR VALUES FROM (2) TO (1000)' ],
	'no partition for NULL' => [ 'id int, part text, prediction float8) PARTITION BY LIST (part', '23514',
		qr/no partition/, 'insert', query => 'SELECT id, id AS a, NULL AS part FROM public.customer',
		passthrough_columns => ['part'], after => q{CREATE TABLE p PARTITION OF sensor FOR VALUES IN ('x')} ]);
my %accepted = (
	'a default' => [ q{id int PRIMARY KEY, prediction float8, note text NOT NULL DEFAULT 'x'}, 'insert update upsert' ],
	'a domain with a default' => [ 'id int PRIMARY KEY, prediction float8, note defaulted', 'insert update upsert' ],
	'an identity and a generated column' =>
		[ 'id int PRIMARY KEY, prediction float8, a int GENERATED ALWAYS AS IDENTITY, b serial,
			c int NOT NULL GENERATED ALWAYS AS (id * 2) STORED', 'insert update upsert' ],
	'a trigger' => [ 'id int PRIMARY KEY, prediction float8, note text NOT NULL', 'insert update upsert',
		after => 'CREATE TRIGGER fills BEFORE INSERT ON sensor FOR EACH ROW EXECUTE FUNCTION public.fill_note()' ],
	'a trigger of a partition' => [ 'id int PRIMARY KEY, prediction float8, note text NOT NULL) PARTITION BY RANGE (id',
		'insert update upsert', after => 'CREATE TABLE p PARTITION OF sensor FOR VALUES FROM (0) TO (100);
			CREATE TRIGGER fills BEFORE INSERT ON p FOR EACH ROW EXECUTE FUNCTION public.fill_note()' ],
	'a view over a table' => [ 'id int PRIMARY KEY, prediction float8, note text NOT NULL', 'insert update',
		output => 'seen', after => q{CREATE VIEW seen AS SELECT id, prediction, note FROM sensor;
			ALTER VIEW seen ALTER note SET DEFAULT 'x'} ],
	'an INSTEAD OF trigger' => [ 'id int PRIMARY KEY, prediction float8, note text NOT NULL', 'insert',
		output => 'seen', after => 'CREATE VIEW seen AS SELECT id, prediction, note FROM sensor;
			CREATE TRIGGER fills INSTEAD OF INSERT ON seen FOR EACH ROW EXECUTE FUNCTION public.fill_view()' ],
	'rows that exist' => [ 'id int, prediction float8, note text NOT NULL', 'update upsert' ],
	'a column of the answer that must not be NULL' =>
		[ 'id int PRIMARY KEY, prediction float8, "y_PREDICTION" float8 NOT NULL', 'insert update upsert' ],
	'a passthrough column' => [ 'id int PRIMARY KEY, prediction float8, plan text NOT NULL', 'insert upsert',
		passthrough_columns => ['plan'] ],
	'a wide model id' => [ 'id int PRIMARY KEY, prediction float8, model_id varchar(24)', 'insert update upsert' ],
	'a narrow model id that is not written' => [ 'id int PRIMARY KEY, prediction float8, model_id varchar(10)',
		'insert update upsert', column_names_remapping => { model_id => undef } ],
	'a partition by default' => [ 'id int, prediction float8) PARTITION BY LIST (id', 'insert update',
		after => 'CREATE TABLE p PARTITION OF sensor DEFAULT' ],
	'partitions of the bounds' => [ 'id int PRIMARY KEY, prediction float8) PARTITION BY RANGE (id',
		'insert update upsert', after => 'CREATE TABLE p PARTITION OF sensor FOR VALUES FROM (MINVALUE) TO (5);
			CREATE TABLE q PARTITION OF sensor FOR VALUES FROM (5) TO (MAXVALUE)' ],
	'partitions by hash' => [ 'id int PRIMARY KEY, prediction float8) PARTITION BY HASH (id', 'insert update upsert',
		after => 'CREATE TABLE p PARTITION OF sensor FOR VALUES WITH (MODULUS 1, REMAINDER 0)' ]);

$session->must(q{
	CREATE DOMAIN public.over_filled AS public.filled;
	CREATE DOMAIN public.defaulted AS text NOT NULL DEFAULT 'd';
	CREATE FUNCTION public.fill_note() RETURNS trigger
		LANGUAGE plpgsql AS 'BEGIN NEW.note := coalesce(NEW.note, ''t''); RETURN NEW; END';
	CREATE FUNCTION public.fill_view() RETURNS trigger
		LANGUAGE plpgsql AS 'BEGIN INSERT INTO sensor VALUES (NEW.id, NEW.prediction, ''v''); RETURN NEW; END';});
foreach my $what (sort keys %refused)
{
	my ($has, $sqlstate, $message, $types, %arg) = @{ $refused{$what} };
	my $after = delete $arg{after};
	foreach my $type (split / /, $types)
	{
		foreach my $function (sort keys %call)
		{
			target($has);
			$session->must($after) if $after;
			fails_with(write_scores($session, $call{$function}->(%usual, statement_type => $type, %arg)), $sqlstate,
				$message, "$what: $type by $function");
			is(requests(), 0, "$what: $type by $function: nothing was sent");
		}
	}
}
foreach my $what (sort keys %accepted)
{
	my ($has, $types, %arg) = @{ $accepted{$what} };
	my $after = delete $arg{after};
	foreach my $type (split / /, $types)
	{
		foreach my $function (sort keys %call)
		{
			target($has);
			$session->must($after) if $after;
			my $note = $has =~ /\bnote text NOT NULL,? ?(?!DEFAULT)/ ? ", note" : '';
			my $value = $note ? ", 'n'" : '';
			$note = ', "y_PREDICTION"', $value = ', 1' if $has =~ /y_PREDICTION/;
			$session->must("INSERT INTO sensor (id$note) SELECT id$value FROM customer")
			  if $type eq 'update' || $what eq 'rows that exist';
			counts_are(write_scores($session, $call{$function}->(%usual, statement_type => $type, %arg)), [ $n, $n, 0 ],
				"$what: $type by $function");
			same_rows($session, 'SELECT id, prediction FROM sensor', 'TABLE expected',
				"$what: $type by $function: what is in it");
		}
	}
}

# a key far away that has no partition ends the run there; what comes before it is written
target('id int PRIMARY KEY, prediction float8) PARTITION BY RANGE (id', undef);
$session->must('CREATE TABLE p PARTITION OF sensor FOR VALUES FROM (0) TO (41)');
$result = write_scores($session, into(%usual, options => { chunk_rows => 10, concurrency => 1 }));
fails_with($result, '23514', qr/cell\.sensor has no partition/, 'a key far away without a partition',
	detail => qr/"id" is 41/);
cmp_ok(requests(), '<=', 4, 'a key far away without a partition: it was not sent');
target('id int PRIMARY KEY, prediction float8) PARTITION BY RANGE (id', undef);
$session->must('CREATE TABLE p PARTITION OF sensor FOR VALUES FROM (0) TO (41)');
counts_are(write_scores($session, into(%usual, on_error => 'reject', reject_limit => 30)), [ $n, 40, 20 ],
	'with on_error, rows without a partition are rejected');

done_testing();
