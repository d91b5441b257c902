/* test_base.c - the foundations: text, names, random streams, files, JSON. Works in a folder of its own below the
 * current one and takes it away at the end. */
#define _XOPEN_SOURCE 700 /* mkdtemp */
#include "base.h"
#include "suite.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "test_base.XXXXXX";

/* ---- errors and text ---- */

static void test_errors(void)
{
  ftblab_error err;
  CU_ASSERT_EQUAL(ftblab_fail(&err, FTBLAB_EIO, "disk %d\nfull", 7), FTBLAB_EIO);
  CU_ASSERT_STRING_EQUAL(err.text, "disk 7 full");
  CU_ASSERT_EQUAL(ftblab_while(&err, "writing %s", "a"), FTBLAB_EIO);
  CU_ASSERT_STRING_EQUAL(err.text, "disk 7 full (while writing a)");
  CU_ASSERT_EQUAL(ftblab_fail_at(&err, "f", 3, 4, "bad"), FTBLAB_EINPUT);
  CU_ASSERT_STRING_EQUAL(err.text, "f:3:4: bad");
  ftblab_fail_at(&err, "f", 3, 0, "bad");
  CU_ASSERT_STRING_EQUAL(err.text, "f:3: bad");
  ftblab_fail_at(&err, "f", 0, 0, "bad");
  CU_ASSERT_STRING_EQUAL(err.text, "f: bad");
  CU_ASSERT_EQUAL(ftblab_fail(NULL, FTBLAB_ENOMEM, "x"), FTBLAB_ENOMEM);

  char long_text[4000];
  memset(long_text, 'x', sizeof long_text - 1);
  long_text[sizeof long_text - 1] = '\0';
  ftblab_fail(&err, FTBLAB_EINPUT, "%s", long_text);
  CU_ASSERT_EQUAL(strlen(err.text), sizeof err.text - 1);
  ftblab_while(&err, "%s", long_text);
  CU_ASSERT_EQUAL(strlen(err.text), sizeof err.text - 1);
}

static void test_text(void)
{
  ftblab_text text = {0};
  CU_ASSERT_STRING_EQUAL(ftblab_text_string(&text), "");
  ftblab_text_add(&text, "a");
  ftblab_text_addf(&text, "%d-%s", 12, "b");
  CU_ASSERT_STRING_EQUAL(ftblab_text_string(&text), "a12-b");
  ftblab_text_clear(&text);
  CU_ASSERT_STRING_EQUAL(ftblab_text_string(&text), "");
  for (int i = 0; i < 1000; i++)
    ftblab_text_addf(&text, "%03d%s", i, "0123456789012345678901234567890123456789");
  CU_ASSERT_EQUAL(text.length, 43000);
  CU_ASSERT_EQUAL(strncmp(text.data + 42957, "999", 3), 0);
  CU_ASSERT_FALSE(text.failed);
  ftblab_text_free(&text);
}

static void test_room(void)
{
  uint32_t *list = NULL, capacity = 0, last = UINT32_MAX;
  for (uint32_t i = 0; i < 3000; i++) {
    CU_ASSERT_FATAL(ftblab_make_room((void **)&list, i, &capacity, sizeof *list));
    list[i] = i;
  }
  for (uint32_t i = 0; i < 3000; i++)
    CU_ASSERT_EQUAL(list[i], i);
  CU_ASSERT(capacity >= 3000 && capacity <= 6000);
  uint32_t *before = list;
  CU_ASSERT_FALSE(ftblab_make_room((void **)&list, last, &last, sizeof *list)); /* twice as many have no number */
  CU_ASSERT(list == before && last == UINT32_MAX);
  free(list);
}

/* The bytes that printf() writes, whoever puts them together. */
#define CHECK_FORMAT(...)                                                                                              \
  do {                                                                                                                 \
    char expected[600];                                                                                                \
    ftblab_text text = {0};                                                                                            \
    snprintf(expected, sizeof expected, __VA_ARGS__);                                                                  \
    ftblab_text_add(&text, "before ");                                                                                 \
    ftblab_text_addf(&text, __VA_ARGS__);                                                                              \
    CU_ASSERT_STRING_EQUAL(ftblab_text_string(&text) + strlen("before "), expected);                                   \
    CU_ASSERT_EQUAL(text.length, strlen(expected) + strlen("before "));                                                \
    ftblab_text_free(&text);                                                                                           \
  } while (0)

