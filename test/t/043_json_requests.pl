# Rows sent as JSON: the same predictions as by CSV, whole bodies however they are cut, sent again or packed.
use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../lib";
use ScoringTest;
use Test::More;

my $standin = new_standin();
my $node = new_node('main', standin => $standin);
my $data = "$FindBin::RealBin/../../demo/data";

sub value { return safe_scalar($node, $_[0]); }

$node->safe_psql(
	'postgres', "
		CREATE TABLE voter (id int, population int, tv_news_days int, own_ideology int, clinton_ideology int,
			dole_ideology int, party_identification text,
			age int, education text, income int, vote text, party text);
		CREATE TABLE t AS SELECT i AS id, 'row ' || i AS txt, i / 7.0::float8 AS x, i % 2 = 0 AS even, nullif(i, 5) AS n
			FROM generate_series(1, 1000) i;");
open(my $in, '<', "$data/voters.csv") or die $!;
chomp(my $header = <$in>);
my $add = join ' ', map { "ALTER TABLE voter ADD COLUMN IF NOT EXISTS $_ text;" } split /,/, $header;
$node->safe_psql('postgres', "$add\n\\copy voter($header) FROM '$data/voters.csv' (FORMAT csv, HEADER)");

# the same by both forms, as text
sub same
{
	my ($name, $deployment, $query, $options) = @_;
	my @digests = map {
		value("SELECT md5(string_agg(concat_ws('|', row_number, prediction, probabilities), E'\\n'
			ORDER BY row_number)), count(*)
			FROM datarobot.score('$DEPLOYMENT{$deployment}', \$q\$$query\$q\$, key_columns => '{id}', options => '"
			  . to_json({ %{ $options // {} }, request_format => $_ }) . "')")
	} qw(csv json);
	is($digests[1], $digests[0], $name);
	return;
}
same('a binary classification', 'binary', 'SELECT id, population, tv_news_days, own_ideology, clinton_ideology,
	dole_ideology, party_identification, age, education, income FROM voter ORDER BY id');
same('in many bodies', 'binary', 'SELECT id, population, tv_news_days, own_ideology, clinton_ideology, dole_ideology,
	party_identification, age, education, income FROM voter ORDER BY id', { chunk_rows => 7 });
same('packed', 'multiclass', 'SELECT id, population, tv_news_days, own_ideology, clinton_ideology, dole_ideology, vote,
	age, education, income FROM voter ORDER BY id', { compression => 'gzip' });

# The synthetic model hashes each object, so its predictions say whether each came whole and where it belongs.
my $query = 'SELECT id, txt, x, even, n FROM t ORDER BY id';
sub digest
{
	my ($options, $rows) = @_;
	return value("SELECT md5(string_agg(concat_ws('|', key, prediction), E'\\n' ORDER BY row_number)) || ' ' || count(*)
		FROM datarobot.score('$DEPLOYMENT{synthetic}', '$query', key_columns => '{id}', options => '"
		  . to_json({ request_format => 'json', %$options }) . "')");
}
sub requests { return $standin->counters($DEPLOYMENT{synthetic})->{requests}; }
my $whole = digest({});
like($whole, qr/ 1000$/, 'a thousand rows in one body');
$standin->reset;
is(digest({ chunk_rows => 10 }), $whole, 'in bodies of ten');
is(requests(), 100, 'that were a hundred');
is(digest({ chunk_size => 1024 }), $whole, 'in bodies of a kilobyte');
is(digest({ verify_order => 'true', chunk_rows => 100, concurrency => 1 }) =~ / 1000$/, 1,
	'with their numbers verified');
is(digest({ compression => 'gzip', chunk_rows => 100 }), $whole, 'packed');

# sent again, halved, and searched for bad rows
foreach my $compression (qw(none gzip))
{
	$standin->reset;
	$standin->faults({ fault => 'status', status => 503, times => 3 });
	is(digest({ chunk_rows => 300, compression => $compression }), $whole, "$compression: sent again after 503");
	is(requests(), 4 + 3, "$compression: as often as that needs");
	$standin->reset;
	$standin->faults({ fault => 'status', status => 413, times => 4 });
	is(digest({ compression => $compression, concurrency => 1 }), $whole, "$compression: halved four times after 413");
	cmp_ok(requests(), '>', 5, "$compression: in more requests");
	$standin->reset;
	$standin->faults(map { { fault => 'status', status => 422, value => $_, column => 'txt', times => -1 } } 'row 1',
		'row 500', 'row 501', 'row 1000');
	$node->safe_psql('postgres', 'DROP TABLE IF EXISTS target; CREATE TABLE target (id int, prediction float8)');
	is(value("SELECT rows_read, rows_written, rows_rejected FROM datarobot.score_into_now('$DEPLOYMENT{synthetic}',
			'$query', 'target', key_columns => '{id}', on_error => 'reject', reject_limit => '100',
			options => '{\"request_format\": \"json\", \"compression\": \"$compression\", \"chunk_rows\": 300}')"),
		'1000|996|4', "$compression: four bad rows are found");
	$standin->reset;
	is(value("SELECT count(*) FROM target JOIN datarobot.score('$DEPLOYMENT{synthetic}', '$query',
			key_columns => '{id}', options => '{\"request_format\": \"json\"}') s
			ON target.id = (s.key ->> 'id')::int AND target.prediction::text = s.prediction::float8::text"),
		996, "$compression: the others have their own predictions");
	is(value("SELECT string_agg(row_number || ' ' || features, '; ' ORDER BY row_number) FROM datarobot.rejected_row
			WHERE run_id = (SELECT max(run_id) FROM datarobot.run)"),
		value("SELECT string_agg(id || ' ' || jsonb_build_object('txt', txt, 'x', x, 'even', even, 'n', n), '; '
			ORDER BY id) FROM t WHERE id IN (1, 500, 501, 1000)"), "$compression: their features are kept");
}
$standin->reset;
$standin->faults({ fault => 'status', status => 422, value => 'row 5', column => 'txt', times => -1 });
$node->safe_psql('postgres', 'TRUNCATE target');
is(value("SELECT rows_rejected
		FROM datarobot.score_into_now('$DEPLOYMENT{synthetic}', '$query', 'target', key_columns => '{id}',
		on_error => 'reject', options => '{\"request_format\": \"json\", \"verify_order\": true}')"),
	1, 'a bad row among verified ones');
is(value('SELECT features FROM datarobot.rejected_row WHERE run_id = (SELECT max(run_id) FROM datarobot.run)'),
	'{"n": null, "x": ' . value('SELECT 5 / 7.0::float8') . ', "txt": "row 5", "even": false}',
	'its number is no feature');
$standin->reset;

# by the window, too
is(value("SELECT count(*) FROM (SELECT id, datarobot.predict(t, '$DEPLOYMENT{synthetic}',
		'{\"key_columns\": [\"id\"], \"request_format\": \"json\"}') OVER (ORDER BY id) AS p FROM t) w
		JOIN datarobot.score('$DEPLOYMENT{synthetic}', '$query', key_columns => '{id}',
			options => '{\"request_format\": \"json\"}') s ON w.id = (s.key ->> 'id')::int
			AND p = s.prediction::float8"), 1000, 'a window function sends the same');

done_testing();
