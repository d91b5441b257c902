/* campaign.c - runs a study: gives replicas to the processes that hold the platforms, and writes what comes back.
 *
 * What must hold: this process alone writes; a row is written as soon as its replica has ended, and saved within
 * SAVE_AFTER; which replicas run depends on the rows alone. What is told to the processes is what they can do at once
 * and as much again, so that none waits for this one to save; where a process does several in a row, so much more. */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "loader.h"
#include "progress.h"

/* Seconds; chosen: what a kill may lose, against what saving costs. */
static const double save_after = 0.5, tell_after = 0.25;

/* A point with work left, and the platform that it needs. */
typedef struct pending {
  uint32_t point, cluster;
} pending;

typedef struct active {
  ftblab_point_state state;
  uint32_t cluster;
} active;

typedef struct campaign {
  const ftblab_study *study;
  const ftblab_study_options *options;
  ftblab_store *store;
  ftblab_spec *spec;
  ftblab_names *clusters; /* by key */
  pending *pending;       /* by cluster, then by point */
  size_t pending_count, pending_room, pending_next;
  active *active; /* points that have replicas to give or under way */
  size_t active_count, active_room;
  ftblab_loader *loaders; /* by cluster */
  uint32_t *loader_first; /* a point of each cluster */
  struct pollfd *polled;
  size_t outstanding;
  size_t batch; /* replicas that a child does in a row, at most */
  bool planned; /* the study is saved */
  double *metrics;
  double saved, told;
  ftblab_study_progress progress;
} campaign;

static double now(void)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static ftblab_status no_memory(ftblab_error *err)
{
  return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the campaign");
}

static bool is_stopped(const campaign *c)
{
  return c->options->stop != NULL && *c->options->stop != 0;
}

/* ---- what is there, and what is to be done ------------------------------------------------------------ */

/* Replicas of POINT that SHARE has, if no rule asks for more. */
static uint64_t share_of_point(const campaign *c, uint64_t point)
{
  const ftblab_study *study = c->study;
  ftblab_share share = c->options->share;
  if (!study->rule.fixed)
    return ftblab_study_in_share(study, share, point, 0) ? study->rule.minimum : 0;
  uint64_t first = point * study->rule.maximum, end = first + study->rule.maximum, before = share.index - 1;
  /* numbers below N that leave the remainder of the share */
  uint64_t below_end = end > before ? (end - before - 1) / share.count + 1 : 0;
  uint64_t below_first = first > before ? (first - before - 1) / share.count + 1 : 0;
  return below_end - below_first;
}

static ftblab_status note_point(void *argument, uint64_t point, bool finished, const ftblab_counts *counts,
                                ftblab_error *err)
{
  campaign *c = argument;
  if (finished) {
    c->progress.done += counts->replicas;
    c->progress.total += counts->replicas;
    c->progress.violating += counts->violates;
    c->progress.broken += counts->broken;
    return FTBLAB_OK;
  }
  if (c->pending_count == c->pending_room) {
    size_t room = c->pending_room == 0 ? 64 : 2 * c->pending_room;
    pending *grown = realloc(c->pending, room * sizeof *grown);
    if (grown == NULL)
      return no_memory(err);
    c->pending = grown;
    c->pending_room = room;
  }
  c->pending[c->pending_count++] = (pending){.point = (uint32_t)point};
  c->progress.total += share_of_point(c, point);
  return FTBLAB_OK;
}

/* Read the scenario of each point with work left: what is wrong with one is said before the first replica runs. */
static ftblab_status read_point(campaign *c, pending *p, ftblab_error *err)
{
  ftblab_scenario *scenario = NULL;
  ftblab_text key = {0};
  uint32_t known = ftblab_names_count(c->clusters);
  ftblab_status status = ftblab_study_scenario(c->study, p->point, &scenario, err);
  if (status != FTBLAB_OK)
    return status;
  if (p == c->pending || !ftblab_scenario_again(scenario)) /* few if one of them cannot have more */
    c->batch = ftblab_scenario_again(scenario) ? FTBLAB_LOADER_BATCH : 1;
  ftblab_scenario_cluster(scenario, &key);
  p->cluster = key.failed ? FTBLAB_NO_NAME : ftblab_names_add(c->clusters, ftblab_text_string(&key), key.length);
  if (p->cluster == FTBLAB_NO_NAME)
    status = no_memory(err);
  else if (p->cluster == known)
    status = ftblab_store_platform(c->store, ftblab_scenario_platform(scenario), err);
  ftblab_text_free(&key);
  ftblab_scenario_free(scenario);
  return status;
}

