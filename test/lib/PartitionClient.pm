# PartitionClient: partitions of training data by DataRobot's own Python client beside ours. It runs
# test/interop/partition_client.py.
#
#   compare_specs($python, $node, $seed, $count);   # payloads of random specifications, each a test of many
#   compare_previews($python, $node, $standin, $seed);    # requests for previews; of 20 specifications
#   read_service($python, $standin);                # what the client reads of partitions at the stand-in
package PartitionClient;

use strict;
use warnings;

use Cwd qw(abs_path);
use Exporter 'import';
use File::Basename qw(dirname);
use IPC::Run ();
use JSON::PP;
use ScoringTest;
use Test::More;

our @EXPORT = qw(compare_specs compare_previews read_service);

my $program = abs_path(dirname(__FILE__) . '/../interop/partition_client.py');
my $project = '5b0000000000000000000001';
my $json = JSON::PP->new->utf8->canonical->allow_nonref;

sub run_program
{
	my ($python, @arguments) = @_;
	my ($out, $err) = ('', '');
	local %ENV = (%ENV, PYTHONDONTWRITEBYTECODE => 1, PYTHONWARNINGS => 'ignore', TZ => 'UTC');
	my $ended = IPC::Run::run([ $python, $program, @arguments ], \undef, \$out, \$err, IPC::Run::timeout(300));
	ok($ended, "the client ends well: @arguments") or diag $err;
	return $out;
}

# What is not as the client has it; at most three of them.
sub differences
{
	my ($node, $ours, $theirs, $given) = @_;
	return safe_scalar($node, qq{SELECT coalesce(string_agg(concat_ws(E'\\n', $given, $ours, $theirs), E'\\n'), '')
		FROM (SELECT * FROM client WHERE $given IS NOT NULL AND $ours IS DISTINCT FROM $theirs LIMIT 3) c});
}

sub compare_specs
{
	my ($python, $node, $seed, $count) = @_;
	my @lines = split /\n/, run_program($python, 'specs', $seed, $count);
	my %classes = map { ($json->decode($_)->{spec}{class} // 'parts') => 1 } @lines;

	my $values = join ', ', map { '(' . quote_sql($_) . ')' } @lines;

	$node->safe_psql('postgres', qq{DROP TABLE IF EXISTS client;
		CREATE TABLE client (line jsonb, spec jsonb, payload jsonb, parts jsonb, duration text);
		INSERT INTO client (line) VALUES $values;
		UPDATE client SET spec = line->'spec', payload = line->'payload', parts = line->'parts',
			duration = line->>'duration'});
	is(scalar(keys %classes), 10, 'there are all nine classes, and durations');
	is(safe_scalar($node, 'SELECT count(spec) FROM client'), $count, "there are $count specifications");
	is(differences($node, 'datarobot.partitioning_payload(spec)', 'payload', 'spec'), '',
		"the payloads are those of the client, seed $seed");
	is(differences($node, 'datarobot.partitioning_payload(payload)', 'payload', 'payload'), '',
		'and those of the payloads as specifications');
	is(differences($node, q{datarobot.construct_duration_string(parts->>'years', parts->>'months', parts->>'days',
			parts->>'hours', parts->>'minutes', parts->>'seconds')::text}, 'duration', 'parts'), '',
		'durations are those of the client');
	return;
}

# The bodies of requests for previews since the last reset.
sub preview_bodies
{
	my ($standin) = @_;
	return map { { route => $_->{target} =~ m{(\w+)/$}, body => JSON::PP->new->decode($_->{body}) } }
	  grep { $_->{method} eq 'POST' && $_->{target} =~ /atetimePartitioning/ } $standin->requests;
}

# $node has $standin as its server.
sub compare_previews
{
	my ($python, $node, $standin, $seed) = @_;
	local %ENV = (%ENV, %{ $standin->env });
	$standin->reset;
	my @asked = map { $json->decode($_) } split /\n/, run_program($python, 'previews', $project, $seed);
	my @theirs = preview_bodies($standin);
	is(scalar @theirs, 20, 'the client asked for all previews');

	$standin->reset;
	foreach (@asked)
	{
		my $arguments = join ', ', map { defined $_ ? quote_sql($_) : 'NULL' } $project, $json->encode($_->{spec}),
		  $_->{target};
		error_of($node, "SELECT datarobot.datetime_partitioning_generate($arguments)");
	}
	is_deeply([ preview_bodies($standin) ], \@theirs, "we ask for previews in the same words, seed $seed");
	return;
}

# Its lines are TAP without numbers.
sub read_service
{
	my ($python, $standin) = @_;
	local %ENV = (%ENV, %{ $standin->env });
	my $out = run_program($python, 'service', $project);
	my $checks = 0;

	while ($out =~ /^(not )?ok - (.*)\n((?:# .*\n)*)/mg)
	{
		my ($bad, $name, $about) = ($1, $2, $3);
		$checks++;
		ok(!$bad, $name) or diag $about;
	}
	is($checks, 6, 'all that the client reads is checked');
	return;
}

1;
