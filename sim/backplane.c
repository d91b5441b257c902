/* backplane.c - start and end, publishing, and what an agent does with what
 * arrives. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "backplane_internal.h"

/* ---- parcels
 * -------------------------------------------------------------------------------------
 */

void ftblab_backplane_fail(ftblab_backplane *backplane)
{
  ftblab_engine_fail(backplane->engine);
}

void ftblab_parcel_enter(ftblab_backplane *backplane, ftblab_parcel *parcel, ftblab_parcel_kind kind)
{
  *parcel = (ftblab_parcel){kind, 1, backplane, backplane->all_parcels, &backplane->all_parcels};
  if (parcel->next != NULL)
    parcel->next->previous = &parcel->next;
  backplane->all_parcels = parcel;
}

static void free_event(ftblab_event *event)
{
  ftblab_targets_release(event->targets);
  free(event->seen);
  if (!event->parcel.backplane->ending)
    ftblab_client_release(event->publisher);
  free(event);
}

void ftblab_parcel_release(ftblab_parcel *parcel)
{
  if (--parcel->holders > 0)
    return;
  *parcel->previous = parcel->next;
  if (parcel->next != NULL)
    parcel->next->previous = parcel->previous;
  if (parcel->kind == FTBLAB_PARCEL_EVENT)
    free_event((ftblab_event *)(void *)parcel);
  else
    ftblab_reliable_free_packet(parcel);
}

void ftblab_parcel_hop(ftblab_backplane *backplane, ftblab_parcel *parcel, int from, int to, double date)
{
  parcel->holders++;
  backplane->counters.hops++;
  backplane->carrier->send(backplane, parcel, from, to, date);
}

void ftblab_backplane_dropped(ftblab_parcel *parcel)
{
  parcel->backplane->counters.lost++;
  ftblab_parcel_release(parcel);
}

/* ---- at an agent
 * ---------------------------------------------------------------------------------
 */

/* A callback may disconnect any client: their memory, and with it the links of
 * this list, stays until we are through. */
static void deliver_to_list(ftblab_backplane *backplane, ftblab_event *event, int node, double date)
{
  backplane->delivering++;
  for (ftblab_client *client = backplane->agents[node].first, *next; client != NULL; client = next) {
    next = client->next_on_node;
    if (!client->dead && ftblab_client_match(client, event) < event->group_count)
      ftblab_channel_deliver(client, event, date);
  }
  if (--backplane->delivering == 0 && backplane->unheld)
    ftblab_clients_sweep(backplane);
}

static void deliver_locally(ftblab_backplane *backplane, ftblab_event *event, int node, double date)
{
  const ftblab_agent *agent = &backplane->agents[node];
  if (agent->deliver == NULL || !backplane->perfect || event->group_count != 1) {
    deliver_to_list(backplane, event, node, date);
  } else if (agent->group == event->groups[0] && agent->since < event->message.id) {
    backplane->counters.delivered++;
    agent->deliver(agent->argument, &event->message, date);
  }
}

static bool first_time(unsigned char *seen, size_t place)
{
  unsigned char bit = (unsigned char)(1 << place % 8);
  bool first = (seen[place / 8] & bit) == 0;
  seen[place / 8] |= bit;
  return first;
}

static void spread_everywhere(ftblab_backplane *backplane, ftblab_event *event, int from, int at, double date)
{
  const ftblab_tree *tree = &backplane->tree;
  if (!first_time(event->seen, (size_t)at))
    return;
  for (int child = tree->first_child[at]; child >= 0; child = tree->next_sibling[child])
    if (child != from && tree->parent[child] == at)
      ftblab_parcel_hop(backplane, &event->parcel, at, child, date);
  if (tree->parent[at] >= 0 && tree->parent[at] != from)
    ftblab_parcel_hop(backplane, &event->parcel, at, tree->parent[at], date);
  deliver_locally(backplane, event, at, date);
}

/* One copy to each child that has targets below it. Targets are sorted depth
 * first, so each child's are together. */
static bool spread_down(ftblab_backplane *backplane, ftblab_event *event, int from, int at, size_t low, size_t high,
                        double date)
{
  const ftblab_tree *tree = &backplane->tree;
  bool here = false;
  while (low < high) {
    int node = event->targets->nodes[low];
    if (node == at) {
      here = first_time(event->seen, low);
      low++;
      continue;
    }
    while (tree->parent[node] != at)
      node = tree->parent[node];
    if (node != from)
      ftblab_parcel_hop(backplane, &event->parcel, at, node, date);
    low = ftblab_targets_lower_bound(tree, event->targets, node, true);
  }
  return here;
}

