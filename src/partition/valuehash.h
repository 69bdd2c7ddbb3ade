/*
 * valuehash.h
 *		A 64-bit hash of a value of any type, which assigns rows to sets.
 *
 * Values that are equal by their type's own equality have the same hash.  For
 * most types, it depends on nothing but the value: it is the same on every
 * machine, in every release of PostgreSQL and of this extension, and after a
 * dump and restore.  These are booleans, numbers, texts with a deterministic
 * collation, dates and times, bytea, uuid, enums, others whose equal values
 * look the same, and arrays and rows of all these.
 *
 * citext, texts with a nondeterministic collation, ranges, interval, jsonb and
 * other types whose equal values can look different have the hash that belongs
 * to their type, which stays the same as long as its owner keeps it.
 *
 * A domain is hashed as its base type, and NULL by the caller.
 */
#ifndef DRS_VALUEHASH_H
#define DRS_VALUEHASH_H

typedef struct ValueHasher ValueHasher;

/*
 * What hashes values of a type, made in the current memory context.  collation
 * is that of the values, or InvalidOid.  Raises 42883 when equal values of the
 * type have no common hash.
 */
extern ValueHasher *drs_value_hasher(Oid type, Oid collation);

/*
 * The hash of a value, which is not NULL.  Leaves memory in the current
 * context.  Raises what reading the value raises.
 */
extern uint64 drs_value_hash(const ValueHasher *hasher, Datum value);

#endif							/* DRS_VALUEHASH_H */
