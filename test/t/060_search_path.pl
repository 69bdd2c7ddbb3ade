# Every call that builds SQL, once as usual and once more under a search_path that finds another role's operators,
# functions, casts, types, relations and collations of the built-in names first: both do the same, and nothing of
# hers is ever run. The queries of these calls name tables with their schemas and use no operator of their own.
use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../lib";
use Citus;
use Hostile;
use Into;
use ScoringTest;
use Session;
use Test::More;

my $standin = new_standin();
my $node = new_node('main', standin => $standin, init => [ extra => [ '--locale=C', '--encoding=UTF8' ] ],
	server => { api_url => $standin->api_url });
my $n = 24;
my $samples = "$FindBin::RealBin/../server/samples";

$node->safe_psql('postgres', qq{
	CREATE ROLE clerk LOGIN;
	GRANT EXECUTE ON ALL ROUTINES IN SCHEMA datarobot TO clerk;
	GRANT USAGE ON FOREIGN DATA WRAPPER datarobot_scoring TO clerk;
	GRANT USAGE ON FOREIGN SERVER datarobot TO clerk;
	CREATE SCHEMA data;
	CREATE SCHEMA ext;
	GRANT USAGE, CREATE ON SCHEMA data TO clerk;
	GRANT USAGE ON SCHEMA ext TO clerk;
	ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO clerk;
	CREATE TABLE data.plain AS SELECT g AS v, g % 7 AS w FROM generate_series(1, $n) g;
	CREATE TABLE data.expected AS SELECT (key ->> 'id')::int AS v, prediction::float8 AS prediction
		FROM datarobot.score('$DEPLOYMENT{synthetic}', 'SELECT v AS id, v FROM data.plain', '{id}');
	CREATE TABLE data.goods (id int, price numeric, weight int, material text, sleeves text, season text, red int,
		wool int, xl int);
	CREATE TABLE data.houses (id text, area numeric, rooms int, year int, district text, heating text,
		price numeric);});
$node->safe_psql('postgres', "\\copy data.$_ FROM '$samples/$_.csv' (FORMAT csv, HEADER)") foreach qw(goods houses);
hostile_schema($node);

my $control = Session->new($node);
my %session = map { $_ => { usual => Session->new($node, role => $_, setup => 'SET search_path = public'),
		hostile => Session->new($node, role => $_, setup => hostile_path('public')) } } qw(clerk postgres);

# ---- the path is what it says

