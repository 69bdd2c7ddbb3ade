/*
 * drum.h
 *		DRUM, DataRobot's open-source server of one custom model: what it says
 *		of that (docs/api.md 1.10).  (Its routes are in route.c, its predictions in drumrow.c, and
 *		options that do not go with it in endpoint.c.)
 */
#ifndef DRS_DRUM_H
#define DRS_DRUM_H

#include "config/endpoint.h"

/*
 * Ask for its model, unless this session knows it, and take over which class
 * is the positive one where the option "positive_class" is not given.  Raises
 * when the server does not answer as DRUM does, and for a model that does not
 * score rows.
 */
extern void drs_drum_learn(Endpoint *endpoint);

/*
 * What an answer to DRS_DRUM_INFO says of the model, in
 * words, palloc'd; NULL when it is none of DRUM.
 */
#define DRS_DRUM_INFO "/info/"
extern char *drs_drum_describe(const char *body, size_t len);

#endif							/* DRS_DRUM_H */
