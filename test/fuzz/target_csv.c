/*
 * target_csv.c
 *		Fuzzes the CSV reader: on any bytes it reads what a second,
 *		independent reader reads, whatever pieces the text is cut into.
 *
 *		input:  size of a piece | number of fields allowed | text
 */
#include "postgres.h"

#include "decode/csvreader.h"
#include "fuzz.h"
#include "oracle.h"

static Oracle oracle;

static void
check_same_field(const ReplyField *a, const ReplyField *b)
{
	FUZZ_CHECK((a->text == NULL) == (b->text == NULL));
	FUZZ_CHECK(a->len == b->len);
	FUZZ_CHECK(a->text == NULL || memcmp(a->text, b->text, a->len) == 0);
	FUZZ_CHECK(a->text == NULL || a->text[a->len] == '\0');
}

/* A reader that is fed piece by piece. */
typedef struct Pieces
{
	CsvReader  *reader;
	const char *text;			/* what is left of it */
	size_t		len;
	size_t		piece;			/* bytes of one */
	bool		has_begun;
} Pieces;

/* Feed the next piece; the first one contains a complete line. */
static void
feed_piece(Pieces *pieces)
{
	size_t		len = pieces->piece;

	while (!pieces->has_begun && len < pieces->len && !drs_csv_has_line(pieces->text, len))
		len++;
	if (len > pieces->len)
		len = pieces->len;
	drs_csv_feed(pieces->reader, pieces->text, len, len == pieces->len);
	pieces->text += len;
	pieces->len -= len;
	pieces->has_begun = true;
}

static CsvStatus
next_of_pieces(Pieces *pieces, CsvRecord *record)
{
	CsvStatus	status;

	while ((status = drs_csv_next(pieces->reader, record)) == CSV_MORE)
		feed_piece(pieces);
	return status;
}

static CsvReader *
open_whole(const char *text, size_t len, int max_fields)
{
	CsvReader  *reader = drs_csv_open(max_fields);

	drs_csv_feed(reader, text, len, true);
	return reader;
}

static void
check_pieces(const char *text, size_t len, int max_fields, size_t piece)
{
	CsvReader  *whole = open_whole(text, len, max_fields);
	Pieces		pieces = {drs_csv_open(max_fields), text, len, piece, false};
	CsvRecord	record,
				other;
	CsvStatus	status;

	do
	{
		status = drs_csv_next(whole, &record);
		FUZZ_CHECK(next_of_pieces(&pieces, &other) == status);
		if (status != CSV_RECORD)
			break;
		FUZZ_CHECK(record.nfields == other.nfields && record.nfields <= max_fields);
		for (int i = 0; i < record.nfields; i++)
			check_same_field(&record.fields[i], &other.fields[i]);
	} while (true);
	FUZZ_CHECK((status == CSV_BROKEN) == (drs_csv_problem(whole) != NULL));
	FUZZ_CHECK(drs_csv_next(whole, &record) == status);	/* it stays so */
	drs_csv_close(whole);
	drs_csv_close(pieces.reader);
}

static void
check_oracle(const char *text, size_t len, int max_fields)
{
	CsvReader  *reader = open_whole(text, len, max_fields);
	CsvRecord	record;
	CsvStatus	status;

	oracle = (Oracle) {.text = text, .len = len, .bytes = malloc(2 * len + 2)};
	while ((status = drs_csv_next(reader, &record)) == CSV_RECORD)
	{
		FUZZ_CHECK(drs_oracle_next(&oracle));
		FUZZ_CHECK(record.nfields == oracle.nfields);
		for (int i = 0; i < record.nfields; i++)
			check_same_field(&record.fields[i], &oracle.fields[i]);
	}
	if (status == CSV_END)
		FUZZ_CHECK(!drs_oracle_next(&oracle) && !oracle.broken);
	else
	{
		bool		too_many = false;

		while (drs_oracle_next(&oracle))
			too_many |= oracle.nfields > max_fields;
		FUZZ_CHECK(oracle.broken || too_many);
	}
	free(oracle.bytes);
	drs_csv_close(reader);
}

static void
run(const uint8_t *data, size_t size)
{
	int			max_fields;
	char	   *text;

	if (size < 2)
		return;
	max_fields = data[1] % 64 + 1;
	text = malloc(size - 2);	/* of exactly that size */
	memcpy(text, data + 2, size - 2);
	check_pieces(text, size - 2, max_fields, data[0] + 1);
	check_oracle(text, size - 2, max_fields);
	free(text);
}

const FuzzTarget drs_fuzz_csv = {"csv", NULL, run, (const int[]) {0}};
