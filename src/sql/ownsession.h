/*
 * ownsession.h
 *		Tells whether a session is one client's from its beginning to its end.
 */
#ifndef DRS_OWNSESSION_H
#define DRS_OWNSESSION_H

/*
 * Is it?  Poolers that hand sessions on between transactions connect without an
 * application_name in the startup packet, since they do not know yet for whom they
 * connect.  That of a background worker is nobody else's.
 */
extern bool drs_session_is_own(void);

#endif							/* DRS_OWNSESSION_H */
