/* statistics.h - what sums up a sample. Private to studies/. */
#ifndef FTBLAB_STATISTICS_H
#define FTBLAB_STATISTICS_H

#include "studies.h"

/* Sorts VALUES. */
ftblab_summary ftblab_summarise_sample(double *values, size_t count);
/* Half the width of the 95 % interval of the mean of COUNT values with the standard deviation DEVIATION, by Student's
 * t; NAN with less than two values. */
double ftblab_half_width(double deviation, size_t count);
/* The standard deviation of a sample (with COUNT - 1), and its mean. */
double ftblab_deviation(const double *values, size_t count, double *mean);
/* The quantile of SORTED values at PART of them, between two of them linearly (type 7 of Hyndman and Fan 1996). */
double ftblab_quantile(const double *sorted, size_t count, double part);

#endif
