/* job.c - an MPI job that waits to be harmed. It writes the process of each rank into FOLDER/pid.RANK.
 *
 *   job FOLDER [abort RANK | exit RANK]     RANK calls MPI_Abort(7), or exits with 3, after a second */
#define _DEFAULT_SOURCE
#include <mpi.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void write_process(const char *folder, int rank)
{
  char name[4096];
  snprintf(name, sizeof name, "%s/pid.%d", folder, rank);
  FILE *file = fopen(name, "w");
  if (file == NULL)
    MPI_Abort(MPI_COMM_WORLD, 1);
  fprintf(file, "%ld\n", (long)getpid());
  fclose(file);
}

int main(int argc, char **argv)
{
  int rank;
  MPI_Init(&argc, &argv);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  if (argc < 2)
    MPI_Abort(MPI_COMM_WORLD, 64);
  MPI_Barrier(MPI_COMM_WORLD);
  write_process(argv[1], rank);
  MPI_Barrier(MPI_COMM_WORLD); /* nobody ends before the last has written */
  sleep(1);
  if (argc == 4 && strcmp(argv[2], "abort") == 0 && rank == atoi(argv[3]))
    MPI_Abort(MPI_COMM_WORLD, 7);
  if (argc == 4 && strcmp(argv[2], "exit") == 0 && rank == atoi(argv[3]))
    _exit(3);
  sleep(600); /* longer than any test waits */
  MPI_Finalize();
  return 0;
}
