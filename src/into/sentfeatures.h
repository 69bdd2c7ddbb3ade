/*
 * sentfeatures.h
 *		The features of a row as JSON, from the record in which they were sent.
 */
#ifndef DRS_SENTFEATURES_H
#define DRS_SENTFEATURES_H

#include "rows/sourcecolumns.h"

/*
 * A JSON object of the features in a record of ours, in UTF-8, CSV or JSON as the
 * options of the call say: numbers and booleans of the row stay such, NULL becomes
 * null, and all else is a string.  Palloc'd, in the server's encoding; NULL when the
 * record cannot be read.
 */
extern char *drs_sent_features(const Columns *columns, const Options *options, const char *record,
							   size_t len);

#endif							/* DRS_SENTFEATURES_H */
