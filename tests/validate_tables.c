/* validate_tables.c - published tables, simulated from the parameters that they state, side by side with the deviation.
 *
 * 1. S. Di's Event-Driven-CkptSim, of K. A. Alharthi, A. Jhumka, S. Di, L. Gui, F. Cappello, S. McIntosh-Smith, Time
 *    Machine, DSN 2023: means of 1,000 runs each (folder 1000-tests), here under failures of our own drawing.
 * 2. T. Herault, Y. Robert, A. Bouteiller, D. Arnold, K. Ferreira, G. Bosilca, J. Dongarra, Optimal cooperative
 *    checkpointing for shared high-performance computing platforms, RR-9109, 2017: the four classes of jobs on Cielo
 *    (its public scripts InterferingCheckpoints), their checkpoint times, and the waste by its equation (6).
 * 3. J. Cao et al., System-level scalable checkpoint-restart for petascale computing, ICPADS 2016: HPCG under DMTCP on
 *    Stampede, checkpoint times from the images' sizes and the bandwidth that the table prints. */
#include "validate.h"

#include <math.h>
#include <stdlib.h>

#define HOUR 3600.0
#define STANDARD_ERRORS 3.29 /* beyond it once in a thousand */

/* ---- 1. means of simulated runs ---------------------------------------------------------------------------------- */

#define THEIR_RUNS 1000
#define OUR_RUNS 4000

typedef struct means {
  const char *policy;
  double work, interval, missed;
  double makespan, deviation, checkpoint, restart, lost; /* as published; the standard deviation of the makespan */
} means;

/* Exponential failures until long behind the end of the run. The first is not: in each of the published runs it comes
 * between 4,050 and 5,244 s, for their random numbers are those of java.util.Random with the seeds 0 to 999, which
 * begin alike. */
static void draw_dates(ftblab_published *run, ftblab_random *random)
{
  double date = 4050 + (5244 - 4050) * ftblab_random_uniform(random);
  run->date_count = 1;
  run->dates[0] = date;
  while (date < 4 * run->work && run->date_count < FTBLAB_MOST_DATES)
    run->dates[run->date_count++] = date += ftblab_random_exponential(random, HOUR);
}

/* True: the two mean makespans agree within their standard errors. */
static bool compare_means(const means *row)
{
  static ftblab_published run;
  static double makespans[OUR_RUNS];
  ftblab_account account;
  ftblab_random random;
  double checkpoint = 0, restart = 0, lost = 0;
  run = (ftblab_published){
      .work = row->work, .checkpoint = 60, .restart = 30, .interval = row->interval, .missed = row->missed};
  ftblab_random_seed(&random, 1, "published means");
  for (int i = 0; i < OUR_RUNS; i++) {
    draw_dates(&run, &random);
    ftblab_validate_rerun(&run, &account);
    makespans[i] = account.makespan;
    checkpoint += account.checkpoint / OUR_RUNS;
    restart += account.restart / OUR_RUNS;
    lost += account.lost / OUR_RUNS;
  }
  ftblab_estimate estimate = ftblab_estimate_of(makespans, OUR_RUNS);
  double error = row->deviation * sqrt(1.0 / THEIR_RUNS + 1.0 / OUR_RUNS);
  bool good = fabs(estimate.mean - row->makespan) <= STANDARD_ERRORS * error;
  printf("%6.0f %-10s %8.1f  %8.1f / %8.1f %+5.2f %%  %6.1f / %6.1f  %5.1f / %5.1f  %7.1f / %7.1f%s\n", row->work,
         row->policy, row->interval, row->makespan, estimate.mean, 100 * (estimate.mean / row->makespan - 1),
         row->checkpoint, checkpoint, row->restart, restart, row->lost, lost, good ? "" : "  too far");
  return good;
}

static void validate_means(void)
{
  static const means rows[] = {
      {"Young", 21600, 657.2670690061993, -1, 25734.02, 1024.91, 1935.45, 191.54, 2007.04},
      {"fixed", 21600, 2000, -1, 28835.22, 3571.63, 605.27, 227.20, 6402.75},
      {"predicted", 21600, 2078.460969082653, 5, 23178.51, 696.46, 992.49, 153.86, 432.16},
      {"predicted", 21600, 2000, 5, 23176.87, 695.44, 992.73, 153.90, 430.24},
      {"predicted", 21600, 4000, 5, 23100.18, 1059.64, 689.61, 155.42, 655.15},
      {"Young", 43200, 657.2670690061993, -1, 51626.32, 1520.98, 3933.37, 391.06, 4101.89},
      {"fixed", 43200, 2000, -1, 58506.00, 5123.97, 1270.39, 467.39, 13568.22},
      {"predicted", 43200, 2078.460969082653, 5, 46457.85, 882.65, 1984.17, 323.41, 950.27},
      {"predicted", 43200, 2000, 5, 46500.93, 862.31, 2047.88, 322.76, 930.29},
      {"predicted", 43200, 4000, 5, 46494.55, 1388.40, 1382.82, 327.63, 1584.10},
  };
  bool good = true;
  puts(
      "(d) Table 1, Event-Driven-CkptSim: means of 1,000 published runs / of 4,000 of ours, other failures by one law\n"
      "  work policy     interval            makespan            checkpoint        restart            lost");
  for (size_t i = 0; i < FTBLAB_COUNT(rows); i++)
    good &= compare_means(&rows[i]);
  ftblab_validate_tell("(d) 1", good, "the mean makespans differ by no more than 3.29 standard errors of the two");
}

