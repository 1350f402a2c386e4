/* A clock that is CLOCK_SHIFT seconds off, for who preloads it: the time of day alone, never how long something took. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>

static time_t shift(void) {
    const char *seconds = getenv("CLOCK_SHIFT");
    return seconds ? (time_t)atoll(seconds) : 0;
}

int clock_gettime(clockid_t id, struct timespec *told) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    int ended = real(id, told);
    if (!ended && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE)) told->tv_sec += shift();
    return ended;
}

int gettimeofday(struct timeval *restrict told, void *restrict zone) {
    struct timespec now;
    int ended = clock_gettime(CLOCK_REALTIME, &now);
    (void)zone;
    told->tv_sec = now.tv_sec;
    told->tv_usec = now.tv_nsec / 1000;
    return ended;
}

time_t time(time_t *told) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (told) *told = now.tv_sec;
    return now.tv_sec;
}