static void test_text_format(void)
{
  static const int numbers[] = {0, 1, -1, 9, 10, -10, 99, 100, 12345, INT_MAX, INT_MIN};
  static const char unended[] = {'a', 'b', 'c'};
  char wide[400];
  memset(wide, 'w', sizeof wide);
  wide[sizeof wide - 1] = '\0';
  for (size_t i = 0; i < FTBLAB_COUNT(numbers); i++) {
    CHECK_FORMAT("%d", numbers[i]);
    CHECK_FORMAT("<%u>", (unsigned)numbers[i]);
    CHECK_FORMAT("%lld%%", (long long)numbers[i]);
    CHECK_FORMAT("%llu, %zu", (unsigned long long)numbers[i], (size_t)numbers[i]);
    CHECK_FORMAT("%s is %05d, %ld, %x", "n1", numbers[i], (long)numbers[i], (unsigned)numbers[i]);
  }
  CHECK_FORMAT("%lld %llu", LLONG_MIN, ULLONG_MAX);
  CHECK_FORMAT("%.*s|%.*s|%.*s", 3, unended, 0, unended, 9, "ends");
  CHECK_FORMAT("%.*s", -1, "all of it");
  CHECK_FORMAT("%c%s%c", '(', "", ')');
  CHECK_FORMAT("%s", wide);
  CHECK_FORMAT("%s %.3f %s", wide, 2.5, "after what is not simple");
  CHECK_FORMAT("%.9g %-8s| %8s", 0.1, "left", "right");
}

static void test_text_json(void)
{
  static const struct {
    const char *bytes;
    size_t count;
    const char *json;
  } cases[] = {
      {"", 0, "\"\""},
      {"a\"\\/", 4, "\"a\\\"\\\\/\""},
      {"\n\t\x01\0z", 5, "\"\\n\\t\\u0001\\u0000z\""},
      {"\xC3\xBC\xE2\x82\xAC\xF0\x9F\x98\x80", 9, "\"\xC3\xBC\xE2\x82\xAC\xF0\x9F\x98\x80\""},
      {"\xFFz", 2, "\"\xEF\xBF\xBDz\""},                               /* no such byte */
      {"\xC0\x80", 2, "\"\xEF\xBF\xBD\xEF\xBF\xBD\""},                 /* overlong */
      {"\xED\xA0\x80", 3, "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\""}, /* surrogate */
      {"\xE2\x82", 2, "\"\xEF\xBF\xBD\xEF\xBF\xBD\""},                 /* cut off */
  };
  for (size_t i = 0; i < FTBLAB_COUNT(cases); i++) {
    ftblab_text text = {0};
    ftblab_text_add_json(&text, cases[i].bytes, cases[i].count);
    CU_ASSERT_STRING_EQUAL(ftblab_text_string(&text), cases[i].json);
    ftblab_text_free(&text);
  }
}

/* ---- names ---- */

static void test_names(void)
{
  ftblab_names *names = ftblab_names_new();
  CU_ASSERT_PTR_NOT_NULL_FATAL(names);
  CU_ASSERT_EQUAL(ftblab_names_find(names, "a", 1), FTBLAB_NO_NAME);
  CU_ASSERT_EQUAL(ftblab_names_add(names, "ab", 1), 0);
  CU_ASSERT_EQUAL(ftblab_names_add(names, "ab", 2), 1);
  CU_ASSERT_EQUAL(ftblab_names_add(names, "a", 1), 0);
  CU_ASSERT_EQUAL(ftblab_names_add(names, "", 0), 2);
  const char *kept = ftblab_names_string(names, 1);
  for (int i = 0; i < 20000; i++) {
    char name[32];
    int length = snprintf(name, sizeof name, "node%d", i);
    CU_ASSERT_EQUAL(ftblab_names_add(names, name, (size_t)length), (uint32_t)i + 3);
  }
  CU_ASSERT_PTR_EQUAL(ftblab_names_string(names, 1), kept);
  CU_ASSERT_STRING_EQUAL(kept, "ab");
  CU_ASSERT_EQUAL(ftblab_names_find(names, "node19999", 9), 20002);
  CU_ASSERT_EQUAL(ftblab_names_count(names), 20003);
  CU_ASSERT_PTR_NULL(ftblab_names_string(names, 20003));
  ftblab_names_free(names);
}

static void test_nearest(void)
{
  static const char *const names[] = {"nodes", "jobs", "ranks", "B.1.3", "B.1.2"};
  static const struct {
    const char *word, *nearest;
  } cases[] = {{"nodez", "nodes"},  {"ndoes", "nodes"}, {"RANK", "ranks"},
               {"B.1.33", "B.1.3"}, {"zebra", NULL},    {"", NULL}};
  for (size_t i = 0; i < FTBLAB_COUNT(cases); i++) {
    const char *nearest = ftblab_nearest(cases[i].word, names, FTBLAB_COUNT(names));
    if (cases[i].nearest)
      CU_ASSERT_STRING_EQUAL(nearest ? nearest : "none", cases[i].nearest)
    else
      CU_ASSERT_PTR_NULL(nearest);
  }
}

/* ---- random ---- */

static void test_random_vectors(void)
{
  /* xoshiro256++ from the state 1, 2, 3, 4: the vector that the reference code gives and that other
   * implementations (rand_xoshiro, NumPy) test against. */
  static const uint64_t expected[] = {UINT64_C(41943041),
                                      UINT64_C(58720359),
                                      UINT64_C(3588806011781223),
                                      UINT64_C(3591011842654386),
                                      UINT64_C(9228616714210784205),
                                      UINT64_C(9973669472204895162),
                                      UINT64_C(14011001112246962877),
                                      UINT64_C(12406186145184390807),
                                      UINT64_C(15849039046786891736),
                                      UINT64_C(10450023813501588000)};
  ftblab_random random = {{1, 2, 3, 4}};
  for (size_t i = 0; i < FTBLAB_COUNT(expected); i++)
    CU_ASSERT_EQUAL(ftblab_random_u64(&random), expected[i]);
}

