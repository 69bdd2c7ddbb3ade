/*
 * positiveprobe.c
 *		Asks a deployment which of its two classes is the positive one.
 *
 * Neither the public API nor an answer in JSON says which it is, but an answer in CSV does.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "api/deploymentcache.h"
#include "base/clock.h"
#include "base/subxact.h"
#include "decode/reply.h"
#include "http/exchange.h"
#include "realtime/dispatch.h"
#include "realtime/positiveprobe.h"

typedef struct Question
{
	Endpoint   *endpoint;
	Request    *request;
	const Chunk *chunk;
	bool		whole;
	char	   *label;			/* the answer */
} Question;

/* The positive class that an answer in CSV names, or NULL. */
static char *
named_class(const Exchange *exchange)
{
	ReplyTerms	terms = {.format = FORMAT_CSV};
	const Layout *layout;
	ReplyRow	row;
	Reply	   *reply;

	if (!drs_is_csv_type(exchange->content_type))
		return NULL;
	reply = drs_reply_open(exchange->content_type, &terms, CurrentMemoryContext);
	(void) drs_reply_feed(reply, exchange->body.data, exchange->body.len, true);
	layout = drs_reply_layout(reply, NULL, AllocSetContextCreate(CurrentMemoryContext,
																 "datarobot_scoring layout",
																 ALLOCSET_SMALL_SIZES));
	if (layout->roles[ROLE_POSITIVE_CLASS] < 0 || drs_reply_next(reply, &row) != REPLY_ROW)
		return NULL;
	return row.fields[layout->roles[ROLE_POSITIVE_CLASS]].text;
}

static void
ask(void *arg)
{
	Question   *question = arg;
	const Chunk *chunk = question->chunk;
	bool		whole = question->whole;
	Request    *request = drs_request_as_csv(question->request, whole);

	question->label = named_class(drs_dispatch_alone(question->endpoint, request,
													 drs_chunk_copy(chunk,
																	whole ? chunk->nrows : 1,
																	CurrentMemoryContext)));
}

/*
 * Is an error only about the extra request?  Errors of the network or the
 * answer are; interrupts, a lack of resources and internal errors concern the
 * call.
 */
static bool
is_of_request(const ErrorData *error)
{
	int			category = ERRCODE_TO_CATEGORY(error->sqlerrcode);

	return category != ERRCODE_TO_CATEGORY(ERRCODE_QUERY_CANCELED) &&
		category != ERRCODE_INSUFFICIENT_RESOURCES &&
		category != ERRCODE_INTERNAL_ERROR;
}

/* Ask; an error that is only about the extra request does not end the call. */
static void
ask_safely(Question *question)
{
	ErrorData  *error;

	if (!drs_can_attempt())
		ask(question);
	else if ((error = drs_attempt(ask, question, false)) != NULL && !is_of_request(error))
		ReThrowError(error);
}

char *
drs_positiveprobe(Endpoint *endpoint, Request *request, const Chunk *chunk, bool whole)
{
	const char *name = request->deployment ? request->deployment : "";
	CachedDeployment *known = drs_deploymentcache_get(endpoint, name);
	Question	question = {endpoint, request, chunk, whole, NULL};
	MemoryContext cxt;
	MemoryContext old;

	if (drs_deploymentcache_is_fresh(endpoint, known->positive_asked))
		return known->learned_class ? pstrdup(known->learned_class) : NULL;
	if (chunk->body == NULL)
		return NULL;
	cxt = AllocSetContextCreate(CurrentMemoryContext, "datarobot_scoring positive class",
								ALLOCSET_DEFAULT_SIZES);
	old = MemoryContextSwitchTo(cxt);
	ask_safely(&question);
	MemoryContextSwitchTo(old);
	/* the entry may have been replaced while waiting */
	known = drs_deploymentcache_get(endpoint, name);
	drs_deploymentcache_forget_positive(known);
	if (question.label)
		known->learned_class = MemoryContextStrdup(known->cxt, question.label);
	known->positive_asked = drs_clock();
	MemoryContextDelete(cxt);
	return known->learned_class ? pstrdup(known->learned_class) : NULL;
}
