/*
 * Objects of other services, which the stand-in has as files below one folder (the option
 * --buckets): s3/BUCKET/KEY, gcp/BUCKET/KEY, azure/HOST/PATH, http/HOST/PATH, files/PATH,
 * datasets/ID.csv, projects/ID/PARTITION.csv.
 */
#ifndef STANDIN_BATCH_BUCKET_H
#define STANDIN_BATCH_BUCKET_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* is this a URL for settings of this type? */
bool		batch_bucket_is_url(const char *type, const char *url);

/* NULL, or why these settings of an intake or output lead to no file */
const char *batch_bucket_path(const json_t *settings, char *path, size_t size);

/* a file descriptor, or -1 with errno; missing folders are made */
int			batch_bucket_open(const char *path);
int			batch_bucket_create(const char *path);

/* what was created gets its name: it is complete. false: with errno */
bool		batch_bucket_publish(const char *path);
void		batch_bucket_discard(const char *path);

#endif
