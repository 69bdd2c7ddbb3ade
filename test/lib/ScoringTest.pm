# ScoringTest: what the TAP tests share. A node that has the extension and a server on a stand-in:
#
#   use FindBin;
#   use lib "$FindBin::RealBin/../lib";
#   use ScoringTest;
#
#   my $standin = new_standin();                          # skips the whole test where it is not built
#   my $node = new_node('main', standin => $standin);     # a running PostgreSQL::Test::Cluster
#   is(safe_scalar($node, "SELECT ..."), '42', '...');
#   my ($sqlstate, $message, $detail, $hint) = error_of($node, "SELECT ...");
#
# The extension comes from the installation, or from the private build when TEMP_CONFIG says so
# (test/run sets it, and PostgreSQL::Test::Cluster appends that file to each node's settings).
package ScoringTest;

use strict;
use warnings;

use Exporter 'import';
use JSON::PP ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Standin;
use Test::More;
use Time::HiRes qw(time);

our %DEPLOYMENT = %Standin::DEPLOYMENT;
our @EXPORT = qw(%DEPLOYMENT new_standin new_node connect_node options_sql psql_conn safe_scalar
  has_extension has_icu error_of elapsed_ms wait_until recovered quote_sql to_json write_file secret_files first_hba);

sub new_standin
{
	my (%opt) = @_;

	if (!Standin::is_built())
	{
		die "the stand-in server is not built" if $ENV{DRS_REQUIRE_STANDIN};
		plan skip_all => 'the stand-in server is not built (make standin)';
	}
	return Standin->new(%opt);
}

sub quote_sql
{
	my ($text) = @_;
	$text =~ s/'/''/g;
	return $text =~ s/\\/\\\\/g ? "E'$text'" : "'$text'";
}

sub write_file
{
	my ($file, $text) = @_;
	open(my $out, '>', $file) or die "$file: $!";
	print $out $text;
	close $out or die "$file: $!";
	return;
}

# Files with the stand-in's secrets, which only the server's user can read: option => path.
sub secret_files
{
	my ($standin) = @_;
	my $dir = PostgreSQL::Test::Utils::tempdir();
	my %secret = (api_token_file => $standin->token, datarobot_key_file => $standin->key);

	foreach my $name (keys %secret)
	{
		write_file("$dir/$name", $secret{$name});
		chmod(0600, "$dir/$name");
	}
	return map { $_ => "$dir/$_" } keys %secret;
}

# Put rules before those of pg_hba.conf.
sub first_hba
{
	my ($node, $rules) = @_;
	my $file = $node->data_dir . '/pg_hba.conf';

	write_file($file, $rules . PostgreSQL::Test::Utils::slurp_file($file));
	$node->reload;
	return;
}

sub to_json { return JSON::PP->new->canonical->encode($_[0]); }

# (a => 'x', b => 1) as OPTIONS (a 'x', b '1'); undef leaves an option out; nothing for no options.
sub options_sql
{
	my (%opt) = @_;
	my @list = map { "$_ " . quote_sql($opt{$_}) } grep { defined $opt{$_} } sort keys %opt;
	return @list ? 'OPTIONS (' . join(', ', @list) . ')' : '';
}

