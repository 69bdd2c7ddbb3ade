#define _GNU_SOURCE
#include "batch/batch_reader.h"

#include <errno.h>
#include <iconv.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/utf8.h"
#include "batch/batch_bucket.h"
#include "batch/batch_database.h"
#include "batch/batch_job.h"
#include "input/charset.h"

enum
{
	BLOCK = 256 * 1024,
	RECORD_MAX = 256 * 1024 * 1024,	/* also of a chunk that must be whole */
	FORGET = 32 * 1024 * 1024
};

struct batch_reader
{
	struct batch_job *job;
	int			fd;				/* of a file; -1: none */
	struct database *database;	/* NULL: none; without both, the data is uploaded */
	iconv_t		cd;				/* (iconv_t) -1: it is UTF-8 already */
	size_t		part;			/* the one that is read, and where */
	uint64_t	at;
	uint64_t	forgotten;
	bool		part_begins;	/* nothing of the part has been read */
	bool		ended;
	struct buffer raw;			/* bytes that are not decoded yet */

	struct buffer text;			/* the header and what follows */
	size_t		header;			/* bytes; 0: not complete */
	size_t		scanned;
	size_t		whole;			/* the end of the last whole record */
	bool		in_quotes;
	bool		skips_header;	/* the next record is the header of another part */
	size_t		given;			/* bytes of the last chunk, its header included */
	char		why[256];
};

static enum batch_reading
fail(struct batch_reader *r, const char *why)
{
	snprintf(r->why, sizeof r->why, "%s", why);
	return READ_BAD;
}

/* ---- bytes */

static bool
open_file(struct batch_reader *r, const char **why)
{
	char		path[4096];
	struct stat info;

	*why = batch_bucket_path(r->job->spec.from, path, sizeof path);
	if (*why)
		return false;
	r->fd = batch_bucket_open(path);
	*why = "the object to score does not exist, or cannot be read";
	if (r->fd < 0 || fstat(r->fd, &info) != 0 || !S_ISREG(info.st_mode))
		return false;
	batch_lock();
	r->job->intake_total = (uint64_t) info.st_size;
	batch_unlock();
	return true;
}

/* What it sends is in UTF-8, whatever the encoding of the output. */
static void
open_database(struct batch_reader *r)
{
	const char *why;

	r->database = batch_database_open(r->job, r->job->spec.from);
	why = database_is_open(r->database) ? batch_database_select(r->database, r->job)
		: database_why(r->database);
	if (why)
		fail(r, why);
}

static void
open_data(struct batch_reader *r)
{
	enum batch_reach reach = r->job->spec.intake->reach;
	const char *why;

	if (reach == REACH_DATABASE)
		open_database(r);
	else if (reach != REACH_LOCAL && !open_file(r, &why))
		fail(r, why);
	if (reach != REACH_DATABASE && !charset_is_utf8(r->job->spec.charset))
		r->cd = iconv_open("UTF-8", r->job->spec.charset);
}

struct batch_reader *
batch_reader_open(struct batch_job *job)
{
	struct batch_reader *r = must_alloc(sizeof *r);

	*r = (struct batch_reader) {.job = job, .fd = -1, .cd = (iconv_t) -1, .part_begins = true};
	open_data(r);
	return r;
}

/*
 * Waits for uploaded bytes. Parts are read when they are complete, a single upload as it comes.
 * READ_END: the part has no more.
 */
static enum batch_reading
await_bytes(struct batch_reader *r, uint64_t *available)
{
	struct batch_job *job = r->job;

	for (;; batch_wait(1000))
	{
		const struct batch_part *p = r->part < job->n_parts ? &job->parts[r->part] : NULL;

		if (job->state != BATCH_RUNNING)
			return READ_STOPPED;
		if (!p && job->intake_complete)
		{
			r->ended = true;
			return READ_END;
		}
		if (!p || (job->spec.multipart && !p->complete))
			continue;
		*available = p->len - r->at;
		if (*available > 0)
			return READ_CHUNK;
		if (p->complete)
			return READ_END;
	}
}

static void
forget_read(struct batch_reader *r, uint64_t end)
{
	if (end - r->forgotten < FORGET)
		return;
	batch_spool_forget(&r->job->intake, end);
	r->forgotten = end;
}

static enum batch_reading
read_uploaded(struct batch_reader *r)
{
	struct batch_job *job = r->job;
	uint64_t	available = 0;
	uint64_t	start;
	ssize_t		n;
	enum batch_reading reading;

	batch_lock();
	reading = await_bytes(r, &available);
	start = reading == READ_CHUNK ? job->parts[r->part].start + r->at : 0;
	batch_unlock();
	if (reading != READ_CHUNK)
		return reading;
	buffer_reserve(&r->raw, BLOCK);
	n = batch_spool_read(&job->intake, start, r->raw.data + r->raw.len,
						 available < BLOCK ? (size_t) available : BLOCK);
	if (n <= 0)
		return fail(r, "the uploaded data cannot be read");
	r->raw.len += (size_t) n;
	r->at += (uint64_t) n;
	forget_read(r, start + (uint64_t) n);
	batch_lock();
	job->intake_read += (uint64_t) n;
	batch_job_changed(job);
	batch_unlock();
	return READ_CHUNK;
}

