/*
 * ledgerdump.c
 *		Returns the ledger as entries for pg_dump, and writes such entries back.
 *
 * An entry is a row as JSON, with the role by name, so that it can be restored where
 * roles have other OIDs and the tables more columns.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "executor/spi.h"
#include "executor/tstoreReceiver.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "nodes/params.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/rel.h"

#include "into/ledgersql.h"

PG_FUNCTION_INFO_V1(drs_dump_ledger);
PG_FUNCTION_INFO_V1(drs_restore_ledger);

/*
 * $1 is a role, and $2 whether it sees everything; who sees what is as in the
 * policies on the tables.
 */
#define IS_MEMBER "pg_has_role($1, r.owner, 'MEMBER')"
#define SEES_RUN "($2 OR " IS_MEMBER " OR pg_has_role($1, 'pg_monitor', 'MEMBER'))"

static const char dump_sql[] =
	"SELECT kind, entry FROM ("
	" SELECT 1 AS place, run_id, 'run' AS kind, to_jsonb(r) || jsonb_build_object('owner',"
	"  (SELECT rolname FROM pg_catalog.pg_roles WHERE oid = r.owner)) AS entry"
	" FROM datarobot.run r WHERE " SEES_RUN
	" UNION ALL SELECT 2, s.run_id, 'run_slice', to_jsonb(s)"
	" FROM datarobot.run_slice s JOIN datarobot.run r ON r.run_id = s.run_id WHERE " SEES_RUN
	" UNION ALL SELECT 3, j.run_id, 'rejected_row', to_jsonb(j)"
	" FROM datarobot.rejected_row j JOIN datarobot.run r ON r.run_id = j.run_id WHERE $2 OR "
	IS_MEMBER
	" UNION ALL SELECT 4, b.run_id, 'run_job', to_jsonb(b)"
	" FROM datarobot.run_job b JOIN datarobot.run r ON r.run_id = b.run_id WHERE " SEES_RUN
	") l ORDER BY place, run_id";

/* dump_ledger() */
Datum
drs_dump_ledger(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	ParamListInfo params = makeParamList(2);
	SPIExecuteOptions options = {0};
	LedgerAccess access;
	SPIPlanPtr	plan;
	Oid			types[] = {OIDOID, BOOLOID};

	InitMaterializedSRF(fcinfo, 0);
	params->params[0] = (ParamExternData) {ObjectIdGetDatum(GetUserId()), false, PARAM_FLAG_CONST,
										   OIDOID};
	params->params[1] = (ParamExternData) {BoolGetDatum(has_bypassrls_privilege(GetUserId())),
										   false, PARAM_FLAG_CONST, BOOLOID};
	options.params = params;
	options.read_only = true;
	options.dest = CreateTuplestoreDestReceiver();
	SetTuplestoreDestReceiverParams(options.dest, result->setResult, CurrentMemoryContext, false,
									NULL, NULL);

	drs_ledger_enter(&access);
	SPI_connect();
	plan = SPI_prepare(dump_sql, lengthof(types), types);
	if (plan == NULL || SPI_execute_plan_extended(plan, &options) < 0)
		elog(ERROR, "could not read the ledger: %s", SPI_result_code_string(SPI_result));
	SPI_finish();
	drs_ledger_leave(&access);
	return (Datum) 0;
}

/*
 * A run of a role that is not in this cluster belongs to whoever
 * restores it, as all that is restored without owners does.
 */
#define RUN_ENTRY "$1 OPERATOR(pg_catalog.||) pg_catalog.jsonb_build_object('owner', coalesce(" \
	"(SELECT oid FROM pg_catalog.pg_roles" \
	" WHERE rolname OPERATOR(pg_catalog.=) ($1 OPERATOR(pg_catalog.->>) 'owner'))," \
	" (SELECT oid FROM pg_catalog.pg_roles" \
	" WHERE rolname OPERATOR(pg_catalog.=) current_user))::pg_catalog.text)"

#define INSERT_ENTRY(table, entry) \
	"INSERT INTO datarobot." table " OVERRIDING SYSTEM VALUE" \
	" SELECT r.* FROM pg_catalog.jsonb_populate_record(NULL::datarobot." table ", " entry ") r"

typedef struct EntryKind
{
	const char *name;
	const char *sql;
	SPIPlanPtr	plan;			/* kept for the session's next rows; NULL: not yet */
} EntryKind;

static EntryKind *
find_kind(const char *name)
{
	static EntryKind kinds[] = {
		{"run", INSERT_ENTRY("run", RUN_ENTRY), NULL},
		{"run_slice", INSERT_ENTRY("run_slice", "$1"), NULL},
		{"rejected_row", INSERT_ENTRY("rejected_row", "$1"), NULL},
		{"run_job", INSERT_ENTRY("run_job", "$1"), NULL}
	};

	for (size_t i = 0; name && i < lengthof(kinds); i++)
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("the ledger has no entries of kind \"%s\"", name ? name : "")));
}

static void
insert_entry(EntryKind *kind, Datum entry)
{
	Oid			type = JSONBOID;

	if (kind->plan == NULL)
	{
		SPIPlanPtr	plan = SPI_prepare(kind->sql, 1, &type);

		if (plan == NULL || SPI_keepplan(plan) != 0)
			elog(ERROR, "could not prepare to write the ledger: %s",
				 SPI_result_code_string(SPI_result));
		kind->plan = plan;
	}
	if (SPI_execute_plan(kind->plan, &entry, NULL, false, 0) != SPI_OK_INSERT)
		elog(ERROR, "could not write the ledger: %s", SPI_result_code_string(SPI_result));
}

/*
 * restore_ledger(), with the rights of the role that restores: one that may not write
 * the ledger cannot do so in this way, either.
 */
Datum
drs_restore_ledger(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	TupleDesc	desc;
	Datum		entry;
	bool		isnull;

	if (!CALLED_AS_TRIGGER(fcinfo) || !TRIGGER_FIRED_BEFORE(trigger->tg_event) ||
		!TRIGGER_FIRED_FOR_ROW(trigger->tg_event) || !TRIGGER_FIRED_BY_INSERT(trigger->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("datarobot.restore_ledger() must be called as a trigger before the"
						" insertion of a row")));
	SPI_connect();
	desc = RelationGetDescr(trigger->tg_relation);
	entry = SPI_getbinval(trigger->tg_trigtuple, desc, SPI_fnumber(desc, "entry"), &isnull);
	if (isnull)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("an entry of the ledger must not be NULL")));
	insert_entry(find_kind(SPI_getvalue(trigger->tg_trigtuple, desc, SPI_fnumber(desc, "kind"))),
				 entry);
	SPI_finish();
	return PointerGetDatum(NULL);	/* not into the table of the trigger */
}
