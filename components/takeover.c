/* takeover.c - a backup of the master: follows its state, and takes its role.
 *
 * The Backup Master stands beside the master; the Remote Backup in another cluster, so that it outlives a power
 * failure. A backup has connections to the master and to the backups that come before it, and takes the role when all
 * of them have closed. It then knows of the jobs what it was told (MASTER_STATE), and what the subordinates that are
 * left tell it: which kernels they have. All else is dealt again. One that is started again and finds nobody before it
 * takes the role as well, unless another backup has it by then. */
#include <string.h>

#include "master.h"
#include "role.h"

enum { TIMER_RECONNECT, TIMER_ALONE };

static int job_named(ftblab_component *self, const ftblab_payload *payload)
{
  for (int i = 0; i < self->world->ops->job_count(self); i++) {
    const ftblab_job *job = self->world->ops->job(self, i);
    if (ftblab_master_has(job) && ftblab_payload_names(payload, "jobs", job->name))
      return i;
  }
  return -1;
}

/* SUB.2-replica row 2. */
static void on_state(ftblab_component *self, const ftblab_delivery *event)
{
  const ftblab_master *master = self->state;
  int job = job_named(self, event->payload);
  const ftblab_pair *pair = ftblab_payload_find(event->payload, "kernels");
  if (job < 0 || pair == NULL)
    return;
  ftblab_charge *charge = &master->jobs[job];
  ftblab_charge_update(charge, self->world->ops->job(self, job));
  int64_t total = ftblab_kernel_bag_total(&charge->bag); /* anybody may write any number */
  for (size_t i = 0; i < pair->item_count; i++) {
    const ftblab_item *item = &event->payload->items[pair->first_item + i];
    for (int64_t kernel = item->first > 0 ? item->first : 0; item->is_integer && kernel <= item->last && kernel < total;
         kernel++)
      ftblab_kernel_bag_finish(&charge->bag, kernel);
  }
  self->world->ops->note(self, "The replica of job %s is up to date", self->world->ops->job(self, job)->name);
}

/* SUB.2 row 4(b): another backup is the master. */
static void on_master(ftblab_component *self, const ftblab_delivery *event)
{
  ftblab_master *master = self->state;
  int node = ftblab_node_under(self, event->payload, "dnode");
  if (node < 0 || node == self->node)
    return;
  master->predecessor = node;
  self->world->ops->note(self, "The master is on node %s now", self->world->ops->node_name(self, node));
}

/* ---- taking the role ------------------------------------------------------------------------------------- */

/* What the subordinates have; what else the old master had results of is lost with it. Returns how many kernels of the
 * step nobody has. */
static int ask_subordinates(ftblab_component *self, int job)
{
  ftblab_charge *charge = &((ftblab_master *)self->state)->jobs[job];
  const ftblab_job *of = self->world->ops->job(self, job);
  ftblab_kernel_bag *bag = &charge->bag;
  int nobodys = 0;
  for (int rank = 0; rank < of->nodes_wanted * of->ranks_per_node; rank++) {
    int kernel = self->world->ops->job_piece_of(self, job, rank);
    charge->gone[rank] = self->world->ops->job_rank_is_hole(self, job, rank);
    ftblab_charge_set(charge, rank, kernel);
  }
  for (int kernel = 0; kernel < ftblab_kernel_bag_total(bag); kernel++) {
    if (bag->done[kernel] || bag->out[kernel])
      continue;
    self->world->ops->job_forget(self, job, kernel);
    nobodys += kernel / bag->width == bag->step;
  }
  return nobodys;
}

/* Nodes of JOB that do not answer, and whose ranks nobody has shut out. */
static void find_silent(ftblab_component *self, int job, ftblab_node_set *silent)
{
  const ftblab_master *master = self->state;
  const ftblab_job *of = self->world->ops->job(self, job);
  for (int i = 0; i < of->node_count; i++) {
    int node = of->nodes[i], count = self->world->ops->job_ranks_on(self, job, node, master->ranks);
    for (int j = 0; j < count && !master->up[node]; j++)
      if (!master->jobs[job].gone[master->ranks[j]])
        ftblab_node_set_add(silent, node);
  }
}

/* SUB.2 row 5, SUB.3 row 4(a). */
static void go_on(ftblab_component *self, int job)
{
  ftblab_master *master = self->state;
  const ftblab_job *of = self->world->ops->job(self, job);
  ftblab_text after = {0};
  ftblab_charge_update(&master->jobs[job], of);
  self->world->ops->job_serve(self, job);
  ftblab_text_addf(&after, ": %d kernels of step %d to deal that the replicated state does not have",
                   ask_subordinates(self, job), master->jobs[job].bag.step);
  const ftblab_announcement dealt = {
      .event = "KERNELS_DEALT", .before = "Without ", .after = ftblab_text_string(&after), .job = of};
  ftblab_node_set_clear(&master->named);
  ftblab_node_set_add(&master->named, master->predecessor);
  ftblab_announce_nodes(self, &dealt, &master->named);
  ftblab_text_free(&after);
  ftblab_node_set_clear(&master->named);
  find_silent(self, job, &master->named);
  if (master->named.count > 0)
    ftblab_master_lose(self, &master->named);
  ftblab_master_deal(self, job);
}

static bool keeps_kernels(const ftblab_component *self)
{
  const cJSON *keeps =
      cJSON_GetObjectItemCaseSensitive(self->parameters, "keeps"); /* the Backup Master's always does */
  return keeps == NULL || strcmp(keeps->valuestring, "kernels") == 0;
}

