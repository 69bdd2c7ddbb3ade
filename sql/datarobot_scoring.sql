/* datarobot_scoring: the whole SQL surface of the current version */

-- complain if the script is sourced in psql, rather than via CREATE EXTENSION
\echo Use "CREATE EXTENSION datarobot_scoring" to load this file. \quit

-- Functions that send rows out of the database, and so can spend money, are
-- executable by nobody but their owner until a DBA grants them; using a
-- server needs USAGE on it besides.

-- names may be seen by everybody
GRANT USAGE ON SCHEMA datarobot TO PUBLIC;

-- connections

CREATE FUNCTION datarobot.validator(text[], oid) RETURNS void
	AS 'MODULE_PATHNAME', 'drs_validator' LANGUAGE C STRICT;
COMMENT ON FUNCTION datarobot.validator(text[], oid) IS
	'checks the options of servers and user mappings of the wrapper datarobot_scoring';
REVOKE ALL ON FUNCTION datarobot.validator(text[], oid) FROM PUBLIC;

CREATE FOREIGN DATA WRAPPER datarobot_scoring VALIDATOR datarobot.validator;
COMMENT ON FOREIGN DATA WRAPPER datarobot_scoring IS
	'connections to DataRobot: servers say where, user mappings who';

CREATE FUNCTION datarobot.connect(
	name text,
	prediction_url text,
	api_url text DEFAULT NULL,
	api_token text DEFAULT NULL,
	api_token_file text DEFAULT NULL,
	datarobot_key text DEFAULT NULL,
	datarobot_key_file text DEFAULT NULL,
	options jsonb DEFAULT NULL
) RETURNS void
	AS 'MODULE_PATHNAME', 'drs_connect' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION datarobot.connect(text, text, text, text, text, text, text, jsonb) IS
	'creates or alters a server and the current user''s mapping for it';
REVOKE ALL ON FUNCTION datarobot.connect(text, text, text, text, text, text, text, jsonb) FROM PUBLIC;

CREATE FUNCTION datarobot.check_connection(
	server text DEFAULT NULL,
	OUT step text,
	OUT ok boolean,
	OUT detail text
) RETURNS SETOF record
	AS 'MODULE_PATHNAME', 'drs_check_connection' LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 4;
COMMENT ON FUNCTION datarobot.check_connection(text) IS
	'tests a server step by step and says what is wrong; sends no rows';
REVOKE ALL ON FUNCTION datarobot.check_connection(text) FROM PUBLIC;

-- scoring rows of the caller's own query: window functions

CREATE TYPE datarobot.explanation AS (
	feature text,
	value text,
	strength double precision,
	qualitative_strength text,
	label text
);
COMMENT ON TYPE datarobot.explanation IS
	'what one feature has contributed to a prediction';
COMMENT ON COLUMN datarobot.explanation.feature IS 'name of the feature';
COMMENT ON COLUMN datarobot.explanation.value IS 'what the row has for it; NULL when that is missing';
COMMENT ON COLUMN datarobot.explanation.strength IS 'how much it moved the prediction; not bounded';
COMMENT ON COLUMN datarobot.explanation.qualitative_strength IS 'the strength as signs, from --- to +++; SHAP has none';
COMMENT ON COLUMN datarobot.explanation.label IS 'class, or else target, that a positive strength speaks for';

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
	'label of a classification, JSON array of labels of multilabel, number of a regression, text of text generation';
COMMENT ON COLUMN datarobot.prediction.probability IS
	'binary: of the positive class; multiclass: of the predicted class; NULL for a regression';
COMMENT ON COLUMN datarobot.prediction.probabilities IS 'object of class to probability; NULL for a regression';
COMMENT ON COLUMN datarobot.prediction.threshold IS 'threshold of a binary classification, or that all labels share';
COMMENT ON COLUMN datarobot.prediction.positive_class IS 'positive class of a binary classification';
COMMENT ON COLUMN datarobot.prediction.labels IS 'predicted labels of multilabel';
COMMENT ON COLUMN datarobot.prediction.adjusted_prediction IS 'prediction adjusted by exposure';
COMMENT ON COLUMN datarobot.prediction.explanations IS
	'strongest first; empty when thresholds exclude the row; NULL when none were asked for';
