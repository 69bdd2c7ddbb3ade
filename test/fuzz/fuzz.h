/*
 * fuzz.h
 *		The interface between the fuzz targets and their driver.
 */
#ifndef DRS_FUZZ_H
#define DRS_FUZZ_H

#include <stdint.h>

typedef struct FuzzTarget
{
	const char *name;
	/* called once, in a memory context that is not reset; may be NULL */
	void		(*setup) (void);
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

/* A broken rule is a finding, like a crash. */
#define FUZZ_CHECK(condition) \
	do { \
		if (!(condition)) \
			drs_fuzz_failed(#condition, __FILE__, __LINE__); \
	} while (0)

/* Report a broken rule and abort. */
extern void drs_fuzz_failed(const char *what, const char *file,
							int line) __attribute__((noreturn));

/*
 * Check that a text may be shown: it is valid in the database's encoding, has
 * at most max bytes and, if one_line is set, no control characters.
 */
extern void drs_fuzz_check_text(const char *text, size_t max, bool one_line);

#endif							/* DRS_FUZZ_H */
