/* bars.h - a plot of stacked bars, which lie: their labels have room also on a phone. Private to reports/. */
#ifndef FTBLAB_BARS_H
#define FTBLAB_BARS_H

#include "plot.h"

#define FTBLAB_BAR_PARTS 8

/* LOOK: which colour and pattern, so that the same thing looks the same in every plot; below FTBLAB_BAR_PARTS. */
typedef struct ftblab_bar_part {
  const char *name;
  size_t look;
} ftblab_bar_part;

typedef struct ftblab_bar {
  ftblab_text label;
  double parts[FTBLAB_BAR_PARTS];
  double low, high; /* an interval of their sum, drawn as a whisker; both 0: none */
} ftblab_bar;

/* Starts as {0} but for its parts, ended by ftblab_bars_free(). */
typedef struct ftblab_bars {
  const ftblab_bar_part *parts;
  size_t part_count;
  ftblab_text axis; /* what the length means, with its unit */
  ftblab_bar *bars;
  size_t count, room;
} ftblab_bars;
ftblab_bar *ftblab_bars_add(ftblab_bars *bars); /* the next one, from the top; NULL: no memory */
void ftblab_bars_free(ftblab_bars *bars);
/* Make it the plot's script. A part that is nowhere above 0 has no place in the legend. */
ftblab_status ftblab_bars_write(const ftblab_bars *bars, ftblab_plot *plot, ftblab_error *err);

#endif
