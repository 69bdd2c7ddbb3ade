# shellcheck shell=bash
# bench/setup.sh: a private cluster with the extension, and a stand-in server, both gone afterwards. Sourced after
# script/lib.sh by bench/run and bench/kills.
# shellcheck disable=SC2034,SC2154 # variables of those who source and are sourced

synthetic=5f00000000000000000000ff # the stand-in's cheapest deployment
helpers=() # process ids of our own

cleanup() {
	trap '' INT TERM HUP
	local pid
	for pid in "${helpers[@]}"; do kill "$pid" 2>/dev/null || true; done
	[ -n "$work" ] && [ -d "$work" ] || return 0
	[ ! -d "$work/nodes" ] || stop_nodes >/dev/null 2>&1 || true
	stop_cluster immediate >/dev/null 2>&1 || true
	stop_standin || true
	rm -rf -- "$work"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# Memory enough to keep the smaller table in shared buffers, nothing in the background, and scans that begin at
# the beginning, so that LIMIT means the same rows each time. A commit waits for the disk, as it does where people
# keep what they write.
bench_conf() {
	local quarter
	quarter=$(awk '/^MemTotal:/ { print int($2 / 4096) }' /proc/meminfo)
	printf '%s = %s\n' shared_buffers "$((quarter < 1024 ? quarter : 1024))MB" autovacuum off \
		synchronize_seqscans off checkpoint_timeout 1h max_wal_size 8GB fsync on
}

# set_up [PACKAGE...]
set_up() {
	drs_setup curl "$@"
	make_work
	say "building in $work"
	stage
	build_extension
	build_standin
	make_in_work -C test/server uploader || die "the uploader's build failed"
	write_extension_conf
	bench_conf | as_user tee -a "$work/ext.conf" >/dev/null
	init_cluster
	start_cluster
	start_standin
	# shellcheck disable=SC1091
	. "$work/standin/standin.env"
	create_database
}

create_database() {
	cluster_psql -d postgres -c "CREATE DATABASE $drs_db"
	cluster_psql -d "$drs_db" -v url="$STANDIN_URL" -v api="$STANDIN_API_URL" -v token="$STANDIN_TOKEN" \
		-v key="$STANDIN_KEY" -f - <<-'SQL'
		CREATE EXTENSION datarobot_scoring;
		CREATE SERVER bench FOREIGN DATA WRAPPER datarobot_scoring OPTIONS (prediction_url :'url', api_url :'api',
			allow_http 'true');
		CREATE USER MAPPING FOR PUBLIC SERVER bench OPTIONS (api_token :'token', datarobot_key :'key');
		SELECT format('ALTER DATABASE %I SET datarobot.server = ''bench''', current_database()) \gexec
	SQL
}

# A statement in a session of its own, for what has to go on while the session of bench/session.sh is busy.
sql() { cluster_psql -d "dbname=$drs_db options='-c client_min_messages=warning'" -At -c "$1"; }
