/* platform.c - see platform.h. The file is streamed: platforms may hold millions of elements. */
#include "platform.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <libxml/xmlreader.h>

typedef struct check {
  const char *path;
  ftblab_error *err;
  bool failed;
} check;

static void on_error(void *argument, xmlErrorPtr problem)
{
  check *c = argument;
  if (c->failed || problem->level < XML_ERR_ERROR)
    return;
  c->failed = true;
  char reason[256];
  const char *text = problem->message != NULL ? problem->message : "not well-formed";
  if (problem->code == XML_ERR_DOCUMENT_END) /* libxml2 says the second also of a file that was cut off */
    text = "the document is cut off, or something stands behind its end";
  size_t length = strcspn(text, "\n");
  snprintf(reason, sizeof reason, "%.*s", (int)(length < 200 ? length : 200), text);
  ftblab_fail_at(c->err, c->path, (size_t)(problem->line > 0 ? problem->line : 0),
                 (size_t)(problem->int2 > 0 ? problem->int2 : 0), "%s", reason);
}

static void bad_node(check *c, xmlTextReaderPtr reader, const char *reason)
{
  c->failed = true;
  int line = xmlTextReaderGetParserLineNumber(reader), column = xmlTextReaderGetParserColumnNumber(reader);
  ftblab_fail_at(c->err, c->path, line > 0 ? (size_t)line : 0, column > 0 ? (size_t)column : 0, "%s", reason);
}

static void check_root(check *c, xmlTextReaderPtr reader)
{
  const xmlChar *name = xmlTextReaderConstName(reader);
  if (!xmlStrEqual(name, BAD_CAST "platform")) {
    bad_node(c, reader, "the outermost element of a SimGrid platform is <platform>");
    return;
  }
  xmlChar *version = xmlTextReaderGetAttribute(reader, BAD_CAST "version");
  double number = version != NULL ? strtod((const char *)version, NULL) : 0;
  xmlFree(version);
  if (!(number >= 4 && number <= 4.1))
    bad_node(c, reader, "<platform> needs version=\"4.1\"");
}

static void read_all(check *c, xmlTextReaderPtr reader)
{
  bool root_seen = false;
  int more;
  while (!c->failed && (more = xmlTextReaderRead(reader)) == 1)
    if (!root_seen && xmlTextReaderNodeType(reader) == XML_READER_TYPE_ELEMENT) {
      root_seen = true;
      check_root(c, reader);
    }
  if (!c->failed && (more < 0 || !root_seen))
    bad_node(c, reader, "not well-formed XML");
}

ftblab_status ftblab_platform_check(const char *path, ftblab_error *err)
{
  struct stat status;
  if (stat(path, &status) == 0 && !S_ISREG(status.st_mode)) /* a pipe could not be read a second time, by SimGrid */
    return ftblab_fail(err, FTBLAB_EINPUT, "%s: the platform is %s", path,
                       S_ISDIR(status.st_mode) ? "a directory" : "not a regular file");
  FILE *file = fopen(path, "r");
  if (file == NULL)
    return ftblab_fail(err, FTBLAB_EINPUT, "%s: the platform cannot be read: %s", path, strerror(errno));
  fclose(file);
  ftblab_error found = {.status = FTBLAB_OK};
  check c = {.path = path, .err = &found};
  xmlTextReaderPtr reader = xmlReaderForFile(path, NULL, XML_PARSE_NONET | XML_PARSE_HUGE);
  if (reader == NULL)
    return ftblab_fail(err, FTBLAB_EINPUT, "%s: the platform cannot be read", path);
  xmlTextReaderSetStructuredErrorHandler(reader, on_error, &c);
  read_all(&c, reader);
  xmlFreeTextReader(reader);
  if (!c.failed)
    return FTBLAB_OK;
  return ftblab_fail(err, FTBLAB_EINPUT, "%s", found.text);
}
