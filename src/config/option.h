/*
 * option.h
 *		The values of the options of servers, user mappings, calls and scored
 *		tables.
 *
 * One table in option.c describes all of them.  It drives the validator, the
 * parsing of options jsonb, the hints for mistyped names, and a test that
 * docs/options.md lists every option.
 */
#ifndef DRS_OPTION_H
#define DRS_OPTION_H

#include "nodes/pg_list.h"
#include "utils/jsonb.h"

#include "config/statementtype.h"

/* Where an option may be set; several places are possible. */
typedef enum OptionHome
{
	OPTION_SERVER = 1,			/* CREATE SERVER: everyone can read it, so no secrets */
	OPTION_MAPPING = 2,			/* CREATE USER MAPPING: shown only to its owner */
	OPTION_CALL = 4,			/* options jsonb of any call that scores */
	OPTION_WRITE = 8,			/* the same of a call that writes to a table */

	/* kinds of calls that refuse some of these options, which hints then do not name */
	OPTION_WINDOW = OPTION_CALL | 16,	/* a window function */
	OPTION_ONE = OPTION_WINDOW | 1024,	/* a function that scores one row */
	OPTION_BODY = OPTION_CALL | 32,	/* a body without rows */
	OPTION_NOW = OPTION_WRITE | 64,	/* a call that writes within the caller's transaction */
	OPTION_ACTUALS = OPTION_CALL | 128, /* submit_actuals: takes only options that a server
										 * could have, too */
	OPTION_JOB = OPTION_CALL | 256, /* a function for batch jobs: the same */

	OPTION_TABLE = 512,			/* CREATE FOREIGN TABLE: everyone can read it, so no secrets */
	OPTION_COLUMN = 2048		/* a column of one */
} OptionHome;

typedef enum AuthScheme
{
	AUTH_BEARER,
	AUTH_TOKEN,					/* deprecated by DataRobot, still accepted by it */
	AUTH_BASIC,					/* deprecated likewise; needs username */
	AUTH_NONE					/* Portable Prediction Server */
} AuthScheme;

typedef enum Compression
{
	COMPRESSION_NONE,
	COMPRESSION_GZIP
} Compression;

typedef enum HttpVersion
{
	HTTP_VERSION_AUTO,			/* HTTP/2 if TLS negotiates it */
	HTTP_VERSION_1_1,
	HTTP_VERSION_2
} HttpVersion;

/* Which routes a prediction server has, and what names a model there. */
typedef enum Addressing
{
	ADDRESSING_DEPLOYMENT,
	ADDRESSING_PROJECT,			/* old dedicated servers: "project/model"
								 * instead of a deployment */
	ADDRESSING_IMPORT,			/* standalone scoring engines: an imported model */
	ADDRESSING_PPS,				/* Portable Prediction Server of one model: nothing to name */
	ADDRESSING_DRUM				/* DataRobot's open-source server of one custom model: nothing
								 * to name; see drum.h */
} Addressing;

/* The format of rows or of answers. */
typedef enum DataFormat
{
	FORMAT_AUTO,				/* CSV, if it can carry what is requested */
	FORMAT_CSV,
	FORMAT_JSON
} DataFormat;

/* What happens to a row that has no prediction, because it could not be scored. */
typedef enum OnError
{
	ON_ERROR_STOP,
	ON_ERROR_REJECT,			/* the row is left out and recorded; not of a scored table */
	ON_ERROR_NULL				/* the row is written without a prediction, and recorded; a scored
								 * table has the reason in its column "error" */
} OnError;

/* Which columns of a row are sent. */
typedef enum SendColumns
{
	SEND_ALL,					/* except keys */
	SEND_FEATURES				/* of those, only the features that the deployment looks for */
} SendColumns;

/* Which snapshot the rows are read by: one for each slice, or one for the run. */
typedef enum SnapshotScope
{
	SNAPSHOT_SLICE,
	SNAPSHOT_RUN
} SnapshotScope;

/* What a call does when an identical one is running. */
typedef enum IfRunning
{
	IF_RUNNING_START,
	IF_RUNNING_SKIP,
	IF_RUNNING_WAIT,
	IF_RUNNING_ERROR
} IfRunning;

/* Which API scores the rows of a call. */
typedef enum ScoringMethod
{
	METHOD_REALTIME,
	METHOD_BATCH,
	METHOD_AUTO					/* by the number of rows that the planner expects */
} ScoringMethod;

/* How the rows of a batch job are sent. */
typedef enum BatchUpload
{
	BATCH_UPLOAD_AUTO,			/* in parts if the service takes them */
	BATCH_UPLOAD_MULTIPART,
	BATCH_UPLOAD_STREAM			/* as one request, which is scored while it is sent */
} BatchUpload;

