# Parameters of the API and ways to address a model, as the stand-in accepts and refuses them.
use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../lib";
use ScoringTest;
use Test::More;

my $standin = new_standin(args => [ "--portable", $DEPLOYMENT{regression} ]);
my $node = new_node('main', standin => $standin);
my $samples = "$FindBin::RealBin/../server/samples";

# A table of text columns, and one column more that numbers the rows, for each file of samples.
foreach my $name (qw(houses claims sales_one goods))
{
	open(my $in, '<', "$samples/$name.csv") or die "$name: $!";
	chomp(my $header = <$in>);
	my $columns = join ', ', map { qq("$_" text) } split /,/, $header;
	$node->safe_psql('postgres',
		"CREATE TABLE $name ($columns);\n\\copy $name FROM '$samples/$name.csv' (FORMAT csv, HEADER)");
}
$node->safe_psql('postgres', 'ALTER TABLE houses ALTER area TYPE float8 USING area::float8');
my %id = (%DEPLOYMENT, bounded => '5f000000000000000000001e', goods => '5f0000000000000000000015',
	exposure => '5f000000000000000000001c', series => '5f0000000000000000000021');
foreach my $file (glob "$FindBin::RealBin/../server/models/5f*.json")
{
	my $text = PostgreSQL::Test::Utils::slurp_file($file);
	my ($number) = $file =~ /(5f\w+)\.json/;
	$id{bounded} = $number if $text =~ /"outlier"/;
}

sub value { return safe_scalar($node, $_[0]); }

# The predictions of some rows, or the error.
sub predict
{
	my ($deployment, $query, $options, $what) = @_;
	$what //= "string_agg(prediction, ' ' ORDER BY row_number)";
	my $json = to_json($options);
	my $sql = "SELECT $what FROM datarobot.score('$id{$deployment}', \$q\$$query\$q\$, options => '$json')";
	my ($rc, $out, $err) = $node->psql('postgres', $sql);
	return $rc ? "error: " . ($err =~ /ERROR:\s+(.*)/)[0] : $out;
}

# ---- parameters: a deployment accepts those of its kind and refuses others, and the user gets its words
my $houses = 'SELECT id, area, rooms, year, district, heating FROM houses LIMIT 3';
my $plain = predict('bounded', $houses, {});
like($plain, qr/^[\d.]+ [\d.]+ [\d.]+$/, 'three houses are scored');
is(predict('bounded', $houses, { decimals_number => 1 }), join(' ', map { sprintf('%.1f', $_) + 0 } split / /, $plain),
	'decimals_number rounds');
is(predict('bounded', $houses, { decimalsNumber => 0 }), join(' ', map { sprintf '%.0f', $_ } split / /, $plain),
	'decimalsNumber does the same');
foreach my $options (
	{ max_explanations => 2 },
	{ max_explanations => 'all' },
	{ max_codes => 2 },
	{ explanation_algorithm => 'shap' },
	{ max_explanations => 2, threshold_high => 0.5, threshold_low => 0.1 },
	{ prediction_warning_enabled => 'true' },
	{ exclude_adjusted_predictions => 'true' },
	{ relax_known_in_advance_features_check => 'false' },
	{ skip_drift_tracking => 'true' },
	{ verify_order => 'true' })
{
	is(predict('bounded', $houses, $options), $plain, 'taken: ' . to_json($options));
}
like(predict('bounded', $houses, { exclude_adjusted_predictions => 'false' }),
	qr/^error: .*HTTP status 422.*excludeAdjustedPredictions/, 'refused: no exposure model');
like(predict('bounded', $houses, { forecast_point => '2024-01-01' }), qr/^error: .*HTTP status 422.*forecastPoint/,
	'refused: no time series');
like(predict('bounded', $houses, { explanation_num_top_classes => 2 }),
	qr/^error: .*HTTP status 422.*explanationNumTopClasses/, 'refused: not multiclass');
my $goods = 'SELECT price, weight, material, sleeves FROM goods LIMIT 3';
my $seasons = predict('goods', $goods, {});
like($seasons, qr/^\w+ \w+ \w+$/, 'three goods are scored');
is(predict('goods', $goods, { max_explanations => 1, explanation_num_top_classes => 2 }), $seasons,
	'taken: explanation_num_top_classes');
