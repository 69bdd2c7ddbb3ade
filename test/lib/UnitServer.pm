# UnitServer: a server and the library of test/unit, whose functions call single functions of the extension.
#
#   my ($node, $library) = unit_server();     # options are those of PostgreSQL::Test::Cluster->init
#   $node->safe_psql('postgres', "CREATE FUNCTION f(text) RETURNS text AS '$library', 'drs_unit_f' LANGUAGE C STRICT");
package UnitServer;

use strict;
use warnings;

use Exporter qw(import);
use FindBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

our @EXPORT = qw(unit_server);

sub unit_server
{
	my (@init) = @_;
	my $build = PostgreSQL::Test::Utils::tempdir();
	my $pg_config = $ENV{PG_CONFIG} // 'pg_config';
	my @make = ('make', '-s', '-C', "$FindBin::RealBin/../unit", "BUILD=$build", "PG_CONFIG=$pg_config");

	ok(system(@make) == 0, 'the build');

	# no extension here: it would be in the session twice
	my $node = PostgreSQL::Test::Cluster->new('unit');
	$node->init(@init);
	$node->start;
	return ($node, "$build/drs_unit");
}

1;
