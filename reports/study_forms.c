/* study_forms.c - the closed forms of laws/ for the points of a study.
 *
 * What they need is measured in the replicas themselves: what a checkpoint and a restart took, how long a job stood
 * still until it was launched again, how often it was hit. So they are held against the simulation's course, not
 * against its inputs, and serve for any platform. What must hold: they are given only where they mean something, for
 * one job that writes checkpoints and is hit by failures. */
#include <math.h>

#include "study_report.h"

static double share(double time, double nodes, double count)
{
  return count > 0 ? time / (nodes * count) : 0;
}

ftblab_study_forms ftblab_study_measure(const study_report *report, const ftblab_study_point *const *points,
                                        size_t count)
{
  ftblab_study_forms forms = {0};
  double nodes = count > 0 ? ftblab_results_job_nodes(report->results, points[0]->point) : 0;
  double checkpoint = 0, checkpoints = 0, restart = 0, restarts = 0, still = 0, hits = 0, useful = 0, time = 0,
         runs = 0;
  for (size_t i = 0; i < count; i++) {
    const ftblab_study_point *p = points[i];
    const ftblab_summary *account = ftblab_study_summary_of(report, p, "node_time");
    double all_nodes = ftblab_study_mean(report, p, "nodes");
    if (ftblab_results_job_nodes(report->results, p->point) != nodes)
      return forms; /* jobs of several sizes have no common curve */
    checkpoint += ftblab_study_sum(report, p, "waste_checkpoint");
    checkpoints += ftblab_study_sum(report, p, "checkpoints");
    restart += ftblab_study_sum(report, p, "waste_restart");
    restarts += ftblab_study_sum(report, p, "restarts");
    still += ftblab_study_sum(report, p, "waste_detection") + ftblab_study_sum(report, p, "waste_decision") +
             ftblab_study_sum(report, p, "waste_downtime");
    hits += ftblab_study_sum(report, p, "failures_hit");
    useful += ftblab_study_sum(report, p, "useful");
    time += all_nodes > 0 ? ftblab_study_sum(report, p, "node_time") / all_nodes : 0;
    runs += (double)account->count;
  }
  if (nodes <= 0 || checkpoints <= 0 || hits <= 0 || runs <= 0)
    return forms;
  forms.costs = (ftblab_costs){.checkpoint = share(checkpoint, nodes, checkpoints),
                               .restart = share(restart, nodes, restarts),
                               .downtime = share(still, nodes, hits)};
  forms.mean = time / hits - forms.costs.downtime; /* nothing that counts fails in a downtime */
  forms.work = share(useful, nodes, runs);
  if (!(forms.mean > 0) || !(forms.costs.checkpoint > 0) || !(forms.work > 0))
    return forms;
  forms.known = true;
  forms.young = ftblab_young_interval(forms.mean, &forms.costs);
  forms.daly = ftblab_daly_interval_high(forms.mean, &forms.costs);
  forms.at_least = ftblab_optimal_interval(forms.mean, &forms.costs);
  forms.least = ftblab_study_expected(&forms, forms.at_least);
  return forms;
}

double ftblab_study_expected(const ftblab_study_forms *forms, double interval)
{
  return ftblab_expected_makespan(forms->mean, &forms->costs, interval, forms->work / interval);
}
