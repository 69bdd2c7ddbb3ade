/*
 * valuehash.c
 *		A 64-bit hash of a value of any type, which assigns rows to sets.
 *
 * PostgreSQL's own hash functions are not used where that can be avoided: they
 * differ between machines of different byte order, hash an enum by its OID,
 * which a restored database has not, and are nobody's promise.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/nbtree.h"
#include "access/transam.h"
#include "catalog/pg_enum.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/numeric.h"
#include "utils/syscache.h"
#include "utils/typcache.h"
#include "utils/uuid.h"

#include "base/compat.h"
#include "base/fixedsettings.h"
#include "partition/stablemix.h"
#include "partition/valuehash.h"

/* The hash of a NULL inside an array or a row. */
#define NULL_PART UINT64CONST(0x6E756C6C)

typedef uint64 (*HashValue) (const ValueHasher *hasher, Datum value);

/* The columns of a row type. */
typedef struct RowColumns
{
	MemoryContext cxt;			/* of all this */
	TupleDesc	desc;
	ValueHasher **hashers;		/* NULL for a dropped column */
	Datum	   *values;
	bool	   *isnull;
} RowColumns;

struct ValueHasher
{
	HashValue	hash;
	Oid			collation;
	FmgrInfo   *function;		/* output or hash of the type, for those that need it */
	ValueHasher *element;		/* for arrays */
	RowColumns **columns;		/* for rows; of the type that came last, NULL before the first */
	MemoryContext cxt;			/* the same */
};

/* One more part of a value that has several. */
static uint64
add_part(uint64 hash, uint64 part)
{
	return drs_stablemix_nth(hash, part);
}

static uint64
hash_number(uint64 number)
{
	return drs_stablemix_nth(number, 0);
}

/* Up to 8 bytes as a number, the first one lowest on every machine. */
static uint64
number_of_bytes(const unsigned char *bytes, size_t len)
{
	uint64		number = 0;

	for (size_t i = 0; i < len; i++)
		number |= (uint64) bytes[i] << (8 * i);
	return number;
}

static uint64
hash_octets(const char *text, size_t len)
{
	const unsigned char *bytes = (const unsigned char *) text;
	uint64		hash = hash_number(len);

	for (; len >= 8; bytes += 8, len -= 8)
		hash = add_part(hash, number_of_bytes(bytes, 8));
	return len > 0 ? add_part(hash, number_of_bytes(bytes, len)) : hash;
}

/* In UTF-8, so that a database of another encoding has the same hashes. */
static uint64
hash_characters(const char *text, int len)
{
	char	   *utf8;

	if (GetDatabaseEncoding() == PG_UTF8 || GetDatabaseEncoding() == PG_SQL_ASCII)
		return hash_octets(text, len);
	utf8 = pg_server_to_any(text, len, PG_UTF8);
	return hash_octets(utf8, utf8 == text ? (size_t) len : strlen(utf8));
}

static uint64
hash_of_bool(const ValueHasher *hasher, Datum value)
{
	return hash_number(DatumGetBool(value));
}

static uint64
hash_of_char(const ValueHasher *hasher, Datum value)
{
	return hash_number((unsigned char) DatumGetChar(value));
}

static uint64
hash_of_int2(const ValueHasher *hasher, Datum value)
{
	return hash_number((int64) DatumGetInt16(value));
}

static uint64
hash_of_int4(const ValueHasher *hasher, Datum value)
{
	return hash_number((int64) DatumGetInt32(value));
}

static uint64
hash_of_int8(const ValueHasher *hasher, Datum value)
{
	return hash_number(DatumGetInt64(value));
}

static uint64
hash_of_oid(const ValueHasher *hasher, Datum value)
{
	return hash_number(DatumGetObjectId(value));
}

/* All zeros are equal, and so are all NaNs. */
static uint64
hash_real(double number)
{
	uint64		bits;

	if (number == 0)
		number = 0;
	if (isnan(number))
		return hash_number(UINT64CONST(0x7FF8000000000000));
	memcpy(&bits, &number, sizeof(bits));
	return hash_number(bits);
}

static uint64
hash_of_float4(const ValueHasher *hasher, Datum value)
{
	return hash_real(DatumGetFloat4(value));
}

static uint64
hash_of_float8(const ValueHasher *hasher, Datum value)
{
	return hash_real(DatumGetFloat8(value));
}

/* 1.0 as 1.00. */
static uint64
hash_of_numeric(const ValueHasher *hasher, Datum value)
{
	char	   *digits = numeric_normalize(DatumGetNumeric(value));

	return hash_octets(digits, strlen(digits));
}

static uint64
hash_of_text(const ValueHasher *hasher, Datum value)
{
	struct varlena *text = PG_DETOAST_DATUM_PACKED(value);

	return hash_characters(VARDATA_ANY(text), VARSIZE_ANY_EXHDR(text));
}

/* Blanks at the end are no part of the value. */
static uint64
hash_of_bpchar(const ValueHasher *hasher, Datum value)
{
	struct varlena *text = PG_DETOAST_DATUM_PACKED(value);
	char	   *characters = VARDATA_ANY(text);

	return hash_characters(characters, bpchartruelen(characters, VARSIZE_ANY_EXHDR(text)));
}

