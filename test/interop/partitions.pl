# Partitions of training data: payloads of thousands of random specifications beside those of DataRobot's own Python
# client, and what that reads of partitions at the stand-in. See test/interop/run, which installs it;
# test/t/135_partition_clients.pl is the short form.
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

compare_specs($python, $node, $_, 1000) foreach 1 .. 5;
compare_previews($python, $node, $standin, $_) foreach 1 .. 3;
read_service($python, $standin);
done_testing();
