# The C files of src/, for the checks that look through all of them. One that found none would pass on nothing,
# so that is an error.
package Sources;
use strict;
use warnings;
use Exporter 'import';
our @EXPORT_OK = qw(sources module_of slurp);

# Paths of the files that end so ('c', 'h' or, without an argument, both).
sub sources
{
	my ($ending) = @_;
	my $pattern = $ending // '[ch]';
	my @files = sort(glob("src/*/*.$pattern"));

	die "no file src/*/*.$pattern found from here\n" if !@files;
	return @files;
}

# src/http/transport.c and src/http/transport.h are the module "http/transport".
sub module_of
{
	my ($file) = @_;
	return $file =~ s{^src/|\.[ch]$}{}gr;
}

sub slurp
{
	my ($file) = @_;
	open(my $in, '<', $file) or die "$file: $!\n";
	local $/;
	return <$in> // '';
}

1;
