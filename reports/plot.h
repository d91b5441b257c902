/* plot.h - plots of numbers, drawn by gnuplot. Private to reports/.
 *
 * A plot is drawn for a wide screen and for a narrow one: a phone shows the second, which is not the first made small
 * but has its legend and its tics where there is room. */
#ifndef FTBLAB_PLOT_H
#define FTBLAB_PLOT_H

#include "subject.h"

typedef enum ftblab_plot_size { FTBLAB_PLOT_WIDE, FTBLAB_PLOT_NARROW, FTBLAB_PLOT_SIZES } ftblab_plot_size;

/* Starts as {0}, ended by ftblab_plot_free(). */
typedef struct ftblab_plot {
  ftblab_text name;                      /* of its file: letters, digits, '-' */
  ftblab_text title;                     /* a heading */
  ftblab_text caption;                   /* what is drawn and how it is to be read */
  ftblab_text extra;                     /* HTML that follows it in a page */
  ftblab_text script[FTBLAB_PLOT_SIZES]; /* for gnuplot; the terminal is set already */
  double height[FTBLAB_PLOT_SIZES];      /* pixels */
} ftblab_plot;
void ftblab_plot_free(ftblab_plot *plot);
bool ftblab_plot_failed(const ftblab_plot *plot); /* no memory */

/* How many columns the character of SIZE bytes at AT takes: two if it is one of East Asia or a picture. */
size_t ftblab_plot_columns(const char *at, size_t size);
/* A string for gnuplot: quoted so that nothing in it means anything, cut to ROOM columns (0: not cut). TIC: as the
 * label of a tic, where a percent sign would be a format. */
void ftblab_plot_string(ftblab_text *script, const char *string, size_t room, bool tic);
/* A number that gnuplot reads back as it is; NAN is a hole. */
void ftblab_plot_number(ftblab_text *script, double value);

/* Line styles: a colour and a marker for each, told apart without colours as well (Okabe and Ito 2008). */
#define FTBLAB_PLOT_STYLES 8
const char *ftblab_plot_colour(size_t style);
int ftblab_plot_marker(size_t style);

/* Append the drawing. ALONE: a file of its own, else a part of a page, where NUMBER keeps its ids apart. FTBLAB_EIO:
 * gnuplot is not there, or failed. */
ftblab_status ftblab_plot_draw(const ftblab_plot *plot, ftblab_plot_size size, bool alone, size_t number,
                               ftblab_text *svg, ftblab_error *err);

#endif
