/* The results of a job, while they are made or later (docs/api.md 2.13). */
#ifndef STANDIN_BATCH_DOWNLOAD_H
#define STANDIN_BATCH_DOWNLOAD_H

struct request;

/* sets r->reply and what it is read from, or a refusal */
void		batch_download_answer(struct request *r);

/* the request is over, however it ended */
void		batch_download_end(struct request *r);

#endif