COMMENT ON COLUMN datarobot.prediction.ngrams IS 'what explanations say about parts of texts';
COMMENT ON COLUMN datarobot.prediction.shap IS 'what SHAP explanations add up to: base_value, remaining_total, warnings';
COMMENT ON COLUMN datarobot.prediction.series_id IS 'series of a forecast';
COMMENT ON COLUMN datarobot.prediction.forecast_point IS 'moment that the forecast is made from';
COMMENT ON COLUMN datarobot.prediction.forecast_timestamp IS 'moment that is forecast, in the format of the rows where the answer has it';
COMMENT ON COLUMN datarobot.prediction.forecast_distance IS 'steps from one to the other';
COMMENT ON COLUMN datarobot.prediction.interval_low IS 'lower end of the prediction interval';
COMMENT ON COLUMN datarobot.prediction.interval_high IS 'upper end of the prediction interval';
COMMENT ON COLUMN datarobot.prediction.warning IS 'is the prediction an outlier?';
COMMENT ON COLUMN datarobot.prediction.humility IS 'humility rules of the deployment that the row has triggered';
COMMENT ON COLUMN datarobot.prediction.approval_status IS 'approval of the deployment';
COMMENT ON COLUMN datarobot.prediction.extra IS 'object of what the model returns beside its prediction';
COMMENT ON COLUMN datarobot.prediction.error IS 'why the row has no prediction, where rows may be without';
COMMENT ON COLUMN datarobot.prediction.model_id IS 'model that answered, when the server tells it';
COMMENT ON COLUMN datarobot.prediction.request_id IS 'request in which the row was sent, when the server tells it';

CREATE FUNCTION datarobot.predict(features record, deployment text DEFAULT NULL, options jsonb DEFAULT NULL)
	RETURNS double precision
	AS 'MODULE_PATHNAME', 'drs_predict' LANGUAGE C WINDOW STABLE PARALLEL RESTRICTED COST 10;
COMMENT ON FUNCTION datarobot.predict(record, text, jsonb) IS
	'number predicted for the row, or for classifications the probability';
REVOKE ALL ON FUNCTION datarobot.predict(record, text, jsonb) FROM PUBLIC;

CREATE FUNCTION datarobot.predict_label(features record, deployment text DEFAULT NULL, options jsonb DEFAULT NULL)
	RETURNS text
	AS 'MODULE_PATHNAME', 'drs_predict_label' LANGUAGE C WINDOW STABLE PARALLEL RESTRICTED COST 10;
COMMENT ON FUNCTION datarobot.predict_label(record, text, jsonb) IS
	'class predicted for the row';
REVOKE ALL ON FUNCTION datarobot.predict_label(record, text, jsonb) FROM PUBLIC;

CREATE FUNCTION datarobot.predict_row(features record, deployment text DEFAULT NULL, options jsonb DEFAULT NULL)
	RETURNS datarobot.prediction
	AS 'MODULE_PATHNAME', 'drs_predict_row' LANGUAGE C WINDOW STABLE PARALLEL RESTRICTED COST 10;
COMMENT ON FUNCTION datarobot.predict_row(record, text, jsonb) IS
	'everything predicted for the row';
REVOKE ALL ON FUNCTION datarobot.predict_row(record, text, jsonb) FROM PUBLIC;

-- scoring the rows of a query text: set-returning functions