static void test_random_streams(void)
{
  ftblab_random a, b, c, d;
  ftblab_random_seed(&a, 42, "rm0");
  ftblab_random_seed(&b, 42, "rm0");
  ftblab_random_seed(&c, 42, "rm1");
  ftblab_random_seed(&d, 43, "rm0");
  uint64_t first = ftblab_random_u64(&a);
  CU_ASSERT_EQUAL(first, ftblab_random_u64(&b));
  CU_ASSERT_NOT_EQUAL(first, ftblab_random_u64(&c));
  CU_ASSERT_NOT_EQUAL(first, ftblab_random_u64(&d));
  double sum = 0, sum_exponential = 0;
  unsigned counts[7] = {0};
  const int draws = 70000;
  for (int i = 0; i < draws; i++) {
    double uniform = ftblab_random_uniform(&a);
    CU_ASSERT_TRUE(uniform >= 0 && uniform < 1);
    sum += uniform;
    sum_exponential += ftblab_random_exponential(&b, 3);
    counts[ftblab_random_below(&c, 7)]++;
  }
  CU_ASSERT_DOUBLE_EQUAL(sum / draws, 0.5, 0.01);
  CU_ASSERT_DOUBLE_EQUAL(sum_exponential / draws, 3, 0.1);
  for (size_t i = 0; i < FTBLAB_COUNT(counts); i++)
    CU_ASSERT_TRUE(counts[i] > 9500 && counts[i] < 10500);
  CU_ASSERT_EQUAL(ftblab_random_below(&c, 1), 0);
  CU_ASSERT_TRUE(ftblab_random_below(&c, UINT64_MAX) < UINT64_MAX);
}

/* ---- files ---- */

static void write_file(const char *path, const char *text)
{
  ftblab_output *output;
  CU_ASSERT_EQUAL_FATAL(ftblab_output_open(path, &output, NULL), FTBLAB_OK);
  fputs(text, ftblab_output_file(output));
  CU_ASSERT_EQUAL(ftblab_output_commit(output, NULL), FTBLAB_OK);
}

static void assert_file(const char *path, const char *expected)
{
  char *text;
  size_t length;
  CU_ASSERT_EQUAL_FATAL(ftblab_read_file(path, &text, &length, NULL), FTBLAB_OK);
  CU_ASSERT_EQUAL(length, strlen(expected));
  CU_ASSERT_STRING_EQUAL(text, expected);
  free(text);
}

static void test_output(void)
{
  ftblab_output *output;
  ftblab_error err;
  CU_ASSERT_EQUAL_FATAL(ftblab_output_open("a.txt", &output, &err), FTBLAB_OK);
  fputs("whole", ftblab_output_file(output));
  CU_ASSERT_NOT_EQUAL(access("a.txt", F_OK), 0); /* not before it is whole */
  CU_ASSERT_EQUAL(ftblab_output_commit(output, &err), FTBLAB_OK);
  assert_file("a.txt", "whole");

  CU_ASSERT_EQUAL_FATAL(ftblab_output_open("a.txt", &output, &err), FTBLAB_OK);
  fputs("half", ftblab_output_file(output));
  ftblab_output_abandon(output);
  assert_file("a.txt", "whole");
  ftblab_output_abandon(NULL);

  CU_ASSERT_EQUAL(symlink("a.txt", "link"), 0);
  write_file("link", "new");
  assert_file("a.txt", "new");
  struct stat status;
  CU_ASSERT_EQUAL(lstat("link", &status), 0);
  CU_ASSERT_TRUE(S_ISLNK(status.st_mode));
  unlink("link");
  unlink("a.txt");
  CU_ASSERT_EQUAL(chdir(".."), 0);
  CU_ASSERT_EQUAL(rmdir(folder), 0); /* nothing was left behind */
  CU_ASSERT_EQUAL(mkdir(folder, 0777), 0);
  CU_ASSERT_EQUAL(chdir(folder), 0);
}

static void test_output_errors(void)
{
  ftblab_output *output;
  ftblab_error err;
  CU_ASSERT_EQUAL(ftblab_output_open("none/a.txt", &output, &err), FTBLAB_EIO);
  CU_ASSERT_STRING_EQUAL(err.text, "none/a.txt: cannot write: No such file or directory");
  if (access("/dev/full", W_OK) != 0)
    return;
  CU_ASSERT_EQUAL_FATAL(ftblab_output_open("/dev/full", &output, &err), FTBLAB_OK);
  fputs("more than nothing", ftblab_output_file(output));
  CU_ASSERT_EQUAL(ftblab_output_commit(output, &err), FTBLAB_EIO);
  CU_ASSERT_STRING_EQUAL(err.text, "/dev/full: cannot write: No space left on device");
  CU_ASSERT_EQUAL_FATAL(ftblab_output_open("/dev/full", &output, &err), FTBLAB_OK);
  for (int i = 0; i < 100000; i++)
    fputs("earlier", ftblab_output_file(output));
  CU_ASSERT_EQUAL(ftblab_output_commit(output, &err), FTBLAB_EIO);
}

