/*
 * deploymentcache.h
 *		What the public API has reported to this session about deployments, kept for a
 *		while.
 */
#ifndef DRS_DEPLOYMENTCACHE_H
#define DRS_DEPLOYMENTCACHE_H

#include "datatype/timestamp.h"
#include "nodes/pg_list.h"

#include "config/endpoint.h"

typedef struct CachedDeployment
{
	MemoryContext cxt;			/* owns it and all below; in TopMemoryContext */
	Oid			user;
	Oid			server;
	Oid			mapping;
	char	   *name;			/* id or label, as given by calls */

	TimestampTz place_asked;	/* when the next four were asked for; 0: never */
	char	   *id;
	char	   *prediction_url; /* NULL: not needed, because the server has one */
	char	   *key;			/* NULL: likewise, or there is none */
	char	   *positive_class; /* of a model of DRUM; NULL: it has none */

	TimestampTz kind_asked;		/* 0: never */
	char	   *target_type;	/* NULL: not known */

	TimestampTz positive_asked; /* 0: never */
	char	   *learned_class;	/* the positive one of two; NULL: it could not be learned */

	TimestampTz features_asked;	/* when the next four were asked for; 0: never */
	List	   *features;		/* of ModelFeature *; NIL: the deployment has no list of them */
	List	   *association;	/* of char *: columns of the association ID; NIL: none, or not
								 * known */
	bool		association_required;	/* each request must have them */
	TimestampTz noted_at;		/* when the statement came that was told that it lacks them */
	MemoryContext features_cxt; /* owns these lists */
} CachedDeployment;

/*
 * What is known of the deployment of that name, perhaps nothing yet.
 * Everything is forgotten when a server or a user mapping is altered, and when
 * a transaction fails.  The result is valid until the next call of this
 * function.
 */
extern CachedDeployment *drs_deploymentcache_get(const Endpoint *endpoint, const char *name);

/* Before asking again: forget where it is. */
extern void drs_deploymentcache_forget_place(CachedDeployment *known);

/* Likewise what it predicts. */
extern void drs_deploymentcache_forget_kind(CachedDeployment *known);

/* Likewise the positive class that was learned. */
extern void drs_deploymentcache_forget_positive(CachedDeployment *known);

/* Likewise its features and association ID. */
extern void drs_deploymentcache_forget_features(CachedDeployment *known);

/*
 * Is what was asked for at that time still valid, according to the option
 * deployment_lifetime?  False for 0.
 */
extern bool drs_deploymentcache_is_fresh(const Endpoint *endpoint, TimestampTz asked);

#endif							/* DRS_DEPLOYMENTCACHE_H */
