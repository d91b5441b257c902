/* pmix_launcher.c - starts the ranks of an MPI job on this host, and tells PMIx when one of them dies: the part of a
 * launcher that the recorder needs, over the real libpmix. Open MPI's own mpirun will not do: that of Debian 12 (4.1.4)
 * ends with a segmentation fault in libpmix (4.2.2rc2) as soon as a tool connects.
 *
 *   pmix_launcher FOLDER RANKS PROGRAM [ARGUMENT...]
 *
 * FOLDER is where tools find the server. It writes "rank R pid P" for each rank on standard output, and "rank R ended
 * with N" later; it ends when all ranks have. What must hold: ranks end with it. */
#define _DEFAULT_SOURCE /* gethostname */
#include <pmix.h>
#include <pmix_server.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const pmix_nspace_t job = "ftblab-job";
#define MOST_RANKS 64

static char host[256];

static void fail(const char *what, int status)
{
  fprintf(stderr, "pmix_launcher: %s: %s\n", what, PMIx_Error_string(status));
  exit(1);
}

/* ---- what libpmix asks of its host ------------------------------------------------------------------------------ */

static pmix_status_t on_client(const pmix_proc_t *proc, void *object, pmix_op_cbfunc_t done, void *argument)
{
  (void)proc;
  (void)object;
  (void)done;
  (void)argument;
  return PMIX_OPERATION_SUCCEEDED;
}

/* All ranks are on this host: what they give is what they get. */
static pmix_status_t on_fence(const pmix_proc_t procs[], size_t proc_count, const pmix_info_t info[], size_t info_count,
                              char *data, size_t size, pmix_modex_cbfunc_t done, void *argument)
{
  (void)procs;
  (void)proc_count;
  (void)info;
  (void)info_count;
  done(PMIX_SUCCESS, data, size, argument, NULL, NULL);
  return PMIX_SUCCESS;
}

static void on_tool(pmix_info_t *info, size_t count, pmix_tool_connection_cbfunc_t done, void *argument)
{
  static unsigned tools;
  pmix_proc_t proc;
  char name[32];
  (void)info;
  (void)count;
  snprintf(name, sizeof name, "ftblab-tool-%u", ++tools);
  PMIX_LOAD_PROCID(&proc, name, 0);
  done(PMIX_SUCCESS, &proc, argument);
}

static pmix_status_t on_registration(pmix_status_t *codes, size_t count, const pmix_info_t info[], size_t info_count,
                                     pmix_op_cbfunc_t done, void *argument)
{
  (void)codes;
  (void)count;
  (void)info;
  (void)info_count;
  (void)done;
  (void)argument;
  return PMIX_OPERATION_SUCCEEDED;
}

/* ---- calls that answer later ------------------------------------------------------------------------------------- */

static volatile sig_atomic_t answered;

static void on_done(pmix_status_t status, void *argument)
{
  (void)status;
  (void)argument;
  answered = 1;
}

static void await(const char *what, int status)
{
  const struct timespec pause = {.tv_nsec = 1000000};
  if (status == PMIX_OPERATION_SUCCEEDED)
    return;
  if (status != PMIX_SUCCESS)
    fail(what, status);
  for (int i = 0; i < 10000 && !answered; i++)
    nanosleep(&pause, NULL);
  answered = 0;
}

/* ---- the job ----------------------------------------------------------------------------------------------------- */

static pmix_info_t rank_info(uint32_t rank, char *folder)
{
  pmix_data_array_t *array;
  pmix_info_t info, *of;
  uint16_t small = (uint16_t)rank;
  uint32_t zero = 0;
  PMIX_DATA_ARRAY_CREATE(array, 6, PMIX_INFO);
  of = array->array;
  PMIX_INFO_LOAD(&of[0], PMIX_RANK, &rank, PMIX_PROC_RANK);
  PMIX_INFO_LOAD(&of[1], PMIX_LOCAL_RANK, &small, PMIX_UINT16);
  PMIX_INFO_LOAD(&of[2], PMIX_NODE_RANK, &small, PMIX_UINT16);
  PMIX_INFO_LOAD(&of[3], PMIX_HOSTNAME, host, PMIX_STRING);
  PMIX_INFO_LOAD(&of[4], PMIX_NODEID, &zero, PMIX_UINT32);
  PMIX_INFO_LOAD(&of[5], PMIX_PROCDIR, folder, PMIX_STRING);
  PMIX_INFO_CONSTRUCT(&info);
  PMIX_LOAD_KEY(info.key, PMIX_PROC_DATA);
  info.value.type = PMIX_DATA_ARRAY;
  info.value.data.darray = array;
  return info;
}

