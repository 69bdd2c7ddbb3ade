/*
 * jsonreader.h
 *		Finds the rows in the text of a JSON answer, one at a time.
 *
 * It recognizes only brackets, quotes and the members of the outermost
 * object; the parts it returns are still to be parsed.  Allocates nothing and
 * never raises.
 */
#ifndef DRS_JSONREADER_H
#define DRS_JSONREADER_H

#include <stdbool.h>
#include <stddef.h>

typedef struct JsonReader
{
	const char *text;			/* must stay in place while it is read */
	size_t		len;
	size_t		at;				/* next byte to look at */
	int			state;			/* private to jsonreader.c */
	bool		has_rows;		/* the member that contains them was found */
	/* set by the caller: in "predictions", rows need not be objects */
	bool		bare;
	bool		in_bare;		/* bare is set, and "predictions" is being read */
	const char *problem;		/* what is wrong after JSON_BROKEN, a constant string */
} JsonReader;

typedef enum JsonStatus
{
	/* an element of the list of rows; begins with a brace, unless rows are bare */
	JSON_ROW,
	JSON_MEMBER,				/* the value of another member of the outermost object */
	JSON_END,					/* the text ended where it may */
	JSON_BROKEN
} JsonStatus;

/* Begin to read a text, which is not copied. */
extern void drs_jsonreader_init(JsonReader *reader, const char *text, size_t len);

/*
 * The next part, which points into the text.  After JSON_END or JSON_BROKEN,
 * further calls return the same.
 */
extern JsonStatus drs_jsonreader_next(JsonReader *reader, const char **part, size_t *len);

#endif							/* DRS_JSONREADER_H */