/* DataRobot's limit for the body of one request (docs/api.md 1.9): 50 MB. */
#define DRS_MAX_BODY_BYTES (50 * 1024 * 1024)

/* Where predictions come from, and how to reach it: CREATE SERVER only. */
typedef struct ServerOptions
{
	char	   *prediction_url;	/* real-time API with its path prefix, no trailing slash */
	char	   *api_url;		/* public API, likewise */
	char	   *deployment;		/* used when a call names none; of a table, too */
	char	   *proxy;
	char	   *ca_file;
	char	   *client_cert;
	char	   *client_key;
	AuthScheme auth;
	bool		allow_http;
	HttpVersion http_version;
	Addressing addressing;
	double		rate_limit;		/* requests started per second by one call; 0: no limit */
} ServerOptions;

/* How requests are sent: servers, and calls, which override them. */
typedef struct TransferOptions
{
	int			connect_timeout;	/* ms, for one attempt to connect */
	int			request_timeout;	/* ms, for one request from start to end */
	int			max_attempts;	/* times that one chunk is sent, the first included */
	int			retry_budget;	/* ms from a chunk's first failure until it is given up */
	int			chunk_rows;		/* rows in a request, at most */
	int			chunk_size;		/* bytes in a request before compression, at most */
	int			concurrency;	/* requests in flight of one call, at most */
	int			max_reply_size;	/* bytes in an answer, at most */
	Compression compression;
	bool		check;			/* compare the columns with the deployment's features before the
								 * first row is sent */
	int			deployment_lifetime;	/* ms for which an answer of the public API about a
										 * deployment is used; 0: ask each time */
	DataFormat format;			/* of answers */
	DataFormat request_format;
	bool		skip_drift_tracking;
} TransferOptions;

/* Who sends requests: CREATE USER MAPPING only. */
typedef struct Credentials
{
	char	   *api_token;
	char	   *api_token_file;
	char	   *datarobot_key;
	char	   *datarobot_key_file;
	char	   *username;
} Credentials;

/* What a call sends and keeps. */
typedef struct CallOptions
{
	char	   *server;
	List	   *key_columns;	/* of char *; kept; not sent, except columns of series and an
								 * association ID */
	List	   *passthrough_columns;	/* of char *; kept and sent */
	char	   *passthrough_columns_set;	/* "all" */
	List	   *feature_names;	/* of Renaming *: columns, and the names under which they are
								 * sent */
	SendColumns send;
	bool		wire_passthrough;	/* let the server return passthrough columns with its answer */
	bool		verify_order;
	bool		details;		/* return what only JSON answers contain */
	char	   *positive_class;	/* of a binary classification; JSON answers do not say which it
								 * is */
	List	   *series_columns; /* of char *; no series is split between requests */
	char	   *time_column;	/* by which the rows of each series are sorted */
	int			max_calls;		/* for one row each, in a statement */
} CallOptions;

/* How batch jobs score the rows of a call. */
typedef struct BatchOptions
{
	ScoringMethod method;
	int			batch_rows;		/* of a job, at most */
	int			batch_threshold;	/* METHOD_AUTO: rows from which on it is batch */
	BatchUpload batch_upload;
	Jsonb	   *batch_settings; /* further fields of a job; not checked here; NULL: none */
	int			job_timeout;	/* ms from the creation of a job to the end of its result; 0: no
								 * limit */
	bool		delete_on_timeout;	/* abort the job then */
} BatchOptions;

/* Parameters of the API, in the form they have on the wire; NULL means not given. */
typedef struct ApiParameters
{
	char	   *max_explanations;	/* number or "all" */
	char	   *max_codes;		/* its old name in the API */
	char	   *max_ngram_explanations; /* number or "all" */
	char	   *explanation_algorithm;
	char	   *explanation_num_top_classes;
	List	   *explanation_class_names;	/* of char * */
	char	   *threshold_high;
	char	   *threshold_low;
	char	   *exclude_adjusted_predictions;
	char	   *prediction_warning_enabled;
	char	   *decimals_number;
	char	   *forecast_point;
	char	   *predictions_start_date;
	char	   *predictions_end_date;
	char	   *relax_known_in_advance_features_check;
} ApiParameters;

