/* role.c - what all roles share: registrations as a table, parameters, ranks in notes. */
#include "role.h"

#include <string.h>

/* "nodes: *, jobs: {j1}" */
static void write_pattern(const ftblab_component *self, const ftblab_interest *interest, ftblab_text *pattern)
{
  for (size_t i = 0; i < FTBLAB_COUNT(interest->keys) && interest->keys[i]; i++) {
    const char *key = interest->keys[i];
    if (self->job && strcmp(key, "jobs") == 0) {
      ftblab_payload_add_words(pattern, key, &self->job->name, 1);
      continue;
    }
    if (pattern->length > 0)
      ftblab_text_add(pattern, ", ");
    ftblab_text_add(pattern, key);
    ftblab_text_add(pattern, ": *");
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

const char *ftblab_parameter_word(const ftblab_component *self, const char *name)
{
  return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(self->parameters, name));
}

bool ftblab_job_has_node(const ftblab_job *job, int node)
{
  for (int i = 0; i < job->node_count; i++)
    if (job->nodes[i] == node)
      return true;
  return false;
}

bool ftblab_plays(const ftblab_component *self, const char *library)
{
  return self->library && strcmp(self->library, library) == 0;
}

static const char *spare_name(const ftblab_component *self, int place)
{
  const cJSON *spares = cJSON_GetObjectItemCaseSensitive(self->parameters, "spares");
  return cJSON_GetStringValue(cJSON_GetArrayItem(spares, place));
}

int ftblab_spare_count(const ftblab_component *self)
{
  return cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(self->parameters, "spares"));
}

int ftblab_spare(ftblab_component *self, int place)
{
  const char *name = spare_name(self, place);
  return name ? self->world->ops->node_index(self, name, strlen(name)) : -1;
}

ftblab_status ftblab_check_spares(ftblab_component *self, ftblab_error *err)
{
  for (int i = 0; i < ftblab_spare_count(self); i++)
    if (ftblab_spare(self, i) < 0)
      return ftblab_fail(err, FTBLAB_EINPUT, "no node is called \"%s\", a spare of %s", spare_name(self, i),
                         self->class->role);
  return FTBLAB_OK;
}

void ftblab_note_ranks(ftblab_component *self, ftblab_note *note, const char *before, const int64_t *ranks, int count,
                       const char *after)
{
  static const char payload_start[] = "ranks: {"; /* of the payload notation, which writes runs as ranges */
  ftblab_text text = {0};
  if (!self->world->ops->is_noted(self))
    return;
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
  return self->job->nodes_wanted * self->job->ranks_per_node; /* it may hold more or fewer nodes meanwhile */
}

void ftblab_announce_ranks(ftblab_component *self, const ftblab_rank_announcement *announcement, const int64_t *ranks,
                           int count)
{
  const ftblab_world_ops *world = self->world->ops;
  ftblab_text payload = {0};
  if (count == 0)
    return;
  ftblab_text_add(&payload, announcement->head);
  ftblab_payload_add_numbers(&payload, "ranks", ranks, (size_t)count);
  if (payload.failed) {
    world->fail(self, FTBLAB_ENOMEM, "no memory for a payload");
  } else if (payload.length > FTBLAB_PAYLOAD_LIMIT && count > 1) {
    ftblab_announce_ranks(self, announcement, ranks, count / 2);
    ftblab_announce_ranks(self, announcement, ranks + count / 2, count - count / 2);
  } else {
    ftblab_note_ranks(self, world->note_throw, announcement->before, ranks, count, announcement->after);
    world->publish(self, announcement->event, payload.data, announcement->in_response_to);
  }
  ftblab_text_free(&payload);
}

void ftblab_announce_job(ftblab_component *self, const char *event, const ftblab_job *job, uint64_t in_response_to)
{
  ftblab_text payload = {0};
  ftblab_payload_add_words(&payload, "jobs", &job->name, 1);
  if (payload.failed)
    self->world->ops->fail(self, FTBLAB_ENOMEM, "no memory for a payload");
  else
    self->world->ops->publish(self, event, payload.data, in_response_to);
  ftblab_text_free(&payload);
}

void ftblab_add_value(ftblab_text *text, const char *key, const char *word)
{
  ftblab_text_addf(text, "%s%s: ", text->length ? ", " : "", key);
  if (*word == '\0' || strpbrk(word, " \t,:{}\"") != NULL)
    ftblab_text_add_json(text, word, strlen(word));
  else
    ftblab_text_add(text, word);
}

ftblab_slice ftblab_word_under(const ftblab_payload *payload, const char *key)
{
  const ftblab_pair *pair = ftblab_payload_find(payload, key);
  return pair && pair->item_count > 0 ? payload->items[pair->first_item].word : (ftblab_slice){0};
}

int ftblab_node_under(ftblab_component *self, const ftblab_payload *payload, const char *key)
{
  ftblab_slice word = ftblab_word_under(payload, key);
  return word.data ? self->world->ops->node_index(self, word.data, word.length) : -1;
}

bool ftblab_jobs_answer_predictions(ftblab_component *self)
{
  for (int i = 0; i < self->world->ops->job_count(self); i++) {
    const ftblab_job *job = self->world->ops->job(self, i);
    if ((!self->job || self->job == job) && job->on_prediction != FTBLAB_PREDICTION_IGNORE)
      return true;
  }
  return false;
}

bool ftblab_jobs_ignore_predictions(ftblab_component *self)
{
  int count = self->world->ops->job_count(self);
  for (int i = 0; i < count; i++) {
    const ftblab_job *job = self->world->ops->job(self, i);
    if (!job->answers_predictions || job->on_prediction != FTBLAB_PREDICTION_IGNORE)
      return false;
  }
  return count > 0;
}
