/*
 * writer.c
 *		Runs the writing statements over gathered rows.
 *
 * To the statements, the rows are an ephemeral named relation, as transition tables
 * are to triggers: each statement handles a set of rows, and nothing is copied.  Where
 * that relation is not known, they are arrays.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/queryenvironment.h"

#include "base/fixedsettings.h"
#include "base/subxact.h"
#include "into/rowarrays.h"
#include "into/target.h"
#include "into/targetcheck.h"
#include "into/writer.h"

struct TargetWriter
{
	MemoryContext cxt;
	WriteTask	task;
	UnwrittenRow failed;
	void	   *failed_arg;
	RowArrays  *arrays;			/* NULL: statements see the rows as a relation */
	const RowsAsSql *rows;
	Parameters *parameters;
	Statements *statements;		/* NULL until the first answer is known */
	int			parts;			/* of the answers that they are for */
	bool	   *has_part;		/* the same, by output column */
	bool		created;		/* the target has been created, or existed */
	bool		new_target;		/* it was created, and that is not committed */
	bool		prepared;		/* the plans are made */
	SPIPlanPtr	lock;			/* NULL: there is no such statement */
	SPIPlanPtr	update;
	SPIPlanPtr	insert;
	MemoryContextCallback plans_callback;
};

static void see_as_relation(TargetWriter *writer);
static void see_as_arrays(TargetWriter *writer);
static void free_plans(void *arg);
static void forget_statements(TargetWriter *writer);
static void build_statements(TargetWriter *writer, const AnswerFacts *facts);
static void create_target(TargetWriter *writer);
static int64 write_rows(TargetWriter *writer, Spool *rows);

TargetWriter *
drs_writer_open(const WriteTask *task, UnwrittenRow failed, void *arg)
{
	TargetWriter *writer = palloc0(sizeof(TargetWriter));

	writer->cxt = CurrentMemoryContext;
	writer->task = *task;
	writer->failed = failed;
	writer->failed_arg = arg;
	writer->created = OidIsValid(task->target->oid);
	writer->has_part = palloc0(sizeof(bool) * task->output->ncolumns);
	if (drs_rowarrays_are_needed())
		see_as_arrays(writer);
	else
		see_as_relation(writer);
	writer->plans_callback.func = free_plans;
	writer->plans_callback.arg = writer;
	MemoryContextRegisterResetCallback(writer->cxt, &writer->plans_callback);
	return writer;
}

static void
see_as_relation(TargetWriter *writer)
{
	static Oid	types[] = {INT8OID};
	Parameters *parameters = palloc0(sizeof(Parameters));

	parameters->count = lengthof(types);
	parameters->types = types;
	parameters->values = palloc0(sizeof(Datum));
	parameters->nulls = pstrdup(" ");
	writer->parameters = parameters;
	writer->rows = &drs_rows_relation;
}

/* The gathered columns (from 0) that statements can refer to. */
static Bitmapset *
used_fields(const Output *output)
{
	Bitmapset  *used = NULL;
	ListCell   *lc;

	for (int i = 0; i < output->ncolumns; i++)
		if (output->columns[i].field >= 0)
			used = bms_add_member(used, output->columns[i].field);
	foreach(lc, output->where)
		used = bms_add_member(used, ((const OutputColumn *) lfirst(lc))->field);
	return used ? used : bms_make_singleton(0); /* rows count, whatever is in them */
}

static void
see_as_arrays(TargetWriter *writer)
{
	MemoryContext old = MemoryContextSwitchTo(writer->cxt);

	writer->arrays = drs_rowarrays_open(writer->task.output->desc,
										used_fields(writer->task.output),
										drs_statement_ranged(&writer->task) != NULL);
	writer->parameters = &writer->arrays->parameters;
	writer->rows = &writer->arrays->sql;
	MemoryContextSwitchTo(old);
}

/* Saved plans live outside of our contexts. */
static void
free_plans(void *arg)
{
	TargetWriter *writer = arg;

	if (writer->lock)
		SPI_freeplan(writer->lock);
	if (writer->update)
		SPI_freeplan(writer->update);
	if (writer->insert)
		SPI_freeplan(writer->insert);
	writer->lock = writer->update = writer->insert = NULL;
	writer->prepared = false;
}

static void
forget_statements(TargetWriter *writer)
{
	free_plans(writer);
	writer->statements = NULL;
}