CREATE FUNCTION datarobot.score(
	deployment text,
	query text,
	key_columns text[] DEFAULT '{}',
	passthrough_columns text[] DEFAULT '{}',
	server text DEFAULT NULL,
	options jsonb DEFAULT NULL,
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
COMMENT ON FUNCTION datarobot.score(text, text, text[], text[], text, jsonb) IS
	'predictions for the rows of a query, in columns that are the same for every deployment';
REVOKE ALL ON FUNCTION datarobot.score(text, text, text[], text[], text, jsonb) FROM PUBLIC;

CREATE FUNCTION datarobot.score_as(
	row_type anyelement,
	deployment text,
	query text,
	key_columns text[] DEFAULT '{}',
	passthrough_columns text[] DEFAULT '{}',
	server text DEFAULT NULL,
	options jsonb DEFAULT NULL
) RETURNS SETOF anyelement
	AS 'MODULE_PATHNAME', 'drs_score_as' LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 100000;
COMMENT ON FUNCTION datarobot.score_as(anyelement, text, text, text[], text[], text, jsonb) IS
	'predictions for the rows of a query, as rows of a given composite type';
REVOKE ALL ON FUNCTION datarobot.score_as(anyelement, text, text, text[], text[], text, jsonb) FROM PUBLIC;

CREATE FUNCTION datarobot.explain(
	deployment text,
	query text,
	key_columns text[] DEFAULT '{}',
	passthrough_columns text[] DEFAULT '{}',
	server text DEFAULT NULL,
	options jsonb DEFAULT NULL,
	max_explanations text DEFAULT NULL,
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
COMMENT ON FUNCTION datarobot.explain(text, text, text[], text[], text, jsonb, text) IS
	'what moved the predictions for the rows of a query: a row for each explanation';
REVOKE ALL ON FUNCTION datarobot.explain(text, text, text[], text[], text, jsonb, text) FROM PUBLIC;

CREATE FUNCTION datarobot.predict_unstructured(
	deployment text,
	body bytea,
	content_type text DEFAULT 'application/octet-stream',
	server text DEFAULT NULL,
	options jsonb DEFAULT NULL,
	OUT body bytea,
	OUT content_type text
) RETURNS record
	AS 'MODULE_PATHNAME', 'drs_predict_unstructured' LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000;
COMMENT ON FUNCTION datarobot.predict_unstructured(text, bytea, text, text, jsonb) IS
	'what an unstructured model answers to a body';
REVOKE ALL ON FUNCTION datarobot.predict_unstructured(text, bytea, text, text, jsonb) FROM PUBLIC;

CREATE FUNCTION datarobot.preview(
	deployment text,
	query text,
	max_rows integer DEFAULT 10,
	key_columns text[] DEFAULT '{}',
	passthrough_columns text[] DEFAULT '{}',
	server text DEFAULT NULL,
	options jsonb DEFAULT NULL,
	OUT request integer,
	OUT first_row bigint,
	OUT row_count integer,
	OUT method text,
	OUT url text,
	OUT headers text,
	OUT body text
) RETURNS SETOF record
	AS 'MODULE_PATHNAME', 'drs_preview' LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 10000 ROWS 1;
COMMENT ON FUNCTION datarobot.preview(text, text, integer, text[], text[], text, jsonb) IS
	'the requests that score would send, secrets masked; sends nothing';
REVOKE ALL ON FUNCTION datarobot.preview(text, text, integer, text[], text[], text, jsonb) FROM PUBLIC;

-- writing predictions into tables

CREATE TYPE datarobot.quantity;
CREATE FUNCTION datarobot.quantity_in(cstring) RETURNS datarobot.quantity
	AS 'textin' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION datarobot.quantity_in(cstring) IS 'input function of the type quantity';
CREATE FUNCTION datarobot.quantity_out(datarobot.quantity) RETURNS cstring
	AS 'textout' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION datarobot.quantity_out(datarobot.quantity) IS 'output function of the type quantity';
CREATE TYPE datarobot.quantity (INPUT = datarobot.quantity_in, OUTPUT = datarobot.quantity_out, LIKE = pg_catalog.text);
COMMENT ON TYPE datarobot.quantity IS 'an argument that is a number, or text with a unit such as 5% or 10min';
CREATE CAST (integer AS datarobot.quantity) WITH INOUT AS IMPLICIT;
CREATE CAST (bigint AS datarobot.quantity) WITH INOUT AS IMPLICIT;
CREATE CAST (numeric AS datarobot.quantity) WITH INOUT AS IMPLICIT;
CREATE CAST (double precision AS datarobot.quantity) WITH INOUT AS IMPLICIT;
CREATE CAST (text AS datarobot.quantity) WITHOUT FUNCTION AS IMPLICIT;

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
	column_names_remapping jsonb DEFAULT NULL,
	create_table_if_not_exists boolean DEFAULT NULL,
	extra_columns text[] DEFAULT NULL,
	on_error text DEFAULT NULL,
	reject_limit datarobot.quantity DEFAULT NULL,
	abort_on_error boolean DEFAULT NULL,
	keep_features boolean DEFAULT NULL,
	consistent_model boolean DEFAULT NULL,
	commit_rows integer DEFAULT NULL,
	commit_interval datarobot.quantity DEFAULT NULL,
	snapshot text DEFAULT NULL,
	workers integer DEFAULT NULL,
	if_running text DEFAULT NULL,
	resume boolean DEFAULT NULL,
	server text DEFAULT NULL,
	options jsonb DEFAULT NULL
)
	AS 'MODULE_PATHNAME', 'drs_score_into' LANGUAGE C;
COMMENT ON PROCEDURE datarobot.score_into(text, text, text, text, text[], text[], text[], text[], text[], jsonb, boolean, text[], text, datarobot.quantity, boolean, boolean, boolean, integer, datarobot.quantity, text, integer, text, boolean, text, jsonb) IS
	'writes predictions for the rows of a query into a table, slice by slice';
REVOKE ALL ON PROCEDURE datarobot.score_into(text, text, text, text, text[], text[], text[], text[], text[], jsonb, boolean, text[], text, datarobot.quantity, boolean, boolean, boolean, integer, datarobot.quantity, text, integer, text, boolean, text, jsonb) FROM PUBLIC;

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
	column_names_remapping jsonb DEFAULT NULL,
	create_table_if_not_exists boolean DEFAULT NULL,
	extra_columns text[] DEFAULT NULL,
	on_error text DEFAULT NULL,
	reject_limit datarobot.quantity DEFAULT NULL,
	abort_on_error boolean DEFAULT NULL,
	keep_features boolean DEFAULT NULL,
	consistent_model boolean DEFAULT NULL,
	server text DEFAULT NULL,
	options jsonb DEFAULT NULL,
	OUT run_id bigint,
	OUT rows_read bigint,
	OUT rows_written bigint,
	OUT rows_rejected bigint
) RETURNS record
	AS 'MODULE_PATHNAME', 'drs_score_into_now' LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000;
