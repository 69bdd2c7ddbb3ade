/*
 * composedfields.h
 *		JSON texts made of several fields of a row of a reply.
 *
 * All are palloc'd in the current memory context, and NULL when the row has
 * nothing to make them of.
 */
#ifndef DRS_COMPOSEDFIELDS_H
#define DRS_COMPOSEDFIELDS_H

#include "access/tupdesc.h"

#include "decode/replylayout.h"

/* Object of class to probability. */
extern char *drs_compose_probabilities(const Layout *layout, const ReplyRow *row);

/* Multilabel: array of the labels that are predicted. */
extern char *drs_compose_labels(const Layout *layout, const ReplyRow *row);

/* The same as a text[]; the Datum 0 for NULL. */
extern Datum drs_compose_label_array(const Layout *layout, const ReplyRow *row);

/* Object of column name to value; what is a number by JSON's grammar stays one. */
extern char *drs_compose_object(const Layout *layout, const ReplyRow *row, const int *columns,
								int ncolumns);

/* Likewise what the server hands back, by the types of the query's columns. */
extern char *drs_compose_passed(const Layout *layout, const ReplyRow *row, TupleDesc desc);

/* Object of what SHAP explanations add up to. */
extern char *drs_compose_shap(const Layout *layout, const ReplyRow *row);

/*
 * The threshold that all labels of a multilabel CSV reply
 * share; NULL text: they do not, or there is none.
 */
extern ReplyField drs_compose_threshold(const Layout *layout, const ReplyRow *row);

#endif							/* DRS_COMPOSEDFIELDS_H */
