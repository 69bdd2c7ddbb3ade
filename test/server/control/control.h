/*
 * The routes of the stand-in's own, under /standin: counters, faults, reset. No other service has
 * them.
 */
#ifndef STANDIN_CONTROL_H
#define STANDIN_CONTROL_H

struct request;

void		control_answer(struct request *r);

#endif
