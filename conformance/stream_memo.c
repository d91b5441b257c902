/* stream_memo.c - clusters that are alike have verdicts that are alike. Once the verdict lists as many instances as it
 * may, the others are only counted, and of those that are alike the exact checker judges one.
 *
 * Two clusters are alike if their records are, one by one: the same role, action and event, the same form of payload,
 * and values and instances that are equal among themselves in the same places. Only clusters whose records may all be
 * steps are compared, with what facts say of their nodes; and none while there are single records that might be another
 * cluster's with a wrong value. */
#include <stdlib.h>
#include <string.h>

#include "stream.h"

#define MAX_RECORDS 128 /* of a cluster that is compared */
#define MAX_WORDS 64    /* different values and instances in it */

struct memo {
  uint64_t hash;
  uint8_t *signature;
  uint32_t length;
  memo_count *counts; /* what such a cluster comes to */
  uint32_t count_count;
  uint64_t judged;
};

typedef struct writer {
  ftblab_slice words[MAX_WORDS];
  uint32_t word_count;
  ftblab_text *text;
} writer;

static char *write_number(char *at, uint32_t number)
{
  for (int i = 0; i < 4; i++)
    *at++ = (char)(number >> 8 * i);
  return at;
}

/* Which of the different words so far it is. False: there are too many. */
static inline bool write_word(writer *w, ftblab_slice word_text, char *at)
{
  uint32_t i = 0;
  while (i < w->word_count && (w->words[i].length != word_text.length ||
                               !ftblab_same_bytes(w->words[i].data, word_text.data, word_text.length)))
    i++;
  if (i == MAX_WORDS)
    return false;
  if (i == w->word_count)
    w->words[w->word_count++] = word_text;
  *at = (char)i;
  return true;
}

static void put_number(writer *w, uint32_t number)
{
  char bytes[4];
  write_number(bytes, number);
  ftblab_text_add_bytes(w->text, bytes, sizeof bytes);
}

static bool put_word(writer *w, ftblab_slice word_text)
{
  char number;
  if (!write_word(w, word_text, &number))
    return false;
  ftblab_text_add_bytes(w->text, &number, 1);
  return true;
}

static int by_line(const void *left, const void *right)
{
  const cluster_record *const *a = left, *const *b = right;
  return (*a)->record.line < (*b)->record.line ? -1 : (*a)->record.line > (*b)->record.line;
}

/* The payload of R, as all that is known of a record. */
static ftblab_record payload_of(const stream *s, const cluster_record *r)
{
  return (ftblab_record){.payload = {r->has_payload ? s->store.payloads + r->payload : NULL, r->payload_length}};
}

static bool sign_record(stream *s, writer *w, const cluster_record *r)
{
  kind *k = s->kinds[r->record.kind];
  reading values;
  char bytes[4 + 4 + 1 + MAX_SLOTS], *at = bytes;
  if (!k->plain || r->record.first_catch)
    return false;
  const ftblab_record record = payload_of(s, r);
  if (!ftblab_payload_read(s, k, &record, &values))
    return false;
  at = write_number(write_number(at, k->class), values.form->number);
  if (!write_word(w, k->constant.instance.data != NULL ? k->constant.instance : (ftblab_slice){"", 0}, at++))
    return false;
  for (uint8_t v = 0; v < values.form->slots; v++)
    if (!write_word(w, values.value[v], at++))
      return false;
  ftblab_text_add_bytes(w->text, bytes, (size_t)(at - bytes));
  return true;
}

/* Each word of a fact: which node and which job it is of matters. */
static bool sign_payload(stream *s, writer *w, ftblab_slice text)
{
  const ftblab_payload *payload = &s->probe->payload;
  if (memchr(text.data, '\\', text.length) != NULL || /* words with escapes would not stay where they are */
      ftblab_entry_read(s->probe, FTBLAB_NONE, text, NULL) != FTBLAB_OK)
    return false;
  for (size_t p = 0; p < payload->pair_count; p++) {
    put_number(w, (uint32_t)payload->pairs[p].item_count);
    if (!put_word(w, payload->pairs[p].key))
      return false;
    for (size_t i = 0; i < payload->pairs[p].item_count; i++)
      if (!put_word(w, payload->items[payload->pairs[p].first_item + i].word))
        return false;
  }
  return true;
}

/* The facts of the list up to LINE: which they are, and what words they have. */
static bool sign_facts(stream *s, writer *w, const fact_list *list, uint32_t *next, uint64_t line)
{
  for (; *next < list->count; ++*next) {
    ftblab_record record = ftblab_facts_record(s, list->at[*next]);
    if (record.line > line)
      return true;
    put_number(w, UINT32_MAX);
    if (!put_word(w, record.event) || !sign_payload(s, w, record.payload))
      return false;
  }
  return true;
}

