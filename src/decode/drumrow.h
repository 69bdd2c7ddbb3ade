/*
 * drumrow.h
 *		Parses one prediction of DRUM, DataRobot's open-source model server, in
 *		the form that it answers with when it has no deployment's configuration.
 */
#ifndef DRS_DRUMROW_H
#define DRS_DRUMROW_H

#include "decode/jsonrow.h"

/*
 * As drs_jsonrow_parse: text is a number or a string, which is the prediction,
 * or an object of class labels and their probabilities.  Of these, the most
 * probable is the prediction; of two that are alike, not the positive one,
 * which may be NULL when it is not known, and of more the first.
 */
extern void drs_drumrow_parse(JsonRow *row, const char *text, size_t len,
							  const char *positive_class);

#endif							/* DRS_DRUMROW_H */
