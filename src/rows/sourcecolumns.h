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
	const char **names;			/* of each feature, as it is sent */
	int			nkept;
	int		   *kept;			/* index into desc of each kept column: keys
								 * first, then passthrough; may be of both */
	int			nkeys;			/* how many of kept are keys */
	int			npassed;
	int		   *passed;			/* index into desc of each column
								 * that the server is to hand back */
} Columns;

/* What the public API tells of a deployment's columns: of char *, as they are sent. */
typedef struct WantedColumns
{
	List	   *features;		/* send nothing but these; NIL: send all */
	List	   *association;	/* the columns by which outcomes find their predictions */
} WantedColumns;

/*
 * Sort the columns of a row by the options of a call: keys are kept and not
 * sent, passthrough columns are kept and sent, unless the server is to hand
 * them back, and the rest is sent.  Sent as well are keys that are also
 * passthrough columns, those of a time series, and an association ID.  wanted
 * may be NULL.  Raises for unknown or repeated names, repeated feature names,
 * and a row with nothing to send.  Allocates in the current memory context.
 */
extern Columns *drs_columns_choose(TupleDesc desc, const Options *options,
								   const WantedColumns *wanted);

/* Raise where passthrough columns are named in a call that has the row beside its prediction. */
extern void drs_columns_refuse_passthrough(const Options *options);

/* Is the i-th of kept a passthrough column that is also a key? */
extern bool drs_columns_is_key_again(const Columns *columns, int i);

/* Is the feature that is sent by that name a key column? */
extern bool drs_columns_sends_key(const Columns *columns, const char *name);

/* The place in sent of the feature that is sent by that name, or -1. */
extern int	drs_columns_find_sent(const Columns *columns, const char *name);

/* The name that a column of desc is sent by. */
extern const char *drs_columns_sent_as(const Columns *columns, int column);

/* Is that column of desc a text of any length? */
extern bool drs_columns_is_text(const Columns *columns, int column);

#endif							/* DRS_SOURCECOLUMNS_H */
