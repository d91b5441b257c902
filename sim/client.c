/* client.c - clients of the backplane. A client that is dead or disconnected stays in memory while a message, a packet
 * or a callback refers to it. */
#include <stdlib.h>
#include <string.h>

#include "backplane_internal.h"

static ftblab_status check_client(const ftblab_backplane *backplane, const ftblab_client_config *config,
                                  ftblab_error *err)
{
  if (config->name == NULL || config->name[0] == '\0' || strlen(config->name) >= FTBLAB_FTB_NAME_LIMIT)
    return ftblab_fail(err, FTBLAB_EINPUT, "a client's name has 1 to %d characters", FTBLAB_FTB_NAME_LIMIT - 1);
  ftblab_status status = ftblab_space_check(config->space, err);
  if (status != FTBLAB_OK)
    return status;
  if (config->node < 0 || config->node >= backplane->tree.count)
    return ftblab_fail(err, FTBLAB_EINPUT, "client %s: there is no node %d", config->name, config->node);
  if (!ftblab_engine_node_up(backplane->engine, config->node))
    return ftblab_fail(err, FTBLAB_EINPUT, "client %s: the node %s is down", config->name,
                       ftblab_engine_node_name(backplane->engine, config->node));
  return FTBLAB_OK;
}

/* A client of the same name on the same node (after a reboot, say) goes on with a stream of its own. */
static bool seed_stream(ftblab_client *client)
{
  ftblab_backplane *backplane = client->backplane;
  ftblab_text name = {0};
  ftblab_text_addf(&name, "%s@%s", client->name, ftblab_engine_node_name(backplane->engine, client->node));
  uint32_t number = name.failed ? FTBLAB_NO_NAME : ftblab_names_add(backplane->stream_names, name.data, name.length);
  if (number != FTBLAB_NO_NAME && number >= backplane->stream_capacity) {
    size_t capacity = 2 * (size_t)number + 16;
    unsigned *counts = realloc(backplane->stream_counts, capacity * sizeof *counts);
    if (counts != NULL) {
      memset(counts + backplane->stream_capacity, 0, (capacity - backplane->stream_capacity) * sizeof *counts);
      backplane->stream_counts = counts;
      backplane->stream_capacity = capacity;
    }
  }
  bool good = number != FTBLAB_NO_NAME && number < backplane->stream_capacity;
  if (good) {
    ftblab_text_addf(&name, "#%u", backplane->stream_counts[number]++);
    good = !name.failed;
  }
  if (good)
    ftblab_random_seed(&client->random, backplane->config.seed, name.data);
  ftblab_text_free(&name);
  return good;
}

static ftblab_client *make_client(ftblab_backplane *backplane, const ftblab_client_config *config)
{
  size_t name = strlen(config->name) + 1, space = strlen(config->space) + 1;
  size_t job = config->job != NULL ? strlen(config->job) + 1 : 0;
  ftblab_client *client = calloc(1, sizeof *client);
  char *text = malloc(name + space + job);
  if (client == NULL || text == NULL) {
    free(client);
    free(text);
    return NULL;
  }
  client->name = memcpy(text, config->name, name);
  client->space = memcpy(text + name, config->space, space);
  client->job = job > 0 ? memcpy(text + name + space, config->job, job) : NULL;
  client->backplane = backplane;
  client->subscriptions = &client->first;
  client->subscription_capacity = 1;
  client->node = config->node;
  client->deliver = config->deliver;
  client->undelivered = config->undelivered;
  client->argument = config->argument;
  client->serial = ++backplane->client_serial;
  client->holders = 1;
  if (!seed_stream(client)) {
    free(text);
    free(client);
    return NULL;
  }
  return client;
}

ftblab_status ftblab_client_connect(ftblab_backplane *backplane, const ftblab_client_config *config,
                                    ftblab_client **client, ftblab_error *err)
{
  ftblab_status status = check_client(backplane, config, err);
  if (status != FTBLAB_OK)
    return status;
  ftblab_client *made = make_client(backplane, config);
  if (made == NULL)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the client %s", config->name);
  ftblab_client **last = &backplane->agents[config->node].first;
  while (*last != NULL)
    last = &(*last)->next_on_node;
  *last = made;
  made->previous = &backplane->clients;
  made->next = backplane->clients;
  if (made->next != NULL)
    made->next->previous = &made->next;
  backplane->clients = made;
  ftblab_agent_update(backplane, config->node);
  *client = made;
  return FTBLAB_OK;
}

