/* The columns of explanations in a CSV answer: per row, class and explanation. */
#ifndef STANDIN_EXPLANATION_COLUMNS_H
#define STANDIN_EXPLANATION_COLUMNS_H

struct columns;
struct result;

/* at the end, if explanations were asked for */
void		explanation_columns_add(struct columns *c, const struct result *r);

#endif
