/*
 * clientoptions.c
 *		Refuses options of DataRobot's Python client.
 */
#include "postgres.h"

#include "api/jsonpath.h"
#include "batch/clientoptions.h"

typedef struct ClientOption
{
	const char *settings[2];	/* that it is a member of, in both spellings; NULL: of the whole */
	const char *type;			/* of these settings; NULL: any */
	const char *name;
	const char *instead;		/* the hint */
} ClientOption;

#define INTAKE {"intake_settings", "intakeSettings"}
#define OUTPUT {"output_settings", "outputSettings"}

static const ClientOption client_options[] = {
	{INTAKE, "localFile", "file",
	"datarobot.batch_upload() and batch_upload_file() send the data."},
	{INTAKE, "dataset", "dataset", "Give its id as \"dataset_id\"."},
	{OUTPUT, "localFile", "path",
	"datarobot.batch_download() and batch_download_file() read the result."},
	{{NULL, NULL}, NULL, "download_timeout",
	"datarobot.batch_download() and batch_wait() have an argument \"timeout\"."},
	{{NULL, NULL}, NULL, "download_read_timeout",
	"datarobot.batch_download() has an argument \"timeout\"."},
	{{NULL, NULL}, NULL, "upload_read_timeout",
	"A cancel or statement_timeout ends datarobot.batch_upload()."},
	{{NULL, NULL}, NULL, "explanations_mode",
	"Give \"explanation_num_top_classes\" or \"explanation_class_names\"."}
};

/* Has that object the option? */
static bool
has_option(JsonbContainer *object, const ClientOption *option)
{
	char	   *type = option->type ? drs_jsonpath_text(object, "type") : NULL;

	if (option->type && (type == NULL || pg_strcasecmp(type, option->type) != 0))
		return false;
	return getKeyJsonValueFromContainer(object, option->name, (int) strlen(option->name),
										NULL) != NULL;
}

static void
refuse(const ClientOption *option)
{
	const char *settings = option->settings[0];

	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("option \"%s%s%s\" is not sent to DataRobot", settings ? settings : "",
					settings ? "." : "", option->name),
			 errdetail("It is one of DataRobot's Python client itself."),
			 errhint("%s", option->instead)));
}

void
drs_clientoptions_refuse(JsonbContainer *spec)
{
	for (size_t i = 0; i < lengthof(client_options); i++)
	{
		const ClientOption *option = &client_options[i];

		if (option->settings[0] == NULL && has_option(spec, option))
			refuse(option);
		for (int j = 0; option->settings[0] && j < 2; j++)
		{
			JsonbContainer *object = drs_jsonpath_container(spec, option->settings[j]);

			if (object && JsonContainerIsObject(object) && has_option(object, option))
				refuse(option);
		}
	}
}
