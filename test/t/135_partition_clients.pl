# DataRobot's own Python client: the payloads that it makes of random specifications of partitions are ours, and the
# stand-in has what it reads of them. Only where the client is installed; "make interop" installs it, and compares more.
use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../lib";
use BatchClient;
use PartitionClient;
use ScoringTest;
use Test::More;

my $python = client_python();
my $standin = new_standin();
my $node = new_node('main', init => [ extra => [ '--locale=C', '--encoding=UTF8' ] ], standin => $standin,
	server => { api_url => $standin->api_url });

compare_specs($python, $node, 11, 200);
compare_previews($python, $node, $standin, 11);
read_service($python, $standin);
done_testing();
