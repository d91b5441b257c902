/* simulator.h - sim.h as a table of functions, so that a program can load the simulator when it simulates and not
 * before: SimGrid and the libraries it needs take longer to load than judging a short trace.
 *
 * The table is the one symbol that the module of sim/module.c gives to others. Each function is the one of sim.h whose
 * name ends so. */
#ifndef FTBLAB_SIMULATOR_H
#define FTBLAB_SIMULATOR_H

#include "sim.h"

typedef struct ftblab_simulator {
  ftblab_status (*scenario_read)(const char *path, const ftblab_scenario_changes *changes, ftblab_scenario **scenario,
                                 ftblab_error *err);
  void (*scenario_free)(ftblab_scenario *scenario);
  const char *(*scenario_title)(const ftblab_scenario *scenario);
  uint64_t (*scenario_seed)(const ftblab_scenario *scenario);
  ftblab_status (*scenario_workflows)(const ftblab_scenario *scenario, const ftblab_spec *spec, ftblab_text *ids,
                                      ftblab_error *err);
  ftblab_status (*scenario_parse)(const char *text, size_t length, const char *path,
                                  const ftblab_scenario_changes *changes, ftblab_scenario **scenario,
                                  ftblab_error *err);
  void (*scenario_set_seed)(ftblab_scenario *scenario, uint64_t seed);
  const char *(*scenario_platform)(const ftblab_scenario *scenario);
  void (*scenario_cluster)(const ftblab_scenario *scenario, ftblab_text *key);
  ftblab_status (*cluster_load)(const ftblab_scenario *scenario, ftblab_cluster **cluster, ftblab_error *err);
  ftblab_status (*simulate_on)(const ftblab_cluster *cluster, const ftblab_scenario *scenario, const ftblab_spec *spec,
                               ftblab_record_sink *sink, void *argument, ftblab_simulation **simulation,
                               ftblab_error *err);
  bool (*scenario_again)(const ftblab_scenario *scenario);
  ftblab_status (*platform_survey)(const char *path, ftblab_survey *survey, ftblab_error *err);
  ftblab_status (*scenario_survey)(const ftblab_scenario *scenario, const char *job, ftblab_job_survey *survey,
                                   ftblab_error *err);
  ftblab_status (*scenario_schema)(ftblab_text *text, ftblab_error *err);
  ftblab_status (*simulate)(const ftblab_scenario *scenario, const ftblab_spec *spec, ftblab_record_sink *sink,
                            void *argument, ftblab_simulation **simulation, ftblab_error *err);
  void (*simulation_free)(ftblab_simulation *simulation);
  ftblab_trace_header (*simulation_header)(const ftblab_scenario *scenario);
  double (*simulation_end)(const ftblab_simulation *simulation);
  bool (*simulation_complete)(const ftblab_simulation *simulation);
  const char *(*simulation_blocked)(const ftblab_simulation *simulation);
  ftblab_status (*simulation_expectations)(const ftblab_simulation *simulation, const ftblab_verdict *verdict,
                                           ftblab_text *unmet, ftblab_error *err);
  void (*simulation_summary)(const ftblab_simulation *simulation, ftblab_text *text);
  void (*simulation_metrics)(const ftblab_simulation *simulation, const ftblab_verdict *verdict, double *values);
} ftblab_simulator;

#define FTBLAB_SIMULATOR_SYMBOL "ftblab_simulator_module"
extern const ftblab_simulator ftblab_simulator_module;

#endif
