/*
 * partitionservice.c
 *		The functions that ask the service about partitions: project_partitioning,
 *		datetime_partitioning_get, datetime_partitioning_generate and
 *		compare_partitioning.
 *
 * The last two arguments of each are server and options.
 */
#include "postgres.h"

#include "fmgr.h"

#include "api/jsonpath.h"
#include "api/project.h"
#include "base/timeoption.h"
#include "partition/partitionpayload.h"
#include "partition/previewparts.h"
#include "sql/arguments.h"
#include "sql/datetimepartitioning.h"
#include "sql/jobs.h"
#include "sql/resultset.h"

PG_FUNCTION_INFO_V1(drs_project_partitioning);
PG_FUNCTION_INFO_V1(drs_datetime_partitioning_get);
PG_FUNCTION_INFO_V1(drs_datetime_partitioning_generate);
PG_FUNCTION_INFO_V1(drs_compare_partitioning);

/* Columns of compare_partitioning. */
#define COMPARED 11

/* The first argument. */
static const char *
project_argument(FunctionCallInfo fcinfo)
{
	return drs_project_id(drs_argument_text(fcinfo, 0));
}

/*
 * The specification of dates that gives a partition again: by its dates, since a month before a
 * day can be another time than a month after.
 */
static Jsonb *
specification_of(Jsonb *dates)
{
	return drs_previewparts_specification(dates, true, true);
}

/* A specification of what a project uses. */
static Jsonb *
project_specification(PublicApi *api, const char *id)
{
	Jsonb	   *record = drs_project_record(api, id);
	JsonbContainer *partition = drs_jsonpath_container(&record->root, "partition");

	if (partition == NULL || drs_jsonpath_text(partition, "cvMethod") == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("project %s has no partition yet", id),
				 errdetail("It has one after its target was set.")));
	if (strcmp(drs_jsonpath_text(partition, "cvMethod"), "datetime") == 0)
		return specification_of(drs_project_dates(api, id));
	return drs_partitionspec_of_project(partition, drs_jsonpath_text(&record->root, "target"));
}

/* project_partitioning(project, server, options) */
Datum
drs_project_partitioning(PG_FUNCTION_ARGS)
{
	const char *id = project_argument(fcinfo);
	PublicApi  *api = drs_jobs_open_api(fcinfo);
	Jsonb	   *spec = project_specification(api, id);

	drs_api_close(api);
	PG_RETURN_JSONB_P(spec);
}

/* datetime_partitioning_get(project, server, options) */
Datum
drs_datetime_partitioning_get(PG_FUNCTION_ARGS)
{
	const char *id = project_argument(fcinfo);
	PublicApi  *api = drs_jobs_open_api(fcinfo);
	Jsonb	   *dates = drs_project_dates(api, id);

	drs_api_close(api);
	PG_RETURN_JSONB_P(dates);
}

/* A specification of dates. */
static DatetimeSpec *
dates_argument(FunctionCallInfo fcinfo, int arg)
{
	PartitioningSpec *spec;

	if (PG_ARGISNULL(arg))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("the specification must not be NULL")));
	spec = drs_partitionspec_read(PG_GETARG_JSONB_P_COPY(arg));
	if (spec->method != PARTITION_DATETIME)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the service has previews of partitions by dates only"),
				 errdetail("This is a %s.", drs_partitionspec_class(spec))));
	return spec->datetime;
}

/* What the service says of a specification; target may be NULL. */
static Jsonb *
ask_for_preview(PublicApi *api, const char *id, const DatetimeSpec *spec, const char *target)
{
	return drs_project_preview(api, id, drs_partition_preview_payload(spec), target);
}

