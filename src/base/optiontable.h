/*
 * optiontable.h
 *		Tables of options: what each is called, where it may be set, of which
 *		type it is, and which field of a struct its value is stored in.
 *
 * This engine knows no particular option.  A table describes the fields of one
 * struct of values; option.c has the table of servers, user mappings and
 * calls.
 */
#ifndef DRS_OPTIONTABLE_H
#define DRS_OPTIONTABLE_H

#include "nodes/pg_list.h"
#include "utils/jsonb.h"

#include "base/compat.h"

/* The values of an option, and in parentheses the type of its field. */
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
	OPTION_PATH,				/* a file on the server's machine, absolute */
	OPTION_SECRET,				/* part of a header: printable ASCII; never shown */
	OPTION_NAMES,				/* (List * of char *) a JSON array of strings */
	OPTION_COUNT,				/* (char *) a number from min to max, or "all" */
	OPTION_WHOLE,				/* (char *) any whole number of 64 bits */
	OPTION_INSTANT,				/* (char *) a time in ISO 8601 */
	OPTION_RENAMINGS,			/* (List * of Renaming *) in either
								 * form of column_names_remapping */
	OPTION_NEW_NAMES,			/* (List * of Renaming *) old names and
								 * new ones; a JSON object of strings */
	OPTION_OBJECT,				/* (Jsonb *) a JSON object, which the caller checks */
	OPTION_SCALAR,				/* (JsonbValue *) a string or a number, only in JSON */
	OPTION_NUMBERS,				/* (Jsonb *) a JSON array of numbers */
	OPTION_GROUPS,				/* (Jsonb *) an array of objects with a table of their own, which
								 * optionwire.h checks */

	/* only for objects that are sent (optionwire.h), so without a field */
	OPTION_ID,					/* unreserved characters of a URL */
	OPTION_LINK,				/* a URL that begins with one of the choices; not shown if it may
								 * contain a secret */
	OPTION_SIZE_OR_CHOICE,		/* bytes, units as in '5MB'; or one of the choices */
	OPTION_GROUP				/* an object with a table of its own */
} OptionType;

/* One value of an OPTION_CHOICE.  The first name of a value is the one that messages use. */
typedef struct OptionChoice
{
	const char *name;			/* NULL ends the list */
	int			value;			/* of the field's enum */
} OptionChoice;

enum
{
	OPTION_AS_TEXT = 1,			/* the field is (char *) the checked value in DataRobot's
								 * spelling; NULL: not given */
	OPTION_IS_PARAMETER = 2,	/* likewise, and it is a parameter of requests under its wire
								 * name */
	OPTION_OWN_FLAGS = 4		/* this and all higher bits: for the owner of the table */
};

typedef struct OptionDef
{
	const char *name;
	const char *wire_name;		/* DataRobot's spelling, also accepted in JSON; NULL: none */
	int			homes;			/* bits of the table: where it may be set */
	int			refused;		/* bits of the table: homes that have it only to refuse it */
	OptionType	type;
	int			flags;
	size_t		offset;			/* of the field */
	double		min;			/* numbers only */
	double		max;
	double		preset;			/* default of numbers, booleans and choices */
	const OptionChoice *choices;
	int			required;		/* bits of the table: homes where it must be given, as the caller
								 * checks */
	const struct OptionGroup *group;	/* of an OPTION_GROUP or OPTION_GROUPS */
} OptionDef;

/* A place where options may be set. */
typedef struct OptionPlace
{
	int			home;			/* bits of the table */
	const char *name;			/* for messages: "a server" */
	bool		is_json;		/* options jsonb, with wire names and error 22023; else DDL,
								 * with the errors of FDWs */
	bool		hides;			/* statements that set options there may contain secrets, so
								 * errors do not show them */
	bool		refuses;		/* raise for options that it has only to refuse; otherwise the
								 * caller does */
} OptionPlace;

typedef struct OptionTable
{
	const OptionDef *defs;
	int			ndefs;
	size_t		size;			/* bytes of the struct of values */
	const OptionPlace *places;	/* an option belongs to the first that has one of its homes */
	int			nplaces;
	const char *prefix;			/* of names in messages: "intake_settings."; NULL: none */
} OptionTable;

/* Fill in the defaults. */
extern void drs_optiontable_init(const OptionTable *table, void *values);

/*
 * The option of that name (or wire name, in JSON) that may be set at that
 * home; home is that of a place.  Raises for one that is unknown or misplaced.
 */
extern const OptionDef *drs_optiontable_find(const OptionTable *table, const char *name, int home);

/*
 * The same for an object in which other members are allowed, too: NULL, and a WARNING, when
 * there is no such option at that home.
 */
extern const OptionDef *drs_optiontable_look(const OptionTable *table, const char *name, int home);

/* Raise for an option that must be given at that home, and is not. */
pg_noreturn extern void drs_optiontable_refuse_missing(const OptionTable *table,
													   const OptionDef *def, int home);

/* Raise for a value of an option.  Secrets are not repeated.  detail and hint may be NULL. */
pg_noreturn extern void drs_optiontable_refuse(const OptionTable *table, const OptionDef *def,
											   const char *value, int home, const char *detail,
											   const char *hint);

/* Its name in messages; a constant, or palloc'd. */
extern const char *drs_optiontable_shown(const OptionTable *table, const OptionDef *def);

/*
 * Check a value as drs_optiontable_set does, without keeping it, and return
 * it as the wire has it, palloc'd.
 */
extern char *drs_optiontable_wire_text(const OptionTable *table, const OptionDef *def,
									   const char *text, int home);

/* Set an option from a text.  Raises when it is not a valid value. */
extern void drs_optiontable_set(const OptionTable *table, void *values, const OptionDef *def,
								const char *text, int home);

/*
 * Set the options of a JSON object, whose keys are names in either spelling.
 * A null value means that the option is not given.  Raises 22023 for whatever
 * is not valid, and for an option that is given in both spellings.
 */
extern void drs_optiontable_set_object(const OptionTable *table, void *values, Jsonb *json,
									   int home);

/*
 * The first option that such an object gives a value and that has one of these flags;
 * NULL when there is none.
 */
extern const OptionDef *drs_optiontable_given(const OptionTable *table, Jsonb *json, int home,
											  int flags);

/* Is the text, in upper or lower case, a name of one of the choices?  The choice, or NULL. */
extern const OptionChoice *drs_option_find_choice(const OptionChoice *choices, const char *text);

/* The first name of a value, which must be one of the choices; a constant. */
extern const char *drs_option_choice(const OptionChoice *choices, int value);

/*
 * The text of a JSON scalar, as DDL would set it, palloc'd.  Raises for
 * anything else; name is that of the option, for the message.
 */
extern char *drs_option_text(const JsonbValue *value, const char *name);

/* The strings of a JSON array, of char *, palloc'd.  Raises for anything else. */
extern List *drs_option_names(const JsonbValue *value, const char *name, bool are_classes);

#endif							/* DRS_OPTIONTABLE_H */