COMMENT ON FUNCTION datarobot.score_into_now(text, text, text, text, text[], text[], text[], text[], text[], jsonb, boolean, text[], text, datarobot.quantity, boolean, boolean, boolean, text, jsonb) IS
	'writes predictions for the rows of a query into a table, within the caller''s transaction';
REVOKE ALL ON FUNCTION datarobot.score_into_now(text, text, text, text, text[], text[], text[], text[], text[], jsonb, boolean, text[], text, datarobot.quantity, boolean, boolean, boolean, text, jsonb) FROM PUBLIC;

CREATE PROCEDURE datarobot.resume(run_id bigint)
	AS 'MODULE_PATHNAME', 'drs_resume' LANGUAGE C;
COMMENT ON PROCEDURE datarobot.resume(bigint) IS
	'goes on with a run of score_into behind its last committed slice';
REVOKE ALL ON PROCEDURE datarobot.resume(bigint) FROM PUBLIC;

CREATE FUNCTION datarobot.last_run() RETURNS bigint
	AS 'MODULE_PATHNAME', 'drs_last_run' LANGUAGE C STABLE PARALLEL RESTRICTED;
COMMENT ON FUNCTION datarobot.last_run() IS
	'id of the run that this session began or resumed last; NULL when there was none';

-- the ledger: what score_into has done; written by it alone

CREATE TABLE datarobot.run (
	run_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	owner regrole NOT NULL,
	state text NOT NULL CHECK (state IN ('running', 'completed', 'failed', 'cancelled', 'skipped')),
	mode text NOT NULL CHECK (mode IN ('sliced', 'transaction')),
	server text NOT NULL,
	deployment text NOT NULL,
	query text NOT NULL,
	target text NOT NULL,
	statement_type text NOT NULL,
	arguments jsonb NOT NULL,
	search_path text NOT NULL,
	split_keys jsonb,
	model_id text,
	pid integer,
	rows_read bigint,
	rows_written bigint,
	rows_rejected bigint,
	sqlstate text,
	message text,
	started_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	finished_at timestamptz
);
COMMENT ON TABLE datarobot.run IS 'calls of score_into: what was asked for and how it ended';
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
COMMENT ON TABLE datarobot.run_slice IS 'slices of runs that are committed, each with its rows';

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
COMMENT ON TABLE datarobot.rejected_row IS 'rows that got no prediction, or whose prediction could not be written, and why';
CREATE INDEX rejected_row_run ON datarobot.rejected_row (run_id);

