/* simulator.c - the functions of sim.h, out of the module that is loaded when the first of them is called. So commands
 * that only judge do not wait for SimGrid.
 *
 * What must hold: nothing of sim.h is called before reading a scenario or its schema, the only ones that can say that
 * the module is missing; and the module comes from the same build, for it shares the types of conformance.h. It lies
 * where CMake says, seen from the program, in the build folder as where it is installed, so that both may be moved. */
#include "command.h"

#include <dlfcn.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "simulator.h"

/* Loaded once, as SimGrid allows one simulation in a process anyway; never unloaded. */
static const ftblab_simulator *loaded;

/* Where the module lies. The loader's own $ORIGIN would do, but for sanitizers, whose dlopen() is not the program's. */
static ftblab_status find_module(char *path, size_t room, ftblab_error *err)
{
  static const char module[] = "/" FTBLAB_SIMULATOR_PATH;
  ssize_t length = readlink("/proc/self/exe", path, room);
  char *folder_end = NULL;
  if (length > 0 && (size_t)length < room) {
    path[length] = '\0';
    folder_end = strrchr(path, '/');
  }
  if (!folder_end || (size_t)(folder_end - path) + sizeof module > room)
    return ftblab_fail(err, FTBLAB_EINTERNAL, "cannot load the simulator: it is not known where this program lies");
  memcpy(folder_end, module, sizeof module);
  return FTBLAB_OK;
}

ftblab_status ftblab_simulator_load(ftblab_error *err)
{
  char path[PATH_MAX];
  if (loaded)
    return FTBLAB_OK;
  ftblab_status status = find_module(path, sizeof path, err);
  if (status != FTBLAB_OK)
    return status;
  void *module = dlopen(path, RTLD_LAZY | RTLD_LOCAL);
  loaded = module ? dlsym(module, FTBLAB_SIMULATOR_SYMBOL) : NULL;
  return loaded ? FTBLAB_OK : ftblab_fail(err, FTBLAB_EINTERNAL, "cannot load the simulator: %s", dlerror());
}

ftblab_status ftblab_scenario_read(const char *path, const ftblab_scenario_changes *changes, ftblab_scenario **scenario,
                                   ftblab_error *err)
{
  ftblab_status status = ftblab_simulator_load(err);
  return status == FTBLAB_OK ? loaded->scenario_read(path, changes, scenario, err) : status;
}

ftblab_status ftblab_scenario_parse(const char *text, size_t length, const char *path,
                                    const ftblab_scenario_changes *changes, ftblab_scenario **scenario,
                                    ftblab_error *err)
{
  ftblab_status status = ftblab_simulator_load(err);
  return status == FTBLAB_OK ? loaded->scenario_parse(text, length, path, changes, scenario, err) : status;
}

ftblab_status ftblab_scenario_schema(ftblab_text *text, ftblab_error *err)
{
  ftblab_status status = ftblab_simulator_load(err);
  return status == FTBLAB_OK ? loaded->scenario_schema(text, err) : status;
}

ftblab_status ftblab_platform_survey(const char *path, ftblab_survey *survey, ftblab_error *err)
{
  ftblab_status status = ftblab_simulator_load(err);
  return status == FTBLAB_OK ? loaded->platform_survey(path, survey, err) : status;
}

ftblab_status ftblab_scenario_survey(const ftblab_scenario *scenario, const char *job, ftblab_job_survey *survey,
                                     ftblab_error *err)
{
  return loaded->scenario_survey(scenario, job, survey, err);
}

void ftblab_scenario_free(ftblab_scenario *scenario)
{
  if (scenario)
    loaded->scenario_free(scenario);
}

void ftblab_scenario_set_seed(ftblab_scenario *scenario, uint64_t seed)
{
  loaded->scenario_set_seed(scenario, seed);
}

const char *ftblab_scenario_platform(const ftblab_scenario *scenario)
{
  return loaded->scenario_platform(scenario);
}

void ftblab_scenario_cluster(const ftblab_scenario *scenario, ftblab_text *key)
{
  loaded->scenario_cluster(scenario, key);
}

ftblab_status ftblab_cluster_load(const ftblab_scenario *scenario, ftblab_cluster **cluster, ftblab_error *err)
{
  return loaded->cluster_load(scenario, cluster, err);
}

bool ftblab_scenario_again(const ftblab_scenario *scenario)
{
  return loaded->scenario_again(scenario);
}

ftblab_status ftblab_simulate_on(const ftblab_cluster *cluster, const ftblab_scenario *scenario,
                                 const ftblab_spec *spec, ftblab_record_sink *sink, void *argument,
                                 ftblab_simulation **simulation, ftblab_error *err)
{
  return loaded->simulate_on(cluster, scenario, spec, sink, argument, simulation, err);
}

const char *ftblab_scenario_title(const ftblab_scenario *scenario)
{
  return loaded->scenario_title(scenario);
}

uint64_t ftblab_scenario_seed(const ftblab_scenario *scenario)
{
  return loaded->scenario_seed(scenario);
}

ftblab_status ftblab_scenario_workflows(const ftblab_scenario *scenario, const ftblab_spec *spec, ftblab_text *ids,
                                        ftblab_error *err)
{
  return loaded->scenario_workflows(scenario, spec, ids, err);
}

ftblab_status ftblab_simulate(const ftblab_scenario *scenario, const ftblab_spec *spec, ftblab_record_sink *sink,
                              void *argument, ftblab_simulation **simulation, ftblab_error *err)
{
  return loaded->simulate(scenario, spec, sink, argument, simulation, err);
}

void ftblab_simulation_free(ftblab_simulation *simulation)
{
  if (simulation)
    loaded->simulation_free(simulation);
}

ftblab_trace_header ftblab_simulation_header(const ftblab_scenario *scenario)
{
  return loaded->simulation_header(scenario);
}

double ftblab_simulation_end(const ftblab_simulation *simulation)
{
  return loaded->simulation_end(simulation);
}

bool ftblab_simulation_complete(const ftblab_simulation *simulation)
{
  return loaded->simulation_complete(simulation);
}

const char *ftblab_simulation_blocked(const ftblab_simulation *simulation)
{
  return loaded->simulation_blocked(simulation);
}

ftblab_status ftblab_simulation_expectations(const ftblab_simulation *simulation, const ftblab_verdict *verdict,
                                             ftblab_text *unmet, ftblab_error *err)
{
  return loaded->simulation_expectations(simulation, verdict, unmet, err);
}

void ftblab_simulation_summary(const ftblab_simulation *simulation, ftblab_text *text)
{
  loaded->simulation_summary(simulation, text);
}

void ftblab_simulation_metrics(const ftblab_simulation *simulation, const ftblab_verdict *verdict, double *values)
{
  loaded->simulation_metrics(simulation, verdict, values);
}
