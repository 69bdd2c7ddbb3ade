/* From cells to the numbers a model works on. */
#ifndef STANDIN_ENCODE_H
#define STANDIN_ENCODE_H

struct request;
struct table;
struct wanted;

/* rows * features values, NaN = missing; NULL: an error is in r->reply */
float	   *encode_features(struct request *r, const struct wanted *w, const struct table *t);

#endif
