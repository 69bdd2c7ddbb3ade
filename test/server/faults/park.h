/*
 * Requests that wait for a time or until the client goes away. They are suspended, so that they
 * occupy no worker; one thread watches them all.
 */
#ifndef STANDIN_PARK_H
#define STANDIN_PARK_H


struct request;

void		park_start(void);

/* wakes all as if their clients had gone, and ends the thread */
void		park_stop(void);

/* suspends the request's connection; ms < 0: until the client goes away, which sets r->gone */
void		park(struct request *r, long ms);

/* drops the connections of those that have begun and wait, or will wait, without an end */
void		park_release(void);

#endif
