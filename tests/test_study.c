/* test_study.c - the parts of studies that are easier to hold against numbers than against programs: grids, shares,
 * seeds, intervals, and messages between processes. */
#include "progress.h"
#include "replica.h"
#include "statistics.h"
#include "suite.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char scenario[] = "{\"ftblab_scenario\": 1, \"title\": \"t\", \"duration\": 60, "
                               "\"platform\": {\"file\": \"platforms/cluster-16.xml\"}, \"jobs\": [{\"name\": \"a\", "
                               "\"nodes\": 2, \"application\": {\"kind\": \"stencil\"}}]}";

static ftblab_study *study_of(const char *rest, ftblab_error *err)
{
  ftblab_text text = {0};
  ftblab_study *study = NULL;
  ftblab_text_addf(&text, "{\"ftblab_study\": 1, \"title\": \"t\", \"scenario\": \"s.json\"%s}", rest);
  ftblab_study_of("study.json", text.data, text.length, "s.json", scenario, strlen(scenario), &study, err);
  ftblab_text_free(&text);
  return study;
}

static void test_grid(void)
{
  ftblab_error err;
  ftblab_study *study = study_of(", \"factors\": [{\"key\": \"duration\", \"values\": [10, 20]}, {\"name\": \"n\", "
                                 "\"key\": \"jobs[0].nodes\", \"range\": {\"from\": 1, \"to\": 3, \"step\": 1}}]",
                                 &err);
  ftblab_text text = {0};
  ftblab_scenario *read = NULL;
  CU_ASSERT_PTR_NOT_NULL_FATAL(study);
  CU_ASSERT_EQUAL(study->point_count, 6);
  ftblab_study_describe(study, 4, &text);
  CU_ASSERT_STRING_EQUAL(ftblab_text_string(&text), "duration = 20, n = 2");
  CU_ASSERT_EQUAL(ftblab_study_scenario(study, 5, &read, &err), FTBLAB_OK);
  ftblab_scenario_free(read);
  ftblab_text_free(&text);
  ftblab_study_free(study);
}

static void check_values(const char *range, const double *expected, size_t count)
{
  ftblab_error err = {0};
  ftblab_text factor = {0};
  ftblab_text_addf(&factor, ", \"factors\": [{\"key\": \"duration\", \"range\": {%s}}]", range);
  ftblab_study *study = study_of(factor.data, &err);
  ftblab_text_free(&factor);
  CU_ASSERT_PTR_NOT_NULL_FATAL(study);
  CU_ASSERT_EQUAL(study->point_count, count);
  for (size_t i = 0; i < count && i < study->point_count; i++)
    CU_ASSERT_EQUAL(ftblab_study_level(study, i, 0)->value->valuedouble, expected[i]);
  ftblab_study_free(study);
}

static void test_ranges(void)
{
  check_values("\"from\": 1, \"to\": 2, \"step\": 0.1",
               (const double[]){1, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7, 1.8, 1.9, 2}, 11);
  check_values("\"from\": 1, \"to\": 1.95, \"step\": 0.5", (const double[]){1, 1.5}, 2);
  check_values("\"from\": 10, \"to\": 10000, \"steps\": 4, \"scale\": \"log\"", (const double[]){10, 100, 1000, 10000},
               4);
  check_values("\"from\": 0, \"to\": 1, \"steps\": 3", (const double[]){0, 0.5, 1}, 3);
  check_values("\"from\": 1, \"to\": 4, \"steps\": 10, \"scale\": \"log\", \"integer\": true",
               (const double[]){1, 2, 3, 4}, 4);
}

static void check_refused(const char *rest, const char *reason)
{
  ftblab_error err = {0};
  ftblab_study *study = study_of(rest, &err);
  CU_ASSERT_PTR_NULL(study);
  CU_ASSERT_EQUAL(err.status, FTBLAB_EINPUT);
  if (strstr(err.text, reason) == NULL)
    printf("\n%s\n", err.text);
  CU_ASSERT_PTR_NOT_NULL(strstr(err.text, reason));
  ftblab_study_free(study);
}

static void test_refusals(void)
{
  check_refused(", \"factors\": [{\"key\": \"seed\", \"values\": [1]}]", "the seeds of replicas come from");
  check_refused(", \"set\": {\"seed\": 3}", "the seeds of replicas come from");
  check_refused(", \"factors\": [{\"name\": \"replica\", \"key\": \"duration\", \"values\": [1]}]", "a column of");
  check_refused(", \"factors\": [{\"key\": \"duration\", \"values\": [1]}, {\"key\": \"duration\", \"values\": [2]}]",
                "a second factor");
  check_refused(", \"factors\": [{\"key\": \"duration\", \"range\": {\"from\": 2, \"to\": 1, \"step\": 1}}]",
                "below its start");
  check_refused(
      ", \"factors\": [{\"key\": \"duration\", \"range\": {\"from\": 0, \"to\": 1, \"steps\": 3, \"scale\": \"log\"}}]",
      "begins above 0");
  check_refused(", \"replicas\": {\"minimum\": 9, \"maximum\": 8, \"until\": {\"metric\": \"end\", \"relative\": 0.1}}",
                "below the minimum");
  check_refused(", \"factors\": [{\"key\": \"a\", \"range\": {\"from\": 0, \"to\": 4000, \"step\": 1}}, "
                "{\"key\": \"b\", \"range\": {\"from\": 0, \"to\": 4000, \"step\": 1}}]",
                "more than 10000000 points");
}

