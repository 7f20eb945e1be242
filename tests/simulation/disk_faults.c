// Loaded into the server by test_disk_faults.py: writes to files of its data directory, and syncs of them, fail now and then.
// SAGEBRUSH_FAULTY_DIRECTORY names the directory, SAGEBRUSH_FAULTS a file with a struct Faults, read at each call.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/uio.h>
#include <unistd.h>

struct Faults {
  uint32_t writes_failing, syncs_failing;  // Of a million.
  uint32_t error;
  uint32_t failed;  // So far.
};

static struct Faults* faults;
static const char* directory;

__attribute__((constructor)) static void Begin(void) {
  directory = getenv("SAGEBRUSH_FAULTY_DIRECTORY");
  int file = open(getenv("SAGEBRUSH_FAULTS"), O_RDWR | O_CLOEXEC);
  faults = mmap(NULL, sizeof *faults, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  close(file);
}

static int Fails(int file, uint32_t failing) {
  char link[64], path[4096];
  uint32_t number;
  if (failing == 0 || getrandom(&number, sizeof number, 0) != sizeof number || number % 1000000 >= failing) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return 0;
  path[length] = 0;
  if (strncmp(path, directory, strlen(directory)) != 0) return 0;
  __atomic_add_fetch(&faults->failed, 1, __ATOMIC_RELAXED);
  errno = (int)faults->error;
  return 1;
}

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t write(int file, const void* bytes, size_t length) {
  return Fails(file, faults->writes_failing) ? -1 : NEXT(write)(file, bytes, length);
}
ssize_t pwrite(int file, const void* bytes, size_t length, off_t offset) {
  return Fails(file, faults->writes_failing) ? -1 : NEXT(pwrite)(file, bytes, length, offset);
}
ssize_t pwrite64(int file, const void* bytes, size_t length, off64_t offset) {
  return Fails(file, faults->writes_failing) ? -1 : NEXT(pwrite64)(file, bytes, length, offset);
}
ssize_t writev(int file, const struct iovec* pieces, int count) {
  return Fails(file, faults->writes_failing) ? -1 : NEXT(writev)(file, pieces, count);
}
int fsync(int file) { return Fails(file, faults->syncs_failing) ? -1 : NEXT(fsync)(file); }
int fdatasync(int file) { return Fails(file, faults->syncs_failing) ? -1 : NEXT(fdatasync)(file); }
