/* What tests can set of the batch service: its limits, and which of its habits it has. */
#ifndef STANDIN_BATCH_SETTINGS_H
#define STANDIN_BATCH_SETTINGS_H

#include <jansson.h>

enum batch_setting
{
	SETTING_ABORT_PERCENT,		/* of rows that cannot be scored */
	SETTING_ABORT_BYTES,
	SETTING_JOB_SECONDS,		/* how long a job may run */
	SETTING_UPLOAD_SECONDS,		/* how long one waits for the rest of an upload that broke */
	SETTING_RETENTION_SECONDS,	/* of results */
	SETTING_RUNS_PER_DAY,		/* of all definitions together */
	SETTING_FAILURES,			/* in a row, after which a definition is switched off */
	SETTING_SLOTS,				/* jobs that run at a time on an instance */
	SETTING_LEAD_BYTES,			/* that an upload may be ahead of a job that runs */
	SETTING_MULTIPART,			/* is uploading in parts available? */
	SETTING_NULL_LINKS,			/* a link that is not there yet is null, not absent */
	SETTING_MIXED_CASE,			/* some fields are in snake_case */
	SETTING_WITHOUT_ID,			/* the answer has no "id" */
	SETTING_LATE_STATE,			/* a job that runs is still shown as INITIALIZING */
	SETTING_DELETED_GONE,		/* a job that was deleted is unknown at once */
	BATCH_SETTINGS
};

long		batch_setting(enum batch_setting which);

/* NULL, or the name of a setting that there is not, or that got no number */
const char *batch_settings_change(const json_t *changes);
json_t	   *batch_settings_read(void);
void		batch_settings_reset(void);

#endif
