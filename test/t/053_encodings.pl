# Databases in other encodings: names and values go out as UTF-8, labels come back in the database's own, and what
# cannot be converted is one clear error.
use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../lib";
use CannedServer;
use Encode qw(encode);
use PostgreSQL::Test::Utils;
use ScoringTest;
use Test::More;

# Texts below are characters; what goes to psql, or is compared with what came over the wire, is UTF-8.
sub utf8 { return encode('UTF-8', $_[0]); }

my $nihon = "\x{65e5}\x{672c}";
my $ae = "\x{e4}";
my $euro = "\x{20ac}";

my $canned = CannedServer->new(
	# the label is the value of the first column; a class for it
	echo => sub {
		my ($rows) = @_;
		my %seen = map { $_->[0] => 1 } @$rows;
		my @classes = sort keys %seen;
		return join(',', 't_PREDICTION', map { qq("t_${_}_PREDICTION") } @classes) . "\n" . join '',
			map { my $label = $_->[0]; qq("$label",) . join(',', map { $_ eq $label ? 1 : 0 } @classes) . "\n" } @$rows;
	},
	nihon => sub {
		my ($rows) = @_;
		return "y_PREDICTION\n" . utf8("$nihon\n") x @$rows
	},
	nihon_header => sub {
		my ($rows) = @_;
		return utf8("${nihon}_PREDICTION\n") . "1\n" x @$rows
	},
	native => sub {
		my ($rows) = @_;
		return utf8("y_PREDICTION,gr${ae}sse\n") . "1,2\n" x @$rows
	},
	latin => sub {
		my ($rows) = @_;
		return "y_PREDICTION\n" . "caf\xe9\n" x @$rows
	},
	refuses => sub {
		return (422, 'application/json; charset=UTF-8', utf8(qq({"message": "nicht m\x{f6}glich: $nihon"})))
	},
	refuses_latin => sub { return (422, 'application/json', qq({"message": "m\xf6glich"})) });

my $standin = new_standin();
my $node = new_node('main');
$ENV{PGCLIENTENCODING} = 'UTF8';

my %database = (
	utf8 => { encoding => 'UTF8', text => "$ae $euro $nihon" },
	latin1 => { encoding => 'LATIN1', text => "caf\x{e9} $ae\x{df}", cannot => 1 },
	win1252 => { encoding => 'WIN1252', text => "$euro \x{201c}caf\x{e9}\x{201d}", cannot => 1 },
	eucjp => { encoding => 'EUC_JP', text => "$nihon\x{ff71}\x{30a2}" },
	ascii => { encoding => 'SQL_ASCII', text => "$ae $nihon" });

