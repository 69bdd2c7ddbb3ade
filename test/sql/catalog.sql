-- What the extension puts into the catalogs. Talks to nobody.
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS datarobot_scoring;
\pset format unaligned
\pset tuples_only on

-- everything that there is
SELECT object FROM (SELECT pg_describe_object(classid, objid, 0) COLLATE "C" AS object FROM pg_depend
	WHERE refclassid = 'pg_extension'::regclass AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'datarobot_scoring') AND deptype = 'e'
		AND NOT (classid = 'pg_type'::regclass AND (SELECT typcategory = 'A' OR typrelid <> 0 AND (SELECT relkind <> 'c' FROM pg_class c WHERE c.oid = typrelid) FROM pg_type WHERE oid = objid))) o
ORDER BY object;

-- every object has a comment, and so has every column of a type
SELECT 'no comment: ' || pg_describe_object(classid, objid, 0) FROM pg_depend d
WHERE refclassid = 'pg_extension'::regclass AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'datarobot_scoring') AND deptype = 'e'
	AND obj_description(objid, classid::regclass::name) IS NULL AND classid <> 'pg_namespace'::regclass
	AND NOT (classid = 'pg_type'::regclass AND (SELECT typcategory = 'A' OR typrelid <> 0 AND (SELECT relkind <> 'c' FROM pg_class c WHERE c.oid = typrelid) FROM pg_type WHERE oid = objid))
	AND NOT (classid = 'pg_class'::regclass);
SELECT 'no comment: ' || attname FROM pg_attribute WHERE attrelid = 'datarobot.prediction'::regclass AND attnum > 0 AND col_description(attrelid, attnum) IS NULL;

-- nothing that could send is executable by PUBLIC, nothing is SECURITY DEFINER
SELECT 'executable by PUBLIC: ' || oid::regprocedure FROM pg_proc WHERE pronamespace = 'datarobot'::regnamespace
	AND has_function_privilege('public', oid, 'EXECUTE') ORDER BY oid;
SELECT 'security definer: ' || oid::regprocedure FROM pg_proc WHERE pronamespace = 'datarobot'::regnamespace AND prosecdef;
SELECT has_schema_privilege('public', 'datarobot', 'USAGE') AS usage, has_schema_privilege('public', 'datarobot', 'CREATE') AS "create",
	has_foreign_data_wrapper_privilege('public', 'datarobot_scoring', 'USAGE') AS wrapper;

-- what the planner may do with each: two identical calls of a window function are one (stable), none runs in a parallel worker
SELECT proname, prokind, provolatile, proparallel, proisstrict, proleakproof, procost > 1 AS dear, proretset
FROM pg_proc WHERE pronamespace = 'datarobot'::regnamespace ORDER BY proname COLLATE "C", oid;
SELECT pg_get_function_identity_arguments(oid) || ' -> ' || pg_get_function_result(oid), pronargdefaults
FROM pg_proc WHERE pronamespace = 'datarobot'::regnamespace ORDER BY proname COLLATE "C", oid;
SELECT extrelocatable, extnamespace::regnamespace FROM pg_extension WHERE extname = 'datarobot_scoring';

-- the extension cannot be dropped while somebody's server hangs on it, and leaves nothing behind otherwise
CREATE SERVER catalog FOREIGN DATA WRAPPER datarobot_scoring;
CREATE USER MAPPING FOR PUBLIC SERVER catalog;
CREATE VIEW catalog_view AS SELECT (datarobot.predict_row(f) OVER ()).prediction FROM (SELECT 1 AS a) f;
DROP EXTENSION datarobot_scoring;
DROP EXTENSION datarobot_scoring CASCADE;
SELECT count(*) FROM pg_proc WHERE pronamespace = 'datarobot'::regnamespace;
SELECT count(*) FROM pg_foreign_server WHERE srvname = 'catalog';
SELECT to_regclass('catalog_view');
-- and can be created again in the same session, which has the library loaded
CREATE EXTENSION datarobot_scoring;
CREATE SERVER catalog FOREIGN DATA WRAPPER datarobot_scoring OPTIONS (prediction_url 'https://127.0.0.1:9', auth 'none');
SELECT body FROM datarobot.preview('d', 'SELECT 1 AS a', server => 'catalog');
DROP SERVER catalog;
-- only a superuser may create it
CREATE ROLE regress_drs_plain;
DROP EXTENSION datarobot_scoring;
SET ROLE regress_drs_plain;
CREATE EXTENSION datarobot_scoring;
RESET ROLE;
DROP ROLE regress_drs_plain;
CREATE EXTENSION datarobot_scoring;
