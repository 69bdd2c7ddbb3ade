/* The queue of faults that tests ask for, and the choice of those that apply to a request. */
#ifndef STANDIN_FAULT_H
#define STANDIN_FAULT_H

#include <jansson.h>
#include <stdbool.h>

enum fault_kind
{
	FAULT_NONE,
	FAULT_STATUS,
	FAULT_DELAY,
	FAULT_DRIP,
	FAULT_HANG,
	FAULT_STALL_READ,
	FAULT_RESET,
	FAULT_CLOSE,
	FAULT_RESET_MID,
	FAULT_WRONG_LENGTH,
	FAULT_SHORT_LENGTH,
	FAULT_TRUNCATE,
	FAULT_MISSING_ROWS,
	FAULT_EXTRA_ROWS,
	FAULT_SHUFFLE_ROWS,
	FAULT_HTML,
	FAULT_HTML_AS_CSV,
	FAULT_INVALID_UTF8,
	FAULT_NUL,
	FAULT_REDIRECT,
	FAULT_NAN,
	FAULT_INFINITY,
	FAULT_BAD_GZIP,
	FAULT_EMPTY,
	FAULT_JSON,
	FAULT_HUGE,
	FAULT_WRONG_HEADER,
	FAULT_CLOSE_IDLE,
	FAULT_TEXT_SCORE,
	FAULT_MODEL_ID,
	FAULT_REVERSED_COLUMNS,
	FAULT_FOREIGN_NEXT,
	FAULT_STRAY,
	FAULT_EARLY,
	FAULT_CUT,
	FAULT_END_EARLY,
	FAULT_LINK,
	FAULT_FOREIGN_LINK,
	FAULT_STATE,
	FAULT_JOB_ABORT,
	FAULT_JOB_FAIL,
	FAULT_JOB_STALL,
	FAULT_JOB_SLOW,
	FAULT_NO_SLOT,
	FAULT_ROW_MISSING,
	FAULT_ROW_DOUBLED,
	FAULT_ROW_UNKNOWN,
	FAULT_ROW_TEXT,
	FAULT_SHUFFLE_CHUNKS,
	FAULT_WRONG_COUNTS,
	FAULT_BAD_ROW,
	FAULT_KINDS
};

/* One fault; shared by all requests that it applies to. */
struct fault
{
	enum fault_kind kind;
	int			references;
	long		status;
	long		ms;
	long		bytes;
	long		rows;
	long		row;			/* of a batch job, from 0 */
	long		mb;
	char	   *retry_after;	/* NULL: none */
	char	   *body;			/* NULL: the usual one */
	char	   *content_type;
	char	   *location;
	char	   *text;			/* in place of a score, or after an answer */
	char	   *model_id;
	char	   *value;			/* only for bodies with this in a field; NULL: for any */
	bool		part;			/* the field may contain more than it */
	char	   *column;			/* the column of that field; NULL: any */
};

struct fault_choice
{
	const struct fault *main;	/* NULL: none */
	const struct fault *delay;	/* NULL: none */
	const struct fault *model;	/* NULL: none */
	bool		by_content;		/* there are faults that depend on the body */
};

/* does the body contain the value that the fault waits for? */
typedef bool (*fault_look) (void *data, const struct fault *fault);

/* queues a fault; NULL, or an error message that the caller frees */
char	   *fault_queue(const json_t *request);

void		fault_forget_all(void);
json_t	   *fault_list(void);

/* what applies to a request for predictions that has arrived for this deployment */
struct fault_choice fault_choose(const char *deployment);

/* what applies to a request to the public API; its route is "api", or "batch/..." */
struct fault_choice fault_choose_route(const char *route);

/* what applies to a batch job of this deployment that has been created */
struct fault_choice fault_choose_job(const char *deployment);

/* the body is complete: adds the faults that depend on it */
void		fault_choose_by_content(struct fault_choice *choice, const char *deployment,
									fault_look look, void *data);
void		fault_release(struct fault_choice *choice);

const char *fault_name(const struct fault *fault);

static inline enum fault_kind
fault_kind_of(const struct fault_choice *choice)
{
	return choice->main ? choice->main->kind : FAULT_NONE;
}

#endif
