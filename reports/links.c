/* links.c - which throw a catch goes back to. What must hold: a throw is never found for a catch before it, for it is
 * asked for in the order of the trace. */
#include "subject.h"

#include <stdlib.h>
#include <string.h>

/* The last throw of each key, by the key's number. Two sets of keys: "seq" and "event and payload". */
struct ftblab_links {
  const ftblab_spec *spec;
  ftblab_names *keys;
  size_t *throws;
  size_t capacity;
  ftblab_text key; /* the one at hand */
};

ftblab_status ftblab_links_new(const ftblab_spec *spec, ftblab_links **links, ftblab_error *err)
{
  ftblab_links *created = calloc(1, sizeof *created);
  if (created)
    created->keys = ftblab_names_new();
  if (!created || !created->keys) {
    free(created);
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the links between records");
  }
  created->spec = spec;
  *links = created;
  return FTBLAB_OK;
}

void ftblab_links_free(ftblab_links *links)
{
  if (!links)
    return;
  ftblab_names_free(links->keys);
  ftblab_text_free(&links->key);
  free(links->throws);
  free(links);
}

/* A sequence number cannot be an event: it begins with '#'. */
static void make_seq_key(ftblab_links *links, uint64_t seq)
{
  ftblab_text_clear(&links->key);
  ftblab_text_addf(&links->key, "#%llu", (unsigned long long)seq);
}

/* A single value and a set of it are the same, and blanks are free: both are left out of the key. */
static void make_event_key(ftblab_links *links, const ftblab_record *record)
{
  const char *name = ftblab_spec_event_name(links->spec, record->event);
  ftblab_text *key = &links->key;
  ftblab_text_clear(key);
  ftblab_text_add(key, "=");
  ftblab_text_add_bytes(key, name ? name : record->event.data, name ? strlen(name) : record->event.length);
  ftblab_text_add(key, " ");
  for (size_t i = 0; i < record->payload.length; i++)
    if (!strchr(" \t{}", record->payload.data[i]))
      ftblab_text_add_bytes(key, &record->payload.data[i], 1);
}

static bool keep(ftblab_links *links, size_t number)
{
  uint32_t key = links->key.failed ? FTBLAB_NO_NAME
                                   : ftblab_names_add(links->keys, ftblab_text_string(&links->key), links->key.length);
  if (key == FTBLAB_NO_NAME)
    return false;
  if (key >= links->capacity) {
    size_t capacity = 2 * ((size_t)key + 32);
    size_t *grown = realloc(links->throws, capacity * sizeof *grown);
    if (!grown)
      return false;
    links->throws = grown;
    links->capacity = capacity;
  }
  links->throws[key] = number;
  return true;
}

bool ftblab_links_throw(ftblab_links *links, const ftblab_record *record, size_t number)
{
  make_event_key(links, record);
  if (!keep(links, number))
    return false;
  if (!record->has_seq)
    return true;
  make_seq_key(links, record->seq);
  return keep(links, number);
}

static size_t look_up(const ftblab_links *links)
{
  uint32_t key = links->key.failed ? FTBLAB_NO_NAME
                                   : ftblab_names_find(links->keys, ftblab_text_string(&links->key), links->key.length);
  return key == FTBLAB_NO_NAME ? FTBLAB_NO_LINK : links->throws[key];
}

size_t ftblab_links_find(ftblab_links *links, const ftblab_record *record)
{
  size_t found = FTBLAB_NO_LINK;
  if (record->has_cause) {
    make_seq_key(links, record->cause);
    found = look_up(links);
  }
  if (found == FTBLAB_NO_LINK) {
    make_event_key(links, record);
    found = look_up(links);
  }
  return found;
}