static int compare_pending(const void *a, const void *b)
{
  const pending *left = a, *right = b;
  if (left->cluster != right->cluster)
    return left->cluster < right->cluster ? -1 : 1;
  return left->point < right->point ? -1 : left->point > right->point;
}

static ftblab_status plan(campaign *c, ftblab_error *err)
{
  c->clusters = ftblab_names_new();
  if (c->clusters == NULL)
    return no_memory(err);
  ftblab_status status = ftblab_store_points(c->store, note_point, c, err);
  for (size_t i = 0; i < c->pending_count && status == FTBLAB_OK && !is_stopped(c); i++)
    status = read_point(c, &c->pending[i], err);
  if (is_stopped(c)) /* not all was looked at */
    return status;
  if (status == FTBLAB_OK)
    status = ftblab_store_commit(c->store, true, err);
  if (status != FTBLAB_OK)
    return status;
  c->planned = true;
  if (c->pending_count > 1)
    qsort(c->pending, c->pending_count, sizeof *c->pending, compare_pending);
  size_t clusters = ftblab_names_count(c->clusters);
  c->loaders = calloc(clusters + 1, sizeof *c->loaders);
  c->loader_first = calloc(clusters + 1, sizeof *c->loader_first);
  c->polled = calloc(clusters + 1, sizeof *c->polled);
  if (c->loaders == NULL || c->loader_first == NULL || c->polled == NULL)
    return no_memory(err);
  for (size_t i = c->pending_count; i-- > 0;)
    c->loader_first[c->pending[i].cluster] = c->pending[i].point;
  return FTBLAB_OK;
}

/* ---- points -------------------------------------------------------------------------------------------- */

static ftblab_status finish_point(campaign *c, size_t place, ftblab_error *err)
{
  ftblab_status status = ftblab_store_finish(c->store, c->active[place].state.point, err);
  ftblab_point_close(&c->active[place].state);
  c->active_count--;
  memmove(&c->active[place], &c->active[place + 1], (c->active_count - place) * sizeof *c->active);
  return status;
}

/* Open the next point; what it has already counts as done. */
static ftblab_status open_point(campaign *c, ftblab_error *err)
{
  pending p = c->pending[c->pending_next++];
  uint64_t found;
  ftblab_counts counts = {0};
  if (c->active_count == c->active_room) {
    size_t room = c->active_room == 0 ? 8 : 2 * c->active_room;
    active *grown = realloc(c->active, room * sizeof *grown);
    if (grown == NULL)
      return no_memory(err);
    c->active = grown;
    c->active_room = room;
  }
  active *a = &c->active[c->active_count];
  a->cluster = p.cluster;
  if (share_of_point(c, p.point) == 0) { /* nothing of it is ours */
    a->state = (ftblab_point_state){.point = p.point, .finished = true};
    c->active_count++;
    return finish_point(c, c->active_count - 1, err);
  }
  ftblab_status status = ftblab_point_open(c->store, c->study, c->options->share, p.point, &a->state, &found, err);
  if (status != FTBLAB_OK)
    return status;
  c->active_count++;
  if (found > 0)
    status = ftblab_store_count(c->store, p.point, &counts, err);
  c->progress.done += found;
  c->progress.started += found;
  c->progress.violating += counts.violates;
  c->progress.broken += counts.broken;
  if (a->state.wanted > c->study->rule.minimum)
    c->progress.total += a->state.wanted - c->study->rule.minimum;
  return status == FTBLAB_OK && a->state.finished ? finish_point(c, c->active_count - 1, err) : status;
}

