/*
 * fuzz.h
 *		What the fuzz targets and their driver share.
 */
#ifndef DRS_FUZZ_H
#define DRS_FUZZ_H

#include <stdint.h>

typedef struct FuzzTarget
{
	const char *name;
	void		(*setup) (void);	/* once, in a memory context that stays; may be NULL */
	void		(*run) (const uint8_t *data, size_t size);	/* in a memory context reset after it;
															 * may raise */
	const int  *expected;		/* SQLSTATEs that it may raise, 0 at the end */
} FuzzTarget;

extern const FuzzTarget drs_fuzz_csv;
extern const FuzzTarget drs_fuzz_decode;
extern const FuzzTarget drs_fuzz_json;
extern const FuzzTarget drs_fuzz_layout;
extern const FuzzTarget drs_fuzz_message;
extern const FuzzTarget drs_fuzz_options;

/* A rule that does not hold is a finding, as a crash is. */
#define FUZZ_CHECK(condition) \
	do { \
		if (!(condition)) \
			drs_fuzz_failed(#condition, __FILE__, __LINE__); \
	} while (0)

extern void drs_fuzz_failed(const char *what, const char *file,
							int line) __attribute__((noreturn));

/*
 * Text that may be shown: of the server's encoding, of at most max bytes, and on one line if so
 * asked.
 */
extern void drs_fuzz_check_text(const char *text, size_t max, bool one_line);

#endif							/* DRS_FUZZ_H */