my $hostile = $session{clerk}{hostile};
foreach my $sql (
	'SELECT 1 = 1', q{SELECT 'a'::varchar = 'b'::varchar}, 'SELECT nullif(1, 2)', 'SELECT 1 IN (1)',
	'SELECT 1 IS DISTINCT FROM 2', 'SELECT CASE 1 WHEN 2 THEN 3 END', 'SELECT 1 BETWEEN 0 AND 2',
	'SELECT 1 < 2::bigint', 'SELECT 1::numeric >= 2', q{SELECT 'a'::text}, q{SELECT '1'::jsonb},
	q{SELECT '{a}'::text[]}, 'SELECT 1::int8', q{SELECT lower('A')}, 'SELECT now()', 'SELECT count(v) FROM data.plain',
	'SELECT sum(v) FROM data.plain', q{SELECT concat_ws(', ', 1)}, q{SELECT 'a' || 'b'}, 'SELECT unnest(ARRAY[1])',
	'SELECT c1 FROM datarobot_rows', 'SELECT oid FROM pg_locks',
	q{SELECT ARRAY[1] = ARRAY[2]}, q{SELECT ROW(1) = ROW(2)}, 'SELECT 1::float8::hostile.everything')
{
	# what she has too much of for the parser to choose (42725) does not do either
	like($hostile->run($sql)->{sqlstate} // '', qr/^(?:HOSTI|42725)$/, "hostile: $sql");
}
cmp_ok(my $alarms = alarms($control), '>', 20, 'hostile code shows that it has run');

# ---- calls

# One call under both paths. setup is for the control session; sql is SQL, or a sub that gets a session and returns its
# result; check is a query about what the call has done; want is what that returns; without it, both paths must give the
# same.
sub call
{
	my ($name, $sql, %opt) = @_;
	my %said;

	foreach my $path (qw(usual hostile))
	{
		my $session = $session{ $opt{role} // 'clerk' }{$path};

		$standin->reset;
		$control->must($opt{setup}) if $opt{setup};
		my $result = ref $sql ? $sql->($session) : $session->run($sql);
		$result = { out => $result } if !ref $result;
		my $text = defined $result->{sqlstate} ? $result->{text} : "$result->{out}\n"
		  . (defined $result->{rows_read} ? join '|', @$result{qw(rows_read rows_written rows_rejected)} : '');
		$text =~ s/^\d+\|(?=\d*\|\d*\|\d*$)//m;    # the number of a run
		ok(!defined $result->{sqlstate}, "$name: $path path") or diag $result->{text};
		$said{$path} = [ $text, $opt{check} ? value($control, $opt{check}) : () ];
		is($said{$path}[1], $opt{want}, "$name: $path path: what it has done") if defined $opt{want};
	}
	is_deeply($said{hostile}, $said{usual}, "$name: both the same");
	isnt(join('', @{ $said{usual} }), '', "$name: there is something");
	is(alarms($control), $alarms, "$name: nothing hostile was run");
	$alarms = alarms($control);
	return;
}

sub written
{
	my (@arg) = @_;
	return sub { return write_scores($_[0], into(@arg)); };
}

sub written_now
{
	my (@arg) = @_;
	return sub { return write_scores($_[0], into_now(@arg)); };
}

# sql_value writes casts that the path would look up
sub plain
{
	my ($text) = @_;
	return \quote_sql($text);
}

my %small = (options => plain('{"chunk_rows": 5, "concurrency": 1}'));
my %types = (
	'int' => 'g', 'smallint' => 'g', 'bigint' => 'g', 'numeric' => 'g / 10.0', 'float8' => 'g / 8.0',
	'text' => q{CASE WHEN g % 2 = 0 THEN 'Name ' ELSE 'name ' END || g}, 'varchar' => q{'name ' || g},
	'varchar(12)' => q{'name ' || g},
	'char(8)' => q{'n' || g}, '"char"' => 'chr(64 + g)', 'name' => q{'name ' || g}, 'uuid' => 'md5(g::text)',
	'date' => q{date '2024-01-01' + g}, 'timestamp' => q{timestamp '2024-01-01' + g * interval '1.001 s'},
	'timestamptz' => q{timestamptz '2024-01-01 00:00:00Z' + g * interval '1.001 s'},
	'timestamp(0)' => q{timestamp '2024-01-01' + g * interval '1 s'}, 'interval' => q{g * interval '1 s'},
	'time' => q{time '00:00' + g * interval '1 s'}, 'bytea' => 'decode(lpad(to_hex(g), 4, $$0$$), $$hex$$)',
	'inet' => q{'10.0.0.' || g}, 'jsonb' => 'to_jsonb(g)', 'oid' => 'g', 'regrole' => 'g + 100000',
	'money' => 'g::text', 'bit(8)' => 'g::bit(8)',
	'boolean[]' => 'ARRAY[g > 12, (g & 8) > 0, (g & 4) > 0, (g & 2) > 0, (g & 1) > 0]', 'int[]' => 'ARRAY[g, 1]',
	'text[]' => q{ARRAY['name ' || g]}, 'int4range' => 'int4range(g, g + 1)', 'data.mood' => q{'mood ' || g},
	'data.pair' => 'ROW(g, NULL)', 'data.short' => 'g::text', 'data.mood_too' => q{'mood ' || g},
	'data.days' => q{ARRAY[date '2024-01-01' + g]},
	'text COLLATE "POSIX"' => q{'name ' || g});
my $moods = join ', ', map { "'mood $_'" } 1 .. $n;
$control->must(qq{
	CREATE TYPE data.mood AS ENUM ($moods);
	CREATE TYPE data.pair AS (a int, b text);
	CREATE DOMAIN data.short AS varchar(12);
	CREATE DOMAIN data.mood_too AS data.mood;
	CREATE DOMAIN data.days AS date[]});
my %extension = (citext => { 'ext.citext' => q{CASE WHEN g % 2 = 0 THEN 'Name ' ELSE 'name ' END || g},
		'data.caseless' => q{CASE WHEN g % 2 = 0 THEN 'Name ' ELSE 'name ' END || g},
		'ext.citext[]' => q{ARRAY['name ' || g]} }, hstore => { 'ext.hstore' => q{'a=>' || g} },
	ltree => { 'ext.ltree' => q{'a.b' || g} }, cube => { 'ext.cube' => q{g::text} },
	isn => { 'ext.isbn13' => q{format('978-0-%s-00000-?', 201 + g)} });
foreach my $extension (sort keys %extension)
{
	next if value($control, "SELECT count(*) FROM pg_available_extensions WHERE name = '$extension'") eq '0';
	$control->must("CREATE EXTENSION $extension SCHEMA ext");
	$control->must('CREATE DOMAIN data.caseless AS ext.citext') if $extension eq 'citext';
	delete $extension{$extension}{'ext.isbn13'};
	%types = (%types, %{ $extension{$extension} });
}
if (has_icu($node))
{
	$control->must(q{CREATE COLLATION ext."any Case" (provider = icu, locale = 'und-u-ks-level2',
		deterministic = false)});
	$types{'text COLLATE ext."any Case"'} = q{CASE WHEN g % 2 = 0 THEN 'Name ' ELSE 'name ' END || g};
}

# ---- every type of key in every statement

my %statement = (insert => '', update => 'INSERT INTO data.t SELECT id, -1 FROM data.keys',
	upsert => 'INSERT INTO data.t SELECT id, -1 FROM data.keys WHERE v > 12');
sub every_statement
{
	my ($type, $how) = @_;
	my $cast = $type =~ s/ COLLATE.*//r;
	$control->must("DROP TABLE IF EXISTS data.keys;
		CREATE TABLE data.keys (id $type, v int);
		INSERT INTO data.keys SELECT ($types{$type})::$cast, g FROM generate_series(1, $n) g;
		CREATE UNIQUE INDEX ON data.keys (id);
		ANALYZE data.keys");
	foreach my $case ('insert', 'update', 'upsert', 'upsert without an index')
	{
		my ($statement, $without) = $case =~ /(\w+)( without)?/;
		call(
			"$case by $type$how",
			written(query => 'SELECT id, v FROM data.keys', output => 'data.t', statement_type => $statement,
				key_columns => plain('{id}'), %small),
			setup => "DROP TABLE IF EXISTS data.t; CREATE TABLE data.t (id $type, prediction float8);
				$statement{$statement}; " . ($without ? '' : 'CREATE UNIQUE INDEX ON data.t (id)'),
			check => q{SELECT concat_ws(' ', (SELECT count(*) FROM data.t),
				(SELECT count(*) FROM (SELECT id::text, prediction FROM data.t
					EXCEPT SELECT id::text, prediction FROM data.keys JOIN data.expected USING (v)) x))},
			want => "$n 0");
	}
	return;
}

every_statement($_, '') foreach sort keys %types;

# ---- every kind of target

my $key = "id int PRIMARY KEY, prediction float8, note text DEFAULT 'new'";
my $has_fdw = has_extension($node, 'postgres_fdw');
$control->must(sprintf q{
	CREATE EXTENSION postgres_fdw SCHEMA ext;
	CREATE SERVER loop FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '%s', port '%s', dbname 'postgres');
	CREATE USER MAPPING FOR postgres SERVER loop;}, $node->host, $node->port) if $has_fdw;
my %target = (
	'a view' => "CREATE TABLE data.base ($key); CREATE VIEW data.t AS SELECT * FROM data.base",
	'a view with a trigger' => "CREATE TABLE data.base ($key);
		CREATE VIEW data.t AS SELECT id, prediction, note FROM data.base UNION ALL SELECT 0, 0, '' WHERE false;
		CREATE FUNCTION data.instead() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS \$\$
		BEGIN
			IF TG_OP = 'INSERT' THEN
				INSERT INTO data.base VALUES (NEW.id, NEW.prediction, coalesce(NEW.note, 'new'));
			ELSE
				UPDATE data.base SET prediction = NEW.prediction WHERE id = OLD.id;
			END IF;
			RETURN NEW;
		END \$\$;
		CREATE TRIGGER instead INSTEAD OF INSERT OR UPDATE ON data.t FOR EACH ROW EXECUTE FUNCTION data.instead()",
	'a foreign table' => "CREATE TABLE data.base ($key);
		CREATE FOREIGN TABLE data.t (id int, prediction float8, note text DEFAULT 'new')
			SERVER loop OPTIONS (schema_name 'data', table_name 'base')",
	'partitions' => "CREATE TABLE data.t ($key) PARTITION BY RANGE (id);
		CREATE TABLE data.t1 PARTITION OF data.t FOR VALUES FROM (MINVALUE) TO (9);
		CREATE TABLE data.t2 PARTITION OF data.t FOR VALUES FROM (9) TO (MAXVALUE)",
	'a parent' => "CREATE TABLE data.t ($key); CREATE TABLE data.child () INHERITS (data.t)",
	'a domain and numbers of another type' => q{CREATE DOMAIN data.no AS numeric;
		CREATE TABLE data.t (id data.no PRIMARY KEY, prediction text, note varchar DEFAULT 'new')},
	'an identity' => "CREATE TABLE data.t (id bigint GENERATED BY DEFAULT AS IDENTITY UNIQUE, prediction numeric(12, 6),
		note text DEFAULT 'new')");
my $clean = join '; ', map { "DROP $_ CASCADE" } 'TABLE IF EXISTS data.base', 'FUNCTION IF EXISTS data.instead',
	'DOMAIN IF EXISTS data.no';
my $drop_target = q{DO $$ BEGIN
	EXECUTE coalesce((SELECT format('DROP %s data.t CASCADE',
			CASE relkind WHEN 'v' THEN 'VIEW' WHEN 'f' THEN 'FOREIGN TABLE' ELSE 'TABLE' END)
		FROM pg_class WHERE oid = to_regclass('data.t')), 'SELECT'); END $$};
my $whole = q{SELECT concat_ws(' ', count(*), count(*) FILTER (WHERE t.prediction::float8 = e.prediction),
	string_agg(DISTINCT note, '+')) FROM data.t LEFT JOIN data.expected e ON e.v = t.id::int};
delete $target{'a foreign table'} if !$has_fdw;
foreach my $kind (sort keys %target)
{
	foreach my $statement (qw(insert update upsert))
	{
		foreach my $function ('score_into', 'score_into_now')
		{
			my $fill = $statement eq 'insert' ? '' : "INSERT INTO data.t SELECT v, -1, 'old' FROM data.plain"
			  . ($statement eq 'upsert' ? ' WHERE v > 12' : '');
			my $written = $function eq 'score_into' ? \&written : \&written_now;
			call(
				"$statement into $kind by $function",
				$written->(query => 'SELECT v AS id, v FROM data.plain', output => 'data.t',
					statement_type => $statement, key_columns => plain('{id}'), %small),
				role => $kind eq 'a foreign table' ? 'postgres' : 'clerk',
				setup => "$drop_target; $clean; $target{$kind}; $fill",
				check => $whole,
				want => "$n $n " . { insert => 'new', update => 'old', upsert => 'new+old' }->{$statement});
		}
	}
}

# ---- what a call can ask for

my $new = "$drop_target; CREATE TABLE data.t (id int PRIMARY KEY, v int, w int, prediction float8,
	scored_at timestamptz, model_id text, deployment_id varchar, job_run numeric, note text DEFAULT 'new')";
my @usual = (query => 'SELECT v AS id, v, w FROM data.plain', output => 'data.t', key_columns => plain('{id}'));
my %expect_row = (check => q{SELECT concat_ws('|', count(*), count(prediction), count(v), sum(w), count(scored_at),
	count(model_id), count(deployment_id), count(job_run), count(note)) FROM data.t});
my %asked = (
	'extra columns' => [ written(@usual, extra_columns => plain('{scored_at,model_id,deployment_id,job_run}')),
		"$n|$n|0|$n|$n|$n|$n|$n" ],
	'passthrough columns' => [ written(@usual, passthrough_columns => plain('{v,w}')), undef ],
	'where columns' => [ written(@usual, statement_type => 'upsert', passthrough_columns => plain('{v,w}'),
			where_columns => plain('{id,w}')), undef ],
	'where columns that are no keys' => [ written(@usual, statement_type => 'upsert',
			passthrough_columns => plain('{v,w}'), where_columns => plain('{v}')), undef ],
	'update columns' => [ written(@usual, statement_type => 'upsert', update_columns => plain('{prediction}')), undef ],
	'renamed columns' => [ written(@usual,
			column_names_remapping => plain('{"id": "w", "prediction": "prediction", "w": "id"}'),
			passthrough_columns => plain('{w}'), query => 'SELECT v AS id, v, v AS w FROM data.plain'), undef ],
	'output columns' => [ written(@usual, output_columns => plain('{id,y_PREDICTION,prediction}'),
			column_names_remapping => plain('{"y_PREDICTION": "note"}')), undef ],
	'slices of rows' => [ written(@usual, commit_rows => \7), undef ],
	'slices of time' => [ written(@usual, commit_interval => '10s'), undef ],
	'one snapshot' => [ written(@usual, snapshot => 'run'), undef ],
	'a model that stays' => [ written(@usual, consistent_model => \'true'), undef ],
	'one call at a time' => [ written(@usual, if_running => 'error'), undef ],
	'waiting' => [ written(@usual, if_running => 'wait'), undef ],
	'no keys' => [ written(query => 'SELECT v, w FROM data.plain', output => 'data.made',
			statement_type => 'create_table'), undef ],
	'workers' => [ written(query => 'SELECT v AS id, v, w FROM data.plain', output => 'data.t',
			key_columns => plain('{id}'), workers => \3, options => plain('{"chunk_rows": 2, "concurrency": 3}')),
		undef ],
	'workers that upsert' => [ written(query => 'SELECT v AS id, v, w FROM data.plain', output => 'data.t',
			statement_type => 'upsert', key_columns => plain('{id}'), workers => \3,
			options => plain('{"chunk_rows": 2, "concurrency": 3}')), undef ],
	'two keys' => [ written(query => 'SELECT v AS id, v, w FROM data.plain', output => 'data.t',
			statement_type => 'upsert', passthrough_columns => plain('{v}'), key_columns => plain('{w,id}'), %small),
		undef ],
	'two keys of different schemas' => [ written(query => 'SELECT c AS note, v AS id, v FROM data.caseless_rows',
			output => 'data.t', statement_type => 'upsert', key_columns => plain('{note,id}'), %small), undef ]);
delete $asked{'two keys of different schemas'} unless $types{'ext.citext'};
$control->must(q{CREATE TABLE data.caseless_rows AS SELECT ('name ' || v % 5)::ext.citext AS c, v FROM data.plain})
  if $types{'ext.citext'};
foreach my $what (sort keys %asked)
{
	my $columns = $what eq 'two keys of different schemas' ? 'ALTER TABLE data.t DROP note, ADD note ext.citext'
	  : 'SELECT';
	call($what, $asked{$what}[0], setup => "$new; $columns; DROP TABLE IF EXISTS data.made",
		check => $what eq 'no keys' ? 'SELECT string_agg(prediction::numeric(12, 6)::text, $$,$$ ORDER BY prediction)
			FROM data.made' : q{SELECT string_agg(concat_ws('|', id, v, w, prediction, scored_at IS NULL, model_id,
				deployment_id, job_run IS NULL, note), ';' ORDER BY id) FROM data.t});
}

