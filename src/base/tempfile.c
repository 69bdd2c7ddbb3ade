/*
 * tempfile.c
 *		Temporary files that outlive transactions.
 */
#include "postgres.h"

#include "utils/guc.h"
#include "utils/resowner.h"

#include "base/compat.h"
#include "base/tempfile.h"

void
drs_tempfile_begin(void (*begin) (void *arg), void *arg)
{
	ResourceOwner owner = CurrentResourceOwner;

	CurrentResourceOwner = NULL;
	PG_TRY();
	{
		begin(arg);
	}
	PG_FINALLY();
	{
		CurrentResourceOwner = owner;
	}
	PG_END_TRY();
}

void
drs_tempfile_end(void (*end) (void *arg), void *arg)
{
	int			limit = temp_file_limit;

	temp_file_limit = -1;
	PG_TRY();
	{
		end(arg);
	}
	PG_FINALLY();
	{
		temp_file_limit = limit;
	}
	PG_END_TRY();
}
