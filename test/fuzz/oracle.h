/*
 * oracle.h
 *		A second CSV reader to compare with, written from RFC 4180 and independent of libcsv.
 */
#ifndef DRS_FUZZ_ORACLE_H
#define DRS_FUZZ_ORACLE_H

#include <stdbool.h>
#include <stddef.h>

#include "decode/csvreader.h"

typedef struct Oracle
{
	const char *text;
	size_t		len;
	size_t		at;
	bool		broken;			/* not well-formed from here on */
	bool		knows_end;		/* feeds_only has been set, by the first line */
	bool		feeds_only;		/* a carriage return is text */
	ReplyField	fields[20000];	/* of the record read last */
	int			nfields;		/* may exceed the size of fields */
	char	   *bytes;			/* of the fields, each with a NUL after it: 2 * len + 2 */
} Oracle;

/* The next record into fields; false at the end, and when what follows is not well-formed. */
extern bool drs_oracle_next(Oracle *oracle);

#endif							/* DRS_FUZZ_ORACLE_H */
