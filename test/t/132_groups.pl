# The hash of values (partition/valuehash.h) and the sets of groups (partition/groups.h) by themselves, called by
# functions of test/unit. The answers of the hash are known: they must never change, since rows would change their sets.
# They were computed by a program of its own (splitmix64 over the value's bytes), not by the code under test.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use ScoringTest;
use Session;
use UnitServer;

use List::Util qw(max sum);
use Test::More;

my ($node, $library) = unit_server(extra => [ '--encoding=UTF8', '--locale=C' ]);
my $session = Session->new($node);

my $MADE = qq{
	CREATE FUNCTION value_hash("any") RETURNS bigint AS '$library', 'drs_unit_value_hash' LANGUAGE C STRICT;
	CREATE FUNCTION groups(bigint[], bigint[], bigint) RETURNS int[] AS '$library', 'drs_unit_groups'
		LANGUAGE C STRICT;
	CREATE FUNCTION groups_memory(bigint[]) RETURNS bigint[] AS '$library', 'drs_unit_groups_memory'
		LANGUAGE C STRICT;
	CREATE TYPE colour AS ENUM ('red', 'blue');
	CREATE DOMAIN positive AS int CHECK (value > 0);
	CREATE TYPE pair AS (a text, b int)};
$session->must($MADE);
my $has_icu = has_icu($node);
$session->must(q{CREATE COLLATION caseless (provider = icu, locale = 'und-u-ks-level2', deterministic = false)})
  if $has_icu;

