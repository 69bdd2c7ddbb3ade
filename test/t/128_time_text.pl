# Times as text (partition/timetext.h, timedetect.h), called by functions of test/unit: what Python's strptime makes of
# patterns and texts (test/fixtures/strptime.tsv, written by strptime.py), and the pattern of a column.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use ScoringTest;
use Session;
use UnitServer;

use Test::More;

my ($node, $library) = unit_server();
$node->safe_psql('postgres', join(";\n",
	"CREATE FUNCTION strptime(pattern text, value text) RETURNS timestamp
		AS '$library', 'drs_unit_strptime' LANGUAGE C STRICT",
	"CREATE FUNCTION zone(pattern text, value text) RETURNS int
		AS '$library', 'drs_unit_offset' LANGUAGE C STRICT",
	"CREATE FUNCTION detect(texts text[]) RETURNS text AS '$library', 'drs_unit_detect' LANGUAGE C STRICT"));
my $session = Session->new($node);

# what it returns, or SQLSTATE and detail of the error
sub outcome
{
	my ($sql) = @_;
	my $got = $session->run("SELECT $sql");
	return $got->{out} unless defined $got->{sqlstate};
	return join(' | ', grep { defined } $got->@{qw(sqlstate detail)});
}

sub literal { return q(') . $_[0] =~ s/'/''/gr . q('); }

sub strptime { return outcome('strptime(' . join(', ', map { literal($_) } @_) . ')'); }

sub detect { return outcome('detect(ARRAY[' . join(', ', map { literal($_) } @_) . ']::text[])'); }

# ---------------------------------------------------------------- as Python

my $fixture = "$FindBin::RealBin/../fixtures/strptime.tsv";
open(my $in, '<', $fixture) or die "$fixture: $!\n";
my (@differ, %count);
while (<$in>)
{
	chomp;
	my ($pattern, $text, $python) = split /\t/, $_, -1;
	my $ours = strptime($pattern, $text);
	my $is = $ours eq '' ? '-' : $ours =~ /^22023/ ? '!' : $ours;
	$python =~ s/\.?0+$// if $python =~ /\./;
	$count{ $python =~ /^\d/ ? 'time' : $python }++;
	push @differ, "$pattern of $text: $ours, Python $python" if $is ne $python;
}
is_deeply(\@differ, [], 'texts are read as Python reads them');
ok((grep { ($count{$_} // 0) >= 100 } qw(time - !)) == 3, 'and there are many of each kind');

# ---------------------------------------------------------------- what Python's regular expressions say

is(strptime('%d%m%Y', '112015'), '2015-01-01 00:00:00', 'a directive gives back what a later one needs');
is(strptime('%Y%j', '2015366'), '2016-01-01 00:00:00', 'day 366 of a year of 365 is the next');
is(strptime('%Y-%m-%d', '2015-02-29'), '', 'no such day');
is(strptime('%H:%M:%S %Y', '23:59:60 2015'), '', 'no leap second');
is(strptime('%y', '68'), '2068-01-01 00:00:00', 'two digits before the turn');
is(strptime('%y', '69'), '1969-01-01 00:00:00', 'and after it');
is(strptime('%Y', '0000'), '', 'there is no year 0');
is(strptime('%Y-%m-%d', "2015-01-01\n"), '', 'a line feed is not part of it');
is(strptime('%Y %m', "2015 \t\x0b1"), '2015-01-01 00:00:00', 'any white space is');
is(strptime('%p %I %Y', 'pm 12 2015'), '2015-01-01 12:00:00', 'noon');
is(strptime('%p %I %Y', 'AM 12 2015'), '2015-01-01 00:00:00', 'midnight');
is(strptime('%Y é', '2015 é'), '2015-01-01 00:00:00', 'other characters stand for themselves');
is(strptime('%Y', '2015' . 'x' x 100_000), '', 'a long text');
is(strptime('%Y' . ' a' x 1000, '2015' . ' a' x 1000), '2015-01-01 00:00:00', 'a long pattern');
is(strptime('%Y' . ' a' x 200_000, '2015' . ' a' x 200_000), '54001', 'one that is too long');
is(strptime(('%d%m%H%M%S%j%U%w' . '%f%I%y'), '1' x 40), '', 'digits without end');

is(outcome("zone('%Y %z', '2015 -01:30')"), '-5400', 'a zone');
is(outcome("zone('%Y %z', '2015 Z')"), '0', 'UTC');
is(outcome("zone('%Y %z', '2015 +01:02:03.123456')"), '3723', 'a zone with seconds');
is(strptime('%Y %z', '2015 -01:30'), '2015-01-01 00:00:00', 'it does not move the time');

is(strptime('%H:%M', '10:10'), '22023 | It names no year (%Y, %y or %G).', 'a pattern without year');
is(strptime('%Y %Y', '2015 2015'), '22023 | It has %Y twice.', 'a directive given twice');
is(strptime('%Y %e', '2015 1'), q(22023 | The directives are those of Python's strptime: %e is none.),
	'an unknown directive');
like(strptime('%Y %', '2015 '), qr/^22023 /, 'a percent sign at the end');
like(strptime('%G %V', '2015 01'), qr/^22023 \| %G needs %V and a weekday/, 'an ISO week without its day');

# ---------------------------------------------------------------- the pattern of a column

foreach (
	[ '%Y-%m-%d', '2015-01-31', '2015-12-01' ],
	[ '%Y-%m-%d %H:%M:%S', '2015-01-31 10:00:00', '2015-1-1 1:00:00' ],
	[ '%Y-%m-%dT%H:%M:%S.%f%z', '2015-01-31T10:00:00.5Z', '2015-01-31T10:00:00.123456+01:00' ],
	[ '%d/%m/%Y', '01/02/2015', '31/01/2015', '02/02/2015' ],
	[ '%m/%d/%Y %I:%M %p', '01/31/2015 12:00 am', '02/01/2015 1:30 PM' ],
	[ '%d.%m.%Y %H:%M', '01.02.2015 00:00', '13.02.2015 23:59' ],
	[ '%d %b %Y', '1 May 2015', '2 May 2015' ],
	[ '%d %B %Y', '1 May 2015', '1 June 2015' ],
	[ '%B %d, %Y', 'May 1, 2015', 'January 31, 2016' ],
	[ '%Y%m%d', '20150131', '20151231' ],
	[ '%Y%m%d%H%M%S', '20150131235959' ],
	[ '%Y%m', '201512', '201501' ],
	[ '%Y', '2015', '2016' ],
	[ '%y-%m-%d', '15-01-31', '99-12-30' ])
{
	my ($pattern, @texts) = @$_;
	is(detect(@texts), $pattern, "$pattern of $texts[0]");
}

# What PostgreSQL prints. A fraction is reported if there is one.
foreach (
	[ '%Y-%m-%d %H:%M:%S', '2015-01-31 10:00:00', '2015-12-01 00:00:00' ],
	[ '%Y-%m-%d %H:%M:%S.%f', '2015-01-31 10:00:00', '2015-01-31 10:00:00.5', '2015-01-31 10:00:00.123456' ],
	[ '%Y-%m-%d %H:%M:%S.%f', '2015-01-31 10:00:00.5', '2015-01-31 10:00:00' ],
	[ '%Y-%m-%d %H:%M:%S%z', '2015-01-31 10:00:00+00', '2015-12-01 00:00:00+00' ],
	[ '%Y-%m-%d %H:%M:%S%z', '2015-01-31 10:00:00-03', '2015-12-01 00:00:00+05:30', '1900-01-01 00:00:00+05:53:28' ],
	[ '%Y-%m-%d %H:%M:%S%z', '2015-01-31 10:00:00+05:30' ],
	[ '%Y-%m-%d %H:%M:%S.%f%z', '2015-01-31 10:00:00+00', '2015-12-01 00:00:00.25+00' ],
	[ '%Y-%m-%d %H:%M:%S.%f%z', '2015-12-01 00:00:00.25-03', '2015-12-01 00:00:00+05:30' ],
	[ '%Y-%m-%dT%H:%M:%S.%f', '2015-01-31T10:00:00', '2015-01-31T10:00:00.5' ],
	[ '%Y-%m-%dT%H:%M:%S.%f%z', '2015-01-31T10:00:00+00:00', '2015-01-31T10:00:00.5+00:00' ])
{
	my ($pattern, @texts) = @$_;
	is(detect(@texts), $pattern, "$pattern of @texts");
}
foreach (
	[ '2015-01-31 10:00:00', '2015-01-31 10:00:00+00' ],
	[ '2015-01-31 10:00:00.5', '2015-01-31 10:00:00.' ],
	[ '2015-01-31 10:00:00', '2015-01-31 10:00:00.1234567' ],
	[ '2015-01-31 10:00:00', '2015-01-31T10:00:00' ],
	(map { [ '2015-01-31 10:00:00+00', "2015-01-31 10:00:00$_" ] } qw(+ +0 +24 +05: +05:3 +05:60 +053), '.+00', ' BC'))
{
	my @texts = @$_;
	is(detect(@texts), qq(22007 | Not "$texts[1]".), "no pattern of @texts");
}
is(strptime('%Y-%m-%d %H:%M:%S%z', '2015-01-31 10:00:00+00'), '', 'hours alone are no zone for strptime');
is(strptime('%Y-%m-%d %H:%M:%S.%f', '2015-01-31 10:00:00'), '', 'nor may a fraction that is asked for be missing');

is(detect(), '', 'no texts, no pattern');
is(detect('01/01/2015', '02/02/2015'), '%m/%d/%Y', 'a choice that changes nothing is none');
is(detect('01/02/2015', '03/04/2015'), '22023 | All times fit "%m/%d/%Y" and "%d/%m/%Y".', 'day or month?');
is(detect('05-01-02'), '22023 | All times fit "%m-%d-%y" and "%d-%m-%y".', 'day, month or year?');
is(detect('2015-01-01', '2015-01-01 10:00'), '22007 | Not "2015-01-01 10:00".', 'two patterns in a column');
is(detect('2015-01-01', ''), '22007 | Not "".', 'an empty text');
is(detect('1420070400'), '22007 | Not "1420070400".', 'seconds since 1970');
is(detect('43831'), '22007 | Not "43831".', 'days of a spreadsheet');
is(detect('20151101', '2015111'), '22007 | Not "2015111".', 'November 1 or January 11?');
is(detect('201501020304', '20150102030405'), '22007 | Not "201501020304".', 'hours and minutes, or seconds?');
is(detect('x' x 1000), '22007 | Not "' . 'x' x 64 . '".', 'a long text');
done_testing();
