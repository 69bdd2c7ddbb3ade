/*
 * hiddenstatement.c
 *		Keeps the text of a statement out of pg_stat_activity and the log.
 */
#include "postgres.h"

#include "utils/backend_status.h"
#include "utils/memutils.h"

#include "base/hiddenstatement.h"

void
drs_hiddenstatement_begin(const char *shown)
{
	pgstat_report_activity(STATE_RUNNING, shown);
}

void
drs_hiddenstatement_rethrow(MemoryContext cxt)
{
	ErrorData  *error;

	MemoryContextSwitchTo(cxt);
	error = CopyErrorData();
	FlushErrorState();
	error->hide_stmt = true;
	error->context = NULL;		/* PL/pgSQL and SPI quote the statement there */
	ReThrowError(error);
}
