/*
 * exchange.h
 *		One request and its answer: what transport.c fills in and others read.
 */
#ifndef DRS_EXCHANGE_H
#define DRS_EXCHANGE_H

#include "datatype/timestamp.h"
#include "lib/ilist.h"

#include "base/bytebuf.h"
#include "http/request.h"

struct Transport;

/* Where an exchange is, or was when it ended. */
typedef enum Phase
{
	PHASE_CONNECT,				/* name, TCP, proxy, TLS */
	PHASE_SEND,
	PHASE_WAIT,					/* all is sent, nothing has come */
	PHASE_RECEIVE
} Phase;

typedef enum Outcome
{
	OUTCOME_RUNNING,
	OUTCOME_REPLY,				/* a whole HTTP answer, of any status */
	OUTCOME_NO_CONNECTION,		/* refused, unreachable, timed out while connecting */
	OUTCOME_NO_HOST,			/* the name has no address */
	OUTCOME_PROXY,				/* the proxy does not let us through */
	OUTCOME_TLS,				/* certificate or key not accepted */
	OUTCOME_LOST,				/* connection ended before any byte of the answer */
	OUTCOME_CUT,				/* connection ended within the answer */
	OUTCOME_TIMEOUT,			/* the request's timeout */
	OUTCOME_STALLED,			/* its stall_timeout */
	OUTCOME_TOO_LARGE,			/* answer above its max_reply */
	OUTCOME_GARBAGE,			/* not HTTP */
	OUTCOME_GARBLED,			/* HTTP, but packed in a way that cannot be undone */
	OUTCOME_SECRET,				/* an answer that contains our token or key */
	OUTCOME_STOPPED,			/* its source or sink ended it */
	OUTCOME_OTHER
} Outcome;

#define MAX_HEADER_VALUE 128	/* bytes kept of an answer's header; ids and types are
								 * shorter */
#define MAX_LOCATION 2048		/* and of the URL in one */

typedef struct Exchange
{
	MemoryContext cxt;			/* owns the exchange; deleting it ends a running one */
	struct Transport *transport;
	Request		request;		/* as it was sent */
	Outcome		outcome;
	Phase		phase;			/* reached so far */

	/* the answer; valid with OUTCOME_REPLY */
	int			status;			/* there as soon as the answer begins; 0 before */
	char		content_type[MAX_HEADER_VALUE];
	char		model_id[MAX_HEADER_VALUE];
	char		request_id[MAX_HEADER_VALUE];
	char		execution_time[MAX_HEADER_VALUE];	/* ms, as the server reports it */
	char		location[MAX_LOCATION];
	long		retry_after;	/* seconds; 0: not given */
	ByteBuf		body;			/* of a good answer only if the request has no sink */

	/* for messages */
	char		error[256];		/* libcurl's words or ours; empty when there are none */
	TimestampTz started;
	int64		connect_us;		/* from the start to the connection; 0: not reached */
	int64		wait_us;		/* to the first byte of the answer; 0: not reached */
	int64		total_us;		/* to the end */
	int64		sent_bytes;
	int64		sunk_bytes;		/* bytes that the sink took */

	/* of transport.c, handle.c and outcome.c; others read request_len and reused */
	void	   *easy;			/* CURL */
	void	   *headers;		/* struct curl_slist */
	TimestampTz deadline;		/* DT_NOEND: none */
	TimestampTz moved;			/* when bytes last did; kept up to date with a
								 * stall_timeout only */
	size_t		request_len;	/* bytes of its body; 0 also if that is not known */
	size_t		read_len;		/* bytes of it that libcurl has taken */
	bool		source_ended;	/* the source has no more */
	bool		source_paused;
	bool		sink_paused;
	bool		stopped;		/* by source or sink */
	bool		tells_secret;	/* the sink would have been given one */
	ByteBuf		seam;			/* end of what the sink took, see mask.h */
	Outcome		ended_as;		/* what outcome becomes when the body is unpacked */
	bool		overflow;		/* answer above max_reply */
	bool		enough;			/* an error's body was longer than what can be quoted */
	bool		reused;			/* it was sent on a kept connection */
	bool		unfit;			/* one that could not be used, or brought what cannot be the
								 * answer: it is sent once more, on a new one */
	bool		fresh;			/* that was done */
	bool		broken;			/* the connection is not to be used again once this is freed;
								 * also set by the decoder, see Answer */
	int			fd;				/* of the kept connection that the answer came on */
	unsigned int socket_serial; /* 0: it is not kept */
	char		content_encoding[MAX_HEADER_VALUE];
	char		transfer_encoding[MAX_HEADER_VALUE];
	char		retry_after_text[MAX_HEADER_VALUE];
	ByteBuf		packed;			/* the body as it came */
	struct Unpacking *unpacking;	/* how far that is done; NULL: it is not packed */
	dlist_node	node;			/* in Connection.running or packed */
	MemoryContextCallback cleanup;
} Exchange;

/* Is it an answer with a status that the request accepts? */
static inline bool
drs_exchange_is_good(const Exchange *exchange)
{
	return exchange->outcome == OUTCOME_REPLY &&
		drs_request_accepts(&exchange->request, exchange->status);
}

/*
 * Is a content type, without its parameters, one of CSV?  text/plain is what old
 * servers say.
 */
static inline bool
drs_is_csv_type(const char *content_type)
{
	static const char *const types[] = {"text/csv", "application/csv", "text/plain"};
	size_t		len = strcspn(content_type, "; ");

	for (size_t i = 0; i < lengthof(types); i++)
		if (len == strlen(types[i]) && pg_strncasecmp(content_type, types[i], len) == 0)
			return true;
	return false;
}

/* The same for JSON. */
static inline bool
drs_is_json_type(const char *content_type)
{
	static const char *const json = "application/json";
	size_t		len = strcspn(content_type, "; ");

	return len == strlen(json) && pg_strncasecmp(content_type, json, len) == 0;
}

#endif							/* DRS_EXCHANGE_H */
