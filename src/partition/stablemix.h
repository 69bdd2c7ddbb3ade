/*
 * stablemix.h
 *		Random numbers that depend on nothing but what they are asked for: the
 *		n-th number of the generator splitmix64 that starts in a given state.
 *
 * Which row gets into which set follows from them, so they must never change:
 * test/t/120_partition_rows.pl and 134_set_numbers.pl have their known answers.
 */
#ifndef DRS_STABLEMIX_H
#define DRS_STABLEMIX_H

/* The step of the generator's state, 2^64 divided by the golden ratio, made odd. */
#define STABLEMIX_STEP UINT64CONST(0x9E3779B97F4A7C15)

/* The generator's output for a state: a bijection of 64 bits. */
static inline uint64
drs_stablemix(uint64 state)
{
	state = (state ^ (state >> 30)) * UINT64CONST(0xBF58476D1CE4E5B9);
	state = (state ^ (state >> 27)) * UINT64CONST(0x94D049BB133111EB);
	return state ^ (state >> 31);
}

/* Its n-th output, counted from 0. */
static inline uint64
drs_stablemix_nth(uint64 state, uint64 n)
{
	return drs_stablemix(state + (n + 1) * STABLEMIX_STEP);
}

/*
 * A number from 0 to below limit from a random one of 64 bits: floor(random *
 * limit / 2^64).  In halves of 32 bits, as not every compiler has integers of 128.
 */
static inline uint64
drs_stablemix_below(uint64 random, uint64 limit)
{
	uint64		high = random >> 32;
	uint64		low = random & 0xFFFFFFFF;
	uint64		limit_high = limit >> 32;
	uint64		limit_low = limit & 0xFFFFFFFF;
	uint64		middle = high * limit_low + ((low * limit_low) >> 32);
	uint64		other = low * limit_high + (middle & 0xFFFFFFFF);

	return high * limit_high + (middle >> 32) + (other >> 32);
}

#endif							/* DRS_STABLEMIX_H */
