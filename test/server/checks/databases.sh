# shellcheck shell=bash disable=SC2154,SC2016,SC2034 # selftest's variables, jq's variables
# Jobs that read and write a PostgreSQL, data stores and credentials: docs/api.md 2.1, 2.2, 2.7, 2.8, 4.6. Sourced by
# selftest, after batch.sh. Left out where there is no PostgreSQL, or root's other user may not run it.

pg() { "${pg_as[@]}" "$pg_bin/$1" "${@:2}"; }
# what a statement returns; several columns have bars between them
query() { pg psql -XAtq -h "$dir/pg" -d postgres -c "$1" 2>&1; }

# A server of our own: sets pg_bin, pg_as and pg_port.
start_database() {
	pg_bin=$("${PG_CONFIG:-pg_config}" --bindir 2>/dev/null) || return 1
	pg_as=()
	if [ "$(id -u)" = 0 ]; then pg_as=(setpriv --reuid=nobody --regid=nogroup --clear-groups); fi
	mkdir "$dir/pg"
	echo secret >"$dir/pg/password"
	if [ "$(id -u)" = 0 ]; then chown -R nobody "$dir/pg"; fi
	pg initdb -D "$dir/pg/data" -U tester --auth-local=trust --auth-host=scram-sha-256 --no-sync -E UTF8 \
		--pwfile="$dir/pg/password" >"$dir/pg/log" 2>&1 || return 1
	for pg_port in $((20000 + RANDOM)) $((20000 + RANDOM)) $((20000 + RANDOM)); do
		pg pg_ctl -w -s -D "$dir/pg/data" -l "$dir/pg/server.log" \
			-o "-p $pg_port -k '$dir/pg' -c listen_addresses=127.0.0.1 -c fsync=off" start || continue
		export PGPORT=$pg_port PGUSER=tester
		return
	done
	return 1
}
stop_database() { pg pg_ctl -s -m immediate -D "$dir/pg/data" stop; }

store=5d5d5d5d5d5d5d5d5d5d5d5d
# a text as JSON
text() { jq -Rs . < <(printf %s "$1"); }
from_query() { echo "\"intakeSettings\": {\"type\": \"jdbc\", \"dataStoreId\": \"$store\", \"query\": $(text "$1")}"; }
to_table() {
	echo "\"outputSettings\": {\"type\": \"jdbc\", \"dataStoreId\": \"$store\", \"table\": $(text "$1"),
		\"statementType\": \"$2\"${3:+, $3}}"
}

check_intake_database() {
	local columns
	columns=$(head -1 "$data/visits.csv")
	query "CREATE SCHEMA s; CREATE TABLE s.visits (${columns//,/ text,} text)" >"$dir/queued"
	pg psql -Xq -h "$dir/pg" -d postgres -c '\copy s.visits FROM STDIN (FORMAT csv, HEADER)' <"$dir/visits.csv"
	batch 01 "$dir/visits.csv" '' 'the file'
	cp "$dir/body" "$dir/good.csv"
	job 01 "$(from_query 'SELECT * FROM s.visits; ')"
	until_state '2.7 a query' COMPLETED
	download
	is '2.7 a query' "$(cat "$dir/body")" "$(cat "$dir/good.csv")"
	job 01 "\"intakeSettings\": {\"type\": \"jdbc\", \"dataStoreId\": \"$store\",
		\"table\": \"visits\", \"schema\": \"s\", \"catalog\": \"postgres\", \"fetchSize\": 10}"
	until_state '2.7 a table' COMPLETED
	download
	is '2.7 a table' "$(cat "$dir/body")" "$(cat "$dir/good.csv")"
	job 01 "\"intakeSettings\": {\"type\": \"jdbc\", \"dataStoreId\": \"$store\",
		\"table\": \"visits\", \"catalog\": \"x\"}"
	until_state '2.7 no such catalog' ABORTED
	job ff "$(from_query "SELECT 1 AS id, E'\"a;\\nb\" \u00e4' AS t"),
		\"csvSettings\": {\"delimiter\": \";\", \"encoding\": \"latin1\"}, \"passthroughColumnsSet\": \"all\""
	until_state '2.5 a format' COMPLETED
	download
	is '2.5 a format' "$(sed 1d "$dir/body" | cut -d';' -f2- | iconv -f latin1 -t utf8)" $'1;"""a;\nb"" ä"'
	job 01 "$(from_query 'SELECT * FROM nothing')"
	until_state '2.7 no such table' ABORTED
	show
	like '2.7 no such table: the log' "$(pick .statusDetails)" "*Job aborted: relation *nothing* does not exist*"
	job ff "$(from_query 'SELECT 1 AS id WHERE false')"
	until_state '2.7 no rows' ABORTED
	job ff "$(from_query 'SELECT pg_sleep(100)')"
	until_is 'it reads' 1 query "SELECT count(*) FROM pg_stat_activity WHERE query ~ '^COPY'"
	ask "${token[@]}" -X DELETE "$jobs/$id/"
	until_state '2.16 while the database works' ABORTED
	until_is '2.16 its statement is canceled' 0 query "SELECT count(*) FROM pg_stat_activity WHERE query ~ '^COPY'"
}

