-- xml by itself, since a server may be built without it: then these are errors (expected/encode_xml_1.out). Talks to nobody.
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS datarobot_scoring;
CREATE SCHEMA encode_xml;
SET search_path = encode_xml, pg_catalog;
CREATE SERVER encode_xml FOREIGN DATA WRAPPER datarobot_scoring
	OPTIONS (prediction_url 'https://127.0.0.1:9', deployment 'd', auth 'none');
SET datarobot.server = 'encode_xml';
\pset format unaligned
\pset tuples_only on
SELECT body FROM datarobot.preview(NULL, $$SELECT '<a b="c">d, e</a>'::xml AS x$$);
SET xmloption = document;
SET xmlbinary = hex;
SELECT body FROM datarobot.preview(NULL, $$SELECT '<a b="c">d, e</a>'::xml AS x, xmlelement(name b, '\x00ff'::bytea) AS y$$);
SHOW xmlbinary;
