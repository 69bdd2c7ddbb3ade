/* What only old installations have: tokens for passwords, the errors of the API before 1.0. */
#ifndef STANDIN_LEGACY_H
#define STANDIN_LEGACY_H

struct request;

/* the API token of a user (docs/api.md 1.1.13) */
void		legacy_token(struct request *r);

/* the models of a project (docs/api.md 1.1.14) */
void		legacy_models(struct request *r);

/* turns an error {"message": text} into {"status": text, "code": number} (docs/api.md 1.8) */
void		legacy_error(struct request *r);

#endif
