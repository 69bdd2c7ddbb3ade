/* Starts the stand-in, waits for a signal, stops it. */
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "api/data_stores.h"
#include "api/datasets.h"
#include "api/received_actuals.h"
#include "base/command_line.h"
#include "base/env_file.h"
#include "batch/batch_clerk.h"
#include "control/counters.h"
#include "control/journal.h"
#include "faults/park.h"
#include "faults/raw.h"
#include "http/handler.h"
#include "http/log.h"
#include "http/service.h"
#include "http/tls.h"
#include "model/registry.h"
#include "model/synthetic.h"

enum { PATIENCE_SECONDS = 1 };

static void
block_signals(sigset_t *signals)
{
	sigemptyset(signals);
	sigaddset(signals, SIGTERM);
	sigaddset(signals, SIGINT);
	pthread_sigmask(SIG_BLOCK, signals, NULL);
	signal(SIGPIPE, SIG_IGN);
}

/* Bodies of some megabytes come and go all the time: keep their memory for the next ones. */
static void
keep_memory(void)
{
	mallopt(M_MMAP_THRESHOLD, 32 * 1024 * 1024);
	mallopt(M_TRIM_THRESHOLD, 256 * 1024 * 1024);
}

static void *
watch_stdin(void *unused)
{
	char		byte;

	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
	kill(getpid(), SIGTERM);
	return unused;
}

/* Ends the program when its orderly end takes too long. */
static void
give_up(int signal_number)
{
	(void) signal_number;
	_exit(0);
}

static void
stop(struct service *plain, struct service *secure)
{
	signal(SIGALRM, give_up);
	alarm(PATIENCE_SECONDS);
	env_file_remove(options.run_dir);
	service_stop_accepting(plain);
	service_stop_accepting(secure);
	handler_stop();
	batch_stop();
	park_stop();
	raw_stop();
	service_stop(plain);
	service_stop(secure);
}

int
main(int argc, char **argv)
{
	sigset_t	signals;
	struct tls_files files;
	struct service *plain;
	struct service *secure;
	pthread_t	watcher;
	int			signal_number;

	if (!command_line_read(argc, argv) || !registry_load(options.models) ||
		!log_open(options.run_dir) || !tls_make(options.run_dir, options.client_auth, &files))
		return 1;
	keep_memory();
	block_signals(&signals);
	synthetic_start();
	counters_start();
	park_start();
	batch_start();
	plain = service_start(options.http_port, NULL);
	secure = plain ? service_start(options.https_port, &files) : NULL;
	if (!secure || !env_file_write(options.run_dir, service_port(plain), service_port(secure)))
		return 1;
	if (options.watch_stdin && pthread_create(&watcher, NULL, watch_stdin, NULL) == 0)
		pthread_detach(watcher);
	sigwait(&signals, &signal_number);
	stop(plain, secure);
	tls_free(&files);
	counters_stop();
	actuals_reset();
	data_stores_reset();
	datasets_reset();
	batch_reset();
	journal_reset();
	registry_free();
	log_close();
	return 0;
}
