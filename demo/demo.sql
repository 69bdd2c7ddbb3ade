-- Scores demo/data in every way. Run by demo/run, from the clone's private copy; can be run again.
\set ON_ERROR_STOP 1
\pset footer off
\pset null '(null)'
\timing off
SET client_min_messages = warning;

-- labels of the stand-in's deployments
\set visits_model '''doctor visits'''
\set vote_model   '''expected vote'''
\set party_model  '''voter party'''

DROP SCHEMA IF EXISTS demo CASCADE;
CREATE SCHEMA demo;
SET search_path = demo, public;

CREATE TABLE patient (
    id int PRIMARY KEY,
    coinsurance_log float8,
    deductible_plan text,
    incentive_log float8,
    max_expense_log float8,
    physical_limit float8,
    chronic_diseases float8,
    health text,
    visits int            -- the outcome: doctor visits in a year
);
CREATE TABLE voter (
    id int PRIMARY KEY,
    population int,
    tv_news_days int,
    own_ideology int,
    clinton_ideology int,
    dole_ideology int,
    party_identification text,
    age int,
    education text,
    income int,
    vote text,            -- the outcomes: expected vote, and party in three groups
    party text
);
\copy patient FROM 'demo/data/visits.csv' (FORMAT csv, HEADER)
\copy voter FROM 'demo/data/voters.csv' (FORMAT csv, HEADER)
ANALYZE patient, voter;

-- the row's key and its outcome are not sent: key_columns names them
\set patient_keys '''{"key_columns": ["id", "visits"]}'''
\set vote_keys '''{"key_columns": ["id", "vote", "party"]}'''

\echo
\echo '== Is the server there?   SELECT * FROM datarobot.check_connection()'
SELECT * FROM datarobot.check_connection();

\echo '== What would be sent?    SELECT * FROM datarobot.preview(deployment, query)'
SELECT request, method, row_count, octet_length(body) AS bytes, left(body, 60) || ' ...' AS body
FROM datarobot.preview(:vote_model, 'SELECT * FROM demo.voter', max_rows => 3, key_columns => '{id,vote,party}');

\echo '== Regression, doctor visits in a year:   SELECT id, ..., datarobot.predict(p, ...) OVER () FROM patient p'
SELECT id, health, chronic_diseases,
       round(datarobot.predict(p, :visits_model, :patient_keys) OVER () ::numeric, 2) AS predicted, visits AS outcome
FROM patient p LIMIT 6;

\echo '== All rows, into a new table:   CREATE TABLE patient_score AS SELECT ...'
CREATE TABLE patient_score AS
    SELECT id, visits, datarobot.predict(p, :visits_model, :patient_keys) OVER () AS predicted
    FROM patient p;
SELECT count(*) AS rows,
       round(avg(abs(predicted - visits))::numeric, 2) AS mean_absolute_error,
       round(avg(abs(mean - visits))::numeric, 2) AS "of always guessing the mean",
       round((1 - sum((visits - predicted) ^ 2) / sum((visits - mean) ^ 2))::numeric, 3) AS "R²"
FROM patient_score, (SELECT avg(visits) AS mean FROM patient) m;

\echo '== Two classes, the expected vote:   predict() is the probability of one, predict_label() the more likely one'
SELECT id, party_identification, round(p::numeric, 3) AS "P(Dole)", predicted, vote AS outcome,
       CASE WHEN predicted = vote THEN '' ELSE 'wrong' END AS " "
FROM (SELECT id, party_identification, vote,
             datarobot.predict(v, :vote_model, :vote_keys) OVER () AS p,
             datarobot.predict_label(v, :vote_model, :vote_keys) OVER () AS predicted
      FROM voter v) s
LIMIT 6;

\echo '== All rows, into an existing table:   INSERT INTO vote_score SELECT ...'
CREATE TABLE vote_score (id int PRIMARY KEY, vote text, predicted text, scored_at timestamptz DEFAULT now());
INSERT INTO vote_score (id, vote, predicted)
    SELECT id, vote, datarobot.predict_label(v, :vote_model, :vote_keys) OVER ()
    FROM voter v;
SELECT count(*) AS rows, count(*) FILTER (WHERE predicted = vote) AS "right",
       round(100.0 * count(*) FILTER (WHERE predicted = vote) / count(*), 1) AS "% right",
       round(100.0 * count(*) FILTER (WHERE vote = 'Clinton') / count(*), 1) AS "% by always guessing Clinton"
