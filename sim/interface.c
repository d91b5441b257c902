/* interface.c - see interface.h. Which links are an interface's own is found when it first goes down. */
#include "interface.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <simgrid/host.h>

#include "simgrid_shim.h"

typedef struct port {
  sg_host_t host;
  const char *name;
  int node;
  bool up, knows_links;
  unsigned changes;
  double corruption; /* probability of each message */
  sg_link_t links[2];
  size_t link_count;
} port;

struct ftblab_interfaces {
  ftblab_engine *engine;
  port *all;
  size_t total, capacity, down;
  int *first;   /* by node, and one more: the place of its first port */
  char **texts; /* by node: where its names stand; NULL: default_name */
  ftblab_random random;
  ftblab_fabric *fabric; /* NULL: no link between them fails */
  const char *control;   /* name of those that the backplane may take; NULL: all */
  bool control_apart;    /* it takes none */
};

static const char default_name[] = "net0";

/* ---- what there is --------------------------------------------------------------------------------- */

static port *add(ftblab_interfaces *interfaces, int node, sg_host_t host, const char *name)
{
  if (interfaces->total == interfaces->capacity) {
    size_t capacity = interfaces->capacity == 0 ? 64 : 2 * interfaces->capacity;
    port *grown = realloc(interfaces->all, capacity * sizeof *grown);
    if (grown == NULL)
      return NULL;
    interfaces->all = grown;
    interfaces->capacity = capacity;
  }
  port *added = &interfaces->all[interfaces->total++];
  *added = (port){.host = host, .name = name, .node = node, .up = true};
  return added;
}

/* One word of the property, "NAME:HOST" or "HOST". NAMES: room for a name made from the position. */
static ftblab_status add_word(ftblab_interfaces *interfaces, int node, char *word, char *made, ftblab_error *err)
{
  const char *owner = ftblab_engine_node_name(interfaces->engine, node), *name = made;
  char *host_name = strchr(word, ':');
  if (host_name != NULL) {
    *host_name++ = '\0';
    name = word;
  } else {
    host_name = word;
  }
  sg_host_t host = sg_host_by_name(host_name);
  if (host == NULL)
    return ftblab_fail(err, FTBLAB_EINPUT, "the property interfaces of host \"%s\" names \"%s\", which is no host",
                       owner, host_name);
  for (size_t i = (size_t)interfaces->first[node]; i < interfaces->total; i++)
    if (strcmp(interfaces->all[i].name, name) == 0)
      return ftblab_fail(err, FTBLAB_EINPUT, "host \"%s\" has two interfaces \"%s\"", owner, name);
  return add(interfaces, node, host, name) != NULL
             ? FTBLAB_OK
             : ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the interfaces of %s", owner);
}

static ftblab_status add_listed(ftblab_interfaces *interfaces, int node, const char *property, ftblab_error *err)
{
  enum { MADE_NAME = 16 };
  size_t length = strlen(property), words = length / 2 + 1; /* at most, a word and a blank each */
  char *text = malloc(length + 1 + words * MADE_NAME), *save = NULL;
  if (text == NULL)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the interfaces");
  interfaces->texts[node] = text;
  memcpy(text, property, length + 1);
  char *made = text + length + 1;
  int position = 0;
  for (char *word = strtok_r(text, " \t\n", &save); word != NULL; word = strtok_r(NULL, " \t\n", &save)) {
    snprintf(made, MADE_NAME, "net%d", position++);
    ftblab_status status = add_word(interfaces, node, word, made, err);
    if (status != FTBLAB_OK)
      return status;
    made += MADE_NAME;
  }
  return FTBLAB_OK;
}

static ftblab_status add_node(ftblab_interfaces *interfaces, int node, ftblab_error *err)
{
  sg_host_t host = ftblab_engine_node_host(interfaces->engine, node);
  const char *property = sg_host_get_property_value(host, "interfaces");
  interfaces->first[node] = (int)interfaces->total;
  if (property != NULL)
    return add_listed(interfaces, node, property, err);
  return add(interfaces, node, host, default_name) != NULL
             ? FTBLAB_OK
             : ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the interfaces");
}

