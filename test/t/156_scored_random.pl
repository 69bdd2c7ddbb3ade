# Scored tables: conditions at random give the same rows as on a copy, and send as many, whether their values are
# literals, parameters of a prepared statement, variables of a function, or columns of another relation.
use strict;
use warnings FATAL => 'all';
use utf8;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use ScoredSource;
use ScoringTest;
use Session;
use Test::More;

my $standin = new_standin();
my $node = new_node('main', standin => $standin, init => [ extra => [ '--locale=C', '--encoding=UTF8' ] ]);
my $deployment = scored_source($node);

is(safe_scalar($node, 'SELECT count(*), count(prediction) FROM copied'), '400|400', 'the copy has every row');

my $session = Session->new($node, setup => 'SET plan_cache_mode = force_generic_plan');

srand(150);
my %column = (
	id => [ int => sub { int rand 420 } ],
	big => [ bigint => sub { int(rand 420) . '000000000' } ],
	t => [ text => sub { 'text ' . int rand 55 } ],
	c => [ text => sub { chr(65 + int rand 52) } ],
	v => [ varchar => sub { 'v' . int rand 33 } ],
	n => [ numeric => sub { int(rand 420) * 1.25 } ],
	f => [ float8 => sub { rand() < 0.1 ? 'NaN' : rand 20 } ],
	d => [ date => sub { '2026-0' . (1 + int rand 9) . '-15' } ],
	tz => [ timestamptz => sub { '2026-01-' . (10 + int rand 9) . ' 12:00+02' } ],
	e => [ mood => sub { (qw(sad ok happy))[ rand 3 ] } ],
	nothing => [ text => sub { 'some ' . int rand 9 } ],
	prediction => [ float8 => sub { rand } ]);
my @names = sort keys %column;
my @comparisons = ('<', '<=', '=', '>', '>=', '<>', 'IS DISTINCT FROM', 'IS NOT DISTINCT FROM');

sub one_of { return $_[ rand @_ ]; }

# One comparison; its values are appended to $values, as [type, value], and are %1%, %2%, ... in it.
sub comparison
{
	my ($values) = @_;
	my $name = one_of(@names);
	my ($type, $make) = @{ $column{$name} };
	my $value = sub {
		push @$values, [ $type, rand() < 0.05 ? undef : $make->() ];
		return '%' . @$values . '%';
	};
	my $compare = sub { return one_of(@comparisons); };
	my @forms = (
		sub { return join ' ', $name, $compare->(), $value->() },
		sub { return join ' ', $name, $compare->(), $value->() },
		sub { return join ' ', $value->(), $compare->(), $name },
		sub { return "$name BETWEEN " . $value->() . ' AND ' . $value->() },
		sub { return "$name IN (" . join(', ', map { $value->() } 1 .. 3) . ')' },
		sub { return "$name = ANY (ARRAY[" . join(', ', map { $value->() } 1 .. 2) . '])' },
		sub { return "$name <> ALL (ARRAY[" . $value->() . '])' },
		sub { return "COALESCE($name, " . $value->() . ') ' . $compare->() . ' ' . $value->() },
		sub { return "NULLIF($name, " . $value->() . ') IS NULL' },
		sub { return "CASE WHEN $name > " . $value->() . ' THEN b ELSE nothing IS NULL END' },
		sub { return "CASE $name WHEN " . $value->() . ' THEN id > 7 ELSE b END' },
		sub { return "($name, id) > (" . $value->() . ', 100)' },
		sub { return "GREATEST($name, " . $value->() . ') = ' . $value->() },
		sub { return "$name IS " . one_of('', 'NOT ') . 'NULL' },
		sub { return "length(${name}::text) = length((" . $value->() . ')::text)' });
	return one_of(@forms)->();
}

sub condition
{
	my ($depth, $values) = @_;
	return comparison($values) if $depth == 0 || rand() < 0.3;
	my $text = join ' ' . one_of('AND', 'AND', 'OR') . ' ', map { '(' . condition($depth - 1, $values) . ')' } 1, 2;
	return rand() < 0.2 ? "NOT ($text)" : $text;
}

