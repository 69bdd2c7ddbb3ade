/* Reads multipart/form-data bodies: one part named "file". */
#ifndef STANDIN_MULTIPART_H
#define STANDIN_MULTIPART_H

#include <stdbool.h>
#include <stddef.h>

struct MHD_Connection;
struct buffer;
struct reply;

/*
 * replaces the body with the file in it; part_type gets its content type; false: an error is in
 * the reply
 */
bool		multipart_file(struct MHD_Connection *connection, struct buffer *body, char *part_type,
						   size_t size, struct reply *reply);

#endif
