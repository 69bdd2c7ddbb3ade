/*
 * datetemplate.h
 *		Date formats of models (strptime) as PostgreSQL's to_char writes them.
 */
#ifndef DRS_DATETEMPLATE_H
#define DRS_DATETEMPLATE_H

/* The template of to_char that writes dates in that format, palloc'd; NULL when there is none. */
extern char *drs_date_template(const char *format);

#endif							/* DRS_DATETEMPLATE_H */
