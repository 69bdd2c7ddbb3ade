/*
 * lastrun.c
 *		Reports to callers which run was their last.
 *
 * A session may be handed from one client to another, and the second must not see the
 * first one's run.  Poolers end what belongs to a client by DISCARD ALL, which resets
 * settings, so the run is noted in one.  Poolers that hand sessions on between
 * transactions do not even do that, and nothing distinguishes their clients.  In a session
 * of theirs (ownsession.h), the note is for the transaction only.
 *
 * The setting is also rolled back with its transaction, so a run that was rolled back
 * is not reported.  To whom it may be reported is kept here, where SET does not reach.
 */
#include "postgres.h"

#include "fmgr.h"
#include "miscadmin.h"
#include "utils/guc.h"

#include "config/settings.h"
#include "sql/lastrun.h"
#include "sql/ownsession.h"

PG_FUNCTION_INFO_V1(drs_last_run_id);

typedef struct LastRun
{
	int64		id;				/* 0: none */
	Oid			user;
	Oid			session_user;
} LastRun;

static LastRun last;

void
drs_last_run_forget(void)
{
	last.id = 0;
}

void
drs_last_run_note(int64 run_id)
{
	last.id = run_id;
	last.user = GetUserId();
	last.session_user = GetSessionUserId();
	(void) set_config_option(DRS_LAST_RUN_SETTING, psprintf(INT64_FORMAT, run_id), PGC_USERSET,
							 PGC_S_SESSION,
							 drs_session_is_own() ? GUC_ACTION_SET : GUC_ACTION_LOCAL,
							 true, 0, false);
}

Datum
drs_last_run_id(PG_FUNCTION_ARGS)
{
	if (last.id == 0 || last.user != GetUserId() || last.session_user != GetSessionUserId() ||
		strcmp(drs_last_run, psprintf(INT64_FORMAT, last.id)) != 0)
		PG_RETURN_NULL();
	PG_RETURN_INT64(last.id);
}
