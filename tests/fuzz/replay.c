/* replay.c - gives a fuzz target each of the files named on the command line: for compilers without libFuzzer, and for
 * the regressions, which every sanitizer build replays. */
#include <stdlib.h>

#include "fuzz.h"

int main(int argc, char **argv)
{
  for (int i = 1; i < argc; i++) {
    ftblab_error err;
    char *text;
    size_t length;
    if (ftblab_read_file(argv[i], &text, &length, &err) != FTBLAB_OK) {
      fprintf(stderr, "%s\n", err.text);
      return 70;
    }
    /* as libFuzzer has it: of its size and no more, so that a sanitizer sees what is read behind it */
    uint8_t *data = malloc(length + (length == 0));
    ftblab_fuzz_must(data != NULL, "memory for an input");
    for (size_t at = 0; at < length; at++)
      data[at] = (uint8_t)text[at];
    LLVMFuzzerTestOneInput(data, length);
    free(data);
    free(text);
  }
  printf("%d inputs\n", argc - 1);
  return argc > 1 ? 0 : 64;
}
