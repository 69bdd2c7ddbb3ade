/*
 * pgcurl.h
 *		The one door to libcurl: its header, the oldest version we accept, and
 *		what differs between versions.
 */
#ifndef DRS_PGCURL_H
#define DRS_PGCURL_H

#include <curl/curl.h>

/* 7.81 (Ubuntu 22.04) is the oldest release tried. */
#if LIBCURL_VERSION_NUM < 0x075100
#error "datarobot_scoring needs libcurl 7.81 or newer"
#endif

#endif							/* DRS_PGCURL_H */
