/* pmix.c - the listener on PMIx, as a tool that registers for all events. It runs in the child process.
 *
 * A code that the standard has an event for becomes that event, if who was affected is said as well; every other one is
 * a fact under its own name: nobody can be blamed for it, and nothing is lost. libpmix calls the handler in a thread of
 * its own; a message goes into the pipe whole. */
#include "parts.h"
#include "pmix_abi.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Every code of PMIx 4 and 5 lies here. They are registered by number as well as by the handler for all, since servers
 * before openpmix 4055 (2026) do not remember a handler for all that is the first one: it then hears nothing. */
#define CODES 499

/* What a code means, by the tables in docs/dialects.md. */
static const struct meaning {
  int code;
  const char *event, *component;
  bool ranks, nodes; /* are needed; jobs are told where they are known */
} meanings[] = {
    {-231, "CONFIRM_NODES_DEAD", "External Agent", false, true},  /* PMIX_EVENT_NODE_DOWN */
    {-232, "CONFIRM_NODES_DEAD", "External Agent", false, true},  /* PMIX_EVENT_NODE_OFFLINE */
    {-109, "CHECK_RANKS_DEAD", "Monitoring System", true, false}, /* PMIX_MONITOR_HEARTBEAT_ALERT */
    {-110, "CHECK_RANKS_DEAD", "Monitoring System", true, false}, /* PMIX_MONITOR_FILE_ALERT */
    {-61, "CHECK_RANKS_DEAD", "Monitoring System", true, false},  /* PMIX_ERR_LOST_CONNECTION */
    {-111, "MPI_RANKS_DEAD", "MPI", true, true},                  /* PMIX_PROC_TERMINATED, if not with 0 */
    {-201, "MPI_RANKS_DEAD", "MPI", true, true},                  /* PMIX_EVENT_PROC_TERMINATED, if not with 0 */
    {-402, "MPI_RANKS_DEAD", "MPI", true, true},                  /* PMIX_ERR_PROC_ABORTED_BY_SIG */
    {-200, "MPI_RANKS_DEAD", "MPI", true, true},                  /* PMIX_ERR_PROC_TERM_WO_SYNC */
    {-400, "MPI_RANKS_DEAD", "MPI", true, true},                  /* PMIX_ERR_PROC_KILLED_BY_CMD */
    {-401, "MPI_RANKS_DEAD", "MPI", true, true},                  /* PMIX_ERR_PROC_FAILED_TO_START */
    {-404, "MPI_RANKS_DEAD", "MPI", true, true},                  /* PMIX_ERR_EXIT_NONZERO_TERM */
    {-7, "MPI_RANKS_DEAD", "MPI", true, true},                    /* PMIX_ERR_PROC_ABORTED */
    {-9, "MPI_RANKS_DEAD", "MPI", true, true},                    /* PMIX_ERR_PROC_ABORTING */
    {-403, "PREDICT_RANKS_FAILURE", "MPI", true, true},           /* PMIX_ERR_PROC_SENSOR_BOUND_EXCEEDED */
    {-180, "CONFIRM_JOBS_DEAD", "RM/JS", false, false},           /* PMIX_ERR_JOB_CANCELED */
    {-182, "CONFIRM_JOBS_DEAD", "RM/JS", false, false},           /* PMIX_ERR_JOB_ABORTED ... */
    {-183, "CONFIRM_JOBS_DEAD", "RM/JS", false, false},
    {-184, "CONFIRM_JOBS_DEAD", "RM/JS", false, false},
    {-185, "CONFIRM_JOBS_DEAD", "RM/JS", false, false},
    {-186, "CONFIRM_JOBS_DEAD", "RM/JS", false, false},
    {-187, "CONFIRM_JOBS_DEAD", "RM/JS", false, false},
    {-189, "CONFIRM_JOBS_DEAD", "RM/JS", false, false}, /* ... PMIX_ERR_JOB_ABORTED_BY_SYS_EVENT */
    {-191, "RM_JOBS_CREATED", "RM/JS", false, false},   /* PMIX_EVENT_JOB_START */
    {-145, "RM_JOBS_COMPLETED", "RM/JS", false, false}, /* PMIX_EVENT_JOB_END */
    {-107, "MPI_RANKS_CKPT", "MPI", true, false},       /* PMIX_JCTRL_CHECKPOINT_COMPLETE */
};

/* libpmix's handlers are given no argument, so that what they need is the process's. The child alone has it. */
static struct listener {
  int pipe;
  pmix_abi_error_string *error_string;
  struct pmix_abi_proc self;
  volatile sig_atomic_t lost;
} listener;

/* ---- what an event says ------------------------------------------------------------------------------------ */

typedef struct affair {
  const struct pmix_abi_proc *procs; /* that are affected */
  size_t count;
  const char *host, *text;
  int exit_code;
  bool has_exit_code;
} affair;

