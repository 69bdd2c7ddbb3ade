/*
 * Requests that wait: suspended, so that no worker thread is held, until a moment comes or the
 * client goes away. One thread watches them all.
 */
#ifndef STANDIN_PARK_H
#define STANDIN_PARK_H


struct request;

void		park_start(void);

/* wake everyone as if his client had gone, and end the thread */
void		park_stop(void);

/* suspend the request's connection; ms < 0: until the client goes away (then r->gone is set) */
void		park(struct request *r, long ms);

/* drop the connections of those who wait without an end */
void		park_release(void);

#endif