void ftblab_agent_update(ftblab_backplane *backplane, int node)
{
  ftblab_agent *agent = &backplane->agents[node];
  const ftblab_client *only = agent->first;
  agent->deliver = NULL;
  if (only == NULL || only->next_on_node != NULL || only->subscription_count != 1)
    return;
  agent->deliver = only->deliver;
  agent->argument = only->argument;
  agent->group = only->subscriptions[0].group;
  agent->since = only->subscriptions[0].since;
}

static void leave_groups(ftblab_client *client)
{
  for (size_t i = 0; i < client->subscription_count; i++)
    ftblab_group_leave(client->subscriptions[i].group, client);
  client->subscription_count = 0;
}

static void free_client(ftblab_client *client)
{
  *client->previous = client->next;
  if (client->next != NULL)
    client->next->previous = client->previous;
  for (size_t i = 0; i < client->declaration_count; i++)
    free(client->declarations[i].event);
  free(client->declarations);
  if (client->subscriptions != &client->first)
    free(client->subscriptions);
  free(client->name);
  free(client);
}

void ftblab_client_hold(ftblab_client *client)
{
  client->holders++;
}

void ftblab_client_release(ftblab_client *client)
{
  ftblab_backplane *backplane = client->backplane;
  if (--client->holders > 0 || backplane->ending)
    return;
  if (backplane->delivering > 0)
    backplane->unheld = true;
  else
    free_client(client);
}

void ftblab_clients_sweep(ftblab_backplane *backplane)
{
  backplane->unheld = false;
  for (ftblab_client *client = backplane->clients, *next; client != NULL; client = next) {
    next = client->next;
    if (client->holders == 0)
      free_client(client);
  }
}

void ftblab_client_disconnect(ftblab_client *client)
{
  if (client == NULL || client->disconnected)
    return;
  ftblab_client **at = &client->backplane->agents[client->node].first;
  while (*at != NULL && *at != client)
    at = &(*at)->next_on_node;
  if (*at == client)
    *at = client->next_on_node;
  ftblab_agent_update(client->backplane, client->node);
  leave_groups(client);
  client->dead = client->disconnected = true;
  ftblab_reliable_client_gone(client);
  ftblab_client_release(client);
}

void ftblab_clients_died(ftblab_backplane *backplane, int node)
{
  ftblab_client *client = backplane->agents[node].first, *next;
  backplane->agents[node].first = NULL;
  ftblab_agent_update(backplane, node);
  for (; client != NULL; client = next) {
    next = client->next_on_node;
    client->next_on_node = NULL;
    client->dead = true;
    for (size_t i = 0; i < client->subscription_count; i++) {
      ftblab_targets_release(client->subscriptions[i].group->targets);
      client->subscriptions[i].group->targets = NULL;
    }
    ftblab_reliable_client_gone(client);
  }
}

/* Until now publishers took the clients of NODE that died by then for alive and sent reliable events to them. */
void ftblab_clients_forget(ftblab_backplane *backplane, int node)
{
  for (ftblab_client *client = backplane->clients; client != NULL; client = client->next)
    if (client->node == node && client->dead)
      leave_groups(client);
}

void ftblab_clients_free(ftblab_backplane *backplane)
{
  while (backplane->clients != NULL)
    free_client(backplane->clients);
}

const char *ftblab_client_name(const ftblab_client *client)
{
  return client->name;
}

/* ---- declarations and subscriptions -------------------------------------------------------------- */

static ftblab_status check_alive(const ftblab_client *client, ftblab_error *err)
{
  if (!client->dead)
    return FTBLAB_OK;
  return ftblab_fail(err, FTBLAB_EINPUT, "the client %s is not connected", client->name);
}

static const ftblab_declaration *find_declaration(const ftblab_client *client, const char *event)
{
  for (size_t i = 0; i < client->declaration_count; i++)
    if (strcmp(client->declarations[i].event, event) == 0)
      return &client->declarations[i];
  return NULL;
}

const char *ftblab_client_severity(const ftblab_client *client, const char *event)
{
  const ftblab_declaration *declaration = find_declaration(client, event);
  return declaration != NULL ? declaration->severity : NULL;
}