static void test_read_errors(void)
{
  char *text = NULL;
  size_t length;
  ftblab_error err;
  CU_ASSERT_EQUAL(ftblab_read_file("none", &text, &length, &err), FTBLAB_EINPUT);
  CU_ASSERT_STRING_EQUAL(err.text, "none: No such file or directory");
  CU_ASSERT_EQUAL(ftblab_read_file(".", &text, &length, &err), FTBLAB_EINPUT);
  CU_ASSERT_STRING_EQUAL(err.text, ".: Is a directory");
  CU_ASSERT_PTR_NULL(text);
  ftblab_json *json = NULL;
  CU_ASSERT_EQUAL(ftblab_json_read("none", &json, &err), FTBLAB_EINPUT);
}

/* ---- other programs ---- */

/* What COMMAND of a shell makes of INPUT; how it ended in *END. */
static ftblab_text shell(const char *command, const ftblab_text *input, ftblab_program_end *end)
{
  const char *const arguments[] = {"sh", "-c", command, NULL};
  ftblab_text output = {0};
  CU_ASSERT_EQUAL(ftblab_run_program(arguments, true, input, &output, end, NULL), FTBLAB_OK);
  CU_ASSERT_EQUAL(end->absent, 0);
  return output;
}

static void test_programs(void)
{
  ftblab_program_end end;
  ftblab_text input = {0}, nothing = {0};
  for (int i = 0; i < 100000; i++) /* more than a pipe holds, there and back */
    ftblab_text_addf(&input, "line %d\n", i);
  ftblab_text output = shell("cat", &input, &end);
  CU_ASSERT(end.good);
  CU_ASSERT_STRING_EQUAL(ftblab_text_string(&output), ftblab_text_string(&input));
  ftblab_text_free(&output);
  output = shell("exec <&-; echo deaf", &input, &end); /* who reads nothing hurts nobody */
  CU_ASSERT(end.good);
  CU_ASSERT_STRING_EQUAL(ftblab_text_string(&output), "deaf\n");
  ftblab_text_free(&output);
  output = shell("echo half; exit 3", &input, &end);
  CU_ASSERT_FALSE(end.good);
  CU_ASSERT_EQUAL(output.length, 0);
  output = shell("kill -9 $$", &nothing, &end);
  CU_ASSERT_FALSE(end.good);
  const char *const absent[] = {"no-such-program", NULL};
  CU_ASSERT_EQUAL(ftblab_run_program(absent, true, &input, &output, &end, NULL), FTBLAB_OK);
  CU_ASSERT_EQUAL(end.absent, ENOENT);
  CU_ASSERT_FALSE(end.good);
  const char *const vanished[] = {"sh", "-c", "exec no-such-program", NULL}; /* found out by the child alone */
  CU_ASSERT_EQUAL(ftblab_run_program(vanished, true, &input, &output, &end, NULL), FTBLAB_OK);
  CU_ASSERT_EQUAL(end.absent, ENOENT);
  ftblab_text_free(&input);
}

/* ---- JSON ---- */

static ftblab_json *parse(const char *text)
{
  ftblab_json *json = NULL;
  ftblab_error err;
  if (ftblab_json_parse(text, strlen(text), "t", &json, &err) != FTBLAB_OK)
    fprintf(stderr, "%s\n", err.text);
  CU_ASSERT_PTR_NOT_NULL_FATAL(json);
  return json;
}

static void assert_prints(const ftblab_json *json, const char *expected)
{
  char *printed = cJSON_PrintUnformatted(ftblab_json_root(json));
  CU_ASSERT_STRING_EQUAL(printed, expected);
  cJSON_free(printed);
}