check_output_database() {
	local rows="SELECT i AS id FROM generate_series(1, 300) i" through='"passthroughColumns": ["id"]'
	write() {
		job ff "$(from_query "${4:-$rows}"), $(to_table "$1" "$2" "${3:-}"), $through"
		until_state "2.1 $2" "${5:-COMPLETED}"
	}
	write made createTable
	is '2.1 createTable' \
		"$(query 'SELECT count(*), count(DISTINCT "y_PREDICTION"), min(id), max(id) FROM made')" '300|300|1|300'
	is '2.1 types' "$(query "SELECT string_agg(data_type, ',' ORDER BY ordinal_position)
		FROM information_schema.columns WHERE table_name = 'made'")" 'double precision,double precision'
	show
	is '2.8 nothing to download' "$(pick '[.links.download, .scoredRows]')" '[null,300]'
	write made createTable '' '' ABORTED
	write made insert '' 'SELECT 301 AS id'
	is '2.1 insert' "$(query 'SELECT count(*) FROM made')" 301
	write none insert '' '' ABORTED
	write none insert '"createTableIfNotExists": true'
	write none insert '"createTableIfNotExists": true, "schema": "public"'
	is '2.2 createTableIfNotExists' "$(query 'SELECT count(*) FROM none')" 600
	query 'UPDATE made SET "y_PREDICTION" = 0; DELETE FROM made WHERE id > 100' >"$dir/queued"
	write made update '"updateColumns": ["y_PREDICTION"], "whereColumns": ["id"]'
	is '2.1 update' "$(query 'SELECT count(*), count(*) FILTER (WHERE "y_PREDICTION" = 0) FROM made')" '100|0'
	query 'UPDATE made SET "y_PREDICTION" = 0' >"$dir/queued"
	write made insertUpdate '"updateColumns": ["y_PREDICTION"], "whereColumns": ["id"]'
	is '2.1 insertUpdate' '300|300|0' \
		"$(query 'SELECT count(*), count(DISTINCT id), count(*) FILTER (WHERE "y_PREDICTION" = 0) FROM made')"
	write made insert_update '"updateColumns": ["y_PREDICTION"], "whereColumns": ["key"]' '' ABORTED
	write 'a "b' createTable '"commitInterval": 0'
	is '2.8 any name' "$(query 'SELECT count(*) FROM "a ""b"')" 300
	fault '{"fault": "job_stall", "rows": 50, "bytes": 100, "route": "job"}'
	job ff "$(from_query "$rows"), $(to_table late createTable), $through"
	until_is '2.2 rows are scored' true scored_some
	is '2.2 not committed' "$(query "SELECT to_regclass('late') IS NULL")" t
	ask "${token[@]}" -X DELETE "$jobs/$id/"
	until_state '2.16 while it writes' ABORTED
	fault '{"fault": "job_slow", "ms": 1100, "bytes": 600, "route": "job"}'
	job ff "$(from_query "$rows"), $(to_table soon createTable '"commitInterval": 1'), $through"
	until_is '2.2 commitInterval' t query "SELECT to_regclass('soon') IS NOT NULL"
	is '2.2 before the end' "$(state)" RUNNING
	until_state '2.2 and all at the end' COMPLETED
	is '2.2 all rows' "$(query 'SELECT count(*) FROM soon')" 300
	job ff "\"columnNamesRemapping\": {\"y_PREDICTION\": \"p\", \"id\": null}, $(from_query "$rows"),
		$(to_table mapped createTable), $through"
	until_state '2.2 remapping' COMPLETED
	is '2.2 remapping' "$(query 'SELECT count(p) FROM mapped')" 300
}
scored_some() { show && pick '.scoredRows >= 50'; }

