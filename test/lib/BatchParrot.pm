# BatchParrot: a batch service that completes each job at once with the result that the test makes, for results that
# the stand-in does not give. It takes data in parts only.
#
#   my $service = BatchParrot->new(sub {
#       my ($records, $passed) = @_;      # each a list of fields, as they are in the data; names to pass through
#       return (\%headers, $body);        # of the answer to the download; Connection: close leaves out the length
#   });
#   $service->api_url
#   result($records, $passed, sub { [prediction, status] })   # a usual result, as lines
package BatchParrot;

use strict;
use warnings;

use Exporter 'import';
use File::Temp qw(tempdir);
use JSON::PP qw(decode_json encode_json);
use TinyServer;

our @EXPORT_OK = qw(result);

sub _slurp
{
	open(my $in, '<:raw', $_[0]) or return '';
	local $/;
	return scalar(<$in>) // '';
}

sub _write
{
	my ($file, $bytes) = @_;
	open(my $out, '>:raw', "$file.new") or die "$file: $!";
	print $out $bytes;
	close $out;
	rename "$file.new", $file or die "$file: $!";
	return;
}

# The fields of lines without line ends in quotes.
sub _fields
{
	my ($line) = @_;
	my @fields;
	push @fields, $1 while $line =~ /\G("(?:[^"]|"")*"|[^,]*)(?:,|$)/g && length $line >= pos $line;
	return \@fields;
}

sub new
{
	my ($class, $answer) = @_;
	my $dir = tempdir('drs-batch.XXXXXX', TMPDIR => 1, CLEANUP => 1);
	my $self = bless { dir => $dir }, $class;
	$self->{server} = TinyServer->scripted(sub { _serve($dir, $answer, @_) });
	return $self;
}

sub api_url { return 'http://127.0.0.1:' . $_[0]{server}->port . '/api/v2'; }
sub requests { return $_[0]{server}->requests; }

sub _job
{
	my ($dir, $id) = @_;
	my $done = -e "$dir/$id.done";
	return encode_json({ id => $id, status => $done ? 'COMPLETED' : 'INITIALIZING', percentageCompleted => 0,
		elapsedTimeSec => 0, statusDetails => 'fine',
		jobSpec => decode_json(_slurp("$dir/$id.spec")),
		links => { self => "/api/v2/batchPredictions/$id/", $done
			? (download => "/api/v2/batchPredictions/$id/download/") : () } });
}

sub _download
{
	my ($dir, $id, $answer) = @_;
	my (@records, $header);
	for (my $n = 0; -e "$dir/$id.$n"; $n++)
	{
		my @lines = split(/\n/, _slurp("$dir/$id.$n"));
		$header = _fields(shift @lines);
		push @records, map { _fields($_) } @lines;
	}
	my $passed = decode_json(_slurp("$dir/$id.spec"))->{passthroughColumns} // [];
	my @named = map { my %row; @row{@$header} = @$_; \%row } @records;
	return $answer->(\@named, $passed);
}

sub _serve
{
	my ($dir, $answer, $client, $request) = @_;
	while (my ($head, $body) = $request->())
	{
		my ($method, $path) = $head =~ m{^(\S+) /api/v2/batchPredictions/(\S*)} or return;
		my ($status, %headers) = (200, 'Content-Type' => 'application/json');
		my ($id) = $path =~ /^(\w+)/;
		my $text = '';
		if ($method eq 'POST' && $path eq '')
		{
			$id = sprintf('%024x', time * 1000 + $$);
			_write("$dir/$id.spec", $body);
			($status, $text) = (202, _job($dir, $id));
		}
		elsif ($method eq 'PUT' && $path =~ m{/part/(\d+)})
		{
			_write("$dir/$id.$1", $body);
			$status = 202;
		}
		elsif ($path =~ /finalize/)
		{
			_write("$dir/$id.done", '');
			$status = 202;
		}
		elsif ($method eq 'GET' && $path =~ /download/)
		{
			(my $more, $text) = _download($dir, $id, $answer);
			%headers = ('Content-Type' => 'text/csv', %$more);
		}
		elsif ($method eq 'GET') { $text = _job($dir, $id); }
		else { $status = 202; }
		print $client "HTTP/1.1 $status Whatever\r\n", (map { "$_: $headers{$_}\r\n" } sort keys %headers),
		  ($headers{Connection} ? '' : 'Content-Length: ' . length($text) . "\r\n"), "\r\n", $text;
		return if $headers{Connection};
	}
	return;
}

sub result
{
	my ($records, $passed, $score) = @_;
	my @lines = join(',', 'y_PREDICTION', 'prediction_status', @$passed) . "\n";
	foreach my $record (@$records)
	{
		push @lines, join(',', $score->($record)->@*, @$record{@$passed}) . "\n";
	}
	return @lines;
}

1;