static void become_master(ftblab_component *self)
{
  const ftblab_master *master = self->state;
  self->world->ops->become(self, &ftblab_master_role);
  ftblab_master_connect(self);
  for (int i = 0; i < self->world->ops->job_count(self); i++) {
    const ftblab_job *job = self->world->ops->job(self, i);
    if (!ftblab_master_has(job) || job->state != FTBLAB_JOB_RUNNING)
      continue;
    if (keeps_kernels(self))
      go_on(self, i);
    else
      ftblab_master_begin_anew(self, i, master->predecessor);
  }
  ftblab_master_launch(self);
}

/* SUB.2 rows 1 and 3, SUB.3 rows 1 and 2. */
static void take_over(ftblab_component *self)
{
  ftblab_master *master = self->state;
  const char *from = self->world->ops->node_name(self, master->predecessor);
  const char *to = self->world->ops->node_name(self, self->node);
  const ftblab_announcement closed = {
      .event = "NODE_DISCONNECTED", .before = "The connection has closed to ", .after = ": it counts as failed"};
  ftblab_text payload = {0};
  ftblab_node_set_clear(&master->named);
  ftblab_node_set_add(&master->named, master->predecessor);
  ftblab_announce_nodes(self, &closed, &master->named);
  ftblab_add_value(&payload, "snode", from);
  ftblab_add_value(&payload, "dnode", to);
  if (payload.failed) {
    self->world->ops->fail(self, FTBLAB_ENOMEM, "no memory for a payload");
  } else {
    self->world->ops->note_throw(self, "Node %s takes the role of master from node %s", to, from);
    self->world->ops->publish(self, "MASTER_CHANGED", payload.data, 0);
  }
  ftblab_text_free(&payload);
  master->timer = self->world->ops->timer(self, ftblab_parameter(self, "reconnect"), TIMER_RECONNECT, 0);
}

/* Is there something to do that nobody does? */
static bool is_needed(ftblab_component *self)
{
  bool any = false;
  for (int i = 0; i < self->world->ops->job_count(self); i++) {
    const ftblab_job *job = self->world->ops->job(self, i);
    if (ftblab_master_has(job) && self->world->ops->job_is_served(self, i))
      return false;
    any = any || (ftblab_master_has(job) && job->state != FTBLAB_JOB_COMPLETED);
  }
  return any;
}

static void on_timer(ftblab_component *self, int tag, int64_t value)
{
  (void)value;
  if (tag == TIMER_RECONNECT)
    become_master(self);
  else if (is_needed(self))
    take_over(self);
}

static void on_disconnect(ftblab_component *self, int node)
{
  ftblab_master *master = self->state;
  ftblab_node_set_remove(&master->watched, node);
  if (master->watched.count == 0 && master->timer == 0)
    take_over(self);
}

/* ---- boot ------------------------------------------------------------------------------------------------ */

static const ftblab_interest interests[] = {
    {"MASTER_STATE", {"jobs", "kernels"}, on_state}, {"MASTER_CHANGED", {"snode", "dnode"}, on_master},
    {"NODE_DISCONNECTED", {"nodes"}, NULL},          {"NODE_CONNECTED", {"nodes"}, NULL},
    {"KERNELS_DEALT", {"nodes", "jobs"}, NULL},
};

static void on_event(ftblab_component *self, const ftblab_delivery *event)
{
  ftblab_react(self, interests, FTBLAB_COUNT(interests), event);
}

/* Connect to the master, the first in the list, and to the backups that come before this one. */
static ftblab_status watch(ftblab_component *self, ftblab_error *err)
{
  ftblab_master *master = self->state;
  const cJSON *list = cJSON_GetObjectItemCaseSensitive(self->parameters, "watches"), *name;
  master->predecessor = -1;
  cJSON_ArrayForEach(name, list)
  {
    int node = self->world->ops->node_index(self, name->valuestring, strlen(name->valuestring));
    if (node < 0)
      return ftblab_fail(err, FTBLAB_EINPUT, "watches: no node is called \"%s\"", name->valuestring);
    if (node == self->node)
      return ftblab_fail(err, FTBLAB_EINPUT, "watches: it runs on %s itself; give it another host", name->valuestring);
    if (master->predecessor < 0)
      master->predecessor = node;
    if (self->world->ops->connect(self, node))
      ftblab_node_set_add(&master->watched, node);
  }
  return master->predecessor >= 0 ? FTBLAB_OK
                                  : ftblab_fail(err, FTBLAB_EINPUT, "watches: the node of the master is missing");
}

static ftblab_status start(ftblab_component *self, ftblab_error *err)
{
  ftblab_status status = ftblab_master_allocate(self, err);
  if (!status)
    status = watch(self, err);
  if (!status)
    status = ftblab_register(self, interests, FTBLAB_COUNT(interests), err);
  if (status)
    ftblab_master_stop(self);
  else if (self->restarted && ((const ftblab_master *)self->state)->watched.count == 0)
    self->world->ops->timer(self, ftblab_parameter(self, "reconnect"), TIMER_ALONE, 0); /* as long as another takes */
  return status;
}

#define BACKUP(name, instance_name)                                                                                    \
  {                                                                                                                    \
    .role = name, .space = "ftb.kernels.backup", .instance = instance_name, .scope = FTBLAB_PER_CLUSTER,               \
    .application = "kernels", .state_size = sizeof(ftblab_master), .start = start, .stop = ftblab_master_stop,         \
    .on_event = on_event, .on_timer = on_timer, .on_disconnect = on_disconnect                                         \
  }

extern const ftblab_role_class ftblab_backup_master_role, ftblab_remote_backup_role;
const ftblab_role_class ftblab_backup_master_role = BACKUP("Backup Master", "backup");
const ftblab_role_class ftblab_remote_backup_role = BACKUP("Remote Backup", "remote");
