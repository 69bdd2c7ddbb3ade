#define _GNU_SOURCE
#include "predictions.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "auth.h"
#include "charset.h"
#include "clock.h"
#include "content.h"
#include "deployments.h"
#include "encode.h"
#include "inflate.h"
#include "input.h"
#include "model_xgboost.h"
#include "numbers.h"
#include "reply_csv.h"
#include "reply_json.h"
#include "request.h"
#include "result.h"
#include "spoil.h"
#include "table.h"

static const char user_id[] = "5e0000000000000000000001";
static const char csv_type[] = "text/csv; charset=utf-8";

static void
too_large(struct request *r)
{
	reply_error(&r->reply, 413, "Request entity too large: the limit is %d bytes", BODY_MAX);
}

static bool
check_deployment(struct request *r)
{
	if (strlen(r->id) != 24 || strspn(r->id, "0123456789abcdefABCDEF") != 24)
		reply_error(&r->reply, 404, "Not found");
	else if (!r->deployment)
		reply_error(&r->reply, 404, "Deployment %s cannot be found for user %s", r->id, user_id);
	return !r->reply.ready;
}

static bool
check_content_headers(struct request *r)
{
	const char *type = request_header(r, "Content-Type");
	const char *encoding = request_header(r, "Content-Encoding");
	const char *length = request_header(r, "Content-Length");
	enum body_form form = input_form(type);
	enum coding coding = inflate_coding(encoding);

	if (form == FORM_UNKNOWN)
		reply_error(
			&r->reply, 415,
			"Content-Type '%s' is not supported: use text/csv, text/plain, application/json "
			"or multipart/form-data",
			type ? type : "");
	else if (coding == CODING_UNKNOWN)
		reply_error(&r->reply, 415, "Content-Encoding '%s' is not supported: use gzip or bz2",
					encoding);
	else if (form == FORM_MULTIPART && coding != CODING_IDENTITY)
		reply_error(&r->reply, 400, "a multipart/form-data body cannot have a Content-Encoding");
	else if (length && strtoull(length, NULL, 10) > BODY_MAX)
		too_large(r);
	return !r->reply.ready;
}

/* The more wanted of the two types that there are; JSON when neither is named. */
static bool
wants_csv(const char *accept)
{
	const char *csv = accept ? strcasestr(accept, "text/csv") : NULL;
	const char *json = accept ? strcasestr(accept, "application/json") : NULL;

	return csv && (!json || csv < json);
}

/*
 * Plain CSV for the synthetic deployment need not be kept: its records are hashed as they arrive.
 */
static bool
can_stream(const struct request *r)
{
	const char *type = request_header(r, "Content-Type");
	char		charset[64];

	return r->deployment->kind == DEPLOYMENT_SYNTHETIC && input_form(type) == FORM_CSV
		&& charset_of(type, charset, sizeof charset) && charset_is_utf8(charset)
		&& inflate_coding(request_header(r, "Content-Encoding")) == CODING_IDENTITY
		&& r->params.n_passthrough == 0 && !r->params.passthrough_all
		&& !r->fault.by_content;
}

void
predictions_begin(struct request *r)
{
	const char *length = request_header(r, "Content-Length");

	r->want_csv = wants_csv(request_header(r, "Accept"));
	if (!auth_check(r) || !check_deployment(r) ||
		!params_read(r->connection, &r->params, &r->reply) || !check_content_headers(r))
		return;
	r->streaming = can_stream(r);
	if (!r->streaming && length)
		buffer_reserve(&r->body, strtoull(length, NULL, 10) + 1);
}

void
predictions_body(struct request *r, const char *bytes, size_t len)
{
	if (r->reply.ready)
		return;
	if (r->received > BODY_MAX)
		too_large(r);
	else if (r->streaming)
		synthetic_scan(&r->scan, bytes, len);
	else
		buffer_append(&r->body, bytes, len);
}

/* Unpack the body, once. */
static enum body_form
unpack(struct request *r)
{
	if (!r->unpacked)
		r->form = input_unpack(r);
	r->unpacked = true;
	return r->form;
}

static bool
holds(void *data, const struct fault *f)
{
	struct request *r = data;
	struct buffer rows = {0};
	bool		found;

	content_find(&r->body, r->form, f->column, f->value, f->part, &rows);
	found = rows.len > 0;
	if (found && f->kind != FAULT_DELAY && f->kind != FAULT_MODEL_ID)
	{
		buffer_free(&r->fault_rows);
		r->fault_rows = rows;
	}
	else
		buffer_free(&rows);
	return found;
}

void
predictions_look(struct request *r)
{
	if (!r->reply.ready && unpack(r) != FORM_UNKNOWN)
		fault_choose_by_content(&r->fault, r->deployment->id, holds, r);
}

/* The id of the model that answers: a fault may have put another one in its place. */
static const char *
model_id(const struct request *r)
{
	return r->fault.model ? r->fault.model->model_id : r->deployment->model_id;
}

/* Has the scan found something wrong? */
static bool
check_scan(struct request *r)
{
	if (r->scan.error && r->scan.error_record)
		reply_error(&r->reply, 400, "malformed CSV near record %llu: %s",
					(unsigned long long) r->scan.error_record, r->scan.error);
	else if (r->scan.error)
		reply_error(&r->reply, 400, "%s", r->scan.error);
	return !r->reply.ready;
}

