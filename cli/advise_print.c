/* advise_print.c - an advice as text and as JSON. */
#include "advise.h"

#include <math.h>
#include <string.h>

/* ---- text -------------------------------------------------------------------------------------------------------- */

static const char *gaps_name(ftblab_gaps gaps)
{
  static const char *const names[] = {
      [FTBLAB_GAPS_OF_NODE] = "gaps between failures of a node",
      [FTBLAB_GAPS_OF_MACHINE] = "gaps between failures of the machine",
      [FTBLAB_GAPS_LIVES] = "lives",
      [FTBLAB_GAPS_REPAIRS] = "repairs",
  };
  return names[gaps];
}

/* "2.5 h" in a column of WIDTH. */
static void add_time(ftblab_text *text, double seconds, int width)
{
  ftblab_text time = {0};
  ftblab_duration_describe(seconds, &time);
  ftblab_text_addf(text, "%*s", width, ftblab_text_string(&time));
  text->failed |= time.failed;
  ftblab_text_free(&time);
}

static void add_fit(ftblab_text *text, const ftblab_fit *fit)
{
  if (fit->law.kind == FTBLAB_LAW_NONE)
    return;
  ftblab_text_addf(text, "  %-12s", ftblab_law_name(fit->law.kind));
  if (fit->law.kind == FTBLAB_LAW_EXPONENTIAL)
    ftblab_text_addf(text, "%8s", "-");
  else
    ftblab_text_addf(text, "%8.4f", fit->law.shape);
  add_time(text, fit->law.scale, 12);
  add_time(text, ftblab_law_mean(&fit->law), 12);
  ftblab_text_addf(text, "%16.2f%14.2f%10.4f%8.3f\n", fit->log_likelihood, fit->aic, fit->distance, fit->p_value);
}

static void add_log(ftblab_text *text, const ftblab_asked *asked)
{
  const ftblab_failure_log *log = &asked->log;
  ftblab_text_addf(text, "Log: %s: %zu rows", asked->log_path, log->count);
  if (ftblab_names_count(log->nodes) > 0)
    ftblab_text_addf(text, ", %u nodes", ftblab_names_count(log->nodes));
  ftblab_text_add(text, ", over ");
  ftblab_duration_describe(log->entries[log->count - 1].date - log->entries[0].date, text);
  ftblab_text_addf(text, "; %zu %s", asked->gap_count, gaps_name(asked->gaps));
  if (asked->zero_count > 0)
    ftblab_text_addf(text, ", %zu of 0 left out", asked->zero_count);
  if (log->skipped > 0)
    ftblab_text_addf(text, "; %zu rows without a date skipped", log->skipped);
  ftblab_text_addf(text, "\n  %-12s%8s%12s%12s%16s%14s%10s%8s\n", "law", "shape", "scale", "mean", "log-likelihood",
                   "AIC", "distance", "p");
  for (size_t i = 0; i < FTBLAB_FITS; i++)
    add_fit(text, &asked->fits[i]);
  if (asked->fits[0].p_value < 0.05)
    ftblab_text_add(text, "  (p below 0.05: not even the best of these laws fits)\n");
}

static void add_job(ftblab_text *text, const ftblab_asked *asked, const ftblab_advice *advice)
{
  const ftblab_costs *costs = &asked->job.costs;
  ftblab_text_add(text, "Job: ");
  ftblab_duration_describe(asked->job.work, text);
  if (!asked->of_machine)
    ftblab_text_addf(text, " of work on %.0f node%s; checkpoint ", asked->nodes, asked->nodes == 1 ? "" : "s");
  else
    ftblab_text_add(text, " of work; checkpoint ");
  ftblab_duration_describe(costs->checkpoint, text);
  ftblab_text_add(text, ", restart ");
  ftblab_duration_describe(costs->restart, text);
  ftblab_text_add(text, ", downtime ");
  ftblab_duration_describe(costs->downtime, text);
  ftblab_text_add(text, "\nFailures: ");
  ftblab_law_describe(&asked->failures.law, text);
  if (asked->failures.law.kind != FTBLAB_LAW_REPLAY)
    ftblab_text_add(text, asked->of_machine ? " for the machine" : " for a node");
  ftblab_text_add(text, "; the job meets one every ");
  ftblab_duration_describe(advice->mean, text);
  if (asked->predicts)
    ftblab_text_addf(text, "\nPredictions: recall %.4g, precision %.4g, answered in ", asked->predictor.recall,
                     asked->predictor.precision);
  if (asked->predicts)
    ftblab_duration_describe(asked->job.answer_time, text);
  ftblab_text_add(text, "\n\n");
}

