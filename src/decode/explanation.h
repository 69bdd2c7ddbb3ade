/*
 * explanation.h
 *		Prediction explanations: found among the columns of CSV, and made
 *		values of.
 */
#ifndef DRS_EXPLANATION_H
#define DRS_EXPLANATION_H

#include "access/tupdesc.h"

#include "decode/replylayout.h"

/* Find the explanation columns of a CSV reply; fills in layout->explanations. */
extern void drs_explanation_columns(Layout *layout);

/* Is that the name of such a column? */
extern bool drs_explanation_is_column(const char *name);

/*
 * The explanations of a row; none is not NULL.  Palloc'd.  Those of CSV, which
 * does not say what they are about, get the positive class or the target for
 * a label.
 */
extern Explanation *drs_explanations_of(const Layout *layout, const ReplyRow *row, int *count);

/* As the text of a JSON array of objects, with the names of datarobot.explanation.  Palloc'd. */
extern char *drs_explanations_json(const Explanation *explanations, int count);

/*
 * As an array of rows of desc, which has the columns of
 * datarobot.explanation.  Raises 22P02 for a strength that is no number.
 */
extern Datum drs_explanations_array(const Explanation *explanations, int count, TupleDesc desc);

/*
 * What they say about the n-grams of texts, as the text of
 * a JSON array; NULL when they say nothing.  Palloc'd.
 */
extern char *drs_explanations_ngrams(const Explanation *explanations, int count);

/* Has desc the columns of datarobot.explanation? */
extern bool drs_explanation_is_row(TupleDesc desc);

#endif							/* DRS_EXPLANATION_H */
