/*
 * deploymentcache.c
 *		The session's memory of deployments.
 *
 * Callbacks only mark it as out of date.  It is emptied when it is next used,
 * so that nothing vanishes while it is being read.
 */
#include "postgres.h"

#include "access/xact.h"
#include "utils/inval.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

#include "api/deploymentcache.h"
#include "base/clock.h"

#define MAX_KNOWN 100			/* deployments; when there are more, the cache is emptied */

static MemoryContext known_cxt = NULL;
static List *known = NIL;		/* of CachedDeployment * */
static bool out_of_date = false;

static void
on_catalog_change(Datum arg, int cacheid, uint32 hashvalue)
{
	out_of_date = true;
}

/* A transaction may have failed because a deployment was replaced or moved, so ask again. */
static void
on_transaction_end(XactEvent event, void *arg)
{
	if (event == XACT_EVENT_ABORT || event == XACT_EVENT_PARALLEL_ABORT)
		out_of_date = true;
}

static void
known_init(void)
{
	known_cxt = AllocSetContextCreate(TopMemoryContext, "datarobot_scoring deployments",
									  ALLOCSET_SMALL_SIZES);
	CacheRegisterSyscacheCallback(FOREIGNSERVEROID, on_catalog_change, (Datum) 0);
	CacheRegisterSyscacheCallback(USERMAPPINGOID, on_catalog_change, (Datum) 0);
	RegisterXactCallback(on_transaction_end, NULL);
}

static CachedDeployment *
add_known(const Endpoint *endpoint, const char *name)
{
	MemoryContext cxt = AllocSetContextCreate(known_cxt, "datarobot_scoring deployment",
											  ALLOCSET_SMALL_SIZES);
	MemoryContext old = MemoryContextSwitchTo(cxt);
	CachedDeployment *one = palloc0(sizeof(CachedDeployment));

	one->cxt = cxt;
	one->features_cxt = AllocSetContextCreate(cxt, "datarobot_scoring features",
											  ALLOCSET_SMALL_SIZES);
	one->user = endpoint->user;
	one->server = endpoint->server_oid;
	one->mapping = endpoint->mapping_oid;
	one->name = pstrdup(name);
	MemoryContextSwitchTo(known_cxt);
	known = lappend(known, one);
	MemoryContextSwitchTo(old);
	return one;
}

CachedDeployment *
drs_deploymentcache_get(const Endpoint *endpoint, const char *name)
{
	ListCell   *lc;

	if (known_cxt == NULL)
		known_init();
	if (out_of_date || list_length(known) >= MAX_KNOWN)
	{
		known = NIL;
		out_of_date = false;
		MemoryContextReset(known_cxt);
	}
	foreach(lc, known)
	{
		CachedDeployment *one = lfirst(lc);

		if (one->user == endpoint->user && one->server == endpoint->server_oid &&
			one->mapping == endpoint->mapping_oid && strcmp(one->name, name) == 0)
			return one;
	}
	return add_known(endpoint, name);
}

bool
drs_deploymentcache_is_fresh(const Endpoint *endpoint, TimestampTz asked)
{
	return asked != 0 &&
		drs_clock() - asked < endpoint->options.transfer.deployment_lifetime * INT64CONST(1000);
}

static void
forget_text(char **text)
{
	if (*text)
		pfree(*text);
	*text = NULL;
}

void
drs_deploymentcache_forget_place(CachedDeployment *one)
{
	one->place_asked = 0;
	forget_text(&one->id);
	forget_text(&one->prediction_url);
	forget_text(&one->key);
	forget_text(&one->positive_class);
}

void
drs_deploymentcache_forget_kind(CachedDeployment *one)
{
	one->kind_asked = 0;
	forget_text(&one->target_type);
}

void
drs_deploymentcache_forget_positive(CachedDeployment *one)
{
	one->positive_asked = 0;
	forget_text(&one->learned_class);
}

void
drs_deploymentcache_forget_features(CachedDeployment *one)
{
	one->features_asked = 0;
	one->features = one->association = NIL;
	one->association_required = false;
	MemoryContextReset(one->features_cxt);
}
