/*
 * validator.c
 *		The validator of the foreign-data wrapper: checks options when a server,
 *		user mapping, foreign table or column of one is created or altered.
 */
#include "postgres.h"

#include "access/reloptions.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_authid.h"
#include "catalog/pg_foreign_data_wrapper.h"
#include "catalog/pg_foreign_server.h"
#include "catalog/pg_foreign_table.h"
#include "catalog/pg_user_mapping.h"
#include "commands/defrem.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/acl.h"

#include "base/fixedsettings.h"
#include "config/endpoint.h"
#include "config/option.h"
#include "scored/sourcetext.h"
#include "scored/tableoptions.h"

PG_FUNCTION_INFO_V1(drs_validator);

/*
 * The database server opens the file, so only those who may read the server's
 * files anyway can name one, as for file_fdw.
 */
static void
check_may_name_file(const char *name, bool hide_statement)
{
	if (drs_option_names_file(name) && !has_privs_of_role(GetUserId(), ROLE_PG_READ_SERVER_FILES))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied to set option \"%s\"", name),
				 errdetail("Only roles with privileges of the \"pg_read_server_files\" role may "
						   "name files of the server."),
				 errhidestmt(hide_statement),
				 errhidecontext(hide_statement)));
}

static OptionHome
home_of_catalog(Oid catalog)
{
	switch (catalog)
	{
		case ForeignServerRelationId:
			return OPTION_SERVER;
		case UserMappingRelationId:
			return OPTION_MAPPING;
		default:
			ereport(ERROR,
					(errcode(ERRCODE_FDW_INVALID_OPTION_NAME),
					 errmsg("the foreign-data wrapper \"%s\" has no options",
							DRS_WRAPPER_NAME)));
	}
	return 0;					/* keep the compiler quiet */
}

/* A server or user mapping. */
static void
check_access(List *defelems, OptionHome home)
{
	Options		options;
	ListCell   *lc;

	foreach(lc, defelems)
	{
		DefElem    *elem = lfirst_node(DefElem, lc);

		drs_option_check(elem->defname, defGetString(elem), home);
		check_may_name_file(elem->defname, home == OPTION_MAPPING);
	}
	drs_options_init(&options);
	drs_options_add_list(&options, defelems, home);
	drs_endpoint_check_options(&options, home);
}

/* A table must have options; all others have none where nothing is set. */
Datum
drs_validator(PG_FUNCTION_ARGS)
{
	List	   *defelems = untransformRelOptions(PG_GETARG_DATUM(0));
	Oid			catalog = PG_GETARG_OID(1);
	Options		options;

	if (catalog == ForeignTableRelationId)
	{
		int			nestlevel;

		(void) drs_tableoptions_read(defelems, &options);
		nestlevel = drs_fixed_settings_read_sql(NULL);
		(void) drs_sourcetext_parse(options.table.query);
		drs_fixed_settings_end(nestlevel);
	}
	else if (catalog == AttributeRelationId)
		drs_tableoptions_check_column(defelems);
	else if (defelems != NIL)
		check_access(defelems, home_of_catalog(catalog));
	PG_RETURN_VOID();
}
