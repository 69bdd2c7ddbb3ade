/*
 * batchdownloadas.c
 *		The function batch_download_as: the result of a job as rows of a type.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/tuplestore.h"

#include "base/compat.h"
#include "batch/markcolumns.h"
#include "decode/fill.h"
#include "decode/reply.h"
#include "sql/resultrows.h"

PG_FUNCTION_INFO_V1(drs_batch_download_as);

typedef struct TypedRows
{
	ResultRows	rows;
	MemoryContext piece_cxt;
	Shape	   *shape;
	Columns    *columns;
	ReplyTerms	terms;
	Reply	   *reply;			/* NULL: nothing has come yet */
	bool		begun;			/* the header was read */
	MemoryContext layout_cxt;
	const Layout *layout;
	Filler	   *filler;
	bool	   *has_column;
	int		   *header_columns;
	int			status_column;	/* -1: there is none */
} TypedRows;

static void
begin_typed(ResultDownload *result)
{
	TypedRows  *this = (TypedRows *) result;

	drs_resultrows_begin(&this->rows);
	this->begun = false;
	this->reply = NULL;
}

static void
find_columns(TypedRows *this)
{
	const Shape *shape = this->shape;
	const Layout *layout = this->layout;

	for (int i = 0; i < shape->ncolumns; i++)
	{
		const ShapeColumn *column = &shape->columns[i];

		this->header_columns[i] = -1;
		this->has_column[i] = column->name && drs_fill_is_in_reply(layout, column);
		if (column->name == NULL || column->source != FROM_HEADER)
			continue;
		if (!this->has_column[i])
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_COLUMN),
					 errmsg("there is no column \"%s\" in the result of batch job %s",
							column->name, this->rows.result.plan.job_id),
					 errdetail("Its columns are %s.", drs_layout_names(layout)),
					 errhint("Other names to use: %s.", drs_prediction_field_names())));
		this->header_columns[i] = drs_layout_find(layout, column->name);
	}
	this->status_column = drs_layout_find_exactly(layout, DRS_STATUS_COLUMN);
	drs_filler_set_layout(this->filler, layout, this->header_columns, PREDICTS_UNKNOWN);
}

/* Open a reader, in the context that is reset when the result begins again. */
static void
open_reply(TypedRows *this)
{
	MemoryContext old = MemoryContextSwitchTo(this->rows.cxt);
	Shape	   *shape = this->shape;

	this->layout_cxt = AllocSetContextCreate(this->rows.cxt, "datarobot_scoring layout",
											 ALLOCSET_SMALL_SIZES);
	this->terms = (ReplyTerms) {.format = FORMAT_CSV, .columns = this->columns};
	this->reply = drs_reply_open("text/csv", &this->terms, this->rows.row_cxt);
	this->has_column = palloc0(sizeof(bool) * Max(shape->ncolumns, 1));
	this->header_columns = palloc0(sizeof(int) * Max(shape->ncolumns, 1));
	this->filler = drs_filler_create(shape, this->columns, this->has_column,
									 this->rows.row_cxt);
	MemoryContextSwitchTo(old);
}

/* Why a row has no prediction; NULL: it has one. */
static const char *
failure_of(const TypedRows *this, const ReplyRow *row)
{
	const char *status = this->status_column < 0 ? NULL :
		row->fields[this->status_column].text;

	return status && pg_strcasecmp(status, "OK") != 0 ? status : NULL;
}

/* A row without a prediction has the columns of the file, its number and its error. */
static void
fill_failed(TypedRows *this, RowContext *context, const ReplyRow *row, Datum *values,
			bool *isnull)
{
	int			first = 0;

	drs_fill_failed(this->filler, context, values, isnull, &first);
	for (int i = 0; i < this->shape->ncolumns; i++)
	{
		ShapeColumn *column = &this->shape->columns[i];
		int			field = this->header_columns[i];

		if (field < 0)
			continue;
		values[i] = InputFunctionCall(&column->input, row->fields[field].text, column->ioparam,
									  column->typmod);
		isnull[i] = row->fields[field].text == NULL;
	}
}

