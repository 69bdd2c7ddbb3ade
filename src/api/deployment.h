/*
 * deployment.h
 *		What the public API knows of a deployment (docs/api.md 4.2).
 */
#ifndef DRS_DEPLOYMENT_H
#define DRS_DEPLOYMENT_H

#include "api/client.h"

/* Is the name an id, that is, 24 hexadecimal digits?  Any other is a label. */
extern bool drs_deployment_is_id(const char *name);

/*
 * The deployment's name as given by a call, or else the server's default.
 * Raises when there is neither.
 */
extern const char *drs_deployment_name(const Endpoint *endpoint, const char *deployment);

/* A client of the public API, and the deployment that it is to be asked about. */
typedef struct OpenDeployment
{
	PublicApi  *api;			/* for the caller to close */
	char	   *id;				/* palloc'd */
} OpenDeployment;

/*
 * Open a client and find the deployment of that name; NULL: the server's
 * default.  Raises as drs_api_open, drs_deployment_name and drs_deployment_id
 * do.
 */
extern OpenDeployment drs_deployment_open(Endpoint *endpoint, const char *name);

/*
 * The id of a deployment of that name, palloc'd.  Raises for a label that no
 * deployment has, or several have.
 */
extern char *drs_deployment_id(PublicApi *api, const char *name);

/* Its record, palloc'd.  Raises 42704 when it does not exist or the user has no access. */
extern Jsonb *drs_deployment_record(PublicApi *api, const char *id);

/*
 * The association ID: a list of columns (of char *), palloc'd; NIL when none
 * is set.  *required says whether each request must have them.
 */
extern List *drs_deployment_association(PublicApi *api, const char *id, bool *required);

/*
 * The same for callers who can do without: false, and the answer in *refused,
 * when the public API refuses.
 */
extern bool drs_deployment_ask_association(PublicApi *api, const char *id, List **names,
										   bool *required, ApiAnswer *refused);

/*
 * Where it is scored, palloc'd: the base URL of its prediction server, or
 * api_url for a serverless one.  NULL for one that does not run at DataRobot;
 * the caller refuses it.  Raises for an invalid URL, and for http if the
 * server does not allow it.
 */
extern char *drs_deployment_prediction_url(const Endpoint *endpoint, JsonbContainer *record);

/*
 * The datarobot-key of its prediction server, palloc'd; NULL when it has none.
 * Raises when it cannot be the value of a header.
 */
extern char *drs_deployment_key(const Endpoint *endpoint, JsonbContainer *record);

#endif							/* DRS_DEPLOYMENT_H */