/* ---- 2. Cielo ---------------------------------------------------------------------------------------------------- */

#define CIELO_NODES 17784
#define CIELO_MEMORY 32e9      /* bytes of a node */
#define CIELO_BANDWIDTH 40e9   /* bytes a second; theirs goes up to 160e9 */
#define CIELO_CORES_OF_NODE 16 /* cores / 16 are the nodes of a class */

typedef struct job_class {
  double cores, share_of_memory; /* of all memory of its nodes in a checkpoint: 1.6 is more than all */
  double checkpoint;             /* as published, seconds */
} job_class;

static bool compare_class(const job_class *class, double system_mean)
{
  double nodes = class->cores / CIELO_CORES_OF_NODE, mean = system_mean * CIELO_NODES / nodes;
  ftblab_storage storage = {.write = CIELO_BANDWIDTH, .read = CIELO_BANDWIDTH};
  ftblab_checkpointed job = {.work = 300 * mean};
  ftblab_replicas replicas = {.count = 400, .seed = (uint64_t) class->cores};
  ftblab_storage_costs(&storage, nodes, class->share_of_memory * CIELO_MEMORY, &job.costs);
  double period = sqrt(2 * mean * job.costs.checkpoint), checkpoint = job.costs.checkpoint;
  double formula = checkpoint / period + (period / 2 + checkpoint) / mean;
  job.interval = period - checkpoint;
  ftblab_estimate estimate = ftblab_validate_simulate(&job, mean, NULL, &replicas);
  double waste = 1 - job.work / estimate.mean,
         half = job.work * (estimate.high - estimate.low) / 2 / pow(estimate.mean, 2);
  bool good = fabs(checkpoint / class->checkpoint - 1) < 1e-3 && fabs(waste - formula) <= formula * formula + half;
  printf("%6.0f h %6.0f  %8.2f / %8.2f %+6.2f %%  %8.0f   %.5f / %.5f (+-%.5f) %+.5f%s\n", system_mean / HOUR, nodes,
         class->checkpoint, checkpoint, 100 * (checkpoint / class->checkpoint - 1), period, formula, waste, half,
         waste - formula, good ? "" : "  too far");
  return good;
}

static void validate_cielo(void)
{
  static const job_class classes[] = {
      {16384, 1.6, 1310.72}, {4096, 1.85, 378.88}, {32768, 3.5, 5734.4}, {30000, 0.85, 1275}};
  static const double system_means[] = {4 * HOUR, 24 * HOUR};
  bool good = true;
  puts("(d) Table 2, Cielo: checkpoint time published / from memory and bandwidth; waste by equation (6) / simulated\n"
       "  MTBF   nodes            checkpoint (s)            period   waste");
  for (size_t i = 0; i < FTBLAB_COUNT(system_means) * FTBLAB_COUNT(classes); i++)
    good &= compare_class(&classes[i % FTBLAB_COUNT(classes)], system_means[i / FTBLAB_COUNT(classes)]);
  ftblab_validate_tell("(d) 2", good, "the times are the same, the waste differs by less than its square");
}

/* ---- 3. Stampede ------------------------------------------------------------------------------------------------- */

#define STAMPEDE_IMAGE 1.2e9 /* bytes of a process */

static bool compare_stampede(double processes, double bandwidth, double checkpoint, double restart)
{
  ftblab_storage storage = {.write = bandwidth};
  ftblab_costs costs = {0};
  ftblab_storage_costs(&storage, processes, STAMPEDE_IMAGE, &costs);
  bool good = fabs(costs.checkpoint / checkpoint - 1) <= 0.05;
  printf("%7.0f  %5.0f   %7.1f / %7.1f %+6.1f %%  %8.1f / %7.1f %+6.1f %%%s\n", processes, bandwidth / 1e9, checkpoint,
         costs.checkpoint, 100 * (costs.checkpoint / checkpoint - 1), restart, costs.restart,
         100 * (costs.restart / restart - 1), good ? "" : "  too far");
  return good;
}

static void validate_stampede(void)
{
  puts("(d) Table 3, Stampede: seconds measured / from 1.2 GB a process and the bandwidth printed. The restart is "
       "taken\n"
       "    to be as long as a checkpoint, as where nothing else is known; it was longer: say what you measured.\n"
       "processes   GB/s       checkpoint                      restart");
  bool good = compare_stampede(8192, 69e9, 136.1, 215.3);
  good &= compare_stampede(16368, 52e9, 367.4, 706.6);
  good &= compare_stampede(24000, 46e9, 634.8, 1183.8);
  good &= compare_stampede(32752, 60e9, 652.8, 2539.1);
  ftblab_validate_tell("(d) 3", good, "checkpoint times within 5 %");
}

void ftblab_validate_tables(void)
{
  validate_means();
  validate_cielo();
  validate_stampede();
}
