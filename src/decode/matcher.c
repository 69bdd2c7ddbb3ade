/*
 * matcher.c
 *		What all matchers have in common.
 */
#include "postgres.h"

#include "base/compat.h"
#include "decode/matcher.h"

void
drs_matcher_refuse_count(int nsent, uint64 ncame, bool is_forecast)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROTOCOL_VIOLATION),
			 errmsg("the answer has %s predictions than rows were sent",
					ncame < (uint64) nsent ? "fewer" : "more"),
			 errdetail("%d rows were sent, " UINT64_FORMAT " predictions came.", nsent, ncame),
			 is_forecast ? errhint("These are forecasts: with the option \"format\" \"json\" "
								   "the server says which row each is for.") : 0));
}
