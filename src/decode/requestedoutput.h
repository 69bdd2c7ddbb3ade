/*
 * requestedoutput.h
 *		Checks that answers contain what a call has asked for.
 */
#ifndef DRS_REQUESTEDOUTPUT_H
#define DRS_REQUESTEDOUTPUT_H

#include "decode/replylayout.h"
#include "nodes/pg_list.h"
#include "config/option.h"

/* The names of the options by which a call asks for parts of an answer; NULL: it does not. */
typedef struct AskedFor
{
	const char *explanations;
	const char *forecasts;
	const char *warnings;
	const char *adjusted;
} AskedFor;

/*
 * What the options ask for that every answer made with them must contain.  The
 * names are constant.
 */
extern AskedFor drs_requestedoutput_for(const Options *options);

/*
 * Raise 08P01 for a layout that lacks a part, or one of the columns (passed:
 * names, char *) that the server was asked to hand back.
 */
extern void drs_requestedoutput_check(const AskedFor *asked, const Layout *layout, List *passed);

/*
 * Can single rows of such answers lack what is asked for, as those of JSON
 * can?  Then each row must be checked; drs_requestedoutput_check_row() raises
 * 08P01 for one that does.
 */
extern bool drs_requestedoutput_of_rows(const AskedFor *asked, const Layout *layout, List *passed);
extern void drs_requestedoutput_check_row(const AskedFor *asked, const Layout *layout,
										  List *passed, const ReplyRow *row);

#endif							/* DRS_REQUESTEDOUTPUT_H */
