/* DIR/standin.env: the service's addresses as shell assignments, written when it is ready. */
#ifndef STANDIN_ENV_FILE_H
#define STANDIN_ENV_FILE_H

#include <stdbool.h>

/* false after reporting the error on stderr */
bool		env_file_write(const char *run_dir, int http_port, int https_port);
void		env_file_remove(const char *run_dir);

#endif
