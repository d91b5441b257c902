/* hosts.c - who is who: addresses, port GUIDs, process numbers and ranks of hosts, from a JSON file. */
#include "parts.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

struct ftblab_hosts {
  tables *tables;
};

enum { NAME_OF, RANK_OF, RANKS_OF, INTERFACE_OF, TABLE_COUNT };

extern const unsigned char ftblab_embedded_hosts_schema_json[];
extern const size_t ftblab_embedded_hosts_schema_json_length;

/* GUIDs are written with and without 0x, with colons and leading zeros: only their digits count. */
static void plain_guid(const char *guid, char *plain, size_t room)
{
  size_t length = 0;
  if (guid[0] == '0' && (guid[1] == 'x' || guid[1] == 'X'))
    guid += 2;
  for (; *guid != '\0' && length + 1 < room; guid++)
    if (*guid != ':' && (length > 0 || *guid != '0'))
      plain[length++] = (char)tolower((unsigned char)*guid);
  plain[length] = '\0';
}

static bool put(ftblab_hosts *hosts, size_t table, const char *key, const char *value)
{
  words one = {.at = &value, .count = 1};
  return ftblab_tables_add(hosts->tables, table, key, &one, false);
}

static bool put_guid(ftblab_hosts *hosts, size_t table, const char *guid, const char *value)
{
  char plain[64];
  plain_guid(guid, plain, sizeof plain);
  return put(hosts, table, plain, value);
}

static bool put_number(ftblab_hosts *hosts, size_t table, const char *key, const cJSON *number)
{
  char text[32];
  snprintf(text, sizeof text, "%lld", (long long)number->valuedouble);
  return put(hosts, table, key, text);
}

static bool take_host(ftblab_hosts *hosts, const cJSON *node)
{
  const char *name = cJSON_GetObjectItemCaseSensitive(node, "host")->valuestring;
  const cJSON *item;
  bool ok = put(hosts, NAME_OF, name, name);
  cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(node, "addresses"))
  {
    ok = ok && put(hosts, NAME_OF, item->valuestring, name);
  }
  cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(node, "ports"))
  {
    ok = ok && put_guid(hosts, NAME_OF, item->string, name);
    ok = ok && put_guid(hosts, INTERFACE_OF, item->string, item->valuestring);
  }
  cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(node, "ranks"))
  {
    ok = ok && put_number(hosts, RANKS_OF, name, item);
  }
  cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(node, "processes"))
  {
    ok = ok && put_number(hosts, RANK_OF, item->string, item) && put_number(hosts, RANKS_OF, name, item);
  }
  return ok;
}

static ftblab_status take_hosts(ftblab_hosts *hosts, const ftblab_json *json, ftblab_error *err)
{
  const cJSON *node;
  cJSON_ArrayForEach(node, cJSON_GetObjectItemCaseSensitive(ftblab_json_root(json), "hosts"))
  {
    if (!take_host(hosts, node))
      return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the hosts");
  }
  return FTBLAB_OK;
}

ftblab_status ftblab_hosts_read(const char *path, ftblab_hosts **hosts, ftblab_error *err)
{
  ftblab_json *json = NULL, *schema = NULL;
  ftblab_hosts *created = calloc(1, sizeof *created);
  ftblab_status status = ftblab_json_read(path, &json, err);
  if (status == FTBLAB_OK)
    status = ftblab_json_parse((const char *)ftblab_embedded_hosts_schema_json,
                               ftblab_embedded_hosts_schema_json_length, "hosts.schema.json", &schema, err);
  if (status == FTBLAB_OK)
    status = ftblab_json_validate(json, schema, err);
  if (created != NULL)
    created->tables = ftblab_tables_new(TABLE_COUNT);
  if (status == FTBLAB_OK && (created == NULL || created->tables == NULL))
    status = ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the hosts");
  if (status == FTBLAB_OK)
    status = take_hosts(created, json, err);
  ftblab_json_free(json);
  ftblab_json_free(schema);
  if (status == FTBLAB_OK)
    *hosts = created;
  else
    ftblab_hosts_free(created);
  return status;
}

void ftblab_hosts_free(ftblab_hosts *hosts)
{
  if (hosts == NULL)
    return;
  ftblab_tables_free(hosts->tables);
  free(hosts);
}

void ftblab_hosts_name(const ftblab_hosts *hosts, const char *word, pool *p, words *w)
{
  char plain[64];
  size_t before = w->count;
  if (hosts == NULL)
    return;
  ftblab_tables_get(hosts->tables, NAME_OF, word, p, w);
  plain_guid(word, plain, sizeof plain);
  if (w->count == before)
    ftblab_tables_get(hosts->tables, NAME_OF, plain, p, w);
}

void ftblab_hosts_rank(const ftblab_hosts *hosts, const char *process, pool *p, words *w)
{
  if (hosts != NULL)
    ftblab_tables_get(hosts->tables, RANK_OF, process, p, w);
}

void ftblab_hosts_ranks(const ftblab_hosts *hosts, const char *host, pool *p, words *w)
{
  if (hosts != NULL)
    ftblab_tables_get(hosts->tables, RANKS_OF, host, p, w);
}

void ftblab_hosts_interface(const ftblab_hosts *hosts, const char *guid, pool *p, words *w)
{
  char plain[64];
  plain_guid(guid, plain, sizeof plain);
  if (hosts != NULL)
    ftblab_tables_get(hosts->tables, INTERFACE_OF, plain, p, w);
}
