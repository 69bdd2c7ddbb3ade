# Hostile: a schema of another role with objects of the built-in names, each of which raises when it is used.
#
#   hostile_schema($node, dbname => 'postgres');    # role "mallory" and her schema "hostile"
#   $session->must(hostile_path('public'));         # SET search_path: hers comes before pg_catalog
#   alarms($session)                                # how often something of hers has run, even if the error was caught
#
# It is made from the catalog: every operator of pg_catalog with its types, and others for types that have none of
# their own; every function that PL/pgSQL can have the signature of; every base type, as a domain; casts to and from
# a type; relations, collations and operator classes. What they raise has the SQLSTATE HOSTI.
package Hostile;

use strict;
use warnings;

use Exporter 'import';
use ScoringTest;

our @EXPORT = qw(hostile_schema hostile_path alarms);

# As the role that will own all of it. %1$s: a type's name with its schema; a pseudo-type can be an argument here only
# where it is polymorphic, or record.
my $mine = q{
CREATE SEQUENCE hostile.alarm;
GRANT USAGE, SELECT ON SEQUENCE hostile.alarm TO PUBLIC;
CREATE FUNCTION hostile.trap(what text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
	PERFORM pg_catalog.nextval('hostile.alarm');
	RAISE EXCEPTION 'hostile % has run as %', what, current_user USING ERRCODE = 'HOSTI';
END $$;

CREATE FUNCTION hostile.type_name(type oid) RETURNS text STABLE LANGUAGE sql
RETURN (SELECT pg_catalog.format('%I.%I', n.nspname, t.typname)
	FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace WHERE t.oid = type);

CREATE FUNCTION hostile.is_possible(type oid) RETURNS boolean STABLE LANGUAGE sql
RETURN type = 0 OR
	(SELECT typtype <> 'p' OR typname ~ '^any.|^record$|^void$' FROM pg_catalog.pg_type t WHERE t.oid = type);

CREATE FUNCTION hostile.make_function(name text, arguments oidvector, result oid, returns_set boolean, options text)
	RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	types text := (SELECT coalesce(string_agg(hostile.type_name(a), ', ' ORDER BY i), '')
		FROM unnest(arguments::oid[]) WITH ORDINALITY u (a, i) WHERE a <> 0);
BEGIN
	EXECUTE format('CREATE FUNCTION hostile.%I(%s) RETURNS %s %s LANGUAGE plpgsql %s AS %L', name, types,
		CASE WHEN returns_set THEN 'SETOF' ELSE '' END, hostile.type_name(result), options,
		format('BEGIN PERFORM hostile.trap(%L); END', 'function ' || name));
END $$;

-- operators, a function for each pair of types
DO $$
DECLARE
	o record;
BEGIN
	FOR o IN
		SELECT DISTINCT oprleft, oprright, oprresult FROM pg_operator WHERE oprnamespace = 'pg_catalog'::regnamespace
			AND hostile.is_possible(oprleft) AND hostile.is_possible(oprright) AND hostile.is_possible(oprresult)
	LOOP
		PERFORM hostile.make_function(format('operator_%s_%s_%s', o.oprleft, o.oprright, o.oprresult),
			format('%s %s', o.oprleft, o.oprright)::oidvector, o.oprresult, false, '');
	END LOOP;
	FOR o IN
		SELECT *, format('operator_%s_%s_%s', oprleft, oprright, oprresult) AS function
		FROM pg_operator WHERE oprnamespace = 'pg_catalog'::regnamespace
			AND hostile.is_possible(oprleft) AND hostile.is_possible(oprright) AND hostile.is_possible(oprresult)
	LOOP
		EXECUTE format('CREATE OPERATOR hostile.%s (%s RIGHTARG = %s, FUNCTION = hostile.%I)', o.oprname,
			CASE WHEN o.oprleft <> 0 THEN 'LEFTARG = ' || hostile.type_name(o.oprleft) || ',' ELSE '' END,
			hostile.type_name(o.oprright), o.function);
	END LOOP;
END $$;

-- and for pairs that pg_catalog finds an operator for by a cast, or has none for
DO $$
DECLARE
	types regtype[] := '{varchar,text,bpchar,name,int2,int4,int8,numeric,float8,date,timestamp,timestamptz}';
	o record;
BEGIN
	FOR o IN
		SELECT l, r, format('operator_%s_%s_%s', l, r, 'bool'::regtype::oid) AS function
		FROM unnest(types::oid[]) l, unnest(types::oid[]) r
		UNION ALL SELECT t, t, format('operator_%s_%s_%s', t, t, 'bool'::regtype::oid)
			FROM unnest('{anyelement,anyarray,anyenum,anyrange}'::regtype[]::oid[]) t
	LOOP
		IF NOT EXISTS (SELECT FROM pg_proc WHERE proname = o.function) THEN
			PERFORM hostile.make_function(o.function, format('%s %s', o.l, o.r)::oidvector, 'bool'::regtype, false, '');
		END IF;
		FOR i IN 1 .. 6 LOOP
			CONTINUE WHEN EXISTS (SELECT FROM pg_operator WHERE oprnamespace = 'hostile'::regnamespace AND oprleft = o.l
				AND oprright = o.r AND oprname = ('{=,<>,<,<=,>,>=}'::text[])[i]);
			EXECUTE format('CREATE OPERATOR hostile.%s (LEFTARG = %s, RIGHTARG = %s, FUNCTION = hostile.%I)',
				('{=,<>,<,<=,>,>=}'::text[])[i], hostile.type_name(o.l), hostile.type_name(o.r), o.function);
		END LOOP;
	END LOOP;
END $$;

-- functions; those that take "any" here take text and any one type
DO $$
DECLARE
	f record;
BEGIN
	FOR f IN
		SELECT proname, proargtypes, prorettype, proretset FROM pg_proc p
			WHERE pronamespace = 'pg_catalog'::regnamespace AND provariadic = 0
			AND hostile.is_possible(prorettype) AND prorettype <> 'record'::regtype
			AND NOT EXISTS (SELECT FROM unnest(proargtypes::oid[]) a
				WHERE NOT hostile.is_possible(a) OR a = 'void'::regtype)
			AND (prorettype::regtype::text !~ '^any'
				OR EXISTS (SELECT FROM unnest(proargtypes::oid[]) a WHERE a::regtype::text ~ '^any'))
			AND proname !~ '^(pg_stat|pg_ls_|binary_upgrade|RI_)'
			AND NOT EXISTS (SELECT FROM pg_operator o WHERE o.oprcode = p.oid)
	LOOP
		PERFORM hostile.make_function(f.proname, f.proargtypes, f.prorettype, f.proretset, '');
	END LOOP;
END $$;
CREATE FUNCTION hostile.concat_ws(text, VARIADIC text[]) RETURNS text LANGUAGE plpgsql AS $$ BEGIN
	PERFORM hostile.trap('function concat_ws'); END $$;
CREATE FUNCTION hostile.concat_ws(text, VARIADIC anyarray) RETURNS text LANGUAGE plpgsql AS $$ BEGIN
	PERFORM hostile.trap('function concat_ws'); END $$;
CREATE FUNCTION hostile.jsonb_build_array(VARIADIC text[]) RETURNS jsonb LANGUAGE plpgsql AS $$ BEGIN
	PERFORM hostile.trap('function jsonb_build_array'); END $$;
CREATE FUNCTION hostile.jsonb_build_array(VARIADIC anyarray) RETURNS jsonb LANGUAGE plpgsql AS $$ BEGIN
	PERFORM hostile.trap('function jsonb_build_array'); END $$;
CREATE FUNCTION hostile.count(anyelement) RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN
	PERFORM hostile.trap('function count'); END $$;

-- types; and one that everything can be cast to and from
DO $$
DECLARE
	t record;
BEGIN
	FOR t IN
		SELECT typname FROM pg_type WHERE typnamespace = 'pg_catalog'::regnamespace
			AND (typtype IN ('r', 'm') OR typtype = 'b' AND typcategory <> 'A' AND typname !~ '^pg_')
	LOOP
		EXECUTE format('CREATE DOMAIN hostile.%1$I AS pg_catalog.%1$I CHECK (hostile.trap(%2$L))', t.typname,
			'type ' || t.typname);
	END LOOP;
END $$;
CREATE TYPE hostile.everything AS (x pg_catalog.int4);
DO $$
DECLARE
	t regtype;
BEGIN
	FOREACH t IN ARRAY '{bool,int2,int4,int8,float4,float8,numeric,text,varchar,bpchar,name,json,jsonb,date,timestamp,
		timestamptz,interval,uuid,bytea,oid,text[]}'::regtype[]
	LOOP
		EXECUTE format('CREATE FUNCTION hostile.everything(%s) RETURNS hostile.everything LANGUAGE plpgsql
			AS $f$ BEGIN PERFORM hostile.trap(''cast''); END $f$', t);
		EXECUTE format('CREATE FUNCTION hostile.of_everything_%s(hostile.everything) RETURNS %s LANGUAGE plpgsql
			AS $f$ BEGIN PERFORM hostile.trap(''cast''); END $f$', t::oid, t);
		EXECUTE format('CREATE CAST (%s AS hostile.everything) WITH FUNCTION hostile.everything(%1$s) AS IMPLICIT', t);
		EXECUTE format('CREATE CAST (hostile.everything AS %s)
			WITH FUNCTION hostile.of_everything_%s(hostile.everything) AS IMPLICIT', t, t::oid);
	END LOOP;
END $$;

-- relations that our SQL names, and collations
DO $$
DECLARE
	r text;
BEGIN
	FOREACH r IN ARRAY '{datarobot_rows,run,run_slice,run_job,rejected_row,run_status,pg_locks,pg_database,pg_roles,
		pg_class,pg_type,pg_foreign_table}'::text[]
	LOOP
		EXECUTE format('CREATE VIEW hostile.%I AS SELECT hostile.trap(%L) AS c1, hostile.trap(%2$L) AS run_id,
			hostile.trap(%2$L) AS oid', r, 'view ' || r);
		EXECUTE format('GRANT SELECT ON hostile.%I TO PUBLIC', r);
	END LOOP;
END $$;
};

# A superuser's: the operators are the built-in ones, but no index is of these classes.
my $classes = q{
DO $$
DECLARE
	c record;
BEGIN
	FOR c IN
		SELECT opcname, opcintype::regtype AS type, opckeytype,
			(SELECT amproc FROM pg_amproc WHERE amprocfamily = opcfamily AND amproclefttype = opcintype
				AND amprocrighttype = opcintype AND amprocnum = 1) AS compare
		FROM pg_opclass WHERE opcnamespace = 'pg_catalog'::regnamespace
			AND opcmethod = (SELECT oid FROM pg_am WHERE amname = 'btree')
			AND opcname IN ('int4_ops', 'int8_ops', 'text_ops', 'numeric_ops', 'date_ops', 'uuid_ops') AND opcdefault
	LOOP
		EXECUTE format('CREATE OPERATOR CLASS hostile.%I FOR TYPE %s USING btree AS OPERATOR 1 <, OPERATOR 2 <=,
			OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 %s', c.opcname, c.type, c.compare::regprocedure);
		EXECUTE format('ALTER OPERATOR CLASS hostile.%I USING btree OWNER TO mallory', c.opcname);
	END LOOP;
END $$;
};

sub hostile_schema
{
	my ($node, %opt) = @_;
	my $dbname = $opt{dbname} // 'postgres';

	$node->safe_psql($dbname, qq{
		DO \$\$ BEGIN IF to_regrole('mallory') IS NULL THEN CREATE ROLE mallory LOGIN; END IF; END \$\$;
		CREATE SCHEMA hostile AUTHORIZATION mallory;
		GRANT USAGE ON SCHEMA hostile TO PUBLIC;
		SET client_min_messages = warning;
		SET check_function_bodies = off;
		BEGIN;
		SET ROLE mallory;
		$mine
		COMMIT;
		RESET ROLE;
		$classes});
	$node->safe_psql($dbname, q{
		CREATE COLLATION hostile."C" (provider = icu, locale = 'und-u-ks-level1', deterministic = false);
		CREATE COLLATION hostile."POSIX" FROM hostile."C";
		CREATE COLLATION hostile."default" FROM hostile."C";}) if has_icu($node, dbname => $dbname);
	return;
}

sub hostile_path { return 'SET search_path = ' . join ', ', 'hostile', 'pg_catalog', @_; }

sub alarms { return $_[0]->must('SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM hostile.alarm'); }

1;
