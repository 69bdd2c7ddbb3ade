#include "http/log.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/monotonic.h"
#include "http/http_request.h"
#include "model/registry.h"

enum { PATH_SHOWN = 200 };

static int	file = -1;

bool
log_open(const char *run_dir)
{
	char		path[4096];

	snprintf(path, sizeof path, "%s/standin.log", run_dir);
	file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	if (file < 0)
		perror(path);
	return file >= 0;
}

void
log_close(void)
{
	if (file >= 0)
		close(file);
	file = -1;
}

/* The path without its query; what could fake a log line is replaced. */
static void
show_path(char *out, const char *target)
{
	size_t		len = 0;

	for (; target && *target && *target != '?' && len < PATH_SHOWN; target++)
		out[len++] = *target > ' ' && *target < 0x7f ? *target : '?';
	out[len] = '\0';
}

void
log_request(const struct request *r)
{
	char		path[PATH_SHOWN + 1];
	char		line[640];
	struct timespec now;
	struct tm	utc;
	int			len;

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &utc);
	show_path(path, r->target);
	len = snprintf(line, sizeof line,
				   "%04d-%02d-%02dT%02d:%02d:%02d.%03ldZ %.16s %s deployment=%s status=%d "
				   "rows=%llu in=%llu out=%llu ms=%.1f fault=%s%s%s\n",
				   utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min,
				   utc.tm_sec, now.tv_nsec / 1000000, r->method[0] ? r->method : "-", path,
				   r->deployment ? r->deployment->id : "-", r->status_sent,
				   (unsigned long long) r->rows_sent, (unsigned long long) r->received,
				   (unsigned long long) r->body_sent,
				   (double) (monotonic_now() - r->started) / 1000.0,
				   fault_name(r->fault.main), r->fault.delay ? "+delay" : "",
				   r->complete ? "" : " (not finished)");
	if (len >= (int) sizeof line)
		len = sizeof line - 1;
	if (write(file, line, (size_t) len) < 0)
		return;					/* a full disk must not stop the service */
}