/* Open an SPI connection in which statements see the rows as a relation. */
static void
connect_with(const TargetWriter *writer, Spool *rows)
{
	EphemeralNamedRelation relation = palloc0(sizeof(EphemeralNamedRelationData));
	int			code;

	relation->md.name = DRS_ROWS;
	relation->md.reliddesc = InvalidOid;
	relation->md.tupdesc = writer->task.output->desc;
	relation->md.enrtype = ENR_NAMED_TUPLESTORE;
	relation->md.enrtuples = (double) drs_spool_rows(rows);
	relation->reldata = drs_spool_store(rows);
	SPI_connect();
	code = SPI_register_relation(relation);
	if (code != SPI_OK_REL_REGISTER)
		elog(ERROR, "could not register the gathered rows: %s", SPI_result_code_string(code));
}

static void
explain_statement(const TargetWriter *writer, const char *sql)
{
	const Parameters *parameters = writer->parameters;
	int			code;

	if (sql == NULL)
		return;
	code = SPI_execute_with_args(psprintf("EXPLAIN %s", sql), parameters->count,
								 parameters->types, parameters->values, parameters->nulls, false,
								 0);
	if (code < 0)
		elog(ERROR, "could not check the writing statement: %s", SPI_result_code_string(code));
}

/* Work of an attempt. */
static void
explain_statements(void *arg)
{
	TargetWriter *writer = arg;
	Statements *statements = drs_statements_build(&writer->task, writer->rows, NULL);
	Spool	   *empty = drs_spool_open(writer->task.output->desc, 64);

	connect_with(writer, empty);
	explain_statement(writer, statements->update);
	explain_statement(writer, statements->insert);
	SPI_finish();
	drs_spool_close(empty);
}

/*
 * An engine that plans statements itself does not know the relation, which shows as an
 * internal error: then the rows will be arrays.
 */
static void
check_statements(TargetWriter *writer)
{
	ErrorData  *error = drs_attempt(explain_statements, writer, false);

	if (error == NULL)
		return;
	if (error->sqlerrcode != ERRCODE_INTERNAL_ERROR || writer->arrays)
		ReThrowError(error);
	FreeErrorData(error);
	see_as_arrays(writer);
	explain_statements(writer);
}

static void
run_create(void *sql)
{
	int			code;

	SPI_connect();
	code = SPI_execute(sql, false, 0);
	if (code < 0)
		elog(ERROR, "could not create the target: %s", SPI_result_code_string(code));
	SPI_finish();
}

/*
 * A target that is to be created is created with all columns that it could have, and
 * undone again.
 */
void
drs_writer_check(TargetWriter *writer)
{
	Statements *statements = drs_statements_build(&writer->task, writer->rows, NULL);

	if (!writer->created)
	{
		drs_try_out(run_create, statements->create);
		return;
	}
	if (statements->lock)
		drs_target_check_lockable(writer->task.target);
	check_statements(writer);
	/* an update may come first and leave nothing to insert */
	drs_target_check_columns(writer->task.target, writer->task.output, writer->task.options,
							 statements->insert && !statements->update);
}

/* The plan for any arrays would be one for few rows. */
static SPIPlanPtr
prepare_statement(const TargetWriter *writer, const char *sql)
{
	SPIPlanPtr	plan;

	if (sql == NULL)
		return NULL;
	plan = SPI_prepare_cursor(sql, writer->parameters->count, writer->parameters->types,
							  writer->arrays ? CURSOR_OPT_CUSTOM_PLAN : 0);
	if (plan == NULL)
		elog(ERROR, "could not prepare the writing statement: %s",
			 SPI_result_code_string(SPI_result));
	if (SPI_keepplan(plan) != 0)
		elog(ERROR, "could not keep the plan of the writing statement");
	return plan;
}

/*
 * Learn which parts of predictions the answers have; those that were asked for must be
 * among them.
 */
static void
look_at_parts(TargetWriter *writer, const AnswerFacts *facts)
{
	bool		some = false;

	for (int i = 0; i < writer->task.output->ncolumns; i++)
	{
		const OutputColumn *column = &writer->task.output->columns[i];

		writer->has_part[i] = column->field < 0 || facts->has_column[column->field];
		if (column->asked && !writer->has_part[i])
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_COLUMN),
					 errmsg("the answers have nothing for the output column \"%s\"", column->name),
					 errhint("Which parts a prediction has depends on the kind of model and on the"
							 " options: do not name it.")));
		some |= column->prediction &&
			(column->presence != COLUMN_TENTATIVE || writer->has_part[i]);
	}
	writer->parts = facts->parts;
	if (!some)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("no column of %s takes a prediction", writer->task.target->name),
				 errdetail("None of its other columns is one of the answers.")));
}