static void spread_to_targets(ftblab_backplane *backplane, ftblab_event *event, int from, int at, double date)
{
  ftblab_tree *tree = &backplane->tree;
  if (!ftblab_targets_refresh(backplane, event)) {
    ftblab_backplane_fail(backplane);
    return;
  }
  ftblab_tree_number_for(tree, event->targets->count);
  size_t low = ftblab_targets_lower_bound(tree, event->targets, at, false);
  size_t high = ftblab_targets_lower_bound(tree, event->targets, at, true);
  bool outside = high - low < event->targets->count;
  if (outside && tree->parent[at] >= 0 && tree->parent[at] != from)
    ftblab_parcel_hop(backplane, &event->parcel, at, tree->parent[at], date);
  else if (outside && tree->parent[at] < 0)
    backplane->counters.lost++; /* some are beyond a break of the tree */
  if (spread_down(backplane, event, from, at, low, high, date))
    deliver_locally(backplane, event, at, date);
}

static void spread(ftblab_backplane *backplane, ftblab_event *event, int from, int at, double date)
{
  if (event->targets->everyone)
    spread_everywhere(backplane, event, from, at, date);
  else
    spread_to_targets(backplane, event, from, at, date);
}

void ftblab_parcel_route(ftblab_parcel *parcel, int at, double date)
{
  ftblab_backplane *backplane = parcel->backplane;
  int target = ftblab_reliable_target(parcel);
  if (at == target) {
    ftblab_reliable_arrived(parcel, date);
    return;
  }
  int next = ftblab_tree_towards(&backplane->tree, at, target);
  if (next < 0)
    backplane->counters.lost++;
  else
    ftblab_parcel_hop(backplane, parcel, at, next, date);
}

void ftblab_backplane_arrived(ftblab_parcel *parcel, int64_t hop, double date)
{
  ftblab_backplane *backplane = parcel->backplane;
  int from = (int)(hop >> 32), at = (int)(hop & INT32_MAX);
  if (!ftblab_engine_node_up(backplane->engine, at))
    backplane->counters.lost++;
  else if (parcel->kind == FTBLAB_PARCEL_EVENT)
    spread(backplane, (ftblab_event *)(void *)parcel, from, at, date);
  else
    ftblab_parcel_route(parcel, at, date);
  ftblab_parcel_release(parcel);
}

/* ---- publishing
 * ----------------------------------------------------------------------------------
 */

static ftblab_status check_publish(ftblab_client *client, const ftblab_message *message, ftblab_error *err)
{
  ftblab_backplane *backplane = client->backplane;
  if (client->dead)
    return ftblab_fail(err, FTBLAB_EINPUT, "the client %s is not connected", client->name);
  if (message->severity == NULL)
    return ftblab_fail(err, FTBLAB_EINPUT, "%s was not declared by %s", message->event, client->name);
  size_t length = strlen(message->payload);
  if (length > FTBLAB_PAYLOAD_LIMIT)
    return ftblab_fail(err, FTBLAB_EINPUT, "%s: a payload of %zu bytes is over the limit of %d", message->event, length,
                       FTBLAB_PAYLOAD_LIMIT);
  if (message->response_to > backplane->message_serial)
    return ftblab_fail(err, FTBLAB_EINPUT, "%s answers an event that was never published", message->event);
  ftblab_status status = FTBLAB_OK;
  backplane->scratch.pair_count = 0;
  if (length > 0)
    status = ftblab_payload_parse(&backplane->scratch, message->payload, length, err);
  return status == FTBLAB_OK ? status : ftblab_while(err, "publishing %s", message->event);
}

static size_t find_groups(ftblab_client *client, const ftblab_message *message)
{
  ftblab_backplane *backplane = client->backplane;
  size_t count = 0, length = strlen(message->event);
  for (size_t i = 0; i < backplane->group_count; i++) {
    ftblab_group *group = backplane->groups[i];
    const ftblab_pattern *pattern = &group->pattern;
    if (pattern->event != NULL && /* nearly all ask for one, and most for another */
        (pattern->event_length != length || memcmp(pattern->event, message->event, length) != 0))
      continue;
    if (group->member_count > 0 && ftblab_pattern_matches(&group->pattern, client, message, &backplane->scratch))
      backplane->matching[count++] = group;
  }
  return count;
}

