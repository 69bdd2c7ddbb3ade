# The examples of README.md and docs/ that are marked <!-- run --> do run, on the demo's data.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use ScoringTest;
use Test::More;

my $root = "$FindBin::RealBin/../..";
my $standin = new_standin();
my $node = new_node('docs', standin => $standin, conf => "datarobot.server = 'datarobot'\n");

sub slurp
{
	my ($file) = @_;
	open(my $in, '<', $file) or die "$file: $!";
	local $/;
	return <$in>;
}

# The tables are the demo's own: its script up to the first thing that is scored.
my ($tables) = slurp("$root/demo/demo.sql") =~ /^(CREATE TABLE patient .*?)^\\copy/ms;
ok($tables, 'the demo creates its tables before it loads them');
$node->safe_psql('postgres', "CREATE SCHEMA demo; SET search_path = demo; $tables");
foreach ([ patient => 'visits' ], [ voter => 'voters' ])
{
	my ($table, $file) = @$_;
	$node->safe_psql('postgres', "\\copy demo.$table FROM '$root/demo/data/$file.csv' (FORMAT csv, HEADER)");
}

foreach my $file ('README.md', 'docs/reference.md', 'docs/recipes.md')
{
	my $text = slurp("$root/$file");
	my $count = 0;

	while ($text =~ /^<!-- run -->\n```sql\n(.*?)^```$/msg)
	{
		my ($sql, $line) = ($1, 1 + (substr($text, 0, $-[1]) =~ tr/\n//));
		my ($stdout, $stderr);
		my $status = $node->psql('postgres', $sql, stdout => \$stdout, stderr => \$stderr, on_error_stop => 1);

		is($status, 0, "$file, line $line: the example runs") or diag($stderr);
		isnt($stdout, '', "$file, line $line: it returns rows") if $sql =~ /(?:\A|;\n)SELECT [^;]*;\n\z/;
		$count++;
	}
	cmp_ok($count, '>=', 5, "$file has examples");
}

done_testing();