/* Each replica is in one share, and shares are about equal. */
static void test_shares(void)
{
  static const char *const rules[] = {
      ", \"replicas\": 7",
      ", \"replicas\": {\"minimum\": 2, \"maximum\": 7, \"until\": {\"metric\": \"end\", \"relative\": 0.1}}"};
  for (size_t r = 0; r < FTBLAB_COUNT(rules); r++) {
    ftblab_text rest = {0};
    ftblab_error err;
    ftblab_text_addf(&rest,
                     ", \"factors\": [{\"key\": \"duration\", \"range\": {\"from\": 1, \"to\": 9, \"step\": 1}}]%s",
                     rules[r]);
    ftblab_study *study = study_of(rest.data, &err);
    CU_ASSERT_PTR_NOT_NULL_FATAL(study);
    unsigned in[4] = {0};
    for (uint64_t point = 0; point < 9; point++)
      for (uint64_t replica = 0; replica < 7; replica++) {
        unsigned owners = 0;
        for (uint64_t i = 0; i < 4; i++) {
          bool mine = ftblab_study_in_share(study, (ftblab_share){i + 1, 4}, point, replica);
          owners += mine;
          in[i] += mine;
        }
        CU_ASSERT_EQUAL(owners, 1);
      }
    for (size_t i = 0; i < 4; i++)
      CU_ASSERT(in[i] >= 14 && in[i] <= 21); /* 63 in four; a point is not cut by a rule */
    ftblab_study_free(study);
    ftblab_text_free(&rest);
  }
}

static void test_seeds(void)
{
  ftblab_error err;
  ftblab_study *one = study_of("", &err), *other = study_of(", \"seed\": 2", &err);
  CU_ASSERT_PTR_NOT_NULL_FATAL(one);
  CU_ASSERT_PTR_NOT_NULL_FATAL(other);
  for (uint64_t i = 0; i < 1000; i++) {
    CU_ASSERT(ftblab_study_seed(one, i) < UINT64_C(1) << 53);
    CU_ASSERT_NOT_EQUAL(ftblab_study_seed(one, i), ftblab_study_seed(one, i + 1));
    CU_ASSERT_NOT_EQUAL(ftblab_study_seed(one, i), ftblab_study_seed(other, i));
  }
  ftblab_study_free(one);
  ftblab_study_free(other);
}

/* t with P(|T| <= t) = 0.95, as in the tables of any textbook. */
static void test_student(void)
{
  static const struct known {
    size_t freedom;
    double t;
  } table[] = {{1, 12.7062047361747},  {2, 4.30265272974946},  {3, 3.18244630528371},   {4, 2.77644510519779},
               {5, 2.57058183563631},  {9, 2.26215716279820},  {10, 2.22813885198627},  {29, 2.04522964213270},
               {30, 2.04227245630124}, {99, 1.98421695158642}, {200, 1.97189622363391}, {1000, 1.96233908082641}};
  for (size_t i = 0; i < FTBLAB_COUNT(table); i++) {
    size_t count = table[i].freedom + 1;
    double t = ftblab_half_width(sqrt((double)count), count);
    if (fabs(t - table[i].t) >= 1e-7)
      printf("\nt of %zu: %.12f\n", table[i].freedom, t);
    CU_ASSERT(fabs(t - table[i].t) < 1e-7);
  }
  /* where the series ends and the expansion begins t falls on, by 2.3723 / n^2 and a little */
  double last = ftblab_half_width(sqrt(201), 201), next = ftblab_half_width(sqrt(202), 202);
  CU_ASSERT(last - next > 5.9e-5 && last - next < 6.05e-5);
  CU_ASSERT(isnan(ftblab_half_width(1, 1)));
}

static void test_summary(void)
{
  double values[] = {5, 1, 3, 2, 4}, one[] = {7};
  ftblab_summary s = ftblab_summarise_sample(values, 5);
  CU_ASSERT_EQUAL(s.mean, 3);
  CU_ASSERT_EQUAL(s.median, 3);
  CU_ASSERT_DOUBLE_EQUAL(s.p10, 1.4, 1e-12);
  CU_ASSERT_DOUBLE_EQUAL(s.p90, 4.6, 1e-12);
  CU_ASSERT_DOUBLE_EQUAL(s.high - s.mean, 2.77644510519779 * sqrt(2.5) / sqrt(5), 1e-9);
  CU_ASSERT_DOUBLE_EQUAL(s.mean - s.low, s.high - s.mean, 1e-12);
  s = ftblab_summarise_sample(one, 1);
  CU_ASSERT(s.mean == 7 && s.median == 7 && s.p10 == 7 && isnan(s.low));
  s = ftblab_summarise_sample(one, 0);
  CU_ASSERT(s.count == 0 && isnan(s.mean) && isnan(s.median));
}

