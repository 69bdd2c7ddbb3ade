/* The stand-in's own routes under /standin, which are not DataRobot's: counters, faults, reset. */
#ifndef STANDIN_CONTROL_H
#define STANDIN_CONTROL_H

struct request;

void		control_answer(struct request *r);

#endif