static uint64
hash_of_name(const ValueHasher *hasher, Datum value)
{
	const char *name = NameStr(*DatumGetName(value));

	return hash_characters(name, strlen(name));
}

static uint64
hash_of_bytea(const ValueHasher *hasher, Datum value)
{
	struct varlena *bytes = PG_DETOAST_DATUM_PACKED(value);

	return hash_octets(VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes));
}

static uint64
hash_of_uuid(const ValueHasher *hasher, Datum value)
{
	return hash_octets((const char *) DatumGetUUIDP(value)->data, UUID_LEN);
}

/* By its label: OIDs change in a dump and restore. */
static uint64
hash_of_enum(const ValueHasher *hasher, Datum value)
{
	HeapTuple	tuple = SearchSysCache1(ENUMOID, value);
	const char *label;
	uint64		hash;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for enum value %u", DatumGetObjectId(value));
	label = NameStr(((Form_pg_enum) GETSTRUCT(tuple))->enumlabel);
	hash = hash_characters(label, strlen(label));
	ReleaseSysCache(tuple);
	return hash;
}

/* By its text, of a type of the server that writes the same one under all settings. */
static uint64
hash_by_output(const ValueHasher *hasher, Datum value)
{
	char	   *text = OutputFunctionCall(hasher->function, value);

	return hash_characters(text, strlen(text));
}

/* By its text under settings of ours. */
static uint64
hash_by_fixed_output(const ValueHasher *hasher, Datum value)
{
	int			level = drs_fixed_settings_begin(false);
	uint64		hash = hash_by_output(hasher, value);

	drs_fixed_settings_end(level);
	return hash;
}

/* By its type's own hash functions: the one of 64 bits, or that of 32. */
static uint64
hash_by_type(const ValueHasher *hasher, Datum value)
{
	return hash_number(DatumGetUInt64(FunctionCall2Coll(hasher->function, hasher->collation,
														value, UInt64GetDatum(0))));
}

static uint64
hash_by_type_32(const ValueHasher *hasher, Datum value)
{
	return hash_number(DatumGetUInt32(FunctionCall1Coll(hasher->function, hasher->collation,
														value)));
}

static uint64
hash_of_array(const ValueHasher *hasher, Datum value)
{
	ArrayIterator iterator = array_create_iterator(DatumGetArrayTypeP(value), 0, NULL);
	uint64		hash = hash_number(0);
	Datum		element;
	bool		isnull;

	while (array_iterate(iterator, &element, &isnull))
		hash = add_part(hash, isnull ? NULL_PART : drs_value_hash(hasher->element, element));
	array_free_iterator(iterator);
	return hash;
}

static RowColumns *
make_columns(MemoryContext parent, HeapTupleHeader row)
{
	MemoryContext cxt = AllocSetContextCreate(parent, "datarobot_scoring row hash",
											  ALLOCSET_SMALL_SIZES);
	MemoryContext old = MemoryContextSwitchTo(cxt);
	RowColumns *columns = palloc(sizeof(RowColumns));
	int			ncolumns;

	columns->cxt = cxt;
	columns->desc = lookup_rowtype_tupdesc_copy(HeapTupleHeaderGetTypeId(row),
												HeapTupleHeaderGetTypMod(row));
	ncolumns = columns->desc->natts;
	columns->hashers = palloc0(sizeof(ValueHasher *) * Max(ncolumns, 1));
	columns->values = palloc(sizeof(Datum) * Max(ncolumns, 1));
	columns->isnull = palloc(sizeof(bool) * Max(ncolumns, 1));
	for (int i = 0; i < ncolumns; i++)
	{
		Form_pg_attribute column = TupleDescAttr(columns->desc, i);

		if (!column->attisdropped)
			columns->hashers[i] = drs_value_hasher(column->atttypid, column->attcollation);
	}
	MemoryContextSwitchTo(old);
	return columns;
}

/* The columns of a row: those of the last one, as long as the type is the same. */
static RowColumns *
columns_of(const ValueHasher *hasher, HeapTupleHeader row)
{
	RowColumns *last = *hasher->columns;

	if (last && last->desc->tdtypeid == HeapTupleHeaderGetTypeId(row) &&
		last->desc->tdtypmod == HeapTupleHeaderGetTypMod(row))
		return last;
	*hasher->columns = NULL;
	if (last)
		MemoryContextDelete(last->cxt);
	return *hasher->columns = make_columns(hasher->cxt, row);
}

static uint64
hash_of_row(const ValueHasher *hasher, Datum value)
{
	HeapTupleHeader row = DatumGetHeapTupleHeader(value);
	RowColumns *columns = columns_of(hasher, row);
	HeapTupleData tuple = {.t_len = HeapTupleHeaderGetDatumLength(row), .t_data = row};
	uint64		hash = hash_number(0);

	heap_deform_tuple(&tuple, columns->desc, columns->values, columns->isnull);
	for (int i = 0; i < columns->desc->natts; i++)
		if (columns->hashers[i])
			hash = add_part(hash, columns->isnull[i] ? NULL_PART :
							drs_value_hash(columns->hashers[i], columns->values[i]));
	return hash;
}

