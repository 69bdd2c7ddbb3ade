# Into: what the tests of score_into and score_into_now share.
#
#   my $sql = into(query => 'TABLE customer', output => 'scores', key_columns => ['id']);
#                                                 # CALL datarobot.score_into(…)
#   my $sql = into_now(…);                        # SELECT * FROM datarobot.score_into_now(…)
#       deployment (default: the synthetic one), query, output and any argument by its name. Values: text; \'SQL';
#       [names] is an array, {…} is JSON, undef is NULL.
#   my $result = write_scores($session, $sql);    # Session's result, and run_id, rows_read, rows_written, rows_rejected
#   my $result = finish_scores($session);          # the same for a call that was started
#   predicted($record)                            # by the synthetic deployment, for the bytes of a CSV record
#   customers($node, 100, %opt)                   # table customer (id, spend, plan), table expected (id, prediction)
#   same_rows($session, $got, $expected, $name)   # two queries have the same rows, as many times
#   counts_are($result, [60, 30, 0], $name)       # rows read, written, rejected, and no error
#   fails_with($result, '22023', qr/message/, $name, detail => qr/…/, hint => qr/…/)
#   value($session, $sql)                         # what a query returns, or its error as text
#   rows_of($session, $sql)                       # its rows, each a list of texts
#   hashes_of($session, $sql)                     # its rows, each a hash of what its columns are in JSON
#   run_of($session, $run_id)                     # the ledger's row, as a hash (undef: NULL)
#   slices_of($session, $run_id)                  # the slices of a run, in order, as hashes
#   slices_are_whole($session, $run_id, $name)    # they follow each other and add up to what the run says
package Into;

use strict;
use warnings;

use Exporter 'import';
use JSON::PP ();
use ScoringTest;
use Session;
use Test::More;

our @EXPORT = qw(predicted into into_now sql_value write_scores finish_scores customers same_rows counts_are fails_with
  value rows_of hashes_of run_of slices_of slices_are_whole last_run wait_event);

sub sql_value
{
	my ($value) = @_;

	return 'NULL' if !defined $value;
	return $$value if ref $value eq 'SCALAR';
	return quote_sql(JSON::PP->new->canonical->allow_nonref->encode($value)) . '::jsonb' if ref $value eq 'HASH';
	return 'ARRAY[' . join(', ', map { defined $_ ? quote_sql($_) : 'NULL' } @$value) . ']::text[]'
	  if ref $value eq 'ARRAY';
	return quote_sql($value);
}

# deployment, query, output, name => value, …
sub _arguments
{
	my (%arg) = @_;
	my @first = map { sql_value($_) } exists $arg{deployment} ? $arg{deployment} : $DEPLOYMENT{synthetic},
		@arg{qw(query output)};

	delete @arg{qw(deployment query output)};
	return join ', ', @first, map { "$_ => " . sql_value($arg{$_}) } sort keys %arg;
}

sub into { return 'CALL datarobot.score_into(' . _arguments(@_) . ')'; }
sub into_now { return 'SELECT * FROM datarobot.score_into_now(' . _arguments(@_) . ')'; }

# Run it in a session; what it did is in the function's row, or in the procedure's last notice.
sub write_scores
{
	my ($session, $sql, $seconds) = @_;

	$session->start($sql);
	return finish_scores($session, $seconds);
}

sub finish_scores
{
	my ($session, $seconds) = @_;
	my $result = $session->finish($seconds);
	my ($last) = $result->{out} =~ /^(\d*\|\d*\|\d*\|\d*)$/m;
	my @said = $result->{text} =~ /^NOTICE:  00000: run (\d+): (\d+) rows? read, (\d+) written, (\d+) rejected$/mg;

	@$result{qw(run_id rows_read rows_written rows_rejected)} = defined $last ? split(/\|/, $last, -1) : @said[-4 .. -1]
	  if defined $last || @said;
	return $result;
}

# What the stand-in's synthetic deployment predicts: its README says that it is a hash of the record. It is computed
# here once more, so that what the client reads is compared with something that it had no part in.
no warnings 'portable';    # of 64 bits
my @odd = (0x9e3779b97f4a7c15, 0xd6e8feb86659fd93, 0xa0761d6478bd642f);

