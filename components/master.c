/* master.c - the master node of a cluster: launches jobs made of kernels, deals their kernels to subordinate nodes, and
 * goes on with fewer nodes when one is lost. It takes no checkpoints: a kernel that was lost is dealt again.
 *
 * A node has failed when its connection closes, whatever the reason; its ranks are shut out, so that nothing comes from
 * them any more. What is done is told to the backups (MASTER_STATE) as results come in. */
#include "master.h"

#include <stdlib.h>
#include <string.h>

#include "role.h"

/* ---- state ----------------------------------------------------------------------------------------------- */

bool ftblab_master_has(const ftblab_job *job)
{
  return strcmp(job->application, "kernels") == 0;
}

static int rank_total(const ftblab_job *job)
{
  return job->nodes_wanted * job->ranks_per_node;
}

void ftblab_master_stop(ftblab_component *self)
{
  ftblab_master *master = self->state;
  for (int i = 0; master->jobs && i < self->world->ops->job_count(self); i++) {
    ftblab_kernel_bag_free(&master->jobs[i].bag);
    free(master->jobs[i].gone);
    free(master->jobs[i].kernel);
    free(master->jobs[i].news);
  }
  free(master->jobs);
  free(master->up);
  free(master->missed);
  free(master->ranks);
  free(master->chosen);
  ftblab_node_set_free(&master->named);
  ftblab_node_set_free(&master->watched);
  *master = (ftblab_master){0};
}

static ftblab_status allocate_charge(ftblab_charge *charge, const ftblab_job *job, ftblab_error *err)
{
  ftblab_status status = ftblab_kernel_bag_init(&charge->bag, job, err);
  if (status)
    return status;
  charge->gone = calloc((size_t)rank_total(job) + 1, sizeof *charge->gone);
  charge->kernel = calloc((size_t)rank_total(job) + 1, sizeof *charge->kernel);
  charge->news = calloc((size_t)ftblab_kernel_bag_total(&charge->bag) + 1, sizeof *charge->news);
  if (!charge->gone || !charge->kernel || !charge->news)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for job %s", job->name);
  return FTBLAB_OK;
}

static ftblab_status allocate_charges(ftblab_component *self, ftblab_error *err)
{
  ftblab_master *master = self->state;
  int jobs = self->world->ops->job_count(self), most = 0;
  ftblab_status status = FTBLAB_OK;
  master->jobs = calloc((size_t)jobs + 1, sizeof *master->jobs);
  if (!master->jobs)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for %d jobs", jobs);
  for (int i = 0; i < jobs && !status; i++) {
    const ftblab_job *job = self->world->ops->job(self, i);
    most = rank_total(job) > most ? rank_total(job) : most;
    if (ftblab_master_has(job))
      status = allocate_charge(&master->jobs[i], job, err);
  }
  master->ranks = calloc((size_t)most + 1, sizeof *master->ranks);
  if (!status && !master->ranks)
    status = ftblab_fail(err, FTBLAB_ENOMEM, "no memory for %d ranks", most);
  return status;
}

ftblab_status ftblab_master_allocate(ftblab_component *self, ftblab_error *err)
{
  ftblab_master *master = self->state;
  int nodes = self->world->ops->node_count(self);
  master->replicate_every = (int)ftblab_parameter(self, "replicate_every");
  master->up = calloc((size_t)nodes + 1, sizeof *master->up);
  master->missed = calloc((size_t)nodes + 1, sizeof *master->missed);
  master->chosen = calloc((size_t)nodes + 1, sizeof *master->chosen);
  if (!master->up || !master->missed || !master->chosen)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for %d nodes", nodes);
  ftblab_status status = ftblab_node_set_init(&master->named, nodes, err);
  if (!status)
    status = ftblab_node_set_init(&master->watched, nodes, err);
  return status ? status : allocate_charges(self, err);
}

void ftblab_charge_set(ftblab_charge *charge, int rank, int kernel)
{
  if (charge->kernel[rank] >= 0)
    charge->bag.out[charge->kernel[rank]] = false;
  if (kernel >= 0)
    charge->bag.out[kernel] = true;
  charge->kernel[rank] = kernel;
}