check_stores() {
	local credential url="jdbc:postgresql://127.0.0.1:$pg_port/postgres" api=$STANDIN_API_URL
	make() { ask "${token[@]}" "${json[@]}" -d "$2" "$api/$1/"; }
	query "CREATE ROLE reader LOGIN PASSWORD 'r\"x'; GRANT USAGE ON SCHEMA s TO reader;
		GRANT SELECT ON s.visits TO reader" >"$dir/queued"
	make credentials '{"name": "c", "credentialType": "basic", "user": "reader", "password": "r\"x"}'
	credential=$(pick .credentialId | tr -d '"')
	is '4.6 a credential' "$status $(pick '[.name, .credentialType, .description, has("password")]')" \
		'201 ["c","basic","",false]'
	make credentials '{"name": "c", "credentialType": "basic"}'
	is '4.6 without a user' "$status" 422
	ask "${token[@]}" "$api/externalDataDrivers/"
	like '4.6 drivers' "$(pick '.data[0].canonicalName')" '"PostgreSQL"'
	make externalDataStores "{\"type\": \"jdbc\", \"canonicalName\": \"Here\",
		\"params\": {\"driverId\": $(pick '.data[0].id'), \"jdbcUrl\": \"$url\"}}"
	store=$(pick .id | tr -d '"')
	is '4.6 a data store' "$status $(pick '[.canonicalName, .type, .params.jdbcUrl]')" \
		"201 [\"Here\",\"jdbc\",\"$url\"]"
	make "externalDataStores/$store/test" '{"user": "reader", "password": "r\"x"}'
	is '4.6 test' "$status $(pick .message)" '200 "Connection successful"'
	make "externalDataStores/$store/test" '{"user": "reader", "password": "wrong"}'
	like '4.6 test: a wrong password' "$status $(message)" '400 *password authentication failed*'
	make "externalDataStores/$store/test" "{\"credentialId\": \"$credential\"}"
	is '4.6 test: a credential' "$status" 200
	job 01 "\"intakeSettings\": {\"type\": \"jdbc\", \"dataStoreId\": \"$store\", \"credentialId\": \"$credential\",
		\"table\": \"visits\", \"schema\": \"s\"}"
	until_state '4.6 a job with both' COMPLETED
	job 01 "\"intakeSettings\": {\"type\": \"jdbc\", \"dataStoreId\": \"$store\", \"credentialId\": \"$credential\",
		\"query\": \"SELECT * FROM pg_authid\"}"
	until_state '4.6 as this user' ABORTED
	job 01 "$(from_query 'SELECT 1')"
	until_state '4.6 without a credential' ABORTED
	ask "${token[@]}" "${json[@]}" -X PATCH -d '{"canonicalName": "There", "params": {}}' \
		"$api/externalDataStores/$store/"
	is '4.6 change' "$status $(pick '[.canonicalName, .params.jdbcUrl]')" "200 [\"There\",\"$url\"]"
	ask "${token[@]}" "$api/externalDataStores/?name=ther"
	is '4.6 list' "$(pick '[.data[].id]')" "[\"$store\"]"
	ask "${token[@]}" "$api/credentials/"
	is '4.6 credentials' "$(pick '[.data[].credentialId]')" "[\"$credential\"]"
	ask "${token[@]}" -X DELETE "$api/credentials/$credential/"
	is '4.6 removed' "$status" 204
	ask "${token[@]}" "$api/credentials/$credential/"
	is '4.6 is gone' "$status" 404
	ask "$api/credentials/"
	is '4.6 no token' "$status" 401
	reset
	ask "${token[@]}" "$api/externalDataStores/"
	is 'reset: no data stores' "$(pick .data)" '[]'
}

check_databases() {
	if ! start_database; then
		echo "no PostgreSQL can be started here: checks of databases are left out"
		return
	fi
	start_server --database "host=$dir/pg port=$pg_port user=tester dbname=postgres"
	jobs=$STANDIN_API_URL/batchPredictions
	check_intake_database
	check_output_database
	check_stores
	stop_server
	stop_database
}
