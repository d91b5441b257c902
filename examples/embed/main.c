/* main.c - a program that judges what it does itself: records go from its own code to the checker, no trace is written.
 *
 * It plays the beginning of a node failure (workflow B.1.3), once as the table says and once with a catch that never
 * came, and prints both verdicts. Its exit status is that of the second verdict, as `ftblab check` would have it. */
#include <ftblab/conformance.h>

#include <string.h>

/* What your software knows of one event. Strings need not be kept: the checker copies what it keeps. */
typedef struct happening {
  double t;
  ftblab_action action;
  const char *component, *event, *payload;
} happening;

static const happening story[] = {
    {0.0, FTBLAB_FACT, "site", "JOB_STARTED", "jobs: {j1}, nodes: {n4, n5}, ranks: {0-7}"},
    {1.0, FTBLAB_THROW, "Monitoring System", "CHECK_NODES_DEAD", "nodes: {n5}"},
    {1.1, FTBLAB_CATCH, "RM/JS", "CHECK_NODES_DEAD", "nodes: {n5}"},
    {1.2, FTBLAB_CATCH, "Autonomic Script", "CHECK_NODES_DEAD", "nodes: {n5}"},
    {2.0, FTBLAB_THROW, "Autonomic Script", "CONFIRM_NODES_DEAD", "nodes: {n5}"},
    {2.1, FTBLAB_CATCH, "RM/JS", "CONFIRM_NODES_DEAD", "nodes: {n5}"},
    {2.2, FTBLAB_CATCH, "Monitoring System", "CONFIRM_NODES_DEAD", "nodes: {n5}"},
    {2.3, FTBLAB_CATCH, "Autonomic Script", "CONFIRM_NODES_DEAD", "nodes: {n5}"},
    {3.0, FTBLAB_THROW, "RM/JS", "RM_JOBS_DEAD", "jobs: {j1}, nodes: {n5}"},
    {3.1, FTBLAB_CATCH, "MPI", "RM_JOBS_DEAD", "jobs: {j1}, nodes: {n5}"},
    {4.0, FTBLAB_THROW, "MPI", "MPI_RANKS_DEAD", "jobs: {j1}, nodes: {n5}, ranks: {4-7}"},
    {4.1, FTBLAB_CATCH, "Application", "MPI_RANKS_DEAD", "jobs: {j1}, nodes: {n5}, ranks: {4-7}"},
};
enum { STORY_LENGTH = sizeof story / sizeof story[0], NOTHING_LEFT_OUT = -1 };

static ftblab_slice slice(const char *string)
{
  ftblab_slice made = {string, strlen(string)};
  return made;
}

static ftblab_status tell(ftblab_checker *checker, const happening *h, uint64_t line, ftblab_error *err)
{
  ftblab_record record = {.t = (int64_t)(h->t * 1e9), .action = h->action, .line = line};
  record.component = slice(h->component);
  record.event = slice(h->event);
  record.payload = slice(h->payload);
  return ftblab_checker_add(checker, &record, err);
}

/* Judge the story without its part LEFT_OUT. */
static ftblab_status judge(const ftblab_spec *spec, int left_out, ftblab_verdict **verdict, ftblab_error *err)
{
  /* a program that tells all it does: every action is seen, from its start */
  ftblab_trace_header header = {.observes = {false, true, true}, .start = FTBLAB_START_BOOT};
  ftblab_check_options options = {.workflows = "B.1.3"};
  ftblab_checker *checker = NULL;
  ftblab_status status = ftblab_checker_new(spec, &options, &header, &checker, err);
  for (int i = 0; i < STORY_LENGTH && status == FTBLAB_OK; i++)
    if (i != left_out)
      status = tell(checker, &story[i], (uint64_t)i + 1, err);
  if (status == FTBLAB_OK)
    status = ftblab_checker_finish(checker, "the story", verdict, err);
  ftblab_checker_free(checker);
  return status;
}

/* What was found, in one line for each violation. */
static void print(const char *title, const ftblab_verdict *verdict)
{
  printf("%s: %s\n", title, ftblab_verdict_name(ftblab_verdict_of(verdict)));
  for (size_t i = 0; i < ftblab_verdict_violations(verdict); i++) {
    const char *kind, *step, *message;
    ftblab_verdict_violation(verdict, i, &kind, &step, &message);
    printf("  %s %s: %s\n", step != NULL ? step : "-", kind, message);
  }
}

int main(void)
{
  ftblab_error err = {0};
  ftblab_spec *spec = NULL;
  ftblab_verdict *whole = NULL, *broken = NULL;
  ftblab_status status = ftblab_spec_load(&spec, &err);
  if (status == FTBLAB_OK)
    status = judge(spec, NOTHING_LEFT_OUT, &whole, &err);
  if (status == FTBLAB_OK)
    status = judge(spec, 5, &broken, &err);
  if (status != FTBLAB_OK)
    fprintf(stderr, "%s\n", err.text);
  int result = 70;
  if (status == FTBLAB_OK) {
    print("as the table says", whole);
    print("without a catch", broken);
    result = ftblab_verdict_of(broken) == FTBLAB_VIOLATES;
  }
  ftblab_verdict_free(whole);
  ftblab_verdict_free(broken);
  ftblab_spec_free(spec);
  return result;
}
