/*
 * compress.h
 *		gzip for request bodies.  PostgreSQL licence.
 */
#ifndef DRS_COMPRESS_H
#define DRS_COMPRESS_H

/* bytes as a gzip stream, palloc'd in cxt; its length in *packed_len.  Raises when memory is out. */
extern char *drs_gzip(MemoryContext cxt, const char *bytes, size_t len, size_t *packed_len);

#endif							/* DRS_COMPRESS_H */
