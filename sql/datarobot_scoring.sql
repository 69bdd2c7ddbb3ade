/* datarobot_scoring: the whole SQL surface of the current version */

-- complain if the script is sourced in psql, rather than via CREATE EXTENSION
\echo Use "CREATE EXTENSION datarobot_scoring" to load this file. \quit

-- A role that owns the schema, or can create objects in it, could mask our objects with its own, or drop ours.  A
-- superuser could do so in any case.
DO $check$
DECLARE
	owner pg_catalog.name;
	creators pg_catalog.text;
	things pg_catalog.text;
BEGIN
	SELECT r.rolname INTO owner
	FROM pg_catalog.pg_namespace n JOIN pg_catalog.pg_roles r ON r.oid OPERATOR(pg_catalog.=) n.nspowner
	WHERE n.nspname OPERATOR(pg_catalog.=) 'datarobot' AND NOT r.rolsuper;
	SELECT pg_catalog.string_agg(coalesce(r.rolname, 'PUBLIC'), ', ') INTO creators
	FROM pg_catalog.pg_namespace n CROSS JOIN LATERAL pg_catalog.aclexplode(n.nspacl) a
		LEFT JOIN pg_catalog.pg_roles r ON r.oid OPERATOR(pg_catalog.=) a.grantee
	WHERE n.nspname OPERATOR(pg_catalog.=) 'datarobot' AND a.privilege_type OPERATOR(pg_catalog.=) 'CREATE'
		AND r.rolsuper IS NOT TRUE;
	SELECT pg_catalog.string_agg(pg_catalog.pg_describe_object(d.classid, d.objid, 0), ', ') INTO things
	FROM pg_catalog.pg_namespace n
		JOIN pg_catalog.pg_depend d
			ON d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_namespace'::pg_catalog.regclass
			AND d.refobjid OPERATOR(pg_catalog.=) n.oid
		JOIN pg_catalog.pg_shdepend o ON o.classid OPERATOR(pg_catalog.=) d.classid
			AND o.objid OPERATOR(pg_catalog.=) d.objid
			AND o.deptype OPERATOR(pg_catalog.=) 'o'
			AND o.dbid OPERATOR(pg_catalog.=) (SELECT b.oid FROM pg_catalog.pg_database b
				WHERE b.datname OPERATOR(pg_catalog.=) pg_catalog.current_database())
		JOIN pg_catalog.pg_roles r ON r.oid OPERATOR(pg_catalog.=) o.refobjid AND NOT r.rolsuper
	WHERE n.nspname OPERATOR(pg_catalog.=) 'datarobot';
	IF owner IS NULL AND creators IS NULL AND things IS NULL THEN
		RETURN;
	END IF;
	RAISE EXCEPTION 'schema "datarobot" is not safe to create the extension in'
		USING ERRCODE = 'object_not_in_prerequisite_state',
			DETAIL = CASE
				WHEN owner IS NOT NULL THEN pg_catalog.format('It belongs to role "%s".', owner)
				WHEN creators IS NOT NULL THEN pg_catalog.format('Others can create objects in it: %s.', creators)
				ELSE pg_catalog.format('It contains objects of others: %s.', things) END,
			HINT = CASE
				WHEN owner IS NOT NULL THEN 'Drop or rename the schema; the extension creates its own.'
				WHEN creators IS NOT NULL THEN 'Revoke CREATE on the schema from them.'
				ELSE 'Drop them, or move them to another schema.' END;
END $check$;

-- Functions that send rows out of the database, and so can cost money, can be
-- executed only by their owner until a DBA grants EXECUTE; in addition, using a
-- server needs USAGE on it.

-- everyone can see the names of objects
GRANT USAGE ON SCHEMA datarobot TO PUBLIC;

-- Once the library is loaded, everyone can set it anyway.  Before that, PostgreSQL needs this grant to let the owner
-- of a database or role store a value for it.
GRANT SET ON PARAMETER datarobot.server TO PUBLIC;

-- types for arguments that some clients send as numbers or JSON, others as text, under types of the client's choice

CREATE TYPE datarobot.quantity;
CREATE FUNCTION datarobot.quantity_in(cstring) RETURNS datarobot.quantity
	AS 'textin' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION datarobot.quantity_in IS 'internal: input function of the type quantity';
CREATE FUNCTION datarobot.quantity_out(datarobot.quantity) RETURNS cstring
	AS 'textout' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION datarobot.quantity_out IS 'internal: output function of the type quantity';
CREATE FUNCTION datarobot.quantity_recv(internal) RETURNS datarobot.quantity
	AS 'textrecv' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION datarobot.quantity_recv IS 'internal: binary input function of the type quantity';
CREATE FUNCTION datarobot.quantity_send(datarobot.quantity) RETURNS bytea
	AS 'textsend' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION datarobot.quantity_send IS 'internal: binary output function of the type quantity';
CREATE TYPE datarobot.quantity (
	INPUT = datarobot.quantity_in, OUTPUT = datarobot.quantity_out, RECEIVE = datarobot.quantity_recv,
	SEND = datarobot.quantity_send,
	LIKE = pg_catalog.text
);
COMMENT ON TYPE datarobot.quantity IS 'an argument that is a number, or text such as 12, 5% or 10min';
CREATE CAST (smallint AS datarobot.quantity) WITH INOUT AS IMPLICIT;
COMMENT ON CAST (smallint AS datarobot.quantity) IS 'allows a number as a quantity';
CREATE CAST (integer AS datarobot.quantity) WITH INOUT AS IMPLICIT;
COMMENT ON CAST (integer AS datarobot.quantity) IS 'allows a number as a quantity';
CREATE CAST (bigint AS datarobot.quantity) WITH INOUT AS IMPLICIT;
COMMENT ON CAST (bigint AS datarobot.quantity) IS 'allows a number as a quantity';
CREATE CAST (numeric AS datarobot.quantity) WITH INOUT AS IMPLICIT;
COMMENT ON CAST (numeric AS datarobot.quantity) IS 'allows a number as a quantity';
CREATE CAST (real AS datarobot.quantity) WITH INOUT AS IMPLICIT;
COMMENT ON CAST (real AS datarobot.quantity) IS 'allows a number as a quantity';
CREATE CAST (double precision AS datarobot.quantity) WITH INOUT AS IMPLICIT;
COMMENT ON CAST (double precision AS datarobot.quantity) IS 'allows a number as a quantity';
CREATE CAST (text AS datarobot.quantity) WITHOUT FUNCTION AS IMPLICIT;
COMMENT ON CAST (text AS datarobot.quantity) IS 'allows a text as a quantity';
CREATE CAST (varchar AS datarobot.quantity) WITHOUT FUNCTION AS IMPLICIT;
COMMENT ON CAST (varchar AS datarobot.quantity) IS 'allows a text as a quantity';
CREATE FUNCTION datarobot.quantity(interval) RETURNS datarobot.quantity
	AS 'MODULE_PATHNAME', 'drs_quantity_of_interval' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION datarobot.quantity IS 'internal: the seconds of an interval';
CREATE CAST (interval AS datarobot.quantity) WITH FUNCTION datarobot.quantity(interval) AS IMPLICIT;
COMMENT ON CAST (interval AS datarobot.quantity) IS 'allows an interval as a quantity';

CREATE TYPE datarobot.document;
CREATE FUNCTION datarobot.document_in(cstring) RETURNS datarobot.document
	AS 'jsonb_in' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION datarobot.document_in IS 'internal: input function of the type document';
CREATE FUNCTION datarobot.document_out(datarobot.document) RETURNS cstring
	AS 'jsonb_out' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION datarobot.document_out IS 'internal: output function of the type document';
CREATE FUNCTION datarobot.document_recv(internal) RETURNS datarobot.document
	AS 'jsonb_recv' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION datarobot.document_recv IS 'internal: binary input function of the type document';
CREATE FUNCTION datarobot.document_send(datarobot.document) RETURNS bytea
	AS 'jsonb_send' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION datarobot.document_send IS 'internal: binary output function of the type document';
CREATE TYPE datarobot.document (
	INPUT = datarobot.document_in, OUTPUT = datarobot.document_out, RECEIVE = datarobot.document_recv,
	SEND = datarobot.document_send,
	LIKE = pg_catalog.jsonb
);
COMMENT ON TYPE datarobot.document IS 'an argument that is JSON, as jsonb, json or text';
CREATE CAST (jsonb AS datarobot.document) WITHOUT FUNCTION AS IMPLICIT;
COMMENT ON CAST (jsonb AS datarobot.document) IS 'allows JSON as a document';
CREATE CAST (json AS datarobot.document) WITH INOUT AS IMPLICIT;
COMMENT ON CAST (json AS datarobot.document) IS 'allows JSON as a document';
CREATE CAST (text AS datarobot.document) WITH INOUT AS IMPLICIT;
COMMENT ON CAST (text AS datarobot.document) IS 'allows a text as a document';
CREATE CAST (varchar AS datarobot.document) WITH INOUT AS IMPLICIT;
COMMENT ON CAST (varchar AS datarobot.document) IS 'allows a text as a document';

-- connections

CREATE FUNCTION datarobot.validator(text[], oid) RETURNS void
	AS 'MODULE_PATHNAME', 'drs_validator' LANGUAGE C STRICT;
COMMENT ON FUNCTION datarobot.validator IS
	'checks the options of servers and user mappings of the wrapper datarobot_scoring';
REVOKE ALL ON FUNCTION datarobot.validator FROM PUBLIC;

CREATE FUNCTION datarobot.scored_handler() RETURNS fdw_handler
	AS 'MODULE_PATHNAME', 'drs_scored_handler' LANGUAGE C STRICT;
COMMENT ON FUNCTION datarobot.scored_handler IS
	'makes scored tables of the foreign tables of the wrapper datarobot_scoring';

CREATE FOREIGN DATA WRAPPER datarobot_scoring HANDLER datarobot.scored_handler VALIDATOR datarobot.validator;
COMMENT ON FOREIGN DATA WRAPPER datarobot_scoring IS
	'connections to DataRobot: servers have the addresses, user mappings the credentials';

CREATE FUNCTION datarobot.connect(
	name text,
	prediction_url text DEFAULT NULL,
	api_url text DEFAULT NULL,
	api_token text DEFAULT NULL,
	api_token_file text DEFAULT NULL,
	datarobot_key text DEFAULT NULL,
	datarobot_key_file text DEFAULT NULL,
	options datarobot.document DEFAULT NULL
) RETURNS void
	AS 'MODULE_PATHNAME', 'drs_connect' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION datarobot.connect IS 'creates or alters a server and the current user''s mapping for it';
REVOKE ALL ON FUNCTION datarobot.connect FROM PUBLIC;

CREATE FUNCTION datarobot.check_connection(
	server text DEFAULT NULL,
	OUT step text,
	OUT ok boolean,
	OUT detail text
) RETURNS SETOF record
	AS 'MODULE_PATHNAME', 'drs_check_connection' LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 4;
COMMENT ON FUNCTION datarobot.check_connection IS
	'tests a server step by step and explains what is wrong; sends no rows';
REVOKE ALL ON FUNCTION datarobot.check_connection FROM PUBLIC;

-- scoring rows of the caller's own query: window functions

CREATE TYPE datarobot.explanation AS (
	feature text,
	value text,
	strength double precision,
	qualitative_strength text,
	label text
);
COMMENT ON TYPE datarobot.explanation IS
	'contribution of one feature to a prediction';
COMMENT ON COLUMN datarobot.explanation.feature IS 'name of the feature';
COMMENT ON COLUMN datarobot.explanation.value IS 'value of the feature in the row; NULL if it is missing';
COMMENT ON COLUMN datarobot.explanation.strength IS 'how much the feature moved the prediction; not bounded';
COMMENT ON COLUMN datarobot.explanation.qualitative_strength IS 'strength as signs, from --- to +++; NULL for SHAP';
COMMENT ON COLUMN datarobot.explanation.label IS
	'class, or for a regression the target, that a positive strength favors';

CREATE TYPE datarobot.prediction AS (
	row_number bigint,
	prediction text,
	probability double precision,
	probabilities jsonb,
	threshold double precision,
	positive_class text,
	labels text[],
	adjusted_prediction double precision,
	explanations datarobot.explanation[],
	ngrams jsonb,
	shap jsonb,
	series_id text,
	forecast_point timestamptz,
	forecast_timestamp text,
	forecast_distance integer,
	interval_low double precision,
	interval_high double precision,
	warning boolean,
	humility jsonb,
	approval_status text,
	extra jsonb,
	error text,
	model_id text,
	request_id text
);
COMMENT ON TYPE datarobot.prediction IS
	'a prediction under names that are the same for every deployment';
COMMENT ON COLUMN datarobot.prediction.row_number IS 'number of the row within the call or partition, from 1';
COMMENT ON COLUMN datarobot.prediction.prediction IS
	'classification: label; multilabel: JSON array of labels; regression: number; text generation: text';
COMMENT ON COLUMN datarobot.prediction.probability IS
	'binary: probability of the positive class; multiclass: of the predicted class; NULL for a regression';
COMMENT ON COLUMN datarobot.prediction.probabilities IS
	'object that maps classes to probabilities; NULL for a regression';
COMMENT ON COLUMN datarobot.prediction.threshold IS
	'threshold of a binary classification, or the one that all labels share';
COMMENT ON COLUMN datarobot.prediction.positive_class IS 'positive class of a binary classification';
COMMENT ON COLUMN datarobot.prediction.labels IS 'predicted labels of a multilabel classification';
COMMENT ON COLUMN datarobot.prediction.adjusted_prediction IS 'prediction adjusted by exposure';
COMMENT ON COLUMN datarobot.prediction.explanations IS
	'strongest first; empty if thresholds exclude the row; NULL if not requested';
COMMENT ON COLUMN datarobot.prediction.ngrams IS 'explanations of parts of texts';
COMMENT ON COLUMN datarobot.prediction.shap IS 'totals of SHAP explanations: base_value, remaining_total, warnings';
COMMENT ON COLUMN datarobot.prediction.series_id IS 'series of a forecast';
COMMENT ON COLUMN datarobot.prediction.forecast_point IS 'time from which the forecast is made';
COMMENT ON COLUMN datarobot.prediction.forecast_timestamp IS
	'time that is forecast, in the format of the rows if the answer has that';
COMMENT ON COLUMN datarobot.prediction.forecast_distance IS 'time steps from forecast_point to forecast_timestamp';
COMMENT ON COLUMN datarobot.prediction.interval_low IS 'lower end of the prediction interval';
COMMENT ON COLUMN datarobot.prediction.interval_high IS 'upper end of the prediction interval';
COMMENT ON COLUMN datarobot.prediction.warning IS 'whether the prediction is an outlier';
COMMENT ON COLUMN datarobot.prediction.humility IS 'humility rules of the deployment, if the row has triggered one';
COMMENT ON COLUMN datarobot.prediction.approval_status IS 'approval status of the deployment';
COMMENT ON COLUMN datarobot.prediction.extra IS 'object of what the model returns in addition to its prediction';
COMMENT ON COLUMN datarobot.prediction.error IS 'why the row has no prediction; only if rows without one are allowed';
COMMENT ON COLUMN datarobot.prediction.model_id IS 'model that answered, if the server reports it';
COMMENT ON COLUMN datarobot.prediction.request_id IS 'request in which the row was sent, if the server reports it';

