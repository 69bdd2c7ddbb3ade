/*
 * optiontable.h
 *		Tables of options: what each is called, where it may be set, of what type
 *		it is, and how its value is read into a field of a struct.
 *
 * The engine knows no option.  A table describes the fields of one struct of
 * values; option.c has the one of servers, user mappings and calls.
 */
#ifndef DRS_OPTIONTABLE_H
#define DRS_OPTIONTABLE_H

#include "nodes/pg_list.h"
#include "utils/jsonb.h"

/* What values an option takes, and in brackets the type of its field. */
typedef enum OptionType
{
	OPTION_BOOL,				/* (bool) */
	OPTION_INT,					/* (int) */
	OPTION_REAL,				/* (double) */
	OPTION_TIME,				/* (int) milliseconds; units as in '30s' */
	OPTION_SECONDS,				/* (double) seconds with a fraction; units likewise */
	OPTION_SIZE,				/* (int) bytes; units as in '5MB' */
	OPTION_CHOICE,				/* (an enum) one of the choices */
	OPTION_TEXT,				/* (char *) not empty, as the next four */
	OPTION_URL,					/* without a slash at its end */
	OPTION_PROXY,				/* the URL of a proxy, likewise */
	OPTION_PATH,				/* a file of the server's machine, absolute */
	OPTION_SECRET,				/* goes into a header: printable ASCII; never shown */
	OPTION_NAMES,				/* (List * of char *) a JSON array of strings */
	OPTION_COUNT,				/* (char *) a number from min to max, or "all" */
	OPTION_INSTANT,				/* (char *) a time in ISO 8601 */
	OPTION_RENAMINGS,			/* (List * of Renaming *) in either
								 * form of column_names_remapping */
	OPTION_NEW_NAMES			/* (List * of Renaming *) old names and
								 * new ones; a JSON object of strings */
} OptionType;

/* One value of an OPTION_CHOICE.  The first name of a value is the one that messages use. */
typedef struct OptionChoice
{
	const char *name;			/* NULL ends the list */
	int			value;			/* of the field's enum */
} OptionChoice;

enum
{
	OPTION_AS_TEXT = 1,			/* the field is (char *) the checked value
								 * as it is on the wire; NULL: not given */
	OPTION_IS_PARAMETER = 2		/* likewise, and it is a parameter of requests, by its wire name */
};

typedef struct OptionDef
{
	const char *name;
	const char *wire_name;		/* DataRobot's spelling, also accepted in JSON; NULL: none */
	int			homes;			/* bits of the table: where it may be set */
	int			refused;		/* bits of the table: homes that know it only to refuse it */
	OptionType	type;
	int			flags;
	size_t		offset;			/* of the field */
	double		min;			/* numbers only */
	double		max;
	double		preset;			/* default of numbers, booleans and choices */
	const OptionChoice *choices;
} OptionDef;

/* A place where options may be set. */
typedef struct OptionPlace
{
	int			home;			/* bits of the table */
	const char *name;			/* as messages call it: "a server" */
	bool		is_json;		/* options jsonb, with wire names and 22023;
								 * else DDL, with the codes of FDWs */
	bool		hides;			/* statements that set options there may
								 * contain secrets: they are not shown */
	bool		refuses;		/* raise for what it knows only to refuse;
								 * elsewhere that is up to the caller */
} OptionPlace;

typedef struct OptionTable
{
	const OptionDef *defs;
	int			ndefs;
	size_t		size;			/* bytes of the struct of values */
	const OptionPlace *places;	/* the first that has a bit of an
								 * option's homes is where it belongs */
	int			nplaces;
} OptionTable;

/* Fill in the defaults. */
extern void drs_optiontable_init(const OptionTable *table, void *values);

/*
 * The option of that name (or wire name, in JSON) that may be set at that
 * home; home is that of a place.  Raises for one that is unknown or misplaced.
 */
extern const OptionDef *drs_optiontable_find(const OptionTable *table, const char *name, int home);

/* Set an option from a text.  Raises for one that does not fit. */
extern void drs_optiontable_set(const OptionTable *table, void *values, const OptionDef *def,
								const char *text, int home);

/*
 * Set the options of a JSON object, whose keys are names in either spelling.
 * null means "as if not given".  Raises 22023 for whatever does not fit, and
 * for an option that is given in both spellings.
 */
extern void drs_optiontable_set_object(const OptionTable *table, void *values, Jsonb *json,
									   int home);

/* The first name of the value, which must be one of the choices. */
extern const char *drs_option_choice(const OptionChoice *choices, int value);

/*
 * A JSON scalar as the text that the option of that name
 * would have in DDL, palloc'd.  Raises for anything else.
 */
extern char *drs_option_text(const JsonbValue *value, const char *name);

#endif							/* DRS_OPTIONTABLE_H */