void ftblab_charge_update(ftblab_charge *charge, const ftblab_job *job)
{
  if (charge->launch == job->launches)
    return;
  charge->launch = job->launches;
  for (int rank = 0; rank < rank_total(job); rank++)
    charge->kernel[rank] = -1;
  charge->news_count = 0;
  ftblab_kernel_bag_restart(&charge->bag);
  memset(charge->gone, 0, (size_t)rank_total(job) * sizeof *charge->gone);
}

static bool flag_of(const ftblab_job *job, const char *name)
{
  return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(job->parameters, name));
}

/* ---- dealing --------------------------------------------------------------------------------------------- */

static int count_living(const ftblab_charge *charge, const ftblab_job *job)
{
  int living = 0;
  for (int rank = 0; rank < rank_total(job); rank++)
    living += !charge->gone[rank];
  return living;
}

static void end_job(ftblab_component *self, int job)
{
  const ftblab_charge *charge = &((ftblab_master *)self->state)->jobs[job];
  for (int rank = 0; rank < rank_total(self->world->ops->job(self, job)); rank++)
    if (!charge->gone[rank])
      self->world->ops->job_give(self, job, rank, FTBLAB_NO_PIECE);
}

/* Dynamic: a rank that is free gets the next kernel, whichever it is. Fixed: the kernels of a step belong in turn to
 * the ranks that are left. */
void ftblab_master_deal(ftblab_component *self, int job)
{
  ftblab_charge *charge = &((ftblab_master *)self->state)->jobs[job];
  const ftblab_job *of = self->world->ops->job(self, job);
  bool fixed = !flag_of(of, "balance");
  int places = fixed ? count_living(charge, of) : 0, place = 0;
  if (ftblab_kernel_bag_is_empty(&charge->bag)) {
    end_job(self, job);
    return;
  }
  for (int rank = 0; rank < rank_total(of); rank++) {
    if (charge->gone[rank])
      continue;
    bool is_free = charge->kernel[rank] < 0;
    int kernel = is_free ? ftblab_kernel_bag_next(&charge->bag, place, places) : -1;
    place++;
    if (kernel >= 0) {
      ftblab_charge_set(charge, rank, kernel);
      self->world->ops->job_give(self, job, rank, kernel);
    } else if (is_free && !fixed) {
      return; /* nobody has it, so there is none for the others, either */
    }
  }
}

/* COUNT kernels, in halves if they do not fit into a payload. */
static void announce_state(ftblab_component *self, const ftblab_job *job, const int64_t *kernels, int count)
{
  ftblab_text payload = {0};
  ftblab_payload_add_words(&payload, "jobs", &job->name, 1);
  ftblab_payload_add_numbers(&payload, "kernels", kernels, (size_t)count);
  bool splits = !payload.failed && payload.length > FTBLAB_PAYLOAD_LIMIT && count > 1;
  if (payload.failed) {
    self->world->ops->fail(self, FTBLAB_ENOMEM, "no memory for a payload");
  } else if (!splits) {
    self->world->ops->note_throw(self, "Replicate the state of job %s", job->name);
    self->world->ops->publish(self, "MASTER_STATE", payload.data, 0);
  }
  ftblab_text_free(&payload);
  if (!splits)
    return;
  announce_state(self, job, kernels, count / 2);
  announce_state(self, job, kernels + count / 2, count - count / 2);
}

static int by_number(const void *left, const void *right)
{
  int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
  return (a > b) - (a < b);
}

static void replicate(ftblab_component *self, int job)
{
  const ftblab_master *master = self->state;
  ftblab_charge *charge = &master->jobs[job];
  if (master->replicate_every == 0 || charge->news_count < master->replicate_every)
    return;
  qsort(charge->news, (size_t)charge->news_count, sizeof *charge->news, by_number);
  announce_state(self, self->world->ops->job(self, job), charge->news, charge->news_count);
  charge->news_count = 0;
}

static void on_piece(ftblab_component *self, int job, int rank, int piece)
{
  ftblab_charge *charge = &((ftblab_master *)self->state)->jobs[job];
  ftblab_charge_set(charge, rank, -1);
  if (ftblab_kernel_bag_finish(&charge->bag, piece))
    charge->news[charge->news_count++] = piece;
  replicate(self, job);
  ftblab_master_deal(self, job);
}

