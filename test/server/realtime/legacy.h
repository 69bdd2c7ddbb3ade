/* What only old installations have: tokens for passwords, errors as they were before 1.0. */
#ifndef STANDIN_LEGACY_H
#define STANDIN_LEGACY_H

struct request;

/* the API token of a user: reference 1.1, R13 */
void		legacy_token(struct request *r);

/* the models of a project: R14 */
void		legacy_models(struct request *r);

/* an error {"message": text} becomes {"status": text, "code": number}: reference 1.8 */
void		legacy_error(struct request *r);

#endif
