/* png.c - a drawing as pixels, by the program rsvg-convert. */
#include "filter.h"
#include "subject.h"

ftblab_status ftblab_write_png(const ftblab_text *svg, ftblab_text *png, ftblab_error *err)
{
  static const ftblab_filter convert = {.arguments = {"rsvg-convert", "--format=png"},
                                        .what = "PNG",
                                        .package = "librsvg2-bin",
                                        .instead = "'--format svg' has the picture"};
  return ftblab_filter_run(&convert, svg, png, err);
}
