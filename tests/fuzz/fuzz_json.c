/* fuzz_json.c - JSON for configuration. The input is a document and, behind a NUL, a change to it: PATH=VALUE. What is
 * read and written by cJSON is read again as the same: it is written alike. (cJSON_Compare takes twice as long for each
 * level of objects: 1.4 s for a value of 466 bytes.) */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

static void read_back(const ftblab_json *json)
{
  char *written = cJSON_PrintUnformatted(ftblab_json_root(json));
  ftblab_fuzz_must(written != NULL, "memory for a document");
  ftblab_json *again = ftblab_fuzz_json((const uint8_t *)written, strlen(written));
  ftblab_fuzz_must(again != NULL, "what was read and written can be read");
  char *twice = cJSON_PrintUnformatted(ftblab_json_root(again));
  ftblab_fuzz_must(twice != NULL && strcmp(written, twice) == 0, "and is the same");
  free(twice);
  ftblab_json_free(again);
  free(written);
}

static void change(ftblab_json *json, const char *setting, size_t length)
{
  char *path = strndup(setting, length), *value = path == NULL ? NULL : strchr(path, '=');
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
