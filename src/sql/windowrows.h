/*
 * windowrows.h
 *		What window functions of ours share: memory that lives as long as the
 *		window's partition, arguments that must be the same for all its rows, and
 *		rows read ahead of the current one.
 */
#ifndef DRS_WINDOWROWS_H
#define DRS_WINDOWROWS_H

#include "fmgr.h"
#include "windowapi.h"

#define MAX_WINDOW_PARAMETERS 4

/* Are two values, neither of which is NULL, the same? */
typedef bool (*SameValue) (Datum a, Datum b);

/* An argument that must be the same for all rows of a partition. */
typedef struct WindowParameter
{
	int			arg;			/* its number among the function's arguments, from 0 */
	const char *name;			/* for messages */
	SameValue	same;
	bool		fixed;			/* of a form that cannot differ between rows */
	bool		isnull;
	Datum		value;			/* that of the first row, copied and not toasted */
} WindowParameter;

/* Begin the state of a partition with this one; it is zeroed before its first row. */
typedef struct WindowRows
{
	WindowObject winobj;
	MemoryContext cxt;			/* lives as long as the partition; NULL before its first row */
	MemoryContext row_cxt;		/* reset after every row pulled */
	int64		npulled;
	bool		at_end;			/* all rows of the partition were pulled */
	int			nparameters;
	WindowParameter parameters[MAX_WINDOW_PARAMETERS];
	const char *hint;			/* when a parameter differs; NULL: none */
} WindowRows;

/*
 * The state of the current partition, of that size, which begins with a
 * WindowRows.  When its cxt is NULL, it is new, and drs_window_open comes next.
 */
extern void *drs_window_state(FunctionCallInfo fcinfo, Size size);
extern void drs_window_open(FunctionCallInfo fcinfo, WindowRows *rows);

/* Declare an argument that must be the same for all rows, and read it from the current row. */
extern const WindowParameter *drs_window_parameter(FunctionCallInfo fcinfo, WindowRows *rows,
												   int arg, const char *name, SameValue same);

/*
 * Read an argument of the row after the last one pulled, in row_cxt, which the
 * caller resets.  False, with at_end set, after the last row.  Does not count
 * the row: drs_window_pulled does, and lets the window forget rows before it.
 */
extern bool drs_window_pull(WindowRows *rows, int arg, Datum *value, bool *isnull);
extern void drs_window_pulled(WindowRows *rows);

/* Raise 22023 when a parameter of the row that is being pulled is not that of the first row. */
extern void drs_window_check_parameters(WindowRows *rows);

#endif							/* DRS_WINDOWROWS_H */