static ftblab_event *make_event(ftblab_client *client, const ftblab_message *message)
{
  ftblab_backplane *backplane = client->backplane;
  size_t group_count = find_groups(client, message), groups_size = group_count * sizeof(ftblab_group *);
  const char *const strings[] = {message->event, message->severity, message->payload};
  size_t size[FTBLAB_COUNT(strings)], total = sizeof(ftblab_event) + groups_size;
  for (size_t i = 0; i < FTBLAB_COUNT(strings); i++)
    total += size[i] = strlen(strings[i]) + 1;
  ftblab_event *event = malloc(total);
  if (event == NULL)
    return NULL;
  char *text = (char *)event + sizeof *event + groups_size;
  *event = (ftblab_event){.message = *message, .publisher = client, .group_count = group_count};
  if (group_count > 0)
    memcpy(event->groups, backplane->matching, groups_size);
  event->message.event = memcpy(text, strings[0], size[0]);
  event->message.severity = memcpy(text + size[0], strings[1], size[1]);
  event->message.payload = memcpy(text + size[0] + size[1], strings[2], size[2]);
  ftblab_parcel_enter(backplane, &event->parcel, FTBLAB_PARCEL_EVENT);
  ftblab_client_hold(client);
  return event;
}

/* Each subscriber once, in the order of groups and joining. */
static bool publish_reliable(ftblab_event *event, double date)
{
  bool good = true;
  for (size_t i = 0; i < event->group_count && good; i++)
    for (size_t j = 0; j < event->groups[i]->member_count && good; j++) {
      ftblab_client *member = event->groups[i]->members[j];
      if (ftblab_client_match(member, event) == i)
        good = ftblab_reliable_publish(event, member, date);
    }
  return good;
}

static bool publish_unreliable(ftblab_event *event, double date)
{
  ftblab_backplane *backplane = event->parcel.backplane;
  event->targets = ftblab_targets_of(backplane, event);
  if (event->targets == NULL)
    return false;
  size_t places = event->targets->everyone ? (size_t)backplane->tree.count : event->targets->count;
  event->seen = calloc(places / 8 + 1, 1);
  if (event->seen == NULL)
    return false;
  if (places > 0)
    spread(backplane, event, -1, event->publisher->node, date);
  return true;
}

/* Publishing waits for the scheduler: a client's callback never runs inside a
 * client's call. */
static void start_event(void *argument, int64_t value, double date)
{
  ftblab_event *event = argument;
  (void)value;
  if (!event->publisher->dead && event->group_count > 0) {
    bool good = event->message.reliable ? publish_reliable(event, date) : publish_unreliable(event, date);
    if (!good)
      ftblab_backplane_fail(event->parcel.backplane);
  }
  ftblab_parcel_release(&event->parcel);
}

ftblab_status ftblab_client_publish(ftblab_client *client, const char *event, const char *payload, bool reliable,
                                    uint64_t response_to, uint64_t *id, ftblab_error *err)
{
  ftblab_backplane *backplane = client->backplane;
  double now = ftblab_engine_now(backplane->engine);
  ftblab_message message = {.id = backplane->message_serial + 1,
                            .event = event,
                            .severity = ftblab_client_severity(client, event),
                            .payload = payload != NULL ? payload : "",
                            .reliable = reliable,
                            .response = response_to != 0,
                            .response_to = response_to,
                            .published = now,
                            .publisher = client};
  ftblab_status status = check_publish(client, &message, err);
  if (status != FTBLAB_OK)
    return status;
  ftblab_event *made = make_event(client, &message);
  if (made == NULL)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory to publish %s", event);
  backplane->message_serial++;
  backplane->counters.published++;
  ftblab_engine_at(backplane->engine, now, start_event, made, 0);
  if (id != NULL)
    *id = message.id;
  return FTBLAB_OK;
}

/* ---- start and end
 * -------------------------------------------------------------------------------
 */

static bool is_probability(double value)
{
  return value >= 0 && value <= 1;
}

static bool is_time(double value)
{
  return value >= 0 && !isinf(value);
}

static ftblab_status check_config(const ftblab_backplane_config *config, ftblab_error *err)
{
  const ftblab_quality *quality = &config->quality;
  if (config->arity < 1)
    return ftblab_fail(err, FTBLAB_EINPUT, "the arity of the agent tree is at least 1");
  if (!is_time(config->heal_time) || !is_time(config->message_bytes))
    return ftblab_fail(err, FTBLAB_EINPUT, "the healing time and the message size are 0 or more");
  if (!is_probability(quality->loss) || !is_probability(quality->duplication) || !is_probability(quality->reordering))
    return ftblab_fail(err, FTBLAB_EINPUT, "the channel's probabilities lie between 0 and 1");
  if (!is_time(config->delivery_delay) || !is_time(quality->reorder_delay) || !is_time(quality->delay_mean))
    return ftblab_fail(err, FTBLAB_EINPUT, "the channel's delays are 0 or more");
  if (!(config->retry_first > 0) || !(config->retry_factor >= 1) || !(config->retry_max >= config->retry_first) ||
      config->retry_limit < 1)
    return ftblab_fail(err, FTBLAB_EINPUT,
                       "retries need a first wait above 0, a longest wait of "
                       "no less, and a factor and a limit of 1 or "
                       "more");
  return FTBLAB_OK;
}