/* Now that it is known what the answers contain. */
static void
build_statements(TargetWriter *writer, const AnswerFacts *facts)
{
	MemoryContext old = MemoryContextSwitchTo(writer->cxt);

	if (facts->is_answered)
		look_at_parts(writer, facts);
	writer->statements = drs_statements_build(&writer->task, writer->rows, facts);
	MemoryContextSwitchTo(old);
}

static void
create_target(TargetWriter *writer)
{
	run_create(writer->statements->create);
	writer->created = writer->new_target = true;
}

void
drs_writer_settle(TargetWriter *writer, bool committed)
{
	if (!committed)
	{
		free_plans(writer);		/* they may be incomplete, or of a target that is gone */
		writer->created = writer->created && !writer->new_target;
	}
	writer->new_target = false;
}

void
drs_writer_learn(TargetWriter *writer, const AnswerFacts *facts)
{
	if (writer->statements == NULL && facts->is_answered)
		build_statements(writer, facts);
}

bool
drs_writer_is_outdated(const TargetWriter *writer, const AnswerFacts *facts)
{
	return writer->statements && facts->is_answered && writer->parts != facts->parts;
}

void
drs_writer_renew(TargetWriter *writer)
{
	forget_statements(writer);
}

void
drs_writer_refuse_parts(const TargetWriter *writer, const AnswerFacts *facts)
{
	const Output *output = writer->task.output;
	int			differs = 0;

	for (int i = 0; i < output->ncolumns; i++)
		if (output->columns[i].presence == COLUMN_TENTATIVE &&
			writer->has_part[i] != facts->has_column[output->columns[i].field])
			differs = i;
	ereport(ERROR,
			(errcode(ERRCODE_PROTOCOL_VIOLATION),
			 errmsg("the answer %s \"%s\", which earlier ones %s",
					writer->has_part[differs] ? "lacks" : "has",
					output->columns[differs].name, writer->has_part[differs] ? "had" : "lacked"),
			 errdetail("All rows of one transaction are written by one statement.")));
}

bool
drs_writer_is_ready(const TargetWriter *writer, const AnswerFacts *facts)
{
	if (facts->is_answered)
		return true;
	for (int i = 0; i < writer->task.output->ncolumns; i++)
		if (writer->task.output->columns[i].presence == COLUMN_TENTATIVE)
			return false;
	return writer->created;
}

int64
drs_writer_write(TargetWriter *writer, Spool *rows, const AnswerFacts *facts, int64 run_id)
{
	int64		written;

	if (drs_spool_rows(rows) == 0 || (!writer->created && !facts->is_answered))
		return 0;
	if (writer->statements == NULL)
		build_statements(writer, facts);
	if (!writer->created)
		create_target(writer);
	writer->parameters->values[0] = Int64GetDatum(run_id);
	written = write_rows(writer, rows);
	if (!facts->is_answered)
		forget_statements(writer);	/* all rows failed so far: what answers contain is
									 * not known yet */
	return written;
}

static int64
execute_plan(const TargetWriter *writer, SPIPlanPtr plan)
{
	const Parameters *parameters = writer->parameters;
	int			code;

	if (plan == NULL)
		return 0;
	code = SPI_execute_plan(plan, parameters->values, parameters->nulls, false, 0);
	if (code < 0)
		elog(ERROR, "could not run the writing statement: %s", SPI_result_code_string(code));
	return (int64) SPI_processed;
}

/*
 * Plans are made where the rows are known as a relation, so the planner knows their
 * number.  Analyzing a statement locks its target: two processes that had both done
 * so could not both get the lock for writing.  So that lock comes first.
 */
static void
lock_target(TargetWriter *writer)
{
	if (!writer->prepared)
	{
		free_plans(writer);		/* of an attempt that failed half-way */
		writer->lock = prepare_statement(writer, writer->statements->lock);
	}
	(void) execute_plan(writer, writer->lock);
}

static void
prepare_rest(TargetWriter *writer)
{
	if (writer->prepared)
		return;
	writer->update = prepare_statement(writer, writer->statements->update);
	writer->insert = prepare_statement(writer, writer->statements->insert);
	writer->prepared = true;
}

/* Work of an attempt: all rows of a spool at once. */
typedef struct WriteWork
{
	TargetWriter *writer;
	Spool	   *rows;
	int64		written;
} WriteWork;

static int64
run_statements(const TargetWriter *writer)
{
	int64		updated = execute_plan(writer, writer->update);

	return updated + execute_plan(writer, writer->insert);
}

