/*
 * predictionfieldlist.h
 *		The list of the fields of predictions: their columns, and their names in answers.
 *
 * Every other list of these is generated from this one.  A file that needs
 * part of it defines the macros it wants and includes this file; the other
 * macros expand to nothing.  There is no include guard on purpose.
 * test/check/prediction_fields compares it with the SQL script and with
 * docs/coverage.md.
 *
 * PREDICTION_FIELD(id, origin, name, type, created): a column of results.
 * Columns of any result are matched with it by name.  The order is that of
 * datarobot.prediction, where it is of that type; created is the type of its
 * column in a table that is made for predictions.  Origins are those of
 * FieldOrigin.  In code, it is FROM_id.
 *
 * REPLY_VALUE(id, content): the field of that id is a single value of a row of
 * an answer, and is filled from it unchanged.  Contents are those of
 * FieldContent.  In code, the value is ROLE_id.  A few fields have more code of
 * their own; search for FROM_id.
 *
 * REPLY_PART(id, content): a value of a row that is not a field by itself.
 *
 * JSON_MEMBER(kind, role, name): a member of a row in JSON.  Kinds are those
 * of jsonrow.c: VALUE is a single value, FALLBACK one that is used when no
 * other member fills the role, JSON any value unchanged; these fill the role.
 *
 * CSV_HEADER(id, name): the column of ROLE_id in CSV, where it has the same
 * name for every deployment.  Others go by patterns: csvlayout.c.
 */
#ifndef PREDICTION_FIELD
#define PREDICTION_FIELD(id, origin, name, type, created)
#endif
#ifndef REPLY_VALUE
#define REPLY_VALUE(id, content)
#endif
#ifndef REPLY_PART
#define REPLY_PART(id, content)
#endif
#ifndef JSON_MEMBER
#define JSON_MEMBER(kind, role, name)
#endif
#ifndef CSV_HEADER
#define CSV_HEADER(id, name)
#endif

PREDICTION_FIELD(ROW_NUMBER, OF_ROW, "row_number", INT8OID, INT8OID)
JSON_MEMBER(PLACE, NO_ROLE, "rowId")
JSON_MEMBER(PLACE, NO_ROLE, "row_id")

/* label of a classification, number, or text; created as FLOAT8OID when proven a number */
PREDICTION_FIELD(PREDICTION, OF_EVERY_REPLY, "prediction", TEXTOID, TEXTOID)
REPLY_VALUE(PREDICTION, ANY)
JSON_MEMBER(PREDICTION, ROLE_PREDICTION, "prediction")

/* binary: of the positive class; multiclass: of the predicted one */
PREDICTION_FIELD(PROBABILITY, OF_SOME_REPLIES, "probability", FLOAT8OID, FLOAT8OID)

/* JSON object: class to probability */
PREDICTION_FIELD(PROBABILITIES, OF_SOME_REPLIES, "probabilities", JSONBOID, JSONBOID)
JSON_MEMBER(OUTPUTS, NO_ROLE, "predictionValues")
JSON_MEMBER(PROBABILITIES, NO_ROLE, "class_probabilities")

PREDICTION_FIELD(THRESHOLD, OF_SOME_REPLIES, "threshold", FLOAT8OID, FLOAT8OID)
REPLY_VALUE(THRESHOLD, NUMBER)
JSON_MEMBER(VALUE, ROLE_THRESHOLD, "predictionThreshold")
CSV_HEADER(THRESHOLD, "THRESHOLD")

PREDICTION_FIELD(POSITIVE_CLASS, OF_SOME_REPLIES, "positive_class", TEXTOID, TEXTOID)
REPLY_VALUE(POSITIVE_CLASS, ANY)
CSV_HEADER(POSITIVE_CLASS, "POSITIVE_CLASS")

/* multilabel: those predicted */
PREDICTION_FIELD(LABELS, OF_SOME_REPLIES, "labels", TEXTARRAYOID, TEXTARRAYOID)

/* by exposure */
PREDICTION_FIELD(ADJUSTED, OF_SOME_REPLIES, "adjusted_prediction", FLOAT8OID, FLOAT8OID)
REPLY_VALUE(ADJUSTED, NUMBER)
JSON_MEMBER(VALUE, ROLE_ADJUSTED, "adjustedPrediction")

/* created as JSON: a column of our own type would go when the extension is dropped */
PREDICTION_FIELD(EXPLANATIONS, OF_SOME_REPLIES, "explanations", EXPLANATIONARRAYOID, JSONBOID)
JSON_MEMBER(EXPLANATIONS, NO_ROLE, "predictionExplanations")
JSON_MEMBER(EXPLANATIONS, NO_ROLE, "reasonCodes")

/* JSON array, of explanations of texts */
PREDICTION_FIELD(NGRAMS, OF_SOME_REPLIES, "ngrams", JSONBOID, JSONBOID)