static ftblab_status start(ftblab_backplane *backplane, ftblab_error *err)
{
  const ftblab_quality *quality = &backplane->config.quality;
  backplane->perfect = backplane->config.delivery_delay <= 0 && quality->loss <= 0 && quality->duplication <= 0 &&
                       quality->reordering <= 0 && quality->delay_mean <= 0;
  backplane->carrier =
      backplane->config.transport == FTBLAB_TRANSPORT_FLOW ? &ftblab_flow_carrier : &ftblab_latency_carrier;
  size_t size = ftblab_engine_nodes(backplane->engine) * sizeof *backplane->agents;
  backplane->agents = aligned_alloc(sizeof *backplane->agents, size);
  backplane->stream_names = ftblab_names_new();
  backplane->group_names = ftblab_names_new();
  if (backplane->agents == NULL || backplane->stream_names == NULL || backplane->group_names == NULL)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the backplane");
  memset(backplane->agents, 0, size);
  ftblab_status status = ftblab_tree_start(backplane, err);
  if (status != FTBLAB_OK)
    return status;
  if (!backplane->carrier->start(backplane))
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the backplane");
  ftblab_engine_on_node(backplane->engine, ftblab_tree_node, backplane);
  return FTBLAB_OK;
}

ftblab_status ftblab_backplane_new(ftblab_engine *engine, const ftblab_backplane_config *config,
                                   ftblab_backplane **backplane, ftblab_error *err)
{
  ftblab_status status = check_config(config, err);
  if (status != FTBLAB_OK)
    return status;
  ftblab_backplane *made = calloc(1, sizeof *made);
  if (made == NULL)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the backplane");
  made->engine = engine;
  made->config = *config;
  status = start(made, err);
  if (status != FTBLAB_OK) {
    ftblab_backplane_free(made);
    return status;
  }
  *backplane = made;
  return FTBLAB_OK;
}

void ftblab_backplane_use(ftblab_backplane *backplane, const struct ftblab_interfaces *interfaces)
{
  backplane->interfaces = interfaces;
}

void ftblab_backplane_network_changed(ftblab_backplane *backplane)
{
  backplane->cuts++;
  ftblab_tree_network_changed(backplane);
}

static void free_groups(ftblab_backplane *backplane)
{
  for (size_t i = 0; i < backplane->group_count; i++) {
    ftblab_group *group = backplane->groups[i];
    ftblab_targets_release(group->targets);
    ftblab_pattern_free(&group->pattern);
    free(group->members);
    free(group);
  }
  free(backplane->groups);
  free(backplane->matching);
}

/* Everything is freed by its own list, whoever holds it: `ending` keeps
 * releases from following references. */
static void free_parcels(ftblab_backplane *backplane)
{
  while (backplane->all_parcels != NULL) {
    backplane->all_parcels->holders = 1;
    ftblab_parcel_release(backplane->all_parcels);
  }
}

static void free_pools(ftblab_backplane *backplane)
{
  ftblab_pool_free(&backplane->copies);
  ftblab_pool_free(&backplane->packets);
  ftblab_pool_free(&backplane->pending);
  ftblab_pool_free(&backplane->early);
}

void ftblab_backplane_free(ftblab_backplane *backplane)
{
  if (backplane == NULL)
    return;
  backplane->ending = true;
  ftblab_engine_off_node(backplane->engine, ftblab_tree_node, backplane);
  if (backplane->carrier != NULL)
    backplane->carrier->free(backplane);
  ftblab_reliable_free(backplane);
  ftblab_channel_free(backplane);
  free_parcels(backplane);
  free_pools(backplane);
  ftblab_clients_free(backplane);
  free_groups(backplane);
  ftblab_tree_free(&backplane->tree);
  ftblab_names_free(backplane->stream_names);
  ftblab_names_free(backplane->group_names);
  ftblab_payload_free(&backplane->scratch);
  ftblab_text_free(&backplane->filter_key);
  free(backplane->stream_counts);
  free(backplane->agents);
  free(backplane);
}

ftblab_backplane_counters ftblab_backplane_count(const ftblab_backplane *backplane)
{
  return backplane->counters;
}

int ftblab_backplane_parent(const ftblab_backplane *backplane, int node)
{
  return backplane->tree.parent[node];
}

bool ftblab_backplane_busy(const ftblab_backplane *backplane)
{
  return backplane->all_parcels != NULL || backplane->outstanding > 0 || backplane->healings > 0;
}
