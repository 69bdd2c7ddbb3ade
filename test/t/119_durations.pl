# Durations: every form that the service writes and refuses, the type with its casts, and the arithmetic, by the
# calendar of Python's dateutil (test/fixtures/durations.py), of which PostgreSQL's age() is not.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use ScoringTest;
use Session;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_node('main');
my $session = Session->new($node);

sub value { return $session->run("SELECT $_[0]")->{out}; }

# sqlstate: message / detail
sub refused
{
	my $result = $session->run("SELECT $_[0]");
	return join ' ', "$result->{sqlstate}:", $result->{message}, $result->{detail} // ();
}

# ---- forms, of docs/api.md 5.5 and the answers in it

my %intervals = (
	'P0Y0M14DT0H0M0S' => 'P14D',
	'P5D' => 'P5D',
	'P0Y1M0D' => 'P1M',
	'P0Y0M48DT0H5M36S' => 'P48DT5M36S',
	'P6M3DT12H' => 'P6M3DT12H',
	'P0Y0M0D' => 'PT0S',
	'PT0S' => 'PT0S',
	'P1Y' => 'P1Y',
	'P14M' => 'P1Y2M',
	'PT36H' => 'PT36H',
	'PT90M' => 'PT1H30M',
	'PT1M1.5S' => 'PT1M1.5S',
	'PT0,000001S' => 'PT0.000001S',
	'PT1.50000000S' => 'PT1.5S',
	'P2147483647D' => 'P2147483647D',
	'P0Y0M0DT2147483647H0M0S' => 'PT2147483647H');
$session->run("SET IntervalStyle = 'iso_8601'");
foreach my $text (sort keys %intervals)
{
	is(value("'$text'::datarobot.duration"), $text, "$text: the text stays");
	is(value("'$text'::datarobot.duration::interval"), $intervals{$text}, "$text: as interval");
	is(value("'$text'::text::datarobot.duration = '$text'::interval"), 't', "$text: PostgreSQL reads it the same way")
	  if $text !~ /,/;
}

my $form = 'It has the form PnYnMnDTnHnMnS, with at least one part and whole numbers.';
my %refusals = (
	$form => [
		'', 'P', 'PT', 'P1', '1D', 'P1DT', 'p1d', ' P1D', 'P1D ', 'P1D1Y', 'P1D1D', 'P1H', 'PT1D', 'PT1Y', 'P1DT1H1H',
		'PT1S1M', 'P1DT1HT1M', 'PD', 'P1X', '14 days', 'P0001-01-01T00:00:00', 'P1M2Y', 'PT1MT1S'
	],
	'A duration has no sign.' => [ '-P1D', 'P-1D', 'P1DT-1H', '+P1D', 'P+1D' ],
	'The service reads no weeks: write them as days.' => [ 'P2W', 'P1Y2W' ],
	'Only seconds have a fraction, of one to six digits.' => [ 'P1.5D', 'PT1.5H', 'PT1.S', 'PT1.1234567S', 'PT1,5M' ],
	'A part of it is too large.' => [ 'P2147483648D', 'PT99999999999999999999S', 'P99999999999Y' ]);
foreach my $detail (sort keys %refusals)
{
	is(refused("'$_'::datarobot.duration"), "22007: invalid duration: \"$_\" $detail", "refused: \"$_\"")
	  foreach @{ $refusals{$detail} };
}
is(refused("'P2147483647Y'::datarobot.duration::interval"),
	'22015: duration out of range: "P2147483647Y0M0DT0H0M0S"', 'a duration that is no interval');

# ---- from intervals, and from parts

my %durations = (
	"interval '14 days'" => 'P0Y0M14DT0H0M0S',
	"interval '6 months 3 days 12 hours'" => 'P0Y6M3DT12H0M0S',
	"interval '14 months'" => 'P1Y2M0DT0H0M0S',
	"interval '36:00:01.25'" => 'P0Y0M0DT36H0M1.25S',
	"interval '2 weeks'" => 'P0Y0M14DT0H0M0S',
	"interval '0'" => 'P0Y0M0DT0H0M0S',
	"datarobot.construct_duration_string(months => 6, days => 3, hours => 12)" => 'P0Y6M3DT12H0M0S',
	"datarobot.construct_duration_string()" => 'P0Y0M0DT0H0M0S',
	"datarobot.construct_duration_string(1, 2, 3, 4, 5, 6)" => 'P1Y2M3DT4H5M6S',
	"datarobot.construct_duration_string('1', 2::bigint, 3.0, 4::real, 5::smallint, '6'::text)" => 'P1Y2M3DT4H5M6S',
	"datarobot.construct_duration_string(days => NULL)" => '',
	"datarobot.construct_duration_string(days => 2147483647, seconds => 2147483647)" =>
	  'P0Y0M2147483647DT0H0M2147483647S');
