# What is proven and what is only guessed: the type of a prediction in a table that is made, and which class is the
# positive one.
use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../lib";
use CannedServer;
use ScoringTest;
use Test::More;

# An answer to each row by its first field, which is its number; in JSON with the numbers of rows.
sub csv
{
	my ($header, $record) = @_;
	return sub {
		my ($rows) = @_;
		return "$header\n" . join('', map { $record->($_->[0]) . "\n" } @$rows)
	};
}

sub json
{
	my ($row) = @_;
	return sub {
		my ($rows) = @_;
		my $n = 0;
		return (200, 'application/json',
			'{"data": [' . join(',', map { qq({"rowId": ${\$n++}, ) . $row->($_->[0]) . '}' } @$rows) . ']}')
	};
}

# Two classes with these probabilities of "yes", the negative one first in JSON; what is decided is the JSON for the
# two.
my @yes = ('', 0.25, 0.6, 0.75);
sub both
{
	my ($threshold, $low, $high) = @_;
	return sub {
		my ($rows, $header, $body, $headers) = @_;
		my $decided = sub {
			my ($p) = @_;
			return $p > $threshold ? $high : $low
		};
		my $csv = sub {
			my $p = $yes[ $_[0] ];
			my $q = 1 - $p;
			(my $label = $decided->($p)) =~ tr/"//d;
			return "$q,$p,$label,$threshold,yes";
		};
		my $json = sub {
			my $p = $yes[ $_[0] ];
			my $q = 1 - $p;
			my $label = $decided->($p);
			return qq("prediction": $label, "predictionThreshold": $threshold,
				"predictionValues": [{"label": "no", "value": $q}, {"label": "yes", "value": $p}]);
		};
		my $answer = $headers->{accept} =~ /csv/
		  ? csv('t_no_PREDICTION,t_yes_PREDICTION,t_PREDICTION,THRESHOLD,POSITIVE_CLASS', $csv)
		  : json($json);
		return $answer->($rows);
	};
}

my @words = ('', '42', '007', 'forty-two');
my $canned = CannedServer->new(
	words => csv('text_PREDICTION', sub { return $words[ $_[0] ] }),
	zeros => csv('text_PREDICTION', sub { return "00$_[0]" }),
	words_json => json(sub {
		return qq("prediction": "$words[$_[0]]", "predictionValues": [{"label": "text", "value": "$words[$_[0]]"}])
	}),
	number_json => json(sub {
		return qq("prediction": $_[0].5, "predictionValues": [{"label": "y", "value": $_[0].5}])
	}),
	null_json => json(sub {
		my $v = $_[0] == 1 ? 'null' : 'true';
		return qq("prediction": $v)
	}),
	bounded => csv('y_PREDICTION,IS_OUTLIER_PREDICTION', sub { return "$_[0].5,False" }),
	explained => csv('y_PREDICTION,EXPLANATION_1_FEATURE_NAME,EXPLANATION_1_STRENGTH', sub { return "$_[0].5,f,0.5" }),
	ones => csv('t_1_PREDICTION,t_0_PREDICTION,t_PREDICTION,THRESHOLD,POSITIVE_CLASS',
		sub { return '0.75,0.25,1,0.5,1' }),
	yesno => both(0.5, '"no"', '"yes"'),
	other_no => both(0.5, '"no"', '"yes"'),
	decided => both(0.5, '0', '1'),
	low_threshold => both(0.3, '"no"', '"yes"'),
	json_only => sub {
		return both(0.5, '"no"', '"yes"')->(@_[0 .. 2], { accept => 'application/json' })
	},
	no_csv => sub {
		return $_[3]{accept} =~ /json/ ? both(0.5, '"no"', '"yes"')->(@_) : (500, 'text/plain', 'no')
	},
	plain => csv('y_PREDICTION', sub { return '1.5' }),
	plain_json => json(sub { return '"prediction": 1.5' }),
	some_json => json(sub {
		return '"prediction": 1.5' . ($_[0] == 2 ? '' : ', "predictionExplanations": []')
	}),
	excluded_json => json(sub { return '"prediction": 1.5, "predictionExplanations": []' }),
	back => csv('y_PREDICTION,a,b,FORECAST_DISTANCE', sub { return '1.5,1e5,,777' }),
	back_json => json(sub {
		return '"prediction": 1.5, "passthroughValues": {"a": 1e5, "b": null, "FORECAST_DISTANCE": 777}'
	}),
	less => csv('y_PREDICTION,a', sub { return '1.5,1e5' }),
	less_json => json(sub {
		return '"prediction": 1.5, "passthroughValues": {"a": "1e5"' . ($_[0] == 2 ? '' : ', "b": ""') . '}'
	}),
	taken => csv('FORECAST_POINT,y_PREDICTION,EXPLANATION_1_FEATURE_NAME,THRESHOLD,PREDICTION_80_PERCENTILE_LOW',
		sub { return '2024-01-01,1.5,f,0.5,9' }),
	anomaly => csv('ANOMALY_SCORE', sub { return '0.25' }));

my $standin = new_standin();
my $node = new_node('main', standin => $standin, init => [ extra => [ '--locale=C', '--encoding=UTF8' ] ]);
connect_node($node, standin => $standin, name => 'api', server => { api_url => $standin->api_url });
$node->safe_psql('postgres', "CREATE SERVER canned FOREIGN DATA WRAPPER datarobot_scoring
	OPTIONS (prediction_url '${\$canned->url}', allow_http 'true', auth 'none', max_attempts '1')");

open(my $in, '<', "$FindBin::RealBin/../server/samples/sales_level.csv") or die $!;
my @sales = CannedServer::parse_csv(do { local $/; <$in> });
shift @sales;
$node->safe_psql('postgres', 'CREATE TABLE sales (date text, sales text); INSERT INTO sales VALUES ' . join(', ',
		map { '(' . join(', ', map { defined ? quote_sql($_) : 'NULL' } @$_) . ')' } @sales));
$node->safe_psql('postgres', 'CREATE TYPE only_label AS (prediction text, probabilities jsonb)');

sub value { return safe_scalar($node, $_[0]); }

# Make a table from three rows; its columns but the key, and the predictions.
sub made
{
	my ($deployment, $server, $options, %more) = @_;
	my $query = $more{query} // 'SELECT i AS n, i AS m FROM generate_series(1, 3) i';
	my $arguments = $more{arguments} // q(statement_type => 'create_table');
	$node->safe_psql('postgres', "DROP TABLE IF EXISTS made;
		CALL datarobot.score_into('$deployment', \$q\$$query\$q\$, 'made', key_columns => '{n}', server => '$server',
			$arguments, options => " . quote_sql(to_json($options // {})) . ')');
	return value(q{SELECT string_agg(format_type(atttypid, atttypmod), ' ' ORDER BY attnum) FROM pg_attribute
		WHERE attrelid = 'made'::regclass AND attname = 'prediction'})
	  . ': ' . value('SELECT string_agg(prediction::text, $$,$$ ORDER BY n) FROM made');
}

# ---- the type of a prediction
my $json = { format => 'json' };
my $texts = { query => q(SELECT i AS n, (ARRAY['42', '007', 'forty-two'])[i] AS "promptText"
	FROM generate_series(1, 3) i) };
is(made('words', 'canned'), 'text: 42,007,forty-two', 'a text that looks like a number');
is(made('zeros', 'canned'), 'text: 001,002,003', 'texts that all look like numbers');
is(made('words_json', 'canned', $json), 'text: 42,007,forty-two', 'a text of JSON');
is(made('number_json', 'canned', $json), 'double precision: 1.5,2.5,3.5', 'a number of JSON');
is(made('null_json', 'canned', $json), 'text: True,True', 'a truth value of JSON, and nothing');
is(made('bounded', 'canned'), 'double precision: 1.5,2.5,3.5', 'only numbers can be outliers');
is(made('explained', 'canned'), 'double precision: 1.5,2.5,3.5', 'only numbers are explained without classes');
is(made('anomaly', 'canned'), 'double precision: 0.25,0.25,0.25', 'an anomaly score');
is(made('ones', 'canned'), 'text: 1,1,1', 'a class that is called 1');
is(made('5f000000000000000000001b', 'datarobot', {}, %$texts), 'text: 42,007,forty-two', 'text generation');
is(made('5f000000000000000000001b', 'api', {}, %$texts), 'text: 42,007,forty-two', 'text generation by its record');
like(made('5f00000000000000000000ff', 'datarobot'), qr/^text: [\d.]+,/, 'what nothing proves is a text');
like(made('5f00000000000000000000ff', 'datarobot', $json), qr/^double precision: [\d.]+,/, 'JSON proves it');
like(made('5f00000000000000000000ff', 'api'), qr/^double precision: [\d.]+,/, 'and so does the record');
like(made('5f00000000000000000000ff', 'api', {},
		arguments => q(statement_type => 'upsert', create_table_if_not_exists => true)), qr/^double precision: [\d.]+,/,
	'also when rows are upserted');
like(made('5f00000000000000000000ff', 'datarobot', {},
		arguments => q(statement_type => 'upsert', create_table_if_not_exists => true)), qr/^text: [\d.]+,/,
	'or without it');
{
	$standin->faults({ fault => 'status', status => 503, route => 'api', times => -1 });
	my ($stdout, $stderr) = ('', '');
	$node->psql('postgres', q{DROP TABLE made;
		CALL datarobot.score_into('5f00000000000000000000ff', 'SELECT 1 AS n, 2 AS m', 'made', key_columns => '{n}',
			server => 'api', statement_type => 'create_table', options => '{"check": false, "max_attempts": 1}')},
		stdout => \$stdout, stderr => \$stderr);
	like($stderr, qr/WARNING:  what deployment 5f00000000000000000000ff predicts is not known/,
		'a record that cannot be read is warned of');
	is(value(q{SELECT format_type(atttypid, atttypmod) FROM pg_attribute
			WHERE attrelid = 'made'::regclass AND attname = 'prediction'}), 'text', 'and proves nothing');
	$standin->reset;
}
{
	# the second part of a run finds the table that the first has made
	my $query = q(SELECT i AS n, CASE WHEN i < 100 THEN '0' || i ELSE 'word' END AS "promptText"
		FROM generate_series(1, 200) i);
	my $call = "CALL datarobot.score_into('5f000000000000000000001b', \$q\$$query\$q\$, 'made', key_columns => '{n}',
		statement_type => 'create_table', options =>
		'{\"chunk_rows\": 20, \"concurrency\": 1, \"max_attempts\": 1, \"commit_rows\": 20, \"resume\": true}')";
	$node->safe_psql('postgres', 'DROP TABLE made');
	$standin->faults({ fault => 'status', status => 500, skip => 3, times => 1 });
	$node->psql('postgres', $call);
	cmp_ok(value('SELECT count(*) FROM made'), '<', 200, 'a run that ended early');
	$node->safe_psql('postgres', $call);
	is(value(q(SELECT count(*), count(*) FILTER (WHERE prediction = CASE WHEN n < 100 THEN '0' || n ELSE 'word' END)
			FROM made)), '200|200', 'its second part has the same texts');
}

# ---- the positive class
my @columns = ('string_agg(probability::text, $$,$$ ORDER BY row_number), string_agg(DISTINCT positive_class, $$,$$)');
sub positive
{
	my ($deployment, $options, $select) = @_;
	return "SELECT ${\($select // $columns[0])} FROM datarobot.score_as(NULL::datarobot.prediction, '$deployment',
		'SELECT i AS n FROM generate_series(1, 3) i', options => "
	  . quote_sql(to_json({ server => 'canned', format => 'json', %{ $options // {} } })) . ') p';
}
my $right = '0.25,0.6,0.75|yes';
is(value(positive('yesno')), $right, 'the negative class first: an answer in CSV is asked for');
my @bodies = $canned->bodies('yesno');
is_deeply([ sort { length $a <=> length $b } @bodies ], [ "n\n1\n", "n\n1\n2\n3\n" ], 'by one row, once');
$canned->forget;
is(value(join '; ', (positive('yesno')) x 3), join("\n", ($right) x 3), 'several calls of a session');
is(scalar(() = $canned->bodies('yesno')), 4, 'ask once');
$canned->forget;
is(value(positive('yesno', { chunk_rows => 1 })), $right, 'several answers');
is(scalar(() = $canned->bodies('yesno')), 4, 'make it ask once');
$canned->forget;
is(value(positive('yesno', { positive_class => 'no' })), '0.75,0.4,0.25|no', 'a class that the call names');
is(value("SELECT count(*) FROM datarobot.score_as(NULL::only_label, 'yesno',
		'SELECT i AS n FROM generate_series(1, 3) i', server => 'canned', options => '{\"format\": \"json\"}') p"),
	3, 'a type without it');
is(scalar(() = $canned->bodies('yesno')), 2, 'asks for nothing');
is(value(q{SELECT string_agg(p::text, ',' ORDER BY n)
		FROM (SELECT n,
				datarobot.predict(f, 'other_no', '{"server": "canned", "format": "json"}') OVER (ORDER BY n) AS p
			FROM (SELECT i AS n FROM generate_series(1, 3) i) f) s}),
	'0.25,0.6,0.75', 'predict() returns its probability');
$canned->forget;
is(value(positive('decided')), $right, 'predictions of 1 and 0 show it');
is(value(positive('low_threshold')), $right, 'as does a threshold that is no half');
is(scalar(() = $canned->bodies($_)), 1, "$_: and nothing is asked") foreach qw(decided low_threshold);
$node->safe_psql('postgres',
	q{CREATE TABLE written (n int PRIMARY KEY, prediction text, probability float8, positive_class text);
		CALL datarobot.score_into('yesno', 'SELECT i AS n, i AS m FROM generate_series(1, 3) i', 'written',
			key_columns => '{m}', server => 'canned', on_error => 'reject', reject_limit => 1,
			options => '{"format": "json", "column_names_remapping": {"m": "n"}}')});
is(value('SELECT string_agg(probability::text, $$,$$ ORDER BY n), string_agg(DISTINCT positive_class, $$,$$)
		FROM written'), $right, 'in a table, where rows may fail by themselves');
foreach my $deployment (qw(json_only no_csv))
{
	my ($stdout, $stderr) = ('', '');
	$node->psql('postgres', positive($deployment, { max_attempts => 1 }), stdout => \$stdout, stderr => \$stderr);
	is($stdout, '|', "$deployment: what is not known is NULL");
	my $warning = 'WARNING:  it is not known which of two classes is the positive one';
	like($stderr, qr/$warning.*The classes are "no" and "yes".*positive_class/s,
		"$deployment: and is warned of");
	is(scalar(() = $stderr =~ /WARNING/g), 1, "$deployment: once");
}
foreach my $format (qw(csv json))
{
	is(value("SELECT string_agg(DISTINCT positive_class, ',')
			FROM datarobot.score('5f0000000000000000000023', 'SELECT date, sales FROM sales ORDER BY date',
			server => 'datarobot', options => '{\"format\": \"json\", \"request_format\": \"$format\"}')"),
		'high', "a time series is asked about as a whole, its rows as $format");
}

# ---- what was asked for
foreach my $format (qw(csv json))
{
	my $plain = $format eq 'csv' ? 'plain' : 'plain_json';
	foreach my $asked ([ { max_explanations => 2 }, 'explanations', 'max_explanations' ],
		[ { prediction_warning_enabled => 'true' }, 'outlier warnings', 'prediction_warning_enabled' ],
		[ { forecast_point => '2024-01-01T00:00:00Z' }, 'forecasts', 'forecast_point' ],
		$format eq 'json' ? [ { exclude_adjusted_predictions => 'false' }, 'adjusted predictions',
			'exclude_adjusted_predictions' ] : ())
	{
		my ($options, $part, $option) = @$asked;
		my ($state, $message) = error_of($node, positive($plain, { format => $format, %$options }, '*'));
		is("$state $message", qq(08P01 the answer lacks $part, which the option "$option" asks for),
			"$format: $part that do not come");
	}
	my ($state, $message) = error_of($node, "SELECT * FROM datarobot.explain('$plain', 'SELECT 1 AS n',
		server => 'canned', options => '{\"format\": \"$format\"}')");
	is("$state $message", '08P01 the answer lacks explanations, which the option "max_explanations" asks for',
		"$format: explain() without explanations");
	is(value(positive($plain, { format => $format, max_explanations => 0 }, 'count(*)')), 3,
		"$format: none were asked for");
	is(value(positive($plain, { format => $format, max_explanations => 2, threshold_high => 0.9 }, 'count(*)')), 3,
		"$format: thresholds may exclude all");
}
is((error_of($node, positive('some_json', { max_explanations => 2 }, '*')))[1],
	'the answer lacks explanations for a row, which the option "max_explanations" asks for',
	'a row without explanations');
is(value(positive('some_json', { max_explanations => 2, threshold_low => 0.1 }, 'count(explanations)')), 3,
	'which thresholds allow');
is(value(positive('excluded_json', { max_explanations => 2 }, 'count(*) FILTER (WHERE cardinality(explanations) = 0)')),
	3, 'a row with an empty list');

# ---- columns passed through by the server
sub passed
{
	my ($deployment, $columns, $names, $format) = @_;
	return "SELECT passthrough FROM datarobot.score('$deployment', \$q\$SELECT $columns FROM generate_series(1,
		2) i\$q\$, '{}', '{$names}', server => 'canned', options => '{\"wire_passthrough\": true, \"format\": \""
	  . ($format // 'csv') . '"}\')';
}
my $three = q(i AS n, '1e5'::text AS a, %s AS b, 777 AS "FORECAST_DISTANCE");
foreach my $format (qw(csv json))
{
	my $back = $format eq 'csv' ? 'back' : 'back_json';
	my $all = 'a,b,FORECAST_DISTANCE';
	my $row = sub {
		my ($a, $b) = @_;
		return value(qq(SELECT jsonb_build_object('a', $a, 'b', $b, 'FORECAST_DISTANCE', 777)))
	};
	is(value(passed($back, sprintf($three, "''::text"), $all, $format)),
		join("\n", ($row->("'1e5'::text", "''::text")) x 2),
		"$format: a text that looks like a number, an empty one, and a number named like an output");
	is(value(passed($back, sprintf($three, 'NULL::text'), $all, $format)),
		join("\n", ($row->("'1e5'::text", 'NULL::text')) x 2), "$format: NULL is none");
	is(value(passed($back, sprintf($three, "CASE i WHEN 2 THEN ''::text END"), $all, $format)), join("\n",
			$row->("'1e5'::text", 'NULL::text'), $row->("'1e5'::text", "''::text")), "$format: each row by itself");
	is(value(passed($back, sprintf($three =~ s/'1e5'::text/1e5::float8/r, 'NULL::text'), $all, $format)),
		join("\n", ($row->('1e5::numeric', 'NULL::text')) x 2), "$format: a number");
	my ($state, $message) = error_of($node,
		passed($format eq 'csv' ? 'less' : 'plain_json', sprintf($three, 'NULL::text'), 'a,b', $format));
	like("$state $message", qr/^08P01 the answer lacks the column "[ab]", which the server was asked to pass through$/,
		"$format: a column that does not come");
}
is((error_of($node, passed('less_json', sprintf($three, 'NULL::text'), 'a,b', 'json')))[0], '08P01',
	'json: or not with each row');
$node->safe_psql('postgres',
	'CREATE TYPE back AS (prediction text, b text, "FORECAST_DISTANCE" int, forecast_distance int)');
is(value(q{SELECT prediction, b = '', "FORECAST_DISTANCE", forecast_distance FROM datarobot.score_as(NULL::back, 'back',
		$q$SELECT 1 AS n, ''::text AS a, ''::text AS b, 777 AS "FORECAST_DISTANCE"$q$, '{}', '{a,b,FORECAST_DISTANCE}',
		server => 'canned', options => '{"wire_passthrough": true}') p}), '1.5|t|777|', 'in columns of their own');
is(value(q{SELECT forecast_point, threshold, cardinality(explanations), interval_low, prediction
		FROM datarobot.score_as(NULL::datarobot.prediction, 'taken', $q$SELECT 1 AS "FORECAST_POINT",
		2 AS "EXPLANATION_1_FEATURE_NAME", 3 AS "THRESHOLD", 4 AS "PREDICTION_80_PERCENTILE_LOW"$q$, '{}',
		'{FORECAST_POINT,EXPLANATION_1_FEATURE_NAME,THRESHOLD,PREDICTION_80_PERCENTILE_LOW}', server => 'canned',
		options => '{"wire_passthrough": true}') p}), '||||1.5', 'none of them is an output by its name');

done_testing();
