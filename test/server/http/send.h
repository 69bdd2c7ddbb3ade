/* Hands a reply to the HTTP library. */
#ifndef STANDIN_SEND_H
#define STANDIN_SEND_H

#include <microhttpd.h>

struct request;

enum MHD_Result send_reply(struct request *r);

#endif
