# The order of a result by itself (batch/resultorder.h), called by functions of test/unit: every way of cutting a text
# into pieces, any order of the rows, a download that begins again, and rows that are missing, doubled or unknown.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use ScoringTest;
use Session;
use UnitServer;

use List::Util qw(shuffle);
use Test::More;

my ($node, $library) = unit_server();
$node->safe_psql('postgres', "CREATE FUNCTION runs(result text, rows bigint, first bigint DEFAULT 1,
	piece int DEFAULT 1000000, max_rows int DEFAULT 1000, kbytes int DEFAULT 64, cut int DEFAULT -1,
	ends bool DEFAULT false)
	RETURNS text AS '$library', 'drs_unit_order' LANGUAGE C STRICT");
my $session = Session->new($node);

my $HEADER = "n_PREDICTION,prediction_status,row,note\n";

sub result { return $HEADER . join('', @_); }

sub record
{
	my ($number, %is) = @_;
	return join(',', $is{n} // $number / 8, $is{status} // 'OK', $is{row} // $number, $is{note} // '') . "\n";
}

sub literal
{
	my ($text) = @_;
	return q(E') . $text =~ s/([\\'\n\r])/{"\\" => "\\\\", "'" => "''", "\n" => "\\n", "\r" => "\\r"}->{$1}/ger . q(');
}

# the runs; or the error: SQLSTATE, message, detail
sub runs
{
	my ($result, $rows, $arguments) = @_;
	my $got = $session->run('SELECT runs(' . literal($result) . ", $rows" . ($arguments ? ", $arguments" : '') . ')');
	return $got->{out} unless defined $got->{sqlstate};
	return join(' | ', grep { defined } $got->@{qw(sqlstate message detail)});
}

# the rows of runs, in their order, as number:record, whatever the runs are
sub rows_of
{
	my ($runs) = @_;
	my @rows;
	foreach my $run (split(/;/, $runs))
	{
		my ($first, $nrows, $records) = $run =~ /^(\d+)\+(\d+)(?:\([^)]*\))?:(.*)$/s or return $runs;
		my @records = split(/\|/, $records, -1);
		return "not $nrows records: $run" if @records != $nrows;
		push @rows, map { $first + $_ . ":$records[$_]" } 0 .. $#records;
	}
	return join("\n", @rows);
}

