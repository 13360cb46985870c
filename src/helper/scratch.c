/* scratch: see scratch.h. */
#include "helper/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Where the file system knows no file without a name, one whose name is taken away at once. */
int helper_scratch_open(const char *folder)
{
    char path[4096];
    folder = folder != NULL ? folder : "/tmp";
    int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR)) {
        snprintf(path, sizeof path, "%s/gongshi-XXXXXX", folder);
        fd = mkostemp(path, O_CLOEXEC);
        if (fd >= 0) {
            unlink(path);
        }
    }
    return fd;
}

enum error_code helper_scratch_failed(struct error *err)
{
    int reason = errno;
    error_set(err, ERROR_IO, "the scratch file could not be used");
    error_detail(err, "%s", strerrordesc_np(reason));
    return ERROR_IO;
}
