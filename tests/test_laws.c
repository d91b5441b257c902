/* test_laws.c - failure laws, their draws and fits, and failure logs. Reference values of special functions are those
 * of GSL 2.7.1; draws are held against the laws by Kolmogorov and Smirnov, with fixed seeds. Works in a folder of
 * its own below the current one and takes it away at the end. */
#define _XOPEN_SOURCE 700 /* mkdtemp */
#include "laws.h"
#include "special.h"
#include "suite.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SAMPLES 20000

static char folder[] = "test_laws.XXXXXX";
static double room[SAMPLES];

static bool is_near(double value, double expected, double relative)
{
  return fabs(value - expected) <= relative * fabs(expected);
}

/* ---- special functions ------------------------------------------------------------------------------------------- */

static void test_gamma(void)
{
  static const struct {
    double a, x, below, above;
  } cases[] = {
      {0.05, 0.05, 0.88224356388566816, 0.11775643611433179},
      {0.5, 0.5, 0.68268949213708519, 0.31731050786291382},
      {0.5, 2, 0.95449973610364158, 0.045500263896358389},
      {30, 9, 2.765418423110163e-08, 0.99999997234581572},
      {30, 60, 0.99999312373503124, 6.8762649687320886e-06},
      {400, 400, 0.50664912983890598, 0.49335087016109408},
      {400, 800, 1, 9.8139742100390431e-56},
  };
  for (size_t i = 0; i < FTBLAB_COUNT(cases); i++) {
    CU_ASSERT(is_near(ftblab_gamma_below(cases[i].a, cases[i].x), cases[i].below, 1e-12));
    CU_ASSERT(is_near(ftblab_gamma_above(cases[i].a, cases[i].x), cases[i].above, 1e-11));
  }
  for (double a = 0.05; a < 1000; a *= 3)
    for (double q = 1e-9; q < 1; q = q < 0.4 ? 10 * q : q + 0.1)
      CU_ASSERT(is_near(ftblab_gamma_above(a, ftblab_gamma_quantile_above(a, q)), q, 1e-11));
  CU_ASSERT(is_near(ftblab_digamma(0.05), -20.497844991299871, 1e-13));
  CU_ASSERT(is_near(ftblab_digamma(7.5), 1.9467574842460866, 1e-13));
  CU_ASSERT(is_near(ftblab_trigamma(0.05), 401.53235734211518, 1e-13));
  CU_ASSERT(is_near(ftblab_trigamma(7.5), 0.14261589669670377, 1e-13));
}

static void test_normal(void)
{
  static const struct {
    double p, z;
  } cases[] = {{1e-12, -7.0344838253011321},
               {1e-5, -4.2648907939228256},
               {0.025, -1.9599639845400538},
               {0.3, -0.52440051270804067},
               {0.5, 0},
               {0.9, 1.2815515655446006},
               {0.999999, 4.7534243088170891}};
  for (size_t i = 0; i < FTBLAB_COUNT(cases); i++)
    CU_ASSERT_DOUBLE_EQUAL(ftblab_normal_quantile(cases[i].p), cases[i].z, 1e-9);
  CU_ASSERT_DOUBLE_EQUAL(ftblab_student_quantile(0.975, 19), 2.0930240544083096, 1e-6);
  CU_ASSERT_DOUBLE_EQUAL(ftblab_student_quantile(0.975, 100), 1.9839715185235514, 1e-9);
  CU_ASSERT_DOUBLE_EQUAL(ftblab_kolmogorov_above(1.3580986393), 0.05, 1e-9); /* the 5 % point of the tables */
  CU_ASSERT_DOUBLE_EQUAL(ftblab_kolmogorov_above(1 - 1e-9), ftblab_kolmogorov_above(1 + 1e-9), 1e-8);
}

/* ---- laws -------------------------------------------------------------------------------------------------------- */

