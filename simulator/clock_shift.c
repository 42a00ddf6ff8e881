// SIMULATED: another clock for a guest, as a hypervisor can set it. Launched in with `--file` and LD_PRELOAD, so it is measured
// like everything else; CLOISTER_CLOCK_SHIFT says by how many seconds, ahead or (with a minus) back.
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static time_t Shift(void) {
  const char* text = getenv("CLOISTER_CLOCK_SHIFT");
  return text == NULL ? 0 : (time_t)strtoll(text, NULL, 10);
}

int clock_gettime(clockid_t clock, struct timespec* out) {
  const long result = syscall(SYS_clock_gettime, clock, out);
  if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) out->tv_sec += Shift();
  return (int)result;
}

int gettimeofday(struct timeval* restrict out, void* restrict zone) {
  const long result = syscall(SYS_gettimeofday, out, zone);
  if (result == 0) out->tv_sec += Shift();
  return (int)result;
}

time_t time(time_t* out) {
  struct timespec now;
  if (clock_gettime(CLOCK_REALTIME, &now) != 0) return (time_t)-1;
  if (out != NULL) *out = now.tv_sec;
  return now.tv_sec;
}
