-- Parameters of the API: both spellings, types, bounds, what excludes what, and how they stand in URL and headers. Talks to nobody.
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS datarobot_scoring;
CREATE SCHEMA parameters;
SET search_path = parameters, pg_catalog;
CREATE SERVER parameters FOREIGN DATA WRAPPER datarobot_scoring
	OPTIONS (prediction_url 'https://127.0.0.1:9', deployment 'd', auth 'none');
SET datarobot.server = 'parameters';
-- what follows the route, or the error
CREATE FUNCTION try(options jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text; message text; detail text; hint text;
BEGIN
	SELECT substr(url, length('https://127.0.0.1:9/deployments/d/predictions') + 1) INTO result
	FROM datarobot.preview(NULL, 'SELECT 1 AS a, 2 AS b', options => try.options);
	RETURN result;
EXCEPTION WHEN others THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	RETURN concat_ws(' | ', sqlstate || ': ' || message, nullif(detail, ''), nullif(hint, ''));
END $$;
\pset format unaligned
\pset tuples_only on

-- both spellings of each
SELECT name, wire, try(jsonb_build_object(name, value)), try(jsonb_build_object(name, value)) = try(jsonb_build_object(wire, value)) AS same FROM (VALUES
	('max_explanations', 'maxExplanations', to_jsonb(3)), ('max_codes', 'maxCodes', '2'), ('max_ngram_explanations', 'maxNgramExplanations', '5'),
	('explanation_algorithm', 'explanationAlgorithm', '"shap"'), ('explanation_num_top_classes', 'explanationNumTopClasses', '2'),
	('explanation_class_names', 'explanationClassNames', '["a", "b"]'), ('threshold_high', 'thresholdHigh', '0.8'), ('threshold_low', 'thresholdLow', '0.2'),
	('exclude_adjusted_predictions', 'excludeAdjustedPredictions', 'false'), ('prediction_warning_enabled', 'predictionWarningEnabled', 'true'),
	('decimals_number', 'decimalsNumber', '4'), ('forecast_point', 'forecastPoint', '"1961-01-01T00:00:00"'),
	('relax_known_in_advance_features_check', 'relaxKnownInAdvanceFeaturesCheck', 'true')) v(name, wire, value);
SELECT try('{"predictions_start_date": "2024-01-01T00:00:00Z", "predictionsEndDate": "2024-02-01T00:00:00Z"}');
SELECT try('{"max_explanations": 1, "maxExplanations": 2}');

-- types and bounds
SELECT o, try(o) FROM unnest(ARRAY[
	'{"max_explanations": 0}', '{"max_explanations": 100}', '{"max_explanations": 101}', '{"max_explanations": -1}', '{"max_explanations": "all"}', '{"max_explanations": "ALL"}',
	'{"max_explanations": "some"}', '{"max_explanations": true}', '{"max_explanations": [3]}', '{"max_explanations": null}', '{"max_explanations": "3"}',
	'{"max_codes": "all"}', '{"max_codes": 101}',
	'{"max_ngram_explanations": "all"}', '{"max_ngram_explanations": -1}', '{"max_ngram_explanations": 1000001}',
	'{"explanation_algorithm": "XEMP"}', '{"explanation_algorithm": "lime"}', '{"explanation_algorithm": 1}',
	'{"explanation_num_top_classes": 0}', '{"explanation_num_top_classes": "all"}',
	'{"explanation_class_names": []}', '{"explanation_class_names": "a"}', '{"explanation_class_names": [1]}',
	'{"threshold_high": 1e-7, "threshold_low": -12345678.9}', '{"threshold_high": "high"}', '{"threshold_high": "NaN"}', '{"threshold_low": "Infinity"}', '{"threshold_low": null}',
	'{"exclude_adjusted_predictions": "on"}', '{"exclude_adjusted_predictions": 2}', '{"prediction_warning_enabled": "maybe"}',
	'{"decimals_number": 0}', '{"decimals_number": 100}', '{"decimals_number": 101}', '{"decimals_number": -1}',
	'{"passthrough_columns_set": "all"}', '{"passthroughColumnsSet": "all"}', '{"passthrough_columns_set": "most"}',
	'{"skip_drift_tracking": true}', '{"skipDriftTracking": "perhaps"}', '{"format": "xml"}', '{"request_format": "xml"}', '{"details": 3}', '{"wire_passthrough": "sometimes"}'
	]::jsonb[]) o;

-- times
SELECT t, try(jsonb_build_object('forecast_point', t)) FROM unnest(ARRAY[
	'2024-01-31T12:30:00', '2024-01-31T12:30:00Z', '2024-01-31t12:30:00z', '2024-01-31 12:30:00', '2024-01-31 12:30', '2024-01-31', '2024-01-31T12:30:00.123456789Z',
	'2024-01-31T12:30:00+02:00', '2024-01-31 12:30:00-0530', '2024-01-31 12:30:00.5+02', '2024-02-29T23:59:59Z', '0001-01-01', '9999-12-31T23:59:59',
	'2023-02-29', '2024-13-01', '2024-00-01', '2024-01-00', '2024-01-32', '2024-01-31T24:00:00', '2024-01-31T12:60', '2024-01-31T12:30:60', '0000-01-01',
	'2024-1-1', '31.01.2024', '01/31/2024', 'now', 'today', 'infinity', '', ' 2024-01-31', '2024-01-31 ', '2024-01-31T', '2024-01-31T12', '2024-01-31T12:30:00.', '2024-01-31T12:30:00.1234567890',
	'2024-01-31T12:30:00 UTC', '2024-01-31T12:30:00+2', '2024-01-31T12:30:00+25:00', '2024-01-31T12:30:00+02:60', '2024-01-31T12:30:00Z ', '20240131', '2024-01-31T12:30:00+', E'2024-01-31T12:30:00\n']) t;

-- what excludes what
SELECT o, try(o) FROM unnest(ARRAY[
	'{"max_explanations": 3, "max_codes": 3}', '{"explanation_num_top_classes": 2, "explanation_class_names": ["a"]}', '{"explanation_num_top_classes": 2, "explanation_class_names": []}',
	'{"max_explanations": "all", "explanation_algorithm": "xemp"}', '{"max_explanations": "all", "explanation_algorithm": "shap"}',
	'{"passthrough_columns": ["a"], "passthrough_columns_set": "all"}', '{"format": "csv", "details": true}', '{"format": "json", "details": true}',
	'{"forecast_point": "2024-01-01", "predictions_start_date": "2024-01-01"}', '{"forecast_point": "2024-01-01", "predictions_end_date": "2024-01-01"}',
	'{"predictions_start_date": "2024-01-01"}', '{"predictions_end_date": "2024-01-01"}',
	'{"predictions_start_date": "2024-01-02", "predictions_end_date": "2024-01-01"}', '{"predictions_start_date": "2024-01-01", "predictions_end_date": "2024-01-01"}',
	'{"predictions_start_date": "2024-01-01T00:00:00+02:00", "predictions_end_date": "2023-12-31T22:00:00.000001Z"}',
	'{"predictions_start_date": "2024-01-01T00:00:00+02:00", "predictions_end_date": "2023-12-31T22:00:00Z"}'
	]::jsonb[]) o;
SELECT url FROM datarobot.preview(NULL, 'SELECT 1 AS a', passthrough_columns => '{a}', options => '{"passthroughColumnsSet": "all"}');

-- lists are repeated; whatever is not unreserved is percent-encoded UTF-8
SELECT try('{"explanation_class_names": ["a&b=c", "50 %", "é", "", "x/y?z#", "-._~", "1.0", "\"+"]}');
SELECT try('{"max_explanations": 3, "threshold_high": 0.5, "decimals_number": 2, "verify_order": true}');

-- passthrough columns ride on the wire only where that is asked for; they must be there all the same
SELECT try('{"passthrough_columns": ["a"]}');
SELECT try('{"passthrough_columns": ["b", "a"], "wire_passthrough": true}');
SELECT try('{"passthrough_columns": ["b", "a"], "wire_passthrough": true, "verify_order": true}');
SELECT try('{"passthrough_columns": ["c"], "wire_passthrough": true}');
SELECT try('{"passthrough_columns_set": "all", "wire_passthrough": true}');
SELECT try('{"passthrough_columns_set": "all", "wire_passthrough": true, "verify_order": true}');
SELECT try('{"wire_passthrough": true}');

-- the request line has a limit, and the error says what fills it
SELECT try(jsonb_build_object('explanation_class_names', (SELECT jsonb_agg(repeat('x', 60) || i) FROM generate_series(1, 100) i)));
SELECT left(try(jsonb_build_object('explanation_class_names', (SELECT jsonb_agg(repeat('x', 40)) FROM generate_series(1, 120) i))), 10);
SELECT try(jsonb_build_object('wire_passthrough', true, 'max_explanations', 3)) AS short;
SELECT url FROM datarobot.preview(repeat('d', 9000), 'SELECT 1 AS a', options => '{"max_explanations": 3}');
DO $$
BEGIN
	EXECUTE (SELECT format('CREATE VIEW parameters.wide AS SELECT %s', string_agg(format('%s AS %I', i, 'a column with a name ' || i), ', ')) FROM generate_series(1, 200) i);
END $$;
SELECT url FROM datarobot.preview(NULL, 'TABLE parameters.wide', options => (SELECT jsonb_build_object('wire_passthrough', true, 'passthrough_columns', jsonb_agg(attname ORDER BY attnum))
	FROM pg_attribute WHERE attrelid = 'parameters.wide'::regclass AND attnum > 0));
SELECT count(*) FROM datarobot.preview(NULL, 'TABLE parameters.wide', options => '{"wire_passthrough": true, "passthrough_columns_set": "all"}');

-- headers
SELECT o, regexp_replace(replace(headers, E'\n', ' | '), 'PostgreSQL/\d+', 'PostgreSQL/NN') FROM unnest(ARRAY[
	'{}', '{"skip_drift_tracking": true}', '{"format": "csv"}', '{"format": "json"}', '{"details": true}', '{"max_ngram_explanations": 3}', '{"format": "csv", "max_ngram_explanations": 3}', '{"max_explanations": 3}'
	]::jsonb[]) o, datarobot.preview(NULL, 'SELECT 1 AS a', options => o);

-- not for window functions, nor for calls that write
SELECT datarobot.predict(f, 'd', '{"passthrough_columns_set": "all"}') OVER () FROM (SELECT 1 AS a) f;
SELECT FROM datarobot.score_into_now('d', 'SELECT 1 AS a', 'parameters.target', options => '{"wire_passthrough": true}');

SET client_min_messages = warning;
DROP SERVER parameters CASCADE;
DROP SCHEMA parameters CASCADE;