CREATE FUNCTION datarobot.predict(features record, deployment text DEFAULT NULL,
	options datarobot.document DEFAULT NULL)
	RETURNS double precision
	AS 'MODULE_PATHNAME', 'drs_predict' LANGUAGE C WINDOW STABLE PARALLEL RESTRICTED COST 10;
COMMENT ON FUNCTION datarobot.predict IS 'predicted number for the row, for classifications the probability';
REVOKE ALL ON FUNCTION datarobot.predict FROM PUBLIC;

CREATE FUNCTION datarobot.predict_label(features record, deployment text DEFAULT NULL,
	options datarobot.document DEFAULT NULL)
	RETURNS text
	AS 'MODULE_PATHNAME', 'drs_predict_label' LANGUAGE C WINDOW STABLE PARALLEL RESTRICTED COST 10;
COMMENT ON FUNCTION datarobot.predict_label IS 'predicted label for the row';
REVOKE ALL ON FUNCTION datarobot.predict_label FROM PUBLIC;

CREATE FUNCTION datarobot.predict_row(features record, deployment text DEFAULT NULL,
	options datarobot.document DEFAULT NULL)
	RETURNS datarobot.prediction
	AS 'MODULE_PATHNAME', 'drs_predict_row' LANGUAGE C WINDOW STABLE PARALLEL RESTRICTED COST 10;
COMMENT ON FUNCTION datarobot.predict_row IS 'everything predicted for the row';
REVOKE ALL ON FUNCTION datarobot.predict_row FROM PUBLIC;

-- scoring one row: each call is a request

CREATE FUNCTION datarobot.predict_one(features record, deployment text DEFAULT NULL,
	options datarobot.document DEFAULT NULL)
	RETURNS double precision
	AS 'MODULE_PATHNAME', 'drs_predict_one' LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 10000;
COMMENT ON FUNCTION datarobot.predict_one IS
	'predicted number for one row, for classifications the probability; each call is a request';
REVOKE ALL ON FUNCTION datarobot.predict_one FROM PUBLIC;

CREATE FUNCTION datarobot.predict_label_one(features record, deployment text DEFAULT NULL,
	options datarobot.document DEFAULT NULL)
	RETURNS text
	AS 'MODULE_PATHNAME', 'drs_predict_label_one' LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 10000;
COMMENT ON FUNCTION datarobot.predict_label_one IS 'predicted label for one row; each call is a request';
REVOKE ALL ON FUNCTION datarobot.predict_label_one FROM PUBLIC;

CREATE FUNCTION datarobot.predict_row_one(features record, deployment text DEFAULT NULL,
	options datarobot.document DEFAULT NULL)
	RETURNS datarobot.prediction
	AS 'MODULE_PATHNAME', 'drs_predict_row_one' LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 10000;
COMMENT ON FUNCTION datarobot.predict_row_one IS 'everything predicted for one row; each call is a request';
REVOKE ALL ON FUNCTION datarobot.predict_row_one FROM PUBLIC;

-- scoring the rows of a query text: set-returning functions

CREATE FUNCTION datarobot.score(
	deployment text,
	query text,
	key_columns text[] DEFAULT '{}',
	passthrough_columns text[] DEFAULT '{}',
	server text DEFAULT NULL,
	options datarobot.document DEFAULT NULL,
	OUT row_number bigint,
	OUT key jsonb,
	OUT prediction text,
	OUT probability double precision,
	OUT probabilities jsonb,
	OUT threshold double precision,
	OUT positive_class text,
	OUT passthrough jsonb
) RETURNS SETOF record
	AS 'MODULE_PATHNAME', 'drs_score' LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 100000;
COMMENT ON FUNCTION datarobot.score IS
	'predictions for the rows of a query, in columns that are the same for every deployment';
REVOKE ALL ON FUNCTION datarobot.score FROM PUBLIC;

CREATE FUNCTION datarobot.score_as(
	row_type anyelement,
	deployment text,
	query text,
	key_columns text[] DEFAULT '{}',
	passthrough_columns text[] DEFAULT '{}',
	server text DEFAULT NULL,
	options datarobot.document DEFAULT NULL
) RETURNS SETOF anyelement
	AS 'MODULE_PATHNAME', 'drs_score_as' LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 100000;
COMMENT ON FUNCTION datarobot.score_as IS 'predictions for the rows of a query, as rows of a given composite type';
REVOKE ALL ON FUNCTION datarobot.score_as FROM PUBLIC;

CREATE FUNCTION datarobot.explain(
	deployment text,
	query text,
	key_columns text[] DEFAULT '{}',
	passthrough_columns text[] DEFAULT '{}',
	server text DEFAULT NULL,
	options datarobot.document DEFAULT NULL,
	max_explanations datarobot.quantity DEFAULT NULL,
	OUT key jsonb,
	OUT row_number bigint,
	OUT prediction text,
	OUT rank integer,
	OUT feature text,
	OUT value text,
	OUT strength double precision,
	OUT qualitative_strength text,
	OUT label text,
	OUT passthrough jsonb
) RETURNS SETOF record
	AS 'MODULE_PATHNAME', 'drs_explain' LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 100000;
COMMENT ON FUNCTION datarobot.explain IS
	'explanations of the predictions for the rows of a query, one per result row';
REVOKE ALL ON FUNCTION datarobot.explain FROM PUBLIC;

CREATE FUNCTION datarobot.predict_unstructured(
	deployment text,
	body bytea,
	content_type text DEFAULT 'application/octet-stream',
	server text DEFAULT NULL,
	options datarobot.document DEFAULT NULL,
	OUT body bytea,
	OUT content_type text
) RETURNS record
	AS 'MODULE_PATHNAME', 'drs_predict_unstructured' LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000;
COMMENT ON FUNCTION datarobot.predict_unstructured IS 'answer of an unstructured model to a body';
REVOKE ALL ON FUNCTION datarobot.predict_unstructured FROM PUBLIC;

CREATE FUNCTION datarobot.preview(
	deployment text,
	query text,
	max_rows datarobot.quantity DEFAULT 10,
	key_columns text[] DEFAULT '{}',
	passthrough_columns text[] DEFAULT '{}',
	server text DEFAULT NULL,
	options datarobot.document DEFAULT NULL,
	OUT request integer,
	OUT first_row bigint,
	OUT row_count integer,
	OUT method text,
	OUT url text,
	OUT headers text,
	OUT body text
) RETURNS SETOF record
	AS 'MODULE_PATHNAME', 'drs_preview' LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 10000 ROWS 1;
COMMENT ON FUNCTION datarobot.preview IS 'requests that score would send, with secrets masked; sends no rows';
REVOKE ALL ON FUNCTION datarobot.preview FROM PUBLIC;

-- deployments as the public API reports them

CREATE FUNCTION datarobot.deployments(
	server text DEFAULT NULL,
	search text DEFAULT NULL,
	OUT id text,
	OUT label text,
	OUT description text,
	OUT status text,
	OUT importance text,
	OUT approval_status text,
	OUT target text,
	OUT target_type text,
	OUT model_id text,
	OUT model_type text,
	OUT project_id text,
	OUT platform text,
	OUT prediction_server text,
	OUT service_health text,
	OUT model_health text,
	OUT accuracy_health text,
	OUT created_at timestamptz
) RETURNS SETOF record
	AS 'MODULE_PATHNAME', 'drs_deployments' LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 100;
COMMENT ON FUNCTION datarobot.deployments IS 'deployments that the token has access to';
REVOKE ALL ON FUNCTION datarobot.deployments FROM PUBLIC;

CREATE FUNCTION datarobot.deployment(
	deployment text DEFAULT NULL,
	server text DEFAULT NULL,
	OUT id text,
	OUT label text,
	OUT description text,
	OUT status text,
	OUT importance text,
	OUT approval_status text,
	OUT target text,
	OUT target_type text,
	OUT model_id text,
	OUT model_type text,
	OUT project_id text,
	OUT platform text,
	OUT prediction_server text,
	OUT service_health text,
	OUT model_health text,
	OUT accuracy_health text,
	OUT created_at timestamptz,
	OUT prediction_url text,
	OUT association_id text[],
	OUT association_id_required boolean,
	OUT permissions text[],
	OUT record jsonb
) RETURNS SETOF record
	AS 'MODULE_PATHNAME', 'drs_deployment' LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 1;
COMMENT ON FUNCTION datarobot.deployment IS 'details of one deployment, and where it is scored';
REVOKE ALL ON FUNCTION datarobot.deployment FROM PUBLIC;

CREATE FUNCTION datarobot.deployment_features(
	deployment text DEFAULT NULL,
	server text DEFAULT NULL,
	OUT name text,
	OUT feature_type text,
	OUT importance double precision,
	OUT date_format text,
	OUT known_in_advance boolean
) RETURNS SETOF record
	AS 'MODULE_PATHNAME', 'drs_deployment_features' LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 100;
COMMENT ON FUNCTION datarobot.deployment_features IS 'features that a deployment uses';
REVOKE ALL ON FUNCTION datarobot.deployment_features FROM PUBLIC;

CREATE FUNCTION datarobot.check(
	deployment text,
	query text,
	key_columns text[] DEFAULT '{}',
	passthrough_columns text[] DEFAULT '{}',
	server text DEFAULT NULL,
	options datarobot.document DEFAULT NULL,
	OUT feature text,
	OUT status text,
	OUT query_type text,
	OUT feature_type text,
	OUT detail text
) RETURNS SETOF record
	AS 'MODULE_PATHNAME', 'drs_check' LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 100;
COMMENT ON FUNCTION datarobot.check IS
	'compares the columns of a query with the features that a deployment uses; sends no rows';
REVOKE ALL ON FUNCTION datarobot.check FROM PUBLIC;

CREATE FUNCTION datarobot.create_score_type(
	deployment text,
	name text,
	query text DEFAULT NULL,
	key_columns text[] DEFAULT '{}',
	passthrough_columns text[] DEFAULT '{}',
	server text DEFAULT NULL,
	options datarobot.document DEFAULT NULL
) RETURNS regtype
	AS 'MODULE_PATHNAME', 'drs_create_score_type' LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000;
COMMENT ON FUNCTION datarobot.create_score_type IS 'creates a composite type for score_as that fits a deployment';
REVOKE ALL ON FUNCTION datarobot.create_score_type FROM PUBLIC;

CREATE FUNCTION datarobot.create_scoring_view(
	name text,
	deployment text,
	source text,
	key_columns text[] DEFAULT '{}',
	prefix text DEFAULT '',
	materialized boolean DEFAULT false,
	server text DEFAULT NULL,
	options datarobot.document DEFAULT NULL
) RETURNS regclass
	AS 'MODULE_PATHNAME', 'drs_create_scoring_view' LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000;
COMMENT ON FUNCTION datarobot.create_scoring_view IS 'creates a view of a table''s rows with their predictions';
REVOKE ALL ON FUNCTION datarobot.create_scoring_view FROM PUBLIC;

CREATE FUNCTION datarobot.create_scored_table(
	name text,
	deployment text,
	source text,
	key_columns text[] DEFAULT '{}',
	prefix text DEFAULT '',
	server text DEFAULT NULL,
	options datarobot.document DEFAULT NULL
) RETURNS regclass
	AS 'MODULE_PATHNAME', 'drs_create_scored_table' LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000;
COMMENT ON FUNCTION datarobot.create_scored_table IS
	'creates a foreign table of a table''s rows with their predictions; it is not dropped with that table';
REVOKE ALL ON FUNCTION datarobot.create_scored_table FROM PUBLIC;

CREATE FUNCTION datarobot.submit_actuals(
	deployment text,
	query text,
	wait boolean DEFAULT true,
	server text DEFAULT NULL,
	options datarobot.document DEFAULT NULL,
	OUT rows_sent bigint,
	OUT rows_skipped bigint,
	OUT requests integer
) RETURNS record
	AS 'MODULE_PATHNAME', 'drs_submit_actuals' LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000;
COMMENT ON FUNCTION datarobot.submit_actuals IS 'sends the outcomes of predicted rows to DataRobot';
REVOKE ALL ON FUNCTION datarobot.submit_actuals FROM PUBLIC;

-- writing predictions into tables

CREATE PROCEDURE datarobot.score_into(
	deployment text,
	query text,
	output text,
	statement_type text DEFAULT NULL,
	key_columns text[] DEFAULT NULL,
	where_columns text[] DEFAULT NULL,
	update_columns text[] DEFAULT NULL,
	passthrough_columns text[] DEFAULT NULL,
	output_columns text[] DEFAULT NULL,
	column_names_remapping datarobot.document DEFAULT NULL,
	create_table_if_not_exists boolean DEFAULT NULL,
	extra_columns text[] DEFAULT NULL,
	on_error text DEFAULT NULL,
	reject_limit datarobot.quantity DEFAULT NULL,
	abort_on_error boolean DEFAULT NULL,
	keep_features boolean DEFAULT NULL,
	consistent_model boolean DEFAULT NULL,
	commit_rows datarobot.quantity DEFAULT NULL,
	commit_interval datarobot.quantity DEFAULT NULL,
	snapshot text DEFAULT NULL,
	workers datarobot.quantity DEFAULT NULL,
	if_running text DEFAULT NULL,
	resume boolean DEFAULT NULL,
	server text DEFAULT NULL,
	options datarobot.document DEFAULT NULL
)
	AS 'MODULE_PATHNAME', 'drs_score_into' LANGUAGE C;
COMMENT ON PROCEDURE datarobot.score_into IS
	'writes predictions for the rows of a query into a table, slice by slice';
REVOKE ALL ON PROCEDURE datarobot.score_into FROM PUBLIC;

CREATE FUNCTION datarobot.score_into_now(
	deployment text,
	query text,
	output text,
	statement_type text DEFAULT NULL,
	key_columns text[] DEFAULT NULL,
	where_columns text[] DEFAULT NULL,
	update_columns text[] DEFAULT NULL,
	passthrough_columns text[] DEFAULT NULL,
	output_columns text[] DEFAULT NULL,
	column_names_remapping datarobot.document DEFAULT NULL,
	create_table_if_not_exists boolean DEFAULT NULL,
	extra_columns text[] DEFAULT NULL,
	on_error text DEFAULT NULL,
	reject_limit datarobot.quantity DEFAULT NULL,
	abort_on_error boolean DEFAULT NULL,
	keep_features boolean DEFAULT NULL,
	consistent_model boolean DEFAULT NULL,
	server text DEFAULT NULL,
	options datarobot.document DEFAULT NULL,
	OUT run_id bigint,
	OUT rows_read bigint,
	OUT rows_written bigint,
	OUT rows_rejected bigint
) RETURNS record
	AS 'MODULE_PATHNAME', 'drs_score_into_now' LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000;
COMMENT ON FUNCTION datarobot.score_into_now IS
	'writes predictions for the rows of a query into a table, within the caller''s transaction';
REVOKE ALL ON FUNCTION datarobot.score_into_now FROM PUBLIC;

CREATE PROCEDURE datarobot.resume(run_id datarobot.quantity)
	AS 'MODULE_PATHNAME', 'drs_resume' LANGUAGE C;
COMMENT ON PROCEDURE datarobot.resume IS 'continues a run of score_into after its last committed slice';
REVOKE ALL ON PROCEDURE datarobot.resume FROM PUBLIC;

CREATE FUNCTION datarobot.last_run() RETURNS bigint
	AS 'MODULE_PATHNAME', 'drs_last_run_id' LANGUAGE C STABLE PARALLEL RESTRICTED;