static void
put_row(TypedRows *this, const ReplyRow *row)
{
	MemoryContext old = MemoryContextSwitchTo(this->rows.row_cxt);
	Chunk		chunk = {.first_row = ++this->rows.result.nrecords};
	Answer		answer = {.chunk = &chunk, .model_id = "", .request_id = ""};
	RowFailure	failure = {.http_status = 200, .message = failure_of(this, row)};
	RowContext	context = {&answer, 0, failure.message ? &failure : NULL};
	Datum	   *values = palloc(sizeof(Datum) * Max(this->shape->ncolumns, 1));
	bool	   *isnull = palloc(sizeof(bool) * Max(this->shape->ncolumns, 1));

	if (failure.message)
		fill_failed(this, &context, row, values, isnull);
	else
		drs_fill_row(this->filler, &context, row, values, isnull);
	tuplestore_putvalues(this->rows.info->setResult, this->rows.info->setDesc, values, isnull);
	MemoryContextSwitchTo(old);
	MemoryContextReset(this->rows.row_cxt);
}

/* Says in which row and column a value was refused. */
static void
tell_place(void *arg)
{
	const TypedRows *this = arg;
	const char *column = this->filler ? drs_filler_column(this->filler) : NULL;

	if (column)
		errcontext("row " INT64_FORMAT " of the result of batch job %s, column \"%s\"",
				   this->rows.result.nrecords, this->rows.result.plan.job_id, column);
	else
		errcontext("after row " INT64_FORMAT " of the result of batch job %s",
				   this->rows.result.nrecords, this->rows.result.plan.job_id);
}

/* Read the rows of the next piece, of which as much stays in the reader as is incomplete. */
static void
read_rows(TypedRows *this, const char *bytes, size_t len, bool last)
{
	ReplyRow	row;

	if (this->reply == NULL)
		open_reply(this);
	if (!drs_reply_feed(this->reply, bytes, len, last))
		return;
	if (!this->begun)
	{
		this->layout = drs_reply_layout(this->reply, NULL, this->layout_cxt);
		find_columns(this);
		this->begun = true;
	}
	while (drs_reply_next(this->reply, &row) == REPLY_ROW)
	{
		CHECK_FOR_INTERRUPTS();
		this->rows.unread = 0;
		put_row(this, &row);
	}
}

static void
read_piece(TypedRows *this, const char *bytes, size_t len, bool last)
{
	ErrorContextCallback context = {error_context_stack, tell_place, this};
	MemoryContext old = MemoryContextSwitchTo(this->piece_cxt);

	error_context_stack = &context;
	drs_resultrows_check(&this->rows, len);
	read_rows(this, bytes, len, last);
	MemoryContextSwitchTo(old);
	MemoryContextReset(this->piece_cxt);
	error_context_stack = context.previous;
}

static void
read_typed(ResultDownload *result, const char *bytes, size_t len)
{
	read_piece((TypedRows *) result, bytes, len, false);
}

static void
end_typed(ResultDownload *result)
{
	read_piece((TypedRows *) result, "", 0, true);
}

/* batch_download_as(row_type, job, timeout, server, options) */
Datum
drs_batch_download_as(PG_FUNCTION_ARGS)
{
	static const ResultUse use = {begin_typed, read_typed, end_typed, NULL};
	Oid			type = get_fn_expr_argtype(fcinfo->flinfo, 0);
	TypedRows  *this = palloc0(sizeof(TypedRows));

	if (get_typtype(type) != TYPTYPE_COMPOSITE)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("the first argument of batch_download_as must be of a composite type"),
				 errdetail("It is of type %s.", format_type_be(type)),
				 errhint("Use CREATE TYPE to name the columns you want, and pass "
						 "NULL::that_type.")));
	drs_resultdownload_open(fcinfo, 1, &this->rows.result);
	drs_resultrows_open(fcinfo, &this->rows);
	this->piece_cxt = AllocSetContextCreate(CurrentMemoryContext,
											"datarobot_scoring result piece",
											ALLOCSET_DEFAULT_SIZES);
	this->columns = palloc0(sizeof(Columns));
	this->columns->desc = CreateTemplateTupleDesc(0);
	TupleDescFinalize(this->columns->desc);
	this->shape = drs_shape_of_rows(this->rows.info->setDesc, this->columns, false);
	drs_resultdownload_run(&this->rows.result, &use);
	drs_api_close(this->rows.result.api);
	return (Datum) 0;
}
