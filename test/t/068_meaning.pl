# What an answer means, where it could be taken for something else: carriage returns, numbers that cannot be, names that
# were cut off, times without a zone.
use strict;
use warnings FATAL => 'all';
use utf8;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use CannedServer;
use ScoringTest;
use Test::More;

my $long = 'l' x 70;

sub csv_of
{
	my ($text) = @_;
	return sub { return $text };
}

# An answer in CSV to each row by its first field, which is its number.
sub csv
{
	my ($header, $record) = @_;
	return sub {
		my ($rows) = @_;
		my $text = "$header\n" . join('', map { $record->($_->[0]) . "\n" } @$rows);
		utf8::encode($text);
		return $text
	};
}

# The same in JSON.
sub json
{
	my ($row) = @_;
	return sub {
		my ($rows) = @_;
		my $n = 0;
		return (200, 'application/json', '{"data": [' . join(',', map { $row->($_->[0], $n++) } @$rows) . ']}')
	};
}

# The value for row 2 where one cannot be, else a good one.
sub second
{
	my ($value, $good) = @_;
	return sub { return $_[0] == 2 ? $value : $good };
}

sub classes_json
{
	my ($p) = @_;
	return json(sub {
		my ($i, $n) = @_;
		my $v = $i == 2 ? $p : 0.25;
		return qq({"rowId": $n, "prediction": "a", "predictionValues": [{"label": "a", "value": $v},
			{"label": "b", "value": 0.5}, {"label": "c", "value": 0.25}]});
	});
}

sub number_json
{
	my ($p) = @_;
	return json(sub {
		my ($i, $n) = @_;
		my $v = $i == 2 ? $p : 1.5;
		return qq({"rowId": $n, "prediction": $v, "predictionValues": [{"label": "y", "value": $v}]})
	});
}

sub classes_csv
{
	my ($p) = @_;
	return csv('t_a_PREDICTION,t_b_PREDICTION,t_c_PREDICTION,t_PREDICTION', second("$p,0.5,0.25,a", '0.25,0.5,0.25,a'));
}

sub number_csv
{
	my ($p) = @_;
	return csv('y_PREDICTION', second($p, 1.5));
}

my @no_numbers = qw(NaN nan -Infinity Infinity inf 1e999);
my @no_probabilities = qw(1.5 -0.25 1.00001 2e0 NaN Infinity);

sub handler
{
	my ($name) = @_;
	(my $tame = $name) =~ s/[^a-zA-Z0-9]/_/g;
	return $tame;
}