static bool list_facts(stream *s, const cluster_record *const *records, uint32_t count, fact_list *list)
{
  for (uint32_t i = 0; i < count && s->any_fact; i++) {
    kind *k = s->kinds[records[i]->record.kind];
    const ftblab_record record = payload_of(s, records[i]);
    reading values;
    if (!k->plain || !ftblab_payload_read(s, k, &record, &values))
      return false;
    for (uint8_t v = 0; v < values.form->slots; v++)
      if (s->tie_keys >> values.form->key[v] & 1) {
        word w =
            ftblab_word_of((s->job_keys >> values.form->key[v] & 1) != 0, values.value[v].data, values.value[v].length);
        if (!ftblab_facts_about(s, &w, list))
          return false;
      }
  }
  return ftblab_facts_complete(s, list);
}

/* The signature of a cluster into s->payload_text, by the lines of its records; false: it is none that is compared. */
static bool sign(stream *s, const cluster *c)
{
  const cluster_record *records[MAX_RECORDS];
  uint32_t count = 0;
  writer w = {.text = &s->payload_text};
  if (c->count > MAX_RECORDS || s->header.tie > 0)
    return false;
  for (uint32_t r = c->first; r != NONE; r = s->store.records[r].next)
    records[count++] = &s->store.records[r];
  bool sorted = true;
  for (uint32_t i = 1; i < count; i++)
    sorted = sorted && records[i - 1]->record.line <= records[i]->record.line;
  if (!sorted)
    qsort(records, count, sizeof *records, by_line);
  ftblab_text_clear(&s->payload_text);
  fact_list list = count > 0 ? ftblab_facts_list(s, records[0]->record.line, records[count - 1]->record.line)
                             : ftblab_facts_list(s, 0, 0);
  uint32_t fact = 0;
  bool done = list_facts(s, records, count, &list);
  for (uint32_t i = 0; i < count && done; i++)
    done = sign_facts(s, &w, &list, &fact, records[i]->record.line) && sign_record(s, &w, records[i]);
  done = done && sign_facts(s, &w, &list, &fact, UINT64_MAX);
  free(list.at);
  return done && !s->payload_text.failed && !s->failed;
}
static uint64_t hash_signature(const ftblab_text *text)
{
  uint64_t hash = UINT64_C(14695981039346656037);
  for (size_t i = 0; i < text->length; i++)
    hash = (hash ^ (unsigned char)text->data[i]) * UINT64_C(1099511628211);
  return hash ^ hash >> 32;
}

static memo *find(const stream *s, uint64_t hash, const ftblab_text *signature)
{
  for (uint32_t i = 0; i < MEMOS; i++) {
    memo *m = s->memos[(hash + i) % MEMOS];
    if (m == NULL || i == 64)
      return NULL;
    if (m->hash == hash && m->length == signature->length && memcmp(m->signature, signature->data, m->length) == 0)
      return m;
  }
  return NULL;
}

bool ftblab_memo_hash(stream *s, const cluster *c, uint64_t *hash)
{
  if (!sign(s, c))
    return false;
  *hash = hash_signature(&s->payload_text) | 1;
  return true;
}

bool ftblab_memo_applies(stream *s, const cluster *c)
{
  if (s->verdict->instance_count < s->listed || !sign(s, c))
    return false;
  const memo *m = find(s, hash_signature(&s->payload_text), &s->payload_text);
  if (m == NULL)
    return false;
  for (uint32_t i = 0; i < m->count_count; i++) {
    ftblab_tally *tally = &s->verdict->tallies[m->counts[i].workflow];
    tally->instances[m->counts[i].kind]++;
    tally->violations += m->counts[i].violations;
    tally->asked += m->counts[i].asked;
  }
  s->verdict->records.judged += m->judged;
  return true;
}

void ftblab_memo_keep(stream *s, const cluster *c, const memo_count *counts, uint32_t count, uint64_t judged)
{
  if (!sign(s, c))
    return;
  uint64_t hash = hash_signature(&s->payload_text);
  uint32_t at = 0;
  while (at < 64 && s->memos[(hash + at) % MEMOS] != NULL)
    at++;
  memo *m = at < 64 ? calloc(1, sizeof *m) : NULL;
  if (m == NULL)
    return; /* it is judged again: slower, but no loss */
  *m = (memo){.hash = hash, .length = (uint32_t)s->payload_text.length, .count_count = count, .judged = judged};
  m->signature = malloc(m->length + 1);
  m->counts = malloc((count + 1) * sizeof *m->counts);
  if (m->signature == NULL || m->counts == NULL) {
    free(m->signature);
    free(m->counts);
    free(m);
    return;
  }
  memcpy(m->signature, s->payload_text.data, m->length);
  memcpy(m->counts, counts, count * sizeof *counts);
  s->memos[(hash + at) % MEMOS] = m;
  s->memo_count++;
}

void ftblab_memos_forget(stream *s)
{
  for (uint32_t i = 0; i < MEMOS && s->memo_count > 0; i++) {
    memo *m = s->memos[i];
    s->memos[i] = NULL;
    if (m == NULL)
      continue;
    free(m->signature);
    free(m->counts);
    free(m);
    s->memo_count--;
  }
}
