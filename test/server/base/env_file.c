#include "base/env_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/command_line.h"

static const char name[] = "standin.env";

/* A path in single quotes: only quotes in it need escaping. */
static void
write_path(FILE *out, const char *variable, const char *folder, const char *file)
{
	fprintf(out, "%s='", variable);
	for (const char *c = folder; *c; c++)
		if (*c == '\'')
			fputs("'\\''", out);
		else
			fputc(*c, out);
	fprintf(out, "/%s'\n", file);
}

static bool
write_all(FILE *out, const char *folder, int http_port, int https_port)
{
	fprintf(out, "STANDIN_URL='http://127.0.0.1:%d/predApi/v1.0'\n", http_port);
	fprintf(out, "STANDIN_TLS_URL='https://localhost:%d/predApi/v1.0'\n", https_port);
	fprintf(out, "STANDIN_API_URL='http://127.0.0.1:%d/api/v2'\n", http_port);
	fprintf(out, "STANDIN_API_TLS_URL='https://localhost:%d/api/v2'\n", https_port);
	fprintf(out, "STANDIN_V1_URL='http://127.0.0.1:%d/api/v1'\n", http_port);
	fprintf(out, "STANDIN_PORTABLE_URL='http://127.0.0.1:%d'\n", http_port);
	fprintf(out, "STANDIN_PORTABLE_TLS_URL='https://localhost:%d'\n", https_port);
	fprintf(out, "STANDIN_CONTROL='http://127.0.0.1:%d/standin'\n", http_port);
	fprintf(out, "STANDIN_TOKEN='%s'\n", options.token);
	fprintf(out, "STANDIN_KEY='%s'\n", options.key);
	fprintf(out, "STANDIN_USER='%s'\n", options.user);
	fprintf(out, "STANDIN_PASSWORD='%s'\n", options.password);
	write_path(out, "STANDIN_CA", folder, "ca.pem");
	write_path(out, "STANDIN_LOG", folder, "standin.log");
	fprintf(out, "STANDIN_PID='%ld'\n", (long) getpid());
	return !ferror(out);
}

bool
env_file_write(const char *run_dir, int http_port, int https_port)
{
	char		path[4096];
	char		temporary[4096];
	char	   *folder = realpath(run_dir, NULL);
	FILE	   *out;
	bool		ok = false;

	snprintf(path, sizeof path, "%s/%s", run_dir, name);
	snprintf(temporary, sizeof temporary, "%s/%s.new", run_dir, name);
	umask(077);					/* it contains the token */
	out = folder ? fopen(temporary, "w") : NULL;
	if (out)
	{
		ok = write_all(out, folder, http_port, https_port);
		ok = fclose(out) == 0 && ok && rename(temporary, path) == 0;
	}
	if (!ok)
		perror(path);
	free(folder);
	return ok;
}

void
env_file_remove(const char *run_dir)
{
	char		path[4096];

	snprintf(path, sizeof path, "%s/%s", run_dir, name);
	unlink(path);
}
