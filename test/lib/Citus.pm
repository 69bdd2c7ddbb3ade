# Citus: what stands in for Citus where it is not: the catalogs that are read of it, and the function that runs commands
# on nodes, which are databases of the same server. Tables are created and filled by the test.
#
#   plan skip_all => '...' unless has_extension($node, 'dblink');
#   install_citus($node, 'first', 'second');     # database postgres is the coordinator, and a node as well
#   distribute($node, customer => [101 .. 104], 1);    # shards with these ids are on each node in turn; co-location 1
package Citus;

use strict;
use warnings;

use Exporter 'import';

our @EXPORT = qw(install_citus distribute);

my @nodes;

sub install_citus
{
	my ($node, @names) = @_;
	my $port = $node->port;

	@nodes = @names;
	$node->safe_psql('postgres', sprintf(q{
		CREATE SCHEMA link;
		CREATE EXTENSION dblink SCHEMA link;
		SET allow_system_table_mods = on;
		INSERT INTO pg_catalog.pg_extension (oid, extname, extowner, extnamespace, extrelocatable, extversion)
			VALUES (9999, 'citus', 10, 11, false, '0');
		CREATE TABLE pg_catalog.pg_dist_node (groupid int, nodename text, nodeport int, noderole text,
			isactive boolean);
		CREATE TABLE pg_catalog.pg_dist_partition (logicalrelid regclass, partmethod "char", colocationid int);
		CREATE TABLE pg_catalog.pg_dist_shard (logicalrelid regclass, shardid bigint, shardminvalue text);
		CREATE TABLE pg_catalog.pg_dist_placement (shardid bigint, groupid int);
		CREATE FUNCTION pg_catalog.shard_name(regclass, bigint) RETURNS text LANGUAGE sql SET search_path = pg_catalog
			AS $$ SELECT CASE nspname WHEN 'public' THEN '' ELSE quote_ident(nspname) || '.' END
				|| quote_ident(relname || '_' || $2)
				FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE c.oid = $1 $$;
		CREATE FUNCTION pg_catalog.master_run_on_worker(names text[], ports int[], commands text[], parallel boolean,
				OUT node_name text, OUT node_port int, OUT success boolean, OUT result text)
			RETURNS SETOF record LANGUAGE plpgsql SET search_path = pg_catalog AS $$
		DECLARE
			lost text[];
		BEGIN
			FOR i IN 1 .. cardinality(names) LOOP
				BEGIN
					PERFORM link.dblink_connect('node' || i, format('host=%%s port=%%s dbname=%%s user=%%s', '%s',
						ports[i], names[i], current_user));
					PERFORM link.dblink_send_query('node' || i, commands[i]);
				EXCEPTION WHEN connection_exception THEN
					lost[i] := SQLERRM;
				END;
			END LOOP;
			FOR i IN 1 .. cardinality(names) LOOP
				node_name := names[i];
				node_port := ports[i];
				success := lost[i] IS NULL;
				result := lost[i];
				IF success THEN
					BEGIN
						SELECT r INTO result FROM link.dblink_get_result('node' || i) AS t(r text);
					EXCEPTION WHEN OTHERS THEN
						success := false;
						result := SQLERRM;
					END;
					PERFORM link.dblink_disconnect('node' || i);
				END IF;
				RETURN NEXT;
			END LOOP;
		END $$;}, $node->host));
	my $group = 0;
	foreach my $name ('postgres', @names)
	{
		$node->safe_psql('postgres', "INSERT INTO pg_dist_node VALUES ($group, '$name', $port, 'primary', true)");
		$group++;
	}
	foreach my $name (@names)
	{
		$node->safe_psql('postgres', "CREATE DATABASE $name");
		$node->safe_psql($name, 'CREATE EXTENSION datarobot_scoring');
	}
	return;
}

sub distribute
{
	my ($node, $table, $shards, $colocation) = @_;
	my $i = 0;

	$node->safe_psql('postgres', "INSERT INTO pg_dist_partition VALUES ('$table', 'h', $colocation)");
	foreach my $shard (@$shards)
	{
		$node->safe_psql('postgres', sprintf(q{INSERT INTO pg_dist_shard VALUES ('%s', %d, '%d');
			INSERT INTO pg_dist_placement VALUES (%d, %d)}, $table, $shard, $i, $shard, 1 + $i % @nodes));
		$i++;
	}
	return;
}

1;