COMMENT ON FUNCTION datarobot.last_run IS
	'id of the run that the last call of this session or transaction began or resumed; NULL if there is none';

CREATE FUNCTION datarobot.last_call(
	OUT call text,
	OUT deployment text,
	OUT started_at timestamptz,
	OUT ended_at timestamptz,
	OUT rows_sent bigint,
	OUT predictions bigint,
	OUT requests bigint,
	OUT retries bigint,
	OUT api_requests bigint,
	OUT bytes_sent bigint,
	OUT bytes_received bigint,
	OUT network_wait interval,
	OUT server_time interval,
	OUT models text[]
) RETURNS SETOF record
	AS 'MODULE_PATHNAME', 'drs_last_call' LANGUAGE C VOLATILE PARALLEL RESTRICTED ROWS 1;
COMMENT ON FUNCTION datarobot.last_call IS
	'what the last call of this session or transaction that scored rows has sent and received';

-- the ledger: what score_into has done; written only by score_into

CREATE TABLE datarobot.run (
	run_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	owner regrole NOT NULL,
	state text NOT NULL CHECK (state OPERATOR(pg_catalog.=)
		ANY (ARRAY['running', 'completed', 'failed', 'cancelled', 'skipped']::pg_catalog.text[])),
	mode text NOT NULL CHECK (mode OPERATOR(pg_catalog.=)
		ANY (ARRAY['sliced', 'transaction', 'shards']::pg_catalog.text[])),
	server text NOT NULL,
	deployment text NOT NULL,
	query text NOT NULL,
	target text NOT NULL,
	target_relations text[],
	target_columns text[],
	statement_type text NOT NULL,
	arguments jsonb NOT NULL,
	search_path text NOT NULL,
	key_types text[],
	end_key text[],
	split_keys jsonb,
	model_id text,
	job_mark text,
	pid integer,
	rows_read bigint,
	rows_written bigint,
	rows_rejected bigint,
	sqlstate text,
	message text,
	started_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	finished_at timestamptz,
	resumed_at timestamptz
);
COMMENT ON TABLE datarobot.run IS 'calls of score_into: what was requested and how it ended';
COMMENT ON COLUMN datarobot.run.run_id IS 'number of the run, for resuming it';
COMMENT ON COLUMN datarobot.run.owner IS 'role that called score_into';
COMMENT ON COLUMN datarobot.run.state IS
	'running (even if it was interrupted, see run_status), completed, failed, cancelled or skipped';
COMMENT ON COLUMN datarobot.run.mode IS
	'sliced, transaction if it is in one transaction, or shards if nodes score their shards';
COMMENT ON COLUMN datarobot.run.server IS 'foreign server';
COMMENT ON COLUMN datarobot.run.deployment IS 'id of the deployment';
COMMENT ON COLUMN datarobot.run.query IS 'query whose rows are scored';
COMMENT ON COLUMN datarobot.run.target IS 'relation that is written, with its schema';
COMMENT ON COLUMN datarobot.run.target_relations IS 'identifies the target and the tables that it leads to';
COMMENT ON COLUMN datarobot.run.target_columns IS 'identifies the columns of the target';
COMMENT ON COLUMN datarobot.run.statement_type IS 'insert, update, upsert or create_table';
COMMENT ON COLUMN datarobot.run.arguments IS 'all options of the call';
COMMENT ON COLUMN datarobot.run.search_path IS 'search_path of the query';
COMMENT ON COLUMN datarobot.run.key_types IS 'identifies the order of the key columns';
COMMENT ON COLUMN datarobot.run.end_key IS 'greatest key when the run began, as text; rows beyond it are not read';
COMMENT ON COLUMN datarobot.run.split_keys IS 'keys at which the parts of the workers end, if there are several';
COMMENT ON COLUMN datarobot.run.model_id IS 'model of the first answer, if the server reports it';
COMMENT ON COLUMN datarobot.run.job_mark IS 'by which its batch jobs can be found at the service; NULL if it has none';
COMMENT ON COLUMN datarobot.run.pid IS 'process that runs it; NULL after it has ended';
COMMENT ON COLUMN datarobot.run.rows_read IS 'rows of the query that were read; NULL until the run ends';
COMMENT ON COLUMN datarobot.run.rows_written IS 'rows written to the target';
COMMENT ON COLUMN datarobot.run.rows_rejected IS 'rows recorded in rejected_row';
COMMENT ON COLUMN datarobot.run.sqlstate IS 'SQLSTATE of the error that ended it';
COMMENT ON COLUMN datarobot.run.message IS 'message of that error';
COMMENT ON COLUMN datarobot.run.started_at IS 'time of the call';
COMMENT ON COLUMN datarobot.run.finished_at IS 'time when it ended';
COMMENT ON COLUMN datarobot.run.resumed_at IS 'time when it was last resumed; NULL if never';
CREATE INDEX run_owner_target ON datarobot.run (owner, target);

CREATE TABLE datarobot.run_slice (
	run_id bigint NOT NULL REFERENCES datarobot.run ON DELETE CASCADE,
	part integer NOT NULL,
	slice integer NOT NULL,
	first_key text[],
	last_key text[],
	rows_read bigint NOT NULL,
	rows_written bigint NOT NULL,
	rows_rejected bigint NOT NULL,
	model_id text,
	committed_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	PRIMARY KEY (run_id, part, slice)
);
COMMENT ON TABLE datarobot.run_slice IS 'committed slices of runs';
COMMENT ON COLUMN datarobot.run_slice.run_id IS 'run it belongs to';
COMMENT ON COLUMN datarobot.run_slice.part IS 'part of the key range, from 1; more than one with several workers';
COMMENT ON COLUMN datarobot.run_slice.slice IS 'number within the part, from 1';
COMMENT ON COLUMN datarobot.run_slice.first_key IS 'key of its first row, as text';
COMMENT ON COLUMN datarobot.run_slice.last_key IS 'key of its last row, as text; a resumed run continues after it';
COMMENT ON COLUMN datarobot.run_slice.rows_read IS 'rows that it contains';
COMMENT ON COLUMN datarobot.run_slice.rows_written IS 'rows written to the target';
COMMENT ON COLUMN datarobot.run_slice.rows_rejected IS 'rows recorded in rejected_row';
COMMENT ON COLUMN datarobot.run_slice.model_id IS 'model that answered';
COMMENT ON COLUMN datarobot.run_slice.committed_at IS 'time when it was written';

CREATE TABLE datarobot.rejected_row (
	run_id bigint NOT NULL REFERENCES datarobot.run ON DELETE CASCADE,
	part integer NOT NULL,
	slice integer NOT NULL,
	row_number bigint NOT NULL,
	key jsonb,
	http_status integer,
	sqlstate text NOT NULL,
	message text NOT NULL,
	features jsonb,
	rejected_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp()
);
COMMENT ON TABLE datarobot.rejected_row IS
	'rows that have no prediction, or whose prediction could not be written, and why';
COMMENT ON COLUMN datarobot.rejected_row.run_id IS 'run it belongs to';
COMMENT ON COLUMN datarobot.rejected_row.part IS 'part of the run';
COMMENT ON COLUMN datarobot.rejected_row.slice IS 'slice of the part';
COMMENT ON COLUMN datarobot.rejected_row.row_number IS 'number of the row within the part, from 1';
COMMENT ON COLUMN datarobot.rejected_row.key IS 'key columns of the row';
COMMENT ON COLUMN datarobot.rejected_row.http_status IS
	'HTTP status of the answer; NULL if the row was not sent, was scored by a job, or could not be written';
COMMENT ON COLUMN datarobot.rejected_row.sqlstate IS 'SQLSTATE of the error that the row would have caused';
COMMENT ON COLUMN datarobot.rejected_row.message IS 'message of that error';
COMMENT ON COLUMN datarobot.rejected_row.features IS 'what was sent; NULL if it is not kept';
COMMENT ON COLUMN datarobot.rejected_row.rejected_at IS 'time when it was written';
CREATE INDEX rejected_row_run ON datarobot.rejected_row (run_id);
-- without this, it could not be pruned if a publication is FOR ALL TABLES, because it has no key
ALTER TABLE datarobot.rejected_row REPLICA IDENTITY FULL;

CREATE TABLE datarobot.run_job (
	run_id bigint NOT NULL REFERENCES datarobot.run ON DELETE CASCADE,
	part integer NOT NULL,
	job integer NOT NULL,
	job_id text NOT NULL,
	stage text NOT NULL CHECK (stage OPERATOR(pg_catalog.=)
		ANY (ARRAY['begun', 'sealed', 'sent', 'settled', 'aborted', 'lost']::pg_catalog.text[])),
	rows_before bigint NOT NULL,
	rows_sent bigint,
	last_key text[],
	created_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	changed_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	PRIMARY KEY (run_id, part, job)
);
COMMENT ON TABLE datarobot.run_job IS 'batch jobs by which runs score their rows';
COMMENT ON COLUMN datarobot.run_job.run_id IS 'run it belongs to';
COMMENT ON COLUMN datarobot.run_job.part IS 'part of the run';
COMMENT ON COLUMN datarobot.run_job.job IS 'number within the part, from 1';
COMMENT ON COLUMN datarobot.run_job.job_id IS 'id at the service, for batch_status and the like';
COMMENT ON COLUMN datarobot.run_job.stage IS 'begun, sealed, sent, settled, aborted or lost';
COMMENT ON COLUMN datarobot.run_job.rows_before IS 'rows of the part that were read before its first row';
COMMENT ON COLUMN datarobot.run_job.rows_sent IS 'rows that it contains; NULL until it is sealed';
COMMENT ON COLUMN datarobot.run_job.last_key IS 'key of its last row, as text; NULL until it is sealed';
COMMENT ON COLUMN datarobot.run_job.created_at IS 'time when it was recorded, before a row was sent';
COMMENT ON COLUMN datarobot.run_job.changed_at IS 'time of its stage';

CREATE UNLOGGED TABLE datarobot.run_mark (
	run_id bigint PRIMARY KEY REFERENCES datarobot.run ON DELETE CASCADE
);
COMMENT ON TABLE datarobot.run_mark IS
	'internal: runs since the last crash, which empties this table like all unlogged ones';
COMMENT ON COLUMN datarobot.run_mark.run_id IS 'the run';

ALTER TABLE datarobot.run ENABLE ROW LEVEL SECURITY;
ALTER TABLE datarobot.run_slice ENABLE ROW LEVEL SECURITY;
ALTER TABLE datarobot.rejected_row ENABLE ROW LEVEL SECURITY;
ALTER TABLE datarobot.run_job ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_or_monitor ON datarobot.run FOR SELECT
	USING (pg_catalog.pg_has_role(owner, 'MEMBER') OR pg_catalog.pg_has_role('pg_monitor', 'MEMBER'));
CREATE POLICY of_visible_run ON datarobot.run_slice FOR SELECT
	USING (EXISTS (SELECT FROM datarobot.run r WHERE r.run_id OPERATOR(pg_catalog.=) run_slice.run_id));
CREATE POLICY of_visible_run ON datarobot.run_job FOR SELECT
	USING (EXISTS (SELECT FROM datarobot.run r WHERE r.run_id OPERATOR(pg_catalog.=) run_job.run_id));
CREATE POLICY of_own_run ON datarobot.rejected_row FOR SELECT
	USING (EXISTS (SELECT FROM datarobot.run r WHERE r.run_id OPERATOR(pg_catalog.=) rejected_row.run_id
		AND pg_catalog.pg_has_role(r.owner, 'MEMBER')));

-- how the ledger gets into dumps.  pg_dump fails for a table with row security, unless the role bypasses it.  So it
-- dumps a table without rows, and the filter condition of that table adds the rows that the role can see, with roles
-- by name.  Rows that are restored into this table are put into the tables that they came from.

CREATE TABLE datarobot.ledger_dump (
	kind text,
	entry jsonb,
	CONSTRAINT only_passed_on_by_its_trigger CHECK (false)
);
COMMENT ON TABLE datarobot.ledger_dump IS
	'internal: read by pg_dump and written by a restore in place of the ledger; always empty';
COMMENT ON COLUMN datarobot.ledger_dump.kind IS 'run, run_slice, rejected_row or run_job';
COMMENT ON COLUMN datarobot.ledger_dump.entry IS 'a row of that table';
CREATE FUNCTION datarobot.dump_ledger(OUT kind text, OUT entry jsonb) RETURNS SETOF record
	AS 'MODULE_PATHNAME', 'drs_dump_ledger' LANGUAGE C STABLE PARALLEL UNSAFE;
COMMENT ON FUNCTION datarobot.dump_ledger IS
	'internal: rows of the ledger that the current user can see, for pg_dump';

CREATE FUNCTION datarobot.restore_ledger() RETURNS trigger
	AS 'MODULE_PATHNAME', 'drs_restore_ledger' LANGUAGE C;
COMMENT ON FUNCTION datarobot.restore_ledger IS 'internal: moves a row of a dump into the ledger';
REVOKE ALL ON FUNCTION datarobot.restore_ledger FROM PUBLIC;
CREATE TRIGGER restore BEFORE INSERT ON datarobot.ledger_dump
	FOR EACH ROW EXECUTE FUNCTION datarobot.restore_ledger();
ALTER TABLE datarobot.ledger_dump ENABLE ALWAYS TRIGGER restore;

SELECT pg_catalog.pg_extension_config_dump('datarobot.ledger_dump',
	'WHERE false UNION ALL SELECT kind, entry FROM datarobot.dump_ledger()');
SELECT pg_catalog.pg_extension_config_dump('datarobot.run_run_id_seq', '');

CREATE VIEW datarobot.run_status WITH (security_invoker = true) AS
SELECT r.run_id, r.owner,
	CASE WHEN r.state OPERATOR(pg_catalog.=) 'running' AND l.pid IS NULL THEN 'interrupted' ELSE r.state END AS state,
	l.pid AS held_by, r.mode, r.deployment, r.target, r.statement_type,
	s.slices, s.rows_read, s.rows_written, s.rows_rejected, j.jobs, j.open_jobs,
	CASE WHEN s.last_commit OPERATOR(pg_catalog.>) coalesce(r.resumed_at, r.started_at) THEN
		s.rows_lately OPERATOR(pg_catalog./) extract(epoch FROM
			s.last_commit OPERATOR(pg_catalog.-) coalesce(r.resumed_at, r.started_at)) END AS rows_per_second,
	r.model_id, r.sqlstate, r.message, r.started_at, s.last_commit, r.finished_at
FROM datarobot.run r
	CROSS JOIN LATERAL (
		SELECT pg_catalog.count(*) AS slices,
			coalesce(pg_catalog.sum(rows_read), 0) AS rows_read,
			pg_catalog.sum(rows_read) FILTER (WHERE committed_at OPERATOR(pg_catalog.>=)
				coalesce(r.resumed_at, r.started_at)) AS rows_lately,
			coalesce(pg_catalog.sum(rows_written), 0) AS rows_written,
			coalesce(pg_catalog.sum(rows_rejected), 0) AS rows_rejected,
			pg_catalog.max(committed_at) AS last_commit
		FROM datarobot.run_slice WHERE run_slice.run_id OPERATOR(pg_catalog.=) r.run_id) s
	CROSS JOIN LATERAL (
		SELECT pg_catalog.count(*) AS jobs,
			pg_catalog.array_agg(job_id ORDER BY part, job) FILTER (WHERE stage OPERATOR(pg_catalog.=)
				ANY (ARRAY['begun', 'sealed', 'sent']::pg_catalog.text[])) AS open_jobs
		FROM datarobot.run_job WHERE run_job.run_id OPERATOR(pg_catalog.=) r.run_id) j
	LEFT JOIN pg_catalog.pg_locks l
		ON l.locktype OPERATOR(pg_catalog.=) 'object'
		AND l.database OPERATOR(pg_catalog.=) (SELECT oid FROM pg_catalog.pg_database
			WHERE datname OPERATOR(pg_catalog.=) pg_catalog.current_database())
		AND l.classid OPERATOR(pg_catalog.=) 'datarobot.run'::pg_catalog.regclass
		AND l.objid::pg_catalog.int8 OPERATOR(pg_catalog.=) (r.run_id OPERATOR(pg_catalog.%) 4294967296)
		AND l.objsubid OPERATOR(pg_catalog.=) 3 AND l.granted;
