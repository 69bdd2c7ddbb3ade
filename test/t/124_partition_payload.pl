# Specifications of partitions as the service and its client have them (docs/api.md 5.1): the exact payload of each
# class, in either spelling; what is refused, and how; the sets of a partition as a column of a query, and the payload
# of a user partition column that has them. test/interop compares the payloads with those of DataRobot's own client.
use strict;
use warnings FATAL => 'all';
use utf8;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use JSON::PP;
use ScoringTest;
use Test::More;

my $json = JSON::PP->new->utf8->canonical;
my $node = new_node('main');

# The twelve keys that the client sends, null where there is no value.
sub payload
{
	my (%members) = @_;
	my %all = map { $_ => undef } qw(cvMethod validationType reps userPartitionCol trainingLevel validationLevel
	  holdoutLevel cvHoldoutLevel seed validationPct holdoutPct partitionKeyCols);
	return { %all, seed => 0, %members };
}

sub sql_of
{
	my ($spec, @column) = @_;
	my $text = ref $spec ? $json->encode($spec) : $spec;
	return 'SELECT datarobot.partitioning_payload(' . join(', ', map { quote_sql($_) } $text, @column) . ')';
}

sub is_payload
{
	my ($spec, $expected, $name, @column) = @_;
	my $got = eval { $json->decode(safe_scalar($node, sql_of($spec, @column))) };
	return is_deeply($got, $expected, $name) || diag $@;
}

