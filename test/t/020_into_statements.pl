# score_into and score_into_now: every statement type against every kind of target. What stands in the target
# afterwards is what datarobot.score predicts, and nothing else has changed.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use Into;
use JSON::PP ();
use ScoringTest;
use Session;
use Test::More;

my $standin = new_standin();
my $node = new_node('main', standin => $standin, init => [ extra => [ '--locale=C', '--encoding=UTF8' ] ]);
my %id = %DEPLOYMENT;

customers($node, 90);
$node->safe_psql('postgres', q{
	CREATE ROLE clerk;
	CREATE ROLE other;
	GRANT EXECUTE ON ALL ROUTINES IN SCHEMA datarobot TO clerk, other;
	GRANT USAGE ON FOREIGN SERVER datarobot TO clerk, other;
	GRANT SELECT ON customer, expected TO clerk, other;
	CREATE DATABASE remote;});
my $has_fdw = has_extension($node, 'postgres_fdw');
$node->safe_psql('remote', q{CREATE TABLE target (id int PRIMARY KEY, prediction float8, note text DEFAULT 'new')});
$node->safe_psql('postgres', sprintf q{
	CREATE EXTENSION postgres_fdw;
	CREATE SERVER remote FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '%s', port '%s', dbname 'remote');
	CREATE USER MAPPING FOR CURRENT_USER SERVER remote;}, $node->host, $node->port) if $has_fdw;

my $session = Session->new($node);
my $query = 'SELECT * FROM public.customer WHERE id <= 60';
my @columns = "(id int PRIMARY KEY, prediction float8, note text DEFAULT 'new')";

# The rows of a target: 31 to 90 are there before an update or upsert, 61 to 90 before an insert, marked "old"; 1 to
# 60 are scored.
my %before = (insert => [ 61, 90 ], update => [ 31, 90 ], upsert => [ 31, 90 ]);
my %after = (
	insert => q{SELECT id, prediction, 'new' FROM expected WHERE id <= 60
		UNION ALL SELECT g, -1, 'old' FROM generate_series(61, 90) g},
	update => q{SELECT id, CASE WHEN id <= 60 THEN prediction ELSE -1 END, 'old' FROM expected WHERE id > 30},
	upsert => q{SELECT id, CASE WHEN id <= 60 THEN prediction ELSE -1 END, CASE WHEN id > 30 THEN 'old' ELSE 'new' END
		FROM expected});
my %written = (insert => 60, update => 30, upsert => 60);

my %call = (
	score_into => sub { return into(@_, options => { chunk_rows => 20 }); },
	score_into_now => sub { return into_now(@_, options => { chunk_rows => 20 }); });

# Triggers that write down each row and each statement.
my $audited = q{
	CREATE TABLE audit (level text, op text);
	CREATE FUNCTION note_it() RETURNS trigger LANGUAGE plpgsql AS $$
	BEGIN
		INSERT INTO cell.audit VALUES (TG_LEVEL, TG_OP);
		RETURN NULL;
	END $$;
	CREATE FUNCTION touch_it() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.touched := TG_OP; RETURN NEW; END $$;
	CREATE TABLE target (id int PRIMARY KEY, prediction float8, note text DEFAULT 'new', touched text);};
my $triggers = q{
	CREATE TRIGGER a BEFORE INSERT OR UPDATE ON target FOR EACH ROW EXECUTE FUNCTION touch_it();
	CREATE TRIGGER b AFTER INSERT OR UPDATE ON target FOR EACH ROW EXECUTE FUNCTION note_it();
	CREATE TRIGGER c AFTER INSERT OR UPDATE ON target FOR EACH STATEMENT EXECUTE FUNCTION note_it();};

sub check_audit
{
	my ($type, $name) = @_;
	my %rows = (insert => 'INSERT=60', update => 'UPDATE=30', upsert => 'INSERT=30 UPDATE=30');
	is(value($session, q{SELECT string_agg(op || '=' || n, ' ' ORDER BY op)
			FROM (SELECT op, count(*) AS n FROM audit WHERE level = 'ROW' GROUP BY op) x}),
		$rows{$type}, "$name: a row trigger for each row");
	my $statements = value($session, q{SELECT count(*) FROM audit WHERE level = 'STATEMENT'});
	cmp_ok($statements, '>', 0, "$name: statement triggers");
	cmp_ok($statements, '<=', 12, "$name: far fewer statements than rows");
	is(value($session, q{SELECT count(*) FROM target WHERE id <= 60 AND touched IS NULL}), '0',
		"$name: what a BEFORE trigger sets is kept")
	  if $type eq 'insert';
	return;
}

