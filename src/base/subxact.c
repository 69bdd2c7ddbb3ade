/*
 * subxact.c
 *		Runs a piece of work that may fail, and undoes it when it does.
 *
 * This is the one place that catches errors and continues.  The
 * subtransaction, not the catching, is what restores the state of the backend.
 */
#include "postgres.h"

#include "access/xact.h"
#include "executor/spi.h"
#include "utils/resowner.h"
#include "utils/snapmgr.h"

#include "base/compat.h"
#include "base/subxact.h"

static void
run_under_snapshot(void (*work) (void *arg), void *arg)
{
	PushActiveSnapshot(GetTransactionSnapshot());
	work(arg);
	PopActiveSnapshot();
}

/* See drs_attempt.  Without keep, the work is undone in any case. */
static ErrorData *
attempt(void (*work) (void *arg), void *arg, bool snapshot, bool keep)
{
	MemoryContext cxt = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	ErrorData  *volatile error = NULL;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(cxt);
	PG_TRY();
	{
		if (snapshot)
			run_under_snapshot(work, arg);
		else
			work(arg);
		if (keep)
			ReleaseCurrentSubTransaction();
		else
			RollbackAndReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(cxt);
		error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
	}
	PG_END_TRY();
	MemoryContextSwitchTo(cxt);
	CurrentResourceOwner = owner;
	return error;
}

ErrorData *
drs_attempt(void (*work) (void *arg), void *arg, bool snapshot)
{
	return attempt(work, arg, snapshot, true);
}

void
drs_try_out(void (*work) (void *arg), void *arg)
{
	ErrorData  *error = attempt(work, arg, false, false);

	if (error)
		ReThrowError(error);
}

bool
drs_can_attempt(void)
{
	return DRS_PARALLEL_SUBTRANSACTIONS || !IsInParallelMode();
}

void
drs_next_transaction(void)
{
	SPI_commit();
	XactIsoLevel = XACT_READ_COMMITTED;
}

ErrorData *
drs_commit(void)
{
	MemoryContext cxt = CurrentMemoryContext;
	ErrorData  *volatile error = NULL;

	PG_TRY();
	{
		drs_next_transaction();
	}
	PG_CATCH();
	{
		/* SPI_commit has rolled back, and begun another transaction */
		MemoryContextSwitchTo(cxt);
		error = CopyErrorData();
		FlushErrorState();
		XactIsoLevel = XACT_READ_COMMITTED;
	}
	PG_END_TRY();
	return error;
}

bool
drs_error_is_of_row(const ErrorData *error)
{
	switch (ERRCODE_TO_CATEGORY(error->sqlerrcode))
	{
		case ERRCODE_DATA_EXCEPTION:
		case ERRCODE_INTEGRITY_CONSTRAINT_VIOLATION:
			return true;
		default:
			return error->sqlerrcode == ERRCODE_WITH_CHECK_OPTION_VIOLATION ||
				error->sqlerrcode == ERRCODE_RAISE_EXCEPTION;
	}
}
