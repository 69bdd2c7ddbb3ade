# Demo: the demo's tables, in a node's database, for the examples of the docs.
#
#   load_demo($node)                        # schema demo in database postgres; dbname => another
#   my $text = slurp_source('README.md')    # a file of the clone
package Demo;

use strict;
use warnings;

use Exporter 'import';
use FindBin;

our @EXPORT = qw(load_demo slurp_source);

my $root = "$FindBin::RealBin/../..";

sub slurp_source
{
	my ($file) = @_;

	open(my $in, '<', "$root/$file") or die "$file: $!";
	local $/;
	return scalar <$in>;
}

# The tables are the demo's own: its script up to the first thing that is scored.
sub load_demo
{
	my ($node, %opt) = @_;
	my $dbname = $opt{dbname} // 'postgres';
	my ($tables) = slurp_source('demo/demo.sql') =~ /^(CREATE TABLE patient .*?)^\\copy/ms;
	die 'the demo does not create its tables before it loads them' unless $tables;

	$node->safe_psql($dbname, "CREATE SCHEMA demo; SET search_path = demo; $tables");
	foreach ([ patient => 'visits' ], [ voter => 'voters' ])
	{
		my ($table, $file) = @$_;
		$node->safe_psql($dbname, "\\copy demo.$table FROM '$root/demo/data/$file.csv' (FORMAT csv, HEADER)");
	}
	return;
}

1;
