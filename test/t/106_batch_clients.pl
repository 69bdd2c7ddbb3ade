# DataRobot's own Python client against the stand-in server, which has to be what that client expects: the calls for
# batch jobs and job definitions, and what they return. Only where the client is installed; "make interop" installs
# it, and runs more of its calls.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use BatchClient;
use ScoringTest;
use Test::More;

my $python = client_python();
my $node = new_node('main', conf => "listen_addresses = '127.0.0.1'\n");
my $server = client_standin();

run_client($python, $server, qw(file objects jobs definitions));
run_database_client($python, $server, $node);
done_testing();
