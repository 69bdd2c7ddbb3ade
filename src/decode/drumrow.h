/*
 * drumrow.h
 *		Parses one prediction of DRUM, DataRobot's open-source model server,
 *		in the form it uses when it runs without a deployment's configuration.
 */
#ifndef DRS_DRUMROW_H
#define DRS_DRUMROW_H

#include "decode/jsonrow.h"

/*
 * Like drs_jsonrow_parse().  The text is a number or a string, which is the
 * prediction, or an object from class label to probability.  The most probable
 * class is then the prediction.  On a tie it is the first, or of two classes
 * the one that is not positive_class, which may be NULL for unknown.
 */
extern void drs_drumrow_parse(JsonRow *row, const char *text, size_t len,
							  const char *positive_class);

#endif							/* DRS_DRUMROW_H */
