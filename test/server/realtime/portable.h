/*
 * The portable prediction server (docs/api.md 1.1.15, 1.1.16, 1.10): one model at its root,
 * several in folders with names of their own. It asks for no credentials.
 */
#ifndef STANDIN_PORTABLE_H
#define STANDIN_PORTABLE_H

#include <stdbool.h>
#include <stddef.h>

struct deployment;
struct request;

/* the deployment that is loaded under this name; NULL: none */
struct deployment *portable_find(const char *name, size_t len);

/* what is served at the root */
struct deployment *portable_single(void);

/* is the path one of those that portable_answer answers? */
bool		portable_is_route(const char *path);

/* /info, /deployments, loading and unloading */
void		portable_answer(struct request *r);

/* loads all again */
void		portable_reset(void);

#endif