ftblab_status ftblab_client_declare(ftblab_client *client, const char *event, const char *severity, ftblab_error *err)
{
  ftblab_status status = check_alive(client, err);
  if (status != FTBLAB_OK)
    return status;
  if (event == NULL || event[0] == '\0' || strlen(event) >= FTBLAB_FTB_NAME_LIMIT)
    return ftblab_fail(err, FTBLAB_EINPUT, "an event's name has 1 to %d characters", FTBLAB_FTB_NAME_LIMIT - 1);
  if (!ftblab_severity_known(severity))
    return ftblab_fail(err, FTBLAB_EINPUT, "%s: the severity \"%s\" is none of fatal, error, warning, info", event,
                       severity != NULL ? severity : "");
  const ftblab_declaration *known = find_declaration(client, event);
  if (known != NULL && strcmp(known->severity, severity) != 0)
    return ftblab_fail(err, FTBLAB_EINPUT, "%s is already declared as %s by %s", event, known->severity, client->name);
  if (known != NULL)
    return FTBLAB_OK;
  size_t event_size = strlen(event) + 1, severity_size = strlen(severity) + 1;
  ftblab_declaration *grown = realloc(client->declarations, (client->declaration_count + 1) * sizeof *grown);
  if (grown != NULL)
    client->declarations = grown;
  char *text = grown != NULL ? malloc(event_size + severity_size) : NULL;
  if (text == NULL)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory to declare %s", event);
  grown[client->declaration_count++] =
      (ftblab_declaration){memcpy(text, event, event_size), memcpy(text + event_size, severity, severity_size)};
  return FTBLAB_OK;
}

static bool in_group(const ftblab_client *client, const ftblab_group *group)
{
  for (size_t i = 0; i < client->subscription_count; i++)
    if (client->subscriptions[i].group == group)
      return true;
  return false;
}

static bool subscription_room(ftblab_client *client)
{
  if (client->subscription_count < client->subscription_capacity)
    return true;
  bool inside = client->subscriptions == &client->first;
  unsigned capacity = 2 * client->subscription_capacity;
  ftblab_subscription *grown = realloc(inside ? NULL : client->subscriptions, capacity * sizeof *grown);
  if (grown == NULL)
    return false;
  if (inside)
    grown[0] = client->first;
  client->subscriptions = grown;
  client->subscription_capacity = capacity;
  return true;
}

ftblab_status ftblab_client_subscribe(ftblab_client *client, const ftblab_filter *filter, uint64_t *subscription,
                                      ftblab_error *err)
{
  static const ftblab_filter everything;
  ftblab_status status = check_alive(client, err);
  if (status != FTBLAB_OK)
    return status;
  ftblab_error reason = {.status = FTBLAB_OK};
  ftblab_group *group = ftblab_group_find(client->backplane, filter != NULL ? filter : &everything, &reason);
  if (group == NULL)
    return ftblab_fail(err, reason.status, "%s", reason.text);
  if (!subscription_room(client) || (!in_group(client, group) && !ftblab_group_join(group, client)))
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for a subscription of %s", client->name);
  uint64_t id = ++client->backplane->subscription_serial;
  client->subscriptions[client->subscription_count++] =
      (ftblab_subscription){.group = group, .id = id, .since = client->backplane->message_serial};
  ftblab_agent_update(client->backplane, client->node);
  if (subscription != NULL)
    *subscription = id;
  return FTBLAB_OK;
}

ftblab_status ftblab_client_unsubscribe(ftblab_client *client, uint64_t subscription, ftblab_error *err)
{
  ftblab_status status = check_alive(client, err);
  if (status != FTBLAB_OK)
    return status;
  for (size_t i = 0; i < client->subscription_count; i++)
    if (client->subscriptions[i].id == subscription) {
      ftblab_group *group = client->subscriptions[i].group;
      client->subscription_count--;
      memmove(&client->subscriptions[i], &client->subscriptions[i + 1],
              (client->subscription_count - i) * sizeof *client->subscriptions);
      if (!in_group(client, group))
        ftblab_group_leave(group, client);
      ftblab_agent_update(client->backplane, client->node);
      return FTBLAB_OK;
    }
  return ftblab_fail(err, FTBLAB_EINPUT, "the client %s has no subscription %llu", client->name,
                     (unsigned long long)subscription);
}

size_t ftblab_client_match(const ftblab_client *client, const ftblab_event *event)
{
  for (size_t i = 0; i < event->group_count; i++)
    for (size_t j = 0; j < client->subscription_count; j++)
      if (client->subscriptions[j].group == event->groups[i] && client->subscriptions[j].since < event->message.id)
        return i;
  return event->group_count;
}