static void test_json_errors(void)
{
  static const struct {
    const char *text, *error;
  } cases[] = {
      {"", "t:1:1: the document is empty"},
      {" \n ", "t:1:1: the document is empty"},
      {"{", "t:1:2: expected a key in double quotes"},
      {"[1,\n 2,]", "t:2:3: a comma with nothing behind it"},
      {"[1 2]", "t:1:4: expected ',' or ']'"},
      {"{\"a\" 1}", "t:1:6: expected ':' after the key"},
      {"{\"a\":1,\n\"a\":2}", "t:2:1: $.a: the key is there twice"},
      {"{\"a\":1,\"\\u0061\":2}", "t:1:8: $.a: the key is there twice"},
      {"{\"b\":[{\"a\":1, \"x y\":1, \"x y\":2}]}", "t:1:24: $.b[0].\"x y\": the key is there twice"},
      {"[1] 2", "t:1:5: text after the end of the document"},
      {"\"a\nb\"", "t:1:1: the string is not closed on its line"},
      {"\"a\tb\"", "t:1:3: control character in a string (write it as an escape)"},
      {"\"a", "t:1:1: the string is not closed"},
      {"\"\xFF\"", "t:1:2: invalid UTF-8"},
      {"\"\\x\"", "t:1:2: unknown escape in a string"},
      {"\"\\u0000\"", "t:1:2: a string must not contain the character NUL"},
      {"\"\\ud800\"", "t:1:2: half of a surrogate pair"},
      {"\"\\udc00\"", "t:1:2: half of a surrogate pair"},
      {"\"\\u12g4\"", "t:1:2: \\u must be followed by four hexadecimal digits"},
      {"01", "t:1:1: a number must not begin with 0"},
      {"-", "t:1:1: not a number"},
      {"1.", "t:1:1: a number needs a digit after its point"},
      {"1e", "t:1:1: a number needs a digit in its exponent"},
      {"1e999", "t:1:1: the number is out of range"},
      {"nul", "t:1:1: expected a value"},
      {"[", "t:1:2: the text ends where a value must come"},
      {"+1", "t:1:1: expected a value"},
      {"\xEF\xBB\xBF{}", "t:1:1: the text begins with a byte order mark"},
  };
  for (size_t i = 0; i < FTBLAB_COUNT(cases); i++) {
    ftblab_json *json = NULL;
    ftblab_error err = {0};
    CU_ASSERT_EQUAL(ftblab_json_parse(cases[i].text, strlen(cases[i].text), "t", &json, &err), FTBLAB_EINPUT);
    CU_ASSERT_STRING_EQUAL(err.text, cases[i].error);
    CU_ASSERT_PTR_NULL(json);
  }
}

static void test_json_limits(void)
{
  ftblab_json *json = NULL;
  ftblab_error err;
  CU_ASSERT_EQUAL(ftblab_json_parse("[0]\0", 4, "t", &json, &err), FTBLAB_EINPUT);
  char deep[402];
  for (int depth = 200; depth <= 201; depth++) {
    memset(deep, '[', (size_t)depth);
    memset(deep + depth, ']', (size_t)depth);
    ftblab_status status = ftblab_json_parse(deep, 2 * (size_t)depth, "t", &json, &err);
    CU_ASSERT_EQUAL(status, depth == 200 ? FTBLAB_OK : FTBLAB_EINPUT);
    if (status == FTBLAB_OK)
      ftblab_json_free(json);
  }
  CU_ASSERT_STRING_EQUAL(err.text, "t:1:201: nested too deep");
  char number[80];
  memset(number, '1', sizeof number);
  CU_ASSERT_EQUAL(ftblab_json_parse(number, 63, "t", &json, &err), FTBLAB_OK);
  ftblab_json_free(json);
  CU_ASSERT_EQUAL(ftblab_json_parse(number, 64, "t", &json, &err), FTBLAB_EINPUT);
}

static void test_json_places(void)
{
  ftblab_json *json = parse("{\"jobs\": [\n  {\"nodes\": 1},\n  {\"nodes\": \"\\ud83d\\ude00\", \"RM/JS\": 7}]}");
  ftblab_error err;
  const cJSON *jobs = cJSON_GetObjectItemCaseSensitive(ftblab_json_root(json), "jobs");
  const cJSON *second = cJSON_GetArrayItem(jobs, 1);
  ftblab_json_fail(json, cJSON_GetObjectItemCaseSensitive(second, "nodes"), &err, "no %s", "such node");
  CU_ASSERT_STRING_EQUAL(err.text, "t:3:13: $.jobs[1].nodes: no such node");
  ftblab_json_fail(json, cJSON_GetObjectItemCaseSensitive(second, "RM/JS"), &err, "bad");
  CU_ASSERT_STRING_EQUAL(err.text, "t:3:38: $.jobs[1].\"RM/JS\": bad");
  ftblab_json_fail(json, NULL, &err, "bad");
  CU_ASSERT_STRING_EQUAL(err.text, "t:1:1: $: bad");
  ftblab_json_free(json);
}

/* A value is set where the reader would take the document that holds it, and only there. */
static void test_json_set_depth(void)
{
  for (size_t depth = 197; depth <= 200; depth++) {
    char value[2 * 200 + 1] = "";
    memset(value, '[', depth);
    memset(value + depth, ']', depth);
    for (int steps = 1; steps <= 3; steps++) {
      static const char *const paths[] = {"a", "a.b", "a.b[0]"}, *const before[] = {
                                                                     "{\"a\":", "{\"a\":{\"b\":", "{\"a\":{\"b\":["};
      static const char *const behind[] = {"}", "}}", "]}}"};
      ftblab_json *json = parse("{}"), *read = NULL;
      ftblab_text document = {0};
      ftblab_error err;
      ftblab_text_add(&document, before[steps - 1]);
      ftblab_text_add(&document, value);
      ftblab_text_add(&document, behind[steps - 1]);
      ftblab_status wanted = ftblab_json_parse(ftblab_text_string(&document), document.length, "t", &read, &err);
      CU_ASSERT_EQUAL(wanted == FTBLAB_OK, depth + (size_t)steps <= 200);
      CU_ASSERT_EQUAL(ftblab_json_set(json, paths[steps - 1], value, "--set", &err), wanted);
      assert_prints(json, wanted == FTBLAB_OK ? ftblab_text_string(&document) : "{}");
      ftblab_text_free(&document);
      ftblab_json_free(read);
      ftblab_json_free(json);
    }
  }
}