/* Types whose values are hashed without asking a function of theirs. */
static const struct
{
	Oid			type;
	HashValue	hash;
}			known_types[] =
{
	{BOOLOID, hash_of_bool}, {CHAROID, hash_of_char}, {INT2OID, hash_of_int2},
	{INT4OID, hash_of_int4}, {INT8OID, hash_of_int8}, {OIDOID, hash_of_oid},
	{FLOAT4OID, hash_of_float4}, {FLOAT8OID, hash_of_float8}, {NUMERICOID, hash_of_numeric},
	{CASHOID, hash_of_int8}, {DATEOID, hash_of_int4}, {TIMEOID, hash_of_int8},
	{TIMESTAMPOID, hash_of_int8}, {TIMESTAMPTZOID, hash_of_int8}, {NAMEOID, hash_of_name},
	{BYTEAOID, hash_of_bytea}, {UUIDOID, hash_of_uuid}, {TEXTOID, hash_of_text},
	{VARCHAROID, hash_of_text}, {BPCHAROID, hash_of_bpchar}
};

static HashValue
known_hash(Oid type, Oid collation)
{
	if (OidIsValid(collation) && !get_collation_isdeterministic(collation))
		return NULL;
	for (int i = 0; i < (int) lengthof(known_types); i++)
		if (known_types[i].type == type)
			return known_types[i].hash;
	return get_typtype(type) == TYPTYPE_ENUM ? hash_of_enum : NULL;
}

/* Do equal values of a type look the same?  Its btree operator class knows. */
static bool
equal_values_look_the_same(const TypeCacheEntry *type, Oid collation)
{
	Oid			function = InvalidOid;

	if (OidIsValid(type->btree_opf))
		function = get_opfamily_proc(type->btree_opf, type->btree_opintype,
									 type->btree_opintype, BTEQUALIMAGE_PROC);
	return OidIsValid(function) &&
		DatumGetBool(OidFunctionCall1Coll(function, collation,
										  ObjectIdGetDatum(type->btree_opintype)));
}

/*
 * Can a type's text depend on settings?  Of the server's own types that come
 * here, only the names of objects can: regclass and the like, ordered as oid.
 */
static bool
text_may_vary(const TypeCacheEntry *type)
{
	return type->type_id >= FirstNormalObjectId || type->btree_opintype == OIDOID;
}

static FmgrInfo *
find_function(Oid function)
{
	FmgrInfo   *found = palloc(sizeof(FmgrInfo));

	fmgr_info(function, found);
	return found;
}

/* By the text or the hash function of a type that is not one of known_types. */
static void
choose_function(ValueHasher *hasher, Oid type_id)
{
	const TypeCacheEntry *type = lookup_type_cache(type_id, TYPECACHE_BTREE_OPFAMILY |
												   TYPECACHE_HASH_PROC |
												   TYPECACHE_HASH_EXTENDED_PROC);
	Oid			output;
	bool		is_varlena;

	if (equal_values_look_the_same(type, hasher->collation))
	{
		hasher->hash = text_may_vary(type) ? hash_by_fixed_output : hash_by_output;
		getTypeOutputInfo(type_id, &output, &is_varlena);
		hasher->function = find_function(output);
	}
	else if (OidIsValid(type->hash_extended_proc))
	{
		hasher->hash = hash_by_type;
		hasher->function = find_function(type->hash_extended_proc);
	}
	else if (OidIsValid(type->hash_proc))
	{
		hasher->hash = hash_by_type_32;
		hasher->function = find_function(type->hash_proc);
	}
	else
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_FUNCTION),
				 errmsg("values of type %s cannot be grouped", format_type_be(type_id)),
				 errdetail("The type has no hash function."),
				 errhint("Cast them to another type, such as text.")));
}

static void
choose_row_hash(ValueHasher *hasher)
{
	hasher->hash = hash_of_row;
	hasher->cxt = CurrentMemoryContext;
	hasher->columns = palloc0(sizeof(RowColumns *));
}

ValueHasher *
drs_value_hasher(Oid type, Oid collation)
{
	ValueHasher *hasher = palloc0(sizeof(ValueHasher));
	Oid			base = getBaseType(type);
	Oid			element = get_element_type(base);

	hasher->collation = collation;
	hasher->hash = known_hash(base, collation);
	if (hasher->hash)
		return hasher;
	if (base == RECORDOID || get_typtype(base) == TYPTYPE_COMPOSITE)
		choose_row_hash(hasher);
	else if (OidIsValid(element))
	{
		hasher->hash = hash_of_array;
		hasher->element = drs_value_hasher(element, collation);
	}
	else
		choose_function(hasher, base);
	return hasher;
}

uint64
drs_value_hash(const ValueHasher *hasher, Datum value)
{
	return hasher->hash(hasher, value);
}
