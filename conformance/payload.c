/* payload.c - the payload notation of section 2: "nodes: {n1, n2}, ranks: {4-7}".
 *
 * The grammar is in docs/conformance.md. A range stands only between integers, a single value and the set of that
 * value are the same, and a key stands once. Slices point into the caller's text, but for quoted strings with
 * escapes. */
#include <stdlib.h>
#include <string.h>

#include "conformance.h"
#include "scan.h"

typedef struct scanner {
  ftblab_payload *payload;
  const char *text;
  size_t length, at;
  size_t unescaped_used;
  ftblab_error *err;
} scanner;

static bool is_space(char c)
{
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Appendix D's "node:<src, dest>": the brackets stand for those of a set, and the order tells which is which. */
static bool opens_list(const scanner *s)
{
  return s->at < s->length && (s->text[s->at] == '{' || (s->payload->angled && s->text[s->at] == '<'));
}

static bool is_mark(char c)
{
  return c == ',' || c == ':' || c == '{' || c == '}' || c == '"';
}

static void skip_space(scanner *s)
{
  while (s->at < s->length && is_space(s->text[s->at]))
    s->at++;
}

static ftblab_status bad(scanner *s, size_t at, const char *reason)
{
  return ftblab_fail(s->err, FTBLAB_EINPUT, "payload column %zu: %s", at + 1, reason);
}

static ftblab_status no_memory(scanner *s)
{
  return ftblab_fail(s->err, FTBLAB_ENOMEM, "no memory for a payload of %zu bytes", s->length);
}

/* Up to 18 digits, so that the number fits; anything else is a word. */
static bool to_integer(const char *text, size_t length, int64_t *number)
{
  if (length == 0 || length > 18)
    return false;
  int64_t value = 0;
  for (size_t i = 0; i < length; i++) {
    if (text[i] < '0' || text[i] > '9')
      return false;
    value = value * 10 + (text[i] - '0');
  }
  *number = value;
  return true;
}

/* Is WORD "integer - integer"? Then the two numbers, in the order written. */
static bool to_range(ftblab_slice word, int64_t *first, int64_t *last)
{
  const char *dash = memchr(word.data, '-', word.length);
  if (dash == NULL)
    return false;
  size_t left = (size_t)(dash - word.data), right = left + 1;
  while (left > 0 && is_space(word.data[left - 1]))
    left--;
  while (right < word.length && is_space(word.data[right]))
    right++;
  return to_integer(word.data, left, first) && to_integer(word.data + right, word.length - right, last);
}

static ftblab_item *add_item(scanner *s)
{
  ftblab_payload *p = s->payload;
  if (p->item_count == p->item_capacity) {
    size_t capacity = p->item_capacity == 0 ? 16 : 2 * p->item_capacity;
    ftblab_item *items = realloc(p->items, capacity * sizeof *items);
    if (items == NULL)
      return NULL;
    p->items = items;
    p->item_capacity = capacity;
  }
  ftblab_item *item = &p->items[p->item_count++];
  memset(item, 0, sizeof *item);
  return item;
}

/* A double-quoted JSON string at s->at. */
static ftblab_status scan_quoted(scanner *s, ftblab_slice *word)
{
  size_t start = s->at++;
  bool escaped = false;
  while (s->at < s->length && s->text[s->at] != '"') {
    if ((unsigned char)s->text[s->at] < 0x20)
      return bad(s, s->at, "control character in a quoted value");
    if (s->text[s->at] == '\\') {
      escaped = true;
      s->at++;
    }
    s->at++;
  }
  if (s->at >= s->length)
    return bad(s, start, "quoted value does not end");
  size_t raw = s->at - start - 1;
  if (!escaped) {
    *word = (ftblab_slice){s->text + start + 1, raw};
  } else {
    /* unescaping never makes a string longer, so the room taken at the start of the parse is enough */
    char *into = s->payload->unescaped + s->unescaped_used;
    size_t written;
    if (!ftblab_scan_unescape(s->text + start + 1, raw, into, &written))
      return bad(s, start, "bad escape in a quoted value");
    *word = (ftblab_slice){into, written};
    s->unescaped_used += written;
  }
  s->at++;
  return FTBLAB_OK;
}

/* END_MARK: what ends the list that the item stands in, besides the marks; 0: nothing. */
static ftblab_status scan_item(scanner *s, char end_mark)
{
  ftblab_item *item = add_item(s);
  if (item == NULL)
    return no_memory(s);
  if (s->at < s->length && s->text[s->at] == '"')
    return scan_quoted(s, &item->word);

  size_t start = s->at;
  while (s->at < s->length && !is_mark(s->text[s->at]) && !(end_mark == '>' && s->text[s->at] == '>'))
    s->at++;
  size_t end = s->at;
  while (end > start && is_space(s->text[end - 1]))
    end--;
  if (end == start)
    return bad(s, start, end_mark != 0 ? "expected an item of the set" : "expected a value");
  item->word = (ftblab_slice){s->text + start, end - start};

  if (to_integer(item->word.data, item->word.length, &item->first)) {
    item->last = item->first;
    item->is_integer = true;
  } else if (to_range(item->word, &item->first, &item->last)) {
    if (item->first > item->last)
      return bad(s, start, "range runs backwards");
    item->is_integer = true;
  } else {
    for (size_t i = start; i < end; i++)
      if (is_space(s->text[i]))
        return bad(s, i, "white space inside a word (quote it)");
  }
  return FTBLAB_OK;
}

static ftblab_status scan_set(scanner *s)
{
  char end_mark = s->text[s->at++] == '<' ? '>' : '}';
  for (;;) {
    skip_space(s);
    ftblab_status status = scan_item(s, end_mark);
    if (status != FTBLAB_OK)
      return status;
    skip_space(s);
    if (s->at >= s->length)
      return bad(s, s->at, end_mark == '>' ? "list does not end, expected '>'" : "set does not end, expected '}'");
    char c = s->text[s->at];
    if (c != ',' && c != end_mark)
      return bad(s, s->at, end_mark == '>' ? "expected ',' or '>' in a list" : "expected ',' or '}' in a set");
    s->at++;
    if (c == end_mark)
      return FTBLAB_OK;
  }
}

static ftblab_status scan_key(scanner *s, ftblab_slice *key)
{
  skip_space(s);
  size_t start = s->at;
  while (s->at < s->length && !is_mark(s->text[s->at]) && !is_space(s->text[s->at]))
    s->at++;
  *key = (ftblab_slice){s->text + start, s->at - start};
  if (key->length == 0)
    return bad(s, start, "expected a key");
  skip_space(s);
  if (s->at >= s->length || s->text[s->at] != ':')
    return bad(s, s->at, "expected ':' after a key");
  s->at++;
  for (size_t i = 0; i < s->payload->pair_count; i++) {
    ftblab_slice other = s->payload->pairs[i].key;
    if (other.length == key->length && memcmp(other.data, key->data, key->length) == 0)
      return bad(s, start, "the same key twice");
  }
  return FTBLAB_OK;
}

static ftblab_status scan_pair(scanner *s)
{
  ftblab_payload *p = s->payload;
  ftblab_pair pair = {.first_item = p->item_count};
  ftblab_status status = scan_key(s, &pair.key);
  if (status != FTBLAB_OK)
    return status;
  skip_space(s);
  status = opens_list(s) ? scan_set(s) : scan_item(s, 0);
  if (status != FTBLAB_OK)
    return status;
  pair.item_count = p->item_count - pair.first_item;
  if (p->pair_count == p->pair_capacity) {
    size_t capacity = p->pair_capacity == 0 ? 8 : 2 * p->pair_capacity;
    ftblab_pair *pairs = realloc(p->pairs, capacity * sizeof *pairs);
    if (pairs == NULL)
      return no_memory(s);
    p->pairs = pairs;
    p->pair_capacity = capacity;
  }
  p->pairs[p->pair_count++] = pair;
  return FTBLAB_OK;
}

static ftblab_status scan_pairs(scanner *s)
{
  for (;;) {
    ftblab_status status = scan_pair(s);
    if (status != FTBLAB_OK)
      return status;
    skip_space(s);
    if (s->at == s->length)
      return FTBLAB_OK;
    if (s->text[s->at] != ',')
      return bad(s, s->at, "expected ',' between pairs");
    s->at++;
  }
}

ftblab_status ftblab_payload_parse(ftblab_payload *payload, const char *text, size_t length, ftblab_error *err)
{
  scanner s = {.payload = payload, .text = text, .length = length, .err = err};
  payload->pair_count = payload->item_count = 0;
  if (payload->unescaped_capacity < length && memchr(text, '\\', length) != NULL) {
    char *unescaped = realloc(payload->unescaped, length);
    if (unescaped == NULL)
      return no_memory(&s);
    payload->unescaped = unescaped;
    payload->unescaped_capacity = length;
  }
  ftblab_status status = scan_pairs(&s);
  if (status != FTBLAB_OK)
    payload->pair_count = payload->item_count = 0;
  return status;
}

const ftblab_pair *ftblab_payload_find(const ftblab_payload *payload, const char *key)
{
  size_t length = strlen(key);
  for (size_t i = 0; i < payload->pair_count; i++)
    if (payload->pairs[i].key.length == length && memcmp(payload->pairs[i].key.data, key, length) == 0)
      return &payload->pairs[i];
  return NULL;
}

bool ftblab_items_meet(const ftblab_item *a, const ftblab_item *b)
{
  if (a->is_integer && b->is_integer)
    return a->first <= b->last && b->first <= a->last;
  return a->word.length == b->word.length && memcmp(a->word.data, b->word.data, a->word.length) == 0;
}

void ftblab_payload_free(ftblab_payload *payload)
{
  free(payload->pairs);
  free(payload->items);
  free(payload->unescaped);
  *payload = (ftblab_payload){0};
}

/* A word that would not read back as itself is quoted: also one that looks like a range but is meant as a name. */
static bool needs_quotes(const char *word)
{
  if (word[0] == '\0')
    return true;
  for (const char *c = word; *c != '\0'; c++)
    if (is_space(*c) || is_mark(*c) || (unsigned char)*c < 0x20)
      return true;
  int64_t first, last;
  return to_range((ftblab_slice){word, strlen(word)}, &first, &last);
}

/* Room for LENGTH bytes and a NUL is there. */
static char *put(char *at, const char *bytes, size_t length)
{
  memcpy(at, bytes, length);
  return at + length;
}

static void start_pair(ftblab_text *text, const char *key)
{
  size_t length = strlen(key);
  if (!ftblab_text_reserve(text, strlen(", ") + length + strlen(": {")))
    return;
  char *at = text->data + text->length;
  if (text->length > 0)
    at = put(at, ", ", 2);
  at = put(put(at, key, length), ": {", 3);
  *at = '\0';
  text->length = (size_t)(at - text->data);
}

/* WORD that needs no quotes, behind others if it is not the FIRST. */
static void add_word(ftblab_text *text, const char *word, bool first)
{
  size_t length = strlen(word);
  if (!ftblab_text_reserve(text, strlen(", ") + length))
    return;
  char *at = text->data + text->length;
  if (!first)
    at = put(at, ", ", 2);
  at = put(at, word, length);
  *at = '\0';
  text->length = (size_t)(at - text->data);
}

void ftblab_payload_add_words(ftblab_text *text, const char *key, const char *const *words, size_t count)
{
  start_pair(text, key);
  for (size_t i = 0; i < count; i++) {
    if (!needs_quotes(words[i])) {
      add_word(text, words[i], i == 0);
      continue;
    }
    if (i > 0)
      ftblab_text_add(text, ", ");
    ftblab_text_add_json(text, words[i], strlen(words[i]));
  }
  ftblab_text_add(text, "}");
}

void ftblab_payload_add_range(ftblab_text *text, const char *key, int64_t first, int64_t last)
{
  start_pair(text, key);
  ftblab_text_addf(text, "%lld", (long long)first);
  if (first < last)
    ftblab_text_addf(text, "-%lld", (long long)last);
  ftblab_text_add(text, "}");
}

void ftblab_payload_add_numbers(ftblab_text *text, const char *key, const int64_t *numbers, size_t count)
{
  if (count > 0 && numbers[count - 1] - numbers[0] == (int64_t)count - 1) { /* sorted: no other number is missing */
    ftblab_payload_add_range(text, key, numbers[0], numbers[count - 1]);
    return;
  }
  start_pair(text, key);
  for (size_t i = 0; i < count;) {
    size_t end = i + 1;
    while (end < count && numbers[end] == numbers[end - 1] + 1)
      end++;
    if (i > 0)
      ftblab_text_add(text, ", ");
    ftblab_text_addf(text, "%lld", (long long)numbers[i]);
    if (end - i > 1)
      ftblab_text_addf(text, "-%lld", (long long)numbers[end - 1]);
    i = end;
  }
  ftblab_text_add(text, "}");
}
