# shellcheck shell=bash
# script/lib.sh: what script/*, demo/run, test/run and bench/run share. Sourced, never run.
#
# Words used here
#   root   the clone
#   work   a directory of our own below /var/tmp, made by mktemp: the private copy of the clone that is
#          built, the cluster, the stand-in server. A copy, because the server's user may not be able to
#          read the clone (/root is closed to others), and because PGXS cannot build in a path with spaces.
#   user   who runs everything in work: ourselves, or an unprivileged user when we are root, as
#          PostgreSQL refuses to run as root
#
# Nothing is written under /usr, except by apt-get when a package is missing. (Debian's server package
# makes a cluster of its own, "main"; we neither need nor touch it.)
#
# Environment
#   PG_CONFIG        the server to use (default: the newest one of at least $drs_min_major)
#   DRS_USER         the unprivileged user when we are root (default: postgres, else nobody)
#   DRS_WORK_PARENT  where work is made (default /var/tmp)
#   DRS_CONF         a file with settings for the private servers
#   DRS_MAKE_ARGS    more arguments for make (space-separated)
#   DRS_NO_INSTALL   when set, never call apt-get
#   DRS_INSTALL_INTO_SERVER   when set, the extension may be installed into the directories of the server
#                    that PG_CONFIG names, if that one loads extensions from nowhere else

# what we write may be read by all: PGHOST and the stand-in's certificate are for every local user
umask 022
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
drs_min_major=15
# shellcheck disable=SC2034 # for those who source this
drs_db=datarobot
drs_super=postgres

# set by drs_setup
user=''
bindir=''
major=''
work=''

say() { printf '%s\n' "$*"; }
warn() { printf '%s\n' "$*" >&2; }
die() {
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit 1
}

# ---------------------------------------------------------------- packages

have_apt() { command -v apt-get >/dev/null && command -v dpkg-query >/dev/null; }