static const ftblab_law laws[] = {
    {.kind = FTBLAB_LAW_EXPONENTIAL, .scale = 3600},
    {.kind = FTBLAB_LAW_WEIBULL, .scale = 5000, .shape = 0.7},
    {.kind = FTBLAB_LAW_WEIBULL, .scale = 5000, .shape = 2.5},
    {.kind = FTBLAB_LAW_LOGNORMAL, .scale = 7200, .shape = 1.2},
    {.kind = FTBLAB_LAW_GAMMA, .scale = 900, .shape = 0.4},
    {.kind = FTBLAB_LAW_GAMMA, .scale = 900, .shape = 6},
};

static void test_law_functions(void)
{
  for (size_t i = 0; i < FTBLAB_COUNT(laws); i++) {
    const ftblab_law *law = &laws[i];
    for (double q = 1e-6; q < 1; q = q < 0.1 ? 10 * q : q + 0.2) {
      double t = ftblab_law_quantile_above(law, q), step = t * 1e-5;
      double slope = (ftblab_law_above(law, t - step) - ftblab_law_above(law, t + step)) / (2 * step);
      CU_ASSERT(is_near(ftblab_law_above(law, t), q, 1e-10));
      CU_ASSERT(is_near(exp(ftblab_law_log_density(law, t)), slope, 1e-5));
    }
    ftblab_law again = ftblab_law_of_mean(law->kind, ftblab_law_mean(law), law->shape);
    CU_ASSERT(is_near(again.scale, law->scale, 1e-12));
  }
}

