/* spec_catalogue.c - catalogue.json and one beside it for each other source document: roles, payload keys, events. What
 * must hold: they are one catalogue; no name leads to two events; what is only ground truth stands last. */
#include "spec_load.h"

#include <ctype.h>
#include <string.h>

/* Lower case, letters, digits and '*' only: what ftblab_spec_role compares. */
static const char *normalised(ftblab_loader *loader, const char *name)
{
  char *form = ftblab_loader_take(loader, strlen(name) + 1, 1), *end = form;
  for (; form && *name; name++)
    if (isalnum((unsigned char)*name) || *name == '*')
      *end++ = (char)tolower((unsigned char)*name);
  return form;
}

static ftblab_status load_role_aliases(ftblab_loader *loader, const cJSON *list, ftblab_role *role)
{
  const char **alias = ftblab_loader_take(loader, (size_t)cJSON_GetArraySize(list), sizeof *alias);
  if (!alias)
    return FTBLAB_ENOMEM;
  role->aliases = alias;
  const cJSON *item;
  cJSON_ArrayForEach(item, list)
  {
    alias[role->alias_count] = normalised(loader, item->valuestring);
    if (!alias[role->alias_count])
      return FTBLAB_ENOMEM;
    role->alias_count++;
  }
  return FTBLAB_OK;
}

/* How many there are under KEY in all catalogues. */
static size_t count_all(const ftblab_catalogues *all, const char *key)
{
  size_t count = 0;
  for (size_t i = 0; i < all->count; i++)
    count += (size_t)cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(ftblab_json_root(all->documents[i]), key));
  return count;
}

/* The list under KEY in catalogue I, which is the document at hand from here on. */
static const cJSON *open_list(ftblab_loader *loader, const ftblab_catalogues *all, size_t i, const char *key)
{
  loader->document = all->documents[i];
  return cJSON_GetObjectItemCaseSensitive(ftblab_json_root(all->documents[i]), key);
}

static ftblab_status add_roles(ftblab_loader *loader, const cJSON *list, ftblab_role *roles)
{
  const cJSON *item;
  cJSON_ArrayForEach(item, list)
  {
    ftblab_role *role = &roles[loader->spec->role_count];
    role->name = ftblab_loader_string(item, "name");
    role->plays = ftblab_loader_string(item, "plays");
    role->normalised = normalised(loader, role->name);
    if (!role->normalised)
      return FTBLAB_ENOMEM;
    ftblab_status status = load_role_aliases(loader, cJSON_GetObjectItemCaseSensitive(item, "aliases"), role);
    if (status)
      return status;
    loader->spec->role_count++;
  }
  return FTBLAB_OK;
}

static ftblab_status check_plays(ftblab_loader *loader, const cJSON *list)
{
  const cJSON *item;
  cJSON_ArrayForEach(item, list)
  {
    const cJSON *plays = cJSON_GetObjectItemCaseSensitive(item, "plays");
    int role;
    ftblab_status status = plays ? ftblab_loader_role(loader, plays, &role) : FTBLAB_OK;
    if (status)
      return status;
  }
  return FTBLAB_OK;
}

static ftblab_status load_roles(ftblab_loader *loader, const ftblab_catalogues *all)
{
  size_t count = count_all(all, "roles");
  if (count > FTBLAB_MAX_ROLES)
    return ftblab_fail(loader->err, FTBLAB_EINTERNAL, "the catalogues have more than %d roles", FTBLAB_MAX_ROLES);
  ftblab_role *roles = ftblab_loader_take(loader, count, sizeof *roles);
  if (!roles)
    return FTBLAB_ENOMEM;
  loader->spec->roles = roles;
  ftblab_status status = FTBLAB_OK;
  for (size_t i = 0; i < all->count && !status; i++)
    status = add_roles(loader, open_list(loader, all, i, "roles"), roles);
  for (size_t i = 0; i < all->count && !status; i++)
    status = check_plays(loader, open_list(loader, all, i, "roles"));
  return status;
}

/* The keys of all of them; one that several have stands there once. */
static ftblab_status load_keys(ftblab_loader *loader, const ftblab_catalogues *all)
{
  const char **keys = ftblab_loader_take(loader, count_all(all, "keys"), sizeof *keys);
  if (!keys)
    return FTBLAB_ENOMEM;
  loader->spec->keys = keys;
  for (size_t i = 0; i < all->count; i++) {
    const cJSON *item;
    cJSON_ArrayForEach(item, open_list(loader, all, i, "keys"))
    {
      if (ftblab_spec_key(loader->spec, item->valuestring, strlen(item->valuestring)) == FTBLAB_NONE)
        keys[loader->spec->key_count++] = item->valuestring;
    }
  }
  return FTBLAB_OK;
}