static void test_json_set(void)
{
  static const struct {
    const char *path, *value, *result; /* result NULL: refused, and nothing changed */
  } cases[] = {
      {"a", "2", "{\"a\":2,\"b\":[1,2],\"c\":{\"d\":0}}"},
      {"$.a", "x y", "{\"a\":\"x y\",\"b\":[1,2],\"c\":{\"d\":0}}"},
      {"b[0]", "true", "{\"a\":1,\"b\":[true,2],\"c\":{\"d\":0}}"},
      {"b[1]", "{\"k\":[]}", "{\"a\":1,\"b\":[1,{\"k\":[]}],\"c\":{\"d\":0}}"},
      {"b[2]", "3", "{\"a\":1,\"b\":[1,2,3],\"c\":{\"d\":0}}"},
      {"c", "null", "{\"a\":1,\"b\":[1,2],\"c\":null}"},
      {"c.\"RM/JS\".host", "n1", "{\"a\":1,\"b\":[1,2],\"c\":{\"d\":0,\"RM/JS\":{\"host\":\"n1\"}}}"},
      {"c.e[0].f", "1", "{\"a\":1,\"b\":[1,2],\"c\":{\"d\":0,\"e\":[{\"f\":1}]}}"},
      {"b[3]", "3", NULL},
      {"a.b", "3", NULL},
      {"c[0]", "3", NULL},
      {"c.e[1]", "3", NULL},
      {"", "3", NULL},
      {"a.", "3", NULL},
      {"b[x]", "3", NULL},
      {"\"a", "3", NULL},
  };
  for (size_t i = 0; i < FTBLAB_COUNT(cases); i++) {
    ftblab_json *json = parse("{\"a\":1,\"b\":[1,2],\"c\":{\"d\":0}}");
    ftblab_error err = {0};
    ftblab_status status = ftblab_json_set(json, cases[i].path, cases[i].value, "--set", &err);
    CU_ASSERT_EQUAL(status, cases[i].result ? FTBLAB_OK : FTBLAB_EINPUT);
    assert_prints(json, cases[i].result ? cases[i].result : "{\"a\":1,\"b\":[1,2],\"c\":{\"d\":0}}");
    if (!cases[i].result)
      CU_ASSERT_EQUAL(strncmp(err.text, "--set: path '", 13), 0);
    ftblab_json_free(json);
  }
  ftblab_json *json = parse("{\"a\":1}");
  ftblab_error err;
  CU_ASSERT_EQUAL(ftblab_json_set(json, "b.c", "-1", "--set", &err), FTBLAB_OK);
  const cJSON *b = cJSON_GetObjectItemCaseSensitive(ftblab_json_root(json), "b");
  ftblab_json_fail(json, cJSON_GetObjectItemCaseSensitive(b, "c"), &err, "negative");
  CU_ASSERT_STRING_EQUAL(err.text, "t: $.b.c (set by --set): negative");
  ftblab_json_free(json);
}

/* ---- schemas ---- */