/* ---- nodes that are lost --------------------------------------------------------------------------------- */

/* How many jobs use each node. */
static void count_users(ftblab_component *self)
{
  const ftblab_master *master = self->state;
  memset(master->chosen, 0, (size_t)self->world->ops->node_count(self) * sizeof *master->chosen);
  for (int i = 0; i < self->world->ops->job_count(self); i++) {
    const ftblab_job *job = self->world->ops->job(self, i);
    for (int j = 0; job->state == FTBLAB_JOB_RUNNING && j < job->node_count; j++)
      master->chosen[job->nodes[j]]++;
  }
}

static void spawn(ftblab_component *self, int job, int node, int count)
{
  const ftblab_master *master = self->state;
  for (int i = 0; i < count; i++)
    master->jobs[job].gone[master->ranks[i]] = false;
  self->world->ops->job_pool_add(self, job, node);
  self->world->ops->job_spawn(self, job, node, master->ranks, count);
}

/* The job has no node any more: those that nobody uses take the places of lost ones. */
static void find_refuge(ftblab_component *self, int job)
{
  const ftblab_master *master = self->state;
  const ftblab_job *of = self->world->ops->job(self, job);
  if (count_living(&master->jobs[job], of) > 0)
    return;
  for (int place = 0; place < of->nodes_wanted; place++) {
    int node = 0;
    count_users(self);
    while (node < self->world->ops->node_count(self) && (!master->up[node] || master->chosen[node] > 0))
      node++;
    if (node == self->world->ops->node_count(self))
      break;
    for (int i = 0; i < of->ranks_per_node; i++)
      master->ranks[i] = (int64_t)place * of->ranks_per_node + i;
    self->world->ops->job_grant(self, job, &node, 1);
    spawn(self, job, node, of->ranks_per_node);
  }
  if (count_living(&master->jobs[job], of) == 0)
    self->world->ops->admin(self, "no node is left for job %s: it waits for one", of->name);
}

/* The ranks of JOB on NODE that are not shut out yet, in master->ranks; their number. */
static int ranks_to_lose(ftblab_component *self, int job, int node)
{
  const ftblab_master *master = self->state;
  int count = self->world->ops->job_ranks_on(self, job, node, master->ranks), kept = 0;
  for (int i = 0; i < count; i++)
    if (!master->jobs[job].gone[master->ranks[i]])
      master->ranks[kept++] = master->ranks[i];
  return kept;
}

/* Shut out the ranks of JOB on NODES, and take back what they had. False: it had none there. */
static bool take_back(ftblab_component *self, int job, const ftblab_node_set *nodes, int *kernels)
{
  const ftblab_master *master = self->state;
  ftblab_charge *charge = &master->jobs[job];
  bool any = false;
  *kernels = 0;
  for (int i = 0; i < nodes->count; i++) {
    int count = ranks_to_lose(self, job, nodes->nodes[i]);
    for (int j = 0; j < count; j++) {
      charge->gone[master->ranks[j]] = true;
      *kernels += charge->kernel[master->ranks[j]] >= 0;
      ftblab_charge_set(charge, (int)master->ranks[j], -1);
    }
    self->world->ops->job_blank(self, job, master->ranks, count);
    any = any || count > 0;
  }
  return any;
}

/* SUB.1 row 3(a), and 3(b) if there is no node to deal them to. */
static void deal_again(ftblab_component *self, int job, ftblab_node_set *nodes)
{
  const ftblab_job *of = self->world->ops->job(self, job);
  const ftblab_charge *charge = &((ftblab_master *)self->state)->jobs[job];
  ftblab_text after = {0};
  int kernels;
  if (!take_back(self, job, nodes, &kernels))
    return;
  int living = count_living(charge, of);
  ftblab_text_addf(&after, ": %d kernel%s to deal again, job %s ", kernels, kernels == 1 ? "" : "s", of->name);
  if (living > 0)
    ftblab_text_addf(&after, "goes on with %d rank%s", living, living == 1 ? "" : "s");
  else
    ftblab_text_add(&after, "has no node any more");
  const ftblab_announcement dealt = {.event = living > 0 ? "KERNELS_DEALT" : "KERNELS_HELD",
                                     .before = "Without ",
                                     .after = ftblab_text_string(&after),
                                     .job = of};
  ftblab_announce_nodes(self, &dealt, nodes);
  ftblab_text_free(&after);
  find_refuge(self, job);
  ftblab_master_deal(self, job);
}