static void read_info(const struct pmix_abi_info *info, affair *told)
{
  const struct pmix_abi_value *value = &info->value;
  if (strcmp(info->key, PMIX_ABI_AFFECTED) == 0 && value->type == PMIX_ABI_PROC && value->data.proc != NULL) {
    told->procs = value->data.proc;
    told->count = 1;
  } else if (strcmp(info->key, PMIX_ABI_AFFECTED_SEVERAL) == 0 && value->type == PMIX_ABI_DATA_ARRAY &&
             value->data.array != NULL && value->data.array->type == PMIX_ABI_PROC && value->data.array->size > 0) {
    told->procs = value->data.array->items;
    told->count = value->data.array->size;
  } else if (strcmp(info->key, PMIX_ABI_HOST) == 0 && value->type == PMIX_ABI_STRING) {
    told->host = value->data.string;
  } else if (strcmp(info->key, PMIX_ABI_TEXT) == 0 && value->type == PMIX_ABI_STRING) {
    told->text = value->data.string;
  } else if (strcmp(info->key, PMIX_ABI_EXIT_CODE) == 0 &&
             (value->type == PMIX_ABI_INT || value->type == PMIX_ABI_STATUS)) {
    told->exit_code = value->data.integer;
    told->has_exit_code = true;
  }
}

static int compare_numbers(const void *left, const void *right)
{
  int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
  return (a > b) - (a < b);
}

/* The ranks of TOLD that belong to the namespace of the first, ascending and once. *RANKS is freed by the caller. */
static size_t list_ranks(const affair *told, int64_t **ranks)
{
  size_t count = 0, kept = 0;
  *ranks = calloc(told->count + 1, sizeof **ranks);
  for (size_t i = 0; *ranks != NULL && i < told->count; i++)
    if (told->procs[i].rank < PMIX_ABI_FIRST_SPECIAL_RANK && strcmp(told->procs[i].space, told->procs[0].space) == 0)
      (*ranks)[count++] = told->procs[i].rank;
  if (count == 0)
    return 0;
  qsort(*ranks, count, sizeof **ranks, compare_numbers);
  for (size_t i = 1; i < count; i++)
    if ((*ranks)[i] != (*ranks)[kept])
      (*ranks)[++kept] = (*ranks)[i];
  return kept + 1;
}

/* ---- messages ---------------------------------------------------------------------------------------------------- */

static const struct meaning *meaning_of(int code, const affair *told, size_t rank_count)
{
  for (size_t i = 0; i < FTBLAB_COUNT(meanings); i++) {
    const struct meaning *meaning = &meanings[i];
    bool ended_well = (code == -111 || code == -201) && !(told->has_exit_code && told->exit_code != 0);
    if (meaning->code == code)
      return ended_well || (meaning->ranks && rank_count == 0) || (meaning->nodes && told->host == NULL) ? NULL
                                                                                                         : meaning;
  }
  return NULL;
}

static void fill_payload(const affair *told, const int64_t *ranks, size_t rank_count, ftblab_message *message)
{
  ftblab_text payload = {0};
  const char *job = told->procs[0].space;
  if (told->host != NULL)
    ftblab_payload_add_words(&payload, "nodes", &told->host, 1);
  if (*job != '\0')
    ftblab_payload_add_words(&payload, "jobs", &job, 1);
  if (rank_count > 0)
    ftblab_payload_add_numbers(&payload, "ranks", ranks, rank_count);
  if (!payload.failed && payload.length < sizeof message->payload) {
    message->payload_length = payload.length;
    memcpy(message->payload, ftblab_text_string(&payload), payload.length);
  }
  ftblab_text_free(&payload);
}

static void fill_note(const char *name, int code, const affair *told, ftblab_message *message)
{
  int used = snprintf(message->note, sizeof message->note, "%s (%d)", name, code);
  if (told->has_exit_code && used > 0 && (size_t)used < sizeof message->note)
    used += snprintf(message->note + used, sizeof message->note - (size_t)used, ", exit code %d", told->exit_code);
  if (told->text != NULL && used > 0 && (size_t)used < sizeof message->note)
    snprintf(message->note + used, sizeof message->note - (size_t)used, ", %s", told->text);
}

/* "PROC-ABORTED-BY-SIG" of libpmix is PMIX_PROC_ABORTED_BY_SIG in a trace. */
static void fill_name(const char *name, ftblab_message *message)
{
  snprintf(message->event, sizeof message->event, "%s%s", strncmp(name, "PMIX", 4) == 0 ? "" : "PMIX_", name);
  for (char *at = message->event; *at != '\0'; at++)
    if (*at == '-' || *at == ' ')
      *at = '_';
}

static void send_event(int code, const struct pmix_abi_proc *source, const affair *told)
{
  ftblab_message message;
  int64_t *ranks = NULL;
  size_t rank_count = list_ranks(told, &ranks);
  const char *name = listener.error_string(code);
  const struct meaning *meaning = meaning_of(code, told, rank_count);
  ftblab_message_start(&message, FTBLAB_MESSAGE_EVENT);
  fill_name(name != NULL ? name : "UNKNOWN", &message);
  fill_note(message.event, code, told, &message);
  if (meaning != NULL)
    snprintf(message.event, sizeof message.event, "%s", meaning->event);
  message.action = meaning != NULL ? FTBLAB_THROW : FTBLAB_FACT;
  snprintf(message.component, sizeof message.component, "%s", meaning != NULL ? meaning->component : "PMIx");
  snprintf(message.space, sizeof message.space, "pmix");
  if (source->rank < PMIX_ABI_FIRST_SPECIAL_RANK)
    snprintf(message.client, sizeof message.client, "%.255s:%u", source->space, (unsigned)source->rank);
  else
    snprintf(message.client, sizeof message.client, "%.255s", source->space);
  if (told->host != NULL)
    snprintf(message.host, sizeof message.host, "%s", told->host);
  fill_payload(told, ranks, rank_count, &message);
  ftblab_message_send(&message, listener.pipe);
  free(ranks);
}

