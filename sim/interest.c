/* interest.c - who wants a message.
 *
 * Subscriptions with equal filters form a group, so that publishing costs one
 * match per different filter. The agents of a group are found once and shared
 * by its messages until a client or the tree changes. */
#include <stdlib.h>
#include <string.h>

#include "backplane_internal.h"

/* A mark before and a NUL behind each, so that no text can look like two fields. */
static void filter_key(const ftblab_filter *filter, ftblab_text *key)
{
  const char *const parts[] = {filter->space, filter->event, filter->severity,
                               filter->job,   filter->host,  filter->payload};
  size_t sizes[FTBLAB_COUNT(parts)], room = FTBLAB_COUNT(parts);
  for (size_t i = 0; i < FTBLAB_COUNT(parts); i++)
    room += sizes[i] = parts[i] != NULL ? strlen(parts[i]) + 1 : 0;
  ftblab_text_clear(key);
  if (!ftblab_text_reserve(key, room))
    return;
  char *at = key->data;
  for (size_t i = 0; i < FTBLAB_COUNT(parts); i++) {
    *at++ = parts[i] != NULL ? '+' : '-';
    if (parts[i] != NULL)
      memcpy(at, parts[i], sizes[i]);
    at += sizes[i];
  }
  key->length = room;
  key->data[room] = '\0';
}

static bool make_room(ftblab_backplane *backplane)
{
  size_t count = backplane->group_count + 1;
  if ((count & (count - 1)) != 0)
    return true; /* both arrays grow at powers of two */
  ftblab_group **groups = realloc(backplane->groups, 2 * count * sizeof *groups);
  if (groups != NULL)
    backplane->groups = groups;
  ftblab_group **matching = realloc(backplane->matching, 2 * count * sizeof *matching);
  if (matching != NULL)
    backplane->matching = matching;
  return groups != NULL && matching != NULL;
}

static ftblab_group *add_group(ftblab_backplane *backplane, const ftblab_filter *filter, const ftblab_text *key,
                               ftblab_error *err)
{
  ftblab_group *group = calloc(1, sizeof *group);
  if (group == NULL || !make_room(backplane)) {
    free(group);
    ftblab_fail(err, FTBLAB_ENOMEM, "no memory for a filter");
    return NULL;
  }
  if (ftblab_pattern_parse(&group->pattern, backplane, filter, err) != FTBLAB_OK) {
    free(group);
    return NULL;
  }
  if (ftblab_names_add(backplane->group_names, key->data, key->length) != backplane->group_count) {
    ftblab_pattern_free(&group->pattern);
    free(group);
    ftblab_fail(err, FTBLAB_ENOMEM, "no memory for a filter");
    return NULL;
  }
  backplane->groups[backplane->group_count++] = group;
  return group;
}

ftblab_group *ftblab_group_find(ftblab_backplane *backplane, const ftblab_filter *filter, ftblab_error *err)
{
  ftblab_text *key = &backplane->filter_key;
  filter_key(filter, key);
  if (key->failed) {
    ftblab_fail(err, FTBLAB_ENOMEM, "no memory for a filter");
    return NULL;
  }
  uint32_t number = ftblab_names_find(backplane->group_names, key->data, key->length);
  return number != FTBLAB_NO_NAME ? backplane->groups[number] : add_group(backplane, filter, key, err);
}

static void forget_targets(ftblab_group *group)
{
  ftblab_targets_release(group->targets);
  group->targets = NULL;
}

bool ftblab_group_join(ftblab_group *group, ftblab_client *client)
{
  if (group->member_count == group->member_capacity) {
    size_t capacity = group->member_capacity == 0 ? 2 : 2 * group->member_capacity;
    ftblab_client **members = realloc(group->members, capacity * sizeof *members);
    if (members == NULL)
      return false;
    group->members = members;
    group->member_capacity = capacity;
  }
  group->members[group->member_count++] = client;
  forget_targets(group);
  return true;
}

void ftblab_group_leave(ftblab_group *group, ftblab_client *client)
{
  for (size_t i = 0; i < group->member_count; i++)
    if (group->members[i] == client) {
      group->member_count--;
      memmove(&group->members[i], &group->members[i + 1], (group->member_count - i) * sizeof *group->members);
      break;
    }
  forget_targets(group);
}

