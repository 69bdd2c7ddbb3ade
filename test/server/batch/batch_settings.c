#include "batch/batch_settings.h"

#include <stdatomic.h>
#include <string.h>

static const struct
{
	const char *name;
	long		usual;
}			settings[BATCH_SETTINGS] = {
	{"abort_percent", 20},
	{"abort_bytes", 100 * 1000 * 1000},
	{"job_seconds", 4 * 3600},
	{"upload_seconds", 3600},
	{"retention_seconds", 48 * 3600},
	{"runs_per_day", 1000},
	{"failures", 5},
	{"slots", 1},
	{"lead_bytes", 16 * 1024 * 1024},
	{"multipart", 1},
	{"null_links", 0},
	{"mixed_case", 0},
	{"without_id", 0},
	{"late_state", 0},
	{"deleted_gone", 0},
};

/* what has been changed, less the usual value */
static atomic_long changed[BATCH_SETTINGS];

long
batch_setting(enum batch_setting which)
{
	return settings[which].usual + changed[which];
}

static int
find(const char *name)
{
	for (int i = 0; i < BATCH_SETTINGS; i++)
		if (strcmp(settings[i].name, name) == 0)
			return i;
	return -1;
}

const char *
batch_settings_change(const json_t *changes)
{
	const char *name;
	json_t	   *value;

	json_object_foreach((json_t *) changes, name, value)
		if (find(name) < 0 || !json_is_integer(value))
			return name;
	json_object_foreach((json_t *) changes, name, value)
		changed[find(name)] = (long) json_integer_value(value) - settings[find(name)].usual;
	return NULL;
}

json_t *
batch_settings_read(void)
{
	json_t	   *all = json_object();

	for (int i = 0; i < BATCH_SETTINGS; i++)
		json_object_set_new(all, settings[i].name,
							json_integer(batch_setting((enum batch_setting) i)));
	return all;
}

void
batch_settings_reset(void)
{
	for (int i = 0; i < BATCH_SETTINGS; i++)
		changed[i] = 0;
}