# The two halves of a product of 128 bits, combined by XOR.
sub _mix
{
	use integer;
	my ($u, $v) = @_;
	my ($u1, $u0, $v1, $v0) = (($u >> 32) & 0xffffffff, $u & 0xffffffff, ($v >> 32) & 0xffffffff, $v & 0xffffffff);
	my ($low, $left, $right) = ($u0 * $v0, $u1 * $v0, $u0 * $v1);
	my $middle = (($low >> 32) & 0xffffffff) + ($left & 0xffffffff) + ($right & 0xffffffff);
	my $carried = (($left >> 32) & 0xffffffff) + (($right >> 32) & 0xffffffff) + (($middle >> 32) & 0xffffffff);
	my $high = $u1 * $v1 + $carried;

	return $u * $v ^ $high;
}

sub predicted
{
	my ($record) = @_;
	my $length = length $record;
	my ($first, $second, $at) = ($odd[0] ^ $length, $odd[1], 0);
	my @last = $length >= 16 ? unpack('q2', substr($record, -16)) : unpack('q2', $record . "\0" x (16 - $length));

	for (; $length - $at > 32; $at += 32)
	{
		my @word = unpack('q4', substr($record, $at, 32));
		$first = _mix($word[0] ^ $odd[0], $word[1] ^ $first);
		$second = _mix($word[2] ^ $odd[1], $word[3] ^ $second);
	}
	if ($length - $at > 16)
	{
		my @word = unpack('q2', substr($record, $at, 16));
		$first = _mix($word[0] ^ $odd[0], $word[1] ^ $first);
	}
	$second = _mix($last[0] ^ $odd[1], $last[1] ^ $second);
	my $hash = (_mix($first ^ $odd[2], $second ^ $odd[0]) >> 32) & 0xffffffff;
	return sprintf('%.6f', (($hash * 1000000) >> 32) / 1000000);
}

# Rows to score, and what is predicted for each. Options: columns => more columns of the
# query, query => the query that is to be predicted (default: TABLE customer), dbname.
sub customers
{
	my ($node, $rows, %opt) = @_;
	my $dbname = $opt{dbname} // 'postgres';
	my $query = $opt{query} // 'TABLE customer';

	$node->safe_psql($dbname, qq{
		CREATE TABLE customer AS
			SELECT g AS id, (g * 7919 % 10007) / 10.0 AS spend, 'plan ' || g % 7 AS plan
				FROM generate_series(1, $rows) g;
		ALTER TABLE customer ADD PRIMARY KEY (id);
		VACUUM ANALYZE customer;
		CREATE TABLE expected (id int PRIMARY KEY, prediction float8)});
	# what is sent of a row: all columns but the key, as text; none of them needs quotes
	my $records = $node->safe_psql($dbname, qq{
		SELECT row ->> 'id' || ' ' || (SELECT string_agg(coalesce(value, ''), ',' ORDER BY ordinality)
			FROM json_each_text(row) WITH ORDINALITY WHERE key <> 'id')
		FROM (SELECT row_to_json(q) AS row FROM ($query) q) r});
	my $copy = '';
	foreach (split /\n/, $records)
	{
		my ($id, $record) = /^(\S+) (.*)/;
		$copy .= "$id\t" . predicted($record) . "\n";
	}
	$node->safe_psql($dbname, "COPY expected FROM STDIN;\n$copy\\.\n") if $copy ne '';
	return;
}