sub is_refused
{
	my ($sql, $state, $pattern, $name) = @_;
	my ($got, $message, $detail, $hint) = error_of($node, $sql);
	is($got, $state, "$name: SQLSTATE");
	return like(join(' | ', map { $_ // '' } $message, $detail, $hint), $pattern, $name);
}

# ---- classes

# class, its members in the client's spelling, and the payload
my @classes = (
	[ 'RandomCV', { holdout_pct => 20, reps => 5, seed => 7 },
		{ cvMethod => 'random', validationType => 'CV', holdoutPct => 20, reps => 5, seed => 7 } ],
	[ 'RandomCV', { holdout_pct => 0, reps => 2 },
		{ cvMethod => 'random', validationType => 'CV', holdoutPct => 0, reps => 2 } ],
	[ 'StratifiedCV', { holdout_pct => 15, reps => 10, seed => -3 },
		{ cvMethod => 'stratified', validationType => 'CV', holdoutPct => 15, reps => 10, seed => -3 } ],
	[ 'GroupCV', { holdout_pct => 20, reps => 5, partition_key_cols => ['store "A", ü'] },
		{ cvMethod => 'group', validationType => 'CV', holdoutPct => 20, reps => 5,
			partitionKeyCols => ['store "A", ü'] } ],
	[ 'UserCV', { user_partition_col => 'part', cv_holdout_level => 'H' },
		{ cvMethod => 'user', validationType => 'CV', userPartitionCol => 'part', cvHoldoutLevel => 'H' } ],
	[ 'UserCV', { user_partition_col => 'part', cv_holdout_level => undef, seed => 1 },
		{ cvMethod => 'user', validationType => 'CV', userPartitionCol => 'part', seed => 1 } ],
	[ 'UserCV', { user_partition_col => 'part', cv_holdout_level => 0 },
		{ cvMethod => 'user', validationType => 'CV', userPartitionCol => 'part', cvHoldoutLevel => 0 } ],
	[ 'RandomTVH', { holdout_pct => 20, validation_pct => 16, seed => 2147483647 },
		{ cvMethod => 'random', validationType => 'TVH', holdoutPct => 20, validationPct => 16,
			seed => 2147483647 } ],
	[ 'StratifiedTVH', { holdout_pct => 20, validation_pct => 16 },
		{ cvMethod => 'stratified', validationType => 'TVH', holdoutPct => 20, validationPct => 16 } ],
	[ 'GroupTVH', { holdout_pct => 20, validation_pct => 16, partition_key_cols => ['k'] },
		{ cvMethod => 'group', validationType => 'TVH', holdoutPct => 20, validationPct => 16,
			partitionKeyCols => ['k'] } ],
	[ 'UserTVH', { user_partition_col => 'part', training_level => 'T', validation_level => 'V',
			holdout_level => 'H' },
		{ cvMethod => 'user', validationType => 'TVH', userPartitionCol => 'part', trainingLevel => 'T',
			validationLevel => 'V', holdoutLevel => 'H' } ],
	[ 'UserTVH', { user_partition_col => 'part', training_level => 1, validation_level => 2.5,
			holdout_level => undef },
		{ cvMethod => 'user', validationType => 'TVH', userPartitionCol => 'part', trainingLevel => 1,
			validationLevel => 2.5 } ]);

foreach my $case (@classes)
{
	my ($class, $members, $sent) = @$case;
	my $expected = payload(%$sent);
	my %wire = map { (s/_(.)/\u$1/gr => $members->{$_}) } keys %$members;
	my $name = "$class " . $json->encode($members);

	is_payload({ class => $class, %$members }, $expected, "$name, as the client has it");
	is_payload({ class => lc $class, %wire }, $expected, "$name, as the wire has it");
	is_payload({ cv_method => $sent->{cvMethod}, validation_type => $sent->{validationType}, %wire }, $expected,
		"$name, by its method");
	is_payload($expected, $expected, "$name, from its payload");
	is_payload({ %$expected, class => $class, datetimeCol => undef, useTimeSeries => undef, whatever => undef },
		$expected, "$name, with fields that are null");
}
is(safe_scalar($node, sql_of({ class => 'StratifiedCV', holdout_pct => 20, reps => 5, target => 'y' })),
	safe_scalar($node, sql_of({ class => 'StratifiedCV', holdout_pct => 20, reps => 5 })),
	'the target is not part of the payload');
is_payload('{"class": "UserCV", "userPartitionCol": "p", "cvHoldoutLevel": "1"}',
	payload(cvMethod => 'user', validationType => 'CV', userPartitionCol => 'p', cvHoldoutLevel => '1'),
	'a level that is a text stays one');
like(safe_scalar($node, sql_of('{"class": "UserCV", "userPartitionCol": "p", "cvHoldoutLevel": 1}')),
	qr/"cvHoldoutLevel": 1,/, 'and a number a number');
like(safe_scalar($node, sql_of('{"class": "RandomTVH", "holdoutPct": 12.5, "validationPct": "7"}')),
	qr/"holdoutPct": 12\.5,.*"validationPct": 7,/, 'percentages with a fraction, and as texts');
foreach (
	[ '2147483648', '2147483648' ], [ '-2147483649', '-2147483649' ],
	[ '9223372036854775807', '9223372036854775807' ], [ '-9223372036854775808', '-9223372036854775808' ],
	[ '"9007199254740993"', '9007199254740993' ], [ '7.0', '7' ])
{
	my ($seed, $sent) = @$_;
	like(safe_scalar($node, sql_of(qq({"class": "RandomCV", "holdout_pct": 20, "reps": 5, "seed": $seed}))),
		qr/"seed": \Q$sent\E[,}]/, "the seed $seed, as a number");
}

# of dates, what is given and what the client always sends; the client leaves out these lists when they are empty
is_payload({ datetime_partition_column => 'd', date_format => '%Y', backtests => [], feature_settings => [],
		periodicities => [], disable_holdout => undef, autopilot_data_selection_method => 'rowCount',
		validation_duration => 'P14D' },
	{ cvMethod => 'datetime', datetimePartitionColumn => 'd', autopilotDataSelectionMethod => 'rowCount',
		validationDuration => 'P14D', map { $_ => JSON::PP::false } qw(useTimeSeries defaultToKnownInAdvance
		  defaultToDoNotDerive allowPartialHistoryTimeSeriesPredictions) }, 'dates');

# ---- what is refused

my %whole = (class => 'RandomCV', holdout_pct => 20, reps => 5);
my @refused = (
	[ '[]', qr/must be a JSON object.*RandomCV/, 'an array' ],
	[ {}, qr/does not say which partition.*"class"/, 'nothing' ],
	[ { holdout_pct => 20, reps => 5 }, qr/does not say which partition/, 'no class' ],
	[ { cv_method => 'random', holdout_pct => 20, reps => 5 }, qr/does not say which partition/,
		'a method that two classes have' ],
	[ { validation_type => 'CV', holdout_pct => 20, reps => 5 }, qr/does not say which partition/, 'no method' ],
	[ { %whole, cv_method => 'group' }, qr/not a RandomCV by its "cv_method"/, 'a class and another method' ],
	[ { %whole, validationType => 'TVH' }, qr/not a RandomCV/, 'a class and another validation' ],
	[ { %whole, class => 'RandomVC' }, qr/option "class": "RandomVC".*one of: RandomCV, /, 'an unknown class' ],
	[ { %whole, class => 5 }, qr/option "class": "5"/, 'a class that is a number' ],
	[ { %whole, cv_method => 'date' }, qr/option "cv_method": "date".*datetime/, 'an unknown method' ],
	[ { %whole, cv_method => 'random', cvMethod => 'random' }, qr/"cv_method" is given twice/, 'a method twice' ],
	[ { %whole, holdoutPct => 20 }, qr/"holdout_pct" is given twice/, 'a percentage in both spellings' ],
	[ { %whole, fold => 5 }, qr/unknown option "fold"/, 'an unknown name' ],
	[ { %whole, rep => 5 }, qr/unknown option "rep".*"reps"/, 'a name with a typing error' ],
	[ { %whole, validation_pct => 5 }, qr/"validation_pct" is not an option of RandomCV/, 'validation of folds' ],
	[ { %whole, target => 'y' }, qr/"target" is not an option of RandomCV/, 'a target without strata' ],
	[ { class => 'RandomTVH', holdout_pct => 20, validation_pct => 5, reps => 5 },
		qr/"reps" is not an option of RandomTVH/, 'folds of TVH' ],
	[ { class => 'UserCV', user_partition_col => 'p', reps => 5 }, qr/"reps" is not an option of UserCV/,
		'folds of a user column' ],
	[ { class => 'RandomCV', holdout_pct => 20 }, qr/"reps" is missing.*required of RandomCV/, 'CV without reps' ],
	[ { class => 'RandomCV', holdout_pct => 20, reps => undef }, qr/"reps" is missing/, 'reps null' ],
	[ { class => 'RandomCV', reps => 5 }, qr/"holdout_pct" is missing/, 'no holdout_pct' ],
	[ { class => 'GroupTVH', holdout_pct => 20, partition_key_cols => ['k'] }, qr/"validation_pct" is missing/,
		'TVH without validation_pct' ],
	[ { class => 'GroupCV', holdout_pct => 20, reps => 5 }, qr/"partition_key_cols" is missing/, 'no key' ],
	[ { class => 'GroupCV', holdout_pct => 20, reps => 5, partition_key_cols => [] },
		qr/"partition_key_cols" (is missing|must name one column)/, 'no key in the list' ],
	[ { class => 'GroupCV', holdout_pct => 20, reps => 5, partition_key_cols => [ 'a', 'b' ] },
		qr/"partition_key_cols" must name one column/, 'two keys' ],
	[ { class => 'GroupCV', holdout_pct => 20, reps => 5, partition_key_cols => 'a' },
		qr/"partition_key_cols" must be a JSON array/, 'a key without a list' ],
	[ { class => 'GroupCV', holdout_pct => 20, reps => 5, partition_key_cols => [1] },
		qr/"partition_key_cols" must be a JSON array/, 'a key that is a number' ],
	[ { class => 'UserCV', cv_holdout_level => 'H' }, qr/"user_partition_col" is missing/, 'no column' ],
	[ { class => 'UserCV', user_partition_col => '' }, qr/"user_partition_col".*empty/, 'an empty column' ],
	[ { class => 'UserCV', user_partition_col => 'p', cv_holdout_level => ['H'] },
		qr/"cv_holdout_level" must be a string or a number/, 'a level that is a list' ],
	[ { class => 'UserCV', user_partition_col => 'p', cv_holdout_level => JSON::PP::true },
		qr/"cv_holdout_level" must be a string or a number/, 'a level that is a boolean' ],
	[ { class => 'UserCV', user_partition_col => 'p', holdout_level => 'H' },
		qr/"holdout_level" is not an option of UserCV/, 'the other level of a holdout' ],
	[ { class => 'UserTVH', user_partition_col => 'p', training_level => 'T' }, qr/"validation_level" is missing/,
		'no level for validation' ],
	[ { class => 'UserTVH', user_partition_col => 'p', training_level => 'T', validation_level => 'T' },
		qr/two levels .* the same: "T"/, 'a level twice' ],
	[ { class => 'UserTVH', user_partition_col => 'p', training_level => 1, validation_level => 2,
			holdout_level => '2' }, qr/two levels .* the same: "2"/, 'a level as a number and a text' ],
	[ { %whole, reps => 5.5 }, qr/"reps": "5\.5".*whole number/, 'half a fold' ],
	[ { %whole, reps => 1 }, qr/reps/, 'one fold' ],
	[ { %whole, reps => 101 }, qr/reps/, 'too many folds' ],
	[ { %whole, reps => [5] }, qr/"reps" must be a string, a number/, 'folds as a list' ],
	[ { %whole, holdout_pct => 100 }, qr/holdout_pct/, 'all rows in the holdout' ],
	[ { %whole, holdout_pct => -1 }, qr/holdout_pct/, 'a negative percentage' ],
	[ { %whole, holdout_pct => 'NaN' }, qr/holdout_pct/, 'no number' ],
	[ { class => 'RandomTVH', holdout_pct => 60, validation_pct => 40 }, qr/holdout_pct|validation_pct/,
		'nothing to train on' ],
	[ { %whole, seed => 1.5 }, qr/"seed": "1\.5"/, 'a seed with a fraction' ],
	[ { %whole, seed => '9223372036854775808' }, qr/"seed".*whole number of 64 bits/, 'a seed that is too large' ],
	[ { %whole, seed => '-9223372036854775809' }, qr/"seed".*whole number of 64 bits/, 'one that is too small' ],
	(map { [ { %whole, seed => $_ }, qr/"seed".*whole number of 64 bits/, "the seed '$_'" ] }
		'', '.', 'x', '7x', '0x7', '7.01'));

foreach my $case (@refused)
{
	my ($spec, $pattern, $name) = @$case;
	is_refused(sql_of($spec), '22023', $pattern, $name);
}
is_refused('SELECT datarobot.partitioning_payload(NULL)', '22004', qr/must not be NULL/, 'no specification');
is_refused(q!SELECT datarobot.partitioning_payload('{')!, '22P02', qr/json/, 'no JSON');

# ---- the payload of a column that has the sets

is_payload({ %whole, seed => 4 }, payload(cvMethod => 'user', validationType => 'CV', userPartitionCol => 'my part',
		cvHoldoutLevel => 'Holdout', seed => 4), 'folds and a holdout in a column', 'my part');
is_payload({ %whole, holdout_pct => 0 },
	payload(cvMethod => 'user', validationType => 'CV', userPartitionCol => 'p'), 'folds alone', 'p');
is_payload({ class => 'GroupTVH', holdout_pct => 20, validation_pct => 16, partition_key_cols => ['k'] },
	payload(cvMethod => 'user', validationType => 'TVH', userPartitionCol => 'p', trainingLevel => 'Training',
		validationLevel => 'Validation', holdoutLevel => 'Holdout'), 'training, validation and holdout', 'p');
is_payload({ class => 'RandomTVH', holdout_pct => 0, validation_pct => 16 },
	payload(cvMethod => 'user', validationType => 'TVH', userPartitionCol => 'p', trainingLevel => 'Training',
		validationLevel => 'Validation'), 'training and validation', 'p');
is_payload({ class => 'UserTVH', user_partition_col => 's', training_level => 1, validation_level => 2,
		holdout_level => 3 },
	payload(cvMethod => 'user', validationType => 'TVH', userPartitionCol => 'p', trainingLevel => 'Training',
		validationLevel => 'Validation', holdoutLevel => 'Holdout'), 'of a column with other levels', 'p');
is_payload({ class => 'RandomCV', holdout_pct => 0, reps => 100 },
	payload(cvMethod => 'user', validationType => 'CV', userPartitionCol => 'p'), '100 folds', 'p');
is_refused(sql_of({ class => 'RandomCV', holdout_pct => 1, reps => 100 }, 'p'), '22023',
	qr/at most 100 values, not 101/, '100 folds and a holdout');
is_refused(sql_of({ class => 'RandomTVH', holdout_pct => 5, validation_pct => 0 }, 'p'), '22023',
	qr/needs rows for validation/, 'no validation');

# ---- the text of a query with the column

$node->safe_psql('postgres', q{
	CREATE TABLE visit AS SELECT g AS id, g % 3 = 0 AS "went Home", 'store ' || g % 40 AS store,
		(ARRAY['T', 'V', 'H'])[1 + g % 3] AS "set", g % 4 AS fold, 1.5 AS q, date '2024-01-01' + g AS day
		FROM generate_series(1, 400) g;
	ALTER TABLE visit ADD PRIMARY KEY (id);
	-- a role's own functions and operators come first in its search_path
	CREATE SCHEMA hostile;
	CREATE FUNCTION hostile.random_cv(text, text, text) RETURNS text LANGUAGE sql AS $$SELECT 'hostile'$$;
	CREATE FUNCTION hostile.never(int, int) RETURNS boolean LANGUAGE sql AS $$SELECT false$$;
	CREATE OPERATOR hostile.< (FUNCTION = hostile.never, LEFTARG = int, RIGHTARG = int);
	CREATE OPERATOR hostile.= (FUNCTION = hostile.never, LEFTARG = int, RIGHTARG = int);
});

# specification, order, and the call that it stands for
my @queries = (
	[ { class => 'RandomCV', holdout_pct => 20, reps => 5, seed => 3 }, ['id'],
		q{datarobot.random_cv(20, 5, 3) OVER (ORDER BY id)} ],
	[ { class => 'RandomCV', holdout_pct => 20, reps => 5, seed => -9223372036854775807 }, ['id'],
		q{datarobot.random_cv(20, 5, -9223372036854775807) OVER (ORDER BY id)} ],
	[ { class => 'RandomTVH', holdout_pct => 20, validation_pct => 12.5 }, [ 'store', 'id' ],
		q{datarobot.random_tvh(20, 12.5, 0) OVER (ORDER BY store, id)} ],
	[ { class => 'StratifiedCV', holdout_pct => 20, reps => 5, target => 'went Home' }, ['id'],
		q{datarobot.stratified_cv("went Home", 20, 5) OVER (ORDER BY id)} ],
	[ { class => 'StratifiedTVH', holdout_pct => 20, validation_pct => 16, target => 'went Home', seed => 9 }, ['id'],
		q{datarobot.stratified_tvh("went Home", 20, 16, 9) OVER (ORDER BY id)} ],
	[ { class => 'GroupCV', holdout_pct => 20, reps => 5, partition_key_cols => ['store'] }, [],
		q{datarobot.group_cv(store, 20, 5) OVER ()} ],
	[ { class => 'GroupTVH', holdout_pct => 20, validation_pct => 16, partition_key_cols => ['store'], seed => 5 }, [],
		q{datarobot.group_tvh(store, 20, 16, 5) OVER ()} ],
	[ { class => 'UserCV', user_partition_col => 'fold', cv_holdout_level => 3 }, [],
		q{datarobot.user_cv(fold, 3) OVER ()} ],
	[ { class => 'UserCV', user_partition_col => 'set' }, [], q{datarobot.user_cv("set", NULL) OVER ()} ],
	[ { datetime_partition_column => 'day', validation_duration => 'P30D' }, [],
		q{datarobot.datetime_partition(day, '{"datetime_partition_column": "day", "validation_duration": "P30D"}')
			OVER ()} ],
	[ { class => 'UserTVH', user_partition_col => 'set', training_level => 'T', validation_level => 'V',
			holdout_level => 'H' }, [], q{datarobot.user_tvh("set", 'T', 'V', 'H') OVER ()} ]);

foreach my $case (@queries)
{
	my ($spec, $order, $call) = @$case;
	my $class = $spec->{class} // 'dates';
	my $arguments = quote_sql("SELECT * FROM visit -- all of them\n; -- none after") . ', '
	  . quote_sql($json->encode($spec)) . ", 'the ''set''', '{" . join(',', @$order) . "}'";
	my $query = safe_scalar($node, "SELECT datarobot.partition_query($arguments)");
	my $expected = safe_scalar($node, "SELECT md5(string_agg(t::text, ',' ORDER BY id)) FROM
		(SELECT *, $call AS s FROM visit) t");
	my $digest = q{SELECT md5(string_agg(t::text, ',' ORDER BY id)) FROM};

	is(safe_scalar($node, "$digest ($query) t"), $expected, "$class: the query");
	is(safe_scalar($node, "$digest datarobot.partition_column($arguments) AS t(id int, went boolean, store text,
			\"set\" text, fold int, q numeric, day date, p text)"), $expected, "$class: its rows");
	$node->safe_psql('postgres', qq{CREATE VIEW made AS $query; CREATE TABLE kept AS $query});
	is(safe_scalar($node, "$digest made t"), $expected, "$class: a view");
	is(safe_scalar($node, "SELECT string_agg(attname, ' ' ORDER BY attnum) FROM pg_attribute
			WHERE attrelid = 'kept'::regclass AND attnum > 6"), "day the 'set'",
		"$class: the name of the column");
	$node->safe_psql('postgres', 'DROP VIEW made; DROP TABLE kept');
}
my $random = quote_sql($json->encode({ %whole, seed => 3 }));
my $rows = "datarobot.partition_column('SELECT id FROM public.visit', $random, order_by => '{id}')
	AS t(id int, s text)";
my $expected = safe_scalar($node, "SELECT md5(string_agg(id || s, ',' ORDER BY id)) FROM
	(SELECT id, datarobot.random_cv(20, 5, 3) OVER (ORDER BY id) AS s FROM visit) t");
is(safe_scalar($node, "SET search_path = hostile, pg_catalog;
		SELECT md5(string_agg(id || s, ',' ORDER BY id)) FROM $rows"),
	$expected, 'with functions and operators of others first');
$node->safe_psql('postgres', "CREATE MATERIALIZED VIEW kept AS SELECT * FROM $rows; REFRESH MATERIALIZED VIEW kept");
is(safe_scalar($node, "SELECT md5(string_agg(id || s, ',' ORDER BY id)) FROM kept"), $expected,
	'in a materialized view');
is(safe_scalar($node, "PREPARE p(text, text, text[]) AS SELECT md5(string_agg(id || s, ',' ORDER BY id))
		FROM datarobot.partition_column(\$1, \$2, 's', \$3) AS t(id int, s text);
	EXECUTE p('SELECT id FROM visit', $random, '{id}')"), $expected, 'in a prepared statement');
is(safe_scalar($node, qq{DO \$do\$ DECLARE n int; BEGIN
		EXECUTE 'SELECT count(*) FROM (' || datarobot.partition_query('SELECT id FROM visit', $random,
			order_by => '{id}') || ') t WHERE partition IS NOT NULL' INTO n;
		IF n IS DISTINCT FROM 400 THEN RAISE 'only %', n; END IF; END \$do\$; SELECT 1}), '1', 'in PL/pgSQL');
is(safe_scalar($node, "SELECT count(*) FROM datarobot.partition_column('SELECT 1 AS id WHERE false', $random)
	AS t(id int, s text)"), '0', 'of no rows');
is(safe_scalar($node, "SELECT partition FROM datarobot.partition_column('TABLE visit',
		'{\"class\": \"UserCV\", \"user_partition_col\": \"fold\", \"cv_holdout_level\": 3.0}')
		AS t(id int, went boolean, store text, \"set\" text, fold int, q numeric, day date, partition text)
	WHERE fold = 3 LIMIT 1"), 'Holdout', 'a level 3.0 of a column of whole numbers');

# ---- backtests: the view of each in a column of one table

my %dates = (datetime_partition_column => 'day', validation_duration => 'P30D', gap_duration => 'P5D',
	number_of_backtests => 3);
my $dates = quote_sql($json->encode(\%dates));
my ($query, $columns, @views) = ('TABLE visit',
	'id int, went boolean, store text, "set" text, fold int, q numeric, day date');
my $sets = q{SELECT md5(string_agg(id || p, ',' ORDER BY id)) FROM};
foreach my $backtest (0 .. 2, 'NULL')
{
	my $name = $backtest eq 'NULL' ? 'of holdout' : "of $backtest";
	my $call = "datarobot.datetime_partition(day, $dates, $backtest) OVER ()";
	my $same = safe_scalar($node, "$sets (SELECT id, $call AS p FROM visit) t");

	is(safe_scalar($node, "$sets datarobot.partition_column('TABLE visit', $dates, 'p', NULL, $backtest)
		AS t($columns, p text)"), $same, "$name: the rows");
	$query = safe_scalar($node, 'SELECT datarobot.partition_query(' . quote_sql($query) .
		  ", $dates, '$name', backtest => $backtest)");
	is(safe_scalar($node, "$sets (SELECT id, \"$name\" AS p FROM ($query) q) t"), $same, "$name: the query");
	push @views, qq{"$name" IS NOT DISTINCT FROM $call};
}
$node->safe_psql('postgres', "CREATE TABLE views AS $query");
is(safe_scalar($node, 'SELECT string_agg(attname, \',\' ORDER BY attnum) FROM pg_attribute
		WHERE attrelid = \'views\'::regclass AND attnum > 7'), 'of 0,of 1,of 2,of holdout',
	'a column for each backtest, one query around the other');
is(safe_scalar($node, 'SELECT count(*) FILTER (WHERE ' . join(' AND ', map { "v$_" } 0 .. 3) . ') FROM (SELECT ' .
		  join(', ', map { "$views[$_] AS v$_" } 0 .. 3) . ' FROM views) t'), '400',
	'each as datetime_partition has it');
# 400 days until 2025-02-04; of the days before the 30 of the holdout, 30 for each backtest
is(safe_scalar($node, q{SELECT string_agg(concat_ws(' ', n, lo, hi), ', ' ORDER BY lo) FROM (
		SELECT count(*) AS n, min(day) AS lo, max(day) AS hi FROM views WHERE "of holdout" = 'Holdout'
		UNION ALL SELECT count(*), min(day), max(day) FROM views WHERE "of 0" = 'Validation'
		UNION ALL SELECT count(*), min(day), max(day) FROM views WHERE "of 1" = 'Validation'
		UNION ALL SELECT count(*), min(day), max(day) FROM views WHERE "of 2" = 'Validation') t}),
	'30 2024-10-08 2024-11-06, 30 2024-11-07 2024-12-06, 30 2024-12-07 2025-01-05, 30 2025-01-06 2025-02-04',
	'validations one before the other, and the holdout after them');

sub query_of
{
	my ($query, $spec, @rest) = @_;
	return 'SELECT datarobot.partition_query(' . join(', ', map { defined $_ ? quote_sql($_) : 'NULL' } $query,
		ref $spec ? $json->encode($spec) : $spec, @rest) . ')';
}
my @bad = (
	[ query_of('TABLE visit', \%whole, 'fold'), '42701', qr/already has a column "fold"/, 'a column of that name' ],
	[ query_of('TABLE visit', { class => 'StratifiedCV', holdout_pct => 20, reps => 5 }), '22023',
		qr/"target" is missing.*not part of the payload/, 'strata without a target' ],
	[ query_of('TABLE visit', { class => 'StratifiedCV', holdout_pct => 20, reps => 5, target => 'went home' }),
		'42703', qr/no column "went home".*"went Home"/, 'a target that is no column' ],
	[ query_of('TABLE visit', { class => 'GroupCV', holdout_pct => 20, reps => 5, partition_key_cols => ['nope'] }),
		'42703', qr/no column "nope"/, 'a key that is no column' ],
	[ query_of('TABLE visit', \%whole, 'p', '{idd}'), '42703', qr/no column "idd".*"id"/,
		'an order by what is no column' ],
	[ query_of('TABLE visit', \%whole, 'p', '{id,NULL}'), '22004', qr/"order_by" must not contain NULL/,
		'an order by NULL' ],
	[ query_of('TABLE visit', \%whole, 'a' x 64), '42622', qr/longer than 63 bytes/, 'a name that would be cut' ],
	[ query_of('TABLE visit', \%whole, undef), '22004', qr/must not be NULL/, 'no name' ],
	[ 'SELECT datarobot.partition_query(NULL, ' . quote_sql($json->encode(\%whole)) . ')', '22004',
		qr/must not be NULL/, 'no query' ],
	[ query_of('TABLE visit', \%whole, 'p', '{id}', '0'), '22023', qr/only a partition by dates has backtests/,
		'a backtest' ],
	[ query_of('TABLE visit', \%dates, 'p', '{}', '-1'), '22023', qr/backtest must not be negative/,
		'a backtest below 0' ],
	[ query_of('TABLE visit', \%dates, 'p', '{}', '0.5'), '22023', qr/backtest must be a whole number/,
		'half a backtest' ],
	[ "SELECT * FROM datarobot.partition_column('TABLE visit', $dates, 'p', NULL, 3) AS t($columns, p text)",
		'22023', qr/there is no backtest 3/, 'a backtest too many' ],
	[ query_of('SELECT 1; SELECT 2', \%whole), '22023', qr/must be one SELECT/, 'two statements' ],
	[ query_of('DELETE FROM visit RETURNING id', \%whole), '22023', qr/must be one SELECT/, 'a statement that writes' ],
	[ query_of('SELECT 1) AS t, LATERAL (SELECT 2', \%whole), '42601', qr/syntax error/, 'a query that ends ours' ],
	[ "SELECT * FROM datarobot.partition_column('TABLE visit', $random) AS t(id int, p text)", '42804',
		qr/declares 2 columns, but there are 8/, 'too few columns' ],
	[ "SELECT * FROM datarobot.partition_column('SELECT id FROM visit', $random) AS t(id bigint, p text)", '42804',
		qr/"id" is declared as bigint, but is integer/, 'another type' ],
	[ "SELECT * FROM datarobot.partition_column('SELECT store::varchar(9) FROM visit', $random)
		AS t(s varchar(5), p text)", '42804', qr/character varying\(5\).*character varying\(9\)/, 'another length' ]);
foreach my $case (@bad)
{
	is_refused(@$case);
}

# ---- who may

$node->safe_psql('postgres', 'CREATE ROLE reader LOGIN; GRANT SELECT (id) ON visit TO reader;');
is(safe_scalar($node, "SELECT count(*) FROM $rows", extra_params => [ '-U', 'reader' ]), '400',
	'everybody can add sets to rows that they can read');
my ($state) = error_of($node, "SELECT * FROM datarobot.partition_column('SELECT id, store FROM visit', $random)
	AS t(id int, store text, p text)", role => 'reader');
is($state, '42501', 'and to no others');

done_testing();