# rows that are refused, and rows that cannot be written
call(
	'refused rows',
	sub {
		$standin->faults({ fault => 'status', status => 422, value => 17, column => 'v', times => -1 });
		return write_scores($_[0], into(@usual, on_error => 'reject', reject_limit => \'5', keep_features => \'true',
				passthrough_columns => plain('{v}'), options => plain('{"chunk_rows": 5}')));
	},
	setup => "$new; ALTER TABLE data.t ADD CHECK (v <> 9)",
	check => q{SELECT concat_ws('|', (SELECT count(*) FROM data.t),
		string_agg(concat_ws(' ', key, sqlstate, features), ', ' ORDER BY key ->> 'id')) FROM datarobot.rejected_row
		WHERE run_id = (SELECT max(run_id) FROM datarobot.run)},
	want => '22|{"id": 17} 22000 {"v": 17, "w": 3}, {"id": 9} 23514 {"v": 9, "w": 2}');

# a run that fails, and is resumed
foreach my $statement (qw(insert upsert))
{
	foreach my $way ('resume', 'the same call')
	{
		call(
			"$statement, resumed by $way",
			sub {
				my ($session) = @_;
				my @call = (@usual, statement_type => $statement, resume => \'true', %small);
				$standin->faults({ fault => 'status', status => 422, value => 17, column => 'v', times => -1 });
				my $failed = $session->run(into(@call));
				return $failed if ($failed->{sqlstate} // '') ne '22000';
				$standin->reset;
				my $result = write_scores($session,
					$way eq 'resume' ? 'CALL datarobot.resume(datarobot.last_run())' : into(@call));
				return $result if defined $result->{sqlstate};
				return $session->must('SELECT state, slices, rows_read, rows_written, held_by FROM datarobot.run_status
					ORDER BY run_id DESC LIMIT 1');
			},
			setup => "$new; DELETE FROM datarobot.run",
			check => 'SELECT count(*) || $$ $$ || count(prediction) FROM data.t',
			want => "$n $n");
	}
}

# the same by batch jobs, one of whose results is read again
call(
	'a run by batch jobs, resumed',
	sub {
		my ($session) = @_;
		my $failed = $session->run(into(@usual, options => plain('{"method": "batch", "batch_rows": 10}')));
		return $failed if ($failed->{sqlstate} // '') ne '23514';
		$control->must('ALTER TABLE data.t DROP CONSTRAINT few');
		my $result = write_scores($session, 'CALL datarobot.resume(datarobot.last_run())');
		return $result if defined $result->{sqlstate};
		# the third job may have begun before the failure
		return $session->must('SELECT state, rows_read, jobs OPERATOR(pg_catalog.>=) 3, open_jobs
			FROM datarobot.run_status ORDER BY run_id DESC LIMIT 1');
	},
	setup => "$new; ALTER TABLE data.t ADD CONSTRAINT few CHECK (id <> 17)",
	check => 'SELECT count(*) || $$ $$ || count(prediction) FROM data.t',
	want => "$n $n");
call('batch_abort_orphans', 'SELECT run_id FROM datarobot.batch_abort_orphans()');

# ---- tables that are made

my %goods = (query => 'SELECT id, price, weight, material, sleeves, season, red, wool, xl FROM data.goods',
	key_columns => plain('{id,red,wool,xl}'));
my $columns = q{SELECT string_agg(concat_ws(' ', attname, atttypid::regtype, collname), ', ' ORDER BY attnum)
	FROM pg_attribute LEFT JOIN pg_collation c ON c.oid = attcollation AND collname <> 'default'
	WHERE attrelid = 'data.made'::regclass AND attnum > 0};
my %made = (
	'of numbers' => [ [ query => 'SELECT v AS id, v FROM data.plain', key_columns => plain('{id}') ],
		'id integer, prediction double precision' ],
	'of texts' => [ [ deployment => '5f0000000000000000000016', query => 'SELECT id, price, weight, material, sleeves
			FROM data.goods', key_columns => plain('{id}') ], undef ],
	'of labels' => [ [ deployment => '5f0000000000000000000017', %goods ], undef ],
	'with extra columns' => [ [ query => 'SELECT v AS id, v FROM data.plain', key_columns => plain('{id}'),
			extra_columns => plain('{scored_at,model_id,deployment_id,job_run}'),
			output_columns => plain('{id,y_PREDICTION,prediction,row_number,error}') ], undef ],
	'with columns of every type' => [ [ query => 'SELECT * FROM data.all_types', key_columns => plain('{id}'),
			passthrough_columns => plain('{t,j,c,ts,n,a,co,m}') ],
		'id uuid, t text, j jsonb, c character varying, ts timestamp with time zone, n numeric, a text[], '
		  . 'co text any Case, m data.mood, prediction double precision' ]);
$control->must(q{CREATE TABLE data.all_types AS SELECT md5(v::text)::uuid AS id, v::text AS t, to_jsonb(v) AS j,
	v::text::varchar(9) AS c, now() AS ts, v::numeric(9, 2) AS n, ARRAY[v::text] AS a,
	v::text COLLATE ext."any Case" AS co, ('mood ' || v)::data.mood AS m FROM data.plain})
  if $types{'text COLLATE ext."any Case"'};
delete $made{'with columns of every type'} unless $types{'text COLLATE ext."any Case"'};
foreach my $what (sort keys %made)
{
	foreach my $statement ('create_table', 'insert', 'upsert')
	{
		call("a table $what by $statement", written(output => 'data.made', statement_type => $statement,
				$statement eq 'create_table' ? () : (create_table_if_not_exists => \'true'), @{ $made{$what}[0] }),
			setup => 'DROP TABLE IF EXISTS data.made', check => $columns,
			defined $made{$what}[1] ? (want => $made{$what}[1]) : ());
	}
}
call('a table into which is upserted again', sub {
	return [ map { write_scores($_[0], into(@usual, output => 'data.made', statement_type => 'upsert',
			create_table_if_not_exists => \'true', %small)) } 1 .. 2 ]->[1];
}, setup => 'DROP TABLE IF EXISTS data.made', check => 'SELECT count(*) FROM data.made', want => $n);

# ---- the other functions

my $ff = "'$DEPLOYMENT{synthetic}'";
my $goods_query = q{'SELECT id, price, weight, material, sleeves FROM data.goods'};
my $season = q{'5f0000000000000000000016'};
call('score', "SELECT * FROM datarobot.score($ff, 'SELECT v AS id, v FROM data.plain', '{id}', '{v}')");
call('score of classes', "SELECT * FROM datarobot.score($season, $goods_query, '{id}')");
call('score_as', "SELECT * FROM datarobot.score_as(NULL::data.expected, $ff, 'SELECT v, w FROM data.plain', '{v}')");
call('explain', "SELECT * FROM datarobot.explain('5f0000000000000000000025', 'SELECT * FROM data.houses', '{id,price}',
	max_explanations => '2')");
call('specifications of batch jobs', sub {
		my ($session) = @_;
		my $spec = qq('{"deployment_id": "$DEPLOYMENT{synthetic}", "intake_settings": {"type": "s3", "url": "s3://b/i"},
			"output_settings": {"type": "s3", "url": "s3://b/o"}}');
		my $s3 = "'$DEPLOYMENT{synthetic}', 's3://b/i', 's3://b/o'";
		my @said = map { $session->run($_) } (
			"SELECT datarobot.batch_preview($spec)", "SELECT intake_type FROM datarobot.batch_create($spec)",
			"SELECT output_type FROM datarobot.batch_score_s3($s3)",
			"SELECT output_type FROM datarobot.batch_score_gcp($s3)" =~ s{s3://}{gs://}gr,
			"SELECT output_type FROM datarobot.batch_score_azure($s3)" =~ s{s3://}{https://a.example/}gr,
			'SELECT name FROM datarobot.batch_credentials()', 'SELECT name FROM datarobot.batch_data_stores()',
			"SELECT enabled, schedule FROM datarobot.batch_definition_create($spec, 'nightly', true, '0 1 * * *')",
			"SELECT name FROM datarobot.batch_definition_list('night', max_rows => 1)",
			"SELECT enabled FROM datarobot.batch_definition_update('nightly', enabled => false)",
			"SELECT enabled FROM datarobot.batch_definition_run_on_schedule('nightly', '\@daily')",
			"SELECT name FROM datarobot.batch_definition_get('nightly')",
			"SELECT definition FROM datarobot.batch_definition_run('nightly')",
			"SELECT deployment_id FROM datarobot.batch_from_definition('nightly')",
			# a definition stays as long as its jobs are queued or running
			"SELECT pg_catalog.count(w.status) OPERATOR(pg_catalog.>) 0
				FROM datarobot.batch_jobs() j, datarobot.batch_wait(j.id, '60s', false) w",
			"SELECT datarobot.batch_definition_delete('nightly')",
			"SELECT datarobot.batch_schedule('\@daily')",
			"SELECT datarobot.batch_schedule_times('\@daily', '2024-01-01 00:00Z', 2)");
		my ($failed) = grep { defined $_->{sqlstate} } @said;
		return $failed // join "\n", map { $_->{out} } @said;
	});
call('batch jobs', sub {
		my ($session) = @_;
		my $job = $session->run("SELECT id FROM datarobot.batch_score($ff, passthrough_columns => '{v}')")->{out};
		my @said = map { $session->run($_) }
		  "SELECT datarobot.batch_upload('$job', 'SELECT v, w FROM data.plain')",
		  "SELECT status, scored_rows FROM datarobot.batch_wait('$job', '60s')",
		  "SELECT record FROM datarobot.batch_download('$job')",
		  "SELECT * FROM datarobot.batch_download_as(NULL::data.expected, '$job')",
		  "SELECT line FROM datarobot.batch_log('$job')",
		  "SELECT intake_type, hidden FROM datarobot.batch_jobs(status => '{completed}',
			created_from => '2020-01-01 00:00Z', deployment => $ff, max_rows => 1)",
		  "SELECT datarobot.batch_abort('$job')", "SELECT datarobot.batch_hide('$job')",
		  "SELECT deployment_id, hidden FROM datarobot.batch_status('$job')",
		  "SELECT status FROM datarobot.batch_from_existing('$job')";
		my ($failed) = grep { defined $_->{sqlstate} } @said;
		return $failed // join "\n", map { $_->{out} } @said;
	});
call('preview',
	"SELECT request, first_row, row_count, method, body FROM datarobot.preview($ff, 'SELECT v, w FROM data.plain', 3)");
call('predict', "SELECT f.v, datarobot.predict(f, $ff) OVER (), (datarobot.predict_row(f, $ff) OVER ()).probability
	FROM data.plain f");
call('predict_label', "SELECT f.id, datarobot.predict_label(f, $season,
	'{\"key_columns\": [\"id\", \"season\", \"red\", \"wool\", \"xl\"]}') OVER () FROM data.goods f");
call('predict_one', "SELECT f.v, datarobot.predict_one(f, $ff), (datarobot.predict_row_one(f, $ff)).probability
	FROM data.plain f");
call('predict_label_one', "SELECT f.id, datarobot.predict_label_one(f, $season,
	'{\"key_columns\": [\"id\", \"season\", \"red\", \"wool\", \"xl\"]}') FROM data.goods f");
# the types are written as the session would have to write them
call('check', "SELECT feature, status, feature_type, detail FROM datarobot.check($season, $goods_query, '{id}')");
call('check_connection', 'SELECT step, ok FROM datarobot.check_connection()');
call('deployments', 'SELECT id, label, target_type FROM datarobot.deployments()');
call('deployment', "SELECT id, label, target_type FROM datarobot.deployment($season)");
call('deployment_features', "SELECT * FROM datarobot.deployment_features($season)");
call('predict_unstructured', q{SELECT * FROM datarobot.predict_unstructured('5f000000000000000000001f', 'some words')});
call('submit_actuals', "SELECT * FROM datarobot.submit_actuals('$DEPLOYMENT{regression}',
	'SELECT v AS association_id, w AS actual_value FROM data.plain')");
call('create_score_type', "SELECT datarobot.create_score_type($season, 'data.made_type',
	'SELECT id, price, weight, material, sleeves, season FROM data.goods', '{id}', '{season}')",
	setup => 'DROP TYPE IF EXISTS data.made_type CASCADE', check => $columns =~ s/data\.made/data.made_type/r,
	want => 'id integer, season text, prediction text, probability double precision, probabilities jsonb');
call('create_score_type for labels', "SELECT datarobot.create_score_type('5f0000000000000000000017', 'data.made_type')",
	setup => 'DROP TYPE IF EXISTS data.made_type CASCADE', check => $columns =~ s/data\.made/data.made_type/r,
	want => 'prediction text, labels text[], probabilities jsonb');
my %of_kind = (
	'0001' => 'prediction double precision',
	'0002' => 'prediction text, probability double precision, threshold double precision, positive_class text',
	'0003' => 'prediction text, probability double precision, probabilities jsonb',
	'0019' => 'prediction double precision', '001b' => 'prediction text');
foreach my $id (sort keys %of_kind)
{
	call("create_score_type of $id",
		"SELECT datarobot.create_score_type('5f000000000000000000${id}', 'data.made_type')",
		setup => 'DROP TYPE IF EXISTS data.made_type CASCADE', check => $columns =~ s/data\.made/data.made_type/r,
		want => $of_kind{$id});
}
call('a type that was made', "SELECT * FROM datarobot.score_as(NULL::data.made_type, $season, $goods_query, '{id}')",
	setup => "DROP TYPE IF EXISTS data.made_type CASCADE;
		SELECT datarobot.create_score_type($season, 'data.made_type', $goods_query, '{id}')");
$control->must('DROP TABLE IF EXISTS data.made');
foreach my $materialized (qw(false true))
{
	my $kind = $materialized eq 'true' ? 'a materialized view' : 'a view';
	my $drop = 'DROP ' . ($materialized eq 'true' ? 'MATERIALIZED ' : '') . 'VIEW IF EXISTS data.made';
	my $create = "SELECT datarobot.create_scoring_view('data.made', $season, 'data.goods', prefix => 'p_',
		materialized => $materialized)";
	my $read = 'SELECT id, p_prediction, p_probability, p_probabilities FROM data.made';
	call("$kind", "$create; $read", setup => $drop, check => $columns);
	call("reading $kind", $read, setup => "$drop; $create");
	$control->must($drop);
}
{
	my $create = "SELECT datarobot.create_scored_table('data.made', $season, 'data.goods', prefix => 'p_')";
	my $read = 'SELECT id, p_prediction, p_probability, p_probabilities FROM data.made';
	my $drop = 'DROP FOREIGN TABLE IF EXISTS data.made';
	call('a scored table', "$create; $read", setup => $drop, check => $columns);
	call('reading a scored table', $read, setup => "$drop; $create");
	call('one row of it', "$read WHERE id OPERATOR(pg_catalog.=) 3 AND p_prediction IS NOT NULL",
		setup => "$drop; $create");
	call('its order', "$read ORDER BY id DESC LIMIT 2", setup => "$drop; $create");
	call('a join with it', 'SELECT g.id, p_prediction FROM data.goods g JOIN data.made m
		ON m.id OPERATOR(pg_catalog.=) g.id', setup => "$drop; $create");
	my $schema = 'CREATE SCHEMA imported; GRANT ALL ON SCHEMA imported TO PUBLIC';
	$control->must("$drop; $schema");
	call('IMPORT FOREIGN SCHEMA', "IMPORT FOREIGN SCHEMA deployments FROM SERVER datarobot INTO imported
		OPTIONS (source 'data.goods')", setup => "DROP SCHEMA imported CASCADE; $schema",
		check => q{SELECT string_agg(attname || ' ' || atttypid::regtype, ' ' ORDER BY attrelid, attnum)
			FROM pg_attribute WHERE attnum > 0
				AND attrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'imported'::regnamespace)});
	$control->must('DROP SCHEMA imported CASCADE');
}
call('connect', sprintf(q{SELECT datarobot.connect('made', '%1$s', api_token => 'a-token-of-some-length',
		options => '{"allow_http": true}');
		SELECT datarobot.connect('made', '%1$s', api_token => 'another-of-some-length')}, $standin->url),
	setup => 'DROP SERVER IF EXISTS made CASCADE', check => q{SELECT srvname || count(*) FROM pg_foreign_server
		JOIN pg_user_mapping ON umserver = pg_foreign_server.oid WHERE srvname = 'made' GROUP BY srvname},
	want => 'made1');
call('run_status', 'SELECT state, mode, slices, rows_read, rows_written, rows_rejected FROM datarobot.run_status
	WHERE rows_per_second IS NOT NULL OR rows_per_second IS NULL ORDER BY run_id LIMIT 5');
$control->must(qq{
	CREATE TABLE data.arrival (v int);
	CREATE TABLE data.arrived (prediction text);
	CREATE FUNCTION data.arrive() RETURNS trigger LANGUAGE plpgsql AS \$\$
	BEGIN
		INSERT INTO data.arrived SELECT s.prediction FROM datarobot.score($ff, 'SELECT v FROM incoming') s;
		RETURN NULL;
	END \$\$;
	CREATE TRIGGER arrive AFTER INSERT ON data.arrival REFERENCING NEW TABLE AS incoming FOR EACH STATEMENT
		EXECUTE FUNCTION data.arrive()});
call('a query of a transition table', 'INSERT INTO data.arrival SELECT v FROM data.plain',
	setup => 'TRUNCATE data.arrived',
	check => 'SELECT count(*) FROM data.arrived JOIN data.expected e ON e.prediction = arrived.prediction::float8',
	want => $n);
call('a dump of the ledger', 'SELECT kind FROM datarobot.dump_ledger()');
call('a dump of the ledger, restored', 'INSERT INTO datarobot.ledger_dump SELECT * FROM data.dumped',
	role => 'postgres', setup => 'DROP TABLE IF EXISTS data.dumped;
		CREATE TABLE data.dumped AS SELECT * FROM datarobot.dump_ledger() LIMIT 3;
		DELETE FROM datarobot.run', check => 'SELECT count(*) FROM datarobot.run', want => 3);
call('prune', sub {
	my $pruned = $_[0]->run(q{SELECT datarobot.prune('0 s')});
	return defined $pruned->{sqlstate} ? $pruned : 'pruned';
}, role => 'postgres', check => q{SELECT count(*) FROM datarobot.run WHERE owner = 'postgres'::regrole}, want => '0');

$control->must(q{CREATE TABLE data.judged AS SELECT g % 3 = 0 AS label, g / 24.0::float8 AS p, 0.5::float8 AS share,
	5 AS bins, 'name ' || g % 3 AS name, ('mood ' || g)::data.mood AS mood, g % 2 AS weight,
	jsonb_build_object('name 0', 0.5, 'name 1', 0.25, 'name 2', 0.25) AS probabilities FROM generate_series(1, 24) g});
call('metrics of predictions', q{SELECT datarobot.auc(label, p), datarobot.gini(weight, p, p),
	datarobot.lift(label, p, share), datarobot.roc_points(label, p), datarobot.calibration(label, p, bins, p),
	datarobot.log_loss(label, p), datarobot.log_loss(name, probabilities), datarobot.brier(label, p),
	datarobot.accuracy(name, name), datarobot.accuracy(mood, mood), datarobot.accuracy(weight, p),
	datarobot.f1(label, weight), datarobot.rmse(weight, p), datarobot.mae(weight, p), datarobot.mape(weight, p),
	datarobot.r2(weight, p) FROM data.judged});

# ---- where Citus is, rows are arrays, and nodes are asked

if (has_extension($node, 'dblink'))
{
	install_citus($node, 'first');
	connect_node($node, standin => $standin, dbname => 'first');
	every_statement($_, ', as arrays')
	  foreach grep { $types{$_} } qw(int numeric text char(8) int[] data.pair data.short data.days ext.citext),
		'ext.citext[]';

	my $rows = $node->safe_psql('postgres', 'COPY data.plain TO STDOUT');
	$node->safe_psql('first', "CREATE SCHEMA data; CREATE TABLE data.plain_101 (v int, w int);
		CREATE TABLE data.shards_201 (v int, w int, prediction float8); COPY data.plain_101 FROM STDIN;\n$rows\n\\.\n");
	$control->must('CREATE TABLE data.shards (v int, prediction float8)');
	distribute($node, 'data.plain' => [101], 1);
	distribute($node, 'data.shards' => [201], 1);
	my @arguments = ("'$DEPLOYMENT{synthetic}'", q{'data.plain'}, q{'data.shards'}, q{key_columns => '{v}'});
	foreach my $more ('', q{features => '{w}', passthrough_columns => '{w}'}, 'resume => true')
	{
		call("score_shards $more", 'CALL datarobot.score_shards(' . join(', ', @arguments, $more || ()) . ')',
			role => 'postgres', want => 'completed',
			check => 'SELECT state FROM datarobot.run ORDER BY run_id DESC LIMIT 1');
	}
	is($node->safe_psql('first', 'SELECT count(*), count(DISTINCT v) FROM data.shards_201'), 6 * $n . "|$n",
		'score_shards: what it has done');
	call('run_status_all', 'SELECT DISTINCT node, state, target FROM datarobot.run_status_all() ORDER BY 1, 2, 3',
		role => 'postgres');
	call('connect_nodes', sprintf(q{SELECT datarobot.connect_nodes('made', '%s', options => '{"allow_http": true}',
		grant_to => '{clerk}')}, $standin->url), role => 'postgres');
}

is(alarms($control), $alarms, 'nothing hostile was run in all of this');
done_testing();