/* A crashed node takes the endpoints of its further interfaces with it. */
static void on_node(void *argument, int node, bool up)
{
  const ftblab_interfaces *interfaces = argument;
  sg_host_t own = ftblab_engine_node_host(interfaces->engine, node);
  for (int i = interfaces->first[node]; i < interfaces->first[node + 1]; i++) {
    sg_host_t host = interfaces->all[i].host;
    if (host == own || ftblab_engine_control_only(interfaces->engine) || sg_host_is_on(host) == (up ? 1 : 0))
      continue;
    if (up)
      sg_host_turn_on(host);
    else
      sg_host_turn_off(host);
  }
}

ftblab_status ftblab_interfaces_new(ftblab_engine *engine, uint64_t seed, ftblab_interfaces **interfaces,
                                    ftblab_error *err)
{
  size_t nodes = ftblab_engine_nodes(engine);
  ftblab_interfaces *made = calloc(1, sizeof *made);
  if (made == NULL)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the interfaces");
  made->engine = engine;
  made->first = calloc(nodes + 1, sizeof *made->first);
  made->texts = calloc(nodes + 1, sizeof *made->texts);
  ftblab_status status = made->first != NULL && made->texts != NULL
                             ? FTBLAB_OK
                             : ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the interfaces");
  for (size_t i = 0; i < nodes && status == FTBLAB_OK; i++)
    status = add_node(made, (int)i, err);
  if (status != FTBLAB_OK) {
    ftblab_interfaces_free(made);
    return status;
  }
  made->first[nodes] = (int)made->total;
  ftblab_random_seed(&made->random, seed, "interfaces");
  ftblab_engine_on_node(engine, on_node, made);
  *interfaces = made;
  return FTBLAB_OK;
}

void ftblab_interfaces_free(ftblab_interfaces *interfaces)
{
  if (interfaces == NULL)
    return;
  ftblab_engine_off_node(interfaces->engine, on_node, interfaces);
  for (size_t i = 0; interfaces->texts != NULL && i < ftblab_engine_nodes(interfaces->engine); i++)
    free(interfaces->texts[i]);
  free(interfaces->texts);
  free(interfaces->first);
  free(interfaces->all);
  free(interfaces);
}

void ftblab_interfaces_connect(ftblab_interfaces *interfaces, ftblab_fabric *fabric)
{
  interfaces->fabric = fabric;
}

size_t ftblab_interfaces_total(const ftblab_interfaces *interfaces)
{
  return interfaces->total;
}

int ftblab_interfaces_count(const ftblab_interfaces *interfaces, int node)
{
  return interfaces->first[node + 1] - interfaces->first[node];
}

int ftblab_interfaces_place(const ftblab_interfaces *interfaces, int node, int interface)
{
  return interfaces->first[node] + interface;
}

int ftblab_interfaces_find(const ftblab_interfaces *interfaces, int node, const char *name, size_t length)
{
  for (int i = interfaces->first[node]; i < interfaces->first[node + 1]; i++) {
    const char *known = interfaces->all[i].name;
    if (strlen(known) == length && memcmp(known, name, length) == 0)
      return i - interfaces->first[node];
  }
  return -1;
}

const char *ftblab_interface_name(const ftblab_interfaces *interfaces, int place)
{
  return interfaces->all[place].name;
}

int ftblab_interface_node(const ftblab_interfaces *interfaces, int place)
{
  return interfaces->all[place].node;
}

void *ftblab_interface_host(const ftblab_interfaces *interfaces, int place)
{
  return interfaces->all[place].host;
}

/* ---- how it is -------------------------------------------------------------------------------------- */

bool ftblab_interface_up(const ftblab_interfaces *interfaces, int place)
{
  return interfaces->all[place].up;
}

bool ftblab_interfaces_all_up(const ftblab_interfaces *interfaces)
{
  return interfaces->down == 0;
}

double ftblab_interface_corruption(const ftblab_interfaces *interfaces, int place)
{
  return interfaces->all[place].corruption;
}