ALTER TABLE datarobot.run ENABLE ROW LEVEL SECURITY;
ALTER TABLE datarobot.run_slice ENABLE ROW LEVEL SECURITY;
ALTER TABLE datarobot.rejected_row ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_or_monitor ON datarobot.run FOR SELECT
	USING (pg_catalog.pg_has_role(owner, 'MEMBER') OR pg_catalog.pg_has_role('pg_monitor', 'MEMBER'));
CREATE POLICY of_visible_run ON datarobot.run_slice FOR SELECT
	USING (EXISTS (SELECT FROM datarobot.run r WHERE r.run_id OPERATOR(pg_catalog.=) run_slice.run_id));
CREATE POLICY of_own_run ON datarobot.rejected_row FOR SELECT
	USING (EXISTS (SELECT FROM datarobot.run r WHERE r.run_id OPERATOR(pg_catalog.=) rejected_row.run_id
		AND pg_catalog.pg_has_role(r.owner, 'MEMBER')));
GRANT SELECT ON datarobot.run, datarobot.run_slice, datarobot.rejected_row TO PUBLIC;

SELECT pg_catalog.pg_extension_config_dump('datarobot.run', '');
SELECT pg_catalog.pg_extension_config_dump('datarobot.run_run_id_seq', '');
SELECT pg_catalog.pg_extension_config_dump('datarobot.run_slice', '');
SELECT pg_catalog.pg_extension_config_dump('datarobot.rejected_row', '');

CREATE VIEW datarobot.run_status WITH (security_invoker = true) AS
SELECT r.run_id, r.owner,
	CASE WHEN r.state OPERATOR(pg_catalog.=) 'running' AND l.pid IS NULL THEN 'interrupted' ELSE r.state END AS state,
	l.pid AS held_by, r.mode, r.deployment, r.target, r.statement_type,
	s.slices, s.rows_read, s.rows_written, s.rows_rejected,
	s.rows_read OPERATOR(pg_catalog./) nullif(extract(epoch FROM s.last_commit OPERATOR(pg_catalog.-) r.started_at), 0)
		AS rows_per_second,
	r.model_id, r.sqlstate, r.message, r.started_at, s.last_commit, r.finished_at
FROM datarobot.run r
	CROSS JOIN LATERAL (
		SELECT pg_catalog.count(*) AS slices,
			coalesce(pg_catalog.sum(rows_read), 0) AS rows_read,
			coalesce(pg_catalog.sum(rows_written), 0) AS rows_written,
			coalesce(pg_catalog.sum(rows_rejected), 0) AS rows_rejected,
			pg_catalog.max(committed_at) AS last_commit
		FROM datarobot.run_slice WHERE run_slice.run_id OPERATOR(pg_catalog.=) r.run_id) s
	LEFT JOIN pg_catalog.pg_locks l
		ON l.locktype OPERATOR(pg_catalog.=) 'advisory'
		AND l.database OPERATOR(pg_catalog.=) (SELECT oid FROM pg_catalog.pg_database
			WHERE datname OPERATOR(pg_catalog.=) pg_catalog.current_database())
		AND l.classid OPERATOR(pg_catalog.=) 'datarobot.run'::pg_catalog.regclass
		AND l.objid::pg_catalog.int8 OPERATOR(pg_catalog.=) (r.run_id OPERATOR(pg_catalog.%) 4294967296)
		AND l.objsubid OPERATOR(pg_catalog.=) 3 AND l.granted;
COMMENT ON VIEW datarobot.run_status IS 'runs with what they have committed so far and who is at them';
GRANT SELECT ON datarobot.run_status TO PUBLIC;

CREATE FUNCTION datarobot.prune(older_than interval) RETURNS bigint
	AS 'MODULE_PATHNAME', 'drs_prune' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION datarobot.prune(interval) IS
	'forgets the current user''s runs that ended longer ago, with their slices and rejected rows; returns their number';
