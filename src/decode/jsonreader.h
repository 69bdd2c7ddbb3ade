/*
 * jsonreader.h
 *		Finds the rows in the text of a JSON reply, one at a time.
 *
 * It knows brackets, quotes and the members of the outermost object, no more:
 * what it hands out is still to be parsed.  Allocates nothing and never
 * raises.
 */
#ifndef DRS_JSONREADER_H
#define DRS_JSONREADER_H

#include <stdbool.h>
#include <stddef.h>

typedef struct JsonReader
{
	const char *text;			/* stays in place while it is read */
	size_t		len;
	size_t		at;				/* next byte to look at */
	int			state;
	bool		has_rows;		/* the member that holds them was met */
	bool		bare;			/* for the caller to set: in "predictions",
								 * rows need not be objects */
	bool		in_bare;		/* then: that is where we are */
	const char *problem;		/* words for JSON_BROKEN, constant */
} JsonReader;

typedef enum JsonStatus
{
	JSON_ROW,					/* an element of the rows, which begins as
								 * an object does, unless they are bare */
	JSON_MEMBER,				/* the value of another member of the outermost object */
	JSON_END,					/* the text ended where it may */
	JSON_BROKEN
} JsonStatus;

extern void drs_jsonreader_init(JsonReader *reader, const char *text, size_t len);

/* The next part: where it is in the text.  After JSON_END and JSON_BROKEN the same comes again. */
extern JsonStatus drs_jsonreader_next(JsonReader *reader, const char **part, size_t *len);

#endif							/* DRS_JSONREADER_H */