static const struct {
  const char *schema, *text, *error; /* error NULL: valid */
} schema_cases[] = {
    {"true", "1", NULL},
    {"false", "1", "t:1:1: $: nothing is allowed here"},
    {"{\"type\":\"integer\"}", "1.0", NULL},
    {"{\"type\":\"integer\"}", "1.5", "t:1:1: $: must be an integer, is a number with a fraction"},
    {"{\"type\":[\"string\",\"null\"]}", "1", "t:1:1: $: must be a string or null, is an integer"},
    {"{\"type\":[\"string\",\"null\"]}", "null", NULL},
    {"{\"const\":\"a\"}", "\"b\"", "t:1:1: $: must be \"a\", is \"b\""},
    {"{\"enum\":[\"flow\",\"latency\"]}", "\"flwo\"",
     "t:1:1: $: must be one of \"flow\", \"latency\", is \"flwo\" (did you mean \"flow\"?)"},
    {"{\"properties\":{\"nodes\":{}},\"additionalProperties\":false}", "{\"nodes\":1, \"nodez\":2}",
     "t:1:13: $.nodez: unknown key \"nodez\" (did you mean \"nodes\"?)"},
    {"{\"properties\":{\"nodes\":{}},\"additionalProperties\":false}", "{\"zebra\":2}",
     "t:1:2: $.zebra: unknown key \"zebra\" (known here: nodes)"},
    {"{\"additionalProperties\":{\"type\":\"string\"}}", "{\"a\":\"\",\n\"b\":1}",
     "t:2:5: $.b: must be a string, is an integer"},
    {"{\"patternProperties\":{\"^n\\\\d+$\":{\"type\":\"null\"}},\"additionalProperties\":false}", "{\"n1\":1}",
     "t:1:7: $.n1: must be null, is an integer"},
    {"{\"patternProperties\":{\"^n\\\\d+$\":{}},\"additionalProperties\":false}", "{\"n\":1}",
     "t:1:2: $.n: unknown key \"n\""},
    {"{\"propertyNames\":{\"maxLength\":2}}", "{\"abc\":1}",
     "t:1:2: $.abc: the key must have at most 2 characters, has 3"},
    {"{\"required\":[\"a\"]}", "{}", "t:1:1: $: the key \"a\" is missing"},
    {"{\"items\":{\"minimum\":0}}", "[1,-1]", "t:1:4: $[1]: must be at least 0, is -1"},
    {"{\"maximum\":5}", "6", "t:1:1: $: must be at most 5, is 6"},
    {"{\"exclusiveMinimum\":0}", "0", "t:1:1: $: must be more than 0, is 0"},
    {"{\"exclusiveMaximum\":1}", "1", "t:1:1: $: must be less than 1, is 1"},
    {"{\"multipleOf\":1}", "1.5", "t:1:1: $: must be a whole number, is 1.5"},
    {"{\"minItems\":1}", "[]", "t:1:1: $: must not be empty"},
    {"{\"maxItems\":1}", "[1,2]", "t:1:1: $: must have at most 1 items, has 2"},
    {"{\"uniqueItems\":true}", "[1,{\"a\":1},{\"a\":1}]", "t:1:12: $[2]: is in the array twice"},
    {"{\"minLength\":2}", "\"\xC3\xBC\"", "t:1:1: $: must have at least 2 characters, has 1"},
    {"{\"pattern\":\"^[a-z\\\\d]+\\\\.xml$\"}", "\"a1.xml\"", NULL},
    {"{\"pattern\":\"^[a-z\\\\d]+\\\\.xml$\"}", "\"a1xml\"",
     "t:1:1: $: \"a1xml\" does not have the form ^[a-z\\d]+\\.xml$"},
    {"{\"oneOf\":[{\"type\":\"string\"},{\"type\":\"object\",\"required\":[\"a\"]}]}", "{}",
     "t:1:1: $: the key \"a\" is missing"},
    {"{\"oneOf\":[{\"type\":\"integer\"},{\"minimum\":0}]}", "1",
     "t:1:1: $: fits 2 of the forms it may have; only one is allowed"},
    {"{\"anyOf\":[{\"type\":\"integer\"},{\"minimum\":0}]}", "1", NULL},
    {"{\"oneOf\":[{\"properties\":{\"kind\":{\"const\":\"crash\"},\"at\":{\"type\":\"number\"}}},"
     "{\"properties\":{\"kind\":{\"const\":\"hang\"},\"at\":{\"type\":\"number\"}}}]}",
     "{\"at\":\"x\",\"kind\":\"hang\"}", "t:1:7: $.at: must be a number, is a string"},
    {"{\"oneOf\":[{\"properties\":{\"kind\":{\"const\":\"crash\"}}},{\"properties\":{\"kind\":{\"const\":\"hang\"}}}]}",
     "{\"kind\":\"hung\"}", "t:1:9: $.kind: must be one of \"crash\", \"hang\", is \"hung\""},
    {"{\"allOf\":[{\"minimum\":3},{\"maximum\":4}]}", "5", "t:1:1: $: must be at most 4, is 5"},
    {"{\"not\":{\"const\":0,\"title\":\"zero\"}}", "0", "t:1:1: $: must not be this: zero"},
    {"{\"if\":{\"required\":[\"a\"]},\"then\":{\"required\":[\"b\"]},\"else\":{\"required\":[\"c\"]}}", "{\"a\":1}",
     "t:1:1: $: the key \"b\" is missing"},
    {"{\"if\":{\"required\":[\"a\"]},\"then\":{\"required\":[\"b\"]},\"else\":{\"required\":[\"c\"]}}", "{}",
     "t:1:1: $: the key \"c\" is missing"},
    {"{\"$ref\":\"#/$defs/n\",\"$defs\":{\"n\":{\"items\":{\"$ref\":\"#/$defs/n\"},\"type\":\"array\"}}}", "[[],[1]]",
     "t:1:6: $[1][0]: must be an array, is an integer"},
    {"{\"properties\":{\"b\":{\"type\":\"null\"},\"a\":{\"type\":\"null\"}}}", "{\"a\":1,\"b\":2}",
     "t:1:6: $.a: must be null, is an integer"},
};

static void test_schema(void)
{
  for (size_t i = 0; i < FTBLAB_COUNT(schema_cases); i++) {
    ftblab_json *schema = parse(schema_cases[i].schema), *json = parse(schema_cases[i].text);
    ftblab_error err = {0};
    ftblab_status status = ftblab_json_validate(json, schema, &err);
    CU_ASSERT_EQUAL(status, schema_cases[i].error ? FTBLAB_EINPUT : FTBLAB_OK);
    CU_ASSERT_STRING_EQUAL(err.text, schema_cases[i].error ? schema_cases[i].error : "");
    ftblab_json_free(schema);
    ftblab_json_free(json);
  }
}

