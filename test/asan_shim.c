/*
 * asan_shim.c
 *		Preloaded beside libasan, lets a PostgreSQL that was built without
 *		AddressSanitizer start under it.
 *
 * ASan looks this symbol up when it starts, which is at the first malloc().
 * Where it is missing, dlerror() asks gettext for words; but the first
 * malloc() of a postgres that links libgpg-error (through LDAP) comes from
 * within bindtextdomain(), whose lock is then held, and the process hangs.
 *
 */
#include <stddef.h>

char	   *swift_demangle(const char *name, unsigned long length, char *out,
						   unsigned long *out_length, unsigned flags);

char *
swift_demangle(const char *name, unsigned long length, char *out, unsigned long *out_length,
			   unsigned flags)
{
	return NULL;
}
