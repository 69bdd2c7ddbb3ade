# What comes back: every kind of model, in CSV and in JSON, with explanations and all that goes with a prediction;
# and JSON answers that are not what they should be.
use strict;
use warnings FATAL => 'all';
use utf8;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use CannedServer qw(json_answer json_rows);
use HTTP::Tiny;
use JSON::PP ();
use ScoringTest;
use Test::More;

my $samples = "$FindBin::RealBin/../server/samples";

# Two classes with these labels and values, as JSON.
sub two
{
	my ($first, $second, $prediction, $more) = @_;
	$more //= '';
	return json_rows(sub {
		my ($row, $n) = @_;
		return qq({"rowId": $n, "prediction": $prediction, "predictionValues": [
			{"label": $first, "value": 0.75}, {"value": 0.25, "label": $second}]$more});
	});
}

# What servers before 1.0 answered: a list "predictions" of objects, of which this is the rest.
sub old
{
	my ($members) = @_;
	return sub {
		my ($rows) = @_;
		my $list = join ',', map { qq({"row_id": $_, $members}) } 0 .. $#$rows;
		return (200, 'application/json', qq({"task": "Binary", "predictions": [$list], "execution_time": 1.5,
			"code": 200, "status": "", "version": "v1"}));
	};
}

# CSV with the same record for each row.
sub csv
{
	my ($record, @header) = @_;
	return sub {
		my ($rows) = @_;
		return join('', map { "$_\n" } join(',', @header), ($record) x @$rows);
	};
}

# JSON answers that are not what they should be, and what the error says.
my $long = '{"a":' x 100 . '1' . '}' x 100;
my %broken = (
	cut => [ '{"data": [{"rowId": 0, "prediction": 1}', 'ends too early' ],
	cut_in_text => [ '{"data": [{"rowId": 0, "prediction": "x', 'ends too early' ],
	no_comma => [ '{"data": [{"prediction": 1} {"prediction": 2}]}', 'a comma is missing' ],
	comma_at_end => [ '{"data": [{"prediction": 1},]}', 'is not an object' ],
	after => [ '{"data": [{"prediction": 1}]} x', 'follows its end' ],
	twice => [ '{"data": [{"prediction": 1}], "data": []}', 'two lists' ],
	no_data => [ '{"message": "all is well"}', 'no member "data"' ],
	no_list => [ '{"data": {"prediction": 1}}', 'not a list' ],
	a_list => [ '[{"prediction": 1}]', 'not an object' ],
	nothing => [ '', undef ],
	text_row => [ '{"data": ["x"]}', 'not an object' ],
	nan => [ '{"data": [{"prediction": nan}]}', undef ],
	bad_member => [ '{"data": [{"prediction": 1}], "x": tru}', undef ],
	deep => [ '{"data": [{"prediction": 1, "x": ' . $long . '}]}', 'too deeply' ],
	brackets => [ '{"data": [{"prediction": 1, "x": [1}]}]}', 'do not match' ],
	zero => [ '{"data": [{"prediction": "\\u0000"}]}', undef ],
	surrogate => [ '{"data": [{"prediction": "\\ud800"}]}', undef ],
	member_twice => [ '{"data": [{"prediction": 1, "prediction": 2}]}', 'occurs twice' ],
	part_twice => [ '{"data": [{"prediction": 1, "predictionValues": [{"label": "a", "label": "b", "value": 1}]}]}',
		'occurs twice' ],
	class_twice => [ '{"data": [{"prediction": "a",
		"predictionValues": [{"label": "a", "value": 1}, {"label": "a", "value": 0}]}]}', undef ],
	no_label => [ '{"data": [{"prediction": 1, "predictionValues": [{"value": 1}]}]}', 'no label' ],
	null_label => [ '{"data": [{"prediction": 1, "predictionValues": [{"label": null, "value": 1}]}]}',
		'neither text nor number' ],
	object_label => [ '{"data": [{"prediction": 1, "predictionValues": [{"label": {}, "value": 1}]}]}',
		'neither text nor number' ],
	no_prediction => [ '{"data": [{"rowId": 0}]}', 'no prediction' ],
	object_prediction => [ '{"data": [{"prediction": {"x": 1}}]}', 'wrong type' ],
	list_in_list => [ '{"data": [{"prediction": [["a"]]}]}', 'wrong type' ],
	values_text => [ '{"data": [{"prediction": 1, "predictionValues": "x"}]}', 'wrong type' ],
	explanations_object => [ '{"data": [{"prediction": 1, "predictionExplanations": {"a": 1}}]}', 'wrong type' ],
	threshold_list => [ '{"data": [{"prediction": 1, "predictionThreshold": [0.5]}]}', 'wrong type' ],
	labels_only => [ '{"data": [{"prediction": ["a"], "predictionThreshold": 0.5}]}', 'without their probabilities' ],
	unknown_class => [ '{"data": [{"prediction": ["c"],
		"predictionValues": [{"label": "a", "value": 1}, {"label": "b", "value": 0}]}]}', undef ],
	too_long => [ '{"data": [{"prediction": ["a"' . ', "a"' x 20000 . '],
		"predictionValues": [{"label": "a", "value": 1}]}]}', 'too long' ]);

