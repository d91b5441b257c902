/* shipped.c - the dialects that are built in, and the document of a dialect by its name or path. */
#include "parts.h"

#include <string.h>

#define EMBEDDED(symbol)                                                                                               \
  extern const unsigned char ftblab_embedded_##symbol[];                                                               \
  extern const size_t ftblab_embedded_##symbol##_length
EMBEDDED(ftb_logger_json);
EMBEDDED(ftb_payload_json);
EMBEDDED(mvapich2_json);
EMBEDDED(openmpi_ftb_json);
EMBEDDED(mpich_ftb_json);
EMBEDDED(openmpi_json);
EMBEDDED(mpich_json);
EMBEDDED(pmix_json);
EMBEDDED(slurm_json);
EMBEDDED(slurm_jobcomp_json);
EMBEDDED(opensm_json);
EMBEDDED(linux_ib_json);
EMBEDDED(criu_json);
EMBEDDED(dmtcp_json);
EMBEDDED(beegfs_json);

/* In the order in which they are listed. */
#define SHIPPED(name, symbol)                                                                                          \
  {                                                                                                                    \
    name, ftblab_embedded_##symbol, &ftblab_embedded_##symbol##_length                                                 \
  }
static const struct shipped {
  const char *name;
  const unsigned char *text;
  const size_t *length;
} shipped[] = {
    SHIPPED("ftb-logger", ftb_logger_json),
    SHIPPED("ftb-payload", ftb_payload_json),
    SHIPPED("mvapich2", mvapich2_json),
    SHIPPED("openmpi-ftb", openmpi_ftb_json),
    SHIPPED("mpich-ftb", mpich_ftb_json),
    SHIPPED("openmpi", openmpi_json),
    SHIPPED("mpich", mpich_json),
    SHIPPED("pmix", pmix_json),
    SHIPPED("slurm", slurm_json),
    SHIPPED("slurm-jobcomp", slurm_jobcomp_json),
    SHIPPED("opensm", opensm_json),
    SHIPPED("linux-ib", linux_ib_json),
    SHIPPED("criu", criu_json),
    SHIPPED("dmtcp", dmtcp_json),
    SHIPPED("beegfs", beegfs_json),
};

static const struct shipped *find(const char *name)
{
  for (size_t i = 0; i < FTBLAB_COUNT(shipped); i++)
    if (strcmp(shipped[i].name, name) == 0)
      return &shipped[i];
  return NULL;
}

bool ftblab_dialect_is_shipped(const char *name)
{
  return find(name) != NULL;
}

const char *ftblab_shipped_nearest(const char *name)
{
  const char *names[FTBLAB_COUNT(shipped)];
  for (size_t i = 0; i < FTBLAB_COUNT(shipped); i++)
    names[i] = shipped[i].name;
  return ftblab_nearest(name, names, FTBLAB_COUNT(shipped));
}

static bool is_path(const char *name)
{
  size_t length = strlen(name);
  return strchr(name, '/') != NULL || (length > 5 && strcmp(name + length - 5, ".json") == 0);
}

ftblab_status ftblab_shipped_parse(const char *name, bool *exists, ftblab_json **json, ftblab_error *err)
{
  const struct shipped *one = find(name);
  *exists = one != NULL || is_path(name);
  if (one != NULL) {
    char file[64];
    snprintf(file, sizeof file, "dialects/%s.json", name);
    return ftblab_json_parse((const char *)one->text, *one->length, file, json, err);
  }
  return *exists ? ftblab_json_read(name, json, err) : FTBLAB_OK;
}

ftblab_status ftblab_dialects_list(ftblab_text *text, ftblab_error *err)
{
  for (size_t i = 0; i < FTBLAB_COUNT(shipped); i++) {
    ftblab_json *json = NULL;
    bool exists;
    ftblab_status status = ftblab_shipped_parse(shipped[i].name, &exists, &json, err);
    if (status != FTBLAB_OK)
      return status;
    ftblab_text_addf(text, "%-14s %s\n", shipped[i].name,
                     cJSON_GetObjectItemCaseSensitive(ftblab_json_root(json), "title")->valuestring);
    ftblab_json_free(json);
  }
  return FTBLAB_OK;
}
