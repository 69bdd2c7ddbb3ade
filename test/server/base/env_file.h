/*
 * DIR/standin.env: where the service is, as shell assignments. It appears when everything is
 * ready.
 */
#ifndef STANDIN_ENV_FILE_H
#define STANDIN_ENV_FILE_H

#include <stdbool.h>

/* false after saying why on stderr */
bool		env_file_write(const char *run_dir, int http_port, int https_port);
void		env_file_remove(const char *run_dir);

#endif
