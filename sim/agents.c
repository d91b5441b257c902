/* agents.c - the tree of agents, one on each node.
 *
 * What must hold: a node that is up is in the list of its parent, or as an
 * orphan in the list of its keeper, or in no list (the root, or one that has
 * just returned). A node that is down is in no list. There is at most one root.
 *
 * Where links between nodes are down, agents that cannot reach their parent for
 * the time that a healing takes join another that they reach. Those that are
 * cut off from the root have tops of their own, which join it when they can.
 */
#include <math.h>
#include <stdlib.h>

#include "backplane_internal.h"
#include "interface.h"

static void insert_child(ftblab_tree *tree, int parent, int child)
{
  int *at = &tree->first_child[parent];
  while (*at >= 0 && *at < child)
    at = &tree->next_sibling[*at];
  tree->next_sibling[child] = *at;
  *at = child;
}

static void remove_child(ftblab_tree *tree, int parent, int child)
{
  int *at = &tree->first_child[parent];
  while (*at != child)
    at = &tree->next_sibling[*at];
  *at = tree->next_sibling[child];
  tree->next_sibling[child] = -1;
}

static bool is_up(const ftblab_backplane *backplane, int node)
{
  return ftblab_engine_node_up(backplane->engine, node);
}

/* HEIR takes CHILD, or keeps it as an orphan while it is down itself; without
 * an heir CHILD becomes the root. */
static void hand_to(ftblab_backplane *backplane, int heir, int child)
{
  ftblab_tree *tree = &backplane->tree;
  tree->parent[child] = tree->keeper[child] = -1;
  tree->apart[child] = false;
  tree->version++;
  if (heir < 0) {
    tree->root = child;
    return;
  }
  if (is_up(backplane, heir))
    tree->parent[child] = heir;
  else
    tree->keeper[child] = heir;
  insert_child(tree, heir, child);
}

/* Who takes in what hung below the dead NODE: the nearest ancestor that is in
 * the tree, or down with its own healing still to come (then it keeps them
 * until then). -1: nobody is left. */
static int find_heir(const ftblab_backplane *backplane, int node)
{
  const ftblab_tree *tree = &backplane->tree;
  int heir = tree->heir[node];
  for (int steps = 0; heir >= 0 && steps <= tree->count; steps++) {
    bool placed = tree->parent[heir] >= 0 || tree->keeper[heir] >= 0 || tree->root == heir || tree->apart[heir];
    if (is_up(backplane, heir) ? placed : tree->healings[heir] > 0)
      return heir;
    heir = tree->heir[heir];
  }
  return tree->root;
}

static int top_of(const ftblab_tree *tree, int node)
{
  while (node >= 0 && tree->parent[node] >= 0)
    node = tree->parent[node];
  return node;
}

/* ---- agents that are cut off
 * -----------------------------------------------------------------------------
 */

static bool is_cut(const ftblab_backplane *backplane, int from, int to)
{
  return backplane->cuts > 0 && backplane->interfaces != NULL &&
         ftblab_interfaces_control_is_cut(backplane->interfaces, from, to, INFINITY);
}

/* NODE is the top of what hangs below it. */
static void set_apart(ftblab_tree *tree, int node)
{
  tree->parent[node] = tree->keeper[node] = -1;
  tree->apart[node] = true;
  tree->version++;
}

/* The nearest that NODE, which is apart, reaches: of those above ABOVE, which
 * it hung below, else the root, else the first of the others that are apart.
 * -1: none, or they are below NODE. */
static int find_place(const ftblab_backplane *backplane, int node, int above)
{
  const ftblab_tree *tree = &backplane->tree;
  for (int at = above; at >= 0; at = tree->parent[at])
    if (is_up(backplane, at) && !is_cut(backplane, node, at) && top_of(tree, at) != node)
      return at;
  if (tree->root >= 0 && !is_cut(backplane, node, tree->root))
    return tree->root;
  for (int other = 0; other < node; other++)
    if (tree->apart[other] && !is_cut(backplane, node, other))
      return other;
  return -1;
}

static void place(ftblab_backplane *backplane, int node, int above)
{
  int at = find_place(backplane, node, above);
  if (at < 0)
    return;
  hand_to(backplane, at, node);
  backplane->counters.healed++;
}

/* Edges that are cut break, and whoever is apart joins again if it can. Who has
 * found no place looks once more when all have looked. */
static void mend(ftblab_backplane *backplane)
{
  ftblab_tree *tree = &backplane->tree;
  for (int node = 0; node < tree->count; node++) {
    int above = tree->parent[node];
    if (above < 0 || !is_cut(backplane, node, above))
      continue;
    remove_child(tree, above, node);
    set_apart(tree, node);
    place(backplane, node, above);
  }
  for (int node = 0; node < tree->count; node++) {
    if (tree->apart[node] && tree->root < 0)
      hand_to(backplane, -1, node);
    if (tree->apart[node])
      place(backplane, node, -1);
  }
}

