/*
 * target_layout.c
 *		Fuzzes the header of an answer: whatever the names and the order of
 *		the columns, target and classes are consistent.
 *
 *		input:  the names, a line each
 */
#include "postgres.h"

#include "mb/pg_wchar.h"

#include "decode/csvlayout.h"
#include "fuzz.h"
#include "guard.h"

#define MAX_COLUMNS 64

static int
split(const uint8_t *data, size_t size, ReplyField *fields)
{
	int			count = 0;
	size_t		start = 0;

	for (size_t at = 0; at <= size && count < MAX_COLUMNS; at++)
		if (at == size || data[at] == '\n')
		{
			fields[count].text = at == start ? NULL :
				pnstrdup((const char *) data + start, at - start);
			fields[count].len = fields[count].text ? strlen(fields[count].text) : 0;
			count++;
			start = at + 1;
		}
	return count;
}

/*
 * Check that every role and part of an explanation is an existing column, or none.
 */
static void
check_columns(const Layout *layout)
{
	for (int role = 0; role < NROLES; role++)
		FUZZ_CHECK(layout->roles[role] >= -1 && layout->roles[role] < layout->ncolumns);
	for (int i = 0; i < layout->nexplanations; i++)
		for (int part = 0; part < EXPLANATION_PARTS; part++)
			FUZZ_CHECK(layout->explanations[i].columns[part] >= -1 &&
					   layout->explanations[i].columns[part] < layout->ncolumns);
	FUZZ_CHECK(layout->nextra <= layout->ncolumns && layout->npassed == 0);
}

/*
 * Is this header, as a name in SQL, also a longer header truncated?  Then it is rightly refused.
 */
static bool
is_ambiguous(const Layout *layout, const char *header)
{
	size_t		len = strlen(header);

	for (int i = 0; i < layout->ncolumns; i++)
	{
		int			other = (int) strlen(layout->headers[i]);

		if (other >= NAMEDATALEN &&
			pg_mbcliplen(layout->headers[i], other, NAMEDATALEN - 1) == (int) len &&
			memcmp(layout->headers[i], header, len) == 0)
			return true;
	}
	return false;
}

static void
check_layout(const Layout *layout, const CsvRecord *header)
{
	FUZZ_CHECK(layout->ncolumns == header->nfields && !layout->is_json);
	FUZZ_CHECK(layout->is_multilabel ? layout->nclasses > 0 : layout->roles[ROLE_PREDICTION] >= 0);
	FUZZ_CHECK(layout->nclasses >= 0 && layout->nclasses <= layout->ncolumns);
	FUZZ_CHECK(drs_csvlayout_fits(layout, header));
	check_columns(layout);
	for (int i = 0; i < layout->nclasses; i++)
	{
		const ClassColumn *class = &layout->classes[i];
		const char *name = layout->headers[class->column];

		FUZZ_CHECK(class->column != layout->roles[ROLE_PREDICTION]);
		FUZZ_CHECK(strstr(name, class->label) != NULL);
		FUZZ_CHECK(strlen(class->label) < strlen(name));
		FUZZ_CHECK(drs_layout_class(layout, class->label) == i);
		FUZZ_CHECK(layout->is_multilabel == (class->decision >= 0));
	}
	for (int i = 0; i < layout->ncolumns; i++)
		if (!is_ambiguous(layout, layout->headers[i]))
			FUZZ_CHECK(drs_layout_find(layout, layout->headers[i]) == i);
	drs_fuzz_check_text(drs_layout_names(layout), 1000, true);
}

static void
run(const uint8_t *data, size_t size)
{
	ReplyField	fields[MAX_COLUMNS];
	ReplyField	backwards[MAX_COLUMNS];
	CsvRecord	header = {0, fields};
	CsvRecord	other = {0, backwards};
	Layout	   *layout;

	if (!pg_verify_mbstr(GetDatabaseEncoding(), (const char *) data, size, true))
		return;					/* answers are checked before */
	other.nfields = header.nfields = split(data, size, fields);
	for (int i = 0; i < header.nfields; i++)
		backwards[i] = fields[header.nfields - 1 - i];
	layout = drs_csvlayout_read(&header, NULL, NIL);
	check_layout(layout, &header);
	check_layout(drs_csvlayout_read(&other, NULL, NIL), &other);
}

const FuzzTarget drs_fuzz_layout = {"layout", NULL, run,
									(const int[]) {ERRCODE_PROTOCOL_VIOLATION, 0}};
