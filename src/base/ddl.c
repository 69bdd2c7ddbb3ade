/*
 * ddl.c
 *		Runs statements as text, through SPI, so that privileges, event
 *		triggers and logging work as for the user's own.
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/varlena.h"

#include "base/ddl.h"

RangeVar *
drs_ddl_name(const char *name, const char *what)
{
	if (name == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("the %s needs a name", what)));
	return makeRangeVarFromNameList(textToQualifiedNameList(cstring_to_text(name)));
}

char *
drs_ddl_quote(const RangeVar *name)
{
	return quote_qualified_identifier(name->schemaname, name->relname);
}

void
drs_ddl_run(const char *statement)
{
	int			code;

	SPI_connect();
	code = SPI_execute(statement, false, 0);
	if (code < 0)
		elog(ERROR, "could not run \"%s\": %s", statement, SPI_result_code_string(code));
	SPI_finish();
}