is(value("($_)::datarobot.duration"), $durations{$_}, $_) foreach sort keys %durations;
is(refused("$_->[0]::datarobot.duration"), $_->[1], "refused: $_->[0]")
  foreach ([ "interval '-1 day'", '22015: interval has a negative part A duration has no sign.' ],
	[ "interval '1 month -1 day'", '22015: interval has a negative part A duration has no sign.' ],
	[ "interval '1 day -1 second'", '22015: interval has a negative part A duration has no sign.' ]);
is(refused("datarobot.construct_duration_string(days => $_->[0])"), $_->[1], "refused: $_->[0] days")
  foreach ([ '-1', '22023: days must be between 0 and 2147483647' ],
	[ '1.5', '22023: days must be a whole number It is 1.5.' ],
	[ "'NaN'", '22023: days must be a whole number It is NaN.' ],
	[ "'-inf'", '22023: days must be a whole number It is -inf.' ],
	[ '2147483648', '22023: days must be between 0 and 2147483647' ]);
SKIP:
{
	skip 'no infinite intervals before PostgreSQL 17', 2 if $node->pg_version < 17;
	is(refused("interval 'infinity'::datarobot.duration"), '22015: interval out of range', 'for ever');
	is(refused("interval '-infinity'::datarobot.duration"),
		'22015: interval has a negative part A duration has no sign.', 'since ever');
}

# ---- the type among others

is(value("timestamp '2015-01-31' + datarobot.construct_duration_string(months => 1)"), '2015-02-28 00:00:00',
	'added to a timestamp');
is(value("'P14D'::datarobot.duration = 'P0Y0M14DT0H0M0S'::datarobot.duration"), 't', 'equal by their intervals');
is(value("'P1M'::datarobot.duration > 'P29D'::datarobot.duration"), 't', 'and ordered by them');
is(value("jsonb_build_object('gap_duration', datarobot.construct_duration_string(days => 7))"),
	'{"gap_duration": "P0Y0M7DT0H0M0S"}', 'a string in JSON');
$session->run('CREATE TABLE kept (d datarobot.duration); CREATE TABLE sent (t text, v varchar, i interval)');
$session->run("INSERT INTO sent VALUES ('P14D', 'P1D', '2 hours')");
$session->run("INSERT INTO kept SELECT $_ FROM sent") foreach qw(t v i);
is(value("string_agg(d::text, ' ' ORDER BY d::interval) FROM kept"), 'P0Y0M0DT2H0M0S P1D P14D', 'stored');
is($session->run("INSERT INTO kept VALUES ('1 day')")->{sqlstate}, '22007', 'what is none is not stored');
my $file = PostgreSQL::Test::Utils::tempdir() . '/kept';
$session->run("COPY kept TO '$file' (FORMAT binary)");
$session->run("CREATE TABLE copied (d datarobot.duration); COPY copied FROM '$file' (FORMAT binary)");
is(value("string_agg(d::text, ' ' ORDER BY d::interval) FROM copied"), 'P0Y0M0DT2H0M0S P1D P14D', 'binary');
$session->run("COPY (SELECT '1 day'::text) TO '$file' (FORMAT binary)");
is($session->run("COPY copied FROM '$file' (FORMAT binary)")->{sqlstate}, '22007', 'binary is checked, too');
is($session->run("SELECT 'P1D'::datarobot.duration::text")->{out}, 'P1D', 'as text');

# An index by the interval, a default and a constraint come back from a dump.
$session->run(q{ALTER TABLE kept ALTER d SET DEFAULT interval '1 month', ADD CHECK (d > interval '1 hour');
	CREATE INDEX kept_index ON kept ((d::interval))});
my $dump = PostgreSQL::Test::Utils::tempdir() . '/dump.sql';
$node->safe_psql('postgres', 'CREATE DATABASE restored');
$node->command_ok([ 'pg_dump', '-f', $dump, $node->connstr('postgres') ], 'a dump');
$node->command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-f', $dump, $node->connstr('restored') ],
	'its restore');
is(safe_scalar($node, q{INSERT INTO kept DEFAULT VALUES; SET enable_seqscan = off;
	SELECT string_agg(d::text, ' ' ORDER BY d::interval) FROM kept WHERE d::interval >= interval '1 day'},
		dbname => 'restored'), 'P1D P14D P0Y1M0DT0H0M0S', 'with index and default');
is((error_of($node, q{INSERT INTO kept VALUES ('PT1H')}, dbname => 'restored'))[0], '23514', 'and constraint');

# ---- the arithmetic, in a database without the extension: it would be in the session twice