/* datetime_partitioning_generate(project, spec, target, server, options) */
Datum
drs_datetime_partitioning_generate(PG_FUNCTION_ARGS)
{
	const char *id = project_argument(fcinfo);
	DatetimeSpec *spec = dates_argument(fcinfo, 1);
	char	   *target = drs_argument_text(fcinfo, 2);
	PublicApi  *api = drs_jobs_open_api(fcinfo);
	Jsonb	   *preview = ask_for_preview(api, id, spec, target);

	drs_api_close(api);
	PG_RETURN_JSONB_P(preview);
}

/* ---- ours and theirs */

static const PreviewPart *
find_part(List *parts, const PreviewPart *wanted)
{
	ListCell   *lc;

	foreach(lc, parts)
	{
		const PreviewPart *part = lfirst(lc);

		if (part->backtest == wanted->backtest && strcmp(part->part, wanted->part) == 0)
			return part;
	}
	return NULL;
}

/* Are two times of previews the same?  NULL is equal to NULL. */
static bool
same_time(const char *one, const char *other)
{
	Timestamp	a;
	Timestamp	b;

	if (one == NULL || other == NULL)
		return one == other;
	return drs_iso_time(one, &a) != NULL && drs_iso_time(other, &b) != NULL && a == b;
}

/* Of two numbers of rows, that of the service may be missing. */
static bool
same_rows(const char *ours, const char *theirs)
{
	return ours == NULL || theirs == NULL || strcmp(ours, theirs) == 0;
}

/* A row for a part that one of the two may lack; NULL: it does. */
static void
put_compared(ResultSet *result, const PreviewPart *ours, const PreviewPart *theirs)
{
	static const PreviewPart none;
	const PreviewPart *part = ours ? ours : theirs;
	const PreviewPart *a = ours ? ours : &none;
	const PreviewPart *b = theirs ? theirs : &none;
	bool		equal = ours && theirs && same_time(a->start, b->start) &&
		same_time(a->end, b->end) && same_rows(a->nrows, b->nrows);
	const char *values[COMPARED] = {
		part->backtest < 0 ? NULL : psprintf("%d", part->backtest), part->part,
		a->start, b->start, a->end, b->end, a->duration, b->duration, a->nrows, b->nrows,
		drs_resultset_bool(equal)
	};

	drs_resultset_put(result, values);
}

static void
compare_previews(ResultSet *result, Jsonb *our_preview, Jsonb *their_preview)
{
	List	   *ours = drs_previewparts_read(our_preview);
	List	   *theirs = drs_previewparts_read(their_preview);
	ListCell   *lc;

	foreach(lc, ours)
		put_compared(result, lfirst(lc), find_part(theirs, lfirst(lc)));
	foreach(lc, theirs)
		if (find_part(ours, lfirst(lc)) == NULL)
			put_compared(result, NULL, lfirst(lc));
}

/*
 * What the service has: the preview of the specification, or what the project uses, and then
 * *spec becomes the specification of that.
 */
static Jsonb *
ask_for_dates(FunctionCallInfo fcinfo, const char *id, DatetimeSpec **spec)
{
	PublicApi  *api = drs_jobs_open_api(fcinfo);
	Jsonb	   *dates;

	if (*spec)
		dates = ask_for_preview(api, id, *spec, drs_argument_text(fcinfo, 3));
	else
	{
		dates = drs_project_dates(api, id);
		*spec = drs_datetimespec_read(specification_of(dates));
	}
	drs_api_close(api);
	return dates;
}

/* compare_partitioning(project, query, spec, target, server, options) */
Datum
drs_compare_partitioning(PG_FUNCTION_ARGS)
{
	const char *id = project_argument(fcinfo);
	char	   *query = drs_argument_text(fcinfo, 1);
	DatetimeSpec *spec = PG_ARGISNULL(2) ? NULL : dates_argument(fcinfo, 2);
	ResultSet  *result = drs_resultset_open(fcinfo);
	Jsonb	   *theirs;

	if (query == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("the query must not be NULL")));
	theirs = ask_for_dates(fcinfo, id, &spec);
	compare_previews(result, drs_datetime_preview(query, spec), theirs);
	return (Datum) 0;
}
