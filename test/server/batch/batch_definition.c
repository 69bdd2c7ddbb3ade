#include "batch/batch_definition.h"

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/service_clock.h"
#include "batch/batch_report.h"
#include "batch/batch_spec.h"

static const int64_t SECOND = 1000000;
static const char never[] = "1900-01-01T00:00:00.000000Z";

static const struct batch_field own[] = {
	{"name", FIELD_TEXT, false, 0, 0, NULL},
	{"enabled", FIELD_BOOL, false, 0, 0, NULL},
	{"schedule", FIELD_OBJECT, false, 0, 0, NULL},
	{0}
};

/* The fields of the job: those it has, and in their place those that are sent. */
static json_t *
merged_spec(const struct batch_definition *d, const json_t *body)
{
	json_t	   *spec = d->spec ? json_deep_copy(d->spec) : json_object();

	json_object_update(spec, (json_t *) body);
	for (const struct batch_field *f = own; f->name; f++)
		json_object_del(spec, f->name);
	return spec;
}

/* With its defaults; variables remain as they are. */
static json_t *
shown_spec(const struct batch_spec *s, const json_t *sent)
{
	static const char *const with_variables[] = {"intakeSettings", "outputSettings"};
	json_t	   *redacted = json_array();
	json_t	   *shown = batch_spec_shown(s->json, redacted);

	for (size_t i = 0; i < sizeof with_variables / sizeof *with_variables; i++)
	{
		json_t	   *settings = batch_member(sent, with_variables[i]);

		if (settings)
			json_object_set_new(shown, with_variables[i], json_deep_copy(settings));
	}
	if (json_array_size(redacted) > 0)
		json_object_set(shown, "redactedFields", redacted);
	json_decref(redacted);
	return shown;
}

static void
check_own(const struct batch_definition *d, const json_t *body, struct batch_schedule *schedule,
		  json_t *errors)
{
	const json_t *sent = batch_member(body, "schedule");

	if (json_is_object(sent))
		batch_schedule_read(sent, schedule, errors);
	if (batch_truth(body, "enabled", d->enabled) && !sent && !d->schedule_json)
		batch_fields_error(errors, "", "schedule", "is required if the definition is enabled");
}

static void
take(struct batch_definition *d, const json_t *body, const struct batch_schedule *schedule)
{
	json_t	   *sent = batch_member(body, "schedule");
	const char *name = batch_text(body, "name");

	if (name)
	{
		free(d->name);
		d->name = must_copy(name);
	}
	if (sent)
	{
		json_decref(d->schedule_json);
		d->schedule_json = json_deep_copy(sent);
		d->schedule = *schedule;
	}
	if (batch_truth(body, "enabled", d->enabled) && !d->enabled)
		d->failures = 0;
	d->enabled = batch_truth(body, "enabled", d->enabled);
}

bool
batch_definition_set(struct batch_definition *d, const json_t *body, json_t *errors)
{
	struct batch_times times = batch_definition_times(d);
	struct batch_schedule schedule;
	struct batch_spec s;
	json_t	   *spec = merged_spec(d, body);
	json_t	   *only_own = json_object();

	for (const struct batch_field *f = own; f->name; f++)
		if (batch_member(body, f->name))
			json_object_set(only_own, f->name, batch_member(body, f->name));
	batch_fields_check(only_own, own, NULL, "", errors);
	json_decref(only_own);
	check_own(d, body, &schedule, errors);
	batch_spec_read(spec, NULL, &times, &s, errors);
	if (json_object_size(errors) == 0)
	{
		take(d, body, &schedule);
		json_decref(d->shown);
		d->shown = shown_spec(&s, spec);
		json_decref(d->spec);
		d->spec = json_incref(spec);
		d->updated = service_now();
		batch_definition_plan(d);
	}
	batch_spec_free(&s);
	json_decref(spec);
	return json_object_size(errors) == 0;
}

void
batch_definition_plan(struct batch_definition *d)
{
	int64_t		next = d->enabled ? batch_schedule_next(&d->schedule, service_now() / SECOND) : -1;

	d->next_scheduled = next < 0 ? 0 : next * SECOND;
}

struct batch_times
batch_definition_times(const struct batch_definition *d)
{
	return (struct batch_times) {.now = service_now(),
								 .last_scheduled = d->last_scheduled,
								 .next_scheduled = d->next_scheduled,
								 .last_completed = d->last_successful};
}

/* Some times that never were are null, others a date that cannot be: the service has both. */
static json_t *
time_or_never(int64_t microseconds)
{
	return microseconds ? batch_report_time(microseconds) : json_string(never);
}

json_t *
batch_definition_show(const struct batch_definition *d)
{
	json_t	   *json = json_pack("{s:s, s:s, s:b, s:O}", "id", d->id, "name", d->name, "enabled",
								 d->enabled, "batchPredictionJob", d->shown);

	json_object_set_new(json, "schedule",
						d->schedule_json ? json_incref(d->schedule_json) : json_null());
	json_object_set_new(json, "created", batch_report_time(d->created));
	json_object_set_new(json, "updated", batch_report_time(d->updated));
	json_object_set_new(json, "createdBy", batch_report_user());
	json_object_set_new(json, "updatedBy", batch_report_user());
	json_object_set_new(json, "lastFailedRunTime", time_or_never(d->last_failed));
	json_object_set_new(json, "lastSuccessfulRunTime", time_or_never(d->last_successful));
	json_object_set_new(json, "lastScheduledRunTime", time_or_never(d->last_scheduled));
	json_object_set_new(json, "lastStartedJobTime", batch_report_time(d->last_started));
	json_object_set_new(json, "lastStartedJobStatus",
						d->last_state ? json_string(d->last_state) : json_null());
	json_object_set_new(json, "nextScheduledRunTime", batch_report_time(d->next_scheduled));
	return json;
}

void
batch_definition_free(struct batch_definition *d)
{
	json_decref(d->spec);
	json_decref(d->shown);
	json_decref(d->schedule_json);
	free(d->name);
	free(d);
}
