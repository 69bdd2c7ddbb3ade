#define _GNU_SOURCE
#include "realtime/predictions.h"

#include <stdlib.h>
#include <string.h>

#include "faults/content.h"
#include "faults/spoil.h"
#include "http/auth.h"
#include "http/http_request.h"
#include "input/charset.h"
#include "input/inflate.h"
#include "input/input.h"
#include "model/registry.h"
#include "realtime/prediction_answer.h"
#include "realtime/unstructured_model.h"

static const char user_id[] = "5e0000000000000000000001";

static void
too_large(struct request *r)
{
	reply_error(&r->reply, 413, "Request entity too large: the limit is %d bytes", BODY_MAX);
}

/* ---- checks of the header */

static bool
check_deployment(struct request *r)
{
	bool		is_id = strlen(r->id) == 24 && strspn(r->id, "0123456789abcdefABCDEF") == 24;

	if (r->deployment)
		return true;
	if (is_id && (r->address == ADDRESS_DEDICATED || r->address == ADDRESS_SERVERLESS))
		reply_error(&r->reply, 404, "Deployment %s cannot be found for user %s", r->id, user_id);
	else
		reply_error(&r->reply, 404, "Not found");
	return false;
}

/* The reason why this route is not for this deployment; NULL: it is. */
static const char *
find_misfit(const struct request *r)
{
	const struct deployment *d = r->deployment;
	bool		unstructured = r->operation == OPERATION_UNSTRUCTURED;
	bool		old = r->operation == OPERATION_EXPLAIN || r->operation == OPERATION_REASON_CODES;
	bool		v1_kind = d->kind == DEPLOYMENT_REGRESSION || d->kind == DEPLOYMENT_BINARY;

	if (unstructured != (d->kind == DEPLOYMENT_UNSTRUCTURED))
		return unstructured ? "predictionsUnstructured is for unstructured models only"
			: "the model is unstructured: use predictionsUnstructured";
	if (r->operation == OPERATION_TIME_SERIES && !d->time)
		return "the model is no time series model";
	if (r->operation == OPERATION_PREDICT && d->time && r->address == ADDRESS_PROJECT)
		return "the model is a time series model: use timeSeriesPredict";
	if (old && (d->algorithm == ALGORITHM_NONE || d->kind == DEPLOYMENT_MULTICLASS))
		return "prediction explanations are not available for this model";
	if (r->address == ADDRESS_V1 && (!v1_kind || d->time))
		return "only regression and binary models are supported";
	return NULL;
}

static bool
check_route(struct request *r)
{
	const char *misfit;

	if (r->deployment->kind == DEPLOYMENT_EXTERNAL)
	{
		reply_error(&r->reply, 400, "predictions cannot be made on an external deployment");
		return false;
	}
	misfit = find_misfit(r);
	if (misfit)
		reply_error(&r->reply, 422, "%s", misfit);
	return !misfit;
}

/* Unstructured models take no query parameters. */
static bool
check_parameters(struct request *r)
{
	if (r->operation != OPERATION_UNSTRUCTURED)
		return params_read(r->connection, r->deployment, r->operation, &r->params, &r->reply);
	if (!strchr(r->target, '?'))
		return true;
	reply_error(&r->reply, 400, "query parameters are not accepted");
	return false;
}

static bool
check_content_type(struct request *r, enum body_form form)
{
	const char *type = request_header(r, "Content-Type");

	if (r->operation == OPERATION_UNSTRUCTURED
		|| (form != FORM_UNKNOWN && !(form == FORM_MULTIPART && r->address == ADDRESS_PORTABLE)))
		return true;
	reply_error(&r->reply, 415, "Content-Type '%s' is not supported: use text/csv, text/plain%s",
				type ? type : "", r->address == ADDRESS_PORTABLE ? " or application/json"
				: ", application/json or multipart/form-data");
	return false;
}

static bool
check_content_headers(struct request *r)
{
	const char *encoding = request_header(r, "Content-Encoding");
	const char *length = request_header(r, "Content-Length");
	enum body_form form = input_form(request_header(r, "Content-Type"));
	enum coding coding = inflate_coding(encoding);

	if (!check_content_type(r, form))
		return false;
	if (coding == CODING_UNKNOWN)
		reply_error(&r->reply, 415, "Content-Encoding '%s' is not supported: use gzip or bz2",
					encoding);
	else if (form == FORM_MULTIPART && coding != CODING_IDENTITY)
		reply_error(&r->reply, 400, "a multipart/form-data body cannot have a Content-Encoding");
	else if (length && strtoull(length, NULL, 10) > BODY_MAX)
		too_large(r);
	return !r->reply.ready;
}

/* The first that is named of the two types; JSON if neither is. */
static bool
wants_csv(const char *accept)
{
	const char *csv = accept ? strcasestr(accept, "text/csv") : NULL;
	const char *json = accept ? strcasestr(accept, "application/json") : NULL;

	return csv && (!json || csv < json);
}

/* Plain CSV for the synthetic deployment is not kept: its records are hashed as they arrive. */
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

	r->want_csv = wants_csv(request_header(r, "Accept")) && r->address != ADDRESS_V1;
	if (!auth_check(r) || !check_deployment(r) || !check_route(r) || !check_parameters(r)
		|| !check_content_headers(r))
		return;
	r->streaming = can_stream(r);
	if (!r->streaming && length)
		buffer_reserve(&r->body, strtoull(length, NULL, 10) + 1);
}

/* ---- the body */

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
	if (!r->reply.ready && r->operation != OPERATION_UNSTRUCTURED
		&& prediction_answer_unpack(r) != FORM_UNKNOWN)
		fault_choose_by_content(&r->fault, r->deployment->id, holds, r);
}

void
predictions_answer(struct request *r)
{
	if (fault_kind_of(&r->fault) == FAULT_JSON)
		r->want_csv = false;
	if (!r->reply.ready && !spoil_replaces(r->fault.main))
	{
		if (r->operation == OPERATION_UNSTRUCTURED)
			unstructured_model_answer(r);
		else
			prediction_answer(r);
	}
	if (spoil_reply(&r->reply, r->fault.main))
		r->rows = 0;
}