# Kinds of target. setup: what makes it, %C for the usual columns; fill: what is done before it is filled and after
# (with the rows that were there); select: the usual three columns of it; more: further arguments; check: what else is
# looked at.
my %kind = (
	'a table' => { setup => 'CREATE TABLE target %C' },
	'a table of another schema' => { setup => 'CREATE SCHEMA elsewhere; CREATE TABLE elsewhere.target %C',
		target => 'elsewhere.target' },
	'an unlogged table' => { setup => 'CREATE UNLOGGED TABLE target %C' },
	'a temporary table' => { setup => 'DROP TABLE IF EXISTS pg_temp.target; CREATE TEMP TABLE target %C' },
	'a temporary table, qualified' => { setup => 'DROP TABLE IF EXISTS pg_temp.target; CREATE TEMP TABLE target %C',
		target => 'pg_temp.target' },
	'a partitioned table' => { setup => q{
		CREATE TABLE target %C PARTITION BY RANGE (id);
		CREATE TABLE target_1 PARTITION OF target FOR VALUES FROM (1) TO (20);
		CREATE TABLE target_2 PARTITION OF target FOR VALUES FROM (20) TO (50);
		CREATE TABLE target_3 PARTITION OF target DEFAULT PARTITION BY HASH (id);
		CREATE TABLE target_4 PARTITION OF target_3 FOR VALUES WITH (MODULUS 2, REMAINDER 0);
		CREATE TABLE target_5 (note text DEFAULT 'new', gone int, prediction float8, id int NOT NULL);
		ALTER TABLE target_5 DROP COLUMN gone;
		ALTER TABLE target_3 ATTACH PARTITION target_5 FOR VALUES WITH (MODULUS 2, REMAINDER 1);} },
	'a table with triggers' => { setup => $audited, filled => $triggers, check => \&check_audit },
	'a table with a dropped column' => { setup => q{
		CREATE TABLE target (gone int, id int PRIMARY KEY, note text DEFAULT 'new', prediction float8);
		ALTER TABLE target DROP COLUMN gone} },
	'a table with a rule' => {
		setup => q{CREATE TABLE target %C; CREATE TABLE log (id int)},
		filled => 'CREATE RULE log AS ON INSERT TO target DO ALSO INSERT INTO log VALUES (NEW.id)',
		check => sub {
			# an upsert inserts what is missing; the rule's own statement comes after that and finds nothing missing
			my ($type, $name) = @_;
			is(value($session, 'SELECT count(*) FROM log'), 60, "$name: the rule was followed")
			  if $type eq 'insert';
		} },
	'a table with generated columns' => {
		setup => q{
			CREATE TABLE target (id int PRIMARY KEY, prediction float8, note text DEFAULT 'new',
				twice float8 GENERATED ALWAYS AS (prediction * 2) STORED,
				model_id text GENERATED ALWAYS AS (note || '!') STORED)},
		check => sub {
			my ($type, $name) = @_;
			is(value($session, q{SELECT count(*) FROM target
					WHERE twice IS DISTINCT FROM prediction * 2 OR model_id IS DISTINCT FROM note || '!'}),
				'0', "$name: they follow");
		} },
	'a table with identity columns' => {
		setup => q{
			CREATE TABLE target (id int PRIMARY KEY, prediction float8, note text DEFAULT 'new',
				row_number bigint GENERATED ALWAYS AS IDENTITY (START 1000),
				other bigint GENERATED BY DEFAULT AS IDENTITY (START 5000))},
		check => sub {
			my ($type, $name) = @_;
			is(value($session, 'SELECT count(*) FROM target
					WHERE row_number < 1000 OR row_number IS NULL OR other < 5000 OR other IS NULL'),
				'0', "$name: they count by themselves, also one that is named like an output");
		} },
	'a table with an identity column that can be written' => {
		setup => q{
			CREATE TABLE target (id int PRIMARY KEY, prediction float8, note text DEFAULT 'new',
				row_number bigint GENERATED BY DEFAULT AS IDENTITY (START 1000))},
		check => sub {
			my ($type, $name) = @_;
			is(value($session, 'SELECT count(*) FROM target WHERE id <= 60 AND row_number IS DISTINCT FROM id'), '0',
				"$name: the row's number is written");
		} },
	'a table with defaults' => {
		setup => q{CREATE TABLE target (id int PRIMARY KEY, prediction float8, note text DEFAULT 'new',
			at timestamptz NOT NULL DEFAULT now(), by_whom name NOT NULL DEFAULT current_user,
				token uuid NOT NULL DEFAULT gen_random_uuid())},
		check => sub {
			my ($type, $name) = @_;
			is(value($session, 'SELECT count(*) = count(DISTINCT token) FROM target'), 't',
				"$name: volatile ones are of each row");
		} },
	'a table with row security' => {
		role => 'clerk',
		setup => q{
			CREATE TABLE target (id int PRIMARY KEY, prediction float8, note text DEFAULT 'new',
				owner name DEFAULT current_user);
			ALTER TABLE target ENABLE ROW LEVEL SECURITY;
			CREATE POLICY own ON target USING (owner = current_user) WITH CHECK (owner = current_user AND id < 1000);
			GRANT SELECT, INSERT, UPDATE ON target TO clerk;
			GRANT USAGE ON SCHEMA cell TO clerk},
		filled => q{UPDATE target SET owner = 'clerk'; INSERT INTO target SELECT g, -2, 'alien', 'other'
			FROM generate_series(91, 99) g},
		select => q{SELECT id, prediction, note FROM target WHERE owner = 'clerk'},
		check => sub {
			my ($type, $name) = @_;
			is(value($session, q{SELECT count(*), min(prediction), max(prediction) FROM target WHERE owner = 'other'}),
				'9|-2|-2', "$name: rows of others are as they were");
		} },
	'an updatable view' => { setup => q{
		CREATE TABLE base (id int PRIMARY KEY, prediction float8, note text DEFAULT 'new', hidden text DEFAULT 'h');
		CREATE VIEW target AS SELECT note, prediction, id FROM base WHERE id > 0 WITH CHECK OPTION} },
	'an updatable view that renames' => { setup => q{
		CREATE TABLE base (no int PRIMARY KEY, score float8, remark text DEFAULT 'new');
		CREATE VIEW target AS SELECT no AS id, score AS prediction, remark AS note FROM base} },
	'a view with INSTEAD OF triggers' => { setup => q{
		CREATE TABLE base (id int PRIMARY KEY, prediction float8, note text);
		CREATE VIEW target AS SELECT id, sum(prediction) AS prediction, max(note) AS note FROM base GROUP BY id;
		CREATE FUNCTION instead() RETURNS trigger LANGUAGE plpgsql AS $$
		BEGIN
			IF TG_OP = 'INSERT' THEN
				INSERT INTO cell.base VALUES (NEW.id, NEW.prediction, coalesce(NEW.note, 'new'));
			ELSE
				UPDATE cell.base SET prediction = NEW.prediction WHERE id = OLD.id;
			END IF;
			RETURN NEW;
		END $$;
		CREATE TRIGGER instead INSTEAD OF INSERT OR UPDATE ON target FOR EACH ROW EXECUTE FUNCTION instead()} },
	'a foreign table' => { setup => q{
		CREATE FOREIGN TABLE target (id int, prediction float8, note text DEFAULT 'new')
			SERVER remote OPTIONS (schema_name 'public', table_name 'target');
		DELETE FROM target} },
	'a table with constraints' => { setup => q{
		CREATE TABLE parent (id int PRIMARY KEY);
		INSERT INTO parent SELECT g FROM generate_series(1, 90) g;
		CREATE TABLE target (id int PRIMARY KEY REFERENCES parent,
			prediction float8 NOT NULL CHECK (prediction BETWEEN -1 AND 1), note text NOT NULL DEFAULT 'new',
			again int REFERENCES parent DEFERRABLE INITIALLY DEFERRED)} },
	'a table with domains' => { setup => q{
		CREATE DOMAIN share AS float8 CHECK (VALUE BETWEEN -1 AND 1);
		CREATE DOMAIN number AS int NOT NULL CHECK (VALUE > 0);
		CREATE TABLE target (id number PRIMARY KEY, prediction share, note text DEFAULT 'new')} },
	'a table with other types' => {
		setup => q{CREATE TABLE target (id bigint PRIMARY KEY, prediction numeric(10, 6),
			note varchar(3) DEFAULT 'new')},
		select => 'SELECT id::int, prediction::float8, note::text FROM target' },
	'a table of odd names' => {
		setup => q{
			CREATE SCHEMA "Odd ""schema"" ä";
			CREATE TABLE "Odd ""schema"" ä"."Täble 'x' .$1" ("I d" int PRIMARY KEY, "pre""diction" float8,
				"SELECT" text DEFAULT 'new')},
		target => q{"Odd ""schema"" ä"."Täble 'x' .$1"},
		columns => q{("I d", "pre""diction", "SELECT")},
		select => q{SELECT * FROM "Odd ""schema"" ä"."Täble 'x' .$1"},
		more => { column_names_remapping => { id => 'I d', prediction => 'pre"diction' } } },
	'a table without indexes' => { setup => q{
		CREATE TABLE target (id int, prediction float8, note text DEFAULT 'new')} },
	'a table with a partial unique index' => { setup => q{
		CREATE TABLE target (id int, prediction float8, note text DEFAULT 'new');
		CREATE UNIQUE INDEX ON target (id) WHERE id < 45} },
	'a table with a deferrable unique constraint' => { setup => q{
		CREATE TABLE target (id int PRIMARY KEY DEFERRABLE, prediction float8, note text DEFAULT 'new')} },
	'a table with a unique index on an expression' => { setup => q{
		CREATE TABLE target (id int, prediction float8, note text DEFAULT 'new');
		CREATE UNIQUE INDEX ON target (abs(id))} },
	'a table with a wider unique index' => { setup => q{
		CREATE TABLE target (id int, prediction float8, note text DEFAULT 'new');
		CREATE UNIQUE INDEX ON target (id, note)} },
	'a table with a unique index that includes more' => { setup => q{
		CREATE TABLE target (id int, prediction float8, note text DEFAULT 'new');
		CREATE UNIQUE INDEX ON target (id) INCLUDE (note)} },
	'a table with an exclusion constraint' => { setup => q{
		CREATE TABLE target (id int, prediction float8, note text DEFAULT 'new', EXCLUDE USING btree (id WITH =))} },
	'a table with an invalid unique index' => { setup => q{
		CREATE TABLE target (id int, prediction float8, note text DEFAULT 'new');
		CREATE UNIQUE INDEX broken ON target (id);
		UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'broken'::regclass} });

# One target, filled, in a schema of its own.
sub make_target
{
	my ($kind, $type) = @_;
	my $target = $kind->{target} // 'target';
	my $names = $kind->{columns} // '(id, prediction, note)';
	my $setup = $kind->{setup} =~ s/%C/$columns[0]/gr;
	my $drop = '';
	$drop = "DROP SCHEMA IF EXISTS $1 CASCADE;"
	  if $target =~ /^(.*)\.target$/ && $1 ne 'pg_temp' || $target =~ /^(".*")\./;

	$session->must("RESET ROLE; DROP SCHEMA IF EXISTS cell CASCADE; DROP TABLE IF EXISTS pg_temp.target;
		$drop CREATE SCHEMA cell; SET search_path = cell, public;
		$setup;");
	$session->must(sprintf q{INSERT INTO %s %s SELECT g, -1, 'old' FROM generate_series(%d, %d) g}, $target, $names,
		@{ $before{$type} });
	$session->must($kind->{filled}) if $kind->{filled};
	return $target;
}

my %stored;    # statement type as the ledger has it
delete $kind{'a foreign table'} if !$has_fdw;
foreach my $what (sort keys %kind)
{
	my $kind = $kind{$what};
	foreach my $type (sort keys %after)
	{
		foreach my $function (sort keys %call)
		{
			my $name = "$type into $what by $function";
			my $target = make_target($kind, $type);
			$session->must("SET ROLE $kind->{role}") if $kind->{role};
			my $result = write_scores($session, $call{$function}->(query => $query, output => $target,
					statement_type => $type, key_columns => ['id'], %{ $kind->{more} // {} }));
			$session->must('RESET ROLE') if $kind->{role};
			counts_are($result, [ 60, $written{$type}, 0 ], $name);
			same_rows($session, $kind->{select} // "SELECT id, prediction, note FROM $target", $after{$type},
				"$name: what is in it");
			$kind->{check}->($type, $name) if $kind->{check};
			next unless $result->{run_id};
			my $run = run_of($session, $result->{run_id});
			is_deeply([ @$run{qw(state mode rows_read rows_written rows_rejected)} ],
				[ 'completed', $function eq 'score_into' ? 'sliced' : 'transaction', 60, $written{$type}, 0 ],
				"$name: the ledger says so");
			$stored{$type} = $run->{statement_type};
		}
	}
}

# ---- the spellings of a statement type are the same thing

foreach my $type ([ upsert => 'insertUpdate' ], [ upsert => 'insert_update' ])
{
	my ($same, $spelling) = @$type;
	foreach my $how (qw(argument option wire))
	{
		my $target = make_target($kind{'a table'}, $same);
		my %arg = $how eq 'argument' ? (statement_type => $spelling) : ();
		my %option;
		%option = (statement_type => $spelling) if $how eq 'option';
		%option = (statementType => $spelling) if $how eq 'wire';
		my $result = write_scores($session,
			into(query => $query, output => $target, key_columns => ['id'], %arg, options => \%option));
		counts_are($result, [ 60, $written{$same}, 0 ], "$spelling as $how");
		same_rows($session, 'SELECT id, prediction, note FROM target', $after{$same},
			"$spelling as $how: what is in it");
		is(run_of($session, $result->{run_id})->{statement_type}, $stored{$same}, "$spelling as $how: in the ledger")
		  if $result->{run_id};
	}
}
{
	make_target($kind{'a table'}, 'insert');
	my $result = write_scores($session, into(query => $query, output => 'target', key_columns => ['id']));
	same_rows($session, 'SELECT id, prediction, note FROM target', $after{insert}, 'without a statement type: insert');
	is(run_of($session, $result->{run_id})->{statement_type}, $stored{insert},
		'without a statement type: in the ledger');
}

# ---- a table that is made

# Columns with types, and the primary key, as one line.
sub shape_of
{
	my ($table) = @_;
	return value($session, qq{
		SELECT string_agg(attname || ' ' || format_type(atttypid, atttypmod) ||
			CASE WHEN attcollation <> typcollation THEN ' ' || attcollation::regcollation ELSE '' END,
			', ' ORDER BY attnum) || ' key ' ||
			coalesce((SELECT string_agg(a.attname, ',' ORDER BY k.n)
				FROM pg_index i, unnest(i.indkey) WITH ORDINALITY k(no, n), pg_attribute a
				WHERE i.indrelid = '$table'::regclass AND i.indisprimary AND a.attrelid = i.indrelid
					AND a.attnum = k.no), 'none')
		FROM pg_attribute JOIN pg_type t ON t.oid = atttypid
			WHERE attrelid = '$table'::regclass AND attnum > 0 AND NOT attisdropped});
}

sub made
{
	my ($function, $name, $shape, %arg) = @_;
	$session->must('DROP SCHEMA IF EXISTS cell CASCADE; CREATE SCHEMA cell; SET search_path = cell, public');
	my $result = write_scores($session, $call{$function}->(query => $query, output => 'made',
			statement_type => 'create_table', key_columns => ['id'], %arg));
	counts_are($result, [ 60, 60, 0 ], "$name by $function") or return $result;
	is(shape_of('made'), $shape, "$name by $function: its columns") if defined $shape;
	return $result;
}

# the deployment's record proves that its predictions are numbers
$session->must("ALTER SERVER datarobot OPTIONS (ADD api_url '${\$standin->api_url}')");
foreach my $function (sort keys %call)
{
	my $plain = 'id integer, prediction double precision key id';
	foreach my $how ({ statement_type => 'create_table' }, { statement_type => 'createTable' },
		{ statement_type => 'insert', create_table_if_not_exists => 'true' },
		{ statement_type => 'upsert', create_table_if_not_exists => 'true' })
	{
		my $name = join ' ', %$how{statement_type}, $how->{create_table_if_not_exists} ? 'if not exists' : ();
		made($function, $name, $plain, %$how);
		same_rows($session, 'TABLE made', 'SELECT * FROM expected WHERE id <= 60', "$name by $function: what is in it");
	}

	# it exists now: create_table fails, the others use it
	made($function, 'a table to begin with', $plain);
	my $again = write_scores($session,
		$call{$function}->(query => $query, output => 'made', statement_type => 'create_table', key_columns => ['id']));
	fails_with($again, '42P07', qr/made.*already exists/, "create_table again by $function");
	$again = write_scores($session,
		$call{$function}->(query => 'SELECT * FROM public.customer WHERE id BETWEEN 41 AND 80', output => 'made',
			statement_type => 'upsert', create_table_if_not_exists => 'true', key_columns => ['id']));
	counts_are($again, [ 40, 40, 0 ], "upsert if not exists, again by $function");
	same_rows($session, 'TABLE made', 'SELECT * FROM expected WHERE id <= 80',
		"upsert if not exists, again by $function: what is in it");
	$again = write_scores($session, $call{$function}->(query => 'SELECT * FROM public.customer WHERE id > 80',
			output => 'made', statement_type => 'insert', create_table_if_not_exists => 'true', key_columns => ['id']));
	counts_are($again, [ 10, 10, 0 ], "insert if not exists, again by $function");
	same_rows($session, 'TABLE made', 'SELECT * FROM expected',
		"insert if not exists, again by $function: what is in it");

	made($function, 'passthrough columns', 'id integer, plan text, prediction double precision key id',
		passthrough_columns => ['plan']);
	same_rows($session, 'TABLE made',
		'SELECT id, plan, prediction FROM expected JOIN customer USING (id) WHERE id <= 60',
		"passthrough columns by $function: what is in it");

	my $result = made($function, 'extra columns',
		'id integer, prediction double precision, scored_at timestamp with time zone, model_id text, '
		  . 'deployment_id text, job_run bigint key id',
		extra_columns => [qw(scored_at model_id deployment_id job_run)]);
	is(value($session, qq{SELECT count(*) FROM made
			WHERE scored_at BETWEEN now() - interval '1 minute' AND clock_timestamp() AND model_id IS NOT NULL
			AND deployment_id = '$id{synthetic}' AND job_run = $result->{run_id}}),
		'60', "extra columns by $function: what is in them")
	  if $result->{run_id};

	made($function, 'renamed and dropped columns', 'Cüstomer integer, Sc"ore double precision key Cüstomer',
		extra_columns => ['scored_at'],
		column_names_remapping => { id => 'Cüstomer', prediction => 'Sc"ore', scored_at => undef });
	same_rows($session, 'SELECT "Cüstomer", "Sc""ore" FROM made', 'SELECT id, prediction FROM expected WHERE id <= 60',
		"renamed and dropped columns by $function: what is in it");

	made($function, 'chosen columns', 'id integer, prediction double precision, request_id text key id',
		output_columns => [qw(id prediction request_id)]);
	is(value($session, 'SELECT count(*) FROM made WHERE request_id IS NULL'), '0',
		"chosen columns by $function: what is in it");

	# types of the query are kept, with their modifiers and collations
	$session->must(q{DROP TYPE IF EXISTS public.mood; CREATE TYPE public.mood AS ENUM ('low', 'high');
		DROP DOMAIN IF EXISTS public.positive; CREATE DOMAIN public.positive AS int CHECK (VALUE > 0)});
	made($function, 'types of key and passthrough columns',
		'k1 numeric(12,2), k2 character varying(9) "C", p1 timestamp with time zone, p2 mood, p3 positive, '
		  . 'p4 integer[], p5 jsonb, prediction double precision key k1,k2',
		query => q{SELECT id::numeric(12,2) AS k1, ('n' || id)::varchar(9) COLLATE "C" AS k2, spend,
			'2024-01-01Z'::timestamptz + id * interval '1 day' AS p1, 'high'::public.mood AS p2,
			id::public.positive AS p3, ARRAY[id] AS p4, to_jsonb(id) AS p5 FROM public.customer WHERE id <= 60},
		key_columns => [qw(k1 k2)], passthrough_columns => [qw(p1 p2 p3 p4 p5)]);
	same_rows($session, 'SELECT k1, k2::text, p1, p2, p3::int, p4, p5 FROM made',
		q{SELECT id::numeric, 'n' || id, '2024-01-01Z'::timestamptz + id * interval '1 day', 'high'::public.mood, id,
			ARRAY[id], to_jsonb(id) FROM customer WHERE id <= 60},
		"types of key and passthrough columns by $function: what is in it");

	# no row, no table
	$session->must('DROP TABLE IF EXISTS made');
	foreach my $how ({ statement_type => 'create_table' },
		{ statement_type => 'insert', create_table_if_not_exists => 'true' })
	{
		my $none = write_scores($session,
			$call{$function}->(query => "$query AND false", output => 'made', key_columns => ['id'], %$how));
		counts_are($none, [ 0, 0, 0 ], "$how->{statement_type} of no rows by $function");
		like($none->{text}, qr/^NOTICE:.*\bnot? (?:created|table)\b/m,
			"$how->{statement_type} of no rows by $function: a notice says that no table is made");
		is(value($session, q{SELECT to_regclass('made') IS NULL}), 't',
			"$how->{statement_type} of no rows by $function: no table is made");
	}

	# a schema named, odd names
	$session->must('DROP SCHEMA IF EXISTS "Odd ä" CASCADE; CREATE SCHEMA "Odd ä"');
	my $odd = write_scores($session, $call{$function}->(query => $query, output => '"Odd ä"."Made of ""x"""',
			statement_type => 'create_table', key_columns => ['id']));
	counts_are($odd, [ 60, 60, 0 ], "odd names by $function");
	is(value($session, q{SELECT count(*) FROM "Odd ä"."Made of ""x"""}), '60', "odd names by $function: it exists");

	# without a key there is no primary key, and one transaction
	$session->must('DROP SCHEMA IF EXISTS cell CASCADE; CREATE SCHEMA cell');
	my $keyless = write_scores($session, $call{$function}->(query => 'SELECT spend, plan FROM public.customer',
			output => 'made', statement_type => 'create_table'));
	counts_are($keyless, [ 90, 90, 0 ], "no key by $function");
	is(shape_of('made'), 'prediction double precision key none', "no key by $function: its columns");
	same_rows($session, 'SELECT prediction FROM made', 'SELECT prediction FROM expected',
		"no key by $function: what is in it");
	$keyless = write_scores($session,
		$call{$function}->(query => 'SELECT spend, plan FROM public.customer', output => 'made'));
	counts_are($keyless, [ 90, 90, 0 ], "no key, insert by $function");
	is(value($session, 'SELECT count(*) FROM made'), '180', "no key, insert by $function: what is in it");
	is(run_of($session, $keyless->{run_id})->{mode}, 'transaction', "no key, insert by $function: in one transaction")
	  if $keyless->{run_id};
}

$session->must('ALTER SERVER datarobot OPTIONS (DROP api_url)');

# ---- classifications

$node->safe_psql('postgres', q{
	CREATE TABLE voter (id int PRIMARY KEY, population text, tv_news_days text, own_ideology text,
		clinton_ideology text, dole_ideology text, party_identification text,
		age text, education text, income text, vote text, party text);});
$node->safe_psql('postgres', "\\copy voter FROM '$FindBin::RealBin/../../demo/data/voters.csv' (FORMAT csv, HEADER)");
my %kept = (binary => '{id,vote,party}', multiclass => '{id,party,party_identification}');
foreach my $which (qw(binary multiclass))
{
	$node->safe_psql('postgres', qq{CREATE TABLE ${which}_expected AS
		SELECT (key ->> 'id')::int AS id, prediction, probability, probabilities, threshold, positive_class
			FROM datarobot.score('$id{$which}', 'TABLE voter', '$kept{$which}')});
}
my %voters = (
	binary => 'SELECT id, population, tv_news_days, own_ideology, clinton_ideology, dole_ideology, party_identification,
		age, education, income FROM public.voter',
	multiclass => 'SELECT id, population, tv_news_days, own_ideology, clinton_ideology, dole_ideology, age, education,
		income, vote FROM public.voter');
my %made_for = (
	binary => [
		'id integer, prediction text, probability double precision, threshold double precision, '
		  . 'positive_class text key id',
		'id, prediction, probability, threshold, positive_class' ],
	multiclass => [ 'id integer, prediction text, probability double precision, probabilities jsonb key id',
		'id, prediction, probability, probabilities' ]);
my $voters = $session->must('SELECT count(*) FROM voter');
foreach my $which (qw(binary multiclass))
{
	foreach my $function (sort keys %call)
	{
		$session->must('DROP SCHEMA IF EXISTS cell CASCADE; CREATE SCHEMA cell; SET search_path = cell, public');
		my %arg = (deployment => $id{$which}, query => $voters{$which}, key_columns => ['id']);
		my $result = write_scores($session,
			$call{$function}->(%arg, output => 'made', statement_type => 'create_table'));
		counts_are($result, [ $voters, $voters, 0 ], "create_table of a $which deployment by $function");
		is(shape_of('made'), $made_for{$which}[0], "create_table of a $which deployment by $function: its columns")
		  if $result->{run_id};
		same_rows($session, "SELECT $made_for{$which}[1] FROM made",
			"SELECT $made_for{$which}[1] FROM ${which}_expected",
			"create_table of a $which deployment by $function: what is in it");

		# as many columns as there are names, and one column of the answer
		my $native = $which eq 'binary' ? 'vote_Dole_PREDICTION' : 'party_Democrat_PREDICTION';
		my $share = $which eq 'binary' ? "probabilities ->> 'Dole'" : "probabilities ->> 'Democrat'";
		$session->must(qq{CREATE TABLE wide (id int PRIMARY KEY, row_number bigint, prediction text, probability float8,
			probabilities jsonb, threshold float8, positive_class text,
			model_id text, request_id text, error text DEFAULT 'x', scored_at timestamptz, deployment_id text,
				job_run bigint, "$native" float8, more text DEFAULT 'kept')});
		$result = write_scores($session, $call{$function}->(%arg, output => 'wide'));
		counts_are($result, [ $voters, $voters, 0 ], "a wide table of a $which deployment by $function");
		same_rows($session, qq{SELECT id, row_number, prediction, probability, probabilities, threshold, positive_class,
			error, deployment_id, job_run, "$native", more FROM wide},
			"SELECT id, row_number() OVER (ORDER BY id), prediction, probability, probabilities, threshold,
				positive_class, 'x', '$id{$which}', $result->{run_id}::bigint, ($share)::float8, 'kept'
				FROM ${which}_expected", "a wide table of a $which deployment by $function: what is in it")
		  if $result->{run_id};
		is(value($session,
				'SELECT count(*) FROM wide WHERE model_id IS NULL OR request_id IS NULL OR scored_at IS NULL'), '0',
			"a wide table of a $which deployment by $function: model, request and time");

		# labels in an enum, the numbers in a domain
		my $labels = $which eq 'binary' ? "'Clinton', 'Dole'" : "'Democrat', 'Independent', 'Republican'";
		$session->must("CREATE TYPE label AS ENUM ($labels);
			CREATE DOMAIN share AS numeric(6, 4) CHECK (VALUE BETWEEN 0 AND 1);
			CREATE TABLE strict (id int PRIMARY KEY, prediction label NOT NULL, probability share)");
		$result = write_scores($session, $call{$function}->(%arg, output => 'strict'));
		counts_are($result, [ $voters, $voters, 0 ], "an enum and a domain, $which by $function");
		same_rows($session, 'SELECT id, prediction::text, probability::numeric FROM strict',
			"SELECT id, prediction, probability::numeric(6, 4) FROM ${which}_expected",
			"an enum and a domain, $which by $function: what is in it");
	}
}

# ---- where and update columns

sub filled
{
	my ($sql) = @_;
	$session->must("DROP SCHEMA IF EXISTS cell CASCADE; CREATE SCHEMA cell; SET search_path = cell, public; $sql");
	return;
}

foreach my $function (sort keys %call)
{
	foreach my $type (qw(update upsert))
	{
		my $name = "$type by $function";
		# only the columns that are named are set; the insert half of an upsert sets all
		filled(q{CREATE TABLE target (id int PRIMARY KEY, plan text DEFAULT 'x', prediction float8, model_id text,
			scored_at timestamptz);
			INSERT INTO target SELECT g, 'mine', -1, 'before', '2020-01-01Z' FROM generate_series(31, 90) g});
		my %arg = (query => $query, output => 'target', statement_type => $type, key_columns => ['id'],
			passthrough_columns => ['plan']);
		my $result = write_scores($session, $call{$function}->(%arg, update_columns => ['prediction']));
		counts_are($result, [ 60, $written{$type}, 0 ], "update_columns, $name");
		same_rows($session,
			q{SELECT id, plan, prediction, model_id = 'before', scored_at = '2020-01-01Z' FROM target WHERE id > 30},
			q{SELECT id, 'mine', CASE WHEN id <= 60 THEN prediction ELSE -1 END, true, true FROM expected
				WHERE id > 30}, "update_columns, $name: the others stay");
		is(value($session, q{SELECT count(*) FROM target t JOIN customer c USING (id)
				WHERE id <= 30 AND t.plan = c.plan AND model_id <> 'before' AND scored_at > '2021-01-01Z'}),
			$type eq 'update' ? 0 : 30, "update_columns, $name: what is inserted is whole");

		# without update_columns everything that is written but the key is set
		filled(q{CREATE TABLE target (id int PRIMARY KEY, plan text DEFAULT 'x', prediction float8,
			note text DEFAULT 'new');
			INSERT INTO target SELECT g, 'mine', -1, 'old' FROM generate_series(31, 90) g});
		counts_are(write_scores($session, $call{$function}->(%arg)), [ 60, $written{$type}, 0 ],
			"no update_columns, $name");
		same_rows($session, 'SELECT id, plan, prediction, note FROM target WHERE id BETWEEN 31 AND 60', q{SELECT id,
			c.plan, e.prediction, 'old' FROM expected e JOIN customer c USING (id) WHERE id BETWEEN 31 AND 60},
			"no update_columns, $name: everything written is set");

		# two columns say which row, under their new names
		filled(q{CREATE TABLE target ("No" int, plan text, prediction float8, note text DEFAULT 'new',
			PRIMARY KEY (plan, "No"));
			INSERT INTO target SELECT id, CASE WHEN id % 2 = 0 THEN plan ELSE 'another' END, -1, 'old'
				FROM public.customer WHERE id > 30});
		counts_are(write_scores($session,
				$call{$function}->(%arg, where_columns => [qw(No plan)], column_names_remapping => { id => 'No' })),
			[ 60, $type eq 'update' ? 15 : 60, 0 ], "two where_columns, $name");
		same_rows($session, q{SELECT "No", plan, prediction FROM target WHERE note = 'old'},
			q{SELECT id, CASE WHEN id % 2 = 0 THEN plan ELSE 'another' END, CASE WHEN id <= 60
				AND id % 2 = 0 THEN prediction ELSE -1 END FROM expected JOIN customer USING (id) WHERE id > 30},
			"two where_columns, $name: both have to match");
		is(value($session, q{SELECT count(*) FROM target WHERE note = 'new'}), $type eq 'update' ? 0 : 45,
			"two where_columns, $name: what matched nothing");

		# several rows of the target match one row: all of them are updated
		filled(q{CREATE TABLE target (id int, prediction float8, note text DEFAULT 'new'); INSERT INTO target
			SELECT g, -1, 'old ' || n FROM generate_series(31, 90) g, generate_series(1, 3) n});
		my $many = write_scores($session,
			$call{$function}->(query => $query, output => 'target', statement_type => $type, key_columns => ['id']));
		ok(!defined $many->{sqlstate}, "several rows match, $name") or diag $many->{text};
		same_rows($session, q{SELECT id, prediction, note FROM target WHERE note <> 'new'},
			q{SELECT id, CASE WHEN id <= 60 THEN prediction ELSE -1 END, 'old ' || n
				FROM expected, generate_series(1, 3) n WHERE id > 30}, "several rows match, $name: all are updated");

		# a column that is not the key says which row: one transaction
		filled(q{CREATE TABLE target (plan text PRIMARY KEY, prediction float8, note text DEFAULT 'new');
			INSERT INTO target SELECT 'plan ' || g, -1, 'old' FROM generate_series(3, 20) g});
		my $by_plan = write_scores($session,
			$call{$function}->(
				query => 'SELECT DISTINCT ON (plan) id, spend, plan FROM public.customer ORDER BY plan, id',
				output => 'target', statement_type => $type, key_columns => ['id'], passthrough_columns => ['plan'],
				where_columns => ['plan'], column_names_remapping => { id => undef }));
		counts_are($by_plan, [ 7, $type eq 'update' ? 4 : 7, 0 ], "where_columns that are not the key, $name");
		same_rows($session, q{SELECT plan, prediction, note FROM target WHERE prediction <> -1},
			sprintf(q{SELECT plan, prediction, CASE WHEN plan < 'plan 3' THEN 'new' ELSE 'old' END
				FROM (SELECT DISTINCT ON (plan) id, plan FROM customer ORDER BY plan, id) c
				JOIN expected USING (id) WHERE %s}, $type eq 'update' ? q{plan >= 'plan 3'} : 'true'),
			"where_columns that are not the key, $name: what is in it");
		is(run_of($session, $by_plan->{run_id})->{mode}, 'transaction',
			"where_columns that are not the key, $name: in one transaction")
		  if $by_plan->{run_id};

		# a row whose identifier is NULL in the target matches nothing
		filled(q{CREATE TABLE target (id int, prediction float8, note text DEFAULT 'new');
			INSERT INTO target VALUES (NULL, -1, 'old'), (60, -1, 'old')});
		write_scores($session,
			$call{$function}->(query => $query, output => 'target', statement_type => $type, key_columns => ['id']));
		is(value($session, q{SELECT count(*) FROM target WHERE note = 'old' AND (id IS NULL) = (prediction = -1)}), '2',
			"NULL in the target, $name: stays as it is");
	}
}

# ---- narrower and wider targets

foreach my $function (sort keys %call)
{
	filled('CREATE TABLE target (id int PRIMARY KEY, prediction float8)');
	counts_are(write_scores($session, $call{$function}->(query => $query, output => 'target', key_columns => ['id'])),
		[ 60, 60, 0 ], "a narrow table by $function");
	filled('CREATE TABLE target (id int PRIMARY KEY, note text)');
	fails_with(write_scores($session, $call{$function}->(query => $query, output => 'target', key_columns => ['id'])),
		'42703', qr/^no column of .*target takes a prediction$/,
		"a table without a column for predictions by $function");
	is(value($session, 'SELECT count(*) FROM target'), 0,
		"a table without a column for predictions by $function: nothing is written");
	filled('CREATE TABLE target (prediction float8)');
	fails_with(write_scores($session, $call{$function}->(query => $query, output => 'target', key_columns => ['id'])),
		'42703', qr/\bid\b/, "a table without the key by $function");
	counts_are(write_scores($session, $call{$function}->(query => $query, output => 'target', key_columns => ['id'],
			column_names_remapping => { id => undef })), [ 60, 60, 0 ],
		"a table without the key, which is dropped, by $function");
	same_rows($session, 'TABLE target', 'SELECT prediction FROM expected WHERE id <= 60',
		"a table without the key, which is dropped, by $function: what is in it");

	filled(q{CREATE TABLE target (id int PRIMARY KEY, prediction float8, prediction_text text, plan text DEFAULT 'x',
		"y_PREDICTION" float8 DEFAULT 7)});
	counts_are(write_scores($session, $call{$function}->(query => $query, output => 'target', key_columns => ['id'],
			output_columns => [qw(id y_PREDICTION)])), [ 60, 60, 0 ], "output_columns by $function");
	same_rows($session, 'TABLE target', q{SELECT id, NULL::float8, NULL, 'x', prediction FROM expected WHERE id <= 60},
		"output_columns by $function: those and no others are written");
}

# ---- what the target refuses: nothing of the statement is kept, and the error says what was read

sub refused
{
	my ($name, $sqlstate, $setup, %arg) = @_;
	foreach my $function (sort keys %call)
	{
		filled($setup);
		$session->must("SET ROLE $arg{role}") if $arg{role};
		my %rest = map { $_ => $arg{$_} } grep { $_ ne 'role' } keys %arg;
		my $result = write_scores($session,
			$call{$function}->(query => $query, output => 'target', key_columns => ['id'], %rest));
		$session->must('RESET ROLE') if $arg{role};
		fails_with($result, $sqlstate, qr/./, "$name by $function");
		is(value($session, 'SELECT count(*) FROM target'), '0', "$name by $function: nothing is written")
		  if $function eq 'score_into_now' && !$arg{role};
		is(value($session, q{SELECT state FROM datarobot.run ORDER BY run_id DESC LIMIT 1}), 'failed',
			"$name by score_into: the run failed")
		  if $function eq 'score_into';
	}
	return;
}

refused('a CHECK constraint', '23514', 'CREATE TABLE target (id int PRIMARY KEY CHECK (id <> 50), prediction float8)');
refused('NOT NULL', '23502', 'CREATE TABLE target (id int PRIMARY KEY, prediction float8, must text NOT NULL)');
refused('a foreign key', '23503',
	'CREATE TABLE parent (id int PRIMARY KEY); INSERT INTO parent SELECT g FROM generate_series(1, 59) g;
		CREATE TABLE target (id int PRIMARY KEY REFERENCES parent, prediction float8)');
refused('a deferred foreign key', '23503',
	'CREATE TABLE parent (id int PRIMARY KEY); INSERT INTO parent SELECT g FROM generate_series(1, 59) g;
		CREATE TABLE target (id int PRIMARY KEY REFERENCES parent DEFERRABLE INITIALLY DEFERRED, prediction float8)');
refused('a key that exists', '23505',
	'CREATE TABLE target (id int, prediction float8, UNIQUE (prediction)); CREATE UNIQUE INDEX ON target ((id / 2))');
refused('a trigger that raises', 'P0001', q{CREATE TABLE target (id int PRIMARY KEY, prediction float8);
	CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
		IF NEW.id = 50 THEN RAISE 'not this one'; END IF; RETURN NEW; END $$;
	CREATE TRIGGER no BEFORE INSERT ON target FOR EACH ROW EXECUTE FUNCTION no()});
refused('a view with a CHECK option', '44000', 'CREATE TABLE base (id int PRIMARY KEY, prediction float8);
	CREATE VIEW target AS SELECT * FROM base WHERE id < 50 WITH CHECK OPTION');
refused('a domain', '23514',
	'CREATE DOMAIN small AS int CHECK (VALUE < 50); CREATE TABLE target (id small PRIMARY KEY, prediction float8)');
refused('no partition for a row', '23514',
	'CREATE TABLE target (id int PRIMARY KEY, prediction float8) PARTITION BY RANGE (id);
		CREATE TABLE t1 PARTITION OF target FOR VALUES FROM (1) TO (50)');
refused('a policy', '42501',
	q{CREATE TABLE target (id int PRIMARY KEY, prediction float8); ALTER TABLE target ENABLE ROW LEVEL SECURITY;
		CREATE POLICY p ON target WITH CHECK (id < 50); GRANT SELECT, INSERT, UPDATE ON target TO clerk;
		GRANT USAGE ON SCHEMA cell TO clerk}, role => 'clerk');

# rows that a policy hides are not updated
foreach my $function (sort keys %call)
{
	filled(q{CREATE TABLE target (id int PRIMARY KEY, prediction float8, owner name);
		ALTER TABLE target ENABLE ROW LEVEL SECURITY;
		CREATE POLICY own ON target USING (owner = current_user); GRANT SELECT, INSERT, UPDATE ON target TO clerk;
		GRANT USAGE ON SCHEMA cell TO clerk;
		INSERT INTO target SELECT g, -1, CASE WHEN g % 3 = 0 THEN 'clerk' ELSE 'other' END
			FROM generate_series(1, 90) g; SET ROLE clerk});
	my $result = write_scores($session,
		$call{$function}->(query => $query, output => 'target', statement_type => 'update', key_columns => ['id']));
	$session->must('RESET ROLE');
	counts_are($result, [ 60, 20, 0 ], "update under row security by $function: own rows only");
	same_rows($session, 'SELECT id, prediction FROM target',
		'SELECT id, CASE WHEN id <= 60 AND id % 3 = 0 THEN prediction ELSE -1 END FROM expected',
		"update under row security by $function: what is in it");
}

# a trigger that says no to a row without a word: the row is not written, and not counted
foreach my $function (sort keys %call)
{
	filled(q{CREATE TABLE target (id int PRIMARY KEY, prediction float8);
		CREATE FUNCTION drop_it() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
			RETURN CASE WHEN NEW.id % 10 = 0 THEN NULL ELSE NEW END; END $$;
		CREATE TRIGGER drop_it BEFORE INSERT ON target FOR EACH ROW EXECUTE FUNCTION drop_it()});
	counts_are(write_scores($session, $call{$function}->(query => $query, output => 'target', key_columns => ['id'])),
		[ 60, 54, 0 ], "a trigger that leaves rows out by $function");
	is(value($session, 'SELECT count(*) FROM target'), '54',
		"a trigger that leaves rows out by $function: what is in it");
}

# ---- nothing is left open, and the ledger agrees with itself

is(value($session, q{SELECT count(*) FROM datarobot.run WHERE state = 'running'}), '0', 'no run is left running');
is(value($session,
		q{SELECT count(*) FROM datarobot.run r WHERE mode = 'sliced' AND state = 'completed' AND rows_read > 0
			AND (rows_read, rows_written) IS DISTINCT FROM (SELECT (sum(rows_read)::bigint, sum(rows_written)::bigint)
				FROM datarobot.run_slice s WHERE s.run_id = r.run_id)}), '0', 'slices add up to their runs');

$session->close;
$node->stop;
done_testing();