static void register_job(uint32_t ranks, char *folder)
{
  enum { OWN = 11 };
  pmix_info_t *info;
  char peers[MOST_RANKS * 4] = "", *nodes = NULL, *procs = NULL;
  uint32_t zero = 0;
  for (uint32_t rank = 0; rank < ranks; rank++)
    snprintf(peers + strlen(peers), sizeof peers - strlen(peers), "%s%u", rank ? "," : "", rank);
  PMIx_generate_regex(host, &nodes);
  PMIx_generate_ppn(peers, &procs);
  PMIX_INFO_CREATE(info, OWN + ranks);
  PMIX_INFO_LOAD(&info[0], PMIX_NODE_MAP, nodes, PMIX_REGEX);
  PMIX_INFO_LOAD(&info[1], PMIX_PROC_MAP, procs, PMIX_REGEX);
  PMIX_INFO_LOAD(&info[2], PMIX_JOB_SIZE, &ranks, PMIX_UINT32);
  PMIX_INFO_LOAD(&info[3], PMIX_UNIV_SIZE, &ranks, PMIX_UINT32);
  PMIX_INFO_LOAD(&info[4], PMIX_LOCAL_SIZE, &ranks, PMIX_UINT32);
  PMIX_INFO_LOAD(&info[5], PMIX_LOCAL_PEERS, peers, PMIX_STRING);
  PMIX_INFO_LOAD(&info[6], PMIX_MAX_PROCS, &ranks, PMIX_UINT32);
  PMIX_INFO_LOAD(&info[7], PMIX_APPNUM, &zero, PMIX_UINT32);
  PMIX_INFO_LOAD(&info[8], PMIX_NODEID, &zero, PMIX_UINT32);
  PMIX_INFO_LOAD(&info[9], PMIX_NSDIR, folder, PMIX_STRING);
  PMIX_INFO_LOAD(&info[10], PMIX_JOBID, job, PMIX_STRING);
  for (uint32_t rank = 0; rank < ranks; rank++)
    info[OWN + rank] = rank_info(rank, folder);
  await("PMIx_server_register_nspace", PMIx_server_register_nspace(job, (int)ranks, info, OWN + ranks, on_done, NULL));
}

static pid_t start_rank(uint32_t rank, char **arguments)
{
  pmix_proc_t proc;
  char **environment = NULL;
  PMIX_LOAD_PROCID(&proc, job, rank);
  await("PMIx_server_register_client", PMIx_server_register_client(&proc, geteuid(), getegid(), NULL, on_done, NULL));
  int status = PMIx_server_setup_fork(&proc, &environment);
  if (status != PMIX_SUCCESS)
    fail("PMIx_server_setup_fork", status);
  fflush(NULL);
  pid_t process = fork();
  if (process != 0)
    return process;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  for (char **at = environment; *at; at++)
    putenv(*at);
  execvp(arguments[0], arguments);
  _exit(127);
}

static void tell_death(uint32_t rank, int how)
{
  pmix_proc_t proc;
  pmix_info_t *info; /* lives on: the server works with it until it says that it is done */
  int code = WIFSIGNALED(how) ? 128 + WTERMSIG(how) : WEXITSTATUS(how);
  PMIX_LOAD_PROCID(&proc, job, rank);
  PMIX_INFO_CREATE(info, 3);
  PMIX_INFO_LOAD(&info[0], PMIX_EVENT_AFFECTED_PROC, &proc, PMIX_PROC);
  PMIX_INFO_LOAD(&info[1], PMIX_HOSTNAME, host, PMIX_STRING);
  PMIX_INFO_LOAD(&info[2], PMIX_EXIT_CODE, &code, PMIX_INT);
  await("PMIx_Notify_event", PMIx_Notify_event(WIFSIGNALED(how) ? PMIX_ERR_PROC_ABORTED_BY_SIG : PMIX_PROC_TERMINATED,
                                               &proc, PMIX_RANGE_SESSION, info, 3, on_done, NULL));
}

static void watch(uint32_t ranks, const pid_t *processes)
{
  int how;
  for (pid_t ended; (ended = waitpid(-1, &how, 0)) > 0 || errno == EINTR;)
    for (uint32_t rank = 0; rank < ranks; rank++)
      if (processes[rank] == ended) {
        printf("rank %u ended with %d\n", rank, WIFSIGNALED(how) ? 128 + WTERMSIG(how) : WEXITSTATUS(how));
        tell_death(rank, how);
      }
}

int main(int argc, char **argv)
{
  static pmix_server_module_t module = {.client_connected = on_client,
                                        .client_finalized = on_client,
                                        .fence_nb = on_fence,
                                        .tool_connected = on_tool,
                                        .register_events = on_registration};
  pmix_info_t *info;
  pid_t processes[MOST_RANKS];
  bool yes = true;
  long ranks = argc > 3 ? atol(argv[2]) : 0;
  if (ranks < 1 || ranks > MOST_RANKS)
    return 64;
  setvbuf(stdout, NULL, _IOLBF, 0);
  gethostname(host, sizeof host - 1);
  PMIX_INFO_CREATE(info, 3);
  PMIX_INFO_LOAD(&info[0], PMIX_SERVER_TOOL_SUPPORT, &yes, PMIX_BOOL);
  PMIX_INFO_LOAD(&info[1], PMIX_SERVER_SESSION_SUPPORT, &yes, PMIX_BOOL);
  PMIX_INFO_LOAD(&info[2], PMIX_SERVER_TMPDIR, argv[1], PMIX_STRING);
  int status = PMIx_server_init(&module, info, 3);
  if (status != PMIX_SUCCESS)
    fail("PMIx_server_init", status);
  register_job((uint32_t)ranks, argv[1]);
  for (long rank = 0; rank < ranks; rank++) {
    processes[rank] = start_rank((uint32_t)rank, argv + 3);
    printf("rank %ld pid %ld\n", rank, (long)processes[rank]);
  }
  watch((uint32_t)ranks, processes);
  sleep(3); /* what was told last is still on its way */
  PMIx_server_finalize();
  return 0;
}