my $canned = CannedServer->new(
	feeds => csv_of("text_PREDICTION\na\rb\n\"c\r\"\nd\r\n\r\n"),
	returns => csv_of("text_PREDICTION\ra\rb\r"),
	both => csv_of("text_PREDICTION\r\na\r\n\"b\rc\"\r\nd\r\n"),
	quoted_feed => csv_of("\"text\n_PREDICTION\"\r\na\r\nb\r\n"),
	(map { ('csv' . handler($_), number_csv($_), 'json' . handler($_), number_json($_)) } @no_numbers),
	(map { ('pcsv' . handler($_), classes_csv($_), 'pjson' . handler($_), classes_json($_)) } @no_probabilities,
		'1.0000001', '-1e-7', '1'),
	words => csv('text_PREDICTION', sub { return ('', 'yes', 'NaN', 'inf')[ $_[0] ] }),
	words_json => json(sub {
		return '{"prediction": "NaN", "predictionValues": [{"label": "text", "value": "NaN"}]}'
	}),
	strength => csv('y_PREDICTION,EXPLANATION_1_FEATURE_NAME,EXPLANATION_1_STRENGTH', second('1,f,NaN', '1,f,0.5')),
	adjusted => json(sub {
		my ($i, $n) = @_;
		return qq({"rowId": $n, "prediction": 1, "adjustedPrediction": ) . ($i == 2 ? 'NaN' : 2) . '}'
	}),
	in_text => json(sub {
		my ($i, $n) = @_;
		return qq({"rowId": $n, "prediction": NaN, "x": "NaN \\" Infinity"})
	}),
	begins_so => json(sub {
		my ($i, $n) = @_;
		return qq({"rowId": $n, "prediction": "Infinity Ward", "x": NaN})
	}),
	long => csv("t_${long}_PREDICTION,t_m_PREDICTION,t_PREDICTION", sub { return '0.25,0.75,m' }),
	alike => csv("t_${long}1_PREDICTION,t_${long}2_PREDICTION,t_PREDICTION", sub { return '0.25,0.75,x' }),
	as_long => csv(substr("t_${long}_PREDICTION", 0, 63) . ",t_${long}_PREDICTION,t_PREDICTION",
		sub { return '0.25,0.75,x' }),
	accents => csv('t_' . ('é' x 40) . '_PREDICTION,t_m_PREDICTION,t_PREDICTION', sub { return '0.25,0.75,m' }),
	long_json => json(sub {
		my ($i, $n) = @_;
		return qq({"rowId": $n, "prediction": "m",
			"predictionValues": [{"label": "$long", "value": 0.25}, {"label": "m", "value": 0.75}]});
	}),
	zones => csv('FORECAST_POINT,day,FORECAST_DISTANCE,y_PREDICTION',
		sub { return "2024-07-0$_[0]T12:00:00,2024-07-0$_[0],$_[0],5" }),
	zones_json => json(sub {
		my ($i, $n) = @_;
		return qq({"rowId": $n, "forecastPoint": "2024-07-0${i}T12:00:00", "timestamp": "2024-07-0$i 00:00:00",
			"forecastDistance": $i, "prediction": 5, "predictionValues": [{"label": "y", "value": 5}]});
	}));

my $standin = new_standin();
my $node = new_node('main', standin => $standin, init => [ extra => [ '--locale=C', '--encoding=UTF8' ] ]);
$node->safe_psql('postgres', qq{
	CREATE SERVER canned FOREIGN DATA WRAPPER datarobot_scoring
		OPTIONS (prediction_url '${\$canned->url}', allow_http 'true', auth 'none', max_attempts '1');
	CREATE TYPE classes AS (row_number bigint, prediction text, probabilities jsonb, probability float8, error text);
	CREATE TYPE texts AS (row_number bigint, prediction text);
	CREATE TYPE numbers AS (row_number bigint, prediction float8)});

sub value
{
	my ($sql) = @_;
	utf8::encode($sql);
	my $v = safe_scalar($node, $sql);
	utf8::decode($v);
	return $v;
}

sub canned
{
	my ($deployment, $select, $type, $options, $rows) = @_;
	my $json = quote_sql(to_json({ server => 'canned', %{ $options // {} } }));
	$rows //= 3;
	return "SELECT $select FROM datarobot.score_as(NULL::$type, '$deployment',
		'SELECT i AS n FROM generate_series(1, $rows) i', options => $json) p";
}

# ---- carriage returns
my $bytes = q{string_agg(replace(prediction, E'\r', '<CR>'), ',' ORDER BY row_number)};
is(value(canned('feeds', $bytes, 'texts', {}, 4)), 'a<CR>b,c<CR>,d<CR>,<CR>',
	'lines that end with a line feed: a carriage return is text, also at the end of a record');
is(value(canned('returns', $bytes, 'texts', {}, 2)), 'a,b', 'lines that end with a carriage return');
is(value(canned('both', $bytes, 'texts')), 'a,b<CR>c,d', 'lines that end with both: it is text within quotes');
is(value(canned('quoted_feed', $bytes, 'texts', {}, 2)), 'a,b', 'a line feed within quotes ends no line');


# ---- numbers that cannot be
my $numbers = 'string_agg(row_number || $$:$$ || coalesce(prediction::text, $$-$$), $$,$$ ORDER BY row_number)';
foreach my $format (qw(csv json))
{
	my $has = sub {
		my ($name, $type, $select) = @_;
		return canned($format . handler($name), $select // '*', $type, { format => $format })
	};
	foreach my $word (@no_numbers)
	{
		next if $format eq 'json' && $word =~ /^(nan|inf)$/;    # no JSON, however kindly read
		foreach my $type (qw(numbers texts))
		{
			my ($state, $message, undef, undef, $context) = error_of($node, $has->($word, $type));
			is($state, '22003', "$format: $word as a prediction, as $type");
		}
	}
	foreach my $p (@no_probabilities)
	{
		my $name = "p$format" . handler($p);
		is((error_of($node, canned($name, 'probability', 'classes', { format => $format })))[0], '22003',
			"$format: $p as a probability");
		is((error_of($node, canned($name, 'probabilities', 'classes', { format => $format })))[0], '22003',
			"$format: $p among probabilities");
	}
	foreach my $p ('1.0000001', '-1e-7', '1')
	{
		is(value(canned("p$format" . handler($p), 'round(sum(probability)::numeric, 4)', 'classes',
				{ format => $format })), sprintf('%.4f', 0.5 + $p),
			"$format: $p is as good a probability as single precision has");
	}
}
is((error_of($node, canned('jsonnan', '*', 'numbers', { format => 'json' })))[0], '08P01',
	'a word in another spelling is not JSON');
is((error_of($node, canned('adjusted', 'adjusted_prediction', 'datarobot.prediction', { format => 'json' })))[0],
	'22003', 'an adjusted prediction');
is((error_of($node, canned('strength', 'explanations', 'datarobot.prediction')))[0], '22003',
	'the strength of an explanation');
is((error_of($node, canned('in_text', '*', 'datarobot.prediction', { format => 'json' })))[0], '22003',
	'NaN beside a text with such words');
is(value(canned('begins_so', $numbers, 'texts', { format => 'json' })),
	'1:Infinity Ward,2:Infinity Ward,3:Infinity Ward', 'a text that begins with such a word');
is(value(canned('words', $numbers, 'texts')), '1:yes,2:NaN,3:inf', 'among texts, such words are texts');
is(value(canned('words_json', $numbers, 'texts', { format => 'json' })), '1:NaN,2:NaN,3:NaN', 'as is a text of JSON');
foreach my $format (qw(csv json))
{
	foreach my $deployment ("${format}NaN", "p${format}1_5")
	{
		$node->safe_psql('postgres', 'DROP TABLE IF EXISTS scored;
			CREATE TABLE scored (n int PRIMARY KEY, prediction text, probabilities jsonb, error text)');
		$node->safe_psql('postgres',
			"CALL datarobot.score_into('$deployment', 'SELECT i AS n, i AS m FROM generate_series(1, 3) i', 'scored',
				key_columns => '{m}', on_error => 'null', reject_limit => 2, server => 'canned',
				options => '{\"format\": \"$format\", \"column_names_remapping\": {\"m\": \"n\"}}')") ;
		is(value('SELECT string_agg(n || $$:$$ || coalesce(prediction, $$-$$) || (error IS NOT NULL)::text, $$,$$
				ORDER BY n) FROM scored'),
			join(',', map { "$_:" . ($_ == 2 ? '-true' : ($deployment =~ /^p/ ? 'a' : '1.5') . 'false') } 1 .. 3),
			"$deployment: the row fails by itself");
	}
}

# ---- names that PostgreSQL has cut off
my $name = substr "t_${long}_PREDICTION", 0, 63;
my $accents = 't_' . 'é' x 30;    # 62 bytes: the next letter has two
{
	my $sql = qq(CREATE TYPE long AS ("$name" float8); CREATE TYPE accents AS ("$accents" float8); CREATE TYPE bare
		AS ("${\substr $long, 0, 63}" float8); CREATE TYPE named AS ("$name" float8, "t_PREDICTION" text));
	utf8::encode($sql);
	$node->safe_psql('postgres', $sql);
}
is(value(canned('long', '*', 'long', {}, 1)), '0.25', 'a class with a label that is longer than a name can be');
is(value(canned('accents', '*', 'accents', {}, 1)), '0.25', 'cut off between two letters');
is(value(canned('long_json', '*', 'bare', { format => 'json' }, 1)), '0.25', 'in JSON, without the target');
is(value(canned('long_json', '*', 'named', { format => 'json' }, 1)), '0.25|m',
	'in JSON, with the target that another column names');
foreach my $deployment (qw(alike as_long))
{
	my ($state, $message, $detail) = error_of($node, canned($deployment, '*', 'long', {}, 1));
	is($state, '42702', "$deployment: a name that two columns are cut off to");
	like($detail, qr/t_l{61}.*t_l{70}/, "$deployment: it is said which");
}
is((error_of($node, canned('long', '*', 'bare', {}, 1)))[0], '42703', 'no other name is that of a longer one');
is(value("CREATE TABLE into_long (n int PRIMARY KEY, \"$name\" float8);
		SELECT rows_written FROM datarobot.score_into_now('long', 'SELECT 1 AS n, 2 AS m', 'into_long',
			key_columns => '{n}', server => 'canned'); SELECT \"$name\" FROM into_long"), "1\n0.25", 'in a table');

# ---- times without a zone
foreach my $format ('zones', 'zones_json')
{
	my @times;
	foreach my $zone ('UTC', 'Asia/Kathmandu')
	{
		push @times, value("SET TIMEZONE = '$zone'; " . canned($format,
				q{string_agg(extract(epoch FROM forecast_point)::bigint::text, ',' ORDER BY forecast_distance)},
				'datarobot.prediction', { format => $format =~ /json/ ? 'json' : 'csv' }));
	}
	# 2024-07-01 12:00 UTC and the two days after
	is($times[$_], '1719835200,1719921600,1720008000',
		"$format: a forecast point without a zone is UTC, not in the session's zone")
	  for 0, 1;
}

{
	$node->safe_psql('postgres', 'CREATE TYPE by_name AS ("FORECAST_POINT" timestamptz, "FORECAST_DISTANCE" int);
		CREATE DOMAIN moment AS timestamptz; CREATE TYPE by_domain AS (forecast_point moment, forecast_distance int)');
	my $epoch = 'SET TIMEZONE = $$Asia/Kathmandu$$; ' . canned('zones',
		q{string_agg(extract(epoch FROM %s)::bigint::text, ',' ORDER BY %s)}, '%s');
	is(value(sprintf $epoch, '"FORECAST_POINT"', '"FORECAST_DISTANCE"', 'by_name'), '1719835200,1719921600,1720008000',
		'by the column\'s own name');
	is(value(sprintf $epoch, 'forecast_point', 'forecast_distance', 'by_domain'), '1719835200,1719921600,1720008000',
		'in a domain');
	is(value("SET TIMEZONE = 'Asia/Kathmandu'; CALL datarobot.score_into('zones_json',
			'SELECT i AS n FROM generate_series(1, 3) i', 'made_zones', statement_type => 'create_table',
			server => 'canned', options => '{\"format\": \"json\", \"time_column\": \"n\"}');
			SELECT string_agg(extract(epoch FROM forecast_point)::bigint::text, ',' ORDER BY forecast_distance)
				FROM made_zones"), '1719835200,1719921600,1720008000', 'in a table that is made');
}

done_testing();
