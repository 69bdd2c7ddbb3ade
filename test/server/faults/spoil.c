#include "faults/spoil.h"

#include <math.h>
#include <string.h>

#include "base/http_reply.h"
#include "faults/fault.h"
#include "scoring/result.h"

static const char html[] =
	"<!DOCTYPE html>\n<html><head><title>Sign in</title></head>\n"
	"<body><h1>Sign in</h1><p>Your session has expired, please sign in again.</p></body></html>\n";

/* Writes this many rows: the first ones, and after the end the last one again. */
static void
resize(struct result *r, size_t count)
{
	r->order = must_alloc(count * sizeof *r->order);
	r->n_order = count;
	for (size_t i = 0; i < count; i++)
		r->order[i] = i < r->rows ? i : r->rows - 1;
}

static void
shuffle(struct result *r)
{
	resize(r, r->rows);
	for (size_t i = 0; i < r->rows; i++)
		r->order[i] = r->rows - 1 - i;
}

bool
spoil_needs_result(const struct fault *f)
{
	switch (f ? f->kind : FAULT_NONE)
	{
		case FAULT_MISSING_ROWS:
		case FAULT_EXTRA_ROWS:
		case FAULT_SHUFFLE_ROWS:
		case FAULT_NAN:
		case FAULT_INFINITY:
		case FAULT_WRONG_HEADER:
		case FAULT_TEXT_SCORE:
		case FAULT_REVERSED_COLUMNS:
			return true;
		default:
			return false;
	}
}

/* Puts another score, or a text in place of it, into each of the rows. */
static void
replace_scores(struct result *r, const struct buffer *rows, float score, const char *text)
{
	static const size_t first[] = {0};
	const size_t *row = rows->len ? (const size_t *) rows->data : first;
	size_t		count = rows->len ? rows->len / sizeof *row : 1;

	if (!text && !r->scores)
		text = isnan(score) ? "NaN" : "Infinity";
	if (text && !r->texts)
	{
		r->texts = must_alloc(r->rows * sizeof *r->texts);
		memset(r->texts, 0, r->rows * sizeof *r->texts);
	}
	for (size_t i = 0; i < count; i++)
		if (row[i] >= r->rows)
			continue;
		else if (text)
			r->texts[row[i]] = text;
		else
			r->scores[row[i] * r->outputs] = score;
}

bool
spoil_result(struct result *r, const struct fault *f, const struct buffer *rows)
{
	size_t		count = f && f->rows > 0 ? (size_t) f->rows : 0;

	switch (f ? f->kind : FAULT_NONE)
	{
		case FAULT_MISSING_ROWS:
			resize(r, count < r->rows ? r->rows - count : 0);
			return true;
		case FAULT_EXTRA_ROWS:
			resize(r, r->rows + count);
			return true;
		case FAULT_SHUFFLE_ROWS:
			shuffle(r);
			return true;
		case FAULT_NAN:
			replace_scores(r, rows, NAN, NULL);
			return true;
		case FAULT_INFINITY:
			replace_scores(r, rows, INFINITY, NULL);
			return true;
		case FAULT_TEXT_SCORE:
			replace_scores(r, rows, 0, f->text ? f->text : "n/a");
			return true;
		case FAULT_WRONG_HEADER:
			r->wrong_header = "UNKNOWN";
			return true;
		case FAULT_REVERSED_COLUMNS:
			r->backwards = true;
			return false;
		default:
			return false;
	}
}

/* Cuts in the middle of the record after this many; rows < 0: in the middle of the last. */
static void
truncate_records(struct buffer *b, long rows)
{
	const char *end = b->data + b->len - 1;	/* without the last line end */
	const char *record = memchr(b->data, '\n', b->len);
	const char *next;

	if (!record)
		b->len /= 2;			/* JSON, on one line */
	if (!record || record == end)
		return;
	record++;
	while (rows != 0 && (next = memchr(record, '\n', (size_t) (end - record))) != NULL)
	{
		record = next + 1;
		if (rows > 0)
			rows--;
	}
	next = memchr(record, '\n', (size_t) (end - record));
	if (!next)
		next = end;
	b->len = (size_t) (record - b->data) + (size_t) (next - record + 1) / 2;
}