static bool is_running(ftblab_component *self, int job)
{
  const ftblab_job *of = self->world->ops->job(self, job);
  return ftblab_master_has(of) && of->state == FTBLAB_JOB_RUNNING;
}

/* SUB.1 row 1. */
void ftblab_master_lose(ftblab_component *self, ftblab_node_set *nodes)
{
  const ftblab_master *master = self->state;
  const ftblab_announcement closed = {
      .event = "NODE_DISCONNECTED", .before = "The connection has closed to ", .after = ": it counts as failed"};
  for (int i = 0; i < nodes->count; i++) {
    master->up[nodes->nodes[i]] = false;
    master->missed[nodes->nodes[i]] = true;
  }
  ftblab_announce_nodes(self, &closed, nodes);
  for (int i = 0; i < self->world->ops->job_count(self); i++)
    if (is_running(self, i))
      deal_again(self, i, nodes);
}

static void on_disconnect(ftblab_component *self, int node)
{
  ftblab_master *master = self->state;
  if (!master->up[node])
    return;
  ftblab_node_set_clear(&master->named);
  ftblab_node_set_add(&master->named, node);
  ftblab_master_lose(self, &master->named);
}

/* ---- nodes that are there -------------------------------------------------------------------------------- */

void ftblab_master_connect(ftblab_component *self)
{
  const ftblab_master *master = self->state;
  for (int node = 0; node < self->world->ops->node_count(self); node++)
    master->up[node] = self->world->ops->node_is_compute(self, node) && self->world->ops->connect(self, node);
}

/* Does JOB hold NODE, with ranks that are shut out? They are in master->ranks then. */
static int ranks_to_spawn(ftblab_component *self, int job, int node)
{
  const ftblab_master *master = self->state;
  int count = self->world->ops->job_ranks_on(self, job, node, master->ranks), kept = 0;
  for (int i = 0; i < count; i++)
    if (master->jobs[job].gone[master->ranks[i]])
      master->ranks[kept++] = master->ranks[i];
  return kept;
}

/* SUB.1 row 5. A node that was never missed is no news to anybody else. */
static void announce_return(ftblab_component *self, int node)
{
  ftblab_master *master = self->state;
  const ftblab_announcement back = {.event = "NODE_CONNECTED", .before = "There again is ", .after = ""};
  if (!master->missed[node])
    return;
  master->missed[node] = false;
  ftblab_node_set_clear(&master->named);
  ftblab_node_set_add(&master->named, node);
  ftblab_announce_nodes(self, &back, &master->named);
}

static void on_node_back(ftblab_component *self, int node)
{
  ftblab_master *master = self->state;
  if (!self->world->ops->node_is_compute(self, node) || master->up[node] || !self->world->ops->connect(self, node))
    return;
  master->up[node] = true;
  announce_return(self, node);
  for (int i = 0; i < self->world->ops->job_count(self); i++) {
    if (!is_running(self, i))
      continue;
    int count = ranks_to_spawn(self, i, node);
    if (count > 0 && flag_of(self->world->ops->job(self, i), "use_returned"))
      spawn(self, i, node, count);
    else
      find_refuge(self, i);
    ftblab_master_deal(self, i);
  }
  ftblab_master_launch(self);
}

/* ---- launch ---------------------------------------------------------------------------------------------- */

static bool is_free(const ftblab_master *master, int node)
{
  return master->up[node] && master->chosen[node] == 0;
}

