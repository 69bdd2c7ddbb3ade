#include "realtime/prediction_answer.h"

#include <stdlib.h>
#include <string.h>

#include "base/monotonic.h"
#include "base/numbers.h"
#include "faults/spoil.h"
#include "http/http_request.h"
#include "input/table.h"
#include "model/registry.h"
#include "output/reply_csv.h"
#include "output/reply_json.h"
#include "output/reply_v1.h"
#include "scoring/result.h"
#include "scoring/scorer.h"

static const char csv_type[] = "text/csv; charset=utf-8";

enum body_form
prediction_answer_unpack(struct request *r)
{
	if (!r->unpacked)
		r->form = input_unpack(r->connection, &r->body, &r->reply);
	r->unpacked = true;
	return r->form;
}

/* The unpacked body into a table. */
static bool
read_body(struct request *r, struct wanted *w, struct table *t)
{
	struct body_text b = {.text = &r->body,
						  .form = r->form,
						  .deployment = r->deployment,
						  .params = &r->params,
						  .scan = &r->scan,
						  .reply = &r->reply};

	return input_read(&b, w, t);
}

/* The id of the model, or the one that a fault has put in its place. */
static const char *
model_id(const struct request *r)
{
	return r->fault.model ? r->fault.model->model_id : r->deployment->model_id;
}

static void
add_headers(struct request *r, bool cache_hit)
{
	reply_header(&r->reply, "X-DataRobot-Model-Cache-Hit", cache_hit ? "true" : "false");
	if (r->address != ADDRESS_PROJECT && r->address != ADDRESS_IMPORT && r->address != ADDRESS_V1)
		reply_header(&r->reply, "X-DataRobot-Model-Id", "%s", model_id(r));
}

/* ---- the synthetic deployment */

/* False: the scan found an error, which is in r->reply. */
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

/* The codes as numbers, for everything except the plain CSV answer. */
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
		form = prediction_answer_unpack(r);
		if (form == FORM_UNKNOWN)
			return false;
		if ((form == FORM_JSON || r->params.n_passthrough || r->params.passthrough_all)
			&& !read_body(r, w, t))
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
	result->cache_hit = true;
	if (t->columns && t->rows != result->rows)
		reply_error(&r->reply, 400,
					"malformed CSV: a carriage return without a line feed ends a record");
	return !r->reply.ready;
}

/* The case of benchmarks: CSV that was scanned as it arrived, CSV back, nothing special. */
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
	add_headers(r, true);
	buffer_print(&r->reply.body, "%s_PREDICTION\n", r->deployment->target);
	synthetic_print(&r->reply.body, (const uint32_t *) r->scan.codes.data, rows);
	r->rows = rows;
	return true;
}

/* ---- models */

static bool
predict_rows(struct request *r, struct wanted *w, struct table *t, struct result *result,
			 float **values)
{
	if (r->deployment->kind == DEPLOYMENT_SYNTHETIC)
		return predict_synthetic(r, w, t, result);
	return prediction_answer_unpack(r) != FORM_UNKNOWN && read_body(r, w, t)
		&& scorer_run(result, values, &r->reply);
}

/* Refuses a passthrough column with the name of a column of the answer. */
static bool
check_names(struct request *r, const struct result *result)
{
	bool		asked = r->want_csv && result->wanted->n_passthrough > 0;
	char	   *name = asked ? reply_csv_collision(result) : NULL;

	if (name)
		reply_error(&r->reply, 422,
					"the passthrough column '%s' is called like a column of the answer", name);
	free(name);
	return !r->reply.ready;
}

static void
write_reply(struct request *r, struct result *result)
{
	bool		spoiled = spoil_result(result, r->fault.main, &r->fault_rows);

	if (!result->order)
		result->n_order = result->rows;
	reply_set(&r->reply, 200, r->want_csv ? csv_type : "application/json", "");
	add_headers(r, result->cache_hit);
	if (r->address == ADDRESS_V1)
		reply_v1(&r->reply.body, result, (double) (monotonic_now() - r->started) / 1000.0);
	else if (r->want_csv)
		reply_csv(&r->reply.body, result);
	else
		reply_json(&r->reply.body, result);
	r->rows = spoiled ? 0 : result->rows;
}

void
prediction_answer(struct request *r)
{
	struct table table = {0};
	struct wanted wanted = {0};
	float	   *values = NULL;
	struct result result = {.deployment = r->deployment,
							.params = &r->params,
							.table = &table,
							.wanted = &wanted,
							.decimals = r->params.decimals,
							.operation = r->operation};

	if (predict_fast(r))
		return;
	if (predict_rows(r, &wanted, &table, &result, &values) && check_names(r, &result))
		write_reply(r, &result);
	free(values);
	result_free(&result);
	wanted_free(&wanted);
	table_free(&table);
}
