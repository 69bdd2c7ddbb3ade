/*
 * tempfile.h
 *		Temporary files that outlive transactions.
 */
#ifndef DRS_TEMPFILE_H
#define DRS_TEMPFILE_H

/*
 * Call begin(arg), which makes what uses temporary files, without a resource
 * owner: it would remember that of a transaction, and would not outlive it.
 */
extern void drs_tempfile_begin(void (*begin) (void *arg), void *arg);

/*
 * Call end(arg), which closes temporary files.  Closing writes what is in
 * their buffers; temp_file_limit must not prevent that: if it was hit, this
 * runs while the transaction is being aborted.
 */
extern void drs_tempfile_end(void (*end) (void *arg), void *arg);

#endif							/* DRS_TEMPFILE_H */