/* ---- giving ---------------------------------------------------------------------------------------------- */

/* Replicas that run: each process runs as many at once as are allowed, and knows of some more. */
static bool may_give(const campaign *c, uint32_t cluster)
{
  size_t jobs = c->options->jobs * c->batch;
  if (c->outstanding == c->loaders[cluster].outstanding) /* it has the processors for itself */
    return c->outstanding < 2 * jobs;
  return c->outstanding < jobs;
}

/* Processes whose platform nobody needs any more. */
static void end_idle_loaders(campaign *c, uint32_t below)
{
  for (uint32_t i = 0; i < below; i++) {
    bool needed = c->loaders[i].outstanding > 0;
    for (size_t j = 0; j < c->active_count && !needed; j++)
      needed = c->active[j].cluster == i;
    if (!needed)
      ftblab_loader_end(&c->loaders[i]);
  }
}

static ftblab_status give(campaign *c, uint32_t cluster, ftblab_task task, ftblab_error *err)
{
  ftblab_status status = FTBLAB_OK;
  if (c->loaders[cluster].pid == 0) {
    end_idle_loaders(c, cluster);
    ftblab_loader_config config = {.study = c->study,
                                   .spec = c->spec,
                                   .point = c->loader_first[cluster],
                                   .jobs = c->options->jobs,
                                   .time_limit = c->options->time_limit,
                                   .others = c->loaders,
                                   .other_count = ftblab_names_count(c->clusters)};
    status = ftblab_loader_start(&config, &c->loaders[cluster], err);
  }
  if (status == FTBLAB_OK)
    status = ftblab_loader_give(&c->loaders[cluster], task, err);
  if (status == FTBLAB_OK)
    c->outstanding++;
  return status;
}

/* Give what may be given: the first points first, the next are opened when those have nothing to give. */
static ftblab_status give_all(campaign *c, ftblab_error *err)
{
  ftblab_status status = FTBLAB_OK;
  size_t place = 0;
  while (status == FTBLAB_OK) {
    if (place == c->active_count && c->pending_next == c->pending_count)
      return FTBLAB_OK;
    if (place == c->active_count) {
      if (c->outstanding >= 2 * c->options->jobs * c->batch)
        return FTBLAB_OK;
      status = open_point(c, err); /* may be finished at once, and gone */
      continue;
    }
    active *a = &c->active[place];
    ftblab_task task = {.point = a->state.point};
    if (!may_give(c, a->cluster))
      return FTBLAB_OK;
    if (ftblab_point_take(c->study, &a->state, &task.replica))
      status = give(c, a->cluster, task, err);
    else
      place++;
  }
  return status;
}

/* ---- taking ------------------------------------------------------------------------------------------------ */

static size_t place_of(const campaign *c, uint64_t point)
{
  size_t i = 0;
  while (i < c->active_count && c->active[i].state.point != point)
    i++;
  return i;
}

static ftblab_status take_row(campaign *c, const ftblab_row *row, ftblab_error *err)
{
  size_t place = place_of(c, row->point);
  if (place == c->active_count)
    return ftblab_fail(err, FTBLAB_EINTERNAL, "a result of replica %" PRIu64 ".%" PRIu64 ", which nobody asked for",
                       row->point + 1, row->replica + 1);
  ftblab_point_state *state = &c->active[place].state;
  uint64_t wanted = state->wanted;
  ftblab_status status = ftblab_store_add(c->store, row, err);
  if (status == FTBLAB_OK)
    status = ftblab_point_add(c->store, c->study, state, row->replica, err);
  c->progress.done++;
  c->progress.total += state->wanted - wanted;
  c->progress.violating += row->fate == FTBLAB_FATE_DONE && row->verdict == FTBLAB_VIOLATES;
  c->progress.broken += row->fate != FTBLAB_FATE_DONE;
  return status == FTBLAB_OK && state->finished ? finish_point(c, place, err) : status;
}

