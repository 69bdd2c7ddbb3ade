/*
 * explanation.h
 *		Prediction explanations: finds their columns in CSV, and makes SQL and
 *		JSON values of them.
 */
#ifndef DRS_EXPLANATION_H
#define DRS_EXPLANATION_H

#include "access/tupdesc.h"

#include "decode/replylayout.h"

/*
 * Find the explanation columns of a CSV answer.  Sets explanations,
 * nexplanations and has_explanations of the layout.
 */
extern void drs_explanation_columns(Layout *layout);

/* Is this the name of such a column? */
extern bool drs_explanation_is_column(const char *name);

/*
 * The explanations of a row, *count of them; palloc'd for CSV, the row's own
 * for JSON.  Where CSV does not say which output an explanation is about, its
 * label is the positive class or the target.
 */
extern Explanation *drs_explanations_of(const Layout *layout, const ReplyRow *row, int *count);

/*
 * The text of a JSON array of objects whose members are named like the
 * columns of datarobot.explanation.  Palloc'd.  Raises 22003 or 22P02 for a
 * strength that is not a number.
 */
extern char *drs_explanations_json(const Explanation *explanations, int count);

/*
 * An array of rows of desc, which has the columns of datarobot.explanation.
 * Palloc'd.  Raises 22003 or 22P02 for a strength that is not a number.
 */
extern Datum drs_explanations_array(const Explanation *explanations, int count, TupleDesc desc);

/*
 * The n-gram explanations of texts among them, as the text of a JSON array,
 * palloc'd; NULL when there are none.
 */
extern char *drs_explanations_ngrams(const Explanation *explanations, int count);

/* Does desc have the columns of datarobot.explanation? */
extern bool drs_explanation_is_row(TupleDesc desc);

#endif							/* DRS_EXPLANATION_H */
