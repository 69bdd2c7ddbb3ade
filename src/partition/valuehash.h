/*
 * valuehash.h
 *		A 64-bit hash of a value of any type, which rows are assigned to sets by.
 *
 * Values that are equal by their type's own equality have the same hash.  For
 * most types the hash depends on nothing but the value: it is the same on
 * every machine, in every release of PostgreSQL and of this extension, and
 * after a dump and restore.  These are boolean,
 * numbers, texts with a deterministic collation, dates and times, bytea, uuid,
 * enums, and others whose equal values look the same.
 *
 * The other types (numbers in arrays, citext, nondeterministic collations,
 * ranges, rows, interval, jsonb) have the hash that PostgreSQL or the
 * extension of the type has for them, for as long as that keeps it.
 *
 * A domain is hashed as its base type, and NULL by the caller.
 */
#ifndef DRS_VALUEHASH_H
#define DRS_VALUEHASH_H

typedef struct ValueHasher ValueHasher;

/*
 * What hashes values of a type, palloc'd as a whole in the current memory
 * context.  collation is that of the values, or InvalidOid.  Raises
 * ERRCODE_UNDEFINED_FUNCTION when the type has no equality or no hash.
 */
extern ValueHasher *drs_value_hasher(Oid type, Oid collation);

/*
 * The hash of a value that is not NULL.  May leave memory in the current
 * context.  Raises what reading the value raises.
 */
extern uint64 drs_value_hash(const ValueHasher *hasher, Datum value);

/* A mix of 64 bits: another hash from a hash and a seed, as stable as above. */
extern uint64 drs_hash_mix(uint64 hash, uint64 seed);

#endif							/* DRS_VALUEHASH_H */