static ftblab_status refuse(const campaign *c, const ftblab_row *row, ftblab_error *err)
{
  ftblab_text point = {0};
  ftblab_study_describe(c->study, row->point, &point);
  ftblab_fail(err, FTBLAB_EINPUT, "%s", row->reason);
  if (point.length > 0)
    ftblab_while(err, "simulating point %" PRIu64 ": %s", row->point + 1, ftblab_text_string(&point));
  ftblab_text_free(&point);
  return FTBLAB_EINPUT;
}

/* All messages that are whole. */
static ftblab_status take_messages(campaign *c, ftblab_loader *loader, ftblab_error *err)
{
  size_t at = 0, length;
  ftblab_row row;
  char reason[1600];
  ftblab_status status = loader->bytes.failed ? no_memory(err) : FTBLAB_OK;
  while (status == FTBLAB_OK &&
         (length = ftblab_result_whole(loader->bytes.data + at, loader->bytes.length - at)) > 0) {
    bool refused = ftblab_result_read(loader->bytes.data + at, c->metrics, reason, &row);
    at += length;
    if (refused)
      return refuse(c, &row, err);
    loader->outstanding--;
    c->outstanding--;
    status = take_row(c, &row, err);
  }
  if (loader->bytes.length > at)
    memmove(loader->bytes.data, loader->bytes.data + at, loader->bytes.length - at);
  loader->bytes.length -= at;
  return status;
}

static ftblab_status listen_to(campaign *c, ftblab_loader *loader, ftblab_error *err)
{
  char bytes[65536];
  ssize_t count = read(loader->results, bytes, sizeof bytes);
  if (count < 0 && errno == EINTR)
    return FTBLAB_OK;
  if (count <= 0)
    return ftblab_fail(err, FTBLAB_EINTERNAL, "the process that holds a platform has ended");
  ftblab_text_add_bytes(&loader->bytes, bytes, (size_t)count);
  return take_messages(c, loader, err);
}

static ftblab_status wait_for_results(campaign *c, ftblab_error *err)
{
  size_t count = ftblab_names_count(c->clusters);
  ftblab_status status = FTBLAB_OK;
  for (size_t i = 0; i < count; i++)
    c->polled[i] = (struct pollfd){.fd = c->loaders[i].pid != 0 ? c->loaders[i].results : -1, .events = POLLIN};
  if (poll(c->polled, count, (int)(1000 * tell_after)) < 0)
    return errno == EINTR ? FTBLAB_OK : ftblab_fail(err, FTBLAB_EIO, "waiting for replicas: %s", strerror(errno));
  for (size_t i = 0; i < count && status == FTBLAB_OK; i++)
    if (c->polled[i].revents != 0)
      status = listen_to(c, &c->loaders[i], err);
  return status;
}

/* ---- the whole ------------------------------------------------------------------------------------------------ */

/* Now and then: save, and tell how far it is. */
static ftblab_status settle(campaign *c, ftblab_error *err)
{
  double date = now();
  ftblab_status status = FTBLAB_OK;
  if (date - c->saved >= save_after) {
    status = ftblab_store_commit(c->store, false, err);
    c->saved = now();
  }
  if (c->options->progress != NULL && date - c->told >= tell_after) {
    c->options->progress(c->options->argument, &c->progress);
    c->told = date;
  }
  return status;
}

static ftblab_status work(campaign *c, ftblab_error *err)
{
  ftblab_status status = FTBLAB_OK;
  c->saved = c->told = now();
  while (status == FTBLAB_OK && !is_stopped(c)) {
    status = give_all(c, err);
    if (status != FTBLAB_OK || c->outstanding == 0)
      return status;
    status = wait_for_results(c, err);
    if (status == FTBLAB_OK)
      status = settle(c, err);
  }
  return status;
}