static void mend_later(void *argument, int64_t value, double date)
{
  ftblab_backplane *backplane = argument;
  (void)value;
  (void)date;
  backplane->healings--;
  mend(backplane);
}

void ftblab_tree_network_changed(ftblab_backplane *backplane)
{
  double date = ftblab_engine_now(backplane->engine) + backplane->config.heal_time;
  backplane->healings++;
  ftblab_engine_at(backplane->engine, date, mend_later, backplane, 0);
}

/* ---- agents that die, and return
 * -------------------------------------------------------------------------
 */

/* Orphans of NODE go to its heir; without one the lowest-numbered becomes the
 * root. */
static void heal(void *argument, int64_t value, double date)
{
  ftblab_backplane *backplane = argument;
  ftblab_tree *tree = &backplane->tree;
  int node = (int)value;
  backplane->healings--;
  (void)date;
  ftblab_clients_forget(backplane, node);
  if (--tree->healings[node] > 0)
    return;
  int heir = find_heir(backplane, node);
  for (int child = tree->first_child[node], next; child >= 0; child = next) {
    next = tree->next_sibling[child];
    remove_child(tree, node, child);
    if (top_of(tree, heir) == child) /* an heir below its own ward would close a ring */
      heir = tree->root;
    if (heir >= 0 && is_cut(backplane, child, heir)) {
      set_apart(tree, child);
      continue;
    }
    hand_to(backplane, heir, child);
    backplane->counters.healed++;
    if (heir < 0)
      heir = child;
  }
  tree->heir[node] = heir;
  if (backplane->cuts > 0)
    mend(backplane);
}

static void node_died(ftblab_backplane *backplane, int node)
{
  ftblab_tree *tree = &backplane->tree;
  double now = ftblab_engine_now(backplane->engine);
  int above = tree->keeper[node] >= 0 ? tree->keeper[node] : tree->parent[node];
  if (above >= 0) {
    remove_child(tree, above, node);
    tree->heir[node] = above;
  } else if (tree->root == node) {
    tree->heir[node] = tree->root = -1;
  } else if (tree->apart[node]) {
    tree->heir[node] = -1;
    tree->apart[node] = false;
  }
  tree->parent[node] = tree->keeper[node] = -1;
  for (int child = tree->first_child[node]; child >= 0; child = tree->next_sibling[child]) {
    tree->parent[child] = -1;
    tree->keeper[child] = node;
  }
  tree->died[node] = now;
  tree->deaths++;
  tree->version++;
  tree->up_count--;
  tree->incarnation[node]++;
  tree->healings[node]++;
  backplane->healings++;
  ftblab_clients_died(backplane, node);
  ftblab_engine_at(backplane->engine, now + backplane->config.heal_time, heal, backplane, node);
}

static void join(void *argument, int64_t value, double date)
{
  ftblab_backplane *backplane = argument;
  int node = (int)(value & INT32_MAX);
  (void)date;
  backplane->healings--;
  if (!is_up(backplane, node) || backplane->tree.incarnation[node] != (uint64_t)value >> 32)
    return;
  int heir = find_heir(backplane, node);
  if (heir < 0 || !is_cut(backplane, node, heir)) {
    hand_to(backplane, heir, node);
    return;
  }
  set_apart(&backplane->tree, node);
  mend(backplane);
}

static void node_returned(ftblab_backplane *backplane, int node)
{
  ftblab_tree *tree = &backplane->tree;
  tree->incarnation[node]++;
  tree->up_count++;
  tree->version++;
  backplane->healings++;
  int64_t value = (int64_t)((uint64_t)tree->incarnation[node] << 32 | (uint64_t)node);
  double date = ftblab_engine_now(backplane->engine) + backplane->config.heal_time;
  ftblab_engine_at(backplane->engine, date, join, backplane, value);
}

void ftblab_tree_node(void *argument, int node, bool up)
{
  if (up)
    node_returned(argument, node);
  else
    node_died(argument, node);
}

/* ---- who leads where
 * ---------------------------------------------------------------------------------
 */

/* Depth first, children in their order; a node that is down belongs to no
 * subtree. */
