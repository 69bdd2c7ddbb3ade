/*
 * composedfields.h
 *		JSON texts composed of several fields of one row of an answer.
 *
 * All are palloc'd in the current memory context, and NULL when the row lacks
 * those fields.  Those that contain numbers raise 22003 or 22P02 as
 * plausible.h says.
 */
#ifndef DRS_COMPOSEDFIELDS_H
#define DRS_COMPOSEDFIELDS_H

#include "access/tupdesc.h"

#include "decode/replylayout.h"

/* Object from class to probability. */
extern char *drs_compose_probabilities(const Layout *layout, const ReplyRow *row);

/* Multilabel: JSON array of the predicted labels. */
extern char *drs_compose_labels(const Layout *layout, const ReplyRow *row);

/* The same labels as a text[]; Datum 0 stands for NULL. */
extern Datum drs_compose_label_array(const Layout *layout, const ReplyRow *row);

/*
 * Object from column name to value.  A text that is a number by JSON's grammar
 * becomes a JSON number.
 */
extern char *drs_compose_object(const Layout *layout, const ReplyRow *row, const int *columns,
								int ncolumns);

/* The same for the columns that the server hands back, by their types in desc, the query's. */
extern char *drs_compose_passed(const Layout *layout, const ReplyRow *row, TupleDesc desc);

/* Object of the base value, remaining total and warnings of SHAP explanations. */
extern char *drs_compose_shap(const Layout *layout, const ReplyRow *row);

/*
 * The threshold that all labels of a multilabel CSV answer share.  Its text is
 * NULL when they differ or there is none, else it points into the row.
 */
extern ReplyField drs_compose_threshold(const Layout *layout, const ReplyRow *row);

#endif							/* DRS_COMPOSEDFIELDS_H */