/* Nodes for JOB to the front of master->chosen, those that are up first; how many of them are up. */
static int choose_nodes(ftblab_component *self, const ftblab_job *job)
{
  const ftblab_master *master = self->state;
  int total = self->world->ops->node_count(self), count = 0, up = 0;
  count_users(self);
  ftblab_node_set *set = &((ftblab_master *)self->state)->named;
  ftblab_node_set_clear(set);
  for (int pass = 0; pass < 2; pass++) {
    for (int i = 0; i < (job->node_list ? job->nodes_wanted : total) && count < job->nodes_wanted; i++) {
      int node = job->node_list ? job->node_list[i] : i;
      bool fits =
          pass == 0 ? is_free(master, node) : !master->up[node] && self->world->ops->node_is_compute(self, node);
      if (!fits || ftblab_node_set_has(set, node))
        continue;
      ftblab_node_set_add(set, node);
      count++;
      up += pass == 0;
    }
  }
  for (int i = 0; i < count; i++)
    master->chosen[i] = set->nodes[i];
  return up;
}

static void launch(ftblab_component *self, const ftblab_job *job, int up)
{
  const ftblab_master *master = self->state;
  ftblab_charge *charge = &master->jobs[job->index];
  self->world->ops->job_launch(self, job->index, master->chosen, job->nodes_wanted);
  ftblab_charge_update(charge, job);
  self->world->ops->job_serve(self, job->index);
  int lost = 0;
  for (int rank = up * job->ranks_per_node; rank < rank_total(job); rank++) {
    charge->gone[rank] = true;
    master->ranks[lost++] = rank;
  }
  if (lost > 0)
    self->world->ops->job_blank(self, job->index, master->ranks, lost);
  ftblab_master_deal(self, job->index);
}

/* In the order of their names' appearance; one that cannot have its nodes yet keeps nobody else waiting. A job that
 * begins anew takes what there is: it was aborted, and only a master does that, this one or the one before. */
void ftblab_master_launch(ftblab_component *self)
{
  for (int i = 0; i < self->world->ops->job_count(self); i++) {
    const ftblab_job *job = self->world->ops->job(self, i);
    bool waits = job->submitted && job->state == FTBLAB_JOB_QUEUED, again = job->state == FTBLAB_JOB_ABORTED;
    if (!ftblab_master_has(job) || (!waits && !again))
      continue;
    int up = choose_nodes(self, job);
    if (up == job->nodes_wanted || (again && up > 0))
      launch(self, job, up);
  }
}

static void on_submit(ftblab_component *self, const ftblab_job *job)
{
  (void)job;
  ftblab_master_launch(self);
}

static void on_job_end(ftblab_component *self, const ftblab_job *job)
{
  (void)job;
  ftblab_master_launch(self);
}

/* SUB.3 row 4(b). */
void ftblab_master_begin_anew(ftblab_component *self, int job, int lost_with)
{
  ftblab_master *master = self->state;
  const ftblab_job *of = self->world->ops->job(self, job);
  const ftblab_announcement lost = {.event = "JOB_STATE_LOST",
                                    .before = "The execution state of the job is lost with ",
                                    .after = ": it begins anew",
                                    .job = of};
  ftblab_node_set_clear(&master->named);
  ftblab_node_set_add(&master->named, lost_with);
  ftblab_announce_nodes(self, &lost, &master->named);
  self->world->ops->job_abort(self, job, "its execution state is lost");
}

/* A master that was not replaced while it was away knows nothing of the jobs that run. */
static void find_orphans(ftblab_component *self)
{
  for (int i = 0; i < self->world->ops->job_count(self); i++)
    if (is_running(self, i) && !self->world->ops->job_is_served(self, i))
      ftblab_master_begin_anew(self, i, self->node);
}

static ftblab_status start(ftblab_component *self, ftblab_error *err)
{
  ftblab_status status = ftblab_master_allocate(self, err);
  if (status) {
    ftblab_master_stop(self);
    return status;
  }
  ftblab_master_connect(self);
  if (self->restarted)
    find_orphans(self);
  return FTBLAB_OK;
}

const ftblab_role_class ftblab_master_role = {
    .role = "Master",
    .space = "ftb.kernels.master",
    .instance = "master",
    .scope = FTBLAB_PER_CLUSTER,
    .application = "kernels",
    .state_size = sizeof(ftblab_master),
    .start = start,
    .stop = ftblab_master_stop,
    .on_submit = on_submit,
    .on_job_end = on_job_end,
    .on_node_back = on_node_back,
    .on_piece = on_piece,
    .on_disconnect = on_disconnect,
};
