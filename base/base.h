/* base.h - what every ftblab library stands on: errors, growing text, names as numbers, random
 * streams, files that are whole or absent, and JSON with positions and schemas.
 *
 * Nothing here prints, exits or keeps a global. A function that can fail returns a ftblab_status and,
 * on failure, describes it in *err (which may be NULL); on failure its outputs are untouched.
 * Every _free() accepts NULL. Nothing is shared between threads unless a function says so. */
#ifndef FTBLAB_BASE_H
#define FTBLAB_BASE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cjson/cJSON.h>

#ifdef __cplusplus
extern "C" {
#endif

#define FTBLAB_COUNT(array) (sizeof(array) / sizeof((array)[0]))
#if defined __GNUC__
#define FTBLAB_PRINTF(string, first) __attribute__((format(printf, string, first)))
#else
#define FTBLAB_PRINTF(string, first)
#endif

/* ---- errors ------------------------------------------------------------------------------- */

typedef enum ftblab_status {
  FTBLAB_OK = 0,
  FTBLAB_EINPUT,   /* the user's input is wrong: text says file, line, column (or JSON path) and reason; exit 3 */
  FTBLAB_EUSAGE,   /* the command line is wrong; exit 64 */
  FTBLAB_EIO,      /* a file could not be read or written, a disk is full; exit 70 (3 if it is an input file: EINPUT) */
  FTBLAB_ENOMEM,   /* exit 70 */
  FTBLAB_EINTERNAL /* a bug; exit 70 */
} ftblab_status;

typedef struct ftblab_error {
  ftblab_status status;
  size_t line;     /* of the file that the text names; 0: none */
  char text[1536]; /* one line, no newline at the end, NUL-terminated, cut if longer */
} ftblab_error;

/* Set *err (if not NULL) and return STATUS, so that `return ftblab_fail(err, ...)` is the whole error path. */
ftblab_status ftblab_fail(ftblab_error *err, ftblab_status status, const char *format, ...) FTBLAB_PRINTF(3, 4);
/* The same for a place in a file, as "FILE:LINE:COLUMN: reason" with FTBLAB_EINPUT. Lines and columns
 * count from 1 (columns in bytes); a column or line of 0 is left out. */
ftblab_status ftblab_fail_at(ftblab_error *err, const char *file, size_t line, size_t column, const char *format, ...)
    FTBLAB_PRINTF(5, 6);
/* Say what was being done when it failed: appends " (while ...)" to the text. Returns err's status. */
ftblab_status ftblab_while(ftblab_error *err, const char *format, ...) FTBLAB_PRINTF(2, 3);

/* ---- text that grows ----------------------------------------------------------------------- */

/* Starts as {0}. A failed allocation sets `failed` and makes later appends do nothing, so that a
 * writer checks once at its end. `data` is NUL-terminated once anything was appended. */
typedef struct ftblab_text {
  char *data;
  size_t length, capacity;
  bool failed;
} ftblab_text;

void ftblab_text_add(ftblab_text *text, const char *string);
void ftblab_text_add_bytes(ftblab_text *text, const char *bytes, size_t count);
void ftblab_text_addf(ftblab_text *text, const char *format, ...) FTBLAB_PRINTF(2, 3);
void ftblab_text_addv(ftblab_text *text, const char *format, va_list values) FTBLAB_PRINTF(2, 0);
bool ftblab_text_reserve(ftblab_text *text, size_t more); /* room for MORE bytes and the terminator; false: no memory */
/* quoted and escaped as JSON; invalid UTF-8 as U+FFFD */
void ftblab_text_add_json(ftblab_text *text, const char *string, size_t count);
/* Escaped as XML. ATTRIBUTE: line ends and tabs are written as references as well. False: something in STRING is
 * nothing that XML can hold, and stands there as U+FFFD. */
bool ftblab_text_add_xml(ftblab_text *text, const char *string, size_t count, bool attribute);
const char *ftblab_text_string(const ftblab_text *text); /* "" when empty; owned by TEXT */
void ftblab_text_clear(ftblab_text *text);               /* empties, keeps the memory */
void ftblab_text_free(ftblab_text *text);

/* Bytes of the UTF-8 character that BYTES starts with, of which COUNT are there; 0 if it is none (RFC 3629:
 * overlong forms, surrogates and what lies beyond U+10FFFF are none). */
size_t ftblab_utf8_character(const char *bytes, size_t count);

/* Eight bytes at a time: for tables in memory. It differs between machines, and must not show in what is written. */
uint64_t ftblab_hash(const char *bytes, size_t count);

/* ---- names as small numbers ------------------------------------------------------------------ */

typedef struct ftblab_names ftblab_names;
#define FTBLAB_NO_NAME UINT32_MAX
ftblab_names *ftblab_names_new(void); /* NULL: no memory */
void ftblab_names_free(ftblab_names *names);
/* the number of the name, new ones count up from 0; FTBLAB_NO_NAME: no memory */
uint32_t ftblab_names_add(ftblab_names *names, const char *string, size_t count);
uint32_t ftblab_names_find(const ftblab_names *names, const char *string, size_t count); /* FTBLAB_NO_NAME: unknown */
/* owned by NAMES, stays where it is while NAMES lives */
const char *ftblab_names_string(const ftblab_names *names, uint32_t number);
uint32_t ftblab_names_count(const ftblab_names *names);

/* Room for one more of COUNT things of SIZE bytes in *LIST, which may move. False: no memory, and LIST is as it was. */
bool ftblab_make_room(void **list, uint32_t count, uint32_t *capacity, size_t size);

/* Sources that number what they send, from 1, up to WRAPS - 1 and on from 0: a number that was passed over is often the
 * only sign of a loss. A source that begins again, and one that was there before, have lost nothing. */
typedef struct ftblab_numbering ftblab_numbering;
ftblab_numbering *ftblab_numbering_new(uint32_t wraps); /* a power of 2; NULL: no memory */
void ftblab_numbering_free(ftblab_numbering *numbering);
/* SOURCE sent NUMBER. *MISSED: how many before it did not come, *FIRST: the first of them. False: no memory. */
bool ftblab_numbering_see(ftblab_numbering *numbering, const char *source, uint32_t number, uint32_t *missed,
                          uint32_t *first);

/* The one of COUNT NAMES that WORD was probably meant to be (fewest edits, without case), for "did you mean"; NULL:
 * none
 * is near. */
const char *ftblab_nearest(const char *word, const char *const *names, size_t count);

/* ---- random streams --------------------------------------------------------------------------- */

/* xoshiro256++ 1.0 (Blackman, Vigna 2019), seeded by splitmix64. One stream for each entity that draws
 * (a component, a channel, a fault source), so that adding one never shifts another's draws. */
typedef struct ftblab_random {
  uint64_t state[4];
} ftblab_random;
void ftblab_random_seed(ftblab_random *random, uint64_t seed, const char *stream_name);
uint64_t ftblab_random_u64(ftblab_random *random);
double ftblab_random_uniform(ftblab_random *random);                  /* [0, 1) with 53 bits */
double ftblab_random_exponential(ftblab_random *random, double mean); /* mean in the caller's unit */
/* 0 <= result < bound, no modulo bias; bound > 0 */
uint64_t ftblab_random_below(ftblab_random *random, uint64_t bound);

/* ---- files -------------------------------------------------------------------------------------- */

/* The whole of PATH ("-" is standard input) in *TEXT (NUL-terminated, the caller frees it with free()).
 * FTBLAB_EINPUT if it cannot be read or is a directory: "PATH: reason". */
ftblab_status ftblab_read_file(const char *path, char **text, size_t *length, ftblab_error *err);

/* What is left of STREAM, appended to TEXT. FTBLAB_EINPUT: "NAME: reason". */
ftblab_status ftblab_read_stream(FILE *stream, const char *name, ftblab_text *text, ftblab_error *err);

/* A file that appears under its name only when it is whole: writes go to a temporary neighbour that
 * ftblab_output_commit() renames. "-" is standard output (then commit only flushes). */
typedef struct ftblab_output ftblab_output;
ftblab_status ftblab_output_open(const char *path, ftblab_output **output, ftblab_error *err);
FILE *ftblab_output_file(ftblab_output *output); /* owned by OUTPUT */
/* To this file; what fails is told by ftblab_output_commit(), with the reason. */
void ftblab_output_write(ftblab_output *output, const char *data, size_t length);
/* Where the file is until it is whole, for a signal handler that removes it; NULL: written in
 * place. Owned by OUTPUT. */
const char *ftblab_output_temporary(const ftblab_output *output);
/* FTBLAB_EIO on any write error since open; ends OUTPUT either way */
ftblab_status ftblab_output_commit(ftblab_output *output, ftblab_error *err);
void ftblab_output_abandon(ftblab_output *output); /* removes the temporary; ends OUTPUT */

/* Make FOLDER and those above it, where they are not there. FTBLAB_EIO: it cannot be made;
 * FTBLAB_EINPUT: something else has its name. */
ftblab_status ftblab_make_folder(const char *folder, ftblab_error *err);

/* ---- other programs ------------------------------------------------------------------------------ */

typedef struct ftblab_program_end {
  int absent; /* 0, or an errno value: why it could not be started */
  bool good;  /* it ended with status 0 */
} ftblab_program_end;

/* Run the program ARGUMENTS[0], which PATH finds; ARGUMENTS ends with NULL. It reads INPUT; if it ends well, what it
 * wrote is appended to OUTPUT. SILENT: its complaints go nowhere. FTBLAB_EIO: no temporary file; how the program fared,
 * *END says. */
ftblab_status ftblab_run_program(const char *const *arguments, bool silent, const ftblab_text *input,
                                 ftblab_text *output, ftblab_program_end *end, ftblab_error *err);

/* ---- JSON for configuration ----------------------------------------------------------------------- */

/* A JSON document: cJSON's tree plus the line and column of every value. Stricter than cJSON: a
 * duplicate key, a control character in a string, invalid UTF-8, a number out of range, a depth beyond 200 or
 * text after the end is an error with its place. Strings with an escaped NUL are refused. */
typedef struct ftblab_json ftblab_json;
/* NAME is for messages */
ftblab_status ftblab_json_parse(const char *text, size_t length, const char *name, ftblab_json **json,
                                ftblab_error *err);
ftblab_status ftblab_json_read(const char *path, ftblab_json **json, ftblab_error *err);
void ftblab_json_free(ftblab_json *json);
/* owned by JSON. Look keys up with cJSON_GetObjectItemCaseSensitive */
cJSON *ftblab_json_root(const ftblab_json *json);
const char *ftblab_json_name(const ftblab_json *json);
/* The same value, whatever the order of keys. (cJSON_Compare() takes twice as long with each level of objects.) */
bool ftblab_json_same(const cJSON *one, const cJSON *other);
bool ftblab_json_lists(const cJSON *words, const char *word); /* is WORD one of WORDS, an array of strings? */
/* "NAME:LINE:COLUMN: $.jobs[1].nodes: reason", FTBLAB_EINPUT. A NODE that was not in the text (set by
 * ftblab_json_set) is described by its path and "set by ORIGIN" instead of a place. */
ftblab_status ftblab_json_fail(const ftblab_json *json, const cJSON *node, ftblab_error *err, const char *format, ...)
    FTBLAB_PRINTF(4, 5);
/* Append where NODE stands, "NAME:LINE:COLUMN"; of one that was not in the text "NAME". */
void ftblab_json_tell_place(const ftblab_json *json, const cJSON *node, ftblab_text *text);
/* Replace or add the value at PATH, dotted, with [n] for array elements ("jobs[0].nodes", a key with
 * dots or brackets quoted: components."RM/JS".host). VALUE is JSON; what is not JSON is taken as a string. ORIGIN
 * names where it came from for messages ("--set"). FTBLAB_EINPUT: bad path, or deeper than a document may be. */
ftblab_status ftblab_json_set(ftblab_json *json, const char *path, const char *value, const char *origin,
                              ftblab_error *err);

/* Validate JSON against SCHEMA (JSON Schema 2020-12, the subset: type (also a list), enum, const,
 * properties, required, additionalProperties (bool or schema), patternProperties, propertyNames, items, minItems,
 * maxItems,
 * uniqueItems, minLength, maxLength, pattern (POSIX extended after translation of \d), minimum, maximum,
 * exclusiveMinimum, exclusiveMaximum,
 * multipleOf 1 only, oneOf, anyOf, allOf, not, if/then/else, $ref to #/$defs/..., title, description, default,
 * examples, $schema, $id, $comment).
 * Any other keyword in SCHEMA is FTBLAB_EINTERNAL: a schema is never half-checked in silence.
 * The first violation in document order is the error; for oneOf/anyOf the branch that got furthest explains. An
 * unknown key names the nearest known one ("did you mean ..."). */
ftblab_status ftblab_json_validate(const ftblab_json *json, const ftblab_json *schema, ftblab_error *err);
/* Add to JSON every property with a "default" in SCHEMA that its object lacks (recursively, also in
 * objects that were themselves added). Call after a successful validation. */
ftblab_status ftblab_json_apply_defaults(ftblab_json *json, const ftblab_json *schema, ftblab_error *err);

#ifdef __cplusplus
}
#endif
#endif
