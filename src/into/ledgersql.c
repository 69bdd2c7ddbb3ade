/*
 * ledgersql.c
 *		Runs a statement on the tables of the ledger.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

#include "base/compat.h"
#include "into/ledgersql.h"

void
drs_ledgersql_add(LedgerParams *params, Oid type, Datum value, bool isnull)
{
	Assert(params->count < DRS_LEDGER_PARAMS);
	params->types[params->count] = type;
	params->values[params->count] = value;
	params->nulls[params->count] = isnull ? 'n' : ' ';
	params->count++;
}

void
drs_ledgersql_text(LedgerParams *params, const char *text)
{
	drs_ledgersql_add(params, TEXTOID, text ? CStringGetTextDatum(text) : (Datum) 0, text == NULL);
}

void
drs_ledgersql_int8(LedgerParams *params, int64 value)
{
	drs_ledgersql_add(params, INT8OID, Int64GetDatum(value), false);
}

void
drs_ledgersql_int4(LedgerParams *params, int32 value)
{
	drs_ledgersql_add(params, INT4OID, Int32GetDatum(value), false);
}

void
drs_ledgersql_texts(LedgerParams *params, List *texts)
{
	Datum	   *elements = palloc(sizeof(Datum) * Max(list_length(texts), 1));
	ListCell   *lc;

	foreach(lc, texts)
		elements[foreach_current_index(lc)] = CStringGetTextDatum(lfirst(lc));
	drs_ledgersql_add(params, TEXTARRAYOID,
					  PointerGetDatum(construct_array(elements, list_length(texts), TEXTOID, -1,
													  false, TYPALIGN_INT)),
					  texts == NIL);
}

Oid
drs_ledger_table(void)
{
	Oid			relation = get_relname_relid("run", get_namespace_oid("datarobot", false));

	if (!OidIsValid(relation))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("table datarobot.run does not exist")));
	return relation;
}

static Oid
table_owner(Oid relation)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relation));
	Oid			owner;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for relation %u", relation);
	owner = ((Form_pg_class) GETSTRUCT(tuple))->relowner;
	ReleaseSysCache(tuple);
	return owner;
}

void
drs_ledger_enter(LedgerAccess *access)
{
	access->nestlevel = NewGUCNestLevel();
	GetUserIdAndSecContext(&access->user, &access->security);
	SetUserIdAndSecContext(table_owner(drs_ledger_table()),
						   access->security | SECURITY_LOCAL_USERID_CHANGE);
	(void) set_config_option("search_path", "pg_catalog, pg_temp", PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
}

void
drs_ledger_leave(const LedgerAccess *access)
{
	AtEOXact_GUC(true, access->nestlevel);
	SetUserIdAndSecContext(access->user, access->security);
}

uint64
drs_ledger_sql(const char *sql, LedgerParams *params, RowsReader reader, void *arg)
{
	MemoryContext cxt = CurrentMemoryContext;
	LedgerAccess access;
	uint64		processed;
	int			code;

	drs_ledger_enter(&access);
	SPI_connect();
	code = SPI_execute_with_args(sql, params->count, params->types, params->values, params->nulls,
								 false, 0);
	if (code < 0)
		elog(ERROR, "could not write the ledger: %s", SPI_result_code_string(code));
	processed = SPI_processed;
	if (reader)
	{
		MemoryContext old = MemoryContextSwitchTo(cxt);

		reader(arg);
		MemoryContextSwitchTo(old);
	}
	SPI_finish();
	drs_ledger_leave(&access);
	return processed;
}

/* The value of a column in a row of SPI_tuptable. */
static Datum
row_value(uint64 row, int column, bool *isnull)
{
	return SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, column, isnull);
}

char *
drs_ledgerrow_text(uint64 row, int column)
{
	char	   *text = SPI_getvalue(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, column);

	return text ? pstrdup(text) : NULL;
}

int64
drs_ledgerrow_int8(uint64 row, int column)
{
	bool		isnull;
	Datum		datum = row_value(row, column, &isnull);

	return isnull ? 0 : DatumGetInt64(datum);
}

List *
drs_ledgerrow_texts(uint64 row, int column)
{
	bool		isnull;
	Datum		datum = row_value(row, column, &isnull);
	List	   *texts = NIL;
	Datum	   *elements;
	bool	   *nulls;
	int			count;

	if (isnull)
		return NIL;
	deconstruct_array(DatumGetArrayTypeP(datum), TEXTOID, -1, false, TYPALIGN_INT, &elements,
					  &nulls, &count);
	for (int i = 0; i < count; i++)
		texts = lappend(texts, TextDatumGetCString(elements[i]));
	return texts;
}

Jsonb *
drs_ledgerrow_jsonb(uint64 row, int column)
{
	bool		isnull;
	Datum		datum = row_value(row, column, &isnull);

	return isnull ? NULL : DatumGetJsonbPCopy(datum);
}
