/*
 * joboverdue.h
 *		Messages for jobs that take longer than they may.
 */
#ifndef DRS_JOBOVERDUE_H
#define DRS_JOBOVERDUE_H

/* A time in ms with its unit, exactly, palloc'd. */
extern char *drs_joboverdue_text(double ms);

/*
 * Raise 57014 for a job whose result was not complete after so many ms.  status: its state,
 * NULL if that is not known; hint: what becomes of it, translated; NULL: it is left.
 */
pg_noreturn extern void drs_joboverdue_raise(const char *job_id, double ms, const char *status,
											 const char *hint);

#endif							/* DRS_JOBOVERDUE_H */