static void test_schema_itself(void)
{
  static const char *const schemas[] = {"{\"properties\":{\"a\":{\"dependentRequired\":{}}}}",
                                        "{\"typ\":\"string\"}",
                                        "{\"multipleOf\":2}",
                                        "{\"$ref\":\"#/$defs/none\"}",
                                        "{\"$ref\":\"#\"}",
                                        "{\"minimum\":\"1\"}",
                                        "{\"type\":\"text\"}",
                                        "7"};
  for (size_t i = 0; i < FTBLAB_COUNT(schemas); i++) {
    ftblab_json *schema = parse(schemas[i]), *json = parse("1");
    ftblab_error err;
    CU_ASSERT_EQUAL(ftblab_json_validate(json, schema, &err), FTBLAB_EINTERNAL);
    ftblab_json_free(schema);
    ftblab_json_free(json);
  }
}

static void test_defaults(void)
{
  static const struct {
    const char *schema, *text, *result;
  } cases[] = {
      {"{\"properties\":{\"a\":{\"default\":1},\"b\":{\"default\":{},\"properties\":{\"c\":{\"default\":[2]}}}}}",
       "{\"a\":0}", "{\"a\":0,\"b\":{\"c\":[2]}}"},
      {"{\"items\":{\"$ref\":\"#/$defs/n\"},\"$defs\":{\"n\":{\"properties\":{\"a\":{\"default\":1}}}}}",
       "[{},{\"a\":2}]", "[{\"a\":1},{\"a\":2}]"},
      {"{\"oneOf\":[{\"properties\":{\"k\":{\"const\":1},\"a\":{\"default\":1}}},"
       "{\"properties\":{\"k\":{\"const\":2},\"b\":{\"default\":2}}}]}",
       "{\"k\":2}", "{\"k\":2,\"b\":2}"},
      {"{\"if\":{\"required\":[\"a\"]},\"then\":{\"properties\":{\"b\":{\"default\":1}}}}", "{\"a\":0}",
       "{\"a\":0,\"b\":1}"},
      {"{\"additionalProperties\":{\"properties\":{\"a\":{\"default\":1}}}}", "{\"x\":{}}", "{\"x\":{\"a\":1}}"},
      {"{\"properties\":{\"a\":{\"$ref\":\"#/$defs/n\"}},\"$defs\":{\"n\":{\"default\":5}}}", "{}", "{\"a\":5}"},
  };
  for (size_t i = 0; i < FTBLAB_COUNT(cases); i++) {
    ftblab_json *schema = parse(cases[i].schema), *json = parse(cases[i].text);
    CU_ASSERT_EQUAL(ftblab_json_validate(json, schema, NULL), FTBLAB_OK);
    CU_ASSERT_EQUAL(ftblab_json_apply_defaults(json, schema, NULL), FTBLAB_OK);
    assert_prints(json, cases[i].result);
    ftblab_json_free(schema);
    ftblab_json_free(json);
  }
}

/* As many sources as are remembered: one of them that sends again is no new one, for which all would be forgotten. */
static void test_numbering_full(void)
{
  ftblab_numbering *numbering = ftblab_numbering_new(1 << 16);
  uint32_t missed, first;
  char source[24];
  CU_ASSERT_PTR_NOT_NULL_FATAL(numbering);
  for (unsigned i = 0; i < 65536; i++) {
    snprintf(source, sizeof source, "rank%u", i);
    CU_ASSERT(ftblab_numbering_see(numbering, source, 1, &missed, &first));
  }
  CU_ASSERT(ftblab_numbering_see(numbering, "rank7", 2, &missed, &first));
  CU_ASSERT_EQUAL(missed, 0);
  CU_ASSERT(ftblab_numbering_see(numbering, "rank8", 4, &missed, &first));
  CU_ASSERT_EQUAL(missed, 2);
  CU_ASSERT_EQUAL(first, 2);
  CU_ASSERT(ftblab_numbering_see(numbering, "a new one", 1, &missed, &first));
  CU_ASSERT(ftblab_numbering_see(numbering, "rank9", 4, &missed, &first)); /* now it is forgotten */
  CU_ASSERT_EQUAL(missed, 0);
  ftblab_numbering_free(numbering);
}

static const ftblab_unit_test tests[] = {
    {"numbers of as many sources as are remembered", test_numbering_full},
    {"errors", test_errors},
    {"text", test_text},
    {"room", test_room},
    {"formatted text", test_text_format},
    {"text as JSON", test_text_json},
    {"names", test_names},
    {"nearest name", test_nearest},
    {"random: published vector", test_random_vectors},
    {"random: streams", test_random_streams},
    {"output: whole or absent", test_output},
    {"output: errors", test_output_errors},
    {"reading: errors", test_read_errors},
    {"other programs", test_programs},
    {"JSON: errors", test_json_errors},
    {"JSON: limits", test_json_limits},
    {"JSON: places", test_json_places},
    {"JSON: set", test_json_set},
    {"JSON: set as deep as a document may be", test_json_set_depth},
    {"schema: keywords", test_schema},
    {"schema: its own errors", test_schema_itself},
    {"schema: defaults", test_defaults},
};

int main(void)
{
  return ftblab_suite_in(folder, "base", tests, FTBLAB_COUNT(tests));
}
