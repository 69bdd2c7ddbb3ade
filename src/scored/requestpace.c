/*
 * requestpace.c
 *		How long the requests of scans have taken in this session.
 *
 * Scans of one small request say what a request costs, those of many rows what
 * a row does.  Both are moving averages.  Deployments are told apart by their
 * names in the options of tables, which planning knows without asking.
 */
#include "postgres.h"

#include "scored/requestpace.h"

/* Deployments that are remembered; another one takes the place of that unused the longest. */
#define MAX_DEPLOYMENTS 16

/* Weight of the newest scan. */
#define NEWEST 0.25

#define FEW_ROWS 128
#define MANY_ROWS 1000

typedef struct PacedDeployment
{
	Oid			serverid;
	char		deployment[DRS_MAX_DEPLOYMENT];
	RequestPace pace;
	uint64		learned;		/* number of the last scan; 0: the place is free */
} PacedDeployment;

static PacedDeployment remembered[MAX_DEPLOYMENTS];
static uint64 nscans;

/* The server's default has no name. */
static const char *
name_of(const ScoredTable *table)
{
	const char *name = table->values.server.deployment;

	return name ? name : "";
}

static PacedDeployment *
find_place(const ScoredTable *table)
{
	for (int i = 0; i < MAX_DEPLOYMENTS; i++)
		if (remembered[i].learned > 0 && remembered[i].serverid == table->serverid &&
			strncmp(remembered[i].deployment, name_of(table), DRS_MAX_DEPLOYMENT - 1) == 0)
			return &remembered[i];
	return NULL;
}

static PacedDeployment *
make_place(const ScoredTable *table)
{
	PacedDeployment *place = &remembered[0];

	for (int i = 1; i < MAX_DEPLOYMENTS; i++)
		if (remembered[i].learned < place->learned)
			place = &remembered[i];
	place->serverid = table->serverid;
	strlcpy(place->deployment, name_of(table), sizeof(place->deployment));
	place->pace = (RequestPace) {-1, -1};
	return place;
}

static void
average(double *mean, double us)
{
	*mean = *mean < 0 ? us : *mean + NEWEST * (us - *mean);
}

void
drs_requestpace_learn(const ScoredTable *table, const CallCounters *counters)
{
	PacedDeployment *place;

	if (counters->requests == 0 || counters->retries > 0 || counters->rows_sent == 0)
		return;
	place = find_place(table);
	if (place == NULL)
		place = make_place(table);
	place->learned = ++nscans;
	if (counters->requests == 1 && counters->rows_sent <= FEW_ROWS)
		average(&place->pace.request_us, (double) counters->wait_us);
	else if (counters->rows_sent >= MANY_ROWS && counters->has_server_time)
		average(&place->pace.row_us, (double) counters->server_us / counters->rows_sent);
}

RequestPace
drs_requestpace(const ScoredTable *table)
{
	const PacedDeployment *place = find_place(table);

	return place ? place->pace : (RequestPace) {-1, -1};
}
