# Results of batch jobs that DataRobot's documentation does not show, but that programs like it have been seen to give:
# each is read as it is meant, or is one clear error.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use BatchParrot qw(result);
use Compress::Zlib ();
use Into;
use JSON::PP qw(encode_json);
use ScoringTest;
use Session;
use Test::More;
use TinyServer;

my $node = new_node('main');
my $n = 20;
$node->safe_psql('postgres', "
	CREATE TABLE source AS SELECT g AS id, 'x' || g AS x FROM generate_series(1, $n) g;
	CREATE TYPE scored AS (id int, prediction float8);");
my $session = Session->new($node);
my $expected = join("\n", map { "$_|" . $_ / 4 } 1 .. $n);

# The prediction of a row is a quarter of the number in its text.
sub score { return [ ($_[0]{x} =~ /(\d+)/)[0] / 4, 'OK' ]; }

sub scored
{
	my ($answer) = @_;
	my $service = BatchParrot->new($answer);
	my $api_url = $service->api_url;
	$session->must("DROP SERVER IF EXISTS parrot CASCADE;
		CREATE SERVER parrot FOREIGN DATA WRAPPER datarobot_scoring OPTIONS (api_url '$api_url', allow_http 'true');
		CREATE USER MAPPING FOR PUBLIC SERVER parrot OPTIONS (api_token 'token')");
	return $session->run("SELECT * FROM datarobot.score_as(NULL::scored, '5f00000000000000000000ff',
		'TABLE source ORDER BY id', key_columns => '{id}', server => 'parrot',
		options => '{\"method\": \"batch\", \"batch_upload\": \"multipart\", \"max_attempts\": 1}')");
}

sub is_read
{
	my ($name, $answer) = @_;
	my $result = scored($answer);
	return is($result->{out}, $expected, $name) || diag $result->{text};
}

sub is_refused
{
	my ($name, $answer, $sqlstate, $message, %more) = @_;
	my $result = scored($answer);
	fails_with($result, $sqlstate, $message, $name, %more);
	is($result->{out}, '', "$name: no row comes out");
	return;
}

my $result_of = qr/^the result of batch job \w+/;

# ---- as it is meant

is_read('a usual result', sub { return ({}, join('', result(@_, \&score))); });
is_read('lines that end with CRLF', sub { return ({}, join('', result(@_, \&score)) =~ s/\n/\r\n/gr); });
is_read('a byte order mark', sub { return ({}, "\xEF\xBB\xBF" . join('', result(@_, \&score))); });
is_read('a last line without an end', sub { return ({}, join('', result(@_, \&score)) =~ s/\n\z//r); });
is_read('every field quoted', sub {
	return ({}, join('', map { s/([^,\n]+)/"$1"/gr } result(@_, \&score)));
});
is_read('numbers of rows as floats', sub {
	my ($records, $passed) = @_;
	return ({}, join('', map { s/,(\d+)(?=,|$)/,$1.0/r } result(@_, \&score)));
});
is_read('empty lines between records', sub { return ({}, join("\n", result(@_, \&score))); });
is_read('without a length', sub { return ({ Connection => 'close' }, join('', result(@_, \&score))); });
is_read('another order of columns', sub {
	my @lines = result(@_, \&score);
	return ({}, join('', map { chomp; join(',', reverse split(/,/, $_, -1)) . "\n" } @lines));
});
is_read('more columns', sub {
	my ($first, @lines) = result(@_, \&score);
	return ({}, join('', "DEPLOYMENT_APPROVAL_STATUS,$first", map { "APPROVED,$_" } @lines));
});

# ---- one error

is_refused('the header again in front of each chunk', sub {
	my ($first, @lines) = result(@_, \&score);
	return ({}, join('', $first, @lines[0 .. 9], $first, @lines[10 .. 19]));
}, '08P01', qr/$result_of has a record without a row number/);
is_refused('two records on one line', sub {
	my @lines = result(@_, \&score);
	$lines[7] =~ s/\n/,/;
	return ({}, join('', @lines));
}, '08P01', qr/./);
is_refused('no rows', sub { return ({}, (result(@_, \&score))[0]); }, '08P01', qr/$result_of lacks row 1/);
is_refused('nothing', sub { return ({}, ''); }, '08P01', qr/$result_of lacks row 1/);
is_refused('no status', sub {
	my @lines = result(@_, \&score);
	return ({}, join('', map { s/,(prediction_status|OK)//r } @lines));
}, '08P01', qr/$result_of lacks the column "prediction_status"/);
is_refused('packed, which was not asked for', sub {
	return ({ 'Content-Encoding' => 'gzip' }, Compress::Zlib::memGzip(join('', result(@_, \&score))));
}, '08P01', qr/cannot be unpacked/);
is_refused('a sign-in page', sub { return ({ 'Content-Type' => 'text/html' }, "<html>\n<body>\n</body>\n"); },
	'08P01', qr/./);
is_refused('a quote that is not closed', sub {
	my @lines = result(@_, \&score);
	$lines[5] =~ s/,/,"/;
	return ({}, join('', @lines));
}, '08P01', qr/./);
is_refused('half of a prediction', sub {
	my @lines = result(@_, \&score);
	return ({ Connection => 'close' }, substr(join('', @lines), 0, 200));
}, '08P01', qr/$result_of (lacks row|has a record without a row number)/);

# ---- two rows of a job that has scored three

sub downloaded
{
	my ($spec) = @_;
	my $service = TinyServer->parrot(sub {
		return (200, { 'Content-Type' => 'text/csv' }, "id,prediction\n1,0.25\n2,0.5\n") if $_[0] =~ m{/download/};
		return (200, { 'Content-Type' => 'application/json' }, encode_json({ id => 'short', status => 'COMPLETED',
			scoredRows => 3, links => { download => '/api/v2/batchPredictions/short/download/' }, %$spec }));
	});
	my $api_url = 'http://127.0.0.1:' . $service->port . '/api/v2';
	$session->must("ALTER SERVER parrot OPTIONS (SET api_url '$api_url')");
	return $session->run("SELECT count(*) FROM datarobot.batch_download('short', server => 'parrot')");
}

fails_with(downloaded({ jobSpec => {} }), '08P01', qr/^the result of batch job short is not complete$/, 'too few rows');
is(downloaded({ jobSpec => { timeseriesSettings => { type => 'forecast' } } })->{out}, 2,
	'of time series, not every row has a forecast');
is(downloaded({ job_spec => { timeseries_settings => { type => 'forecast' } } })->{out}, 2, 'in snake_case');
done_testing();