my $build = PostgreSQL::Test::Utils::tempdir();
my $pg_config = $ENV{PG_CONFIG} // 'pg_config';
ok(system('make', '-s', '-C', "$FindBin::RealBin/../unit", "BUILD=$build", "PG_CONFIG=$pg_config") == 0, 'the build');
$node->safe_psql('postgres', 'CREATE DATABASE unit');
$node->safe_psql('unit', "CREATE FUNCTION $_ LANGUAGE C STRICT")
  foreach (
	"\"after\"(timestamp, text) RETURNS timestamp AS '$build/drs_unit', 'drs_unit_duration_after'",
	"before(timestamp, text) RETURNS timestamp AS '$build/drs_unit', 'drs_unit_duration_before'",
	"\"between\"(timestamp, timestamp) RETURNS text AS '$build/drs_unit', 'drs_unit_duration_between'",
	"calendar(timestamp, timestamp) RETURNS text AS '$build/drs_unit', 'drs_unit_duration_calendar'",
	"back(timestamp, timestamp) RETURNS text AS '$build/drs_unit', 'drs_unit_duration_calendar_back'",
	"short(text) RETURNS text AS '$build/drs_unit', 'drs_unit_duration_short'");
$session = Session->new($node, dbname => 'unit');
$session->run("SET datestyle = 'ISO'");

my $fixture = PostgreSQL::Test::Utils::slurp_file("$FindBin::RealBin/../fixtures/durations.tsv");
my %count;
my @wrong;
foreach (split /\n/, $fixture)
{
	my ($first, $second, @expected) = split /\t/;
	my $kind = $second =~ /^P/ ? 'sum' : 'difference';
	my @functions = $kind eq 'sum' ? ('"after"', 'before') : ('"between"', 'calendar');
	tr/T/ / foreach $kind eq 'sum' ? @expected : ();
	s/(\.\d*?)0+$/$1/ foreach @expected;
	my $got = value(join ', ', map { "$_('$first', '$second')" } @functions);
	push @wrong, "$first, $second: $got, not @expected" if $got ne join '|', @expected;
	$count{$kind}++;
}
is_deeply(\%count, { sum => 400, difference => 400 }, 'sums and differences of dateutil');
is(join("\n", @wrong), '', 'all the same here');

# The property that the layout rests on: start and the difference by the calendar give end again.
is(value(q{count(*) || ' ' || count(*) FILTER (WHERE "after"(s, calendar(s, e)) = e AND "after"(s, "between"(s, e)) = e
			AND before(e, back(s, e)) = s)
	FROM (SELECT timestamp '1600-01-01' + a * interval '13 days 07:11:13.000001' AS s,
			timestamp '1600-01-01' + a * interval '13 days 07:11:13.000001' + b * interval '1 day 11:59:59.9' AS e
		FROM generate_series(0, 12000, 120) a, generate_series(0, 4000, 37) b) pairs}),
	'11009 11009', 'start and the difference give the end, and the end the start');

# Counted from the end, a month is one of other days.
is(value(q{calendar('2015-01-31', '2015-03-30') || ' ' || back('2015-01-31', '2015-03-30')}), 'P0Y1M30D P0Y1M28D',
	'from the start and from the end');

# Where age() differs: it borrows the days of the month before the end, we add months to the start.
is(value(q{calendar('2015-01-31', '2015-02-28')}), 'P0Y1M0D', 'a month from the last day to the last day');
is(value(q{calendar('2015-01-31', '2015-03-01')}), 'P0Y1M1D', 'a month and a day');
is(value(q{age('2015-03-01'::timestamp, '2015-01-31')::text}), '1 mon 1 day', 'the same as age()');
is(value(q{age('2015-02-28'::timestamp, '2015-01-31')::text}), '28 days', 'for which that is no month');

# Instants at the ends of time, of docs/api.md 5.6
is(value(q{calendar('2015-10-26T19:00', '2015-11-26T19:00')}), 'P0Y1M0D', 'as in an answer of the service');
is(value(q{before('2015-12-24T19:00', 'P14D')}), '2015-12-10 19:00:00', 'before');
is(value(q{"after"('0044-03-15 BC', 'P44Y')}), '0001-03-15 00:00:00', 'there is no year 0');
is(value(q{"after"('2016-02-29', 'P1Y')}), '2017-02-28 00:00:00', 'a year after a leap day');
is($session->run(qq{SELECT $_})->{sqlstate}, '22008', "$_: out of range")
  foreach (q{"after"('2015-01-01', 'P300000Y')}, q{before('2015-01-01', 'P7000Y')});
is(value("short('$_->[0]')"), $_->[1], "$_->[0] as the service writes it")
  foreach ([ 'P14D', 'P0Y0M14D' ], [ 'PT1S', 'P0Y0M0DT0H0M1S' ], [ 'PT0.5S', 'P0Y0M0DT0H0M0.5S' ], [ 'P0D', '' ],
	[ 'PT0H', '' ], [ 'P1DT1M', 'P0Y0M1DT0H1M0S' ]);

done_testing();
