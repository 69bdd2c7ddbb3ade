/*
 * rowsender.h
 *		Encodes rows and hands them to an upload, many at a time.
 */
#ifndef DRS_ROWSENDER_H
#define DRS_ROWSENDER_H

#include "base/rowfailure.h"
#include "batch/markcolumns.h"
#include "batch/upload.h"

typedef struct RowSender RowSender;

/* Bytes after which rows are to be handed over. */
#define DRS_ROWSENDER_BLOCK (64 * 1024)

/*
 * Make a sender of rows of marks->sent in the current memory context; marks
 * must live as long.  With isolates, a row that cannot be sent fails by
 * itself.
 */
extern RowSender *drs_rowsender_create(const MarkColumns *marks, bool isolates);

/* The header of the data, as drs_encoder_header() returns it. */
extern const char *drs_rowsender_header(const RowSender *sender, size_t *len);

/* The next row begins another job; it has this number. */
extern void drs_rowsender_begin(RowSender *sender, uint64 first_row);

/*
 * Encode a row.  Returns NULL, or why it cannot be sent, if rows fail by
 * themselves; that is valid until the next call.  Raises 54000 for a row above
 * a gigabyte, and what the encoder raises.
 */
extern const RowFailure *drs_rowsender_put(RowSender *sender, const Datum *values,
										   const bool *isnull);

/* Is there as much as is to be handed over at a time? */
extern bool drs_rowsender_is_full(const RowSender *sender);

/* Hand over all rows, and return their number.  Raises as drs_upload_write() does. */
extern int	drs_rowsender_flush(RowSender *sender, Upload *upload);

#endif							/* DRS_ROWSENDER_H */