# value and hash
my @KNOWN = (
	[ q{true}, '-7995527694508729151' ],
	[ q{1::smallint}, '-7995527694508729151' ],
	[ q{-7::int}, '7790691224305936752' ],
	[ q{9000000000000000000::bigint}, '-736568230266408179' ],
	[ q{4000000000::oid}, '7002917654322493398' ],
	[ q{'x'::"char"}, '213235391877949750' ],
	[ q{1.5::float8}, '-2964862180898217846' ],
	[ q{'-0'::float8}, '-2152535657050944081' ],
	[ q{'NaN'::float8}, '-4095617212816704698' ],
	[ q{'Infinity'::float8}, '2638638862653029785' ],
	[ q{0.1::float4}, '-6174281682738222948' ],
	[ q{1.00::numeric}, '-2941370487743449957' ],
	[ q{-12.340::numeric}, '-6092979400650963509' ],
	[ q{'NaN'::numeric}, '-8576927948746771573' ],
	[ q{1e20::numeric}, '7707504618857797854' ],
	[ q{''::text}, '-2152535657050944081' ],
	[ q{'a'::text}, '-7836787732799793241' ],
	[ q{'Zürich, 12345678 and more'::varchar}, '-6678357809183656202' ],
	[ q{'ab  '::char(4)}, '4251843033092700630' ],
	[ q{'pg'::name}, '-5047213962060933070' ],
	[ q{'\x00ff'::bytea}, '2266806420409347577' ],
	[ q{'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid}, '-722291455065812051' ],
	[ q{'2024-02-29'::date}, '-8121626375003505993' ],
	[ q{'12:34:56.789'::time}, '-8638499021336663110' ],
	[ q{'1999-12-31 23:59:59.5'::timestamp}, '-7340366919819672630' ],
	[ q{'2024-02-29 12:00+02'::timestamptz}, '-3279442518418176425' ],
	[ q{'12.34'::money}, '-4968325692281840421' ],
	[ q{'192.168.0.0/16'::inet}, '-3234998360916703891' ],
	[ q{B'1010'}, '125779638922793406' ],
	[ q{'12:00+02'::timetz}, '-7568861041766059627' ],
	[ q{'pg_class'::regclass}, '7547268288096783134' ],
	[ q{'blue'::colour}, '-6029315680756464639' ],
	[ q{'1'::positive}, '-7995527694508729151' ],
	[ q{ARRAY[1,NULL,3]}, '8666002183394055121' ],
	[ q{'{}'::text[]}, '-2152535657050944081' ],
	[ q{ARRAY['blue']::colour[]}, '5251889578974707118' ],
	[ q{ROW(1,'a'::text,NULL::int)}, '-5922123752359470592' ],
	[ q{ROW('x',2)::pair}, '6290036215865260524' ],
);

sub hashes
{
	my (@values) = @_;
	return join ' ', split /\|/, $session->must('SELECT ' . join(', ', map { "value_hash($_)" } @values));
}

is(hashes($_->[0]), $_->[1], "the hash of $_->[0]") foreach @KNOWN;

# Settings of the session that texts depend on.
my $vary = q{SET timezone = 'Asia/Kolkata'; SET datestyle = 'German'; SET extra_float_digits = -10;
	SET bytea_output = 'escape'; SET search_path = information_schema, public; SET lc_monetary = 'C'};
$session->must($vary);
is(hashes($_->[0] =~ s/(colour|positive|pair)\b/public.$1/r), $_->[1], "the hash of $_->[0] under other settings")
  foreach grep { $_->[0] !~ /money/ } @KNOWN;
$session->must('RESET ALL');

# Equal values that look different, and values that differ: [type, equal ones, another].
my @EQUAL = (
	[ 'numeric', '1.0', '1.00', '1.000', '1.01' ],
	[ 'numeric', '0', '-0.0', '0.00', '10' ],
	[ 'numeric', '100', '1e2', '100.0', '10' ],
	[ 'float8', '0', '-0', '0e5', '1' ],
	[ 'float4', '0', '-0', '0e5', '1' ],
	[ 'float8', 'NaN', 'nan', ' NaN', 'Infinity' ],
	[ 'char(5)', 'a', 'a ', 'a    ', ' a' ],
	[ 'interval', '1 month', '30 days', '720 hours', '31 days' ],
	[ 'jsonb', '{"a": 1.0, "b": 2}', '{"b": 2, "a": 1}', '{"b":2,"a":1.00}', '{"b": 2, "a": 2}' ],
	[ 'int4range', '[1,3]', '[1,4)', '(0,3]', '[1,3)' ],
	[ 'int4multirange', '{[1,3],[4,5]}', '{[1,5]}', '{(0,6)}', '{[1,6]}' ],
	[ 'numeric[]', '{1.0,NULL}', '{1.00,NULL}', '{1,NULL}', '{1}' ],
	[ 'float8[]', '{0}', '{-0}', '{0e1}', '{0,0}' ],
	[ 'text COLLATE caseless', 'Abc', 'ABC', 'abc', 'abd' ],
	[ 'text[] COLLATE caseless', '{Abc}', '{ABC}', '{abc}', '{abd}' ],
	[ 'char(5) COLLATE caseless', 'Ab', 'AB ', 'ab', 'abd' ],
	[ 'timetz', '12:00+02', '12:00:00+02:00', '12:00:00.0+02', '11:00+01' ],
	[ 'macaddr', '08:00:2b:01:02:03', '08002b010203', '08-00-2b-01-02-03', '08:00:2b:01:02:04' ],
	[ 'timestamptz', '2020-01-01 00:00+00', '2020-01-01 05:30+05:30', '2019-12-31 23:00-01', '2020-01-01 00:00+01' ],
	[ 'oidvector', '1 2', ' 1  2', '01 2', '2 1' ],
	[ 'xid8', '5', '05', ' 5', '6' ],
	[ 'tid', '(1,2)', '(1,02)', '(01,2)', '(2,1)' ],
	[ 'xid', '5', '05', ' 5', '6' ],
);

foreach (@EQUAL)
{
	my ($type, @values) = @$_;
	next if $type =~ /caseless/ && !$has_icu;
	my @cast = map { $type =~ /^(.*) COLLATE (\w+)$/ ? "'$_'::$1 COLLATE $2" : "'$_'::$type" } @values;
	my ($first, $second, $third, $other) = split / /, hashes(@cast);
	is("$first $first", "$second $third", "equal values of $type have the same hash");
	isnt($other, $first, "another value of $type has another hash");
}

SKIP:
{
	skip 'no citext here', 2
	  if $session->must(q{SELECT count(*) FROM pg_available_extensions WHERE name = 'citext'}) eq '0';
	$session->must('CREATE EXTENSION citext');
	my ($first, $second, $other) = split / /, hashes(map { "'$_'::citext" } 'Abc', 'aBC', 'abd');
	is($first, $second, 'equal values of citext have the same hash');
	isnt($first, $other, 'another value of citext has another hash');
}

# A row: all columns count, a dropped one does not, and a domain is its base type.
$session->must(q{CREATE TABLE wide (a numeric, gone int, b char(3));
	INSERT INTO wide VALUES (1.0, 5, 'x'), (1.00, 6, 'x ');
	ALTER TABLE wide DROP gone});
is($session->must('SELECT count(DISTINCT value_hash(w)) FROM wide w'), '1', 'equal rows have the same hash');
isnt(hashes(q{ROW(1, 'a'::text)}), hashes(q{ROW('a'::text, 1)}), 'the order of columns counts');
isnt(hashes(q{ROW(1, NULL::int)}), hashes(q{ROW(NULL::int, 1)}), 'so does where NULL is');
is(hashes('ARRAY[ROW(1, 2)]'), hashes('ARRAY[ROW(1::numeric::int, 2)]'), 'arrays of rows');

# Values toasted, compressed and short.
$session->must(q{CREATE TABLE long (t text); INSERT INTO long VALUES (repeat('abc', 100000)), ('abc');
	ALTER TABLE long ALTER t SET STORAGE EXTERNAL; INSERT INTO long VALUES (repeat('abc', 100000))});
is($session->must('SELECT count(DISTINCT value_hash(t)) FROM long'), '2', 'however they are stored');

# Types that cannot be grouped.
foreach my $type (qw(json point tsvector jsonpath))
{
	my $value = { json => '{}', point => '(1,2)', tsvector => 'a', jsonpath => '$' }->{$type};
	my $got = $session->run("SELECT value_hash('$value'::$type)");
	is("$got->{sqlstate} $got->{message}", "42883 values of type $type cannot be grouped", "$type is refused");
}
my $got = $session->run(q{SELECT value_hash(ARRAY['{}'::json])});
is($got->{message}, 'values of type json cannot be grouped', 'so is an array of it');

# An enum dropped and made again has other OIDs, and the same hashes.
my $before = hashes(q{'red'::colour}, q{'blue'::colour});
$session->must(q{DROP TYPE colour; CREATE TYPE colour AS ENUM ('blue', 'green', 'red')});
is(hashes(q{'red'::colour}, q{'blue'::colour}), $before, 'an enum has the hash of its label');

# A database of another encoding.
$session->must(q{CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0});
my $latin = Session->new($node, dbname => 'latin', setup => q{SET client_encoding = 'UTF8'});
$latin->must($MADE);
my ($name) = grep { $_->[0] =~ /Zürich/ } @KNOWN;
is($latin->must("SELECT value_hash($name->[0])"), $name->[1], 'the hash does not depend on the encoding');

# Rows of each set.
sub sizes_of
{
	my ($hashes, $sizes, $seed) = @_;
	my $wanted = join ',', @$sizes;
	return $session->must("SELECT string_agg(n::text, ' ' ORDER BY s) FROM
		(SELECT s, count(g) AS n FROM generate_series(0, $#$sizes) s LEFT JOIN
			(SELECT unnest(groups(ARRAY($hashes), '{$wanted}', $seed)) g) x ON g = s GROUP BY s) y");
}

# Random groups, in a holdout and folds of the rest.
srand(20261128);
my @off;
foreach my $round (1 .. 100)
{
	my $folds = 1 + int rand 9;
	my $ngroups = 3 * $folds + int rand 60;
	my @rows = map { 1 + int(rand() < 0.1 ? rand 300 : rand 20) } 1 .. $ngroups;
	my ($total, $largest) = (sum(@rows), max(@rows));
	my $holdout = $round % 3 ? int($total * rand(0.5)) : 0;
	my @sizes = ($holdout, map { int(($total - $holdout + $folds - $_) / $folds) } 1 .. $folds);
	my $hashes = "SELECT value_hash(g) FROM unnest('{" . join(',', @rows)
	  . "}'::int[]) WITH ORDINALITY u(n, g), generate_series(1, n)";
	my @got = split ' ', sizes_of($hashes, \@sizes, int rand 1e9);

	# a holdout that is smaller than groups may cost folds more than a group
	foreach my $i (0 .. $#sizes)
	{
		push @off, "round $round: set $i has $got[$i] rows of $sizes[$i], the largest group $largest"
		  if ($sizes[$i] == 0) != ($got[$i] == 0)
		  || (abs($got[$i] - $sizes[$i]) >= $largest && ($holdout == 0 || $holdout >= $largest));
	}
}
is(join("\n", @off), '', 'sizes of random groups');

# Groups larger than two of the sets: these get one each all the same, whatever the seed.
my $six = "SELECT value_hash(g) FROM generate_series(1, 6) g, generate_series(1, 20)";
is(join(' ', grep { my $got = sizes_of($six, [ 6, 6, 108 ], $_); $got =~ /\b0\b/ || $got !~ /^20 20 80$/ } 1 .. 30), '',
	'no set is empty');
# A group that is larger than any set: of the 60 rows left, the others get what is their share, 72 to 144.
my $giant = q{SELECT value_hash(g)
	FROM (SELECT 0 FROM generate_series(1, 300) UNION ALL SELECT generate_series(1, 60)) u(g)};
is(join(' ', grep { join(' ', sort split / /, sizes_of($giant, [ 72, 144, 144 ], $_)) ne '20 300 40' } 1 .. 30), '',
	'what is too much is taken off the others');

# Known sets of the groups 1, 2, ..., by a program of its own: [rows of each, sizes, seed, set of each].
my @SETS = (
	[ '7,1,2,3,5,8,13,2,1,1,9,4', '12,22,22', 0, '1 1 1 0 0 1 2 1 1 1 2 0' ],
	[ '7,1,2,3,5,8,13,2,1,1,9,4', '12,22,22', 42, '1 1 2 2 1 0 2 0 0 0 1 2' ],
	[ '100,1,1,1,1,1,1,1,1', '20,44,44', 7, '1 0 2 0 2 2 2 2 0' ],
	[ '3,3,3,3,3,3,3,3,3,3,3,3,3,3,3', '9,9,9,9,9', -1, '1 3 4 3 0 1 0 4 4 3 1 2 2 0 2' ],
);

foreach (@SETS)
{
	my ($rows, $sizes, $seed, $expected) = @$_;
	my $got = $session->must("
		WITH r AS (SELECT i, value_hash(i) AS h
			FROM unnest('{$rows}'::int[]) WITH ORDINALITY u(n, i), generate_series(1, n)),
			a AS (SELECT array_agg(h ORDER BY h, i) AS hs, array_agg(i ORDER BY h, i) AS ids FROM r)
		SELECT string_agg(DISTINCT lpad(i::text, 2) || ':' || s, ' ' ORDER BY lpad(i::text, 2) || ':' || s)
		FROM a, unnest(ids, groups(hs, '{$sizes}', $seed)) x(i, s)");
	my $i = 0;
	is($got =~ s/^ +//r, join(' ', map { $i++; sprintf '%2d:%s', $i, $_ } split / /, $expected) =~ s/^ +//r,
		"the sets of groups of $rows rows, seed $seed");
}

# The order of rows is of no importance, and another seed gives other sets.
my $rows = 'SELECT value_hash(g % 97) FROM generate_series(1, 2000) g';
my $sets = sub {
	my ($order, $seed) = @_;
	return $session->must("WITH a AS (SELECT array_agg(h $order) AS hs FROM ($rows) r(h))
		SELECT md5(string_agg(DISTINCT h || ':' || s, ',' ORDER BY h || ':' || s)) || ' ' || count(DISTINCT (h, s))
		FROM a, unnest(hs, groups(hs, '{400,400,400,400,400}', $seed)) x(h, s)");
};
my $once = $sets->('', 1);
like($once, qr/ 97$/, 'no group is split');
is($sets->($_, 1), $once, "the same $_") foreach 'ORDER BY h', 'ORDER BY h DESC', 'ORDER BY random()';
isnt($sets->('', 2), $once, 'another seed, other sets');

# More groups than units: 1.5 million hashes, in two orders, in the memory that groups.h states.
my $many = 'SELECT value_hash(g) AS h FROM generate_series(1, 1500000) g';
$session->must("CREATE TABLE many AS SELECT array_agg(h) AS hs, array_agg(h ORDER BY h) AS sorted FROM ($many) m");
my ($units, $bytes) = split /,/, $session->must('SELECT groups_memory(hs) FROM many') =~ s/[{}]//gr;
cmp_ok($units, '>', 1 << 18, 'many units');
cmp_ok($units, '<=', 1 << 19, 'no more than the limit');
cmp_ok($bytes, '<', 17 << 20, 'their memory');
is($session->must('SELECT groups_memory(sorted) FROM many'), "{$units,$bytes}", 'the same in another order');
my ($sets, $split, $unlike) = split /\|/, $session->must(q{
	WITH one AS (SELECT h, s FROM many, unnest(hs, groups(hs, '{300000,600000,600000}', 5)) x(h, s)),
	two AS (SELECT h, s FROM many, unnest(sorted, groups(sorted, '{300000,600000,600000}', 5)) x(h, s))
	SELECT (SELECT string_agg(n::text, ' ' ORDER BY s) FROM (SELECT s, count(*) AS n FROM one GROUP BY s) c),
		(SELECT count(*) FROM (SELECT 1 FROM one GROUP BY h HAVING count(DISTINCT s) > 1) c),
		(SELECT count(*) FROM one JOIN two USING (h) WHERE one.s <> two.s)});
is($sets, '300000 600000 600000', 'sets of their sizes: units of a row are left at the end');
is("$split $unlike", '0 0', 'no group is split, whatever the order');

done_testing();