my $class = (split / /, $seasons)[0];
is(predict('goods', $goods, { max_explanations => 1, explanation_class_names => [$class] }), $seasons,
	'taken: explanation_class_names');
like(predict('goods', $goods, { max_explanations => 1, explanation_class_names => ['no & such=class'] }),
	qr/^error: .*no class of this name/, 'refused: unknown class');
my $claims = 'SELECT driver_age, territory, gender, vehicle_value, exposure FROM claims LIMIT 3';
is(predict('exposure', $claims, { exclude_adjusted_predictions => 'false' }), predict('exposure', $claims, {}),
	'taken: exclude_adjusted_predictions');

# ---- passthrough on the wire: the server hands the columns back, by any name
is(value("SELECT string_agg(x.\"district & so=on, 100 %\" || x.rooms, ' ' ORDER BY row_number)
		FROM datarobot.score_as(NULL::wire, '$id{bounded}',
		'SELECT id, area, rooms, year, district, heating, district AS \"district & so=on, 100 %\" FROM houses LIMIT 3',
			passthrough_columns => '{rooms,\"district & so=on, 100 %\"}',
		options => '{\"wire_passthrough\": true}') x"),
	value("SELECT string_agg(district || rooms, ' ') FROM (SELECT * FROM houses LIMIT 3) h"),
	'passthrough columns on the wire')
  if $node->safe_psql('postgres',
	'CREATE TYPE wire AS (row_number bigint, rooms text, "district & so=on, 100 %" text)') eq '';
is(value("SELECT string_agg(x.rooms, ' ' ORDER BY row_number) FROM datarobot.score_as(NULL::wire2, '$id{bounded}',
		'SELECT id, area, rooms, year, district, heating FROM houses LIMIT 3', options =>
			'{\"wire_passthrough\": true, \"passthrough_columns_set\": \"all\", \"verify_order\": true}') x"),
	value("SELECT string_agg(rooms, ' ') FROM (SELECT * FROM houses LIMIT 3) h"), 'all columns on the wire')
  if $node->safe_psql('postgres', 'CREATE TYPE wire2 AS (row_number bigint, rooms text)') eq '';
is(value("SELECT string_agg(passthrough::text, ' ' ORDER BY row_number)
		FROM datarobot.score('$id{bounded}', 'SELECT id, area, rooms, year, district, heating FROM houses LIMIT 2',
			options => '{\"passthroughColumnsSet\": \"all\"}')"),
	value("SELECT string_agg(jsonb_build_object('id', id, 'area', area, 'rooms', rooms, 'year', year,
			'district', district, 'heating', heating)::text, ' ')
		FROM (SELECT * FROM houses LIMIT 2) h"),
	'all columns kept here, with their types');

# ---- addressing: the same predictions by every way to the model
sub server
{
	my ($name, %options) = @_;
	my $auth = delete $options{mapping};
	connect_node($node, standin => $standin, name => $name, server => \%options, mapping => $auth // {});
	return;
}
sub by_server
{
	my ($server, $deployment, $options) = @_;
	my $named = defined $deployment ? "'$deployment'" : 'NULL';
	my $json = to_json($options // {});
	my ($rc, $out, $err) = $node->psql('postgres', "SELECT string_agg(prediction, ' ' ORDER BY row_number)
		FROM datarobot.score($named, 'SELECT * FROM visits', server => '$server', options => '$json')");
	return $out if !$rc;
	my ($message) = $err =~ /ERROR:\s+(.*)/;
	my ($more) = $err =~ /(?:HINT|DETAIL):\s+(.*)/;
	return "error: $message | " . ($more // '');
}
$node->safe_psql('postgres', 'CREATE TABLE visits (id int, visits int, coinsurance_log float8, incentive_log float8,
	max_expense_log float8, physical_limit float8, deductible_plan text, health text, chronic_diseases float8)');
{
	open(my $in, '<', "$FindBin::RealBin/../../demo/data/visits.csv") or die $!;
	chomp(my $header = <$in>);
	my $file = "$FindBin::RealBin/../../demo/data/visits.csv";
	$node->safe_psql('postgres', "ALTER TABLE visits RENAME TO v;
\\copy v($header) FROM '$file' (FORMAT csv, HEADER)
		CREATE VIEW visits AS SELECT coinsurance_log, incentive_log, max_expense_log, physical_limit, deductible_plan,
			health, chronic_diseases FROM v ORDER BY id LIMIT 5");
}
my $expected = by_server('datarobot', $id{regression});
like($expected, qr/^(?:[\d.]+ ?){5}$/, 'five patients by a deployment of a dedicated server');
my ($number) = $id{regression} =~ /(.)$/;
my ($project, $model, $import) = map { $_ . '0' x 21 . $number } qw(5b 6a 5c);

server('serverless', prediction_url => $standin->api_url, mapping => { datarobot_key => undef });
is(by_server('serverless', $id{regression}), $expected, 'a serverless deployment');
server('project', addressing => 'project');
is(by_server('project', "$project/$model"), $expected, 'a model of a project');
is(by_server('project', "$project/$model", { max_explanations => 2 }), $expected, 'with explanations');
like(by_server('project', "$project/$import"),
	qr/^error: .*HTTP status 404.* \| Deployment $project\/$import, rows 1 to 5: /, 'no such model');
foreach my $wrong ($id{regression}, "$project/$model/x", '/', "$project/", "/$model", "$project/..", "../$model",
	"$project/$model?x", '')
{
	like(by_server('project', $wrong), qr/^error: invalid deployment id: "\Q$wrong\E"/,
		"not a project and a model: $wrong");
}
server('import', addressing => 'import');
is(by_server('import', $import), $expected, 'an imported model');
server('portable', prediction_url => $standin->env->{STANDIN_PORTABLE_URL}, auth => 'none',
	mapping => { api_token => undef, datarobot_key => undef });
is(by_server('portable', 'visits'), $expected, 'a folder of a portable server');
like(by_server('portable', 'nothing'), qr/^error: .*HTTP status 404/, 'no such folder');
server('single', prediction_url => $standin->env->{STANDIN_PORTABLE_URL}, auth => 'none', addressing => 'pps',
	mapping => { api_token => undef, datarobot_key => undef });
is(by_server('single', undef), $expected, 'a portable server of one model');
like(by_server('single', 'visits'),
	qr/^error: server "single" has a single model, but the deployment "visits" is named/, 'which takes no deployment');
$node->safe_psql('postgres', "ALTER SERVER single OPTIONS (ADD deployment 'visits')");
like(by_server('single', undef), qr/^error: server "single" has a single model, but the deployment "visits" is named/,
	'also as an option');
$node->safe_psql('postgres', "ALTER SERVER single OPTIONS (DROP deployment)");
is(value("SELECT rows_written FROM datarobot.score_into_now(NULL, 'SELECT * FROM visits', 'scored',
		create_table_if_not_exists => true, options => '{\"server\": \"single\"}')"),
	5, 'predictions of a portable server are written, too');
is(value("SELECT deployment FROM datarobot.run ORDER BY run_id DESC LIMIT 1"), 'of the portable server',
	'the ledger names no deployment');
foreach my $name (qw(datarobot serverless project import portable single))
{
	my $steps = 'server, prediction server, credentials';
	$steps .= ', public API'
	  if value("SELECT count(*) FROM pg_foreign_server WHERE srvname = '$name' AND srvoptions::text ~ 'api_url='");
	is(value("SELECT string_agg(step, ', ') FROM datarobot.check_connection('$name') WHERE ok"), $steps,
		"check_connection of $name: all its steps, and all is well");
	is(value("SELECT count(*) FROM datarobot.check_connection('$name') WHERE ok IS NOT TRUE"), 0,
		"check_connection of $name: no other");
}

# ---- drift tracking is a header: for a server, and for a call that knows better
$node->safe_psql('postgres', "ALTER SERVER portable OPTIONS (ADD skip_drift_tracking 'true')");
is(value("SELECT headers ~ 'Skip-Drift-Tracking: 1'
		FROM datarobot.preview('visits', 'SELECT 1 AS a', server => 'portable')"),
	't', 'a server may skip drift tracking');
is(value("SELECT headers ~ 'Skip-Drift-Tracking' FROM datarobot.preview('visits', 'SELECT 1 AS a', server => 'portable',
		options => '{\"skip_drift_tracking\": false}')"), 'f', 'a call may not');

done_testing();
