/* fuzz_payload.c - the payload notation. What is parsed is written and parsed again as the same. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

enum { MOST_ITEMS = 64, MOST_LENGTH = 4096 };

/* Writing is for words as the C library has them, in UTF-8. */
static bool is_text(ftblab_slice word)
{
  for (size_t at = 0, step; at < word.length; at += step) {
    step = ftblab_utf8_character(word.data + at, word.length - at);
    if (step == 0 || word.data[at] == '\0')
      return false;
  }
  return true;
}

static bool is_range(const ftblab_item *item)
{
  return item->is_integer && item->first != item->last;
}

static void check_words(const ftblab_payload *payload, const ftblab_pair *pair, const char *key)
{
  char *words[MOST_ITEMS];
  ftblab_payload again = {0};
  ftblab_text text = {0};
  ftblab_error err = {0};
  const ftblab_item *items = &payload->items[pair->first_item];
  for (size_t i = 0; i < pair->item_count; i++) {
    words[i] = strndup(items[i].word.length == 0 ? "" : items[i].word.data, items[i].word.length);
    ftblab_fuzz_must(words[i] != NULL, "memory for a word");
  }
  ftblab_payload_add_words(&text, key, (const char *const *)words, pair->item_count);
  ftblab_fuzz_must(ftblab_payload_parse(&again, text.data, text.length, &err) == FTBLAB_OK, err.text);
  ftblab_fuzz_must(again.pair_count == 1 && again.item_count == pair->item_count, "as many words");
  for (size_t i = 0; i < pair->item_count; i++) {
    ftblab_slice word = again.items[i].word;
    ftblab_fuzz_must(!is_range(&again.items[i]) && word.length == strlen(words[i]) &&
                         memcmp(word.data, words[i], word.length) == 0,
                     "a word is read back");
    free(words[i]);
  }
  ftblab_payload_free(&again);
  ftblab_text_free(&text);
}

static void check_range(const ftblab_item *item, const char *key)
{
  int64_t numbers[MOST_ITEMS], count = item->last - item->first + 1;
  ftblab_payload again = {0};
  ftblab_text text = {0};
  ftblab_error err = {0};
  for (int64_t i = 0; i < count; i++)
    numbers[i] = item->first + i;
  ftblab_payload_add_numbers(&text, key, numbers, (size_t)count);
  ftblab_fuzz_must(ftblab_payload_parse(&again, text.data, text.length, &err) == FTBLAB_OK, err.text);
  ftblab_fuzz_must(again.item_count == 1 && again.items[0].is_integer && again.items[0].first == item->first &&
                       again.items[0].last == item->last,
                   "a range is read back");
  ftblab_payload_free(&again);
  ftblab_text_free(&text);
}

static void check_pair(const ftblab_payload *payload, const ftblab_pair *pair)
{
  bool are_words = pair->item_count <= MOST_ITEMS;
  if (!is_text(pair->key))
    return;
  char *key = strndup(pair->key.data, pair->key.length);
  ftblab_fuzz_must(key != NULL && ftblab_payload_find(payload, key) == pair, "a key is found");
  for (size_t i = 0; i < pair->item_count; i++) {
    const ftblab_item *item = &payload->items[pair->first_item + i];
    are_words = are_words && is_text(item->word) && !is_range(item);
    ftblab_fuzz_must(!item->is_integer || item->first <= item->last, "ranges run forwards");
    if (is_range(item) && item->last - item->first < MOST_ITEMS)
      check_range(item, key);
  }
  if (are_words)
    check_words(payload, pair, key);
  free(key);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  ftblab_payload payload = {0};
  ftblab_error err = {0};
  for (int angled = 0; angled < 2 && size <= MOST_LENGTH; angled++) {
    payload.angled = angled == 1;
    ftblab_status status = ftblab_payload_parse(&payload, (const char *)data, size, &err);
    ftblab_fuzz_is_no_bug(status, &err);
    for (size_t p = 0; p < payload.pair_count; p++)
      check_pair(&payload, &payload.pairs[p]);
  }
  ftblab_payload_free(&payload);
  return 0;
}