static void take_event(size_t registration, int status, const struct pmix_abi_proc *source, struct pmix_abi_info info[],
                       size_t info_count, struct pmix_abi_info results[], size_t result_count, pmix_abi_done *done,
                       void *notification)
{
  static const struct pmix_abi_proc nobody = {.rank = UINT32_MAX};
  const struct pmix_abi_proc *who = source != NULL ? source : &nobody;
  affair told = {.procs = who, .count = 1};
  (void)registration;
  (void)results;
  (void)result_count;
  for (size_t i = 0; i < info_count; i++)
    read_info(&info[i], &told);
  /* The tool's own connection: told of the tool itself, or of a server that is no rank of a job. */
  if (status == PMIX_ABI_LOST_CONNECTION &&
      (strcmp(who->space, listener.self.space) == 0 || who->rank >= PMIX_ABI_FIRST_SPECIAL_RANK || told.procs == who))
    listener.lost = 1;
  else
    send_event(status, who, &told);
  /* Done with it: else the handler for all would get it again. */
  if (done != NULL)
    done(PMIX_ABI_ACTION_COMPLETE, NULL, 0, NULL, NULL, notification);
}

/* ---- the listener --------------------------------------------------------------------------------------------- */

static void note_registered(int status, size_t registration, void *argument)
{
  (void)registration;
  *(volatile sig_atomic_t *)argument = status == PMIX_ABI_SUCCESS ? 1 : -1;
}

/* Register for CODES and wait until that is done, ten seconds at most; chosen, no source. */
static bool register_for(pmix_abi_register *call, int *codes, size_t count, const volatile sig_atomic_t *stop)
{
  static volatile sig_atomic_t answer; /* libpmix may answer after this has given up */
  const struct timespec pause = {.tv_nsec = 1000000};
  answer = 0;
  if (call(codes, count, NULL, 0, take_event, note_registered, (void *)&answer) < 0)
    return false;
  for (int i = 0; i < 10000 && answer == 0 && !*stop; i++)
    nanosleep(&pause, NULL);
  return answer == 1;
}

static bool register_for_all(pmix_abi_register *call, const volatile sig_atomic_t *stop)
{
  int codes[CODES];
  for (int i = 0; i < CODES; i++)
    codes[i] = -1 - i;
  return register_for(call, codes, CODES, stop) && register_for(call, NULL, 0, stop);
}

static int connect_to_server(pmix_abi_tool_init *call, long server)
{
  struct pmix_abi_info info = {.key = PMIX_ABI_SERVER_PID, .value = {.type = PMIX_ABI_PID}};
  info.value.data.integer = (int)server;
  return call(&listener.self, server != 0 ? &info : NULL, server != 0);
}

void ftblab_listen_to_pmix(const ftblab_recording_options *options, int pipe, const volatile sig_atomic_t *stop)
{
  const struct timespec pause = {.tv_nsec = 20000000};
  pmix_abi_tool_init *tool_init;
  pmix_abi_tool_finalize *tool_finalize;
  pmix_abi_register *register_handler;
  void *library = ftblab_library_open(options->library, "libpmix.so.2", pipe);
  listener.pipe = pipe;
  if (library == NULL || !ftblab_library_find(library, "PMIx_tool_init", &tool_init, pipe) ||
      !ftblab_library_find(library, "PMIx_tool_finalize", &tool_finalize, pipe) ||
      !ftblab_library_find(library, "PMIx_Register_event_handler", &register_handler, pipe) ||
      !ftblab_library_find(library, "PMIx_Error_string", &listener.error_string, pipe))
    return;
  int status = connect_to_server(tool_init, options->server);
  if (status != PMIX_ABI_SUCCESS) {
    ftblab_message_tell(FTBLAB_MESSAGE_FAILED, pipe, "PMIx_tool_init returned %d (%s)", status,
                        listener.error_string(status));
    return;
  }
  if (!register_for_all(register_handler, stop)) {
    ftblab_message_tell(FTBLAB_MESSAGE_FAILED, pipe, "PMIx_Register_event_handler failed");
    return;
  }
  ftblab_message_tell(FTBLAB_MESSAGE_CONNECTED, pipe, "tool %s, registered for all events", listener.self.space);
  while (!*stop && !listener.lost)
    nanosleep(&pause, NULL);
  if (listener.lost)
    ftblab_message_tell(FTBLAB_MESSAGE_FAILED, pipe, "the PMIx server is gone");
  else
    tool_finalize();
}
