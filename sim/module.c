/* module.c - the table of the module that a program loads to simulate. */
#include "simulator.h"

const ftblab_simulator ftblab_simulator_module = {
    .scenario_read = ftblab_scenario_read,
    .scenario_free = ftblab_scenario_free,
    .scenario_title = ftblab_scenario_title,
    .scenario_seed = ftblab_scenario_seed,
    .scenario_workflows = ftblab_scenario_workflows,
    .scenario_parse = ftblab_scenario_parse,
    .scenario_set_seed = ftblab_scenario_set_seed,
    .scenario_platform = ftblab_scenario_platform,
    .scenario_cluster = ftblab_scenario_cluster,
    .cluster_load = ftblab_cluster_load,
    .simulate_on = ftblab_simulate_on,
    .scenario_again = ftblab_scenario_again,
    .platform_survey = ftblab_platform_survey,
    .scenario_survey = ftblab_scenario_survey,
    .scenario_schema = ftblab_scenario_schema,
    .simulate = ftblab_simulate,
    .simulation_free = ftblab_simulation_free,
    .simulation_header = ftblab_simulation_header,
    .simulation_end = ftblab_simulation_end,
    .simulation_complete = ftblab_simulation_complete,
    .simulation_blocked = ftblab_simulation_blocked,
    .simulation_expectations = ftblab_simulation_expectations,
    .simulation_summary = ftblab_simulation_summary,
    .simulation_metrics = ftblab_simulation_metrics,
};