COMMENT ON VIEW datarobot.run_status IS 'runs with what they have committed so far and which process runs them';

-- scoring where the rows are: Citus

CREATE FUNCTION datarobot.connect_nodes(
	name text,
	prediction_url text DEFAULT NULL,
	api_url text DEFAULT NULL,
	api_token_file text DEFAULT NULL,
	datarobot_key_file text DEFAULT NULL,
	options datarobot.document DEFAULT NULL,
	grant_to text[] DEFAULT NULL
) RETURNS integer
	AS 'MODULE_PATHNAME', 'drs_connect_nodes' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION datarobot.connect_nodes IS
	'creates or alters a server and the current user''s mapping on every node of Citus; returns their number';
REVOKE ALL ON FUNCTION datarobot.connect_nodes FROM PUBLIC;

CREATE PROCEDURE datarobot.score_shards(
	deployment text,
	source regclass,
	output regclass,
	features text[] DEFAULT NULL,
	shards_per_node datarobot.quantity DEFAULT '2',
	statement_type text DEFAULT NULL,
	key_columns text[] DEFAULT NULL,
	where_columns text[] DEFAULT NULL,
	update_columns text[] DEFAULT NULL,
	passthrough_columns text[] DEFAULT NULL,
	output_columns text[] DEFAULT NULL,
	column_names_remapping datarobot.document DEFAULT NULL,
	extra_columns text[] DEFAULT NULL,
	on_error text DEFAULT NULL,
	reject_limit datarobot.quantity DEFAULT NULL,
	abort_on_error boolean DEFAULT NULL,
	keep_features boolean DEFAULT NULL,
	consistent_model boolean DEFAULT NULL,
	commit_rows datarobot.quantity DEFAULT NULL,
	commit_interval datarobot.quantity DEFAULT NULL,
	if_running text DEFAULT NULL,
	resume boolean DEFAULT NULL,
	server text DEFAULT NULL,
	options datarobot.document DEFAULT NULL
)
	AS 'MODULE_PATHNAME', 'drs_score_shards' LANGUAGE C;
COMMENT ON PROCEDURE datarobot.score_shards IS
	'lets every node of Citus score its shards of a table into those of another one';
REVOKE ALL ON PROCEDURE datarobot.score_shards FROM PUBLIC;

CREATE FUNCTION datarobot.run_status_all(
	OUT node text, OUT run_id bigint, OUT owner text, OUT state text, OUT held_by integer, OUT mode text,
	OUT deployment text, OUT target text, OUT statement_type text, OUT slices bigint, OUT rows_read numeric,
	OUT rows_written numeric, OUT rows_rejected numeric, OUT jobs bigint, OUT open_jobs text[],
	OUT rows_per_second numeric, OUT model_id text, OUT sqlstate text, OUT message text,
	OUT started_at timestamptz, OUT last_commit timestamptz, OUT finished_at timestamptz
) RETURNS SETOF record
	AS 'MODULE_PATHNAME', 'drs_run_status_all' LANGUAGE C VOLATILE PARALLEL UNSAFE ROWS 100;
COMMENT ON FUNCTION datarobot.run_status_all IS 'runs of all nodes of Citus: run_status of each';
REVOKE ALL ON FUNCTION datarobot.run_status_all FROM PUBLIC;

CREATE FUNCTION datarobot.prune(older_than interval) RETURNS bigint
	AS 'MODULE_PATHNAME', 'drs_prune' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION datarobot.prune(interval) IS
	'deletes the current user''s runs that ended longer ago, with slices, jobs and rejected rows; returns their number';

CREATE FUNCTION datarobot.prune(older_than text) RETURNS bigint
	AS 'MODULE_PATHNAME', 'drs_prune_text' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION datarobot.prune(text) IS 'the same, with the interval as text';

CREATE FUNCTION datarobot.batch_abort_orphans(
	server text DEFAULT NULL,
	options datarobot.document DEFAULT NULL,
	OUT run_id bigint,
	OUT job_id text
) RETURNS SETOF record
	AS 'MODULE_PATHNAME', 'drs_batch_abort_orphans' LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000 ROWS 10;
COMMENT ON FUNCTION datarobot.batch_abort_orphans IS
	'aborts batch jobs of the current user''s runs that no process is running; returns those that it aborted';
REVOKE ALL ON FUNCTION datarobot.batch_abort_orphans FROM PUBLIC;

-- jobs of the Batch Prediction API

CREATE TYPE datarobot.batch_job AS (
	id text,
	status text,
	status_details text,
	percentage double precision,
	scored_rows bigint,
	failed_rows bigint,
	skipped_rows bigint,
	elapsed interval,
	queued boolean,
	queue_position bigint,
	intake_bytes bigint,
	output_bytes bigint,
	has_result boolean,
	results_deleted boolean,
	created timestamptz,
	created_by text,
	source text,
	hidden boolean,
	deployment_id text,
	model_id text,
	intake_type text,
	output_type text,
	definition_id text,
	definition text,
	record jsonb
);
COMMENT ON TYPE datarobot.batch_job IS 'a job of the Batch Prediction API, as DataRobot reports it';
COMMENT ON COLUMN datarobot.batch_job.status IS 'INITIALIZING, RUNNING, COMPLETED, ABORTED or FAILED';
COMMENT ON COLUMN datarobot.batch_job.status_details IS 'last line of the log';
COMMENT ON COLUMN datarobot.batch_job.percentage IS 'of the data, 0 to 100; remains 0 while data is streamed';
COMMENT ON COLUMN datarobot.batch_job.queued IS 'whether it waits for other jobs';
COMMENT ON COLUMN datarobot.batch_job.queue_position IS 'jobs that wait before it';
COMMENT ON COLUMN datarobot.batch_job.has_result IS 'whether there is something to download';
COMMENT ON COLUMN datarobot.batch_job.results_deleted IS 'whether its result has expired';
COMMENT ON COLUMN datarobot.batch_job.record IS 'everything that DataRobot reports, without secrets';

CREATE FUNCTION datarobot.batch_status(
	job text,
	server text DEFAULT NULL,
	options datarobot.document DEFAULT NULL
) RETURNS datarobot.batch_job
	AS 'MODULE_PATHNAME', 'drs_batch_status' LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000;
COMMENT ON FUNCTION datarobot.batch_status IS 'a batch job as it is now';
REVOKE ALL ON FUNCTION datarobot.batch_status FROM PUBLIC;

CREATE FUNCTION datarobot.batch_jobs(
	status text[] DEFAULT NULL,
	deployment text DEFAULT NULL,
	created_from timestamptz DEFAULT NULL,
	created_to timestamptz DEFAULT NULL,
	cutoff_hours datarobot.quantity DEFAULT NULL,
	source text[] DEFAULT NULL,
	model_id text DEFAULT NULL,
	job text DEFAULT NULL,
	definition_id text DEFAULT NULL,
	hostname text DEFAULT NULL,
	intake_type text[] DEFAULT NULL,
	output_type text[] DEFAULT NULL,
	batch_job_type text[] DEFAULT NULL,
	all_jobs boolean DEFAULT NULL,
	order_by text DEFAULT NULL,
	max_rows datarobot.quantity DEFAULT NULL,
	skip_rows datarobot.quantity DEFAULT NULL,
	server text DEFAULT NULL,
	options datarobot.document DEFAULT NULL
) RETURNS SETOF datarobot.batch_job
	AS 'MODULE_PATHNAME', 'drs_batch_jobs' LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 100;
COMMENT ON FUNCTION datarobot.batch_jobs IS 'batch jobs that the token has access to';
REVOKE ALL ON FUNCTION datarobot.batch_jobs FROM PUBLIC;

CREATE FUNCTION datarobot.batch_log(
	job text,
	server text DEFAULT NULL,
	options datarobot.document DEFAULT NULL,
	OUT line integer,
	OUT entry text
) RETURNS SETOF record
	AS 'MODULE_PATHNAME', 'drs_batch_log' LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 10;
COMMENT ON FUNCTION datarobot.batch_log IS 'log of a batch job';
REVOKE ALL ON FUNCTION datarobot.batch_log FROM PUBLIC;

CREATE FUNCTION datarobot.batch_wait(
	job text,
	timeout datarobot.quantity DEFAULT NULL,
	must_complete boolean DEFAULT true,
	server text DEFAULT NULL,
	options datarobot.document DEFAULT NULL
) RETURNS datarobot.batch_job
	AS 'MODULE_PATHNAME', 'drs_batch_wait' LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000;
COMMENT ON FUNCTION datarobot.batch_wait IS 'waits until a batch job has ended';
REVOKE ALL ON FUNCTION datarobot.batch_wait FROM PUBLIC;

CREATE FUNCTION datarobot.batch_abort(
	job text,
	missing_ok boolean DEFAULT false,
	server text DEFAULT NULL,
	options datarobot.document DEFAULT NULL
) RETURNS boolean
	AS 'MODULE_PATHNAME', 'drs_batch_abort' LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000;
COMMENT ON FUNCTION datarobot.batch_abort IS 'aborts a batch job; false if it cannot be aborted any more';
REVOKE ALL ON FUNCTION datarobot.batch_abort FROM PUBLIC;

CREATE FUNCTION datarobot.batch_hide(
	job text,
	hidden boolean DEFAULT true,
	server text DEFAULT NULL,
	options datarobot.document DEFAULT NULL
) RETURNS void
	AS 'MODULE_PATHNAME', 'drs_batch_hide' LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000;
COMMENT ON FUNCTION datarobot.batch_hide IS 'takes a batch job out of the lists of jobs, or puts it back';
REVOKE ALL ON FUNCTION datarobot.batch_hide FROM PUBLIC;

CREATE FUNCTION datarobot.batch_from_existing(
	job text,
	server text DEFAULT NULL,
	options datarobot.document DEFAULT NULL
) RETURNS datarobot.batch_job
	AS 'MODULE_PATHNAME', 'drs_batch_from_existing' LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000;
COMMENT ON FUNCTION datarobot.batch_from_existing IS 'makes a batch job with the specification of another';
REVOKE ALL ON FUNCTION datarobot.batch_from_existing FROM PUBLIC;

CREATE FUNCTION datarobot.batch_from_definition(
	definition text,
	server text DEFAULT NULL,
	options datarobot.document DEFAULT NULL
) RETURNS datarobot.batch_job
	AS 'MODULE_PATHNAME', 'drs_batch_definition_run' LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000;
COMMENT ON FUNCTION datarobot.batch_from_definition IS 'makes a batch job of a job definition';
REVOKE ALL ON FUNCTION datarobot.batch_from_definition FROM PUBLIC;

-- specifications of jobs

CREATE FUNCTION datarobot.batch_create(
	spec datarobot.document,
	strict boolean DEFAULT true,
	server text DEFAULT NULL,
	options datarobot.document DEFAULT NULL
) RETURNS datarobot.batch_job
	AS 'MODULE_PATHNAME', 'drs_batch_create' LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000;
COMMENT ON FUNCTION datarobot.batch_create IS 'creates a batch job of a specification, which is checked before';
REVOKE ALL ON FUNCTION datarobot.batch_create FROM PUBLIC;

CREATE FUNCTION datarobot.batch_preview(
	spec datarobot.document,
	strict boolean DEFAULT true,
	server text DEFAULT NULL,
	options datarobot.document DEFAULT NULL
) RETURNS jsonb
	AS 'MODULE_PATHNAME', 'drs_batch_preview' LANGUAGE C STABLE PARALLEL RESTRICTED COST 1000;
COMMENT ON FUNCTION datarobot.batch_preview IS 'what batch_create would send, without secrets; sends nothing';
REVOKE ALL ON FUNCTION datarobot.batch_preview FROM PUBLIC;

CREATE FUNCTION datarobot.batch_credentials(
	server text DEFAULT NULL,
	options datarobot.document DEFAULT NULL,
	OUT id text,
	OUT name text,
	OUT type text,
	OUT description text,
	OUT created timestamptz
) RETURNS SETOF record
	AS 'MODULE_PATHNAME', 'drs_batch_credentials' LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 10;
COMMENT ON FUNCTION datarobot.batch_credentials IS
	'credentials that DataRobot has stored for batch jobs, without secrets';
REVOKE ALL ON FUNCTION datarobot.batch_credentials FROM PUBLIC;

CREATE FUNCTION datarobot.batch_data_stores(
	server text DEFAULT NULL,
	options datarobot.document DEFAULT NULL,
	OUT id text,
	OUT name text,
	OUT type text,
	OUT url text,
	OUT updated timestamptz
) RETURNS SETOF record
	AS 'MODULE_PATHNAME', 'drs_batch_data_stores' LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 10;
COMMENT ON FUNCTION datarobot.batch_data_stores IS 'data stores by which batch jobs reach databases';
REVOKE ALL ON FUNCTION datarobot.batch_data_stores FROM PUBLIC;

CREATE FUNCTION datarobot.batch_score(
	deployment text DEFAULT NULL,
	intake_settings datarobot.document DEFAULT NULL,
	output_settings datarobot.document DEFAULT NULL,
	csv_settings datarobot.document DEFAULT NULL,
	timeseries_settings datarobot.document DEFAULT NULL,
	num_concurrent datarobot.quantity DEFAULT NULL,
	chunk_size datarobot.quantity DEFAULT NULL,
	passthrough_columns text[] DEFAULT NULL,
	passthrough_columns_set text DEFAULT NULL,
	max_explanations datarobot.quantity DEFAULT NULL,
	max_ngram_explanations datarobot.quantity DEFAULT NULL,
	explanation_algorithm text DEFAULT NULL,
	explanation_num_top_classes datarobot.quantity DEFAULT NULL,
	explanation_class_names text[] DEFAULT NULL,
	threshold_high datarobot.quantity DEFAULT NULL,
	threshold_low datarobot.quantity DEFAULT NULL,
	prediction_threshold datarobot.quantity DEFAULT NULL,
	prediction_warning_enabled boolean DEFAULT NULL,
	include_prediction_status boolean DEFAULT NULL,
	skip_drift_tracking boolean DEFAULT NULL,
	prediction_instance datarobot.document DEFAULT NULL,
	abort_on_error boolean DEFAULT NULL,
	disable_row_level_error_handling boolean DEFAULT NULL,
	column_names_remapping datarobot.document DEFAULT NULL,
	include_probabilities boolean DEFAULT NULL,
	include_probabilities_classes text[] DEFAULT NULL,
	model_id text DEFAULT NULL,
	model_package_id text DEFAULT NULL,
	pinned_model_id text DEFAULT NULL,
	secondary_datasets_config_id text DEFAULT NULL,
	strict boolean DEFAULT true,
	server text DEFAULT NULL,
	options datarobot.document DEFAULT NULL
) RETURNS datarobot.batch_job
	AS 'MODULE_PATHNAME', 'drs_batch_score' LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000;