/* What the simulation makes of it, to the end of the line. */
static void add_outcome(ftblab_text *text, const ftblab_advice_row *row)
{
  if (row->gives_up) {
    ftblab_text_addf(text, "   hopeless: more than %d times the work\n", FTBLAB_ADVICE_PATIENCE);
    return;
  }
  ftblab_text_addf(text, " %8.2f %%  (%.2f to %.2f)  ", 100 * row->waste, 100 * row->waste_low, 100 * row->waste_high);
  ftblab_duration_describe(row->makespan.mean, text);
  ftblab_text_add(text, "\n");
}

static void add_row(ftblab_text *text, const ftblab_advice_row *row)
{
  if (isinf(row->interval))
    ftblab_text_addf(text, "%-20s %23s", row->method, "none");
  else
    ftblab_text_addf(text, "%-20s %10.0f s", row->method, row->interval);
  if (isfinite(row->interval))
    add_time(text, row->interval, 11);
  if (isfinite(row->expected_waste) && row->expected_waste < 1)
    ftblab_text_addf(text, " %8.2f %%", 100 * row->expected_waste);
  else
    ftblab_text_addf(text, " %8s  ", "-");
  add_outcome(text, row);
}

static void add_best(ftblab_text *text, const ftblab_asked *asked, const ftblab_advice *advice)
{
  const ftblab_optimum *best = &advice->optimum;
  if (advice->rows[advice->row_count - 1].gives_up) {
    ftblab_text_add(text, "\nNo interval brings this job to its end.\n");
  } else if (best->is_all) {
    ftblab_text_add(text, "\nBest by simulation: no checkpoint before the end.\n");
  } else {
    ftblab_text_add(text, "\nBest by simulation: a checkpoint after every ");
    ftblab_duration_describe(best->interval, text);
    ftblab_text_addf(text, " of work (95 %% interval: %.0f to %.0f s).\n", best->low, best->high);
  }
  ftblab_text_addf(text, "%zu replicas for each interval, all under the same failures; seed %llu.\n",
                   asked->replicas.count, (unsigned long long)asked->replicas.seed);
}

static void add_levels_row(ftblab_text *text, const ftblab_advice_row *row)
{
  ftblab_text_addf(text, "%-14s %9.0f s", row->method, row->interval);
  add_time(text, row->interval, 11);
  ftblab_text_addf(text, "  %5u", row->every);
  add_time(text, row->interval * row->every, 11);
  ftblab_text_addf(text, " %8.2f %%", 100 * row->expected_waste);
  add_outcome(text, row);
}

static void add_levels(ftblab_text *text, const ftblab_asked *asked, const ftblab_levels_advice *levels)
{
  ftblab_text_add(text, "\nTwo levels: near checkpoint ");
  ftblab_duration_describe(asked->near.checkpoint, text);
  ftblab_text_add(text, ", restart ");
  ftblab_duration_describe(asked->near.restart, text);
  ftblab_text_addf(text, ", survives %.4g %% of the failures\n", 100 * asked->near.share);
  ftblab_text_addf(text, "%-14s %11s %10s  %5s %10s %10s %10s  %-16s  %s\n", "method", "interval", "", "every", "far",
                   "formula", "waste", "(95 % interval)", "makespan");
  for (size_t i = 0; i < levels->row_count; i++)
    add_levels_row(text, &levels->rows[i]);
  if (!isfinite(levels->near.high) || levels->rows[levels->row_count - 1].gives_up) {
    ftblab_text_add(text, "\nNo two levels bring this job to its end.\n");
    return;
  }
  ftblab_text_add(text, "\nBest by simulation: a checkpoint after every ");
  ftblab_duration_describe(levels->near.interval, text);
  ftblab_text_addf(text,
                   " of work (95 %% interval: %.0f to %.0f s), the last of every %u to the far level\n"
                   "(%u to %u are as good).\n",
                   levels->near.low, levels->near.high, levels->every, levels->every_low, levels->every_high);
}

