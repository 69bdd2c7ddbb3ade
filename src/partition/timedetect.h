/*
 * timedetect.h
 *		Finds the strftime pattern of a column of texts, among usual ones.
 *
 * A pattern is that of the column when every text fits it.  When texts fit
 * several patterns that make different times of them, such as 01/02/2020, there
 * is no telling.
 */
#ifndef DRS_TIMEDETECT_H
#define DRS_TIMEDETECT_H

#include "partition/timetext.h"

typedef struct TimeDetector TimeDetector;

/* A detector that has seen nothing, palloc'd. */
extern TimeDetector *drs_time_detector(void);

/*
 * Show it the next text.  Returns the time by a pattern that fits the texts so
 * far: a guess.  offset is as of drs_time_parse.  Raises 22007 when no pattern is left.
 */
extern Timestamp drs_time_detect(TimeDetector *detector, const char *text, size_t len,
								 int *offset);

/*
 * The pattern of the texts seen, NULL when there were none.  Raises 22023 when
 * several patterns that differ are left.
 */
extern const TimePattern *drs_time_detected(const TimeDetector *detector);

/* Are all times that were returned by that pattern?  Or a later text ruled a guess out. */
extern bool drs_time_guessed(const TimeDetector *detector);

#endif							/* DRS_TIMEDETECT_H */
