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

CREATE TYPE datarobot.prediction AS (
	row_number bigint,
	prediction text,
	probability double precision,
	probabilities jsonb,
	threshold double precision,
	positive_class text,
	model_id text,
	request_id text
);
COMMENT ON TYPE datarobot.prediction IS
	'a prediction under names that are the same for every deployment';
COMMENT ON COLUMN datarobot.prediction.row_number IS 'number of the row within the call or partition, from 1';
COMMENT ON COLUMN datarobot.prediction.prediction IS 'label of a classification, number of a regression';
COMMENT ON COLUMN datarobot.prediction.probability IS
	'binary: of the positive class; multiclass: of the predicted class; NULL for a regression';
COMMENT ON COLUMN datarobot.prediction.probabilities IS 'object of class to probability; NULL for a regression';
COMMENT ON COLUMN datarobot.prediction.threshold IS 'threshold of a binary classification';
COMMENT ON COLUMN datarobot.prediction.positive_class IS 'positive class of a binary classification';
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
