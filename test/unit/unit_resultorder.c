/*
 * unit_resultorder.c
 *		The order of a result as an SQL function.
 */
#include "postgres.h"

#include "fmgr.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"

#include "base/compat.h"
#include "batch/resultorder.h"
#include "unit.h"

PG_FUNCTION_INFO_V1(drs_unit_order);

static void
take_all(ResultOrder *order, uint64 rows, int max_rows, StringInfo shown)
{
	ResultRun	run;

	while (drs_resultorder_take(order, rows, max_rows, &run))
	{
		if (memcmp(run.body, "n", 1) != 0 || run.body[run.header_len - 1] != '\n')
			elog(ERROR, "the body of a run does not begin with the header");
		appendStringInfo(shown, "%s" UINT64_FORMAT "+%d", shown->len > 0 ? ";" : "",
						 run.first_row, run.nrows);
		if (run.status)
			appendStringInfo(shown, "(%s)", run.status);
		appendStringInfoChar(shown, ':');
		for (size_t i = run.header_len; i < run.len; i++)
			if (run.body[i] != '\n')
				appendStringInfoChar(shown, run.body[i]);
			else if (i < run.len - 1)
				appendStringInfoChar(shown, '|');
	}
}

static void
put_in_pieces(ResultOrder *order, const char *text, size_t len, int piece, uint64 rows,
			  int max_rows, StringInfo shown)
{
	for (size_t at = 0; at < len; at += piece)
	{
		drs_resultorder_put(order, text + at, Min((size_t) piece, len - at));
		take_all(order, rows, max_rows, shown);
	}
	take_all(order, rows, max_rows, shown);
}

/*
 * runs(result, rows, first, piece, max_rows, kbytes, cut, ends): the runs that are
 * taken when the result is put in pieces of so many bytes.  With cut, not negative,
 * it is put up to that byte first, and then again from its beginning.  With ends,
 * that looks like the whole result.
 */
Datum
drs_unit_order(PG_FUNCTION_ARGS)
{
	text	   *result = PG_GETARG_TEXT_PP(0);
	uint64		rows = PG_GETARG_INT64(1);
	int			piece = PG_GETARG_INT32(3);
	int			max_rows = PG_GETARG_INT32(4);
	int			cut = PG_GETARG_INT32(6);
	ResultOrderPlan plan = {
		.job_id = "unit",
		.number_column = "row",
		.status_column = "prediction_status",
		.first_row = PG_GETARG_INT64(2),
		.max_kbytes = PG_GETARG_INT32(5)
	};
	ResultOrder *order = drs_resultorder_open(&plan);
	StringInfoData shown;

	initStringInfo(&shown);
	if (cut >= 0)
	{
		put_in_pieces(order, VARDATA_ANY(result), cut, piece, rows, max_rows, &shown);
		if (PG_GETARG_BOOL(7) && drs_resultorder_finish(order, rows))
			elog(ERROR, "a part looks like the whole result");
		drs_resultorder_restart(order);
	}
	put_in_pieces(order, VARDATA_ANY(result), VARSIZE_ANY_EXHDR(result), piece, rows, max_rows,
				  &shown);
	if (!drs_resultorder_finish(order, rows))
	{
		drs_resultorder_restart(order);
		put_in_pieces(order, VARDATA_ANY(result), VARSIZE_ANY_EXHDR(result), piece, rows,
					  max_rows, &shown);
		if (!drs_resultorder_finish(order, rows))
			elog(ERROR, "to be read for the third time");
	}
	take_all(order, rows, max_rows, &shown);
	drs_resultorder_close(order);
	return PointerGetDatum(cstring_to_text_with_len(shown.data, shown.len));
}
