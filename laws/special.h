/* special.h - the special functions that the laws stand on, as far as they are needed here. Private to laws/.
 *
 * They are our own because the usual library for them, GSL, is under the GPL and ends the program on a bad argument.
 * tests/test_laws.c holds them against reference values. */
#ifndef FTBLAB_SPECIAL_H
#define FTBLAB_SPECIAL_H

/* P(Z > z) for a standard normal Z. */
double ftblab_normal_above(double z);
/* The z with P(Z <= z) = p; 0 < p < 1. */
double ftblab_normal_quantile(double p);
/* The t with P(T <= t) = p for Student's T with DEGREES of freedom, at least 5. */
double ftblab_student_quantile(double p, double degrees);

/* The regularised incomplete gamma functions P(a, x) and Q(a, x) = 1 - P(a, x), each exact where it is small;
 * a > 0, x >= 0. */
double ftblab_gamma_below(double a, double x);
double ftblab_gamma_above(double a, double x);
/* The x with Q(a, x) = q; 0 < q < 1. */
double ftblab_gamma_quantile_above(double a, double q);
/* The first two derivatives of ln Gamma(x); x > 0. */
double ftblab_digamma(double x);
double ftblab_trigamma(double x);

/* The limit of P(sqrt(n) D > x) for the Kolmogorov-Smirnov distance D of a law that is known beforehand. */
double ftblab_kolmogorov_above(double x);

#endif
