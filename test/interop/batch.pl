# DataRobot's own Python client against the stand-in server: all its calls for batch jobs and job definitions. See
# test/interop/run, which installs it; test/t/106_batch_clients.pl is the short form.
use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../lib";
use BatchClient;
use ScoringTest;
use Test::More;

my $python = client_python();
my $node = new_node('main', conf => "listen_addresses = '127.0.0.1'\n");
my $server = client_standin();

run_client($python, $server, qw(file frames parts options leaderboard objects jobs definitions series prepared));
run_database_client($python, $server, $node);
done_testing();