sub literal
{
	my ($type, $value) = @{ $_[0] };
	return defined $value ? "'$value'::$type" : "NULL::$type";
}

sub filled
{
	my ($text, $with) = @_;
	return $text =~ s/%(\d+)%/$with->($1)/ger;
}

my $rows_hash = "SELECT coalesce(md5(string_agg(s::text, E'\\n' ORDER BY s.id)), 'none')";
my %way = (
	literal => sub {
		my ($text, @values) = @_;
		return "$rows_hash FROM scored s WHERE " . filled($text, sub { literal($values[ $_[0] - 1 ]) });
	},
	prepared => sub {
		my ($text, @values) = @_;
		my $types = @values ? '(' . join(', ', map { $_->[0] } @values) . ')' : '';
		my $given = @values ? '(' . join(', ', map { literal($_) } @values) . ')' : '';
		return "PREPARE q $types AS $rows_hash FROM scored s WHERE " . filled($text, sub { "\$$_[0]" })
		  . "; EXECUTE q $given; DEALLOCATE q";
	},
	variables => sub {
		my ($text, @values) = @_;
		my $n = 0;
		my $variables = join ' ', map { $n++; "v$n $_->[0] := " . literal($_) . ';' } @values;
		return "CREATE OR REPLACE FUNCTION pg_temp.f() RETURNS text LANGUAGE plpgsql AS \$f\$
			DECLARE $variables one record; lines text[];
			BEGIN
				FOR one IN SELECT s::text AS line FROM scored s
					WHERE " . filled($text, sub { "v$_[0]" }) . " ORDER BY id LOOP
					lines := lines || one.line;
				END LOOP;
				RETURN coalesce(md5(array_to_string(lines, E'\\n')), 'none');
			END \$f\$; SELECT pg_temp.f()";
	},
	lateral => sub {
		my ($text, @values) = @_;
		my $n = 0;
		my $list = join ', ', '0 AS o0', map { $n++; literal($_) . " AS o$n" } @values;
		return "WITH o AS MATERIALIZED (SELECT $list) $rows_hash FROM o, LATERAL (SELECT * FROM scored WHERE "
		  . filled($text, sub { "o.o$_[0]" }) . ' OFFSET 0) s';
	});
# those with NULL come last: as a literal, it can make the planner see that there are no rows
my @all = map { my @values; my $text = condition(2, \@values); [ $text, @values ] } 1 .. 300;
my $without_null = sub { return !grep { ref && !defined $_->[1] } @{ $_[0] } };
my @conditions = ((grep { $without_null->($_) } @all), (grep { !$without_null->($_) } @all));
my $compared = grep { $without_null->($_) } @all;
my @expected = map {
	my ($text, @values) = @$_;
	my $sql = $way{literal}->($text, @values);
	$session->must($sql =~ s/FROM scored/FROM copied/r);
} @conditions;
my %sent;
cmp_ok(scalar(grep { $_ ne 'none' } @expected), '>', 150, 'most of the conditions at random have rows');
foreach my $way ('literal', sort grep { $_ ne 'literal' } keys %way)
{
	my @wrong;
	$standin->reset;
	foreach my $i (0 .. $#conditions)
	{
		my $result = $session->run($way{$way}->(@{ $conditions[$i] }));
		my $out = ($result->{out} // '') . ($result->{text} // '');
		push @wrong, "$conditions[$i][0]: $out" if $out ne $expected[$i];
		$sent{$way} = $standin->counters($deployment) if $i == $compared - 1;
	}
	is(join("\n", @wrong), '', "300 conditions at random, $way: the rows of the copy");
	next if $way eq 'literal';
	is($sent{$way}{rows}, $sent{literal}{rows}, "$way: as many rows sent as for literals");
	cmp_ok($sent{$way}{requests}, '<=', $sent{literal}{requests}, "$way: and not more requests");
}
cmp_ok($sent{literal}{rows}, '<', $compared * 400 * 0.9, 'and fewer than there are');

done_testing();