bool ftblab_interface_sound(const ftblab_interfaces *interfaces, int place)
{
  const port *asked = &interfaces->all[place];
  return asked->up && !(asked->corruption > 0) && ftblab_engine_node_up(interfaces->engine, asked->node);
}

unsigned ftblab_interface_changes(const ftblab_interfaces *interfaces, int place)
{
  return interfaces->all[place].changes;
}

/* Two interfaces of other nodes on the same rail, between which a route is none of PLACE's business. */
static void find_peers(const ftblab_interfaces *interfaces, int place, sg_host_t peers[2])
{
  const port *self = &interfaces->all[place];
  int count = 0;
  for (size_t i = 0; i < interfaces->total && count < 2; i++)
    if (interfaces->all[i].node != self->node && strcmp(interfaces->all[i].name, self->name) == 0)
      peers[count++] = interfaces->all[i].host;
}

static void find_links(ftblab_interfaces *interfaces, int place)
{
  port *self = &interfaces->all[place];
  sg_host_t peers[2] = {NULL, NULL};
  if (self->knows_links)
    return;
  find_peers(interfaces, place, peers);
  self->link_count = ftblab_shim_own_links(self->host, peers[0], peers[1], self->links);
  self->knows_links = true;
}

size_t ftblab_interface_links(ftblab_interfaces *interfaces, int place, sg_link_t links[2])
{
  const port *self = &interfaces->all[place];
  find_links(interfaces, place);
  for (size_t i = 0; i < self->link_count; i++)
    links[i] = self->links[i];
  return self->link_count;
}

void ftblab_interface_switch(ftblab_interfaces *interfaces, int place, bool up)
{
  port *changed = &interfaces->all[place];
  if (changed->up == up)
    return;
  if (!ftblab_engine_control_only(interfaces->engine))
    find_links(interfaces, place);
  changed->up = up;
  interfaces->down += up ? -1 : 1;
  changed->changes++;
  for (size_t i = 0; i < changed->link_count; i++) {
    if (interfaces->fabric != NULL)
      ftblab_fabric_hold(interfaces->fabric, changed->links[i], !up);
    else
      ftblab_shim_link_switch(changed->links[i], up);
  }
}

void ftblab_interface_corrupt(ftblab_interfaces *interfaces, int place, double probability)
{
  interfaces->all[place].corruption = probability;
}

/* ---- messages ---------------------------------------------------------------------------------------- */

bool ftblab_interfaces_pair(const ftblab_interfaces *interfaces, int from, int to, const bool *denied, int *out,
                            int *in)
{
  for (int i = interfaces->first[from]; i < interfaces->first[from + 1]; i++)
    for (int j = interfaces->first[to]; j < interfaces->first[to + 1]; j++)
      if ((denied == NULL || (!denied[i] && !denied[j])) &&
          strcmp(interfaces->all[i].name, interfaces->all[j].name) == 0) {
        *out = i;
        *in = j;
        return true;
      }
  return false;
}

static bool strikes(ftblab_interfaces *interfaces, int place)
{
  double probability = interfaces->all[place].corruption;
  return probability > 0 && ftblab_random_uniform(&interfaces->random) < probability;
}

bool ftblab_interfaces_corrupted(ftblab_interfaces *interfaces, int out, int in, int *culprit)
{
  *culprit = strikes(interfaces, out) ? out : strikes(interfaces, in) ? in : -1;
  return *culprit >= 0;
}

/* ---- links between them ------------------------------------------------------------------------------- */

/* The number of the link that cuts the way; -1: none does. */
static int cut_between(const ftblab_interfaces *interfaces, sg_host_t from, sg_host_t to, double since)
{
  return interfaces->fabric == NULL ? -1 : ftblab_fabric_broken(interfaces->fabric, from, to, since);
}

bool ftblab_interfaces_way_is_cut(const ftblab_interfaces *interfaces, int out, int in, double since)
{
  return cut_between(interfaces, interfaces->all[out].host, interfaces->all[in].host, since) >= 0;
}

/* The number of the link that cuts the best way over interfaces called NAME (NULL: over any), if all ways are cut; else
 * -1. */