installed() {
	[ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# The package names given that are not installed; "a|b" is content with either and asks for a.
missing_packages() {
	local alternatives name found
	for alternatives in "$@"; do
		found=''
		for name in ${alternatives//|/ }; do
			if installed "$name"; then found=1; fi
		done
		[ -n "$found" ] || printf '%s\n' "${alternatives%%|*}"
	done
}

# Can we act as root: are we, or is there a sudo that does not ask when nobody can answer?
can_act_as_root() {
	[ "$(id -u)" != 0 ] || return 0
	command -v sudo >/dev/null || return 1
	[ -t 0 ] || sudo -n true 2>/dev/null
}

# apt-get, as root or through sudo. Its output goes to a file that is shown only when it fails.
apt_get() {
	local log runner=()
	if [ "$(id -u)" != 0 ]; then runner=(sudo); fi
	log=$(mktemp /tmp/drs-apt.XXXXXX)
	if ! "${runner[@]}" env DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 apt-get -y \
		-o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300 "$@" >"$log" 2>&1 </dev/null; then
		tail -n 25 "$log" >&2
		rm -f "$log"
		return 1
	fi
	rm -f "$log"
}

drs_apt_updated=''
apt_update() {
	if [ -n "$drs_apt_updated" ] || ! can_act_as_root; then return 0; fi
	drs_apt_updated=1
	# a broken list of a third party need not stop us: the install that follows tells
	apt_get update || warn "apt-get update failed; going on with the package lists that are here"
}

install_packages() {
	local wanted name
	mapfile -t wanted < <(missing_packages "$@")
	[ ${#wanted[@]} -gt 0 ] || return 0
	[ -z "${DRS_NO_INSTALL:-}" ] || die "missing packages (DRS_NO_INSTALL is set): ${wanted[*]}"
	if ! can_act_as_root; then
		warn "Some packages are missing, and installing them takes root: you are $(id -un), and there is no sudo"
		warn "that works without asking. Once, as root:"
		warn "    apt-get update && apt-get install --no-install-recommends ${wanted[*]}"
		die "packages are missing"
	fi
	say "installing ${wanted[*]} (this can take some minutes)"
	apt_update
	for name in "${wanted[@]}"; do
		[[ $(LC_ALL=C apt-cache policy "$name") =~ Candidate:\ [0-9] ]] ||
			die "this distribution has no package $name (on Ubuntu, is the component \"universe\" enabled?)"
	done
	apt_get install --no-install-recommends "${wanted[@]}" || die "cannot install: ${wanted[*]}"
}

# Packages that are good to have, where the distribution has them: nothing fails without.
install_if_known() {
	local name wanted=()
	if ! have_apt || ! can_act_as_root || [ -n "${DRS_NO_INSTALL:-}" ]; then return 0; fi
	mapfile -t wanted < <(missing_packages "$@")
	for name in "${wanted[@]}"; do
		[[ $(LC_ALL=C apt-cache policy "$name") =~ Candidate:\ [0-9] ]] || continue
		apt_get install --no-install-recommends "$name" || warn "cannot install $name; going on without"
	done
}

# ---------------------------------------------------------------- which PostgreSQL

# The majors of a given kind: "server" has initdb, "pgxs" has the build files.
installed_majors() {
	local dir
	for dir in /usr/lib/postgresql/*; do
		case $1 in
		server) [ -x "$dir/bin/initdb" ] || continue ;;
		pgxs) [ -e "$dir/lib/pgxs/src/makefiles/pgxs.mk" ] || continue ;;
		both)
			[ -x "$dir/bin/initdb" ] || continue
			[ -e "$dir/lib/pgxs/src/makefiles/pgxs.mk" ] || continue
			;;
		esac
		[ "${dir##*/}" -ge $drs_min_major ] 2>/dev/null || continue
		printf '%s\n' "${dir##*/}"
	done | sort -rn
}

# The major that the distribution's package "postgresql" stands for.
distribution_major() {
	apt-cache show postgresql 2>/dev/null |
		sed -n 's/^Depends:.*\bpostgresql-\([0-9][0-9]*\)\b.*/\1/p' | sort -rn | head -n 1
}

# Sets major: an installed server with build files, else an installed server, else the distribution's.
choose_major() {
	major=$(installed_majors both | head -n 1)
	[ -n "$major" ] || major=$(installed_majors server | head -n 1)
	[ -n "$major" ] || major=$(distribution_major)
	if [ -z "$major" ]; then
		apt_update
		major=$(distribution_major)
		[ -n "$major" ] || die "apt-get knows no package named postgresql"
	fi
	[ "$major" -lt $drs_min_major ] || return 0
	warn "This distribution has PostgreSQL $major; datarobot_scoring needs $drs_min_major or newer."
	warn "The PostgreSQL project's own packages work here:"
	warn "    apt-get install -y postgresql-common ca-certificates"
	warn "    /usr/share/postgresql-common/pgdg/apt.postgresql.org.sh -y"
	warn "    apt-get install -y postgresql-17 postgresql-server-dev-17"
	die "PostgreSQL $major is too old"
}

# Everything that building, the cluster and the stand-in server need, and the packages given.
install_what_is_missing() {
	local packages=("$@" make gcc libc6-dev perl zlib1g-dev 'libcurl4-openssl-dev|libcurl4-gnutls-dev'
		libcsv-dev libipc-run-perl libmicrohttpd-dev libgnutls28-dev libxgboost-dev libjansson-dev libbz2-dev
		libpq-dev)
	if ! have_apt; then
		warn "no apt-get here; if something fails, install what these packages of Debian hold:"
		warn "    ${packages[*]} and PostgreSQL $drs_min_major or newer with its server headers"
		PG_CONFIG=${PG_CONFIG:-pg_config}
	elif [ -z "${PG_CONFIG:-}" ]; then
		choose_major
		install_packages "postgresql-$major" "postgresql-client-$major" \
			"postgresql-server-dev-$major" "${packages[@]}"
		PG_CONFIG=/usr/lib/postgresql/$major/bin/pg_config
	else
		install_packages "${packages[@]}"
	fi
	export PG_CONFIG
	bindir=$("$PG_CONFIG" --bindir) || die "cannot run $PG_CONFIG"
	[ -e "$("$PG_CONFIG" --pgxs)" ] || die "$PG_CONFIG has no PGXS: its server headers are missing"
	[ -x "$bindir/initdb" ] || die "no initdb in $bindir: the server is missing"
	major=$("$PG_CONFIG" --version | sed 's/^PostgreSQL \([0-9]*\).*/\1/')
	[ "$major" -ge $drs_min_major ] || die "PostgreSQL $major is too old: $drs_min_major is the oldest"
}

# ---------------------------------------------------------------- who runs it

choose_user() {
	local name
	if [ "$(id -u)" != 0 ]; then
		user=$(id -un)
		return
	fi
	for name in ${DRS_USER:-postgres nobody}; do
		if id -u "$name" >/dev/null 2>&1 && [ "$(id -u "$name")" != 0 ]; then
			user=$name
			return
		fi
	done
	die "need an unprivileged user: none of ${DRS_USER:-postgres, nobody} exists"
}

# The set-up that every script begins with: packages (and those given), PostgreSQL, user.
drs_setup() {
	install_what_is_missing "$@"
	choose_user
}

# Run a command as the user, with a clean environment, in work. Descriptor 9 is our lock:
# what we start must not hold it.
as_user() {
	local setting=(HOME="${work:-/}" PATH="${bindir:+$bindir:}/usr/local/bin:/usr/bin:/bin"
		LC_ALL=C.UTF-8 TZ=UTC PG_CONFIG="${PG_CONFIG:-pg_config}" TERM="${TERM:-dumb}")
	if [ "$(id -u)" = 0 ]; then
		(cd "${work:-/}" && exec setpriv --reuid="$user" --regid="$(id -g "$user")" --init-groups \
			env -i "${setting[@]}" "$@" 9>&-)
	else
		(cd "${work:-/}" && exec env -i "${setting[@]}" "$@" 9>&-)
	fi
}

# ---------------------------------------------------------------- work directory and build

# A new work directory, readable by all (other local users need the stand-in's certificate).
make_work() {
	local parent=${DRS_WORK_PARENT:-/var/tmp}
	work=$(mktemp -d "$parent/drs.XXXXXX")
	chmod 755 "$work"
	if [ "$(id -u)" = 0 ]; then chown "$user:" "$work"; fi
}

# The clone's files as ./name lines, without what builds and tests leave behind.
clone_files() {
	(cd "$root" && find . \( -name .git -o -path ./.run -o -name tmp_check -o -name tmp_check_iso \
		-o -path ./output_iso -o -path ./results -o -path './test/server/build' \) -prune -o -type f \
		! -name '*.o' ! -name '*.so' ! -name '*.bc' ! -name '*.a' ! -name '*.d' \
		! \( -path './sql/*--*.sql' ! -path './sql/*--*--*.sql' \) ! -path ./test/server/standin \
		! -path './bench/results.tsv' ! -path './regression.*' -print)
}

# Bring work/src up to date with the clone. Only files that changed are written, with the time of
# now, so that make rebuilds exactly what depends on them; files that went away are removed.
stage() {
	local old="$work/stage.sums" new gone
	new=$(mktemp /tmp/drs-stage.XXXXXX)
	clone_files | sed 's,^\./,,' | (cd "$root" && tr '\n' '\0' | xargs -0 md5sum --) >"$new"
	as_user mkdir -p "$work/src"
	as_user touch "$old"
	cut -c35- "$new" | LC_ALL=C sort >"$new.names"
	gone=$(cut -c35- "$old" | LC_ALL=C sort | LC_ALL=C comm -23 - "$new.names" | sed "s,^,$work/src/,")
	if [ -n "$gone" ]; then
		# make does not see that an object is no longer wanted: link again
		printf '%s\n' "$gone" "$work/src/datarobot_scoring.so" | tr '\n' '\0' | as_user xargs -0 rm -f --
	fi
	LC_ALL=C sort "$old" | LC_ALL=C comm -13 - <(LC_ALL=C sort "$new") | cut -c35- >"$new.names"
	tar -C "$root" -cf - --no-recursion --owner=0 --group=0 -T "$new.names" |
		as_user tar -C "$work/src" -xmf - --no-same-owner
	as_user tee "$old" <"$new" >/dev/null
	rm -f "$new" "$new.names"
}

# make in the private copy, as the user.
make_in_work() {
	# shellcheck disable=SC2086 # several arguments on purpose
	as_user make --no-print-directory -C "$work/src" -s PG_CONFIG="$PG_CONFIG" with_llvm=no \
		${DRS_MAKE_ARGS:-} "$@"
}

# Arguments: more for make.
build_extension() {
	make_in_work -j"$(nproc)" all "$@" || die "the build failed"
	as_user rm -rf "$work/inst"
	make_in_work install DESTDIR="$work/inst" "$@" >/dev/null || die "make install failed"
}

build_standin() {
	as_user make --no-print-directory -C "$work/src/test/server" -s -j"$(nproc)" ||
		die "the stand-in server's build failed"
}

# Where the server finds the extension: settings that point into work/inst, in work/ext.conf. None, when
# it has been installed into the server's own directories. DRS_CONF is appended.
write_extension_conf() {
	local have inst=$work/inst first
	have=$(as_user "$bindir/postgres" --describe-config | cut -f 1 |
		grep -E '^extension_(destdir|control_path)$' || true)
	case $have in
	*extension_control_path*)
		first="extension_control_path = '$inst$("$PG_CONFIG" --sharedir):\$system'" ;;
	*extension_destdir*)
		first="extension_destdir = '$inst'" ;;
	*)
		if [ -n "${DRS_INSTALL_INTO_SERVER:-}" ]; then
			make -C "$work/src" -s install PG_CONFIG="$PG_CONFIG" with_llvm=no >/dev/null ||
				die "make install failed"
			as_user tee "$work/ext.conf" <"${DRS_CONF:-/dev/null}" >/dev/null
			return
		fi
		die "the PostgreSQL in $bindir loads extensions from its own directories only: it has neither" \
			"extension_control_path (release 18 and newer) nor extension_destdir (the packages of" \
			"Debian, Ubuntu and apt.postgresql.org). Use one of those, or: make install installcheck" ;;
	esac
	{
		printf "%s\ndynamic_library_path = '%s:\$libdir'\n" "$first" "$inst$("$PG_CONFIG" --pkglibdir)"
		cat "${DRS_CONF:-/dev/null}"
	} | as_user tee "$work/ext.conf" >/dev/null
}

# ---------------------------------------------------------------- cluster

# A port that the kernel chose and that was free a moment ago.
free_port() {
	perl -MSocket -e 'socket(S, PF_INET, SOCK_STREAM, 0) or die;
		bind(S, sockaddr_in(0, INADDR_LOOPBACK)) or die;
		print((sockaddr_in(getsockname(S)))[0], "\n")'
}

init_cluster() {
	as_user mkdir -p "$work/s"
	as_user "$bindir/initdb" -D "$work/data" -A trust -N -U $drs_super --encoding=UTF8 \
		--locale=C.UTF-8 >/dev/null || die "initdb failed"
	{
		cat <<-C
			listen_addresses = '127.0.0.1'
			unix_socket_directories = '$work/s'
			fsync = off
			shared_buffers = 256MB
			max_wal_size = 4GB
			log_line_prefix = '%m [%p] %u@%d '
			include_if_exists = '$work/ext.conf'
			include_if_exists = '$work/port.conf'
		C
		[ -z "${DRS_CONF:-}" ] || cat "$DRS_CONF"
	} | as_user tee -a "$work/data/postgresql.conf" >/dev/null
}

# A postmaster that was killed leaves its pid file, and PostgreSQL minds it for as long as a process of
# that number exists, be it a zombie. We know better when nobody lives in the data directory.
forget_dead_postmaster() {
	local dir
	[ -e "$work/data/postmaster.pid" ] || return 0
	for dir in /proc/[0-9]*; do
		if lives_in "${dir#/proc/}" "$work/data"; then return; fi
	done
	as_user rm -f "$work/data/postmaster.pid"
}

# Start the cluster in work/data on a fresh port; sets pgport. The port can be taken between the
# asking and the binding, so try again.
start_cluster() {
	local try
	forget_dead_postmaster
	for try in 1 2 3 4 5; do
		pgport=$(free_port)
		printf 'port = %s\n' "$pgport" | as_user tee "$work/port.conf" >/dev/null
		if as_user "$bindir/pg_ctl" -D "$work/data" -l "$work/postgresql.log" -w -t 60 -s start \
			>/dev/null 2>&1 </dev/null; then
			return
		fi
		grep -q 'Address already in use' "$work/postgresql.log" || break
	done
	tail -n 20 "$work/postgresql.log" >&2
	die "the private PostgreSQL did not start (try $try)"
}

# Is there a live process PID whose current directory is DIR? (The postmaster lives in its data.)
lives_in() {
	[ -n "$1" ] && [ "$(readlink "/proc/$1/cwd" 2>/dev/null)" = "$2" ]
}

cluster_pid() {
	local pid=''
	{ read -r pid <"$work/data/postmaster.pid"; } 2>/dev/null || true
	if lives_in "$pid" "$work/data"; then printf '%s\n' "$pid"; fi
}

stop_cluster() {
	[ -n "$(cluster_pid)" ] || return 0
	as_user "$bindir/pg_ctl" -D "$work/data" -m "${1:-fast}" -w -t 30 -s stop ||
		as_user "$bindir/pg_ctl" -D "$work/data" -m immediate -w -t 30 -s stop
}

# psql to the cluster in work as its superuser.
cluster_psql() {
	as_user "$bindir/psql" -X -q -v ON_ERROR_STOP=1 -h 127.0.0.1 -p "$pgport" -U $drs_super "$@"
}

# ---------------------------------------------------------------- stand-in server

# Is PID our stand-in? Its command line names its run directory, which is in work.
standin_pid() {
	local pid=''
	[ -r "$work/standin/standin.env" ] || return 0
	pid=$(sed -n "s/^STANDIN_PID='\{0,1\}\([0-9]*\).*/\1/p" "$work/standin/standin.env")
	[ -n "$pid" ] || return 0
	if tr '\0' '\n' 2>/dev/null <"/proc/$pid/cmdline" | grep -qxF "$work/standin"; then
		printf '%s\n' "$pid"
	fi
}

start_standin() {
	local i
	as_user mkdir -p "$work/standin"
	as_user rm -f "$work/standin/standin.env"
	as_user setsid --fork "$work/src/test/server/standin" --run-dir "$work/standin" \
		--models "$work/src/test/server/models" >"$work/standin.out" 2>&1 </dev/null
	for i in $(seq 200); do
		[ ! -e "$work/standin/standin.env" ] || return 0
		sleep 0.05
	done
	cat "$work/standin.out" >&2
	die "the stand-in server did not start (waited $((i / 20)) s)"
}

stop_standin() {
	local pid i
	pid=$(standin_pid)
	[ -n "$pid" ] || return 0
	kill "$pid" 2>/dev/null || true
	for i in $(seq 100); do
		[ -n "$(standin_pid)" ] || return 0
		sleep 0.05
	done
	warn "the stand-in server ignored SIGTERM for $((i / 20)) s"
	kill -KILL "$pid" 2>/dev/null || true
}

# ---------------------------------------------------------------- .run: what "make up" started

# Load .run/state of this clone: work, user, bindir, major, PG_CONFIG, pgport. False when there is none.
load_state() {
	[ -r "$root/.run/state" ] || return 1
	# shellcheck disable=SC1091
	. "$root/.run/state"
	[ -d "$work" ]
}

save_state() {
	{
		printf "work=%q\nuser=%q\nbindir=%q\nmajor=%q\npgport=%q\nPG_CONFIG=%q\n" \
			"$work" "$user" "$bindir" "$major" "$pgport" "$PG_CONFIG"
	} >"$root/.run/state.new"
	mv "$root/.run/state.new" "$root/.run/state"
}

# One script at a time per clone.
take_lock() {
	mkdir -p "$root/.run" 2>/dev/null || true
	[ -w "$root/.run" ] ||
		die "cannot write $root/.run: run this as $(stat -c %U "$root/.run" 2>/dev/null || stat -c %U "$root")"
	exec 9>"$root/.run/lock"
	flock -w 600 9 || die "another script has been at work in this clone for ten minutes"
	# script/stop removes .run: when we waited for it, the lock that we got is no longer there
	[ "$root/.run/lock" -ef /proc/$$/fd/9 ] || take_lock
}
