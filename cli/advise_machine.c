/* advise_machine.c - what the command "advise" is told of the machine: nodes, how long a checkpoint takes there, a
 * second level of checkpoints. Each may be said by options, the first two by a platform file as well; options win. */
#include "advise.h"
#include "advise_options.h"
#include "sim.h"

#define MOST_NODES 10000000
#define MOODY_SHARE                                                                                                    \
  0.85 /* A. Moody, G. Bronevetsky, K. Mohror, B. de Supinski, SC'10: what cheap checkpoints survive */

/* ---- nodes and storage ------------------------------------------------------------------------------------------- */

static ftblab_status take_platform(const ftblab_arguments *arguments, ftblab_asked *asked, ftblab_error *err)
{
  const char *path = ftblab_arguments_value(arguments, FTBLAB_ADVISE_PLATFORM);
  if (path == NULL)
    return FTBLAB_OK;
  ftblab_status status = ftblab_platform_survey(path, &asked->machine, err);
  if (status == FTBLAB_OK && asked->machine.nodes == 0)
    return ftblab_fail(err, FTBLAB_EINPUT, "%s: no host takes jobs", path);
  return status;
}

static ftblab_status take_scenario(const ftblab_arguments *arguments, ftblab_asked *asked, ftblab_error *err)
{
  const char *path = ftblab_arguments_value(arguments, FTBLAB_ADVISE_SCENARIO);
  const char *job = ftblab_arguments_value(arguments, FTBLAB_ADVISE_JOB);
  const char *platform = ftblab_arguments_value(arguments, FTBLAB_ADVISE_PLATFORM);
  if (path == NULL)
    return job == NULL ? FTBLAB_OK : ftblab_advise_refuse(FTBLAB_ADVISE_JOB, "there is no --scenario", err);
  ftblab_scenario_changes changes = {.platform = platform}; /* another one, as for ftblab run */
  ftblab_job_survey survey = {0};
  ftblab_status status = ftblab_scenario_read(path, &changes, &asked->scenario, err);
  if (status == FTBLAB_OK)
    status = ftblab_scenario_survey(asked->scenario, job, &survey, err);
  asked->machine = survey.machine;
  asked->law_of_scenario = survey.law;
  asked->near = (ftblab_near_level){.checkpoint = survey.near_checkpoint, .restart = survey.near_restart};
  return status;
}

static ftblab_status take_nodes(const ftblab_arguments *arguments, ftblab_asked *asked, ftblab_error *err)
{
  uint64_t most = asked->machine.nodes > 0 ? asked->machine.nodes : MOST_NODES;
  uint64_t nodes = asked->machine.nodes > 0 ? asked->machine.nodes : 1;
  ftblab_status status = ftblab_advise_whole(arguments, FTBLAB_ADVISE_NODES, 1, most, &nodes, err);
  asked->nodes = (double)nodes;
  return status;
}

/* Checkpoint and restart times follow from memory and bandwidth, where both are known. */
static ftblab_status take_storage(const ftblab_arguments *arguments, ftblab_asked *asked, ftblab_error *err)
{
  ftblab_storage storage = {.write = asked->machine.write, .read = asked->machine.read};
  ftblab_status status = ftblab_advise_bytes(arguments, FTBLAB_ADVISE_MEMORY, &asked->machine.memory, err);
  if (status == FTBLAB_OK && ftblab_arguments_value(arguments, FTBLAB_ADVISE_WRITE) != NULL) {
    storage.read = 0; /* another file system than that of the platform */
    status = ftblab_advise_rate(arguments, FTBLAB_ADVISE_WRITE, &storage.write, err);
  }
  if (status == FTBLAB_OK)
    status = ftblab_advise_rate(arguments, FTBLAB_ADVISE_READ, &storage.read, err);
  if (status != FTBLAB_OK || !(asked->machine.memory > 0 && storage.write > 0))
    return status;
  ftblab_storage_costs(&storage, asked->nodes, asked->machine.memory, &asked->job.costs);
  return FTBLAB_OK;
}

/* ---- a second level ---------------------------------------------------------------------------------------------- */

static ftblab_status check_needy(const ftblab_arguments *arguments, ftblab_error *err)
{
  static const size_t needy[] = {FTBLAB_ADVISE_NEAR_RESTART, FTBLAB_ADVISE_NEAR_SHARE, FTBLAB_ADVISE_FAR_EVERY};
  for (size_t i = 0; i < FTBLAB_COUNT(needy); i++)
    if (ftblab_arguments_value(arguments, needy[i]) != NULL)
      return ftblab_advise_refuse(needy[i], "there is no second level without --near-checkpoint", err);
  return FTBLAB_OK;
}

ftblab_status ftblab_advise_take_near(const ftblab_arguments *arguments, ftblab_asked *asked, ftblab_error *err)
{
  ftblab_near_level near = {.checkpoint = asked->near.checkpoint, .restart = asked->near.restart, .share = MOODY_SHARE};
  bool is_given = ftblab_arguments_value(arguments, FTBLAB_ADVISE_NEAR_CHECKPOINT) != NULL;
  uint64_t every = 1;
  bool is_of_scenario = near.checkpoint > 0 && near.checkpoint < asked->job.costs.checkpoint && !asked->predicts;
  if (!is_given && !is_of_scenario)
    return check_needy(arguments, err);
  ftblab_status status = ftblab_advise_time(arguments, FTBLAB_ADVISE_NEAR_CHECKPOINT, &near.checkpoint, err);
  if (is_given)
    near.restart = near.checkpoint;
  if (status == FTBLAB_OK)
    status = ftblab_advise_time(arguments, FTBLAB_ADVISE_NEAR_RESTART, &near.restart, err);
  if (status == FTBLAB_OK)
    status = ftblab_advise_share(arguments, FTBLAB_ADVISE_NEAR_SHARE, &near.share, err);
  if (status == FTBLAB_OK)
    status = ftblab_advise_whole(arguments, FTBLAB_ADVISE_FAR_EVERY, 1, FTBLAB_MOST_EVERY, &every, err);
  near.every = (unsigned)every;
  if (status == FTBLAB_OK && asked->has_job && !(near.checkpoint > 0 && near.checkpoint < asked->job.costs.checkpoint))
    return ftblab_advise_refuse(FTBLAB_ADVISE_NEAR_CHECKPOINT,
                                "must take some time, and less than one of the far level (--checkpoint)", err);
  if (status == FTBLAB_OK && asked->predicts)
    return ftblab_advise_refuse(FTBLAB_ADVISE_RECALL, "predictions go with one level of checkpoints", err);
  if (status == FTBLAB_OK && ftblab_arguments_value(arguments, FTBLAB_ADVISE_FAR_EVERY) != NULL && !(asked->given > 0))
    return ftblab_advise_refuse(FTBLAB_ADVISE_FAR_EVERY, "says more of your own --interval, which is not there", err);
  asked->near = near;
  return status;
}

ftblab_status ftblab_advise_take_machine(const ftblab_arguments *arguments, ftblab_asked *asked, ftblab_error *err)
{
  bool has_scenario = ftblab_arguments_value(arguments, FTBLAB_ADVISE_SCENARIO) != NULL;
  ftblab_status status = has_scenario ? FTBLAB_OK : take_platform(arguments, asked, err);
  if (status == FTBLAB_OK)
    status = take_scenario(arguments, asked, err);
  if (status == FTBLAB_OK)
    status = take_nodes(arguments, asked, err);
  return status == FTBLAB_OK ? take_storage(arguments, asked, err) : status;
}