/* A list of strings. */
static ftblab_status load_strings(ftblab_loader *loader, const cJSON *list, const char *const **strings, size_t *count)
{
  const char **string = ftblab_loader_take(loader, (size_t)cJSON_GetArraySize(list), sizeof *string);
  if (!string)
    return FTBLAB_ENOMEM;
  *strings = string;
  *count = (size_t)cJSON_GetArraySize(list);
  const cJSON *item;
  cJSON_ArrayForEach(item, list) *string++ = item->valuestring;
  return FTBLAB_OK;
}

static ftblab_status load_role_set(ftblab_loader *loader, const cJSON *list, uint64_t *roles)
{
  const cJSON *item;
  cJSON_ArrayForEach(item, list)
  {
    int role;
    ftblab_status status = ftblab_loader_role(loader, item, &role);
    if (status)
      return status;
    *roles |= UINT64_C(1) << role;
  }
  return FTBLAB_OK;
}

static ftblab_status load_payload(ftblab_loader *loader, const cJSON *list, ftblab_event *event)
{
  ftblab_key *keys = ftblab_loader_take(loader, (size_t)cJSON_GetArraySize(list), sizeof *keys);
  if (!keys)
    return FTBLAB_ENOMEM;
  event->payload = keys;
  const cJSON *item;
  cJSON_ArrayForEach(item, list)
  {
    const cJSON *name = cJSON_GetObjectItemCaseSensitive(item, "key");
    ftblab_key *key = &keys[event->payload_count++];
    key->key = ftblab_spec_key(loader->spec, name->valuestring, strlen(name->valuestring));
    key->optional = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(item, "optional"));
    if (key->key == FTBLAB_NONE)
      return ftblab_loader_fail(loader, name, "no such payload key in the catalogue");
  }
  return FTBLAB_OK;
}

static ftblab_status load_codes(ftblab_loader *loader, const cJSON *list, ftblab_event *event)
{
  ftblab_code *code = ftblab_loader_take(loader, (size_t)cJSON_GetArraySize(list), sizeof *code);
  if (!code)
    return FTBLAB_ENOMEM;
  event->codes = code;
  event->code_count = (size_t)cJSON_GetArraySize(list);
  const cJSON *item;
  cJSON_ArrayForEach(item, list)
  {
    const char *text = ftblab_loader_string(item, "text");
    *code++ = (ftblab_code){ftblab_loader_string(item, "code"), text ? text : ""};
  }
  return FTBLAB_OK;
}

/* Where WORD stands in WORDS, 0 if it is NULL or none of them: the enumerations have 0 for what is not said. */
static int position(const char *word, const char *const *words, size_t count)
{
  for (size_t i = 1; word && i < count; i++)
    if (strcmp(word, words[i]) == 0)
      return (int)i;
  return 0;
}

/* Ground truth that no component throws. (FILE_LOST may be either: a fact, and the file system's event.) */
static bool is_only_fact(const cJSON *item)
{
  return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(item, "fact")) &&
         cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(item, "thrown_by")) == 0;
}

static ftblab_status load_event(ftblab_loader *loader, const cJSON *item, ftblab_event *event)
{
  static const char *const channels[] = {"", "reliable", "unreliable"}, *const types[] = {"", "normal", "response"},
                           *const commands[] = {"", "check", "do"};
  event->name = ftblab_loader_string(item, "name");
  event->printed = ftblab_loader_string(item, "printed");
  event->source = ftblab_loader_string(item, "source");
  event->section = ftblab_loader_string(item, "section");
  event->text = ftblab_loader_string(item, "text");
  event->payload_printed = ftblab_loader_string(item, "payload_printed");
  event->severity = ftblab_loader_string(item, "severity");
  event->in_section_2 = strncmp(event->section, "2.", 2) == 0;
  event->in_appendix = isupper((unsigned char)event->section[0]) && (!event->section[1] || event->section[1] == '.');
  event->possible = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(item, "possible"));
  event->nearest = FTBLAB_NONE;
  event->may_be_fact = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(item, "fact"));
  event->is_fact = is_only_fact(item);
  event->caught_by_any = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(item, "caught_by_any"));
  event->channel = (ftblab_channel)position(ftblab_loader_string(item, "channel"), channels, FTBLAB_COUNT(channels));
  event->type = (ftblab_event_kind)position(ftblab_loader_string(item, "type"), types, FTBLAB_COUNT(types));
  event->command = (ftblab_command)position(ftblab_loader_string(item, "command"), commands, FTBLAB_COUNT(commands));
  ftblab_status status = load_role_set(loader, cJSON_GetObjectItemCaseSensitive(item, "thrown_by"), &event->thrown_by);
  if (!status)
    status = load_role_set(loader, cJSON_GetObjectItemCaseSensitive(item, "caught_by"), &event->caught_by);
  if (!status)
    status = load_payload(loader, cJSON_GetObjectItemCaseSensitive(item, "payload"), event);
  if (!status)
    status =
        load_strings(loader, cJSON_GetObjectItemCaseSensitive(item, "aliases"), &event->aliases, &event->alias_count);
  if (!status)
    status =
        load_strings(loader, cJSON_GetObjectItemCaseSensitive(item, "spaces"), &event->spaces, &event->space_count);
  if (!status)
    status = load_codes(loader, cJSON_GetObjectItemCaseSensitive(item, "codes"), event);
  return status ? status : ftblab_loader_errata(loader, item, &event->errata, &event->erratum_count);
}