sub expected_rows { return join("\n", map { "$_->[0]:" . $_->[1] =~ s/\n\z//r } @_); }

# ---- in order

is(runs(result(map { record($_) } 1 .. 3), 3), '1+3:0.125,OK,1,|0.25,OK,2,|0.375,OK,3,', 'in order: one run');
is(runs(result(map { record($_) } 7 .. 9), 3, 'first => 7, max_rows => 2'),
	'7+2:0.875,OK,7,|1,OK,8,;9+1:1.125,OK,9,', 'at most so many rows; numbers that begin elsewhere');
is(runs(result(), 0), '', 'no rows');
is(runs('', 0), '', 'no rows and no header');
is(runs("\xEF\xBB\xBF" . result(record(1)), 1), '1+1:0.125,OK,1,', 'a byte order mark');
is(runs(result(record(1), "\n", record(2), "\n\n"), 2) =~ s/\|+/|/gr, '1+2:0.125,OK,1,|0.25,OK,2,|',
	'empty lines are no records');
is(runs(result(record(1, row => '1.0'), record(2, row => '"2"'), record(3, row => '"3.000"')), 3),
	'1+3:0.125,OK,1.0,|0.25,OK,"2",|0.375,OK,"3.000",', 'numbers as floats, and quoted');

# a failed row is a run of its own
is( runs(result(record(1), record(2, n => '', status => '"no ""x"", sorry"'), record(3, n => '', status => '')), 3),
	'1+1:0.125,OK,1,;2+1(no "x", sorry):,"no ""x"", sorry",2,;3+1():,,3,', 'rows with a status');
is(runs(result(record(1, status => '"OK"'), record(2, status => 'ok')), 2),
	'1+1:0.125,"OK",1,;2+1(ok):0.25,ok,2,', 'only OK is OK');

# ---- every way of cutting a text into pieces

my $odd = result(
	record(1, note => '"a, ""b"" and' . "\n" . 'a line"'), record(3, note => '","'),
	record(2, n => '', status => '"' . "\n" . '"'), record(4, note => '"""' . "\n" . '"""'));
my $whole = runs($odd, 4);
is($whole,
	'1+1:0.125,OK,1,"a, ""b"" and|a line";2+1(' . "\n" . '):,"|",2,;3+1:0.375,OK,3,",";4+1:0.5,OK,4,"""|"""',
	'quotes, commas and line ends in quotes');
foreach my $kind (['LF', $odd, $whole], ['CRLF', $odd =~ s/\n/\r\n/gr, undef])
{
	my ($what, $text, $expected) = @$kind;
	$expected //= runs($text, 4);
	my @different = grep { runs($text, 4, "piece => $_") ne $expected } 1 .. length($text);
	is("@different", '', "in pieces of any size, $what");
	@different = grep { rows_of(runs($text, 4, "cut => $_, piece => 7")) ne rows_of($expected) } 0 .. length($text);
	is("@different", '', "begun again after any byte, $what");
}
like(runs($odd =~ s/\n/\r\n/gr, 4), qr/^1\+1:0\.125,OK,1,"a, ""b"" and\r\|a line"\r;2\+1\(\r\n\)/, 'CRLF remains');
is(runs(result(record(1, note => "a\rb")), 1), "1+1:0.125,OK,1,a\rb", 'a carriage return where lines end with LF');

# a last line without an end: read again, and taken if it is the same
is(runs(result(record(1), record(2) =~ s/\n//r), 2), '1+1:0.125,OK,1,;2+1:0.25,OK,2,', 'a last line without an end');
is(runs(result(record(2), record(1) =~ s/\n//r), 2), '1+1:0.125,OK,1,;2+1:0.25,OK,2,', 'an early one, too');
is(runs(result(record(1), record(2) =~ s/\n//r), 2, 'cut => 60'), '1+1:0.125,OK,1,;2+1:0.25,OK,2,',
	'and begun again before');
my $ten = result(map { record($_) } 1 .. 10);
is(runs($ten, 10, 'cut => ' . (length($ten) - 3) . ', ends => true'),
	'1+9:' . join('|', map { $_ / 8 . ",OK,$_," } 1 .. 9) . ';10+1:1.25,OK,10,',
	'a last line that was cut off within its number is none');
my $all_ten = rows_of(runs($ten, 10));
my @wrong = grep { rows_of(runs($ten, 10, "cut => $_, ends => true")) ne $all_ten } 0 .. length($ten) - 1;
is("@wrong", '', 'read again after an early end at any byte');
is(runs("n,prediction_status,row\r\n1,OK,1\r\n2,OK,2\r\n", 2), "1+2:1,OK,1\r|2,OK,2\r",
	'lines that end with CRLF after the number');
is(runs(result(record(2) =~ s/\n//r), 2),
	'08P01 | the result of batch job unit lacks row 1 | It lacks 1 of 2 rows.', 'of an early record');

# ---- any order, in memory and in the file

srand(my $seed = $ENV{RESULT_ORDER_SEED} // time);
note("RESULT_ORDER_SEED=$seed");
my $nrows = 20_000;    # more than two blocks of the index
my %order = (
	'reversed' => [reverse 1 .. $nrows],
	'shuffled' => [shuffle(1 .. $nrows)],
	'chunks in another order' => [map { my $chunk = $_; map { $chunk * 500 + $_ } 1 .. 500 } shuffle(0 .. 39)],
	'two chunks interleaved' => [map { ($_, $_ + $nrows / 2) } 1 .. $nrows / 2],
);
my $expected = expected_rows(map { [$_, record($_, note => "n$_")] } 1 .. $nrows);
foreach my $what (sort keys %order)
{
	my $text = result(map { record($_, note => "n$_") } $order{$what}->@*);
	foreach my $kbytes (0, 64, 65536)
	{
		ok(rows_of(runs($text, $nrows, "kbytes => $kbytes, piece => 16384")) eq $expected, "$what, $kbytes kB");
	}
	ok(rows_of(runs($text, $nrows, 'kbytes => 64, piece => 16384, cut => ' . int(rand(length($text))))) eq $expected,
		"$what, begun again");
}
is($session->run(q(SELECT count(*) FROM pg_ls_tmpdir()))->{out}, 0, 'no temporary file is left');

# failed rows among early ones
my $failing = result(map { record($_, $_ % 3 == 0 ? (status => "bad $_") : ()) } reverse 1 .. 7);
is(runs($failing, 7),
	'1+1:0.125,OK,1,;2+1:0.25,OK,2,;3+1(bad 3):0.375,bad 3,3,;4+2:0.5,OK,4,|0.625,OK,5,;6+1(bad 6):0.75,bad 6,6,;'
	. '7+1:0.875,OK,7,', 'failed rows among early ones');

# ---- rows that are missing, doubled or unknown, and texts that are none

sub refused
{
	my ($result, $rows, $message, $name, $arguments) = @_;
	return is(runs($result, $rows, $arguments), "08P01 | $message", $name);
}
my $job = 'the result of batch job unit';

refused(result(record(1), record(3)), 3, "$job lacks row 2 | It lacks 1 of 3 rows.", 'a row is missing');
refused(result(record(1), record(2)), 4, "$job lacks row 3 | It lacks 2 of 4 rows.", 'the last ones are');
refused(result(), 2, "$job lacks row 1 | It lacks 2 of 2 rows.", 'all are');
refused('', 2, "$job lacks row 1 | It lacks 2 of 2 rows.", 'all are, with the header');
refused(result(record(1), record(1)), 2, "$job has row 1 twice", 'a row comes twice');
refused(result(record(2), record(2), record(1)), 2, "$job has row 2 twice", 'an early one');
refused(result(record(2), record(1), record(2)), 2, "$job has row 2 twice", 'one that was early');
refused(result(record(1), record(3), record(2), record(3)), 3, "$job has row 3 twice",
	'after it had begun again', 'cut => 60');
refused(result(record(1), record(2), record(1), record(3)), 3, "$job has row 1 twice",
	'one that was known from before', 'cut => 60');
my $from_1 = 'Its rows are those from 1, and 2 were sent.';
refused(result(record(1), record(3)), 2, "$job has row 3, which was not sent | $from_1", 'a row that was not sent');
refused(result(record(0), record(1)), 2, "$job has row 0, which was not sent | $from_1", 'row 0');
refused(result(record(6), record(7)), 2, "$job has row 6, which was not sent | "
	. 'Its rows are those from 7, and 2 were sent.', 'of another job', 'first => 7');
foreach my $bad ('', 'x', '-1', '1e3', '1.5', '+1', ' 1', '1000000000000000000', '""', '"1', "\xC2\xB2")
{
	my $got = runs(result(record(1, row => $bad)), 1);
	like($got, qr/^08P01 \| \Q$job\E (has a record without a row number|ends within a quoted field)/,
		"no number: $bad");
}
like(runs(result("0.5\n"), 1), qr/^08P01 \| \Q$job\E/, 'too few fields');
refused("n_PREDICTION,prediction_status\n", 0,
	qq($job lacks the column "row" | It begins with "n_PREDICTION,prediction_status".), 'no number column');
refused("n_PREDICTION,row\n", 0, qq($job lacks the column "prediction_status" | It begins with "n_PREDICTION,row".),
	'no status column');
refused("n,row,prediction_status,\"row\"\n", 0, qq($job has two columns "row"), 'two number columns');
refused(result(record(1), '0.5,OK,"2'), 2, "$job ends within a quoted field", 'an end within quotes');
like(runs("<html>\n<body>busy</body>\n", 1), qr/^08P01 \| \Q$job\E lacks the column "row" \| It begins with "<html>/,
	'no CSV');

# the next call of the same session works
is(runs(result(record(1)), 1), '1+1:0.125,OK,1,', 'after errors');

done_testing();
