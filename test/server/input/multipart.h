/* Reads multipart/form-data bodies: one part named "file". */
#ifndef STANDIN_MULTIPART_H
#define STANDIN_MULTIPART_H

#include <stdbool.h>
#include <stddef.h>

struct request;

/*
 * replaces the body with the file in it; part_type: its content type; false: an error is in
 * r->reply
 */
bool		multipart_file(struct request *r, char *part_type, size_t size);

#endif