/* The answers to an event, and the nearest of section 2: they may be events that stand behind it. */
static ftblab_status load_relations(ftblab_loader *loader, const cJSON *event_item, ftblab_event *event)
{
  const cJSON *list = cJSON_GetObjectItemCaseSensitive(event_item, "responses");
  const cJSON *nearest = cJSON_GetObjectItemCaseSensitive(event_item, "nearest");
  ftblab_status nearest_status = nearest ? ftblab_loader_event(loader, nearest, &event->nearest) : FTBLAB_OK;
  if (nearest_status)
    return nearest_status;
  int *responses = ftblab_loader_take(loader, (size_t)cJSON_GetArraySize(list), sizeof *responses);
  if (!responses)
    return FTBLAB_ENOMEM;
  event->responses = responses;
  const cJSON *item;
  cJSON_ArrayForEach(item, list)
  {
    ftblab_status status = ftblab_loader_event(loader, item, &responses[event->response_count]);
    if (status)
      return status;
    event->response_count++;
  }
  return FTBLAB_OK;
}

/* No name or alias leads to two events. */
static ftblab_status check_names(ftblab_loader *loader, const cJSON *item, int index)
{
  int found;
  ftblab_status status = ftblab_loader_event(loader, cJSON_GetObjectItemCaseSensitive(item, "name"), &found);
  const cJSON *alias;
  cJSON_ArrayForEach(alias, cJSON_GetObjectItemCaseSensitive(item, "aliases")) if (!status && found == index) status =
      ftblab_loader_event(loader, alias, &found);
  if (!status && found != index)
    status = ftblab_loader_fail(loader, item, "another event has this name or alias");
  return status;
}

/* Those of LIST that are only ground truth, or those that are not. */
static ftblab_status add_events(ftblab_loader *loader, const cJSON *list, bool facts, ftblab_event *events)
{
  const cJSON *item;
  cJSON_ArrayForEach(item, list)
  {
    if (is_only_fact(item) != facts)
      continue;
    ftblab_status status = load_event(loader, item, &events[loader->spec->event_count]);
    if (status)
      return status;
    loader->spec->event_count++;
  }
  return FTBLAB_OK;
}

/* What leads from those of LIST to other events. INDEX is the place of the next event. */
static ftblab_status relate_events(ftblab_loader *loader, const cJSON *list, bool facts, ftblab_event *events,
                                   int *index)
{
  const cJSON *item;
  cJSON_ArrayForEach(item, list)
  {
    if (is_only_fact(item) != facts)
      continue;
    ftblab_status status = load_relations(loader, item, &events[*index]);
    if (!status)
      status = check_names(loader, item, *index);
    if (status)
      return status;
    ++*index;
  }
  return FTBLAB_OK;
}

static ftblab_status load_events(ftblab_loader *loader, const ftblab_catalogues *all)
{
  ftblab_event *events = ftblab_loader_take(loader, count_all(all, "events"), sizeof *events);
  if (!events)
    return FTBLAB_ENOMEM;
  loader->spec->events = events;
  ftblab_status status = FTBLAB_OK;
  int index = 0;
  for (int facts = 0; facts < 2; facts++)
    for (size_t i = 0; i < all->count && !status; i++)
      status = add_events(loader, open_list(loader, all, i, "events"), facts, events);
  for (int facts = 0; facts < 2; facts++)
    for (size_t i = 0; i < all->count && !status; i++)
      status = relate_events(loader, open_list(loader, all, i, "events"), facts, events, &index);
  return status;
}

ftblab_status ftblab_loader_catalogue(ftblab_loader *loader, const ftblab_catalogues *all)
{
  ftblab_spec *spec = loader->spec;
  ftblab_status status = load_roles(loader, all);
  if (!status)
    status = load_keys(loader, all);
  if (!status)
    status = load_events(loader, all);
  return status
             ? status
             : ftblab_loader_errata(loader, ftblab_json_root(all->documents[0]), &spec->errata, &spec->erratum_count);
}