/* The codes as numbers, for everything but the plain CSV answer. */
static void
codes_to_scores(const struct scan *s, struct result *result)
{
	const uint32_t *codes = (const uint32_t *) s->codes.data;

	result->outputs = 1;
	if (result->decimals == DECIMALS_ANY)
		result->decimals = DECIMALS_SIX;	/* the digits of the plain answer */
	result->rows = synthetic_rows(s);
	result->scores = must_alloc(result->rows * sizeof *result->scores);
	for (size_t i = 0; i < result->rows; i++)
		result->scores[i] = (float) (codes[i] / 1e6);
}

static bool
predict_synthetic(struct request *r, struct wanted *w, struct table *t, struct result *result)
{
	enum body_form form = FORM_CSV;

	if (!r->streaming)
	{
		form = unpack(r);
		if (form == FORM_UNKNOWN)
			return false;
		if ((form == FORM_JSON || r->params.n_passthrough || r->params.passthrough_all)
			&& !input_read(r, form, w, t))
			return false;
		if (form == FORM_CSV)
			synthetic_scan(&r->scan, r->body.data, r->body.len);
	}
	if (form == FORM_CSV)
	{
		synthetic_finish(&r->scan);
		if (!check_scan(r))
			return false;
	}
	codes_to_scores(&r->scan, result);
	if (t->columns && t->rows != result->rows)
		reply_error(&r->reply, 400,
					"malformed CSV: a carriage return without a line feed ends a record");
	return !r->reply.ready;
}

static bool
predict_model(struct request *r, struct wanted *w, struct table *t, struct result *result)
{
	const struct deployment *d = r->deployment;
	enum body_form form = unpack(r);
	const char *why = "no values";
	bool		cache_hit = false;
	float	   *values;

	if (form == FORM_UNKNOWN || !input_read(r, form, w, t))
		return false;
	values = encode_features(r, w, t);
	if (!values)
		return false;
	result->rows = t->rows;
	result->scores =
		model_predict(d->model, values, t->rows, d->n_features, &result->outputs, &cache_hit, &why);
	free(values);
	if (!result->scores)
		reply_error(&r->reply, 500, "the model failed: %.*s", (int) strcspn(why, "\n"), why);
	else
		reply_header(&r->reply, "X-DataRobot-Model-Cache-Hit", cache_hit ? "true" : "false");
	return !r->reply.ready;
}

static void
write_reply(struct request *r, struct result *result)
{
	bool		spoiled = spoil_result(result, r->fault.main, &r->fault_rows);

	if (!result->order)
		result->n_order = result->rows;
	reply_set(&r->reply, 200, r->want_csv ? csv_type : "application/json", "");
	reply_header(&r->reply, "X-DataRobot-Model-Id", "%s", model_id(r));
	if (r->want_csv)
		reply_csv(&r->reply.body, result);
	else
		reply_json(&r->reply.body, result);
	r->rows = spoiled ? 0 : result->rows;
}

static void
predict(struct request *r)
{
	struct table table = {0};
	struct wanted wanted = {0};
	struct result result = {.deployment = r->deployment,
							.table = &table,
							.wanted = &wanted,
							.decimals = r->params.decimals};

	if (r->deployment->kind == DEPLOYMENT_SYNTHETIC)
	{
		if (predict_synthetic(r, &wanted, &table, &result))
		{
			reply_header(&r->reply, "X-DataRobot-Model-Cache-Hit", "true");
			write_reply(r, &result);
		}
	}
	else if (predict_model(r, &wanted, &table, &result))
		write_reply(r, &result);
	free(result.scores);
	free(result.texts);
	free(result.order);
	wanted_free(&wanted);
	table_free(&table);
}

/* The case benchmarks are about: CSV that was scanned as it arrived, CSV back, nothing special. */
static bool
predict_fast(struct request *r)
{
	size_t		rows;

	if (!r->streaming || !r->want_csv || r->params.decimals != DECIMALS_ANY
		|| spoil_needs_result(r->fault.main))
		return false;
	synthetic_finish(&r->scan);
	if (!check_scan(r))
		return true;
	rows = synthetic_rows(&r->scan);
	reply_set(&r->reply, 200, csv_type, "");
	reply_header(&r->reply, "X-DataRobot-Model-Cache-Hit", "true");
	reply_header(&r->reply, "X-DataRobot-Model-Id", "%s", model_id(r));
	buffer_print(&r->reply.body, "%s_PREDICTION\n", r->deployment->target);
	synthetic_print(&r->reply.body, (const uint32_t *) r->scan.codes.data, rows);
	r->rows = rows;
	return true;
}

void
predictions_answer(struct request *r)
{
	if (fault_kind_of(&r->fault) == FAULT_JSON)
		r->want_csv = false;
	if (!r->reply.ready && !spoil_replaces(r->fault.main) && !predict_fast(r))
		predict(r);
	if (spoil_reply(&r->reply, r->fault.main))
		r->rows = 0;
}
