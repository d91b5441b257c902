/* recovery_choice.c - see recovery_choice.h. */
#include "recovery_choice.h"

/* What jobs wait if the job keeps its nodes for so many SECONDS while FREE others are there. */
static double cost_of_staying(const ftblab_recovery_offer *offer, const ftblab_queue_view *queue, double seconds,
                              int new_nodes)
{
  int free = queue->free - new_nodes;
  double waited = 0;
  for (size_t i = 0; i < queue->job_count; i++) {
    if (queue->jobs[i].nodes <= free)
      free -= queue->jobs[i].nodes;
    else if (queue->jobs[i].nodes <= queue->free + offer->alive)
      waited += seconds;
  }
  return seconds + queue->weight * waited;
}

/* The shortest walltime of those offered; below 0: there is none. */
static double best_walltime(const ftblab_recovery_offer *offer)
{
  double best = offer->no_new_nodes;
  for (int i = 1; i <= FTBLAB_MOST_NEW_NODES; i++)
    if (offer->new_nodes[i] >= 0 && (best < 0 || offer->new_nodes[i] < best))
      best = offer->new_nodes[i];
  return best;
}

/* The same if it leaves them after so many SECONDS, and runs for REST once it has nodes again. */
static double cost_of_leaving(const ftblab_recovery_offer *offer, const ftblab_queue_view *queue, double seconds,
                              double rest)
{
  int free = queue->free, all = queue->free + offer->alive;
  double waited = 0, longest = 0;
  for (size_t i = 0; i < queue->job_count; i++) {
    const ftblab_waiting_job *job = &queue->jobs[i];
    if (job->nodes > all)
      continue;
    if (job->nodes > free)
      waited += seconds;
    else
      free -= job->nodes;
    all -= job->nodes;
    longest = job->walltime > longest ? job->walltime : longest;
  }
  double back = all >= offer->wanted ? 0 : longest;
  if (queue->free + offer->alive < offer->wanted && queue->repair > back)
    back = queue->repair;
  return seconds + back + rest + queue->weight * waited;
}

static void weigh(ftblab_recovery_choice *choice, ftblab_recovery_answer answer, double seconds)
{
  choice->seconds[answer] = seconds;
  if (choice->seconds[choice->answer] < 0 || seconds < choice->seconds[choice->answer])
    choice->answer = answer;
}

static void weigh_spares(ftblab_recovery_choice *choice, const ftblab_recovery_offer *offer,
                         const ftblab_queue_view *queue)
{
  for (int i = 1; i <= FTBLAB_MOST_NEW_NODES && i <= queue->free; i++) {
    double seconds = offer->new_nodes[i] < 0 ? -1 : cost_of_staying(offer, queue, offer->new_nodes[i], i);
    if (seconds < 0 || (choice->new_nodes > 0 && seconds >= choice->seconds[FTBLAB_ANSWER_SPARE]))
      continue;
    choice->new_nodes = i;
    choice->seconds[FTBLAB_ANSWER_SPARE] = seconds;
  }
}

ftblab_recovery_choice ftblab_choose_recovery(const ftblab_recovery_offer *offer, const ftblab_queue_view *queue)
{
  ftblab_recovery_choice choice = {.answer = FTBLAB_ANSWER_SPARE, .seconds = {-1, -1, -1, -1}};
  double rest = best_walltime(offer) < 0 ? 0 : best_walltime(offer); /* not known: the same for all that is left */
  weigh_spares(&choice, offer, queue);
  if (offer->no_new_nodes >= 0)
    weigh(&choice, FTBLAB_ANSWER_NOSPARE, cost_of_staying(offer, queue, offer->no_new_nodes, 0));
  if (offer->checkpoint >= 0) /* it is read again before the job goes on */
    weigh(&choice, FTBLAB_ANSWER_CHECKPOINT,
          cost_of_leaving(offer, queue, offer->checkpoint, offer->checkpoint + rest));
  weigh(&choice, FTBLAB_ANSWER_CLEANUP, cost_of_leaving(offer, queue, 0, offer->spent + rest));
  return choice;
}