COMMENT ON FUNCTION datarobot.batch_score IS 'creates a batch job; its arguments are the fields of the specification';
REVOKE ALL ON FUNCTION datarobot.batch_score FROM PUBLIC;

CREATE FUNCTION datarobot.batch_score_s3(
	deployment text,
	source_url text,
	destination_url text,
	credential text DEFAULT NULL,
	endpoint_url text DEFAULT NULL,
	spec datarobot.document DEFAULT NULL,
	strict boolean DEFAULT true,
	server text DEFAULT NULL,
	options datarobot.document DEFAULT NULL
) RETURNS datarobot.batch_job
	AS 'MODULE_PATHNAME', 'drs_batch_score_s3' LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000;
COMMENT ON FUNCTION datarobot.batch_score_s3 IS 'creates a batch job that reads from S3 and writes there';
REVOKE ALL ON FUNCTION datarobot.batch_score_s3 FROM PUBLIC;

CREATE FUNCTION datarobot.batch_score_azure(
	deployment text,
	source_url text,
	destination_url text,
	credential text DEFAULT NULL,
	spec datarobot.document DEFAULT NULL,
	strict boolean DEFAULT true,
	server text DEFAULT NULL,
	options datarobot.document DEFAULT NULL
) RETURNS datarobot.batch_job
	AS 'MODULE_PATHNAME', 'drs_batch_score_azure' LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000;
COMMENT ON FUNCTION datarobot.batch_score_azure IS
	'creates a batch job that reads from Azure''s blob storage and writes there';
REVOKE ALL ON FUNCTION datarobot.batch_score_azure FROM PUBLIC;

CREATE FUNCTION datarobot.batch_score_gcp(
	deployment text,
	source_url text,
	destination_url text,
	credential text DEFAULT NULL,
	spec datarobot.document DEFAULT NULL,
	strict boolean DEFAULT true,
	server text DEFAULT NULL,
	options datarobot.document DEFAULT NULL
) RETURNS datarobot.batch_job
	AS 'MODULE_PATHNAME', 'drs_batch_score_gcp' LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000;
COMMENT ON FUNCTION datarobot.batch_score_gcp IS
	'creates a batch job that reads from Google Cloud Storage and writes there';
REVOKE ALL ON FUNCTION datarobot.batch_score_gcp FROM PUBLIC;

-- time series data preparation

CREATE FUNCTION datarobot.batch_prepare_series(
	deployment text DEFAULT NULL,
	query text DEFAULT NULL,
	dataset_id text DEFAULT NULL,
	dataset_version_id text DEFAULT NULL,
	server text DEFAULT NULL,
	options datarobot.document DEFAULT NULL
) RETURNS jsonb
	AS 'MODULE_PATHNAME', 'drs_batch_prepare_series' LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000;
COMMENT ON FUNCTION datarobot.batch_prepare_series IS
	'has DataRobot prepare rows of time series; returns the intake settings of a job that reads them';
REVOKE ALL ON FUNCTION datarobot.batch_prepare_series FROM PUBLIC;

-- uploads and downloads of jobs

CREATE FUNCTION datarobot.batch_upload(
	job text,
	query text,
	server text DEFAULT NULL,
	options datarobot.document DEFAULT NULL
) RETURNS bigint
	AS 'MODULE_PATHNAME', 'drs_batch_upload' LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000;
COMMENT ON FUNCTION datarobot.batch_upload IS
	'sends the rows of a query as the data of a batch job that waits for it; returns their number';
REVOKE ALL ON FUNCTION datarobot.batch_upload FROM PUBLIC;

CREATE FUNCTION datarobot.batch_upload_file(
	job text,
	path text,
	server text DEFAULT NULL,
	options datarobot.document DEFAULT NULL
) RETURNS bigint
	AS 'MODULE_PATHNAME', 'drs_batch_upload_file' LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000;
COMMENT ON FUNCTION datarobot.batch_upload_file IS
	'sends a file of the database server as the data of a batch job that waits for it; returns its size in bytes';
REVOKE ALL ON FUNCTION datarobot.batch_upload_file FROM PUBLIC;

CREATE FUNCTION datarobot.batch_download(
	job text,
	timeout datarobot.quantity DEFAULT NULL,
	server text DEFAULT NULL,
	options datarobot.document DEFAULT NULL,
	OUT line_number bigint,
	OUT record jsonb
) RETURNS SETOF record
	AS 'MODULE_PATHNAME', 'drs_batch_download' LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 100000;
COMMENT ON FUNCTION datarobot.batch_download IS
	'the result of a batch job, which it waits for: an object of column names and texts for each row';
REVOKE ALL ON FUNCTION datarobot.batch_download FROM PUBLIC;

CREATE FUNCTION datarobot.batch_download_as(
	row_type anyelement,
	job text,
	timeout datarobot.quantity DEFAULT NULL,
	server text DEFAULT NULL,
	options datarobot.document DEFAULT NULL
) RETURNS SETOF anyelement
	AS 'MODULE_PATHNAME', 'drs_batch_download_as' LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 100000;
COMMENT ON FUNCTION datarobot.batch_download_as IS
	'the result of a batch job, which it waits for, as rows of a given composite type';
REVOKE ALL ON FUNCTION datarobot.batch_download_as FROM PUBLIC;

CREATE FUNCTION datarobot.batch_download_file(
	job text,
	path text,
	timeout datarobot.quantity DEFAULT NULL,
	server text DEFAULT NULL,
	options datarobot.document DEFAULT NULL
) RETURNS bigint
	AS 'MODULE_PATHNAME', 'drs_batch_download_file' LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000;
COMMENT ON FUNCTION datarobot.batch_download_file IS
	'writes the result of a batch job, which it waits for, to a file of the database server; returns its size in bytes';
REVOKE ALL ON FUNCTION datarobot.batch_download_file FROM PUBLIC;

-- job definitions

CREATE TYPE datarobot.schedule;
CREATE FUNCTION datarobot.schedule_in(cstring) RETURNS datarobot.schedule
	AS 'textin' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION datarobot.schedule_in IS 'internal: input function of the type schedule';
CREATE FUNCTION datarobot.schedule_out(datarobot.schedule) RETURNS cstring
	AS 'textout' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION datarobot.schedule_out IS 'internal: output function of the type schedule';
CREATE FUNCTION datarobot.schedule_recv(internal) RETURNS datarobot.schedule
	AS 'textrecv' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION datarobot.schedule_recv IS 'internal: binary input function of the type schedule';
CREATE FUNCTION datarobot.schedule_send(datarobot.schedule) RETURNS bytea
	AS 'textsend' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION datarobot.schedule_send IS 'internal: binary output function of the type schedule';
CREATE TYPE datarobot.schedule (
	INPUT = datarobot.schedule_in, OUTPUT = datarobot.schedule_out, RECEIVE = datarobot.schedule_recv,
	SEND = datarobot.schedule_send,
	LIKE = pg_catalog.text
);
COMMENT ON TYPE datarobot.schedule IS 'an argument that is a schedule: JSON, or the text that cron has for it';
CREATE CAST (jsonb AS datarobot.schedule) WITH INOUT AS IMPLICIT;
COMMENT ON CAST (jsonb AS datarobot.schedule) IS 'allows JSON as a schedule';
CREATE CAST (json AS datarobot.schedule) WITH INOUT AS IMPLICIT;
COMMENT ON CAST (json AS datarobot.schedule) IS 'allows JSON as a schedule';
CREATE CAST (text AS datarobot.schedule) WITHOUT FUNCTION AS IMPLICIT;
COMMENT ON CAST (text AS datarobot.schedule) IS 'allows a text as a schedule';
CREATE CAST (varchar AS datarobot.schedule) WITHOUT FUNCTION AS IMPLICIT;
COMMENT ON CAST (varchar AS datarobot.schedule) IS 'allows a text as a schedule';

CREATE FUNCTION datarobot.batch_schedule(schedule datarobot.schedule) RETURNS jsonb
	AS 'MODULE_PATHNAME', 'drs_batch_schedule' LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION datarobot.batch_schedule IS 'a schedule as DataRobot has it; translates those of cron';
REVOKE ALL ON FUNCTION datarobot.batch_schedule FROM PUBLIC;

CREATE FUNCTION datarobot.batch_schedule_times(
	schedule datarobot.schedule,
	after timestamptz DEFAULT pg_catalog.now(),
	times datarobot.quantity DEFAULT 5
) RETURNS SETOF timestamptz
	AS 'MODULE_PATHNAME', 'drs_batch_schedule_times' LANGUAGE C STABLE STRICT PARALLEL SAFE ROWS 5;
COMMENT ON FUNCTION datarobot.batch_schedule_times IS 'the next times of a schedule';
REVOKE ALL ON FUNCTION datarobot.batch_schedule_times FROM PUBLIC;

CREATE TYPE datarobot.batch_definition AS (
	id text,
	name text,
	enabled boolean,
	schedule jsonb,
	batch_prediction_job jsonb,
	created timestamptz,
	created_by text,
	updated timestamptz,
	updated_by text,
	last_started_job_time timestamptz,
	last_started_job_status text,
	last_scheduled_run_time timestamptz,
	next_scheduled_run_time timestamptz,
	last_successful_run_time timestamptz,
	last_failed_run_time timestamptz,
	record jsonb
);
COMMENT ON TYPE datarobot.batch_definition IS 'a definition of batch jobs, and its schedule';
COMMENT ON COLUMN datarobot.batch_definition.enabled IS 'whether it runs by its schedule';
COMMENT ON COLUMN datarobot.batch_definition.batch_prediction_job IS
	'the specification of its jobs, without secrets';
COMMENT ON COLUMN datarobot.batch_definition.record IS 'all that the service says of it, without secrets';

CREATE FUNCTION datarobot.batch_definition_create(
	spec datarobot.document,
	name text DEFAULT NULL,
	enabled boolean DEFAULT false,
	schedule datarobot.schedule DEFAULT NULL,
	strict boolean DEFAULT true,
	server text DEFAULT NULL,
	options datarobot.document DEFAULT NULL
) RETURNS datarobot.batch_definition
	AS 'MODULE_PATHNAME', 'drs_batch_definition_create' LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000;
COMMENT ON FUNCTION datarobot.batch_definition_create IS 'creates a definition of batch jobs';
REVOKE ALL ON FUNCTION datarobot.batch_definition_create FROM PUBLIC;

CREATE FUNCTION datarobot.batch_definition_get(
	definition text,
	server text DEFAULT NULL,
	options datarobot.document DEFAULT NULL
) RETURNS datarobot.batch_definition
	AS 'MODULE_PATHNAME', 'drs_batch_definition_get' LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000;
COMMENT ON FUNCTION datarobot.batch_definition_get IS 'a definition of batch jobs by its id or name';
REVOKE ALL ON FUNCTION datarobot.batch_definition_get FROM PUBLIC;

CREATE FUNCTION datarobot.batch_definition_list(
	search_name text DEFAULT NULL,
	deployment text DEFAULT NULL,
	max_rows datarobot.quantity DEFAULT NULL,
	skip_rows datarobot.quantity DEFAULT NULL,
	server text DEFAULT NULL,
	options datarobot.document DEFAULT NULL
) RETURNS SETOF datarobot.batch_definition
	AS 'MODULE_PATHNAME', 'drs_batch_definition_list' LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 100;
COMMENT ON FUNCTION datarobot.batch_definition_list IS 'definitions of batch jobs';
REVOKE ALL ON FUNCTION datarobot.batch_definition_list FROM PUBLIC;

CREATE FUNCTION datarobot.batch_definition_update(
	definition text,
	spec datarobot.document DEFAULT NULL,
	name text DEFAULT NULL,
	enabled boolean DEFAULT NULL,
	schedule datarobot.schedule DEFAULT NULL,
	strict boolean DEFAULT true,
	server text DEFAULT NULL,
	options datarobot.document DEFAULT NULL
) RETURNS datarobot.batch_definition
	AS 'MODULE_PATHNAME', 'drs_batch_definition_update' LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000;
COMMENT ON FUNCTION datarobot.batch_definition_update IS 'changes what is given of a definition of batch jobs';
REVOKE ALL ON FUNCTION datarobot.batch_definition_update FROM PUBLIC;

CREATE FUNCTION datarobot.batch_definition_delete(
	definition text,
	server text DEFAULT NULL,
	options datarobot.document DEFAULT NULL
) RETURNS void
	AS 'MODULE_PATHNAME', 'drs_batch_definition_delete' LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000;
COMMENT ON FUNCTION datarobot.batch_definition_delete IS 'deletes a definition of batch jobs, but no job';
REVOKE ALL ON FUNCTION datarobot.batch_definition_delete FROM PUBLIC;

CREATE FUNCTION datarobot.batch_definition_run(
	definition text,
	server text DEFAULT NULL,
	options datarobot.document DEFAULT NULL
) RETURNS datarobot.batch_job
	AS 'MODULE_PATHNAME', 'drs_batch_definition_run' LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000;
COMMENT ON FUNCTION datarobot.batch_definition_run IS 'creates a job of a definition at once';
REVOKE ALL ON FUNCTION datarobot.batch_definition_run FROM PUBLIC;

CREATE FUNCTION datarobot.batch_definition_run_on_schedule(
	definition text,
	schedule datarobot.schedule,
	server text DEFAULT NULL,
	options datarobot.document DEFAULT NULL
) RETURNS datarobot.batch_definition
	AS 'MODULE_PATHNAME', 'drs_batch_definition_run_on_schedule'
	LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000;
COMMENT ON FUNCTION datarobot.batch_definition_run_on_schedule IS
	'gives a definition of batch jobs a schedule and enables it';
REVOKE ALL ON FUNCTION datarobot.batch_definition_run_on_schedule FROM PUBLIC;

-- partitions of training data: rows

CREATE FUNCTION datarobot.random_cv(holdout_pct datarobot.quantity, reps datarobot.quantity,
	seed datarobot.quantity DEFAULT '0')
	RETURNS text
	AS 'MODULE_PATHNAME', 'drs_random_cv' LANGUAGE C WINDOW STABLE PARALLEL SAFE;
COMMENT ON FUNCTION datarobot.random_cv IS 'set of the row for cross-validation: Holdout, or the number of its fold';

CREATE FUNCTION datarobot.random_tvh(holdout_pct datarobot.quantity, validation_pct datarobot.quantity,
	seed datarobot.quantity DEFAULT '0')
	RETURNS text
	AS 'MODULE_PATHNAME', 'drs_random_tvh' LANGUAGE C WINDOW STABLE PARALLEL SAFE;
COMMENT ON FUNCTION datarobot.random_tvh IS 'set of the row: Training, Validation or Holdout';

CREATE FUNCTION datarobot.stratified_cv(target anyelement, holdout_pct datarobot.quantity, reps datarobot.quantity,
	seed datarobot.quantity DEFAULT '0')
	RETURNS text
	AS 'MODULE_PATHNAME', 'drs_stratified_cv' LANGUAGE C WINDOW STABLE PARALLEL SAFE;
COMMENT ON FUNCTION datarobot.stratified_cv IS
	'set of the row for cross-validation; each set has the values of the target in the same ratio';

