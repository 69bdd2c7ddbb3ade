/* The request log: a line per request, never with a secret (paths come without their query). */
#ifndef STANDIN_LOG_H
#define STANDIN_LOG_H

#include <stdbool.h>

struct request;

bool		log_open(const char *run_dir);
void		log_close(void);
void		log_request(const struct request *r);

#endif
