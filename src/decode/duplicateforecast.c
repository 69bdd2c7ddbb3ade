/*
 * duplicateforecast.c
 *		Detects forecasts that an answer contains twice.
 *
 * Forecasts are identified by series, forecast point and distance, or by the
 * forecast time where there is no distance.  The column of the series in CSV
 * cannot always be found by its position, so all columns without a known
 * meaning are included.  A hash of 128 bits is kept of each forecast, so
 * accidental collisions are not to be expected.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"

#include "base/servermessage.h"
#include "decode/duplicateforecast.h"

#define FIRST_ROOM 256			/* forecasts; it grows */
#define MAX_QUOTED 40			/* bytes of a value in a message */

typedef struct ForecastKey
{
	uint64		low;
	uint64		high;
} ForecastKey;

struct Twice
{
	const Layout *layout;
	int			ncolumns;
	int		   *columns;		/* that identify a forecast */
	HTAB	   *seen;			/* of ForecastKey */
};

static void
add_column(Twice *twice, int column)
{
	if (column >= 0)
		twice->columns[twice->ncolumns++] = column;
}

Twice *
drs_duplicateforecast_create(const Layout *layout)
{
	Twice	   *twice = palloc0(sizeof(Twice));
	HASHCTL		info = {.keysize = sizeof(ForecastKey),.entrysize = sizeof(ForecastKey)};

	twice->layout = layout;
	twice->columns = palloc(sizeof(int) * (layout->ncolumns + NROLES));
	add_column(twice, layout->roles[ROLE_SERIES]);
	add_column(twice, layout->roles[ROLE_FORECAST_POINT]);
	add_column(twice, layout->roles[ROLE_FORECAST_DISTANCE]);
	add_column(twice, layout->roles[ROLE_FORECAST_TIMESTAMP]);
	for (int i = 0; i < layout->nuntold; i++)
		add_column(twice, layout->untold[i]);
	info.hcxt = AllocSetContextCreate(CurrentMemoryContext, "datarobot_scoring forecasts",
									  ALLOCSET_DEFAULT_SIZES);
	twice->seen = hash_create("datarobot_scoring forecasts", FIRST_ROOM, &info,
							  HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	return twice;
}

static const char *
text_of(const ReplyRow *row, int column)
{
	const ReplyField *field = column < 0 ? NULL : &row->fields[column];

	return field && field->text ? drs_one_line(field->text, field->len, MAX_QUOTED) : "(none)";
}

pg_attribute_cold static void
refuse(const Layout *layout, const ReplyRow *row)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROTOCOL_VIOLATION),
			 errmsg("the answer has the same forecast twice"),
			 errdetail("It is for series %s, forecast point %s and distance %s.",
					   text_of(row, layout->roles[ROLE_SERIES]),
					   text_of(row, layout->roles[ROLE_FORECAST_POINT]),
					   text_of(row, layout->roles[ROLE_FORECAST_DISTANCE]))));
}

static uint64
hash_field(const ReplyField *field, uint64 seed)
{
	if (field->text == NULL)
		return 7;
	return hash_bytes_extended((const unsigned char *) field->text, (int) field->len, seed);
}

void
drs_duplicateforecast_check(Twice *twice, const ReplyRow *row)
{
	int			distance = twice->layout->roles[ROLE_FORECAST_DISTANCE];
	bool		has_distance = distance >= 0 && row->fields[distance].text;
	ForecastKey key = {0, 1};
	bool		found;

	for (int i = 0; i < twice->ncolumns; i++)
	{
		const ReplyField *field = &row->fields[twice->columns[i]];

		if (has_distance && twice->columns[i] == twice->layout->roles[ROLE_FORECAST_TIMESTAMP])
			continue;
		key.low = hash_combine64(key.low, hash_field(field, 0));
		key.high = hash_combine64(key.high, hash_field(field, 1));
	}
	(void) hash_search(twice->seen, &key, HASH_ENTER, &found);
	if (found)
		refuse(twice->layout, row);
}
