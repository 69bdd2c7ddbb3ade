/*
 * datetemplate.h
 *		Translates date formats of models, in strptime's notation, into
 *		to_char's.
 */
#ifndef DRS_DATETEMPLATE_H
#define DRS_DATETEMPLATE_H

/*
 * The template with which to_char writes dates in that format, palloc'd; NULL
 * when there is none.  Never raises.
 */
extern char *drs_date_template(const char *format);

#endif							/* DRS_DATETEMPLATE_H */