static enum batch_reading
read_file(struct batch_reader *r)
{
	ssize_t		n;
	bool		stopped;

	buffer_reserve(&r->raw, BLOCK);
	n = read(r->fd, r->raw.data + r->raw.len, BLOCK);
	if (n < 0)
		return fail(r, "the object to score cannot be read");
	r->raw.len += (size_t) n;
	r->ended = n == 0;
	batch_lock();
	r->job->intake_read += (uint64_t) n;
	stopped = r->job->state != BATCH_RUNNING;
	batch_unlock();
	return stopped ? READ_STOPPED : n == 0 ? READ_END : READ_CHUNK;
}

/* Records until there is a block of them. */
static enum batch_reading
read_database(struct batch_reader *r)
{
	size_t		before = r->raw.len;
	enum database_reading reading = DATABASE_ROW;

	while (reading == DATABASE_ROW && r->raw.len - before < BLOCK)
		reading = database_read(r->database, &r->raw);
	if (reading == DATABASE_FAILED)
		return fail(r, database_why(r->database));
	r->ended = reading == DATABASE_END;
	batch_lock();
	r->job->intake_read += r->raw.len - before;
	batch_unlock();
	return READ_CHUNK;
}

/* More bytes, whatever they come from. */
static enum batch_reading
read_more(struct batch_reader *r)
{
	if (r->database)
		return read_database(r);
	return r->fd >= 0 ? read_file(r) : read_uploaded(r);
}

/* ---- text */

/* Converts what can be converted; a character may be incomplete at the end. */
static enum batch_reading
convert(struct batch_reader *r)
{
	char	   *from = r->raw.data;
	size_t		left = r->raw.len;

	while (left > 0)
	{
		char	   *to;
		size_t		space;
		size_t		result;

		buffer_reserve(&r->text, left * 2 + 16);
		to = r->text.data + r->text.len;
		space = r->text.cap - r->text.len;
		result = iconv(r->cd, &from, &left, &to, &space);
		r->text.len = (size_t) (to - r->text.data);
		if (result == (size_t) -1 && errno == EINVAL)
			break;
		if (result != (size_t) -1 || errno == E2BIG)
			continue;
		snprintf(r->why, sizeof r->why, "'%s' codec can't decode byte 0x%02x",
				 r->job->spec.charset, (unsigned char) *from);
		return READ_BAD;
	}
	memmove(r->raw.data, from, left);
	r->raw.len = left;
	return READ_CHUNK;
}

static void
strip_mark(struct batch_reader *r, size_t start)
{
	char	   *at = r->text.data + start;

	if (r->text.len - start < 3 || memcmp(at, "\xef\xbb\xbf", 3) != 0)
		return;
	r->text.len -= 3;
	memmove(at, at + 3, r->text.len - start);
}

static enum batch_reading
decode(struct batch_reader *r)
{
	size_t		start = r->text.len;
	enum batch_reading reading = READ_CHUNK;

	if (r->cd != (iconv_t) -1)
		reading = convert(r);
	else
	{
		buffer_append(&r->text, r->raw.data, r->raw.len);
		r->raw.len = 0;
	}
	if (r->part_begins && r->text.len > start)
	{
		strip_mark(r, start);
		r->skips_header = r->header > 0;
		r->part_begins = false;
	}
	return reading;
}

/* The end of a part, or of all: no record goes on. */
static enum batch_reading
end_part(struct batch_reader *r)
{
	if (r->raw.len > 0)
		return fail(r, "the data ends in the middle of a character");
	if (r->in_quotes)
		return fail(r, "malformed CSV: a quoted field has no end");
	if (r->text.len > 0 && r->text.data[r->text.len - 1] != '\n')
		buffer_byte(&r->text, '\n');
	r->part++;
	r->at = 0;
	r->part_begins = true;
	return READ_CHUNK;
}

/* ---- records */

static bool
is_blank(const char *from, const char *to)
{
	for (; from < to; from++)
		if (*from != '\r' && *from != '\n')
			return false;
	return true;
}

static size_t
without_end(const char *line, size_t len)
{
	while (len > 0 && (line[len - 1] == '\n' || line[len - 1] == '\r'))
		len--;
	return len;
}

/* Takes the header of another part away. False: it is not that of the first. */
static bool
skip_header(struct batch_reader *r, size_t end)
{
	char	   *text = r->text.data;
	size_t		start = r->whole > r->header ? r->whole : r->header;
	size_t		len = without_end(text + start, end - start);
	bool		same = len == without_end(text, r->header) && memcmp(text, text + start, len) == 0;

	memmove(text + start, text + end, r->text.len - end);
	r->text.len -= end - start;
	r->scanned = start;
	r->skips_header = false;
	return same;
}