static int by_value(const void *a, const void *b)
{
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* The mean within five standard errors, and the distance as far as chance may bring it. */
static void assert_sampled(const ftblab_law *law, double *samples, size_t count)
{
  double sum = 0;
  for (size_t i = 0; i < count; i++)
    sum += samples[i];
  double error = sqrt(ftblab_law_variance(law) / (double)count);
  CU_ASSERT(fabs(sum / (double)count - ftblab_law_mean(law)) < 5 * error);
  qsort(samples, count, sizeof *samples, by_value);
  CU_ASSERT(ftblab_ks_p_value(ftblab_ks_distance(law, samples, count), count) > 0.001);
}

static void test_samples(void)
{
  for (size_t i = 0; i < FTBLAB_COUNT(laws); i++) {
    ftblab_random random;
    double squares = 0, mean = ftblab_law_mean(&laws[i]);
    ftblab_random_seed(&random, 5, "samples");
    for (size_t j = 0; j < SAMPLES; j++) {
      room[j] = ftblab_law_sample(&laws[i], &random);
      squares += (room[j] - mean) * (room[j] - mean) / SAMPLES;
    }
    assert_sampled(&laws[i], room, SAMPLES);
    CU_ASSERT(is_near(squares, ftblab_law_variance(&laws[i]), laws[i].kind == FTBLAB_LAW_LOGNORMAL ? 0.5 : 0.1));
  }
}

/* The distance of ordered samples from a distribution that is given by its upper tail. */
static double distance_of(double (*above)(const ftblab_law *law, double t), const ftblab_law *law)
{
  double distance = 0;
  for (size_t i = 0; i < SAMPLES; i++) {
    double below = 1 - above(law, room[i]);
    distance = fmax(distance, fmax(below - (double)i / SAMPLES, (double)(i + 1) / SAMPLES - below));
  }
  return distance;
}

static double residual_age;

static double residual_above(const ftblab_law *law, double t)
{
  return ftblab_law_above(law, residual_age + t) / ftblab_law_above(law, residual_age);
}

static void test_residuals(void)
{
  for (size_t i = 0; i < FTBLAB_COUNT(laws); i++) {
    ftblab_random random;
    ftblab_random_seed(&random, 6, "residuals");
    residual_age = 1.5 * ftblab_law_mean(&laws[i]);
    for (size_t j = 0; j < SAMPLES; j++)
      room[j] = ftblab_law_sample_residual(&laws[i], residual_age, &random);
    qsort(room, SAMPLES, sizeof *room, by_value);
    CU_ASSERT(ftblab_ks_p_value(distance_of(residual_above, &laws[i]), SAMPLES) > 0.001);
  }
  ftblab_law far = {.kind = FTBLAB_LAW_GAMMA, .scale = 1, .shape = 3};
  ftblab_random random;
  ftblab_random_seed(&random, 7, "far");
  double left = ftblab_law_sample_residual(&far, 5000, &random);
  CU_ASSERT(left >= 0 && isfinite(left));
}

/* The tail of the stationary law: the integral of P(T > s) from T on, over the mean. By s = t + x^4, which is gentle to
 * the steep beginning, and Simpson's rule. */
static double stationary_above(const ftblab_law *law, double t)
{
  enum { STEPS = 400 };
  double end = pow(ftblab_law_quantile_above(law, 1e-14), 0.25), sum = 0;
  for (int i = 0; i <= STEPS; i++) {
    double x = end * i / STEPS, weight = i == 0 || i == STEPS ? 1 : i % 2 ? 4 : 2;
    sum += weight * 4 * x * x * x * ftblab_law_above(law, t + x * x * x * x);
  }
  return sum * end / STEPS / 3 / ftblab_law_mean(law);
}

static void test_stationary(void)
{
  enum { FEW = 2000 };
  for (size_t i = 0; i < FTBLAB_COUNT(laws); i++) {
    ftblab_random random;
    double distance = 0;
    ftblab_random_seed(&random, 8, "stationary");
    for (size_t j = 0; j < FEW; j++)
      room[j] = ftblab_law_sample_stationary(&laws[i], &random);
    qsort(room, FEW, sizeof *room, by_value);
    for (size_t j = 0; j < FEW; j++) {
      double below = 1 - stationary_above(&laws[i], room[j]);
      distance = fmax(distance, fmax(below - (double)j / FEW, (double)(j + 1) / FEW - below));
    }
    CU_ASSERT(ftblab_ks_p_value(distance, FEW) > 0.001);
  }
}

/* ---- texts ------------------------------------------------------------------------------------------------------- */

static void test_durations(void)
{
  static const struct {
    const char *string;
    double seconds; /* below 0: refused */
  } cases[] = {{"600", 600},      {"90s", 90},   {"10min", 600}, {"2.5h", 9000}, {"30d", 2592000}, {"1w", 604800},
               {"5y", 157680000}, {"1e3", 1000}, {"0", 0},       {"", -1},       {"h", -1},        {"5 h", -1},
               {"-1", -1},        {"inf", -1},   {"nan", -1},    {"0x10", -1},   {"5hours", -1},   {"1e400", -1}};
  for (size_t i = 0; i < FTBLAB_COUNT(cases); i++) {
    double seconds = -1;
    ftblab_error err = {0};
    ftblab_status status = ftblab_duration_parse(cases[i].string, &seconds, &err);
    CU_ASSERT_EQUAL(status, cases[i].seconds < 0 ? FTBLAB_EINPUT : FTBLAB_OK);
    CU_ASSERT_EQUAL(seconds, cases[i].seconds);
  }
}

static void test_law_texts(void)
{
  static const struct {
    const char *string, *described; /* described: or what the refusal holds */
  } cases[] = {
      {"none", "none"},
      {"exponential:mtbf=5y", "exponential, mean 5 y"},
      {"exponential:mean=90", "exponential, mean 90 s"},
      {"weibull:shape=0.5,scale=1h", "weibull, shape 0.5, mean 2 h"},
      {"weibull:mtbf=3d,shape=0.5", "weibull, shape 0.5, mean 3 d"},
      {"lognormal:median=2h,sigma=1", "lognormal, sigma 1, median 2 h, mean 3.297 h"},
      {"gamma:shape=2,scale=1h", "gamma, shape 2, mean 2 h"},
      {"constant:mean=10min", "constant, mean 10 min"},
      {"weibul:shape=1,mtbf=1h", "no such law"},
      {"weibull:mtbf=1h", "needs its shape"},
      {"weibull:shape=1", "needs a time"},
      {"weibull:shape=1,mtbf=1h,scale=1h", "one time, not two"},
      {"weibull:shape=0,mtbf=1h", "must be a number from"},
      {"weibull:shape=nan,mtbf=1h", "must be a number from"},
      {"exponential:mtbf=0", "must be more than 0"},
      {"exponential:mtbf=1h,shape=2", "has no 'shape'"},
      {"exponential", "needs a time"},
      {"exponential:mtbf", "is no KEY=VALUE"},
      {"none:mtbf=1h", "takes nothing"},
      {"replay:mtbf=1h", "no such law"},
  };
  for (size_t i = 0; i < FTBLAB_COUNT(cases); i++) {
    ftblab_law law;
    ftblab_error err = {0};
    ftblab_text text = {0};
    if (ftblab_law_parse(cases[i].string, &law, &err) == FTBLAB_OK) {
      ftblab_law_describe(&law, &text);
      CU_ASSERT_STRING_EQUAL(ftblab_text_string(&text), cases[i].described);
    } else {
      CU_ASSERT_PTR_NOT_NULL(strstr(err.text, cases[i].described));
    }
    ftblab_text_free(&text);
  }
}

static void test_dates(void)
{
  static const struct {
    const char *string;
    bool day_first;
    double seconds; /* NaN: refused */
  } cases[] = {
      {"1970-01-01", false, 0},
      {"2000-02-29 00:00:01", false, 951782401},
      {"2019-01-04T14:41:12-0500", false, 1546630872},
      {"2019-01-04T14:41:12Z", false, 1546612872},
      {"2013-04-02;22:40:36.25", false, 1364942436.25},
      {"6/21/2005 10:54", false, 1119351240},
      {"[2019-01-04T14:41:12.5]", false, 1546612872.5},
      {"[2019-01-04T14:41:12-05:00]", false, 1546630872},
      {"[2000-02-29]", false, 951782400},
      {"[2000-02-29", false, NAN},
      {"2000-02-29]", false, NAN},
      {"[2000-02-29]]", false, NAN},
      {"[12.5]", false, NAN},
      {"21/6/2005 10:54", true, 1119351240},
      {"21.06.2005 10:54", false, 1119351240},
      {"[21.6.2005;10:54]", true, 1119351240},
      {"6.21.2005", false, NAN},
      {"21.6/2005", false, NAN},
      {"21.6.05", false, NAN},
      {"21.6.2005.", false, NAN},
      {"11/29/2003 7:00:30", false, 1070089230},
      {"1099755300", false, 1099755300},
      {"12.5", false, 12.5},
      {"2001-02-29", false, NAN},
      {"21/6/2005", false, NAN},
      {"6/21/05", false, NAN},
      {"2005-06-21 24:00", false, NAN},
      {"2005-06-21 10", false, NAN},
      {"2005-06-21 10:54 PM", false, NAN},
      {"inf", false, NAN},
      {"-1e300", false, NAN},
      {"0x12", false, NAN},
      {"", false, NAN},
  };
  for (size_t i = 0; i < FTBLAB_COUNT(cases); i++) {
    double seconds = NAN;
    bool is_date = ftblab_date_parse(cases[i].string, cases[i].day_first, &seconds);
    CU_ASSERT_EQUAL(is_date, !isnan(cases[i].seconds));
    CU_ASSERT(is_date ? fabs(seconds - cases[i].seconds) < 1e-6 : isnan(seconds));
  }
}

/* ---- failures of a machine --------------------------------------------------------------------------------------- */

static ftblab_failures *failures_of(const ftblab_failures_config *config, uint64_t seed)
{
  ftblab_failures *failures = NULL;
  CU_ASSERT_EQUAL_FATAL(ftblab_failures_new(config, &failures, NULL), FTBLAB_OK);
  ftblab_failures_start(failures, seed);
  return failures;
}

/* In order, as many as the mean says, and after another start the same again. */
static void test_machine(void)
{
  for (size_t i = 0; i < FTBLAB_COUNT(laws); i++) {
    ftblab_failures_config config = {.law = laws[i], .parts = 50, .source = "node"};
    ftblab_failures *failures = failures_of(&config, 3);
    double last = 0, horizon = 200 * ftblab_law_mean(&laws[i]);
    size_t count = 0;
    for (;; count++) {
      ftblab_failure failure = ftblab_failures_next(failures);
      CU_ASSERT(failure.date >= last && failure.part < 50 && failure.back == failure.date);
      last = failure.date;
      if (last > horizon)
        break;
      if (count < SAMPLES)
        room[count] = last;
    }
    /* a renewal count has the variance of n gaps over the squared mean */
    double expected = 200 * 50, variation = ftblab_law_variance(&laws[i]) / pow(ftblab_law_mean(&laws[i]), 2);
    CU_ASSERT(fabs((double)count - expected) < 5 * sqrt(expected * fmax(variation, 1)));
    ftblab_failures_start(failures, 3);
    for (size_t j = 0; j < 1000; j++)
      CU_ASSERT_EQUAL_FATAL(ftblab_failures_next(failures).date, room[j]);
    ftblab_failures_start(failures, 4);
    CU_ASSERT_NOT_EQUAL(ftblab_failures_next(failures).date, room[0]);
    CU_ASSERT(is_near(ftblab_failures_mean(failures), ftblab_law_mean(&laws[i]) / 50, 1e-12));
    ftblab_failures_free(failures);
  }
}

/* One more part leaves the dates of the others as they are. */
static void test_streams(void)
{
  ftblab_failures_config config = {.law = laws[1], .parts = 4, .age = FTBLAB_AGE_NEW, .source = "node"};
  ftblab_failures *few = failures_of(&config, 9);
  config.parts = 5;
  ftblab_failures *more = failures_of(&config, 9);
  for (size_t i = 0; i < 500; i++) {
    ftblab_failure a = ftblab_failures_next(few), b;
    do
      b = ftblab_failures_next(more);
    while (b.part == 4);
    CU_ASSERT(a.part == b.part && a.date == b.date);
  }
  ftblab_failures_free(few);
  ftblab_failures_free(more);
}

static void test_repairs(void)
{
  ftblab_failures_config config = {.law = {.kind = FTBLAB_LAW_CONSTANT, .scale = 100},
                                   .repair = {.kind = FTBLAB_LAW_CONSTANT, .scale = 7},
                                   .parts = 1,
                                   .age = FTBLAB_AGE_GIVEN,
                                   .given_age = 60,
                                   .source = "node"};
  ftblab_failures *failures = failures_of(&config, 1);
  ftblab_failure first = ftblab_failures_next(failures), second = ftblab_failures_next(failures);
  CU_ASSERT(first.date == 40 && first.back == 47 && second.date == 147);
  CU_ASSERT_EQUAL(ftblab_failures_mean(failures), 107);
  ftblab_failures_free(failures);
}

static void test_replay(void)
{
  static const double dates[] = {10, 30, 30, 90};
  ftblab_failures_config config = {
      .law = {.kind = FTBLAB_LAW_REPLAY, .dates = dates, .date_count = 4}, .parts = 1, .source = "log"};
  ftblab_failures *failures = failures_of(&config, 1);
  for (size_t i = 0; i < 4; i++)
    CU_ASSERT_EQUAL(ftblab_failures_next(failures).date, dates[i]);
  CU_ASSERT(isinf(ftblab_failures_next(failures).date));
  ftblab_failures_free(failures);
  config.rotate = true;
  failures = failures_of(&config, 1);
  double last = 0, sum = 0;
  for (size_t i = 0; i < 400; i++) { /* 100 rounds of 80 s and one mean gap */
    double date = ftblab_failures_next(failures).date;
    CU_ASSERT(date >= last);
    sum = last = date;
  }
  CU_ASSERT(fabs(sum - 100 * (80 + 80.0 / 3)) < 110);
  ftblab_failures_free(failures);
}

static void test_predictor(void)
{
  ftblab_predictor predictor = {.recall = 0.85, .precision = 0.82};
  ftblab_random random;
  size_t seen = 0, wrong = 0;
  ftblab_random_seed(&random, 1, "predictor");
  for (size_t i = 0; i < 100000; i++) {
    if (!ftblab_predictor_foresees(&predictor, &random))
      continue;
    for (seen++; ftblab_predictor_errs(&predictor, &random); wrong++)
      ;
  }
  CU_ASSERT(fabs((double)seen / 100000 - 0.85) < 0.005);
  CU_ASSERT(fabs((double)seen / (double)(seen + wrong) - 0.82) < 0.005);
  CU_ASSERT(is_near(ftblab_predictor_false_mean(&predictor, 1000), 1000 / (0.85 * 0.18 / 0.82), 1e-12));
  predictor.precision = 1;
  CU_ASSERT(isinf(ftblab_predictor_false_mean(&predictor, 1000)));
}

/* ---- fits -------------------------------------------------------------------------------------------------------- */

static double likelihood(const ftblab_law *law, const double *gaps, size_t count)
{
  double sum = 0;
  for (size_t i = 0; i < count; i++)
    sum += ftblab_law_log_density(law, gaps[i]);
  return sum;
}

/* No neighbour of the fit is more likely, and the true law is the one that is chosen and not rejected. */
static void test_fits(void)
{
  enum { COUNT = 3000 };
  for (size_t i = 0; i < FTBLAB_COUNT(laws); i++) {
    ftblab_fit fits[FTBLAB_FITS];
    ftblab_random random;
    ftblab_random_seed(&random, 12, "fits");
    for (size_t j = 0; j < COUNT; j++)
      room[j] = ftblab_law_sample(&laws[i], &random);
    CU_ASSERT_EQUAL_FATAL(ftblab_fit_laws(room, COUNT, 1, fits, NULL), FTBLAB_OK);
    for (size_t j = 0; j < FTBLAB_FITS; j++) {
      for (int k = 0; k < 4; k++) {
        ftblab_law near = fits[j].law;
        *(k < 2 ? &near.scale : &near.shape) *= k % 2 ? 1.001 : 0.999;
        CU_ASSERT(likelihood(&near, room, COUNT) <= fits[j].log_likelihood + 1e-9);
      }
      if (fits[j].law.kind != laws[i].kind)
        continue;
      CU_ASSERT(fits[j].aic - fits[0].aic < 2.5); /* a law with one more parameter may win by chance */
      CU_ASSERT(fits[j].p_value > 0.02);
      CU_ASSERT(is_near(fits[j].law.scale, laws[i].scale, 0.1));
      CU_ASSERT(laws[i].shape == 0 || is_near(fits[j].law.shape, laws[i].shape, 0.06));
    }
    if (laws[i].kind == FTBLAB_LAW_LOGNORMAL)
      CU_ASSERT(fits[0].law.kind == FTBLAB_LAW_LOGNORMAL && fits[FTBLAB_FITS - 1].p_value <= 0.01);
  }
}

/* A true law is rejected at the level it should be: 5 % of the time, give or take. */
static void test_p_values(void)
{
  enum { COUNT = 60, TIMES = 100 };
  size_t rejected = 0;
  for (size_t i = 0; i < TIMES; i++) {
    ftblab_fit fits[FTBLAB_FITS];
    ftblab_random random;
    ftblab_random_seed(&random, 100 + i, "p-values");
    for (size_t j = 0; j < COUNT; j++)
      room[j] = ftblab_law_sample(&laws[1], &random);
    CU_ASSERT_EQUAL_FATAL(ftblab_fit_laws(room, COUNT, i, fits, NULL), FTBLAB_OK);
    for (size_t j = 0; j < FTBLAB_FITS; j++)
      rejected += fits[j].law.kind == FTBLAB_LAW_WEIBULL && fits[j].p_value <= 0.2;
  }
  CU_ASSERT(rejected > 8 && rejected < 33); /* 20 expected, three deviations of 4 */
}

static void test_fits_of_little(void)
{
  ftblab_fit fits[FTBLAB_FITS];
  double same[] = {5, 5, 5}, two[] = {1, 3};
  CU_ASSERT_EQUAL(ftblab_fit_laws(same, 3, 1, fits, NULL), FTBLAB_OK);
  CU_ASSERT(fits[0].law.kind == FTBLAB_LAW_EXPONENTIAL && fits[1].law.kind == FTBLAB_LAW_NONE);
  CU_ASSERT_EQUAL(ftblab_fit_laws(two, 2, 1, fits, NULL), FTBLAB_OK);
  CU_ASSERT(isfinite(fits[0].aic));
}

/* ---- logs -------------------------------------------------------------------------------------------------------- */

static ftblab_status read_text(const char *text, const char *map, const char *keep, const char *pattern,
                               ftblab_failure_log *log, ftblab_error *err)
{
  FILE *file = fopen("log", "w");
  CU_ASSERT_PTR_NOT_NULL_FATAL(file);
  fputs(text, file);
  fclose(file);
  ftblab_columns *columns = ftblab_columns_new();
  ftblab_status status = map == NULL ? FTBLAB_OK : ftblab_columns_parse(columns, map, err);
  if (status == FTBLAB_OK && keep != NULL)
    status = ftblab_columns_keep(columns, keep, pattern, err);
  if (status == FTBLAB_OK)
    status = ftblab_failure_log_read("log", columns, log, err);
  ftblab_columns_free(columns);
  unlink("log");
  return status;
}

static void test_logs(void)
{
  static const struct {
    const char *text, *map, *keep, *pattern;
    size_t count;
    double first, last;
    uint32_t nodes;
  } cases[] = {
      {"when,who\n2005-06-21 10:00,a\n2005-06-21 09:00,b\n", "time=when,node=who", NULL, NULL, 2, 1119344400,
       1119348000, 2},
      {"when,who\r\n\"6/21/2005 9:00\",\"a \"\"x\"\", y\"\r\n", NULL, NULL, NULL, 1, 1119344400, 1119344400, 0},
      {"# a comment\n\n 17 x 100\n 4 y 50\n", "time=3,node=2", NULL, NULL, 2, 50, 100, 2},
      {"a b 2013-04-02;22:40:36 c\nlonger a b 2013-04-02;22:40:37\n", NULL, NULL, NULL, 2, 1364942436, 1364942437, 0},
      {"t,kind\n1,DBE\n2,\n3,OTB\n", "time=t", "kind", "[DO]*", 2, 1, 3, 0},
      {"t\tn\n5\tx y\n", "time=t,node=n,separator=tab", NULL, NULL, 1, 5, 5, 1},
      {"t\n1\nsoon\n2\n", "time=t,bad=skip", NULL, NULL, 2, 1, 2, 0},
  };
  for (size_t i = 0; i < FTBLAB_COUNT(cases); i++) {
    ftblab_failure_log log = {0};
    ftblab_error err = {0};
    ftblab_status status = read_text(cases[i].text, cases[i].map, cases[i].keep, cases[i].pattern, &log, &err);
    CU_ASSERT_EQUAL_FATAL(status, FTBLAB_OK);
    CU_ASSERT_EQUAL_FATAL(log.count, cases[i].count);
    CU_ASSERT_EQUAL(log.entries[0].date, cases[i].first);
    CU_ASSERT_EQUAL(log.entries[log.count - 1].date, cases[i].last);
    CU_ASSERT_EQUAL(ftblab_names_count(log.nodes), cases[i].nodes);
    ftblab_failure_log_free(&log);
  }
}

static void test_log_errors(void)
{
  static const struct {
    const char *text, *map, *keep, *message;
  } cases[] = {
      {"t,n\n1,a\nsoon,b\n", "time=t", NULL, "log:3: 'soon' is no date"},
      {"t,n\n1,a\n", "time=tt", NULL, "log:1: there is no column 'tt' in the head line; did you mean 't'?"},
      {"1,a\n", "time=1,node=3", NULL, "log:1: there is no column 3: the line has 2"},
      {"t,n\n1,\"a\n", "time=t", NULL, "log:2:3: the quoted field does not end"},
      {"t,n\n\n1\n", "time=n", NULL, "log:3: the row has no date"},
      {"t,e\n5,4\n", "time=t,end=e", NULL, "log:2: it ends before it begins"},
      {"t,n\n", "time=t", NULL, "log: there is no failure in it"},
      {"t,n\n1,a\n", "time=t", "n", "log: there is no failure in it that is to be kept"},
      {"", NULL, NULL, "log: there is no failure in it"},
      {"", "tim=1", NULL, "a column map has no 'tim'"},
      {"", "order=ymd", NULL, "order=ymd: it is one of mdy|dmy"},
      {"", "time", NULL, "'time' is no KEY=COLUMN"},
      {"", "time=", NULL, "time= names no column"},
  };
  for (size_t i = 0; i < FTBLAB_COUNT(cases); i++) {
    ftblab_failure_log log = {0};
    ftblab_error err = {0};
    CU_ASSERT_EQUAL(read_text(cases[i].text, cases[i].map, cases[i].keep, "nothing", &log, &err), FTBLAB_EINPUT);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, cases[i].message));
    if (strstr(err.text, cases[i].message) == NULL)
      fprintf(stderr, "%s\n", err.text);
  }
}