# A started node with the extension in database postgres, and server "datarobot" on the stand-in.
#   standin => $standin        without it: the extension only, no server
#   conf    => "setting = ...\n"
#   init    => [ ... ]         arguments of PostgreSQL::Test::Cluster::init
#   server  => { option => value or undef }   over the defaults below
#   mapping => { ... }         the same for the mapping of PUBLIC
#   tls     => 1               the stand-in's https address and its CA
sub new_node
{
	my ($name, %opt) = @_;
	my $node = PostgreSQL::Test::Cluster->new($name);

	$node->init(@{ $opt{init} // [] });
	# plans that tests ask for by enable_... = off look so dear that each would be compiled, for a second
	$node->append_conf('postgresql.conf', 'jit = off');
	$node->append_conf('postgresql.conf', $opt{conf}) if $opt{conf};
	$node->start;
	$node->safe_psql('postgres', 'CREATE EXTENSION datarobot_scoring');
	connect_node($node, %opt) if $opt{standin};
	return $node;
}

# CREATE SERVER and its mapping for PUBLIC; options as new_node's, and name => (default datarobot),
# dbname => (default postgres). The first one made in a database becomes its default server.
sub connect_node
{
	my ($node, %opt) = @_;
	my $standin = $opt{standin};
	my $name = $opt{name} // 'datarobot';
	my $dbname = $opt{dbname} // 'postgres';
	my %server = $opt{tls}
	  ? (prediction_url => $standin->tls_url, ca_file => $standin->ca)
	  : (prediction_url => $standin->url, allow_http => 'true');
	my %mapping = (api_token => $standin->token, datarobot_key => $standin->key);

	%server = (%server, %{ $opt{server} // {} });
	%mapping = (%mapping, %{ $opt{mapping} // {} });
	my $server_options = options_sql(%server);
	my $mapping_options = options_sql(%mapping);
	$node->safe_psql(
		$dbname, qq{
		CREATE SERVER "$name" FOREIGN DATA WRAPPER datarobot_scoring $server_options;
		CREATE USER MAPPING FOR PUBLIC SERVER "$name" $mapping_options;
		DO \$\$
		BEGIN
			IF coalesce(current_setting('datarobot.server', true), '') = '' THEN
				EXECUTE format('ALTER DATABASE %I SET datarobot.server = %L', current_database(), '$name');
			END IF;
		END \$\$;});
	return;
}

# libpq's connection string for a database of the node, and optionally a role.
sub psql_conn
{
	my ($node, $dbname, $role) = @_;
	return $node->connstr($dbname // 'postgres') . (defined $role ? " user=$role" : '');
}

# The one value of a query that must succeed.
sub safe_scalar
{
	my ($node, $sql, %opt) = @_;
	return $node->safe_psql($opt{dbname} // 'postgres', $sql, %opt);
}

# Servers are built with more or less: is there an extension of that name, are there collations of ICU?
sub has_extension
{
	return safe_scalar($_[0], 'SELECT count(*) FROM pg_available_extensions WHERE name = ' . quote_sql($_[1]));
}

# "unicode" is listed whether the server was built with ICU or not.
sub has_icu
{
	my ($node, %opt) = @_;
	return safe_scalar($node, q{SELECT count(*) FROM pg_collation WHERE collprovider = 'i' AND collname LIKE '%-x-icu'},
		%opt);
}

# Run SQL that must fail; returns (sqlstate, message, detail, hint) of its first error, with undef
# for what is absent, and an empty list when it succeeded. Options are psql's of the node, and role.
sub error_of
{
	my ($node, $sql, %opt) = @_;
	my $dbname = delete $opt{dbname} // 'postgres';
	my $role = delete $opt{role};
	my ($stdout, $stderr);

	$node->psql(
		$dbname,
		"\\set VERBOSITY verbose\n\\set SHOW_CONTEXT never\n$sql",
		stdout => \$stdout,
		stderr => \$stderr,
		on_error_stop => 1,
		(defined $role ? (extra_params => [ '-U', $role ]) : ()),
		%opt);
	return parse_error($stderr);
}

# psql's verbose form: "ERROR:  57014: message", then DETAIL:, HINT:, ... each up to the next one.
sub parse_error
{
	my ($text) = @_;
	my (%field, $current);

	foreach my $line (split /\n/, $text // '')
	{
		if ($line =~ /(?:^|\s)(?:ERROR|FATAL|PANIC):  ([0-9A-Z]{5}): (.*)$/)
		{
			last if $field{message};
			($field{sqlstate}, $field{message}, $current) = ($1, $2, 'message');
		}
		elsif (!$current)
		{
			next;
		}
		elsif ($line =~ /^(DETAIL|HINT|QUERY|CONTEXT|LOCATION|STATEMENT|LINE \d+):\s*(.*)$/)
		{
			$current = lc $1;
			$field{$current} = $2;
		}
		elsif ($current)
		{
			$field{$current} .= "\n$line";
		}
	}
	return () unless $field{sqlstate};
	return @field{qw(sqlstate message detail hint)};
}

# Milliseconds that a piece of code took.
sub elapsed_ms
{
	my ($code) = @_;
	my $start = time;
	$code->();
	return (time - $start) * 1000;
}

# Poll a condition; true as soon as it holds, false after the given seconds (default 10).
sub wait_until
{
	my ($code, $seconds) = @_;
	my $deadline = time + ($seconds // 10);

	until ($code->())
	{
		return 0 if time > $deadline;
		select(undef, undef, undef, 0.01);
	}
	return 1;
}

# After a backend was killed: true as soon as the cluster is there again. $pid is of another backend, which the
# postmaster ends when it has noticed; until then it still lets new ones in. A psql that is not let in may be gone
# before it was given its statement, which IPC::Run dies of.
sub recovered
{
	my ($node, $pid) = @_;
	return wait_until(sub { return !kill(0, $pid) && eval { $node->psql('postgres', 'SELECT 1') == 0 }; }, 30);
}

1;
