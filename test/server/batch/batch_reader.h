/*
 * A job's data as CSV text in UTF-8, chunk by chunk: whole records, each chunk with the header
 * line in front. What is being uploaded is read as it arrives.
 */
#ifndef STANDIN_BATCH_READER_H
#define STANDIN_BATCH_READER_H

#include <stddef.h>

struct batch_job;
struct batch_reader;

enum batch_reading
{
	READ_CHUNK,
	READ_END,
	READ_STOPPED,				/* the job is no longer running */
	READ_BAD					/* the data cannot be read: batch_reader_why */
};

struct batch_chunk
{
	const char *text;			/* the header, then records, each with its line end */
	size_t		len;
	size_t		header;			/* bytes of it */
};

/* data that cannot be opened is bad when it is read */
struct batch_reader *batch_reader_open(struct batch_job *job);

/* the next chunk, of about so many bytes; it lasts until the next call */
enum batch_reading batch_reader_next(struct batch_reader *r, size_t bytes,
									 struct batch_chunk *chunk);
const char *batch_reader_why(const struct batch_reader *r);
void		batch_reader_close(struct batch_reader *r);

#endif
