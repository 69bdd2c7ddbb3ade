/*
 * sourcecolumns.h
 *		Which columns of a row are sent as features and which are kept.
 */
#ifndef DRS_SOURCECOLUMNS_H
#define DRS_SOURCECOLUMNS_H

#include "access/tupdesc.h"
#include "nodes/pg_list.h"

#include "config/option.h"

typedef struct Columns
{
	TupleDesc	desc;			/* of the source row; not owned */
	int			nsent;
	int		   *sent;			/* index into desc of each feature, in row order */
	const char **names;			/* of each feature, under which it is sent */
	int			nkept;
	int		   *kept;			/* index into desc of each kept column: keys
								 * first, then passthrough, then others; may be a key and
								 * passthrough */
	int			nkeys;			/* how many of kept are keys */
	int			npassed;
	int		   *passed;			/* index into desc of each column that the server is to return */
} Columns;

/*
 * What the public API says of a deployment's columns: names under which they
 * are sent, of char *.
 */
typedef struct WantedColumns
{
	List	   *features;		/* send nothing but these; NIL: send all */
	List	   *association;	/* the columns of the association ID */
} WantedColumns;

/*
 * Choose by the options of a call: keys are kept and not sent; passthrough
 * columns are sent, and kept unless the server is to return them; the other
 * columns are sent.  Keys are sent, too, if they are also passthrough columns,
 * or belong to a time series or the association ID.  wanted may be NULL.  Raises
 * for unknown or repeated names, repeated names of features, and a row with
 * nothing to send.  Palloc'd; desc is not copied.
 */
extern Columns *drs_columns_choose(TupleDesc desc, const Options *options,
								   const WantedColumns *wanted);

/* Keep that column of desc as well, which changes nothing else. */
extern void drs_columns_keep(Columns *columns, int column);

/* Raise when the options of a window function name passthrough columns. */
extern void drs_columns_refuse_passthrough(const Options *options);

/* Is the i-th of kept a passthrough column that is also a key? */
extern bool drs_columns_is_key_again(const Columns *columns, int i);

/* Is the feature that is sent under that name a key column? */
extern bool drs_columns_sends_key(const Columns *columns, const char *name);

/* The index in sent of the feature that is sent under that name, or -1. */
extern int	drs_columns_find_sent(const Columns *columns, const char *name);

/* The name under which a column of desc is sent, or else its own. */
extern const char *drs_columns_sent_as(const Columns *columns, int column);

/* Is that column of desc of type text or varchar, or a domain over one? */
extern bool drs_columns_is_text(const Columns *columns, int column);

#endif							/* DRS_SOURCECOLUMNS_H */
