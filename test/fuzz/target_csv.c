/*
 * target_csv.c
 *		The CSV reader on any bytes: it reads what a second, independent reader
 *		reads, however the text is sliced.
 *
 *		input:  slice size | number of fields allowed | text
 */
#include "postgres.h"

#include "decode/csvreader.h"
#include "fuzz.h"
#include "oracle.h"

/* csvreader.c once more, with other names and slices of the size given here */
extern size_t drs_fuzz_slice_bytes;
extern CsvReader *drs_sliced_open(const char *text, size_t len, int max_fields);
extern CsvStatus drs_sliced_next(CsvReader *reader, CsvRecord *record);
extern void drs_sliced_close(CsvReader *reader);

static Oracle oracle;

static void
check_same_field(const ReplyField *a, const ReplyField *b)
{
	FUZZ_CHECK((a->text == NULL) == (b->text == NULL));
	FUZZ_CHECK(a->len == b->len);
	FUZZ_CHECK(a->text == NULL || memcmp(a->text, b->text, a->len) == 0);
	FUZZ_CHECK(a->text == NULL || a->text[a->len] == '\0');
}

static void
check_slices(const char *text, size_t len, int max_fields)
{
	CsvReader  *whole = drs_csv_open(text, len, max_fields);
	CsvReader  *sliced = drs_sliced_open(text, len, max_fields);
	CsvRecord	record,
				other;
	CsvStatus	status;

	do
	{
		status = drs_csv_next(whole, &record);
		FUZZ_CHECK(drs_sliced_next(sliced, &other) == status);
		if (status != CSV_RECORD)
			break;
		FUZZ_CHECK(record.nfields == other.nfields && record.nfields <= max_fields);
		for (int i = 0; i < record.nfields; i++)
			check_same_field(&record.fields[i], &other.fields[i]);
	} while (true);
	FUZZ_CHECK((status == CSV_BROKEN) == (drs_csv_problem(whole) != NULL));
	FUZZ_CHECK(drs_csv_next(whole, &record) == status);	/* it stays so */
	drs_csv_close(whole);
	drs_sliced_close(sliced);
}

static void
check_oracle(const char *text, size_t len, int max_fields)
{
	CsvReader  *reader = drs_csv_open(text, len, max_fields);
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
	drs_fuzz_slice_bytes = data[0] + 1;
	max_fields = data[1] % 64 + 1;
	text = malloc(size - 2);	/* of exactly that size */
	memcpy(text, data + 2, size - 2);
	check_slices(text, size - 2, max_fields);
	check_oracle(text, size - 2, max_fields);
	free(text);
}

const FuzzTarget drs_fuzz_csv = {"csv", NULL, run, (const int[]) {0}};
