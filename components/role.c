/* role.c - what all roles share: registrations as a table, parameters, ranks in notes. */
#include "role.h"

#include <string.h>

/* "nodes: *, jobs: {j1}" */
static void write_pattern(const ftblab_component *self, const ftblab_interest *interest, ftblab_text *pattern)
{
  for (size_t i = 0; i < FTBLAB_COUNT(interest->keys) && interest->keys[i]; i++) {
    const char *key = interest->keys[i];
    if (self->job && strcmp(key, "jobs") == 0)
      ftblab_payload_add_words(pattern, key, &self->job->name, 1);
    else
      ftblab_text_addf(pattern, "%s%s: *", pattern->length ? ", " : "", key);
  }
}

ftblab_status ftblab_register(ftblab_component *self, const ftblab_interest *interests, size_t count, ftblab_error *err)
{
  ftblab_text pattern = {0};
  for (size_t i = 0; i < count && !pattern.failed; i++) {
    ftblab_text_clear(&pattern);
    write_pattern(self, &interests[i], &pattern);
    if (!pattern.failed)
      self->world->ops->subscribe(self, interests[i].event, ftblab_text_string(&pattern));
  }
  bool failed = pattern.failed;
  ftblab_text_free(&pattern);
  return failed ? ftblab_fail(err, FTBLAB_ENOMEM, "no memory for a registration") : FTBLAB_OK;
}

void ftblab_react(ftblab_component *self, const ftblab_interest *interests, size_t count, const ftblab_delivery *event)
{
  for (size_t i = 0; i < count; i++)
    if (strcmp(interests[i].event, event->event) == 0) {
      if (interests[i].react)
        interests[i].react(self, event);
      return;
    }
}

double ftblab_parameter(const ftblab_component *self, const char *name)
{
  return cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(self->parameters, name));
}

bool ftblab_parameter_flag(const ftblab_component *self, const char *name)
{
  return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(self->parameters, name));
}

void ftblab_note_ranks(ftblab_component *self, ftblab_note *note, const char *before, const int64_t *ranks, int count,
                       const char *after)
{
  static const char payload_start[] = "ranks: {"; /* of the payload notation, which writes runs as ranges */
  ftblab_text text = {0};
  ftblab_payload_add_numbers(&text, "ranks", ranks, (size_t)count);
  if (text.failed) {
    self->world->ops->fail(self, FTBLAB_ENOMEM, "no memory for a note");
  } else {
    int length = (int)(text.length - strlen(payload_start) - strlen("}"));
    note(self, "%s%s %.*s%s", before, count == 1 ? "rank" : "ranks", length, text.data + strlen(payload_start), after);
  }
  ftblab_text_free(&text);
}

int ftblab_rank_count(const ftblab_component *self)
{
  return self->job->node_count * self->job->ranks_per_node;
}