static void test_messages(void)
{
  size_t count;
  ftblab_metric_table(&count);
  double *metrics = calloc(count, sizeof *metrics), *back = calloc(count, sizeof *back);
  char reason[1600];
  ftblab_row row;
  ftblab_text text = {0};
  ftblab_result result = {.task = {3, 4}, .seed = 5, .unmet = 6, .digest = 7, .verdict = FTBLAB_VIOLATES};
  metrics[0] = 1.5;
  metrics[count - 1] = 2.5;
  ftblab_result_write(&result, metrics, "because", &text);
  size_t first = text.length;
  ftblab_result_write(&(ftblab_result){.task = {8, 9}, .refused = 1, .fate = FTBLAB_FATE_FAILED}, NULL, "", &text);
  for (size_t i = 0; i < first; i++)
    CU_ASSERT_EQUAL(ftblab_result_whole(text.data, i), 0);
  CU_ASSERT_EQUAL(ftblab_result_whole(text.data, text.length), first);
  CU_ASSERT_FALSE(ftblab_result_read(text.data, back, reason, &row));
  CU_ASSERT(row.point == 3 && row.replica == 4 && row.seed == 5 && row.unmet == 6 && row.digest == 7);
  CU_ASSERT(row.fate == FTBLAB_FATE_DONE && row.verdict == FTBLAB_VIOLATES);
  CU_ASSERT(back[0] == 1.5 && back[count - 1] == 2.5);
  CU_ASSERT_STRING_EQUAL(row.reason, "because");
  CU_ASSERT_TRUE(ftblab_result_read(text.data + first, back, reason, &row));
  ftblab_text_free(&text);
  free(metrics);
  free(back);
}

static uint64_t digest_after(ftblab_trace_digest *digest, const ftblab_record *record)
{
  digest->value = FTBLAB_DIGEST_START;
  ftblab_digest_record(digest, record);
  return digest->value;
}

/* Whatever of a record is another one, its digest is another one; but for the note of a component. */
static void test_digest_of_records(void)
{
  const ftblab_slice empty = {"", 0}, seven = {"seven.b", 7}, eight = {"eight.by", 8}, nine = {"eight.byt", 9};
  const ftblab_record plain = {.component = seven, .event = eight};
  ftblab_record all[] = {plain, plain, plain, plain, plain, plain, plain, plain, plain, plain, plain, plain, plain};
  all[1].t = 1;
  all[2].action = FTBLAB_FACT;
  all[3].has_seq = true;
  all[4].has_cause = true;
  all[5].seq = 5; /* without HAS_SEQ it is not written */
  all[6].action = FTBLAB_FACT, all[6].note = empty;
  all[7].payload = empty;
  all[8].payload = nine;
  all[9].action = FTBLAB_FACT, all[9].note = nine;
  all[10].payload = eight;
  all[11].component = eight, all[11].event = seven;
  all[12].has_seq = true, all[12].seq = UINT64_C(1) << 63;
  ftblab_trace_digest digest = {0};
  for (size_t i = 0; i < FTBLAB_COUNT(all); i++)
    for (size_t j = 0; j < i; j++)
      CU_ASSERT_EQUAL(digest_after(&digest, &all[i]) == digest_after(&digest, &all[j]), i == 5 && j == 0);
  ftblab_record framed = all[3];
  framed.frame = 7; /* who numbers records finds the same digest, also where it is known what they have in common */
  for (int i = 0; i < 2; i++)
    CU_ASSERT_EQUAL(digest_after(&digest, &framed), digest_after(&digest, &all[3]));
  framed.note = nine;
  CU_ASSERT_EQUAL(digest_after(&digest, &framed), digest_after(&digest, &all[3]));
  framed.payload = empty;
  CU_ASSERT_NOT_EQUAL(digest_after(&digest, &framed), digest_after(&digest, &all[3]));
}

static void test_share_words(void)
{
  ftblab_share share;
  CU_ASSERT_EQUAL(ftblab_share_read("2/4", &share, NULL), FTBLAB_OK);
  CU_ASSERT(share.index == 2 && share.count == 4);
  static const char *const bad[] = {"",    "1",    "/",    "1/",   "/2",   "0/2",
                                    "3/2", "1/2x", "-1/2", "1 /2", "1//2", "99999999999999999999/99999999999999999999"};
  for (size_t i = 0; i < FTBLAB_COUNT(bad); i++)
    CU_ASSERT_EQUAL(ftblab_share_read(bad[i], &share, NULL), FTBLAB_EUSAGE);
}

static const ftblab_unit_test tests[] = {
    {"grid", test_grid},
    {"ranges", test_ranges},
    {"refusals", test_refusals},
    {"shares", test_shares},
    {"seeds", test_seeds},
    {"student", test_student},
    {"summary", test_summary},
    {"messages", test_messages},
    {"share words", test_share_words},
    {"digest of records", test_digest_of_records},
};

int main(void)
{
  return ftblab_suite("study", tests, FTBLAB_COUNT(tests));
}
