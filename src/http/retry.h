/*
 * retry.h
 *		Whether and when to send the same request again: for requests that score and
 *		for those to the public API.
 *
 * drs_retry_decide() is a function of its arguments alone, including the time and
 * chance.  All rules, numbers and messages about sending again are in retry.c.
 */
#ifndef DRS_RETRY_H
#define DRS_RETRY_H

#include "datatype/timestamp.h"

#include "config/endpoint.h"
#include "http/exchange.h"
#include "http/request.h"

/* What is the same for all attempts of a request. */
typedef struct RetryRules
{
	Repeatable	repeatable;
	int			max_attempts;	/* the first included */
	int			budget;			/* ms from the first failure to the last attempt */
	bool		divisible;		/* it can be sent as two smaller ones */
} RetryRules;

/* The rules for a request, by the options of its endpoint. */
extern RetryRules drs_retry_rules(const Endpoint *endpoint, const Request *request);

/* What has become of a request so far; all zero at first. */
typedef struct RetryState
{
	int			attempts;		/* counted by the caller, who sends */
	int			doubtful;		/* of them, those that failed in a way that may well repeat */
	TimestampTz first_failure;	/* 0: none yet */
} RetryState;

/* How the latest attempt has ended. */
typedef struct RetryOutcome
{
	Outcome		outcome;		/* any but OUTCOME_RUNNING */
	Phase		phase;
	int			status;			/* with OUTCOME_REPLY, as is the next */
	long		retry_after;	/* seconds; 0: not given */
	bool		reused;			/* it went over a kept connection */
	size_t		request_len;	/* bytes of its body */
	bool		old_token;		/* another token than it carried is in force by now */
	bool		token_reread;	/* the token's file was read again already */
	TimestampTz now;			/* by drs_clock() */
	double		jitter;			/* random, from 0 to 1 */
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
	bool		for_all;		/* other requests to this server are to wait as long, too */
	const char *given_up;		/* with RETRY_NOT: why it is not sent again though that
								 * could help, as a clause; or NULL */
} RetryDecision;

/* Decide what to do after an attempt, and record it in state.  Never raises. */
extern RetryDecision drs_retry_decide(RetryState *state, const RetryOutcome *outcome,
									  const RetryRules *rules);

/*
 * The same for an exchange that has just ended.  Reads the token's file again if that
 * is to be done, and sets *token_reread.  Raises what drs_endpoint_reload_token()
 * raises.
 */
extern RetryDecision drs_retry_exchange(RetryState *state, const Exchange *exchange,
										const RetryRules *rules,
										Endpoint *endpoint, bool *token_reread);

/*
 * May the body's size be why the connection was lost?  Some servers answer one that
 * is too large with a 413 and close the connection, and the close overtakes the
 * answer.
 */
extern bool drs_retry_may_be_size(Outcome outcome, size_t request_len);

#endif							/* DRS_RETRY_H */
