/*
 * retry.h
 *		Whether and when to send the same request again: for requests that score
 *		and for those to the public API.
 *
 * drs_retry_decide() is a function of its arguments alone, the time and chance
 * among them.  All rules, numbers and words about trying again are here.
 */
#ifndef DRS_RETRY_H
#define DRS_RETRY_H

#include "datatype/timestamp.h"

#include "config/endpoint.h"
#include "http/exchange.h"
#include "http/request.h"

/* What is the same for all sendings of a request. */
typedef struct RetryRules
{
	Repeatable	repeatable;
	int			max_attempts;	/* sendings, the first included */
	int			budget;			/* ms from the first failure to the last sending */
	bool		divisible;		/* it can be sent as two smaller ones */
} RetryRules;

/* The rules for a request, by the options of its endpoint. */
extern RetryRules drs_retry_rules(const Endpoint *endpoint, const Request *request);

/* What has become of a request so far; zeros at first. */
typedef struct RetryState
{
	int			attempts;		/* sendings; counted by who sends */
	int			doubtful;		/* of them, ended in a way that may well be the same next time */
	TimestampTz first_failure;	/* 0: none yet */
} RetryState;

/* How the latest sending has ended. */
typedef struct RetryOutcome
{
	Outcome		outcome;		/* any but OUTCOME_RUNNING */
	Phase		phase;
	int			status;			/* with OUTCOME_REPLY, as the next */
	long		retry_after;	/* seconds; 0: not given */
	bool		reused;			/* it went by a kept connection */
	size_t		request_len;	/* bytes of its body */
	bool		old_token;		/* another token than it carried is in force by now */
	bool		token_reread;	/* the token's file was read again already */
	TimestampTz now;			/* by drs_clock() */
	double		jitter;			/* chance, from 0 to 1 */
} RetryOutcome;

typedef enum RetryAction
{
	RETRY_NOT,					/* it is an answer, or a failure for good */
	RETRY_LATER,				/* send it again after the pause */
	RETRY_AT_ONCE,				/* send it again, with the token that is in force */
	RETRY_REREAD_TOKEN,			/* read the token's file again, then decide anew */
	RETRY_SMALLER				/* send it as two smaller ones */
} RetryAction;

typedef struct RetryDecision
{
	RetryAction action;
	double		pause;			/* ms, with RETRY_LATER */
	bool		for_all;		/* and other requests to this server are to wait as long */
	const char *given_up;		/* with RETRY_NOT: why it is not sent again though
								 * that could help, as a clause; or NULL */
} RetryDecision;

/* Decide what to do after a sending, and note it in state.  Never raises. */
extern RetryDecision drs_retry_decide(RetryState *state, const RetryOutcome *outcome,
									  const RetryRules *rules);

/*
 * The same for an exchange that has ended just now, the token's file read
 * again where that is to be done, which *token_reread notes.  Raises what
 * drs_endpoint_reload_token() raises.
 */
extern RetryDecision drs_retry_exchange(RetryState *state, const Exchange *exchange,
										const RetryRules *rules,
										Endpoint *endpoint, bool *token_reread);

/*
 * May the body's size be why the connection was lost?  Some servers answer one
 * that is too large with a 413 and close, and the closing overtakes the answer.
 */
extern bool drs_retry_may_be_size(Outcome outcome, size_t request_len);

#endif							/* DRS_RETRY_H */
