// Loaded before the C library: while $TENON_SLOW_FOLDER/slow exists, each write to a file of that folder takes
// as many seconds longer as that file says, as on a network share that stalls or a disk that spins up.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static void stall(int file) {
    const char *folder = getenv("TENON_SLOW_FOLDER");
    char link[64], path[4096], flag[4096];
    if (!folder) return;
    snprintf(flag, sizeof flag, "%s/slow", folder);
    FILE *seconds = fopen(flag, "r");
    if (!seconds) return;
    double longer = 0;
    if (fscanf(seconds, "%lf", &longer) != 1) longer = 0;
    fclose(seconds);
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length <= 0) return;
    path[length] = 0;
    if (strncmp(path, folder, strlen(folder)) != 0) return;
    struct timespec rest = {(time_t)longer, (long)((longer - (time_t)longer) * 1e9)};
    while (nanosleep(&rest, &rest) != 0) {}
}

#define SLOW(result, name, parameters, arguments)                                       \
    result name parameters {                                                            \
        static result (*real) parameters;                                               \
        if (!real) real = (result(*) parameters)dlsym(RTLD_NEXT, #name);                \
        stall(file);                                                                    \
        return real arguments;                                                          \
    }

SLOW(ssize_t, write, (int file, const void *bytes, size_t count), (file, bytes, count))
SLOW(ssize_t, writev, (int file, const struct iovec *parts, int count), (file, parts, count))
SLOW(ssize_t, pwrite, (int file, const void *bytes, size_t count, off_t at), (file, bytes, count, at))
SLOW(ssize_t, pwrite64, (int file, const void *bytes, size_t count, off64_t at), (file, bytes, count, at))
SLOW(int, fsync, (int file), (file))
SLOW(int, fdatasync, (int file), (file))
SLOW(int, ftruncate, (int file, off_t length), (file, length))
SLOW(int, ftruncate64, (int file, off64_t length), (file, length))