static int number_subtree(ftblab_tree *tree, int top, int next)
{
  int node = top;
  tree->enter[node] = next++;
  for (;;) {
    int down = tree->first_child[node];
    if (down >= 0 && tree->parent[down] == node) {
      node = down;
      tree->enter[node] = next++;
      continue;
    }
    tree->leave[node] = next;
    while (node != top && tree->next_sibling[node] < 0) {
      node = tree->parent[node];
      tree->leave[node] = next;
    }
    if (node == top)
      return next;
    node = tree->next_sibling[node];
    tree->enter[node] = next++;
  }
}

/* Numbering visits every node; climbing for COUNT of them is the cheaper as
 * long as they are few. */
void ftblab_tree_number_for(ftblab_tree *tree, size_t count)
{
  if (tree->numbered == tree->version || 64 * count < (size_t)tree->count)
    return;
  int next = 0;
  for (int node = 0; node < tree->count; node++)
    if (tree->parent[node] < 0)
      next = number_subtree(tree, node, next);
  tree->numbered = tree->version;
}

bool ftblab_tree_covers(const ftblab_tree *tree, int top, int node)
{
  if (tree->numbered == tree->version)
    return tree->enter[top] <= tree->enter[node] && tree->enter[node] < tree->leave[top];
  while (node >= 0 && node != top)
    node = tree->parent[node];
  return node == top;
}

static int depth_of(const ftblab_tree *tree, int node)
{
  int depth = 0;
  for (; tree->parent[node] >= 0; node = tree->parent[node])
    depth++;
  return depth;
}

bool ftblab_tree_before(const ftblab_tree *tree, int a, int b)
{
  if (tree->numbered == tree->version)
    return tree->enter[a] < tree->enter[b];
  int depth_a = depth_of(tree, a), depth_b = depth_of(tree, b), left = a, right = b;
  for (int depth = depth_a; depth > depth_b; depth--)
    left = tree->parent[left];
  for (int depth = depth_b; depth > depth_a; depth--)
    right = tree->parent[right];
  if (left == right)
    return depth_a < depth_b; /* one is above the other */
  while (tree->parent[left] != tree->parent[right]) {
    left = tree->parent[left];
    right = tree->parent[right];
  }
  return left < right; /* children, and tops, stand in ascending order */
}

int ftblab_tree_towards(const ftblab_tree *tree, int at, int to)
{
  int node = to;
  while (tree->parent[node] >= 0 && tree->parent[node] != at)
    node = tree->parent[node];
  return tree->parent[node] == at && tree->parent[node] >= 0 ? node : tree->parent[at];
}

/* ---- start
 * -----------------------------------------------------------------------------------------------
 */

static void grow_tree(ftblab_tree *tree, int arity)
{
  for (int node = 0; node < tree->count; node++) {
    int64_t first = (int64_t)arity * node + 1;
    bool last_sibling = (node - 1) % arity == arity - 1 || node + 1 == tree->count || node == 0;
    tree->parent[node] = node == 0 ? -1 : (node - 1) / arity;
    tree->first_child[node] = first < tree->count ? (int)first : -1;
    tree->next_sibling[node] = last_sibling ? -1 : node + 1;
    tree->heir[node] = tree->keeper[node] = -1;
    tree->died[node] = -1;
  }
  tree->version = 1;
  tree->up_count = tree->count;
}

ftblab_status ftblab_tree_start(ftblab_backplane *backplane, ftblab_error *err)
{
  ftblab_tree *tree = &backplane->tree;
  tree->count = (int)ftblab_engine_nodes(backplane->engine);
  size_t count = (size_t)tree->count;
  int **const arrays[] = {&tree->parent, &tree->first_child, &tree->next_sibling, &tree->heir,
                          &tree->keeper, &tree->enter,       &tree->leave};
  bool good = true;
  for (size_t i = 0; i < FTBLAB_COUNT(arrays); i++)
    good = (*arrays[i] = malloc(count * sizeof(int))) != NULL && good;
  tree->incarnation = calloc(count, sizeof *tree->incarnation);
  tree->healings = calloc(count, sizeof *tree->healings);
  tree->died = malloc(count * sizeof *tree->died);
  tree->apart = calloc(count, sizeof *tree->apart);
  if (!good || tree->apart == NULL || tree->incarnation == NULL || tree->healings == NULL || tree->died == NULL)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for %d agents", tree->count);
  grow_tree(tree, backplane->config.arity);
  for (int node = 0; node < tree->count; node++)
    if (!is_up(backplane, node))
      node_died(backplane, node);
  return FTBLAB_OK;
}

void ftblab_tree_free(ftblab_tree *tree)
{
  free(tree->parent);
  free(tree->first_child);
  free(tree->next_sibling);
  free(tree->heir);
  free(tree->keeper);
  free(tree->enter);
  free(tree->leave);
  free(tree->incarnation);
  free(tree->healings);
  free(tree->died);
  free(tree->apart);
}