static int64
write_as_arrays(const TargetWriter *writer, Spool *rows)
{
	int			nestlevel = drs_fixed_settings_begin_parameters();
	int64		written = 0;

	drs_spool_rewind(rows);
	while (drs_rowarrays_fill(writer->arrays, rows))
		written += run_statements(writer);
	drs_fixed_settings_end(nestlevel);
	return written;
}

static void
write_at_once(void *arg)
{
	WriteWork  *work = arg;
	TargetWriter *writer = work->writer;

	connect_with(writer, work->rows);
	lock_target(writer);
	prepare_rest(writer);
	work->written = writer->arrays ? write_as_arrays(writer, work->rows) : run_statements(writer);
	if (writer->task.sliced)	/* the transaction is ours: deferred constraints are to
								 * fail here */
		(void) SPI_execute("SET CONSTRAINTS ALL IMMEDIATE", false, 0);
	SPI_finish();
}

/* The rows of a spool from first on, count of them, in a spool of their own. */
static Spool *
copy_part(const TargetWriter *writer, Spool *rows, int64 first, int64 count)
{
	Spool	   *part = drs_spool_open(writer->task.output->desc, work_mem);
	TupleTableSlot *slot = MakeSingleTupleTableSlot(drs_spool_desc(rows), &TTSOpsMinimalTuple);

	drs_spool_rewind(rows);
	for (int64 i = 0; i < first + count && drs_spool_next(rows, slot); i++)
	{
		if (i < first)
			continue;
		slot_getallattrs(slot);
		drs_spool_put(part, slot->tts_values, slot->tts_isnull);
	}
	ExecDropSingleTupleTableSlot(slot);
	return part;
}

/* Report the one row of a spool that could not be written. */
static void
report_unwritten_row(const TargetWriter *writer, Spool *rows, const ErrorData *error)
{
	TupleTableSlot *slot = MakeSingleTupleTableSlot(drs_spool_desc(rows), &TTSOpsMinimalTuple);

	drs_spool_rewind(rows);
	if (drs_spool_next(rows, slot))
	{
		slot_getallattrs(slot);
		writer->failed(slot->tts_values, slot->tts_isnull, error, writer->failed_arg);
	}
	ExecDropSingleTupleTableSlot(slot);
}

/* Citus copies rows into shards, and reports what is wrong with them as internal errors. */
static bool
is_of_row(const TargetWriter *writer, const ErrorData *error)
{
	return drs_error_is_of_row(error) ||
		(writer->arrays && error->sqlerrcode == ERRCODE_INTERNAL_ERROR);
}

/* Write rows.  If one of them fails, write the halves by themselves, and so on. */
static int64
write_rows(TargetWriter *writer, Spool *rows)
{
	WriteWork	work = {writer, rows, 0};
	int64		count = drs_spool_rows(rows);
	ErrorData  *error;

	if (writer->task.options->write.on_error == ON_ERROR_STOP)
	{
		write_at_once(&work);
		return work.written;
	}
	error = drs_attempt(write_at_once, &work, true);
	if (error == NULL)
		return work.written;
	if (!is_of_row(writer, error))
		ReThrowError(error);
	work.written = 0;
	if (count == 1)
		report_unwritten_row(writer, rows, error);
	else
	{
		for (int half = 0; half < 2; half++)
		{
			int64		first = half == 0 ? 0 : count / 2;
			MemoryContext part_cxt = AllocSetContextCreate(CurrentMemoryContext,
														   "datarobot_scoring part of a slice",
														   ALLOCSET_SMALL_SIZES);
			MemoryContext old = MemoryContextSwitchTo(part_cxt);
			Spool	   *part = copy_part(writer, rows, first,
										 half == 0 ? count / 2 : count - count / 2);

			work.written += write_rows(writer, part);
			MemoryContextSwitchTo(old);
			MemoryContextDelete(part_cxt);
		}
	}
	FreeErrorData(error);
	return work.written;
}

void
drs_writer_check_duplicates(TargetWriter *writer, Spool *rows)
{
	if (writer->task.output->where == NIL)
		return;
	connect_with(writer, rows);
	if (SPI_execute(drs_statement_duplicates(writer->task.output), true, 1) == SPI_OK_SELECT &&
		SPI_processed > 0)
		ereport(ERROR,
				(errcode(ERRCODE_CARDINALITY_VIOLATION),
				 errmsg("two rows are meant for the same row of %s", writer->task.target->name),
				 errdetail("The values of their where columns are (%s).",
						   SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1)),
				 errhint("Make the where columns unique in the query, for example by GROUP BY or"
						 " DISTINCT ON.")));
	SPI_finish();
}
