/* fuzz_json.c - JSON for configuration. The input is a document and, behind a NUL, a change to it: PATH=VALUE. What is
 * read and written by cJSON is read again as the same. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

#define MOST_LEVELS 100

static void read_back(const ftblab_json *json)
{
  char *written = cJSON_PrintUnformatted(ftblab_json_root(json));
  ftblab_fuzz_must(written != NULL, "memory for a document");
  ftblab_json *again = ftblab_fuzz_json((const uint8_t *)written, strlen(written));
  ftblab_fuzz_must(again != NULL, "what was read and written can be read");
  ftblab_fuzz_must(ftblab_json_same(ftblab_json_root(json), ftblab_json_root(again)), "and is the same");
  ftblab_json_free(again);
  free(written);
}

/* A path may be longer than a document may be deep, and the value goes on below it. */
static bool is_deep(const char *setting)
{
  size_t levels = 0;
  for (; *setting != '\0'; setting++)
    levels += *setting == '.' || *setting == '[' || *setting == '{';
  return levels > MOST_LEVELS;
}

static void change(ftblab_json *json, const char *setting, size_t length)
{
  char *path = strndup(setting, length), *value = path == NULL || is_deep(path) ? NULL : strchr(path, '=');
  ftblab_error err = {0};
  if (value != NULL) {
    *value++ = '\0';
    ftblab_fuzz_is_no_bug(ftblab_json_set(json, path, value, "fuzz", &err), &err);
    read_back(json);
  }
  free(path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  const uint8_t *end = size == 0 ? NULL : memchr(data, '\0', size);
  size_t length = end == NULL ? size : (size_t)(end - data);
  ftblab_json *json = ftblab_fuzz_json(data, length);
  if (json == NULL)
    return 0;
  read_back(json);
  if (end != NULL)
    change(json, (const char *)end + 1, size - length - 1);
  ftblab_json_free(json);
  return 0;
}
