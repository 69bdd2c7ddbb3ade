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

/* Of documents of JSON, whatever the order of their members was. */
extern bool drs_same_document(Datum a, Datum b);

/* An argument that must be the same for all rows of a partition. */
typedef struct WindowParameter
{
	int			arg;			/* its number among the function's arguments, from 0 */
	const char *name;			/* for messages */
	SameValue	same;			/* NULL: values are the same if all their bytes are */
	int16		typlen;
	bool		typbyval;
	bool		fixed;			/* an expression that cannot differ between rows */
	bool		isnull;
	Datum		value;			/* that of the first row, copied and not toasted */
} WindowParameter;

/* The first member of a partition's state, zeroed before its first row. */
typedef struct WindowRows
{
	WindowObject winobj;
	MemoryContext cxt;			/* lives as long as the partition; NULL: not opened yet */
	MemoryContext row_cxt;		/* for what one row needs; the user resets it */
	int64		npulled;
	bool		at_end;			/* all rows of the partition were pulled */
	bool		may_differ;		/* is there a parameter that is not fixed? */
	int			nparameters;
	WindowParameter parameters[MAX_WINDOW_PARAMETERS];
} WindowRows;

/* The state of the current partition, of that size.  When its cxt is NULL, open it. */
static inline void *
drs_window_state(FunctionCallInfo fcinfo, Size size)
{
	return WinGetPartitionLocalMemory(PG_WINDOW_OBJECT(), size);
}

/* Raises when the call has IGNORE NULLS or RESPECT NULLS, which PostgreSQL 19 accepts for all. */
extern void drs_window_open(FunctionCallInfo fcinfo, WindowRows *rows);

/*
 * Raise 22023 when an argument, which differs from row to row and is read twice, has a
 * volatile function.
 */
extern void drs_window_refuse_volatile(FunctionCallInfo fcinfo, int arg, const char *name);

/*
 * Declare an argument that must be the same for all rows, and read it from the
 * current row.
 */
extern const WindowParameter *drs_window_parameter(FunctionCallInfo fcinfo, WindowRows *rows,
												   int arg, const char *name, SameValue same);

/* Raise 22023 when a parameter of the row just pulled, or of the current one, is another one. */
extern void drs_window_check_pulled(const WindowRows *rows);
extern void drs_window_check_current(const WindowRows *rows);

/* Of the next row to pull, from the current one.  Raises 54000 after 2^31 - 1 rows. */
extern int	drs_window_offset(const WindowRows *rows);

/*
 * Pull the next row: read an argument of it, in the current memory context.
 * False, with at_end set, after the last row.
 */
static inline bool
drs_window_pull(WindowRows *rows, int arg, Datum *value, bool *isnull)
{
	*value = WinGetFuncArgInPartition(rows->winobj, arg, drs_window_offset(rows),
									  WINDOW_SEEK_CURRENT, false, isnull, &rows->at_end);
	if (rows->at_end)
		return false;
	rows->npulled++;
	return true;
}

/*
 * Warn, once in a call, when the row at that position and the one before it are
 * equal in the window's order, as all rows are when it has none.  Looks at the
 * first thousand rows only: each look moves the window between rows, which for
 * all rows takes longer than everything else.  To be called for the row that was
 * pulled, or for the current one when none are pulled.
 */
extern void drs_window_warn_of_ties(FunctionCallInfo fcinfo, WindowRows *rows, int64 position);

#endif							/* DRS_WINDOWROWS_H */
