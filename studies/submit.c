/* submit.c - hands a study to Slurm: a job array whose tasks do one share each, and a job that merges them.
 *
 * The tasks go on with what is there, so that one that Slurm puts back into the queue loses nothing. Partition, account
 * and the like come from the environment that sbatch reads (SBATCH_PARTITION, ...). */
#include <string.h>

#include "studies.h"

/* WORD as one word of a shell. */
static void add_word(ftblab_text *script, const char *word)
{
  ftblab_text_add(script, " '");
  for (const char *at = word; *at != '\0'; at++)
    ftblab_text_addf(script, *at == '\'' ? "'\\''" : "%c", *at);
  ftblab_text_add(script, "'");
}

static void write_array(const ftblab_submission *s, ftblab_text *script)
{
  ftblab_text_add(script, "#!/bin/sh\nexec");
  add_word(script, s->program);
  ftblab_text_add(script, " study --resume");
  if (s->time_limit != NULL) {
    ftblab_text_add(script, " --time-limit");
    add_word(script, s->time_limit);
  }
  if (s->jobs > 0)
    ftblab_text_addf(script, " --jobs %zu", s->jobs);
  else
    ftblab_text_add(script, " --jobs \"${SLURM_CPUS_PER_TASK:-1}\"");
  ftblab_text_addf(script, " --shard \"$SLURM_ARRAY_TASK_ID/%zu\" --output", s->tasks);
  add_word(script, s->folder);
  ftblab_text_addf(script, "\"/shard-$SLURM_ARRAY_TASK_ID-of-%zu.txt\" --out", s->tasks);
  add_word(script, s->folder);
  ftblab_text_addf(script, "\"/shard-$SLURM_ARRAY_TASK_ID-of-%zu\" --", s->tasks);
  add_word(script, s->study);
  ftblab_text_add(script, "\n");
}

static void write_merge(const ftblab_submission *s, ftblab_text *script)
{
  ftblab_text_add(script, "#!/bin/sh\nexec");
  add_word(script, s->program);
  ftblab_text_add(script, " merge --out");
  add_word(script, s->folder);
  ftblab_text_add(script, " --");
  add_word(script, s->folder);
  ftblab_text_add(script, "\n");
}

/* Give SCRIPT to sbatch; the number of the job, as it writes it, into JOB. */
static ftblab_status run_sbatch(const char *const *arguments, const ftblab_text *script, ftblab_text *job,
                                ftblab_error *err)
{
  ftblab_program_end end;
  ftblab_text_clear(job);
  if (script->failed)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the script");
  ftblab_status status = ftblab_run_program(arguments, false, script, job, &end, err);
  if (status != FTBLAB_OK)
    return status;
  if (end.absent != 0)
    return ftblab_fail(err, FTBLAB_EIO, "sbatch cannot be run: %s; is Slurm installed?", strerror(end.absent));
  if (!end.good)
    return ftblab_fail(err, FTBLAB_EIO, "sbatch did not take the job");
  size_t digits = strspn(ftblab_text_string(job), "0123456789"); /* "17" or "17;cluster" */
  if (digits == 0 || digits > 20)
    return ftblab_fail(err, FTBLAB_EIO, "sbatch did not say the number of the job");
  job->data[digits] = '\0';
  return FTBLAB_OK;
}

ftblab_status ftblab_study_submit(const ftblab_submission *s, ftblab_text *said, ftblab_error *err)
{
  char array[60], after[100];
  ftblab_text script = {0}, job = {0};
  snprintf(array, sizeof array, "--array=1-%zu", s->tasks);
  const char *const study[] = {"sbatch", "--parsable", "--job-name=ftblab-study", array, NULL};
  write_array(s, &script);
  ftblab_status status = run_sbatch(study, &script, &job, err);
  ftblab_text_clear(&script);
  if (status == FTBLAB_OK) {
    ftblab_text_addf(said, "job %s: %zu shares of %s\n", job.data, s->tasks, s->study);
    snprintf(after, sizeof after, "--dependency=afterany:%s", job.data);
    const char *const merge[] = {"sbatch", "--parsable", "--job-name=ftblab-merge", after, NULL};
    write_merge(s, &script);
    status = run_sbatch(merge, &script, &job, err);
  }
  if (status == FTBLAB_OK)
    ftblab_text_addf(said, "job %s: merges them in %s\n", job.data, s->folder);
  ftblab_text_free(&script);
  ftblab_text_free(&job);
  return status;
}
