/*
 * callcounters.h
 *		What a call has sent and received so far, and what the session's last one had.
 *
 * The numbers are counted where requests are made: once per request, answer or wait.  Rows
 * of batch jobs count when their uploads get them.
 */
#ifndef DRS_CALLCOUNTERS_H
#define DRS_CALLCOUNTERS_H

#include "datatype/timestamp.h"

#define DRS_MAX_MODELS 8		/* that are named; answers rarely name a second one */
#define DRS_MAX_MODEL_ID 128	/* bytes of an id, as of a header's value */
#define DRS_MAX_CALL_NAME 64	/* bytes of the names below */
#define DRS_MAX_DEPLOYMENT 128

typedef struct CallCounters
{
	char		call[DRS_MAX_CALL_NAME];	/* SQL function, or "scored table" */
	char		deployment[DRS_MAX_DEPLOYMENT]; /* empty: there is none, as for DRUM */
	Oid			user;			/* whose call it was */
	Oid			session_user;
	TimestampTz started;		/* time of day */
	TimestampTz ended;			/* 0: it has not ended */

	int64		rows_sent;		/* rows that were in a request, each counted once */
	int64		predictions;	/* that came back, whether they were used or not */
	int64		requests;		/* to the Prediction API, retries included */
	int64		retries;		/* of these and of api_requests: sent again after a failure */
	int64		api_requests;	/* to the public API, retries included */
	int64		bytes_sent;		/* of bodies, as they were sent: compressed */
	int64		bytes_received; /* of bodies, as they came */
	int64		wait_us;		/* in which nothing was done but to wait for the network */
	TimestampTz wait_since;		/* by drs_clock(): begin of a wait that has not ended; 0: none */
	int64		server_us;		/* execution time that answers report, of all together */
	bool		has_server_time;	/* an answer has reported one */
	int			nmodels;		/* that answers named, in the order of their first answers */
	char		models[DRS_MAX_MODELS][DRS_MAX_MODEL_ID];
} CallCounters;

/* Counters at zero, palloc'd.  Nobody sees them unless they are reported. */
extern CallCounters *drs_callcounters_create(void);

/*
 * Report them as the session's last call, under that name, when they are freed with
 * their memory context: as the call ends, be it with an error.  To be called once, as
 * the call begins.
 */
extern void drs_callcounters_report(CallCounters *counters, const char *call);

/*
 * Report them now: at the end of a call whose memory lives longer, or, of one that does not
 * end by itself, what it counts so far.
 */
extern void drs_callcounters_publish(CallCounters *counters);

/* The session's last call that was reported; NULL: there is none. */
extern const CallCounters *drs_callcounters_last(void);

/* The deployment that the call scores with; NULL: there is none. */
extern void drs_callcounters_deployment(CallCounters *counters, const char *deployment);

/* An answer names a model, or ("") does not.  Never raises. */
extern void drs_callcounters_model(CallCounters *counters, const char *model_id);

/*
 * An answer reports the execution time, in milliseconds, or ("") does not.  What is no such
 * number is ignored.  Never raises.
 */
extern void drs_callcounters_server_time(CallCounters *counters, const char *ms);

/*
 * The network is about to be waited for, or was.  A wait that a cancel has ended ends when
 * the counters are reported.
 */
extern void drs_callcounters_wait_begins(CallCounters *counters);
extern void drs_callcounters_wait_ends(CallCounters *counters);

/* What has been counted since they were as before; models are not compared. */
extern CallCounters drs_callcounters_since(const CallCounters *counters,
										   const CallCounters *before);

/* Add what another part of the same call has counted. */
extern void drs_callcounters_add(CallCounters *counters, const CallCounters *part);

#endif							/* DRS_CALLCOUNTERS_H */