CREATE FUNCTION datarobot.stratified_tvh(target anyelement, holdout_pct datarobot.quantity,
	validation_pct datarobot.quantity, seed datarobot.quantity DEFAULT '0')
	RETURNS text
	AS 'MODULE_PATHNAME', 'drs_stratified_tvh' LANGUAGE C WINDOW STABLE PARALLEL SAFE;
COMMENT ON FUNCTION datarobot.stratified_tvh IS
	'Training, Validation or Holdout; each set has the values of the target in the same ratio';

CREATE FUNCTION datarobot.user_cv(value anycompatible, cv_holdout_level anycompatible DEFAULT NULL)
	RETURNS text
	AS 'MODULE_PATHNAME', 'drs_user_cv' LANGUAGE C WINDOW STABLE PARALLEL SAFE;
COMMENT ON FUNCTION datarobot.user_cv IS 'set of the row for cross-validation, one fold for each value of a column';

CREATE FUNCTION datarobot.user_tvh(value anycompatible, training_level anycompatible, validation_level anycompatible,
	holdout_level anycompatible DEFAULT NULL)
	RETURNS text
	AS 'MODULE_PATHNAME', 'drs_user_tvh' LANGUAGE C WINDOW STABLE PARALLEL SAFE;
COMMENT ON FUNCTION datarobot.user_tvh IS 'Training, Validation or Holdout, by the value of a column';

CREATE FUNCTION datarobot.group_cv(key anyelement, holdout_pct datarobot.quantity, reps datarobot.quantity,
	seed datarobot.quantity DEFAULT '0')
	RETURNS text
	AS 'MODULE_PATHNAME', 'drs_group_cv' LANGUAGE C WINDOW STABLE PARALLEL SAFE;
COMMENT ON FUNCTION datarobot.group_cv IS
	'set of the row for cross-validation; rows with the same key are in the same set';

CREATE FUNCTION datarobot.group_tvh(key anyelement, holdout_pct datarobot.quantity,
	validation_pct datarobot.quantity, seed datarobot.quantity DEFAULT '0')
	RETURNS text
	AS 'MODULE_PATHNAME', 'drs_group_tvh' LANGUAGE C WINDOW STABLE PARALLEL SAFE;
COMMENT ON FUNCTION datarobot.group_tvh IS
	'Training, Validation or Holdout; rows with the same key are in the same set';

-- partitions of training data: dates

CREATE TYPE datarobot.duration;
CREATE FUNCTION datarobot.duration_in(cstring) RETURNS datarobot.duration
	AS 'MODULE_PATHNAME', 'drs_duration_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION datarobot.duration_in IS 'internal: input function of the type duration';
CREATE FUNCTION datarobot.duration_out(datarobot.duration) RETURNS cstring
	AS 'textout' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION datarobot.duration_out IS 'internal: output function of the type duration';
CREATE FUNCTION datarobot.duration_recv(internal) RETURNS datarobot.duration
	AS 'MODULE_PATHNAME', 'drs_duration_recv' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION datarobot.duration_recv IS 'internal: binary input function of the type duration';
CREATE FUNCTION datarobot.duration_send(datarobot.duration) RETURNS bytea
	AS 'textsend' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION datarobot.duration_send IS 'internal: binary output function of the type duration';
CREATE TYPE datarobot.duration (
	INPUT = datarobot.duration_in, OUTPUT = datarobot.duration_out, RECEIVE = datarobot.duration_recv,
	SEND = datarobot.duration_send,
	LIKE = pg_catalog.text
);
COMMENT ON TYPE datarobot.duration IS 'a duration of ISO 8601 as DataRobot reads it, such as P14D or P0Y1M0DT12H';
CREATE CAST (text AS datarobot.duration) WITH INOUT AS ASSIGNMENT;
COMMENT ON CAST (text AS datarobot.duration) IS 'allows a text to be stored as a duration, which checks it';
CREATE CAST (varchar AS datarobot.duration) WITH INOUT AS ASSIGNMENT;
COMMENT ON CAST (varchar AS datarobot.duration) IS 'allows a text to be stored as a duration, which checks it';
CREATE FUNCTION datarobot.duration(interval) RETURNS datarobot.duration
	AS 'MODULE_PATHNAME', 'drs_duration_of' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION datarobot.duration IS 'internal: an interval, which must not be negative, as a duration';
CREATE CAST (interval AS datarobot.duration) WITH FUNCTION datarobot.duration(interval) AS ASSIGNMENT;
COMMENT ON CAST (interval AS datarobot.duration) IS 'the duration of an interval, with all of its parts';
CREATE FUNCTION datarobot.duration_as_interval(datarobot.duration) RETURNS interval
	AS 'MODULE_PATHNAME', 'drs_duration_as_interval' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION datarobot.duration_as_interval IS 'internal: the interval of a duration';
CREATE CAST (datarobot.duration AS interval) WITH FUNCTION datarobot.duration_as_interval(datarobot.duration)
	AS IMPLICIT;
COMMENT ON CAST (datarobot.duration AS interval) IS 'allows a duration as an interval, for dates and comparisons';

CREATE FUNCTION datarobot.construct_duration_string(
	years datarobot.quantity DEFAULT '0',
	months datarobot.quantity DEFAULT '0',
	days datarobot.quantity DEFAULT '0',
	hours datarobot.quantity DEFAULT '0',
	minutes datarobot.quantity DEFAULT '0',
	seconds datarobot.quantity DEFAULT '0'
) RETURNS datarobot.duration
	AS 'MODULE_PATHNAME', 'drs_construct_duration_string' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION datarobot.construct_duration_string IS 'the duration of the given parts';

CREATE FUNCTION datarobot.datetime_partition(
	value anyelement,
	spec datarobot.document,
	backtest datarobot.quantity DEFAULT NULL
) RETURNS text
	AS 'MODULE_PATHNAME', 'drs_datetime_partition' LANGUAGE C WINDOW STABLE PARALLEL SAFE;
COMMENT ON FUNCTION datarobot.datetime_partition IS
	'the set of each row by its time: that of a backtest, or of the holdout';

CREATE FUNCTION datarobot.datetime_partitioning(query text, spec datarobot.document)
	RETURNS jsonb
	AS 'MODULE_PATHNAME', 'drs_datetime_partitioning' LANGUAGE C STRICT PARALLEL RESTRICTED COST 1000;
COMMENT ON FUNCTION datarobot.datetime_partitioning IS 'preview of the partitions by time of the rows of a query';

CREATE FUNCTION datarobot.datetime_partitions(
	preview datarobot.document,
	OUT backtest integer,
	OUT part text,
	OUT start_date timestamp,
	OUT end_date timestamp,
	OUT duration text,
	OUT row_count bigint,
	OUT warnings text[]
) RETURNS SETOF record
	AS 'MODULE_PATHNAME', 'drs_datetime_partitions' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 8;
COMMENT ON FUNCTION datarobot.datetime_partitions IS 'the parts of a preview of datetime partitioning, as rows';

CREATE FUNCTION datarobot.datetime_specification(
	preview datarobot.document,
	use_holdout_start_end_format boolean DEFAULT false,
	use_backtest_start_end_format boolean DEFAULT false
) RETURNS jsonb
	AS 'MODULE_PATHNAME', 'drs_datetime_specification' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION datarobot.datetime_specification IS 'the specification that a preview comes from';

-- partitions of training data: the service

CREATE FUNCTION datarobot.partitioning_payload(
	spec datarobot.document,
	column_name text DEFAULT NULL
) RETURNS jsonb
	AS 'MODULE_PATHNAME', 'drs_partitioning_payload' LANGUAGE C STABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION datarobot.partitioning_payload IS
	'what DataRobot is sent of a partition of training data, or of one that a column of the data has';

CREATE FUNCTION datarobot.partition_query(
	query text,
	spec datarobot.document,
	column_name text DEFAULT 'partition',
	order_by text[] DEFAULT NULL,
	backtest datarobot.quantity DEFAULT NULL
) RETURNS text
	AS 'MODULE_PATHNAME', 'drs_partition_query' LANGUAGE C STABLE PARALLEL RESTRICTED COST 1000;
COMMENT ON FUNCTION datarobot.partition_query IS
	'the text of a query that adds the sets of a partition to the rows of a query, as a column';

CREATE FUNCTION datarobot.partition_column(
	query text,
	spec datarobot.document,
	column_name text DEFAULT 'partition',
	order_by text[] DEFAULT NULL,
	backtest datarobot.quantity DEFAULT NULL
) RETURNS SETOF record
	AS 'MODULE_PATHNAME', 'drs_partition_column' LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 100000;
COMMENT ON FUNCTION datarobot.partition_column IS
	'the rows of a query, with the sets of a partition as their last column';

CREATE FUNCTION datarobot.project_partitioning(
	project text,
	server text DEFAULT NULL,
	options datarobot.document DEFAULT NULL
) RETURNS jsonb
	AS 'MODULE_PATHNAME', 'drs_project_partitioning' LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000;
COMMENT ON FUNCTION datarobot.project_partitioning IS
	'a specification of the partition that a project of DataRobot uses';
REVOKE ALL ON FUNCTION datarobot.project_partitioning FROM PUBLIC;

CREATE FUNCTION datarobot.datetime_partitioning_get(
	project text,
	server text DEFAULT NULL,
	options datarobot.document DEFAULT NULL
) RETURNS jsonb
	AS 'MODULE_PATHNAME', 'drs_datetime_partitioning_get' LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000;
COMMENT ON FUNCTION datarobot.datetime_partitioning_get IS
	'the partition by dates that a project of DataRobot uses, as DataRobot reports it';
REVOKE ALL ON FUNCTION datarobot.datetime_partitioning_get FROM PUBLIC;

CREATE FUNCTION datarobot.datetime_partitioning_generate(
	project text,
	spec datarobot.document,
	target text DEFAULT NULL,
	server text DEFAULT NULL,
	options datarobot.document DEFAULT NULL
) RETURNS jsonb
	AS 'MODULE_PATHNAME', 'drs_datetime_partitioning_generate' LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000;
COMMENT ON FUNCTION datarobot.datetime_partitioning_generate IS
	'the partition by dates that a project of DataRobot would have, as DataRobot computes it';
REVOKE ALL ON FUNCTION datarobot.datetime_partitioning_generate FROM PUBLIC;

CREATE FUNCTION datarobot.compare_partitioning(
	project text,
	query text,
	spec datarobot.document DEFAULT NULL,
	target text DEFAULT NULL,
	server text DEFAULT NULL,
	options datarobot.document DEFAULT NULL,
	OUT backtest integer,
	OUT part text,
	OUT our_start timestamp,
	OUT their_start timestamp,
	OUT our_end timestamp,
	OUT their_end timestamp,
	OUT our_duration text,
	OUT their_duration text,
	OUT our_rows bigint,
	OUT their_rows bigint,
	OUT equal boolean
) RETURNS SETOF record
	AS 'MODULE_PATHNAME', 'drs_compare_partitioning' LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 8;
COMMENT ON FUNCTION datarobot.compare_partitioning IS
	'the parts of a partition by dates, as computed here and as DataRobot has them';
REVOKE ALL ON FUNCTION datarobot.compare_partitioning FROM PUBLIC;

-- quality of predictions

CREATE TYPE datarobot.outcome;
CREATE FUNCTION datarobot.outcome_in(cstring) RETURNS datarobot.outcome
	AS 'float8in' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION datarobot.outcome_in IS 'internal: input function of the type outcome';
CREATE FUNCTION datarobot.outcome_out(datarobot.outcome) RETURNS cstring
	AS 'float8out' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION datarobot.outcome_out IS 'internal: output function of the type outcome';
CREATE FUNCTION datarobot.outcome_recv(internal) RETURNS datarobot.outcome
	AS 'float8recv' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION datarobot.outcome_recv IS 'internal: binary input function of the type outcome';
CREATE FUNCTION datarobot.outcome_send(datarobot.outcome) RETURNS bytea
	AS 'float8send' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION datarobot.outcome_send IS 'internal: binary output function of the type outcome';
CREATE TYPE datarobot.outcome (
	INPUT = datarobot.outcome_in, OUTPUT = datarobot.outcome_out, RECEIVE = datarobot.outcome_recv,
	SEND = datarobot.outcome_send,
	LIKE = pg_catalog.float8
);
COMMENT ON TYPE datarobot.outcome IS 'an argument that is a boolean, or a number such as 0 or 1';
CREATE FUNCTION datarobot.outcome(boolean) RETURNS datarobot.outcome
	AS 'MODULE_PATHNAME', 'drs_outcome_of_boolean' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION datarobot.outcome(boolean) IS 'internal: 1 for true, 0 for false';
CREATE CAST (boolean AS datarobot.outcome) WITH FUNCTION datarobot.outcome(boolean) AS IMPLICIT;
COMMENT ON CAST (boolean AS datarobot.outcome) IS 'allows a boolean as an outcome';
CREATE FUNCTION datarobot.outcome(smallint) RETURNS datarobot.outcome
	AS 'i2tod' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION datarobot.outcome(smallint) IS 'internal: a number as an outcome';
CREATE CAST (smallint AS datarobot.outcome) WITH FUNCTION datarobot.outcome(smallint) AS IMPLICIT;
COMMENT ON CAST (smallint AS datarobot.outcome) IS 'allows a number as an outcome';
CREATE FUNCTION datarobot.outcome(integer) RETURNS datarobot.outcome
	AS 'i4tod' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION datarobot.outcome(integer) IS 'internal: a number as an outcome';
CREATE CAST (integer AS datarobot.outcome) WITH FUNCTION datarobot.outcome(integer) AS IMPLICIT;
COMMENT ON CAST (integer AS datarobot.outcome) IS 'allows a number as an outcome';
CREATE FUNCTION datarobot.outcome(bigint) RETURNS datarobot.outcome
	AS 'i8tod' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION datarobot.outcome(bigint) IS 'internal: a number as an outcome';
CREATE CAST (bigint AS datarobot.outcome) WITH FUNCTION datarobot.outcome(bigint) AS IMPLICIT;
COMMENT ON CAST (bigint AS datarobot.outcome) IS 'allows a number as an outcome';
CREATE FUNCTION datarobot.outcome(numeric) RETURNS datarobot.outcome
	AS 'numeric_float8' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION datarobot.outcome(numeric) IS 'internal: a number as an outcome';
CREATE CAST (numeric AS datarobot.outcome) WITH FUNCTION datarobot.outcome(numeric) AS IMPLICIT;
COMMENT ON CAST (numeric AS datarobot.outcome) IS 'allows a number as an outcome';
CREATE FUNCTION datarobot.outcome(real) RETURNS datarobot.outcome
	AS 'ftod' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION datarobot.outcome(real) IS 'internal: a number as an outcome';
CREATE CAST (real AS datarobot.outcome) WITH FUNCTION datarobot.outcome(real) AS IMPLICIT;
COMMENT ON CAST (real AS datarobot.outcome) IS 'allows a number as an outcome';
CREATE CAST (double precision AS datarobot.outcome) WITHOUT FUNCTION AS IMPLICIT;
COMMENT ON CAST (double precision AS datarobot.outcome) IS 'allows a number as an outcome';
CREATE CAST (datarobot.outcome AS double precision) WITHOUT FUNCTION AS IMPLICIT;
COMMENT ON CAST (datarobot.outcome AS double precision) IS
	'compares and sorts outcomes as numbers, for DISTINCT';