FROM vote_score;

-- this model does not see which party people say they belong to, but whom they intend to vote for
CREATE VIEW party_features AS
    SELECT id, population, tv_news_days, own_ideology, clinton_ideology, dole_ideology, age, education, income, vote
    FROM voter;

\echo '== Three classes, the party, with everything returned:   SELECT (datarobot.predict_row(f, ...) OVER ()).*'
SELECT voter.id, (p).prediction AS predicted, party AS outcome, (p).probabilities
FROM (SELECT id, datarobot.predict_row(f, :party_model, '{"key_columns": ["id"]}') OVER () AS p
      FROM party_features f) s
JOIN voter USING (id)
ORDER BY id LIMIT 4;

\echo '== Query text in, rows out:   SELECT * FROM datarobot.score(deployment, query)'
SELECT row_number, key, prediction, round(probability::numeric, 3) AS probability
FROM datarobot.score(:party_model, 'SELECT * FROM demo.party_features ORDER BY id', key_columns => '{id}')
LIMIT 4;

\echo '== ... in columns of your choice:   SELECT * FROM datarobot.score_as(NULL::party_score, deployment, query)'
CREATE TYPE party_score AS (id int, prediction text, probability float8);
SELECT count(*) AS rows, count(*) FILTER (WHERE s.prediction = party) AS "right",
       round(100.0 * count(*) FILTER (WHERE s.prediction = party) / count(*), 1) AS "% right",
       round(100.0 * max(n) / count(*), 1) AS "% by always guessing the largest"
FROM datarobot.score_as(NULL::party_score, :party_model, 'SELECT * FROM demo.party_features',
                        key_columns => '{id}') s
JOIN voter USING (id),
     (SELECT count(*) AS n FROM voter GROUP BY party ORDER BY 1 DESC LIMIT 1) largest;

\echo '== A materialized view, scored again by REFRESH ... CONCURRENTLY'
CREATE MATERIALIZED VIEW patient_risk AS
    SELECT id, health, datarobot.predict(p, :visits_model, :patient_keys) OVER () AS predicted
    FROM patient p;
CREATE UNIQUE INDEX ON patient_risk (id);
SELECT 'before' AS "when", id, health, round(predicted::numeric, 2) AS predicted
FROM patient_risk WHERE id = (SELECT min(id) FROM patient);
UPDATE patient SET health = 'poor', chronic_diseases = 30 WHERE id = (SELECT min(id) FROM patient);
REFRESH MATERIALIZED VIEW CONCURRENTLY patient_risk;
SELECT 'after' AS "when", id, health, round(predicted::numeric, 2) AS predicted
FROM patient_risk WHERE id = (SELECT min(id) FROM patient);

\echo '== Predictions into a table, in slices:   CALL datarobot.score_into(deployment, query, table)'
CREATE TABLE party_of_voter (id int PRIMARY KEY, prediction text, probability float8, scored_at timestamptz);
CALL datarobot.score_into(:party_model, 'SELECT * FROM demo.party_features', 'party_of_voter',
                          statement_type => 'upsert', key_columns => '{id}');
SELECT state, rows_read, rows_written, rows_rejected FROM datarobot.run_status WHERE run_id = datarobot.last_run();

\echo '== The same rows by a batch job:   the option "method": "batch"'
SELECT count(*) AS rows, count(*) FILTER (WHERE s.prediction = p.prediction) AS "as in real time"
FROM datarobot.score_as(NULL::party_score, :party_model, 'SELECT * FROM demo.party_features',
                        key_columns => '{id}', options => '{"method": "batch"}') s
JOIN party_of_voter p USING (id);

\echo '== A job step by step:   batch_score, batch_upload, batch_download, batch_status'
SELECT id AS job FROM datarobot.batch_score(:visits_model, passthrough_columns => '{id}') \gset
SELECT datarobot.batch_upload(:'job', 'SELECT * FROM demo.patient ORDER BY id') AS rows_sent;
SELECT line_number, record FROM datarobot.batch_download(:'job') LIMIT 3;
SELECT status, scored_rows, failed_rows FROM datarobot.batch_status(:'job');
