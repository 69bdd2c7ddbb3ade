/* The callbacks of the HTTP library. */
#ifndef STANDIN_HANDLER_H
#define STANDIN_HANDLER_H

#include <microhttpd.h>

void	   *handler_first_line(void *cls, const char *target, struct MHD_Connection *connection);
enum MHD_Result handler_access(void *cls, struct MHD_Connection *connection, const char *url,
							   const char *method, const char *version, const char *data,
							   size_t *len, void **request);
void		handler_completed(void *cls, struct MHD_Connection *connection, void **request,
							  enum MHD_RequestTerminationCode how);

/* from now on every request is dropped */
void		handler_stop(void);

#endif