CREATE TYPE datarobot.roc_point AS (
	threshold double precision,
	false_positive_rate double precision,
	true_positive_rate double precision
);
COMMENT ON TYPE datarobot.roc_point IS 'a point of a ROC curve';
COMMENT ON COLUMN datarobot.roc_point.threshold IS 'the score from which on rows are predicted positive';
COMMENT ON COLUMN datarobot.roc_point.false_positive_rate IS 'the share of negative rows with at least this score';
COMMENT ON COLUMN datarobot.roc_point.true_positive_rate IS 'the share of positive rows with at least this score';
CREATE TYPE datarobot.calibration_bin AS (
	bin integer,
	lower_edge double precision,
	upper_edge double precision,
	rows bigint,
	weight double precision,
	mean_probability double precision,
	mean_label double precision
);
COMMENT ON TYPE datarobot.calibration_bin IS 'a point of a calibration curve';
COMMENT ON COLUMN datarobot.calibration_bin.bin IS 'the number of the bin, from 1';
COMMENT ON COLUMN datarobot.calibration_bin.lower_edge IS 'what probabilities in the bin exceed; 0 is in the first';
COMMENT ON COLUMN datarobot.calibration_bin.upper_edge IS 'probabilities in the bin are at most this';
COMMENT ON COLUMN datarobot.calibration_bin.rows IS 'rows in the bin';
COMMENT ON COLUMN datarobot.calibration_bin.weight IS 'their weight; their number if there are no weights';
COMMENT ON COLUMN datarobot.calibration_bin.mean_probability IS 'mean of the predicted probabilities';
COMMENT ON COLUMN datarobot.calibration_bin.mean_label IS 'share of positive rows';

CREATE FUNCTION datarobot.metric_serialize(internal) RETURNS bytea
	AS 'MODULE_PATHNAME', 'drs_metric_serialize' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION datarobot.metric_serialize IS 'internal: the state of an aggregate as bytes';
CREATE FUNCTION datarobot.metric_deserialize(bytea, internal) RETURNS internal
	AS 'MODULE_PATHNAME', 'drs_metric_deserialize' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION datarobot.metric_deserialize IS 'internal: the state of an aggregate from bytes';
CREATE FUNCTION datarobot.mean_combine(internal, internal) RETURNS internal
	AS 'MODULE_PATHNAME', 'drs_mean_combine' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION datarobot.mean_combine(internal, internal) IS 'internal: merges two states of an aggregate';
CREATE FUNCTION datarobot.r2_combine(internal, internal) RETURNS internal
	AS 'MODULE_PATHNAME', 'drs_r2_combine' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION datarobot.r2_combine(internal, internal) IS 'internal: merges two states of an aggregate';
CREATE FUNCTION datarobot.f1_combine(internal, internal) RETURNS internal
	AS 'MODULE_PATHNAME', 'drs_f1_combine' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION datarobot.f1_combine(internal, internal) IS 'internal: merges two states of an aggregate';
CREATE FUNCTION datarobot.calibration_combine(internal, internal) RETURNS internal
	AS 'MODULE_PATHNAME', 'drs_calibration_combine' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION datarobot.calibration_combine(internal, internal) IS
	'internal: merges two states of an aggregate';
CREATE FUNCTION datarobot.mean_final(internal) RETURNS double precision
	AS 'MODULE_PATHNAME', 'drs_mean_final' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION datarobot.mean_final(internal) IS 'internal: the result of an aggregate';
CREATE FUNCTION datarobot.root_mean_final(internal) RETURNS double precision
	AS 'MODULE_PATHNAME', 'drs_root_mean_final' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION datarobot.root_mean_final(internal) IS 'internal: the result of an aggregate';
CREATE FUNCTION datarobot.r2_final(internal) RETURNS double precision
	AS 'MODULE_PATHNAME', 'drs_r2_final' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION datarobot.r2_final(internal) IS 'internal: the result of an aggregate';
CREATE FUNCTION datarobot.f1_final(internal) RETURNS double precision
	AS 'MODULE_PATHNAME', 'drs_f1_final' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION datarobot.f1_final(internal) IS 'internal: the result of an aggregate';
CREATE FUNCTION datarobot.auc_final(internal) RETURNS double precision
	AS 'MODULE_PATHNAME', 'drs_auc_final' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION datarobot.auc_final(internal) IS 'internal: the result of an aggregate';
CREATE FUNCTION datarobot.gini_final(internal) RETURNS double precision
	AS 'MODULE_PATHNAME', 'drs_gini_final' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION datarobot.gini_final(internal) IS 'internal: the result of an aggregate';
CREATE FUNCTION datarobot.lift_final(internal) RETURNS double precision
	AS 'MODULE_PATHNAME', 'drs_lift_final' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION datarobot.lift_final(internal) IS 'internal: the result of an aggregate';
CREATE FUNCTION datarobot.roc_points_final(internal) RETURNS datarobot.roc_point[]
	AS 'MODULE_PATHNAME', 'drs_roc_points_final' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION datarobot.roc_points_final(internal) IS 'internal: the result of an aggregate';
CREATE FUNCTION datarobot.calibration_final(internal) RETURNS datarobot.calibration_bin[]
	AS 'MODULE_PATHNAME', 'drs_calibration_final' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION datarobot.calibration_final(internal) IS 'internal: the result of an aggregate';

CREATE FUNCTION datarobot.score_row(internal, datarobot.outcome, double precision) RETURNS internal
	AS 'MODULE_PATHNAME', 'drs_score_row' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION datarobot.score_row(internal, datarobot.outcome, double precision) IS
	'internal: adds a row to the state of an aggregate';