void ftblab_advise_text(const ftblab_asked *asked, const ftblab_answered *answered, ftblab_text *text)
{
  const ftblab_advice *advice = &answered->advice;
  if (asked->log_path != NULL)
    add_log(text, asked);
  if (!asked->has_job)
    return;
  if (asked->log_path != NULL)
    ftblab_text_add(text, "\n");
  add_job(text, asked, advice);
  ftblab_text_addf(text, "%-20s %12s %10s %10s %10s  %-16s  %s\n", "method", "interval", "", "formula", "waste",
                   "(95 % interval)", "makespan");
  for (size_t i = 0; i < advice->row_count; i++)
    add_row(text, &advice->rows[i]);
  add_best(text, asked, advice);
  if (answered->levels.row_count > 0)
    add_levels(text, asked, &answered->levels);
}

/* ---- JSON -------------------------------------------------------------------------------------------------------- */

/* KEY with a number, or null for what is none. */
static void put_number(ftblab_text *text, const char *key, double value)
{
  if (isfinite(value))
    ftblab_text_addf(text, "\"%s\": %.10g", key, value);
  else
    ftblab_text_addf(text, "\"%s\": null", key);
}

static void put_next(ftblab_text *text, const char *key, double value)
{
  ftblab_text_add(text, ", ");
  put_number(text, key, value);
}

static void put_law(ftblab_text *text, const ftblab_law *law)
{
  ftblab_text_addf(text, "\"law\": \"%s\"", ftblab_law_name(law->kind));
  if (law->kind == FTBLAB_LAW_REPLAY)
    return;
  put_next(text, "scale", law->scale);
  if (law->kind != FTBLAB_LAW_EXPONENTIAL && law->kind != FTBLAB_LAW_CONSTANT)
    put_next(text, "shape", law->shape);
  put_next(text, "mean", ftblab_law_mean(law));
}

static void put_log(ftblab_text *text, const ftblab_asked *asked)
{
  ftblab_text_add(text, " \"log\": {\"file\": ");
  ftblab_text_add_json(text, asked->log_path, strlen(asked->log_path));
  ftblab_text_addf(text, ", \"rows\": %zu, \"skipped\": %zu, \"nodes\": %u, \"gaps\": %zu, \"zeros\": %zu,\n",
                   asked->log.count, asked->log.skipped, ftblab_names_count(asked->log.nodes), asked->gap_count,
                   asked->zero_count);
  ftblab_text_add(text, "  \"fits\": [");
  for (size_t i = 0, written = 0; i < FTBLAB_FITS; i++) {
    const ftblab_fit *fit = &asked->fits[i];
    if (fit->law.kind == FTBLAB_LAW_NONE)
      continue;
    ftblab_text_addf(text, "%s\n   {", written++ ? "," : "");
    put_law(text, &fit->law);
    put_next(text, "log_likelihood", fit->log_likelihood);
    put_next(text, "aic", fit->aic);
    put_next(text, "ks_distance", fit->distance);
    put_next(text, "p_value", fit->p_value);
    ftblab_text_add(text, "}");
  }
  ftblab_text_add(text, "]}");
}

static void put_job(ftblab_text *text, const ftblab_asked *asked, const ftblab_advice *advice)
{
  ftblab_text_add(text, " \"job\": {");
  put_number(text, "work", asked->job.work);
  put_next(text, "nodes", asked->nodes);
  put_next(text, "checkpoint", asked->job.costs.checkpoint);
  put_next(text, "restart", asked->job.costs.restart);
  put_next(text, "downtime", asked->job.costs.downtime);
  ftblab_text_addf(text, "},\n \"failures\": {\"of\": \"%s\", ", asked->of_machine ? "machine" : "node");
  put_law(text, &asked->failures.law);
  put_next(text, "mean_of_job", advice->mean);
  ftblab_text_add(text, "},\n");
  if (asked->predicts) {
    ftblab_text_add(text, " \"predictions\": {");
    put_number(text, "recall", asked->predictor.recall);
    put_next(text, "precision", asked->predictor.precision);
    put_next(text, "answer_time", asked->job.answer_time);
    ftblab_text_add(text, "},\n");
  }
}