# One server for all of these, and for right answers that the stand-in does not give.
my $canned = CannedServer->new(
	(map { ($_ => json_answer($broken{$_}[0])) } keys %broken),

	# labels
	numbers => two(1, 0, 0),
	floats => two('0.0', 1, '1.0'),
	truths => two('false', 'true', 'true'),
	words => two('"yes"', '"no"', '"no"', ', "predictionThreshold": 0.5'),
	clusters => two('"Cluster 1"', '"Cluster 2"', '"Cluster 2"'),
	series => two('"low"', '"high"', '"low"', ', "predictionThreshold": 0.5, "seriesId": 7,
		"forecastPoint": "2024-01-09T00:00:00Z", "timestamp": "2024-01-10T00:00:00.000000Z",
		"originalFormatTimestamp": "10.01.2024", "forecastDistance": 1'),
	codes => two('"yes"', '"no"', '"no"', ', "reasonCodes": [{"feature": "a", "featureValue": {"lat": 1},
		"strength": -0.5, "qualitativeStrength": "--", "label": "yes"}]'),
	old => old('"prediction": 1, "class_probabilities": {"0": 0.25, "1": 0.75}'),
	old_words => old('"prediction": "yes", "class_probabilities": {"no": 0.25, "yes": 0.75}'),

	# rows that differ from each other
	turning => json_rows(sub {
		my ($row, $n) = @_;
		my @values = map { qq({"label": "$_", "value": 0.$n}) } 'a' .. 'c';
		my $values = join ',', $n % 2 ? reverse @values : @values;
		return qq({"prediction": "b", "predictionValues": [$values]});
	}),
	other_classes => json_rows(sub {
		my ($row, $n) = @_;
		my $odd = $n == 3 ? 'x' : 'a';
		return qq({"prediction": "b", "predictionValues": [
			{"label": "$odd", "value": 0.5}, {"label": "b", "value": 0.5}]});
	}),
	fewer_classes => json_rows(sub {
		my ($row, $n) = @_;
		my $second = $n == 3 ? '' : ', {"label": "a", "value": 0.5}';
		return qq({"prediction": "b", "predictionValues": [{"label": "b", "value": 0.5}$second]});
	}),
	swapped => json_rows(sub {
		my ($row, $n) = @_;
		return sprintf '{"rowId": %d, "prediction": 1}', $n ^ 1;
	}),
	big => json_rows(sub {
		my ($row, $n) = @_;
		return qq({"rowId": $n, "prediction": $row->[0],
			"predictionValues": [{"label": "y", "value": $row->[0]}]});
	}),

	# the wrong number of rows, the wrong type, and everything that may be escaped
	empty_list => json_answer('{"data": []}'),
	empty_then_member => json_answer('{"data": [], "humility": [{"a": 1}]}'),
	one_more => json_rows(sub {
		my ($row, $n) = @_;
		return '{"prediction": 1}' . ($n ? '' : ', {"prediction": 2}');
	}),
	as_csv => sub { return "y_PREDICTION\n1\n" },
	escapes => json_rows(sub {
		return '{"prediction": "\\u00e4\\ud83d\\ude00\\n\\"", "predictionValues": [{"label": "t\\u00e4", "value": "x"}],
			"new": {"data": [1, {"prediction": 2}]}}';
	}),

	# CSV: a record, and its header
	warned => csv('1,True,PENDING', qw(y_PREDICTION IS_OUTLIER_PREDICTION DEPLOYMENT_APPROVAL_STATUS)),
	passed => csv('1,2,3', qw(y_PREDICTION z_PREDICTION y_old_PREDICTION)),
	labels_csv => csv('0.5,0.4,True,0.3,0.5,False',
		qw(target_a_b_PROBABILITY target_a_b_THRESHOLD target_a_b_DECISION
		  target_c_PROBABILITY target_c_THRESHOLD target_c_DECISION)),
	one_label => csv('0.1,0.4,False', qw(my_tags_red_PROBABILITY my_tags_red_THRESHOLD my_tags_red_DECISION)),
	intervals => csv('Nord,2024-01-09T00:00:00Z,10.01.2024,1,45.5,40,50',
		qw(store FORECAST_POINT day FORECAST_DISTANCE), 'sales (actual)_PREDICTION',
		qw(PREDICTION_80_PERCENTILE_LOW PREDICTION_80_PERCENTILE_HIGH)),
	backwards => csv('50,40,45.5,1,2024-01-10,2024-01-09,Nord',
		qw(PREDICTION_80_PERCENTILE_HIGH PREDICTION_80_PERCENTILE_LOW sales_PREDICTION FORECAST_DISTANCE day
		  FORECAST_POINT store)),
	no_distance => csv('Nord,2024-01-09T00:00:00Z,45.5', qw(store FORECAST_POINT sales_PREDICTION)),
	tangled => csv('0.5,a,b,f4,f3,f2,f1,0.1,0.9,b',
		qw(CLASS_2_EXPLANATION_1_STRENGTH CLASS_10 CLASS_2 CLASS_10_EXPLANATION_1_FEATURE_NAME
		  CLASS_2_EXPLANATION_10_FEATURE_NAME CLASS_2_EXPLANATION_2_FEATURE_NAME CLASS_2_EXPLANATION_1_FEATURE_NAME
		  t_a_PREDICTION t_b_PREDICTION t_PREDICTION)),
	bad_strength => csv('1,f,much', qw(y_PREDICTION EXPLANATION_1_FEATURE_NAME EXPLANATION_1_STRENGTH)));