static void test_gaps(void)
{
  ftblab_failure_log log = {0};
  double *gaps = NULL;
  size_t count, zeros;
  ftblab_error err;
  CU_ASSERT_EQUAL_FATAL(
      read_text("t,n,e\n0,a,5\n10,b,10\n10,a,12\n40,b,41\n60,a,99\n", "time=t,node=n,end=e", NULL, NULL, &log, &err),
      FTBLAB_OK);
  CU_ASSERT_EQUAL_FATAL(ftblab_failure_log_gaps(&log, FTBLAB_GAPS_OF_MACHINE, &gaps, &count, &zeros, &err), FTBLAB_OK);
  CU_ASSERT(count == 3 && zeros == 1 && gaps[0] == 10 && gaps[1] == 30 && gaps[2] == 20);
  free(gaps);
  CU_ASSERT_EQUAL_FATAL(ftblab_failure_log_gaps(&log, FTBLAB_GAPS_OF_NODE, &gaps, &count, &zeros, &err), FTBLAB_OK);
  CU_ASSERT(count == 3 && zeros == 0 && gaps[0] + gaps[1] + gaps[2] == 10 + 50 + 30);
  free(gaps);
  CU_ASSERT_EQUAL_FATAL(ftblab_failure_log_gaps(&log, FTBLAB_GAPS_REPAIRS, &gaps, &count, &zeros, &err), FTBLAB_OK);
  CU_ASSERT(count == 4 && zeros == 1);
  free(gaps);
  ftblab_failure_log_free(&log);
  CU_ASSERT_EQUAL_FATAL(read_text("1\n2\n3\n", NULL, NULL, NULL, &log, &err), FTBLAB_EINPUT); /* numbers are no dates */
  CU_ASSERT_EQUAL_FATAL(read_text("1\n2\n3\n", "time=1", NULL, NULL, &log, &err), FTBLAB_OK);
  CU_ASSERT_EQUAL(ftblab_failure_log_gaps(&log, FTBLAB_GAPS_OF_NODE, &gaps, &count, &zeros, &err), FTBLAB_EINPUT);
  ftblab_failure_log_free(&log);
}

static const ftblab_unit_test tests[] = {
    {"gamma functions", test_gamma},
    {"normal, Student, Kolmogorov", test_normal},
    {"laws: tails, quantiles, densities", test_law_functions},
    {"draws: moments and distance", test_samples},
    {"draws: what is left of a life", test_residuals},
    {"draws: stationary", test_stationary},
    {"durations", test_durations},
    {"laws as text", test_law_texts},
    {"dates", test_dates},
    {"machine: order, count, seed", test_machine},
    {"machine: a stream for each part", test_streams},
    {"machine: repairs and ages", test_repairs},
    {"machine: replay", test_replay},
    {"predictor", test_predictor},
    {"fits", test_fits},
    {"fits: p-values", test_p_values},
    {"fits of little", test_fits_of_little},
    {"logs", test_logs},
    {"logs: errors", test_log_errors},
    {"logs: gaps", test_gaps},
};

int main(void)
{
  return ftblab_suite_in(folder, "laws", tests, FTBLAB_COUNT(tests));
}