/* Where predictions are written, and how. */
typedef struct WriteOptions
{
	StatementType statement_type;
	List	   *where_columns;	/* of char *, as the next two */
	List	   *update_columns;
	List	   *output_columns;
	List	   *extra_columns;
	List	   *column_names_remapping; /* of Renaming * */
	bool		create_table_if_not_exists;
	OnError on_error;
	char	   *reject_limit;	/* rows, or a percentage with its sign */
	bool		abort_on_error; /* apply DataRobot's own limit when no reject_limit is given */
	bool		keep_features;	/* record them with rejected rows */
	int			commit_rows;	/* rows of a slice; 0: not given */
	double		commit_interval;	/* seconds; 0: one commit at the end; below 0: not given */
	SnapshotScope snapshot;
	bool		consistent_model;
	int			workers;
	IfRunning if_running;
	bool		resume;
} WriteOptions;

/*
 * A scored table: CREATE FOREIGN TABLE, and the costs also of servers.  Its deployment is in
 * ServerOptions, on_error in WriteOptions.
 */
typedef struct TableOptions
{
	char	   *query;			/* whose rows are scored */
	char	   *search_path;	/* by which the query is analyzed; NULL: the table's schema */
	bool		security_invoker;	/* the query has the rights of who asks, not the owner's */
	bool		security_barrier;	/* as of a view */
	double		request_cost;	/* of planning: for a request; below 0: not given */
	double		row_cost;		/* of planning: for a row that is sent; below 0: not given */
	char	   *output;			/* of a column: the output that fills it */
	char	   *source;			/* of a column: the column of the query that does */
} TableOptions;

/* The values of all options.  Strings are palloc'd; NULL means not given. */
typedef struct Options
{
	ServerOptions server;
	TransferOptions transfer;
	Credentials credentials;
	CallOptions call;
	BatchOptions batch;
	ApiParameters parameters;
	WriteOptions write;
	TableOptions table;
} Options;

/* Fill in the defaults. */
extern void drs_options_init(Options *options);

/*
 * Check a name and value that DDL sets for home, without keeping them.  Raises
 * for an unknown or misplaced name and for a bad value.
 */
extern void drs_option_check(const char *name, const char *value, OptionHome home);

/* Set one option by its name.  Raises as drs_option_check does. */
extern void drs_option_set(Options *options, const char *name, const char *value, OptionHome home);

/*
 * Is it a file that the database server reads?  Then the validator requires a
 * privileged role.
 */
extern bool drs_option_names_file(const char *name);

/*
 * Set the options in the DefElem list of a foreign server, user mapping or
 * column, which DDL has validated.
 */
extern void drs_options_add_list(Options *options, List *defelems, OptionHome home);

/*
 * The DefElem list of a foreign table as the options of a call, palloc'd: an
 * object for drs_options_add_jsonb.  Lists of columns are written as in
 * search_path, or as JSON; lists of classes, and objects, as JSON.  Raises for
 * an unknown or misplaced name, and for a list or object that is none.
 */
extern Jsonb *drs_options_list_as_jsonb(List *defelems, OptionHome home);

/*
 * Set the options of a call, of the kind that home says: an object whose keys
 * are option names in either spelling.  A null value means that the option is
 * not given.  Raises 22023 for whatever does not fit, and for a foreign table
 * the errors of DDL.  json may be NULL.
 */
extern void drs_options_add_jsonb(Options *options, Jsonb *json, OptionHome home);

/* Raise for a value that drs_options_add_jsonb has accepted, and that does not fit that home. */
pg_noreturn extern void drs_option_refuse(const char *name, const char *value, OptionHome home,
										  const char *detail, const char *hint);

/* Raise for an option that must be given at that home, and is not. */
pg_noreturn extern void drs_option_refuse_missing(const char *name, OptionHome home);

/*
 * Raise for an option that a call gives and that its method does not use: those of
 * requests for batch, and those of jobs for real-time.  METHOD_AUTO becomes
 * METHOD_REALTIME when the call asks for what only that can do.  json may be NULL.
 */
extern void drs_options_check_method(Options *options, Jsonb *json, OptionHome home);

/* Do the options name time series?  Then forecasts do not correspond to the rows sent. */
extern bool drs_options_name_series(const Options *options);

/* Our name of a parameter that only time series have and the options give; NULL: none. */
extern const char *drs_options_forecast_parameter(const Options *options);

/* For time series: raise 0A000 unless a row that cannot be scored ends the call. */
extern void drs_options_require_stop(const Options *options);

/*
 * Our spelling of an option's name, which is given in either spelling.  Raises
 * when a call of that kind has no such option.
 */
extern const char *drs_option_name(const char *name, OptionHome home);

/* Called with a parameter: its name as an option, and its name and value in requests. */
typedef void (*ParameterVisit) (const char *name, const char *wire_name, const char *value,
								void *arg);

/*
 * Visit the parameters of the API that are given, in the order of the table;
 * one that is a list is visited once for each element.
 */
extern void drs_options_visit_parameters(const Options *options, ParameterVisit visit, void *arg);

#endif							/* DRS_OPTION_H */