my $standin = new_standin();
my $node = new_node('main', standin => $standin, init => [ extra => [ '--locale=C', '--encoding=UTF8' ] ]);
$node->safe_psql('postgres', "CREATE SERVER canned FOREIGN DATA WRAPPER datarobot_scoring
	OPTIONS (prediction_url '${\$canned->url}', allow_http 'true', auth 'none', max_attempts '1')");

sub value
{
	my ($sql) = @_;
	utf8::encode($sql);
	my $v = safe_scalar($node, $sql);
	utf8::decode($v);
	return $v;
}

# A table of texts for each file of sample rows.
sub load
{
	my ($file) = @_;
	open(my $in, '<:encoding(UTF-8)', "$samples/$file.csv") or die "$file: $!";
	my ($header, @rows) = CannedServer::parse_csv(do { local $/; <$in> });
	my $columns = join ', ', map { my $c = $_; $c =~ s/"/""/g; qq("$c" text) } @$header;
	my $sql = "CREATE TABLE $file (n int GENERATED ALWAYS AS IDENTITY, $columns);\n";
	foreach my $row (@rows)
	{
		my $values = join ', ', 'DEFAULT', map { defined ? quote_sql($_) : 'NULL' } @$row;
		$sql .= "INSERT INTO $file VALUES ($values);\n";
	}
	utf8::encode($sql);
	$node->safe_psql('postgres', $sql);
}
load($_) foreach qw(awkward_loans claims customers goods houses loans reviews sensors);

# All of the predictions as one JSON array, in the format named.
sub predictions
{
	my ($format, $id, $query, $keys, $options) = @_;
	my $json = quote_sql(to_json({ format => $format, %{ $options // {} } }));
	return value("SELECT jsonb_agg(to_jsonb(p) - 'request_id' - 'model_id' ORDER BY row_number)
		FROM datarobot.score_as(NULL::datarobot.prediction, '5f00000000000000000000$id', \$q\$$query\$q\$, '$keys',
		options => $json) p");
}

# What the stand-in answers to a file of sample rows when it is asked directly, by its own column names.
sub asked_directly
{
	my ($id, $file) = @_;
	open(my $in, '<:raw', "$samples/$file.csv") or die "$file: $!";
	my %headers = (
		'Content-Type' => 'text/csv; charset=UTF-8',
		Accept => 'text/csv',
		Authorization => 'Bearer ' . $standin->token,
		'datarobot-key' => $standin->key);
	my $answer = HTTP::Tiny->new->post($standin->url . "/deployments/$id/predictions",
		{ content => do { local $/; <$in> }, headers => \%headers });
	die "$answer->{status} $answer->{content}" unless $answer->{success};
	my ($header, @rows) = CannedServer::parse_csv($answer->{content});

	# the prediction's column begins as those of its classes do
	my ($target) = grep {
		my $name = $_;
		grep { /^\Q$name\E_.+_PREDICTION$/ } @$header
	} map { /^(.*)_PREDICTION$/ } @$header;
	my $prediction = "${target}_PREDICTION";
	return map {
		my %field;
		@field{@$header} = @$_;
		{ probability => $field{"${target}_$field{POSITIVE_CLASS}_PREDICTION"},
			positive => $field{$prediction} eq $field{POSITIVE_CLASS} }
	} @rows;
}

# Both formats have the same predictions; returns the first.
sub same
{
	my ($what, $id, $query, $keys, $options) = @_;
	my ($csv, $json) = map { predictions($_, $id, $query, $keys, $options) } qw(csv json);
	is($json, $csv, "$what: JSON has what CSV has");
	return JSON::PP->new->decode($csv)->[0];
}

# ---- every kind of model
my $loans = '{n,id,defaulted}';
my $goods = '{n,id,season,red,wool,xl}';
my $p;
foreach my $id (qw(10 12))
{
	$p = same("binary $id", $id, 'SELECT * FROM loans', $loans);
	is_deeply([ $p->{threshold}, scalar keys %{ $p->{probabilities} }, $p->{probability} ],
		[ 0.5, 2, $p->{probabilities}{ $p->{positive_class} } ],
		"binary $id: the positive class, its probability, the threshold");
}
foreach my $id (qw(11 13))
{
	# JSON spells these labels in another way; what is right is in the CSV that the server sends
	my @right = asked_directly("5f00000000000000000000$id", 'loans');
	foreach my $format ('csv', 'json')
	{
		my $rows = JSON::PP->new->decode(value("SELECT
				jsonb_agg(jsonb_build_array(probability, prediction = positive_class) ORDER BY row_number)
			FROM datarobot.score('5f00000000000000000000$id', 'SELECT * FROM loans ORDER BY n', '$loans',
				options => '{\"format\": \"$format\"}')"));
		is(scalar @$rows, scalar @right, "binary $id in $format: a prediction for each row");
		my @wrong = grep {
			$rows->[$_][0] != $right[$_]{probability} || !$rows->[$_][1] != !$right[$_]{positive}
		} 0 .. $#right;
		is("@wrong", '', "binary $id in $format: the probability of the positive class, and whether it is that one");
	}
}
$p = same('awkward names', '14', 'SELECT * FROM awkward_loans', $loans);
is($p->{positive_class}, 'no, "never"', 'a class with a comma and quotes');
is(join('|', sort keys %{ $p->{probabilities} }), 'no, "never"|zahlt pünktlich_PREDICTION',
	'a class that ends like a column');
same('multiclass, awkward names', '15', 'SELECT * FROM goods', $goods);
same('multiclass, numbers', '16', 'SELECT * FROM goods', $goods);
$p = same('multilabel', '17', 'SELECT * FROM goods', $goods);
is_deeply([ $p->{prediction}, $p->{labels}, $p->{threshold}, $p->{probability} ],
	[ '["red", "xl"]', [qw(red xl)], 0.5, undef ], 'multilabel: its labels');
$p = same('multilabel, awkward names', '18', 'SELECT * FROM goods', $goods);
is_deeply([ sort keys %{ $p->{probabilities} } ], [ 'Wolle_DECISION', 'red, "deep"', 'x l' ],
	'multilabel: a label that ends like a column');
$p = same('anomaly', '19', 'SELECT * FROM sensors', '{n,id}');
like($p->{prediction}, qr/^0\.\d+$/, 'anomaly: a score');
$p = same('clustering', '1a', 'SELECT * FROM customers', '{n,id}');
is_deeply([ $p->{prediction}, scalar keys %{ $p->{probabilities} }, $p->{positive_class} ], [ 'Cluster 3', 3, undef ],
	'clustering: a label');
$p = same('text generation', '1b',
	q{SELECT 'say "hi",' || i || E'\n and 12' AS "promptText" FROM generate_series(1, 3) i}, '{}');
is_deeply([ $p->{prediction}, ref $p->{extra}, $p->{probabilities} ], [ qq(say "hi",1\n and 12), 'HASH', undef ],
	'text generation: a text, and what comes with it');
is(value(q{SELECT count(*) FROM datarobot.score_as(NULL::datarobot.prediction, '5f000000000000000000001b',
		'SELECT 12 AS "promptText"', options => '{"format": "json"}') p WHERE prediction = '12'}),
	'1', 'a text that could be a number');
same('multiclass, all passed through', '15', 'SELECT * FROM goods', '{n}',
	{ wire_passthrough => \1, passthrough_columns_set => 'all' });
foreach my $format (qw(csv json))
{
	is(value("SELECT passthrough
			FROM datarobot.score('5f0000000000000000000014', 'SELECT * FROM awkward_loans LIMIT 1', '{n,defaulted}',
				'{income_PREDICTION,prediction}', options => '{\"wire_passthrough\": true, \"format\": \"$format\"}')"),
		'{"prediction": "no", "income_PREDICTION": "29000"}',
		"columns passed through by the server in $format, one of them named like a prediction");
}

# ---- native names
$node->safe_psql('postgres', q{
	CREATE TYPE native AS ("season_été, ""chaud""_PREDICTION" float8, "season_season_PREDICTION" float8,
		"season_PREDICTION" text, "season_season_PREDICTION_PREDICTION" float8);
	CREATE TYPE native_labels AS ("tags_red, ""deep""_PROBABILITY" float8, "tags_Wolle_DECISION_DECISION" bool,
		"tags_x l_THRESHOLD" float8);});
foreach my $format (qw(csv json))
{
	is(value(qq{SELECT count(*)
			FROM datarobot.score_as(NULL::native, '5f0000000000000000000015', 'SELECT * FROM goods', '$goods',
				options => '{"format": "$format"}') s
			WHERE "season_été, ""chaud""_PREDICTION" + "season_season_PREDICTION"
					+ "season_season_PREDICTION_PREDICTION" BETWEEN 0.999 AND 1.001
				AND "season_PREDICTION" IN ('été, "chaud"', 'season', 'season_PREDICTION')}),
		'20', "native names of classes in $format");
	like(value("SELECT * FROM datarobot.score_as(NULL::native_labels, '5f0000000000000000000018',
			'SELECT * FROM goods LIMIT 1', '$goods', options => '{\"format\": \"$format\"}')"),
		qr/^0\.5828837\|f\|0\.5$/, "and of labels in $format");
}

# ---- explanations
$p = same('SHAP', '25', 'SELECT * FROM houses', '{n,id,price}', { max_explanations => 'all' });
is_deeply([ sort keys %{ $p->{shap} } ], [qw(base_value remaining_total warnings)], 'SHAP: what they add up to');
cmp_ok(scalar @{ $p->{explanations} }, '>', 3, 'SHAP: all of them');
is_deeply([ sort keys %{ $p->{explanations}[0] } ], [qw(feature label qualitative_strength strength value)],
	'the parts of an explanation');
is($p->{explanations}[0]{label}, 'price', 'a regression is explained by its target');
$p = same('XEMP', '10', 'SELECT * FROM loans', $loans, { max_explanations => 2 });
is_deeply([ map { $_->{label} } @{ $p->{explanations} } ], [ 1, 1 ], 'a binary model by its positive class');
like($p->{explanations}[0]{qualitative_strength}, qr/^(\+{1,3}|-{1,3}|<[+-])$/, 'with signs');
$p = same('thresholds', '10', 'SELECT * FROM loans', $loans,
	{ max_explanations => 2, threshold_high => 0.9, threshold_low => 0.1 });
is_deeply($p->{explanations}, [], 'a row that thresholds exclude has an empty list');
$p = same('multiclass explanations', '16', 'SELECT * FROM goods', $goods,
	{ max_explanations => 2, explanation_num_top_classes => 2 });
is(scalar @{ $p->{explanations} }, 4, 'two for each of two classes');
$p = same('no explanations', '10', 'SELECT * FROM loans', $loans);
is($p->{explanations}, undef, 'NULL when none were requested');
is(value(q{SELECT (n ->> 'feature') || ' ' || jsonb_typeof(n -> 'ngrams') || ' ' || (n #>> '{ngrams,0,isUnknown}')
		FROM datarobot.score_as(NULL::datarobot.prediction, '5f0000000000000000000020', 'SELECT * FROM reviews LIMIT 1',
				'{n,id,recommends}', options => '{"max_explanations": 2, "max_ngram_explanations": "all"}') p,
			jsonb_array_elements(ngrams) n}),
	'review array false', 'n-grams of a text');

$node->safe_psql('postgres', 'CREATE TYPE explained AS (explanations jsonb);
	CREATE TYPE mine AS (feature text, value text, strength float8, qualitative_strength text, label text);
	CREATE TYPE explained_mine AS (explanations mine[]);
	CREATE TYPE explained_text AS (explanations text)');
is(value("SELECT count(*) FROM datarobot.score_as(NULL::explained, '5f0000000000000000000025', 'SELECT * FROM houses',
		'{n,id,price}', options => '{\"max_explanations\": 2}')
		WHERE jsonb_array_length(explanations) = 2 AND explanations -> 0 ? 'strength'"), '40', 'explanations as jsonb');
is(value("SELECT (explanations[1]).feature FROM datarobot.score_as(NULL::explained_mine, '5f0000000000000000000025',
		'SELECT * FROM houses LIMIT 1', '{n,id,price}', options => '{\"max_explanations\": 2}')"),
	'area', 'in rows of a type of one\'s own');
like(value("SELECT * FROM datarobot.score_as(NULL::explained_text, '5f0000000000000000000025',
		'SELECT * FROM houses LIMIT 1', '{n,id,price}', options => '{\"max_explanations\": 1}')"),
	qr/^\[\{"feature":\ "area",\ "value":\ "81",\ "strength":\ -132\.5\d*,
		\ "qualitative_strength":\ null,\ "label":\ "price"\}\]$/x, 'as text');

# ---- explain()
is(value("SELECT row_number, key, prediction, rank, feature, value, round(strength::numeric, 2), qualitative_strength,
			label, passthrough
		FROM datarobot.explain('5f0000000000000000000025', 'SELECT * FROM houses LIMIT 2', '{n,price}', '{area}',
			max_explanations => '2')"),
	join("\n",
		'1|{"n": 1, "price": "236.9"}|230.52777|1|area|81|-132.52||price|{"area": "81"}',
		'1|{"n": 1, "price": "236.9"}|230.52777|2|district|port|-20.21||price|{"area": "81"}',
		'2|{"n": 2, "price": "294.8"}|270.74075|1|area|110|-68.10||price|{"area": "110"}',
		'2|{"n": 2, "price": "294.8"}|270.74075|2|district|east|-37.22||price|{"area": "110"}'),
	'explain: a row for each explanation');
is(value("SELECT count(*), max(rank)
		FROM datarobot.explain('5f0000000000000000000025', 'SELECT * FROM houses', '{n,price}')"),
	'120|3', 'three by default');
is(value("SELECT string_agg(rank || label, ',') FROM datarobot.explain('5f0000000000000000000016',
		'SELECT * FROM goods LIMIT 1', '$goods', options => '{\"explanation_num_top_classes\": 2}')"),
	'12,22,32,11,21,31', 'ranks begin again with each class');
is(value("SELECT count(*), count(DISTINCT row_number)
		FROM datarobot.explain('5f0000000000000000000010', 'SELECT * FROM loans', '$loans',
		options => '{\"threshold_high\": 0.9, \"threshold_low\": 0.1, \"maxExplanations\": 1}')"),
	value("SELECT count(*), count(*) FROM datarobot.score('5f0000000000000000000010', 'SELECT * FROM loans', '$loans')
		WHERE probability > 0.9 OR probability < 0.1"), 'only rows that are explained');
is((error_of($node, "SELECT * FROM datarobot.explain('5f0000000000000000000025', 'SELECT * FROM houses',
		options => '{\"max_explanations\": 2}', max_explanations => '2')"))[0], '22023', 'the number twice');
is((error_of($node, "SELECT *
		FROM datarobot.explain('5f0000000000000000000025', 'SELECT * FROM houses', max_explanations => 'some')"))[0],
	'22023', 'no number');

# ---- what else comes with a prediction
$p = JSON::PP->new->decode(predictions('json', '1d', 'SELECT * FROM houses', '{n,price}',
		{ prediction_warning_enabled => \1 }));
ok((grep { $_->{humility} && $_->{humility}[0]{ruleName} } @$p) && (grep { !$_->{humility} } @$p),
	'humility rules, where they were triggered');
ok((grep { $_->{warning} } @$p) && (grep { !$_->{warning} } @$p), 'warnings');
is($p->[0]{approval_status}, 'APPROVED', 'approval');
ok((grep { $_->{prediction} eq '5220' } @$p), 'a prediction that a rule overrides');
is(value("SELECT count(*) FROM datarobot.score_as(NULL::datarobot.prediction, '5f000000000000000000001d',
		'SELECT * FROM houses', '{n,price}', options => '{\"details\": true}')
		WHERE humility IS NOT NULL AND warning IS NULL") > 0, 1, 'the option details asks for them');
$p = JSON::PP->new->decode(predictions('json', '1c', 'SELECT * FROM claims', '{n,id,claims}',
		{ exclude_adjusted_predictions => \0 }));
ok($p->[0]{adjusted_prediction} > 0, 'adjusted predictions');

is(value("SELECT (p).labels FROM (SELECT datarobot.predict_row(f, '5f0000000000000000000017') OVER () AS p
		FROM (SELECT price, weight, material, sleeves FROM goods) f LIMIT 1) s"),
	'{red,xl}', 'predict_row has the same');
is((error_of($node, "SELECT datarobot.predict(f, '5f0000000000000000000017') OVER ()
		FROM (SELECT price, weight, material, sleeves FROM goods) f"))[0],
	'42804', 'predict has no number for a list of labels');

# ---- score_into
$node->safe_psql('postgres', qq{
	CALL datarobot.score_into('5f0000000000000000000017', 'SELECT * FROM goods', 'made_labels',
		statement_type => 'create_table', key_columns => '{n,id,season,red,wool,xl}');
	CALL datarobot.score_into('5f0000000000000000000025', 'SELECT * FROM houses', 'made_explained',
		statement_type => 'create_table', key_columns => '{n}', options => '{"max_explanations": 2}');
	CALL datarobot.score_into('5f000000000000000000001b',
		'SELECT i AS n, ''text '' || i AS "promptText" FROM generate_series(1, 3) i', 'made_texts',
		statement_type => 'create_table', key_columns => '{n}');
	CREATE TABLE has (n int PRIMARY KEY, prediction float8, explanations datarobot.explanation[],
		warning text DEFAULT 'mine', extra int DEFAULT 5);
	CALL datarobot.score_into('5f0000000000000000000025', 'SELECT * FROM houses', 'has', key_columns => '{n}',
		options => '{"max_explanations": 2}');});
my $types = "SELECT string_agg(attname || ' ' || format_type(atttypid, atttypmod), ', ' ORDER BY attnum)
	FROM pg_attribute WHERE attnum > 0 AND attrelid =";
like(value("$types 'made_labels'::regclass"),
	qr/prediction text, probabilities jsonb, threshold double precision, labels text\[\]$/,
	'a table made for multilabel');
is(value("$types 'made_explained'::regclass"), 'n integer, prediction double precision, explanations jsonb, shap jsonb',
	'one made for explanations');
like(value("$types 'made_texts'::regclass"), qr/^n integer, prediction text, extra jsonb$/, 'one made for texts');
is(value("SELECT count(*), count(*) FILTER (WHERE cardinality(explanations) = 2 AND warning = 'mine' AND extra = 5)
		FROM has"), '40|40', 'a table that has columns of such names, of which the answers fill one');

# ---- canned answers
sub canned
{
	my ($deployment, $select, $rows, $options) = @_;
	$rows //= 1;
	my $json = quote_sql(to_json({ server => 'canned', format => 'json', %{ $options // {} } }));
	return "SELECT $select FROM datarobot.score_as(NULL::datarobot.prediction, '$deployment',
		'SELECT i AS n FROM generate_series(1, $rows) i', options => $json) p";
}
my $two = 'prediction, probability, positive_class, threshold, probabilities';
is(value(canned('numbers', $two)), '0|0.75|1||{"0": 0.25, "1": 0.75}', 'of 1 and 0, 1 is positive');
is(value(canned('floats', $two)), '1.0|0.25|1||{"1": 0.25, "0.0": 0.75}', 'also as 1.0, and in the other order');
is(value(canned('truths', $two)), 'True||||{"True": 0.25, "False": 0.75}',
	'truth values: not known where there is only JSON');
is(value(canned('words', $two)), 'no|||0.5|{"no": 0.25, "yes": 0.75}', 'of other labels neither');
is(value(canned('words', $two, 1, { positive_class => 'no' })), 'no|0.25|no|0.5|{"no": 0.25, "yes": 0.75}',
	'but the one that the caller names');
is((error_of($node, canned('words', $two, 1, { positive_class => 'maybe' })))[0], '22023', 'when it is one of them');
is(value(canned('clusters', $two)), 'Cluster 2|0.25|||{"Cluster 1": 0.75, "Cluster 2": 0.25}',
	'clusters have no positive one');
is(value(canned('series', "$two, series_id, forecast_point AT TIME ZONE 'UTC', forecast_timestamp, forecast_distance",
		1, { positive_class => 'high' })),
	'low|0.25|high|0.5|{"low": 0.75, "high": 0.25}|7|2024-01-09 00:00:00|10.01.2024|1', 'time series');
is(value(canned('codes', 'explanations')), '{"(a,\"{\"\"lat\"\": 1}\",-0.5,--,yes)"}',
	'explanations under their old name, with a value that is an object');
is(value(canned('old', $two, 3)), join("\n", ('1|0.75|1||{"0": 0.25, "1": 0.75}') x 3), 'answers of old servers');
is(value(canned('old_words', $two, 3)), join("\n", ('yes||||{"no": 0.25, "yes": 0.75}') x 3),
	'which have no threshold, but no clusters either: not known which of two is the positive one');
is(value(canned('old_words', $two, 1, { positive_class => 'no' })), 'yes|0.25|no||{"no": 0.25, "yes": 0.75}',
	'unless the caller names it');
is(value(canned('turning', q{count(*), count(*) FILTER (WHERE probabilities
		= jsonb_build_object('a', probability, 'b', probability, 'c', probability))}, 9)),
	'9|9', 'classes in another order in each row');
is(value(canned('escapes', "prediction = E'ä😀\\n\"'")), 't', 'escapes, and members that nobody knows');
is(value(canned('big', 'count(*), count(*) FILTER (WHERE prediction = row_number::text)', 30000,
		{ chunk_rows => 7000 })), '30000|30000', 'many rows');
is(value(canned('big', 'count(*)', 5000, { chunk_rows => 5000, verify_order => \0, concurrency => 8 })), '5000',
	'in one request');

foreach my $name (sort keys %broken)
{
	my ($state, $message, $detail) = error_of($node, canned($name, '*'));
	is($state, '08P01', "broken: $name");
	like($detail, qr/\Q$broken{$name}[1]\E/, "broken: $name, in words") if $broken{$name}[1];
}
foreach ([ other_classes => 'class "x"' ], [ fewer_classes => undef ], [ swapped => 'order of the rows' ],
	[ empty_list => 'fewer predictions' ], [ empty_then_member => 'fewer predictions' ],
	[ one_more => 'more predictions' ], [ as_csv => 'not JSON' ])
{
	my ($name, $words) = @$_;
	my ($state, $message) = error_of($node, canned($name, '*', 5));
	is($state, '08P01', "broken: $name");
	like($message, qr/\Q$words\E/, "broken: $name, in words") if $words;
}
is((error_of($node, canned('big', '*', 5, { format => 'csv' })))[0], '08P01', 'JSON where CSV was asked for');
{
	my ($stdout, $stderr) = ('', '');
	$node->psql('postgres', canned('other_classes', '*', 20, { chunk_rows => 10 }), stdout => \$stdout,
		stderr => \$stderr);
	like($stderr, qr/rows 1 to 10/, 'the rows of the answer are named');
	is($stdout, '', 'and nothing is returned');
}

sub in_csv { return value(canned(@_[ 0, 1 ], 1, { format => 'csv' })); }
is(in_csv('warned', 'prediction, warning, approval_status'), '1|t|PENDING', 'a warning is no class');
is(value("SELECT prediction, probabilities, extra FROM datarobot.score_as(NULL::datarobot.prediction, 'passed',
		'SELECT 1 AS \"z_PREDICTION\", 2 AS \"y_old_PREDICTION\"', server => 'canned') p"),
	'1||', 'columns of the query that are named like predictions');
is(in_csv('labels_csv', 'prediction, labels, threshold, probabilities'), '["a_b"]|{a_b}||{"c": 0.3, "a_b": 0.5}',
	'labels with thresholds of their own');
is(in_csv('one_label', 'prediction, labels, threshold, probabilities'), '[]|{}|0.4|{"red": 0.1}', 'a single label');
my $time = q{series_id, forecast_point AT TIME ZONE 'UTC', forecast_timestamp, forecast_distance, prediction,
	interval_low, interval_high};
is(in_csv('intervals', $time), 'Nord|2024-01-09 00:00:00|10.01.2024|1|45.5|40|50', 'a forecast with its interval');
is(in_csv('backwards', $time), 'Nord|2024-01-09 00:00:00|2024-01-10|1|45.5|40|50',
	'the same with the columns the other way round');
is(in_csv('no_distance', $time), '|2024-01-09 00:00:00|||45.5||',
	'without a distance, the columns around the forecast point are not taken for others');
is(in_csv('tangled', q{(SELECT string_agg(e.feature || coalesce(e.strength::text, '-') || e.label, ',')
		FROM unnest(explanations) e), extra}), 'f10.5b,f2-b,f3-b,f4-a|', 'explanation columns in any order');
is((error_of($node, canned('bad_strength', '*', 1, { format => 'csv' })))[0], '22P02', 'a strength that is no number');

done_testing();
