#include "base/command_line.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct options options = {
	.token = "standin-token-0123456789abcdef",
	.key = "00000000-0000-0000-0000-00000000abcd",
	.user = "standin@example.com",
	.password = "standin-password",
	.portable = "5f0000000000000000000002",
};

static const char usage[] =
	"usage: standin --run-dir DIR [--models DIR] [--http-port N] [--https-port N] "
	"[--token T] [--key K]\n"
	"               [--no-key] [--user U] [--password P] [--portable ID]\n"
	"               [--buckets DIR] [--database CONNECTION]\n"
	"               [--threads N] [--client-auth] [--watch-stdin]\n"
	"A stand-in for DataRobot's prediction service on 127.0.0.1. Port 0, the default, is the "
	"kernel's choice.\n"
	"Addresses, token, key and CA are written to DIR/standin.env, one line per request to "
	"DIR/standin.log.\n";

static bool
read_int(const char *name, const char *text, int max, int *value)
{
	char	   *end;
	long		n = strtol(text, &end, 10);

	if (*text == '\0' || *end != '\0' || n < 0 || n > max)
	{
		fprintf(stderr, "standin: --%s must be a number from 0 to %d\n", name, max);
		return false;
	}
	*value = (int) n;
	return true;
}

/* Shells read the environment file: a value between its quotes must not contain a quote. */
static bool
check_secret(const char *name, const char *text)
{
	for (const char *c = text; *c; c++)
		if (*c <= ' ' || *c > '~' || *c == '\'')
		{
			fprintf(stderr, "standin: --%s must be printable, without spaces and quotes\n", name);
			return false;
		}
	return true;
}

/* By default the models are in the program's folder. */
static const char *
default_models(void)
{
	static char path[4096];
	ssize_t		len = readlink("/proc/self/exe", path, sizeof path - 16);
	char	   *slash;

	path[len > 0 ? len : 0] = '\0';
	slash = strrchr(path, '/');
	strcpy(slash ? slash + 1 : path, "models");
	return path;
}

static bool
take(int option, const char *name, const char *value)
{
	switch (option)
	{
		case 'r':
			options.run_dir = value;
			return true;
		case 'm':
			options.models = value;
			return true;
		case 't':
			options.token = value;
			return check_secret(name, value);
		case 'k':
			options.key = value;
			return check_secret(name, value);
		case 'K':
			return options.no_key = true;
		case 'u':
			options.user = value;
			return check_secret(name, value);
		case 'P':
			options.password = value;
			return check_secret(name, value);
		case 'b':
			options.buckets = value;
			return true;
		case 'd':
			options.database = value;
			return true;
		case 'o':
			options.portable = value;
			return true;
		case 'p':
			return read_int(name, value, 65535, &options.http_port);
		case 's':
			return read_int(name, value, 65535, &options.https_port);
		case 'n':
			return read_int(name, value, 256, &options.threads);
		case 'c':
			return options.client_auth = true;
		case 'w':
			return options.watch_stdin = true;
	}
	fputs(usage, option == 'h' ? stdout : stderr);
	return false;
}

bool
command_line_read(int argc, char **argv)
{
	static const struct option known[] = {
		{"run-dir", required_argument, NULL, 'r'},
		{"models", required_argument, NULL, 'm'},
		{"http-port", required_argument, NULL, 'p'},
		{"https-port", required_argument, NULL, 's'},
		{"token", required_argument, NULL, 't'},
		{"key", required_argument, NULL, 'k'},
		{"no-key", no_argument, NULL, 'K'},
		{"user", required_argument, NULL, 'u'},
		{"password", required_argument, NULL, 'P'},
		{"portable", required_argument, NULL, 'o'},
		{"buckets", required_argument, NULL, 'b'},
		{"database", required_argument, NULL, 'd'},
		{"threads", required_argument, NULL, 'n'},
		{"client-auth", no_argument, NULL, 'c'},
		{"watch-stdin", no_argument, NULL, 'w'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0}
	};
	int			option;
	int			index = 0;

	while ((option = getopt_long(argc, argv, "", known, &index)) != -1)
		if (!take(option, known[index].name, optarg))
			return false;
	if (!options.run_dir || optind < argc)
	{
		fputs(usage, stderr);
		return false;
	}
	if (options.threads == 0)
	{
		long		cores = sysconf(_SC_NPROCESSORS_ONLN);

		options.threads = cores < 4 ? 4 : (int) cores;
	}
	if (!options.models)
		options.models = default_models();
	return true;
}
