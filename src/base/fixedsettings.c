/*
 * fixedsettings.c
 *		Settings under which values have the same text in every session, and a
 *		text of SQL is read the same.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "parser/parse_expr.h"
#include "parser/parser.h"
#include "pgtime.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/bytea.h"
#include "utils/guc.h"
#include "utils/xml.h"

#include "base/compat.h"
#include "base/fixedsettings.h"

static void
fix_setting(const char *name, const char *value)
{
	(void) set_config_option(name, value, PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0,
							 false);
}

/* Settings with which values survive being written and read again, by whichever session. */
static void
fix_forms_of_values(void)
{
	if (DateStyle != USE_ISO_DATES)
		fix_setting("datestyle", "ISO");
	if (IntervalStyle != INTSTYLE_POSTGRES)
		fix_setting("intervalstyle", "postgres");
	if (extra_float_digits < 1)
		fix_setting("extra_float_digits", "1");
	if (!Array_nulls)
		fix_setting("array_nulls", "on");
	if (xmloption != XMLOPTION_CONTENT)
		fix_setting("xmloption", "content");
}

int
drs_fixed_settings_begin_parameters(void)
{
	int			nestlevel = NewGUCNestLevel();

	fix_forms_of_values();
	return nestlevel;
}

int
drs_fixed_settings_begin(bool money)
{
	int			nestlevel = NewGUCNestLevel();
	const char *zone = pg_get_timezone_name(session_timezone);

	fix_forms_of_values();
	if (bytea_output != BYTEA_OUTPUT_HEX)
		fix_setting("bytea_output", "hex");
	if (zone == NULL || strcmp(zone, "UTC") != 0)
		fix_setting("timezone", "UTC");
	if (quote_all_identifiers)
		fix_setting("quote_all_identifiers", "off");
	if (money)
		fix_setting("lc_monetary", "C");
	/* so that values of regclass and similar types are written with their schemas */
	fix_setting("search_path", "pg_catalog");
	return nestlevel;
}

int
drs_fixed_settings_read_sql(const char *search_path)
{
	int			nestlevel = NewGUCNestLevel();

	if (!DRS_STANDARD_STRINGS)
		fix_setting("standard_conforming_strings", "on");
	if (Transform_null_equals)
		fix_setting("transform_null_equals", "off");
	if (search_path)
		fix_setting("search_path", search_path);
	return nestlevel;
}

void
drs_fixed_settings_end(int nestlevel)
{
	AtEOXact_GUC(true, nestlevel);
}
