/*
 * scanroutine.c
 *		The callbacks by which PostgreSQL uses scored tables.
 *
 * What is left out stays with the server: joins, aggregates and LIMIT are not
 * pushed, rows are locked by copying them, and a parallel plan scans in the
 * leader only.
 */
#include "postgres.h"

#include "scored/asyncscan.h"
#include "scored/importschema.h"
#include "scored/refusals.h"
#include "scored/scan.h"
#include "scored/scanexplain.h"
#include "scored/scanplan.h"
#include "scored/scanroutine.h"

FdwRoutine *
drs_scanroutine(void)
{
	FdwRoutine *routine = makeNode(FdwRoutine);

	routine->GetForeignRelSize = drs_scanplan_size;
	routine->GetForeignPaths = drs_scanplan_paths;
	routine->GetForeignPlan = drs_scanplan_make;
	routine->IsForeignPathAsyncCapable = drs_scanplan_is_async;

	routine->BeginForeignScan = drs_scan_begin;
	routine->IterateForeignScan = drs_scan_iterate;
	routine->ReScanForeignScan = drs_scan_restart;
	routine->EndForeignScan = drs_scan_end;

	routine->ForeignAsyncRequest = drs_asyncscan_request;
	routine->ForeignAsyncConfigureWait = drs_asyncscan_configure;
	routine->ForeignAsyncNotify = drs_asyncscan_notify;

	routine->ExplainForeignScan = drs_scanexplain;

	routine->IsForeignRelUpdatable = drs_refusals_updatable;
	routine->PlanForeignModify = drs_refusals_modify;
	routine->ExecForeignTruncate = drs_refusals_truncate;
	routine->AnalyzeForeignTable = drs_refusals_analyze;

	routine->ImportForeignSchema = drs_importschema;
	return routine;
}
