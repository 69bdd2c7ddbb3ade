/*
 * resultrows.c
 *		Returns the records of a result as rows of a function.
 */
#include "postgres.h"

#include "funcapi.h"
#include "utils/memutils.h"
#include "utils/tuplestore.h"

#include "sql/resultrows.h"

void
drs_resultrows_open(FunctionCallInfo fcinfo, ResultRows *rows)
{
	InitMaterializedSRF(fcinfo, 0);
	rows->info = (ReturnSetInfo *) fcinfo->resultinfo;
	rows->cxt = AllocSetContextCreate(CurrentMemoryContext, "datarobot_scoring result",
									  ALLOCSET_DEFAULT_SIZES);
	rows->row_cxt = AllocSetContextCreate(CurrentMemoryContext, "datarobot_scoring result row",
										  ALLOCSET_DEFAULT_SIZES);
}

void
drs_resultrows_begin(ResultRows *rows)
{
	tuplestore_clear(rows->info->setResult);
	MemoryContextReset(rows->cxt);
	rows->unread = 0;
}

void
drs_resultrows_check(ResultRows *rows, size_t len)
{
	const ResultDownload *result = &rows->result;
	size_t		max = (size_t) result->options->transfer.max_reply_size;

	rows->unread += len;
	if (rows->unread <= Max(max, DRS_DOWNLOAD_BLOCK) + len)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("record " INT64_FORMAT " of the result of batch job %s is too large",
					result->nrecords + 1, result->plan.job_id),
			 errdetail("It has more than %zu bytes.", max),
			 errhint("Raise the option \"max_reply_size\" of the server.")));
}