/* JSON object of the three parts, which come one after the other */
PREDICTION_FIELD(SHAP, OF_SOME_REPLIES, "shap", JSONBOID, JSONBOID)
REPLY_PART(SHAP_BASE, ANY)
REPLY_PART(SHAP_REMAINING, ANY)
REPLY_PART(SHAP_WARNINGS, ANY)
JSON_MEMBER(SHAP, NO_ROLE, "shapExplanationsMetadata")
CSV_HEADER(SHAP_BASE, "SHAP_BASE_VALUE")
CSV_HEADER(SHAP_REMAINING, "SHAP_REMAINING_TOTAL")

PREDICTION_FIELD(SERIES, OF_SOME_REPLIES, "series_id", TEXTOID, TEXTOID)
REPLY_VALUE(SERIES, ANY)
JSON_MEMBER(VALUE, ROLE_SERIES, "seriesId")

PREDICTION_FIELD(FORECAST_POINT, OF_SOME_REPLIES, "forecast_point", TIMESTAMPTZOID, TIMESTAMPTZOID)
REPLY_VALUE(FORECAST_POINT, TIME)
JSON_MEMBER(VALUE, ROLE_FORECAST_POINT, "forecastPoint")
CSV_HEADER(FORECAST_POINT, "FORECAST_POINT")

/* text: it may be in the format of the rows that were sent */
PREDICTION_FIELD(FORECAST_TIMESTAMP, OF_SOME_REPLIES, "forecast_timestamp", TEXTOID, TEXTOID)
REPLY_VALUE(FORECAST_TIMESTAMP, TIME)
JSON_MEMBER(VALUE, ROLE_FORECAST_TIMESTAMP, "originalFormatTimestamp")
JSON_MEMBER(FALLBACK, ROLE_FORECAST_TIMESTAMP, "timestamp")

PREDICTION_FIELD(FORECAST_DISTANCE, OF_SOME_REPLIES, "forecast_distance", INT4OID, INT4OID)
REPLY_VALUE(FORECAST_DISTANCE, ANY)
JSON_MEMBER(VALUE, ROLE_FORECAST_DISTANCE, "forecastDistance")
CSV_HEADER(FORECAST_DISTANCE, "FORECAST_DISTANCE")

PREDICTION_FIELD(INTERVAL_LOW, OF_SOME_REPLIES, "interval_low", FLOAT8OID, FLOAT8OID)
REPLY_VALUE(INTERVAL_LOW, NUMBER)

PREDICTION_FIELD(INTERVAL_HIGH, OF_SOME_REPLIES, "interval_high", FLOAT8OID, FLOAT8OID)
REPLY_VALUE(INTERVAL_HIGH, NUMBER)

/* is the prediction an outlier? */
PREDICTION_FIELD(WARNING, OF_SOME_REPLIES, "warning", BOOLOID, BOOLOID)
REPLY_VALUE(WARNING, ANY)
JSON_MEMBER(VALUE, ROLE_WARNING, "isOutlierPrediction")
CSV_HEADER(WARNING, "IS_OUTLIER_PREDICTION")

PREDICTION_FIELD(HUMILITY, OF_SOME_REPLIES, "humility", JSONBOID, JSONBOID)
REPLY_VALUE(HUMILITY, ANY)
JSON_MEMBER(JSON, ROLE_HUMILITY, "humility")

PREDICTION_FIELD(APPROVAL, OF_SOME_REPLIES, "approval_status", TEXTOID, TEXTOID)
REPLY_VALUE(APPROVAL, ANY)
JSON_MEMBER(VALUE, ROLE_APPROVAL, "deploymentApprovalStatus")
CSV_HEADER(APPROVAL, "DEPLOYMENT_APPROVAL_STATUS")

/*
 * JSON object: what the model returns besides its prediction; CSV has columns of any name for it
 */
PREDICTION_FIELD(EXTRA, OF_SOME_REPLIES, "extra", JSONBOID, JSONBOID)
REPLY_VALUE(EXTRA, ANY)
JSON_MEMBER(EXTRA, ROLE_EXTRA, "extraModelOutput")

/* why the row has no prediction; NULL: it has one */
PREDICTION_FIELD(ERROR, OF_ROW, "error", TEXTOID, TEXTOID)

PREDICTION_FIELD(MODEL_ID, OF_REQUEST, "model_id", TEXTOID, TEXTOID)
PREDICTION_FIELD(REQUEST_ID, OF_REQUEST, "request_id", TEXTOID, TEXTOID)

/*
 * verify_order: sent with each row, and repeated by the answer; JSON has it
 * among the passthrough values
 */
REPLY_PART(ORDER, ANY)
CSV_HEADER(ORDER, DRS_ORDER_COLUMN)

/* columns that the caller asked to have passed through; each has a name of its own */
JSON_MEMBER(PASSED, NO_ROLE, "passthroughValues")

#undef PREDICTION_FIELD
#undef REPLY_VALUE
#undef REPLY_PART
#undef JSON_MEMBER
#undef CSV_HEADER