/* A record ends here: the header, that of another part, or a row. */
static bool
end_record(struct batch_reader *r, size_t end)
{
	r->scanned = end;
	if (r->header == 0)
	{
		if (!is_blank(r->text.data, r->text.data + end))
			r->header = r->whole = end;
		return true;
	}
	if (r->skips_header)
		return skip_header(r, end);
	r->whole = end;
	return true;
}

/* Where a line ends that gives a chunk enough bytes, or else the last line; 0: nowhere. */
static size_t
find_end(const struct batch_reader *r, size_t bytes)
{
	const char *text = r->text.data;
	size_t		from = r->scanned;
	const char *at = NULL;

	if (bytes <= r->text.len - r->header && from < r->header + bytes - 1)
		from = r->header + bytes - 1;
	if (bytes <= r->text.len - r->header)
		at = memchr(text + from, '\n', r->text.len - from);
	if (!at)
		at = memrchr(text + r->scanned, '\n', r->text.len - r->scanned);
	return at ? (size_t) (at - text) + 1 : 0;
}

/* The same where all that is left has no quotes, and there is no header to come: at once. */
static bool
scan_plain(struct batch_reader *r, size_t bytes)
{
	size_t		end;

	if (r->header == 0 || r->skips_header || r->in_quotes
		|| memchr(r->text.data + r->scanned, r->job->spec.quote, r->text.len - r->scanned))
		return false;
	end = find_end(r, bytes);
	if (end)
		r->whole = end;
	r->scanned = end && r->whole - r->header >= bytes ? end : r->text.len;
	return true;
}

/* Looks for ends of records until there are enough bytes. */
static enum batch_reading
scan(struct batch_reader *r, size_t bytes)
{
	char		quote = r->job->spec.quote;
	bool		in_quotes = r->in_quotes;

	if (scan_plain(r, bytes))
		return r->text.len - r->whole > RECORD_MAX ? fail(r, "a record is too long") : READ_CHUNK;
	for (size_t i = r->scanned; i < r->text.len; i++)
	{
		char		c = r->text.data[i];

		if (c == quote)
			in_quotes = !in_quotes;
		else if (c == '\n' && !in_quotes)
		{
			bool		skips = r->skips_header && r->header > 0;

			if (!end_record(r, i + 1))
				return fail(r, "the header of a part is not that of the first part");
			if (skips)
				i = r->scanned - 1;
			if (r->header && r->whole - r->header >= bytes)
				break;
		}
		r->scanned = i + 1;
	}
	r->in_quotes = in_quotes;
	if (r->text.len - r->whole > RECORD_MAX)
		return fail(r, "a record is too long");
	return READ_CHUNK;
}

/* False: with the reason in r->why. */
static bool
check_text(struct batch_reader *r, const char *text, size_t len)
{
	size_t		valid = utf8_check(text, len);

	if (valid < len)
		snprintf(r->why, sizeof r->why, "'utf-8' codec can't decode byte 0x%02x",
				 (unsigned char) text[valid]);
	else if (memchr(text, '\0', len))
		fail(r, "the data contains a NUL byte");
	return !r->why[0];
}

/* The chunk that was given is done with: what follows it moves up to the header. */
static void
move_up(struct batch_reader *r)
{
	size_t		left = r->text.len - r->given;

	if (r->given == 0)
		return;
	memmove(r->text.data + r->header, r->text.data + r->given, left);
	r->text.len = r->header + left;
	r->scanned -= r->given - r->header;
	r->whole = r->header;
	r->given = 0;
}

static enum batch_reading
give(struct batch_reader *r, struct batch_chunk *chunk)
{
	*chunk = (struct batch_chunk) {r->text.data, r->whole, r->header};
	if (!check_text(r, r->text.data, r->whole))
		return READ_BAD;
	r->given = r->whole;
	return READ_CHUNK;
}

enum batch_reading
batch_reader_next(struct batch_reader *r, size_t bytes, struct batch_chunk *chunk)
{
	if (r->why[0])
		return READ_BAD;
	move_up(r);
	for (;;)
	{
		enum batch_reading reading = scan(r, bytes);

		if (reading != READ_CHUNK)
			return reading;
		if (r->header && r->whole > r->header && (r->ended || r->whole - r->header >= bytes))
			return give(r, chunk);
		if (r->ended)
			return READ_END;
		reading = read_more(r);
		if (reading == READ_STOPPED || reading == READ_BAD)
			return reading;
		reading = reading == READ_END ? end_part(r) : decode(r);
		if (reading != READ_CHUNK)
			return reading;
	}
}

const char *
batch_reader_why(const struct batch_reader *r)
{
	return r->why;
}

void
batch_reader_close(struct batch_reader *r)
{
	if (r->fd >= 0)
		close(r->fd);
	if (r->database)
		database_close(r->database);
	if (r->cd != (iconv_t) -1)
		iconv_close(r->cd);
	buffer_free(&r->raw);
	buffer_free(&r->text);
	free(r);
}