CREATE AGGREGATE datarobot.auc(label datarobot.outcome, score double precision) (
	SFUNC = datarobot.score_row, STYPE = internal, FINALFUNC = datarobot.auc_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE datarobot.auc(datarobot.outcome, double precision) IS
	'the area under the ROC curve';
CREATE FUNCTION datarobot.score_row(
	internal, datarobot.outcome, double precision, double precision
) RETURNS internal
	AS 'MODULE_PATHNAME', 'drs_score_row' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION datarobot.score_row(internal, datarobot.outcome, double precision, double precision) IS
	'internal: adds a row to the state of an aggregate';
CREATE AGGREGATE datarobot.auc(label datarobot.outcome, score double precision, weight double precision) (
	SFUNC = datarobot.score_row, STYPE = internal, FINALFUNC = datarobot.auc_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE datarobot.auc(datarobot.outcome, double precision, double precision) IS
	'the area under the ROC curve, with weights';
CREATE AGGREGATE datarobot.roc_points(label datarobot.outcome, score double precision) (
	SFUNC = datarobot.score_row, STYPE = internal, FINALFUNC = datarobot.roc_points_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE datarobot.roc_points(datarobot.outcome, double precision) IS
	'the ROC curve';
CREATE AGGREGATE datarobot.roc_points(
	label datarobot.outcome, score double precision, weight double precision
) (
	SFUNC = datarobot.score_row, STYPE = internal, FINALFUNC = datarobot.roc_points_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE datarobot.roc_points(datarobot.outcome, double precision, double precision) IS
	'the ROC curve, with weights';
CREATE FUNCTION datarobot.gini_row(internal, datarobot.outcome, double precision) RETURNS internal
	AS 'MODULE_PATHNAME', 'drs_gini_row' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION datarobot.gini_row(internal, datarobot.outcome, double precision) IS
	'internal: adds a row to the state of an aggregate';
CREATE AGGREGATE datarobot.gini(label datarobot.outcome, prediction double precision) (
	SFUNC = datarobot.gini_row, STYPE = internal, FINALFUNC = datarobot.gini_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE datarobot.gini(datarobot.outcome, double precision) IS
	'the normalized Gini coefficient';
CREATE FUNCTION datarobot.gini_row(
	internal, datarobot.outcome, double precision, double precision
) RETURNS internal
	AS 'MODULE_PATHNAME', 'drs_gini_row' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION datarobot.gini_row(internal, datarobot.outcome, double precision, double precision) IS
	'internal: adds a row to the state of an aggregate';
CREATE AGGREGATE datarobot.gini(label datarobot.outcome, prediction double precision, weight double precision) (
	SFUNC = datarobot.gini_row, STYPE = internal, FINALFUNC = datarobot.gini_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE datarobot.gini(datarobot.outcome, double precision, double precision) IS
	'the normalized Gini coefficient, with weights';
CREATE FUNCTION datarobot.lift_row(
	internal, datarobot.outcome, double precision, double precision
) RETURNS internal
	AS 'MODULE_PATHNAME', 'drs_lift_row' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION datarobot.lift_row(internal, datarobot.outcome, double precision, double precision) IS
	'internal: adds a row to the state of an aggregate';
CREATE AGGREGATE datarobot.lift(label datarobot.outcome, score double precision, share double precision) (
	SFUNC = datarobot.lift_row, STYPE = internal, FINALFUNC = datarobot.lift_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE datarobot.lift(datarobot.outcome, double precision, double precision) IS
	'how many times more rows are positive among those with the highest scores';
CREATE FUNCTION datarobot.lift_row(
	internal, datarobot.outcome, double precision, double precision, double precision
) RETURNS internal
	AS 'MODULE_PATHNAME', 'drs_lift_row' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION datarobot.lift_row(
	internal, datarobot.outcome, double precision, double precision, double precision
) IS
	'internal: adds a row to the state of an aggregate';
CREATE AGGREGATE datarobot.lift(
	label datarobot.outcome, score double precision, share double precision, weight double precision
) (
	SFUNC = datarobot.lift_row, STYPE = internal, FINALFUNC = datarobot.lift_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE datarobot.lift(datarobot.outcome, double precision, double precision, double precision) IS
	'how many times more rows are positive among those with the highest scores, with weights';
CREATE FUNCTION datarobot.calibration_row(
	internal, datarobot.outcome, double precision, double precision
) RETURNS internal
	AS 'MODULE_PATHNAME', 'drs_calibration_row' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION datarobot.calibration_row(
	internal, datarobot.outcome, double precision, double precision
) IS
	'internal: adds a row to the state of an aggregate';
CREATE AGGREGATE datarobot.calibration(
	label datarobot.outcome, probability double precision, bins double precision
) (
	SFUNC = datarobot.calibration_row, STYPE = internal, FINALFUNC = datarobot.calibration_final,
	SSPACE = 640, COMBINEFUNC = datarobot.calibration_combine, SERIALFUNC = datarobot.metric_serialize,
	DESERIALFUNC = datarobot.metric_deserialize, PARALLEL = SAFE
);
COMMENT ON AGGREGATE datarobot.calibration(datarobot.outcome, double precision, double precision) IS
	'the calibration curve';
CREATE FUNCTION datarobot.calibration_row(
	internal, datarobot.outcome, double precision, double precision, double precision
) RETURNS internal
	AS 'MODULE_PATHNAME', 'drs_calibration_row' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION datarobot.calibration_row(
	internal, datarobot.outcome, double precision, double precision, double precision
) IS
	'internal: adds a row to the state of an aggregate';
CREATE AGGREGATE datarobot.calibration(
	label datarobot.outcome, probability double precision, bins double precision, weight double precision
) (
	SFUNC = datarobot.calibration_row, STYPE = internal, FINALFUNC = datarobot.calibration_final,
	SSPACE = 640, COMBINEFUNC = datarobot.calibration_combine, SERIALFUNC = datarobot.metric_serialize,
	DESERIALFUNC = datarobot.metric_deserialize, PARALLEL = SAFE
);
COMMENT ON AGGREGATE datarobot.calibration(
	datarobot.outcome, double precision, double precision, double precision
) IS
	'the calibration curve, with weights';
CREATE FUNCTION datarobot.log_loss_row(internal, datarobot.outcome, double precision) RETURNS internal
	AS 'MODULE_PATHNAME', 'drs_log_loss_row' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION datarobot.log_loss_row(internal, datarobot.outcome, double precision) IS
	'internal: adds a row to the state of an aggregate';
CREATE AGGREGATE datarobot.log_loss(label datarobot.outcome, probability double precision) (
	SFUNC = datarobot.log_loss_row, STYPE = internal, FINALFUNC = datarobot.mean_final,
	SSPACE = 64, COMBINEFUNC = datarobot.mean_combine, SERIALFUNC = datarobot.metric_serialize,
	DESERIALFUNC = datarobot.metric_deserialize, PARALLEL = SAFE
);
COMMENT ON AGGREGATE datarobot.log_loss(datarobot.outcome, double precision) IS
	'the logarithmic loss';
CREATE FUNCTION datarobot.log_loss_row(
	internal, datarobot.outcome, double precision, double precision
) RETURNS internal
	AS 'MODULE_PATHNAME', 'drs_log_loss_row' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION datarobot.log_loss_row(internal, datarobot.outcome, double precision, double precision) IS
	'internal: adds a row to the state of an aggregate';
CREATE AGGREGATE datarobot.log_loss(
	label datarobot.outcome, probability double precision, weight double precision
) (
	SFUNC = datarobot.log_loss_row, STYPE = internal, FINALFUNC = datarobot.mean_final,
	SSPACE = 64, COMBINEFUNC = datarobot.mean_combine, SERIALFUNC = datarobot.metric_serialize,
	DESERIALFUNC = datarobot.metric_deserialize, PARALLEL = SAFE
);
COMMENT ON AGGREGATE datarobot.log_loss(datarobot.outcome, double precision, double precision) IS
	'the logarithmic loss, with weights';
CREATE FUNCTION datarobot.class_log_loss_row(internal, text, jsonb) RETURNS internal
	AS 'MODULE_PATHNAME', 'drs_class_log_loss_row' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION datarobot.class_log_loss_row(internal, text, jsonb) IS
	'internal: adds a row to the state of an aggregate';
CREATE AGGREGATE datarobot.log_loss(label text, probabilities jsonb) (
	SFUNC = datarobot.class_log_loss_row, STYPE = internal, FINALFUNC = datarobot.mean_final,
	SSPACE = 64, COMBINEFUNC = datarobot.mean_combine, SERIALFUNC = datarobot.metric_serialize,
	DESERIALFUNC = datarobot.metric_deserialize, PARALLEL = SAFE
);
COMMENT ON AGGREGATE datarobot.log_loss(text, jsonb) IS
	'the logarithmic loss of several classes';
CREATE FUNCTION datarobot.class_log_loss_row(internal, text, jsonb, double precision) RETURNS internal
	AS 'MODULE_PATHNAME', 'drs_class_log_loss_row' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION datarobot.class_log_loss_row(internal, text, jsonb, double precision) IS
	'internal: adds a row to the state of an aggregate';
CREATE AGGREGATE datarobot.log_loss(label text, probabilities jsonb, weight double precision) (
	SFUNC = datarobot.class_log_loss_row, STYPE = internal, FINALFUNC = datarobot.mean_final,
	SSPACE = 64, COMBINEFUNC = datarobot.mean_combine, SERIALFUNC = datarobot.metric_serialize,
	DESERIALFUNC = datarobot.metric_deserialize, PARALLEL = SAFE
);
COMMENT ON AGGREGATE datarobot.log_loss(text, jsonb, double precision) IS
	'the logarithmic loss of several classes, with weights';
CREATE FUNCTION datarobot.brier_row(internal, datarobot.outcome, double precision) RETURNS internal
	AS 'MODULE_PATHNAME', 'drs_brier_row' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION datarobot.brier_row(internal, datarobot.outcome, double precision) IS
	'internal: adds a row to the state of an aggregate';
CREATE AGGREGATE datarobot.brier(label datarobot.outcome, probability double precision) (
	SFUNC = datarobot.brier_row, STYPE = internal, FINALFUNC = datarobot.mean_final,
	SSPACE = 64, COMBINEFUNC = datarobot.mean_combine, SERIALFUNC = datarobot.metric_serialize,
	DESERIALFUNC = datarobot.metric_deserialize, PARALLEL = SAFE
);
COMMENT ON AGGREGATE datarobot.brier(datarobot.outcome, double precision) IS
	'the Brier score';
CREATE FUNCTION datarobot.brier_row(
	internal, datarobot.outcome, double precision, double precision
) RETURNS internal
	AS 'MODULE_PATHNAME', 'drs_brier_row' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION datarobot.brier_row(internal, datarobot.outcome, double precision, double precision) IS
	'internal: adds a row to the state of an aggregate';
CREATE AGGREGATE datarobot.brier(
	label datarobot.outcome, probability double precision, weight double precision
) (
	SFUNC = datarobot.brier_row, STYPE = internal, FINALFUNC = datarobot.mean_final,
	SSPACE = 64, COMBINEFUNC = datarobot.mean_combine, SERIALFUNC = datarobot.metric_serialize,
	DESERIALFUNC = datarobot.metric_deserialize, PARALLEL = SAFE
);
COMMENT ON AGGREGATE datarobot.brier(datarobot.outcome, double precision, double precision) IS
	'the Brier score, with weights';
CREATE FUNCTION datarobot.equality_row(internal, anycompatible, anycompatible) RETURNS internal
	AS 'MODULE_PATHNAME', 'drs_equality_row' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION datarobot.equality_row(internal, anycompatible, anycompatible) IS
	'internal: adds a row to the state of an aggregate';
CREATE AGGREGATE datarobot.accuracy(label anycompatible, prediction anycompatible) (
	SFUNC = datarobot.equality_row, STYPE = internal, FINALFUNC = datarobot.mean_final,
	SSPACE = 64, COMBINEFUNC = datarobot.mean_combine, SERIALFUNC = datarobot.metric_serialize,
	DESERIALFUNC = datarobot.metric_deserialize, PARALLEL = SAFE
);
COMMENT ON AGGREGATE datarobot.accuracy(anycompatible, anycompatible) IS
	'the share of rows whose prediction is the label';
CREATE FUNCTION datarobot.equality_row(
	internal, anycompatible, anycompatible, double precision
) RETURNS internal
	AS 'MODULE_PATHNAME', 'drs_equality_row' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION datarobot.equality_row(internal, anycompatible, anycompatible, double precision) IS
	'internal: adds a row to the state of an aggregate';
CREATE AGGREGATE datarobot.accuracy(label anycompatible, prediction anycompatible, weight double precision) (
	SFUNC = datarobot.equality_row, STYPE = internal, FINALFUNC = datarobot.mean_final,
	SSPACE = 64, COMBINEFUNC = datarobot.mean_combine, SERIALFUNC = datarobot.metric_serialize,
	DESERIALFUNC = datarobot.metric_deserialize, PARALLEL = SAFE
);
COMMENT ON AGGREGATE datarobot.accuracy(anycompatible, anycompatible, double precision) IS
	'the share of rows whose prediction is the label, with weights';
CREATE FUNCTION datarobot.f1_row(internal, datarobot.outcome, datarobot.outcome) RETURNS internal
	AS 'MODULE_PATHNAME', 'drs_f1_row' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION datarobot.f1_row(internal, datarobot.outcome, datarobot.outcome) IS
	'internal: adds a row to the state of an aggregate';
CREATE AGGREGATE datarobot.f1(label datarobot.outcome, prediction datarobot.outcome) (
	SFUNC = datarobot.f1_row, STYPE = internal, FINALFUNC = datarobot.f1_final,
	SSPACE = 64, COMBINEFUNC = datarobot.f1_combine, SERIALFUNC = datarobot.metric_serialize,
	DESERIALFUNC = datarobot.metric_deserialize, PARALLEL = SAFE
);
COMMENT ON AGGREGATE datarobot.f1(datarobot.outcome, datarobot.outcome) IS
	'the harmonic mean of precision and recall';
CREATE FUNCTION datarobot.f1_row(
	internal, datarobot.outcome, datarobot.outcome, double precision
) RETURNS internal
	AS 'MODULE_PATHNAME', 'drs_f1_row' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION datarobot.f1_row(internal, datarobot.outcome, datarobot.outcome, double precision) IS
	'internal: adds a row to the state of an aggregate';
CREATE AGGREGATE datarobot.f1(label datarobot.outcome, prediction datarobot.outcome, weight double precision) (
	SFUNC = datarobot.f1_row, STYPE = internal, FINALFUNC = datarobot.f1_final,
	SSPACE = 64, COMBINEFUNC = datarobot.f1_combine, SERIALFUNC = datarobot.metric_serialize,
	DESERIALFUNC = datarobot.metric_deserialize, PARALLEL = SAFE
);
COMMENT ON AGGREGATE datarobot.f1(datarobot.outcome, datarobot.outcome, double precision) IS
	'the harmonic mean of precision and recall, with weights';
CREATE FUNCTION datarobot.squared_error_row(internal, double precision, double precision) RETURNS internal
	AS 'MODULE_PATHNAME', 'drs_squared_error_row' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION datarobot.squared_error_row(internal, double precision, double precision) IS
	'internal: adds a row to the state of an aggregate';
CREATE AGGREGATE datarobot.rmse(label double precision, prediction double precision) (
	SFUNC = datarobot.squared_error_row, STYPE = internal, FINALFUNC = datarobot.root_mean_final,
	SSPACE = 64, COMBINEFUNC = datarobot.mean_combine, SERIALFUNC = datarobot.metric_serialize,
	DESERIALFUNC = datarobot.metric_deserialize, PARALLEL = SAFE
);
COMMENT ON AGGREGATE datarobot.rmse(double precision, double precision) IS
	'the root of the mean squared error';
CREATE FUNCTION datarobot.squared_error_row(
	internal, double precision, double precision, double precision
) RETURNS internal
	AS 'MODULE_PATHNAME', 'drs_squared_error_row' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION datarobot.squared_error_row(
	internal, double precision, double precision, double precision
) IS
	'internal: adds a row to the state of an aggregate';
CREATE AGGREGATE datarobot.rmse(label double precision, prediction double precision, weight double precision) (
	SFUNC = datarobot.squared_error_row, STYPE = internal, FINALFUNC = datarobot.root_mean_final,
	SSPACE = 64, COMBINEFUNC = datarobot.mean_combine, SERIALFUNC = datarobot.metric_serialize,
	DESERIALFUNC = datarobot.metric_deserialize, PARALLEL = SAFE
);
COMMENT ON AGGREGATE datarobot.rmse(double precision, double precision, double precision) IS
	'the root of the mean squared error, with weights';
CREATE FUNCTION datarobot.absolute_error_row(internal, double precision, double precision) RETURNS internal
	AS 'MODULE_PATHNAME', 'drs_absolute_error_row' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION datarobot.absolute_error_row(internal, double precision, double precision) IS
	'internal: adds a row to the state of an aggregate';
CREATE AGGREGATE datarobot.mae(label double precision, prediction double precision) (
	SFUNC = datarobot.absolute_error_row, STYPE = internal, FINALFUNC = datarobot.mean_final,
	SSPACE = 64, COMBINEFUNC = datarobot.mean_combine, SERIALFUNC = datarobot.metric_serialize,
	DESERIALFUNC = datarobot.metric_deserialize, PARALLEL = SAFE
);
COMMENT ON AGGREGATE datarobot.mae(double precision, double precision) IS
	'the mean absolute error';
CREATE FUNCTION datarobot.absolute_error_row(
	internal, double precision, double precision, double precision
) RETURNS internal
	AS 'MODULE_PATHNAME', 'drs_absolute_error_row' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION datarobot.absolute_error_row(
	internal, double precision, double precision, double precision
) IS
	'internal: adds a row to the state of an aggregate';
CREATE AGGREGATE datarobot.mae(label double precision, prediction double precision, weight double precision) (
	SFUNC = datarobot.absolute_error_row, STYPE = internal, FINALFUNC = datarobot.mean_final,
	SSPACE = 64, COMBINEFUNC = datarobot.mean_combine, SERIALFUNC = datarobot.metric_serialize,
	DESERIALFUNC = datarobot.metric_deserialize, PARALLEL = SAFE
);
COMMENT ON AGGREGATE datarobot.mae(double precision, double precision, double precision) IS
	'the mean absolute error, with weights';
CREATE FUNCTION datarobot.relative_error_row(internal, double precision, double precision) RETURNS internal
	AS 'MODULE_PATHNAME', 'drs_relative_error_row' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION datarobot.relative_error_row(internal, double precision, double precision) IS
	'internal: adds a row to the state of an aggregate';
CREATE AGGREGATE datarobot.mape(label double precision, prediction double precision) (
	SFUNC = datarobot.relative_error_row, STYPE = internal, FINALFUNC = datarobot.mean_final,
	SSPACE = 64, COMBINEFUNC = datarobot.mean_combine, SERIALFUNC = datarobot.metric_serialize,
	DESERIALFUNC = datarobot.metric_deserialize, PARALLEL = SAFE
);
COMMENT ON AGGREGATE datarobot.mape(double precision, double precision) IS
	'the mean absolute error relative to the label';
CREATE FUNCTION datarobot.relative_error_row(
	internal, double precision, double precision, double precision
) RETURNS internal
	AS 'MODULE_PATHNAME', 'drs_relative_error_row' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION datarobot.relative_error_row(
	internal, double precision, double precision, double precision
) IS
	'internal: adds a row to the state of an aggregate';
CREATE AGGREGATE datarobot.mape(label double precision, prediction double precision, weight double precision) (
	SFUNC = datarobot.relative_error_row, STYPE = internal, FINALFUNC = datarobot.mean_final,
	SSPACE = 64, COMBINEFUNC = datarobot.mean_combine, SERIALFUNC = datarobot.metric_serialize,
	DESERIALFUNC = datarobot.metric_deserialize, PARALLEL = SAFE
);
COMMENT ON AGGREGATE datarobot.mape(double precision, double precision, double precision) IS
	'the mean absolute error relative to the label, with weights';
CREATE FUNCTION datarobot.r2_row(internal, double precision, double precision) RETURNS internal
	AS 'MODULE_PATHNAME', 'drs_r2_row' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION datarobot.r2_row(internal, double precision, double precision) IS
	'internal: adds a row to the state of an aggregate';
CREATE AGGREGATE datarobot.r2(label double precision, prediction double precision) (
	SFUNC = datarobot.r2_row, STYPE = internal, FINALFUNC = datarobot.r2_final,
	SSPACE = 128, COMBINEFUNC = datarobot.r2_combine, SERIALFUNC = datarobot.metric_serialize,
	DESERIALFUNC = datarobot.metric_deserialize, PARALLEL = SAFE
);
COMMENT ON AGGREGATE datarobot.r2(double precision, double precision) IS
	'the coefficient of determination';
CREATE FUNCTION datarobot.r2_row(
	internal, double precision, double precision, double precision
) RETURNS internal
	AS 'MODULE_PATHNAME', 'drs_r2_row' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION datarobot.r2_row(internal, double precision, double precision, double precision) IS
	'internal: adds a row to the state of an aggregate';
CREATE AGGREGATE datarobot.r2(label double precision, prediction double precision, weight double precision) (
	SFUNC = datarobot.r2_row, STYPE = internal, FINALFUNC = datarobot.r2_final,
	SSPACE = 128, COMBINEFUNC = datarobot.r2_combine, SERIALFUNC = datarobot.metric_serialize,
	DESERIALFUNC = datarobot.metric_deserialize, PARALLEL = SAFE
);
COMMENT ON AGGREGATE datarobot.r2(double precision, double precision, double precision) IS
	'the coefficient of determination, with weights';

-- metrics only compute
DO $metrics$
DECLARE
	metric pg_catalog.regprocedure;
BEGIN
	FOR metric IN
		SELECT p.oid FROM pg_catalog.pg_proc p
		WHERE p.pronamespace OPERATOR(pg_catalog.=) 'datarobot'::pg_catalog.regnamespace
			AND (p.prokind OPERATOR(pg_catalog.=) 'a'
				OR p.prorettype OPERATOR(pg_catalog.=) 'datarobot.outcome'::pg_catalog.regtype)
	LOOP
		EXECUTE pg_catalog.format('GRANT EXECUTE ON FUNCTION %s TO PUBLIC', metric);
	END LOOP;
END $metrics$;
GRANT USAGE ON TYPE datarobot.outcome, datarobot.roc_point, datarobot.calibration_bin TO PUBLIC;

-- privileges of everyone, whatever the default privileges are

DO $privileges$
DECLARE
	granted record;
BEGIN
	FOR granted IN
		SELECT DISTINCT c.oid::pg_catalog.regclass AS name, a.grantee
		FROM pg_catalog.pg_class c CROSS JOIN LATERAL pg_catalog.aclexplode(c.relacl) a
		WHERE c.relnamespace OPERATOR(pg_catalog.=) 'datarobot'::pg_catalog.regnamespace
			AND c.oid OPERATOR(pg_catalog.=) ANY (ARRAY['datarobot.run', 'datarobot.run_slice',
				'datarobot.rejected_row', 'datarobot.run_job', 'datarobot.run_mark', 'datarobot.ledger_dump',
				'datarobot.run_run_id_seq', 'datarobot.run_status']::pg_catalog.regclass[]::pg_catalog.oid[])
			AND a.grantee OPERATOR(pg_catalog.<>) c.relowner
	LOOP
		-- a role that can write the ledger could forge it, or run code as its owner by a trigger
		EXECUTE pg_catalog.format('REVOKE ALL ON %s FROM %s', granted.name,
			CASE WHEN granted.grantee OPERATOR(pg_catalog.=) 0 THEN 'PUBLIC'
				ELSE granted.grantee::pg_catalog.regrole::pg_catalog.text END);
	END LOOP;
END $privileges$;
GRANT SELECT ON datarobot.run, datarobot.run_slice, datarobot.rejected_row, datarobot.run_job,
	datarobot.ledger_dump, datarobot.run_status TO PUBLIC;
GRANT SELECT ON SEQUENCE datarobot.run_run_id_seq TO PUBLIC;
GRANT EXECUTE ON FUNCTION datarobot.last_run, datarobot.last_call, datarobot.prune(interval), datarobot.prune(text),
	datarobot.dump_ledger, datarobot.quantity, datarobot.duration, datarobot.duration_as_interval,
	datarobot.construct_duration_string, datarobot.datetime_partition, datarobot.datetime_partitioning,
	datarobot.datetime_partitions, datarobot.datetime_specification TO PUBLIC;
GRANT EXECUTE ON FUNCTION datarobot.partitioning_payload, datarobot.partition_query,
	datarobot.partition_column TO PUBLIC;
GRANT EXECUTE ON FUNCTION datarobot.random_cv, datarobot.random_tvh, datarobot.stratified_cv,
	datarobot.stratified_tvh, datarobot.group_cv, datarobot.group_tvh, datarobot.user_cv, datarobot.user_tvh TO PUBLIC;
GRANT USAGE ON TYPE datarobot.explanation, datarobot.prediction, datarobot.quantity, datarobot.document,
	datarobot.batch_job, datarobot.batch_definition, datarobot.schedule, datarobot.duration TO PUBLIC;