foreach my $name (sort keys %database)
{
	my ($encoding, $text) = @{ $database{$name} }{qw(encoding text)};
	my %in = (dbname => $name);
	my $sent = utf8($text);
	my $word = $sent =~ s/ /_/gr;

	$node->safe_psql('postgres',
		"CREATE DATABASE $name ENCODING '$encoding' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0");
	$node->safe_psql($name, 'CREATE EXTENSION datarobot_scoring');
	connect_node($node, standin => $standin, dbname => $name);
	connect_node($node, standin => $standin, dbname => $name, name => 'canned',
		server => { prediction_url => $canned->url });
	$node->safe_psql($name, qq{CREATE TABLE t (n int, "$word" text);
		INSERT INTO t VALUES (1, '$sent'), (2, 'plain'), (3, '$sent,"x"'), (4, NULL), (5, '')});

	$canned->forget;
	is(safe_scalar($node, qq{SELECT row_number, prediction = coalesce("$word", '')
			FROM datarobot.score('echo', 'SELECT "$word", n FROM t WHERE n < 3 ORDER BY n', '{n}', server => 'canned'),
			LATERAL (SELECT * FROM t WHERE n = row_number) t},
			%in), "1|t\n2|t", "$encoding: labels come back as they went");
	is(($canned->bodies('echo'))[0], "$word\n$sent\nplain\n", "$encoding: names and values go out as UTF-8");
	is(safe_scalar($node, qq{SELECT count(*) FROM t
			WHERE n = 1 AND encode(convert_to("$word", 'UTF8'), 'hex') = '${\unpack 'H*', $sent}'},
			%in), '1', "$encoding: (the text is stored in the encoding of the database)")
	  if $encoding ne 'SQL_ASCII';
	$canned->forget;
	safe_scalar($node, qq{SELECT count(*) FROM datarobot.score('nihon_header', 'SELECT "$word", n FROM t ORDER BY n',
		'{n}', server => 'canned')}, %in)
	  if !$database{$name}{cannot};
	error_of($node, qq{SELECT count(*) FROM datarobot.score('nihon_header', 'SELECT "$word", n FROM t ORDER BY n',
		'{n}', server => 'canned')}, %in)
	  if $database{$name}{cannot};
	is(($canned->bodies('nihon_header'))[0], qq($word\n$sent\nplain\n"$sent,""x"""\n""\n""\n),
		"$encoding: quotes, NULL and the empty string as everywhere");
	is(safe_scalar($node, qq{SELECT label = "$word"
			FROM (SELECT "$word", datarobot.predict_label(f, 'echo', '{"server": "canned"}') OVER () AS label
			FROM (SELECT "$word" FROM t WHERE n = 1) f) s}, %in), 't', "$encoding: predict_label");
	is(safe_scalar($node, qq{SELECT probabilities ->> prediction, probability
			FROM datarobot.score('echo', 'SELECT "$word" FROM t WHERE n < 3 ORDER BY n', server => 'canned')
			WHERE row_number = 1}, %in), '1|1', "$encoding: classes");
	is(safe_scalar($node, qq{SELECT key ->> '$word' = '$sent'
			FROM datarobot.score('native', 'SELECT "$word", n FROM t WHERE n = 1', '{$word}', server => 'canned')},
			%in), 't', "$encoding: keys");
	is(safe_scalar($node, qq{CREATE TYPE shape AS ("$word" text, n int); SELECT "$word" = '$sent', n
			FROM datarobot.score_as(NULL::shape, 'native', 'SELECT "$word", n, 1 AS x FROM t WHERE n = 1', '{$word,n}',
			server => 'canned')}, %in), 't|1', "$encoding: kept columns by name");
	is(safe_scalar($node, qq{SELECT body = E'$word\\n$sent\\n'
			FROM datarobot.preview('echo', 'SELECT "$word" FROM t WHERE n = 1', server => 'canned')},
			%in), 't', "$encoding: preview");
	is(safe_scalar($node, qq{CREATE TYPE mood AS ENUM ('$sent'); SELECT prediction = '$sent'
			FROM datarobot.score('echo', 'SELECT enum_first(NULL::mood) AS m', server => 'canned')},
			%in), 't', "$encoding: enums");
	# the stand-in hashes the bytes of the record: the same text is the same prediction in every encoding
	$database{$name}{hash} = safe_scalar($node,
		qq{SELECT prediction FROM datarobot.score('$DEPLOYMENT{synthetic}', \$\$SELECT 'abc' AS a, 1.5 AS b\$\$)}, %in);

	# the server's own words, which this encoding may not have
	my ($state, $message) = error_of($node,
		q{SELECT * FROM datarobot.score('refuses', 'SELECT 1 AS a', server => 'canned')}, %in);
	is($state, '22000', "$encoding: an error of the server");
	like($message, qr/nicht m.{0,12}glich/, "$encoding: is quoted as far as it can be");
	($state) =
	  error_of($node, q{SELECT * FROM datarobot.score('refuses_latin', 'SELECT 1 AS a', server => 'canned')}, %in);
	is($state, '22000', "$encoding: one in bytes of another encoding, too");

	# an answer that is no UTF-8
	($state) = error_of($node, q{SELECT * FROM datarobot.score('latin', 'SELECT 1 AS a', server => 'canned')}, %in);
	is($state, '22021', "$encoding: an answer that is not UTF-8 is refused");

	# an answer with characters that the database has not
	foreach my $deployment (qw(nihon nihon_header))
	{
		my ($st, $msg) = error_of($node,
			qq{SELECT * FROM datarobot.score('$deployment', 'SELECT 1 AS a', server => 'canned')}, %in);
		if ($database{$name}{cannot})
		{
			like($st // 'none', qr/^(22P05|22021)$/, "$encoding: $deployment: a character that it does not have");
			like($msg // '', qr/byte sequence 0xe6 0x97 0xa5.*"UTF8".*"$encoding"/, "$encoding: $deployment: is named");
		}
		else
		{
			is($st, undef, "$encoding: $deployment: is taken");
		}
	}
	is(safe_scalar($node, qq{SELECT prediction = '$sent'
			FROM datarobot.score('echo', 'SELECT "$word" FROM t WHERE n = 1', server => 'canned')},
			%in), 't', "$encoding: and the next call works");
}
is(scalar(keys %{ { map { $database{$_}{hash} => 1 } keys %database } }), 1,
	'the same row has the same prediction in every encoding');

# ---- SQL_ASCII promises nothing about its bytes: what is no UTF-8 is refused before it is sent
my %ascii = (dbname => 'ascii');
$canned->forget;
foreach (
	[ 'SELECT E\'caf\\xe9\' AS a', 'a value' ],
	[ 'SELECT E\'\\xc3\' AS a', 'half a character' ],
	[ 'SELECT E\'\\xc0\\x80\' AS a', 'an overlong NUL' ],
	[ 'SELECT E\'\\xed\\xa0\\x80\' AS a', 'a surrogate' ],
	[ 'SELECT E\'\\xf5\\x80\\x80\\x80\' AS a', 'beyond Unicode' ],
	[ 'SELECT ARRAY[E\'caf\\xe9\'] AS a', 'in an array' ],
	[ 'SELECT E\'caf\\xe9\'::name AS a', 'a name' ])
{
	my ($query, $what) = @$_;
	my ($state) = error_of($node, "SELECT * FROM datarobot.score('echo', \$\$$query\$\$, server => 'canned')", %ascii);
	is($state, '22021', "SQL_ASCII: $what that is not UTF-8");
}
is(scalar(() = $canned->bodies('echo')), 0, 'SQL_ASCII: and nothing is sent');
$node->safe_psql('ascii',
	q{DO $$ BEGIN EXECUTE E'CREATE TABLE bad ("caf\xe9" int)'; END $$; INSERT INTO bad VALUES (1)});
my ($state) = error_of($node, "SELECT * FROM datarobot.score('echo', 'SELECT * FROM bad', server => 'canned')", %ascii);
is($state, '22021', 'SQL_ASCII: a column name that is not UTF-8');
is(scalar(() = $canned->bodies('echo')), 0, 'SQL_ASCII: and nothing is sent either');

# ---- one byte of "char" is no character of its own: what leaves is UTF-8 or nothing does
$canned->forget;
foreach my $name (qw(utf8 eucjp))
{
	my $sql = q{SELECT * FROM datarobot.score('native', 'SELECT (-23)::"char" AS c', server => 'canned')};
	($state) = error_of($node, $sql, dbname => $name);
	my $valid = grep { !utf8::decode(my $copy = $_) } $canned->bodies('native');
	is($valid, 0, "$database{$name}{encoding}: a \"char\" beyond ASCII is not sent as a broken character");
	$canned->forget;
}

done_testing();
