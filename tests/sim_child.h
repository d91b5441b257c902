/* sim_child.h - runs a scenario in a child process, since there is one simulation in a process, and hands back its
 * trace and what came out. Run in the repository's root folder. */
#ifndef FTBLAB_TEST_SIM_CHILD_H
#define FTBLAB_TEST_SIM_CHILD_H

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim.h"

/* What a test's own components have said in the child; comes after the summary. */
static ftblab_text said;
/* The file of run_text, in this folder, so that platforms/ is found; each test program has its own. */
static const char *scenario_file = "test-sim-scenario.json";

typedef struct outcome {
  int status; /* ftblab_status of the run */
  char *text; /* trace, then "==" and verdict, blocked, unmet, summary; or the error */
} outcome;

/* ---- a run in a child ------------------------------------------------------------------------------ */

typedef struct recording {
  ftblab_checker *checker;
  ftblab_text text;
} recording;

static inline ftblab_status record(void *argument, const ftblab_record *one, ftblab_error *err)
{
  recording *into = argument;
  ftblab_record_write(one, &into->text);
  return ftblab_checker_add(into->checker, one, err);
}

static inline ftblab_status conclude(recording *into, const ftblab_simulation *simulation, ftblab_error *err)
{
  ftblab_verdict *verdict = NULL;
  ftblab_text unmet = {0};
  ftblab_status status = ftblab_checker_finish(into->checker, "sim", &verdict, err);
  if (status == FTBLAB_OK)
    status = ftblab_simulation_expectations(simulation, verdict, &unmet, err);
  if (status == FTBLAB_OK) {
    ftblab_text_addf(&into->text, "==\nverdict: %s\n", ftblab_verdict_name(ftblab_verdict_of(verdict)));
    ftblab_text_addf(&into->text, "complete: %d\n", ftblab_simulation_complete(simulation));
    ftblab_text_addf(&into->text, "blocked: %s.\n", ftblab_simulation_blocked(simulation));
    ftblab_text_addf(&into->text, "unmet: %s.\n", ftblab_text_string(&unmet));
    ftblab_simulation_summary(simulation, &into->text);
    ftblab_text_add(&into->text, ftblab_text_string(&said));
  }
  ftblab_text_free(&unmet);
  ftblab_verdict_free(verdict);
  return status;
}

static inline ftblab_status run_here(const char *path, const ftblab_scenario_changes *changes, recording *into,
                                     ftblab_error *err)
{
  ftblab_spec *spec = NULL;
  ftblab_scenario *scenario = NULL;
  ftblab_simulation *simulation = NULL;
  ftblab_status status = ftblab_spec_load(&spec, err);
  if (status == FTBLAB_OK)
    status = ftblab_scenario_read(path, changes, &scenario, err);
  if (status == FTBLAB_OK) {
    const ftblab_trace_header header = ftblab_simulation_header(scenario);
    const ftblab_check_options options = {.complete = true};
    status = ftblab_checker_new(spec, &options, &header, &into->checker, err);
  }
  if (status == FTBLAB_OK)
    status = ftblab_simulate(scenario, spec, record, into, &simulation, err);
  if (status == FTBLAB_OK)
    status = conclude(into, simulation, err);
  ftblab_checker_free(into->checker);
  ftblab_simulation_free(simulation);
  ftblab_scenario_free(scenario);
  ftblab_spec_free(spec);
  return status;
}

static inline void child(int output, const char *path, const ftblab_scenario_changes *changes)
{
  recording into = {0};
  ftblab_error error = {0};
  ftblab_status status = run_here(path, changes, &into, &error);
  const char *text = status == FTBLAB_OK ? ftblab_text_string(&into.text) : error.text;
  size_t length = strlen(text), written = 0;
  while (written < length) {
    ssize_t count = write(output, text + written, length - written);
    if (count <= 0)
      _exit(99);
    written += (size_t)count;
  }
  ftblab_text_free(&into.text);
  ftblab_text_free(&said);
  exit((int)status);
}

static inline outcome run_changed(const char *path, const ftblab_scenario_changes *changes)
{
  outcome result = {.status = -1};
  ftblab_text text = {0};
  int ends[2], state = 0;
  if (pipe(ends) != 0)
    return result;
  pid_t pid = fork();
  if (pid == 0) {
    close(ends[0]);
    child(ends[1], path, changes);
  }
  close(ends[1]);
  char buffer[4096];
  ssize_t count;
  while ((count = read(ends[0], buffer, sizeof buffer)) > 0)
    ftblab_text_add_bytes(&text, buffer, (size_t)count);
  close(ends[0]);
  waitpid(pid, &state, 0);
  ftblab_text_add(&text, "");
  result.status = WIFEXITED(state) ? WEXITSTATUS(state) : -1;
  result.text = text.data == NULL ? calloc(1, 1) : text.data;
  return result;
}

static inline outcome run(const char *path)
{
  return run_changed(path, NULL);
}

static inline outcome run_set(const char *path, const char *const *settings, size_t count)
{
  const ftblab_scenario_changes changes = {.settings = settings, .setting_count = count};
  return run_changed(path, &changes);
}

static inline bool says(const outcome *result, const char *text)
{
  bool found = result->text != NULL && strstr(result->text, text) != NULL;
  if (!found)
    fprintf(stderr, "\nnot found: %s\nin: %s\n", text, result->text == NULL ? "" : result->text);
  return found;
}

static inline outcome run_text(const char *text)
{
  const char *path = scenario_file;
  FILE *file = fopen(path, "w");
  if (file == NULL || fputs(text, file) < 0 || fclose(file) != 0)
    return (outcome){.status = -1};
  outcome result = run(path);
  remove(path);
  return result;
}

#endif