/* Is what FOLDER holds this study, of this version? */
static ftblab_status compare(const campaign *c, const char *share, ftblab_error *err)
{
  const char *folder = c->options->folder;
  char identity[20];
  snprintf(identity, sizeof identity, "%016" PRIx64, c->study->identity);
  const char *const values[][3] = {
      {"identity", identity, "the study or its scenario has changed since it was begun there"},
      {"version", c->options->version, "it was begun by another version of ftblab"},
      {"share", share, "it was begun for another share"},
  };
  ftblab_status status = FTBLAB_OK;
  for (size_t i = 0; i < FTBLAB_COUNT(values) && status == FTBLAB_OK; i++) {
    char *text = NULL;
    status = ftblab_store_value(c->store, values[i][0], &text, err);
    if (status == FTBLAB_OK && strcmp(text, values[i][1]) != 0)
      status = i == 0 ? ftblab_fail(err, FTBLAB_EINPUT, "%s: %s", folder, values[i][2])
                      : ftblab_fail(err, FTBLAB_EINPUT, "%s: %s: %s, not %s", folder, values[i][2], text, values[i][1]);
    free(text);
  }
  if (status == FTBLAB_OK)
    status = ftblab_store_check_digest(c->store, err);
  return status == FTBLAB_OK ? ftblab_store_check_platforms(c->store, err) : status;
}

static ftblab_status open_store(campaign *c, ftblab_error *err)
{
  const ftblab_study_options *options = c->options;
  char share[50];
  snprintf(share, sizeof share, "%" PRIu64 "/%" PRIu64, options->share.index, options->share.count);
  ftblab_status status = ftblab_store_open(options->folder, FTBLAB_STORE_WRITE, &c->store, err);
  if (status != FTBLAB_OK)
    return status;
  if (!ftblab_store_has_rows(c->store))
    return ftblab_store_create(c->store, c->study, options->version, share, err);
  if (!options->resume)
    return ftblab_fail(err, FTBLAB_EUSAGE, "%s: holds a study already; '--resume' goes on with it", options->folder);
  return compare(c, share, err);
}

static void end(campaign *c)
{
  for (size_t i = 0; c->loaders != NULL && i < ftblab_names_count(c->clusters); i++)
    ftblab_loader_end(&c->loaders[i]);
  for (size_t i = 0; i < c->active_count; i++)
    ftblab_point_close(&c->active[i].state);
  ftblab_store_close(c->store);
  ftblab_spec_free(c->spec);
  ftblab_names_free(c->clusters);
  free(c->pending);
  free(c->active);
  free(c->loaders);
  free(c->loader_first);
  free(c->polled);
  free(c->metrics);
}

static ftblab_status perform(campaign *c, ftblab_error *err)
{
  size_t metrics;
  ftblab_metric_table(&metrics);
  c->metrics = calloc(metrics, sizeof *c->metrics);
  if (c->metrics == NULL)
    return no_memory(err);
  ftblab_status status = ftblab_spec_load(&c->spec, err);
  if (status == FTBLAB_OK)
    status = open_store(c, err);
  if (status == FTBLAB_OK)
    status = plan(c, err);
  c->progress.started = c->progress.done;
  if (status == FTBLAB_OK && c->planned)
    status = work(c, err);
  return status;
}

ftblab_status ftblab_study_run(const ftblab_study *study, const ftblab_study_options *options,
                               ftblab_study_progress *progress, bool *stopped, ftblab_error *err)
{
  campaign c = {.study = study, .options = options, .batch = 1};
  struct sigaction ignore, before;
  memset(&ignore, 0, sizeof ignore);
  ignore.sa_handler = SIG_IGN;
  sigemptyset(&ignore.sa_mask);
  sigaction(SIGPIPE, &ignore, &before); /* a process that is gone shows when it is written to */
  ftblab_status status = perform(&c, err);
  if (c.planned && status != FTBLAB_OK)
    (void)ftblab_store_commit(c.store, true, NULL); /* what failed is told; the rows before it are saved */
  else if (c.planned)
    status = ftblab_store_commit(c.store, true, err);
  *progress = c.progress;
  *stopped = c.pending_next < c.pending_count || c.active_count > 0;
  end(&c);
  sigaction(SIGPIPE, &before, NULL);
  return status;
}
