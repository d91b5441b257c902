/* interval.h - the best interval between checkpoints by Young and by Daly, in seconds. Private to components/. */
#ifndef FTBLAB_INTERVAL_H
#define FTBLAB_INTERVAL_H

double ftblab_interval_of_young(double cost, double mtbf);
double ftblab_interval_of_daly(double cost, double mtbf);

#endif
