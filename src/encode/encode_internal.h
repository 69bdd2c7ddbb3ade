/*
 * encode_internal.h
 *		What encode.c, csvrecord.c and jsonrecord.c share.  For these files only.
 */
#ifndef DRS_ENCODE_INTERNAL_H
#define DRS_ENCODE_INTERNAL_H

#include <math.h>

#include "access/tupdesc.h"
#include "common/shortest_dec.h"
#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/memutils.h"

#include "base/datetimetext.h"
#include "base/fixedsettings.h"
#include "rows/chunk.h"

typedef struct Encoder Encoder;

/* How a column is written. */
typedef enum FieldKind
{
	FIELD_BOOL,
	FIELD_INT2,
	FIELD_INT4,
	FIELD_INT8,
	FIELD_FLOAT4,
	FIELD_FLOAT8,
	FIELD_DATETIME,				/* the last kind that drs_write_fixed() writes */
	FIELD_TEXT,					/* a varlena that is its own text */
	FIELD_NUMBER,				/* by its output function, as all that follow; a number
								 * in JSON, or null if JSON has no form for it */
	FIELD_OUTPUT,				/* the text depends on no setting */
	FIELD_SETTINGS				/* the text may depend on settings of the session */
} FieldKind;

typedef struct EncodedColumn
{
	int			index;			/* in the row */
	const char *name;			/* as it is sent, in the server's encoding */
	Oid			type;			/* base type, domains looked through */
	FieldKind	kind;
	FmgrInfo	output;			/* of the last three kinds */
	char	   *key;			/* JSON: all that comes before the value, in UTF-8; CSV: NULL */
	size_t		key_len;
} EncodedColumn;

/* A position in a bounded buffer.  at is NULL once something did not fit. */
typedef struct ByteCursor
{
	char	   *at;
	char	   *end;
} ByteCursor;

/* One way to write rows. */
typedef struct RecordForm
{
	/*
	 * build the header and all else that is the same for all records; order_column
	 * may be NULL
	 */
	void		(*prepare) (Encoder *encoder, const char *order_column);

	/* see drs_encode_record() */
	size_t		(*write) (Encoder *encoder, const Chunk *chunk, const Datum *values,
						  const bool *isnull);
} RecordForm;

extern const RecordForm drs_csv_form;
extern const RecordForm drs_json_form;

struct Encoder
{
	const RecordForm *form;
	int			nfields;
	EncodedColumn	   *fields;
	TupleDesc	desc;			/* not owned */
	const EncodedColumn *current;		/* being written, for error messages */
	bool		order_column;	/* does each record end with its row number? */
	char	   *order_key;		/* JSON: all that comes before that number */
	size_t		order_key_len;
	bool		convert;		/* is the server's encoding another than UTF-8? */
	bool		has_settings;	/* is any field FIELD_SETTINGS? */
	bool		has_money;		/* its text depends on lc_monetary, which is slow to change */
	char	   *header;
	size_t		header_len;
	MemoryContext row_cxt;		/* reset after every record */
};

/* Bytes of UTF-8 that a byte of any server encoding becomes, at most. */
#define MAX_GROWTH 4

/*
 * The longest text of a kind of fixed size, a timestamp, with quotes around it and a
 * comma or a line end beside it.
 */
#define FIXED_FIELD_BYTES (MAXDATELEN + 3)
StaticAssertDecl(FIXED_FIELD_BYTES <= DRS_CHUNK_SLACK,
				 "a fixed-size field must fit the slack of a chunk");

/* State between drs_record_begin() and drs_record_end(). */
typedef struct RecordScope
{
	ByteCursor	writer;
	MemoryContext old;
	int			nestlevel;
} RecordScope;

/*
 * Begin a record after those of the chunk, in row_cxt and, if a column's text depends on
 * settings, with these fixed.
 */
static inline RecordScope
drs_record_begin(Encoder *encoder, const Chunk *chunk)
{
	RecordScope	scope;

	scope.writer.at = chunk->body + chunk->len;
	scope.writer.end = chunk->body + chunk->max_len + DRS_CHUNK_SLACK;
	scope.old = MemoryContextSwitchTo(encoder->row_cxt);
	scope.nestlevel = encoder->has_settings ? drs_fixed_settings_begin(encoder->has_money) : 0;
	return scope;
}

/* End a record.  Returns the body's new length in bytes, or 0 when the record does not fit. */
static inline size_t
drs_record_end(Encoder *encoder, const Chunk *chunk, const RecordScope *scope)
{
	const char *at = scope->writer.at;

	if (encoder->has_settings)
		drs_fixed_settings_end(scope->nestlevel);
	encoder->current = NULL;
	MemoryContextSwitchTo(scope->old);
	MemoryContextReset(encoder->row_cxt);
	return at == NULL || at > chunk->body + chunk->max_len ? 0 : at - chunk->body;
}

/*
 * Write a value of a kind of fixed size, for which FIXED_FIELD_BYTES of room must be
 * left.  The text is the same in CSV and JSON, except for the quotes around a date or
 * time in JSON, which the caller adds.  Returns false, with nothing written, for a
 * number that is not finite.
 */
static inline bool
drs_write_fixed(ByteCursor *cursor, const EncodedColumn *column, Datum value)
{
	char	   *at = cursor->at;

	switch (column->kind)
	{
		case FIELD_BOOL:
			memcpy(at, DatumGetBool(value) ? "true" : "false", 5);
			at += DatumGetBool(value) ? 4 : 5;
			break;
		case FIELD_INT2:
			at += pg_ltoa(DatumGetInt16(value), at);
			break;
		case FIELD_INT4:
			at += pg_ltoa(DatumGetInt32(value), at);
			break;
		case FIELD_INT8:
			at += pg_lltoa(DatumGetInt64(value), at);
			break;
		case FIELD_FLOAT4:
			if (!isfinite(DatumGetFloat4(value)))
				return false;
			at += float_to_shortest_decimal_bufn(DatumGetFloat4(value), at);
			break;
		case FIELD_FLOAT8:
			if (!isfinite(DatumGetFloat8(value)))
				return false;
			at += double_to_shortest_decimal_bufn(DatumGetFloat8(value), at);
			break;
		default:
			at += strlen(drs_write_datetime(at, column->type, value));
			break;
	}
	cursor->at = at;
	return true;
}

/* Number of the row being written, as in error messages and for verify_order. */
static inline uint64
drs_record_row(const Chunk *chunk)
{
	return chunk->first_row + chunk->nrows;
}

/* drs_encoder_utf8() for server encodings other than UTF-8. */
extern const char *drs_convert_to_utf8(const char *text, size_t *len);

/*
 * Text in the server's encoding as UTF-8: the same bytes, or palloc'd ones.  *len is
 * the length of text before, and that of the result after.  Raises when there is no
 * such form.
 */
static inline const char *
drs_encoder_utf8(const Encoder *encoder, const char *text, size_t *len)
{
	return encoder->convert ? drs_convert_to_utf8(text, len) : text;
}

#endif							/* DRS_ENCODE_INTERNAL_H */
