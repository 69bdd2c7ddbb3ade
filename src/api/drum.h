/*
 * drum.h
 *		DRUM, DataRobot's open-source server of one custom model: what it says
 *		of that model (docs/api.md 1.10).
 *
 * Its routes are in route.c, its predictions in drumrow.c, and options that it
 * does not support in endpoint.c.
 */
#ifndef DRS_DRUM_H
#define DRS_DRUM_H

#include "config/endpoint.h"

/*
 * Ask about its model, unless this session knows it, and set the option
 * "positive_class" in the endpoint, unless it is given.  Raises when the
 * server does not answer as DRUM does, and for a model that does not score
 * rows.
 */
extern void drs_drum_learn(Endpoint *endpoint);

/* Where DRUM describes its model. */
#define DRS_DRUM_INFO "/info/"

/*
 * What an answer to DRS_DRUM_INFO says of the model, in words, palloc'd; NULL
 * when it is not an answer of DRUM.
 */
extern char *drs_drum_describe(const char *body, size_t len);

#endif							/* DRS_DRUM_H */
