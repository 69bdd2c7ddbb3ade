/*
 * announcement.h
 *		Says which columns a writing call is going to write.
 */
#ifndef DRS_ANNOUNCEMENT_H
#define DRS_ANNOUNCEMENT_H

#include "config/option.h"
#include "into/target.h"
#include "into/targetoutput.h"

/*
 * Raise one NOTICE of one line: the statement, the target, the columns that are
 * written whatever the answers contain, and those that depend on the answers.
 */
extern void drs_output_announce(const Target *target, const Output *output,
								const Options *options);

#endif							/* DRS_ANNOUNCEMENT_H */