static const char *
usual_message(long status)
{
	switch (status)
	{
		case 400:
			return "{\"message\": \"Bad request\"}";
		case 401:
			return "{\"message\": \"Invalid API token\"}";
		case 404:
			return "{\"message\": \"Not found\"}";
		case 413:
			return "{\"message\": \"Request entity too large\"}";
		case 422:
			return "{\"message\": \"The rows cannot be scored\"}";
		case 429:
			return "{\"message\": \"Too many requests\"}";
		case 480:
			return "{\"message\":\"Humility ReturnError action triggered.\"}";
	}
	if (status < 400)
		return "{}";
	return "{\"message\": \"The service is not available right now\"}";
}

static void
replace_status(struct reply *reply, const struct fault *f)
{
	reply_set(reply, (int) f->status, f->content_type ? f->content_type : "application/json",
			  f->body ? f->body : usual_message(f->status));
	if (f->retry_after)
		reply_header(reply, "Retry-After", "%s", f->retry_after);
	if (f->location)
		reply_header(reply, "Location", "%s", f->location);
}

static void
redirect(struct reply *reply, const struct fault *f)
{
	reply_set(reply, (int) f->status, "text/html", "<html><body>Moved</body></html>\n");
	reply_header(reply, "Location", "%s",
				 f->location ? f->location : "http://127.0.0.1:9/elsewhere");
}

static void
not_gzip(struct reply *reply)
{
	static const char junk[] =
		"\x1f\x8b\x08\0\0\0\0\0\0\x03 this is no deflate stream at all, it only says so";

	reply_set(reply, 200, "text/csv; charset=utf-8", "");
	buffer_append(&reply->body, junk, sizeof junk - 1);
	reply_header(reply, "Content-Encoding", "gzip");
}

bool
spoil_replaces(const struct fault *f)
{
	switch (f ? f->kind : FAULT_NONE)
	{
		case FAULT_STATUS:
		case FAULT_HTML:
		case FAULT_HTML_AS_CSV:
		case FAULT_REDIRECT:
		case FAULT_BAD_GZIP:
		case FAULT_EMPTY:
		case FAULT_HUGE:
			return true;
		default:
			return false;
	}
}

static void
damage(struct reply *reply, const struct fault *f)
{
	struct buffer *b = &reply->body;

	if (reply->status != 200 || b->len < 3)
		return;
	if (f->kind == FAULT_TRUNCATE)
		truncate_records(b, f->rows);
	else if (f->kind == FAULT_INVALID_UTF8)
		b->data[b->len - 2] = (char) 0xff;	/* the last character before the last line end */
	else if (f->kind == FAULT_NUL)
		b->data[b->len - 2] = '\0';
}

bool
spoil_reply(struct reply *reply, const struct fault *f)
{
	switch (f ? f->kind : FAULT_NONE)
	{
		case FAULT_STATUS:
			replace_status(reply, f);
			return true;
		case FAULT_REDIRECT:
			redirect(reply, f);
			return true;
		case FAULT_HTML:
			reply_set(reply, 200, "text/html; charset=utf-8", html);
			return true;
		case FAULT_HTML_AS_CSV:
			reply_set(reply, 200, "text/csv; charset=utf-8", html);
			return true;
		case FAULT_BAD_GZIP:
			not_gzip(reply);
			return true;
		case FAULT_EMPTY:
		case FAULT_HUGE:
			reply_set(reply, 200, "text/csv; charset=utf-8", "");
			return true;
		case FAULT_TRUNCATE:
		case FAULT_INVALID_UTF8:
		case FAULT_NUL:
			damage(reply, f);
			return true;
		default:
			return false;
	}
}
