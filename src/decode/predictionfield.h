/*
 * predictionfield.h
 *		The columns of predictions whose names are the same for every
 *		deployment, and the values of answers that they are filled from.
 *
 * All of it is made from predictionfieldlist.h.
 */
#ifndef DRS_PREDICTIONFIELD_H
#define DRS_PREDICTIONFIELD_H

/* What a column of a result is filled from: a field of predictions, or something else. */
typedef enum ShapeSource
{
#define PREDICTION_FIELD(id, origin, name, type, created) FROM_##id,
#include "decode/predictionfieldlist.h"
	PREDICTION_FIELDS,			/* number of fields */

	/* what predict() returns: the number, or the probability */
	FROM_NUMBER = PREDICTION_FIELDS,
	FROM_KEPT,					/* a column of the source row */
	FROM_KEYS,					/* JSON object of the key columns */
	FROM_PASSTHROUGH,			/* JSON object of the passthrough columns */
	FROM_RECORD,				/* the record as it was sent, CSV or JSON */
	FROM_HEADER					/* a column of the answer, by its own name */
} ShapeSource;

/* Values that each row of an answer may have, with the same meaning for every deployment. */
typedef enum LayoutRole
{
	NO_ROLE = -1,
#define REPLY_VALUE(id, content) ROLE_##id,
#define REPLY_PART(id, content) ROLE_##id,
#include "decode/predictionfieldlist.h"
	NROLES
} LayoutRole;

/* Where a field comes from, and so when there is one. */
typedef enum FieldOrigin
{
	OF_ROW,						/* known without an answer */
	OF_REQUEST,					/* in the headers of an answer, if the server reports it */
	OF_EVERY_REPLY,				/* part of what is predicted; there is no answer without it */
	OF_SOME_REPLIES				/* part of what is predicted, by the model or the options */
} FieldOrigin;

/* What the text of a value must be, whatever the column that takes it. */
typedef enum FieldContent
{
	CONTENT_ANY,
	CONTENT_NUMBER,				/* a finite one */
	CONTENT_TIME				/* in UTC unless it names a zone */
} FieldContent;

/* The type datarobot.explanation[], which is the extension's own and has no fixed OID. */
#define EXPLANATIONARRAYOID InvalidOid

typedef struct PredictionField
{
	const char *name;
	FieldOrigin origin;
	Oid			type;			/* in datarobot.prediction */
	Oid			created;		/* in a table that is made for predictions */
} PredictionField;

/* The field of a source below PREDICTION_FIELDS. */
extern const PredictionField *drs_prediction_field(ShapeSource source);

/* Find the field of that name; false when there is none. */
extern bool drs_prediction_field_named(const char *name, ShapeSource *source);

/* All names, separated by commas; palloc'd, for messages. */
extern char *drs_prediction_field_names(void);

/* The value that a column of that source is filled from unchanged, or NO_ROLE. */
extern LayoutRole drs_prediction_role(ShapeSource source);

/* What the text of that value must be. */
extern FieldContent drs_prediction_content(LayoutRole role);

/* The name of its column in CSV, constant, or NULL when it has no fixed name. */
extern const char *drs_prediction_header(LayoutRole role);

#endif							/* DRS_PREDICTIONFIELD_H */