static int cut_nodes(const ftblab_interfaces *interfaces, int from, int to, double since, const char *name)
{
  int link = -1;
  bool have_pair = false;
  if (interfaces->fabric == NULL || from == to)
    return -1;
  for (int i = interfaces->first[from]; i < interfaces->first[from + 1]; i++)
    for (int j = interfaces->first[to]; j < interfaces->first[to + 1]; j++) {
      const port *out = &interfaces->all[i], *in = &interfaces->all[j];
      if (strcmp(out->name, in->name) != 0 || (name != NULL && strcmp(out->name, name) != 0))
        continue;
      int cut = cut_between(interfaces, out->host, in->host, since);
      if (cut < 0)
        return -1;
      link = have_pair ? link : cut;
      have_pair = true;
    }
  return have_pair ? link
                   : cut_between(interfaces, ftblab_engine_node_host(interfaces->engine, from),
                                 ftblab_engine_node_host(interfaces->engine, to), since);
}

bool ftblab_interfaces_nodes_are_cut(const ftblab_interfaces *interfaces, int from, int to, double since)
{
  return cut_nodes(interfaces, from, to, since, NULL) >= 0;
}

bool ftblab_interfaces_why_cut(const ftblab_interfaces *interfaces, int from, int to, char *why, size_t size)
{
  int link = cut_nodes(interfaces, from, to, INFINITY, NULL);
  if (link >= 0)
    snprintf(why, size, "no way leads from %s to %s, the link %s is down",
             ftblab_engine_node_name(interfaces->engine, from), ftblab_engine_node_name(interfaces->engine, to),
             ftblab_fabric_name(interfaces->fabric, link));
  return link >= 0;
}

bool ftblab_interfaces_any_cut(const ftblab_interfaces *interfaces)
{
  return interfaces->fabric != NULL && ftblab_fabric_any_down(interfaces->fabric);
}

void ftblab_interfaces_control(ftblab_interfaces *interfaces, const char *name, bool apart)
{
  interfaces->control = name;
  interfaces->control_apart = apart;
}

bool ftblab_interfaces_control_is_cut(const ftblab_interfaces *interfaces, int from, int to, double since)
{
  return !interfaces->control_apart && (cut_nodes(interfaces, from, to, since, interfaces->control) >= 0 ||
                                        cut_nodes(interfaces, to, from, since, interfaces->control) >= 0);
}

static bool way_is_cut(const ftblab_interfaces *interfaces, sg_host_t from, sg_host_t to)
{
  return cut_between(interfaces, from, to, INFINITY) >= 0;
}

/* Over those called NAME; NULL: over any. */
static bool find_working(const ftblab_interfaces *interfaces, int from, int to, const char *name, void **source,
                         void **target)
{
  bool have_pair = false;
  *source = ftblab_engine_node_host(interfaces->engine, from);
  *target = ftblab_engine_node_host(interfaces->engine, to);
  for (int i = interfaces->first[from]; i < interfaces->first[from + 1]; i++)
    for (int j = interfaces->first[to]; j < interfaces->first[to + 1]; j++) {
      const port *out = &interfaces->all[i], *in = &interfaces->all[j];
      if (strcmp(out->name, in->name) != 0 || (name != NULL && strcmp(out->name, name) != 0))
        continue;
      have_pair = true;
      if (!out->up || !in->up || way_is_cut(interfaces, out->host, in->host))
        continue;
      *source = out->host;
      *target = in->host;
      return true;
    }
  return !have_pair && !way_is_cut(interfaces, *source, *target);
}

bool ftblab_interfaces_working(const ftblab_interfaces *interfaces, int from, int to, void **source, void **target)
{
  return find_working(interfaces, from, to, NULL, source, target);
}

bool ftblab_interfaces_control_way(const ftblab_interfaces *interfaces, int from, int to, void **source, void **target)
{
  return find_working(interfaces, from, to, interfaces->control, source, target) &&
         !ftblab_interfaces_control_is_cut(interfaces, from, to, INFINITY);
}
