/* bench_empty.c - the least that any SimGrid program does: start, load a platform, run nothing. bench_run takes its
 * time off that of ftblab. Usage: simgrid-empty PLATFORM */
#include <stdio.h>

#include <simgrid/engine.h>

int main(int argc, char **argv)
{
  char quiet[] = "--log=root.thres:critical";
  char *arguments[] = {argv[0], quiet, NULL};
  int count = 2;
  if (argc != 2) {
    fprintf(stderr, "usage: simgrid-empty PLATFORM\n");
    return 64;
  }
  simgrid_init(&count, arguments);
  simgrid_load_platform(argv[1]);
  simgrid_run();
  return 0;
}
