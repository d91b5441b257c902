/* study.h - a study as its parts see it. Private to studies/. */
#ifndef FTBLAB_STUDY_H
#define FTBLAB_STUDY_H

#include "studies.h"

/* A value of a factor. */
typedef struct ftblab_level {
  cJSON *value;    /* as tables show it */
  char **settings; /* "KEY=VALUE", as ftblab_scenario_changes has them */
  size_t setting_count;
  /* Where that stands in the study's document: SET has a child for each setting in their order; else they all come
   * from VALUE_NODE. */
  const cJSON *set, *value_node;
} ftblab_level;

typedef struct ftblab_factor {
  const char *name, *key; /* KEY: NULL if it has levels with settings of their own */
  ftblab_level *levels;
  size_t level_count;
} ftblab_factor;

/* How many replicas a point has. */
typedef struct ftblab_rule {
  bool fixed;
  uint64_t minimum, maximum; /* the same if fixed */
  size_t metric;             /* of the table of metrics */
  double half_width;         /* of the 95 % interval; */
  bool relative;             /* as a share of the mean */
} ftblab_rule;

struct ftblab_study {
  ftblab_json *json; /* of the study, with its defaults */
  char *text, *scenario_text;
  size_t length, scenario_length;
  char *file;          /* of the study, without its folder */
  char *scenario_path; /* as to be opened; absolute where the study was read */
  const char *title;
  uint64_t seed, identity; /* IDENTITY: digest of study and scenario */
  ftblab_level common;     /* settings of all points; no value */
  ftblab_factor *factors;
  size_t factor_count;
  uint64_t point_count;
  ftblab_rule rule;
};

/* A study whose texts are there: as a store keeps them. PATH: of the study, for messages. All is copied. */
ftblab_status ftblab_study_of(const char *path, const char *text, size_t length, const char *scenario_path,
                              const char *scenario, size_t scenario_length, ftblab_study **study, ftblab_error *err);

/* The level of FACTOR at POINT. */
const ftblab_level *ftblab_study_level(const ftblab_study *study, uint64_t point, size_t factor);
/* Append "interval = 600, mtbf = 3600", "" without factors. */
void ftblab_study_describe(const ftblab_study *study, uint64_t point, ftblab_text *text);
/* The scenario of POINT, with the seed of replica 0. */
ftblab_status ftblab_study_scenario(const ftblab_study *study, uint64_t point, ftblab_scenario **scenario,
                                    ftblab_error *err);
/* The seed of a replica, whatever its point: at most 2^53 - 1, so that it fits into every JSON reader. */
uint64_t ftblab_study_seed(const ftblab_study *study, uint64_t replica);
/* Is the replica one of SHARE? A rule needs all replicas of a point in one place; else shares are cut finer. */
bool ftblab_study_in_share(const ftblab_study *study, ftblab_share share, uint64_t point, uint64_t replica);

/* So many replicas once COUNT were not enough for the rule; at most the maximum. */
uint64_t ftblab_rule_next(const ftblab_rule *rule, uint64_t count);

#endif