sub same_rows
{
	my ($session, $got, $expected, $name) = @_;
	my $differ = $session->run("SELECT '+ ' || x::text FROM (($got) EXCEPT ALL ($expected)) x
		UNION ALL SELECT '- ' || x::text FROM (($expected) EXCEPT ALL ($got)) x LIMIT 8");
	my $some = $session->run("SELECT count(*) FROM ($expected) x");

	# two empty sets would be the same: a test that expects nothing must say so with WHERE false
	if (!defined $differ->{sqlstate} && $differ->{out} eq '' && ($some->{out} ne '0' || $expected =~ /WHERE false/))
	{
		return pass($name);
	}
	fail($name);
	diag $differ->{text} || "+ not expected, - missing:\n$differ->{out}",
		$some->{out} eq '0' ? ' nothing was expected' : '';
	return 0;
}

# The output of a query, or its error as text, so that a test fails and continues.
sub value
{
	my ($session, $sql) = @_;
	my $result = $session->run($sql);
	return defined $result->{sqlstate} ? "$result->{sqlstate}: $result->{message}" : $result->{out};
}

# What pg_stat_activity shows for a wait of ours: before 17 there is one name for those of all extensions.
sub wait_event
{
	my ($session, $name) = @_;
	return value($session, 'SHOW server_version_num') >= 170000 ? $name : 'Extension';
}

sub rows_of
{
	my ($session, $sql) = @_;
	return map { [ split /\|/, $_, -1 ] } split /\n/, $session->must($sql);
}

sub counts_are
{
	my ($result, $counts, $name) = @_;

	my $ok = is_deeply([ @$result{qw(rows_read rows_written rows_rejected)} ], $counts, $name);
	diag $result->{text} if !$ok || defined $result->{sqlstate};
	return $ok;
}

sub fails_with
{
	my ($result, $sqlstate, $message, $name, %more) = @_;
	my $ok = 1;

	$ok &= is($result->{sqlstate}, $sqlstate, "$name: SQLSTATE");
	$ok &= like($result->{message} // '', $message, "$name: message") if defined $message;
	$ok &= like($result->{$_} // '', $more{$_}, "$name: $_") foreach sort keys %more;
	diag $result->{text} unless $ok;
	return $ok;
}

# Columns of json are hashes and lists within, NULL is undef.
sub hashes_of
{
	my ($session, $sql) = @_;
	my $json = $session->must("SELECT coalesce(json_agg(x), '[]') FROM (SELECT * FROM ($sql) y) x");
	return @{ JSON::PP->new->allow_nonref->decode($json) };
}

sub run_of
{
	my ($session, $run_id) = @_;
	my ($run) = $run_id ? hashes_of($session, "SELECT * FROM datarobot.run WHERE run_id = $run_id") : ();
	return $run // {};
}

sub slices_of
{
	my ($session, $run_id) = @_;
	return () if !$run_id;
	return hashes_of($session, "SELECT * FROM datarobot.run_slice WHERE run_id = $run_id ORDER BY part, slice");
}

sub last_run
{
	my ($session) = @_;
	return value($session, 'SELECT max(run_id) FROM datarobot.run') || 0;
}

# Does a key come after another? This compares numbers; of other keys it only sees that they differ.
sub _is_after
{
	my ($key, $other) = @_;

	foreach my $i (0 .. $#$key)
	{
		my ($a, $b) = ($key->[$i], $other->[$i]);
		next if $a eq $b;
		return 1 if grep { !/^-?\d+(\.\d+)?$/ } $a, $b;
		return $a > $b;
	}
	return 0;
}

# Numbers from 1 without a gap in each part, each after the one before it; together the rows of the run.
sub slices_are_whole
{
	my ($session, $run_id, $name) = @_;
	my $run = run_of($session, $run_id);
	my @slices = slices_of($session, $run_id);
	my (%next, %sum, @wrong, $before);

	foreach my $slice (@slices)
	{
		my $expected = $next{ $slice->{part} } // 1;
		push @wrong, "slice $slice->{slice} of part $slice->{part} instead of $expected"
		  if $slice->{slice} != $expected;
		$next{ $slice->{part} } = $slice->{slice} + 1;
		push @wrong, "slice $slice->{slice} without keys" if !$slice->{first_key} || !$slice->{last_key};
		push @wrong, "slice $slice->{slice} of part $slice->{part} does not begin after the one before"
		  if $before && $slice->{first_key} && !_is_after($slice->{first_key}, $before);
		push @wrong, "slice $slice->{slice} of part $slice->{part} ends before it begins"
		  if $slice->{first_key} && $slice->{last_key} && $slice->{first_key}[0] =~ /^-?\d+$/
		  && _is_after($slice->{first_key}, $slice->{last_key});
		$before = $slice->{last_key};
		push @wrong, "slice $slice->{slice} has no rows" if $slice->{rows_read} == 0;
		$sum{$_} += $slice->{$_} foreach qw(rows_read rows_written rows_rejected);
	}
	push @wrong, 'there are none' if !@slices;
	foreach my $count (qw(rows_read rows_written rows_rejected))
	{
		push @wrong, "$count: $run->{$count} in the run, $sum{$count} in its slices"
		  if @slices && ($run->{$count} // -1) != $sum{$count};
	}
	return is_deeply(\@wrong, [], "$name: slices follow each other and add up");
}

1;