void ftblab_targets_release(ftblab_targets *targets)
{
  if (targets != NULL && --targets->holders == 0)
    free(targets);
}

/* ---- sets of agents
 * ------------------------------------------------------------------------------
 */

/* With its tree, because qsort() hands nothing else to a comparison. */
typedef struct place {
  const ftblab_tree *tree;
  int node;
} place;

static int compare_places(const void *a, const void *b)
{
  const place *left = a, *right = b;
  if (left->node == right->node)
    return 0;
  return ftblab_tree_before(left->tree, left->node, right->node) ? -1 : 1;
}

/* COUNT places, sorted here, as targets: each once. */
static ftblab_targets *from_places(const ftblab_tree *tree, place *places, size_t count, bool may_be_everyone)
{
  ftblab_targets *targets = malloc(sizeof *targets + count * sizeof targets->nodes[0]);
  if (targets == NULL)
    return NULL;
  *targets = (ftblab_targets){.holders = 1, .version = tree->version};
  if (count > 1)
    qsort(places, count, sizeof *places, compare_places);
  for (size_t i = 0; i < count; i++)
    if (i == 0 || places[i].node != places[i - 1].node)
      targets->nodes[targets->count++] = places[i].node;
  if (may_be_everyone && targets->count > 1 && targets->count == (size_t)tree->up_count) {
    targets->everyone = true;
    targets->count = 0;
  }
  return targets;
}

static size_t add_members(const ftblab_tree *tree, const ftblab_group *group, place *places, size_t count)
{
  for (size_t i = 0; i < group->member_count; i++)
    if (!group->members[i]->dead)
      places[count++] = (place){tree, group->members[i]->node};
  return count;
}

static ftblab_targets *collect(ftblab_tree *tree, ftblab_group *const *groups, size_t group_count)
{
  size_t room = 1, count = 0;
  for (size_t i = 0; i < group_count; i++)
    room += groups[i]->member_count;
  place *places = malloc(room * sizeof *places);
  if (places == NULL)
    return NULL;
  ftblab_tree_number_for(tree, room);
  for (size_t i = 0; i < group_count; i++)
    count = add_members(tree, groups[i], places, count);
  ftblab_targets *targets = from_places(tree, places, count, true);
  free(places);
  return targets;
}

static ftblab_targets *group_targets(ftblab_tree *tree, ftblab_group *group)
{
  if (group->targets != NULL && group->targets->version != tree->version)
    forget_targets(group);
  if (group->targets == NULL)
    group->targets = collect(tree, &group, 1);
  return group->targets;
}

ftblab_targets *ftblab_targets_of(ftblab_backplane *backplane, ftblab_event *event)
{
  for (size_t i = 0; i < event->group_count; i++) {
    ftblab_targets *targets = group_targets(&backplane->tree, event->groups[i]);
    if (targets == NULL)
      return NULL;
    if (event->group_count == 1 || targets->everyone) {
      targets->holders++;
      return targets;
    }
  }
  return collect(&backplane->tree, event->groups, event->group_count);
}

bool ftblab_targets_refresh(ftblab_backplane *backplane, ftblab_event *event)
{
  ftblab_tree *tree = &backplane->tree;
  ftblab_targets *old = event->targets;
  if (old->everyone || old->version == tree->version)
    return true;
  size_t count = 0;
  place *places = malloc((old->count + 1) * sizeof *places);
  unsigned char *seen = calloc(old->count / 8 + 1, 1);
  ftblab_tree_number_for(tree, old->count);
  for (size_t i = 0; places != NULL && i < old->count; i++)
    if ((event->seen[i / 8] >> i % 8 & 1) == 0)
      places[count++] = (place){tree, old->nodes[i]};
  ftblab_targets *fresh = places != NULL && seen != NULL ? from_places(tree, places, count, false) : NULL;
  free(places);
  if (fresh == NULL) {
    free(seen);
    return false;
  }
  free(event->seen);
  event->seen = seen;
  event->targets = fresh;
  ftblab_targets_release(old);
  return true;
}

size_t ftblab_targets_lower_bound(const ftblab_tree *tree, const ftblab_targets *targets, int node, bool behind)
{
  size_t low = 0, high = targets->count;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    int target = targets->nodes[middle];
    if (ftblab_tree_before(tree, target, node) || (behind && ftblab_tree_covers(tree, node, target)))
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}