static void put_makespan(ftblab_text *text, const ftblab_estimate *makespan)
{
  ftblab_text_add(text, ",\n   \"makespan\": {");
  put_number(text, "mean", makespan->mean);
  put_next(text, "low", makespan->low);
  put_next(text, "high", makespan->high);
  put_next(text, "median", makespan->median);
  put_next(text, "p10", makespan->p10);
  put_next(text, "p90", makespan->p90);
  ftblab_text_addf(text, ", \"count\": %zu}}", makespan->count);
}

/* To first order a waste may be more than all; of one level that is none. */
static void put_row(ftblab_text *text, const ftblab_advice_row *row)
{
  bool of_levels = row->every > 0;
  ftblab_text_addf(text, "  {\"method\": \"%s\", ", row->method);
  if (of_levels)
    ftblab_text_addf(text, "\"every\": %u, ", row->every);
  put_number(text, "interval", row->interval);
  put_next(text, "formula_waste", of_levels || row->expected_waste < 1 ? row->expected_waste : NAN);
  ftblab_text_addf(text, ", \"gives_up\": %s", row->gives_up ? "true" : "false");
  put_next(text, "waste", row->waste);
  put_next(text, "waste_low", row->waste_low);
  put_next(text, "waste_high", row->waste_high);
  put_makespan(text, &row->makespan);
}

/* All of them, to the end of their list. */
static void put_rows(ftblab_text *text, const ftblab_advice_row *rows, size_t count)
{
  for (size_t i = 0; i < count; i++) {
    put_row(text, &rows[i]);
    ftblab_text_add(text, i + 1 < count ? ",\n" : "],\n");
  }
}

static void put_levels(ftblab_text *text, const ftblab_near_level *near, const ftblab_levels_advice *levels)
{
  ftblab_text_add(text, ",\n \"two_levels\": {");
  put_number(text, "near_checkpoint", near->checkpoint);
  put_next(text, "near_restart", near->restart);
  put_next(text, "near_share", near->share);
  ftblab_text_add(text, ", \"rows\": [\n");
  put_rows(text, levels->rows, levels->row_count);
  ftblab_text_add(text, "  \"best\": {");
  put_number(text, "interval", levels->near.interval);
  put_next(text, "low", levels->near.low);
  put_next(text, "high", levels->near.high);
  ftblab_text_addf(text, ", \"every\": %u, \"every_low\": %u, \"every_high\": %u}}", levels->every, levels->every_low,
                   levels->every_high);
}

static void put_advice(ftblab_text *text, const ftblab_asked *asked, const ftblab_advice *advice)
{
  put_job(text, asked, advice);
  ftblab_text_addf(text, " \"replicas\": %zu, \"seed\": %llu,\n \"intervals\": [\n", asked->replicas.count,
                   (unsigned long long)asked->replicas.seed);
  put_rows(text, advice->rows, advice->row_count);
  ftblab_text_add(text, " \"best\": {");
  put_number(text, "interval", advice->optimum.interval);
  put_next(text, "low", advice->optimum.low);
  put_next(text, "high", advice->optimum.high);
  ftblab_text_addf(text, ", \"no_checkpoint_before_end\": %s}", advice->optimum.is_all ? "true" : "false");
}

void ftblab_advise_json(const ftblab_asked *asked, const ftblab_answered *answered, ftblab_text *text)
{
  ftblab_text_add(text, "{\"ftblab_advice\": 1,\n");
  if (asked->log_path != NULL)
    put_log(text, asked);
  if (asked->log_path != NULL && asked->has_job)
    ftblab_text_add(text, ",\n");
  if (asked->has_job)
    put_advice(text, asked, &answered->advice);
  if (answered->levels.row_count > 0)
    put_levels(text, &asked->near, &answered->levels);
  ftblab_text_add(text, "}\n");
}
