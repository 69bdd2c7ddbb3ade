# Random numbers and sizes of sets (partition/stablemix.h, shares.h) for numbers of rows that no test can have, called
# by functions of test/unit: known answers, and what Math::BigInt computes.
use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../lib";
use Math::BigFloat;
use Math::BigInt;
use ScoringTest;
use Session;
use UnitServer;
use Test::More;

my ($node, $library) = unit_server();
my $module = "AS '$library'";
$node->safe_psql('postgres', qq{
	CREATE FUNCTION mix_nth(bigint, bigint) RETURNS bigint $module, 'drs_unit_mix_nth' LANGUAGE C STRICT;
	CREATE FUNCTION mix_below(bigint, bigint) RETURNS bigint $module, 'drs_unit_mix_below' LANGUAGE C STRICT;
	CREATE FUNCTION shares(text, text, text, bigint) RETURNS bigint[] $module, 'drs_unit_shares' LANGUAGE C;});
my $session = Session->new($node);

sub value { return $session->must("SELECT $_[0]"); }

# bits of a bigint as an unsigned number, and back
my $two64 = Math::BigInt->new(2)->bpow(64);
sub unsigned { my $n = Math::BigInt->new($_[0]); return $n->is_neg ? $n + $two64 : $n; }
sub signed { my $n = Math::BigInt->new($_[0]); return $n >= $two64 / 2 ? $n - $two64 : $n; }

# ---------------------------------------------------------------- splitmix64, as published

foreach (
	[ 0, '16294208416658607535 7960286522194355700 487617019471545679 17909611376780542444' ],
	[ 1234567, '6457827717110365317 3203168211198807973 9817491932198370423 4593380528125082431' ])
{
	my ($state, $expected) = @$_;
	is(join(' ', map { unsigned(value("mix_nth($state, $_)")) } 0 .. 3), $expected, "splitmix64 from $state");
}

# floor(random * limit / 2^64), exact for all 64 bits
my @numbers = map { Math::BigInt->new($_) } 0, 1, 2, 3, 1000, '4294967295', '4294967296', '4294967297',
	'9223372036854775807', '9223372036854775808', '18446744073709551614', '18446744073709551615';
push @numbers, map { unsigned(value("mix_nth(7, $_)")) } 0 .. 20;
my @wrong;
foreach my $random (@numbers)
{
	foreach my $limit (@numbers)
	{
		my $got = unsigned(value(sprintf("mix_below('%s', '%s')", signed($random), signed($limit))));
		push @wrong, "$random below $limit: $got" if $got != ($random * $limit) / $two64;
	}
}
is_deeply(\@wrong, [], 'a number below a limit: ' . @numbers**2 . ' pairs');

# ---------------------------------------------------------------- sizes

# half up; the percentage is in units of 1e-7
sub part { my ($units, $rows) = @_; return ($units * $rows * 2 + 10**9) / (2 * Math::BigInt->new(10)->bpow(9)); }

foreach my $rows (map { Math::BigInt->new($_) } 101, 1000, '999999999', '1000000000', '1000000001', '2147483648',
	'9999999999', '123456789012345678', '9223372036854775807')
{
	foreach ([ '20', '16' ], [ '0', '0' ], [ '33.3333333', '33.3333333' ], [ '0.0000001', '50' ],
		[ '49.9999999', '50' ])
	{
		my @units = map { my $u = Math::BigFloat->new($_) * 10**7; Math::BigInt->new($u->bstr) } @$_;
		my @parts = map { part($_, $rows) } @units;
		my $rest = $rows - $parts[0];

		is(value("shares('$_->[0]', '$_->[1]', NULL, $rows)"),
			'{' . join(',', $parts[0], $rest - $parts[1], $parts[1]) . '}',
			"$rows rows, $_->[0] % and $_->[1] %") if $rest > $parts[1];
		is(value("shares('$_->[0]', '', '7', $rows)"),
			'{' . join(',', $parts[0], map { $rest / 7 + ($_ <= $rest % 7 ? 1 : 0) } 1 .. 7) . '}',
			"$rows rows, $_->[0] % and 7 folds");
	}
}

done_testing();
