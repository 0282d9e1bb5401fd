/* Trouble of the machine for one process, by LD_PRELOAD: a clock that is set, a disk that is slow.

   The file named by TROUBLE_FILE holds two 64-bit integers: seconds that the machine's clock is off
   by, and microseconds that each fsync takes more. Both may be changed while the process runs. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static volatile int64_t *trouble;

__attribute__((constructor)) static void begin(void) {
  const char *name = getenv("TROUBLE_FILE");
  int file = name ? open(name, O_RDONLY | O_CLOEXEC) : -1;
  if (file < 0) return;
  void *mapped = mmap(NULL, 2 * sizeof(int64_t), PROT_READ, MAP_SHARED, file, 0);
  close(file);
  if (mapped != MAP_FAILED) trouble = mapped;
}

static int64_t off(void) { return trouble ? trouble[0] : 0; }

int clock_gettime(clockid_t which, struct timespec *now) {
  static int (*real)(clockid_t, struct timespec *);
  if (!real) real = dlsym(RTLD_NEXT, "clock_gettime");
  int outcome = real(which, now);
  if (outcome == 0 && (which == CLOCK_REALTIME || which == CLOCK_REALTIME_COARSE))
    now->tv_sec += off();
  return outcome;
}

int gettimeofday(struct timeval *now, void *zone) {
  static int (*real)(struct timeval *, void *);
  if (!real) real = dlsym(RTLD_NEXT, "gettimeofday");
  int outcome = real(now, zone);
  if (outcome == 0) now->tv_sec += off();
  return outcome;
}

time_t time(time_t *into) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (into) *into = now.tv_sec;
  return now.tv_sec;
}

static void wait_for_disk(void) {
  if (trouble && trouble[1] > 0) usleep((useconds_t)trouble[1]);
}

int fsync(int file) {
  static int (*real)(int);
  if (!real) real = dlsym(RTLD_NEXT, "fsync");
  wait_for_disk();
  return real(file);
}

int fdatasync(int file) {
  static int (*real)(int);
  if (!real) real = dlsym(RTLD_NEXT, "fdatasync");
  wait_for_disk();
  return real(file);
}
