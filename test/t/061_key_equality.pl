# What is the same key to the query, to the target's column and to its unique indexes, whose operators are not looked up
# by search_path. Keys that the target could not tell apart are refused before anything is sent, and no index that takes
# other values for the same decides what an upsert meets.
use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../lib";
use Into;
use ScoringTest;
use Session;
use Test::More;

my $standin = new_standin();
my $node = new_node('main', standin => $standin, init => [ extra => [ '--locale=C', '--encoding=UTF8' ] ]);
my $session = Session->new($node);
my $has_icu = has_icu($node);
my $has_citext = value($session, q{SELECT count(*) FROM pg_available_extensions WHERE name = 'citext'}) eq '1';
my $version = value($session, 'SHOW server_version_num');

# A column's UPDATE is enough for ON CONFLICT, and not for the lock that an upsert takes without.
$session->must(q{
	CREATE ROLE clerk LOGIN;
	GRANT EXECUTE ON ALL ROUTINES IN SCHEMA datarobot TO clerk;
	GRANT USAGE ON FOREIGN SERVER datarobot TO clerk;
	CREATE SCHEMA ext;
	GRANT USAGE ON SCHEMA ext TO clerk;});
$session->must('CREATE EXTENSION citext SCHEMA ext') if $has_citext;
$session->must(q{CREATE COLLATION ext.caseless (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
	CREATE COLLATION ext.accentless (provider = icu, locale = 'und-u-ks-level1', deterministic = false)}) if $has_icu;

my %options = (options => { chunk_rows => 10 });

# A schema of its own for each case, with the given tables; nothing of them has been sent.
sub cell
{
	my ($sql) = @_;
	$session->must("SET search_path = public; DROP SCHEMA IF EXISTS cell CASCADE; CREATE SCHEMA cell;
		GRANT USAGE ON SCHEMA cell TO clerk; SET search_path = cell;
		$sql");
	$standin->reset;
	return;
}

sub requests { return $standin->counters($DEPLOYMENT{synthetic})->{requests}; }

sub write_all
{
	my ($statement, %more) = @_;
	return write_scores($session, into(query => 'TABLE cell.source', output => 'cell.target',
			statement_type => $statement, key_columns => ['id'], %options, %more));
}

# ---- operators of the type, wherever they are

my %written = (update => 'ALICE true, bob true', upsert => 'ALICE true, Carl true, bob true');
if ($has_citext)
{
	foreach my $type ('ext.citext', 'domain')
	{
		foreach my $path ('cell', 'cell, ext')
		{
			foreach my $case ('update', 'upsert', 'upsert with a unique index')
			{
				my $name = "$case of $type under $path";
				my ($statement) = $case =~ /(\w+)/;
				cell("CREATE DOMAIN domain AS ext.citext; CREATE TABLE source (id $type, v int);
					INSERT INTO source VALUES ('alice', 1), ('Bob', 2), ('Carl', 3);
					CREATE TABLE target (id $type, prediction float8);
					INSERT INTO target VALUES ('ALICE', -1), ('bob', -1)");
				$session->must('CREATE UNIQUE INDEX ON target (id)') if $case =~ /index/;
				$session->must("SET search_path = $path");
				counts_are(write_all($statement), [ 3, $statement eq 'update' ? 2 : 3, 0 ], $name);
				is(value($session, q{SELECT string_agg(id || ' ' || (prediction >= 0)::text, ', '
						ORDER BY id::text COLLATE "C") FROM target}), $written{$statement}, "$name: what is in it");
			}
		}
	}
}

# An operator that fits better than any of pg_catalog's, or of the type's own schema, and is another role's.
$session->must('CREATE ROLE mallory; GRANT CREATE, USAGE ON SCHEMA ext TO mallory');
my %fitting = (varchar => [ 'cell', 'varchar', 'varchar' ],
	$has_citext ? ('domain over citext' => [ 'ext', 'cell.domain', 'cell.domain' ],
		'domain over citext and citext' => [ 'ext', 'cell.domain', 'ext.citext' ]) : ());
foreach my $what (sort keys %fitting)
{
	my ($schema, @types) = @{ $fitting{$what} };
	foreach my $case ('update', 'upsert', 'upsert with a unique index')
	{
		my $name = "$case, and an operator for $what";
		my ($statement) = $case =~ /(\w+)/;
		my $domain = $has_citext ? 'ext.citext' : 'text';
		my $arguments = "LEFTARG = $types[0], RIGHTARG = $types[1], FUNCTION = $schema.mine";
		my $operators = join ' ', map { "CREATE OPERATOR $schema.$_ ($arguments);" } qw(= < <= > >=);
		cell("GRANT CREATE, USAGE ON SCHEMA cell TO mallory;
			CREATE SEQUENCE alarm;
			GRANT USAGE ON SEQUENCE alarm TO PUBLIC;
			CREATE DOMAIN domain AS $domain;
			CREATE TABLE source (id $types[0], v int);
			INSERT INTO source SELECT 'name ' || g, g FROM generate_series(1, 30) g;
			CREATE TABLE target (id $types[0], prediction float8);
			INSERT INTO target SELECT id, -1 FROM source WHERE v <= 15;
			CREATE UNIQUE INDEX ON source (id);
			SET enable_seqscan = off; SET enable_sort = off;
			SET ROLE mallory;
			CREATE FUNCTION $schema.mine($types[0], $types[1]) RETURNS boolean LANGUAGE plpgsql
				AS \$\$ BEGIN PERFORM nextval('cell.alarm'); RAISE 'as %', current_user; END \$\$;
			$operators
			RESET ROLE");
		$session->must('CREATE UNIQUE INDEX ON target (id)') if $case =~ /index/;
		counts_are(write_all($statement, options => { chunk_rows => 5, concurrency => 1 }),
			[ 30, $statement eq 'update' ? 15 : 30, 0 ], $name);
		is(value($session, 'SELECT is_called FROM alarm'), 'f', "$name: it is not run");
		$session->must("RESET enable_seqscan; RESET enable_sort; DROP FUNCTION $schema.mine CASCADE");
	}
}

# A number is found by a number of another type.
foreach my $types ([ 'int', 'numeric' ], [ 'smallint', 'bigint' ], [ 'bigint', 'int' ], [ 'bigint', 'domain' ],
	[ 'text', 'varchar' ], [ 'varchar', 'text' ])
{
	foreach my $case ('update', 'upsert', 'upsert with a unique index')
	{
		my $name = "$case of @$types";
		my ($statement) = $case =~ /(\w+)/;
		cell("CREATE DOMAIN domain AS numeric; CREATE TABLE source (id $types->[0], v int);
			INSERT INTO source SELECT g::text::$types->[0], g FROM generate_series(1, 30) g;
			CREATE TABLE target (id $types->[1], prediction float8);
			INSERT INTO target SELECT id::text::$types->[1], -1 FROM source WHERE v <= 15");
		$session->must('CREATE UNIQUE INDEX ON target (id)') if $case =~ /index/;
		my $rows = $statement eq 'update' ? 15 : 30;
		counts_are(write_all($statement), [ 30, $rows, 0 ], $name);
		is(value($session,
				q{SELECT concat_ws('|', count(*), count(DISTINCT id), count(*) FILTER (WHERE prediction >= 0))
					FROM target}), "$rows|$rows|$rows", "$name: what is in it");
	}
}

# ---- columns that store less than the key

my %less = (
	'a domain over timestamp(0)' => [ 'timestamp', q{timestamp '2024-01-01' + g * interval '0.01 s'},
		'CREATE DOMAIN d AS timestamp(0)', 'd' ],
	'a domain over it' => [ 'timestamp', q{timestamp '2024-01-01' + g * interval '0.01 s'},
		'CREATE DOMAIN b AS timestamp(0); CREATE DOMAIN d AS b', 'd' ],
	'timestamp(0)' => [ 'timestamp', q{timestamp '2024-01-01' + g * interval '0.01 s'}, '', 'timestamp(0)' ],
	'timestamp(3) in the query' => [ 'timestamp(3)', q{timestamp '2024-01-01' + g * interval '0.01 s'},
		'CREATE DOMAIN d AS timestamp(0)', 'd' ],
	'a domain over numeric(9, 0)' => [ 'numeric', 'g / 10.0', 'CREATE DOMAIN d AS numeric(9, 0)', 'd' ],
	'a domain over numeric(9, -1) for integers' => [ 'int', 'g', 'CREATE DOMAIN d AS numeric(9, -1)', 'd' ],
	'a domain over varchar(4)' => [ 'text', q{rpad('a', 4 + g % 20)}, 'CREATE DOMAIN d AS varchar(4)', 'd' ],
	'a domain over char(4)' => [ 'char(8)', q{'a' || g}, 'CREATE DOMAIN d AS char(4)', 'd' ],
	'a domain over time(0)' => [ 'time', q{time '00:00' + g * interval '0.01 s'}, 'CREATE DOMAIN d AS time(0)', 'd' ],
	'a domain over interval(0)' => [ 'interval', q{g * interval '0.01 s'}, 'CREATE DOMAIN d AS interval(0)', 'd' ],
	'a domain over timestamp(0)[]' => [ 'timestamp[]', q{ARRAY[timestamp '2024-01-01' + g * interval '0.01 s']},
		'CREATE DOMAIN d AS timestamp(0)[]', 'd' ],
	'an array of it' => [ 'timestamp[]', q{ARRAY[timestamp '2024-01-01' + g * interval '0.01 s']},
		'CREATE DOMAIN d AS timestamp(0)', 'd[]' ],
	'date' => [ 'timestamp', q{timestamp '2024-01-01' + g * interval '0.01 s'}, '', 'date' ],
	'real' => [ 'float8', 'g / 7.0', '', 'real' ],
	$has_icu ? ('a collation of the column' => [ 'text', q{CASE WHEN g % 2 = 0 THEN 'A' ELSE 'a' END || g / 2}, '',
			'text COLLATE ext.caseless' ], 'a collation of a domain' => [ 'text',
				q{CASE WHEN g % 2 = 0 THEN 'A' ELSE 'a' END || g / 2}, 'CREATE DOMAIN d AS text COLLATE ext.caseless',
				'd' ], 'a collation of another kind' => [ 'text COLLATE ext.caseless', q{'a' || g}, '',
					'text COLLATE ext.accentless' ]) : (),
	$has_citext ? ('citext' => [ 'text', q{CASE WHEN g % 2 = 0 THEN 'A' ELSE 'a' END || g / 2}, '', 'ext.citext' ])
	  : ());
my %statement = (update => '', upsert => 'CREATE UNIQUE INDEX ON target (id)', 'upsert without an index' => '',
	'upsert by another column, too' => '');
foreach my $what (sort keys %less)
{
	my ($from, $value, $setup, $to) = @{ $less{$what} };
	foreach my $case (sort keys %statement)
	{
		my ($statement) = $case =~ /(\w+)/;
		my $too = $case =~ /too/;
		# the key is a good one, and this is not among them
		my %more = $too ? (query => 'SELECT v AS key, id, v FROM cell.source', key_columns => ['key'],
			passthrough_columns => ['id'], where_columns => [ 'key', 'id' ]) : ();
		cell("$setup; CREATE TABLE source (id $from, v int);
			INSERT INTO source SELECT $value, g FROM generate_series(1, 100) g;
			CREATE TABLE target (key int, id $to, prediction float8);
			$statement{$case}");
		fails_with(write_all($statement, %more), '42804', qr/^where column "id" (?:is of type|has another collation)/,
			"$case, and $what");
		is(requests(), 0, "$case, and $what: nothing was sent");
	}
}

# the same on both sides is good
my %same = (
	'domains over timestamp(0)' => [ 'd', q{timestamp '2024-01-01' + g * interval '1 s'},
		'CREATE DOMAIN d AS timestamp(0)', 'd' ],
	'timestamp(0) and a domain over it' => [ 'timestamp(0)', q{timestamp '2024-01-01' + g * interval '1 s'},
		'CREATE DOMAIN d AS timestamp(0)', 'd' ],
	'a domain over timestamp(0) and timestamp' => [ 'd', q{timestamp '2024-01-01' + g * interval '1 s'},
		'CREATE DOMAIN d AS timestamp(0)', 'timestamp' ],
	'a domain over varchar(9) and text' => [ 'd', q{'a' || g}, 'CREATE DOMAIN d AS varchar(9)', 'text' ],
	'a collation' => [ 'text COLLATE ext.caseless', q{CASE WHEN g % 2 = 0 THEN 'A' ELSE 'a' END || g}, '',
		'text COLLATE ext.caseless' ],
	'a collation that is stricter' => [ 'text COLLATE ext.caseless',
		q{CASE WHEN g % 2 = 0 THEN 'A' ELSE 'a' END || g}, '', 'text' ]);
delete @same{ grep { /collation/ } keys %same } if !$has_icu;
foreach my $what (sort keys %same)
{
	my ($from, $value, $setup, $to) = @{ $same{$what} };
	foreach my $case ('update', 'upsert', 'upsert without an index')
	{
		my ($statement) = $case =~ /(\w+)/;
		cell("$setup; CREATE TABLE source (id $from, v int);
			INSERT INTO source SELECT $value, g FROM generate_series(1, 100) g;
			CREATE TABLE target (key int, id $to, prediction float8);
			INSERT INTO target SELECT 1, id, -1 FROM source WHERE v <= 50;
			$statement{$case}");
		my $rows = $statement eq 'update' ? 50 : 100;
		counts_are(write_all($statement), [ 100, $rows, 0 ], "$case, and $what");
		is(value($session, q{SELECT concat_ws('|', count(*), count(*) FILTER (WHERE prediction >= 0)) FROM target}),
			"$rows|$rows", "$case, and $what: what is in it");
	}
}

# ---- types without an order, and keys that look like NULL

foreach my $type (qw(json point box))
{
	my $value = { json => q{'{}'}, point => q{'(1,2)'}, box => q{'(1,2),(3,4)'} }->{$type};
	foreach my $statement (qw(update upsert))
	{
		cell("CREATE TABLE source (id $type, v int); INSERT INTO source VALUES ($value, 1);
			CREATE TABLE target (id $type, v int, prediction float8)");
		fails_with(write_all($statement), '42883', qr/^column "id" cannot be a key column$/,
			"$statement by a key of type $type", detail => qr/Its type $type has no default btree order\./);
		fails_with(write_all($statement, query => 'SELECT v AS w, v, id FROM cell.source', key_columns => ['w'],
				where_columns => ['id'], passthrough_columns => ['id'], column_names_remapping => { w => undef }),
			'42883', qr/^column "id" cannot be a where column$/, "$statement by a where column of type $type",
			detail => qr/Its type $type has no default btree order\./);
		is(requests(), 0, "$statement by $type: nothing was sent");
	}
}
foreach my $seek (qw(on off))
{
	cell("CREATE TYPE pair AS (a int, b int); CREATE TABLE source (id pair UNIQUE, v int);
		INSERT INTO source SELECT ROW(g, g)::pair, g FROM generate_series(1, 30) g UNION ALL
			SELECT ROW(NULL, NULL)::pair, 0; CREATE TABLE target (id pair, prediction float8);
		SET enable_seqscan = $seek; SET enable_sort = $seek");
	counts_are(write_all('upsert'), [ 31, 31, 0 ], 'a row of NULLs is a key');
	is(value($session, 'SELECT count(DISTINCT id) FROM target WHERE prediction IS NOT NULL'), '31', 'and is written');
	$session->must('TRUNCATE target; INSERT INTO source VALUES (NULL, -1)');
	fails_with(write_all('upsert'), '22004', qr/^null value in key column "id"$/, 'NULL is not');
}
$session->must('RESET enable_seqscan; RESET enable_sort');

# where columns that are NULL match nothing, and so are not twice the same
foreach my $case ([ update => 1, 'a|t, -|f' ], [ upsert => 3, '-|f, -|t, -|t, a|t' ])
{
	my ($statement, $written, $rows) = @$case;
	cell(q{CREATE TABLE source AS SELECT * FROM (VALUES ('a', 1), (NULL, 2), (NULL, 3)) v (g, v);
		CREATE TABLE target (g text, prediction float8); INSERT INTO target VALUES ('a', -1), (NULL, -1)});
	counts_are(write_scores($session, into_now(query => 'TABLE cell.source', output => 'target',
			statement_type => $statement, where_columns => ['g'], passthrough_columns => ['g'])), [ 3, $written, 0 ],
		"$statement by a column that is NULL twice");
	is(value($session, q{SELECT string_agg(concat_ws('|', coalesce(g, '-'), prediction >= 0), ', ' ORDER BY }
			  . ($statement eq 'update' ? 'prediction DESC' : 'g NULLS FIRST, prediction') . ') FROM target'), $rows,
		'and what is in it');
	$session->must(q{INSERT INTO source VALUES ('a', 4)});
	fails_with(write_scores($session, into_now(query => 'TABLE cell.source', output => 'target',
			statement_type => $statement, where_columns => ['g'], passthrough_columns => ['g'])), '21000',
		qr/^two rows are meant for the same row of cell\.target$/, "$statement by a value that comes twice",
		detail => qr/\(a\)/);
}

# ---- unique indexes that ON CONFLICT may use, and others

my $clerk = Session->new($node, role => 'clerk');

# Without a usable index an upsert locks, which clerk may not. The result of an upsert of these keys follows from the
# key's own equality.
sub upsert_over
{
	my ($what, $usable, %case) = @_;
	my $columns = $case{columns} // 'id int, prediction float8';
	my @keys = @{ $case{keys} // ['id'] };
	my %more = (key_columns => \@keys, where_columns => \@keys, $case{query} ? (query => $case{query}) : ());

	my $setup = $case{setup} // '';
	cell("CREATE TABLE source (id $case{type}, v int);
		INSERT INTO source SELECT $case{value}, g FROM generate_series(1, 40) g;
		$setup;
		CREATE TABLE target ($columns);
		$case{index};
		GRANT SELECT ON source TO clerk;
		GRANT SELECT, INSERT, UPDATE (prediction) ON target TO clerk");
	$session->must("INSERT INTO target $case{before}") if $case{before};
	if (!$usable)
	{
		my $refused = write_scores($clerk,
			into(query => 'TABLE cell.source', output => 'cell.target', statement_type => 'upsert', %options, %more));
		fails_with($refused, '42501', qr/^permission denied to lock cell\.target$/, "$what: not by ON CONFLICT");
		is(requests(), 0, "$what: nothing was sent");
	}
	my $result = write_scores($usable ? $clerk : $session,
		into(query => 'TABLE cell.source', output => 'cell.target', statement_type => 'upsert', %options, %more));
	if ($case{fails})
	{
		fails_with($result, $case{fails}, undef, "$what: no row takes another's place");
		is(value($session, 'SELECT state FROM datarobot.run ORDER BY run_id DESC LIMIT 1'), 'failed',
			"$what: it is not complete");
		return;
	}
	counts_are($result, [ 40, 40, 0 ], $what);
	is(value($session, 'SELECT count(*) || $$ $$ || count(*) FILTER (WHERE prediction >= 0) FROM target'),
		$case{rows} // '40 40', "$what: what is in it");
	return;
}

my %number = (type => 'int', value => 'g - 20');
my %text = (type => 'text', value => q{CASE WHEN g % 2 = 0 THEN 'Name ' ELSE 'name ' END || g / 2},
	columns => 'id text, prediction float8');
my $half = q{SELECT id, -1 FROM source WHERE v <= 20};

upsert_over('a plain index', 1, %number, index => 'CREATE UNIQUE INDEX ON target (id)', before => $half);
upsert_over('a constraint', 1, %number, index => 'ALTER TABLE target ADD UNIQUE (id)', before => $half);
upsert_over('an index that includes a column', 1, %number,
	index => 'CREATE UNIQUE INDEX ON target (id) INCLUDE (prediction)', before => $half);
upsert_over('a descending index', 1, %number, index => 'CREATE UNIQUE INDEX ON target (id DESC)', before => $half);
upsert_over('an index of two columns in the other order', 1, %number, index => 'CREATE UNIQUE INDEX ON target (v, id)',
	columns => 'id int, v int, prediction float8', keys => [ 'id', 'v' ],
	query => 'SELECT id, v, v AS w FROM cell.source', before => 'SELECT id, v, -1 FROM source WHERE v <= 20');
upsert_over('an index with NULLS NOT DISTINCT', 1, %number,
	index => 'CREATE UNIQUE INDEX ON target (id) NULLS NOT DISTINCT', before => $half);
upsert_over('an index of one column more', 0, %number, index => 'CREATE UNIQUE INDEX ON target (id, prediction)',
	before => $half);
upsert_over('a partial index', 0, %number, index => 'CREATE UNIQUE INDEX ON target (id) WHERE id > 0', before => $half);
upsert_over('an index on an expression', 0, %number, index => 'CREATE UNIQUE INDEX ON target ((id + 0))',
	before => $half);
upsert_over('an index beside others that are partial or on expressions', 1, %number,
	index => 'CREATE UNIQUE INDEX ON target ((id + 0)); CREATE UNIQUE INDEX ON target (id) WHERE id > 0;
		CREATE UNIQUE INDEX ON target (id)', before => $half);
upsert_over('an invalid index', 0, %number, index => q{CREATE UNIQUE INDEX made ON target (id);
	UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'made'::regclass}, before => $half);
upsert_over('a deferrable constraint', 0, %number, index => 'ALTER TABLE target ADD UNIQUE (id) DEFERRABLE',
	before => $half);
upsert_over('a deferrable constraint beside an index', 0, %number,
	index => 'ALTER TABLE target ADD UNIQUE (id) DEFERRABLE; CREATE UNIQUE INDEX ON target (id)', before => $half);
upsert_over('an exclusion constraint', 0, %number, index => 'ALTER TABLE target ADD EXCLUDE (id WITH =)',
	before => $half);
upsert_over('an index of a table that others inherit from', 0, %number, index => 'CREATE UNIQUE INDEX ON target (id);
	CREATE TABLE child () INHERITS (target); INSERT INTO child SELECT id, -1 FROM source WHERE v > 20',
	before => $half);

# from 18 on, such a constraint has the marks of both
my %temporal = (type => 'int4range', value => 'int4range(g, g + 1)',
	columns => 'id int4range, at daterange, prediction float8', keys => [ 'id', 'at' ],
	query => q{SELECT id, daterange('2024-01-01', '2025-01-01') AS at, v FROM cell.source},
	before => q{SELECT id, daterange('2024-01-01', '2025-01-01'), -1 FROM source WHERE v <= 20});
upsert_over('a constraint without overlaps', 0, %temporal,
	index => $version >= 180000 ? 'ALTER TABLE target ADD PRIMARY KEY (id, at WITHOUT OVERLAPS)' :
	q{ALTER TABLE target ADD CONSTRAINT made EXCLUDE USING gist (id WITH =, at WITH &&);
		UPDATE pg_index SET indisunique = true WHERE indexrelid = 'made'::regclass});

# other operators: without a minus sign, all above zero are the same as one below
my $absolute = q{CREATE FUNCTION same(int, int) RETURNS boolean IMMUTABLE LANGUAGE sql RETURN abs($1) = abs($2);
	CREATE FUNCTION lt(int, int) RETURNS boolean IMMUTABLE LANGUAGE sql RETURN abs($1) < abs($2);
	CREATE FUNCTION le(int, int) RETURNS boolean IMMUTABLE LANGUAGE sql RETURN abs($1) <= abs($2);
	CREATE FUNCTION gt(int, int) RETURNS boolean IMMUTABLE LANGUAGE sql RETURN abs($1) > abs($2);
	CREATE FUNCTION ge(int, int) RETURNS boolean IMMUTABLE LANGUAGE sql RETURN abs($1) >= abs($2);
	CREATE FUNCTION compare(int, int) RETURNS int IMMUTABLE LANGUAGE sql RETURN sign(abs($1) - abs($2))::int;
	CREATE OPERATOR === (LEFTARG = int, RIGHTARG = int, FUNCTION = same); CREATE OPERATOR <<< (LEFTARG = int,
		RIGHTARG = int, FUNCTION = lt); CREATE OPERATOR <<<= (LEFTARG = int, RIGHTARG = int, FUNCTION = le);
	CREATE OPERATOR >>> (LEFTARG = int, RIGHTARG = int, FUNCTION = gt);
	CREATE OPERATOR >>>= (LEFTARG = int, RIGHTARG = int, FUNCTION = ge);
	CREATE OPERATOR CLASS absolute FOR TYPE int USING btree AS OPERATOR 1 <<<, OPERATOR 2 <<<=, OPERATOR 3 ===,
		OPERATOR 4 >>>=, OPERATOR 5 >>>, FUNCTION 1 compare(int, int)};
upsert_over('an index of another operator class', 0, %number, setup => $absolute,
	index => 'CREATE UNIQUE INDEX ON target (id absolute)', fails => '23505');
upsert_over('an index of another operator class, keys that are good for it', 0, %number, value => 'g',
	setup => $absolute, index => 'CREATE UNIQUE INDEX ON target (id absolute)', before => $half);
upsert_over('an index beside one of another operator class', 1, %number, setup => $absolute,
	index => 'CREATE UNIQUE INDEX ON target (id absolute); CREATE UNIQUE INDEX ON target (id)', fails => '23505');
upsert_over('an index of a class with the same equality', 1, %text,
	index => 'CREATE UNIQUE INDEX ON target (id text_pattern_ops)', before => $half);
upsert_over('an index of another collation with the same equality', 1, %text,
	index => 'CREATE UNIQUE INDEX ON target (id COLLATE "POSIX")', before => $half);
if ($has_icu)
{
	upsert_over('an index of another collation', 0, %text,
		index => 'CREATE UNIQUE INDEX ON target (id COLLATE ext.caseless)', fails => '23505');
	upsert_over('an index of another collation, keys that are good for it', 0, %text, value => q{'name ' || g},
		index => 'CREATE UNIQUE INDEX ON target (id COLLATE ext.caseless)', before => $half);
	upsert_over('an index beside one of another collation', 1, %text,
		index => 'CREATE UNIQUE INDEX ON target (id COLLATE ext.caseless); CREATE UNIQUE INDEX ON target (id)',
		fails => '23505');
	my %caseless = (type => 'text COLLATE ext.caseless', value => q{'name ' || g},
		columns => 'id text COLLATE ext.caseless, prediction float8',
		before => q{SELECT upper(id), -1 FROM source WHERE v <= 20});
	upsert_over('an index of a collation', 1, %caseless, index => 'CREATE UNIQUE INDEX ON target (id)');
	upsert_over('an index stricter than the collation of the column', 0, %caseless,
		index => 'CREATE UNIQUE INDEX ON target (id COLLATE "C")');
}
upsert_over('an index of text on citext', 0, type => 'ext.citext', value => q{'name ' || g},
	columns => 'id ext.citext, prediction float8', index => 'CREATE UNIQUE INDEX ON target (id text_ops)',
	before => q{SELECT upper(id::text), -1 FROM source WHERE v <= 20})
  if $has_citext;

done_testing();
